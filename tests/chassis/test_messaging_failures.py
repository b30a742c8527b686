"""Killed processes, a restarted broker, a cut database: nothing lost, nothing twice."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from chassis import outbox, parking
from chassis.bus import Bus
from chassis.consumer import Handlers
from tests.chassis.messaging import ROOT, SERVICE, Hall, Noted, body, prepared, process, types_known
from tests.harness.processes import Program, eventually
from tests.harness.proxy import Proxy


@pytest.fixture(params=["embedded", pytest.param("rabbitmq", marks=pytest.mark.system)])
def hall(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hall]:
    """SQLite with the embedded bus; PostgreSQL with RabbitMQ."""
    if request.param == "embedded":
        database_url, where = f"sqlite:///{tmp_path}/hall.db", str(tmp_path / "bus.db")
    else:
        database_url = request.getfixturevalue("postgres_server").create_database()
        where = request.getfixturevalue("amqp_url")
    with types_known():
        made = Hall(prepared("filing", database_url), where, Handlers())
        made.handlers.single[Noted.type] = [made.note]
        yield made
        made.stop()
        made.database.close()


def _program(hall: Hall, role: str, log: Path, **options: Any) -> Program:
    command = process(role, database_url=hall.database.url, where=hall.where, **options)
    return Program(command, log=log, cwd=ROOT).start()


def _more_than(hall: Hall, number: int) -> bool:
    return len(hall.texts()) > number


def _dead_or_parked(program: Program, bus: Bus) -> bool:
    return not program.alive or bool(bus.parked(SERVICE))


def test_a_consumer_killed_in_the_middle_of_a_batch_loses_and_doubles_nothing(hall: Hall, tmp_path: Path) -> None:
    hall.send(*[body(str(number)) for number in range(300)])
    for _ in range(3):
        before = len(hall.texts())
        with _program(hall, "consume", tmp_path / "consume.log", pause=0.002) as program:
            eventually(partial(_more_than, hall, before), every=0.01)
            program.kill()
    assert len(hall.texts()) < 300
    hall.consumer()
    eventually(lambda: len(hall.texts()) == 300)
    assert sorted(hall.texts(), key=int) == [str(number) for number in range(300)]
    assert hall.bus().parked(SERVICE) == []


def test_a_relay_killed_while_it_sends_loses_nothing_and_the_inbox_takes_the_doubles(
    hall: Hall, tmp_path: Path
) -> None:
    hall.consumer()
    for turn in range(3):
        for number in range(100):
            hall.emit(f"{turn}-{number}", subject=f"s{number % 7}")
        with _program(hall, "relay", tmp_path / "relay.log") as program:
            eventually(partial(_more_than, hall, turn * 100), every=0.005)
            program.kill()
    hall.relay()
    eventually(lambda: len(hall.texts()) >= 300)
    eventually(lambda: outbox.stats(hall.database)["pending"] == 0)
    assert sorted(hall.texts()) == sorted(f"{turn}-{number}" for turn in range(3) for number in range(100))


def test_a_handler_that_kills_its_process_ends_parked_and_the_others_flow_on(hall: Hall, tmp_path: Path) -> None:
    hall.send(body("a"), body("die", id="deadly"), *[body(str(number)) for number in range(5)])
    bus = hall.bus()
    lives = 0
    while not bus.parked(SERVICE):
        lives += 1
        assert lives < 40
        with _program(hall, "consume", tmp_path / "consume.log") as program:
            eventually(partial(_dead_or_parked, program, bus), every=0.3)
    hall.consumer()
    eventually(lambda: len(hall.texts()) == 6)
    assert sorted(hall.texts()) == ["0", "1", "2", "3", "4", "a"]
    (entry,) = parking.listed(bus, SERVICE)
    assert (entry["id"], entry["reason"]) == ("deadly", "delivery_limit")
    bus.close()


def test_sigterm_ends_both_loops_cleanly(hall: Hall, tmp_path: Path) -> None:
    hall.emit(*[str(number) for number in range(50)])
    with (
        _program(hall, "relay", tmp_path / "relay.log") as relay,
        _program(hall, "consume", tmp_path / "consume.log") as consumer,
    ):
        eventually(lambda: len(hall.texts()) == 50)
        assert relay.stop() == 0
        assert consumer.stop() == 0
    assert outbox.stats(hall.database)["pending"] == 0
    assert hall.bus().depths(SERVICE)[f"{SERVICE}.in"] == 0


@pytest.mark.rule("T39")
def test_events_of_a_time_without_broker_arrive_afterwards_once_each(
    postgres_server, rabbitmq_server, amqp_url: str
) -> None:
    with types_known():
        hall = Hall(prepared("filing", postgres_server.create_database()), amqp_url, Handlers())
        hall.handlers.single[Noted.type] = [hall.note]
        relay, consumer = hall.relay(), hall.consumer()
        hall.emit("before")
        eventually(lambda: hall.texts() == ["before"])
        rabbitmq_server.stop()
        for number in range(20):
            hall.emit(f"during-{number}")
        eventually(lambda: relay.stats()["failures"] >= 2 and not consumer.active)
        assert outbox.stats(hall.database)["pending"] == 20
        rabbitmq_server.start_again()
        hall.emit("after")
        expected = sorted(["before", *[f"during-{number}" for number in range(20)], "after"])
        eventually(lambda: sorted(hall.texts()) == expected)
        rabbitmq_server.kill()
        hall.emit("while killed")
        rabbitmq_server.start_again()
        eventually(lambda: "while killed" in hall.texts())
        assert len(hall.texts()) == 23
        assert hall.bus().parked(SERVICE) == []
        hall.stop()
        hall.database.close()


def test_a_broker_connection_that_is_cut_frozen_or_half_open_is_replaced(
    postgres_server, rabbitmq_server, amqp_url: str
) -> None:
    with types_known(), Proxy(rabbitmq_server.port) as proxy:
        behind = rabbitmq_server.url(amqp_url.rpartition("/")[2], proxy.port)
        hall = Hall(prepared("filing", postgres_server.create_database()), behind, Handlers())
        hall.handlers.single[Noted.type] = [hall.note]
        hall.relay()
        consumer = hall.consumer()
        for turn, hurt in enumerate((proxy.cut, proxy.half_open, proxy.cut)):
            hall.emit(*[f"{turn}-{number}" for number in range(50)])
            hurt()
            eventually(partial(_more_than, hall, turn * 50 + 49))
        assert consumer.stats()["failures"] >= 1
        assert len(set(hall.texts())) == 150
        hall.stop()
        hall.database.close()


def test_a_database_cut_in_the_middle_of_a_batch_costs_nothing(postgres_server, amqp_url: str) -> None:
    url = postgres_server.create_database()
    with types_known(), Proxy(postgres_server.port) as proxy:
        observer = prepared("filing", url)
        notes = Hall(observer, amqp_url, Handlers())
        behind = Hall(prepared("filing", postgres_server.url(url.rpartition("/")[2], proxy.port)), amqp_url, Handlers())
        attempts: set[int] = set()

        def handle(event: Any) -> None:
            attempts.add(event.attempt)
            behind.note(event)
            if event.text in {"40", "120"} and event.text not in cuts:
                cuts.append(event.text)
                proxy.cut()

        cuts: list[str] = []
        observer.activate()
        notes.send(*[body(str(number)) for number in range(200)])
        consumer = behind.consumer(Handlers(single={Noted.type: [handle]}))
        eventually(lambda: len(notes.texts()) == 200)
        assert sorted(notes.texts(), key=int) == [str(number) for number in range(200)]
        assert cuts == ["40", "120"]
        assert attempts == {1}
        assert consumer.stats()["retried"] == consumer.stats()["parked"] == 0
        postgres_server.restart()
        notes.send(body("after the restart"))
        observer.discard()
        eventually(lambda: "after the restart" in _patiently(notes))
        behind.stop()
        behind.database.close()
        observer.close()


def _patiently(hall: Hall) -> list[str]:
    try:
        return hall.texts()
    except Exception as error:
        hall.database.discard()
        raise OSError(str(error)) from error
