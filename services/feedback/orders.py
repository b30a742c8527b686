"""Supervising orders (督办) about letters and ratings, shown to the unit that has to act."""

from datetime import date
from typing import Any

from chassis import clock
from chassis.auth import actor
from services.feedback.models import Order


def take(event: Any) -> None:
    """Keep an order about a letter or a rating; orders about cases are filing's."""
    letter_no, rating_id = event.data.get("letter_no"), event.data.get("rating_id")
    if letter_no is None and rating_id is None:
        return
    Order.insert(
        order_id=event.order_id,
        order_no=event.order_no,
        kind=event.kind,
        org=event.target_org,
        letter_no=letter_no,
        rating_id=rating_id,
        content=event.content,
        issued_at=clock.parse(event.issued_at),
        due=date.fromisoformat(event.due),
    ).on_conflict_ignore().execute()


def readable() -> Any:
    """Query of the orders to the caller's units."""
    orgs = actor().orgs("letters_handler", "unit_leader")
    return Order.select() if "*" in orgs else Order.select().where(Order.org.in_(list(orgs)))
