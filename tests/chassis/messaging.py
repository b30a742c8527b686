"""A small hall for the messaging tests: one producing and one consuming service, real parts, short pauses.

`python -m tests.chassis.messaging relay|consume JSON` runs one of its loops as a process of its own.
"""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from peewee import BigIntegerField, TextField

from chassis import migrate, outbox
from chassis.bus import Bus, BusDown, Delivery, Message, Outcome
from chassis.bus.embedded import EmbeddedBus
from chassis.bus.rabbitmq import RabbitBus
from chassis.clock import now
from chassis.consumer import Consumer, Handlers
from chassis.db import Database
from chassis.ids import new_id
from chassis.relay import Relay
from contracts import envelope, registry, topology
from contracts.envelope import EventType
from contracts.fields import Text

ROOT = Path(__file__).resolve().parents[2]
SERVICE = "credit"
PAUSES = {"5s": 150, "30s": 250, "5m": 350}  # milliseconds instead


class Noted(EventType):
    """Something was noted."""

    text = Text("What.")


class Unwanted(EventType):
    """Nobody is bound to it."""

    text = Text("What.")


class Ordered(EventType):
    """A command."""

    text = Text("What.")


def _declare(cls: type[EventType], name: str, channel: str, consumers: tuple[str, ...]) -> None:
    registry._register(cls, name, "filing", channel, consumers, (), True, 1)
    registry._types.pop(name)  # only while a test uses it: the contracts themselves are tested as a whole


_declare(Noted, "filing.test.noted", "events", (SERVICE,))
_declare(Unwanted, "filing.test.unwanted", "events", ())
_declare(Ordered, "credit.test.ordered", "commands", (SERVICE,))
TYPES = {cls.type: cls for cls in (Noted, Unwanted, Ordered)}


@contextmanager
def types_known() -> Iterator[None]:
    """The test types are part of the contracts."""
    added = TYPES.keys() - registry._types.keys()
    registry._types.update(TYPES)
    try:
        yield
    finally:
        for name in added:
            registry._types.pop(name, None)


def shape() -> topology.Topology:
    """The topology of the one consuming service, with short pauses."""
    with types_known():
        built = topology.build((SERVICE,))
    queues = tuple(
        replace(queue, ttl_ms=PAUSES[queue.name.rpartition(".")[2]]) if queue.ttl_ms else queue
        for queue in built.queues
    )
    return replace(built, queues=queues)


def open_bus(where: str, *, lease: float = 1.0) -> Bus:
    """A bus object of its own on this file or virtual host."""
    if where.startswith("amqp"):
        return RabbitBus(where, shape())
    return EmbeddedBus(where, shape(), lease=lease)


def prepared(name: str, url: str) -> Database:
    """A service's database with the chassis tables and a table of notes."""
    database = Database(name)
    database.connect(url)
    migrate.migrate(database, [ROOT / "chassis" / "migrations"])
    with database.transaction():
        database.proxy.execute_sql(
            "CREATE TABLE IF NOT EXISTS note (id TEXT PRIMARY KEY, created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ,"
            " version INTEGER, event_id TEXT NOT NULL, subject TEXT, sequence BIGINT, text TEXT)"
        )
    return database


def notes_of(database: Database) -> Any:
    """The table of notes: deliberately without a unique index, so that a second effect would show."""

    class Note(database.Model):  # type: ignore[name-defined]
        event_id = TextField()
        subject = TextField()
        sequence = BigIntegerField()
        text = TextField()

        class Meta:
            table_name = "note"

    return Note


def body(text: str, *, subject: str = "s1", sequence: int = 1, id: str | None = None, **changes: Any) -> bytes:
    """An envelope as it travels; `changes` overwrite its members (None removes one)."""
    sealed = envelope.seal(
        Noted, subject, {"text": text}, id=id or new_id(), time=now(), sequence=sequence, source="/filing"
    )
    sealed |= changes
    return envelope.dumps({key: value for key, value in sealed.items() if value is not None})


def message(raw: bytes, key: str = Noted.type) -> Message:
    """What the relay would send."""
    with suppress(ValueError):
        return Message(json.loads(raw)["id"], topology.EVENTS, key, raw)
    return Message(new_id(), topology.EVENTS, key, raw)


@dataclass
class Hall:
    """One database that both produces and consumes, and the place of the bus."""

    database: Database
    where: str
    handlers: Handlers

    def __post_init__(self) -> None:
        self.Note = notes_of(self.database)
        self._running: list[tuple[Any, threading.Thread]] = []

    def bus(self) -> Bus:
        return open_bus(self.where)

    def emit(self, *texts: str, subject: str = "s1", event_type: type[EventType] = Noted) -> list[str]:
        with self.database.transaction():
            return [outbox.emit(event_type, subject, {"text": text}) for text in texts]

    def send(self, *bodies: bytes, key: str = Noted.type) -> None:
        """Straight onto the bus, as a stranger or another release might."""
        bus = self.bus()
        assert set(bus.publish([message(raw, key) for raw in bodies])) == {Outcome.CONFIRMED}
        bus.close()

    def note(self, event: Any) -> None:
        self.Note.create(event_id=event.id, subject=event.subject, sequence=event.sequence, text=event.text)

    def texts(self) -> list[str]:
        return [row.text for row in self.Note.select().order_by(self.Note.created_at)]

    def start(self, *loops: Any) -> Any:
        for loop in loops:
            thread = threading.Thread(target=loop.run, daemon=True)
            thread.start()
            self._running.append((loop, thread))
        return loops[0]

    def relay(self, **options: Any) -> Relay:
        return self.start(Relay(self.database, self.bus(), **options))

    def consumer(self, handlers: Handlers | None = None, **options: Any) -> Consumer:
        return self.start(Consumer(self.database, self.bus(), handlers or self.handlers, SERVICE, **options))

    def stop(self) -> None:
        for loop, _ in self._running:
            loop.stop()
        for loop, thread in self._running:
            thread.join(20)
            assert not thread.is_alive(), f"{loop.name} does not stop"
        self._running.clear()


class ScriptedBus:
    """A bus whose answers a test decides; it keeps what it was given."""

    def __init__(self, answer: Callable[[Message], Outcome] = lambda message: Outcome.CONFIRMED):
        self.answer, self.down = answer, False
        self.given: list[Message] = []

    def publish(self, messages: Sequence[Message]) -> list[Outcome]:
        if self.down:
            raise BusDown("told to be down")
        self.given += messages
        return [self.answer(message) for message in messages]

    def ready(self) -> bool:
        return not self.down

    def sockets(self) -> list[int]:
        return []

    def tick(self) -> None:
        if self.down:
            raise BusDown("told to be down")

    def close(self) -> None:
        """Nothing to close."""

    @property
    def sent(self) -> list[tuple[str, int]]:
        """Subject and sequence of all that was given, in order."""
        events = [json.loads(message.body) for message in self.given]
        return [(event["subject"], event["sequence"]) for event in events]


def taken(subscription: Any, number: int, timeout: float = 15.0, *, settle: bool = False) -> list[Delivery]:
    """Take until there are so many; settled at once, or not at all."""
    found: list[Delivery] = []
    end = time.monotonic() + timeout
    while len(found) < number and time.monotonic() < end:
        deliveries = subscription.take(50, 0.2)
        if deliveries and settle:
            subscription.settle(deliveries)
        found += deliveries
    assert len(found) == number, f"{len(found)} of {number} came"
    return found


def process(role: str, **options: Any) -> list[str]:
    """The command line of a loop in a process of its own."""
    return [sys.executable, "-m", "tests.chassis.messaging", role, json.dumps(options)]


def _run(role: str, database_url: str, where: str, pause: float = 0.0) -> None:
    """Notes every event; `die` kills the process in the middle of the handler."""
    registry._types.update(TYPES)
    database = Database("filing")
    database.connect(database_url)
    note = notes_of(database)

    def handle(event: Any) -> None:
        note.create(event_id=event.id, subject=event.subject, sequence=event.sequence, text=event.text)
        if event.text == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(pause)

    handlers = Handlers(single={Noted.type: [handle]})
    bus = open_bus(where)
    loop = Relay(database, bus) if role == "relay" else Consumer(database, bus, handlers, SERVICE)
    signal.signal(signal.SIGTERM, lambda *_: loop.stop())
    loop.run()


if __name__ == "__main__":
    _run(sys.argv[1], **json.loads(sys.argv[2]))
