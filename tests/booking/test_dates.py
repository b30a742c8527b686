"""Bookings, reminders, no-shows and bans where the calendar is not plain; no-shows go through the real archive."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from chassis import workdays
from chassis.clock import clock_at
from contracts.events import booking as events
from contracts.events import catalog
from services.booking import bookings
from services.booking.models import Booking, database
from services.booking.service import service
from services.credit.service import service as archive
from services.notifier import notices, templates
from tests.booking.conftest import HALL, ITEM, OPERATOR, ROOT, book, hall, quota, stock
from tests.support import Bench, Caller, bench, person

Miss = Callable[..., list[Any]]


def bookable(b: Bench, now: str) -> list[str]:
    with clock_at(now):
        return sorted(
            {slot["date"] for slot in b.client().get(f"{ROOT}/slots?item={ITEM}&hall={HALL}").get_json()["items"]}
        )


@pytest.mark.rule("BOO-03")
@pytest.mark.rule("AMB-29")
@pytest.mark.parametrize(
    ("now", "days"),
    [
        ("2026-12-30 10:00", ["2026-12-31", "2027-01-04", "2027-01-05", "2027-01-06", "2027-01-07"]),
        ("2026-02-13 10:00", ["2026-02-14", "2026-02-24", "2026-02-25", "2026-02-26", "2026-02-27"]),
        ("2028-02-28 10:00", ["2028-02-29", "2028-03-01", "2028-03-02", "2028-03-03", "2028-03-06"]),
        ("2026-10-10 23:59", ["2026-10-12", "2026-10-13", "2026-10-14", "2026-10-15", "2026-10-16"]),
    ],
    ids=["new year", "make-up Saturday", "leap day", "on a make-up Saturday"],
)
def test_the_horizon_counts_working_days_whatever_the_calendar_does(desk: Bench, now: str, days: list[str]) -> None:
    assert bookable(desk, now) == days
    with clock_at(now):
        assert [book(desk, day=day).status_code for day in (days[0], days[-1])] == [201, 201]
        assert book(desk, day=(date.fromisoformat(days[-1]) + timedelta(days=3)).isoformat()).status_code == 422


@pytest.mark.rule("BOO-10")
@pytest.mark.parametrize(
    ("now", "day", "remind"),
    [
        ("2026-12-30 10:00", "2027-01-04", "2027-01-03 09:00"),
        ("2026-09-29 10:00", "2026-10-10", "2026-10-09 09:00"),
        ("2028-02-25 10:00", "2028-03-01", "2028-02-29 09:00"),
        ("2026-06-29 10:00", "2026-07-01", "2026-06-30 09:00"),
    ],
    ids=["new year", "make-up Saturday", "leap day", "month end"],
)
def test_the_reminder_leaves_on_the_day_before(desk: Bench, now: str, day: str, remind: str) -> None:
    with clock_at(now):
        assert book(desk, day=day).status_code == 201
    assert desk.sweep(f"{remind[:-5]}08:59:59") == 0
    assert desk.sweep(remind) == 1
    assert desk.sweep(f"{remind[:-5]}09:01") == 1  # the look for stragglers
    assert desk.sweep(f"{remind[:-5]}23:59:59") == 0
    assert [event.data["slot_date"] for event in desk.emitted(events.BookingReminded)] == [day]


@pytest.mark.rule("BOO-10")
def test_all_reminders_of_a_morning_leave_in_one_run_each_once(desk: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bookings, "REMINDERS", 100)
    book(desk, person(), day="2026-10-08")
    cancelled = person()
    number = book(desk, cancelled, day="2026-10-08").get_json()["booking_no"]
    desk.client(cancelled).delete(f"{ROOT}/bookings/{number}")
    pattern = Booking.select().first().__data__
    rows = [
        pattern | {"id": f"b{n}", "booking_no": f"N{n}", "active_key": f"k{n}", "subject_ref": f"person:{n}"}
        for n in range(1034)
    ]
    with database.transaction():
        Booking.insert_many(rows).execute()
    assert desk.sweep("2026-10-07 09:00") == 11
    told = [event.data["subject_ref"] for event in desk.emitted(events.BookingReminded)]
    assert len(told) == len(set(told)) == 1035 and cancelled.ref not in told


# --- no-shows through the archive -----------------------------------------------------------------------------------


@pytest.fixture
def miss(desk: Bench, tmp_path: Path) -> Miss:
    """Book for each of these days and do not come; the archive hears of it, booking of its answer. Returns the events
    of the no-shows."""
    handed: set[str] = set()

    def through_archive(now: str) -> None:
        shown = [e for e in desk.emitted() if e.type.startswith("booking.noshow") or e.type.endswith("no_show")]
        (tmp_path / "credit").mkdir(exist_ok=True)
        with clock_at(now), bench(archive, tmp_path / "credit") as other:
            other.redeliver(*shown)
            other.sweep()
            answers = [e for e in other.emitted() if e.type.startswith("credit.noshow")]
        desk.database.activate()
        fresh = [event for event in answers if event.id not in handed]
        handed.update(event.id for event in fresh)
        if fresh:
            desk.redeliver(*fresh)

    def go(citizen: Caller, *days: str) -> list[Any]:
        for day in days:
            before = workdays.add_workdays(date.fromisoformat(day), -1)
            with clock_at(f"{before} 10:00"):
                answer = book(desk, citizen, day=day)
            assert answer.status_code == 201, answer.text
            over = f"{date.fromisoformat(day) + timedelta(days=1)} 00:00"
            desk.sweep(over)
            through_archive(over)
        return [event.data for event in desk.emitted(events.BookingNoShow)]

    go.through_archive = through_archive  # type: ignore[attr-defined]
    return go


def may_book(b: Bench, who: Caller, now: str) -> tuple[int, str | None]:
    """Status and rule of a booking for the next day that can be booked; one that goes through is cancelled."""
    day = bookable(b, now)[-1]
    with clock_at(now):
        answer = book(b, who, day=day)
        if answer.status_code == 201:
            b.client(who).delete(f"{ROOT}/bookings/{answer.get_json()['booking_no']}")
    return answer.status_code, answer.get_json().get("rule")


@pytest.mark.rule("BOO-25")
def test_the_message_after_a_no_show_warns_of_the_ban(desk: Bench, miss: Any) -> None:
    miss(person(), "2026-06-02", "2026-07-02")
    (notice,) = notices.TABLE[events.BookingNoShow]  # type: ignore[misc]
    template = templates.find(notice.template)
    assert template is not None and template.sms and template.mandatory
    for number, event in enumerate(desk.emitted(events.BookingNoShow), start=1):
        params = {name: value[0] if isinstance(value, list) else value for name, value in notice.params(event).items()}
        text = template.zh.format(**params)
        assert f"一年内已{number}次" in text and "满三次六个月内不能网上预约" in text


@pytest.mark.rule("BOO-20")
@pytest.mark.rule("BOO-21")
@pytest.mark.rule("BOO-23")
@pytest.mark.rule("BOO-25")
@pytest.mark.rule("T7")
def test_three_no_shows_warn_twice_bar_for_six_months_and_are_used_up(desk: Bench, miss: Any) -> None:
    citizen = person()
    missed = miss(citizen, "2026-06-02", "2026-07-02", "2026-08-31")
    assert [(event["count"], event["remaining"]) for event in missed] == [(1, 2), (2, 1), (3, 0)]
    assert may_book(desk, citizen, "2026-09-01 09:00") == (403, "BOO-21")
    assert may_book(desk, citizen, "2027-02-28 23:59:59") == (403, "BOO-21")
    assert may_book(desk, citizen, "2027-03-01 00:00:00") == (201, None)
    assert [(e["count"], e["remaining"]) for e in miss(citizen, "2027-03-02")[3:]] == [(1, 2)]


@pytest.mark.rule("BOO-21")
@pytest.mark.rule("BOO-22")
@pytest.mark.rule("AMB-28")
@pytest.mark.rule("T6")
@pytest.mark.parametrize(
    ("days", "after", "barred"),
    [
        (("2026-01-12", "2026-05-07", "2027-01-12"), "2027-01-13 09:00", True),
        (("2026-01-12", "2026-05-07", "2027-01-13"), "2027-01-14 09:00", False),
        (("2028-02-29", "2028-05-09", "2029-02-28"), "2029-03-01 09:00", True),
        (("2028-02-29", "2028-05-09", "2029-03-01"), "2029-03-02 09:00", False),
    ],
    ids=["last day of the year", "one day more", "from a leap day", "from a leap day, one day more"],
)
def test_the_year_is_rolling(desk: Bench, miss: Any, days: tuple[str, ...], after: str, barred: bool) -> None:
    citizen = person()
    counts = [event["count"] for event in miss(citizen, *days)]
    assert counts == [1, 2, 3 if barred else 2]
    assert may_book(desk, citizen, after)[0] == (403 if barred else 201)


@pytest.mark.rule("BOO-23")
@pytest.mark.parametrize(
    ("third", "last"),
    [("2027-08-30", "2028-02-29"), ("2027-08-31", "2028-02-29"), ("2026-12-31", "2027-06-30")],
)
def test_a_ban_ends_at_the_months_end_that_there_is(desk: Bench, miss: Any, third: str, last: str) -> None:
    citizen = person()
    two = ("2026-11-03", "2026-12-03") if third < "2027" else ("2027-06-03", "2027-07-06")
    miss(citizen, *two, third)
    after = date.fromisoformat(last) + timedelta(days=1)
    assert may_book(desk, citizen, f"{last} 23:59:59")[0] == 403
    assert may_book(desk, citizen, f"{after} 00:00")[0] == 201


@pytest.mark.rule("BOO-24")
def test_an_excused_one_of_three_ends_the_ban_at_once(desk: Bench, miss: Any) -> None:
    citizen = person()
    miss(citizen, "2026-06-02", "2026-07-02", "2026-08-31")
    number = desk.emitted(events.BookingNoShow)[1].data["booking_no"]
    with clock_at("2026-09-02 09:00"):
        desk.client(OPERATOR).post(f"{ROOT}/bookings/{number}/excuse", json={"reason": "叫号机故障"})
    miss.through_archive("2026-09-02 09:01")
    assert may_book(desk, citizen, "2026-09-02 09:02")[0] == 201


@pytest.mark.rule("AMB-04")
@pytest.mark.rule("AMB-06")
@pytest.mark.rule("BOO-11")
def test_a_barred_party_still_takes_ordinary_numbers_and_keeps_what_it_booked(desk: Bench, miss: Any) -> None:
    citizen = person()
    miss(citizen, "2026-06-02", "2026-07-02")
    with clock_at("2026-08-28 10:00"):
        kept = book(desk, citizen, day="2026-09-02").get_json()["booking_no"]
    miss(citizen, "2026-08-31")
    assert may_book(desk, citizen, "2026-09-01 09:00") == (403, "BOO-21")
    with clock_at("2026-09-02 09:00"):
        operator = desk.client(OPERATOR)
        assert operator.post(f"{ROOT}/bookings/{kept}/arrival").get_json()["kind"] == "B"
        assert operator.post(f"{ROOT}/queues/{HALL}/H/tickets").status_code == 201


# --- what a booking shows -------------------------------------------------------------------------------------------


@pytest.mark.rule("BOO-05")
def test_success_shows_the_booking_and_tells_applicant_and_hall(desk: Bench) -> None:
    citizen = person()
    made = book(desk, citizen, day="2026-10-08").get_json()
    assert made["booking_no"].isdigit() and made["hall_name"] == "天津市政务服务中心"
    assert (made["date"], made["slot_from"], made["slot_to"]) == ("2026-10-08", "09:00", "10:00")
    told = desk.emitted(events.BookingCreated)[0]
    assert "notifier" in events.BookingCreated.consumers
    assert (told.data["subject_ref"], told.data["booking_no"]) == (citizen.ref, made["booking_no"])
    path = f"{ROOT}/halls/{HALL}/bookings?date=2026-10-08"
    expected = desk.client(OPERATOR).get(path).get_json()["items"]
    assert [(row["booking_no"], row["subject_name"]) for row in expected] == [(made["booking_no"], "张*")]
    assert desk.client(Caller("staff:other", "staff", 0, OPERATOR.grants[:0])).get(path).status_code == 403


@pytest.mark.rule("BOO-08")
def test_the_own_space_lists_all_own_bookings_newest_first(desk: Bench) -> None:
    citizen = person()
    numbers = []
    for minute, day in enumerate(("2026-10-08", "2026-10-09", "2026-10-10")):
        with clock_at(f"2026-09-29 10:{minute:02d}"):
            numbers.append(book(desk, citizen, day=day).get_json()["booking_no"])
    book(desk, person(), day="2026-10-08")
    client = desk.client(citizen)
    client.delete(f"{ROOT}/bookings/{numbers[0]}")
    first = client.get(f"{ROOT}/bookings?limit=2").get_json()
    rest = client.get(f"{ROOT}/bookings", query_string={"cursor": first["next"]}).get_json()["items"]
    listed = [(row["booking_no"], row["state_name"]) for row in first["items"] + rest]
    assert listed == [(numbers[2], "已预约"), (numbers[1], "已预约"), (numbers[0], "已取消")]
    assert client.get(f"{ROOT}/bookings/{numbers[1]}").get_json()["date"] == "2026-10-09"


@pytest.mark.rule("BOO-03")
def test_a_hall_that_is_gone_cannot_be_booked(tmp_path: Path) -> None:
    with clock_at("2026-09-29 10:00"), bench(service, tmp_path) as b:
        stock(b)
        b.deliver(catalog.OrgChanged, HALL, hall() | {"active": False}, sequence=2)
        b.deliver(catalog.BookingQuotaChanged, "q", quota(), sequence=2)
        assert book(b, day="2026-10-08").get_json()["free"] == []
