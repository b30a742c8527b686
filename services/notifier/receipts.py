"""What carriers tell about messages they have taken: by call-back in their own words, or because we ask (NOT-08)."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peewee import fn

from chassis import clock, http
from chassis.observability import log
from services.notifier import carriers, messages
from services.notifier.models import Message, StrayReceipt, database
from services.notifier.providers import Found, NotTaken, Refused

ASK_AT_MOST = timedelta(hours=72)  # carriers try no longer
NUMBER_KEPT = timedelta(days=30)  # of messages that failed: as long as a carrier can be asked
STUCK_AFTER = timedelta(minutes=10)
AT_ONCE = 32
SLICE = 500


@dataclass(frozen=True)
class Receipt:
    """One receipt, whoever's words it came in."""

    out_id: str  # our number, unless the carrier does not repeat it
    biz_id: str  # the carrier's
    delivered: bool
    at: datetime | None = None
    code: str | None = None


def from_aliyun(entry: Mapping[str, Any]) -> Receipt:
    """SmsReport: our number is out_id."""
    return Receipt(
        entry["out_id"] or "", entry["biz_id"], entry["success"], moment(entry["report_time"]), entry["err_code"]
    )


def from_tencent(entry: Mapping[str, Any]) -> Receipt:
    """The status call-back names a message by its own number only."""
    delivered = entry["report_status"] == "SUCCESS"
    return Receipt("", entry["sid"], delivered, moment(entry["user_receive_time"]), entry["errmsg"])


WORDS = {"aliyun": from_aliyun, "tencent": from_tencent}


def take(carrier: str, told: Sequence[Receipt]) -> bool:
    """Take receipts, in any order and any number of times; whether all were of messages that we know.

    One for an unknown message is kept for the operators.
    """
    with database.transaction():
        strange = _apply(carrier, told)
        StrayReceipt.create_all([{"carrier": carrier, **vars(one)} for one in strange], unless_there=True)
    for one in strange:
        log.warning("sms_receipt_unknown", carrier=carrier, biz_id=one.biz_id)
    return not strange


def match_strays() -> int:
    """Receipts that came before the answer to their call, and named only the carrier's number; returns how many."""
    known = Message.select(Message.id).where(
        Message.provider_ref == StrayReceipt.biz_id, Message.provider == StrayReceipt.carrier
    )
    query = StrayReceipt.select().where(StrayReceipt.matched_at.is_null(), StrayReceipt.biz_id != "")
    done = 0
    for row in query.where(fn.EXISTS(known)).limit(SLICE):
        with database.transaction():
            if not _apply(row.carrier, [Receipt(row.out_id, row.biz_id, row.delivered, row.at, row.code)]):
                StrayReceipt.update(matched_at=clock.now()).where(StrayReceipt.id == row.id).execute()
                done += 1
    return done


def poll_waiting(most: int = AT_ONCE) -> int:
    """Ask about messages of which nothing was heard, ever more seldom; returns how many were asked about."""
    rows = _take_turn(most)
    if not rows:
        return 0
    database.release()
    with ThreadPoolExecutor(min(most, len(rows)), thread_name_prefix="sms-receipts") as pool:
        answers = list(pool.map(_ask, rows))
    told = {row.id: found for row, found in zip(rows, answers, strict=True) if found and found.delivered is not None}
    with database.transaction():
        locked = messages.lock(Message.id.in_(sorted(told)))
        for row in locked:
            found = told[row.id]
            messages.receipt(row, found.reference, bool(found.delivered), found.at)
        Message.save_all(locked)
    return len(rows)


def forget() -> int:
    """Numbers of messages that failed long ago, and that nobody will ask a carrier about; returns how many."""
    old = Message.select(Message.id).where(
        Message.state.in_(("failed", "dead")),
        Message.mobile.is_null(False),
        Message.called_at < clock.wall() - NUMBER_KEPT,
    )
    return int(Message.update(mobile=None).where(Message.id.in_(old.limit(SLICE))).execute())


def look_for_stuck() -> int:
    """Tell the operators' log about urgent messages that stand still although they are due; repairs nothing."""
    wall = clock.wall()
    due = Message.retry_at.is_null() | (Message.retry_at <= wall - STUCK_AFTER)
    stuck = Message.select().where(
        Message.state == "queued",
        Message.lane < messages.ORDINARY,
        due,
        Message.updated_at < clock.now() - STUCK_AFTER,
    )
    number = stuck.count()
    if number:
        log.error("sms_stands_still", messages=number)
    return 0


def _apply(carrier: str, told: Sequence[Receipt]) -> list[Receipt]:
    """Note what is told of messages that we know; returns the receipts of others."""
    ours = [one.out_id for one in told if one.out_id]
    theirs = [one.biz_id for one in told if not one.out_id]
    named = Message.id.in_(ours)
    if theirs:
        named |= Message.provider_ref.in_(theirs) & (Message.provider == carrier)
    rows = messages.lock(named)
    by_name = {row.provider_ref: row for row in rows if row.provider == carrier} | {row.id: row for row in rows}
    strange = []
    for one in told:
        row = by_name.get(one.out_id or one.biz_id)
        if row is None:
            strange.append(one)
        else:
            messages.receipt(row, one.biz_id or None, one.delivered, one.at)
    Message.save_all(rows)
    return strange


def _take_turn(most: int) -> list[Any]:
    """The rows that are to be asked about now, each put off to its next time, so that nobody else asks too."""
    wall = clock.wall()
    due = (Message.state == "accepted") & (Message.retry_at <= wall)
    if not Message.select(Message.id).where(due).exists():
        return []
    with database.transaction():
        query = Message.select().where(due).order_by(Message.retry_at).limit(most)
        rows = list(database.for_update(query, skip_locked=True))
        for row in rows:
            age = wall - (row.called_at or wall)
            row.retry_at = wall + max(messages.ASK_RECEIPT_AFTER, age) if age < ASK_AT_MOST else None
            if row.retry_at is None:
                row.mobile = None
        Message.save_all(rows)
        return [row for row in rows if row.retry_at is not None]


def _ask(row: Any) -> Found | None:
    try:
        return carriers.get(row.provider).query(row.id, row.mobile, row.called_at)
    except (http.Unavailable, http.Rejected, LookupError, NotTaken, Refused, ValueError, TypeError) as error:
        log.info("sms_receipt_not_told", message=row.id, reason=str(error))
        return None


def moment(text: str | None) -> datetime | None:
    """The carriers' local time, or None."""
    try:
        return datetime.strptime(text or "", "%Y-%m-%d %H:%M:%S").replace(tzinfo=clock.SHANGHAI)
    except ValueError:
        return None
