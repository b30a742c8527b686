"""Outbox → relay → quorum queue → inbox, beside the raw ceiling and a Celery task, in the same run.

PostgreSQL and RabbitMQ are real and private; every role is a process of its own, as in production. Rates are counted
from the first event handled to the last (live: from the first one emitted). YWT_BENCH_SCALE shrinks the numbers.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pika

from tests.benchmarks import world
from tests.benchmarks.world import ROOT, database
from tests.harness import postgres, rabbitmq
from tests.harness.processes import eventually

ROUNDS = 3
SCALE = float(os.environ.get("YWT_BENCH_SCALE", "1"))
TARGETS = {
    "drain, one row each": 2500.0,
    "live, one row each": 1300.0,
    "drain, whole batch": 4500.0,
    "latency p50 ms": 5.0,
    "latency p99 ms": 20.0,
    "live against celery": 3.0,
    "drain against celery": 3.0,
}
WAIT = 180.0


def _number(wanted: int) -> int:
    return max(100, int(wanted * SCALE))


class Place:
    """An empty database and an empty virtual host for one measurement, and its processes."""

    def __init__(self, servers: tuple[Any, Any], folder: Path):
        self.postgres, self.rabbit = servers
        self.folder = folder
        self.database_url = self.postgres.create_database()
        self.vhost = self.rabbit.create_vhost()
        self.amqp = self.rabbit.url(self.vhost)
        self._running: list[subprocess.Popen[bytes]] = []
        world.prepare(self.database_url)

    def role(self, name: str, **options: Any) -> subprocess.Popen[bytes]:
        command = ["-m", "tests.benchmarks.roles", name, json.dumps({"database": self.database_url, **options})]
        return self.run(command)

    def run(self, command: list[str], **environ: str) -> subprocess.Popen[bytes]:
        log = (self.folder / "roles.log").open("ab")
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env={**os.environ, **environ}, stdout=log, stderr=log
        )
        self._running.append(process)
        return process

    def done(self, process: subprocess.Popen[bytes]) -> None:
        if process.wait(WAIT):
            raise RuntimeError("a role failed:\n" + (self.folder / "roles.log").read_text()[-2000:])

    def rows(self) -> int:
        found: int = database.proxy.execute_sql("SELECT count(*) FROM bench_row").fetchone()[0]
        return found

    def await_rows(self, number: int) -> None:
        eventually(lambda: self.rows() >= number, WAIT, every=0.1, what=f"{number} rows")

    def moment(self, query: str) -> float:
        return float(database.proxy.execute_sql(f"SELECT extract(epoch FROM {query})").fetchone()[0])

    def handled_rate(self, skip: int = 0, begin: float | None = None) -> float:
        last = self.moment("(SELECT max(created_at) FROM bench_row)")
        if begin is None:
            begin = self.moment("(SELECT min(created_at) FROM bench_row)")
        return (self.rows() - skip) / (last - begin)

    def stop(self) -> None:
        for process in self._running:
            if process.poll() is None:
                process.terminate()
        for process in self._running:
            process.wait(60)
        self._running.clear()

    def close(self) -> None:
        self.stop()
        database.close()
        self.postgres.drop_database(self.database_url.rpartition("/")[2])
        self.rabbit.release_vhost(self.vhost)


def drain(place: Place, handler: str) -> dict[str, float]:
    """A backlog in the outbox, then relay and consumer start."""
    number = _number(10_000)
    place.done(place.role("produce", number=number, threads=1, together=50))
    place.role("consume", amqp=place.amqp, handler=handler)
    place.role("relay", amqp=place.amqp)
    place.await_rows(number)
    return {f"drain, {'whole batch' if handler == 'batch' else 'one row each'}": place.handled_rate()}


def live(place: Place) -> dict[str, float]:
    """Produced by two processes, one transaction for each event, while relay and consumer run."""
    number = _number(6_000)
    _warm(place, "row")
    producers = [place.role("produce", number=number // 2, threads=1, prefix=prefix) for prefix in "ab"]
    for producer in producers:
        place.done(producer)
    place.await_rows(number // 2 * 2 + 1)
    begin = place.moment("(SELECT created_at FROM chassis_outbox ORDER BY id OFFSET 1 LIMIT 1)")
    return {"live, one row each": place.handled_rate(skip=1, begin=begin)}


def latency(place: Place) -> dict[str, float]:
    """50 events a second, from the commit of the emitter to the commit of the handler."""
    number = _number(500)
    handled_file, committed_file = place.folder / "handled.json", place.folder / "committed.json"
    _warm(place, "row", out=str(handled_file))
    place.done(place.role("produce", number=number, threads=1, pace=0.02, out=str(committed_file)))
    place.await_rows(number + 1)
    place.stop()
    handled, committed = json.loads(handled_file.read_text()), json.loads(committed_file.read_text())
    waits = sorted(1000 * (handled[event] - moment) for event, moment in list(committed.items())[number // 10 :])
    return {
        "latency p50 ms": statistics.median(waits),
        "latency p99 ms": waits[int(len(waits) * 0.99)],
    }


def _warm(place: Place, handler: str, **options: Any) -> None:
    place.role("consume", amqp=place.amqp, handler=handler, **options)
    place.role("relay", amqp=place.amqp)
    place.done(place.role("produce", number=1, threads=1))
    place.await_rows(1)


def raw(place: Place) -> dict[str, float]:
    """What the broker and pika give at best, with nothing around them."""
    number, out = _number(20_000), place.folder / "raw.json"
    with pika.BlockingConnection(pika.URLParameters(place.amqp)) as connection:
        connection.channel().queue_declare(world.RAW_QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
    consumer = place.role("raw_consume", amqp=place.amqp, number=number, out=str(out))
    place.done(place.role("raw_publish", amqp=place.amqp, number=number))
    place.done(consumer)
    first, last = json.loads(out.read_text())
    return {"raw ceiling": number / (last - first)}


def celery(place: Place, way: str) -> dict[str, float]:
    """The Celery task, live or as a backlog."""
    number = _number(2_000)
    begin = None
    if way == "live":
        _celery_worker(place)
        place.done(place.role("celery_send", amqp=place.amqp, number=1))
        place.await_rows(1)
        sender = place.role("celery_send", amqp=place.amqp, number=number)
        place.await_rows(2)  # the sender takes a second to start; count from its first task
        begin = place.moment("(SELECT created_at FROM bench_row ORDER BY created_at OFFSET 1 LIMIT 1)")
        place.done(sender)
        place.await_rows(number + 1)
        return {"celery live": place.handled_rate(skip=1, begin=begin)}
    place.done(place.role("celery_send", amqp=place.amqp, number=number))
    _celery_worker(place)
    place.await_rows(number)
    return {"celery drain": place.handled_rate()}


def _celery_worker(place: Place) -> None:
    options = ["--pool", "solo", "--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "error"]
    place.run(
        ["-m", "celery", "-A", "tests.benchmarks.celery_app", "worker", *options],
        BENCH_AMQP=place.amqp,
        BENCH_DATABASE=place.database_url,
    )


SCENES: tuple[Callable[[Place], dict[str, float]], ...] = (
    raw,
    lambda place: celery(place, "drain"),
    lambda place: drain(place, "row"),
    lambda place: celery(place, "live"),
    live,
    lambda place: drain(place, "batch"),
    latency,
)


def run() -> dict[str, Any]:
    """Three rounds of all scenes; medians, ratios within a round, and the table."""
    rounds: list[dict[str, float]] = []
    with _servers() as servers:
        for turn in range(ROUNDS):
            found: dict[str, float] = {}
            for scene in SCENES:
                with tempfile.TemporaryDirectory(prefix="ywt-bench-") as folder:
                    place = Place(servers, Path(folder))
                    try:
                        found |= scene(place)
                    finally:
                        place.close()
                    time.sleep(1)
            found["live against celery"] = found["live, one row each"] / found["celery live"]
            found["drain against celery"] = found["drain, one row each"] / found["celery drain"]
            found["drain against raw ceiling"] = found["drain, one row each"] / found["raw ceiling"]
            found["batch against raw ceiling"] = found["drain, whole batch"] / found["raw ceiling"]
            rounds.append(found)
            told = ", ".join(f"{name} {value:,.4g}" for name, value in found.items())
            print(f"round {turn + 1} of {ROUNDS} (load {os.getloadavg()[0]:.1f}): {told}", flush=True)
    medians = {name: statistics.median(found[name] for found in rounds) for name in rounds[0]}
    _table(medians, rounds)
    return {"medians": medians, "rounds": rounds, "targets": TARGETS}


@contextmanager
def _servers() -> Iterator[tuple[Any, Any]]:
    with ExitStack() as stack:
        database_server, broker = postgres.start(), rabbitmq.start()
        stack.callback(database_server.close)
        stack.callback(broker.close)
        yield database_server, broker


def _table(medians: dict[str, float], rounds: list[dict[str, float]]) -> None:
    print(f"\n{'messaging':<28}{'median':>10}{'lowest':>10}{'highest':>10}{'target':>12}")
    for name, median in medians.items():
        values = [found[name] for found in rounds]
        digits = 2 if "against" in name or "latency" in name else 0
        sign = "≤" if "latency" in name else "≥"
        target = f"{sign} {TARGETS[name]:,.0f}" if name in TARGETS else ""
        numbers = "".join(f"{value:>10,.{digits}f}" for value in (median, min(values), max(values)))
        print(f"{name:<28}{numbers}{target:>12}")
