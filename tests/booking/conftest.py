"""Booking on the bench with one offer and one hall."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chassis.clock import clock_at
from contracts.events import catalog
from services.booking.service import service
from tests.support import Bench, bench, person, staff

ROOT = "/api/booking/v1"
ITEM, HALL = "000149032000", "H120000"
OPERATOR = staff("hall_operator", "TZJ077-ZX")


def quota(**changes: Any) -> dict[str, Any]:
    """Data of catalog.booking_quota.changed: two slots of two places, three a day."""
    return {
        "item_code": ITEM,
        "item_name": "食品经营许可",
        "hall_code": HALL,
        "hall_name": "天津市政务服务中心",
        "queue_group": "H",
        "valid_from": "2026-01-01",
        "daily_number": 3,
        "slots": [{"from": "09:00", "to": "10:00", "quota": 2}, {"from": "10:00", "to": "11:00", "quota": 2}],
    } | changes


def hall() -> dict[str, Any]:
    """Data of catalog.org.changed for a hall."""
    return {
        "org_code": HALL,
        "org_name": "天津市政务服务中心",
        "org_kind": "hall",
        "region_code": "120000",
        "parent_code": "TZJ077-ZX",
        "opens": "08:30",
        "closes": "17:30",
        "active": True,
    }


def stock(b: Bench) -> Bench:
    """Give the service its offer and its hall."""
    b.deliver(catalog.BookingQuotaChanged, f"{ITEM}:{HALL}", quota())
    b.deliver(catalog.OrgChanged, HALL, hall())
    return b


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Bench]:
    """The service, stocked, on Tuesday 2026-09-29 10:00 (T2)."""
    with clock_at("2026-09-29 10:00"), bench(service, tmp_path) as b:
        yield stock(b)


def book(b: Bench, who: Any = None, day: str = "2026-09-30", slot: str = "09:00", **changes: Any) -> Any:
    """Ask for a booking; returns the answer."""
    body = {"item_code": ITEM, "hall": HALL, "date": day, "slot": slot} | changes
    return b.client(who or person()).post(f"{ROOT}/bookings", json=body)
