"""Schema migrations: numbered SQL files, forward only, each in its own transaction, the same for both databases."""

import hashlib
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peewee

from chassis import clock
from chassis.db import Database, InstantField

_SERIAL = {"postgresql": "BIGSERIAL PRIMARY KEY", "sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT"}
_ONLY = {"postgresql": "{{postgresql}}", "sqlite": "{{sqlite}}"}
_ADVISORY_LOCK = 0x797774  # one number for all migrations of a database
_LEDGER = (
    "CREATE TABLE IF NOT EXISTS schema_migration (folder TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, "
    "checksum TEXT NOT NULL, applied_at TIMESTAMPTZ NOT NULL, PRIMARY KEY (folder, number))"
)


class MigrationError(Exception):
    """One clear line about what is wrong with the migration files or with the database they are for."""


@dataclass(frozen=True)
class Migration:
    """One file of a folder."""

    folder: str  # chassis, or the name of the service
    number: int
    name: str
    sql: str

    @property
    def label(self) -> str:
        return f"{self.folder}/{self.name}"

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrate(database: Database, folders: Sequence[Path]) -> list[str]:
    """Apply what is missing, in order; returns the labels. Safe when several processes do it at the same time."""
    applied = []
    for migration in _read(folders):
        with _alone(database):
            known = _ledger(database)
            if not _is_new(migration, known):
                continue
            try:
                for statement in statements(migration.sql, database.dialect):
                    _run(database, statement)
            except peewee.DatabaseError as error:
                raise MigrationError(f"{migration.label} failed and was rolled back: {_one_line(error)}") from error
            row = (migration.folder, migration.number, migration.name, migration.checksum, clock.wall().isoformat())
            mark = database.proxy.param
            database.proxy.execute_sql(f"INSERT INTO schema_migration VALUES ({', '.join([mark] * 5)})", row)
            applied.append(migration.label)
    return applied


def pending(database: Database, folders: Sequence[Path]) -> list[str]:
    """Labels of the files that are not applied yet; MigrationError when an applied one was changed."""
    known = _ledger(database) if database.proxy.table_exists("schema_migration") else {}
    return [migration.label for migration in _read(folders) if _is_new(migration, known)]


def at_head(database: Database, folders: Sequence[Path]) -> bool:
    """Whether the database has everything this code needs (it may have more, from a newer release)."""
    return not pending(database, folders)


# --- files --------------------------------------------------------------------------------------------------------


def _read(folders: Sequence[Path]) -> list[Migration]:
    found: list[Migration] = []
    for folder in folders:
        label = folder.parent.name if folder.name == "migrations" else folder.name
        here: list[Migration] = []
        for path in sorted(folder.glob("*.sql")):
            match = re.fullmatch(r"(\d{4})_[a-z0-9_]+\.sql", path.name)
            if not match:
                raise MigrationError(f"{label}/{path.name}: the name must be like 0001_what_it_does.sql")
            if here and here[-1].number == int(match[1]):
                raise MigrationError(f"{label}: {here[-1].name} and {path.name} have the same number")
            text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
            here.append(Migration(label, int(match[1]), path.name, text))
        head = folder / "HEAD"
        if here and (not head.is_file() or head.read_text().strip() != here[-1].name):
            raise MigrationError(f"{label}/HEAD must name the last file, {here[-1].name}")
        found += here
    return found


def _is_new(migration: Migration, known: dict[tuple[str, int], tuple[str, str]]) -> bool:
    entry = known.get((migration.folder, migration.number))
    if entry is None:
        latest = max((number for folder, number in known if folder == migration.folder), default=0)
        if migration.number < latest:
            raise MigrationError(f"{migration.label} comes before {latest:04}, which is already applied: renumber it")
        return True
    if entry != (migration.name, migration.checksum):
        raise MigrationError(
            f"{migration.label} was changed after it was applied as {entry[0]}: write a new file instead"
        )
    return False


def statements(sql: str, dialect: str) -> list[str]:
    """The single statements of a file for one database; `;` inside quotes and comments does not part them.

    `{{serial}}` is a numbered primary key; a statement that begins with `{{postgresql}}` or `{{sqlite}}` is for that
    database only.
    """
    text = sql.replace("{{serial}}", _SERIAL[dialect]).replace(_ONLY[dialect], "")
    unknown = set(re.findall(r"\{\{.*?\}\}", text)) - set(_ONLY.values())
    if unknown:
        known = ", ".join(["{{serial}}", *_ONLY.values()])
        raise MigrationError(f"unknown placeholder {', '.join(sorted(unknown))}: only {known} are known")
    parts, current = [], ""
    for token in _TOKENS.findall(text):
        if token == ";":
            parts.append(current)
            current = ""
        elif not token.startswith(("--", "/*")):
            current += token
        else:
            current += " "
    parts.append(current)
    here = [part.strip() for part in parts]
    return [part for part in here if part and not part.startswith(tuple(_ONLY.values()))]


_TOKENS = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|;|[^;'\"/-]+|.", re.DOTALL)


# --- database -----------------------------------------------------------------------------------------------------


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """A transaction that no other migrating process of this database has at the same time, with the ledger in place."""
    with _begun(database):
        if database.dialect == "postgresql":
            # Waiting for another migrating process may take long; waiting for a table in use must not hold up the hall.
            _run(database, "SET LOCAL statement_timeout = 0")
            _run(database, "SET LOCAL lock_timeout = 0")
            _run(database, f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
            _run(database, "SET LOCAL lock_timeout = '10s'")
        _run(database, _LEDGER)
        yield


@contextmanager
def _begun(database: Database) -> Iterator[None]:
    """BEGIN, patiently: SQLite does not wait by itself while another process turns a new file to WAL."""
    deadline = clock.monotonic() + 30
    while True:
        transaction = database.transaction()
        try:
            transaction.__enter__()
            break
        except peewee.OperationalError as error:
            if "locked" not in str(error) or clock.monotonic() > deadline:
                raise
            time.sleep(0.05)
    try:
        yield
    except BaseException as error:
        if not transaction.__exit__(type(error), error, error.__traceback__):
            raise
    else:
        transaction.__exit__(None, None, None)


def _ledger(database: Database) -> dict[tuple[str, int], tuple[str, str]]:
    cursor = database.proxy.execute_sql("SELECT folder, number, name, checksum FROM schema_migration")
    return {(folder, number): (name, checksum) for folder, number, name, checksum in cursor.fetchall()}


def _run(database: Database, statement: str) -> None:
    """Execute without parameters, so that a % in the statement means itself."""
    with peewee.__exception_wrapper__:  # type: ignore[attr-defined]
        database.proxy.cursor().execute(statement)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


# --- models -------------------------------------------------------------------------------------------------------

_TYPES: tuple[tuple[type[peewee.Field], str], ...] = (
    (peewee.AutoField, "{{serial}}"),
    (InstantField, "TIMESTAMPTZ"),
    (peewee.DateField, "DATE"),
    (peewee.BooleanField, "BOOLEAN"),
    (peewee.BigIntegerField, "BIGINT"),
    (peewee.IntegerField, "INTEGER"),
    (peewee.TextField, "TEXT"),
    (peewee.CharField, "TEXT"),
)


def schema_sql(models: Iterable[type[Any]]) -> str:
    """Portable CREATE statements of the models: the start of a migration, to be read and completed by hand."""
    return "\n".join(_table_sql(model) for model in models)


def _table_sql(model: type[Any]) -> str:
    meta = model._meta
    table = meta.table_name
    columns, indexes = [], []
    for field in meta.sorted_fields:
        columns.append(f"    {field.column_name} {_column_sql(field)}")
        if not field.primary_key and (field.unique or field.index):
            indexes.append(((field.column_name,), field.unique))
    for entry in meta.indexes:
        if not isinstance(entry, tuple | list):
            raise MigrationError(f"{table}: an index that is not a list of columns must be written by hand")
        names, unique = entry
        indexes.append((tuple(meta.combined[name].column_name for name in names), unique))
    lines = [f"CREATE TABLE {table} (", ",\n".join(columns), ");"]
    for names, unique in indexes:
        kind = "CREATE UNIQUE INDEX" if unique else "CREATE INDEX"
        lines.append(f"{kind} {table}_{'_'.join(names)} ON {table} ({', '.join(names)});")
    return "\n".join(lines) + "\n"


def _column_sql(field: peewee.Field) -> str:
    kind = _type_of(field)
    if kind == "{{serial}}":
        return kind
    target = ""
    if isinstance(field, peewee.ForeignKeyField):
        target = f" REFERENCES {field.rel_model._meta.table_name} ({field.rel_field.column_name})"
    if field.primary_key and not isinstance(field.model._meta.primary_key, peewee.CompositeKey):
        return f"{kind} PRIMARY KEY{target}"
    return f"{kind}{'' if field.null else ' NOT NULL'}{target}"


def _type_of(field: peewee.Field) -> str:
    if isinstance(field, peewee.ForeignKeyField):
        kind = _type_of(field.rel_field)
        return "BIGINT" if kind == "{{serial}}" else kind
    for known, kind in _TYPES:
        if isinstance(field, known):
            return kind
    raise MigrationError(f"{field.model._meta.table_name}.{field.column_name}: {type(field).__name__} is not portable")


def drift(database: Database, models: Iterable[type[Any]]) -> list[str]:
    """Where the migrated tables and the models differ in columns or nullability; empty when they agree."""
    found = []
    for model in models:
        meta = model._meta
        table = meta.table_name
        if not database.proxy.table_exists(table):
            found.append(f"{table}: no such table")
            continue
        primary = set(database.proxy.get_primary_keys(table))
        # A key column is never null, whatever SQLite reports about it.
        actual = {c.name: c.null and c.name not in primary for c in database.proxy.get_columns(table)}
        wanted = {field.column_name: field.null and not field.primary_key for field in meta.sorted_fields}
        found += [f"{table}.{name}: in the model, not in the table" for name in wanted if name not in actual]
        found += [f"{table}.{name}: in the table, not in the model" for name in actual if name not in wanted]
        for name in wanted.keys() & actual.keys():
            if wanted[name] != actual[name]:
                here, there = ("may be null" if null else "not null" for null in (wanted[name], actual[name]))
                found.append(f"{table}.{name}: {here} in the model, {there} in the table")
    return sorted(found)
