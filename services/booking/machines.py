"""The ticket machines of the halls: a booked number for an identity card, and numbers given out while offline
(BOO-13, BOO-18)."""

from datetime import date, datetime, timedelta
from typing import Any

from chassis import calendars, clock
from chassis.errors import Refusal
from services.booking import bookings, people, queues
from services.booking.models import Block, Booking, Queue, Ticket, database

SKEW = timedelta(minutes=5)  # by which a machine's clock may be wrong


def read_card(hall_code: str, id_no: str) -> Any:
    """A booked number for the card's holder; reading it again prints the same number."""
    bookings.require_operator(hall_code)
    holders = people.holder(id_no)
    mine = _booked(holders, clock.today())
    here = [booking for booking in mine if booking.hall_code == hall_code]
    waiting = next((booking for booking in here if booking.state == "booked"), None)
    if waiting is not None:
        return queues.arrive(waiting.booking_no)
    for booking in here:
        ticket = Ticket.get_or_none(Ticket.booking_id == booking.id)
        if ticket is not None:
            return ticket
    if mine and not here:
        raise _elsewhere(mine[0])
    raise Refusal(
        "booking.none-today",
        status=404,
        rule="BOO-13",
        zh="该身份证今天在本大厅没有预约。",
        en="The holder of this card has no booking in this hall today.",
        next_zh="请取普通号；单位预约的经办人请凭预约编号到咨询台取号。",
        next_en="Take an ordinary number, or ask at the desk with the booking number.",
    )


def reserve(hall_code: str, queue_group: str, machine: str, kind: str, size: int) -> Any:
    """Numbers of today's queue for a machine to give out by itself; nobody else ever gives them out."""
    with database.transaction():
        bookings.require_operator(hall_code)
        queue = queues.lock(hall_code, queue_group)
        if kind == "N":
            queue.last_ordinary += size
            last = queue.last_ordinary
        else:
            queue.last_booked += size
            last = queue.last_booked
        queue.save()
        return Block.create(queue_id=queue.id, machine=machine, kind=kind, first=last - size + 1, last=last)


def sync(hall_code: str, queue_group: str, machine: str, day: date, given: list[dict[str, Any]]) -> list[Any]:
    """Enter what a machine gave out while offline, each number once however often it is sent. All or nothing."""
    bookings.require_operator(hall_code)
    holders = [people.holder(entry["id_no"]) if entry.get("id_no") else {} for entry in given]
    with database.transaction():
        queue = Queue.locked(Queue.hall_code == hall_code, Queue.queue_group == queue_group, Queue.day == day)
        blocks = list(Block.select().where(Block.queue_id == queue.id, Block.machine == machine)) if queue else []
        numbers = [entry["ticket_no"] for entry in given]
        wrong = [
            entry["ticket_no"]
            for entry in given
            if numbers.count(entry["ticket_no"]) > 1 or not _may_give(blocks, day, entry)
        ]
        if wrong:
            raise Refusal(
                "booking.numbers-not-yours",
                status=422,
                rule="BOO-18",
                zh=f"这些号码不是分配给本机的，或取号时间不对：{'、'.join(wrong)}。",
                en=f"Numbers not reserved for this machine, or given out at an impossible time: {', '.join(wrong)}.",
                next_zh="请核对机器编号和时钟后整批重传；本批未登记任何号码。",
                next_en="Check the machine's code and clock and send all again; nothing was entered.",
                numbers=wrong,
            )
        pairs = sorted(zip(given, holders, strict=True), key=lambda pair: pair[0]["issued_at"])
        return [_enter(queue, day, entry, known) for entry, known in pairs]


def _enter(queue: Any, day: date, entry: dict[str, Any], holders: dict[str, Any]) -> Any:
    number = entry["ticket_no"]
    ticket = Ticket.get_or_none(Ticket.queue_id == queue.id, Ticket.ticket_no == number)
    if ticket is not None:
        return ticket
    booking = _meant(queue, day, entry, holders)
    if booking is None:
        return queues.insert(queue, "N", number, None, entry["issued_at"])
    if booking.state == "booked":
        bookings.come(booking, entry["issued_at"])
    else:  # the day is over and was taken for a no-show
        bookings.take_back(booking, "叫号机离线期间已取号")
    return queues.insert(queue, "B", number, booking.id, entry["issued_at"])


def _meant(queue: Any, day: date, entry: dict[str, Any], holders: dict[str, Any]) -> Any:
    """The booking that the number was taken for, locked, if there is one that nobody has come for."""
    mine = _booked(holders, day)
    if entry.get("booking_no"):
        mine += list(Booking.select().where(Booking.booking_no == entry["booking_no"], Booking.day == day))
    for booking in mine:
        if booking.hall_code == queue.hall_code and booking.queue_group == queue.queue_group:
            row = Booking.locked(booking.id)
            if row.state in {"booked", "no_show"}:
                return row
    return None


def _booked(holders: dict[str, Any], day: date) -> list[Any]:
    query = Booking.select().where(
        Booking.subject_ref.in_(list(holders)), Booking.day == day, Booking.state != "cancelled"
    )
    return [booking for booking in query.order_by(Booking.slot_from) if people.may(holders, booking)]


def _may_give(blocks: list[Any], day: date, entry: dict[str, Any]) -> bool:
    kind, serial, at = entry["ticket_no"][0], int(entry["ticket_no"][1:]), entry["issued_at"]
    return entry["ticket_no"] == queues.number(kind, serial) and any(
        block.kind == kind and block.first <= serial <= block.last and _in_time(block.created_at, day, at)
        for block in blocks
    )


def _in_time(reserved_at: datetime, day: date, at: datetime) -> bool:
    return calendars.civil_date(at) == day and reserved_at - SKEW <= at <= clock.now() + SKEW


def _elsewhere(booking: Any) -> Refusal:
    return Refusal(
        "booking.other-hall",
        rule="BOO-01",
        zh=f"您今天预约的是{booking.hall_name}，不能在本大厅取预约号。",
        en=f"Your booking of today is for {booking.hall_name}, not for this hall.",
        next_zh="请到所预约的大厅取号，或在此取普通号。",
        next_en="Go to the hall you booked, or take an ordinary number here.",
    )
