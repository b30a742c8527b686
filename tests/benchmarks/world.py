"""What the processes of the messaging benchmark have in common: the event, the row, the database, the topology."""

from pathlib import Path
from typing import Any

from peewee import BigIntegerField, TextField

from chassis import migrate
from chassis.db import Database
from contracts import topology
from contracts.fields import Text, Whole
from contracts.registry import EventType, event

ROOT = Path(__file__).resolve().parents[2]
SERVICE = "supervision"
SUBJECTS = 500
RAW_QUEUE = "bench.raw"
CELERY_QUEUE = "bench.celery"
TEXT = "一网通办" * 35  # makes an envelope of one KiB


@event("bench.thing-done", consumers=(SERVICE,))
class ThingDone(EventType):
    """The event that is measured."""

    number = Whole("Which one.")
    kind = Text("A closed word.", one_of=("ordinary", "commit"))
    note = Text("What makes the size.")


database = Database("bench")


class Row(database.Model):  # type: ignore[name-defined]
    """The one row that each event writes."""

    event_id = TextField(unique=True)
    subject = TextField()
    sequence = BigIntegerField()
    note = TextField()

    class Meta:
        table_name = "bench_row"


ROW_SQL = """
CREATE TABLE bench_row (
    id TEXT PRIMARY KEY, created_at TIMESTAMPTZ NOT NULL, updated_at TIMESTAMPTZ NOT NULL, version INTEGER NOT NULL,
    event_id TEXT NOT NULL UNIQUE, subject TEXT NOT NULL, sequence BIGINT NOT NULL, note TEXT NOT NULL
)
"""


def prepare(url: str) -> None:
    """Tables of the chassis and of the benchmark in an empty database."""
    database.connect(url)
    migrate.migrate(database, [ROOT / "chassis" / "migrations"])
    database.proxy.execute_sql(ROW_SQL)
    database.release()


def shape() -> topology.Topology:
    """The topology of one consuming service."""
    return topology.build((SERVICE,))


def data(number: int) -> dict[str, Any]:
    """The data of one event."""
    return {"number": number, "kind": "commit", "note": TEXT}
