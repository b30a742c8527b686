"""The devices of an account: what is shown of them, and ending one of them."""

from datetime import timedelta

import pytest

from chassis import clock
from services.identity import origins
from services.identity.models import LoginLog, Session
from tests.identity.conftest import API, PASSWORD, Hall
from tests.support import at_once, pages


def log_in(hall: Hall, device: str, address: str):
    """Log in from this device and address."""
    body = {"kind": "person", "account": "citizen123", "password": PASSWORD}
    return hall.post("/sessions", body, headers={"User-Agent": device, "X-Forwarded-For": address}).get_json()


@pytest.mark.rule("ID-25")
def test_the_owner_sees_device_time_and_network_of_running_sessions_only(hall: Hall):
    hall.register()
    phone = log_in(hall, "phone", "36.106.1.2")
    log_in(hall, "desk", "10.0.0.7")
    log_in(hall, "gone", "2408:8206::1")
    Session.update(idle_until=clock.wall()).where(Session.device == "gone").execute()
    rows = list(pages(hall.bench.client(phone["access_token"]), f"{API}/sessions"))
    shown = [(row["device"], row["network"], row["network_class"], row["current"]) for row in rows]
    assert shown == [("desk", "10.0.*.*", "internal", False), ("phone", "36.106.*.*", "public", True)]
    assert all(row["started_at"] and row["last_seen_at"] for row in rows)
    assert "36.106.1.2" not in "\n".join(hall.bench.database.proxy.connection().iterdump())


@pytest.mark.rule("ID-25")
@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("127.0.0.1", ("127.0.*.*", "this_machine")),
        ("::ffff:36.106.1.2", ("36.106.*.*", "public")),
        ("forged, 36.106.1.2", ("36.106.*.*", "public")),
        ("2408:8206:1:2::3", ("2408:8206::*", "public")),
        ("not an address", (None, None)),
    ],
)
def test_an_address_is_kept_coarse(hall: Hall, address: str, shown: tuple[str | None, str | None]):
    with hall.bench.app.test_request_context(headers={"X-Forwarded-For": address}):
        assert tuple(origins.network().values()) == shown


@pytest.mark.rule("ID-25")
def test_one_device_is_ended_from_another_and_its_token_is_dead_here(hall: Hall):
    hall.register()
    phone, lost = log_in(hall, "phone", "36.106.1.2"), log_in(hall, "lost", "36.106.1.3")
    client, thief = (hall.bench.client(tokens["access_token"]) for tokens in (phone, lost))
    session = next(row for row in client.get(f"{API}/sessions").get_json()["items"] if row["device"] == "lost")
    assert client.delete(f"{API}/sessions/{session['id']}").status_code == 204
    assert hall.post("/sessions/refresh", {"refresh_token": lost["refresh_token"]}).status_code == 401
    assert thief.get(f"{API}/me").status_code == thief.delete(f"{API}/sessions").status_code == 401
    assert client.get(f"{API}/me").status_code == 200
    assert Session.get_by_id(session["id"]).ended_by == "other_device"


@pytest.mark.rule("ID-25")
def test_nobody_elses_session_can_be_ended(hall: Hall):
    hall.register()
    hall.register(124)
    mine = log_in(hall, "mine", "36.106.1.2")
    other = hall.bench.client(hall.log_in("citizen124")["access_token"])
    session_id = Session.get(Session.device == "mine").id
    answers = [other.delete(f"{API}/sessions/{name}").status_code for name in (session_id, "no-such-session")]
    assert answers == [404, 404]
    assert hall.post("/sessions/refresh", {"refresh_token": mine["refresh_token"]}).status_code == 200


@pytest.mark.rule("ID-25")
def test_a_device_ended_at_the_same_moment_ends_once(hall: Hall):
    hall.register()
    client = hall.bench.client(log_in(hall, "phone", "36.106.1.2")["access_token"])
    log_in(hall, "lost", "36.106.1.3")
    session_id = Session.get(Session.device == "lost").id
    path, token = f"{API}/sessions/{session_id}", client.environ_base["HTTP_AUTHORIZATION"].split()[1]
    answers = at_once(6, lambda n: hall.bench.client(token).delete(path).status_code)
    assert answers == [204] * 6
    assert LoginLog.select().where(LoginLog.outcome == "other_device").count() == 1


@pytest.mark.rule("ID-25")
def test_a_session_ends_after_twelve_hours_even_without_a_pause(hall: Hall):
    hall.register()
    client = hall.bench.client(log_in(hall, "phone", "36.106.1.2")["access_token"])
    Session.update(started_at=clock.wall() - timedelta(hours=12)).execute()
    assert client.get(f"{API}/me").status_code == 401
