"""Verification at the provider's own page: there, confirmed, and back, each step once."""

import html
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask.testing import FlaskClient

from chassis import clock
from contracts.events import identity as events
from services.identity import handlers
from services.identity.models import AttemptGuard, Person, RedirectTicket
from tests.identity.conftest import API, CARD, Hall, assert_problem, id_no
from tests.support import at_once


def citizen(hall: Hall, serial: int = 123, **changes: Any) -> FlaskClient:
    hall.register(serial, **changes)
    return hall.bench.client(hall.log_in(f"citizen{serial}")["access_token"])


def begin(hall: Hall, client: FlaskClient, **changes: str) -> dict[str, str]:
    body = {"method": "alipay", "return_path": "/me/verified"} | changes
    headers = {"X-Forwarded-Host": "hall.test", "X-Forwarded-Proto": "https"}
    answer = hall.post("/me/verification/redirects", body, client, headers=headers)
    assert answer.status_code == 201, answer.get_json()
    return answer.get_json()


def at_provider(begun: dict[str, str], confirm: str = "yes") -> dict[str, str]:
    """What the browser does at the provider; returns what it brings back."""
    assert requests.get(begun["redirect_url"], timeout=5).status_code == 200
    page = requests.get(f"{begun['redirect_url']}/answer", {"confirm": confirm}, timeout=5).text
    found = re.search(r'href="([^"]+)"', page)
    assert found
    target = urlsplit(html.unescape(found[1]))
    assert (target.scheme, target.netloc, target.path) == ("https", "hall.test", "/me/verified")
    return {key: values[0] for key, values in parse_qs(target.query).items()}


def finish(hall: Hall, client: FlaskClient, back: dict[str, str]) -> Any:
    return hall.post("/me/verification/redirects/completion", back, client)


@pytest.mark.rule("ID-08")
def test_alipay_verifies_who_confirms_there_and_comes_back(hall: Hall, verifier):
    client = citizen(hall)
    begun = begin(hall, client)
    back = at_provider(begun)
    assert back["state"] == begun["state"] and id_no() not in begun["redirect_url"]
    answer = finish(hall, client, back)
    assert answer.get_json()["level"] == 1
    me = hall.bench.client(answer.get_json()["access_token"]).get(f"{API}/me").get_json()
    assert (me["level"], me["verify_method"]) == (1, "alipay")
    (event,) = hall.bench.emitted(events.UserVerified)
    assert event.data["method"] == "alipay"
    stored = str(verifier.rows("SELECT * FROM asked")) + str(verifier.rows("SELECT * FROM certification"))
    assert "支付宝" in stored and id_no() not in stored
    assert begun["state"] not in "\n".join(hall.bench.database.proxy.connection().iterdump())


@pytest.mark.rule("ID-08")
def test_who_declines_is_not_verified_and_may_begin_again(hall: Hall, verifier):
    client = citizen(hall)
    assert_problem(finish(hall, client, at_provider(begin(hall, client), "no")), "identity.not-confirmed", 422)
    assert hall.bench.emitted(events.UserVerified) == []
    assert finish(hall, client, at_provider(begin(hall, client))).status_code == 200


@pytest.mark.rule("ID-08")
def test_state_and_code_are_good_once_and_for_the_account_that_began(hall: Hall, verifier):
    client, other = citizen(hall), citizen(hall, 124)
    back = at_provider(begin(hall, client))
    forged = {"state": "x" * 43, "code": back["code"]}
    bodies = [
        assert_problem(finish(hall, *who), "identity.redirect-dead", 410) for who in ((other, back), (client, forged))
    ]
    assert bodies[0] == bodies[1]
    assert finish(hall, client, back).status_code == 200
    assert_problem(finish(hall, client, back), "identity.redirect-dead", 410)


@pytest.mark.rule("ID-08")
def test_a_code_of_another_request_does_not_verify(hall: Hall, verifier):
    client, victim = citizen(hall), citizen(hall, 124)
    begun = begin(hall, client)
    at_provider(begun)  # somebody lured confirms there; the code stays in that other browser
    code = at_provider(begin(hall, victim))["code"]
    for guess in (code, "guess"):
        answer = finish(hall, client, {"state": begun["state"], "code": guess})
        assert answer.status_code in (410, 422)
    assert Person.select().where(Person.verified_at.is_null(False)).count() == 0


@pytest.mark.rule("ID-08")
def test_an_answer_about_other_data_is_void(hall: Hall, verifier):
    client = citizen(hall)
    back = at_provider(begin(hall, client))
    assert client.patch(f"{API}/me", json={"id_no": id_no(777)}).status_code == 200
    assert_problem(finish(hall, client, back), "identity.verification-failed", 422)
    assert Person.get().verified_hash is None


@pytest.mark.rule("ID-08")
def test_a_way_back_is_open_ten_minutes(hall: Hall, verifier):
    client = citizen(hall)
    back = at_provider(begin(hall, client))
    assert RedirectTicket.get().expires_at <= clock.wall() + timedelta(minutes=10)
    RedirectTicket.update(expires_at=clock.wall()).execute()
    assert_problem(finish(hall, client, back), "identity.redirect-dead", 410)
    RedirectTicket.update(expires_at=clock.wall() - timedelta(hours=2)).execute()
    handlers.clean_up()
    assert RedirectTicket.select().count() == 0


@pytest.mark.rule("ID-08")
def test_a_provider_that_is_away_costs_neither_a_try_nor_the_way_back(hall: Hall, verifier):
    client = citizen(hall)
    back = at_provider(begin(hall, client))
    verifier.answer("PUT", "/faults", {}, {"fail_next": 1})
    assert_problem(finish(hall, client, back), "identity.verifier-unavailable", 503)
    assert max(row.failures for row in AttemptGuard.select()) == 0
    assert finish(hall, client, back).status_code == 200


@pytest.mark.rule("ID-09")
def test_a_number_verified_elsewhere_stays_there(hall: Hall, verifier):
    hall.verified(1)
    second = citizen(hall, 2, id_no=id_no(1))
    body = {"method": "alipay"}
    assert_problem(hall.post("/me/verification/redirects", body, second), "identity.id-number-verified-elsewhere", 409)


@pytest.mark.rule("ID-09")
def test_a_number_verified_elsewhere_meanwhile_stays_there(hall: Hall, verifier):
    first, second = citizen(hall, 1), citizen(hall, 2, id_no=id_no(1))
    back = at_provider(begin(hall, second))
    card = {"method": "unionpay", "card_no": CARD}
    assert hall.post("/me/verification", card, first).status_code == 200
    assert_problem(finish(hall, second, back), "identity.id-number-verified-elsewhere", 409)


@pytest.mark.rule("ID-08")
@pytest.mark.parametrize("path", ["//evil.test", "/\\evil.test", "https://evil.test", "me", "/a b", "/me\n"])
def test_the_browser_comes_back_to_this_hall_only(hall: Hall, path: str):
    answer = hall.post("/me/verification/redirects", {"method": "alipay", "return_path": path}, citizen(hall))
    assert answer.status_code == 422


@pytest.mark.rule("ID-08")
def test_twenty_returns_at_the_same_moment_verify_once(hall_on_both: Hall, verifier):
    hall = hall_on_both
    client = citizen(hall)
    back = at_provider(begin(hall, client))
    token = client.environ_base["HTTP_AUTHORIZATION"].split()[1]
    answers = at_once(20, lambda n: finish(Hall(hall.bench), hall.bench.client(token), back).status_code)
    assert sorted(answers) == [200] + [410] * 19
    assert len(hall.bench.emitted(events.UserVerified)) == 1
