"""`make run` as a newcomer meets it: it opens, says where, stops altogether, keeps the data; and its refusals."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.layout import default_ports
from tests.harness.processes import Program, eventually, free_port, wait_http

ROOT = Path(__file__).resolve().parents[2]


def free_base() -> int:
    """A gateway port from which all ports of a hall are free."""

    def usable(port: int) -> bool:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
            return True

    for _ in range(50):
        base = free_port()
        if base < 65_000 and all(usable(port) for port in default_ports(base).values()):
            return base
    raise AssertionError("no free range of ports")


def refused(*arguments: str) -> str:
    """Start with these arguments, which must be refused with one line; that line."""
    command = [sys.executable, "-m", "deploy.run", *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode != 0
    assert ended.stdout + ended.stderr == (ended.stdout + ended.stderr).strip() + "\n"
    assert (ended.stdout + ended.stderr).count("\n") == 1
    return ended.stdout + ended.stderr


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    base = free_base()
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", default_ports(base)["filing"]))
        holder.listen()
        line = refused("--port", str(base), "--var", str(tmp_path))
    assert f"port {default_ports(base)['filing']} (filing) is taken" in line and "PORT=" in line


def test_a_folder_that_cannot_be_written_is_one_clear_line() -> None:
    line = refused("--port", str(free_base()), "--var", "/proc/1/hall")
    assert "cannot write to /proc/1/hall" in line and "YWT_VAR" in line


def children_of(program: Program) -> list[int]:
    """Every process started below the program, straight from /proc."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
    found = [program.pid]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found[1:]


@pytest.mark.slow
def test_it_opens_stops_altogether_and_keeps_its_data(tmp_path: Path) -> None:
    base, var = free_base(), tmp_path / "var"
    command = [sys.executable, "-m", "deploy.run", "--port", str(base), "--var", str(var)]
    kept = ""
    for start in (1, 2):
        log = tmp_path / f"run-{start}.log"
        with Program(command, cwd=ROOT, log=log) as program:
            eventually(lambda log=log: "is open" in log.read_text(), what="the hall to open")
            states = json.loads(wait_http(f"http://127.0.0.1:{base}/api/hall"))["services"]
            assert {entry["state"] for entry in states} == {"ready"} and len(states) == 8
            assert json.loads(wait_http(f"http://127.0.0.1:{base}/api/catalog/v1/items?limit=1"))["items"]
            accounts = (var / "accounts.json").read_text()
            assert not kept or accounts == kept
            kept = accounts
            assert (var / "accounts.json").stat().st_mode & 0o777 == 0o600
            below = children_of(program)
            assert len(below) >= 12
            program.send(signal.SIGINT)
            assert program.wait() == 0
        assert [pid for pid in below if _alive(pid)] == []
        assert "Traceback" not in log.read_text()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
