"""Programs under test as real processes, and patience: start, stop, SIGKILL, wait until something is so."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import urlsplit

from tests.harness import reaper

T = TypeVar("T")
PATIENCE = 180.0  # seconds until something counts as lost: only a failing test waits so long
_issued: set[int] = set()


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody has now and that this process has not handed out before."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in _issued:
            _issued.add(port)
            return port


def eventually(condition: Callable[[], T], timeout: float = PATIENCE, every: float = 0.05, what: str = "") -> T:
    """The first true value of `condition`; its assertions and I/O errors may fail until the time is over."""
    until = time.monotonic() + timeout
    while True:
        reason: Exception | None = None
        try:
            value = condition()
            if value:
                return value
            said = f"last value: {value!r}"
        except (AssertionError, OSError, LookupError) as failure:
            reason, said = failure, f"last failure: {type(failure).__name__}: {failure}"
        if time.monotonic() >= until:
            name = what or getattr(condition, "__name__", "condition")
            raise AssertionError(f"not within {timeout:g} s: {name} ({said})") from reason
        time.sleep(every)


def wait_port(port: int, timeout: float = PATIENCE, host: str = "127.0.0.1") -> None:
    """Wait until something listens there."""

    def listening() -> bool:
        with socket.create_connection((host, port), timeout=1):
            return True

    eventually(listening, timeout, what=f"{host}:{port} listens")


def wait_http(url: str, timeout: float = PATIENCE, status: int = 200) -> bytes:
    """The body of the first answer with that status."""
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def answered() -> tuple[bytes]:
        connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port or 80, timeout=5)
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            answer = connection.getresponse()
            body = answer.read()
        except http.client.HTTPException as failure:
            raise ConnectionError(str(failure)) from failure
        finally:
            connection.close()
        assert answer.status == status, f"{answer.status}: {body[:200]!r}"
        return (body,)

    return eventually(answered, timeout, every=0.1, what=f"{url} answers {status}")[0]


class Program:
    """One real program with its children, a log file, and no way to outlive the tests."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: str | None = None,
    ):
        self.command = [str(part) for part in command]
        self.log = log
        self.env = {**os.environ, **(env or {})}
        self.cwd = cwd
        self.user = user
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it; the log of an earlier life is kept."""
        assert not self.alive, f"{self} runs already"
        rights = {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.env,
                cwd=self.cwd,
                start_new_session=True,
                **rights,  # type: ignore[call-overload]
            )
        reaper.watch_group(self.pid)
        return self

    def __str__(self) -> str:
        return Path(self.command[0]).name + (f" ({self.process.pid})" if self.process else "")

    def __enter__(self) -> Self:
        return self if self.alive else self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process id; the id of its group too."""
        assert self.process is not None, "not started"
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Whether the program itself runs."""
        return self.process is not None and self.process.poll() is None

    def send(self, number: int, *, group: bool = False) -> None:
        """Send a signal to the program, or to it and all its children."""
        try:
            os.killpg(self.pid, number) if group else os.kill(self.pid, number)
        except ProcessLookupError:
            return

    def stop(self, timeout: float = PATIENCE, number: int = signal.SIGTERM) -> int:
        """Ask it to end, insist after the time-out; returns its exit code (negative: the signal)."""
        if self.alive:
            self.send(number)
        return self._ended(timeout)

    def kill(self, *, group: bool = True) -> int:
        """SIGKILL, for the children too unless told otherwise."""
        self.send(signal.SIGKILL, group=group)
        return self._ended(PATIENCE)

    def restart(self, timeout: float = PATIENCE) -> Self:
        """Stop and start."""
        self.stop(timeout)
        return self.start()

    def wait(self, timeout: float = PATIENCE) -> int:
        """Wait until it ends by itself; returns the exit code."""
        assert self.process is not None, "not started"
        return self.process.wait(timeout)

    def output(self, last: int = 0) -> str:
        """What it has printed so far, or the last lines of it."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-last:]) if last else text

    def _ended(self, timeout: float) -> int:
        if self.process is None:
            return 0
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout)
        self.send(signal.SIGKILL, group=True)  # children that stayed behind, or all of it
        code = self.process.wait(PATIENCE)
        reaper.forget_group(self.pid)
        return code
