"""Wires the booking service: api, handlers, due work."""

from typing import Any

from chassis.service import Service
from contracts.events import catalog, credit
from services.booking import bookings, offers, parties, queues
from services.booking.api import booking
from services.booking.models import database

service = Service("booking", database=database, api=[booking], title="网上预约与叫号 Booking and queue")

service.on(catalog.BookingQuotaChanged)(offers.follow_quota)
service.on(catalog.OrgChanged)(offers.follow_hall)
for standing in (credit.SubjectListed, credit.SubjectUpgraded, credit.SubjectRestored):
    service.on(standing)(parties.follow_standing)
service.on(credit.RestrictionStarted)(parties.follow_start)
service.on(credit.RestrictionEnded)(parties.follow_end)
service.on(credit.NoShowEntered)(parties.follow_ban)
service.on(credit.NoShowExited)(parties.follow_unban)
service.follow_calendar(catalog.CalendarYearPublished)


@service.due("reminder")
def reminder(deadline: Any) -> None:
    """09:00 of the day before."""
    bookings.remind(deadline.subject)


@service.due("no_show")
def no_show(deadline: Any) -> None:
    """24:00 of the booked day."""
    bookings.day_over(deadline.subject)


@service.due("queue_closing")
def queue_closing(deadline: Any) -> None:
    """24:00 of the queue's day."""
    queues.close(deadline.subject)
