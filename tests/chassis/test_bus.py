"""What both buses promise, and what only one of them has to."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pika
import pytest

from chassis.bus import Bus, BusDown, Message, Outcome, connect
from chassis.bus.embedded import EmbeddedBus
from chassis.bus.rabbitmq import RabbitBus
from chassis.ids import new_id
from contracts import topology
from tests.chassis.messaging import (
    ROOT,
    SERVICE,
    Noted,
    Ordered,
    Unwanted,
    body,
    message,
    open_bus,
    shape,
    taken,
    types_known,
)
from tests.harness.processes import eventually
from tests.harness.proxy import Proxy

QUEUE = topology.inbox(SERVICE)


@pytest.fixture(params=["embedded", pytest.param("rabbitmq", marks=pytest.mark.system)])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with types_known():
        yield str(tmp_path / "bus.db") if request.param == "embedded" else request.getfixturevalue("amqp_url")


@pytest.fixture
def bus(where: str) -> Iterator[Bus]:
    opened = open_bus(where)
    yield opened
    opened.close()


def _texts(deliveries: list) -> list[str]:
    return [json.loads(delivery.body)["data"]["text"] for delivery in deliveries]


def test_what_is_published_before_anybody_subscribes_arrives_in_order(bus: Bus) -> None:
    texts = [str(number) for number in range(450)]
    assert set(bus.publish([message(body(text)) for text in texts])) == {Outcome.CONFIRMED}
    subscription = bus.subscribe(SERVICE)
    got: list[str] = []
    while len(got) < 450:
        deliveries = subscription.take(50, 5)
        assert deliveries
        assert {(delivery.attempt, delivery.deaths) for delivery in deliveries} == {(1, 0)}
        got += _texts(deliveries)
        subscription.settle(deliveries)
    assert got == texts
    subscription.close()


def test_commands_reach_the_service_that_carries_them_out(bus: Bus) -> None:
    command = Message("c1", topology.COMMANDS, Ordered.type, body("do it", type=Ordered.type))
    assert bus.publish([command]) == [Outcome.CONFIRMED]
    subscription = bus.subscribe(SERVICE)
    assert [delivery.id for delivery in taken(subscription, 1)] == ["c1"]
    subscription.close()


def test_what_is_not_settled_comes_again_and_what_is_settled_does_not(bus: Bus) -> None:
    bus.publish([message(body(text)) for text in "abc"])
    first = bus.subscribe(SERVICE)
    deliveries = taken(first, 3)
    first.settle(deliveries[:1])
    first.close()
    second = bus.subscribe(SERVICE)
    assert _texts(taken(second, 2, settle=True)) == ["b", "c"]
    second.close()


def test_a_retry_comes_back_after_its_pause_with_the_next_attempt(bus: Bus) -> None:
    bus.publish([message(body("a"))])
    subscription = bus.subscribe(SERVICE)
    (delivery,) = taken(subscription, 1)
    begin = time.monotonic()
    subscription.retry(delivery, topology.retry(SERVICE, 1), "ValueError: no")
    subscription.settle([delivery])
    (again,) = taken(subscription, 1)
    assert time.monotonic() - begin >= 0.14
    assert (again.id, again.attempt, again.deaths, again.body) == (delivery.id, 2, 0, delivery.body)
    subscription.settle([again])
    subscription.close()


def test_pauses_of_different_length_do_not_wait_for_each_other(bus: Bus) -> None:
    bus.publish([message(body(text)) for text in ("slow", "quick")])
    subscription = bus.subscribe(SERVICE)
    slow, quick = taken(subscription, 2)
    subscription.retry(slow, topology.retry(SERVICE, 7), "")
    subscription.retry(quick, topology.retry(SERVICE, 1), "")
    subscription.settle([slow, quick])
    assert _texts(taken(subscription, 2)) == ["quick", "slow"]
    subscription.close()


def test_parked_events_are_listed_replayed_and_dropped(bus: Bus) -> None:
    bus.publish([message(body(text, id=text)) for text in "abc"])
    subscription = bus.subscribe(SERVICE)
    deliveries = taken(subscription, 3)
    for delivery in deliveries:
        subscription.park(delivery, "handler_failed", f"ValueError: {delivery.id}")
    subscription.settle(deliveries)
    found = bus.parked(SERVICE)
    assert [(parked.id, parked.reason, parked.error, parked.attempts) for parked in found] == [
        ("a", "handler_failed", "ValueError: a", 1),
        ("b", "handler_failed", "ValueError: b", 1),
        ("c", "handler_failed", "ValueError: c", 1),
    ]
    assert all(parked.parked_at for parked in found)
    eventually(lambda: bus.depths(SERVICE)[topology.parked(SERVICE)] == 3)
    assert [parked.id for parked in bus.parked(SERVICE, limit=2)] == ["a", "b"]
    assert bus.drop(SERVICE, {"b"}) == 1
    assert bus.replay(SERVICE, {"c", "unknown"}) == 1
    (again,) = taken(subscription, 1)
    assert (again.id, again.attempt, again.body) == ("c", 1, deliveries[2].body)
    subscription.settle([again])
    assert bus.replay(SERVICE) == 1
    assert [delivery.id for delivery in taken(subscription, 1)] == ["a"]
    assert bus.parked(SERVICE) == []
    subscription.close()


def test_an_event_nobody_is_bound_to_is_kept(bus: Bus, where: str) -> None:
    raw = body("x", type=Unwanted.type)
    assert bus.publish([message(raw, Unwanted.type)]) == [Outcome.CONFIRMED]
    if isinstance(bus, EmbeddedBus):
        assert bus.reading("SELECT body FROM message WHERE queue = ?", (topology.UNROUTED,)) == [(raw,)]
        return
    with pika.BlockingConnection(pika.URLParameters(where)) as connection:
        channel = connection.channel()
        eventually(lambda: channel.queue_declare(topology.UNROUTED, passive=True).method.message_count == 1)
        assert channel.basic_get(topology.UNROUTED)[2] == raw


def test_without_an_alternate_exchange_it_is_returned(where: str) -> None:
    bare = replace(shape(), exchanges=tuple(replace(e, alternate=None) for e in shape().exchanges))
    bus: Bus = RabbitBus(where, bare) if where.startswith("amqp") else EmbeddedBus(where, bare)
    wanted, first, second = message(body("a")), message(body("b"), Unwanted.type), message(body("c"), Unwanted.type)
    assert bus.publish([first, wanted, second]) == [Outcome.RETURNED, Outcome.CONFIRMED, Outcome.RETURNED]
    bus.close()


def test_an_event_that_outlives_its_process_too_often_is_parked_and_comes_alone_before(where: str) -> None:
    bus = open_bus(where, lease=0.05)
    bus.publish([message(body("poison", id="p")), message(body("innocent", id="i"))])
    deaths, spared = [], 0
    while len(deaths) <= topology.DELIVERY_LIMIT:
        subscription = bus.subscribe(SERVICE)
        deliveries = eventually(lambda: subscription.take(50, 1.0))  # noqa: B023
        if deliveries[0].deaths:
            assert len(deliveries) == 1
        if deliveries[0].id == "i":  # it was in hand at the first death; which of the two comes back first is open
            assert deliveries[0].deaths == 1
            subscription.settle(deliveries)
            subscription.close()
            spared += 1
            continue
        deaths.append(deliveries[0].deaths)
        _die(subscription)
    assert deaths == list(range(topology.DELIVERY_LIMIT + 1))
    last = bus.subscribe(SERVICE)
    assert [delivery.id for delivery in taken(last, 1 - spared)] == ["i"] * (1 - spared)
    (parked,) = eventually(lambda: bus.parked(SERVICE))
    assert (parked.id, parked.reason) == ("p", "delivery_limit")
    assert "died" in parked.error
    assert parked.parked_at
    last.close()
    bus.close()


def _die(subscription) -> None:
    """As SIGKILL would: nothing is given back."""
    if hasattr(subscription, "owner"):
        subscription._closed.set()
        subscription._renewer.join()
        time.sleep(0.1)
    else:
        subscription._connection._impl._transport.abort()
        subscription._thread.join(10)


def test_several_services_boot_at_once(where: str) -> None:
    code = (
        "import sys; from tests.chassis.messaging import *\n"
        "bus = open_bus(sys.argv[1]); registry._types.update(TYPES)\n"
        "assert bus.publish([message(body('x'))]) == [Outcome.CONFIRMED]; bus.close()"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, where], cwd=ROOT, stderr=subprocess.PIPE) for _ in range(6)
    ]
    for process in started:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said.decode()
    bus = open_bus(where)
    assert bus.depths(SERVICE)[QUEUE] == 6
    bus.close()


def test_a_waiting_take_ends_when_woken(bus: Bus) -> None:
    subscription = bus.subscribe(SERVICE)
    eventually(lambda: subscription.active)
    subscription.wake()
    begin = time.monotonic()
    assert subscription.take(50, 10) == []
    assert time.monotonic() - begin < 5
    subscription.close()
    assert not subscription.active


def test_the_url_chooses_the_bus(tmp_path: Path) -> None:
    assert isinstance(connect(f"embedded:///{tmp_path}/bus.db"), EmbeddedBus)
    assert connect(f"embedded:///{tmp_path}/bus.db").path == f"{tmp_path}/bus.db"  # type: ignore[attr-defined]
    assert isinstance(connect("amqp://guest:guest@127.0.0.1:1/"), RabbitBus)


def test_a_broker_that_is_not_there_is_bus_down() -> None:
    bus = RabbitBus("amqp://guest:guest@127.0.0.1:1/", shape())
    for action in (
        lambda: bus.publish([message(body("a"))]),
        bus.declare,
        bus.tick,
        lambda: bus.subscribe(SERVICE),
        lambda: bus.parked(SERVICE),
    ):
        with pytest.raises(BusDown):
            action()
    assert not bus.ready()
    assert bus.sockets() == []


def test_a_file_that_cannot_be_opened_is_bus_down(tmp_path: Path) -> None:
    (tmp_path / "bus.db").mkdir()
    bus = EmbeddedBus(str(tmp_path / "bus.db"), shape())
    bus._declared = True
    assert not bus.ready()
    with pytest.raises(BusDown):
        bus.publish([message(body("a"))])


def test_a_queue_that_is_full_nacks(amqp_url: str) -> None:
    with types_known():
        bus = RabbitBus(amqp_url, shape())
        bus.declare()
        with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
            channel = connection.channel()
            arguments = {"x-queue-type": "quorum", "x-max-length": 1, "x-overflow": "reject-publish"}
            channel.queue_declare("tiny", durable=True, arguments=arguments)
            channel.queue_bind("tiny", topology.EVENTS, Unwanted.type)
            outcomes: set[Outcome] = set()
            for _ in range(20):  # the limit is a soft one
                outcomes |= set(bus.publish([message(body("x", id=new_id()), Unwanted.type) for _ in range(5)]))
            assert Outcome.NACKED in outcomes
            assert bus.publish([message(body("y"), Noted.type)]) == [Outcome.CONFIRMED]
        bus.close()


def test_a_cut_connection_leaves_the_unanswered_unknown_and_the_next_one_is_new(rabbitmq_server, amqp_url: str) -> None:
    vhost = amqp_url.rpartition("/")[2]
    with types_known(), Proxy(rabbitmq_server.port) as proxy:
        bus = RabbitBus(rabbitmq_server.url(vhost, proxy.port), shape())
        assert bus.publish([message(body("a"))]) == [Outcome.CONFIRMED]
        proxy.cut()
        with pytest.raises(BusDown):
            bus.publish([message(body("b"))])
        assert not bus.ready()
        assert bus.publish([message(body("c"))]) == [Outcome.CONFIRMED]
        assert bus.reconnects == 2
        subscription = bus.subscribe(SERVICE)
        (delivery,) = subscription.take(1, 10)
        proxy.cut()
        with pytest.raises(BusDown):
            while True:
                subscription.take(1, 1)
        assert not subscription.holds([delivery])
        subscription.settle([delivery])  # for a connection that is gone: nothing happens
        subscription.close()
        bus.close()
