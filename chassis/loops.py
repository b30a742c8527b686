"""Background loops of a worker process: relay, consumer, sweeper of deadlines and purges, and a service's own loops."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from chassis import auth, clock, deadlines, idempotency, outbox
from chassis.db import Database, is_connection_loss
from chassis.observability import log

SWEEP_SECONDS = 1.0
PURGE_SECONDS = 600.0


class Loop(Protocol):
    """What every background loop offers."""

    name: str
    last_tick: float

    def run(self) -> None:
        """Work until stopped."""

    def stop(self) -> None:
        """Finish the batch in hand and return from `run`."""


@dataclass
class Repeated:
    """Calls `work` again and again; it returns how much it did, and nothing done means a pause."""

    name: str
    database: Database
    work: Callable[[], int]
    pause: float = SWEEP_SECONDS
    last_tick: float = field(default_factory=clock.monotonic)
    _stopping: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Work until stopped; a lost database or a fault is logged and waited out, never fatal."""
        self.database.activate()
        auth.act_as(auth.Actor(f"service:{self.database.name}", "service"))
        failures = 0
        while not self._stopping.is_set():
            self.last_tick = clock.monotonic()
            try:
                done = self.work()
                failures = 0
            except Exception as error:
                failures, done = failures + 1, 0
                log.warning("loop_failed", loop=self.name, error=repr(error), database=is_connection_loss(error))
            if not done:
                self._give_back()  # a service may have more loops than connections
                wait = min(30.0, self.pause * 2**failures) * random.uniform(0.8, 1.2) if failures else self.pause
                self._stopping.wait(wait)
        self._give_back()

    def stop(self) -> None:
        """Return from `run` after the work in hand."""
        self._stopping.set()

    def _give_back(self) -> None:
        try:
            self.database.release()
        except Exception as error:  # a dead connection may fail to close; the pool drops it
            log.debug("release_failed", error=repr(error))


def sweeper(database: Database, due_work: dict[str, Callable[..., object]]) -> Repeated:
    """Fires due deadlines of this service."""
    return Repeated("tick", database, lambda: deadlines.run_due(database, due_work))


def purger(database: Database) -> Repeated:
    """Removes old outbox, inbox and idempotency rows, slice by slice."""
    return Repeated(
        "purge", database, lambda: outbox.purge(database) + idempotency.purge(database), pause=PURGE_SECONDS
    )


class Crew:
    """The loops of one worker process, each in its own thread."""

    def __init__(self, loops: list[Loop]):
        self.loops = loops
        self._threads = [threading.Thread(target=loop.run, name=loop.name, daemon=True) for loop in loops]

    def start(self) -> None:
        """Start all threads."""
        for thread in self._threads:
            thread.start()

    def stop(self, grace: float = 20.0) -> None:
        """Ask all loops to stop and wait at most `grace` seconds in all."""
        for loop in self.loops:
            loop.stop()
        end = clock.monotonic() + grace
        for thread in self._threads:
            thread.join(max(0.0, end - clock.monotonic()))

    def stuck(self, seconds: float = 60.0) -> list[str]:
        """Names of loops that died or have not ticked for that long."""
        now = clock.monotonic()
        return [
            loop.name
            for loop, thread in zip(self.loops, self._threads, strict=True)
            if not thread.is_alive() or now - loop.last_tick > seconds + 2 * getattr(loop, "pause", 0.0)
        ]
