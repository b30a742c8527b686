"""A service on the bench: its real application, database, inbox and deadlines, driven from outside."""

import atexit
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import psycopg2
import psycopg2.errors
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from flask.testing import FlaskClient

from chassis import auth, clock, config, consumer, deadlines, http, web
from chassis.service import Service
from contracts import envelope

_KEY = Ed25519PrivateKey.generate()
_templates: dict[tuple[str, str], str] = {}  # server and service → a migrated database that nobody is connected to
PEER_SECRET = "a-secret-that-only-this-test-run-knows"


@dataclass(frozen=True)
class Caller:
    """Claims of a token, to be signed by the test run's own key."""

    ref: str
    kind: str
    level: int = 0
    grants: tuple[dict[str, Any], ...] = ()
    change_password: bool = False

    def token(self, service: str) -> str:
        """A token as the issuer, or for a service a peer, would sign it."""
        expires = datetime.now(UTC) + timedelta(minutes=15)
        if self.kind == "service":
            claims = {"sub": self.ref, "aud": service, "exp": expires}
            return jwt.encode(claims, PEER_SECRET, algorithm="HS256")
        claims = {
            "sub": self.ref,
            "kind": self.kind,
            "level": self.level,
            "name": "张*",
            "grants": list(self.grants),
            "sid": "session-of-a-test",
            "change_password": self.change_password,
            "aud": "hall",
            "exp": expires,
        }
        return jwt.encode(claims, _KEY, algorithm="EdDSA", headers={"kid": "test"})


def jwks() -> dict[str, Any]:
    """The key of this test run as the issuer publishes it, for services in processes of their own."""
    return {"keys": [json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(_KEY.public_key())) | {"kid": "test"}]}


def person(ref: str | None = None, *, level: int = 1) -> Caller:
    """A citizen, real-name verified unless level=0."""
    return Caller(ref or f"person:{uuid4()}", "person", level)


def legal(ref: str | None = None, *, level: int = 2) -> Caller:
    """A legal person's account."""
    return Caller(ref or f"legal:{uuid4()}", "legal", level)


def staff(role: str, org: str, items: list[str] | None = None, *, ref: str | None = None) -> Caller:
    """A staff member with one role at one organisation; several roles parted by blanks."""
    grants = tuple({"role": one, "org": org, "items": items} for one in role.split())
    return Caller(ref or f"staff:{uuid4()}", "staff", 0, grants)


def peer(name: str) -> Caller:
    """Another service of the hall."""
    return Caller(f"service:{name}", "service")


class Bench:
    """One service with an own database; close it at the end of the test (the `bench` function is a context manager)."""

    def __init__(self, service: Service, folder: Path, url: str | None = None):
        self.service, self.database = service, service.database
        self._closing = ExitStack()
        self.peers: dict[str, str] = {}
        environ = {
            "YWT_MODE": "test",
            "YWT_VAR": str(folder),
            "DATABASE_URL": url or f"sqlite:///{folder}/{service.name}.db",
            "YWT_PEER_SECRET": PEER_SECRET,
            "YWT_LOG_LEVEL": "error",
        }
        self.settings = config.load(service.name, environ)
        self._closing.callback(auth.act_as, auth.actor())  # who acted before does so again afterwards
        file = folder / f"{service.name}.db"
        if url is None and not file.exists():
            shutil.copyfile(_migrated(service), file)
        if url is not None and url.startswith("postgresql:"):
            _copy_tables(service, url)
        service.configure(self.settings)
        service.gate = _gate(service)
        if url is not None:
            service.migrate()
        self.app = _application(service)
        self.app.extensions["ywt_settings"] = self.settings

    def __enter__(self) -> "Bench":
        return self

    def __exit__(self, *exc: object) -> None:
        self._closing.close()
        self.database.close()

    def client(self, who: Caller | str | None = None) -> FlaskClient:
        """A test client that sends the caller's token; None is nobody, a text is used as the token itself."""
        client = self.app.test_client()
        if who is not None:
            token = who if isinstance(who, str) else who.token(self.service.name)
            client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return client

    def event(self, event_type: type[Any], subject: str, data: dict[str, Any], **envelope_fields: Any) -> Any:
        """An event as it arrives from the bus: sealed, serialised, read again."""
        fields = {"id": str(uuid4()), "time": clock.now(), "sequence": 1, "source": f"/{event_type.owner}"}
        sealed = envelope.seal(event_type, subject, data, **(fields | envelope_fields))
        return envelope.read(envelope.dumps(sealed))

    def deliver(self, event_type: type[Any], subject: str, data: dict[str, Any], **envelope_fields: Any) -> Any:
        """Bring one event through the inbox; returns it, so that it can be delivered again with `redeliver`."""
        event = self.event(event_type, subject, data, **envelope_fields)
        self.redeliver(event)
        return event

    def redeliver(self, *events: Any) -> None:
        """Bring these events through the inbox, in this order."""
        consumer.deliver(self.database, self.service.handlers, self.service.name, list(events))

    def emitted(self, event_type: type[Any] | None = None) -> list[Any]:
        """The events in the outbox, oldest first."""
        outbox = self.database.table("outbox")
        events = [envelope.read(row.body.encode()) for row in outbox.select().order_by(outbox.id)]
        return [event for event in events if event_type is None or event.type == event_type.type]

    def sweep(self, at: str | datetime | None = None) -> int:
        """Fire all due deadlines, at this legal time if given; returns how many."""
        if at is None:
            return deadlines.run_due(self.database, self.service.due_work)
        with clock.clock_at(at):
            return deadlines.run_due(self.database, self.service.due_work)

    def peer(self, name: str, routes: dict[str, Any]) -> "PeerServer":
        """A real HTTP server that stands for a peer: routes map "GET /path" to a JSON value, or to a function of the
        request body that returns (status, JSON)."""
        server = PeerServer(routes)
        self._closing.callback(server.close)
        self.peers[name] = server.url
        assert self.service.gate is not None
        http.configure(self.peers, self.service.gate.peer_token)
        return server


@dataclass
class PeerServer:
    """Answers by a table of routes and remembers what it was asked."""

    routes: dict[str, Any]
    requests: list[tuple[str, str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                raw = self.rfile.read(length)
                body = json.loads(raw) if raw and "json" in self.headers.get("Content-Type", "") else raw or None
                path = self.path.partition("?")[0]
                outer.requests.append((self.command, self.path, body))
                found = outer.routes.get(f"{self.command} {path}")
                status, answer = (404, {"detail": "no such route"}) if found is None else (200, found)
                if callable(found):
                    status, answer = found(body)
                data = json.dumps(answer, ensure_ascii=False).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _answer

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()


@cache
def _gate(service: Service) -> auth.Gate:
    keys = service.local_keys or (lambda: {"test": _KEY.public_key()})
    return auth.Gate(service.name, auth.LocalKeys(keys), PEER_SECRET)


@cache
def _application(service: Service) -> Flask:
    """The connected application, built once per test run: building costs more than most tests."""
    app, _ = web.build(service.name, service.title, service.blueprints, service.database)
    web.connect(app, config.load(service.name, {"YWT_MODE": "test"}), service.database, _gate(service))
    return app


@cache
def _migrated(service: Service) -> Path:
    """An empty, migrated SQLite database of the service, made once per test run and copied for each test."""
    folder = Path(tempfile.mkdtemp(prefix="ywt-empty-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / f"{service.name}.db"
    service.database.connect(f"sqlite:///{path}")
    service.migrate()
    service.database.proxy.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    service.database.close()
    return path


def _copy_tables(service: Service, url: str) -> None:
    """Fill an empty PostgreSQL database with the tables of the service: migrated once per test run and server, then
    copied, which takes a fraction of the time. A database that is not empty, or in use, is left as it is."""
    server, _, name = url.rpartition("/")
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public' LIMIT 1")
        if cursor.fetchone():
            return
    with closing(psycopg2.connect(f"{server}/postgres")) as connection, suppress(psycopg2.errors.ObjectInUse):
        connection.autocommit = True
        with connection.cursor() as cursor:
            if template := _templates.get((server, service.name)):
                cursor.execute(f'DROP DATABASE "{name}"')
                cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
                return
            service.database.connect(url)
            service.migrate()
            service.database.close()
            template = f"{service.name}_{os.getpid()}"
            cursor.execute(f'CREATE DATABASE "{template}" TEMPLATE "{name}"')
            _templates[server, service.name] = template


def bench(service: Service, folder: Path, url: str | None = None) -> Bench:
    """Put a service on the bench: `with bench(service, tmp_path) as b:`."""
    return Bench(service, folder, url)


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run `work(0) … work(count-1)` in as many threads at the same moment; results or exceptions in order."""
    barrier = threading.Barrier(count)
    results: list[Any] = [None] * count

    def one(number: int) -> None:
        barrier.wait()
        try:
            results[number] = work(number)
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def pages(client: FlaskClient, path: str) -> Iterator[dict[str, Any]]:
    """All items of a paged list."""
    cursor: str | None = ""
    while cursor is not None:
        answer = client.get(path, query_string={"cursor": cursor} if cursor else {}).get_json()
        yield from answer["items"]
        cursor = answer["next"]
