"""Wires the feedback service: api, handlers, due work."""

from typing import Any

from chassis.service import Service
from contracts.events import catalog, filing, supervision
from services.feedback import cases, guides, handlers, letters, ratings, verdicts
from services.feedback.api import feedback
from services.feedback.api_oversight import oversight
from services.feedback.api_public import columns
from services.feedback.models import database

service = Service(
    "feedback", database=database, api=[feedback, columns, oversight], title="好差评与投诉建议咨询 Feedback"
)

for event_type in cases.STEPS:
    service.on(event_type)(handlers.case_stepped)
service.on(filing.CaseCompleted)(handlers.case_completed)
service.on(filing.ResultCollected)(handlers.result_arrived)
service.on(filing.ResultDelivered)(handlers.result_arrived)
service.on(filing.CaseRevoked)(handlers.case_revoked)
service.on(catalog.OrgChanged)(handlers.org_changed)
service.on(catalog.ItemPublished)(handlers.item_changed)
service.on(catalog.ItemChanged)(handlers.item_changed)
service.on(catalog.ItemRetired)(handlers.item_retired)
service.on(supervision.OrderIssued)(handlers.order_issued)
service.follow_calendar(catalog.CalendarYearPublished)
service.on(catalog.CalendarYearPublished)(handlers.calendar_published)  # after the limits were computed again


@service.due("rating_default")
def rating_default(deadline: Any) -> None:
    """Seven days without a rating."""
    ratings.default(deadline.subject)


@service.due("rating_reply")
def rating_reply(deadline: Any) -> None:
    """Fifteen days without a reply to a negative rating."""
    ratings.mark_overdue(deadline.subject)


@service.due("letter_answer")
def letter_answer(deadline: Any) -> None:
    """The limit of an answer has passed."""
    letters.mark_overdue(deadline.subject)


@service.due("letter_close")
def letter_close(deadline: Any) -> None:
    """The sender has said nothing about the answer."""
    verdicts.lapse(deadline.subject)


@service.due("guide_turn")
def guide_turn(deadline: Any) -> None:
    """The day has come on which another version of a guide holds, or none."""
    guides.turn(deadline.subject, deadline.payload["number"])


@service.loop("guides", pause=5.0)
def fetch_guides() -> int:
    """Guides that the question robot has to quote (FEE-29)."""
    return guides.fetch_wanted()
