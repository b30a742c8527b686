"""What applicants answer to our messages by SMS (BOO-09)."""

from typing import Any

from chassis import clock
from services.booking import bookings
from services.booking.models import Booking


def follow(event: Any) -> None:
    """“取消” cancels the booking that the answered message was about, or the only one there is.

    When it cannot be cancelled any more, or it is not clear which one is meant, the applicant is reminded of what
    stands: silence would look like consent.
    """
    if event.reply != "cancel":
        return
    mine = Booking.select().where(Booking.subject_ref == event.recipient_ref, Booking.state == "booked")
    active = list(mine.order_by(Booking.day, Booking.slot_from))
    meant = [booking for booking in active if booking.booking_no == event.data.get("reference")] or active
    booking = Booking.locked(meant[0].id) if len(meant) == 1 else None
    if booking is not None and booking.state == "booked" and bookings.can_cancel(booking):
        bookings.end(booking, "cancel", "applicant")
        return
    for booking in meant:
        bookings.remind_again(booking, clock.now())
