"""What can be booked, where and when (BOO-02, BOO-03)."""

from datetime import date
from typing import Any

from chassis import clock, workdays
from chassis.errors import Refusal
from contracts import rules
from services.booking.models import Closure, Hall, Offer, Place


def follow_quota(event: Any) -> None:
    """Keep the quota of an item in a hall; an older event than the one held is ignored."""
    offer = Offer.locked(Offer.item_code == event.item_code, Offer.hall_code == event.hall_code)
    if offer is not None and event.sequence <= offer.sequence:
        return
    values = {
        "item_name": event.item_name,
        "hall_name": event.hall_name,
        "queue_group": event.queue_group,
        "valid_from": date.fromisoformat(event.valid_from),
        "valid_until": date.fromisoformat(event.valid_until) if event.data.get("valid_until") else None,
        "daily_number": event.daily_number,
        "slots": event.slots,
        "sequence": event.sequence,
    }
    if offer is None:
        Offer.create(item_code=event.item_code, hall_code=event.hall_code, **values)
    else:
        for name, value in values.items():
            setattr(offer, name, value)
        offer.save()


def follow_hall(event: Any) -> None:
    """Keep a hall; an older event than the one held is ignored."""
    if event.org_kind != "hall":
        return
    hall = Hall.locked(Hall.code == event.org_code)
    if hall is not None and event.sequence <= hall.sequence:
        return
    values = {
        "name": event.org_name,
        "org": event.data.get("parent_code"),
        "closes": event.data.get("closes"),
        "active": event.active,
        "sequence": event.sequence,
    }
    if hall is None:
        Hall.create(code=event.org_code, **values)
    else:
        for name, value in values.items():
            setattr(hall, name, value)
        hall.save()


def bookable_days(today: date | None = None) -> list[date]:
    """The first to the fifth working day after today; today itself never (BOO-03)."""
    start = today or clock.today()
    return [workdays.add_workdays(start, n) for n in range(1, rules.value("booking.horizon").value + 1)]


def get(item_code: str, hall_code: str) -> Any:
    """The offer of an item in a hall, or the refusal that it cannot be booked there."""
    offer = Offer.get_or_none(Offer.item_code == item_code, Offer.hall_code == hall_code)
    if offer is None:
        raise Refusal(
            "booking.not-bookable",
            status=404,
            rule="BOO-02",
            zh="该事项在所选大厅不开放预约。",
            en="This item cannot be booked in that hall.",
            next_zh="请从可预约事项中选择，或直接到大厅取普通号。",
            next_en="Choose one of the bookable items, or take an ordinary number at the hall.",
        )
    return offer


def free_slots(offer: Any, days: list[date] | None = None) -> list[dict[str, Any]]:
    """The places still free, day by day and slot by slot, within the horizon and the offer's validity."""
    wanted = open_days(offer, days or bookable_days())
    taken = {
        (place.day, place.slot_from): place.taken
        for place in Place.select().where(
            Place.item_code == offer.item_code, Place.hall_code == offer.hall_code, Place.day.in_(wanted)
        )
    }
    return [
        {
            "date": day,
            "from": slot["from"],
            "to": slot["to"],
            "free": max(
                0,
                min(slot["quota"] - taken.get((day, slot["from"]), 0), offer.daily_number - taken.get((day, ""), 0)),
            ),
        }
        for day in wanted
        for slot in offer.slots
    ]


def open_days(offer: Any, days: list[date]) -> list[date]:
    """Those of the days on which the quota is in force and the hall takes people."""
    hall = Hall.get_or_none(Hall.code == offer.hall_code)
    if hall is not None and not hall.active:
        return []
    closures = list(_closures(offer.hall_code, min(days), max(days)))
    return [day for day in days if valid_on(offer, day) and not any(c.first <= day <= c.last for c in closures)]


def closed(hall_code: str, day: date) -> bool:
    """Whether the hall takes nobody on the day (BOO-12)."""
    return _closures(hall_code, day, day).exists()


def _closures(hall_code: str, first: date, last: date) -> Any:
    return Closure.select().where(Closure.hall_code == hall_code, Closure.last >= first, Closure.first <= last)


def valid_on(offer: Any, day: date) -> bool:
    """Whether the quota is in force on the day."""
    return offer.valid_from <= day and (offer.valid_until is None or day <= offer.valid_until)
