"""What messages and parcels cost, by the organisation that is charged."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from peewee import fn

from chassis import clock
from chassis.auth import actor
from services.notifier.models import Message, Shipment, Tariff, database

SMS_PART, PARCEL = "sms_part", "parcel"
KINDS = (SMS_PART, PARCEL)


def set_tariff(kind: str, from_date: date, fen: int) -> Any:
    """The price of a part or a parcel from a day on; the same day again corrects it."""
    with database.transaction():
        row = Tariff(kind=kind, from_date=from_date, fen=fen, changed_by=actor().id)
        values = {field: getattr(row, field.name) for field in Tariff._meta.sorted_fields}
        changed = [Tariff.fen, Tariff.changed_by, Tariff.updated_at]
        Tariff.insert(values).on_conflict(conflict_target=[Tariff.kind, Tariff.from_date], preserve=changed).execute()
    return Tariff.get(Tariff.kind == kind, Tariff.from_date == from_date)


def of(first: date, last: date) -> list[dict[str, Any]]:
    """Messages, parts and parcels of these days by organisation, each at the price of its day; in 分."""
    found: dict[str, dict[str, Any]] = defaultdict(lambda: dict.fromkeys(("messages", "parts", "parcels", "fen"), 0))
    for begin, end, fen in _periods(SMS_PART, first, last):
        taken = (Message.accepted_at >= begin) & (Message.accepted_at < end)
        query = Message.select(Message.org, fn.COUNT(Message.id), fn.SUM(Message.parts)).where(taken)
        for org, messages, parts in query.group_by(Message.org).tuples():
            _add(found[org or ""], messages=messages, parts=parts or 0, fen=(parts or 0) * fen)
    for begin, end, fen in _periods(PARCEL, first, last):
        sent = (Shipment.ordered_at >= begin) & (Shipment.ordered_at < end)
        sent &= (Shipment.payer != "applicant") & (Shipment.state != "cancelled")
        query = Shipment.select(Shipment.billed_org, fn.COUNT(Shipment.id)).where(sent)
        for org, parcels in query.group_by(Shipment.billed_org).tuples():
            _add(found[org or ""], parcels=parcels, fen=parcels * fen)
    return [{"org": org or None} | figures for org, figures in sorted(found.items())]


def _periods(kind: str, first: date, last: date) -> Iterator[tuple[Any, Any, int]]:
    """The days cut where the price changes: from, before, price (0 before the first tariff)."""
    tariffs = list(Tariff.select().where(Tariff.kind == kind, Tariff.from_date <= last).order_by(Tariff.from_date))
    day, fen = first, 0
    for tariff in tariffs:
        if tariff.from_date > day:
            yield clock.parse(f"{day}T00:00"), clock.parse(f"{tariff.from_date}T00:00"), fen
            day = tariff.from_date
        fen = tariff.fen
    yield clock.parse(f"{day}T00:00"), clock.parse(f"{last + timedelta(days=1)}T00:00"), fen


def _add(figures: dict[str, Any], **more: int) -> None:
    for name, value in more.items():
        figures[name] += value
