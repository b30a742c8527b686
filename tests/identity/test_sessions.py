"""Logging in, staying logged in, logging out."""

from datetime import timedelta

import jwt
import pytest

from chassis import clock
from chassis.clock import clock_at
from contracts.events import identity as events
from services.identity import passwords
from services.identity.models import AttemptGuard, LoginLog, RefreshToken, Session, User
from tests.identity.conftest import API, PASSWORD, REAL_HASHER, Hall
from tests.support import at_once


def attempt(hall: Hall, account="citizen123", password="wrong", kind="person"):
    return hall.post("/sessions", {"kind": kind, "account": account, "password": password})


def looks(monkeypatch) -> list[str]:
    """The stored hashes that passwords are compared with from now on."""
    seen: list[str] = []
    real = passwords._matches

    def look(stored: str, given: str) -> bool:
        seen.append(stored)
        return real(stored, given)

    monkeypatch.setattr(passwords, "_matches", look)
    return seen


@pytest.mark.rule("ID-16")
def test_a_token_says_who_and_ends_after_fifteen_minutes(hall: Hall):
    ref = hall.register()
    tokens = hall.log_in("CITIZEN123")
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert (claims["sub"], claims["kind"], claims["level"], claims["aud"]) == (ref, "person", 0, "hall")
    assert claims["exp"] - claims["iat"] == tokens["expires_in"] == 900
    assert hall.bench.client(tokens["access_token"]).get(f"{API}/me").get_json()["id_no"].count("*") == 10


@pytest.mark.rule("ID-01")
@pytest.mark.rule("ID-17")
def test_wrong_password_unknown_account_and_wrong_page_look_the_same(hall: Hall):
    hall.register()
    answers = [attempt(hall), attempt(hall, "nobody"), attempt(hall, password=PASSWORD, kind="legal")]
    bodies = [answer.get_json() for answer in answers]
    assert [answer.status_code for answer in answers] == [401] * 3
    assert bodies[0] == bodies[1] == bodies[2]


@pytest.mark.rule("ID-17")
def test_an_unknown_account_costs_a_hash_too(hall: Hall, monkeypatch):
    seen = looks(monkeypatch)
    attempt(hall, "nobody")
    assert seen == [passwords._NOBODY]
    assert (REAL_HASHER.memory_cost, REAL_HASHER.time_cost, REAL_HASHER.parallelism) == (19456, 2, 1)


@pytest.mark.rule("ID-17")
@pytest.mark.parametrize("account", ["citizen123", "nobody"])
def test_five_failures_lock_for_fifteen_minutes(hall: Hall, account: str):
    hall.register()
    for _ in range(5):
        assert attempt(hall, account).status_code == 401
    with clock_at("2026-03-02 10:14:59"):
        answer = attempt(hall, account, PASSWORD)
        assert answer.status_code == 429 and answer.get_json()["rule"] == "ID-17"
        assert answer.headers["Retry-After"] == "1"
    with clock_at("2026-03-02 10:15:00"):
        assert attempt(hall, account, PASSWORD).status_code == (200 if account == "citizen123" else 401)
    locked = hall.bench.emitted(events.SecurityLocked)
    assert [event.data["reason"] for event in locked] == (["failed_logins"] if account == "citizen123" else [])


@pytest.mark.rule("ID-17")
def test_a_good_login_ends_the_row_of_failures(hall: Hall):
    hall.register()
    for _ in range(2):
        for _ in range(4):
            attempt(hall)
        hall.log_in("citizen123")
    assert AttemptGuard.get().failures == 0


@pytest.mark.rule("ID-17")
def test_guesses_at_the_same_moment_get_no_more_than_five_looks(hall_on_both: Hall, monkeypatch):
    hall = hall_on_both
    hall.register()
    seen = looks(monkeypatch)
    answers = at_once(12, lambda n: attempt(Hall(hall.bench)).status_code)
    assert len(seen) == 5 and sorted(answers) == [401] * 5 + [429] * 7
    assert len(hall.bench.emitted(events.SecurityLocked)) == 1


@pytest.mark.rule("ID-38")
def test_every_login_is_on_record(hall: Hall):
    hall.register()
    attempt(hall)
    hall.log_in("citizen123")
    assert [row.outcome for row in LoginLog.select().order_by(LoginLog.id)] == ["wrong", "ok"]


@pytest.mark.rule("ID-16")
def test_a_code_logs_in_once(hall: Hall):
    ref = hall.register()
    with clock_at("2026-03-02 10:01"):
        code = hall.code("13800000123", "login")
        body = {"kind": "person", "mobile": "13800000123", "code": code}
        assert hall.post("/sessions", body).get_json()["ref"] == ref
        assert hall.post("/sessions", body).status_code == 422


def test_login_wants_one_way(hall: Hall):
    assert hall.post("/sessions", {"kind": "person", "account": "a"}).status_code == 422
    assert hall.post("/sessions", {"kind": "staff", "mobile": "13800000123", "code": "123456"}).status_code == 422


@pytest.mark.rule("ID-25")
def test_refresh_tokens_rotate_and_a_second_use_ends_the_family(hall: Hall):
    hall.register()
    first = hall.log_in("citizen123")["refresh_token"]
    second = hall.post("/sessions/refresh", {"refresh_token": first}).get_json()["refresh_token"]
    at_once_again = hall.post("/sessions/refresh", {"refresh_token": first})
    assert at_once_again.get_json()["type"] == "/problems/identity.refreshed-meanwhile"
    RefreshToken.update(used_at=clock.wall() - timedelta(seconds=11)).where(
        RefreshToken.used_at.is_null(False)
    ).execute()
    assert hall.post("/sessions/refresh", {"refresh_token": first}).status_code == 401
    assert hall.post("/sessions/refresh", {"refresh_token": second}).status_code == 401
    assert Session.get().ended_by == "reuse"


@pytest.mark.rule("ID-25")
def test_refreshes_at_the_same_moment_make_one_successor(hall_on_both: Hall):
    hall = hall_on_both
    hall.register()
    token = hall.log_in("citizen123")["refresh_token"]
    answers = at_once(20, lambda n: Hall(hall.bench).post("/sessions/refresh", {"refresh_token": token}).status_code)
    assert sorted(answers) == [200] + [409] * 19
    assert RefreshToken.select().where(RefreshToken.used_at.is_null()).count() == 1


@pytest.mark.rule("ID-25")
def test_an_idle_session_ends(hall: Hall):
    hall.register()
    tokens = hall.log_in("citizen123")
    assert tokens["idle_seconds"] == 1800
    Session.update(idle_until=clock.wall() - timedelta(seconds=1)).execute()
    assert hall.post("/sessions/refresh", {"refresh_token": tokens["refresh_token"]}).status_code == 401


@pytest.mark.rule("ID-25")
def test_one_device_or_all_can_be_logged_out(hall: Hall):
    hall.register()
    phone, desk, pad = (hall.log_in("citizen123") for _ in range(3))
    assert hall.bench.client(phone["access_token"]).delete(f"{API}/sessions/current").status_code == 204
    assert hall.post("/sessions/refresh", {"refresh_token": phone["refresh_token"]}).status_code == 401
    desk = hall.post("/sessions/refresh", {"refresh_token": desk["refresh_token"]}).get_json()
    assert hall.bench.client(desk["access_token"]).delete(f"{API}/sessions").status_code == 204
    for tokens in (desk, pad):
        assert hall.post("/sessions/refresh", {"refresh_token": tokens["refresh_token"]}).status_code == 401


@pytest.mark.rule("ID-18")
def test_recovery_by_code_ends_all_sessions(hall: Hall):
    hall.register()
    old = hall.log_in("citizen123")
    with clock_at("2026-03-02 10:01"):
        code = hall.code("13800000123", "reset")
        body = {"kind": "person", "account": "citizen123", "mobile": "13800000123", "code": code}
        assert hall.post("/password-resets", body | {"password": PASSWORD + "x"}).status_code == 204
    assert hall.post("/sessions/refresh", {"refresh_token": old["refresh_token"]}).status_code == 401
    assert attempt(hall, password=PASSWORD).status_code == 401
    assert hall.log_in("citizen123", password=PASSWORD + "x")


@pytest.mark.rule("ID-22")
def test_a_password_changes_after_proof_of_the_old_one(hall: Hall):
    hall.register()
    tokens = hall.log_in("citizen123")
    client = hall.bench.client(tokens["access_token"])
    put = lambda old, new: client.put(f"{API}/me/password", json={"old": old, "new": new})  # noqa: E731
    assert put("wrong", PASSWORD + "x").status_code == 401
    assert put(PASSWORD, PASSWORD).status_code == 422
    fresh = put(PASSWORD, PASSWORD + "x").get_json()
    assert hall.post("/sessions/refresh", {"refresh_token": tokens["refresh_token"]}).status_code == 401
    assert hall.post("/sessions/refresh", {"refresh_token": fresh["refresh_token"]}).status_code == 200
    assert User.get().must_change_password is False


@pytest.mark.rule("ID-03")
def test_another_number_is_bound_by_password_and_code(hall: Hall):
    hall.register()
    client = hall.bench.client(hall.log_in("citizen123")["access_token"])
    body = {"mobile": "13900000009", "code": hall.code("13900000009", "bind")}
    assert client.put(f"{API}/me/mobile", json=body | {"password": "wrong"}).status_code == 401
    answer = client.put(f"{API}/me/mobile", json=body | {"password": PASSWORD})
    assert answer.get_json()["mobile"] == "139****0009"
    (event,) = hall.bench.emitted(events.UserUpdated)
    assert event.data["changed"] == ["mobile"]


def test_keys_rotate_without_logging_anybody_out(hall: Hall):
    hall.orgs()
    admin = hall.staff("admin", "system_admin", "TZJ077")
    hall.register()
    before = hall.log_in("citizen123")["access_token"]
    kid = hall.post("/keys/rotation", client=admin).get_json()["kid"]
    published = [key["kid"] for key in hall.public.get(f"{API}/jwks").get_json()["keys"]]
    assert len(published) == 2 and published[0] == kid
    after = hall.log_in("citizen123")["access_token"]
    assert jwt.get_unverified_header(after)["kid"] == kid != jwt.get_unverified_header(before)["kid"]
    for token in (before, after):
        assert hall.bench.client(token).get(f"{API}/me").status_code == 200
    assert hall.post("/keys/rotation").status_code == 401
    with pytest.raises(jwt.InvalidTokenError):
        jwt.decode(
            before, jwt.PyJWK(hall.public.get(f"{API}/jwks").get_json()["keys"][0]).key, ["EdDSA"], audience="hall"
        )


def test_the_first_key_is_made_once(hall_on_both: Hall):
    hall = hall_on_both
    answers = at_once(6, lambda n: Hall(hall.bench).public.get(f"{API}/jwks").get_json()["keys"])
    assert all(keys == answers[0] and len(keys) == 1 for keys in answers)


@pytest.mark.rule("ID-04")
@pytest.mark.rule("ID-16")
def test_twenty_logins_with_one_code_at_the_same_moment_open_one_session(hall_on_both: Hall):
    hall = hall_on_both
    hall.register()
    with clock_at("2026-03-02 10:01"):
        body = {"kind": "person", "mobile": "13800000123", "code": hall.code("13800000123", "login")}
        answers = at_once(20, lambda n: Hall(hall.bench).post("/sessions", body).status_code)
    assert sorted(answers) == [200] + [422] * 19
    assert Session.select().count() == 1


@pytest.mark.rule("ID-18")
def test_twenty_recoveries_with_one_code_at_the_same_moment_set_one_password(hall_on_both: Hall):
    hall = hall_on_both
    hall.register()
    with clock_at("2026-03-02 10:01"):
        code = hall.code("13800000123", "reset")
        body = {"kind": "person", "account": "citizen123", "mobile": "13800000123", "code": code}
        reset = lambda n: Hall(hall.bench).post("/password-resets", body | {"password": f"{PASSWORD}{n}"})  # noqa: E731
        answers = at_once(20, lambda n: reset(n).status_code)
    assert sorted(answers) == [204] + [422] * 19
    assert hall.log_in("citizen123", password=f"{PASSWORD}{answers.index(204)}")


@pytest.mark.rule("ID-18")
def test_recovery_by_code_tells_nothing_of_accounts(hall: Hall):
    hall.register()
    hall.register(124)
    with clock_at("2026-03-02 10:01"):
        code = hall.code("13800000123", "reset")
    body = {"kind": "person", "mobile": "13800000123", "code": code, "password": PASSWORD + "x"}
    with clock_at("2026-03-02 10:02"):
        answers = [hall.post("/password-resets", body | {"account": name}) for name in ("nobody", "citizen124")]
        unknown, known = (
            hall.post("/sms-codes", {"purpose": "reset", "mobile": m}) for m in ("13911111111", "13800000124")
        )
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].get_json() == answers[1].get_json()
    assert (unknown.status_code, unknown.get_json().keys()) == (known.status_code, known.get_json().keys())
    assert unknown.get_json()["expires_at"] == known.get_json()["expires_at"]
