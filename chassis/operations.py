"""What operators may look at in every service: the events it has emitted, newest last.

This is a window for people and demos, not a feed for consumers: rows commit out of order of their ids, so a reader that
keeps only the last id can miss one. Consumers subscribe to the bus.
"""

import json
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from chassis.arguments import LARGEST
from chassis.auth import Staff, allow
from chassis.db import current

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
