"""What the simulated providers have in common: a small HTTP program with its own SQLite file and faults on demand.

They are separate programs so that time-outs, refusals and late receipts are real. Faults are set with
`PUT /faults {"refuse_next": 1, "hang_next": 1, "hang_seconds": 8, "push_delay_ms": 200, "drop_pushes": false}`.
"""

import html
import json
import os
import re
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import requests

from chassis import clock
from chassis.config import BadSetting
from chassis.server import check_port

Route = Callable[["Request"], tuple[int, Any]]
PAGE_ROWS = 200


class Request:
    """One call: path parameters, query, JSON body; headers and raw body for those who check a signature."""

    def __init__(self, match: re.Match[str], query: dict[str, str], body: Any, headers: Mapping[str, str], raw: bytes):
        self.path, self.query, self.body = match.groupdict(), query, body
        self.headers, self.raw = headers, raw


class Simulator:
    """One provider: routes, a SQLite file, faults, and a durable line of pushes to its customer."""

    pushers = 1  # one keeps the order

    def __init__(self, name: str, schema: str):
        var = Path(os.environ.get("YWT_VAR", "var"))
        var.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.push_url = os.environ.get(f"YWT_{name.upper()}_PUSH_URL", "")
        self._routes: list[tuple[str, re.Pattern[str], Route]] = []
        self._faults: dict[str, Any] = {"hang_seconds": 8, "push_delay_ms": 200, "drop_pushes": False}
        self._lock = threading.RLock()
        self._db = sqlite3.connect(var / f"simulator-{name}.db", check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.executescript("PRAGMA journal_mode=wal; PRAGMA synchronous=normal;" + schema)
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS push (id INTEGER PRIMARY KEY, body TEXT NOT NULL, due REAL NOT NULL,"
            " tries INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0)"
        )
        self._db.execute("CREATE INDEX IF NOT EXISTS push_due ON push (due, id) WHERE done = 0")
        if os.environ.get("YWT_CLOCK_FILE"):
            clock.allow_travel(os.environ["YWT_CLOCK_FILE"])
        self.route("PUT", "/faults")(self._set_faults)
        self.route("GET", "/readyz")(lambda request: (200, {"ready": True}))

    def route(self, method: str, pattern: str) -> Callable[[Route], Route]:
        """Register an address; `<name>` in the pattern is one path part."""
        compiled = re.compile(re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", pattern) + r"\Z")

        def register(function: Route) -> Route:
            self._routes.append((method, compiled, function))
            return function

        return register

    def rows(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        """Run one statement and return its rows."""
        with self._lock:
            return [dict(row) for row in self._db.execute(sql, parameters)]

    def fault(self, name: str) -> bool:
        """Use up one of the `<name>` faults that were ordered."""
        with self._lock:
            left = int(self._faults.get(name, 0))
            if left > 0:
                self._faults[name] = left - 1
            return left > 0

    def setting(self, name: str, default: float = 0.0) -> float:
        """A number among the faults that holds until it is changed."""
        return float(self._faults.get(name, default))

    def hang(self) -> None:
        """Keep the caller waiting longer than it is willing to."""
        time.sleep(self.setting("hang_seconds"))

    def push(self, body: Any, after_ms: float | None = None) -> None:
        """Send this to the customer's call-back address, again and again until it is taken."""
        delay = float(self._faults["push_delay_ms"] if after_ms is None else after_ms) / 1000
        self.rows(
            "INSERT INTO push (body, due) VALUES (?, ?)", json.dumps(body, ensure_ascii=False), time.time() + delay
        )

    def serve(self, variable: str = "YWT_PORT") -> None:
        """Answer at the port in this variable until the program is ended; a taken port is one clear line."""
        host, port = os.environ.get("YWT_HOST", "127.0.0.1"), int(os.environ.get(variable, "0"))
        try:
            check_port(host, port)
        except BadSetting as error:
            sys.exit(f"{self.name}: {error}")
        if self.push_url:
            threading.Thread(target=self._push_all, daemon=True).start()
        server = ThreadingHTTPServer((host, port), _handler(self))
        server.daemon_threads = True
        server.serve_forever()

    def answer(
        self,
        method: str,
        path: str,
        query: dict[str, str],
        body: Any,
        headers: Mapping[str, str] = MappingProxyType({}),
        raw: bytes = b"",
    ) -> tuple[int, Any]:
        """Find the route and run it."""
        for wanted, pattern, function in self._routes:
            match = pattern.match(path)
            if match and wanted == method:
                return function(Request(match, query, body, headers, raw))
        return 404, {"code": "NOT_FOUND", "message": f"{method} {path}"}

    def _set_faults(self, request: Request) -> tuple[int, Any]:
        with self._lock:
            self._faults |= request.body or {}
            return 200, self._faults

    def push_headers(self, body: bytes) -> dict[str, str]:
        """How the customer knows that a push is ours."""
        return {"X-Callback-Secret": os.environ.get("YWT_CALLBACK_SECRET", "")}

    def _push_all(self) -> None:
        session, pushers = requests.Session(), ThreadPoolExecutor(self.pushers)
        while True:
            due = self.rows("SELECT * FROM push WHERE done = 0 AND due <= ? ORDER BY due, id LIMIT 400", time.time())
            parcels = list(_together(due))
            answers = pushers.map(lambda rows: self.bring(session, self.push_url, _one_body(rows)), parcels)
            for rows, taken in zip(parcels, answers, strict=True):
                ids, marks = [row["id"] for row in rows], ", ".join("?" * len(rows))
                if taken:
                    self.rows(f"UPDATE push SET done = 1 WHERE id IN ({marks})", *ids)
                else:
                    later = time.time() + min(30.0, 0.5 * 2 ** rows[0]["tries"])
                    self.rows(f"UPDATE push SET tries = tries + 1, due = ? WHERE id IN ({marks})", later, *ids)
            if not due:
                time.sleep(0.1)

    def bring(self, session: requests.Session, url: str, body: bytes) -> bool:
        """Call the customer back once; whether it has taken it."""
        if self._faults["drop_pushes"]:
            return True
        headers = {"Content-Type": "application/json", **self.push_headers(body)}
        try:
            return session.post(url, data=body, headers=headers, timeout=(1, 5)).ok
        except requests.RequestException:
            return False


def _together(due: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """What goes in one push: lists are joined, up to a hundred, unless they have failed before."""
    lists = [row for row in due if row["body"].startswith("[") and not row["tries"]]
    yield from (lists[start : start + 100] for start in range(0, len(lists), 100))
    yield from ([row] for row in due if row["tries"] or not row["body"].startswith("["))


def _one_body(rows: list[dict[str, Any]]) -> bytes:
    bodies = [row["body"] for row in rows]
    joined = bodies[0] if len(bodies) == 1 else f"[{', '.join(body[1:-1] for body in bodies)}]"
    return joined.encode()


def _handler(simulator: Simulator) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _respond(self) -> None:
            parts = urlsplit(self.path)
            query = {key: values[-1] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                body = json.loads(raw) if raw else None
                status, content = simulator.answer(
                    self.command, parts.path, query, body, cast(Mapping[str, str], self.headers), raw
                )
            except (ValueError, KeyError, TypeError) as error:
                status, content = 400, {"code": "BAD_REQUEST", "message": repr(error)}
            kind = "text/html" if isinstance(content, str) else "application/json"
            data = (content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)).encode()
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_DELETE = _respond

        def log_message(self, *args: Any) -> None:
            """What was sent is shown on the page, not in a log."""

    return Handler


STYLE = """
body { margin: 0; font: 16px/1.6 "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; color: #1f2328 }
body { background: #f6f7f9 }
header { background: #24292f; color: #fff; padding: .75rem 1.25rem }
h1 { font-size: 1.25rem; margin: 0 }
h1 span { opacity: .7; font-size: 1rem }
main { padding: 1.25rem; overflow-x: auto }
table { border-collapse: collapse; width: 100%; background: #fff }
th, td { text-align: left; padding: .5rem .75rem; border: 1px solid #d8dee4; vertical-align: top }
th { background: #eef1f4; white-space: nowrap }
.empty { color: #57606a }
"""


def page(title: str, title_en: str, columns: dict[str, str], rows: list[dict[str, Any]]) -> str:
    """A plain page with a table, newest first, that reloads itself."""
    head = "".join(f"<th scope='col'>{html.escape(name)}</th>" for name in columns.values())
    lines = "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(row[key] or ''))}</td>" for key in columns) + "</tr>" for row in rows
    )
    empty = "" if rows else "<p class='empty'>还没有记录 · nothing yet</p>"
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>{empty}"
    return plain(title, title_en, table, '<meta http-equiv="refresh" content="5">')


def plain(title: str, title_en: str, body: str, head: str = "") -> str:
    """A page of a simulator."""
    return f"""<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8">{head}
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title><style>{STYLE}</style></head>
<body><header><h1>{title} <span lang="en">{title_en}</span></h1></header>
<main>{body}</main></body></html>"""
