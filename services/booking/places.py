"""The places of slots and days: taken by a conditional update, given back, or kept for who waits (BOO-06)."""

from datetime import date, datetime, time, timedelta
from typing import Any

from chassis import clock, deadlines
from chassis.errors import Refusal
from chassis.ids import new_id
from contracts import rules
from services.booking import offers
from services.booking.models import Place, Wait


def take(offer: Any, day: date, slot: dict[str, Any]) -> None:
    """Take one place of the day and of the slot, or refuse with the free ones."""
    if not try_take(offer, day, slot):
        raise full(offer)


def try_take(offer: Any, day: date, slot: dict[str, Any]) -> bool:
    """Take both or nothing; False when one is full."""
    if not _take(offer, day, "", offer.daily_number):
        return False
    if _take(offer, day, slot["from"], slot["quota"]):
        return True
    _lower(offer.item_code, offer.hall_code, day, "")
    return False


def give_back(item_code: str, hall_code: str, day: date, slot_from: str) -> None:
    """The place is free at once. While somebody waits for this day it stays counted and goes to them next, so that
    nobody comes between."""
    if still_passed_on(day) and _lock_day(item_code, hall_code, day) and waiting(item_code, hall_code, day).exists():
        payload = {"item": item_code, "hall": hall_code, "day": day.isoformat(), "slot": slot_from}
        deadlines.at("freed_place", new_id(), clock.now(), payload)
    else:
        release(item_code, hall_code, day, slot_from)


def release(item_code: str, hall_code: str, day: date, slot_from: str) -> None:
    """One place less is taken."""
    for name in ("", slot_from):
        _lower(item_code, hall_code, day, name)


def move(offer: Any, day: date, slot_from: str, to: dict[str, Any]) -> bool:
    """Change the slot of a place that stays taken; False when the other slot is full."""
    if to["from"] == slot_from:
        return True
    if not _take(offer, day, to["from"], to["quota"]):
        return False
    _lower(offer.item_code, offer.hall_code, day, slot_from)
    return True


def waiting(item_code: str, hall_code: str, day: date) -> Any:
    """Who waits for a place of this day, first come first."""
    return (
        Wait.select()
        .where(Wait.item_code == item_code, Wait.hall_code == hall_code, Wait.day == day, Wait.state == "waiting")
        .order_by(Wait.created_at, Wait.id)
    )


def is_full(offer: Any, day: date, slot_from: str) -> bool:
    """Whether nothing of the slot, or with '' of the whole day, is free; the day's row stays locked, so that a place
    given back at the same moment is seen either here or by who gives it back."""
    _lock_day(offer.item_code, offer.hall_code, day)
    slots = offers.free_slots(offer, [day])
    return not any(slot["free"] for slot in slots if slot_from in ("", slot["from"]))


def still_passed_on(day: date) -> bool:
    """Whether a freed place may still surprise somebody who waits: they must have time to cancel (BOO-09)."""
    return clock.now() < at_day_before(day, "booking.waiting_until")


def at_day_before(day: date, constant: str) -> datetime:
    """The time of day in the constant, on the day before; also on a holiday."""
    hour, minute = map(int, rules.value(constant).value.split(":"))
    return datetime.combine(day - timedelta(days=1), time(hour, minute), tzinfo=clock.SHANGHAI)


def with_room(offer: Any, day: date) -> list[dict[str, Any]]:
    """The slots whose own number is not reached, whatever the day's number says."""
    taken = _taken(offer, day)
    return [slot for slot in offer.slots if taken.get(slot["from"], 0) < slot["quota"]]


def has_room(offer: Any, day: date, slot: dict[str, Any]) -> bool:
    """Whether neither the slot nor the day is full, as seen without a lock."""
    taken = _taken(offer, day)
    return taken.get(slot["from"], 0) < slot["quota"] and taken.get("", 0) < offer.daily_number


def full(offer: Any) -> Refusal:
    """The refusal of a full slot, with the free ones."""
    return Refusal(
        "booking.full",
        rule="BOO-06",
        zh="该时段的预约已满。",
        en="This slot is full.",
        next_zh="请从所列的空余时段中选择，或登记候补。",
        next_en="Choose one of the free slots that are listed, or join the waiting list.",
        free=free(offer),
    )


def free(offer: Any) -> list[dict[str, Any]]:
    """The next free slots, ready for an answer."""
    slots = (slot | {"date": slot["date"].isoformat()} for slot in offers.free_slots(offer) if slot["free"] > 0)
    return list(slots)[:10]


def _take(offer: Any, day: date, slot_from: str, quota: int) -> bool:
    where = {"item_code": offer.item_code, "hall_code": offer.hall_code, "day": day, "slot_from": slot_from}
    Place.insert(**where).on_conflict_ignore().execute()
    matches = _is(*where.values())
    return Place.update({Place.taken: Place.taken + 1}).where(matches, Place.taken < quota).execute() == 1


def _taken(offer: Any, day: date) -> dict[str, int]:
    rows = Place.select().where(
        Place.item_code == offer.item_code, Place.hall_code == offer.hall_code, Place.day == day
    )
    return {row.slot_from: row.taken for row in rows}


def _lower(item_code: str, hall_code: str, day: date, slot_from: str) -> None:
    Place.update({Place.taken: Place.taken - 1}).where(_is(item_code, hall_code, day, slot_from)).execute()


def _lock_day(item_code: str, hall_code: str, day: date) -> Any:
    return Place.locked(_is(item_code, hall_code, day, ""))


def _is(item_code: str, hall_code: str, day: date, slot_from: str) -> Any:
    return (
        (Place.item_code == item_code)
        & (Place.hall_code == hall_code)
        & (Place.day == day)
        & (Place.slot_from == slot_from)
    )
