"""Programs start, stop, die and never outlive the tests."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.processes import Program, eventually, free_port, wait_http, wait_port

ROOT = Path(__file__).parent.parent.parent
SLEEPER = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
CHILD = "import time, os; print(os.getpid(), flush=True); time.sleep(60)"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}])"


def python(code: str, log: Path) -> Program:
    return Program([sys.executable, "-c", code], log=log)


def gone(pid: int) -> bool:
    """Not there, or dead and only waiting to be collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_stop_asks_with_sigterm(tmp_path: Path) -> None:
    with python(SLEEPER, tmp_path / "log") as program:
        eventually(lambda: "up" in program.output())
        assert program.stop() == -signal.SIGTERM
        assert not program.alive


def test_stop_insists_when_it_is_ignored(tmp_path: Path) -> None:
    with python(STUBBORN, tmp_path / "log") as program:
        eventually(lambda: "up" in program.output())
        assert program.stop(timeout=0.3) == -signal.SIGKILL


def test_kill_takes_the_children_too(tmp_path: Path) -> None:
    with python(PARENT, tmp_path / "log") as program:
        child = int(eventually(lambda: program.output().strip()))
        assert program.kill() == -signal.SIGKILL
        eventually(lambda: gone(child))


def test_restart_appends_to_the_log(tmp_path: Path) -> None:
    with python(SLEEPER, tmp_path / "log") as program:
        eventually(lambda: program.output() == "up\n")
        first = program.pid
        program.restart()
        eventually(lambda: program.output() == "up\nup\n")
        assert program.pid != first
        assert program.output(last=1) == "up"


def test_exit_codes_are_told(tmp_path: Path) -> None:
    program = python("raise SystemExit(3)", tmp_path / "log").start()
    assert program.wait() == 3


def test_programs_die_with_a_test_run_that_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from tests.harness.processes import Program\n"
        f"program = Program([sys.executable, '-c', {SLEEPER!r}], log=Path({str(tmp_path / 'log')!r}))\n"
        "print(program.start().pid, flush=True); time.sleep(60)"
    )
    run = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert run.stdout is not None
    orphan = int(run.stdout.readline())
    assert not gone(orphan)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    run.stdout.close()
    eventually(lambda: gone(orphan))


def test_eventually_returns_the_value_and_says_what_it_missed() -> None:
    values = iter([0, None, "", 7])
    assert eventually(lambda: next(values), every=0.01) == 7
    with pytest.raises(AssertionError, match=r"not within 0.1 s: the parcel \(last value: False\)"):
        eventually(lambda: False, timeout=0.1, what="the parcel")
    with pytest.raises(AssertionError, match="KeyError: 'receipt'"):
        eventually(lambda: dict[str, str]()["receipt"], timeout=0.1)


def test_eventually_lets_a_real_mistake_through_at_once() -> None:
    with pytest.raises(TypeError):
        eventually(lambda: len(5), timeout=60)  # type: ignore[arg-type]


def test_free_ports_are_never_handed_out_twice() -> None:
    ports = [free_port() for _ in range(50)]
    assert len(set(ports)) == 50


def test_wait_http_waits_for_the_status(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "page.txt").write_text("here")
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "http.server",
        str(port),
        "--bind",
        "127.0.0.1",
        "--directory",
        tmp_path,
    ]
    with Program(command, log=tmp_path / "log"):
        wait_port(port)
        assert wait_http(f"http://127.0.0.1:{port}/page.txt") == b"here"
        with pytest.raises(AssertionError, match="404"):
            wait_http(f"http://127.0.0.1:{port}/other.txt", timeout=0.5)
