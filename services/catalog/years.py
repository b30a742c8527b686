"""The working calendar (CAT-42, TIM-02, TIM-07): what a year looks like, and taking over its official arrangement."""

import hashlib
import json
from datetime import date
from typing import Any

from chassis import calendars, clock, deadlines
from chassis.errors import Refusal
from chassis.outbox import emit
from contracts.events import catalog
from services.catalog.models import database


def view(year: int) -> dict[str, Any]:
    """The year as twelve months of days, and what its notice says of the neighbours' edges (CAT-42)."""
    calendar = calendars.view()
    notice, days = calendar.notice(year), calendar.days(year)
    return {
        "year": year,
        "status": notice.status,
        "document": notice.document,
        "workday_count": sum(day.is_workday for day in days),
        "months": [
            {"month": month, "days": [_day(day) for day in days if day.day.month == month]} for month in range(1, 13)
        ],
        "edges": [_day(day) for at, day in sorted(notice.days.items()) if at.year != year],
    }


def fingerprint(year: dict[str, Any]) -> str:
    """Changes when anything that is shown of the year changes."""
    return hashlib.sha256(json.dumps(year, ensure_ascii=False).encode()).hexdigest()[:16]


def publish(
    year: int, holidays: dict[date, str], workdays: dict[date, str], document: str, *, status: str
) -> dict[str, Any]:
    """Set the arrangement of a year and tell every service; the same once more changes nothing (TIM-07).

    A second, different one must name the notice it follows, and no day that has passed changes its kind: limits have
    ended by it.
    """
    with database.transaction():
        old = calendars.view(fresh=True)
        was_official, old_days = old.is_official(year), old.days(year)
        try:
            if not calendars.import_year(year, holidays, workdays, document, status=status):
                return view(year)
        except ValueError as error:
            raise _not_a_calendar(str(error)) from None
        changed = _changed_days(old_days, calendars.view(fresh=True).days(year))
        if changed and was_official and not document:
            raise _document_needed(year)
        _keep_the_past(changed)
        deadlines.recompute()
        emit(
            catalog.CalendarYearPublished,
            str(year),
            {
                "year": year,
                "year_status": status,
                "holidays": _named(holidays),
                "workdays": _named(workdays),
                "document_no": document or None,
            },
        )
        return view(year)


def _day(day: calendars.Day) -> dict[str, Any]:
    return {"date": day.day.isoformat(), "is_workday": day.is_workday, "kind": day.kind, "name": day.name}


def _named(days: dict[date, str]) -> list[dict[str, str]]:
    return [{"date": day.isoformat(), "holiday": name} for day, name in sorted(days.items())]


def _changed_days(old: list[calendars.Day], new: list[calendars.Day]) -> list[date]:
    return [was.day for was, now in zip(old, new, strict=True) if was.is_workday != now.is_workday]


def _keep_the_past(changed: list[date]) -> None:
    moved = [day.isoformat() for day in changed if day < clock.today()]
    if moved:
        raise Refusal(
            "catalog.past-day",
            status=409,
            rule="CAT-42",
            zh=f"已经过去的日子不能改变工作日性质：{'、'.join(moved)}。",
            en=f"Days that have passed keep their kind, limits have ended by them: {', '.join(moved)}.",
            next_zh="请核对放假安排；只能调整今天及以后的日期。",
            next_en="Check the arrangement; only today and later days can change.",
            days=moved,
        )


def _document_needed(year: int) -> Refusal:
    return Refusal(
        "catalog.document-needed",
        status=409,
        rule="TIM-07",
        zh=f"{year} 年的安排已经公布，再次改动须写明依据的通知文号。",
        en=f"The arrangement of {year} is already published; a different one must name the notice it follows.",
        next_zh="请填写通知文号后重新提交。",
        next_en="Add the number of the notice and send again.",
    )


def _not_a_calendar(why: str) -> Refusal:
    return Refusal(
        "catalog.calendar-invalid",
        status=422,
        rule="TIM-02",
        zh="放假安排中的日期有误。",
        en=f"The arrangement is not possible: {why}.",
        next_zh="请核对日期：同一天不能既放假又上班，日期须属于该年(相邻年份的年末年初除外)。",
        next_en="No day may be both, and days belong to the year or its edges.",
        fields={"holidays": [f"日期有误 / {why}"]},
    )
