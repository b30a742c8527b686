"""A day in a hall's queue, in real processes: everything is killed in mid-day, a machine is offline for an hour."""

from datetime import date, timedelta
from typing import Any

import pytest

from chassis import clock
from deploy import story
from deploy.visitor import Visitor, staff
from tests.system.hall import RealHall

pytestmark = pytest.mark.slow

BOOKING = "/api/booking/v1"


def numbers(rows: list[dict[str, Any]]) -> list[str]:
    """The numbers in their order."""
    return [row["ticket_no"] for row in rows]


def booked_day(hall: RealHall, citizen: Visitor) -> tuple[str, dict[str, Any]]:
    """Book, and let the hall come to half past nine of that day; the booking's number and its slot."""
    slot = story.free_slot(citizen)
    wish = {"item_code": story.ITEM, "hall": story.HALL, "date": slot["date"], "slot": slot["from"]}
    number = citizen.post(f"{BOOKING}/bookings", wish)["booking_no"]
    hall.settle()
    story.travel(hall.door, clock.start_of(date.fromisoformat(slot["date"])) + timedelta(hours=9, minutes=30))
    return number, slot


@pytest.mark.rule("BOO-16", "BOO-18")
def test_the_queue_survives_a_restart_of_every_process_and_an_hour_without_the_network(hall: RealHall) -> None:
    story.office_hours(hall.door)
    citizen, _, _ = story.representative(hall.door)
    operator = staff(hall.door, "tzj077-zx-hall")
    booking_no, slot = booked_day(hall, citizen)
    [booking] = hall.books.rows("booking", "SELECT queue_group FROM booking_booking")
    queue = f"{BOOKING}/queues/{story.HALL}/{booking['queue_group']}"
    first = [operator.post(f"{queue}/tickets", {})["ticket_no"] for _ in range(4)]
    called = operator.post(f"{queue}/call", {"window": "1"})
    reserved = operator.post(f"{queue}/blocks", {"machine": "M1", "kind": "N", "size": 3})
    booked = operator.post(f"{BOOKING}/bookings/{booking_no}/arrival", {})["ticket_no"]
    before = citizen.get(queue)
    assert numbers(before["waiting"]) == [first[1], booked, first[2], first[3]]

    for name in [*hall.services, "gateway"]:
        hall.kill(name)
    hall.await_ready()

    assert citizen.get(queue) == before
    assert operator.post(f"{BOOKING}/tickets/{called['id']}/service", {})["state"] == "serving"
    online = operator.post(f"{queue}/tickets", {})["ticket_no"]
    opened = story.now(hall.door)
    story.travel(hall.door, opened + timedelta(hours=1))
    given = [
        {"ticket_no": f"N{number:03d}", "issued_at": (opened + timedelta(minutes=minutes)).isoformat()}
        for number, minutes in ((reserved["first"], 10), (reserved["first"] + 1, 50))
    ]
    batch = {"machine": "M1", "date": slot["date"], "tickets": given}
    synced = [numbers(operator.post(f"{queue}/offline-tickets", batch)["items"]) for _ in range(2)]
    assert synced == [[entry["ticket_no"] for entry in given]] * 2
    waiting = numbers(citizen.get(queue)["waiting"])
    assert waiting == [first[1], booked, first[2], first[3], online, *synced[0]]
    last = operator.post(f"{queue}/tickets", {})["ticket_no"]
    issued = hall.books.rows("booking", "SELECT ticket_no FROM booking_ticket ORDER BY ticket_no")
    assert numbers(issued) == sorted({*first, booked, online, *synced[0], last})
    hall.settle()
    assert hall.parked() == []
