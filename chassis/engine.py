"""The connections behind `chassis.db`: SQLite in WAL, and PostgreSQL with few round trips.

On PostgreSQL, what nobody waits for (BEGIN, a new row, an emitted event) is held back inside its transaction and
travels with the next statement whose answer is read, or with COMMIT: a transaction that only writes is one round trip.
The order stays as written. Only the moment of an error changes: a new row that breaks a constraint is refused at the
end of its innermost `with database.transaction()` at the latest.
"""

import itertools
import re
import select
import threading
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from weakref import WeakKeyDictionary

import peewee
from playhouse.pool import PooledPostgresqlDatabase, PooledSqliteDatabase
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

HELD_BYTES = 256 * 1024  # a transaction of very many rows is sent in pieces

_GUARDS = (
    "-c timezone=UTC -c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"
    " -c plan_cache_mode=force_generic_plan"  # what is kept is planned once, as `execute_kept` promises
)
_BEGIN = b"BEGIN"


def engine(url: str, connections: int) -> peewee.Database:
    """The engine for `sqlite:///path` or `postgresql://…`, with at most so many connections to PostgreSQL."""
    if url.startswith("sqlite:///"):
        return Sqlite(
            unquote(url.removeprefix("sqlite:///")),
            max_connections=None,
            timeout=10,
            lock_type="IMMEDIATE",
            check_same_thread=False,  # the pool hands a connection from one thread to another, never to two at once
            pragmas={"journal_mode": "wal", "synchronous": "normal", "foreign_keys": 1, "busy_timeout": 10_000},
        )
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ValueError(f"DATABASE_URL must begin with sqlite:/// or postgresql://, not {parts.scheme}:")
    options = dict(parse_qsl(parts.query))
    return Postgresql(
        unquote(parts.path.lstrip("/")),
        max_connections=connections,
        stale_timeout=300,
        timeout=5,
        user=unquote(parts.username or "") or None,
        password=unquote(parts.password or "") or None,
        host=options.pop("host", None) or parts.hostname,
        port=parts.port,
        options=options.pop("options", _GUARDS),
        **options,
    )


class Sqlite(PooledSqliteDatabase):
    """SQLite runs in this process: there is no round trip to save."""

    def execute_later(self, sql: str, params: Sequence[Any] = ()) -> None:
        """Run a statement."""
        self.execute_sql(sql, params)

    def insert_later(self, head: str, row: str, params: Sequence[Any]) -> None:
        """Run the statement `head row`."""
        self.execute_sql(head + row, params)

    def execute_kept(self, name: str, sql: str, params: Sequence[Any]) -> Any:
        """Run a statement."""
        return self.execute_sql(sql, params)


class _Held(threading.local):
    """The statements that this thread has not sent yet, each with the head that further rows may join."""

    def __init__(self) -> None:
        self.statements: list[tuple[str | None, bytearray]] = []
        self.size = 0

    def add(self, text: bytes, head: str | None = None) -> None:
        self.statements.append((head, bytearray(text)))
        self.size += len(text)

    def join(self, row: bytes) -> None:
        self.statements[-1][1].extend(b", " + row)
        self.size += len(row)

    def take(self) -> list[bytearray]:
        texts = [text for _, text in self.statements]
        self.statements, self.size = [], 0
        return texts


class Postgresql(PooledPostgresqlDatabase):
    """PostgreSQL: `begin` and the `_later` calls hold back, every other call sends what was held back before it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._held = _Held()
        self._kept: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()  # by connection: what it has planned
        super().__init__(*arguments, **options)

    def execute_later(self, sql: str, params: Sequence[Any] = ()) -> None:
        """Run a statement before the next one."""
        if self.transaction_depth():
            self._held.add(self._bound(sql, params))
            self._limit()
        else:
            self.execute_sql(sql, params)

    def insert_later(self, head: str, row: str, params: Sequence[Any]) -> None:
        """Run the statement `head row` before the next one; rows of the same head that follow at once join it."""
        held = self._held.statements
        if not self.transaction_depth():
            self.execute_sql(head + row, params)
        elif held and held[-1][0] == head:
            self._held.join(self._bound(row, params))
        else:
            self._held.add(self._bound(head + row, params), head)
        self._limit()

    def _limit(self) -> None:
        if self._held.size > HELD_BYTES:
            self._run(self._held.take())

    def execute_sql(self, sql: Any, params: Any = None) -> Any:
        """Run a statement, after what was held back, in one round trip."""
        if not self._held.statements:
            return super().execute_sql(sql, params)
        last = self._bound(sql, params or ())
        return self._run([*self._held.take(), last])

    def execute_kept(self, name: str, sql: str, params: Sequence[Any]) -> Any:
        """Run the statement of this name, which each connection plans once; for many joins that takes longest."""
        kept = self._kept.setdefault(self.connection(), set())
        if name not in kept:
            numbers = itertools.count(1)
            self.execute_sql(f"PREPARE {name} AS {re.sub('%s', lambda _mark: f'${next(numbers)}', sql)}")
            kept.add(name)
        return self.execute_sql(f"EXECUTE {name} ({', '.join(['%s'] * len(params))})", params)

    def _is_closed(self, conn: Any) -> bool:
        """Whether a connection of the pool is dead. One that rests, and on which nothing has come, lives: a server that
        goes away ends it. Only otherwise is the server asked, which costs a round trip."""
        resting = not conn.closed and conn.get_transaction_status() == TRANSACTION_STATUS_IDLE
        if resting and not _has_come(conn):
            return False
        return super()._is_closed(conn)

    def cursor(self, named_cursor: Any = None) -> Any:
        """A cursor for whoever goes past `execute_sql`: sends what was held back before it."""
        if self._held.statements:
            self._run(self._held.take())
        return super().cursor(named_cursor)

    def _run(self, texts: Sequence[bytes | bytearray]) -> Any:
        """Send bound statements; past peewee, which would look for parameters in them."""
        with peewee.__exception_wrapper__:  # type: ignore[attr-defined]
            cursor = super().cursor()
            cursor.execute(b"; ".join(texts))
        return cursor

    def _bound(self, sql: str, params: Sequence[Any]) -> bytes:
        with peewee.__exception_wrapper__:  # type: ignore[attr-defined]
            bound: bytes = super().cursor().mogrify(sql, params)
        return bound

    def forget(self) -> bool:
        """Drop what was held back, because it is to be undone; returns whether not even BEGIN has been sent."""
        return self._held.take()[:1] == [_BEGIN]

    def begin(self, isolation_level: Any = None) -> None:
        """Hold BEGIN back; opens a connection when there is none."""
        self.forget()
        self.connection()
        self._held.add(_BEGIN)

    def commit(self) -> None:
        """Send COMMIT with what was held back; a transaction of which nothing was sent yet is one message by itself."""
        texts = self._held.take()
        if texts[:1] != [_BEGIN]:
            self._run([*texts, b"COMMIT"])
        elif texts[1:]:
            self._run(texts[1:])

    def rollback(self) -> None:
        """Drop what was held back, and undo what was sent."""
        if not self.forget():
            self.execute_sql("ROLLBACK")

    def savepoint(self) -> Any:
        """A nested transaction."""
        return _Savepoint(self)


def _has_come(conn: Any) -> bool:
    waiting = select.poll()
    waiting.register(conn.fileno(), select.POLLIN)
    return bool(waiting.poll(0))


class _Savepoint(peewee._savepoint):
    """Its own statements are held back like others; undoing it drops them first."""

    def rollback(self, begin: bool = True) -> None:
        self.db.forget()
        super().rollback(begin)
