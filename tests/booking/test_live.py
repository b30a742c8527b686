"""What screens and phones see: the queue as events, and an estimate that rests on measured services."""

import json
from datetime import timedelta
from typing import Any

import pytest

from chassis import clock
from chassis.clock import clock_at
from services.booking.models import Ticket
from tests.booking.conftest import HALL, OPERATOR, ROOT, book
from tests.support import Bench, staff

QUEUE = f"{ROOT}/queues/{HALL}/H"
NINE = clock.parse("2026-09-30T09:00:00+08:00")


def at(minutes: float) -> Any:
    return clock_at(NINE + timedelta(minutes=minutes))


def issue(b: Bench, minutes: float = 0) -> dict[str, Any]:
    with at(minutes):
        return b.client(OPERATOR).post(f"{QUEUE}/tickets").get_json()


def act(b: Bench, path: str, minutes: float, body: Any = None) -> Any:
    with at(minutes):
        return b.client(OPERATOR).post(f"{ROOT}/{path}", json=body)


def call(b: Bench, minutes: float, window: str = "1") -> Any:
    return act(b, f"queues/{HALL}/H/call", minutes, {"window": window}).get_json()


def served(b: Bench, minutes: list[float]) -> None:
    """One person after the other at window 1, each for so many minutes, from 09:00 on."""
    begin = 0.0
    for took in minutes:
        issue(b, begin)
        ticket = call(b, begin)["id"]
        assert act(b, f"tickets/{ticket}/service", begin).status_code == 200
        assert act(b, f"tickets/{ticket}/end", begin + took).status_code == 200
        begin += took


def board(b: Bench, minutes: float, seen: str = "") -> Any:
    with at(minutes):
        return b.client().get(f"{QUEUE}/live", headers={"Last-Event-ID": seen})


def data(answer: Any) -> tuple[str, dict[str, Any]]:
    lines = dict(line.split(": ", 1) for line in answer.text.strip().splitlines())
    return lines["id"], json.loads(lines["data"])


@pytest.mark.rule("BOO-18")
def test_a_screen_gets_one_event_for_each_change_and_nothing_in_between(desk: Bench) -> None:
    issue(desk)
    first = board(desk, 1)
    assert first.mimetype == "text/event-stream" and first.headers["Cache-Control"] == "no-store"
    seen, shown = data(first)
    assert [row["ticket_no"] for row in shown["waiting"]] == ["N001"]
    assert board(desk, 2, seen).text == "retry: 2000\n\n"
    call(desk, 3, "7")
    newer, shown = data(board(desk, 4, seen))
    assert newer != seen and shown["waiting"] == []
    assert [(row["ticket_no"], row["window"]) for row in shown["called"]] == [("N001", "7")]
    assert "subject" not in str(shown) and "name" not in str(shown)


@pytest.mark.rule("BOO-18")
def test_the_estimate_rests_on_measured_services_or_says_nothing(desk: Bench) -> None:
    served(desk, [4, 4, 4, 4])
    for _ in range(3):
        issue(desk, 16)
    assert data(board(desk, 16))[1]["estimate"] is None
    ticket = call(desk, 16)["id"]
    act(desk, f"tickets/{ticket}/service", 16)
    act(desk, f"tickets/{ticket}/end", 24)
    estimate = data(board(desk, 24))[1]["estimate"]
    assert estimate == {"least_minutes": 8, "most_minutes": 18, "measured": 5, "windows": 1}
    call(desk, 25, "2")
    assert data(board(desk, 25))[1]["estimate"]["windows"] == 2
    assert data(board(desk, 60))[1]["estimate"] is None  # no window has called for half an hour


@pytest.mark.rule("BOO-18")
def test_a_phone_sees_how_many_are_ahead_of_its_number(desk: Bench) -> None:
    served(desk, [5, 5, 5, 5, 5])
    mine = [issue(desk, 25) for _ in range(3)][-1]["id"]
    with at(26):
        standing = desk.client().get(f"{ROOT}/tickets/{mine}").get_json()
    assert (standing["ahead"], standing["ticket"]["state"]) == (2, "waiting")
    assert (standing["estimate"]["least_minutes"], standing["estimate"]["most_minutes"]) == (10, 15)
    act(desk, f"tickets/{mine}/cancellation", 27)
    with at(28):
        standing = desk.client().get(f"{ROOT}/tickets/{mine}").get_json()
    assert (standing["ahead"], standing["estimate"]) == (None, None)
    assert standing["ticket"]["state_name"] == "已退号"


# --- windows --------------------------------------------------------------------------------------------------------


@pytest.mark.rule("BOO-17")
def test_another_window_takes_a_person_over_without_waiting_again(desk: Bench) -> None:
    issue(desk)
    issue(desk)
    ticket = call(desk, 1)["id"]
    act(desk, f"tickets/{ticket}/service", 1)
    moved = act(desk, f"tickets/{ticket}/transfer", 3, {"window": "5"}).get_json()
    assert (moved["state"], moved["window"]) == ("called", "5")
    act(desk, f"tickets/{ticket}/service", 4)
    assert act(desk, f"tickets/{ticket}/end", 9).get_json()["state"] == "done"
    row = Ticket.get_by_id(ticket)
    assert (row.finished_at - row.called_at) == timedelta(minutes=8)
    assert act(desk, f"tickets/{ticket}/transfer", 10, {"window": "5"}).status_code == 409
    with at(10):
        stranger = desk.client(staff("hall_operator", "TZJ001-ZWB"))
        assert stranger.post(f"{ROOT}/tickets/{ticket}/transfer", json={"window": "1"}).status_code == 403


@pytest.mark.rule("BOO-17")
def test_calling_the_next_ends_the_service_before(desk: Bench) -> None:
    issue(desk)
    issue(desk)
    first = call(desk, 0)["id"]
    act(desk, f"tickets/{first}/service", 0)
    call(desk, 6)
    assert Ticket.get_by_id(first).state == "done"


@pytest.mark.rule("BOO-17")
@pytest.mark.rule("AMB-30")
def test_a_closed_queue_gives_no_numbers_but_who_booked_has_come(desk: Bench) -> None:
    number = book(desk, day="2026-09-30").get_json()["booking_no"]
    issue(desk)
    at_window = call(desk, 0)["id"]
    act(desk, f"tickets/{at_window}/service", 1)
    left = issue(desk, 1)["id"]
    assert act(desk, f"queues/{HALL}/H/closing", 2).get_json()["closed_at"] is not None
    assert Ticket.get_by_id(left).state == "lapsed"
    assert act(desk, f"tickets/{at_window}/end", 3).status_code == 200
    refused = act(desk, f"queues/{HALL}/H/tickets", 3)
    assert (refused.status_code, refused.get_json()["rule"]) == (409, "BOO-17")
    assert act(desk, f"bookings/{number}/arrival", 4).get_json()["state"] == "lapsed"
    desk.sweep("2026-10-01 00:00")
    with at(5):
        items = desk.client(OPERATOR).get(f"{ROOT}/halls/{HALL}/bookings").get_json()["items"]
    assert [row["state"] for row in items] == ["left"]
