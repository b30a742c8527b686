"""A database with the tables of the legal clock, on SQLite or PostgreSQL, for the tests of calendar and deadlines."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg2
import pytest

from chassis import calendars
from chassis.db import Database

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.system)]
MIGRATION = Path(calendars.__file__).parent / "migrations" / "0002_time.sql"
_URL = pytest.StashKey[str]()
# A handler's visible work: one row per effect. The reference is checked at commit, so that a commit itself can fail.
WITNESS = """
CREATE TABLE parent (id TEXT PRIMARY KEY);
CREATE TABLE effect (
    subject TEXT NOT NULL,
    parent TEXT REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED
);
"""


@contextmanager
def time_database(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Database]:
    """An empty, migrated database, closed and removed afterwards."""
    url = f"sqlite:///{folder}/time.db" if kind == "sqlite" else _emptied(request)
    database = Database("time").connect(url, connections=20)
    try:
        for statement in _statements(MIGRATION.read_text(encoding="utf-8") + WITNESS):
            database.proxy.execute_sql(statement)
        yield database
    finally:
        calendars.forget()
        database.close()


def _statements(sql: str) -> list[str]:
    lines = [line for line in sql.splitlines() if not line.startswith("--")]
    return [part for part in "\n".join(lines).split(";") if part.strip()]


def _emptied(request: pytest.FixtureRequest) -> str:
    """The one PostgreSQL database of this run, emptied; making a new one each time costs a second per test."""
    url = request.config.stash.get(_URL, None)
    if url is None:
        url = request.config.stash[_URL] = _create(request)
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    return url


def _create(request: pytest.FixtureRequest) -> str:
    name, server = f"time_{uuid4().hex}", os.environ.get("YWT_TEST_POSTGRES")
    if not server:
        return request.getfixturevalue("postgres_server").create_database(name)

    def run(statement: str) -> None:
        with closing(psycopg2.connect(server)) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            cursor.execute(statement)

    run(f"CREATE DATABASE {name}")
    request.config.add_cleanup(lambda: run(f"DROP DATABASE {name} WITH (FORCE)"))
    return f"{server.rpartition('/')[0]}/{name}"
