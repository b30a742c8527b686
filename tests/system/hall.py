"""A whole hall in real processes, started again when they die as an init system would, with everything in reach."""

import json
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psycopg2
import requests
from psycopg2.extras import RealDictCursor

from chassis import bus
from contracts import topology
from deploy.layout import GUESTS, SERVICES, SIMULATORS, Layout
from deploy.visitor import Door
from tests.harness.postgres import PostgresServer
from tests.harness.processes import Program, free_port
from tests.harness.proxy import Proxy
from tests.harness.rabbitmq import RabbitServer

ROOT = Path(__file__).resolve().parents[2]
MODULES = {name: f"services.{name}" for name in SERVICES} | {"identity": "tests.system.identity"}
START_SECONDS = 400.0  # two dozen processes on a slow machine where others work, too
RESTART_PAUSE = 0.3
LINE = 600  # characters of a log line that a failure shows
WAITING_SMS = ("queued", "sending", "unknown")
RESTING_PARCELS = ("delivered", "returned", "cancelled", "order_failed")


class HallFailed(Exception):
    """The hall did not come up, or a part of it gave up; the message ends with its last log lines."""


@dataclass
class Part:
    """One process of the hall and what has happened to it."""

    name: str
    program: Program
    health: str  # address that answers 200 when the part can work
    starts: int = 0
    kills: int = 0  # by the test
    deaths: int = 0  # by itself
    lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Start, or start again."""
        with self.lock:
            if not self.program.alive:
                self.program.stop()  # forgets what is left of an earlier life
                self.program.start()
                self.starts += 1

    def kill(self) -> None:
        """SIGKILL, with its children."""
        with self.lock:
            if self.program.alive:
                self.kills += 1
                self.program.kill()

    def ready(self) -> bool:
        """Whether it can work now."""
        try:
            return requests.get(self.health, timeout=2).ok
        except requests.RequestException:
            return False

    def last_lines(self) -> str:
        """The end of its log."""
        lines = (line if len(line) <= LINE else f"{line[:LINE]} …" for line in self.program.output(8).splitlines())
        return "\n".join([f"--- {self.name}", *lines])


class RealHall:
    """Embedded: every service `all` on SQLite. With servers: `web` and `worker` apart, on PostgreSQL and RabbitMQ."""

    def __init__(
        self, var: Path, postgres: PostgresServer | None = None, rabbit: RabbitServer | None = None, **extra: str
    ):
        self.var, self.postgres, self.rabbit = var, postgres, rabbit
        self.parts: dict[str, Part] = {}
        self.proxy: Proxy | None = None
        self._stopping = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, name="supervisor", daemon=True)
        urls, bus_url, self.vhost = {}, "", ""
        if postgres:
            urls = {name: postgres.create_database() for name in SERVICES}
        if rabbit:
            self.vhost = rabbit.create_vhost()
            self.proxy = Proxy(rabbit.port).start()
            bus_url = rabbit.url(self.vhost, self.proxy.port)
        environment = {
            "YWT_RATE_PER_SECOND": "100000",
            "YWT_RATE_BURST": "100000",
            "YWT_EMS_NODE_SECONDS": "0.2",
            "YWT_LOG_LEVEL": "warning",
        }
        ports = {name: free_port() for name in ("gateway", *SERVICES, *SIMULATORS, *GUESTS)}
        self.layout = Layout(var, ports, database_urls=urls, bus_url=bus_url, extra=environment | extra)
        self.door = Door(self.layout.url("gateway"), self.layout.url("sms"), self.layout.url("ems"), var)
        self.verifier = self.layout.url("verifier")
        # The test looks at the broker past the proxy, so that a cut wire blinds only the hall.
        self.bus = bus.connect(rabbit.url(self.vhost) if rabbit else f"embedded:///{var}/bus.db")
        self.books = Books(self.layout)

    # --- life -----------------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def start(self) -> None:
        """Start everything side by side and wait until the city is loaded and every event about it has arrived."""
        (self.var / "log").mkdir(parents=True, exist_ok=True)
        self.layout.secrets()
        for name in SIMULATORS:
            self._add(name, "-m", f"deploy.simulators.{name}", at=name)
        self._add("gateway", "-m", "gateway", at="gateway")
        if self.postgres:
            self._prepare()
        for name in SERVICES:
            if self.postgres:
                port = free_port()
                self._add(f"{name}.web", "-m", MODULES[name], "web", at=name)
                self._add(f"{name}.worker", "-m", MODULES[name], "worker", at=name, metrics_port=port)
            else:
                self._add(name, "-m", MODULES[name], "all", at=name)
        for part in self.parts.values():
            part.start()
        self._supervisor.start()
        self.await_ready(START_SECONDS)
        self.settle(START_SECONDS)

    def close(self) -> None:
        """End all processes; databases and virtual host may go."""
        self._stopping.set()
        if self._supervisor.ident:
            self._supervisor.join(10)
        for part in self.parts.values():
            with part.lock:
                if part.starts:  # or it would hide why the hall has not come so far
                    part.program.kill()
        if self.proxy:
            self.proxy.close()
        self.books.close()
        if self.postgres:
            for url in self.layout.database_urls.values():
                self.postgres.drop_database(url.rpartition("/")[2])
        if self.rabbit:
            self.rabbit.release_vhost(self.vhost)

    def _add(self, name: str, *command: str, at: str, metrics_port: int = 0) -> None:
        environment = self.layout.environment(at) | {"YWT_METRICS_PORT": str(metrics_port)}
        health = f"http://127.0.0.1:{metrics_port}" if metrics_port else self.layout.url(at)
        path = "/api/hall" if at == "gateway" else "/readyz"
        program = Program([sys.executable, *command], log=self.var / "log" / f"{name}.log", env=environment, cwd=ROOT)
        self.parts[name] = Part(name, program, health + path)

    def _prepare(self) -> None:
        """What a deployment does once before it starts: migrate every database, then load the city."""

        def prepare(name: str) -> None:
            for arguments in (["migrate"], ["seed", str(self.layout.city)]):
                done = subprocess.run(
                    [sys.executable, "-m", MODULES[name], *arguments],
                    env=self.layout.environment(name),
                    cwd=ROOT,
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                    timeout=START_SECONDS,
                )
                if done.returncode:
                    raise HallFailed(f"{name} {arguments[0]} ended with {done.returncode}:\n{done.stderr[-2000:]}")

        with ThreadPoolExecutor(len(SERVICES)) as threads:
            list(threads.map(prepare, SERVICES))

    def _supervise(self) -> None:
        """Start again what has died, as an init system would."""
        while not self._stopping.wait(0.1):
            for part in self.parts.values():
                if part.program.alive:
                    continue
                if part.starts - part.kills > part.deaths:
                    part.deaths += 1
                    if part.deaths > 20:
                        return  # a crash loop: let the waiting test fail with the log
                if self._stopping.wait(RESTART_PAUSE):
                    return
                part.start()

    # --- doing things to it -----------------------------------------------------------------------------------------

    @property
    def services(self) -> list[str]:
        """The processes of the services: what a test may kill."""
        return [name for name in self.parts if name.partition(".")[0] in SERVICES]

    def kill(self, name: str) -> None:
        """SIGKILL one process; the supervisor starts it again."""
        self.parts[name].kill()

    def await_ready(self, seconds: float = START_SECONDS) -> None:
        """Wait until every process can work; HallFailed shows the logs of those that cannot."""
        end = time.monotonic() + seconds
        waiting = list(self.parts.values())
        while waiting:
            waiting = [part for part in waiting if not part.ready()]
            if waiting and (time.monotonic() > end or any(part.deaths > 3 for part in waiting)):
                logs = "\n".join(part.last_lines() for part in waiting)
                raise HallFailed(f"not ready: {', '.join(part.name for part in waiting)}\n{logs}")
            if waiting:
                time.sleep(0.1)

    # --- looking ----------------------------------------------------------------------------------------------------

    def unfinished(self) -> dict[str, int]:
        """Everything that is still under way, by place; empty when the hall has come to rest."""
        found: dict[str, int] = {}
        for service in SERVICES:
            found[f"{service}.outbox"] = self.books.count(service, "chassis_outbox", "published_at IS NULL")
            depths = self.bus.depths(service)
            found |= {name: depth for name, depth in depths.items() if name != topology.parked(service)}
        found["notifier.messages"] = self.books.count("notifier", "notifier_message", f"state IN {WAITING_SMS}")
        found["notifier.shipments"] = self.books.count(
            "notifier", "notifier_shipment", f"state NOT IN {RESTING_PARCELS}"
        )
        for simulator in ("sms", "ems"):
            found[f"{simulator}.receipts"] = self.books.simulator(
                simulator, "SELECT id FROM push WHERE done = 0 LIMIT 1"
            )
        return {name: number for name, number in found.items() if number}

    def settle(self, seconds: float = START_SECONDS) -> None:
        """Wait until nothing is under way any more, twice in a row; HallFailed says what still is."""
        end, quiet, left = time.monotonic() + seconds, 0, {}
        while quiet < 2:
            try:
                left = self.unfinished()
            except (bus.BusDown, psycopg2.Error, sqlite3.Error) as error:
                left = {repr(error): 1}
            quiet = 0 if left else quiet + 1
            if left and time.monotonic() > end:
                logs = "\n".join(part.last_lines() for part in self.parts.values() if part.program.output(1))
                raise HallFailed(f"after {seconds:g} s still under way: {left}\n{logs}")
            time.sleep(0.3)

    def parked(self) -> list[Any]:
        """All parked events."""
        return [entry for service in SERVICES for entry in self.bus.parked(service, limit=10_000)]


class Books:
    """Straight into all databases, past the services: rows as dictionaries, the same SQL on both."""

    def __init__(self, layout: Layout):
        self.layout = layout
        self._open: dict[str, Any] = {}

    def rows(self, service: str, sql: str) -> list[dict[str, Any]]:
        """The rows of a query."""
        url = self.layout.database_urls.get(service)
        if url is None:
            return _sqlite(self.layout.var / f"{service}.db", sql)
        connection = self._open.get(service)
        if connection is None or connection.closed:
            connection = self._open[service] = psycopg2.connect(url, cursor_factory=RealDictCursor)
            connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return [dict(row) for row in cursor]

    def count(self, service: str, table: str, where: str) -> int:
        """How many rows there are."""
        return self.rows(service, f"SELECT COUNT(*) AS n FROM {table} WHERE {where}")[0]["n"]

    def simulator_rows(self, name: str, sql: str) -> list[dict[str, Any]]:
        """The rows of a query on a simulator's own file."""
        return _sqlite(self.layout.var / f"simulator-{name}.db", sql)

    def simulator(self, name: str, sql: str) -> int:
        """How many rows a query on a simulator's own file has."""
        return len(self.simulator_rows(name, sql))

    def events(self, service: str) -> list[dict[str, Any]]:
        """Every envelope that a service has emitted, oldest first."""
        return [json.loads(row["body"]) for row in self.rows(service, "SELECT body FROM chassis_outbox ORDER BY id")]

    def received(self, service: str) -> dict[str, bool]:
        """Every event id that a service has taken, and whether it had no use for it."""
        rows = self.rows(service, "SELECT event_id, ignored FROM chassis_inbox")
        return {row["event_id"]: bool(row["ignored"]) for row in rows}

    def close(self) -> None:
        """Let the connections go."""
        for connection in self._open.values():
            connection.close()


def _sqlite(path: Path, sql: str) -> list[dict[str, Any]]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    try:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql)]
    finally:
        connection.close()


@contextmanager
def embedded(var: Path, **extra: str) -> Iterator[RealHall]:
    """A hall on one small machine: SQLite files and the embedded bus."""
    with RealHall(var, **extra) as hall:
        yield hall


@contextmanager
def production_like(var: Path, postgres: PostgresServer, rabbit: RabbitServer, **extra: str) -> Iterator[RealHall]:
    """A hall on real servers, web and workers apart."""
    with RealHall(var, postgres, rabbit, **extra) as hall:
        yield hall
