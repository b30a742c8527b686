"""The log report of letters: numbers from what the system has recorded itself, for the assessment (FEE-28)."""

from datetime import date
from statistics import mean
from typing import Any

from peewee import fn

from chassis import clock, workdays
from services.feedback import letters
from services.feedback.models import Answer, Letter

COUNTS = (
    "received",
    "open",
    "overdue",
    "transferred",
    "extended",
    "contacted_same_day",
    "answered",
    "answered_late",
    "adopted",
    "reopened",
    "satisfied",
    "dissatisfied",
)


def letter_report(since: date | None, until: date | None) -> list[dict[str, Any]]:
    """Per unit and kind of letter, of what the caller may see, by day of receipt."""
    seen = letters.readable()
    if since:
        seen = seen.where(Letter.received_at >= clock.start_of(since))
    if until:
        seen = seen.where(Letter.received_at < clock.end_of(until))
    found: dict[tuple[str, str], dict[str, Any]] = {}

    def entry(org: str, kind: str) -> dict[str, Any]:
        return found.setdefault((org, kind), {"org": org, "kind": kind} | dict.fromkeys(COUNTS, 0))

    by = (Letter.org, Letter.kind, Letter.state, Letter.overdue, Letter.satisfied)
    rows = seen.select(*by, fn.COUNT(Letter.id), fn.SUM(Letter.reopens)).group_by(*by)
    for org, kind, state, overdue, satisfied, count, reopened in rows.tuples():
        numbers = entry(org, kind)
        numbers["received"] += count
        numbers["reopened"] += int(reopened)
        waiting = state in {"received", "handling"}
        numbers["open"] += count if waiting else 0
        numbers["overdue"] += count if waiting and overdue else 0
        if satisfied is not None:
            numbers["satisfied" if satisfied else "dissatisfied"] += count
    steps = seen.select(
        Letter.org, Letter.kind, Letter.transfers, Letter.special, Letter.received_at, Letter.first_contact_at
    )
    for org, kind, transfers, special, received_at, contacted_at in steps.tuples().iterator():
        numbers = entry(org, kind)
        numbers["transferred"] += 1 if transfers else 0
        numbers["extended"] += 1 if special else 0
        same_day = contacted_at and clock.local(contacted_at).date() == clock.local(received_at).date()
        numbers["contacted_same_day"] += 1 if same_day else 0
    taken: dict[tuple[str, str], list[int]] = {}
    given = seen.select(
        Letter.org, Letter.kind, Letter.received_at, Answer.number, Answer.answered_at, Answer.late, Answer.adoption
    ).join(Answer, on=(Answer.letter_id == Letter.id))
    for org, kind, received_at, number, answered_at, late, adoption in given.tuples().iterator():
        numbers = entry(org, kind)
        numbers["answered"] += 1
        numbers["answered_late"] += 1 if late else 0
        numbers["adopted"] += 1 if adoption in {"adopted", "partly_adopted"} else 0
        if number == 1:
            days = workdays.count_workdays(clock.local(received_at).date(), clock.local(answered_at).date())
            taken.setdefault((org, kind), []).append(days)
    for key, numbers in found.items():
        answered = numbers["answered"]
        numbers["on_time"] = round(100 * (answered - numbers["answered_late"]) / answered, 1) if answered else None
        numbers["average_wd"] = round(mean(taken[key]), 1) if key in taken else None
    return [found[key] for key in sorted(found)]
