"""Weekly records of the face-to-face meeting on Friday afternoon (周见面, SUP-05)."""

from datetime import date, datetime, timedelta
from typing import Any

from chassis import clock, deadlines, workdays
from chassis.auth import actor
from chassis.errors import Refusal
from chassis.history import append
from contracts import rules
from services.supervision import pairs
from services.supervision.models import WeeklyRecord, database
from services.supervision.transitions import WEEKLY

NOON = 12
WEEK = timedelta(days=7)


def owe(approving_org: str, supervising_org: str, day: date) -> Any:
    """Open the record of the first week, from this day on, whose meeting is still to come."""
    monday = day - timedelta(days=day.weekday())
    while (met := meeting_day(monday)) is None or met < day:
        monday += WEEK
    record = WeeklyRecord.create(
        approving_org=approving_org,
        supervising_org=supervising_org,
        week=f"{monday:%G-W%V}",
        meeting_day=met,
        state="due",
    )
    deadlines.at("weekly_record", record.id, clock.end_of(met), rule="SUP-05")
    return record


def meeting_day(monday: date) -> date | None:
    """Friday; the last working day of the week when Friday is none; None in a week without one (SUP-05)."""
    friday = monday + timedelta(days=rules.value("supervision.weekly_meeting").value - 1)
    days = [friday, *(monday + timedelta(days=number) for number in range(6, -1, -1))]
    return next((day for day in days if workdays.is_workday(day)), None)


def file(record_id: str, met_at: datetime, participants: list[dict[str, str]], summary: str) -> Any:
    """File the record of a meeting at which both sides were present (SUP-05)."""
    with database.transaction():
        record = WeeklyRecord.get_or_refuse(record_id, lock=True)
        side = pairs.side(record)
        step = WEEKLY.step(record.state, "file")
        local = clock.local(met_at)
        if local.date() != record.meeting_day or local.hour < NOON or met_at > clock.now():
            raise _wrong_time(record.meeting_day)
        if {entry["org"] for entry in participants} != {record.approving_org, record.supervising_org}:
            raise _one_sided(record)
        append(record.id, "file", source=record.state, target=step.target, org=getattr(record, f"{side}_org"))
        record.state, record.met_at, record.participants = step.target, met_at, participants
        record.summary, record.filed_by, record.filed_at = summary, actor().id, clock.now()
        record.save()
        return record


def day_passed(record_id: str) -> None:
    """The day of the meeting is over: without a record both sides owe it; the next week begins."""
    record = WeeklyRecord.locked(record_id)
    over = clock.end_of(record.meeting_day)
    if record.state == "due":
        append(record.id, "day_passed", source=record.state, target="missing")
        record.state = WEEKLY.step(record.state, "day_passed").target
        record.save()
        orgs = (record.approving_org, record.supervising_org)
        for owing, peer in (orgs, orgs[::-1]):
            pairs.missing(record, "weekly_record", record.week, over, owing, peer)
    following = record.meeting_day - timedelta(days=record.meeting_day.weekday()) + WEEK
    owe(record.approving_org, record.supervising_org, following)


def _wrong_time(day: date) -> Refusal:
    return Refusal(
        "supervision.meeting-time",
        status=422,
        rule="SUP-05",
        zh=f"本周见面时间应为 {day.isoformat()} 下午，且不能晚于现在。",
        en=f"The offices meet in the afternoon of {day.isoformat()}, and the meeting must be over.",
        next_zh="请在见面后填写实际见面时间。",
        next_en="Enter the time of the meeting once it was held.",
        meeting_day=day.isoformat(),
    )


def _one_sided(record: Any) -> Refusal:
    return Refusal(
        "supervision.meeting-one-sided",
        status=422,
        rule="SUP-05",
        zh="每周见面须由审批、监管双方审管协调员共同参加。",
        en="Coordinators of both offices, and of no other, take part.",
        next_zh=f"请填写 {record.approving_org} 和 {record.supervising_org} 的参加人。",
        next_en=f"Name those who came from {record.approving_org} and from {record.supervising_org}.",
    )
