"""The log report of letters: numbers from what the system has recorded itself, for the assessment (FEE-28)."""

from datetime import date
from typing import Any

from peewee import fn

from chassis import clock
from services.feedback import letters
from services.feedback.models import Answer, Letter

COUNTS = ("received", "open", "overdue", "answered", "answered_late", "reopened", "satisfied", "dissatisfied")


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
    given = seen.select(Letter.org, Letter.kind, Answer.late, fn.COUNT(Answer.id))
    given = given.join(Answer, on=(Answer.letter_id == Letter.id)).group_by(Letter.org, Letter.kind, Answer.late)
    for org, kind, late, count in given.tuples():
        numbers = entry(org, kind)
        numbers["answered"] += count
        numbers["answered_late"] += count if late else 0
    return [found[key] for key in sorted(found)]
