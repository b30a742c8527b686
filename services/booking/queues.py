"""The waiting queues: issue, insertion of booked numbers, call, serve, miss, closing (BOO-13…17). Every verb locks the
queue's row first, so that insertion and calling are atomic per queue (BOO-16)."""

from typing import Any

from chassis import clock, deadlines
from chassis.errors import Refusal
from chassis.outbox import emit
from contracts import rules
from contracts.events import booking as events
from services.booking import bookings
from services.booking.models import Booking, Queue, Ticket, database
from services.booking.transitions import TICKET


def issue(hall_code: str, queue_group: str) -> Any:
    """An ordinary number, at the end of the queue."""
    with database.transaction():
        bookings.require_operator(hall_code)
        queue = _lock(hall_code, queue_group)
        queue.last_ordinary += 1
        queue.save()
        return _insert(queue, "N", f"N{queue.last_ordinary:03d}", None)


def arrive(booking_no: str) -> Any:
    """A booked number for who comes on the booked date (BOO-13), put into the queue by the rule (BOO-14)."""
    with database.transaction():
        booking = Booking.get_or_refuse(Booking.booking_no == booking_no, lock=True)
        bookings.require_operator(booking.hall_code)
        bookings.arrive(booking)
        queue = _lock(booking.hall_code, booking.queue_group)
        queue.last_booked += 1
        queue.save()
        return _insert(queue, "B", f"B{queue.last_booked:03d}", booking.id)


def place_of_booked(kinds: list[str]) -> int:
    """Where a booked number goes among the waiting: behind the first ordinary one and the booked ones that follow it,
    before the second ordinary one; at the end when no ordinary one waits (BOO-14, BOO-15)."""
    if "N" not in kinds:
        return len(kinds)
    index = kinds.index("N") + 1
    while index < len(kinds) and kinds[index] == "B":
        index += 1
    return index


def call(hall_code: str, queue_group: str, window: str) -> Any:
    """Call the next waiting number to a window."""
    with database.transaction():
        bookings.require_operator(hall_code)
        queue = _lock(hall_code, queue_group)
        waiting = _waiting(queue)
        if not waiting:
            raise Refusal(
                "booking.queue-empty",
                rule="BOO-17",
                zh="没有等候的号码。",
                en="Nobody is waiting.",
                next_zh="有人取号后即可叫号。",
                next_en="Call again when a number was taken.",
            )
        ticket = waiting[0]
        ticket.state = TICKET.step(ticket.state, "call").target
        ticket.window, ticket.calls, ticket.called_at = window, 1, clock.now()
        ticket.save()
        emit(events.TicketCalled, ticket.id, _data(ticket, queue) | {"call": 1})
        return ticket


def call_again(ticket_id: str) -> Any:
    """Call the same number again; after three calls it is missed: once back behind the next ordinary number, then out
    (BOO-17)."""
    with database.transaction():
        ticket, queue = _ticket(ticket_id)
        TICKET.step(ticket.state, "call_again")
        if ticket.calls < rules.value("booking.calls").value:
            ticket.calls += 1
            ticket.save()
            emit(events.TicketCalled, ticket.id, _data(ticket, queue) | {"call": ticket.calls})
            return ticket
        verb = "lapse" if ticket.reentered else "reenter"
        waiting = _waiting(queue)
        ticket.state = TICKET.step(ticket.state, verb).target
        ticket.calls = 0
        ticket.save()
        if verb == "reenter":
            ticket.reentered = True
            kinds = [row.kind for row in waiting]
            waiting.insert(kinds.index("N") + 1 if "N" in kinds else len(waiting), ticket)
            _renumber(waiting)
        emit(events.TicketMissed, ticket.id, _data(ticket, queue))
        return ticket


def serve(ticket_id: str) -> Any:
    """The called person is at the window."""
    with database.transaction():
        ticket, queue = _ticket(ticket_id)
        ticket.state = TICKET.step(ticket.state, "serve").target
        ticket.served_at = clock.now()
        ticket.save()
        waited = int((ticket.served_at - ticket.issued_at).total_seconds())
        emit(events.TicketServed, ticket.id, _data(ticket, queue) | {"waited_seconds": max(0, waited)})
        if ticket.booking_id:
            bookings.served(ticket.booking_id, ticket.id)
        return ticket


def finish(ticket_id: str) -> Any:
    """The window is free again."""
    with database.transaction():
        ticket, _ = _ticket(ticket_id)
        ticket.state = TICKET.step(ticket.state, "finish").target
        ticket.save()
        return ticket


def close(queue_id: str) -> None:
    """The day is over: what still waits lapses (BOO-17)."""
    queue = Queue.locked(queue_id)
    for ticket in Ticket.select().where(
        Ticket.queue_id == queue.id, Ticket.state.in_(("waiting", "called", "serving"))
    ):
        ticket.state = TICKET.step(ticket.state, "lapse").target
        ticket.save()


def shown(hall_code: str, queue_group: str) -> dict[str, Any]:
    """The queue of today as a screen shows it: called, then waiting in order. No names (BOO-18)."""
    queue = Queue.get_or_none(
        Queue.hall_code == hall_code, Queue.queue_group == queue_group, Queue.day == clock.today()
    )
    tickets = list(Ticket.select().where(Ticket.queue_id == queue.id).order_by(Ticket.place)) if queue else []
    return {
        "hall": hall_code,
        "queue_group": queue_group,
        "date": clock.today(),
        "called": [ticket for ticket in tickets if ticket.state in {"called", "serving"}],
        "waiting": [ticket for ticket in tickets if ticket.state == "waiting"],
    }


def _lock(hall_code: str, queue_group: str) -> Any:
    day = clock.today()
    Queue.insert(hall_code=hall_code, queue_group=queue_group, day=day).on_conflict_ignore().execute()
    queue = Queue.locked(Queue.hall_code == hall_code, Queue.queue_group == queue_group, Queue.day == day)
    if queue.version == 1:
        deadlines.at("queue_closing", queue.id, clock.end_of(day))
    return queue


def _ticket(ticket_id: str) -> tuple[Any, Any]:
    found = Ticket.get_or_refuse(ticket_id)
    queue = Queue.locked(found.queue_id)
    bookings.require_operator(queue.hall_code)
    return Ticket.get_or_refuse(ticket_id, lock=True), queue


def _waiting(queue: Any) -> list[Any]:
    return list(Ticket.select().where(Ticket.queue_id == queue.id, Ticket.state == "waiting").order_by(Ticket.place))


def _insert(queue: Any, kind: str, number: str, booking_id: str | None) -> Any:
    waiting = _waiting(queue)
    index = len(waiting) if kind == "N" else place_of_booked([row.kind for row in waiting])
    ticket = Ticket.create(
        queue_id=queue.id,
        ticket_no=number,
        kind=kind,
        booking_id=booking_id,
        place=0,
        state="waiting",
        issued_at=clock.now(),
    )
    waiting.insert(index, ticket)
    _renumber(waiting)
    data = _data(ticket, queue) | {"position": index, "waiting": len(waiting)}
    emit(events.TicketIssued, ticket.id, data)
    return ticket


def _renumber(waiting: list[Any]) -> None:
    for place, ticket in enumerate(waiting, start=1):
        if ticket.place != place:
            ticket.place = place
            ticket.save()


def _data(ticket: Any, queue: Any) -> dict[str, Any]:
    waiting = _waiting(queue)
    ids = [row.id for row in waiting]
    booking = Booking.get_or_none(Booking.id == ticket.booking_id) if ticket.booking_id else None
    return {
        "ticket_id": ticket.id,
        "hall_code": queue.hall_code,
        "queue_group": queue.queue_group,
        "queue_date": queue.day,
        "ticket_no": ticket.ticket_no,
        "ticket_kind": ticket.kind,
        "position": ids.index(ticket.id) if ticket.id in ids else 0,
        "waiting": len(waiting),
        "window": ticket.window,
        "booking_no": booking.booking_no if booking else None,
        "at": clock.now(),
    }
