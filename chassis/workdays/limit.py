"""A limit: where it began, what happened to it, where it ends, and why (TIM-03, TIM-04, TIM-05, TIM-08, TIM-09)."""

import datetime as dt
from calendar import monthrange
from dataclasses import dataclass, field
from typing import Any

from chassis import calendars, clock
from chassis.calendars import Calendar

UNITS = ("wd", "nd", "month", "year")
SIDES = ("authority", "applicant")

# ("pause", date) | ("resume", date) | ("extend", n)
Step = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Due:
    """A computed limit. `date` is the last day in time, `at` the first instant too late."""

    anchor: dt.date  # day 0, not counted
    n: int  # with extensions
    unit: str
    rule: str
    side: str
    date: dt.date
    provisional: bool  # a year on the way has no official arrangement yet (TIM-07)
    paused_on: dt.date | None = None  # stopped, not yet resumed: `date` says where it stood
    steps: tuple[Step, ...] = ()
    rolled_from: dt.date | None = None  # the end before the applicant-side roll (TIM-04)
    label_zh: str = ""
    label_en: str = ""
    calendar: Calendar = field(default=calendars.BUILT_IN, repr=False, compare=False)

    @property
    def at(self) -> dt.datetime:
        """24:00 of the due date (TIM-03)."""
        return clock.end_of(self.date)

    @property
    def article(self) -> Any:
        """The article of the rule, from the rule catalogue."""
        from contracts import rules  # here: arithmetic needs no rule pack

        return rules.article(self.rule)

    def pause(self, on: dt.date) -> "Due":
        """Stop the clock; the day of stopping counts as used (TIM-08)."""
        on = calendars.civil_date(on)
        if self.paused_on:
            raise ValueError(f"stopped since {self.paused_on}")
        if not self._running_since() <= on <= self.date:
            raise ValueError(f"{on} is not within the limit {self._running_since()} to {self.date}")
        return self._with(("pause", on))

    def resume(self, on: dt.date) -> "Due":
        """Let the clock run again; the day of resuming is the new day 0 (TIM-08)."""
        on = calendars.civil_date(on)
        if not self.paused_on:
            raise ValueError("the clock is running")
        if on < self.paused_on:
            raise ValueError(f"stopped on {self.paused_on}, so it cannot resume on {on}")
        return self._with(("resume", on))

    def extend(self, n: int) -> "Due":
        """Add n of the same unit."""
        if n < 1:
            raise ValueError("an extension adds at least one")
        return self._with(("extend", n))

    def recompute(self, calendar: Calendar | None = None) -> "Due":
        """The same limit on the calendar of today (TIM-07)."""
        return self._with(calendar=calendar)

    def remaining(self, on: dt.date) -> int:
        """What is left after the day: working days for wd, else natural days; never below 0."""
        return _distance(self.calendar, self.paused_on or calendars.civil_date(on), self.date, self.unit)

    def light(self, today: dt.date) -> str:
        """green, yellow (at most 20 % or one working day left), red (past); a stopped clock stands still (TIM-09)."""
        from contracts import rules  # here: arithmetic needs no rule pack

        today = self.paused_on or calendars.civil_date(today)
        if today > self.date:
            return "red"
        total = self.n
        if self.unit in {"month", "year"}:
            total = (_advance(self.calendar, self.anchor, self.n, self.unit) - self.anchor).days
        near = self.remaining(today) * 100 <= total * rules.value("deadline.yellow_ratio").value
        last = self.calendar.count(today, self.date) <= rules.value("deadline.yellow_wd").value
        return "yellow" if near or last else "green"

    def explain(self) -> dict[str, Any]:
        """All a reader needs to check the date by hand, as JSON, with a sentence in each language (TIM-10)."""
        from chassis.workdays.explain import explain  # here: the texts are needed only when somebody asks

        return explain(self)

    def _running_since(self) -> dt.date:
        """Day 0 of the stretch that runs now."""
        return next((value for what, value in reversed(self.steps) if what == "resume"), self.anchor)

    def _with(self, *steps: Step, calendar: Calendar | None = None) -> "Due":
        extensions = sum(value for what, value in self.steps if what == "extend")
        return compute(
            calendar or calendars.view(),
            anchor=self.anchor,
            n=self.n - extensions,
            unit=self.unit,
            rule=self.rule,
            side=self.side,
            steps=self.steps + steps,
            label_zh=self.label_zh,
            label_en=self.label_en,
        )


def compute(
    calendar: Calendar,
    *,
    anchor: dt.date,
    n: int,
    unit: str,
    rule: str,
    side: str = "authority",
    steps: tuple[Step, ...] = (),
    label_zh: str = "",
    label_en: str = "",
) -> Due:
    """Replay a limit from its anchor through its steps on this calendar."""
    if unit not in UNITS or side not in SIDES or n < 0:
        raise ValueError(f"no such limit: {n} {unit} of the {side}")
    end, paused_on, whole = _advance(calendar, anchor, n, unit), None, True
    for what, value in steps:
        if what == "pause":
            paused_on, whole = value, False
        elif what == "resume":
            left = _distance(calendar, paused_on or value, end, unit)
            end, paused_on = _advance(calendar, value, left, "wd" if unit == "wd" else "nd"), None
        else:
            n += value
            end = _advance(calendar, anchor, n, unit) if whole else _advance(calendar, end, value, unit)
    rolls = side == "applicant" and unit != "wd" and paused_on is None and not calendar.is_workday(end)
    date = calendar.add(end, 1) if rolls else end
    return Due(
        anchor=anchor,
        n=n,
        unit=unit,
        rule=rule,
        side=side,
        date=date,
        provisional=_provisional(calendar, anchor, end, date, unit, side),
        paused_on=paused_on,
        steps=steps,
        rolled_from=end if rolls else None,
        label_zh=label_zh,
        label_en=label_en,
        calendar=calendar,
    )


def shift_months(day: dt.date, months: int) -> dt.date:
    """Same day of the month, clamped to the month's end (TIM-05)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _advance(calendar: Calendar, day: dt.date, n: int, unit: str) -> dt.date:
    """The end of n units after the day."""
    if unit == "wd":
        return calendar.add(day, n)
    if unit == "nd":
        return day + dt.timedelta(days=n)
    return shift_months(day, n * 12 if unit == "year" else n)


def _distance(calendar: Calendar, after: dt.date, through: dt.date, unit: str) -> int:
    """What lies in (after, through]: working days for wd, else natural days (a stopped month runs on in days)."""
    return calendar.count(after, through) if unit == "wd" else max(0, (through - after).days)


def _provisional(calendar: Calendar, anchor: dt.date, end: dt.date, date: dt.date, unit: str, side: str) -> bool:
    """Whether a day whose kind mattered lies in a year without official arrangement (TIM-07)."""
    if unit == "wd":
        first, last = anchor + dt.timedelta(days=1), date
    elif side == "applicant":
        first, last = end, date
    else:
        return False
    return not all(calendar.is_official(year) for year in range(first.year, last.year + 1))
