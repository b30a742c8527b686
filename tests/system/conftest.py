"""The two set-ups of a whole hall."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.hall import RealHall


@pytest.fixture(scope="module", params=["embedded", pytest.param("servers", marks=pytest.mark.system)])
def hall(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHall]:
    """A hall of its own for each file: SQLite and embedded bus, then PostgreSQL and RabbitMQ."""
    var: Path = tmp_path_factory.mktemp("var")
    servers = ()
    if request.param == "servers":
        servers = (request.getfixturevalue("postgres_server"), request.getfixturevalue("rabbitmq_server"))
    with RealHall(var, *servers) as running:
        yield running
