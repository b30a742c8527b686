"""The migrations of identity make the tables that its models describe."""

from chassis import migrate
from services.identity.service import service
from tests.identity.conftest import Hall


def test_the_migrated_tables_are_those_of_the_models(hall_on_both: Hall):
    assert migrate.drift(hall_on_both.bench.database, service.models()) == []
