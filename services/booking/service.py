"""Wires the booking service: api, handlers, due work."""

from typing import Any

from chassis.service import Service
from contracts.events import catalog, credit, notifier
from services.booking import bookings, closures, contests, holds, offers, parties, queues, replies, waits
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
service.on(credit.NoShowEntered)(bookings.follow_entry)
service.on(credit.RecordDeleted)(bookings.follow_deletion)
service.on(notifier.SmsReplied)(replies.follow)
service.follow_calendar(catalog.CalendarYearPublished)
service.on(catalog.CalendarYearPublished)(closures.follow_calendar)

service.due("reminders")(bookings.remind)
service.due("freed_place")(waits.pass_on)
service.due("waiting_over")(waits.over)
service.due("closure")(closures.cancel_booked)


@service.due("no_show")
def no_show(deadline: Any) -> None:
    """24:00 of the booked day."""
    bookings.day_over(deadline.subject)


@service.due("queue_closing")
def queue_closing(deadline: Any) -> None:
    """24:00 of the queue's day."""
    queues.close(deadline.subject)


@service.due("hold")
def hold(deadline: Any) -> None:
    """The form was open too long, or the first choice was not taken."""
    holds.expire(deadline.subject)


@service.due("contest")
def contest(deadline: Any) -> None:
    """Three working days have passed."""
    contests.fall_overdue(deadline.subject)
