"""Three missed bookings within a rolling year enter the archive and bar booking for six months."""

import pytest

from chassis.clock import clock_at
from contracts.events import booking, credit
from services.credit import standing
from tests.credit.conftest import CITIZEN, missed, party
from tests.credit.procedures import correct, object_to
from tests.support import Bench


def miss(archive: Bench, *days: str) -> None:
    for number, day in enumerate(days, start=1):
        with clock_at(f"{day} 23:59:59"):
            archive.deliver(booking.BookingNoShow, f"booking-{number}", missed(number, day))


@pytest.mark.rule("BOO-22")
@pytest.mark.rule("T6")
@pytest.mark.parametrize(("third", "banned"), [("2027-01-10", True), ("2027-01-11", False)])
def test_the_year_is_rolling_and_its_last_day_counts(archive: Bench, third: str, banned: bool) -> None:
    miss(archive, "2026-01-10", "2026-05-01", third)
    assert bool(archive.emitted(credit.NoShowEntered)) is banned


@pytest.mark.rule("BOO-23", "CRE-16")
@pytest.mark.rule("T7")
def test_the_ban_lasts_six_months_clamped_to_the_months_end_and_exits_by_itself(archive: Bench) -> None:
    miss(archive, "2026-06-01", "2026-07-01", "2026-08-31")
    assert archive.emitted(credit.NoShowEntered)[0].data["until"] == "2027-02-28"
    assert archive.sweep("2027-02-28 23:59:59") == 0
    assert archive.sweep("2027-03-01 00:00") == 1
    assert archive.emitted(credit.NoShowExited)[0].data["reason"] == "expired"


@pytest.mark.rule("BOO-23")
def test_the_three_are_used_up_and_counting_starts_again(archive: Bench) -> None:
    miss(archive, "2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06", "2026-03-09")
    archive.sweep("2026-09-06 00:00")
    assert len(archive.emitted(credit.NoShowEntered)) == 1
    with clock_at("2026-09-07 23:59"):
        archive.deliver(booking.BookingNoShow, "booking-6", missed(6, "2026-09-07"))
    assert len(archive.emitted(credit.NoShowEntered)) == 2


@pytest.mark.rule("AMB-04")
def test_no_shows_are_no_failing(archive: Bench) -> None:
    miss(archive, "2026-03-03", "2026-03-04", "2026-03-05")
    assert standing.of(CITIZEN).status == "good"
    assert archive.emitted(credit.SubjectListed) == []


@pytest.mark.rule("BOO-24")
@pytest.mark.parametrize("overtaking", [False, True])
def test_an_excused_no_show_ends_the_ban_or_never_counts(archive: Bench, overtaking: bool) -> None:
    excuse = party() | {
        "booking_id": "booking-2",
        "booking_no": "B2",
        "noshow_id": "noshow-2",
        "slot_date": "2026-03-04",
        "reason": "叫号机故障",
        "excused_at": "2026-03-05T10:00:00+08:00",
        "excused_by": "staff:hall",
    }
    excused = archive.event(booking.NoShowExcused, "booking-2", excuse)
    if overtaking:
        archive.redeliver(excused)
    miss(archive, "2026-03-03", "2026-03-04", "2026-03-05")
    archive.redeliver(excused)
    exits = [event.data["reason"] for event in archive.emitted(credit.NoShowExited)]
    assert exits == ([] if overtaking else ["excused"])
    assert len(archive.emitted(credit.NoShowEntered)) == (0 if overtaking else 1)


@pytest.mark.rule("CRE-16")
def test_the_entry_is_neither_objected_to_nor_repaired_but_excused_by_the_hall(archive: Bench) -> None:
    miss(archive, "2026-03-03", "2026-03-04", "2026-03-05")
    entry = archive.emitted(credit.NoShowEntered)[0].data["record_id"]
    assert object_to(archive, entry, status=409)["rule"] == "CRE-16"
    assert correct(archive, entry, "2026-03-05", status=409)["rule"] == "CRE-16"
