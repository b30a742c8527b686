"""A private RabbitMQ: own node, ports, cookie and folder; no plugins; virtual hosts from a pool, and killable."""

import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from tests.harness import reaper
from tests.harness.processes import PATIENCE, Program, eventually, free_port, wait_port
from tests.harness.provide import apt_install, binary, docker_answers, first_of, give, unprivileged

IMAGE = "rabbitmq:3.13"
SCRIPTS = "/usr/lib/rabbitmq/lib/*/sbin"
POOL = 10  # virtual hosts made by one rabbitmqctl call, each of which costs a second
HELLO = b"AMQP\x00\x00\x09\x01"
CONFIG = """\
loopback_users.guest = {loopback}
disk_free_limit.absolute = 50MB
vm_memory_high_watermark.absolute = 1GB
log.file.level = warning
"""

_numbers = itertools.count(1)


class RabbitServer(Protocol):
    """What tests may do with it, wherever it came from."""

    host: str
    port: int

    def url(self, vhost: str = "/", port: int | None = None) -> str:
        """The AMQP URL of a virtual host, through another port when a proxy stands between."""

    def create_vhost(self) -> str:
        """An empty virtual host that nobody used before; its name."""

    def release_vhost(self, name: str) -> None:
        """The virtual host may go (with the next batch)."""

    def rabbitmqctl(self, *arguments: str, timeout: float = PATIENCE) -> str:
        """Run rabbitmqctl against the node; its output."""

    def stop(self) -> None:
        """An orderly end of the node: queues are saved, clients are told."""

    def start_again(self) -> None:
        """Start after stop or kill, with the same data and port; returns when AMQP answers."""

    def restart(self) -> None:
        """Stop and start."""

    def stop_app(self) -> None:
        """The broker stops, its Erlang node stays."""

    def start_app(self) -> None:
        """The broker starts again in its node."""

    def sync(self) -> None:
        """Flush the registry of quorum queues, which RabbitMQ itself does every five seconds: a quorum queue
        declared after the last flush never finds a leader again when the node is killed."""

    def kill(self) -> None:
        """SIGKILL."""

    def close(self) -> None:
        """Stop for good and remove the data."""


class _Common(ABC):
    host = "127.0.0.1"
    port: int

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fresh: list[str] = []
        self._used: list[str] = []

    def url(self, vhost: str = "/", port: int | None = None) -> str:
        return f"amqp://guest:guest@{self.host}:{port or self.port}/{quote(vhost, safe='')}"

    def create_vhost(self) -> str:
        with self._lock:
            if not self._fresh:
                names = [f"test-{os.getpid()}-{next(_numbers)}" for _ in range(POOL)]
                self.rabbitmqctl("eval", expression(names, self._used))
                self._fresh, self._used = names[::-1], []
            return self._fresh.pop()

    def release_vhost(self, name: str) -> None:
        with self._lock:
            self._used.append(name)

    def stop_app(self) -> None:
        self.rabbitmqctl("stop_app")

    def start_app(self) -> None:
        self.rabbitmqctl("start_app")
        self._wait()

    def sync(self) -> None:
        self.rabbitmqctl("eval", "[dets:sync(Table) || Table <- dets:all()], ok.")

    def restart(self) -> None:
        self.stop()
        self.start_again()

    @abstractmethod
    def rabbitmqctl(self, *arguments: str, timeout: float = PATIENCE) -> str: ...

    @abstractmethod
    def stop(self) -> None: ...

    @abstractmethod
    def start_again(self) -> None: ...

    def _wait(self) -> None:
        eventually(self._greets, every=0.1, what="RabbitMQ answers")

    def _greets(self) -> bool:
        """The broker offers Connection.Start only when it has booted."""
        with socket.create_connection((self.host, self.port), timeout=5) as probe:
            probe.sendall(HELLO)
            return probe.recv(1) == b"\x01"


def expression(make: list[str], drop: list[str]) -> str:
    """Erlang that makes virtual hosts open to guest and drops others, in one call."""

    def erlang(names: list[str]) -> str:
        return "[" + ",".join(f'<<"{name}">>' for name in names) + "]"

    return (
        f'[rabbit_vhost:delete(V, <<"test">>) || V <- {erlang(drop)}],'
        f'[begin rabbit_vhost:add(V, <<"test">>), rabbit_auth_backend_internal:set_permissions('
        f'<<"guest">>, V, <<".*">>, <<".*">>, <<".*">>, <<"test">>) end || V <- {erlang(make)}], ok.'
    )


class LocalRabbit(_Common):
    """Debian's RabbitMQ, its scripts called directly: the wrapper in the path would change user and folder."""

    def __init__(self, server: Path):
        super().__init__()
        self.scripts = server.parent
        self.user = unprivileged("rabbitmq")
        self.folder = Path(tempfile.mkdtemp(prefix="ywt-mq-"))
        reaper.watch_folder(self.folder)
        self.port, self.epmd_port, distribution = free_port(), free_port(), free_port()
        files = {
            "rabbitmq.conf": CONFIG.format(loopback="true"),
            "enabled_plugins": "[].\n",
            "advanced.config": "[].\n",
        }
        for name, text in files.items():
            (self.folder / name).write_text(text)
        for name in ("data", "log", "."):
            (self.folder / name).mkdir(exist_ok=True)
            give(self.folder / name, self.user)
        self.env = {
            "HOME": str(self.folder),  # the cookie is made here
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"test-{os.getpid()}-{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": self.host,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none.conf"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_PID_FILE": str(self.folder / "data" / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RUNNING_UNDER_SYSTEMD": "true",  # the script becomes the Erlang process, so signals reach it
            "LANG": "C.UTF-8",
        }
        epmd = binary("epmd", "/usr/lib/erlang/erts-*/bin") or Path("epmd")
        self.epmd = self._program([epmd, "-port", str(self.epmd_port), "-address", "127.0.0.1"], "epmd.log")
        self.program = self._program([server], "server.log")
        self.start_again()

    def rabbitmqctl(self, *arguments: str, timeout: float = PATIENCE) -> str:
        done = subprocess.run(
            [self.scripts / "rabbitmqctl", "-q", *arguments],
            env={**os.environ, **self.env},
            cwd=self.folder,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
            **rights(self.user),
        )
        if done.returncode:
            raise RuntimeError(f"rabbitmqctl {arguments[0]}: {(done.stderr or done.stdout).strip()}")
        return done.stdout.strip()

    def stop(self) -> None:
        self.program.stop()

    def start_again(self) -> None:
        if not self.epmd.alive:
            self.epmd.start()
            wait_port(self.epmd_port)
        self.program.start()

        def answers() -> bool:
            return not self.program.alive or self._greets()

        try:
            eventually(answers, every=0.1, what="RabbitMQ answers")
        except AssertionError as failure:
            raise RuntimeError(f"{failure}\n{self.program.output(15)}") from None
        if not self.program.alive:
            raise RuntimeError(f"RabbitMQ did not start:\n{self.program.output(15)}")

    def kill(self) -> None:
        self.program.kill()

    def close(self) -> None:
        self.program.kill()
        self.epmd.kill()
        reaper.remove_folder(self.folder)

    def _program(self, command: list[Any], log: str) -> Program:
        return Program(command, log=self.folder / log, env=self.env, cwd=self.folder, user=self.user)


def rights(user: str | None) -> dict[str, Any]:
    """The arguments of subprocess that change the user."""
    return {"user": user, "group": user, "extra_groups": []} if user else {}


class ContainerRabbit(_Common):
    """The official image through testcontainers, on a host port that survives restarts."""

    def __init__(self, container: Any = None):
        super().__init__()
        self.port = free_port()
        if container is None:
            from testcontainers.core.container import DockerContainer

            container = DockerContainer(IMAGE)
        self.folder = Path(tempfile.mkdtemp(prefix="ywt-mq-"))
        reaper.watch_folder(self.folder)
        self.folder.chmod(0o755)
        (self.folder / "test.conf").write_text(CONFIG.format(loopback="false"))
        self.container = container.with_bind_ports(5672, self.port)
        self.container.with_env("RABBITMQ_NODENAME", "test@localhost")
        self.container.with_volume_mapping(str(self.folder / "test.conf"), "/etc/rabbitmq/conf.d/90-test.conf", "ro")
        self.container.start()
        self.host = self.container.get_container_host_ip().replace("localhost", "127.0.0.1")
        self._wait()

    def rabbitmqctl(self, *arguments: str, timeout: float = PATIENCE) -> str:
        code, output = self.container.exec(["rabbitmqctl", "-q", *arguments])
        text = output.decode(errors="replace").strip()
        if code:
            raise RuntimeError(f"rabbitmqctl {arguments[0]}: {text}")
        return text

    def stop(self) -> None:
        wrapped = self.container.get_wrapped_container()
        wrapped.kill(signal=signal.SIGTERM.name)
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
        reaper.remove_folder(self.folder)


def start() -> RabbitServer:
    """A RabbitMQ from a Docker engine, the installed packages or apt-get; NoServer with one line otherwise."""

    def container() -> RabbitServer | None:
        return ContainerRabbit() if docker_answers() else None

    def installed() -> RabbitServer | None:
        found = binary("rabbitmq-server", SCRIPTS)
        # Not the wrapper in /usr/sbin, which insists on its own user and folder.
        direct = found and shutil.which("erl") and found.resolve().with_name("rabbitmq-env").exists()
        return LocalRabbit(found.resolve()) if found and direct else None

    def from_apt() -> RabbitServer | None:
        return installed() if not binary("rabbitmq-server", SCRIPTS) and apt_install("rabbitmq-server") else None

    return first_of("RabbitMQ", [("docker", container), ("installed", installed), ("apt-get", from_apt)])
