"""Agents 经办人: named by a legal person, seen and ended by both sides, asked after by filing."""

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from chassis import clock
from chassis.clock import clock_at
from services.identity import passwords, sessions
from services.identity.models import AccessAudit, Agent, Legal, User, database
from tests.identity.conftest import API, Hall, assert_problem, uscc
from tests.support import at_once, pages, peer

NAME = "样本经办人"
ITEM = "120000-0001"


def token(user: User) -> str:
    with database.transaction():
        return sessions.open_for(user)["access_token"]


def firm(hall: Hall, serial: int = 1) -> FlaskClient:
    """A legal person, logged in (made directly: its registration is proven elsewhere)."""
    user = User.create(kind="legal", account=f"firm{serial}", password_hash=passwords.hashed("-"), level=2)
    Legal.create(
        id=user.id,
        enterprise_type="有限责任公司",
        name=f"样本企业{serial}",
        uscc=uscc(serial),
        representative="nobody",
        registered_on=date(2020, 1, 2),
        bound_at=clock.now(),
    )
    return hall.bench.client(token(user))


def citizen(hall: Hall, serial: int = 123, level: int = 1) -> FlaskClient:
    hall.register(serial, name=NAME)
    User.update(level=level).where(User.account == f"citizen{serial}").execute()
    return hall.bench.client(token(User.get(User.account == f"citizen{serial}")))


def name(hall: Hall, client: FlaskClient, **changes: Any) -> Any:
    body = {"account": "citizen123", "name": NAME, "items": [ITEM], "valid_until": "2026-03-31"}
    return hall.post("/me/agents", body | changes, client)


def standing(hall: Hall, item: str | None = ITEM, account: str = "firm1", agent: str = "citizen123") -> dict[str, Any]:
    refs = [User.get(User.account == one).ref for one in (account, agent)]
    path = f"{API}/subjects/{refs[0]}/agents/{refs[1]}"
    answer = hall.bench.client(peer("filing")).get(path, query_string={"item": item} if item else {})
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()


@pytest.mark.rule("ID-35")
def test_an_agent_acts_in_the_named_matters_until_the_last_day(hall: Hall):
    company, person = firm(hall), citizen(hall)
    assert standing(hall)["allowed"] is False
    agency = name(hall, company).get_json()
    assert standing(hall) | {"principal_ref": "", "agent_ref": ""} == {
        "principal_ref": "", "agent_ref": "", "allowed": True, "acts_as": "agent", "agency_id": agency["id"],
        "valid_until": "2026-03-31",
    }  # fmt: skip
    assert standing(hall, "another item")["allowed"] is standing(hall, None)["allowed"] is False
    for client, path in ((company, "agents"), (person, "agencies")):
        (seen,) = pages(client, f"{API}/me/{path}")
        assert seen["agent_name_masked"] == "样****" and seen["principal_name"] == "样本企业1" and seen["in_force"]
    with clock_at("2026-03-31 23:59:59"):
        assert standing(hall)["allowed"] is True
    with clock_at("2026-04-01 00:00"):
        assert standing(hall)["allowed"] is False
        assert name(hall, company, valid_until="2026-04-02").status_code == 201


@pytest.mark.rule("ID-35")
def test_an_agent_for_all_items_from_a_later_day(hall: Hall):
    company, _ = firm(hall), citizen(hall)
    assert name(hall, company, items=None, valid_from="2026-03-10").status_code == 201
    assert standing(hall, None)["allowed"] is False
    with clock_at("2026-03-10 00:00"):
        assert standing(hall, None)["allowed"] is standing(hall, "any item")["allowed"] is True


@pytest.mark.rule("ID-35")
@pytest.mark.parametrize("side", ["agents", "agencies"])
def test_either_side_ends_an_agency_at_once_and_it_is_on_record(hall: Hall, side: str):
    company, person = firm(hall), citizen(hall)
    stranger = firm(hall, 2)
    agency = name(hall, company).get_json()["id"]
    client, other = (company, person) if side == "agents" else (person, company)
    for wrong in (stranger, other):
        assert wrong.delete(f"{API}/me/{side}/{agency}").status_code == 404
    for _ in range(2):
        assert client.delete(f"{API}/me/{side}/{agency}?reason=离职").status_code == 204
    assert standing(hall)["allowed"] is False
    rows = AccessAudit.select().where(AccessAudit.action.startswith("agent.")).order_by(AccessAudit.id)
    noted = [(row.action, row.reason) for row in rows]
    assert noted == [("agent.named", None), ("agent.revoked", "离职")]
    assert name(hall, company).status_code == 201


@pytest.mark.rule("ID-35")
def test_the_representative_acts_without_being_named(hall: Hall):
    firm(hall), citizen(hall)
    Legal.update(representative=User.get(User.account == "citizen123").id).execute()
    assert standing(hall, "any item")["acts_as"] == "representative"


@pytest.mark.rule("ID-35")
def test_naming_tells_nothing_of_accounts_and_five_misses_close_the_door(hall: Hall):
    company, _ = firm(hall), citizen(hall)
    citizen(hall, 124, level=0)
    misses = [{"account": "nobody"}, {"name": "别人"}, {"account": "citizen124"}, {"account": "firm1"}]
    bodies = [assert_problem(name(hall, company, **miss), "identity.agent-unknown", 422) for miss in misses]
    assert all(body == bodies[0] for body in bodies)
    name(hall, company, account="nobody")
    assert_problem(name(hall, company), "identity.locked", 429)


@pytest.mark.rule("ID-35")
def test_only_a_legal_person_names_agents_for_a_term_to_come(hall: Hall):
    company, person = firm(hall), citizen(hall)
    assert_problem(name(hall, person), "forbidden", 403)
    for term in ({"valid_until": "2026-03-01"}, {"valid_from": "2026-03-20", "valid_until": "2026-03-19"}):
        assert_problem(name(hall, company, **term), "identity.agent-term", 422)
    assert Agent.select().count() == 0
    assert company.get(f"{API}/subjects/legal:x/agents/person:y").status_code == 403


@pytest.mark.rule("ID-35")
def test_one_agent_named_at_the_same_moment_is_named_once(hall: Hall):
    company, _ = firm(hall), citizen(hall)
    same = company.environ_base["HTTP_AUTHORIZATION"].split()[1]
    answers = at_once(5, lambda n: name(Hall(hall.bench), hall.bench.client(same)).status_code)
    assert sorted(answers) == [201] + [409] * 4
    assert Agent.select().count() == 1
