"""Days on which a hall takes nobody: bookings are cancelled by the hall, with first choice of new slots (BOO-12)."""

from datetime import date
from typing import Any

from chassis import clock, deadlines, workdays
from chassis.errors import Refusal
from services.booking import bookings, holds
from services.booking.models import Booking, Closure, database

SLICE = 100  # bookings cancelled in one transaction


def close(hall_code: str, first: date, last: date, reason: str) -> Any:
    """Close the hall on these days. Nobody can book them from now on; the sweeper cancels what is booked."""
    bookings.require_operator(hall_code)
    if last < first or first < clock.today():
        raise Refusal(
            "booking.closure-in-the-past",
            status=422,
            rule="BOO-12",
            zh="闭馆日期应为今天或以后，且止日不早于起日。",
            en="A closure begins today or later and does not end before it begins.",
            next_zh="请改正日期。",
            next_en="Correct the dates.",
        )
    with database.transaction():
        return _close(hall_code, first, last, reason)


def reopen(closure_id: str) -> None:
    """The hall takes people again; what was cancelled stays cancelled."""
    with database.transaction():
        closure = Closure.get_or_refuse(closure_id, lock=True)
        bookings.require_operator(closure.hall_code)
        deadlines.cancel("closure", closure.id)
        Closure.delete().where(Closure.id == closure.id).execute()


def follow_calendar(event: Any) -> None:
    """Days with bookings that are no working days any more close by themselves."""
    booked = (
        Booking.select(Booking.hall_code, Booking.day)
        .where(Booking.state == "booked", Booking.day.between(clock.today(), date(event.year, 12, 31)))
        .distinct()
    )
    for hall_code, day in list(booked.order_by(Booking.hall_code, Booking.day).tuples()):
        if day.year == event.year and not workdays.is_workday(day):
            _close(hall_code, day, day, "节假日安排调整")


def cancel_booked(deadline: Any) -> None:
    """Cancel a slice of the bookings of a closure, each with first choice of the nearest free slot."""
    closure = Closure.get_by_id(deadline.subject)
    query = Booking.select().where(
        Booking.hall_code == closure.hall_code,
        Booking.day.between(closure.first, closure.last),
        Booking.state == "booked",
    )
    due = list(database.for_update(query.order_by(Booking.created_at, Booking.id).limit(SLICE)))
    for booking in due:
        hold = holds.offer_first_choice(booking)
        kept = {"held_date": hold.day, "held_from": hold.slot_from, "held_until": hold.until} if hold else {}
        bookings.end(booking, "cancel_by_hall", "hall", closure.reason, **kept)
    if len(due) == SLICE:
        deadlines.at("closure", closure.id, clock.now())


def _close(hall_code: str, first: date, last: date, reason: str) -> Any:
    closure = Closure.create(hall_code=hall_code, first=first, last=last, reason=reason)
    deadlines.at("closure", closure.id, clock.now())
    return closure
