"""The consumer: takes what waits, at most 100 together, handles it in one transaction, acknowledges once.

A handler that raises is undone and tried again after growing pauses, then its event is parked; the others of its batch
go through. A lost database is nobody's fault: the batch is kept in hand, and nothing is counted against its events.
"""

import random
import threading
from collections.abc import Sequence
from typing import Any

import structlog

from chassis import auth, clock, inbox
from chassis.bus import Bus, BusDown, Delivery, Subscription
from chassis.db import Database, is_connection_loss
from chassis.inbox import Handlers
from contracts import envelope, topology
from contracts.envelope import BrokenEnvelope, Event, TooNew

__all__ = ["Consumer", "Handlers", "deliver"]

BATCH = 100
IDLE_SECONDS = 1.0
LONGEST_BACK_OFF = 30.0
HOLD_SECONDS = 600.0  # well under the broker's 30 minutes, after which it would take the batch for abandoned
STUMBLES = 3  # deadlocks, lock time-outs and cuts of one event, before they count as a failed attempt

log = structlog.get_logger("chassis.consumer")


class _Abandoned(Exception):
    """The batch is given up un-acknowledged: it will be delivered again."""


class Consumer:
    """Handles one service's queue until stopped."""

    name = "consumer"

    def __init__(self, database: Database, bus: Bus, handlers: Handlers, consumer: str, *, batch: int = BATCH):
        self.database, self.bus, self.handlers, self.consumer, self.batch = database, bus, handlers, consumer, batch
        self.last_tick = clock.monotonic()
        self.hold_seconds = HOLD_SECONDS
        self._stopping = threading.Event()
        self._subscription: Subscription | None = None
        self._counts = dict.fromkeys(
            ("handled", "duplicates", "ignored", "retried", "parked", "batches", "replayed_singly", "failures"), 0
        )

    @property
    def active(self) -> bool:
        """Whether the bus delivers to us now (readiness)."""
        return self._subscription is not None and self._subscription.active

    def stats(self) -> dict[str, int]:
        """Counters since the start; `failures` counts lost buses and databases."""
        return self._counts | {"active": int(self.active)}

    def run(self) -> None:
        """Handle until stopped; a lost bus or database is waited out for ever, with growing pauses."""
        self.database.activate()
        auth.act_as(auth.Actor(f"service:{self.consumer}", "service"))
        failures = 0
        while not self._stopping.is_set():
            self.last_tick = clock.monotonic()
            try:
                if self._subscription is None:
                    self.database.ping()  # who cannot handle takes nothing
                    self._subscription = self.bus.subscribe(self.consumer)
                deliveries = self._subscription.take(self.batch, IDLE_SECONDS)
                if self._subscription.active:
                    failures = 0
                if deliveries:
                    self._work(self._subscription, deliveries)
            except Exception as error:
                failures += 1
                self._counts["failures"] += 1
                self._leave()
                self.database.discard()
                if not self._stopping.is_set():
                    log.warning("consumer_waits", failures=failures, error=repr(error))
                    self._back_off(failures)
        self._leave()
        self.database.discard()

    def stop(self) -> None:
        """Finish the batch in hand and return from `run`; the rest stays un-acknowledged."""
        self._stopping.set()
        subscription = self._subscription
        if subscription is not None:
            subscription.wake()

    def _leave(self) -> None:
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            try:
                subscription.close()
            except BusDown as error:
                log.info("subscription_lost", error=repr(error))

    def _back_off(self, failures: int) -> None:
        pause = min(LONGEST_BACK_OFF, 0.5 * 2 ** min(failures - 1, 6))
        self._stopping.wait(pause * random.uniform(0.7, 1.3))

    # --- one batch --------------------------------------------------------------------------------------------

    def _work(self, subscription: Subscription, deliveries: list[Delivery]) -> None:
        self._counts["batches"] += 1
        good: list[tuple[Delivery, Event]] = []
        for delivery in deliveries:
            try:
                good.append((delivery, _opened(delivery, self.handlers)))
            except BrokenEnvelope as error:
                reason = "too_new" if isinstance(error, TooNew) else "broken_envelope"
                self._park(subscription, delivery, reason, str(error))
        if good:
            failure = self._attempt(subscription, deliveries, [event for _, event in good])
            if failure is not None and len(good) == 1:
                self._failed(subscription, *good[0], failure)
            elif failure is not None:
                self._counts["replayed_singly"] += 1
                for delivery, event in good:
                    failure = self._attempt(subscription, deliveries, [event])
                    if failure is not None:
                        self._failed(subscription, delivery, event, failure)
        subscription.settle(deliveries)

    def _attempt(
        self, subscription: Subscription, deliveries: Sequence[Delivery], events: Sequence[Event]
    ) -> Exception | None:
        """None when the events are handled, else what a handler raised. Waits as long as the database is away."""
        stumbles = 0
        while True:
            try:
                taken = inbox.take(self.database, self.handlers, self.consumer, events)
            except Exception as error:
                if not is_connection_loss(error):
                    return error
                if not self._database_answers():
                    self._await_database(subscription, deliveries, error)
                    continue
                stumbles += 1
                if len(events) > 1 or stumbles >= STUMBLES:
                    return error
                self._stopping.wait(random.uniform(0.01, 0.1))
            else:
                self._counts["handled"] += taken.handled
                self._counts["ignored"] += taken.ignored
                self._counts["duplicates"] += taken.duplicates
                return None

    def _failed(self, subscription: Subscription, delivery: Delivery, event: Event, error: Exception) -> None:
        """After the last attempt parked, else put into the retry queue."""
        said = f"{type(error).__name__}: {error}"
        if delivery.attempt >= topology.MAX_ATTEMPTS:
            self._park(subscription, delivery, "handler_failed", said)
            return
        queue = topology.retry(self.consumer, delivery.attempt)
        log.warning(
            "event_retried", event_id=event.id, type=event.type, attempt=delivery.attempt, queue=queue, exc_info=error
        )
        subscription.retry(delivery, queue, said)
        self._counts["retried"] += 1

    def _park(self, subscription: Subscription, delivery: Delivery, reason: str, said: str) -> None:
        log.error("event_parked", event_id=delivery.id, reason=reason, error=said)
        subscription.park(delivery, reason, said)
        self._counts["parked"] += 1

    # --- a lost database --------------------------------------------------------------------------------------

    def _database_answers(self) -> bool:
        self.database.discard()
        try:
            self.database.ping()
        except Exception:
            return False
        return True

    def _await_database(self, subscription: Subscription, deliveries: Sequence[Delivery], error: Exception) -> None:
        """Keep the batch in hand until the database is back; give it up when it is no longer ours, or after long."""
        log.warning("database_lost", error=repr(error))
        self._counts["failures"] += 1
        end, failures = clock.monotonic() + self.hold_seconds, 0
        while not self._database_answers():
            self.last_tick = clock.monotonic()
            failures += 1
            self._back_off(failures)
            if self._stopping.is_set() or clock.monotonic() > end or not subscription.holds(deliveries):
                raise _Abandoned("the database is away") from error


def deliver(database: Database, handlers: Handlers, consumer: str, events: Sequence[Event | bytes]) -> inbox.Taken:
    """Run events through the inbox at once, without a bus (fast tests); what a handler raises comes out."""
    opened = [envelope.read(event) if isinstance(event, bytes | str) else event for event in events]
    for event in opened:
        if event.type in handlers:
            event.load()
    return inbox.take(database, handlers, consumer, opened)


def _opened(delivery: Delivery, handlers: Handlers) -> Any:
    event = envelope.read(delivery.body, delivery.attempt)
    if event.type in handlers:
        event.load()
    return event
