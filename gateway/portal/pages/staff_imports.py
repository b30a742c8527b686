"""Items taken in from a JSON or .xlsx file, with the report row by row (CAT-24)."""

from typing import Any
from urllib.parse import urlencode

from flask import request

from gateway.portal import guard
from gateway.portal.forms import Field, Form
from gateway.portal.page import route, show
from gateway.portal.pages.materials import send_file
from gateway.portal.pages.staff_catalog import EDITORS
from gateway.portal.texts import Both

KINDS = {"json": "application/json", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
OUTCOMES: dict[str, Both] = {
    "published": ("新发布", "published"),
    "changed": ("已更新", "changed"),
    "unchanged": ("没有变化", "unchanged"),
    "refused": ("有问题", "refused"),
    "not_imported": ("未导入", "not imported"),
}
FIELDS = (Field("change_log", ("修改说明", "What has changed"), "long", most=2000),)


@route("/staff/items/import", methods=("GET", "POST"))
@guard.staff(*EDITORS)
def import_items() -> Any:
    """Try a file, then import it: all rows or none."""
    form = Form(FIELDS)
    report = None
    if form.sent:
        with form.attempt():
            report = _take_in(form)
        if form.problem and (rows := form.problem.document.get("rows")):
            report = {"dry_run": False, "counts": {}, "rows": rows}
            form.problem.document.pop("fields", None)  # they stand in the rows
    return show("portal/staff_import.html", form.status, form=form, report=report, outcomes=OUTCOMES)


def _take_in(form: Form) -> Any:
    file = request.files.get("file")
    ending = (file.filename or "").rpartition(".")[2].lower() if file else ""
    query = urlencode(form.body() | {"dry_run": "false" if form.pressed == "import" else "true"})
    return send_file("POST", "catalog", f"/item-imports?{query}", file, KINDS.get(ending, "application/octet-stream"))
