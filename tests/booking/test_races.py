"""Many at once, on both databases: the last places of a slot, twenty windows at one queue, a restart in mid-day."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chassis.clock import clock_at
from contracts.events import booking as events
from contracts.events import catalog
from services.booking.models import Place
from services.booking.service import service
from tests.booking.conftest import HALL, OPERATOR, ROOT, book, quota, stock
from tests.support import Bench, at_once, bench, person

QUEUE = f"{ROOT}/queues/{HALL}/H"
CLERKS = 20  # requests under way at the same moment


@pytest.fixture
def both(database_url: str, tmp_path: Path) -> Iterator[Bench]:
    """The stocked service, once on SQLite and once on PostgreSQL."""
    url = database_url if database_url.startswith("postgresql") else None
    with clock_at("2026-09-29 10:00"), bench(service, tmp_path, url) as b:
        yield stock(b)


@pytest.mark.rule("BOO-06")
def test_of_200_people_ten_get_the_last_ten_places_and_the_others_the_next_free_ones(both: Bench) -> None:
    slots = [{"from": f"{hour}:00", "to": f"{hour}:50", "quota": 12} for hour in (10, 11, 14)]
    both.deliver(catalog.BookingQuotaChanged, "q", quota(daily_number=30, slots=slots), sequence=2)
    assert [book(both, slot="10:00").status_code for _ in range(2)] == [201, 201]
    answers = at_once(CLERKS, lambda _: [book(both, slot="10:00") for _ in range(200 // CLERKS)])
    every = [answer for some in answers for answer in some]
    assert sorted(answer.status_code for answer in every) == [201] * 10 + [409] * 190
    refused = [answer.get_json() for answer in every if answer.status_code == 409]
    assert {problem["rule"] for problem in refused} == {"BOO-06"}
    offered = [slot for problem in refused for slot in problem["free"]]
    assert offered and not [slot for slot in offered if (slot["date"], slot["from"]) == ("2026-09-30", "10:00")]
    assert all(problem["free"][0] | {"free": 0} == refused[0]["free"][0] | {"free": 0} for problem in refused)
    numbers = [event.data["booking_no"] for event in both.emitted(events.BookingCreated)]
    assert len(set(numbers)) == 12
    assert Place.get(Place.slot_from == "10:00").taken == 12
    assert Place.get(Place.slot_from == "").taken == 12


@pytest.mark.rule("BOO-06")
def test_holds_bookings_cancellations_and_waits_at_once_never_lose_or_double_a_place(both: Bench) -> None:
    slots = [{"from": "09:00", "to": "10:00", "quota": 4}, {"from": "10:00", "to": "11:00", "quota": 4}]
    both.deliver(catalog.BookingQuotaChanged, "q", quota(daily_number=6, slots=slots), sequence=2)

    def one(number: int) -> None:
        who, slot = person(), ("09:00", "10:00")[number % 2]
        client = both.client(who)
        wish = {"item_code": "000149032000", "hall": HALL, "date": "2026-10-08", "slot": slot}
        if number % 3 == 0:
            client.post(f"{ROOT}/holds", json=wish)
        made = book(both, who, day="2026-10-08", slot=slot)
        if made.status_code == 409:
            client.post(f"{ROOT}/waits", json=wish)
        elif number % 4 == 0:
            client.delete(f"{ROOT}/bookings/{made.get_json()['booking_no']}")

    assert at_once(CLERKS, one) == [None] * CLERKS
    while both.sweep("2026-09-29 10:30"):
        pass
    active = both.client(OPERATOR).get(f"{ROOT}/halls/{HALL}/bookings?date=2026-10-08&limit=100").get_json()["items"]
    booked = [row["slot_from"] for row in active if row["state"] == "booked"]
    taken = {row.slot_from: row.taken for row in Place.select()}
    assert taken == {"": len(booked), "09:00": booked.count("09:00"), "10:00": booked.count("10:00")}
    assert len(booked) == 6 and max(taken["09:00"], taken["10:00"]) <= 4


@pytest.mark.rule("BOO-16")
@pytest.mark.rule("BOO-17")
def test_twenty_windows_call_each_number_once_and_in_order(both: Bench) -> None:
    operator = both.client(OPERATOR)
    issued = [operator.post(f"{QUEUE}/tickets").get_json()["ticket_no"] for _ in range(50)]

    def window(number: int) -> list[str]:
        mine, client = [], both.client(OPERATOR)
        while (answer := client.post(f"{QUEUE}/call", json={"window": str(number)})).status_code == 200:
            mine.append(answer.get_json()["ticket_no"])
        assert answer.get_json()["rule"] == "BOO-17"
        return mine

    called = at_once(CLERKS, window)
    assert sorted(number for mine in called for number in mine) == issued
    assert all(mine == sorted(mine) for mine in called)
    order = [event.data["ticket_no"] for event in both.emitted(events.TicketCalled)]
    assert order == issued


@pytest.mark.rule("BOO-16")
def test_booked_and_ordinary_numbers_drawn_at_once_stand_by_the_rule(both: Bench) -> None:
    many = quota(daily_number=99, slots=[{"from": "09:00", "to": "10:00", "quota": 99}])
    both.deliver(catalog.BookingQuotaChanged, "q", many, sequence=2)
    numbers = [book(both).get_json()["booking_no"] for _ in range(10)]
    with clock_at("2026-09-30 09:00"):
        both.client(OPERATOR).post(f"{QUEUE}/tickets")

        def machine(number: int) -> int:
            path = f"{ROOT}/bookings/{numbers[number // 2]}/arrival" if number % 2 else f"{QUEUE}/tickets"
            return both.client(OPERATOR).post(path).status_code

        assert at_once(CLERKS, machine) == [201] * CLERKS
        waiting = [row["ticket_no"] for row in both.client().get(QUEUE).get_json()["waiting"]]
    ordinary = [f"N{number:03d}" for number in range(1, 12)]
    assert waiting == ordinary[:1] + [f"B{number:03d}" for number in range(1, 11)] + ordinary[1:]


@pytest.mark.rule("BOO-18")
def test_the_queue_survives_a_restart_with_the_same_order(tmp_path: Path) -> None:
    def state(b: Bench) -> Any:
        shown = b.client().get(QUEUE).get_json()
        return shown["waiting"], shown["called"]

    with clock_at("2026-09-30 09:00"):
        with clock_at("2026-09-29 10:00"), bench(service, tmp_path) as b:
            stock(b)
            numbers = [book(b).get_json()["booking_no"] for _ in range(2)]
        with bench(service, tmp_path) as b:
            operator = b.client(OPERATOR)
            for _ in range(4):
                operator.post(f"{QUEUE}/tickets")
            operator.post(f"{QUEUE}/call", json={"window": "1"})
            operator.post(f"{ROOT}/bookings/{numbers[0]}/arrival")
            before = state(b)
        with bench(service, tmp_path) as b:
            assert state(b) == before
            operator = b.client(OPERATOR)
            assert operator.post(f"{QUEUE}/tickets").get_json()["ticket_no"] == "N005"
            assert operator.post(f"{ROOT}/bookings/{numbers[1]}/arrival").get_json()["ticket_no"] == "B002"
            assert [row["ticket_no"] for row in state(b)[0]] == ["N002", "B001", "B002", "N003", "N004", "N005"]
