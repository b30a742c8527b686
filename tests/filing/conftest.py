"""A hall for each test; the clock stands at a plain working morning unless the test moves it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chassis.clock import clock_at
from services.filing import options
from services.filing.service import service
from tests.filing.hall import Hall
from tests.harness.provide import apt_install


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    """Filing on SQLite with its peers."""
    found = Hall(tmp_path)
    with clock_at("2026-03-02 10:00"):
        yield found
    found.close()


@pytest.fixture
def press(hall: Hall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hall:
    """A hall that can print: a Chinese font, and seals of its own."""
    font = next((path for path in options.KNOWN_FONTS if path.is_file()), None)
    if font is None and apt_install("fonts-arphic-uming"):
        font = options.KNOWN_FONTS[0]
    assert font is not None, "the tests of documents need a Chinese font: install fonts-arphic-uming"
    monkeypatch.setattr(options, "current", replace(options.current, font=font, seals=tmp_path / "seals"))
    return hall


@pytest.fixture
def hall_on(tmp_path: Path, database_url: str) -> Iterator[Hall]:
    """Filing on either database."""
    found = Hall(tmp_path, database_url)
    service.migrate()
    with clock_at("2026-03-02 10:00"):
        yield found
    found.close()
