"""Contesting a single no-show before the hall; an entry in the credit archive is objected to there (BOO-24)."""

from typing import Any

from peewee import IntegrityError

from chassis import clock, deadlines, workdays
from chassis.auth import actor, forbidden
from chassis.errors import Refusal
from services.booking import bookings
from services.booking.models import Booking, Contest, database
from services.booking.transitions import BOOKING, CONTEST


def contest(booking_no: str, reason: str) -> Any:
    """The applicant says why the no-show must not count: machine down, hall closed, force majeure. Once for each."""
    try:
        with database.transaction():
            booking = Booking.get_or_refuse(Booking.booking_no == booking_no, lock=True)
            if booking.subject_ref != actor().id:
                raise forbidden("another person's booking")
            BOOKING.step(booking.state, "excuse")
            due = workdays.due_for("credit.objection_review", clock.today())
            row = Contest.create(
                booking_id=booking.id,
                hall_code=booking.hall_code,
                reason=reason,
                state="open",
                due_date=due.date,
            )
            deadlines.set("contest", row.id, due)
            row.booking_no = booking_no
            return row
    except IntegrityError:
        raise Refusal(
            "booking.contested-already",
            rule="BOO-24",
            zh="该次失约已提出过异议。",
            en="This no-show has been contested already.",
            next_zh="请等候答复；列入诚信档案后还可在档案中提出异议。",
            next_en="Wait for the answer; an entry in the credit archive can be objected to there.",
        ) from None


def decide(booking_no: str, upheld: bool, answer: str) -> Any:
    """The hall answers; an upheld contest takes the no-show back."""
    with database.transaction():
        booking = Booking.get_or_refuse(Booking.booking_no == booking_no, lock=True)
        bookings.require_operator(booking.hall_code)
        row = Contest.get_or_refuse(Contest.booking_id == booking.id, lock=True)
        row.state = CONTEST.step(row.state, "uphold" if upheld else "refuse").target
        row.answer, row.decided_by = answer, actor().id
        row.save()
        deadlines.cancel("contest", row.id)
        if upheld and booking.state == "no_show":
            bookings.take_back(booking, answer)
        row.booking_no = booking_no
        return row


def numbered() -> Any:
    """Contests with the numbers of their bookings."""
    return Contest.select(Contest, Booking.booking_no).join(Booking, on=(Booking.id == Contest.booking_id)).objects()


def fall_overdue(contest_id: str) -> None:
    """Three working days without an answer: a red light, no decision of itself (CRE-26)."""
    row = Contest.locked(contest_id)
    if row.state == "open":
        row.overdue = True
        row.save()
