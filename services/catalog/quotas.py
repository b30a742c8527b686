"""Booking quotas: how many bookings a day an item takes in a hall, slot by slot (CAT-21)."""

from datetime import date, timedelta
from typing import Any

from chassis import clock, etag
from chassis.errors import Refusal
from chassis.outbox import emit
from contracts.events import catalog
from services.catalog import access, halls
from services.catalog.models import Hall, Item, Quota, database


def listing(item: str | None = None, hall: str | None = None) -> Any:
    """The published list of bookable items and their daily numbers (CAT-21)."""
    today = clock.today()
    query = Quota.select().where(Quota.valid_until.is_null() | (Quota.valid_until >= today))
    if item:
        query = query.where(Quota.item_code == item)
    return query.where(Quota.hall == hall) if hall else query


def put(code: str, hall_code: str, slots: list[dict[str, Any]], valid_until: date | None) -> Any:
    """Set the daily number of a bookable item in a hall from today on (CAT-21)."""
    with database.transaction():
        item = Item.get_or_refuse(Item.code == code, lock=True)
        access.require_editor(item.org, code)
        hall = Hall.get_or_refuse(Hall.code == hall_code, Hall.active)
        if item.state != "published" or not item.bookable:
            raise _refused("bookable", "该事项没有开通网上预约。", "The item is not switched on for booking.")
        problem = slot_problem(slots, hall.service_hours)
        if problem:
            raise _refused("slots", *problem)
        if valid_until and valid_until < clock.today():
            raise _refused("valid_until", "截止日期不能早于今天。", "The last day cannot lie in the past.")
        quota = Quota.get_or_none(Quota.item_code == code, Quota.hall == hall_code)
        if quota:
            etag.require(quota)
        return _set(item, hall, slots, valid_until, quota)


def follow(item: Any, booking: dict[str, Any] | None, before: dict[str, Any] | None) -> None:
    """A new version of the guide sets quotas only where its booking block differs from the one before (CAT-21)."""
    if (booking or None) == (before or None):
        return
    wanted = set(booking["halls"]) if booking else set()
    known = {quota.hall: quota for quota in Quota.select().where(Quota.item_code == item.code)}
    for hall in Hall.select().where(Hall.code.in_(wanted)).order_by(Hall.code):
        slots = [{name: slot[name] for name in ("from", "to", "quota")} for slot in (booking or {})["slots"]]
        _set(item, hall, slots, None, known.get(hall.code))
    for code in sorted(known.keys() - wanted):
        close(item, known[code])


def close_all(item: Any) -> None:
    """The item is retired: no booking after today."""
    for quota in Quota.select().where(Quota.item_code == item.code).order_by(Quota.hall):
        close(item, quota)


def close(item: Any, quota: Any) -> None:
    """Today is the last day."""
    if quota.valid_until is None or quota.valid_until > clock.today():
        quota.valid_until = max(clock.today(), quota.valid_from)
        _tell(item, Hall.get(Hall.code == quota.hall), quota)


def slot_problem(slots: list[dict[str, Any]], hours: dict[str, str]) -> tuple[str, str] | None:
    """What is wrong with the slots of a day, in Chinese and English; None when nothing is."""
    end = hours["from"]
    for slot in sorted(slots, key=lambda slot: slot["from"]):
        if slot["from"] >= slot["to"]:
            return f"时段 {slot['from']}—{slot['to']} 的起止颠倒。", f"Slot {slot['from']}-{slot['to']} ends too early."
        if slot["from"] < end:
            return (
                f"时段 {slot['from']} 与前一时段重叠或早于开门。",
                f"Slot {slot['from']} overlaps or is before opening.",
            )
        end = slot["to"]
    if end > hours["to"]:
        return f"时段晚于关门时间 {hours['to']}。", f"A slot ends after closing at {hours['to']}."
    return None if slots else ("没有预约时段。", "There is no slot.")


def _set(item: Any, hall: Any, slots: list[dict[str, Any]], valid_until: date | None, quota: Any) -> Any:
    values = {
        "queue_group": halls.queue_group_for(item.code, hall.code) or "",
        "daily_number": sum(slot["quota"] for slot in slots),
        "slots": slots,
        "valid_until": valid_until,
    }
    if quota is None:
        quota = Quota.create(item_code=item.code, hall=hall.code, valid_from=clock.today(), **values)
    elif quota.valid_until and quota.valid_until < clock.today() - timedelta(days=1):
        quota.valid_from = clock.today()  # it had ended: a new beginning
    for name, value in values.items():
        if getattr(quota, name) != value:
            setattr(quota, name, value)
    _tell(item, hall, quota)
    return quota


def _tell(item: Any, hall: Any, quota: Any) -> None:
    said = {
        "item_code": item.code,
        "item_name": item.name,
        "hall_code": hall.code,
        "hall_name": hall.name,
        "queue_group": quota.queue_group,
        "valid_from": quota.valid_from.isoformat(),
        "valid_until": quota.valid_until.isoformat() if quota.valid_until else None,
        "daily_number": quota.daily_number,
        "days": hall.service_hours["days"],
        "slots": quota.slots,
    }
    if quota.reported == said:
        return
    quota.reported = said
    quota.save()
    emit(catalog.BookingQuotaChanged, quota.id, said, org=item.org, region=hall.region)


def _refused(field: str, zh: str, en: str) -> Refusal:
    return Refusal(
        "catalog.quota-refused",
        status=422,
        rule="CAT-21",
        zh=zh,
        en=en,
        next_zh="请改正后重新提交。",
        next_en="Correct it and send again.",
        fields={field: [f"{zh} / {en}"]},
    )
