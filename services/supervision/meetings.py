"""Monthly consultation of an approving office with those that supervise its field (月会商, SUP-06)."""

from datetime import date, datetime, timedelta
from typing import Any

from peewee import fn

from chassis import clock, deadlines
from chassis.auth import actor
from chassis.errors import Refusal
from chassis.history import append
from contracts import rules
from services.supervision import pairs
from services.supervision.models import Linkage, Meeting, MeetingCopy, database
from services.supervision.transitions import MEETING

# The five points of Art. 24.
POINTS = ("exchange", "problems_and_measures", "work_points", "mutual_standards", "other")


def owe_next(convener: str) -> None:
    """The office owes the meetings of the month after this one, once; each month's end opens the next month."""
    if not Meeting.select().where(Meeting.convener == convener).exists():
        _owe(convener, _first_of_next(clock.today()))


def hold(convener: str, held_at: datetime, participants: list[str], points: dict[str, str], minutes_ref: str) -> Any:
    """Record a meeting of this month: its five points, and its minutes for every participant (SUP-06)."""
    with database.transaction():
        actor().require_role("coordinator", org=convener)
        month = f"{clock.local(held_at):%Y-%m}"
        if held_at > clock.now() or month != f"{clock.today():%Y-%m}":
            raise _wrong_month()
        _check_participants(convener, participants)
        meeting = _first(convener, month)
        facts = {"held_at": held_at, "points": points, "minutes_ref": minutes_ref, "recorded_by": actor().id}
        if meeting.state == "held":  # one more than is owed
            last = Meeting.select(fn.MAX(Meeting.number)).where(Meeting.convener == convener, Meeting.month == month)
            meeting = Meeting.create(convener=convener, month=month, number=last.scalar() + 1, state="due")
        meeting.state = MEETING.step(meeting.state, "hold").target
        for name, value in facts.items():
            setattr(meeting, name, value)
        meeting.save()
        append(meeting.id, "hold", source="due", target="held", org=convener)
        for org in sorted(set(participants)):
            MeetingCopy.create(meeting_id=meeting.id, org=org)
        return meeting


def read(meeting_id: str) -> Any:
    """A participating office has the minutes in hand; the first reader is noted (SUP-06)."""
    with database.transaction():
        meeting = Meeting.get_or_refuse(meeting_id)
        orgs = actor().orgs("coordinator")
        copies = MeetingCopy.select().where(MeetingCopy.meeting_id == meeting.id, MeetingCopy.org.in_(orgs))
        copy = copies.first()
        if copy is None:
            actor().require_role("coordinator", org=meeting.convener)
        elif copy.read_at is None:
            copy.read_by, copy.read_at = actor().id, clock.now()
            copy.save()
        return meeting


def month_passed(meeting_id: str) -> None:
    """The month is over: without enough meetings one is missing; the next month begins (SUP-06)."""
    meeting = Meeting.locked(meeting_id)
    first = date.fromisoformat(f"{meeting.month}-01")
    over = clock.end_of(_first_of_next(first) - timedelta(days=1))
    held = Meeting.select().where(
        Meeting.convener == meeting.convener, Meeting.month == meeting.month, Meeting.state == "held"
    )
    if held.count() < rules.value("supervision.monthly_meeting").value:
        if meeting.state == "due":
            append(meeting.id, "month_passed", source=meeting.state, target="missing")
            meeting.state = MEETING.step(meeting.state, "month_passed").target
            meeting.save()
        pairs.missing(meeting, "monthly_meeting", meeting.month, over, meeting.convener)
    _owe(meeting.convener, _first_of_next(first))


def copies(meeting: Any) -> list[Any]:
    """The offices to which the minutes went."""
    return list(MeetingCopy.select().where(MeetingCopy.meeting_id == meeting.id).order_by(MeetingCopy.org))


def own() -> Any:
    """The condition of meetings that the caller's offices convened or attended."""
    if actor().has_role("auditor"):
        return Meeting.id.is_null(False)
    orgs = actor().orgs("coordinator")
    attended = MeetingCopy.select(MeetingCopy.meeting_id).where(MeetingCopy.org.in_(orgs))
    return Meeting.convener.in_(orgs) | Meeting.id.in_(attended)


def _owe(convener: str, first: date) -> None:
    meeting = _first(convener, f"{first:%Y-%m}")
    deadlines.at("monthly_meeting", meeting.id, clock.end_of(_first_of_next(first) - timedelta(days=1)), rule="SUP-06")


def _first(convener: str, month: str) -> Any:
    """The first meeting of the month, locked: whoever records a meeting of the month waits for it."""
    Meeting.insert(convener=convener, month=month, number=1, state="due").on_conflict_ignore().execute()
    return Meeting.locked(Meeting.convener == convener, Meeting.month == month, Meeting.number == 1)


def _first_of_next(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _check_participants(convener: str, participants: list[str]) -> None:
    linked = {row.supervising_org for row in Linkage.select().where(Linkage.approving_org == convener)}
    if convener not in participants or not linked & set(participants):
        raise Refusal(
            "supervision.meeting-participants",
            status=422,
            rule="SUP-06",
            zh="集中会商须由审批处室(部门)和与其联动的监管处室(部门)共同参加。",
            en="The approving office and at least one office that supervises its field take part.",
            next_zh=f"可选择的监管单位：{'、'.join(sorted(linked)) or '无'}。",
            next_en=f"Supervising offices: {', '.join(sorted(linked)) or 'none'}.",
        )


def _wrong_month() -> Refusal:
    return Refusal(
        "supervision.meeting-month",
        status=422,
        rule="SUP-06",
        zh="会商时间须在本月内，且不能晚于现在。",
        en="The meeting lies in this month and is over.",
        next_zh="请填写本月实际会商时间。",
        next_en="Enter when the meeting of this month was held.",
    )
