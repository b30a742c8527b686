"""Whose card a ticket machine has read: for booking only, verified people only, audited, agents with their items."""

import pytest

from chassis.clock import clock_at
from services.identity.models import AccessAudit, User
from tests.identity.conftest import API, Hall, id_no
from tests.identity.test_agents import ITEM, firm, name
from tests.support import peer


def resolve(hall: Hall, number: str, service: str = "booking"):
    return hall.post("/cards/resolution", {"id_no": number}, hall.bench.client(peer(service)))


@pytest.mark.rule("BOO-13")
@pytest.mark.rule("ID-38")
def test_a_card_leads_to_its_verified_holder_and_is_audited(hall: Hall, verifier):
    me = hall.verified().get(f"{API}/me").get_json()["ref"]
    answer = resolve(hall, id_no(123))
    assert answer.get_json() == {"holders": [{"ref": me, "items": None}]}
    assert answer.headers["Cache-Control"] == "no-store"
    rows = list(AccessAudit.select().where(AccessAudit.action == "card.resolved"))
    assert [(row.actor, row.subject) for row in rows] == [("service:booking", me)]
    assert resolve(hall, id_no(999)).get_json() == {"holders": []}


@pytest.mark.rule("BOO-13")
def test_an_agents_card_stands_for_the_unit_in_the_named_matters_while_the_agency_lasts(hall: Hall, verifier):
    company = firm(hall)
    hall.verified()
    agency = name(hall, company, name="样本代表人").get_json()
    unit = User.get(User.account == "firm1").ref
    assert resolve(hall, id_no(123)).get_json()["holders"][1:] == [{"ref": unit, "items": [ITEM]}]
    with clock_at("2026-04-01 00:00"):
        assert resolve(hall, id_no(123)).get_json()["holders"][1:] == []
    company.delete(f"{API}/me/agents/{agency['id']}")
    assert resolve(hall, id_no(123)).get_json()["holders"][1:] == []


@pytest.mark.rule("BOO-13")
def test_nobody_but_booking_may_ask(hall: Hall):
    assert resolve(hall, id_no(123), "filing").status_code == 403
    assert hall.post("/cards/resolution", {"id_no": id_no(123)}).status_code == 401
    assert resolve(hall, "1" * 19).status_code == 422
