"""Cases of another system in a file (FIL-93): for an office whose system cannot call the hall. All rows or none, with a
report row by row; sending the same file again changes nothing. The system is one of the office that approves the item:
two offices may call theirs the same."""

from collections import Counter
from typing import Any

from marshmallow import ValidationError, fields, validate

from chassis import sheets
from chassis.arguments import unfit
from chassis.auth import actor
from chassis.errors import Refusal
from chassis.sheets import JSON, XLSX, Layout, Line, Unreadable
from contracts import rules
from services.filing import imports, items
from services.filing.models import database
from services.filing.schemas import ImportIn

IMPORTERS = ("window_manager", "unit_leader")  # of the office that approves the item
MOST_CASES = 500
MOST_BYTES = 10_000_000


class CaseRow(ImportIn):
    """A case with its number in the other system."""

    number = fields.String(required=True, validate=validate.Length(min=1, max=200))


CASES = Layout(
    CaseRow(),
    titles={"": "办件", "materials": "申请材料", "nodes": "办理环节"},
    words={
        "number": "原系统编号",
        "case_number": "原系统编号",
        "item_code": "事项编码",
        "project_name": "项目名称",
        "subject_ref": "申请人编号",
        "applicant_name": "申请人名称",
        "region_code": "行政区划代码",
        "opened_at": "申请时间",
        "decision": "办理结果",
        "decision_no": "文号",
        "licence_no": "证照编号",
        "refusal_reason": "不予的理由",
        "reason_code": "不予受理的情形",
        "code": "材料编码",
        "state": "状态",
        "step": "环节",
        "at": "时间",
        "org": "部门",
        "opinion": "意见",
    },
    key="case_number",
    own_key="number",
)


def blank() -> bytes:
    """An empty workbook to fill in."""
    return sheets.write(CASES, ())


def take_in(content: bytes, media_type: str, system: str, *, dry_run: bool = False) -> dict[str, Any]:
    """Record the cases of a file, or what is new of them. One fault anywhere and nothing is changed."""
    lines = _lines(content, media_type)
    _refuse_twice(lines)
    guides: dict[str, Any] = {}
    records = [_checked(line, guides) for line in lines]  # asks the catalog, so outside the transaction
    try:
        with database.transaction():
            pairs = sorted(zip(lines, records, strict=True), key=_number)  # two files lock in one order
            report = [_row(line, record, system, guides) for line, record in pairs]
            report.sort(key=lambda row: (row["sheet"], row["row"]))
            if dry_run or any(row["failures"] for row in report):
                raise _Undone
    except _Undone:
        for row in report:
            row["case_no"] = None
        if not dry_run:
            raise _refused(report) from None
    return {"dry_run": dry_run, "counts": dict(Counter(row["outcome"] for row in report)), "rows": report}


class _Undone(Exception):
    """Leaves the transaction without a trace."""


def _number(pair: tuple[Line, Any]) -> str:
    return str(pair[0].document.get("number"))


def _lines(content: bytes, media_type: str) -> list[Line]:
    try:
        return sheets.lines_of(CASES, content, media_type, rows="cases", most=MOST_CASES)
    except Unreadable as problem:
        raise Refusal(
            "filing.import-unreadable",
            status=415 if media_type not in (JSON, XLSX) else 422,
            rule="FIL-93",
            zh=f"文件无法导入：{problem.zh}",
            en=f"The file cannot be imported: {problem.en}",
            next_zh="请下载空白表格，填写后再导入；数据没有任何改变。",
            next_en="Fill in the blank workbook; nothing was imported.",
        ) from None


def _refuse_twice(lines: list[Line]) -> None:
    times = Counter(str(line.document.get("number")) for line in lines)
    for line in lines:
        if times[str(line.document.get("number"))] > 1 and not line.faults:
            line.faults.append(line.fault("number", "同一文件中编号重复。", "The number occurs twice in this file."))


def _checked(line: Line, guides: dict[str, Any]) -> dict[str, Any] | None:
    """The record of a row that the caller may import; None, and why, where it is not fit."""
    if line.faults:
        return None
    try:
        if strange := unfit(line.document):
            raise ValidationError(strange)
        record: dict[str, Any] = CaseRow().load(line.document)
    except ValidationError as error:
        line.faults += line.unfit(error)
        return None
    code = record["item_code"]
    try:
        if code not in guides:
            guides[code] = items.for_new_case(code)
    except Refusal as refusal:
        if refusal.status >= 500:
            raise
        line.faults.append(line.fault("item_code", refusal.zh, refusal.en))
        return None
    org = guides[code][1]["approving_org"]
    if not any(actor().has_role(role, org, code) for role in IMPORTERS):
        said = line.fault("item_code", "该事项不由您所在的部门审批。", "Your office does not approve this item.")
        line.faults.append(said | {"rule": "ID-35", "article": rules.article("ID-35")})
        return None
    return record


def _row(line: Line, record: dict[str, Any] | None, system: str, guides: dict[str, Any]) -> dict[str, Any]:
    report = {
        "sheet": line.sheet,
        "row": line.row,
        "number": _shown(line.document.get("number")),
        "project_name": _shown(line.document.get("project_name")),
        "outcome": "refused",
        "case_no": None,
        "failures": line.faults,
    }
    if record is None:
        return report
    try:
        with database.transaction():
            version, guide = guides[record["item_code"]]
            source = imports.system_of(guide["approving_org"], system)
            case, outcome = imports.record(source, record["number"], record, version, guide)
    except Refusal as refusal:
        said = line.fault("nodes" if refusal.status == 422 else "number", refusal.zh, refusal.en)
        cited = {"rule": refusal.rule, "article": rules.article(refusal.rule)} if refusal.rule else {}
        return report | {"failures": [said | cited]}
    return report | {"outcome": outcome, "case_no": case.case_no}


def _shown(value: Any) -> str:
    return "" if value is None or unfit(value) else str(value)


def _refused(report: list[dict[str, Any]]) -> Refusal:
    bad = [row for row in report if row["failures"]]
    failures = [failure for row in bad for failure in row["failures"]]
    foreign = any(failure.get("rule") == "ID-35" for failure in failures)
    for row in report:
        if not row["failures"]:
            row["outcome"] = "not_imported"
    return Refusal(
        "filing.import-refused",
        status=403 if foreign else 422,
        rule="ID-35" if foreign else "FIL-93",
        zh=f"{len(bad)} 个办件有 {len(failures)} 处问题，整个文件都没有导入。",
        en=f"{len(failures)} faults in {len(bad)} cases; nothing of the file was imported.",
        next_zh="请按逐行结果改正后重新导入整个文件。",
        next_en="Correct each row as said of it, then import the whole file again.",
        rows=report,
    )
