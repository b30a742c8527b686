"""A private PostgreSQL: own folder, own port, durable as in production, and killable."""

import itertools
import os
import signal
import subprocess
import tempfile
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Protocol

from tests.harness import reaper
from tests.harness.processes import PATIENCE, Program, eventually, free_port
from tests.harness.provide import apt_install, binary, docker_answers, first_of, give, unprivileged

IMAGE = "postgres:15"
BINARIES = "/usr/lib/postgresql/*/bin"
SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_min_messages": "warning",
}
# No test cuts the power, and whatever else ends leaves what was committed with the operating system: nothing is
# gained by waiting for the disk at each commit, and at each of the thousand databases that are made and dropped.
HASTY = {"fsync": "off", "full_page_writes": "off"}
STOPS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}

_numbers = itertools.count(1)


class PostgresServer(Protocol):
    """What tests may do with it, wherever it came from."""

    host: str
    port: int

    def create_database(self, name: str | None = None) -> str:
        """A new empty database; its URL."""

    def drop_database(self, name: str) -> None:
        """Drop it, whoever is still connected."""

    def url(self, name: str = "postgres", port: int | None = None) -> str:
        """The URL of a database, through another port when a proxy stands between."""

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run statements as the superuser; the unaligned output of psql."""

    def stop(self, mode: str = "fast") -> None:
        """Stop: smart (waits for clients), fast (rolls them back), immediate (as a crash)."""

    def start_again(self) -> None:
        """Start after stop or kill, with the same data and port; returns when it answers."""

    def restart(self) -> None:
        """A fast stop and a start."""

    def kill(self) -> None:
        """SIGKILL."""

    def close(self) -> None:
        """Stop for good and remove the data."""


class _Common(ABC):
    host = "127.0.0.1"
    port: int

    def url(self, name: str = "postgres", port: int | None = None) -> str:
        return f"postgresql://postgres@{self.host}:{port or self.port}/{name}"

    def create_database(self, name: str | None = None) -> str:
        name = name or f"test_{os.getpid()}_{next(_numbers)}"
        self.sql(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def drop_database(self, name: str) -> None:
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def restart(self) -> None:
        self.stop("fast")
        self.start_again()

    @abstractmethod
    def sql(self, statement: str, database: str = "postgres") -> str: ...

    @abstractmethod
    def stop(self, mode: str = "fast") -> None: ...

    @abstractmethod
    def start_again(self) -> None: ...


class LocalPostgres(_Common):
    """Debian's (or any installed) PostgreSQL, run in a temporary folder."""

    def __init__(self, postgres: Path, settings: dict[str, str] | None = None):
        self.bin = postgres.parent
        self.user = unprivileged("postgres")
        self.folder = Path(tempfile.mkdtemp(prefix="ywt-pg-"))
        reaper.watch_folder(self.folder)
        give(self.folder, self.user)
        self.data = self.folder / "data"
        self._initdb()
        self.port = free_port()
        own = {"listen_addresses": self.host, "port": str(self.port), "unix_socket_directories": str(self.folder)}
        options = [
            part for key, value in (SETTINGS | (settings or {}) | own).items() for part in ("-c", f"{key}={value}")
        ]
        self.program = Program(
            [postgres, "-D", self.data, *options],
            log=self.folder / "postgres.log",
            cwd=self.folder,
            user=self.user,
        )
        self.start_again()

    def sql(self, statement: str, database: str = "postgres") -> str:
        command: list[str | Path] = [
            self.bin / "psql",
            "-XqAt",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            self.folder,
            "-p",
            str(self.port),
        ]
        command += ["-U", "postgres", "-d", database, "-c", statement]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=PATIENCE)
        if done.returncode:
            raise RuntimeError(f"psql: {done.stderr.strip()}")
        return done.stdout.strip()

    def stop(self, mode: str = "fast") -> None:
        code = self.program.stop(number=STOPS[mode])
        if code not in (0, 1, 2):
            raise RuntimeError(f"PostgreSQL ended with {code}:\n{self.program.output(15)}")

    def start_again(self) -> None:
        ready: list[str | Path] = [
            self.bin / "pg_isready",
            "-q",
            "-h",
            self.host,
            "-p",
            str(self.port),
            "-d",
            "postgres",
        ]

        def answers() -> bool:
            if not self.program.alive:  # right after a SIGKILL its orphans may hold the shared memory for a moment
                self.program.start()
            return subprocess.run(ready, stdin=subprocess.DEVNULL).returncode == 0

        try:
            eventually(answers, every=0.05, what="PostgreSQL answers")
        except AssertionError as failure:
            raise RuntimeError(f"{failure}\n{self.program.output(15)}") from None

    def kill(self) -> None:
        self.program.kill(group=False)

    def close(self) -> None:
        self.program.stop(number=STOPS["immediate"])
        reaper.remove_folder(self.folder)

    def _initdb(self) -> None:
        command: list[str | Path] = [
            self.bin / "initdb",
            "-D",
            self.data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
        ]
        command += ["--locale=C", "--no-sync", "--no-instructions"]
        rights: dict[str, Any] = {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=self.folder, stdin=subprocess.DEVNULL, **rights
        )
        if done.returncode:
            raise RuntimeError(f"initdb: {done.stderr.strip()}")


class ContainerPostgres(_Common):
    """The official image through testcontainers, on a host port that survives restarts."""

    def __init__(self, container: Any = None, settings: dict[str, str] | None = None):
        self.port = free_port()
        if container is None:
            from testcontainers.core.container import DockerContainer

            container = DockerContainer(IMAGE)
        options = [part for key, value in (SETTINGS | (settings or {})).items() for part in ("-c", f"{key}={value}")]
        self.container = container.with_bind_ports(5432, self.port)
        self.container.with_env("POSTGRES_HOST_AUTH_METHOD", "trust").with_env("POSTGRES_INITDB_ARGS", "--locale=C")
        self.container.with_command(["postgres", *options])
        self.container.start()
        self.host = self.container.get_container_host_ip().replace("localhost", "127.0.0.1")
        self._wait()

    def sql(self, statement: str, database: str = "postgres") -> str:
        command = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", "postgres", "-d", database]
        code, output = self.container.exec([*command, "-c", statement])
        text = output.decode(errors="replace").strip()
        if code:
            raise RuntimeError(f"psql: {text}")
        return text

    def stop(self, mode: str = "fast") -> None:
        wrapped = self.container.get_wrapped_container()
        wrapped.kill(signal=STOPS[mode].name)
        wrapped.wait(timeout=PATIENCE)

    def start_again(self) -> None:
        self.container.get_wrapped_container().start()
        self._wait()

    def kill(self) -> None:
        wrapped = self.container.get_wrapped_container()
        wrapped.kill(signal="SIGKILL")
        wrapped.wait(timeout=PATIENCE)

    def close(self) -> None:
        self.container.stop()

    def _wait(self) -> None:
        def answers() -> bool:  # over TCP: while the image prepares its data it listens on the socket only
            try:
                return self.sql("SELECT 1") == "1"
            except RuntimeError as failure:
                raise ConnectionError(str(failure)) from None

        eventually(answers, every=0.2, what="PostgreSQL answers in its container")


def start(settings: dict[str, str] | None = None) -> PostgresServer:
    """A PostgreSQL from a Docker engine, the installed packages or apt-get; NoServer with one line otherwise.

    Without further settings it is as durable as a real one, which is what a benchmark measures.
    """

    def container() -> PostgresServer | None:
        return ContainerPostgres(settings=settings) if docker_answers() else None

    def installed() -> PostgresServer | None:
        found = binary("postgres", BINARIES)
        return LocalPostgres(found, settings) if found else None

    def from_apt() -> PostgresServer | None:
        return installed() if not binary("postgres", BINARIES) and apt_install("postgresql") else None

    return first_of("PostgreSQL", [("docker", container), ("installed", installed), ("apt-get", from_apt)])
