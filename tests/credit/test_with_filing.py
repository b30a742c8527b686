"""A broken promise from end to end: filing tells credit, credit lists, filing suspends, revokes, and lets go again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.clock import clock_at
from contracts.events import credit, filing
from services.credit.service import service
from tests.credit.procedures import SECOND, decide, object_to, record
from tests.filing.hall import Hall
from tests.support import Bench, bench


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Hall, Bench]]:
    """Filing with its people, and the archive."""
    with clock_at("2026-03-02 10:00"), bench(service, tmp_path) as archive:
        hall = Hall(tmp_path)
        yield hall, archive
        hall.close()


def carry(source: Bench, target: Bench) -> None:
    """Bring everything that the one has emitted to the other; what is known is not taken twice."""
    source.database.activate()
    events = [event for event in source.emitted() if event.type in target.service.handlers]
    target.database.activate()
    target.redeliver(*events)


@pytest.mark.rule("CRE-13", "T20", "CRE-12", "FIL-74")
def test_a_lapse_suspends_commit_cases_and_revokes_results_but_not_what_is_fulfilled(both: tuple[Hall, Bench]) -> None:
    hall, archive = both
    fulfilled = hall.granted("commit")
    hall.supply(fulfilled, "M02", "M03")
    hall.check(fulfilled, "M02", "M03")
    lapsing = hall.granted("commit")
    with clock_at("2026-04-01 10:00"):
        running, ordinary, later = hall.accepted("commit"), hall.accepted("ordinary"), hall.granted("commit")
    hall.sweep("2026-05-29 00:00")
    with clock_at("2026-05-29 00:00:05"):
        carry(hall.bench, archive)
        carry(archive, hall.bench)
        assert [hall.status(number) for number in (lapsing, running, ordinary, fulfilled)] == [
            "revoked",
            "suspended",
            "accepted",
            "completed",
        ]
        assert hall.get(later)["revocations"][0]["state"] == "noticed"
        hall.supply(later, "M02", "M03")
        hall.check(later, "M02", "M03")
    hall.sweep("2026-06-10 00:00")
    assert hall.status(later) == "completed"  # goes on once its material is complete


@pytest.mark.rule("CRE-24", "FIL-81")
def test_a_deleted_failing_lets_the_suspended_case_go_on_and_reopens_the_revocation(both: tuple[Hall, Bench]) -> None:
    hall, archive = both
    lapsing = hall.granted("commit")
    with clock_at("2026-05-20 10:00"):
        running = hall.accepted("commit")
    hall.sweep("2026-05-29 00:00")
    with clock_at("2026-06-01 10:00"):
        carry(hall.bench, archive)
        carry(archive, hall.bench)
        assert hall.status(running) == "suspended"
        listed = archive.emitted(credit.RecordListed)[0].subject
        assert record(archive, listed, hall.citizen)["case_no"] == lapsing
        decide(archive, object_to(archive, listed, hall.citizen), "delete", SECOND)
    archive.sweep("2026-06-05 00:00")
    with clock_at("2026-06-05 00:00:05"):
        carry(archive, hall.bench)
        assert hall.status(running) == "accepted"
        assert hall.get(lapsing)["revocations"][0]["state"] == "reopened"
    assert hall.bench.emitted(filing.CaseResumed)[0].ground == "failing_deleted"
