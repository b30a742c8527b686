"""The inbox: one effect per consumer and event id, whatever is delivered twice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from chassis import clock, context
from chassis.db import Database
from contracts.envelope import Event


@dataclass
class Handlers:
    """What a service does with what it receives, by event type name."""

    single: dict[str, list[Callable[[Any], Any]]] = field(default_factory=dict)
    batch: dict[str, list[Callable[[Any], Any]]] = field(default_factory=dict)

    def __contains__(self, type_: str) -> bool:
        return type_ in self.single or type_ in self.batch


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch."""

    handled: int
    ignored: int
    duplicates: int


_ADMIT_POSTGRESQL = (
    "INSERT INTO chassis_inbox (consumer, event_id, received_at, ignored)"
    " SELECT %s, event_id, %s, ignored FROM unnest(%s::text[], %s::boolean[]) AS arrived (event_id, ignored)"
    " ON CONFLICT DO NOTHING RETURNING event_id"
)
_ADMIT_SQLITE = (
    "INSERT INTO chassis_inbox (consumer, event_id, received_at, ignored) VALUES {rows}"
    " ON CONFLICT DO NOTHING RETURNING event_id"
)


def take(database: Database, handlers: Handlers, consumer: str, events: Sequence[Event]) -> Taken:
    """One transaction: note the ids, run the handlers of the new ones; an error of any of them undoes all.

    Types without a handler here are noted as ignored. Batch handlers run after the single ones, in the order of their
    registration; each gets all events of its types together, in the order of their arrival.
    """
    ignored = 0
    with database.transaction():
        new = _admit(database, consumer, {event.id: event.type not in handlers for event in events})
        fresh = len(new)
        together: dict[Callable[[Any], Any], list[Event]] = {
            handler: [] for batch in handlers.batch.values() for handler in batch
        }
        for event in events:
            if event.id not in new:
                continue
            new.discard(event.id)
            for handler in handlers.batch.get(event.type, ()):
                together[handler].append(event)
            if event.type in handlers.single:
                with context.handling(event):
                    for handler in handlers.single[event.type]:
                        handler(event)
            elif event.type not in handlers.batch:
                ignored += 1
        for handler, some in together.items():
            if some:
                handler(some)
    return Taken(handled=fresh - ignored, ignored=ignored, duplicates=len(events) - fresh)


def _admit(database: Database, consumer: str, ids: dict[str, bool]) -> set[str]:
    """Which of these ids are new. In one order for everybody, so that two consumers cannot lock each other out."""
    names = sorted(ids)
    now = clock.stamp()
    if database.dialect == "postgresql":
        rows = database.proxy.execute_sql(_ADMIT_POSTGRESQL, (consumer, now, names, [ids[name] for name in names]))
    else:
        values = [value for name in names for value in (consumer, name, now, ids[name])]
        query = _ADMIT_SQLITE.format(rows=",".join(["(?,?,?,?)"] * len(names)))
        rows = database.proxy.execute_sql(query, values)
    return {row[0] for row in rows.fetchall()}
