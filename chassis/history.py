"""The append-only history of an aggregate (FIL-33): who, role, organisation, when, opinion; chained by hashes."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from peewee import IntegerField, TextField, Tuple, fn

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
    after: Mapping[str, Any] | None = None,
) -> Any:
    """Add one record in the open transaction. Call it under the aggregate's row lock; who writes about many aggregates
    gives what `lasts` has told of them."""
    table = require_transaction("history.append").table("history")
    newest = last(subject) if after is None else after.get(subject)
    record = table(
        subject=subject,
        number=newest.number + 1 if newest else 1,
        verb=verb,
        source=source,
        target=target,
        actor=actor().id,
        org=org,
        at=clock.now(),
        opinion=opinion,
        details=details,
        previous_hash=newest.hash if newest else "",
    )
    record.hash = _digest(record)
    record.save(force_insert=True)
    return record


def last(subject: str) -> Any:
    """The newest record of an aggregate, or None."""
    table = current().table("history")
    return table.select().where(table.subject == subject).order_by(table.number.desc()).first()


def lasts(subjects: Iterable[str]) -> dict[str, Any]:
    """The newest record of each of these aggregates that has one."""
    table = current().table("history")
    wanted = table.subject.in_(list(subjects))
    newest = table.select(table.subject, fn.MAX(table.number)).where(wanted).group_by(table.subject)
    rows = table.select().where(Tuple(table.subject, table.number).in_(newest))
    return {row.subject: row for row in rows}


def of(subject: str) -> list[Any]:
    """All records of an aggregate, oldest first (FIL-33: the whole process can be replayed)."""
    table = current().table("history")
    return list(table.select().where(table.subject == subject).order_by(table.number))


def of_all(subjects: Iterable[str]) -> dict[str, list[Any]]:
    """All records of these aggregates, by aggregate, oldest first."""
    table, found = current().table("history"), defaultdict(list)
    wanted = list(subjects)
    for row in table.select().where(table.subject.in_(wanted)).order_by(table.subject, table.number) if wanted else ():
        found[row.subject].append(row)
    return found


def verify(subject: str) -> bool:
    """Whether the chain is whole: nothing changed, nothing missing in between."""
    return fault(of(subject)) is None


def fault(records: list[Any]) -> tuple[int, str] | None:
    """The first broken record of a chain, oldest first: its number, and missing, altered or unlinked; None if whole."""
    previous = ""
    for number, record in enumerate(records, start=1):
        if record.number != number:
            return number, "missing"
        if record.hash != _digest(record):
            return number, "altered"
        if record.previous_hash != previous:
            return number, "unlinked"
        previous = record.hash
    return None


def faults(*subjects: str) -> Iterator[tuple[str, int, str]]:
    """The first broken record of each broken chain, of these aggregates or of all; read one aggregate at a time."""
    table = current().table("history")
    if subjects:
        for subject in subjects:
            found = fault(of(subject))
            if found:
                yield (subject, *found)
        return
    after = ""
    while True:
        row = table.select(table.subject).where(table.subject > after).order_by(table.subject).first()
        if row is None:
            return
        after = row.subject
        yield from faults(after)


def _digest(record: Any) -> str:
    content = {
        name: getattr(record, name)
        for name in ("subject", "number", "verb", "source", "target", "actor", "org", "opinion", "details")
    }
    content |= {"at": clock.local(record.at).isoformat(), "previous": record.previous_hash}
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
