"""Durable due work: a row per running limit, fired exactly once when legal time reaches it, by any number of sweepers.

`set`, `at`, `cancel`, `pause`, `resume`, `extend` and `recompute` belong to the verb that calls them: same transaction.
The sweeper marks a row fired and runs its handler in one transaction of its own, so either both happened or neither.
"""

import logging
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from peewee import SQL, BooleanField, DateField, IntegerField, IntegrityError, TextField, fn

from chassis import calendars, clock, db
from chassis.db import Database, InstantField, JsonField, chassis_table
from chassis.errors import Refusal
from chassis.workdays.limit import Due, compute

log = logging.getLogger(__name__)

Handler = Callable[[Any], object]

INSTANT = "instant"  # the unit of a plain instant
RUNNING = ("open", "paused")
ATTEMPTS = 8
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)


class DeadlineRow:
    """What every deadline can tell; the fields come from the table below."""

    kind: str
    subject: str
    due_at: datetime
    due_date: date
    anchor: date | None
    n: int | None
    unit: str
    rule: str | None
    side: str
    ledger: list[dict[str, Any]]
    provisional: bool
    state: str  # open | paused | fired | cancelled | failed
    attempts: int
    retry_at: datetime | None
    error: str | None
    payload: dict[str, Any]
    fired_at: datetime | None

    def due(self, calendar: calendars.Calendar | None = None) -> Due:
        """The limit, replayed from its ledger on the calendar of today."""
        if self.unit == INSTANT:
            raise ValueError(f"{self.kind} of {self.subject} is a plain instant, not a limit")
        start = next(entry for entry in self.ledger if entry["what"] == "start")
        steps = []
        for entry in self.ledger:
            if entry["what"] in {"pause", "resume"}:
                steps.append((entry["what"], date.fromisoformat(entry["on"])))
            elif entry["what"] == "extend":
                steps.append(("extend", entry["n"]))
        return compute(
            calendar or calendars.view(),
            anchor=date.fromisoformat(start["anchor"]),
            n=start["n"],
            unit=self.unit,
            rule=self.rule or "",
            side=self.side,
            steps=tuple(steps),
            label_zh=start["label_zh"],
            label_en=start["label_en"],
        )

    def as_kept(self) -> Due:
        """The limit with the date that the row keeps in step with the calendar, not replayed: enough for its light."""
        if self.state != "open" or self.unit == INSTANT:
            return self.due()
        return Due(
            anchor=self.anchor or self.due_date,
            n=self.n or 0,
            unit=self.unit,
            rule=self.rule or "",
            side=self.side,
            date=self.due_date,
            provisional=self.provisional,
            calendar=calendars.view(),
        )

    def explain(self) -> dict[str, Any]:
        """Why it is due when it is due (TIM-10)."""
        if self.unit != INSTANT:
            return self.due().explain()
        at = clock.local(self.due_at)
        return {
            "unit": INSTANT,
            "at": at.isoformat(),
            "date": self.due_date.isoformat(),
            "rule": self.rule,
            "provisional": False,
            "zh": f"{at:%Y年%m月%d日%H时%M分%S秒}。",
            "en": f"At {at:%Y-%m-%d %H:%M:%S}.",
        }


@chassis_table("deadline")
def _deadline(base: type[Any]) -> type[Any]:
    class Deadline(DeadlineRow, base):
        """A running, stopped, fired, cancelled or failed deadline."""

        kind = TextField()
        subject = TextField()
        due_at = InstantField()
        due_date = DateField()
        anchor = DateField(null=True)
        n = IntegerField(null=True)
        unit = TextField()
        rule = TextField(null=True)
        side = TextField(default="authority")
        ledger = JsonField(default=list)
        provisional = BooleanField(default=False)
        state = TextField(default="open")
        attempts = IntegerField(default=0)
        retry_at = InstantField(null=True)
        error = TextField(null=True)
        payload = JsonField(default=dict)
        fired_at = InstantField(null=True)

        class Meta:
            table_name = "chassis_deadline"

    Deadline.add_index(Deadline.state, Deadline.due_at, Deadline.id, name="chassis_deadline_waiting")
    Deadline.add_index(Deadline.subject, name="chassis_deadline_subject")
    running = SQL("state IN ('open', 'paused')")
    Deadline.add_index(Deadline.kind, Deadline.subject, unique=True, where=running, name="chassis_deadline_running")
    return Deadline


# --- verbs, inside the caller's transaction ---------------------------------------------------------------------------


def set(kind: str, subject: str, due: Due, payload: dict[str, Any] | None = None) -> Any:
    """Let this limit run; it replaces a running one of the same kind and subject."""
    start = {"anchor": due.anchor.isoformat(), "n": _first_n(due), "unit": due.unit, "rule": due.rule}
    ledger = [_entry("start", **start, label_zh=due.label_zh, label_en=due.label_en)]
    ledger += [_step_entry(what, value) for what, value in due.steps]
    return _replace(
        kind,
        subject,
        due_at=due.at,
        due_date=due.date,
        anchor=due.anchor,
        n=due.n,
        unit=due.unit,
        rule=due.rule,
        side=due.side,
        ledger=ledger,
        provisional=due.provisional,
        state="paused" if due.paused_on else "open",
        payload=payload or {},
    )


def at(
    kind: str, subject: str, instant: datetime, payload: dict[str, Any] | None = None, *, rule: str | None = None
) -> Any:
    """Wake up at a plain instant; it replaces a running one. For "more than 15 minutes" see `workdays.just_after`."""
    return _replace(
        kind,
        subject,
        due_at=instant,
        due_date=calendars.civil_date(instant),
        unit=INSTANT,
        rule=rule,
        ledger=[_entry("start", instant=clock.local(instant).isoformat())],
        payload=payload or {},
    )


def cancel(kind: str, subject: str) -> bool:
    """End a running deadline without effect; False when none runs."""
    row = _running("deadlines.cancel", kind, subject)
    if row is None:
        return False
    _end(row, "cancel")
    return True


def cancel_all(kinds: Iterable[str], subjects: Iterable[str]) -> None:
    """End the running deadlines of these kinds and subjects without effect, by few statements."""
    model, rows = _all_running("deadlines.cancel_all", kinds, subjects)
    for row in rows:
        row.state, row.ledger = "cancelled", [*row.ledger, _entry("cancel")]
    model.save_all(rows)


def pause_all(kinds: Iterable[str], subjects: Iterable[str], on_date: date) -> None:
    """Stop the clocks of these kinds and subjects as `pause` does, by few statements."""
    model, rows = _all_running("deadlines.pause_all", kinds, subjects)
    for row in rows:
        due = row.due() if row.state == "open" else None
        if due is not None and calendars.civil_date(on_date) <= due.date:
            _take_over(row, due.pause(on_date))
    model.save_all(rows)


def pause(kind: str, subject: str, on_date: date) -> Any:
    """Stop the clock; the day counts as used (TIM-08). None when nothing runs or the limit had passed by then.

    Pausing what is paused changes nothing.
    """
    row = _running("deadlines.pause", kind, subject)
    if row is None or row.state == "paused":
        return row
    due = row.due()
    if calendars.civil_date(on_date) > due.date:
        return None  # already late: stopping the clock cannot heal that
    return _change(row, due.pause(on_date))


def resume(kind: str, subject: str, on_date: date) -> Any:
    """Let a stopped clock run again; the day is the new day 0 (TIM-08). None when there is none."""
    row = _running("deadlines.resume", kind, subject)
    if row is None or row.state == "open":
        return row
    return _change(row, row.due().resume(on_date))


def extend(kind: str, subject: str, n: int) -> Any:
    """Add n of the deadline's own unit; None when nothing runs."""
    row = _running("deadlines.extend", kind, subject)
    return None if row is None else _change(row, row.due().extend(n))


def recompute() -> list[Any]:
    """Replay all running limits on the calendar as it is now (TIM-07); returns the changed rows.

    The last ledger entry of each says from which date to which. Call it in the transaction of `calendars.import_year`.
    """
    database = db.require_transaction("deadlines.recompute")
    calendar = calendars.view(fresh=True)
    model = database.table("deadline")
    counts_workdays = (model.unit == "wd") | ((model.side == "applicant") & (model.unit != INSTANT))
    changed = []
    for seen in list(model.select().where(model.state.in_(RUNNING) & counts_workdays).order_by(model.id)):
        if _outcome(seen.due(calendar)) == (seen.due_date, seen.provisional):
            continue
        row = model.locked(seen.id)
        due = row.due(calendar)
        if row.state not in RUNNING or _outcome(due) == (row.due_date, row.provisional):
            continue
        moved = {"from": row.due_date.isoformat(), "to": due.date.isoformat(), "provisional": due.provisional}
        changed.append(_change(row, due, _entry("recompute", **moved)))
    return changed


def retry(deadline_id: str) -> Any:
    """Give a failed deadline (or one that waits for its next attempt) a fresh start at once."""
    model = db.require_transaction("deadlines.retry").table("deadline")
    row = model.get_or_refuse(deadline_id, lock=True)
    if row.state not in {"failed", "open"}:
        raise _nothing_to_retry()
    row.state, row.attempts, row.retry_at, row.error = "open", 0, None, None
    row.ledger = [*row.ledger, _entry("retry")]
    try:
        with model.home.transaction():
            row.save()
    except IntegrityError:  # a newer one of the same kind and subject runs
        raise _nothing_to_retry()
    return row


# --- reading ----------------------------------------------------------------------------------------------------------


def find(kind: str, subject: str) -> Any:
    """The running (open or paused) deadline, or None."""
    model = db.current().table("deadline")
    return model.get_or_none(model.kind == kind, model.subject == subject, model.state.in_(RUNNING))


def running(kind: str, subjects: Iterable[str]) -> dict[str, Any]:
    """The running deadlines of one kind by subject, as far as their lights need it, read once for a whole list."""
    model, wanted = db.current().table("deadline"), list(subjects)
    names = ("subject", "state", "due_date", "anchor", "n", "unit", "rule", "side", "provisional", "ledger")
    query = model.select_some([getattr(model, name) for name in names])
    query = query.where(model.kind == kind, model.subject.in_(wanted), model.state.in_(RUNNING))
    return {row.subject: row for row in query} if wanted else {}


def of(subject: str, *states: str) -> list[Any]:
    """All deadlines of a subject (in these states), earliest first."""
    model = db.current().table("deadline")
    query = model.select().where(model.subject == subject)
    if states:
        query = query.where(model.state.in_(states))
    return list(query.order_by(model.due_at, model.id))


def of_all(subjects: Iterable[str], *states: str) -> dict[str, list[Any]]:
    """All deadlines of these subjects in these states, by subject, earliest first."""
    model, found = db.current().table("deadline"), defaultdict(list)
    wanted = list(subjects)
    query = model.select().where(model.subject.in_(wanted), model.state.in_(states))
    for row in query.order_by(model.due_at, model.id) if wanted else ():
        found[row.subject].append(row)
    return found


def open_on_year(year: int) -> list[Any]:
    """Running limits whose days lie at least partly in the year: whom an import of that year concerns (TIM-07)."""
    model = db.current().table("deadline")
    touches = (model.anchor <= date(year, 12, 31)) & (model.due_date >= date(year, 1, 1))
    return list(model.select().where(model.state.in_(RUNNING) & touches).order_by(model.due_at, model.id))


def ending(day: date, kinds: Iterable[str], subjects: Any) -> int:
    """How many of these subjects (a query of their ids) have an open limit whose last day this is."""
    model = db.current().table("deadline")
    found = model.select(model.subject).where(model.state == "open", model.due_date == day, model.subject.in_(subjects))
    return found.where(model.kind.in_(list(kinds))).distinct().count()


def failed() -> list[Any]:
    """Deadlines given up after the last attempt, for the operator."""
    model = db.current().table("deadline")
    return list(model.select().where(model.state == "failed").order_by(model.due_at, model.id))


def counts(kinds: Iterable[str] = ()) -> dict[str, int]:
    """For metrics: open, paused, failed, retrying, overdue, and unhandled (due, but of none of these kinds)."""
    model = db.current().table("deadline")
    query = model.select(model.state, fn.COUNT(model.id)).where(model.state.in_((*RUNNING, "failed")))
    states = dict(query.group_by(model.state).tuples())
    is_open, is_due = model.state == "open", model.due_at <= clock.now()
    return {
        "open": states.get("open", 0),
        "paused": states.get("paused", 0),
        "failed": states.get("failed", 0),
        "retrying": model.select().where(is_open & model.retry_at.is_null(False)).count(),
        "overdue": model.select().where(is_open & is_due).count(),
        "unhandled": model.select().where(is_open & is_due & model.kind.not_in(list(kinds))).count(),
    }


def next_due(kinds: Iterable[str] | None = None) -> datetime | None:
    """When a sweep has something to do next, in legal time; None when nothing waits."""
    model = db.current().table("deadline")
    wanted = model.state == "open"
    if kinds is not None:
        wanted &= model.kind.in_(list(kinds))
    wall, now = clock.wall(), clock.now()
    ready = model.retry_at.is_null() | (model.retry_at <= wall)
    soon = model.select(fn.MIN(model.due_at)).where(wanted & ready).scalar()
    again = model.select(fn.MIN(model.retry_at)).where(wanted & (model.retry_at > wall)).scalar()
    moments = [] if soon is None else [clock.local(_instant(soon))]
    moments += [] if again is None else [now + (_instant(again) - wall)]
    return min(moments, default=None)


# --- firing -----------------------------------------------------------------------------------------------------------


def run_due(
    database: Database, handlers: Mapping[str, Handler], *, limit: int = 100, now: datetime | None = None
) -> int:
    """Fire what is due, earliest first, until nothing is left or `limit` rows were tried; returns how many fired.

    Any number of sweepers may run. A row whose kind has no handler here is left alone (see `counts`). A raising handler
    is rolled back and tried again later; it never stops the others.
    """
    fired = 0
    if not _anything_due(database, handlers, now):
        return fired
    for _ in range(limit):
        row = None
        try:
            with database.transaction():
                row = _claim(database, handlers, now)
                if row is None:
                    break
                handlers[row.kind](row)
            fired += 1
        except Exception as error:
            if row is None:
                raise
            _note_failure(database, row, error)
    return fired


def _due_rows(database: Database, kinds: Iterable[str], now: datetime | None) -> Any:
    """Open rows that are due by legal time and not waiting for a later attempt by wall time."""
    model = database.table("deadline")
    ready = model.retry_at.is_null() | (model.retry_at <= clock.wall())
    due = (model.state == "open") & (model.due_at <= (now or clock.now())) & model.kind.in_(list(kinds)) & ready
    return model.select().where(due).order_by(model.due_at, model.id).limit(1)


def _anything_due(database: Database, kinds: Iterable[str], now: datetime | None) -> bool:
    """A look without a lock, so that an idle sweeper disturbs nobody."""
    return _due_rows(database, kinds, now).first() is not None


def _claim(database: Database, kinds: Iterable[str], now: datetime | None) -> Any:
    """Take the earliest due row that no other sweeper holds and mark it fired; None when there is none."""
    row = database.for_update(_due_rows(database, kinds, now), skip_locked=True).first()
    if row is not None:  # before the handler runs: it may set the next deadline of the same kind and subject
        row.state, row.fired_at, row.retry_at = "fired", now or clock.now(), None
        row.save()
    return row


def _note_failure(database: Database, seen: Any, error: Exception) -> None:
    """Remember the attempt and wait longer each time; after the last one the row waits for an operator."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    with database.transaction():
        row = database.table("deadline").locked(seen.id)
        if row is None or row.state != "open":
            return  # another sweeper or a verb was faster
        row.attempts += 1
        row.error = f"{type(error).__name__}: {error} ({where.name}:{where.lineno})"[:1000]
        row.retry_at = clock.wall() + min(LONGEST_PAUSE, FIRST_PAUSE * 3 ** (row.attempts - 1))
        if row.attempts >= ATTEMPTS:
            row.state, row.retry_at = "failed", None
            row.ledger = [*row.ledger, _entry("failed")]
        row.save()
    log.warning("deadline %s %s: attempt %d: %s", row.kind, row.id, row.attempts, type(error).__name__)


# --- inside -----------------------------------------------------------------------------------------------------------


def _replace(kind: str, subject: str, **fields: Any) -> Any:
    """Insert the row after ending the running one; when somebody else inserts at the same moment, end theirs."""
    model = db.require_transaction("deadlines.set").table("deadline")
    while True:
        row = _running("deadlines.set", kind, subject)
        if row is not None:
            _end(row, "replaced")
        new = model(kind=kind, subject=subject, **fields)
        if new.insert_unless_there():
            return new


def _nothing_to_retry() -> Refusal:
    return Refusal(
        "deadline-not-failed",
        zh="该期限已处理、已取消或已被新的期限取代，无需重试。",
        en="The deadline has been handled, cancelled or replaced by a newer one; there is nothing to try again.",
        next_zh="请刷新列表。",
        next_en="Load the list again.",
    )


def _running(what: str, kind: str, subject: str) -> Any:
    model = db.require_transaction(what).table("deadline")
    return model.locked(model.kind == kind, model.subject == subject, model.state.in_(RUNNING))


def _all_running(what: str, kinds: Iterable[str], subjects: Iterable[str]) -> tuple[Any, list[Any]]:
    model = db.require_transaction(what).table("deadline")
    wanted = model.kind.in_(list(kinds)), model.subject.in_(list(subjects)), model.state.in_(RUNNING)
    return model, model.locked_all(*wanted)


def _end(row: Any, why: str) -> None:
    row.state, row.ledger = "cancelled", [*row.ledger, _entry(why)]
    row.save()


def _change(row: Any, due: Due, entry: dict[str, Any] | None = None) -> Any:
    _take_over(row, due, entry)
    row.save()
    return row


def _take_over(row: Any, due: Due, entry: dict[str, Any] | None = None) -> None:
    """Bring the row to the new limit; a new date also ends the waiting after a failed attempt."""
    row.due_at, row.due_date, row.n, row.provisional = due.at, due.date, due.n, due.provisional
    row.state = "paused" if due.paused_on else "open"
    row.attempts, row.retry_at, row.error = 0, None, None
    row.ledger = [*row.ledger, entry or _step_entry(*due.steps[-1])]


def _first_n(due: Due) -> int:
    return due.n - sum(value for what, value in due.steps if what == "extend")


def _step_entry(what: str, value: Any) -> dict[str, Any]:
    return _entry(what, n=value) if what == "extend" else _entry(what, on=value.isoformat())


def _entry(what: str, **facts: Any) -> dict[str, Any]:
    return {"what": what, **facts, "at": clock.now().isoformat(timespec="seconds")}


def _outcome(due: Due) -> tuple[date, bool]:
    return due.date, due.provisional


def _instant(value: datetime | str) -> datetime:
    """An aggregate comes back as the database has it."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)
