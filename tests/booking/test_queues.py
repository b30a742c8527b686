"""Queues: the insertion rule, calling, missing, closing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.clock import clock_at
from contracts.events import booking as events
from contracts.events import catalog
from services.booking.queues import behind_next_ordinary
from tests.booking.conftest import HALL, OPERATOR, ROOT, book, quota
from tests.support import Bench, person, staff

QUEUE = f"{ROOT}/queues/{HALL}/H"


def line(b: Bench) -> str:
    return " ".join(
        t["ticket_no"][0] + str(int(t["ticket_no"][1:])) for t in b.client().get(QUEUE).get_json()["waiting"]
    )


def play(b: Bench, *moves: str) -> list[str]:
    """Carry out N (ordinary number), B (booked number), C (call); the waiting queue after each."""
    many = quota(daily_number=99, slots=[{"from": "09:00", "to": "10:00", "quota": 99}])
    b.deliver(catalog.BookingQuotaChanged, "q", many, sequence=5)
    operator = b.client(OPERATOR)
    booked = [book(b).get_json()["booking_no"] for move in moves if move == "B"]
    lines = []
    with clock_at("2026-09-30 09:00"):
        for move in moves:
            if move == "N":
                answer = operator.post(f"{QUEUE}/tickets")
            elif move == "B":
                answer = operator.post(f"{ROOT}/bookings/{booked.pop(0)}/arrival")
            else:
                answer = operator.post(f"{QUEUE}/call", json={"window": "1"})
            assert answer.status_code < 300, answer.text
            lines.append(line(b))
    return lines


@pytest.mark.rule("BOO-14")
@pytest.mark.rule("T4")
def test_booked_numbers_go_behind_the_first_ordinary_one_in_their_own_order(desk: Bench) -> None:
    lines = play(desk, "N", "N", "N", "B", "B", "C", "B")
    assert lines[3:] == ["N1 B1 N2 N3", "N1 B1 B2 N2 N3", "B1 B2 N2 N3", "B1 B2 N2 B3 N3"]


@pytest.mark.rule("BOO-15")
@pytest.mark.rule("T5")
def test_with_no_ordinary_number_waiting_a_booked_one_goes_to_the_end(desk: Bench) -> None:
    assert play(desk, "B", "N", "B", "N", "B") == ["B1", "B1 N1", "B1 N1 B2", "B1 N1 B2 N2", "B1 N1 B2 B3 N2"]


@pytest.mark.rule("BOO-16")
@given(st.lists(st.sampled_from("NB"), max_size=30))
@settings(max_examples=300)
def test_insertion_keeps_both_orders_and_stands_behind_at_most_one_ordinary_number(kinds: list[str]) -> None:
    index = behind_next_ordinary(kinds)
    assert kinds[:index].count("N") == min(1, kinds.count("N"))
    assert "B" not in kinds[index : index + 1]


@pytest.mark.rule("BOO-17")
def test_after_three_calls_a_number_comes_back_once_behind_the_next_ordinary_one(desk: Bench) -> None:
    operator = desk.client(OPERATOR)
    for _ in range(3):
        operator.post(f"{QUEUE}/tickets")
    ticket = operator.post(f"{QUEUE}/call", json={"window": "1"}).get_json()["id"]
    for _ in range(2):
        assert operator.post(f"{ROOT}/tickets/{ticket}/call").get_json()["state"] == "called"
    assert operator.post(f"{ROOT}/tickets/{ticket}/call").get_json()["state"] == "waiting"
    assert line(desk) == "N2 N1 N3"
    operator.post(f"{QUEUE}/call", json={"window": "1"})
    operator.post(f"{QUEUE}/call", json={"window": "1"})
    for _ in range(3):
        last = operator.post(f"{ROOT}/tickets/{ticket}/call").get_json()["state"]
    assert last == "lapsed"
    assert len(desk.emitted(events.TicketMissed)) == 2


@pytest.mark.rule("BOO-17")
def test_serving_a_booked_number_serves_the_booking_and_closing_lapses_the_rest(desk: Bench) -> None:
    number = book(desk).get_json()["booking_no"]
    operator = desk.client(OPERATOR)
    with clock_at("2026-09-30 09:30"):
        operator.post(f"{ROOT}/bookings/{number}/arrival")
        operator.post(f"{QUEUE}/tickets")
        ticket = operator.post(f"{QUEUE}/call", json={"window": "2"}).get_json()["id"]
        assert operator.post(f"{ROOT}/tickets/{ticket}/service").get_json()["state"] == "serving"
        assert operator.post(f"{ROOT}/tickets/{ticket}/end").get_json()["state"] == "done"
        assert operator.post(f"{ROOT}/tickets/{ticket}/service").status_code == 409
    desk.sweep("2026-10-01 00:00")
    assert [event.data["booking_no"] for event in desk.emitted(events.BookingServed)] == [number]
    assert desk.emitted(events.BookingNoShow) == []
    with clock_at("2026-09-30 23:00"):
        assert desk.client().get(QUEUE).get_json()["waiting"] == []


@pytest.mark.rule("BOO-18")
def test_only_the_halls_own_operators_touch_its_queue(desk: Bench) -> None:
    stranger = desk.client(staff("hall_operator", "TZJ001-ZWB"))
    assert stranger.post(f"{QUEUE}/tickets").status_code == 403
    assert stranger.post(f"{QUEUE}/call", json={"window": "1"}).status_code == 403
    empty = desk.client(OPERATOR).post(f"{QUEUE}/call", json={"window": "1"})
    assert (empty.status_code, empty.get_json()["rule"]) == (409, "BOO-17")


@pytest.mark.rule("BOO-08", "BOO-13")
def test_a_booking_tells_its_party_the_number_and_how_many_are_ahead(desk: Bench) -> None:
    party = person()
    booking_no = book(desk, party).get_json()["booking_no"]
    citizen, operator = desk.client(party), desk.client(OPERATOR)
    path = f"{ROOT}/bookings/{booking_no}"
    assert citizen.get(path).get_json()["standing"] is None
    with clock_at("2026-09-30 09:00"):
        operator.post(f"{QUEUE}/tickets")
        operator.post(f"{path}/arrival")
        standing = citizen.get(path).get_json()["standing"]
        assert (standing["ticket"]["ticket_no"], standing["ticket"]["state"], standing["ahead"]) == (
            "B001",
            "waiting",
            1,
        )
        operator.post(f"{QUEUE}/call", json={"window": "3"})
        operator.post(f"{QUEUE}/call", json={"window": "5"})
        standing = citizen.get(path).get_json()["standing"]
    assert (standing["ticket"]["state"], standing["ticket"]["window"], standing["ahead"]) == ("called", "5", None)
