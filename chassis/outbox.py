"""Events on their way out: saved in the transaction of the change they report; the relay sends them afterwards."""

import hashlib
import os
import threading
from datetime import timedelta
from typing import Any
from weakref import WeakKeyDictionary

import peewee
from peewee import BigIntegerField, BooleanField, IntegerField, Model, TextField

from chassis import clock, context
from chassis.auth import actor
from chassis.db import Database, InstantField, chassis_table, require_transaction
from chassis.ids import new_id
from contracts import envelope
from contracts.topology import COMMANDS, EVENTS

CHANNEL = "outbox"  # of LISTEN and NOTIFY
WAKE_SECONDS = 0.01
KEEP_PUBLISHED = timedelta(days=14)
KEEP_RECEIVED = timedelta(days=30)
SLICE = 1000


@chassis_table("outbox")
def _define_outbox(base: type[Any]) -> type[Any]:
    class Outbox(Model):
        id = peewee.BigAutoField()
        event_id = TextField(unique=True)
        type = TextField()
        subject = TextField()
        sequence = BigIntegerField()
        exchange = TextField()
        routing_key = TextField()
        body = TextField()
        traceparent = TextField(null=True)
        created_at = InstantField()
        published_at = InstantField(null=True)
        attempts = IntegerField(default=0)
        not_before = InstantField(null=True)
        error = TextField(null=True)

        class Meta:
            database = base._meta.database
            table_name = "chassis_outbox"
            indexes = ((("published_at", "id"), False),)

    return Outbox


@chassis_table("sequence")
def _define_sequence(base: type[Any]) -> type[Any]:
    class Sequence(Model):
        subject = TextField(primary_key=True)
        last = BigIntegerField()

        class Meta:
            database = base._meta.database
            table_name = "chassis_sequence"

    return Sequence


@chassis_table("inbox")
def _define_inbox(base: type[Any]) -> type[Any]:
    class Inbox(Model):
        consumer = TextField()
        event_id = TextField()
        received_at = InstantField(index=True)
        ignored = BooleanField()

        class Meta:
            database = base._meta.database
            table_name = "chassis_inbox"
            primary_key = peewee.CompositeKey("consumer", "event_id")

    return Inbox


# PostgreSQL takes the number and writes the row in one call (migration 0005): it puts the number between the halves of
# the envelope. The row's id is drawn after the number's lock is held.
_EMIT_POSTGRESQL = "SELECT ", "chassis_emit(%s, %s, %s, %s, %s, %s, %s, %s)"
_NUMBER_SQLITE = (
    "INSERT INTO chassis_sequence (subject, last) VALUES (?, 1)"
    " ON CONFLICT (subject) DO UPDATE SET last = chassis_sequence.last + 1 RETURNING last"
)
_WRITE_SQLITE = (
    "INSERT INTO chassis_outbox"
    " (subject, event_id, type, exchange, traceparent, created_at, sequence, body, routing_key, attempts)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?3, 0)"
)
_UNNUMBERED = '"sequence":0'  # cannot occur inside a JSON string, where the quotes would be escaped


def emit(
    event_type: type[Any],
    subject: str,
    data: dict[str, Any],
    *,
    correlation: str | None = None,
    org: str | None = None,
    region: str | None = None,
) -> str:
    """Save an event (or command) in the open transaction and return its id; InvalidData when it breaks its contract.

    The subject's number is taken under a row lock that lasts until the commit, so the events of one subject have their
    numbers and their places in the outbox in the order in which they were committed.
    """
    database = require_transaction("emit")
    checked = envelope.validate_data(event_type, data)
    event_id, trace = new_id(), context.traceparent.get()
    sealed = envelope.seal(
        event_type,
        subject,
        checked,
        id=event_id,
        time=clock.now(),
        sequence=0,
        source=f"/{database.name}",
        correlation=correlation or context.correlation.get(),
        causation=context.causation.get(),
        actor=_who(),
        org=org,
        region=region,
        traceparent=trace,
    )
    head, _, tail = envelope.dumps(sealed).decode().partition(_UNNUMBERED)
    head += _UNNUMBERED[:-1]
    exchange = COMMANDS if event_type.channel == "commands" else EVENTS
    stamp = clock.stamp()
    row = (subject, event_id, event_type.type, exchange, trace, stamp)
    if database.dialect == "postgresql":
        database.proxy.insert_later(*_EMIT_POSTGRESQL, (*row, head, tail))
    else:
        run = database.proxy.execute_sql
        sequence = run(_NUMBER_SQLITE, (subject,)).fetchone()[0]
        run(_WRITE_SQLITE, (*row, sequence, f"{head}{sequence}{tail}"))
    database.on_commit(_waker(database).wake)
    return event_id


def _who() -> str | None:
    named = context.actor.get()
    if named:
        return named
    who = actor()
    return None if who.kind == "anonymous" else who.id


# --- waking the relay -----------------------------------------------------------------------------------------------


class _Waker:
    """Tells the relay that something was committed; never in the way of who committed.

    PostgreSQL: a thread with a connection of its own sends NOTIFY, at most one per 10 ms. (Inside the business
    transaction NOTIFY would halve the commits; on the caller's connection it would cost a round trip, and a dropped
    last one a second.) SQLite: the relay of this process is woken; another process sees the file change.
    """

    def __init__(self, database: Database):
        self.database, self.url, self.pid = database, database.url, os.getpid()
        self.local = threading.Event()
        self._wanted = threading.Event()
        self._thread: threading.Thread | None = None
        if database.dialect == "postgresql":
            self._thread = threading.Thread(target=self._notify, name="outbox-notify", daemon=True)
            self._thread.start()

    def wake(self) -> None:
        self._wanted.set()
        self.local.set()

    def _notify(self) -> None:
        connect: Any = peewee.PostgresqlDatabase.__dict__["_connect"]  # beside the pool: it takes no place there
        connection: Any = None
        pause = threading.Event()
        while self.database.url == self.url:
            if not self._wanted.wait(1.0):
                continue
            self._wanted.clear()
            try:
                if connection is None:
                    connection = connect(self.database.proxy.obj)
                    connection.cursor().execute("SET synchronous_commit TO off")
                connection.cursor().execute(f"NOTIFY {CHANNEL}")
                pause.wait(WAKE_SECONDS)
            except Exception:  # the relay looks by itself every second; the next commit tries again
                connection = None
                pause.wait(1.0)
        if connection is not None:
            connection.close()


_wakers: WeakKeyDictionary[Database, _Waker] = WeakKeyDictionary()
_wakers_lock = threading.Lock()


def _waker(database: Database) -> _Waker:
    found = _wakers.get(database)
    if found is not None and found.url == database.url and found.pid == os.getpid():
        return found
    with _wakers_lock:
        found = _wakers.get(database)
        if found is None or found.url != database.url or found.pid != os.getpid():
            found = _wakers[database] = _Waker(database)
        return found


def local_wake(database: Database) -> threading.Event:
    """Set whenever this process committed something to send (SQLite)."""
    return _waker(database).local


# --- looking and cleaning -------------------------------------------------------------------------------------------


def stats(database: Database) -> dict[str, float]:
    """How many events wait to be sent, how old the oldest is, and how many the broker refused so far."""
    table = database.table("outbox")
    waiting = table.select().where(table.published_at.is_null())
    oldest = waiting.order_by(table.id).first()
    age = (clock.wall() - oldest.created_at).total_seconds() if oldest else 0.0
    return {
        "pending": waiting.count(),
        "oldest_seconds": max(0.0, age),
        "refused": table.select().where(table.published_at.is_null(), table.attempts > 0).count(),
    }


def purge(database: Database) -> int:
    """Remove published events after 14 days and inbox entries after 30, in slices; parked events are left alone."""
    outbox, inbox = database.table("outbox"), database.table("inbox")
    sent = outbox.published_at < clock.wall() - KEEP_PUBLISHED
    received = inbox.received_at < clock.wall() - KEEP_RECEIVED
    removed = 0
    while True:
        ids = [row.id for row in outbox.select(outbox.id).where(sent).order_by(outbox.published_at).limit(SLICE)]
        if ids:
            with database.transaction():
                removed += outbox.delete().where(outbox.id.in_(ids)).execute()
        if len(ids) < SLICE:
            break
    while True:
        rows = list(inbox.select().where(received).order_by(inbox.received_at).limit(SLICE))
        for consumer in {row.consumer for row in rows}:
            names = [row.event_id for row in rows if row.consumer == consumer]
            with database.transaction():
                removed += inbox.delete().where(inbox.consumer == consumer, inbox.event_id.in_(names)).execute()
        if len(rows) < SLICE:
            break
    return removed


def leader_key(name: str) -> int:
    """A number for an advisory lock of this name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
