"""The bus of a hall on one machine: one SQLite file, shared by all processes (WAL, BEGIN IMMEDIATE).

Bindings, queues, leases, attempts, delayed retries and parked events are rows. What a process took it holds by a lease
that is renewed while the process lives; after a crash the lease runs out and the event is delivered again, alone.
`synchronous=NORMAL`: the death of any process loses nothing, a power cut may lose the last moments.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from chassis import clock
from chassis.bus import PREFETCH, BusDown, Delivery, Message, Outcome, Parked, name_of
from contracts import topology as shape
from contracts.topology import Topology

LEASE_SECONDS = 10.0
IDLE_SECONDS = (0.005, 0.050)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS binding (
    exchange TEXT NOT NULL, key TEXT NOT NULL, queue TEXT NOT NULL, PRIMARY KEY (exchange, key, queue)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    ready_at REAL NOT NULL DEFAULT 0,   -- 0 at once, else the end of a pause or of a lease
    owner TEXT,
    message_id TEXT NOT NULL,
    body BLOB NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 1,
    deaths INTEGER NOT NULL DEFAULT 0,
    error TEXT
);
CREATE INDEX IF NOT EXISTS message_ready ON message (queue, ready_at, id);
CREATE TABLE IF NOT EXISTS parked (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    service TEXT NOT NULL,
    message_id TEXT NOT NULL,
    body BLOB NOT NULL,
    reason TEXT NOT NULL,
    error TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    parked_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS parked_service ON parked (service, message_id);
"""

_PARK = "INSERT INTO parked (service, message_id, body, reason, error, attempts, parked_at) VALUES (?,?,?,?,?,?,?)"
_REMOVE = "DELETE FROM message WHERE id = ? AND owner = ?"
_COLUMNS = "id, message_id, body, attempt, deaths"


class EmbeddedBus:
    """The bus of one process on the shared file."""

    def __init__(self, path: str, topology: Topology | None = None, *, lease: float = LEASE_SECONDS):
        self.path, self.lease = path, lease
        self.topology = topology or shape.build()
        self._alternates = {exchange.name: exchange.alternate for exchange in self.topology.exchanges}
        self._pauses = {queue.name: (queue.ttl_ms or 0) / 1000 for queue in self.topology.queues}
        self._limit = delivery_limit(self.topology)
        self._local = threading.local()
        self._declared = False

    # --- topology ---------------------------------------------------------------------------------------------

    def declare(self) -> None:
        """Create the tables and write the bindings; harmless when several services do it at once."""
        Path(self.path).parent.mkdir(parents=True, exist_ok=True)
        self._declared = True
        with self.writing() as db:
            for statement in _SCHEMA.split(";"):
                db.execute(statement)
            wanted = {(b.exchange, b.key, b.queue) for b in self.topology.bindings}
            present = set(db.execute("SELECT exchange, key, queue FROM binding"))
            db.executemany("INSERT OR IGNORE INTO binding VALUES (?,?,?)", wanted - present)

    # --- publishing -------------------------------------------------------------------------------------------

    def publish(self, messages: Sequence[Message]) -> list[Outcome]:
        """Put all into the queues bound to them, in one transaction."""
        outcomes, rows = [], []
        with self.writing() as db:
            routes: dict[tuple[str, str], list[str] | Outcome] = {}
            for message in messages:
                address = message.exchange, message.routing_key
                if address not in routes:
                    routes[address] = self._route(db, *address)
                found = routes[address]
                if isinstance(found, Outcome):
                    outcomes.append(found)
                    continue
                outcomes.append(Outcome.CONFIRMED)
                rows += [(queue, message.id, message.body) for queue in found]
            db.executemany("INSERT INTO message (queue, message_id, body) VALUES (?,?,?)", rows)
        return outcomes

    def _route(self, db: sqlite3.Connection, exchange: str, key: str) -> list[str] | Outcome:
        if exchange not in self._alternates:
            return Outcome.NACKED
        query = "SELECT queue FROM binding WHERE exchange = ? AND key = ?"
        queues = [queue for (queue,) in db.execute(query, (exchange, key))]
        if queues:
            return queues
        alternate = self._alternates[exchange]
        return [alternate] if alternate else Outcome.RETURNED

    # --- consuming --------------------------------------------------------------------------------------------

    def subscribe(self, service: str, prefetch: int = PREFETCH) -> "EmbeddedSubscription":
        """Consume the service's queue."""
        self.connection()
        return EmbeddedSubscription(self, service, prefetch)

    # --- parked -----------------------------------------------------------------------------------------------

    def parked(self, service: str, limit: int = 100) -> list[Parked]:
        """What was set aside, oldest first."""
        query = (
            "SELECT message_id, service, reason, error, attempts, parked_at, body FROM parked"
            " WHERE service = ? ORDER BY id LIMIT ?"
        )
        return [Parked(*row) for row in self.reading(query, (service, limit))]

    def replay(self, service: str, ids: Collection[str] | None = None) -> int:
        """Back into the service's queue, as if new."""
        with self.writing() as db:
            rows = self._chosen(db, service, ids)
            db.executemany(
                "INSERT INTO message (queue, message_id, body) SELECT ?, message_id, body FROM parked WHERE id = ?",
                [(shape.inbox(service), row) for row in rows],
            )
            db.executemany("DELETE FROM parked WHERE id = ?", [(row,) for row in rows])
        return len(rows)

    def drop(self, service: str, ids: Collection[str]) -> int:
        """Throw parked events away."""
        with self.writing() as db:
            rows = self._chosen(db, service, ids)
            db.executemany("DELETE FROM parked WHERE id = ?", [(row,) for row in rows])
        return len(rows)

    @staticmethod
    def _chosen(db: sqlite3.Connection, service: str, ids: Collection[str] | None) -> list[int]:
        found = db.execute("SELECT id, message_id FROM parked WHERE service = ? ORDER BY id", (service,))
        return [row for row, message_id in found if ids is None or message_id in ids]

    def depths(self, service: str) -> dict[str, int]:
        """How many wait in the service's queues; a pausing retry counts in `.in`."""
        counted = "SELECT count(*) FROM message WHERE queue = ?"
        return {
            shape.inbox(service): self.reading(counted, (shape.inbox(service),))[0][0],
            shape.parked(service): self.reading("SELECT count(*) FROM parked WHERE service = ?", (service,))[0][0],
        }

    # --- the relay's side -------------------------------------------------------------------------------------

    def ready(self) -> bool:
        """Whether the file can be read."""
        try:
            self.reading("SELECT 1")
        except BusDown:
            return False
        return True

    def sockets(self) -> list[int]:
        """None: a file needs no watching."""
        return []

    def tick(self) -> None:
        """Nothing to keep alive."""

    def close(self) -> None:
        """Close this thread's connection."""
        db = getattr(self._local, "db", None)
        if db is not None:
            self._local.db = None
            db.close()

    # --- the file ---------------------------------------------------------------------------------------------

    def connection(self) -> sqlite3.Connection:
        """This thread's connection, opened in this process; the first one declares the topology."""
        if not self._declared:
            self.declare()
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None or self._local.pid != os.getpid():
            db = self._local.db = self._connect()
            self._local.pid = os.getpid()
        return db

    def _connect(self) -> sqlite3.Connection:
        end = clock.monotonic() + 10
        while True:
            db = None
            try:
                db = sqlite3.connect(self.path, timeout=10, isolation_level=None)
                db.execute("PRAGMA journal_mode=WAL")  # fails at once, whatever the timeout, while others do the same
                db.execute("PRAGMA synchronous=NORMAL")
                return db
            except sqlite3.Error as error:
                if db is not None:
                    db.close()
                if "locked" not in str(error) or clock.monotonic() > end:
                    raise BusDown(f"{self.path}: {error}") from error
                time.sleep(0.02)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One write transaction; every SQLite trouble is BusDown."""
        try:
            db = self.connection()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
        except sqlite3.Error as error:
            self.close()
            raise BusDown(f"{self.path}: {error}") from error

    def reading(self, query: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
        """All rows of a query."""
        try:
            return self.connection().execute(query, parameters).fetchall()
        except sqlite3.Error as error:
            self.close()
            raise BusDown(f"{self.path}: {error}") from error


class EmbeddedSubscription:
    """One worker's hold on a queue: leases under an own name, renewed by a small thread while events are in hand."""

    def __init__(self, bus: EmbeddedBus, service: str, prefetch: int):
        self.bus, self.service, self.queue, self.prefetch = bus, service, shape.inbox(service), prefetch
        self.owner = f"{os.getpid()}-{uuid4().hex}"
        self._in_hand = False
        self._closed = threading.Event()
        self._woken = threading.Event()
        self._renewer = threading.Thread(target=self._renew, name=f"{service}-leases", daemon=True)
        self._renewer.start()

    @property
    def active(self) -> bool:
        """Whether this subscription still takes."""
        return not self._closed.is_set()

    def take(self, limit: int, timeout: float) -> list[Delivery]:
        """Lease what is ready; while idle, look at the file's change counter every 5 to 50 ms."""
        end = clock.monotonic() + timeout
        pause, longest = IDLE_SECONDS
        seen, due = None, 0.0
        while not self._closed.is_set():
            version = self.bus.reading("PRAGMA data_version")[0][0]
            now = clock.wall().timestamp()
            if version != seen or due <= now:
                taken = self._lease(min(limit, self.prefetch), now)
                if taken:
                    return taken
                if version != seen:
                    pause = IDLE_SECONDS[0]
                seen, due = version, self._next_due()
            if self._woken.is_set() or clock.monotonic() >= end:
                break
            self._woken.wait(pause)
            pause = min(longest, pause * 1.3)
        self._woken.clear()
        return []

    def _next_due(self) -> float:
        query = "SELECT min(ready_at) FROM message WHERE queue = ? AND ready_at > 0"
        found = self.bus.reading(query, (self.queue,))[0][0]
        return float("inf") if found is None else found

    def _lease(self, limit: int, now: float) -> list[Delivery]:
        if not self.bus.reading("SELECT 1 FROM message WHERE queue = ? AND ready_at <= ? LIMIT 1", (self.queue, now)):
            return []
        with self.bus.writing() as db:
            rows = self._abandoned(db, now) or self._waiting(db, limit, now)
            lease = "UPDATE message SET ready_at = ?, owner = ?, deaths = ? WHERE id = ?"
            db.executemany(lease, [(now + self.bus.lease, self.owner, row[4], row[0]) for row in rows])
        self._in_hand = bool(rows)
        return [Delivery(message_id, body, attempt, deaths, tag) for tag, message_id, body, attempt, deaths in rows]

    def _abandoned(self, db: sqlite3.Connection, now: float) -> list[tuple[Any, ...]]:
        """The oldest event whose owner died; it comes alone, and goes to the parked ones after too many deaths."""
        query = (
            f"SELECT {_COLUMNS} FROM message WHERE queue = ? AND ready_at > 0 AND ready_at <= ?"
            " AND owner IS NOT NULL ORDER BY id LIMIT 1"
        )
        while row := db.execute(query, (self.queue, now)).fetchone():
            tag, message_id, body, attempt, deaths = row
            if deaths < self.bus._limit:
                return [(tag, message_id, body, attempt, deaths + 1)]
            error = f"the process died {deaths + 1} times with this event in hand"
            stamp = clock.wall().isoformat()
            db.execute(_PARK, (self.service, message_id, body, "delivery_limit", error, attempt, stamp))
            db.execute("DELETE FROM message WHERE id = ?", (tag,))
        return []

    def _waiting(self, db: sqlite3.Connection, limit: int, now: float) -> list[tuple[Any, ...]]:
        paused = db.execute(
            f"SELECT {_COLUMNS} FROM message WHERE queue = ? AND ready_at > 0 AND ready_at <= ?"
            " AND owner IS NULL ORDER BY ready_at, id LIMIT ?",
            (self.queue, now, max(1, limit // 2)),
        ).fetchall()
        fresh = db.execute(
            f"SELECT {_COLUMNS} FROM message WHERE queue = ? AND ready_at = 0 ORDER BY id LIMIT ?",
            (self.queue, limit - len(paused)),
        ).fetchall()
        return paused + fresh

    def holds(self, deliveries: Sequence[Delivery]) -> bool:
        """Whether all of them are still leased to us."""
        marks = ",".join("?" * len(deliveries))
        query = f"SELECT count(*) FROM message WHERE owner = ? AND id IN ({marks})"
        tags = tuple(delivery.tag for delivery in deliveries)
        return self.active and self.bus.reading(query, (self.owner, *tags))[0][0] == len(deliveries)

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Remove them, as far as they are still ours."""
        with self.bus.writing() as db:
            db.executemany(_REMOVE, [(delivery.tag, self.owner) for delivery in deliveries])
        self._in_hand = False

    def retry(self, delivery: Delivery, queue: str, error: str) -> None:
        """A copy with a later ready time."""
        ready_at = clock.wall().timestamp() + self.bus._pauses[queue]
        with self.bus.writing() as db:
            db.execute(
                "INSERT INTO message (queue, ready_at, message_id, body, attempt, error) VALUES (?,?,?,?,?,?)",
                (self.queue, ready_at, delivery.id, delivery.body, delivery.attempt + 1, error),
            )

    def park(self, delivery: Delivery, reason: str, error: str) -> None:
        """A copy among the parked ones."""
        name, stamp = name_of(delivery.id, delivery.body), clock.wall().isoformat()
        with self.bus.writing() as db:
            db.execute(_PARK, (self.service, name, delivery.body, reason, error, delivery.attempt, stamp))

    def wake(self) -> None:
        """Make a waiting `take` return."""
        self._woken.set()

    def close(self) -> None:
        """Give the leases back at once; their events are not held against anybody."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._woken.set()
        self._renewer.join(self.bus.lease)
        with self.bus.writing() as db:
            db.execute(
                "UPDATE message SET ready_at = 0, owner = NULL WHERE queue = ? AND ready_at > 0 AND owner = ?",
                (self.queue, self.owner),
            )

    def _renew(self) -> None:
        while not self._closed.wait(self.bus.lease / 3):
            if not self._in_hand:
                continue
            try:
                with self.bus.writing() as db:
                    db.execute(
                        "UPDATE message SET ready_at = ? WHERE queue = ? AND ready_at > 0 AND owner = ?",
                        (clock.wall().timestamp() + self.bus.lease, self.queue, self.owner),
                    )
            except BusDown:
                continue  # the next turn tries again; a lease that runs out only means a second delivery
        self.bus.close()


def delivery_limit(topology: Topology) -> int:
    """How often an event may take its process with it, from the topology's policies."""
    limits = [value for policy in topology.policies for name, value in policy.definition if name == "delivery-limit"]
    return int(limits[0]) if limits else shape.DELIVERY_LIMIT
