"""`make run`: the whole hall on one machine, in real processes, until Ctrl-C.

Each service migrates its database and loads the demo city when it starts; a second start finds everything done.
"""

import argparse
import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType

import requests
from honcho.environ import parse_procfile

from chassis import seeding
from chassis.config import BadSetting
from chassis.server import check_port
from deploy.layout import GATEWAY_PORT, Layout, default_ports
from deploy.visitor import Door

PROCFILE = Path(__file__).with_name("Procfile")
START_SECONDS = 120
SHOWN = ("tzj049-sp", "tzj049-jg", "tzj077-auditor", "tzj077-admin")
QUIET = 5.0  # a process that dies sooner than this after its start is started again more slowly


class Process:
    """One line of the Procfile: started, its output prefixed, started again when it dies."""

    def __init__(self, name: str, command: str, environment: dict[str, str]):
        self.name, self.environment = name, environment
        words = shlex.split(command.removeprefix("exec "))
        self.command = [sys.executable if word == "python" else word for word in words]
        self.child: subprocess.Popen[str] | None = None
        self.stopping = False

    def watch(self) -> None:
        """Keep the process running until `stop`; its own thread."""
        pause = 0.5
        while not self.stopping:
            started = time.monotonic()
            self.child = subprocess.Popen(
                self.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,  # Ctrl-C reaches only this program, which then stops all in order
            )
            assert self.child.stdout is not None
            for line in self.child.stdout:
                _say(f"{self.name:<11} | {line.rstrip()}")
            code = self.child.wait()
            if self.stopping:
                return
            pause = 0.5 if time.monotonic() - started > QUIET else min(pause * 2, 30.0)
            _say(f"{self.name:<11} | ended with {code}; starts again in {pause:g} s")
            time.sleep(pause)

    def stop(self) -> None:
        """Ask the process to finish."""
        self.stopping = True
        if self.child and self.child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.child.terminate()

    def kill(self) -> None:
        """End the process and what it started, at once."""
        if self.child and self.child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.child.pid, signal.SIGKILL)


def main() -> None:
    """Start everything, say where it is, wait for Ctrl-C."""
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", GATEWAY_PORT)))
    parser.add_argument("--var", type=Path, default=Path(os.environ.get("YWT_VAR", "var")))
    options = parser.parse_args()
    quiet = {"YWT_LOG_LEVEL": os.environ.get("YWT_LOG_LEVEL", "warning")}
    layout = Layout(options.var.resolve(), default_ports(options.port), extra=quiet)
    try:
        _check(layout)
    except BadSetting as error:
        sys.exit(f"make run: {error}")
    lines = parse_procfile(PROCFILE.read_text()).processes
    processes = [Process(name, command, layout.environment(name)) for name, command in lines.items()]
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    threads = [threading.Thread(target=process.watch, daemon=True) for process in processes]
    for thread in threads:
        thread.start()
    threading.Thread(target=_welcome, args=(layout, stopped), daemon=True).start()
    stopped.wait()
    _say("stopping …")
    for process in processes:
        process.stop()
    end = time.monotonic() + 15
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    for process in processes:
        process.kill()
    _say("stopped; the data stay in " + str(layout.var))


def _check(layout: Layout) -> None:
    try:
        layout.var.mkdir(parents=True, exist_ok=True)
        probe = layout.var / f".probe-{os.getpid()}"
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        raise BadSetting(f"cannot write to {layout.var} ({error.strerror}); set YWT_VAR to a folder of yours") from None
    for name, port in layout.ports.items():
        try:
            check_port(layout.host, port)
        except BadSetting:
            raise BadSetting(
                f"port {port} ({name}) is taken; stop what uses it or choose another: make run PORT={port + 1000}"
                if name == "gateway"
                else f"port {port} ({name}) is taken; move the whole hall: make run PORT=9000"
            ) from None


def _welcome(layout: Layout, stopped: threading.Event) -> None:
    """Wait until every service is ready, then print address and accounts."""
    began = time.monotonic()
    while not stopped.wait(0.3):
        with contextlib.suppress(requests.RequestException):
            states = requests.get(f"{layout.url('gateway')}/api/hall", timeout=5).json()["services"]
            if all(entry["state"] == "ready" for entry in states):
                break
        if time.monotonic() - began > START_SECONDS:
            _say(f"not all services are ready after {START_SECONDS} s; see the lines above")
            return
    else:
        return
    _say("")
    _say(f"一网通 is open: {layout.url('gateway')}/   (ready after {time.monotonic() - began:.0f} s)")
    _say(f"  SMS sent:      {layout.url('sms')}/")
    _say(f"  EMS shipments: {layout.url('ems')}/")
    _say(f"  Payments:      {layout.url('payment')}/")
    _say(f"  Staff accounts, to be changed at the first login (all of them: {seeding.accounts_path(layout.var)}):")
    for account, password, name in _shown_accounts(layout.var):
        _say(f"    {account:<24} {password:<24} {name}")
    _say("  Ctrl-C stops all of it; the data stay. The whole story in another terminal: make demo")
    _say("")


def _shown_accounts(var: Path) -> list[tuple[str, str, str]]:
    """The staff of the demo's offices, with their passwords as they are now."""
    passwords = Door("", "", "", var).passwords()
    accounts = json.loads(seeding.accounts_path(var).read_text(encoding="utf-8"))["accounts"]
    return [
        (entry["account"], passwords[entry["account"]], entry["display_name"])
        for entry in accounts
        if entry["account"].startswith(SHOWN)
    ]


_printing = threading.Lock()


def _say(line: str) -> None:
    with _printing:
        print(line, flush=True)


if __name__ == "__main__":
    main()
