"""An entry for no-shows objected to, from booking through the archive and back (BOO-24, CRE-20…24)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.clock import clock_at
from contracts.events import booking as events
from contracts.events import credit
from services.booking.service import service as booking_service
from services.credit.service import service
from tests.booking.conftest import ROOT, book, stock
from tests.credit.procedures import call, decide, object_to
from tests.credit.test_with_filing import carry
from tests.support import Bench, bench, person, staff

CITIZEN = person()
REVIEWER = staff("credit_admin", "TZJ077-ZX")
DAYS = {"2026-09-30": "2026-09-29 10:00", "2026-10-08": "2026-09-30 10:00", "2026-10-09": "2026-10-08 10:00"}


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Bench, Bench]]:
    """A hall where somebody has missed three bookings, and the archive that has heard of them."""
    (tmp_path / "booking").mkdir()
    with (
        clock_at("2026-09-29 10:00"),
        bench(service, tmp_path) as archive,
        bench(booking_service, tmp_path / "booking") as desk,
    ):
        stock(desk)
        for day, at in DAYS.items():
            with clock_at(at):
                assert book(desk, CITIZEN, day=day).status_code == 201
            desk.sweep(f"{day[:-2]}{int(day[-2:]) + 1:02d} 00:00" if day != "2026-09-30" else "2026-10-01 00:00")
        with clock_at("2026-10-10 00:00:10"):
            carry(desk, archive)
            carry(archive, desk)
        yield desk, archive


def numbers(desk: Bench) -> list[str]:
    """The booking numbers of the no-shows, oldest first."""
    return [event.booking_no for event in desk.emitted(events.BookingNoShow)]


def entry(archive: Bench) -> str:
    """The record that they made."""
    record: str = archive.emitted(credit.NoShowEntered)[0].record_id
    return record


@pytest.mark.rule("BOO-24", "CRE-24")
def test_a_deleted_no_show_ends_the_ban_after_publicity_and_excuses_the_booking(both: tuple[Bench, Bench]) -> None:
    desk, archive = both
    second = numbers(desk)[1]
    with clock_at("2026-10-10 10:00"):
        assert book(desk, CITIZEN, day="2026-10-12").get_json()["rule"] == "BOO-21"
        archive.database.activate()
        assert object_to(archive, entry(archive), CITIZEN, status=422)["fields"] == {"booking_no": ["必填 / needed"]}
        assert object_to(archive, entry(archive), CITIZEN, status=422, booking_no="another")["rule"] == "BOO-24"
        objection = object_to(archive, entry(archive), CITIZEN, booking_no=second)
        assert decide(archive, objection, "modify", REVIEWER, 409, grade="minor")["rule"] == "CRE-16"
        decide(archive, objection, "delete", REVIEWER)
        [notice] = call(archive, None, "GET", "/notices")["items"]
        assert "预约失约记录" in notice["text"]
        page = archive.client(CITIZEN).get(f"/api/credit/v1/applications/{objection['id']}/decision").text
        assert "决定删除原记录" in page and "一年内三次预约失约" in page
    assert archive.emitted(credit.RecordDeleted) == []
    assert archive.sweep("2026-10-15 00:00") == 1  # the third working day of publicity has ended
    [deleted] = archive.emitted(credit.RecordDeleted)
    assert (deleted.booking_no, deleted.category, deleted.state) == (second, "booking_no_show", "deleted")
    assert archive.emitted(credit.NoShowExited)[0].reason == "deleted"
    with clock_at("2026-10-15 00:00:10"):
        carry(archive, desk)
        carry(desk, archive)
        carry(archive, desk)
    assert len(archive.emitted(credit.NoShowExited)) == 1
    desk.database.activate()
    shown = {
        row["booking_no"]: row["state"] for row in desk.client(CITIZEN).get(f"{ROOT}/bookings").get_json()["items"]
    }
    assert [shown[number] for number in numbers(desk)] == ["no_show", "excused", "no_show"]
    with clock_at("2026-10-15 10:00"):
        assert book(desk, CITIZEN, day="2026-10-16").status_code == 201


@pytest.mark.rule("BOO-24", "CRE-22")
def test_a_maintained_no_show_changes_nothing_and_strangers_decide_nothing(both: tuple[Bench, Bench]) -> None:
    desk, archive = both
    first = numbers(desk)[0]
    archive.database.activate()
    with clock_at("2026-10-10 10:00"):
        objection = object_to(archive, entry(archive), CITIZEN, booking_no=first)
        decide(archive, objection, "delete", staff("credit_admin", "TZJ049-SP"), 403)
        decide(archive, objection, "maintain", REVIEWER)
    archive.sweep("2026-10-15 00:00")
    assert (archive.emitted(credit.RecordDeleted), archive.emitted(credit.NoShowExited)) == ([], [])


@pytest.mark.rule("BOO-24")
def test_an_objection_outlived_by_its_entry_ends_without_a_second_end_of_the_ban(both: tuple[Bench, Bench]) -> None:
    desk, archive = both
    first, operator = numbers(desk)[0], staff("hall_operator", "TZJ077-ZX")
    with clock_at("2026-10-10 10:00"):
        archive.database.activate()
        decide(archive, object_to(archive, entry(archive), CITIZEN, booking_no=first), "delete", REVIEWER)
        desk.database.activate()
        excused = desk.client(operator).post(f"{ROOT}/bookings/{first}/excuse", json={"reason": "叫号机故障"})
        assert excused.status_code == 200
        carry(desk, archive)
    assert archive.sweep("2026-10-15 00:00") == 1
    assert [event.reason for event in archive.emitted(credit.NoShowExited)] == ["excused"]
    assert archive.emitted(credit.RecordDeleted) == []
