"""Who calls: tokens of people and of services, roles, the issuer's keys."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from chassis import auth
from chassis.errors import Refusal
from services.credit.service import service as credit
from tests.support import PeerServer, bench

SECRET = "a-secret-of-a-deployment-that-is-long-enough"
KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


def jwks(**keys: Ed25519PrivateKey) -> dict[str, Any]:
    return {"keys": [OKPAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": kid} for kid, key in keys.items()]}


def token(key: Ed25519PrivateKey = KEY, kid: str = "k1", minutes: float = 15, **claims: Any) -> str:
    body = {"sub": "person:1", "kind": "person", "level": 1, "aud": "hall"}
    body |= {"exp": datetime.now(UTC) + timedelta(minutes=minutes)} | claims
    return jwt.encode(body, key, algorithm="EdDSA", headers={"kid": kid})


def gate(service: str = "filing", secret: str = SECRET) -> auth.Gate:
    return auth.Gate(service, auth.LocalKeys(lambda: {"k1": KEY.public_key()}), secret)


@pytest.fixture
def issuer() -> Any:
    server = PeerServer({"GET /jwks": jwks(k1=KEY)})
    yield server
    server.close()


def status(action: Any) -> int:
    with pytest.raises(Refusal) as refusal:
        action()
    return refusal.value.status


def test_a_good_token_gives_the_actor_with_its_grants() -> None:
    grants = [{"role": "decider", "org": "TZJ049-SP", "items": ["000149032000"]}]
    who = gate().read(token(sub="staff:1", kind="staff", grants=grants, name="决定岗"))
    assert (who.id, who.kind, who.name_masked) == ("staff:1", "staff", "决定岗")
    assert who.has_role("decider", "TZJ049-SP", "000149032000")
    assert not who.has_role("decider", "TZJ049-SP", "000146033000")
    assert not who.has_role("decider", "TZJ046-SP")
    assert who.orgs("decider") == {"TZJ049-SP"}


@pytest.mark.parametrize(
    "bad",
    [
        lambda: token(minutes=-1),
        lambda: token(OTHER),
        lambda: token(kid="k2"),
        lambda: token(aud="another"),
        lambda: token()[:-3] + "abc",
        lambda: "not a token",
        lambda: jwt.encode({"sub": "person:1", "kind": "person", "aud": "hall"}, "", algorithm="none"),
    ],
)
def test_a_bad_token_is_a_401_that_says_nothing(bad: Any) -> None:
    assert status(lambda: gate().read(bad())) == 401


def test_a_peer_token_is_for_one_service_only_and_needs_the_secret() -> None:
    made = gate("filing").peer_token("credit")
    assert gate("credit").read(made).id == "service:filing"
    assert status(lambda: gate("booking").read(made)) == 401
    assert status(lambda: gate("credit", SECRET[::-1]).read(made)) == 401


def test_nobody_makes_a_person_of_the_peers_secret() -> None:
    claims = {"sub": "person:1", "aud": "credit", "exp": datetime.now(UTC) + timedelta(minutes=1)}
    forged = jwt.encode(claims, SECRET, algorithm="HS256")
    assert status(lambda: gate("credit").read(forged)) == 401


def test_the_issuers_keys_are_asked_for_once_and_again_for_an_unknown_one(issuer: PeerServer) -> None:
    keys = auth.Issuer(f"{issuer.url}/jwks")
    door = auth.Gate("filing", keys, SECRET)
    for number in range(5):
        assert door.read(token(sub=f"person:{number}")).id == f"person:{number}"
    assert len(issuer.requests) == 1
    issuer.routes["GET /jwks"] = jwks(k1=KEY, k2=OTHER)
    keys._fetched -= 3
    assert door.read(token(OTHER, "k2")).id == "person:1"
    assert len(issuer.requests) == 2


def test_known_keys_go_on_while_the_issuer_is_away_and_unknown_ones_are_a_503(issuer: PeerServer) -> None:
    keys = auth.Issuer(f"{issuer.url}/jwks")
    door = auth.Gate("filing", keys, SECRET)
    assert door.read(token(sub="person:1")).id == "person:1"
    issuer.close()
    keys._fetched -= 2 * auth.KEYS_SECONDS
    assert door.read(token(sub="person:2")).id == "person:2"
    keys._fetched -= 3
    assert status(lambda: door.read(token(OTHER, "k2"))) == 503


def test_nobody_waits_for_a_slow_issuer_while_old_keys_are_good(issuer: PeerServer) -> None:
    keys = auth.Issuer(f"{issuer.url}/jwks")
    door = auth.Gate("filing", keys, SECRET)
    door.read(token())
    asked, go_on = threading.Event(), threading.Event()

    def slow(body: Any) -> tuple[int, Any]:
        asked.set()
        go_on.wait(4)
        return 200, jwks(k1=KEY)

    issuer.routes["GET /jwks"] = slow
    keys._fetched -= 2 * auth.KEYS_SECONDS
    first = threading.Thread(target=lambda: door.read(token(sub="person:slow")))
    first.start()
    assert asked.wait(4)
    assert door.read(token(sub="person:quick")).id == "person:quick"
    assert first.is_alive()
    go_on.set()
    first.join()


@pytest.mark.rule("ID-35")
def test_a_missing_role_is_refused_with_what_is_needed() -> None:
    who = auth.Actor("staff:1", "staff", grants=(auth.Grant("reviewer", "TZJ049-SP"),))
    with pytest.raises(Refusal) as refusal:
        who.require_role("decider", org="TZJ049-SP")
    assert refusal.value.status == 403
    assert "decider" in refusal.value.en
    who.require_role("decider", "reviewer", org="TZJ049-SP")


def test_background_work_acts_as_its_service() -> None:
    assert auth.actor().kind == "service"
    seen: list[str] = []

    def work() -> None:
        auth.act_as(auth.Actor("service:filing", "service"))
        seen.append(auth.actor().id)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == ["service:filing"]
    assert auth.actor().id != "service:filing"


def test_a_service_taken_off_the_bench_acts_no_more(tmp_path: Path) -> None:
    before = auth.actor()
    with bench(credit, tmp_path):
        assert auth.actor().id == "service:credit"
    assert auth.actor() == before
