"""What travels along with the work in hand: why it is done, for which case, by whom, in which trace."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

correlation: ContextVar[str | None] = ContextVar("correlation", default=None)
"""The case or request that everything done now belongs to."""

causation: ContextVar[str | None] = ContextVar("causation", default=None)
"""The id of the event whose handler runs now."""

actor: ContextVar[str | None] = ContextVar("actor_reference", default=None)
"""The reference id of who acts, when it is another one than `auth.actor()`."""

traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)
"""The W3C trace context of the work in hand."""


@contextmanager
def handling(event: Any) -> Iterator[None]:
    """Run a handler: what it emits is caused by this event and belongs to the same case and trace."""
    tokens = (
        correlation.set(event.correlation),
        causation.set(event.id),
        traceparent.set(event.traceparent),
    )
    try:
        yield
    finally:
        correlation.reset(tokens[0])
        causation.reset(tokens[1])
        traceparent.reset(tokens[2])
