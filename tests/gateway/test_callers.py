"""Tokens and rate limits at the door."""

import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway import limits
from gateway.limits import Buckets
from tests.gateway.conftest import Door, token
from tests.harness.processes import eventually

PATH = "/api/catalog/v1/echo"


@pytest.mark.rule("GW-08")
def test_a_good_token_is_let_in_and_passed_on(door: Door) -> None:
    mine = token()
    answer = door.get(PATH, Authorization=mine)
    assert answer.status == 200
    assert answer.sent["authorization"] == [mine]


def _hs256(**claims: object) -> str:
    secret = "the-secret-between-the-services-of-this-test"
    claims = {"sub": "service:filing", "aud": "gateway", "exp": int(time.time()) + 60} | claims
    return "Bearer " + jwt.encode(claims, secret, "HS256")


BAD = {
    "expired": lambda: token(seconds=-1),
    "forged": lambda: token(key=Ed25519PrivateKey.generate()),
    "changed": lambda: token()[:-4] + "AAAA",
    "unknown key": lambda: token(kid="two"),
    "other audience": lambda: token(aud="elsewhere"),
    "between services": _hs256,
    "between services, for a service": lambda: _hs256(aud="catalog"),
    "person signed by a shared secret": lambda: _hs256(sub="person:1", kind="person", aud="hall"),
    "unsigned": lambda: "Bearer " + jwt.encode({"sub": "person:1", "aud": "hall", "exp": 9e9}, "", "none"),
    "no token": lambda: "Bearer x",
    "two tokens": lambda: f"{token()},{token()}",
}


@pytest.mark.rule("GW-08")
@pytest.mark.parametrize("kind", BAD)
def test_a_bad_token_stops_at_the_door(door: Door, kind: str) -> None:
    answer = door.get(f"{PATH}?{kind.replace(' ', '_')}", Authorization=BAD[kind]())
    assert answer.status == 401
    assert answer.json["type"] == "/problems/login-needed"
    assert answer.header("WWW-Authenticate") == "Bearer"
    assert not door.notes("catalog", kind.replace(" ", "_"))


def test_a_token_that_expires_between_two_requests_is_refused_from_then_on(door: Door) -> None:
    mine = token(seconds=2)
    assert door.get(PATH, Authorization=mine).status == 200
    assert eventually(lambda: door.get(PATH, Authorization=mine).status == 401, every=0.3)


def test_while_the_issuer_is_away_known_keys_go_on_and_unknown_ones_wait(own_door) -> None:
    door = own_door()
    assert door.get(PATH, Authorization=token("person:1")).status == 200
    door.services["identity"].kill()
    assert door.get(PATH, Authorization=token("person:2")).status == 200
    answer = eventually(
        lambda: (found := door.get(PATH, Authorization=token(kid="two"))).status == 503 and found, every=0.5
    )
    assert answer.json["type"] == "/problems/login-check-unavailable"
    assert answer.header("Retry-After")
    assert door.get(PATH, Authorization=token("person:3")).status == 200
    assert door.get(PATH).status == 200


def test_an_issuer_that_was_never_there_is_no_reason_to_let_somebody_in(own_door) -> None:
    door = own_door(YWT_JWKS_URL="http://127.0.0.1:1/jwks")
    assert door.get(PATH, Authorization=token()).status == 503
    assert door.get(PATH).status == 200


@pytest.mark.rule("GW-08")
def test_too_many_requests_of_one_caller_are_refused_with_the_time_to_wait(own_door) -> None:
    door = own_door(YWT_RATE_BURST="3", YWT_RATE_PER_SECOND="0.2")
    anna, bert = token("person:anna"), token("person:bert")
    assert [door.get(PATH, Authorization=anna).status for _ in range(4)] == [200, 200, 200, 429]
    refused = door.get(PATH, Authorization=token("person:anna", sid="another session"))
    assert refused.status == 429
    assert refused.json["type"] == "/problems/too-many-requests"
    assert refused.json["rule"] == "GW-08"
    assert 1 <= int(refused.header("Retry-After") or 0) <= 6
    assert door.get(PATH, Authorization=bert).status == 200


@pytest.mark.rule("GW-08")
def test_who_has_no_good_token_is_counted_by_address(own_door) -> None:
    door = own_door(YWT_RATE_BURST="3", YWT_RATE_PER_SECOND="0.1", YWT_BEHIND_PROXY="1")
    here, there = {"X_Forwarded_For": "10.0.0.1"}, {"X_Forwarded_For": "10.0.0.1, 10.0.0.2"}
    assert door.get(PATH, **here).status == 200
    assert door.get("/", **here).status == 200
    assert door.get(PATH, Authorization="Bearer garbage", **here).status == 401
    assert door.get(PATH, Authorization="Bearer garbage", **here).status == 429
    assert door.get("/api/hall", **here).status == 429
    assert door.get(PATH, Authorization=token(), **here).status == 200
    assert door.get(PATH, **there).status == 200
    assert door.get("/livez", **here).status == 200


def test_a_bucket_fills_again_with_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(limits.clock, "monotonic", lambda: now)
    buckets = Buckets(per_second=2.0, burst=2)
    assert [buckets.take("a") for _ in range(3)] == [0.0, 0.0, 0.5]
    now += 0.25
    assert buckets.take("a") == pytest.approx(0.25)
    now += 0.25
    assert buckets.take("a") == 0.0
    now += 1000
    assert [buckets.take("a") for _ in range(3)] == [0.0, 0.0, 0.5]


def test_a_flood_of_addresses_takes_no_more_than_its_share_of_memory() -> None:
    buckets = Buckets(per_second=0.001, burst=1, most_callers=100)
    assert buckets.take("patient") == 0.0
    for number in range(150):
        buckets.take(f"flood {number}")
        assert buckets.take("patient") > 0.0
    for number in range(1000):
        buckets.take(f"second flood {number}")
    assert len(buckets._young) + len(buckets._old) <= 200
