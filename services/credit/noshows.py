"""Booking no-shows: three within a year enter the archive and bar booking for six months (CRE-16, BOO-21…23)."""

from datetime import date
from typing import Any

from chassis import clock, deadlines, workdays
from chassis.ids import random_digits
from chassis.outbox import emit
from contracts import rules
from contracts.events import credit as events
from contracts.words import CITY_OFFICE
from services.credit.models import NoShow, Record, Subject, database
from services.credit.records import event_data, lock_subject
from services.credit.transitions import RECORD


def missed(event: Any) -> None:
    """Note one no-show; the third within a year, none of them used up before, makes the entry."""
    with database.transaction():
        subject = lock_subject(event.subject_ref, event.subject_type, event.subject_name_masked)
        note = NoShow.locked(NoShow.booking_id == event.booking_id)
        if note is None:
            day = date.fromisoformat(event.slot_date)
            note = _note(event, day)
        if not note.excused and note.record_id is None:
            _enter_if_third(subject, note, event.org or CITY_OFFICE)  # where the hall has no operator


def excuse(event: Any) -> None:
    """A no-show does not count any more; if it was one of the three, the ban ends at once (BOO-24)."""
    with database.transaction():
        subject = lock_subject(event.subject_ref, event.subject_type, event.subject_name_masked)
        note = NoShow.locked(NoShow.booking_id == event.booking_id)
        if note is None:  # the excuse overtook the no-show itself
            day = date.fromisoformat(event.slot_date)
            note = _note(event, day)
        if note.excused:
            return
        note.excused = True
        note.save()
        if note.record_id:
            _exit(subject, Record.locked(note.record_id), "excused")


def delete(subject: Any, record: Any, booking_no: str) -> None:
    """An objection was upheld: that booking does not count, and the entry with its ban ends (BOO-24)."""
    NoShow.update(excused=True).where(NoShow.record_id == record.id, NoShow.booking_no == booking_no).execute()
    _exit(subject, record, "deleted", "delete")


def expire(record_id: str) -> None:
    """Six months have passed: the entry ends of itself (BOO-21)."""
    record = Record.locked(record_id)
    subject = Subject.locked(Subject.ref == record.subject_ref)
    _exit(subject, record, "expired")


def _note(event: Any, day: date) -> Any:
    numbers = {"booking_id": event.booking_id, "booking_no": event.booking_no}
    return NoShow.create(subject_ref=event.subject_ref, missed_on=day, **numbers)


def _enter_if_third(subject: Any, note: Any, judging_org: str) -> None:
    limit = rules.value("booking.no_show_limit").value
    counting = [
        row
        for row in NoShow.select()
        .where(NoShow.subject_ref == subject.ref, NoShow.excused == False, NoShow.record_id.is_null())  # noqa: E712
        .order_by(NoShow.missed_on)
        if _within_year(row.missed_on, note.missed_on)
    ]
    if len(counting) < limit or _banned(subject.ref):
        return
    three = counting[-limit:]
    last = max(row.missed_on for row in three)
    until = workdays.due_for("booking.ban", last).date
    record = Record.create(
        record_no=f"NS{clock.now():%Y%m%d}{random_digits(8)}",
        origin_key=f"no_show:{three[-1].booking_id}",
        subject_ref=subject.ref,
        category="booking_no_show",
        grade="ordinary",
        source="no_show",
        state="listed",
        judging_org=judging_org,
        description="一年内三次预约失约",
        determined_by="service:credit",
        determined_at=clock.now(),
        listed_at=clock.now(),
        restriction_until=until,
    )
    for row in three:
        row.record_id = record.id
        row.save()
    bookings = [row.booking_id for row in three]
    data = {
        "subject_ref": subject.ref,
        "subject_type": subject.type,
        "subject_name_masked": subject.name_masked,
        "record_id": record.id,
        "booking_ids": bookings,
        "entered_at": clock.now(),
        "until": until,
    }
    emit(events.NoShowEntered, subject.ref, data)
    listed = event_data(record) | {"determined_by": "service:credit", "countable": False}
    emit(events.RecordListed, record.id, listed | {"article": rules.article("BOO-21")})
    deadlines.at("noshow_exit", record.id, clock.end_of(until))


def _exit(subject: Any, record: Any, reason: str, verb: str = "exit") -> None:
    if record.state != "listed":
        return
    record.state = RECORD.step(record.state, verb).target
    record.save()
    deadlines.cancel("noshow_exit", record.id)
    bookings = [row.booking_id for row in NoShow.select().where(NoShow.record_id == record.id)]
    data = {
        "subject_ref": subject.ref,
        "subject_type": subject.type,
        "subject_name_masked": subject.name_masked,
        "record_id": record.id,
        "booking_ids": bookings,
        "exited_at": clock.now(),
        "reason": reason,
    }
    emit(events.NoShowExited, subject.ref, data)


def _within_year(earlier: date, later: date) -> bool:
    """Rolling: day 0 not counted, through the same date next year (BOO-22)."""
    return earlier <= later <= workdays.due_for("booking.no_show_window", earlier).date


def _banned(subject_ref: str) -> bool:
    """Only one ban at a time (BOO-23)."""
    query = Record.select().where(
        Record.subject_ref == subject_ref, Record.category == "booking_no_show", Record.state == "listed"
    )
    return query.exists()
