"""The real gateway process in front of small real services."""

import http.client
import json
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.harness.processes import Program, eventually, free_port, wait_http, wait_port

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("catalog", "filing")
KEY = Ed25519PrivateKey.generate()


@dataclass
class Reply:
    """An answer as it came over the wire."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The only header of this name, or None."""
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(found) < 2, f"{name} is there {len(found)} times"
        return found[0] if found else None

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def sent(self) -> dict[str, list[str]]:
        """The headers that the service saw, for an answer that tells them."""
        seen: dict[str, list[str]] = {}
        for name, value in self.json["headers"]:
            seen.setdefault(name.lower(), []).append(value)
        return seen


@dataclass
class Door:
    """A gateway with its services and token issuer, all in processes of their own."""

    folder: Path
    extra: dict[str, str] = field(default_factory=dict)
    services: dict[str, Program] = field(default_factory=dict)

    def __enter__(self) -> Self:
        public = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(KEY.public_key()))
        (self.folder / "jwks.json").write_text(json.dumps({"keys": [public | {"kid": "one"}]}))
        self.ports = {name: free_port() for name in (*SERVICES, "identity", "gateway")}
        for name in (*SERVICES, "identity"):
            environ = {
                "UPSTREAM": name,
                "UPSTREAM_JWKS": str(self.folder / "jwks.json"),
                "UPSTREAM_OPENAPI": str(self.folder / f"{name}.json"),
            }
            command = [sys.executable, "-m", "tests.gateway.upstream", str(self.ports[name])]
            log = self.folder / f"{name}.log"
            self.services[name] = Program(command, log=log, env=environ, cwd=ROOT).start()
        urls = {name: f"http://127.0.0.1:{self.ports[name]}" for name in self.services}
        environ = {
            "YWT_MODE": "test",
            "YWT_VAR": str(self.folder),
            "YWT_PORT": str(self.port),
            "YWT_PEERS": ",".join(f"{name}={url}" for name, url in (urls | {"sms": "http://127.0.0.1:1"}).items()),
            "YWT_JWKS_URL": f"{urls['identity']}/api/identity/v1/jwks",
            "YWT_RATE_PER_SECOND": "10000",
            "YWT_RATE_BURST": "10000",
            "YWT_ANSWER_SECONDS": "2",
            "YWT_CLIENT_SECONDS": "2",
            "YWT_CLOCK_FILE": "",
            "YWT_PEER_SECRET": "the-secret-between-the-services-of-this-test",
        }
        self.gateway = Program(
            [sys.executable, "-m", "gateway"], log=self.folder / "gateway.log", env=environ | self.extra, cwd=ROOT
        ).start()
        for name in self.services:
            wait_port(self.ports[name], 30)
        wait_http(f"http://127.0.0.1:{self.port}/livez", timeout=60)
        return self

    def __exit__(self, *exc: object) -> None:
        for program in (self.gateway, *self.services.values()):
            program.kill()

    @property
    def port(self) -> int:
        """Where the gateway listens."""
        return self.ports["gateway"]

    def ask(self, method: str, target: str, body: Any = None, *, chunked: bool = False, **headers: str) -> Reply:
        """One request on a connection of its own; the target goes out as it is. Underlines in names become hyphens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, target, body=body, headers=fields, encode_chunked=chunked)
            answer = connection.getresponse()
            return Reply(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()

    def get(self, target: str, **headers: Any) -> Reply:
        """GET."""
        return self.ask("GET", target, **headers)

    def raw(self, *pieces: bytes, method: str = "GET") -> Reply:
        """Bytes as they are, on a connection of their own; the first answer to them."""
        with self.connect() as connection:
            for piece in pieces:
                connection.sendall(piece)
            return read_reply(connection, method)

    def connect(self) -> socket.socket:
        """A connection to the gateway."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def notes(self, service: str, containing: str) -> list[str]:
        """Lines of a service's log."""
        return [line for line in self.services[service].output().splitlines() if containing in line]

    def noted(self, service: str, containing: str) -> None:
        """Wait until the service's log has such a line."""
        eventually(lambda: self.notes(service, containing), what=f"{service} notes {containing!r}")

    def restart(self, service: str) -> None:
        """Another process of the service on the same port."""
        self.services[service].kill()
        self.services[service].start()
        wait_port(self.ports[service], 30)

    def memory(self, key: str) -> int:
        """Bytes that the gateway's processes hold (VmRSS) or have held at most (VmHWM)."""
        master = self.gateway.pid
        workers = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        status = [Path(f"/proc/{pid}/status").read_text() for pid in workers]
        return sum(int(text.split(f"{key}:")[1].split()[0]) * 1024 for text in status)


def read_reply(connection: socket.socket, method: str = "GET") -> Reply:
    """The answer to a request that was sent by hand."""
    answer = http.client.HTTPResponse(connection, method=method)
    answer.begin()
    return Reply(answer.status, answer.getheaders(), answer.read())


def token(sub: str = "person:1", *, kid: str = "one", key: Any = KEY, seconds: int = 600, **claims: Any) -> str:
    """The header value with a token as the issuer signs it, unless told otherwise."""
    all_claims = {"sub": sub, "kind": "person", "level": 1, "aud": "hall", "grants": []}
    expires = datetime.now(UTC) + timedelta(seconds=seconds)
    return "Bearer " + jwt.encode(all_claims | {"exp": expires} | claims, key, "EdDSA", headers={"kid": kid})


@pytest.fixture(scope="session")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """The gateway that most tests share."""
    with Door(tmp_path_factory.mktemp("door")) as one:
        yield one


@pytest.fixture(scope="session")
def _patient_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with Door(tmp_path_factory.mktemp("patient"), {"YWT_ANSWER_SECONDS": "20"}) as one:
        yield one


@pytest.fixture
def patient_door(_patient_door: Door) -> Iterator[Door]:
    """A gateway that waits long, and whose services a test may kill: they are there again for the next one."""
    yield _patient_door
    for name in SERVICES:
        _patient_door.restart(name)
        _patient_door.services[name].log.write_bytes(b"")


@pytest.fixture
def own_door(tmp_path: Path) -> Iterator[Any]:
    """A gateway with settings of its own: `own_door(YWT_RATE_BURST="3")`."""
    doors: list[Door] = []

    def make(**extra: str) -> Door:
        folder = tmp_path / str(len(doors))
        folder.mkdir()
        doors.append(Door(folder, extra).__enter__())
        return doors[-1]

    yield make
    for one in doors:
        one.__exit__()
