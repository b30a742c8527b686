"""The archive on both databases: its tables are those of the models, and two at once stay two."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis import migrate
from chassis.clock import clock_at
from contracts.events import credit
from services.credit.service import service
from tests.credit.procedures import ADMIN, PARTY, SECOND, form, listed, record
from tests.support import Bench, at_once, bench


@pytest.fixture
def archive_on_both(tmp_path: Path, database_url: str) -> Iterator[Bench]:
    """The archive with an empty database of either kind."""
    with clock_at("2026-03-02 10:00"), bench(service, tmp_path, database_url) as found:
        yield found


def test_the_migrated_tables_are_those_of_the_models(archive_on_both: Bench) -> None:
    assert migrate.drift(archive_on_both.database, service.models()) == []


@pytest.mark.rule("CRE-27", "CRE-22")
def test_objections_decisions_and_their_effect_with_many_at_once(archive_on_both: Bench) -> None:
    archive = archive_on_both
    wrong, body = listed(archive), form(archive)
    path = f"/api/credit/v1/records/{wrong}/objections"
    sent = at_once(4, lambda _: archive.client(PARTY).post(path, json=body).status_code)
    assert sorted(sent) == [201, 409, 409, 409]
    objection = record(archive, wrong)["applications"][0]
    path = f"/api/credit/v1/applications/{objection['id']}/objection-decision"

    def judge(number: int) -> int:
        verdict = {"result": ("delete", "maintain")[number % 2], "reasons": "核对后认定"}
        return archive.client((ADMIN, SECOND)[number % 2]).post(path, json=verdict).status_code

    assert sorted(at_once(4, judge)) == [200, 409, 409, 409]
    archive.database.activate()
    archive.sweep("2026-03-06 00:00")
    assert record(archive, wrong)["annotation"] == "none"
    assert len(archive.emitted(credit.PublicityEnded)) == 1
