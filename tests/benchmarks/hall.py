"""Some services of a hall as real processes on a private PostgreSQL and RabbitMQ."""

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg2

from chassis import bus, clock
from chassis.ids import new_id
from contracts import envelope, topology
from deploy.layout import GUESTS, SERVICES, SIMULATORS, Layout
from tests.benchmarks.world import ROOT
from tests.harness import postgres, rabbitmq
from tests.harness.processes import Program, free_port, wait_http
from tests.support import PEER_SECRET, PeerServer, jwks

# The keys that a bench has, so that this process can write and read what the others do.
OPEN = {"YWT_LOG_LEVEL": "error", "YWT_PEER_SECRET": PEER_SECRET, "YWT_DATA_KEYS": "", "YWT_LOOKUP_KEY": ""}
KEEP_COMMIT_TIMES = "ALTER SYSTEM SET track_commit_timestamp = on"


def message(service: str, event_type: type[Any], subject: str, data: dict[str, Any], sequence: int) -> bus.Message:
    """An event as it comes out of an outbox, for the queue of one service alone."""
    number = new_id()
    source = f"/{event_type.owner}"
    sealed = envelope.seal(event_type, subject, data, id=number, time=clock.now(), sequence=sequence, source=source)
    return bus.Message(number, "", topology.inbox(service), envelope.dumps(sealed))


class Hall:
    """Migrated databases, a declared bus, and a stand-in for identity that knows the tokens of `tests.support`."""

    def __init__(self, stack: ExitStack, folder: Path, services: Sequence[str]):
        self.stack, self.folder = stack, folder
        self.postgres, rabbit = postgres.start(), rabbitmq.start()
        stack.callback(self.postgres.close)
        stack.callback(rabbit.close)
        self.postgres.sql(KEEP_COMMIT_TIMES)
        self.postgres.restart()
        identity = PeerServer({"GET /api/identity/v1/jwks": jwks()})
        stack.callback(identity.close)
        ports = {name: free_port() for name in (*SERVICES, *SIMULATORS, *GUESTS, "gateway")}
        ports["identity"] = int(identity.url.rpartition(":")[2])
        urls = {name: self.postgres.create_database() for name in services}
        amqp = rabbit.url(rabbit.create_vhost())
        self.layout = Layout(folder, ports, database_urls=urls, bus_url=amqp, city=None, extra=OPEN)
        for name in services:
            self.run(name, "migrate").wait(60)
        self.bus = bus.connect(amqp)
        self.bus.declare()
        stack.callback(self.bus.close)
        self._open: dict[str, Any] = {}

    def run(self, service: str, role: str, *, wait: bool = False) -> Program:
        """One more process of a service; with `wait` it answers already (a web process)."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("YWT_")}
        program = Program(
            [sys.executable, "-m", f"services.{service}", role],
            log=self.folder / f"{service}-{role}.log",
            env=environment | self.layout.environment(service),
            cwd=ROOT,
        ).start()
        self.stack.callback(program.stop)
        if wait:
            wait_http(f"{self.layout.url(service)}/readyz", timeout=60)
        return program

    def tell(self, service: str, event_type: type[Any], subject: str, data: dict[str, Any], sequence: int = 1) -> None:
        """Put one event into the queue of a service."""
        self.bus.publish([message(service, event_type, subject, data, sequence)])

    def cursor(self, service: str) -> Any:
        """Straight into the database of a service, past it."""
        if service not in self._open:
            connection = psycopg2.connect(self.layout.database_urls[service])
            connection.autocommit = True
            self.stack.callback(connection.close)
            self._open[service] = connection
        return self._open[service].cursor()

    def value(self, service: str, query: str) -> Any:
        """The first column of the first row of a query."""
        with self.cursor(service) as cursor:
            cursor.execute(query)
            return cursor.fetchone()[0]
