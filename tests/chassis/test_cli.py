"""The command line of a service, as an operator meets it: real processes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.processes import Program, free_port, wait_http

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    keep = {key: value for key, value in os.environ.items() if not key.startswith(("YWT_", "DATABASE_", "BUS_"))}
    return subprocess.run(
        [sys.executable, "-m", "services.credit", *command],
        env=keep | environ,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("environ", "names"),
    [
        ({}, "DATABASE_URL is missing"),
        ({"YWT_MODE": "holiday"}, "YWT_MODE is 'holiday'"),
        ({"YWT_MODE": "demo", "YWT_PORT": "eighty"}, "YWT_PORT is 'eighty'"),
        ({"YWT_MODE": "demo", "YWT_PEERS": "identity"}, "YWT_PEERS has 'identity'"),
        ({"DATABASE_URL": "postgresql:///x", "BUS_URL": "amqp://x", "YWT_CLOCK_FILE": "c"}, "does not travel"),
        ({"DATABASE_URL": "postgresql:///x", "BUS_URL": "amqp://x", "YWT_PEER_SECRET": "short"}, "at least 32 random"),
    ],
)
def test_a_bad_setting_stops_the_start_with_one_clear_line(environ: dict[str, str], names: str) -> None:
    ended = run("migrate", **environ)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1 and names in ended.stderr


def test_an_unknown_command_prints_what_there_is() -> None:
    ended = run("dance", YWT_MODE="demo")
    assert ended.returncode == 2
    assert "parked" in ended.stdout and "migrate" in ended.stdout


def test_migrate_twice_and_an_empty_parking_place(tmp_path: Path) -> None:
    hall = {"YWT_MODE": "demo", "YWT_VAR": str(tmp_path)}
    first, second = run("migrate", **hall), run("migrate", **hall)
    assert "credit: applied" in first.stdout and first.returncode == 0
    assert (second.stdout, second.returncode) == ("", 0)
    listed = run("parked", **hall)
    assert (listed.stdout, listed.returncode) == ("", 0), listed.stderr
    assert "CREATE TABLE credit_record" in run("sql", **hall).stdout


@pytest.mark.slow
def test_a_packed_process_starts_serves_and_stops_in_order(tmp_path: Path) -> None:
    port = free_port()
    environ = {"YWT_MODE": "demo", "YWT_VAR": str(tmp_path), "YWT_PORT": str(port)}
    program = Program([sys.executable, "-m", "services.credit", "all"], env=environ, cwd=ROOT, log=tmp_path / "log")
    with program:
        ready = json.loads(wait_http(f"http://127.0.0.1:{port}/readyz", timeout=40))
        assert ready["checks"]["loops"] == "ok"
        assert b"outbox_pending" in wait_http(f"http://127.0.0.1:{port}/metrics")
        taken = run("web", **environ)
        assert taken.returncode == 2 and f"port {port}" in taken.stderr
        assert program.stop(timeout=15) == 0
