"""Wires the credit service: api, handlers, due work."""

from typing import Any

from chassis.service import Service
from contracts.events import booking, catalog, filing, supervision
from services.credit import applications, corrections, handlers, noshows, records, shares, standing
from services.credit.api import archives
from services.credit.api_applications import procedures
from services.credit.models import database

service = Service("credit", database=database, api=[archives, procedures], title="政务服务诚信档案 Credit archive")

service.on(filing.CommitmentLapsed)(handlers.promise_lapsed)
service.on(filing.CommitmentFailed)(handlers.promise_failed)
service.on(filing.CaseRevoked)(handlers.case_revoked)
service.on(filing.CaseCompleted)(handlers.case_completed)
service.on(supervision.RectificationFailed)(handlers.rectification_failed)
service.on(supervision.FindingReported)(handlers.finding_reported)
service.on(booking.BookingNoShow)(handlers.booking_missed)
service.on(booking.NoShowExcused)(handlers.booking_excused)
service.follow_calendar(catalog.CalendarYearPublished)
service.on(catalog.CalendarYearPublished)(handlers.year_published)


@service.due("determination")
def determination_overdue(deadline: Any) -> None:
    """Nobody judged in 5 working days."""
    records.mark_determination_overdue(deadline.subject)


@service.due("restriction_end")
def restriction_end(deadline: Any) -> None:
    """The year is over."""
    standing.end_restriction(deadline.subject, deadline.payload["record_id"])


@service.due("noshow_exit")
def noshow_exit(deadline: Any) -> None:
    """The six months are over."""
    noshows.expire(deadline.subject)


@service.due("application_review")
def application_overdue(deadline: Any) -> None:
    """Nobody decided in 3 working days."""
    applications.mark_overdue(deadline.subject)


@service.due("publicity_end")
def publicity_end(deadline: Any) -> None:
    """24:00 of the third working day of publicity."""
    applications.publicity_over(deadline.subject)


@service.due("repair_reminder")
def repair_reminder(deadline: Any) -> None:
    """00:00 of the first day on which repair may be applied for."""
    corrections.remind(deadline.subject)


service.loop("exchange", pause=60.0)(shares.push)
