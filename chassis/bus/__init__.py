"""The bus between the services: one small interface, two implementations (`rabbitmq`, `embedded`), one topology.

The relay publishes, the consumer subscribes, `parking` looks after what was set aside. Nothing else touches the bus.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from contracts.topology import Topology

PREFETCH = 400  # events in hand that are not acknowledged yet


class BusDown(Exception):
    """The bus does not answer or takes nothing now; trying again later is right."""


class Outcome(Enum):
    """What became of one published message."""

    CONFIRMED = "confirmed"
    NACKED = "nacked"  # the broker refused it, for example because a queue is full
    RETURNED = "returned"  # no queue wants it
    UNKNOWN = "unknown"  # no answer; it may or may not have arrived


@dataclass(slots=True, frozen=True)
class Message:
    """What the relay sends."""

    id: str
    exchange: str
    routing_key: str
    body: bytes
    traceparent: str | None = None


@dataclass(slots=True)
class Delivery:
    """What a subscription hands out. `attempt` counts handled failures, `deaths` deliveries that were never settled."""

    id: str
    body: bytes
    attempt: int
    deaths: int
    tag: int


@dataclass(slots=True, frozen=True)
class Parked:
    """An event that was set aside, with the reason."""

    id: str
    service: str
    reason: str
    error: str
    attempts: int
    parked_at: str | None
    body: bytes


class Subscription(Protocol):
    """The queue of one consuming service, in the hands of one worker thread."""

    @property
    def active(self) -> bool:
        """Whether the bus delivers to us now."""

    def take(self, limit: int, timeout: float) -> list[Delivery]:
        """What already waits, at most `limit`; waits for the first one. BusDown when the connection is gone.

        A delivery whose earlier ones ended in a dead process comes alone, so that a poisonous event harms no other.
        """

    def holds(self, deliveries: Sequence[Delivery]) -> bool:
        """Whether these deliveries are still ours to settle."""

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        """These and everything taken before them are done. Nothing happens when the connection has changed since."""

    def retry(self, delivery: Delivery, queue: str, error: str) -> None:
        """Keep a copy in this retry queue: it comes back with attempt + 1. Settle the delivery afterwards."""

    def park(self, delivery: Delivery, reason: str, error: str) -> None:
        """Set a copy aside with the reason; settle the delivery afterwards."""

    def wake(self) -> None:
        """Make a waiting `take` return at once (any thread)."""

    def close(self) -> None:
        """Take no more; what is not settled will be delivered again."""


class Publisher(Protocol):
    """The relay's side of a bus."""

    def publish(self, messages: Sequence[Message]) -> list[Outcome]:
        """Send all and wait for the answers; BusDown when nothing can be sent now. One thread at a time."""

    def ready(self) -> bool:
        """Whether the publishing side is connected and not blocked."""

    def sockets(self) -> list[int]:
        """What the relay should select on beside its own wake-up."""

    def tick(self) -> None:
        """Keep the publishing connection alive; BusDown when it is gone."""

    def close(self) -> None:
        """Close the publishing side."""


class Bus(Publisher, Protocol):
    """What both implementations offer."""

    def declare(self) -> None:
        """Create exchanges, queues and bindings of the topology; repeatable, by several services at once."""

    def subscribe(self, service: str, prefetch: int = PREFETCH) -> Subscription:
        """Consume the service's queue."""

    def parked(self, service: str, limit: int = 100) -> list[Parked]:
        """What was set aside, oldest first."""

    def replay(self, service: str, ids: Collection[str] | None = None) -> int:
        """Send parked events (all when None) to the service's queue again, as if new; returns how many."""

    def drop(self, service: str, ids: Collection[str]) -> int:
        """Throw parked events away; returns how many."""

    def depths(self, service: str) -> dict[str, int]:
        """How many wait in the service's queues, by queue name."""


def connect(url: str, topology: Topology | None = None) -> Bus:
    """The bus of this URL (`embedded:///path/bus.db` or `amqp://…`); connects lazily, in the process that uses it."""
    if url.startswith("embedded:///"):
        from chassis.bus.embedded import EmbeddedBus

        return EmbeddedBus(url.removeprefix("embedded:///"), topology)
    from chassis.bus.rabbitmq import RabbitBus

    return RabbitBus(url, topology)


def name_of(message_id: str | None, body: bytes) -> str:
    """How a parked message is called: its id, or a fingerprint of what a stranger sent without one."""
    return message_id or "sha256-" + hashlib.sha256(body).hexdigest()[:32]
