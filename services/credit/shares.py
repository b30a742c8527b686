"""Decisions go to the exchange platform within 7 working days (FIL-45, CRE-42): due here, receipted by the platform."""

from typing import Any

from chassis import clock, workdays
from services.credit.models import Share, database


def open_share(event: Any) -> None:
    """Note that a decision is to be shared."""
    due = workdays.due_for("credit.share_decision", clock.parse(event.decided_at)).date
    Share.insert(
        case_id=event.case_id,
        case_no=event.case_no,
        decision_no=event.decision_no,
        decision=event.decision,
        item_code=event.item_code,
        org=event.approving_org,
        due=due,
    ).on_conflict_ignore().execute()


def receipt(share_id: str, number: str) -> Any:
    """The platform has taken the decision; a second receipt changes nothing."""
    with database.transaction():
        share = Share.get_or_refuse(share_id, lock=True)
        if share.shared_at is None:
            share.shared_at, share.receipt = clock.now(), number
            share.save()
        return share
