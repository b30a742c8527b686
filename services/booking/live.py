"""The queue as it is now, for screens and phones, with an honest estimate of the wait (BOO-18).

A stream that stays open would occupy one of a few threads for each screen and phone, in the gateway too. So an answer
of the live address is one server-sent event, and `retry` makes the browser ask again after two seconds; whoever has
the newest state already gets an empty answer that costs one small query.
"""

import json
import math
import statistics
from datetime import timedelta
from typing import Any

from peewee import fn

from chassis import clock
from services.booking.models import Queue, Ticket

RETRY_MS = 2000
MEASURED = 30  # last services that count
LEAST = 5  # fewer say nothing
RECENT_QUEUES = 5
WINDOW_MINUTES = 30  # a window that called nobody for so long is not open


def stream(hall_code: str, queue_group: str, last_seen: str) -> str:
    """One server-sent event, or none when the reader has seen the newest."""
    queue = today(hall_code, queue_group)
    newest = _mark(queue)
    if last_seen == newest:
        return f"retry: {RETRY_MS}\n\n"
    data = json.dumps(board(hall_code, queue_group), ensure_ascii=False, default=str)
    return f"retry: {RETRY_MS}\nid: {newest}\nevent: queue\ndata: {data}\n\n"


def board(hall_code: str, queue_group: str) -> dict[str, Any]:
    """What a screen shows: numbers and windows, no names."""
    queue = today(hall_code, queue_group)
    tickets = list(Ticket.select().where(Ticket.queue_id == queue.id).order_by(Ticket.place)) if queue else []
    waiting = [{"ticket_no": row.ticket_no, "kind": row.kind} for row in tickets if row.state == "waiting"]
    return {
        "hall": hall_code,
        "queue_group": queue_group,
        "date": clock.today().isoformat(),
        "closed": bool(queue and queue.closed_at),
        "called": [
            {"ticket_no": row.ticket_no, "kind": row.kind, "window": row.window, "state": row.state}
            for row in tickets
            if row.state in {"called", "serving"}
        ],
        "waiting": waiting,
        "estimate": estimate(queue, len(waiting)),
    }


def of_ticket(ticket_id: str) -> dict[str, Any]:
    """One number: how many are ahead, and about how long it will take."""
    return _standing(Ticket.get_or_refuse(ticket_id))


def of_booking(booking_id: str) -> dict[str, Any] | None:
    """The same for the number that was taken for a booking; None before (BOO-13)."""
    ticket = Ticket.get_or_none(Ticket.booking_id == booking_id)
    return _standing(ticket) if ticket else None


def _standing(ticket: Any) -> dict[str, Any]:
    queue = Queue.get_by_id(ticket.queue_id)
    ahead = None
    if ticket.state == "waiting":
        ahead = (
            Ticket.select()
            .where(Ticket.queue_id == queue.id, Ticket.state == "waiting", Ticket.place < ticket.place)
            .count()
        )
    return {"ticket": ticket, "ahead": ahead, "estimate": None if ahead is None else estimate(queue, ahead)}


def estimate(queue: Any, ahead: int) -> dict[str, int] | None:
    """Minutes until the call, from the middle half of the last services and the windows at work; None when too little
    was measured to say anything. Booked numbers that come meanwhile may make it longer (BOO-14)."""
    if queue is None:
        return None
    seconds = _measured(queue)
    since = clock.now() - timedelta(minutes=WINDOW_MINUTES)
    at_work = Ticket.select(Ticket.window).where(Ticket.queue_id == queue.id, Ticket.called_at >= since).distinct()
    windows = at_work.count()
    if len(seconds) < LEAST or not windows:
        return None
    quick, _, slow = statistics.quantiles(seconds, n=4)
    return {
        "least_minutes": math.floor(ahead * quick / windows / 60),
        "most_minutes": math.ceil((ahead + 1) * slow / windows / 60),
        "measured": len(seconds),
        "windows": windows,
    }


def today(hall_code: str, queue_group: str) -> Any:
    """The queue of today; None before the first number."""
    return Queue.get_or_none(Queue.hall_code == hall_code, Queue.queue_group == queue_group, Queue.day == clock.today())


def _measured(queue: Any) -> list[float]:
    """Seconds from call to end of the last services of this queue, on this and the days before."""
    recent = (
        Queue.select(Queue.id)
        .where(Queue.hall_code == queue.hall_code, Queue.queue_group == queue.queue_group, Queue.day <= queue.day)
        .order_by(Queue.day.desc())
        .limit(RECENT_QUEUES)
    )
    done = Ticket.select().where(
        Ticket.queue_id.in_([row.id for row in recent]), Ticket.state == "done", Ticket.finished_at.is_null(False)
    )
    last = done.order_by(Ticket.finished_at.desc()).limit(MEASURED)
    return [(row.finished_at - row.called_at).total_seconds() for row in last]


def _mark(queue: Any) -> str:
    """Changes with every change of the queue."""
    if queue is None:
        return clock.today().isoformat()
    number, versions = (
        Ticket.select(fn.COUNT(Ticket.id), fn.SUM(Ticket.version)).where(Ticket.queue_id == queue.id).tuples().first()
    )
    return f"{queue.id}-{queue.version}-{number}-{versions or 0}"
