"""A logout and a lost role count in every service: the real issuer over HTTP, and another application behind a gate."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from chassis import auth, clock, revocations
from chassis.errors import Refusal
from services.identity.models import RoleGrant, Session, User
from tests.identity.conftest import API, PASSWORD, Hall
from tests.support import PEER_SECRET, person


class Elsewhere:
    """Another service, which verifies tokens by the keys and the revocations of the issuer."""

    def __init__(self, issuer: str):
        jwks = f"{issuer}{API}/jwks"
        self.gate = auth.Gate("filing", auth.Issuer(jwks), PEER_SECRET)
        self.gate.revocations = revocations.Revocations(revocations.from_issuer(jwks, self.gate.peer_token))
        self.app = Flask("elsewhere", static_folder=None)

        @self.app.errorhandler(Refusal)
        def refused(error: Refusal) -> tuple[dict, int]:
            return error.problem(), error.status

        @self.app.get("/desk")
        @auth.allow(auth.Staff("reviewer"))
        def desk() -> str:
            return "open"

        @self.app.get("/own")
        @auth.allow(auth.Citizen(), auth.Staff())
        def own() -> str:
            return auth.actor().id

        auth.install(self.app, self.gate)

    def get(self, path: str, token: str) -> int:
        """The status of one request with this token."""
        client: FlaskClient = self.app.test_client()
        return client.get(path, headers={"Authorization": f"Bearer {token}"}).status_code

    def poll(self) -> None:
        """What the background loop does every two seconds."""
        assert self.gate.revocations is not None
        self.gate.revocations.poll()


class Issuer:
    """The identity application of the bench, served."""

    def __init__(self, hall: Hall):
        self.server = make_server("127.0.0.1", 0, hall.bench.app, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        """Be away."""
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def issuer(hall: Hall) -> Iterator[Issuer]:
    served = Issuer(hall)
    yield served
    served.close()


@pytest.fixture
def elsewhere(issuer: Issuer) -> Elsewhere:
    return Elsewhere(issuer.url)


@pytest.fixture
def reviewer(hall: Hall) -> dict:
    """A reviewer's tokens."""
    hall.orgs()
    hall.staff("reviewer", "reviewer", "TZJ049-SP")
    return hall.log_in("reviewer", "staff")


@pytest.mark.rule("ID-25")
def test_a_logout_ends_the_access_token_of_that_device_everywhere(hall: Hall, elsewhere: Elsewhere):
    hall.register()
    phone, desk = (hall.log_in("citizen123")["access_token"] for _ in range(2))
    elsewhere.poll()
    assert (elsewhere.get("/own", phone), elsewhere.get("/own", desk)) == (200, 200)
    hall.bench.client(phone).delete(f"{API}/sessions/current")
    assert elsewhere.get("/own", phone) == 200  # the gate has not asked yet
    elsewhere.poll()
    assert (elsewhere.get("/own", phone), elsewhere.get("/own", desk)) == (401, 200)


@pytest.mark.rule("ID-22")
@pytest.mark.rule("ID-25")
def test_changing_the_password_ends_the_tokens_before_it_everywhere(hall: Hall, elsewhere: Elsewhere):
    hall.register()
    old = hall.log_in("citizen123")["access_token"]
    body = {"old": PASSWORD, "new": PASSWORD + "x"}
    fresh = hall.bench.client(old).put(f"{API}/me/password", json=body).get_json()["access_token"]
    elsewhere.poll()
    assert (elsewhere.get("/own", old), elsewhere.get("/own", fresh)) == (401, 200)


@pytest.mark.rule("ID-35")
def test_a_lost_role_ends_the_token_and_a_refresh_goes_on_without_it(hall: Hall, elsewhere: Elsewhere, reviewer: dict):
    city = hall.staff("city-office", "service_office", "TZJ077")
    old = reviewer["access_token"]
    elsewhere.poll()
    assert elsewhere.get("/desk", old) == 200
    grant = RoleGrant.get(RoleGrant.role == "reviewer")
    assert city.delete(f"{API}/grants/{grant.id}?reason=transfer").status_code == 204
    elsewhere.poll()
    assert elsewhere.get("/desk", old) == 401
    fresh = hall.post("/sessions/refresh", {"refresh_token": reviewer["refresh_token"]}).get_json()["access_token"]
    assert (elsewhere.get("/desk", fresh), elsewhere.get("/own", fresh)) == (403, 200)
    elsewhere.poll()
    assert elsewhere.get("/own", fresh) == 200


@pytest.mark.rule("ID-35")
def test_a_role_whose_term_is_over_ends_the_token_too(hall: Hall, elsewhere: Elsewhere):
    hall.orgs()
    city = hall.staff("city-office", "service_office", "TZJ077")
    hall.staff("clerk", "window_clerk", "TZJ049-SP")
    staff_id = User.get(User.account == "clerk").id
    body = {"staff": staff_id, "role": "reviewer", "org": "TZJ049-SP", "valid_until": "2026-03-31"}
    assert hall.post("/grants", body, city).status_code == 201
    token = hall.log_in("clerk", "staff")["access_token"]
    assert elsewhere.get("/desk", token) == 200
    hall.bench.sweep("2026-04-01 00:00")
    elsewhere.poll()
    assert elsewhere.get("/desk", token) == 401


@pytest.mark.rule("ID-25")
def test_while_the_issuer_is_away_what_is_known_goes_on(hall: Hall, issuer: Issuer, elsewhere: Elsewhere):
    hall.register()
    good, ended = (hall.log_in("citizen123")["access_token"] for _ in range(2))
    hall.bench.client(ended).delete(f"{API}/sessions/current")
    elsewhere.poll()
    assert (elsewhere.get("/own", good), elsewhere.get("/own", ended)) == (200, 401)
    issuer.close()
    elsewhere.poll()
    assert (elsewhere.get("/own", good), elsewhere.get("/own", ended)) == (200, 401)


@pytest.mark.rule("ID-25")
def test_the_issuers_own_processes_ask_their_database(hall: Hall):
    hall.register()
    ended, good = (hall.log_in("citizen123")["access_token"] for _ in range(2))
    service = hall.bench.service.configure(hall.bench.settings)
    hall.bench.client(ended).delete(f"{API}/sessions/current")
    service.watcher().work()
    assert service.gate is not None and service.gate.read(good).kind == "person"
    with pytest.raises(Refusal) as refusal:
        service.gate.read(ended)
    assert refusal.value.status == 401


def test_only_what_is_new_is_sent_and_only_to_services(hall: Hall, elsewhere: Elsewhere):
    hall.register()
    tokens = hall.log_in("citizen123")["access_token"]
    hall.bench.client(tokens).delete(f"{API}/sessions/current")
    path = f"{API}/revocations"
    client = hall.bench.app.test_client()
    headers = {"Authorization": f"Bearer {elsewhere.gate.peer_token('identity')}"}
    first = client.get(path, headers=headers).get_json()
    assert first["sessions"] == [Session.get().id] and first["lasts"] > 900
    assert client.get(f"{path}?since={first['now'] + 1}", headers=headers).get_json()["sessions"] == []
    assert client.get(f"{path}?since=nan", headers=headers).status_code == 422
    assert hall.public.get(path).status_code == 401
    assert hall.bench.client(person()).get(path).status_code == 401


def test_the_list_forgets_what_no_token_can_name_any_more(monkeypatch: pytest.MonkeyPatch):
    answers = [
        {"now": 1000.0, "lasts": 1200.0, "sessions": ["one"], "rights": {"staff:1": 2}},
        {"now": 2300.0, "lasts": 1200.0, "sessions": [], "rights": {}},
    ]
    asked: list[float] = []

    def ask(since: float) -> dict:
        asked.append(since)
        return answers[len(asked) - 1]

    known = revocations.Revocations(ask)
    known.poll()
    assert known.covers("one", "person:1", 0) and known.covers("two", "staff:1", 1)
    assert not known.covers("two", "staff:1", 2) and not known.covers(None, "service:filing", 0)
    later = clock.monotonic() + 1300
    monkeypatch.setattr(clock, "monotonic", lambda: later)
    known.poll()
    assert not known.covers("one", "person:1", 0) and not known.covers("two", "staff:1", 1)
    assert asked == [0.0, 940.0]
