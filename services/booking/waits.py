"""The waiting list of a full slot or day: a place that becomes free is booked for the first in line (BOO-06)."""

from datetime import date
from typing import Any

from peewee import IntegrityError

from chassis import clock, deadlines
from chassis.auth import actor, forbidden
from chassis.errors import Refusal
from chassis.ids import new_id
from services.booking import bookings, offers, parties, places
from services.booking.models import Wait, database
from services.booking.transitions import WAIT


def join(item_code: str, hall_code: str, day: date, slot_from: str) -> Any:
    """Wait for a slot, or with '' for any of the day; only for what is full."""
    offer = offers.get(item_code, hall_code)
    slot = bookings.check_day(offer, day, slot_from or next((slot["from"] for slot in offer.slots), ""))
    if not places.still_passed_on(day):
        raise _too_late()
    try:
        with database.transaction():
            party = parties.lock(actor().id)
            parties.check_may_book(party)
            if slot_from:
                bookings.check_others(party.ref, day, slot)
            if not places.is_full(offer, day, slot_from):
                raise _not_full(offer)
            if places.waiting(item_code, hall_code, day).count() == 0:
                until = places.at_day_before(day, "booking.waiting_until")
                deadlines.at("waiting_over", new_id(), until, _key(offer, day))
            return Wait.create(
                active_key="|".join((party.ref, *_key(offer, day).values())),
                subject_ref=party.ref,
                subject_type=actor().kind,
                subject_name_masked=actor().name_masked,
                item_code=item_code,
                hall_code=hall_code,
                day=day,
                slot_from=slot_from,
                state="waiting",
            )
    except IntegrityError:
        raise _waits_already() from None


def leave(wait_id: str) -> Any:
    """The caller does not wait any more."""
    with database.transaction():
        wait = Wait.get_or_refuse(wait_id, lock=True)
        if wait.subject_ref != actor().id:
            raise forbidden("another person's place in the waiting list")
        _end(wait, "leave")
        return wait


def pass_on(deadline: Any) -> None:
    """A place has become free and is still counted: it goes to the first who can take it, or to everybody.

    One party is locked in a transaction; if it cannot take the place, the next one has its own.
    """
    item_code, hall_code = deadline.payload["item"], deadline.payload["hall"]
    day, freed = date.fromisoformat(deadline.payload["day"]), deadline.payload["slot"]
    offer = offers.get(item_code, hall_code)
    slots = {slot["from"]: slot for slot in offer.slots}
    room = {slot["from"] for slot in places.with_room(offer, day)} | {freed}
    first = None
    if places.still_passed_on(day) and day in offers.open_days(offer, [day]):
        waiting = places.waiting(item_code, hall_code, day)
        first = next((wait for wait in waiting if not wait.slot_from or wait.slot_from in room), None)
    slot = slots.get(first.slot_from or freed) if first else None
    if first is None or slot is None:
        places.release(item_code, hall_code, day, freed)
        return
    party = parties.lock(first.subject_ref)
    wait = Wait.locked(first.id)
    if wait.state == "waiting":
        try:
            with database.transaction():
                wait.booking_no = _book(party, wait, offer, day, freed, slot)
                _end(wait, "give")
                return
        except Refusal:
            _end(wait, "pass_over")
    deadlines.at("freed_place", new_id(), clock.now(), deadline.payload)


def over(deadline: Any) -> None:
    """The evening before: who has not got a place by now gets none."""
    payload = deadline.payload
    day = date.fromisoformat(payload["day"])
    for seen in list(places.waiting(payload["item"], payload["hall"], day)):
        wait = Wait.locked(seen.id)
        if wait.state == "waiting":
            _end(wait, "run_out")


def _book(party: Any, wait: Any, offer: Any, day: date, freed: str, slot: dict[str, Any]) -> str:
    parties.check_may_book(party)
    bookings.check_others(party.ref, day, slot)
    if not places.move(offer, day, freed, slot):
        raise places.full(offer)
    made = bookings.make(offer, day, slot, party.ref, wait.subject_type, wait.subject_name_masked)
    return made.booking_no


def _end(wait: Any, verb: str) -> None:
    wait.state, wait.active_key = WAIT.step(wait.state, verb).target, None
    wait.save()


def _key(offer: Any, day: date) -> dict[str, str]:
    return {"item": offer.item_code, "hall": offer.hall_code, "day": day.isoformat()}


def _too_late() -> Refusal:
    return Refusal(
        "booking.waiting-list-closed",
        rule="BOO-06",
        zh="该日期的候补已截止(预约日前一天 20:00)。",
        en="The waiting list of that day has closed (20:00 of the day before).",
        next_zh="请选择其他日期，或当日到大厅取普通号。",
        next_en="Choose another day, or take an ordinary number at the hall.",
    )


def _not_full(offer: Any) -> Refusal:
    return Refusal(
        "booking.not-full",
        rule="BOO-06",
        zh="该时段仍有空余，无需候补。",
        en="There are free places; no need to wait.",
        next_zh="请直接预约。",
        next_en="Book it.",
        free=places.free(offer),
    )


def _waits_already() -> Refusal:
    return Refusal(
        "booking.waits-already",
        rule="BOO-07",
        zh="您已在该事项该日期的候补名单中。",
        en="You are on the waiting list of this item and day already.",
        next_zh="可先退出候补，再改选时段。",
        next_en="Leave the list first to wait for another slot.",
    )
