"""Parked events are looked after by people: list, show, replay, drop."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis import parking
from chassis.bus import Bus
from chassis.errors import Refusal
from tests.chassis.messaging import SERVICE, Noted, body, message, open_bus, taken, types_known
from tests.harness.processes import eventually


@pytest.fixture(params=["embedded", pytest.param("rabbitmq", marks=pytest.mark.system)])
def bus(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bus]:
    with types_known():
        embedded = request.param == "embedded"
        opened = open_bus(str(tmp_path / "bus.db") if embedded else request.getfixturevalue("amqp_url"))
        opened.publish([message(body("a", id="a", correlationid="case-1")), message(b"junk")])
        subscription = opened.subscribe(SERVICE)
        good, junk = taken(subscription, 2)
        subscription.park(good, "handler_failed", "ValueError: 办不了")
        subscription.park(junk, "broken_envelope", "not JSON")
        subscription.settle([good, junk])
        subscription.close()
        yield opened
        opened.close()


def test_the_list_says_what_why_and_since_when(bus: Bus) -> None:
    first, second = parking.listed(bus, SERVICE)
    assert (first["id"], first["type"], first["subject"], first["correlation"]) == ("a", Noted.type, "s1", "case-1")
    assert (first["reason"], first["error"], first["attempts"]) == ("handler_failed", "ValueError: 办不了", 1)
    assert first["parked_at"].startswith("20")
    assert (second["type"], second["reason"]) == (None, "broken_envelope")
    assert len(parking.listed(bus, SERVICE, limit=1)) == 1


def test_show_gives_the_whole_event(bus: Bus) -> None:
    found = parking.show(bus, SERVICE, "a")
    assert found["envelope"]["data"] == {"text": "a"}
    junk = parking.show(bus, SERVICE, parking.listed(bus, SERVICE)[1]["id"])
    assert (junk["envelope"], junk["body"]) == (None, "junk")
    with pytest.raises(Refusal) as refused:
        parking.show(bus, SERVICE, "nothing")
    assert refused.value.status == 404


def test_replay_and_drop_count_what_they_did(bus: Bus) -> None:
    junk = parking.listed(bus, SERVICE)[1]["id"]
    assert parking.drop(bus, SERVICE, [junk]) == 1
    assert parking.drop(bus, SERVICE, [junk]) == 0
    assert parking.replay(bus, SERVICE) == 1
    eventually(lambda: parking.stats(bus, SERVICE) == {"parked": 0, "waiting": 1, "retrying": 0})
