"""The delivery board: how quickly each lane goes out, what waits, what has gone wrong (NOT-05, NOT-07, NOT-08)."""

from datetime import datetime, timedelta
from typing import Any

from peewee import Case, fn

from chassis import clock
from contracts import rules
from services.notifier import options
from services.notifier.models import Message, Shipment, Task

LANES = {"code": "验证码", "urgent": "预警与紧急", "ordinary": "普通"}
LONGEST = 2**31 - 1  # what the column holds: a message sent again after weeks still has to be taken as sent
STATES_OPEN = ("queued", "sending", "unknown")


def took_ms(row: Any) -> int:
    """From when a message might go out until the carrier had it; the hours in which it was held do not count."""
    cause = Message.get_or_none(Message.id == row.parent) if row.parent else None
    begin = may_go(cause.created_at if cause else row.created_at, holdable=row.holdable)
    return min(max(0, int((row.accepted_at - begin).total_seconds() * 1000)), LONGEST)


def may_go(at: datetime, *, holdable: bool) -> datetime:
    """The instant itself, or the end of the quiet hours it falls into (NOT-06)."""
    begin, end = options.quiet_hours()
    local = clock.local(at)
    if not holdable or not (begin <= local.time() or local.time() < end):
        return at
    day = local.date() + timedelta(days=1 if local.time() >= begin else 0)
    return clock.parse(f"{day}T{end:%H:%M}")


def show(hours: int) -> dict[str, Any]:
    """Everything of the last hours, by lane."""
    since = clock.now() - timedelta(hours=hours)
    limit = rules.value("notifier.code_to_provider").value * 1000
    lane = Case(Message.lane, [(0, "code"), (1, "urgent")], "ordinary")
    in_time = fn.SUM(Case(None, [(Message.took_ms <= limit, 1)], 0))
    sent = Message.select(lane, fn.COUNT(Message.id), in_time, fn.MAX(Message.took_ms)).where(
        Message.accepted_at >= since, Message.took_ms.is_null(False)
    )
    waiting = Message.select(lane, fn.COUNT(Message.id), fn.MIN(Message.created_at)).where(
        Message.state.in_(STATES_OPEN)
    )
    gone = {name: values for name, *values in sent.group_by(lane).tuples()}
    open_ = {name: values for name, *values in waiting.group_by(lane).tuples()}
    return {
        "since": since,
        "limit_seconds": limit // 1000,
        "lanes": [
            _lane(name, zh, gone.get(name, (0, 0, None)), open_.get(name, (0, None))) for name, zh in LANES.items()
        ],
        "messages": _counted(Message, Message.state, Message.created_at >= since),
        "errors": _counted(Message, Message.error, Message.state.in_(("failed", "dead", "undelivered"))),
        "parcels": _counted(Shipment, Shipment.state, Shipment.created_at >= since),
        "tasks": _counted(Task, Task.kind, Task.done_at.is_null()),
    }


def _lane(name: str, zh: str, gone: Any, open_: Any) -> dict[str, Any]:
    sent, in_time, slowest = gone
    waiting, oldest = open_
    return {
        "lane": name,
        "name": zh,
        "sent": sent,
        "in_time": in_time,
        "share": round(in_time / sent, 4) if sent else None,
        "slowest_ms": slowest,
        "waiting": waiting,
        "waiting_since": clock.parse(oldest) if isinstance(oldest, str) else oldest,
    }


def _counted(model: Any, by: Any, where: Any, most: int = 20) -> list[dict[str, Any]]:
    query = model.select(by, fn.COUNT(model.id)).where(where, by.is_null(False)).group_by(by)
    return [
        {"what": what, "count": count} for what, count in query.order_by(fn.COUNT(model.id).desc()).limit(most).tuples()
    ]
