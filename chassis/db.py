"""One service's database: SQLite (WAL) for the embedded hall, PostgreSQL in production, behind the same few calls."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Any, ClassVar, Self

import peewee
from peewee import Field, IntegerField, Model, OperationalError, TextField

from chassis import clock
from chassis.engine import engine
from chassis.errors import Refusal
from chassis.ids import new_id
from chassis.rows import WholeRows

# sqlite3 drops its own date adapter in a later Python; ISO text is what both databases compare correctly.
sqlite3.register_adapter(date, date.isoformat)

_active: ContextVar["Database | None"] = ContextVar("active_database", default=None)
_stack = threading.local()
_inserts: dict[tuple[type[Any], tuple[str, ...], str], tuple[str, str]] = {}
_saves: dict[tuple[type[Any], tuple[str, ...], str], tuple[str, list[Callable[[Any], Any]]]] = {}
_chassis_tables: dict[str, Callable[[type[Any]], type[Any]]] = {}


class StaleRowError(Exception):
    """Somebody else changed the row between reading and saving it."""


class InstantField(Field):
    """An instant: aware datetimes in, UTC out; one sortable text form on SQLite, timestamptz on PostgreSQL."""

    field_type = "TIMESTAMPTZ"

    def db_value(self, value: datetime | str | None) -> str | None:
        if value is None:
            return None
        moment = clock.parse(value) if isinstance(value, str) else value
        if moment.tzinfo is None:
            raise ValueError("an instant needs an offset (TIM-01)")
        return moment.astimezone(UTC).isoformat(timespec="microseconds")

    def python_value(self, value: datetime | str | None) -> datetime | None:
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        return value.astimezone(UTC) if value is not None else None


class JsonField(TextField):
    """Any JSON value, kept as text so that both databases store the same bytes."""

    def db_value(self, value: Any) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def python_value(self, value: str | None) -> Any:
        return None if value is None else json.loads(value)


class Table(Model):
    """What every table has: a time-ordered id, two instants and a version that each save raises."""

    id = TextField(primary_key=True, default=new_id)
    created_at = InstantField(default=clock.now)
    updated_at = InstantField(default=clock.now)
    version = IntegerField(default=1)

    home: ClassVar["Database"]
    _pk: Any  # of peewee
    _dirty: set[str]

    @classmethod
    def select(cls, *fields: Any) -> Any:
        """As peewee's; whole rows by a kept list of columns."""
        return super().select(*fields) if fields else WholeRows(cls, cls._meta.sorted_fields)

    @classmethod
    def select_some(cls, fields: Sequence[Field]) -> Any:
        """As `select` of these own columns, by a kept list: for lists, which read many rows and few columns."""
        return WholeRows(cls, fields)

    @classmethod
    def locked(cls, *expressions: Any) -> Any:
        """Read one row FOR UPDATE, by primary key or by expressions; None when there is none."""
        conditions = [cls._meta.primary_key == e if isinstance(e, str) else e for e in expressions]
        return cls.home.for_update(cls.select().where(*conditions)).first()

    @classmethod
    def locked_all(cls, *expressions: Any) -> list[Self]:
        """Read rows FOR UPDATE, in the order of their keys, so that two callers cannot lock each other out."""
        return list(cls.home.for_update(cls.select().where(*expressions).order_by(cls._meta.primary_key)))

    @classmethod
    def get_or_refuse(cls, *expressions: Any, lock: bool = False) -> Any:
        """The row, or the problem "not found" (404)."""
        conditions = [cls._meta.primary_key == e if isinstance(e, str) else e for e in expressions]
        row = cls.locked(*conditions) if lock else cls.select().where(*conditions).first()
        if row is None:
            raise Refusal(
                "not-found",
                status=404,
                zh="没有找到您要的记录。",
                en="There is no such record.",
                next_zh="请核对编号后再试。",
                next_en="Check the number and try again.",
            )
        return row

    def save(self, force_insert: bool = False, only: Any = None) -> int:
        """Write the changed fields and raise `version`; StaleRowError when the row changed meanwhile."""
        if force_insert:
            return self._insert() if only is None else super().save(force_insert=True, only=only)
        old, model = self.version, type(self)
        changes = {field.name: getattr(self, field.name) for field in self.dirty_fields}
        changes |= {"version": old + 1, "updated_at": clock.now()}
        if any(isinstance(value, peewee.Node) for value in changes.values()):
            done = model.update(changes).where(model._meta.primary_key == self._pk, model.version == old).execute()
        else:
            sql, converts = _save_statement(model, tuple(changes))
            values = [convert(value) for convert, value in zip(converts, changes.values(), strict=True)]
            done = model._meta.database.execute_sql(sql, [*values, self._pk, old]).rowcount
        if done != 1:
            raise StaleRowError(f"{model.__name__} {self._pk} changed meanwhile")
        self.version = old + 1
        self._dirty.clear()
        return 1

    @classmethod
    def create_all(cls, rows: Sequence[dict[str, Any]], *, unless_there: bool = False) -> int:
        """Create rows that give the same fields, by one INSERT (batch handlers); returns how many.

        Each has its own id; every other default is computed once for all of them. `unless_there` leaves out those that
        a unique index knows already; they count too, since nobody waits for the answer.
        """
        if not rows:
            return 0
        fields = cls._meta.fields
        shared = {name: fields[name].db_value(value) for name, value in cls._meta.get_default_dict().items()}
        given = [(name, fields[name].db_value) for name in rows[0]]
        values: list[Any] = []
        for row in rows:
            made = shared | {"id": new_id()} | {name: convert(row[name]) for name, convert in given}
            values += made.values()
        head, marks = _insert_statement(cls, tuple(made))
        database, all_marks = cls._meta.database, ", ".join([marks] * len(rows))
        if unless_there:
            database.execute_later(f"{head}{all_marks} ON CONFLICT DO NOTHING", values)
        else:
            database.insert_later(head, all_marks, values)
        return len(rows)

    @classmethod
    def save_all(cls, rows: Iterable[Self]) -> None:
        """`save` for many rows: one UPDATE for those that changed the same fields; StaleRowError as there."""
        alike: dict[tuple[str, ...], list[Self]] = {}
        for row in rows:
            if row._dirty:
                alike.setdefault(tuple(sorted(row._dirty)), []).append(row)
        for names, group in alike.items():
            sql, convert = _update_statement(cls, names, len(group))
            now = cls.updated_at.db_value(clock.now())
            values = [
                value
                for row in group
                for value in (row._pk, row.version, now, *(to(getattr(row, name)) for name, to in convert))
            ]
            if cls._meta.database.execute_sql(sql, values).rowcount != len(group):
                raise StaleRowError(f"one of {len(group)} rows of {cls.__name__} changed meanwhile")
            for row in group:
                row.version += 1
                row._dirty.clear()

    def _insert(self) -> int:
        """INSERT by a kept statement: composing it anew takes longer than running it. PostgreSQL gets it later."""
        data = self.__data__
        if any(isinstance(value, peewee.Node) for value in data.values()):
            return super().save(force_insert=True)
        self._meta.database.insert_later(*_insert_statement(type(self), tuple(data)), self._stored())
        self._dirty.clear()
        return 1

    def insert_unless_there(self) -> bool:
        """INSERT this row at once; False when a unique index knows it already."""
        head, marks = _insert_statement(type(self), tuple(self.__data__))
        done = self._meta.database.execute_sql(f"{head}{marks} ON CONFLICT DO NOTHING", self._stored())
        self._dirty.clear()
        return bool(done.rowcount)

    def _stored(self) -> list[Any]:
        return [self._meta.fields[name].db_value(value) for name, value in self.__data__.items()]


def _insert_statement(model: type[Any], names: tuple[str, ...]) -> tuple[str, str]:
    """The beginning of an INSERT of these fields, and the marks of one row; kept per class, fields and database."""
    meta = model._meta
    mark = meta.database.param
    if (found := _inserts.get((model, names, mark))) is None:
        columns = ", ".join(f'"{meta.fields[name].column_name}"' for name in names)
        table = f'"{meta.schema}"."{meta.table_name}"' if meta.schema else f'"{meta.table_name}"'
        marks = f"({', '.join([mark] * len(names))})"
        found = _inserts[model, names, mark] = (f"INSERT INTO {table} ({columns}) VALUES ", marks)
    return found


def _save_statement(model: type[Any], names: tuple[str, ...]) -> tuple[str, list[Callable[[Any], Any]]]:
    """An UPDATE of these fields of the row of an id and version, and how each is stored; kept as those above."""
    meta = model._meta
    mark = meta.database.param
    if (found := _saves.get((model, names, mark))) is None:
        fields = [meta.fields[name] for name in names]
        changes = ", ".join(f'"{field.column_name}" = {mark}' for field in fields)
        sql = f'UPDATE "{meta.table_name}" SET {changes} WHERE "id" = {mark} AND "version" = {mark}'
        found = _saves[model, names, mark] = (sql, [field.db_value for field in fields])
    return found


def _update_statement(model: type[Any], names: Sequence[str], number: int) -> tuple[str, list[tuple[str, Any]]]:
    """An UPDATE of these fields of so many rows, each given as id, version, moment, fields; how each is stored."""
    meta = model._meta
    fields = [meta.fields[name] for name in names]
    # PostgreSQL takes a value of the list for text unless told otherwise; SQLite keeps what it is given.
    cast = "v.column{0}" if isinstance(meta.database.obj, peewee.SqliteDatabase) else "CAST(v.column{0} AS {1})"
    changes = ", ".join(
        f'"{field.column_name}" = {cast.format(place, field.field_type)}'
        for place, field in enumerate([model.updated_at, *fields], 3)
    )
    marks = f"({', '.join([meta.database.param] * (len(fields) + 3))})"
    sql = (
        f'UPDATE "{meta.table_name}" AS t SET {changes}, "version" = t."version" + 1'
        f" FROM (VALUES {', '.join([marks] * number)}) AS v"
        ' WHERE t."id" = v.column1 AND t."version" = v.column2'
    )
    return sql, [(field.name, field.db_value) for field in fields]


class Database:
    """The one database of a service; models derive from `.Model`, chassis tables come from `.table(name)`."""

    def __init__(self, name: str):
        self.name = name
        self.proxy = peewee.DatabaseProxy()
        self.url = ""
        self._tables: dict[str, type[Any]] = {}
        meta = type("Meta", (), {"database": self.proxy, "legacy_table_names": False})
        self.Model: Any = type("Model", (Table,), {"Meta": meta, "home": self, "__module__": __name__})

    def __repr__(self) -> str:
        return f"Database({self.name!r})"

    def connect(self, url: str, *, connections: int = 10) -> Self:
        """Bind to `sqlite:///path` or `postgresql://…` and make this the active database of the context."""
        if self.url:
            self.close()
        self.url = url
        self.proxy.initialize(engine(url, connections))
        _active.set(self)
        return self

    def close(self) -> None:
        """Give back this thread's connection and close all idle ones."""
        if self.url:
            self.release()
            self.proxy.obj.close_all()
            self.url = ""

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return "sqlite" if isinstance(self.proxy.obj, peewee.SqliteDatabase) else "postgresql"

    def activate(self) -> Self:
        """Make this the database that `emit`, `deadlines` and the like work on in this context."""
        _active.set(self)
        return self

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One transaction; a nested call joins the outer one. BEGIN IMMEDIATE on SQLite."""
        stack, connections = _transactions(), self.proxy.obj
        with connections.savepoint() if self in stack else connections.transaction():
            stack.append(self)
            try:
                yield
            finally:
                stack.pop()

    def for_update(self, query: Any, *, skip_locked: bool = False) -> Any:
        """The query locking its rows, or those that nobody else holds; SQLite's writer holds the whole file anyway."""
        return query.for_update(skip_locked=skip_locked) if self.dialect == "postgresql" else query

    def in_transaction(self) -> bool:
        """Whether this thread has a transaction open here."""
        return self in _transactions()

    def on_commit(self, action: Callable[[], None]) -> None:
        """Run the action after the open transaction committed; at once when none is open."""
        if self.in_transaction():
            self.proxy.after_commit(action)
        else:
            action()

    def release(self) -> None:
        """Give this thread's connection back to the pool (before a call to the outside, after a request)."""
        if self.in_transaction():
            raise RuntimeError("the connection cannot be given back inside a transaction")
        if self.url and not self.proxy.is_closed():
            self.proxy.close()

    def discard(self) -> None:
        """Throw this thread's connection away, because it may be dead; the next call opens a new one."""
        if self.url:
            with suppress(Exception):
                self.proxy.obj.manual_close()

    def table(self, name: str) -> type[Any]:
        """A table of the chassis (outbox, inbox, deadline …) inside this service's database."""
        if name not in self._tables:
            self._tables[name] = _chassis_tables[name](self.Model)
        return self._tables[name]

    def ping(self) -> None:
        """Raise OperationalError when the database does not answer."""
        self.proxy.execute_sql("SELECT 1")


def current() -> Database:
    """The database of the innermost open transaction, else the active one of this context."""
    database = current_or_none()
    if database is None:
        raise RuntimeError("no database is active in this context")
    return database


def current_or_none() -> Database | None:
    """As `current`, but None where no database is active (tools that only compute)."""
    stack = _transactions()
    return stack[-1] if stack else _active.get()


def require_transaction(what: str) -> Database:
    """The database of the open transaction; RuntimeError outside one."""
    stack = _transactions()
    if not stack:
        raise RuntimeError(f"{what} needs an open transaction")
    return stack[-1]


def any_transaction() -> bool:
    """Whether this thread has any transaction open (calls to the outside are refused then)."""
    return bool(_transactions())


def chassis_table(name: str) -> Callable[[Callable[[type[Any]], type[Any]]], Callable[[type[Any]], type[Any]]]:
    """Register the function that defines a chassis table on a service's base model."""

    def register(define: Callable[[type[Any]], type[Any]]) -> Callable[[type[Any]], type[Any]]:
        _chassis_tables[name] = define
        return define

    return register


def chassis_table_names() -> list[str]:
    """Names of all registered chassis tables."""
    return sorted(_chassis_tables)


def is_connection_loss(error: BaseException) -> bool:
    """Whether the database went away, so that trying again later is right."""
    return isinstance(error, OperationalError | peewee.InterfaceError)


def _transactions() -> list[Database]:
    try:
        return _stack.open
    except AttributeError:
        _stack.open = []
        return _stack.open
