"""A hall for each test; the clock stands at a plain working morning unless the test moves it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.clock import clock_at
from tests.filing.hall import Hall


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    """Filing on SQLite with its peers."""
    found = Hall(tmp_path)
    with clock_at("2026-03-02 10:00"):
        yield found
    found.close()
