"""Wires the supervision service: api, handlers, due work."""

from typing import Any

from chassis.service import Service
from contracts.events import catalog, credit, feedback, filing, identity
from services.supervision import (
    findings,
    handlers,
    meetings,
    orders,
    reconciliation,
    rectifications,
    sheets,
    tasks,
    violations,
    warnings,
    watching,
    weeks,
)
from services.supervision.api import supervision
from services.supervision.api_assessments import assessment
from services.supervision.api_draws import draw
from services.supervision.api_linkage import linkage
from services.supervision.api_watch import watch
from services.supervision.models import database

service = Service(
    "supervision", database=database, api=[supervision, linkage, watch, draw, assessment], title="审管联动 Supervision"
)

for completed in (filing.CaseCompleted, filing.CaseCompletedRepeated):
    service.on_batch(completed)(handlers.cases_completed)
for taken_back in (filing.CaseRevoked, filing.CaseRevokedRepeated):
    service.on(taken_back)(handlers.case_revoked)
service.on(filing.CaseWithdrawn)(handlers.case_withdrawn)
service.on(filing.RevocationDeclined)(handlers.revocation_declined)
for standing in (credit.SubjectListed, credit.SubjectUpgraded, credit.SubjectRestored):
    service.on(standing)(handlers.party_standing)
for beyond in (
    filing.DeadlineOverdue,
    filing.CaseViewOverdue,
    filing.ParallelOverdue,
    filing.PaperTransferOverdue,
    feedback.LetterOverdue,
    feedback.RatingReplyOverdue,
    credit.ObjectionOverdue,
    credit.RepairOverdue,
):
    service.on(beyond)(violations.late)  # before `watching` sees it, which closes the order if the matter is done
service.on(filing.CaseVisitsExceeded)(violations.too_many_visits)
for item in (catalog.ItemPublished, catalog.ItemChanged):
    service.on(item)(watching.item_news)
for ended in (filing.CommitmentOpened, filing.ResultReady, filing.ResultCollected, filing.ResultDelivered):
    service.on_batch(ended)(reconciliation.cases_ended)
for news in (
    filing.CaseSubmitted,
    filing.CaseViewed,
    filing.CaseReturned,
    filing.CaseCorrectionRequested,
    filing.CaseAccepted,
    filing.CaseNotAccepted,
    filing.CaseReviewed,
    filing.CaseExtended,
    filing.CaseCompleted,
    filing.CaseRevoked,
    filing.CaseWithdrawn,
    filing.CaseLapsed,
    filing.DeadlineOverdue,
    filing.CaseViewOverdue,
    filing.ParallelOverdue,
):
    service.on_batch(news)(watching.case_news)
for letter in (feedback.LetterReceived, feedback.LetterTransferred, feedback.LetterAnswered, feedback.LetterOverdue):
    service.on(letter)(watching.letter_news)
for rating in (
    feedback.RatingSubmitted,
    feedback.RatingDefaulted,
    feedback.RatingNegative,
    feedback.RatingReplied,
    feedback.RatingReplyOverdue,
):
    service.on(rating)(watching.rating_news)
service.on(identity.StaffGranted)(watching.grant_news)
service.on(identity.StaffRevoked)(watching.grant_news)
service.follow_calendar(catalog.CalendarYearPublished)


@service.due("task.start")
def start_overdue(deadline: Any) -> None:
    """Three working days without a start."""
    tasks.mark_overdue(deadline.subject, "start")


@service.due("task.finish")
def finish_overdue(deadline: Any) -> None:
    """Fifty working days without a finish."""
    tasks.mark_overdue(deadline.subject, "finish")


@service.due("rectification")
def rectification_due(deadline: Any) -> None:
    """The set date has passed."""
    rectifications.date_passed(deadline.subject)


@service.due("recheck_confirm")
def recheck_due(deadline: Any) -> None:
    """The inspector had one working day to look at a reported correction."""
    rectifications.confirm_overdue(deadline.subject)


@service.due("proposal_reply")
def proposal_reply_due(deadline: Any) -> None:
    """The approving side has not answered a proposal."""
    findings.reply_overdue(deadline.subject)


@service.due("push")
def push_missing(deadline: Any) -> None:
    """A case ended an hour ago and its file is not here."""
    reconciliation.hour_passed(deadline.payload)


@service.due("sheet")
def sheet_unsigned(deadline: Any) -> None:
    """The day of a sheet is over."""
    sheets.day_passed(deadline.subject)


@service.due("weekly_record")
def week_over(deadline: Any) -> None:
    """The day of a weekly meeting is over."""
    weeks.day_passed(deadline.subject)


@service.due("monthly_meeting")
def month_over(deadline: Any) -> None:
    """A month of meetings is over."""
    meetings.month_passed(deadline.subject)


@service.due("order")
def order_unanswered(deadline: Any) -> None:
    """An order has not been answered in time."""
    orders.overdue(deadline.subject)


@service.due("warning")
def limit_near(deadline: Any) -> None:
    """A limit between two offices has turned yellow."""
    warnings.yellow(deadline.payload)
