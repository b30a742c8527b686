"""Logging in a second device: its QR code, the phone that approves, and whoever stands between them."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from chassis import clock
from services.identity import handlers
from services.identity.models import AccessAudit, LoginTicket, Session, User
from tests.identity.conftest import API, Hall, assert_problem
from tests.support import at_once


def phone(hall: Hall, serial: int = 123) -> FlaskClient:
    """A logged-in phone."""
    hall.register(serial)
    return hall.bench.client(hall.log_in(f"citizen{serial}")["access_token"])


def ask(hall: Hall, kind: str = "person") -> dict[str, str]:
    answer = hall.post("/login-tickets", {"kind": kind}, headers={"User-Agent": "desk"})
    assert answer.status_code == 201 and answer.headers["Cache-Control"] == "no-store"
    return answer.get_json()


def scan(hall: Hall, client: FlaskClient, asked: dict[str, str]) -> Any:
    return hall.post("/login-tickets/scan", {"ticket": asked["ticket"]}, client)


def approve(hall: Hall, client: FlaskClient, asked: dict[str, str], approved: bool = True) -> Any:
    return hall.post("/login-tickets/approval", {"ticket": asked["ticket"], "approved": approved}, client)


def collect(hall: Hall, asked: dict[str, str], **changes: str) -> Any:
    body = {"ticket": asked["ticket"], "secret": asked["secret"]} | changes
    return hall.post("/login-tickets/collection", body, headers={"User-Agent": "desk"})


@pytest.mark.rule("ID-16")
def test_a_phone_logs_in_the_device_that_shows_the_code(hall: Hall):
    client, asked = phone(hall), ask(hall)
    assert collect(hall, asked).get_json() == {"state": "waiting", "tokens": None}
    assert scan(hall, client, asked).get_json()["device"] == "desk"
    assert collect(hall, asked).get_json() == {"state": "scanned", "tokens": None}
    assert approve(hall, client, asked).status_code == 204
    tokens = collect(hall, asked).get_json()["tokens"]
    desk = hall.bench.client(tokens["access_token"])
    assert desk.get(f"{API}/me").get_json()["account"] == "citizen123"
    assert {row["device"] for row in desk.get(f"{API}/sessions").get_json()["items"]} >= {"desk"}
    assert AccessAudit.select().where(AccessAudit.action == "login.approved").count() == 1
    dump = "\n".join(hall.bench.database.proxy.connection().iterdump())
    assert asked["ticket"] not in dump and asked["secret"] not in dump


@pytest.mark.rule("ID-16")
def test_a_ticket_is_good_for_one_collection_and_one_approval(hall: Hall):
    client, asked = phone(hall), ask(hall)
    scan(hall, client, asked)
    assert approve(hall, client, asked).status_code == 204
    assert_problem(approve(hall, client, asked), "identity.ticket-dead", 410)
    assert collect(hall, asked).status_code == 200
    for again in (collect(hall, asked), scan(hall, client, asked), approve(hall, client, asked)):
        assert_problem(again, "identity.ticket-dead", 410)
    assert Session.select().count() == 2


@pytest.mark.rule("ID-16")
def test_who_sees_the_code_but_has_not_the_secret_gets_nothing_and_learns_nothing(hall: Hall):
    client, asked = phone(hall), ask(hall)
    scan(hall, client, asked)
    approve(hall, client, asked)
    strangers = [
        collect(hall, asked, secret="x" * 43),
        collect(hall, asked, ticket="y" * 32),
        collect(hall, asked, secret=asked["ticket"]),
        collect(hall, asked, secret=ask(hall)["secret"]),
    ]
    bodies = [assert_problem(answer, "identity.ticket-dead", 410) for answer in strangers]
    assert all(body == bodies[0] for body in bodies)
    assert collect(hall, asked).get_json()["state"] == "approved"


@pytest.mark.rule("ID-16")
def test_only_the_phone_that_read_the_code_may_approve_it(hall: Hall):
    owner, other = phone(hall), phone(hall, 124)
    asked = ask(hall)
    assert_problem(approve(hall, owner, asked), "identity.ticket-dead", 410)
    scan(hall, owner, asked)
    assert_problem(scan(hall, other, asked), "identity.ticket-dead", 410)
    assert_problem(approve(hall, other, asked), "identity.ticket-dead", 410)
    second_phone = hall.bench.client(hall.log_in("citizen123")["access_token"])
    assert_problem(approve(hall, second_phone, asked), "identity.ticket-dead", 410)
    assert approve(hall, owner, asked).status_code == 204
    assert collect(hall, asked).get_json()["tokens"]["ref"] == f"person:{User.get(User.account == 'citizen123').id}"


@pytest.mark.rule("ID-16")
def test_a_declined_code_is_dead(hall: Hall):
    client, asked = phone(hall), ask(hall)
    scan(hall, client, asked)
    approve(hall, client, asked, approved=False)
    assert_problem(collect(hall, asked), "identity.ticket-dead", 410)
    assert_problem(approve(hall, client, asked), "identity.ticket-dead", 410)


@pytest.mark.rule("ID-16")
def test_a_code_lives_two_minutes(hall: Hall):
    client, asked = phone(hall), ask(hall)
    scan(hall, client, asked)
    approve(hall, client, asked)
    assert clock.wall() < LoginTicket.get().expires_at <= clock.wall() + timedelta(minutes=2)
    LoginTicket.update(expires_at=clock.wall()).execute()
    for late in (collect(hall, asked), scan(hall, client, asked), approve(hall, client, asked)):
        assert_problem(late, "identity.ticket-dead", 410)
    LoginTicket.update(expires_at=clock.wall() - timedelta(hours=2)).execute()
    handlers.clean_up()
    assert LoginTicket.select().count() == 0


@pytest.mark.rule("ID-01")
def test_a_personal_account_approves_nothing_on_the_page_of_legal_persons(hall: Hall):
    client, asked = phone(hall), ask(hall, "legal")
    assert assert_problem(scan(hall, client, asked), "identity.other-login-page", 409)["rule"] == "ID-01"
    assert LoginTicket.get().user_id is None
    assert hall.post("/login-tickets", {"kind": "staff"}).status_code == 422


@pytest.mark.rule("ID-25")
def test_logging_out_the_phone_takes_its_approval_back(hall: Hall):
    client, asked = phone(hall), ask(hall)
    scan(hall, client, asked)
    approve(hall, client, asked)
    client.delete(f"{API}/sessions")
    assert_problem(collect(hall, asked), "identity.ticket-dead", 410)
    assert Session.select().where(Session.ended_at.is_null()).count() == 0


@pytest.mark.rule("ID-16")
def test_twenty_collections_at_the_same_moment_open_one_session(hall_on_both: Hall):
    hall = hall_on_both
    client, asked = phone(hall), ask(hall)
    scan(hall, client, asked)
    approve(hall, client, asked)
    answers = at_once(20, lambda n: collect(Hall(hall.bench), asked).status_code)
    assert sorted(answers) == [200] + [410] * 19
    assert Session.select().count() == 2


@pytest.mark.rule("ID-16")
def test_two_phones_and_two_answers_at_the_same_moment_leave_one(hall: Hall):
    owners, asked = [phone(hall), phone(hall, 124)], ask(hall)
    tokens = [owner.environ_base["HTTP_AUTHORIZATION"].split()[1] for owner in owners]
    race = lambda verb, n, **more: verb(Hall(hall.bench), hall.bench.client(tokens[n % 2]), asked, **more)  # noqa: E731
    scans = at_once(2, lambda n: race(scan, n).status_code)
    assert sorted(scans) == [200, 410]
    winner = scans.index(200)
    answers = at_once(10, lambda n: race(approve, winner, approved=n % 2 == 0).status_code)
    assert sorted(answers) == [204] + [410] * 9
