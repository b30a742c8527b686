"""Bookings: made, cancelled, reminded, arrived, missed, excused (domain 2.6)."""

from datetime import date, datetime, timedelta
from typing import Any

from peewee import IntegrityError

from chassis import clock, deadlines, workdays
from chassis.auth import actor, forbidden
from chassis.errors import Refusal
from chassis.ids import new_id, random_digits
from chassis.outbox import emit
from contracts import rules
from contracts.events import booking as events
from services.booking import offers, parties, places
from services.booking.models import Booking, Hold, database
from services.booking.transitions import BOOKING

REMINDERS = 500  # in one transaction


def book(item_code: str, hall_code: str, day: date, slot_from: str) -> Any:
    """Reserve a place for the caller (BOO-03…07, BOO-11); capacity is held by a conditional update."""
    offer = offers.get(item_code, hall_code)
    slot = check_day(offer, day, slot_from)
    parties.check_may_book(parties.seen(actor().id))
    if not places.has_room(offer, day, slot) and _hold(actor().id, offer, day, slot_from) is None:
        raise places.full(offer)  # on a popular morning most hear this: without a lock they do not stop the others
    with database.transaction():
        party = parties.lock(actor().id)
        parties.check_may_book(party)
        check_others(party.ref, day, slot)
        if not _use_hold(party.ref, offer, day, slot_from):
            places.take(offer, day, slot)
        return make(offer, day, slot, party.ref, actor().kind, actor().name_masked)


def make(offer: Any, day: date, slot: dict[str, Any], ref: str, kind: str, name_masked: str) -> Any:
    """Write the booking of a party, whose row is locked and whose place is taken (BOO-05)."""
    remind_at = reminder_time(day)
    combined = clock.now() >= remind_at
    booking = Booking(
        booking_no=f"{clock.now():%y%m%d}{random_digits(8)}",
        active_key=f"{ref}|{offer.item_code}|{day.isoformat()}",
        subject_ref=ref,
        subject_type=kind,
        subject_name_masked=name_masked,
        item_code=offer.item_code,
        item_name=offer.item_name,
        hall_code=offer.hall_code,
        hall_name=offer.hall_name,
        queue_group=offer.queue_group,
        day=day,
        slot_from=slot["from"],
        slot_to=slot["to"],
        state="booked",
        reminded_at=clock.now() if combined else None,
    )
    try:
        with database.transaction():
            booking.save(force_insert=True)
    except IntegrityError:
        raise _same_day() from None
    if not combined and deadlines.find("reminders", day.isoformat()) is None:
        deadlines.at("reminders", day.isoformat(), remind_at)
    deadlines.at("no_show", booking.id, clock.end_of(day))
    data = _data(booking, "applicant") | {"created_at": booking.created_at, "with_reminder": combined}
    emit(events.BookingCreated, booking.id, data, correlation=booking.booking_no)
    return booking


def get(booking_no: str) -> Any:
    """The caller's own booking, or one of the hall that the caller operates (BOO-08)."""
    booking = Booking.get_or_refuse(Booking.booking_no == booking_no)
    if booking.subject_ref != actor().id:
        if actor().kind != "staff":
            raise forbidden("another person's booking")
        require_operator(booking.hall_code)
    return booking


def cancel(booking_no: str) -> Any:
    """The applicant cancels, until 24:00 of the day before (BOO-09); the place is free at once (BOO-06)."""
    with database.transaction():
        booking = Booking.get_or_refuse(Booking.booking_no == booking_no, lock=True)
        if actor().id != booking.subject_ref:
            raise forbidden("another person's booking")
        BOOKING.step(booking.state, "cancel")
        if not can_cancel(booking):
            raise Refusal(
                "booking.too-late-to-cancel",
                rule="BOO-09",
                zh="预约当日不能取消；最晚应在预约日前一天 24:00 前取消。",
                en="A booking can be cancelled until 24:00 of the day before, not on the day itself.",
                next_zh="不能前来的，请致电大厅说明情况；因大厅原因未办成的不计失约。",
                next_en="If you cannot come, call the hall; what is the hall's fault never counts as a no-show.",
            )
        end(booking, "cancel", "applicant")
        return booking


def can_cancel(booking: Any) -> bool:
    """Until 24:00 of the day before (BOO-09)."""
    return clock.now() < clock.start_of(booking.day)


def cancel_by_hall(booking_no: str, reason: str) -> Any:
    """The hall cancels, for closure or a change of holidays: never a no-show (BOO-12)."""
    with database.transaction():
        booking = Booking.get_or_refuse(Booking.booking_no == booking_no, lock=True)
        require_operator(booking.hall_code)
        end(booking, "cancel_by_hall", "hall", reason)
        return booking


def remind(deadline: Any) -> None:
    """The day before, 09:00: the SMS go out through the events, a slice at a time (BOO-10)."""
    day = date.fromisoformat(deadline.subject)
    query = Booking.select().where(Booking.day == day, Booking.state == "booked", Booking.reminded_at.is_null())
    due = list(database.for_update(query.order_by(Booking.id).limit(REMINDERS)))
    now = clock.now()
    Booking.update(reminded_at=now, updated_at=now, version=Booking.version + 1).where(
        Booking.id.in_([booking.id for booking in due])
    ).execute()
    for booking in due:
        remind_again(booking, now)
    if len(due) == REMINDERS:
        deadlines.at("reminders", deadline.subject, now)
    elif not deadline.payload.get("last"):  # once more for a booking whose transaction was under way
        deadlines.at("reminders", deadline.subject, now + timedelta(minutes=1), {"last": True})


def remind_again(booking: Any, at: datetime) -> None:
    """Tell the applicant that the booking stands."""
    data = _data(booking, "system") | {"reminded_at": at}
    emit(events.BookingReminded, booking.id, data, correlation=booking.booking_no)


def day_over(booking_id: str) -> None:
    """24:00 of the booked day: not come is a no-show (BOO-20), come but not served is none (AMB-30)."""
    booking = Booking.locked(booking_id)
    if booking.state == "arrived":
        booking.state, booking.active_key = BOOKING.step(booking.state, "close").target, None
        booking.save()
        return
    if booking.state != "booked":
        return
    if offers.closed(booking.hall_code, booking.day):
        end(booking, "cancel_by_hall", "hall", "大厅闭馆")
        return
    booking.state, booking.active_key, booking.noshow_id = BOOKING.step(booking.state, "miss").target, None, new_id()
    booking.save()
    count = _counting(booking)
    data = _data(booking, "system")
    data |= {
        "noshow_id": booking.noshow_id,
        "decided_at": clock.end_of(booking.day),
        "count": count,
        "remaining": max(0, rules.value("booking.no_show_limit").value - count),
    }
    hall = offers.Hall.get_or_none(offers.Hall.code == booking.hall_code)
    emit(events.BookingNoShow, booking.id, data, correlation=booking.booking_no, org=hall.org if hall else None)


def excuse(booking_no: str, reason: str) -> Any:
    """The hall takes a no-show back: machine down, hall closed, force majeure (BOO-24)."""
    with database.transaction():
        booking = Booking.get_or_refuse(Booking.booking_no == booking_no, lock=True)
        require_operator(booking.hall_code)
        take_back(booking, reason)
        return booking


def follow_deletion(event: Any) -> None:
    """An objection in the credit archive was upheld against this no-show (BOO-24)."""
    if event.category == "booking_no_show" and event.data.get("booking_no"):
        booking = Booking.locked(Booking.booking_no == event.booking_no)
        if booking is not None and booking.state == "no_show":
            take_back(booking, "诚信档案异议成立")


def follow_entry(event: Any) -> None:
    """The three no-shows of an entry are used up: counting starts again after the ban (BOO-23)."""
    Booking.update(noshow_record=event.record_id).where(
        Booking.id.in_(event.booking_ids), Booking.subject_ref == event.subject_ref
    ).execute()


def take_back(booking: Any, reason: str) -> None:
    """The no-show does not count any more."""
    booking.state = BOOKING.step(booking.state, "excuse").target
    booking.save()
    data = {
        "subject_ref": booking.subject_ref,
        "subject_type": booking.subject_type,
        "subject_name_masked": booking.subject_name_masked,
        "booking_id": booking.id,
        "booking_no": booking.booking_no,
        "noshow_id": booking.noshow_id,
        "slot_date": booking.day,
        "reason": reason,
        "excused_at": clock.now(),
        "excused_by": actor().id,
    }
    emit(events.NoShowExcused, booking.id, data, correlation=booking.booking_no)


def arrive(booking: Any) -> None:
    """The applicant has taken a number on the booked date, early or late inside the day (BOO-13)."""
    BOOKING.step(booking.state, "arrive")
    if clock.today() != booking.day:
        raise Refusal(
            "booking.other-day",
            rule="BOO-13",
            zh=f"该预约的日期是 {booking.day.isoformat()}，今天不能凭此预约取号。",
            en=f"This booking is for {booking.day.isoformat()}; it gives no number today.",
            next_zh="请在预约当日取号，或现在取普通号。",
            next_en="Come on the booked day, or take an ordinary number now.",
        )
    come(booking, clock.now())


def come(booking: Any, at: datetime) -> None:
    """Taking a number on the day is having come (BOO-20)."""
    booking.state, booking.arrived_at = BOOKING.step(booking.state, "arrive").target, at
    booking.save()


def served(booking_id: str, ticket_id: str) -> None:
    """The booked applicant has been served."""
    booking = Booking.locked(booking_id)
    booking.state, booking.active_key = BOOKING.step(booking.state, "serve").target, None
    booking.save()
    data = _data(booking, "hall") | {"ticket_id": ticket_id, "served_at": clock.now()}
    emit(events.BookingServed, booking.id, data, correlation=booking.booking_no)


def reminder_time(day: date) -> datetime:
    """09:00 of the day before, also on a holiday (BOO-10)."""
    return places.at_day_before(day, "booking.reminder_time")


def require_operator(hall_code: str) -> None:
    """Refuse unless the caller operates this hall."""
    hall = offers.Hall.get_or_none(offers.Hall.code == hall_code)
    actor().require_role("hall_operator", "window_clerk", org=hall.org if hall else hall_code)


def check_day(offer: Any, day: date, slot_from: str) -> dict[str, Any]:
    """The slot, when it can be booked now (BOO-03)."""
    days = offers.bookable_days()
    slot = next((slot for slot in offer.slots if slot["from"] == slot_from), None)
    if day in days and slot is not None and day in offers.open_days(offer, [day]):
        return slot
    raise Refusal(
        "booking.day-not-bookable",
        status=422,
        rule="BOO-03",
        zh=f"可预约的日期为 {'、'.join(d.isoformat() for d in days)}(今后五个工作日，当日不能预约)。",
        en=f"Bookable days: {', '.join(d.isoformat() for d in days)} (the next five working days, not today).",
        next_zh="请在可预约的日期和时段中重新选择。",
        next_en="Choose one of the free slots.",
        free=places.free(offer),
    )


def check_others(subject_ref: str, day: date, slot: dict[str, Any]) -> None:
    """At most three active bookings, none overlapping (BOO-07); the party's row is locked."""
    active = list(Booking.select().where(Booking.subject_ref == subject_ref, Booking.state == "booked"))
    most = rules.value("booking.max_active").value
    if len(active) >= most:
        raise _clash(f"您已有 {most} 个有效预约", f"you have {most} active bookings already")
    for other in active:
        if other.day == day and other.slot_from < slot["to"] and slot["from"] < other.slot_to:
            raise _clash(f"与预约 {other.booking_no} 时段重叠", f"it overlaps booking {other.booking_no}")


def end(booking: Any, verb: str, by: str, reason: str | None = None, **more: Any) -> None:
    """Cancel, give the place back and tell."""
    booking.state, booking.active_key = BOOKING.step(booking.state, verb).target, None
    booking.cancelled_by = by
    booking.save()
    places.give_back(booking.item_code, booking.hall_code, booking.day, booking.slot_from)
    deadlines.cancel("no_show", booking.id)
    data = _data(booking, by) | {"cancelled_at": clock.now(), "reason": reason} | more
    emit(events.BookingCancelled, booking.id, data, correlation=booking.booking_no)


def _use_hold(subject_ref: str, offer: Any, day: date, slot_from: str) -> bool:
    """Turn the party's hold on this slot, if there is one, into the place of the booking. Its deadline is left to fire
    at nothing: the sweeper locks it before the hold, and would meet us crosswise."""
    hold = _hold(subject_ref, offer, day, slot_from)
    return hold is not None and Hold.delete().where(Hold.id == hold.id).execute() == 1


def _hold(subject_ref: str, offer: Any, day: date, slot_from: str) -> Any:
    return Hold.get_or_none(
        Hold.subject_ref == subject_ref,
        Hold.item_code == offer.item_code,
        Hold.hall_code == offer.hall_code,
        Hold.day == day,
        Hold.slot_from == slot_from,
    )


def _counting(booking: Any) -> int:
    """No-shows within the rolling year that ends with this one (BOO-22)."""
    missed = Booking.select().where(
        Booking.subject_ref == booking.subject_ref,
        Booking.state == "no_show",
        Booking.noshow_record.is_null(),
        Booking.day <= booking.day,
    )
    return sum(workdays.due_for("booking.no_show_window", row.day).date >= booking.day for row in missed)


def _data(booking: Any, by: str) -> dict[str, Any]:
    return {
        "subject_ref": booking.subject_ref,
        "subject_type": booking.subject_type,
        "subject_name_masked": booking.subject_name_masked,
        "booking_id": booking.id,
        "booking_no": booking.booking_no,
        "item_code": booking.item_code,
        "item_name": booking.item_name,
        "hall_code": booking.hall_code,
        "hall_name": booking.hall_name,
        "slot_date": booking.day,
        "slot_from": booking.slot_from,
        "slot_to": booking.slot_to,
        "by": by,
    }


def _same_day() -> Refusal:
    return _clash("同一事项同一天只能有一个有效预约", "you have booked this item on that day already")


def _clash(zh: str, en: str) -> Refusal:
    return Refusal(
        "booking.clash",
        rule="BOO-07",
        zh=f"不能预约：{zh}。",
        en=f"Not possible: {en}.",
        next_zh="请先取消不需要的预约，或改选其他时段。",
        next_en="Cancel a booking you do not need, or choose another slot.",
    )
