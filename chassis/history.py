"""The append-only history of an aggregate (FIL-33): who, role, organisation, when, opinion; chained by hashes."""

import hashlib
import json
from typing import Any

from peewee import IntegerField, TextField

from chassis import clock
from chassis.auth import actor
from chassis.db import InstantField, JsonField, chassis_table, current, require_transaction


@chassis_table("history")
def _define(base: type[Any]) -> type[Any]:
    class History(base):
        subject = TextField()
        number = IntegerField()
        verb = TextField()
        source = TextField(null=True)
        target = TextField(null=True)
        actor = TextField()
        org = TextField(null=True)
        at = InstantField()
        opinion = TextField(null=True)
        details = JsonField(null=True)
        previous_hash = TextField()
        hash = TextField()

        class Meta:
            table_name = "chassis_history"
            indexes = ((("subject", "number"), True),)

    return History


def append(
    subject: str,
    verb: str,
    *,
    source: str | None = None,
    target: str | None = None,
    org: str | None = None,
    opinion: str | None = None,
    details: dict[str, Any] | None = None,
) -> Any:
    """Add one record in the open transaction. Call it under the aggregate's row lock."""
    table = require_transaction("history.append").table("history")
    last = table.select().where(table.subject == subject).order_by(table.number.desc()).first()
    record = table(
        subject=subject,
        number=last.number + 1 if last else 1,
        verb=verb,
        source=source,
        target=target,
        actor=actor().id,
        org=org,
        at=clock.now(),
        opinion=opinion,
        details=details,
        previous_hash=last.hash if last else "",
    )
    record.hash = _digest(record)
    record.save(force_insert=True)
    return record


def of(subject: str) -> list[Any]:
    """All records of an aggregate, oldest first (FIL-33: the whole process can be replayed)."""
    table = current().table("history")
    return list(table.select().where(table.subject == subject).order_by(table.number))


def verify(subject: str) -> bool:
    """Whether the chain is whole: nothing changed, nothing missing in between."""
    previous = ""
    for number, record in enumerate(of(subject), start=1):
        if (record.number, record.previous_hash, record.hash) != (number, previous, _digest(record)):
            return False
        previous = record.hash
    return True


def _digest(record: Any) -> str:
    content = {
        name: getattr(record, name)
        for name in ("subject", "number", "verb", "source", "target", "actor", "org", "opinion", "details")
    }
    content |= {"at": clock.local(record.at).isoformat(), "previous": record.previous_hash}
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
