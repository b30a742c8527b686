"""What operators may look at in every service: the events it has emitted, newest last, and those it has set aside.

The first is a window for people and demos, not a feed for consumers: rows commit out of order of their ids, so a
reader that keeps only the last id can miss one. Consumers subscribe to the bus.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import current_app
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from chassis import bus, observability, parking
from chassis.arguments import LARGEST
from chassis.auth import Staff, actor, allow
from chassis.db import current
from chassis.errors import Refusal

operations = Blueprint("operations", __name__, description="运行 operations")


class EventArgs(Schema):
    """Where to begin and how many."""

    after = fields.Integer(load_default=0, validate=validate.Range(0, LARGEST))
    limit = fields.Integer(load_default=200, validate=validate.Range(1, 1000))


class EventOut(Schema):
    """One emitted event or command."""

    number = fields.Integer()
    event = fields.Dict(metadata={"description": "the CloudEvents envelope"})
    published_at = fields.AwareDateTime(allow_none=True)


class Events(Schema):
    """A stretch of the outbox."""

    items = fields.List(fields.Nested(EventOut))


class ParkedOut(Schema):
    """An event that could not be handled, with the reason."""

    id = fields.String()
    type = fields.String(allow_none=True)
    subject = fields.String(allow_none=True)
    correlation = fields.String(allow_none=True)
    reason = fields.String()
    error = fields.String()
    attempts = fields.Integer()
    parked_at = fields.String(allow_none=True)


class ParkedEvents(Schema):
    """What is set aside, oldest first."""

    items = fields.List(fields.Nested(ParkedOut))


class ReplayIn(Schema):
    """Which events are tried again."""

    events = fields.List(
        fields.String(validate=validate.Length(1, 200)), required=True, validate=validate.Length(1, 100)
    )


class ReplayOut(Schema):
    """How many were sent to the service again."""

    replayed = fields.Integer()


@operations.get("/events")
@allow(Staff("auditor", "system_admin"))
@operations.arguments(EventArgs, location="query")
@operations.response(200, Events)
def emitted(arguments: dict[str, Any]) -> Any:
    """Events that this service has emitted, oldest first (for operators, not for consumers)"""
    outbox = current().table("outbox")
    rows = outbox.select().where(outbox.id > arguments["after"]).order_by(outbox.id).limit(arguments["limit"])
    return {
        "items": [{"number": row.id, "event": json.loads(row.body), "published_at": row.published_at} for row in rows]
    }


@operations.get("/parked-events")
@allow(Staff("auditor", "system_admin"))
@operations.response(200, ParkedEvents)
def parked() -> Any:
    """Events that this service could not handle, with the reason"""
    with _bus() as line:
        return {"items": parking.listed(line, current().name)}


@operations.post("/parked-events/replays")
@allow(Staff("system_admin"))
@operations.arguments(ReplayIn)
@operations.response(200, ReplayOut)
def replay(body: dict[str, Any]) -> Any:
    """Send parked events to this service again, as if new"""
    with _bus() as line:
        replayed = parking.replay(line, current().name, body["events"])
    observability.log.info("parked_replayed", events=body["events"], by=actor().id)
    return {"replayed": replayed}


@contextmanager
def _bus() -> Iterator[bus.Bus]:
    """A connection for one request; operators are rare."""
    line = bus.connect(current_app.extensions["ywt_settings"].bus_url)
    try:
        yield line
    except bus.BusDown:
        raise Refusal(
            "operations.bus-down",
            status=503,
            zh="消息总线暂时没有回应。",
            en="The message bus does not answer.",
            next_zh="请稍后再试。",
            next_en="Try again later.",
        ) from None
    finally:
        line.close()
