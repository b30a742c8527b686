"""Poison and change, on both buses, with a real worker process and the real command line for operators.

Real processes prove elsewhere: a handler that kills its process ends parked and the others flow on, a consumer or relay
killed in the middle of a batch (`tests/chassis/test_messaging_failures.py`).
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from chassis.bus import Outcome
from chassis.db import Database
from contracts import topology
from tests.chassis.messaging import PAUSES, ROOT, SERVICE, Noted, Unwanted, body, message, open_bus, prepared
from tests.harness.processes import Program, eventually
from tests.system.small import REPAIRED, TRIES


@dataclass
class Bench:
    """A database, a place of the bus, and the worker on them."""

    var: Path
    where: str
    database: Database
    worker: Program
    environment: dict[str, str]

    def send(self, *bodies: bytes, key: str = Noted.type) -> None:
        """Straight onto the bus, as a stranger or another release might."""
        bus = open_bus(self.where)
        assert set(bus.publish([message(raw, key) for raw in bodies])) == {Outcome.CONFIRMED}
        bus.close()

    def texts(self) -> list[str]:
        """What was handled."""
        rows = self.database.proxy.execute_sql("SELECT text FROM note").fetchall()
        return sorted(row[0] for row in rows)

    def tries(self) -> list[tuple[int, float]]:
        """Attempt and moment of every time the poison was tried by itself (not yet together with its batch)."""
        lines = (self.var / TRIES).read_text().splitlines()
        return sorted({int(line.split()[0]): float(line.split()[1]) for line in lines}.items())

    def operator(self, *arguments: str) -> str:
        """What `parked …` prints."""
        command = [sys.executable, "-m", "tests.system.small", "parked", *arguments]
        done = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def parked(self) -> list[dict[str, Any]]:
        """What `parked list` prints, line by line."""
        return [json.loads(line) for line in self.operator("list").splitlines()]

    def inbox(self, event_id: str) -> list[bool]:
        """Whether an event was taken, and then whether there was no use for it."""
        sql = "SELECT ignored FROM chassis_inbox WHERE event_id = '" + event_id + "'"
        return [bool(row[0]) for row in self.database.proxy.execute_sql(sql).fetchall()]


@pytest.fixture(params=["embedded", pytest.param("rabbitmq", marks=pytest.mark.system)])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """SQLite with the embedded bus, and PostgreSQL with RabbitMQ."""
    servers = request.param == "rabbitmq"
    url = request.getfixturevalue("postgres_server").create_database() if servers else f"sqlite:///{tmp_path}/credit.db"
    where = request.getfixturevalue("amqp_url") if servers else f"{tmp_path}/bus.db"
    database = prepared("credit", url)
    environment = os.environ | {
        "YWT_MODE": "test",
        "YWT_VAR": str(tmp_path),
        "DATABASE_URL": url,
        "BUS_URL": where if servers else f"embedded:///{where}",
    }
    command = [sys.executable, "-m", "tests.system.small", "worker"]
    worker = Program(command, log=tmp_path / "worker.log", env=environment, cwd=ROOT).start()
    yield Bench(tmp_path, where, database, worker, environment)
    worker.stop()
    database.close()


def test_poison_is_tried_with_growing_pauses_parked_listed_and_replayed_after_the_repair(bench: Bench) -> None:
    bench.send(body("before", subject="s1"), body("poison", subject="s2", id="bad"), body("after", subject="s3"))
    eventually(lambda: bench.texts() == ["after", "before"], what="other subjects flow on")
    first_life = bench.worker.pid
    (entry,) = eventually(lambda: bench.parked(), every=0.5, what="the poison is parked")
    assert (entry["id"], entry["type"], entry["subject"]) == ("bad", Noted.type, "s2")
    assert (entry["reason"], entry["error"]) == ("handler_failed", "ValueError: cannot digest this")
    assert entry["attempts"] == topology.MAX_ATTEMPTS
    tries = bench.tries()
    assert [attempt for attempt, _ in tries] == list(range(1, topology.MAX_ATTEMPTS + 1))
    pauses = [later - earlier for (_, earlier), (_, later) in pairwise(tries)]
    tiers = [topology.retry(SERVICE, attempt).rpartition(".")[2] for attempt in range(1, topology.MAX_ATTEMPTS)]
    assert [PAUSES[tier] for tier in tiers] == sorted(PAUSES[tier] for tier in tiers)
    assert all(pause * 1000 >= PAUSES[tier] * 0.95 for pause, tier in zip(pauses, tiers, strict=True))
    shown = json.loads(bench.operator("show", "bad"))
    assert shown["envelope"]["data"] == {"text": "poison"}
    bench.send(body("later", subject="s2"))
    eventually(lambda: "later" in bench.texts(), what="the subject of the poison flows on too")
    (bench.var / REPAIRED).touch()
    assert bench.operator("replay", "bad") == "1 sent again"
    eventually(lambda: bench.texts() == ["after", "before", "later", "poison"], what="the repaired one is handled")
    assert bench.parked() == []
    assert bench.tries()[0][1] > tries[-1][1]  # as if new: it begins with the first attempt
    assert bench.worker.alive and bench.worker.pid == first_life


def test_what_another_release_or_a_stranger_sends_is_ignored_or_parked_without_a_crash_loop(bench: Bench) -> None:
    unknown = body("unknown", id="unknown", type="filing.test.from_tomorrow")
    newer = body("newer", id="newer", dataschema="contracts/filing.test.noted/v2")
    wrong = body("wrong", id="wrong", data={"words": "no text"})
    bench.send(unknown, b"this is no envelope", newer, wrong, body("good"))
    eventually(lambda: bench.texts() == ["good"], what="the good one is handled")
    parked = eventually(lambda: len(found := bench.parked()) >= 3 and found, every=0.5, what="three are parked")
    reasons = {entry["id"]: entry["reason"] for entry in parked}
    assert reasons.pop("newer") == "too_new"
    assert reasons.pop("wrong") == "broken_envelope"
    assert list(reasons.values()) == ["broken_envelope"]
    assert bench.inbox("unknown") == [True]
    assert bench.worker.alive
    bench.send(body("still there"))
    eventually(lambda: "still there" in bench.texts(), what="the worker still works")
    (stranger,) = reasons
    assert bench.operator("drop", stranger, "newer", "wrong") == "3 dropped"
    assert bench.parked() == []


def test_an_event_that_nobody_is_bound_to_is_kept_by_the_bus(bench: Bench) -> None:
    bench.send(body("nobody's", id="nobody"), key=Unwanted.type)
    bench.send(body("somebody's"))
    eventually(lambda: bench.texts() == ["somebody's"], what="the other one is handled")
    assert bench.inbox("nobody") == []
    assert bench.parked() == []
