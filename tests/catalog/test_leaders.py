"""Who leads an organisation comes from identity's grants and travels as a reference (CAT-40, ID-37)."""

import itertools

import pytest

from contracts.events import catalog, identity
from tests.catalog.conftest import load_city
from tests.support import Bench

ORG = "TZJ049-SP"


def grant(grant_id: str = "g1", role: str = "deputy_leader", who: str = "staff:a", **more: object) -> dict:
    return {
        "grant_id": grant_id,
        "staff_ref": who,
        "role": role,
        "org_code": ORG,
        "item_codes": [],
        "grantor_ref": "service:identity",
        "valid_from": "2026-01-01",
    } | more


def revoked(grant_id: str = "g1") -> dict:
    return {name: value for name, value in grant(grant_id).items() if name != "valid_from"} | {
        "revoked_at": "2026-03-02T10:00:00+08:00"
    }


def deputies(hall: Bench) -> list[str | None]:
    return [event.data.get("deputy_leader_ref") for event in hall.emitted(catalog.OrgChanged) if event.org_code == ORG]


@pytest.mark.rule("CAT-40", "ID-37")
def test_a_granted_leader_is_reported_with_the_organisation(city: Bench) -> None:
    event = city.deliver(identity.StaffGranted, "g1", grant())
    city.redeliver(event)
    city.deliver(identity.StaffGranted, "g2", grant("g2", "unit_leader", "staff:b"))
    city.deliver(identity.StaffGranted, "g3", grant("g3", "reviewer", "staff:c"))
    first, second = city.emitted(catalog.OrgChanged)
    assert (first.deputy_leader_ref, first.data.get("unit_leader_ref")) == ("staff:a", None)
    assert (second.deputy_leader_ref, second.unit_leader_ref) == ("staff:a", "staff:b")


@pytest.mark.rule("CAT-40")
def test_grants_that_come_before_the_organisations_are_not_lost(empty: Bench) -> None:
    empty.deliver(identity.StaffGranted, "g1", grant())
    assert empty.emitted() == []
    load_city()
    assert deputies(empty) == ["staff:a"]


@pytest.mark.rule("CAT-40")
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_leader_is_the_same_in_whatever_order_the_events_come(city: Bench, order: tuple[int, ...]) -> None:
    events = [
        city.event(identity.StaffGranted, "g1", grant()),
        city.event(identity.StaffRevoked, "g1", revoked(), sequence=2),
        city.event(identity.StaffGranted, "g2", grant("g2", who="staff:b", valid_from="2026-02-01")),
    ]
    for place in order:
        city.redeliver(events[place])
    city.redeliver(*events)
    assert deputies(city)[-1] == "staff:b"


@pytest.mark.rule("CAT-40")
def test_a_leader_begins_and_ends_on_the_days_of_the_grant(city: Bench) -> None:
    city.deliver(identity.StaffGranted, "g1", grant(valid_from="2026-03-05", valid_until="2026-03-09"))
    assert deputies(city) == []
    city.sweep("2026-03-04 23:59")
    assert deputies(city) == []
    city.sweep("2026-03-05 00:00")
    assert deputies(city) == ["staff:a"]
    city.sweep("2026-03-09 23:59")
    assert deputies(city) == ["staff:a"]
    city.sweep("2026-03-10 00:00")
    assert deputies(city) == ["staff:a", None]
