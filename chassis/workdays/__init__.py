"""The legal clock: working days, limits with their reasons, service hours. The only place where limits are computed."""

from datetime import date, datetime
from typing import Any

from chassis import calendars, clock
from chassis.workdays.hours import just_after, service_minutes_after
from chassis.workdays.limit import Due, compute

__all__ = [
    "Due",
    "add_workdays",
    "count_workdays",
    "due",
    "due_for",
    "is_workday",
    "just_after",
    "light",
    "service_minutes_after",
]


def is_workday(day: date) -> bool:
    """Mon-Fri minus public holidays plus make-up working days (TIM-02)."""
    return calendars.view().is_workday(calendars.civil_date(day))


def add_workdays(day: date, n: int) -> date:
    """The n-th working day after the day, which is not counted; n < 0 counts back, 0 is the day itself (TIM-03)."""
    return calendars.view().add(calendars.civil_date(day), n)


def count_workdays(after: date, through: date) -> int:
    """How many working days lie in (after, through] (TIM-03, TIM-08)."""
    return calendars.view().count(calendars.civil_date(after), calendars.civil_date(through))


def due(
    anchor: date | datetime,
    n: int,
    unit: str,
    *,
    rule: str,
    side: str = "authority",
    label_zh: str = "",
    label_en: str = "",
) -> Due:
    """The limit of n wd | nd | month | year after the anchor, with its explanation (TIM-03, TIM-04, TIM-05).

    `side` is whose limit it is: an applicant's natural-day, month or year limit that ends on a day off rolls to the
    next working day. A datetime counts as its civil date.
    """
    return compute(
        calendars.view(),
        anchor=calendars.civil_date(anchor),
        n=n,
        unit=unit,
        rule=rule,
        side=side,
        label_zh=label_zh,
        label_en=label_en,
    )


def due_for(constant_key: str, anchor: date | datetime, **options: Any) -> Due:
    """The limit that a constant of the rule pack sets: `due_for("feedback.complaint_reply", received)`."""
    from contracts import rules  # here: only this convenience needs the rule pack

    constant = rules.value(constant_key)
    return due(anchor, constant.value, constant.unit, **({"rule": constant.rule} | options))


def light(limit: Any, today: date | None = None) -> str:
    """green, yellow (at most 20 % or one working day left) or red (past), for a Due or a deadline row (TIM-09)."""
    return (limit if isinstance(limit, Due) else limit.as_kept()).light(clock.today() if today is None else today)
