"""What the tests of the chassis share."""

from collections.abc import Iterator

import pytest

from chassis.db import Database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database, once on SQLite and once on PostgreSQL; a file may have its own."""
    found = Database("test").connect(database_url)
    yield found
    found.close()
