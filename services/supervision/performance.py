"""Performance figures from events alone: per organisation, item and, internally, person (SUP-32)."""

from collections.abc import Callable
from datetime import date
from typing import Any

from peewee import Case, fn

from chassis import clock
from contracts import rules
from services.supervision.models import Push, WatchedCase, WatchedVoice

Visible = Callable[[Any, Any], Any]  # (office, item) -> the condition of rows that the caller may see

HOUR = 3600
BY = {
    "org": (WatchedCase.approving_org, WatchedVoice.org, Push.approving_org),
    "item": (WatchedCase.item_code, WatchedVoice.item_code, Push.item_code),
    "person": (WatchedCase.decided_by, WatchedVoice.staff, None),
}


def figures(by: str, first: date, last: date, visible: Visible) -> list[dict[str, Any]]:
    """The figures of what ended, was said or was pushed in these days, as far as the caller may see it."""
    cases_by, voices_by, pushes_by = BY[by]
    found = _cases(cases_by, first, last, visible)
    for key, voices in _voices(voices_by, first, last, visible).items():
        found.setdefault(key, {}).update(voices)
    if pushes_by is not None:
        for key, pushed in _pushes(pushes_by, first, last, visible).items():
            found.setdefault(key, {}).update(pushed)
    return [{"key": key} | found[key] for key in sorted(found)]


def share(part: int | None, whole: int | None) -> float | None:
    """A rate of 0 to 1; None of nothing."""
    return round((part or 0) / whole, 4) if whole else None


def within(column: Any, first: date, last: date) -> Any:
    """The condition of instants on these days."""
    return (column >= clock.start_of(first)) & (column < clock.end_of(last))


def push_limit() -> int:
    """Seconds within which a push is in time: it is looked for after the hour (AMB-39)."""
    return int(rules.value("supervision.push_reconcile").value * HOUR)


def _cases(by: Any, first: date, last: date, visible: Visible) -> dict[str, dict[str, Any]]:
    case = WatchedCase
    rows = case.select(
        by,
        fn.COUNT(case.id),
        _number((case.elapsed_wd <= case.committed_wd) & ~case.overdue),
        fn.SUM(case.elapsed_wd),
        fn.SUM(case.committed_wd),
        fn.SUM(case.statutory_wd),
        _number(case.corrections > 0),
        _number(case.returns > 0),
    ).where(within(case.completed_at, first, last), by.is_null(False), visible(case.approving_org, case.item_code))
    return {
        key: {
            "handled": n,
            "on_time_rate": share(on_time, n),
            "average_wd": share(elapsed, n),
            "average_committed_wd": share(committed, n),
            "average_statutory_wd": share(statutory, n),
            "correction_rate": share(corrected, n),
            "return_rate": share(returned, n),
        }
        for key, n, on_time, elapsed, committed, statutory, corrected, returned in rows.group_by(by).tuples()
    }


def _voices(by: Any, first: date, last: date, visible: Visible) -> dict[str, dict[str, Any]]:
    voice = WatchedVoice
    is_letter = voice.kind == "letter"
    rows = voice.select(
        by,
        _number(voice.active),
        _number(voice.active & voice.negative),
        _number(is_letter & (voice.answered | voice.late)),
        _number(is_letter & voice.answered & ~voice.late),
    ).where(within(voice.came_at, first, last), by.is_null(False), visible(voice.org, voice.item_code))
    return {
        key: {
            "ratings": ratings,
            "negative_rate": share(negative, ratings),
            "letters": letters,
            "letters_on_time_rate": share(in_time, letters),
        }
        for key, ratings, negative, letters, in_time in rows.group_by(by).tuples()
    }


def _pushes(by: Any, first: date, last: date, visible: Visible) -> dict[str, dict[str, Any]]:
    rows = Push.select(by, fn.COUNT(Push.id), _number(Push.delay_seconds <= push_limit())).where(
        within(Push.acknowledged_at, first, last), visible(Push.approving_org, Push.item_code)
    )
    return {
        key: {"pushed": n, "push_on_time_rate": share(on_time, n)} for key, n, on_time in rows.group_by(by).tuples()
    }


def _number(condition: Any) -> Any:
    return fn.SUM(Case(None, [(condition, 1)], 0))
