"""Cases that ended without a push: found within the hour, put on the daily sheet (SUP-03, AMB-39).

The approving side's own sweep sends again what was not acknowledged; this one finds what it believes to have sent, or
has forgotten.
"""

from datetime import timedelta
from typing import Any

from chassis import clock, deadlines
from contracts import rules
from services.supervision import items, sheets
from services.supervision.models import Push, UnpushedCase

ENDED = ("completed", "revoked")
KEPT = ("case_id", "case_no", "item_code", "item_version", "approving_org", "status")


def cases_ended(events: list[Any]) -> None:
    """Any news of a case that is completed or revoked: its push has to be here within the hour."""
    ended = {(event.case_id, event.status): event for event in events if event.status in ENDED}
    case_ids = list({case_id for case_id, _ in ended})
    known: set[tuple[str, str]] = set()
    for model in (Push, UnpushedCase) if ended else ():
        known |= set(model.select(model.case_id, model.kind).where(model.case_id.in_(case_ids)).tuples())
    for (case_id, status), event in ended.items():
        key = f"{case_id}:{status}"
        if (case_id, status) not in known and deadlines.find("push", key) is None:
            wait = timedelta(hours=rules.value("supervision.push_reconcile").value)
            facts = {name: event.data[name] for name in KEPT}
            deadlines.at("push", key, clock.now() + wait, facts, rule="SUP-03")


def hour_passed(facts: dict[str, Any]) -> None:
    """The push is missing for every office that supervises the item."""
    item = items.find(facts["item_code"], facts["item_version"])
    for org in item.supervising_orgs if item else ():
        UnpushedCase.create(
            case_id=facts["case_id"],
            case_no=facts["case_no"],
            kind=facts["status"],
            approving_org=facts["approving_org"],
            supervising_org=org,
            sheet_id=sheets.of(facts["approving_org"], org).id,
            state="missing",
            found_at=clock.now(),
        )


def arrived(kind: str, case_ids: list[str]) -> None:
    """Pushes have come, in time or at last."""
    deadlines.cancel_all(["push"], [f"{case_id}:{kind}" for case_id in case_ids])
    late = UnpushedCase.case_id.in_(case_ids) & (UnpushedCase.kind == kind)
    UnpushedCase.update(state="arrived").where(late).execute()
