"""Exchanges, queues and bindings as data; each bus declares them in its own way before anybody publishes.

An event type goes to ``<service>.in`` of every consumer it names. A type that nobody here consumes lands in
``zwfw.unrouted`` instead of being lost.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from contracts.registry import SERVICES, all_types

EVENTS = "zwfw.events"
COMMANDS = "zwfw.commands"
UNROUTED = "zwfw.unrouted"

RETRY_TIERS: tuple[tuple[str, int], ...] = (("5s", 5_000), ("30s", 30_000), ("5m", 300_000))
MAX_ATTEMPTS = 8
DELIVERY_LIMIT = 10


@dataclass(frozen=True, slots=True)
class Exchange:
    """``kind`` is topic, direct or fanout; ``alternate`` takes what finds no queue."""

    name: str
    kind: str
    alternate: str | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable quorum queue; ``dead_letter_to`` names the queue where expired or given-up messages go."""

    name: str
    ttl_ms: int | None = None
    dead_letter_to: str | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """Messages of ``exchange`` with this key go to ``queue``."""

    exchange: str
    key: str
    queue: str


@dataclass(frozen=True, slots=True)
class Policy:
    """A limit that operators may change without declaring a queue again; ``pattern`` matches queue names."""

    name: str
    pattern: str
    definition: tuple[tuple[str, int | str], ...]


@dataclass(frozen=True, slots=True)
class Topology:
    """Everything that has to exist before the first message."""

    exchanges: tuple[Exchange, ...]
    queues: tuple[Queue, ...]
    bindings: tuple[Binding, ...]
    policies: tuple[Policy, ...]

    def queues_of(self, service: str) -> tuple[Queue, ...]:
        """The queues of one service."""
        return tuple(queue for queue in self.queues if queue.name.startswith(f"{service}."))

    def routes(self, exchange: str, key: str) -> tuple[str, ...]:
        """The queues a message goes to; empty means it goes to the alternate exchange."""
        return _routes(self).get((exchange, key), ())


def inbox(service: str) -> str:
    """Name of the queue a service reads."""
    return f"{service}.in"


def parked(service: str) -> str:
    """Name of the queue that keeps what a service could not handle."""
    return f"{service}.parked"


def retry(service: str, attempt: int) -> str:
    """Name of the queue in which a message waits after its n-th failed attempt."""
    tier = RETRY_TIERS[min(max((attempt + 1) // 2, 1), len(RETRY_TIERS)) - 1][0]
    return f"{service}.retry.{tier}"


def exchange_of(type_: str) -> str:
    """The exchange on which a type is published."""
    declared = all_types().get(type_)
    return COMMANDS if declared is not None and declared.channel == "commands" else EVENTS


def bindings_of(service: str) -> tuple[Binding, ...]:
    """What a service gets: its events, and the commands it carries out."""
    return tuple(
        Binding(exchange_of(name), name, inbox(service))
        for name, declared in all_types().items()
        if declared.published and service in declared.consumers
    )


def build(services: Iterable[str] = SERVICES) -> Topology:
    """The topology of these services; all eight unless told otherwise."""
    queues = [Queue(UNROUTED)]
    bindings = [Binding(UNROUTED, "", UNROUTED)]
    for service in services:
        queues.append(Queue(inbox(service), dead_letter_to=parked(service)))
        queues.extend(
            Queue(f"{service}.retry.{tier}", ttl_ms=ttl, dead_letter_to=inbox(service)) for tier, ttl in RETRY_TIERS
        )
        queues.append(Queue(parked(service)))
        bindings.extend(bindings_of(service))
    return Topology(
        exchanges=(
            Exchange(UNROUTED, "fanout"),
            Exchange(EVENTS, "topic", alternate=UNROUTED),
            Exchange(COMMANDS, "direct", alternate=UNROUTED),
        ),
        queues=tuple(queues),
        bindings=tuple(bindings),
        policies=(Policy("zwfw-in", r"^[a-z]+\.in$", (("delivery-limit", DELIVERY_LIMIT),)),),
    )


@cache
def _routes(topology: Topology) -> dict[tuple[str, str], tuple[str, ...]]:
    routes: dict[tuple[str, str], tuple[str, ...]] = {}
    for binding in topology.bindings:
        routes[binding.exchange, binding.key] = (*routes.get((binding.exchange, binding.key), ()), binding.queue)
    return routes
