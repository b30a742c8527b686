"""The world of booking."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chassis.clock import clock_at
from tests.booking import conftest as booking_tests
from tests.meta.permissions import World
from tests.meta.worlds.common import DISTRICT, OWNER
from tests.support import bench, person, staff


@contextmanager
def booking(folder: Path) -> Iterator[World]:
    """A booking of tomorrow with a contest, a hold, a place in a waiting list, a closure and a ticket of the hall."""
    from services.booking.models import Booking, Contest

    with clock_at("2026-09-29 10:00"), bench(booking_tests.service, folder) as b:
        booking_tests.stock(b)
        number = booking_tests.book(b, person(OWNER)).get_json()["booking_no"]
        at_hall = b.client(staff("hall_operator", "TZJ077-ZX"))
        root, hall = booking_tests.ROOT, f"{booking_tests.ROOT}/halls/{booking_tests.HALL}"
        ticket = at_hall.post(f"{root}/queues/{booking_tests.HALL}/H/tickets").get_json()["id"]
        days = {"first": "2026-12-01", "last": "2026-12-02", "reason": "检修"}
        closure = at_hall.post(f"{hall}/closures", json=days).get_json()["id"]
        full = {"item_code": booking_tests.ITEM, "hall": booking_tests.HALL, "date": "2026-10-08", "slot": "09:00"}
        for stranger in (person(), person()):
            assert b.client(stranger).post(f"{root}/bookings", json=full).status_code == 201
        wait = b.client(person(OWNER)).post(f"{root}/waits", json=full).get_json()["id"]
        hold = b.client(person(OWNER)).post(f"{root}/holds", json=full | {"slot": "10:00"}).get_json()["id"]
        booked = Booking.get(Booking.booking_no == number)
        contested = {"reason": "叫号机故障", "state": "open", "due_date": booked.day}
        with b.database.transaction():
            Contest.create(booking_id=booked.id, hall_code=booking_tests.HALL, **contested)
        values = days | {
            "booking_no": number,
            "hold_id": hold,
            "wait_id": wait,
            "closure_id": closure,
            "machine": "M1",
            "ticket_no": "N001",
            "ticket_id": ticket,
            "hall": booking_tests.HALL,
            "queue_group": "H",
            "item": booking_tests.ITEM,
            "item_code": booking_tests.ITEM,
            "date": "2026-10-09",
            "slot": "09:00",
        }
        yield World(b, values, ("TZJ077-ZX",), DISTRICT, (OWNER, number, ticket, hold, wait, booked.id))
