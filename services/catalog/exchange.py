"""Items in and out, as JSON or as a spreadsheet: all rows or none, with a report row by row (CAT-24, CAT-35)."""

import json
from collections import Counter
from typing import Any

from marshmallow import ValidationError

from chassis import sheets
from chassis.arguments import unfit
from chassis.errors import Refusal
from chassis.sheets import JSON, XLSX, Line, Unreadable, Unwritable
from contracts import rules
from services.catalog import access, guide, items, validator
from services.catalog.models import Item, ItemVersion, database
from services.catalog.sheets import GUIDES

MOST_ITEMS = 2000
MOST_BYTES = 30_000_000


def export(org: str | None, fmt: str) -> bytes:
    """The guides in force of the organisations that the caller edits, perhaps of one of them alone."""
    if org:
        access.require_editor(org)
    mine = access.editable_orgs()
    query = (
        ItemVersion.select(ItemVersion.document)
        .join(Item, on=(Item.code == ItemVersion.code) & (Item.current_version == ItemVersion.number))
        .where(Item.state == "published")
    )
    if org:
        query = query.where(Item.org == org)
    elif mine is not None:
        query = query.where(Item.org.in_(mine))
    documents = [row.document for row in query.order_by(Item.leaf, Item.code).limit(MOST_ITEMS + 1)]
    if len(documents) > MOST_ITEMS:
        raise Refusal(
            "catalog.export-too-large",
            status=422,
            rule="CAT-24",
            zh=f"一次最多导出 {MOST_ITEMS} 个事项。",
            en=f"One export holds at most {MOST_ITEMS} items.",
            next_zh="请按部门分批导出。",
            next_en="Export one organisation (org) at a time.",
        )
    if fmt == "xlsx":
        try:
            return sheets.write(GUIDES, documents)
        except Unwritable as problem:
            raise Refusal(
                "catalog.export-not-tabular",
                status=422,
                rule="CAT-24",
                zh="有的文字放不进表格单元格，导出为表格会丢失内容。",
                en=f"Some text does not fit into a cell: {problem}.",
                next_zh="请改用 JSON 格式导出，内容不会丢失。",
                next_en="Export as JSON instead; nothing gets lost there.",
            ) from None
    return json.dumps({"items": documents}, ensure_ascii=False, indent=1).encode()


def take_in(content: bytes, media_type: str, change_log: str, *, dry_run: bool = False) -> dict[str, Any]:
    """Publish the items of a file. One fault anywhere and nothing is changed; the report names each row."""
    lines = _lines(content, media_type)
    twice = {code for code, times in Counter(map(_code, lines)).items() if times > 1}
    for line in lines:
        if _code(line) in twice and "" in line.places:
            line.faults.append(line.fault("code", "同一文件中事项编码重复。", "The code occurs twice in this file."))
    try:
        with database.transaction():
            rows = {id(line): _row(line, change_log) for line in sorted(lines, key=_headings_first)}
            report = [rows[id(line)] for line in lines]
            if dry_run or any(row["failures"] for row in report):
                raise _Undone
    except _Undone:
        if not dry_run:
            raise _refused(report) from None
    counts = Counter(row["outcome"] for row in report)
    return {"dry_run": dry_run, "counts": dict(counts), "rows": report}


class _Undone(Exception):
    """Leaves the transaction without a trace."""


def _lines(content: bytes, media_type: str) -> list[Line]:
    try:
        return sheets.lines_of(GUIDES, content, media_type, rows="items", most=MOST_ITEMS)
    except Unreadable as problem:
        raise Refusal(
            "catalog.import-unreadable",
            status=415 if media_type not in (JSON, XLSX) else 422,
            rule="CAT-24",
            zh=f"文件无法导入：{problem.zh}",
            en=f"The file cannot be imported: {problem.en}",
            next_zh="请先导出一份作为模板，在其中修改后再导入；数据没有任何改变。",
            next_en="Export a file first and change that one; nothing was imported.",
        ) from None


def _headings_first(line: Line) -> tuple[bool, str]:
    return line.document.get("leaf") is not False, _code(line)


def _code(line: Line) -> str:
    """The code as it stands in the file, which may be anything."""
    return str(line.document.get("code"))


def _row(line: Line, change_log: str) -> dict[str, Any]:
    """Check one item and, when nothing is wrong with it, publish it within the running transaction."""
    report: dict[str, Any] = {
        "sheet": line.sheet,
        "row": line.row,
        "code": _shown(line.document.get("code")),
        "name": _shown(line.document.get("name")),
        "outcome": "refused",
        "version": None,
        "changes": [],
        "failures": line.faults,
    }
    if line.faults:
        return report
    try:
        if strange := unfit(line.document):
            raise ValidationError(strange)
        document = guide.load(line.document)
    except ValidationError as error:
        report["failures"] = line.unfit(error)
        return report
    known = Item.get_or_none(Item.code == document["code"])
    owners = {document["approving_org"], *([known.org] if known else [])}
    if not all(access.may_edit(owner, document["code"]) for owner in owners):
        failure = line.fault(
            "approving_org", "您不负责编辑该部门的事项。", "You do not edit items of this organisation."
        )
        report["failures"] = [failure | {"rule": "CAT-35", "article": rules.article("CAT-35")}]
        return report
    if known:
        _keep_what_says_the_same(document, known)
    faults = validator.faults(items.complete(document))
    if faults:
        report["failures"] = [line.fault(f["field"], f["zh"], f["en"]) | f for f in faults]
        return report
    published = items.take_over(document, change_log)
    if published is None:
        return report | {"outcome": "unchanged", "version": known.current_version}
    outcome = "published" if published.number == 1 else "changed"
    return report | {"outcome": outcome, "version": published.number, "changes": published.changes}


def _shown(value: Any) -> str:
    return "" if value is None or unfit(value) else str(value)


def _keep_what_says_the_same(document: dict[str, Any], item: Any) -> None:
    """An empty cell and a null are the same: parts without a difference keep the form of the version in force."""
    row = ItemVersion.get_or_none(ItemVersion.code == item.code, ItemVersion.number == item.current_version)
    old = row.document if row else {}
    for name in old.keys() | document.keys():
        if _bare(old.get(name)) == _bare(document.get(name)):
            if name in old:
                document[name] = old[name]
            else:
                document.pop(name)


def _bare(value: Any) -> Any:
    """A value without its empty parts."""
    if isinstance(value, dict):
        found = {name: _bare(part) for name, part in value.items()}
        return {name: part for name, part in found.items() if part not in (None, [], {}, "")} or None
    if isinstance(value, list):
        return [_bare(part) for part in value] or None
    return value.strip().replace("\r\n", "\n") or None if isinstance(value, str) else value


def _refused(report: list[dict[str, Any]]) -> Refusal:
    bad = [row for row in report if row["failures"]]
    failures = [failure for row in bad for failure in row["failures"]]
    foreign = any(failure.get("rule") == "CAT-35" for failure in failures)
    for row in report:
        if not row["failures"]:
            row.update(outcome="not_imported", version=None)
    return Refusal(
        "catalog.import-refused",
        status=403 if foreign else 422,
        rule="CAT-35" if foreign else "CAT-24",
        zh=f"{len(bad)} 个事项有 {len(failures)} 处问题，整个文件都没有导入。",
        en=f"{len(failures)} faults in {len(bad)} items; nothing of the file was imported.",
        next_zh="请按逐行结果改正后重新导入整个文件。",
        next_en="Correct each row as said of it, then import the whole file again.",
        rows=report,
        fields={
            f"{failure['sheet']}.{failure['row']}.{failure['field']}": [f"{failure['zh']} / {failure['en']}"]
            for failure in failures
        },
    )
