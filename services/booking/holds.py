"""Places kept for one party: for a few minutes while its form is open, or as first choice after the hall cancelled."""

from datetime import date, datetime, timedelta
from typing import Any

from chassis import clock, deadlines, workdays
from chassis.auth import actor, forbidden
from contracts import rules
from services.booking import bookings, offers, parties, places
from services.booking.models import Hold, database


def keep(item_code: str, hall_code: str, day: date, slot_from: str) -> Any:
    """Keep a place while the caller fills in the form (BOO-06). A party keeps one at a time; asking again for the same
    one does not prolong it."""
    offer = offers.get(item_code, hall_code)
    slot = bookings.check_day(offer, day, slot_from)
    with database.transaction():
        party = parties.lock(actor().id)
        parties.check_may_book(party)
        bookings.check_others(party.ref, day, slot)
        kept = list(Hold.select().where(Hold.subject_ref == party.ref))
        for hold in kept:
            if _is(hold, offer, day, slot_from):
                return hold
        for hold in kept:
            if hold.purpose == "form":  # its place is given back by the sweeper: two at once would lock crosswise
                deadlines.at("hold", hold.id, clock.now())
        places.take(offer, day, slot)
        until = clock.now() + timedelta(minutes=rules.value("booking.hold").value)
        return _create(party.ref, offer, day, slot_from, "form", until)


def offer_first_choice(booking: Any) -> Any:
    """Keep the free slot nearest to the one whose booking the hall has cancelled (BOO-12); None when all is full."""
    offer = offers.Offer.get_or_none(
        offers.Offer.item_code == booking.item_code, offers.Offer.hall_code == booking.hall_code
    )
    slots = offers.free_slots(offer) if offer else []
    slots.sort(key=lambda free: (abs(free["date"] - booking.day), free["from"] != booking.slot_from))
    for free in slots:
        slot = next(slot for slot in offer.slots if slot["from"] == free["from"])
        until = min(workdays.due_for("booking.first_choice", clock.today()).at, clock.start_of(free["date"]))
        mine = Hold.select().where(Hold.subject_ref == booking.subject_ref)
        if not free["free"] or any(_is(hold, offer, free["date"], slot["from"]) for hold in mine):
            continue
        if places.try_take(offer, free["date"], slot):
            return _create(booking.subject_ref, offer, free["date"], slot["from"], "first_choice", until)
    return None


def drop(hold_id: str) -> None:
    """The caller has closed the form."""
    with database.transaction():
        hold = Hold.get_or_refuse(hold_id, lock=True)
        if hold.subject_ref != actor().id:
            raise forbidden("another person's hold")
        _end(hold)


def expire(hold_id: str) -> None:
    """The time is over; a hold that became a booking or was dropped is gone already."""
    hold = Hold.locked(hold_id)
    if hold is not None:
        _end(hold)


def _create(ref: str, offer: Any, day: date, slot_from: str, purpose: str, until: datetime) -> Any:
    hold = Hold.create(
        subject_ref=ref,
        item_code=offer.item_code,
        hall_code=offer.hall_code,
        day=day,
        slot_from=slot_from,
        purpose=purpose,
        until=until,
    )
    deadlines.at("hold", hold.id, until)
    return hold


def _end(hold: Any) -> None:
    Hold.delete().where(Hold.id == hold.id).execute()
    places.give_back(hold.item_code, hold.hall_code, hold.day, hold.slot_from)


def _is(hold: Any, offer: Any, day: date, slot_from: str) -> bool:
    wanted = (offer.item_code, offer.hall_code, day, slot_from)
    return (hold.item_code, hold.hall_code, hold.day, hold.slot_from) == wanted
