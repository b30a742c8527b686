"""What the exchange platform must have within 7 working days (FIL-45, CRE-42): decisions, and what becomes of failings.

The platform pulls the open ones and sends its receipt, or, where its address is known, we bring them (`push`)."""

from datetime import datetime
from typing import Any

from chassis import clock, http, workdays
from services.credit.models import Record, Share, database
from services.credit.schemas import ShareOut

PLATFORM = "exchange"  # its name in YWT_PEERS
BATCH = 50


def open_share(event: Any) -> None:
    """Note that a decision is to be shared."""
    _open(
        clock.parse(event.decided_at),
        kind="decision",
        about=event.case_id,
        state=event.decision,
        case_no=event.case_no,
        number=event.decision_no,
        item_code=event.item_code,
        org=event.approving_org,
    )


def open_record(record: Any) -> None:
    """Note that a failing was listed, modified, deleted or repaired (CRE-06, CRE-12)."""
    _open(
        clock.now(),
        kind="record",
        about=record.id,
        state=record.state,
        case_no=record.case_no,
        number=record.record_no,
        item_code=record.item_code,
        org=record.judging_org,
    )


def receipt(share_id: str, number: str) -> Any:
    """The platform has taken it; a second receipt changes nothing."""
    with database.transaction():
        share = Share.get_or_refuse(share_id, lock=True)
        if share.shared_at is None:
            share.shared_at, share.receipt = clock.now(), number
            share.save()
        return shown(share)


def shown(share: Any) -> Any:
    """A share; that of a failing with the record as it is now."""
    share.record = Record.get_or_none(Record.id == share.about) if share.kind == "record" else None
    return share


def push() -> int:
    """Bring open shares to the platform, most urgent first; what it does not take stays open. Returns how many it took.

    Without an address of the platform nothing is sent: then it pulls."""
    try:
        platform = http.provider(http.peer(PLATFORM).base_url)
    except LookupError:
        return 0
    waiting = list(Share.select().where(Share.shared_at.is_null()).order_by(Share.due, Share.id).limit(BATCH))
    taken = 0
    for share in waiting:
        try:
            key = {"Idempotency-Key": share.id}
            answer = http.json_or_raise(platform.post("/shares", json=_content(share), headers=key))
        except http.Unavailable:
            break
        except http.Rejected:
            continue
        receipt(share.id, str(answer["receipt"]))
        taken += 1
    return taken


def _content(share: Any) -> dict[str, Any]:
    found: dict[str, Any] = ShareOut().dump(shown(share))
    return found


def _open(at: datetime, **fields: Any) -> None:
    due = workdays.due_for("credit.share_decision", at).date
    row = Share(due=due, **fields)
    Share.insert(**row.__data__).on_conflict_ignore().execute()
