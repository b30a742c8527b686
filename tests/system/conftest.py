"""The two set-ups of a whole hall."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.hall import RealHall

SETUPS = ["embedded", pytest.param("servers", marks=pytest.mark.system)]


@pytest.fixture(scope="module", params=SETUPS)
def hall(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHall]:
    """A hall of its own for each file: SQLite and embedded bus, then PostgreSQL and RabbitMQ."""
    yield from _running(request, tmp_path_factory)


@pytest.fixture(scope="session", params=SETUPS)
def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHall]:
    """One hall for the stories that follow one another on its clock: to start it takes longer than to tell them."""
    yield from _running(request, tmp_path_factory)


def _running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHall]:
    var: Path = tmp_path_factory.mktemp("var")
    servers = ()
    if request.param == "servers":
        servers = (request.getfixturevalue("postgres_server"), request.getfixturevalue("rabbitmq_server"))
    with RealHall(var, *servers) as running:
        yield running
