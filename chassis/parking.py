"""Events that were set aside: a handler failed eight times, killed its process, or the event can never be read.

Nothing here is lost: an operator lists and shows them with the reason, and replays or drops them.
"""

import json
from collections.abc import Collection
from typing import Any

from chassis.bus import Bus, Parked
from chassis.errors import Refusal
from contracts import topology


def listed(bus: Bus, service: str, limit: int = 100) -> list[dict[str, Any]]:
    """The parked events of a service, oldest first, without their data."""
    return [_summary(parked) for parked in bus.parked(service, limit)]


def show(bus: Bus, service: str, event_id: str) -> dict[str, Any]:
    """One parked event with its envelope; the problem "not found" when it is not there."""
    for parked in bus.parked(service, limit=1_000_000):
        if parked.id == event_id:
            return _summary(parked) | {"envelope": _envelope(parked), "body": parked.body.decode(errors="replace")}
    raise Refusal(
        "parked.not-found",
        status=404,
        zh="没有这条搁置的消息。",
        en="No such event is parked.",
        next_zh="请用 parked list 查看编号。",
        next_en="Look up the id with `parked list`.",
    )


def replay(bus: Bus, service: str, event_ids: Collection[str] | None = None) -> int:
    """Send parked events (all when None) to the service again, as if new; returns how many."""
    return bus.replay(service, None if event_ids is None else set(event_ids))


def drop(bus: Bus, service: str, event_ids: Collection[str]) -> int:
    """Throw parked events away for good; returns how many."""
    return bus.drop(service, set(event_ids))


def stats(bus: Bus, service: str) -> dict[str, int]:
    """How many events wait, pause and are parked."""
    depths = bus.depths(service)
    parked, waiting = topology.parked(service), topology.inbox(service)
    return {
        "parked": depths.get(parked, 0),
        "waiting": depths.get(waiting, 0),
        "retrying": sum(count for name, count in depths.items() if name not in (parked, waiting)),
    }


def _summary(parked: Parked) -> dict[str, Any]:
    envelope = _envelope(parked) or {}
    return {
        "id": parked.id,
        "type": envelope.get("type"),
        "subject": envelope.get("subject"),
        "correlation": envelope.get("correlationid"),
        "reason": parked.reason,
        "error": parked.error,
        "attempts": parked.attempts,
        "parked_at": parked.parked_at,
    }


def _envelope(parked: Parked) -> dict[str, Any] | None:
    try:
        found = json.loads(parked.body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
