"""The minutes clock of the service windows (TIM-06): it runs in service hours on working days only."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from chassis import calendars, clock

Hours = Iterable[tuple[time | str, time | str]]


def service_minutes_after(
    instant: datetime, minutes: float, hours: Hours | None = None, *, literal: bool | None = None
) -> datetime:
    """The instant after which more than `minutes` of service time have passed since `instant` (TIM-06, FIL-58).

    At that instant itself nothing is late yet: set a deadline on `just_after` it. Minutes used up exactly at closing
    time therefore reach to the next opening. Without `hours` those of the rule pack count. `literal` reads the
    wall clock; without it the switch escalation.clock of the rule pack decides.
    """
    from contracts import rules  # here: working days need no rule pack

    if instant.tzinfo is None:
        raise ValueError("an instant needs an offset (TIM-01)")
    start, left = clock.local(instant), timedelta(minutes=minutes)
    if literal if literal is not None else rules.value("escalation.clock").value == "wall":
        return start + left
    if hours is None:
        hours = [(rules.value("deadline.service_opens").value, rules.value("deadline.service_closes").value)]
    opening = sorted((_time(begin), _time(end)) for begin, end in hours)
    if not opening or any(begin >= end for begin, end in opening):
        raise ValueError("a hall needs service hours, each opening before it closes")
    calendar, day = calendars.view(), start.date()
    while True:
        if calendar.is_workday(day):
            for begin, end in opening:
                opens = max(start, datetime.combine(day, begin, clock.SHANGHAI))
                closes = datetime.combine(day, end, clock.SHANGHAI)
                if opens + left < closes:
                    return opens + left
                left -= max(timedelta(0), closes - opens)
        day = calendar.add(day, 1)


def just_after(instant: datetime) -> datetime:
    """The first instant later than this one that a database can hold: for "more than 15 minutes" (FIL-58)."""
    return instant + timedelta(microseconds=1)


def _time(value: time | str) -> time:
    return time.fromisoformat(value) if isinstance(value, str) else value
