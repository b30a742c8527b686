"""One account for the city site, all district sites and every service behind them."""

import pytest

from chassis.auth import Gate, LocalKeys
from chassis.clock import clock_at
from services.identity import keys
from tests.identity.conftest import Hall, assert_problem


@pytest.mark.rule("ID-10")
def test_who_registered_at_a_district_site_is_known_everywhere_and_registers_nowhere_else(hall: Hall) -> None:
    ref = hall.register(region="120104")
    with clock_at("2026-03-02 10:05"):
        again = hall.post("/registrations/person", hall.person_form(account="another123", region="120000"))
    assert_problem(again, "identity.mobile-taken", 409)
    token = hall.log_in("citizen123")["access_token"]
    for service in ("catalog", "filing", "booking", "feedback"):
        assert Gate(service, LocalKeys(keys.public_keys), "unused").read(token).id == ref
