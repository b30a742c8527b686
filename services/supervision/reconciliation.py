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


def case_ended(event: Any) -> None:
    """Any news of a case that is completed or revoked: its push has to be here within the hour."""
    if event.status not in ENDED or _pushed(event.case_id, event.status):
        return
    key = f"{event.case_id}:{event.status}"
    if deadlines.find("push", key) is None:
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


def arrived(case_id: str, kind: str) -> None:
    """The push has come, in time or at last."""
    deadlines.cancel("push", f"{case_id}:{kind}")
    UnpushedCase.update(state="arrived").where(UnpushedCase.case_id == case_id, UnpushedCase.kind == kind).execute()


def _pushed(case_id: str, kind: str) -> bool:
    missed = UnpushedCase.select().where(UnpushedCase.case_id == case_id, UnpushedCase.kind == kind)
    return Push.select().where(Push.case_id == case_id, Push.kind == kind).exists() or missed.exists()
