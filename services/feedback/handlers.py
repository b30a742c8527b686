"""Consumed events → verbs."""

from typing import Any

from services.feedback import cases, directory, guides, letters, orders, ratings


def case_stepped(event: Any) -> None:
    """Keep the step, for a complaint about the case (FEE-33)."""
    cases.follow(event)


def case_completed(event: Any) -> None:
    """Open the rating of the case (FEE-01)."""
    ratings.open_rating(event)


def result_arrived(event: Any) -> None:
    """The applicant of a same-city case has the result: now the days to rate it run (FEE-12)."""
    ratings.result_arrived(event)


def case_revoked(event: Any) -> None:
    """Close a rating that was not given."""
    ratings.case_revoked(event)


def org_changed(event: Any) -> None:
    """Keep the organisation to which letters go."""
    directory.follow_org(event)


def item_changed(event: Any) -> None:
    """Keep the item about which letters are written (FEE-21); its guide is what the robot quotes (FEE-29)."""
    if directory.follow_item(event):
        guides.follow(event)


def item_retired(event: Any) -> None:
    """Letters about the item may still be written, but the robot no longer quotes it."""
    if directory.follow_item(event):
        guides.retire(event)


def order_issued(event: Any) -> None:
    """Show the order to the unit that has to act."""
    orders.take(event)


def calendar_published(event: Any) -> None:
    """Show the dates on which the limits now end (TIM-07)."""
    letters.follow_calendar(event)
