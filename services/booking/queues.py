"""The waiting queues: issue, insertion of booked numbers, call, serve, miss, closing (BOO-13…17). Every verb locks the
queue's row first, so that insertion and calling are atomic per queue (BOO-16)."""

from datetime import datetime
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
        queue = lock(hall_code, queue_group)
        if queue.closed_at is not None:
            raise _closed()
        queue.last_ordinary += 1
        queue.save()
        return insert(queue, "N", number("N", queue.last_ordinary), None)


def arrive(booking_no: str) -> Any:
    """A booked number for who comes on the booked date (BOO-13), put into the queue by the rule (BOO-14). Who comes
    after the queue was closed has come, but the number has lapsed (AMB-30)."""
    with database.transaction():
        found = Booking.get_or_refuse(Booking.booking_no == booking_no)
        bookings.require_operator(found.hall_code)
        queue = lock(found.hall_code, found.queue_group)
        booking = Booking.locked(found.id)
        bookings.arrive(booking)
        queue.last_booked += 1
        queue.save()
        return insert(queue, "B", number("B", queue.last_booked), booking.id)


def number(kind: str, serial: int) -> str:
    """The number as it is shown and called."""
    return f"{kind}{serial:03d}"


def behind_next_ordinary(kinds: list[str]) -> int:
    """Where a booked number goes among the waiting, and who was missed comes back (BOO-17): behind the first ordinary
    one and the booked ones that follow it, before the second ordinary one; at the end when no ordinary one waits
    (BOO-14, BOO-15). So the booked ones stay together, and nobody who comes later gets before them."""
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
        queue = lock(hall_code, queue_group)
        _free_window(queue, window)
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
            _place(ticket, waiting, behind_next_ordinary([row.kind for row in waiting]))
            ticket.save()
        emit(events.TicketMissed, ticket.id, _data(ticket, queue))
        return ticket


def serve(ticket_id: str) -> Any:
    """The called person is at the window."""
    with database.transaction():
        ticket, queue = _ticket(ticket_id)
        ticket.state = TICKET.step(ticket.state, "serve").target
        if ticket.served_at is not None:  # at the window to which it was transferred
            ticket.save()
            return ticket
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
        _finish(ticket)
        return ticket


def transfer(ticket_id: str, window: str) -> Any:
    """Another window of the same queue takes the person over, without waiting again."""
    with database.transaction():
        ticket, queue = _ticket(ticket_id)
        ticket.state = TICKET.step(ticket.state, "transfer").target
        ticket.window, ticket.calls = window, 1
        if ticket.served_at is None:
            ticket.called_at = clock.now()
        ticket.save()
        emit(events.TicketCalled, ticket.id, _data(ticket, queue) | {"call": 1})
        return ticket


def give_up(ticket_id: str) -> Any:
    """The person hands the number back."""
    with database.transaction():
        ticket, _ = _ticket(ticket_id)
        ticket.state = TICKET.step(ticket.state, "give_up").target
        ticket.save()
        return ticket


def end_day(hall_code: str, queue_group: str) -> Any:
    """Close the queue: no more numbers, what waits or is called lapses, who is at a window is served to the end."""
    with database.transaction():
        bookings.require_operator(hall_code)
        queue = lock(hall_code, queue_group)
        if queue.closed_at is None:
            queue.closed_at = clock.now()
            queue.save()
        _lapse(queue, ("waiting", "called"))
        return queue


def close(queue_id: str) -> None:
    """The day is over: what still waits lapses (BOO-17)."""
    _lapse(Queue.locked(queue_id), ("waiting", "called", "serving"))


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


def lock(hall_code: str, queue_group: str) -> Any:
    """The queue of today, made when it is new, locked for this transaction."""
    day = clock.today()
    Queue.insert(hall_code=hall_code, queue_group=queue_group, day=day).on_conflict_ignore().execute()
    queue = Queue.locked(Queue.hall_code == hall_code, Queue.queue_group == queue_group, Queue.day == day)
    if queue.version == 1:
        deadlines.at("queue_closing", queue.id, clock.end_of(day))
    return queue


def insert(queue: Any, kind: str, ticket_no: str, booking_id: str | None, issued_at: datetime | None = None) -> Any:
    """Put a new number into the locked queue: a booked one by the rule, an ordinary one at the end, or, when a machine
    gave it out while offline, before those that were given out later."""
    waiting = _waiting(queue)
    index = _place_in_time(waiting, issued_at) if kind == "N" else behind_next_ordinary([row.kind for row in waiting])
    ticket = Ticket(
        queue_id=queue.id,
        ticket_no=ticket_no,
        kind=kind,
        booking_id=booking_id,
        place=0,
        state="lapsed" if queue.closed_at or queue.day < clock.today() else "waiting",
        issued_at=issued_at or clock.now(),
    )
    if ticket.state == "waiting":
        _place(ticket, waiting, index)
    ticket.save(force_insert=True)
    emit(events.TicketIssued, ticket.id, _data(ticket, queue))
    return ticket


def _ticket(ticket_id: str) -> tuple[Any, Any]:
    found = Ticket.get_or_refuse(ticket_id)
    queue = Queue.locked(found.queue_id)
    bookings.require_operator(queue.hall_code)
    return Ticket.get_or_refuse(ticket_id, lock=True), queue


def _waiting(queue: Any) -> list[Any]:
    return list(Ticket.select().where(Ticket.queue_id == queue.id, Ticket.state == "waiting").order_by(Ticket.place))


def _place_in_time(waiting: list[Any], issued_at: datetime | None) -> int:
    """A number that came back keeps the place it was given then."""
    if issued_at is not None:
        for index, row in enumerate(waiting):
            if row.kind == "N" and not row.reentered and row.issued_at > issued_at:
                return index
    return len(waiting)


def _place(ticket: Any, waiting: list[Any], index: int) -> None:
    """Give the ticket its place among the waiting; those behind move on by one."""
    if index == len(waiting):
        ticket.place = waiting[-1].place + 1 if waiting else 1
        return
    ticket.place = waiting[index].place
    Ticket.update(place=Ticket.place + 1, version=Ticket.version + 1, updated_at=clock.now()).where(
        Ticket.id.in_([row.id for row in waiting[index:]])
    ).execute()


def _free_window(queue: Any, window: str) -> None:
    """Who calls the next has finished with the one before."""
    for ticket in Ticket.select().where(
        Ticket.queue_id == queue.id, Ticket.state == "serving", Ticket.window == window
    ):
        _finish(ticket)


def _finish(ticket: Any) -> None:
    ticket.state, ticket.finished_at = TICKET.step(ticket.state, "finish").target, clock.now()
    ticket.save()


def _lapse(queue: Any, states: tuple[str, ...]) -> None:
    for ticket in Ticket.select().where(Ticket.queue_id == queue.id, Ticket.state.in_(states)):
        ticket.state = TICKET.step(ticket.state, "lapse").target
        ticket.save()


def _closed() -> Refusal:
    return Refusal(
        "booking.queue-closed",
        rule="BOO-17",
        zh="今天已停止取号。",
        en="No more numbers are given out today.",
        next_zh="请改日前来，或在网上预约。",
        next_en="Come another day, or book online.",
    )


def _data(ticket: Any, queue: Any) -> dict[str, Any]:
    waiting = Ticket.select().where(Ticket.queue_id == queue.id, Ticket.state == "waiting")
    booking = Booking.get_or_none(Booking.id == ticket.booking_id) if ticket.booking_id else None
    return {
        "ticket_id": ticket.id,
        "hall_code": queue.hall_code,
        "queue_group": queue.queue_group,
        "queue_date": queue.day,
        "ticket_no": ticket.ticket_no,
        "ticket_kind": ticket.kind,
        "position": waiting.where(Ticket.place < ticket.place).count() if ticket.state == "waiting" else 0,
        "waiting": waiting.count(),
        "window": ticket.window,
        "booking_no": booking.booking_no if booking else None,
        "at": clock.now(),
    }
