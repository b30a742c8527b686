"""The record of the weekly meeting of an approving and a supervising office (周见面, SUP-05)."""

from typing import Any

from flask import abort, redirect

from gateway.portal import guard
from gateway.portal.addresses import fill
from gateway.portal.forms import Field, Form
from gateway.portal.page import route, show
from gateway.portal.visitor import get, get_all, needed, send

SIDES = (
    ("approving_org", ("审批方参加人", "For the approving office")),
    ("supervising_org", ("监管方参加人", "For the supervising office")),
)


@route("/staff/weekly/<record_id>", methods=("GET", "POST"))
@guard.staff("coordinator")
def staff_weekly(record_id: str) -> Any:
    """File the record: when, who for each side, what was agreed."""
    rows = get("supervision", "/weekly-records", limit=100)["items"]
    record = next((row for row in rows if row["id"] == record_id), None)
    if record is None:
        abort(404)
    form = Form(
        (
            Field("met_at", ("见面时间", "Met at"), "moment", default=f"{record['meeting_day']}T15:00"),
            *_participants(record),
            Field("summary", ("纪要", "Summary"), "long", most=8000),
        ),
        parts={"participants": ("参加人", "Who took part")},
    )
    if form.sent:
        body = form.body()
        body["participants"] = [{"org": record[side], "staff": ref} for side, _ in SIDES for ref in body.pop(side, ())]
        with form.attempt():
            send("PUT", "supervision", fill("/weekly-records/{id}", record), body)
            return redirect("/staff/linkage?said=sign-sheet")
    return show("portal/staff_weekly.html", form.status, record=record, form=form)


def _participants(record: dict[str, Any]) -> list[Field]:
    """The coordinators of both offices, to tick who came."""
    questions = [
        ("identity", "/staff", {"org": record[side], "role": "coordinator", "limit": 100}) for side, _ in SIDES
    ]
    found = []
    for (side, label), answer in zip(SIDES, get_all(*questions), strict=True):
        options = [(row["ref"], (row["display_name"], "")) for row in needed(answer)["items"]]
        found.append(Field(side, label, "choices", options=options))
    return found
