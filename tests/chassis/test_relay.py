"""The relay sends everything, in order per subject, until it is confirmed."""

import threading
import time
from collections.abc import Iterator
from functools import partial

import pytest

from chassis import clock, outbox
from chassis.bus import Message, Outcome
from chassis.db import Database
from chassis.relay import Relay, relay_once
from tests.chassis.messaging import Noted, ScriptedBus, prepared, types_known
from tests.harness.processes import eventually
from tests.harness.proxy import Proxy


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with types_known():
        prepared_one = prepared("filing", database_url)
        yield prepared_one
        prepared_one.close()


@pytest.fixture
def postgresql(postgres_server) -> Iterator[Database]:
    with types_known():
        prepared_one = prepared("filing", postgres_server.create_database())
        yield prepared_one
        prepared_one.close()


def _emit(database: Database, *subjects: str) -> None:
    with database.transaction():
        for subject in subjects:
            outbox.emit(Noted, subject, {"text": "x"})


def _pending(database: Database) -> int:
    return int(outbox.stats(database)["pending"])


def _sent(bus: ScriptedBus, number: int) -> bool:
    return ("a", number) in bus.sent


def _no_more_holds(database: Database) -> None:
    table = database.table("outbox")
    table.update(not_before=clock.wall()).where(table.not_before.is_null(False)).execute()


def test_events_leave_once_and_in_order(database: Database) -> None:
    _emit(database, "a", "b", "a")
    _emit(database, "b", "a")
    bus = ScriptedBus()
    assert relay_once(database, bus) == 5
    assert bus.sent == [("a", 1), ("b", 1), ("a", 2), ("b", 2), ("a", 3)]
    assert relay_once(database, bus) == 0
    assert _pending(database) == 0


def test_nothing_is_marked_while_the_bus_is_down(database: Database) -> None:
    _emit(database, "a")
    bus = ScriptedBus()
    bus.down = True
    with pytest.raises(Exception, match="told to be down"):
        relay_once(database, bus)
    assert _pending(database) == 1
    bus.down = False
    assert relay_once(database, bus) == 1


@pytest.mark.parametrize("refusal", [Outcome.NACKED, Outcome.RETURNED])
def test_a_refused_event_waits_and_holds_only_its_own_subject(database: Database, refusal: Outcome) -> None:
    _emit(database, "a", "b")
    bus = ScriptedBus(lambda m: refusal if b'"subject":"a"' in m.body else Outcome.CONFIRMED)
    assert relay_once(database, bus) == 1
    _emit(database, "a", "b")
    assert relay_once(database, bus) == 1
    assert bus.sent == [("a", 1), ("b", 1), ("b", 2)]
    assert outbox.stats(database)["refused"] == 1
    _no_more_holds(database)
    bus.answer = lambda m: Outcome.CONFIRMED
    time.sleep(0.01)
    assert relay_once(database, bus) == 2
    assert bus.sent[3:] == [("a", 1), ("a", 2)]
    assert _pending(database) == 0


def test_an_unanswered_event_is_sent_again(database: Database) -> None:
    _emit(database, "a")
    bus = ScriptedBus(lambda m: Outcome.UNKNOWN)
    assert relay_once(database, bus) == 0
    bus.answer = lambda m: Outcome.CONFIRMED
    assert relay_once(database, bus) == 1
    assert bus.sent == [("a", 1), ("a", 1)]


def test_the_loop_wakes_up_at_a_commit_and_survives_a_bus_that_goes_away(database: Database) -> None:
    bus = ScriptedBus()
    relay = Relay(database, bus)
    thread = threading.Thread(target=relay.run, daemon=True)
    thread.start()
    try:
        _emit(database, "a")
        eventually(lambda: bus.sent == [("a", 1)])
        bus.down = True
        _emit(database, "a")
        eventually(lambda: relay.stats()["failures"] >= 1)
        assert bus.sent == [("a", 1)]
        bus.down = False
        eventually(lambda: bus.sent == [("a", 1), ("a", 2)])
        eventually(lambda: relay.stats()["published"] == 2)
        assert clock.monotonic() - relay.last_tick < 5
    finally:
        relay.stop()
        thread.join(10)
    assert not thread.is_alive()
    assert _pending(database) == 0


def test_an_event_that_commits_late_is_not_passed_over(postgresql: Database) -> None:
    bus, begun, go_on = ScriptedBus(), threading.Event(), threading.Event()

    def slow() -> None:
        postgresql.activate()
        with postgresql.transaction():
            outbox.emit(Noted, "slow", {"text": "x"})
            begun.set()
            go_on.wait(10)
        postgresql.release()

    thread = threading.Thread(target=slow)
    thread.start()
    assert begun.wait(10)
    _emit(postgresql, "quick")
    assert relay_once(postgresql, bus) == 1
    go_on.set()
    thread.join()
    assert relay_once(postgresql, bus) == 1
    assert bus.sent == [("quick", 1), ("slow", 1)]


def test_two_relays_do_not_send_the_same(postgresql: Database) -> None:
    _emit(postgresql, *"abcdef")
    inside, go_on = threading.Event(), threading.Event()

    def wait(message: Message) -> Outcome:
        inside.set()
        go_on.wait(10)
        return Outcome.CONFIRMED

    first, second = ScriptedBus(wait), ScriptedBus()

    def one() -> None:
        postgresql.activate()
        relay_once(postgresql, first, limit=3)
        postgresql.release()

    thread = threading.Thread(target=one)
    thread.start()
    assert inside.wait(10)
    assert relay_once(postgresql, second) == 3
    go_on.set()
    thread.join()
    assert first.sent == [("a", 1), ("b", 1), ("c", 1)]
    assert second.sent == [("d", 1), ("e", 1), ("f", 1)]
    assert _pending(postgresql) == 0


def test_only_one_relay_leads_and_another_takes_over(postgresql: Database) -> None:
    buses = [ScriptedBus(), ScriptedBus()]
    relays = [Relay(postgresql, bus) for bus in buses]
    threads = [threading.Thread(target=relay.run, daemon=True) for relay in relays]
    threads[0].start()
    eventually(lambda: relays[0].leading)
    threads[1].start()
    _emit(postgresql, "a", "b")
    eventually(lambda: len(buses[0].sent) == 2)
    assert not relays[1].leading
    relays[0].stop()
    eventually(lambda: relays[1].leading)
    _emit(postgresql, "a")
    eventually(lambda: buses[1].sent == [("a", 2)])
    relays[1].stop()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def test_the_relay_outlives_cut_and_frozen_database_connections(postgres_server) -> None:
    url = postgres_server.create_database()
    name = url.rpartition("/")[2]
    with types_known(), Proxy(postgres_server.port) as proxy:
        behind = prepared("filing", postgres_server.url(name, proxy.port))
        writer = prepared("filing", url)
        bus = ScriptedBus()
        relay = Relay(behind, bus)
        thread = threading.Thread(target=relay.run, daemon=True)
        thread.start()
        for turn in range(1, 4):
            writer.activate()
            _emit(writer, "a")
            eventually(partial(_sent, bus, turn))
            proxy.cut()
        relay.stop()
        thread.join(10)
        assert not thread.is_alive()
        assert sorted(set(bus.sent)) == [("a", 1), ("a", 2), ("a", 3)]
        writer.close()
        behind.close()
