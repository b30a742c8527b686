"""Items, and cases of other systems, taken in from a JSON or .xlsx file, with a report row by row (CAT-24, FIL-93)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from gateway.portal import guard
from gateway.portal.files import passed_on, send_file
from gateway.portal.forms import Field, Form
from gateway.portal.page import route, show
from gateway.portal.pages.staff_catalog import EDITORS
from gateway.portal.texts import Both
from gateway.portal.visitor import stream

CASE_IMPORTERS = ("window_manager", "unit_leader")
KINDS = {"json": "application/json", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
COMMON: dict[str, Both] = {
    "changed": ("已更新", "changed"),
    "unchanged": ("没有变化", "unchanged"),
    "refused": ("有问题", "refused"),
    "not_imported": ("未导入", "not imported"),
}


@dataclass(frozen=True)
class Import:
    """What can be taken in from a file."""

    title: Both
    lead: Both
    service: str
    path: str
    pattern: tuple[str, Both]  # a file to begin with: its address, what it is called
    heads: tuple[tuple[Both, str], ...]  # columns of the report
    fields: tuple[Field, ...]
    outcomes: Mapping[str, Both]


ITEMS = Import(
    ("导入事项", "Import items"),
    (
        "从 JSON 或 Excel(.xlsx)文件发布事项：要么全部导入，要么一条也不导入。",
        "Publish items from a JSON or Excel (.xlsx) file: all of them or none.",
    ),
    "catalog",
    "/item-imports",
    ("/staff/items/export", ("先导出一份作为模板", "Export one first and change it")),
    ((("编码", "Code"), "code"), (("名称", "Name"), "name")),
    (Field("change_log", ("修改说明", "What has changed"), "long", most=2000),),
    {"published": ("新发布", "published"), **COMMON},
)
CASES = Import(
    ("导入其他系统的办件", "Import cases of another system"),
    (
        "从 JSON 或 Excel(.xlsx)文件登记本部门事项的办件：要么全部导入，要么一条也不导入；重复导入不会重复登记。",
        "Record cases of your office's items from a JSON or Excel (.xlsx) file: all or none, and never twice.",
    ),
    "filing",
    "/case-imports",
    ("/staff/cases/import/blank", ("下载空白表格", "The blank workbook")),
    ((("原系统编号", "Number there"), "number"), (("项目名称", "Project"), "project_name")),
    (
        Field(
            "system",
            ("来源系统的代号", "Code of the other system"),
            hint=(
                "由本部门自定，每次相同；小写字母、数字和短横，如 street-office。与其他部门的系统互不影响",
                "As your office calls it, the same each time: small letters, digits, hyphens, like street-office."
                " Systems of other offices are apart",
            ),
            most=40,
        ),
    ),
    {"recorded": ("新登记", "recorded"), **COMMON},
)


@route("/staff/items/import", methods=("GET", "POST"))
@guard.staff(*EDITORS)
def import_items() -> Any:
    """Try a file, then import it: all items or none."""
    return _page(ITEMS)


@route("/staff/cases/import", methods=("GET", "POST"))
@guard.staff(*CASE_IMPORTERS)
def import_cases() -> Any:
    """The same with cases that another system handles."""
    return _page(CASES)


@route("/staff/cases/import/blank")
@guard.staff(*CASE_IMPORTERS)
def blank_cases() -> Response:
    """The workbook to fill in."""
    return passed_on(stream("GET", "filing", "/case-imports/blank"), "cases.xlsx")


def _page(kind: Import) -> Any:
    form = Form(kind.fields)
    report = None
    if form.sent:
        with form.attempt():
            report = _take_in(kind, form)
        if form.problem and (rows := form.problem.document.get("rows")):
            report = {"dry_run": False, "counts": {}, "rows": rows}
            form.problem.document.pop("fields", None)  # they stand in the rows
    return show("portal/staff_import.html", form.status, kind=kind, form=form, report=report)


def _take_in(kind: Import, form: Form) -> Any:
    file = request.files.get("file")
    ending = (file.filename or "").rpartition(".")[2].lower() if file else ""
    query = urlencode(form.body() | {"dry_run": "false" if form.pressed == "import" else "true"})
    media_type = KINDS.get(ending, "application/octet-stream")
    return send_file("POST", kind.service, f"{kind.path}?{query}", file, media_type)
