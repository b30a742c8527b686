"""Every message has a queue to go to, and every queue a way out."""

import pytest

from contracts import topology
from contracts.envelope import all_types
from contracts.registry import SERVICES

BUILT = topology.build()
QUEUES = {queue.name: queue for queue in BUILT.queues}


def test_what_nobody_is_bound_to_is_kept():
    exchanges = {exchange.name: exchange for exchange in BUILT.exchanges}
    assert exchanges["zwfw.events"].kind == "topic"
    assert exchanges["zwfw.commands"].kind == "direct"
    assert exchanges["zwfw.events"].alternate == exchanges["zwfw.commands"].alternate == "zwfw.unrouted"
    assert "zwfw.unrouted" in QUEUES
    assert BUILT.routes("zwfw.unrouted", "") == ("zwfw.unrouted",)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_its_five_queues(service):
    assert {queue.name for queue in BUILT.queues_of(service)} == {
        f"{service}.in",
        f"{service}.retry.5s",
        f"{service}.retry.30s",
        f"{service}.retry.5m",
        f"{service}.parked",
    }
    assert QUEUES[f"{service}.in"].dead_letter_to == f"{service}.parked"
    for tier, ttl in (("5s", 5_000), ("30s", 30_000), ("5m", 300_000)):
        waiting = QUEUES[f"{service}.retry.{tier}"]
        assert (waiting.ttl_ms, waiting.dead_letter_to) == (ttl, f"{service}.in")
    assert QUEUES[f"{service}.parked"].ttl_ms is None


@pytest.mark.parametrize("name", all_types())
def test_a_type_reaches_the_inbox_of_each_consumer(name):
    declared = all_types()[name]
    expected = {f"{consumer}.in" for consumer in declared.consumers} if declared.published else set()
    assert set(BUILT.routes(topology.exchange_of(name), name)) == expected


@pytest.mark.parametrize("service", SERVICES)
def test_every_inbox_gets_something(service):
    assert topology.bindings_of(service)


def test_commands_go_to_the_one_service_that_carries_them_out():
    assert topology.exchange_of("notifier.send_sms") == topology.COMMANDS
    assert BUILT.routes(topology.COMMANDS, "notifier.send_sms") == ("notifier.in",)
    assert BUILT.routes(topology.EVENTS, "notifier.send_sms") == ()


def test_an_unknown_type_finds_no_queue():
    assert BUILT.routes(topology.EVENTS, "parking.permit.granted") == ()


def test_waiting_grows_with_the_attempts():
    tiers = [topology.retry("credit", attempt).rpartition(".")[2] for attempt in range(1, topology.MAX_ATTEMPTS)]
    assert tiers == ["5s", "5s", "30s", "30s", "5m", "5m", "5m"]


def test_part_of_the_house_can_stand_alone():
    small = topology.build(["filing"])
    assert {queue.name.split(".")[0] for queue in small.queues} == {"zwfw", "filing"}
    assert all(binding.queue.startswith(("filing.", "zwfw.")) for binding in small.bindings)
