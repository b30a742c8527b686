"""A small service whose handler can fail, run as a real worker process by the real command line.

`python -m tests.system.small worker | parked …`; it consumes as `credit`, with the short pauses of the messaging tests.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

from peewee import TextField

from chassis import bus, cli
from chassis.db import Database
from chassis.service import Service
from contracts import registry
from tests.chassis.messaging import TYPES, Noted, open_bus

DATABASE = Database("credit")
REPAIRED, TRIES = "repaired", "tries"  # files in the folder of the hall


class Note(DATABASE.Model):
    """What was handled."""

    event_id = TextField()
    text = TextField()

    class Meta:
        table_name = "note"


class Small(Service):
    """Only the chassis' own tables and one of its own, made by the test."""

    def migrations(self) -> list[Path]:
        """Without a folder of its own."""
        return super().migrations()[:1]


def note(event: Any) -> None:
    """Write it down; poison raises until it is repaired, and every try is noted with its moment."""
    var = Path(os.environ["YWT_VAR"])
    if event.text == "poison":
        with (var / TRIES).open("a") as file:
            file.write(f"{event.attempt} {time.monotonic()}\n")
        if not (var / REPAIRED).exists():
            raise ValueError("cannot digest this")
    Note.create(event_id=event.id, text=event.text)


def main() -> None:
    """The command line of a service, on the short topology."""
    registry._types.update(TYPES)
    service = Small("credit", database=DATABASE, api=[], title="Small")
    service.on(Noted)(note)
    cli._service = lambda name: service
    bus.connect = lambda url, topology=None: open_bus(url.removeprefix("embedded:///"))
    cli.main("credit", sys.argv[1:])


if __name__ == "__main__":
    main()
