"""Why a limit ends when it ends, for machines, for tests and for citizens (TIM-10)."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from chassis.calendars import NAMES_EN, Day
from chassis.workdays.limit import Due

_UNITS_ZH = {"wd": "个工作日", "nd": "日（自然日）", "month": "个月", "year": "年"}
_UNITS_EN = {"wd": "working day", "nd": "natural day", "month": "month", "year": "year"}
_WEEKDAYS_ZH = "一二三四五六日"


def explain(due: Due) -> dict[str, Any]:
    """The facts of the limit as JSON and two sentences made from them."""
    skipped = _skipped(due)
    counted = [day for day in _days(due) if day.kind == "makeup"] if due.unit == "wd" else []
    pauses = _pauses(due)
    facts = {
        "anchor": due.anchor.isoformat(),
        "n": due.n,
        "unit": due.unit,
        "side": due.side,
        "date": due.date.isoformat(),
        "at": due.at.isoformat(),
        "paused": due.paused_on is not None,
        "remaining": due.remaining(due.paused_on) if due.paused_on else None,
        "skipped": [
            {
                "from": first.isoformat(),
                "to": last.isoformat(),
                "days": (last - first).days + 1,
                "kind": kind,
                "name": name,
            }
            for first, last, kind, name in skipped
        ],
        "counted": [{"date": day.day.isoformat(), "kind": day.kind, "name": f"{day.name}调休上班"} for day in counted],
        "pauses": [{"from": a.isoformat(), "to": b.isoformat() if b else None} for a, b in pauses],
        "extensions": [value for what, value in due.steps if what == "extend"],
        "rolled_from": due.rolled_from.isoformat() if due.rolled_from else None,
        "rule": due.rule,
        "article": due.article,
        "provisional": due.provisional,
    }
    return facts | {"zh": _chinese(due, skipped, counted, pauses), "en": _english(due, skipped, counted, pauses)}


# --- facts ------------------------------------------------------------------------------------------------------------

Range = tuple[dt.date, dt.date, str, str]
Pause = tuple[dt.date, dt.date | None]


def _stretches(due: Due) -> Iterator[tuple[dt.date, dt.date]]:
    """The stretches (after, through] in which the clock ran."""
    begin = due.anchor
    for stopped, resumed in _pauses(due):
        yield begin, stopped
        if resumed is None:
            return
        begin = resumed
    yield begin, due.date


def _days(due: Due) -> Iterator[Day]:
    for after, through in _stretches(due):
        for n in range(1, (through - after).days + 1):
            yield due.calendar.day(after + dt.timedelta(days=n))


def _skipped(due: Due) -> list[Range]:
    """Days off that did not count, neighbours with the same reason merged; for a rolled end the days it rolled over."""
    if due.unit == "wd":
        days = [day for day in _days(due) if not day.is_workday]
    elif due.rolled_from:
        over = (due.date - due.rolled_from).days
        days = [due.calendar.day(due.rolled_from + dt.timedelta(days=n)) for n in range(over)]
    else:
        days = []
    ranges: list[Range] = []
    for day in days:
        if ranges and ranges[-1][3] == day.name and (day.day - ranges[-1][1]).days == 1:
            ranges[-1] = (ranges[-1][0], day.day, day.kind, day.name)
        else:
            ranges.append((day.day, day.day, day.kind, day.name))
    return ranges


def _pauses(due: Due) -> list[Pause]:
    found: list[Pause] = []
    for what, value in due.steps:
        if what == "pause":
            found.append((value, None))
        elif what == "resume":
            found[-1] = (found[-1][0], value)
    return found


# --- sentences --------------------------------------------------------------------------------------------------------


def _chinese(due: Due, skipped: list[Range], counted: list[Day], pauses: list[Pause]) -> str:
    label = f"{due.label_zh}：" if due.label_zh else ""
    parts = [f"{label}自{_zh(due.anchor)}起算（当日不计），{due.n}{_UNITS_ZH[due.unit]}"]
    for stopped, resumed in pauses:
        parts.append(f"{_zh(stopped)}至{_zh(resumed)}停止计时" if resumed else f"{_zh(stopped)}起停止计时")
    if due.paused_on:
        left = due.remaining(due.paused_on)
        parts.append(f"剩余{left}{_UNITS_ZH['wd' if due.unit == 'wd' else 'nd']}，恢复后继续计算")
    else:
        parts.append(f"至{_zh(due.date)}24时止")
    off = [f"{name}{_span_zh(first, last)}" for first, last, kind, name in skipped if kind != "weekend"]
    weekend = sum((last - first).days + 1 for first, last, kind, _ in skipped if kind == "weekend")
    off += [f"周末{weekend}天"] if weekend else []
    text = "，".join(parts)
    if due.rolled_from:
        text += f"；期限原止于{_zh(due.rolled_from)}，遇{'、'.join(off)}，顺延至其后第一个工作日"
    elif off:
        text += f"；{'、'.join(off)}不计"
    if counted:
        days = "、".join(f"{_short(day.day)}（周{_WEEKDAYS_ZH[day.day.weekday()]}）" for day in counted)
        text += f"；{days}调休上班，计入"
    text += f"。依据：{due.article}（{due.rule}）。"
    return text + ("所涉年度的放假安排尚未公布，此日期为暂定，公布后重新计算并告知。" if due.provisional else "")


def _english(due: Due, skipped: list[Range], counted: list[Day], pauses: list[Pause]) -> str:
    label = f"{due.label_en}: " if due.label_en else ""
    parts = [f"{label}{_count_en(due.n, due.unit)} from {due.anchor} (that day not counted)"]
    for stopped, resumed in pauses:
        parts.append(f"stopped from {stopped} to {resumed}" if resumed else f"stopped since {stopped}")
    if due.paused_on:
        left = due.remaining(due.paused_on)
        parts.append(f"{_count_en(left, 'wd' if due.unit == 'wd' else 'nd')} left when it resumes")
    else:
        parts.append(f"until 24:00 of {due.date}")
    off = [f"{_name_en(name)} ({_span_en(first, last)})" for first, last, kind, name in skipped if kind != "weekend"]
    weekend = sum((last - first).days + 1 for first, last, kind, _ in skipped if kind == "weekend")
    off += [f"{weekend} weekend day{'s' if weekend > 1 else ''}"] if weekend else []
    text = ", ".join(parts)
    if due.rolled_from:
        text += f"; it would end on {due.rolled_from}, a day off ({', '.join(off)}), so it ends on the next working day"
    elif off:
        text += f"; not counted: {', '.join(off)}"
    if counted:
        text += f"; counted as make-up working days: {', '.join(day.day.strftime('%a %Y-%m-%d') for day in counted)}"
    text += f". Basis: {due.article} ({due.rule})."
    if due.provisional:
        text += (
            " The holidays of a year concerned are not yet published: the date is provisional and will be recomputed."
        )
    return text


def _zh(day: dt.date) -> str:
    return f"{day.year}年{_short(day)}"


def _short(day: dt.date) -> str:
    return f"{day.month}月{day.day}日"


def _span_zh(first: dt.date, last: dt.date) -> str:
    return _short(first) if first == last else f"{_short(first)}至{_short(last)}"


def _span_en(first: dt.date, last: dt.date) -> str:
    return str(first) if first == last else f"{first} to {last}"


def _name_en(name: str) -> str:
    return " / ".join(NAMES_EN.get(one, one) for one in name.split("、"))


def _count_en(n: int, unit: str) -> str:
    return f"{n} {_UNITS_EN[unit]}{'' if n == 1 else 's'}"
