"""Bookings: made, cancelled, reminded, arrived, missed, excused (domain 2.6)."""

import secrets
from datetime import date, datetime, time, timedelta
from typing import Any

from peewee import IntegrityError

from chassis import clock, deadlines, workdays
from chassis.auth import actor, forbidden
from chassis.errors import Refusal
from chassis.ids import new_id
from chassis.outbox import emit
from contracts import rules
from contracts.events import booking as events
from services.booking import offers, parties
from services.booking.models import Booking, Place, database
from services.booking.transitions import BOOKING


def book(item_code: str, hall_code: str, day: date, slot_from: str) -> Any:
    """Reserve a place for the caller (BOO-03…07, BOO-11); capacity is held by a conditional update."""
    offer = offers.get(item_code, hall_code)
    slot = next((slot for slot in offer.slots if slot["from"] == slot_from), None)
    _check_day(offer, day, slot)
    assert slot is not None
    with database.transaction():
        party = parties.lock(actor().id)
        parties.check_may_book(party)
        _check_others(party.ref, day, slot)
        booking = Booking(
            booking_no=f"{clock.now():%y%m%d}{secrets.randbelow(10**8):08d}",
            active_key=f"{party.ref}|{item_code}|{day.isoformat()}",
            subject_ref=party.ref,
            subject_type=actor().kind,
            subject_name_masked=actor().name_masked,
            item_code=item_code,
            item_name=offer.item_name,
            hall_code=hall_code,
            hall_name=offer.hall_name,
            queue_group=offer.queue_group,
            day=day,
            slot_from=slot["from"],
            slot_to=slot["to"],
            state="booked",
        )
        try:
            with database.transaction():
                booking.save(force_insert=True)
        except IntegrityError:
            raise _same_day() from None
        _take(offer, day, "", offer.daily_number)
        _take(offer, day, slot_from, slot["quota"])
        remind_at = reminder_time(day)
        combined = clock.now() >= remind_at
        if combined:
            booking.reminded_at = clock.now()
            booking.save()
        else:
            deadlines.at("reminder", booking.id, remind_at)
        deadlines.at("no_show", booking.id, clock.end_of(day))
        data = _data(booking, "applicant") | {"created_at": booking.created_at, "with_reminder": combined}
        emit(events.BookingCreated, booking.id, data, correlation=booking.booking_no)
        return booking


def cancel(booking_no: str) -> Any:
    """The applicant cancels, until 24:00 of the day before (BOO-09); the place is free at once (BOO-06)."""
    with database.transaction():
        booking = Booking.get_or_refuse(Booking.booking_no == booking_no, lock=True)
        if actor().id != booking.subject_ref:
            raise forbidden("another person's booking")
        BOOKING.step(booking.state, "cancel")
        if clock.now() >= clock.start_of(booking.day):
            raise Refusal(
                "booking.too-late-to-cancel",
                rule="BOO-09",
                zh="预约当日不能取消;最晚应在预约日前一天 24:00 前取消。",
                en="A booking can be cancelled until 24:00 of the day before, not on the day itself.",
                next_zh="不能前来的,请致电大厅说明情况;因大厅原因未办成的不计失约。",
                next_en="If you cannot come, call the hall; what is the hall's fault never counts as a no-show.",
            )
        _end(booking, "cancel", "applicant")
        return booking


def cancel_by_hall(booking_no: str, reason: str) -> Any:
    """The hall cancels, for closure or a change of holidays: never a no-show (BOO-12)."""
    with database.transaction():
        booking = Booking.get_or_refuse(Booking.booking_no == booking_no, lock=True)
        require_operator(booking.hall_code)
        _end(booking, "cancel_by_hall", "hall", reason)
        return booking


def remind(booking_id: str) -> None:
    """The day before, 09:00: the SMS goes out through the event (BOO-10)."""
    booking = Booking.locked(booking_id)
    if booking.state == "booked" and booking.reminded_at is None:
        booking.reminded_at = clock.now()
        booking.save()
        data = _data(booking, "system") | {"reminded_at": booking.reminded_at}
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
    booking.state, booking.active_key, booking.noshow_id = BOOKING.step(booking.state, "miss").target, None, new_id()
    booking.save()
    data = _data(booking, "system")
    data |= {"noshow_id": booking.noshow_id, "decided_at": clock.end_of(booking.day), "count": _counting(booking)}
    emit(events.BookingNoShow, booking.id, data, correlation=booking.booking_no)


def excuse(booking_no: str, reason: str) -> Any:
    """The hall takes a no-show back: machine down, hall closed, force majeure (BOO-24)."""
    with database.transaction():
        booking = Booking.get_or_refuse(Booking.booking_no == booking_no, lock=True)
        require_operator(booking.hall_code)
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
        return booking


def arrive(booking: Any) -> None:
    """The applicant has taken a number on the booked date, early or late inside the day (BOO-13)."""
    step = BOOKING.step(booking.state, "arrive")
    if clock.today() != booking.day:
        raise Refusal(
            "booking.other-day",
            rule="BOO-13",
            zh=f"该预约的日期是 {booking.day.isoformat()},今天不能凭此预约取号。",
            en=f"This booking is for {booking.day.isoformat()}; it gives no number today.",
            next_zh="请在预约当日取号,或现在取普通号。",
            next_en="Come on the booked day, or take an ordinary number now.",
        )
    booking.state, booking.arrived_at = step.target, clock.now()
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
    hour, minute = map(int, rules.value("booking.reminder_time").value.split(":"))
    return datetime.combine(day - timedelta(days=1), time(hour, minute), tzinfo=clock.SHANGHAI)


def require_operator(hall_code: str) -> None:
    """Refuse unless the caller operates this hall."""
    hall = offers.Hall.get_or_none(offers.Hall.code == hall_code)
    actor().require_role("hall_operator", "window_clerk", org=hall.org if hall else hall_code)


def _check_day(offer: Any, day: date, slot: dict[str, Any] | None) -> None:
    days = offers.bookable_days()
    if day not in days or not offers.valid_on(offer, day) or slot is None:
        raise Refusal(
            "booking.day-not-bookable",
            status=422,
            rule="BOO-03",
            zh=f"可预约的日期为 {'、'.join(d.isoformat() for d in days)}(今后五个工作日,当日不能预约)。",
            en=f"Bookable days: {', '.join(d.isoformat() for d in days)} (the next five working days, not today).",
            next_zh="请在可预约的日期和时段中重新选择。",
            next_en="Choose one of the free slots.",
            free=_free(offer),
        )


def _check_others(subject_ref: str, day: date, slot: dict[str, Any]) -> None:
    """At most three active bookings, none overlapping (BOO-07); the party's row is locked."""
    active = list(Booking.select().where(Booking.subject_ref == subject_ref, Booking.state == "booked"))
    most = rules.value("booking.max_active").value
    if len(active) >= most:
        raise _clash(f"您已有 {most} 个有效预约", f"you have {most} active bookings already")
    for other in active:
        if other.day == day and other.slot_from < slot["to"] and slot["from"] < other.slot_to:
            raise _clash(f"与预约 {other.booking_no} 时段重叠", f"it overlaps booking {other.booking_no}")


def _take(offer: Any, day: date, slot_from: str, quota: int) -> None:
    """Take one place by a conditional update: the database itself keeps the number (BOO-06)."""
    where = {"item_code": offer.item_code, "hall_code": offer.hall_code, "day": day, "slot_from": slot_from}
    Place.insert(**where).on_conflict_ignore().execute()
    matches = [getattr(Place, name) == value for name, value in where.items()]
    if Place.update({Place.taken: Place.taken + 1}).where(*matches, Place.taken < quota).execute() != 1:
        raise Refusal(
            "booking.full",
            rule="BOO-06",
            zh="该时段的预约已满。",
            en="This slot is full.",
            next_zh="请从 free 所列的空余时段中选择。",
            next_en="Choose one of the free slots listed in `free`.",
            free=_free(offer),
        )


def _give_back(booking: Any) -> None:
    for slot_from in ("", booking.slot_from):
        Place.update({Place.taken: Place.taken - 1}).where(
            Place.item_code == booking.item_code,
            Place.hall_code == booking.hall_code,
            Place.day == booking.day,
            Place.slot_from == slot_from,
        ).execute()


def _end(booking: Any, verb: str, by: str, reason: str | None = None) -> None:
    booking.state, booking.active_key = BOOKING.step(booking.state, verb).target, None
    booking.cancelled_by = by
    booking.save()
    _give_back(booking)
    for kind in ("reminder", "no_show"):
        deadlines.cancel(kind, booking.id)
    data = _data(booking, by) | {"cancelled_at": clock.now(), "reason": reason}
    emit(events.BookingCancelled, booking.id, data, correlation=booking.booking_no)


def _counting(booking: Any) -> int:
    """No-shows within the rolling year that ends with this one (BOO-22)."""
    missed = Booking.select().where(
        Booking.subject_ref == booking.subject_ref, Booking.state == "no_show", Booking.day <= booking.day
    )
    return sum(workdays.due_for("booking.no_show_window", row.day).date >= booking.day for row in missed)


def _free(offer: Any) -> list[dict[str, Any]]:
    return [slot | {"date": slot["date"].isoformat()} for slot in offers.free_slots(offer) if slot["free"] > 0][:10]


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
        zh=f"不能预约:{zh}。",
        en=f"Not possible: {en}.",
        next_zh="请先取消不需要的预约,或改选其他时段。",
        next_en="Cancel a booking you do not need, or choose another slot.",
    )
