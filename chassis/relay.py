"""The relay: sends what the outbox holds, in order per subject, until the bus has confirmed it. Only it publishes.

One thread selects on the LISTEN socket and the AMQP socket and looks by itself every second. One relay leads by an
advisory lock, and rows are read with SKIP LOCKED, so that a second relay does no harm. Unpublished rows are found by
their state, never by "id greater than the last": ids do not commit in order.
"""

import os
import random
import select
import threading
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from datetime import timedelta
from typing import Any

import structlog

from chassis import clock, outbox
from chassis.bus import BusDown, Message, Outcome, Publisher
from chassis.db import Database

BATCH = 200
FALLBACK_SECONDS = 1.0
GATHER = ((12, 0.05), (3, 0.025))  # while at least so many come at a time: send less often and more at once
LONGEST_BACK_OFF = 30.0
LONGEST_HOLD = timedelta(minutes=1)

log = structlog.get_logger("chassis.relay")

# Due is what is unpublished, unless an event of its subject was refused and waits: a subject's events leave in order.
_READ = (
    "SELECT id, event_id, exchange, routing_key, body, traceparent, subject, attempts FROM chassis_outbox"
    " WHERE published_at IS NULL AND subject NOT IN"
    " (SELECT subject FROM chassis_outbox WHERE not_before > {p} AND published_at IS NULL)"
    " ORDER BY published_at, id LIMIT {p}{lock}"
)
# Without it a planner that knows little of the table sorts the whole backlog for each batch.
_BY_INDEX = "SET enable_sort = off; SET enable_seqscan = off; SET enable_bitmapscan = off"
_SENT = {
    # a mark lost in a crash only means that the event is sent again
    "postgresql": "SET LOCAL synchronous_commit = off;"
    " UPDATE chassis_outbox SET published_at = %s, not_before = NULL WHERE id = ANY(%s)",
    "sqlite": "UPDATE chassis_outbox SET published_at = ?, not_before = NULL"
    " WHERE id IN (SELECT value FROM json_each(?))",
}
_REFUSED = "UPDATE chassis_outbox SET attempts = attempts + 1, not_before = {p}, error = {p} WHERE id = {p}"


class Relay:
    """Sends one service's outbox until stopped."""

    name = "relay"

    def __init__(self, database: Database, bus: Publisher, *, batch: int = BATCH):
        self.database, self.bus, self.batch = database, bus, batch
        self.last_tick = clock.monotonic()
        self.leading = False
        self._stopping = threading.Event()
        self._reading_end, self._writing_end = os.pipe()
        self._counts = {"published": 0, "refused": 0, "unanswered": 0, "batches": 0, "failures": 0}
        self._confirm_seconds = 0.0
        self._file_version: int | None = None

    def run(self) -> None:
        """Send until stopped; a lost database or bus is waited out for ever, with growing pauses."""
        self.database.activate()
        failures = 0
        while not self._stopping.is_set():
            self.last_tick = clock.monotonic()
            try:
                if not self._lead():
                    self._rest(FALLBACK_SECONDS)
                    continue
                # after a failure one event goes ahead as a scout
                sent = self._turn(1 if failures else self.batch)
                failures = 0
                if not sent:
                    self._idle()
                elif sent < self.batch:
                    pause = next((seconds for least, seconds in GATHER if sent >= least), 0.0)
                    self._rest(max(0.0, self.last_tick + pause - clock.monotonic()))
            except Exception as error:
                failures += 1
                self._counts["failures"] += 1
                pause = min(LONGEST_BACK_OFF, 0.5 * 2 ** min(failures - 1, 6)) * random.uniform(0.7, 1.3)
                log.warning("relay_waits", seconds=round(pause, 1), error=repr(error))
                if not isinstance(error, BusDown):
                    self._step_down()
                self._rest(pause)
        self._step_down()
        self.bus.close()

    def stop(self) -> None:
        """Finish the batch in hand and return from `run`."""
        self._stopping.set()
        with suppress(OSError):
            os.write(self._writing_end, b".")

    def stats(self) -> dict[str, float]:
        """Counters since the start, and the gauges of the outbox."""
        gauges = {"leading": float(self.leading), "bus_ready": float(self.bus.ready())}
        return self._counts | gauges | {"confirm_seconds": self._confirm_seconds}

    def _turn(self, limit: int) -> int:
        if self.database.dialect == "sqlite":
            outbox.local_wake(self.database).clear()
            self._file_version = self._version()
        started = clock.monotonic()
        tally = _send(self.database, self.bus, limit)
        if tally.total:
            self._confirm_seconds = clock.monotonic() - started
            self._counts["batches"] += 1
            self._counts["published"] += tally.published
            self._counts["refused"] += tally.refused
            self._counts["unanswered"] += tally.unanswered
        if tally.unanswered:
            raise BusDown(f"no answer for {tally.unanswered} of {tally.total} events; they are sent again")
        return tally.total

    # --- leading ----------------------------------------------------------------------------------------------

    def _lead(self) -> bool:
        """Become or stay the leader. The lock belongs to the connection: who loses it, loses the lead."""
        if self.leading or self.database.dialect == "sqlite":
            self.leading = True
            return True
        key = outbox.leader_key(outbox.CHANNEL)
        run = self.database.proxy.execute_sql
        self.leading = bool(run("SELECT pg_try_advisory_lock(%s)", (key,)).fetchone()[0])
        if self.leading:
            run(f"LISTEN {outbox.CHANNEL}; {_BY_INDEX}")
            log.info("relay_leads")
        return self.leading

    def _step_down(self) -> None:
        self.leading = False
        self.database.discard()

    # --- waiting ----------------------------------------------------------------------------------------------

    def _idle(self) -> None:
        """Nothing to send: wait for a commit, for the broker, for stop, or for a second."""
        self.bus.tick()
        if not self.bus.ready():
            raise BusDown("the bus is blocked")
        if self.database.dialect == "sqlite":
            self._watch_file(FALLBACK_SECONDS)
            return
        connection = self.database.proxy.obj.connection()
        if not _notified(connection):
            watched = [connection.fileno(), self._reading_end, *self.bus.sockets()]
            select.select(watched, [], [], FALLBACK_SECONDS)
            _notified(connection)

    def _watch_file(self, timeout: float) -> None:
        woken, end, pause = outbox.local_wake(self.database), clock.monotonic() + timeout, 0.005
        while clock.monotonic() < end and not self._stopping.is_set():
            if woken.wait(pause) or self._version() != self._file_version:
                return
            pause = min(0.05, pause * 1.3)

    def _version(self) -> int:
        found: int = self.database.proxy.execute_sql("PRAGMA data_version").fetchone()[0]
        return found

    def _rest(self, seconds: float) -> None:
        select.select([self._reading_end], [], [], seconds)


class _Tally:
    """What became of one batch."""

    def __init__(self, outcomes: Sequence[Outcome]):
        self.total = len(outcomes)
        self.published = outcomes.count(Outcome.CONFIRMED)
        self.unanswered = outcomes.count(Outcome.UNKNOWN)
        self.refused = self.total - self.published - self.unanswered


def relay_once(database: Database, bus: Publisher, limit: int = BATCH) -> int:
    """Send one batch now; returns how many events the bus confirmed."""
    return _send(database, bus, limit).published


def _send(database: Database, bus: Publisher, limit: int) -> _Tally:
    """Read, publish, mark: on PostgreSQL in one transaction that holds the row locks until the marks are there."""
    dialect = database.dialect
    run, run_later = database.proxy.execute_sql, database.proxy.execute_later
    mark = "%s" if dialect == "postgresql" else "?"
    lock = " FOR UPDATE SKIP LOCKED" if dialect == "postgresql" else ""
    with database.transaction() if dialect == "postgresql" else nullcontext():
        rows = run(_READ.format(p=mark, lock=lock), (clock.stamp(), limit)).fetchall()
        if not rows:
            return _Tally(())
        outcomes = bus.publish([Message(row[1], row[2], row[3], row[4].encode(), row[5]) for row in rows])
        done = [row[0] for row, outcome in zip(rows, outcomes, strict=True) if outcome is Outcome.CONFIRMED]
        if done:
            run_later(_SENT[dialect], (clock.stamp(), done if dialect == "postgresql" else str(done)))
        for row, outcome in zip(rows, outcomes, strict=True):
            if outcome in (Outcome.NACKED, Outcome.RETURNED):
                pause = min(LONGEST_HOLD, timedelta(seconds=0.5) * 2 ** min(row[7], 7)) * random.uniform(0.7, 1.3)
                later = (clock.wall() + pause).isoformat(timespec="microseconds")
                run_later(_REFUSED.format(p=mark), (later, outcome.value, row[0]))
                log.warning("event_refused", event_id=row[1], type=row[3], outcome=outcome.value)
    return _Tally(outcomes)


def _notified(connection: Any) -> bool:
    """Whether a NOTIFY has come; takes all that came."""
    connection.poll()
    found = bool(connection.notifies)
    connection.notifies.clear()
    return found
