"""The consumer: one effect per event, whatever goes wrong, and nobody suffers for another."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from peewee import OperationalError

from chassis import auth, clock, outbox, parking
from chassis.consumer import BATCH, Handlers
from contracts import topology
from tests.chassis.messaging import PAUSES, SERVICE, Hall, Noted, Unwanted, body, prepared, types_known
from tests.harness.processes import eventually


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


def test_what_is_emitted_is_handled_in_order_per_subject(hall: Hall) -> None:
    hall.relay()
    consumer = hall.consumer()
    for turn in range(20):
        for subject in ("a", "b"):
            hall.emit(f"{subject}{turn}", subject=subject)
    eventually(lambda: len(hall.texts()) == 40)
    for subject in ("a", "b"):
        assert [text for text in hall.texts() if text[0] == subject] == [f"{subject}{turn}" for turn in range(20)]
    eventually(lambda: consumer.stats()["handled"] == 40)
    assert consumer.active
    assert outbox.stats(hall.database)["pending"] == 0
    assert clock.monotonic() - consumer.last_tick < 5


@pytest.mark.rule("T38")
def test_a_storm_of_duplicates_has_one_effect_each(hall: Hall) -> None:
    events = [body(str(number)) for number in range(30)]
    hall.send(*events * 3, *events[::-1])
    consumers = [hall.consumer(), hall.consumer()]
    eventually(lambda: sum(consumer.stats()["duplicates"] for consumer in consumers) == 90)
    assert sorted(hall.texts()) == sorted(str(number) for number in range(30))


def test_a_handler_that_raises_and_then_succeeds_has_one_effect(hall: Hall) -> None:
    tries: list[int] = []

    def shaky(event: Any) -> None:
        hall.note(event)
        if event.text == "shaky":
            tries.append(event.attempt)
            if len(tries) < 4:
                raise ValueError("not yet")

    hall.send(body("shaky"), body("steady"))
    consumer = hall.consumer(Handlers(single={Noted.type: [shaky]}))
    eventually(lambda: "shaky" in hall.texts())
    assert sorted(hall.texts()) == ["shaky", "steady"]
    assert sorted(set(tries)) == list(range(1, len(set(tries)) + 1))
    assert consumer.stats()["retried"] == len(set(tries)) - 1
    assert hall.bus().parked(SERVICE) == []


def test_poison_is_parked_after_eight_attempts_while_other_subjects_flow_on_and_can_be_replayed(hall: Hall) -> None:
    tries: list[float] = []
    cured = threading.Event()

    def handle(event: Any) -> None:
        if event.text == "poison" and not cured.is_set():
            tries.append(time.monotonic())
            raise ZeroDivisionError("by nothing")
        hall.note(event)

    consumer = hall.consumer(Handlers(single={Noted.type: [handle]}))
    hall.send(body("poison", subject="bad", id="p"), body("a", subject="good"))
    hall.send(body("b", subject="good"))
    eventually(lambda: hall.texts() == ["a", "b"])
    bus = hall.bus()
    (entry,) = eventually(lambda: parking.listed(bus, SERVICE))
    assert entry["id"] == "p"
    assert entry["reason"] == "handler_failed"
    assert entry["error"] == "ZeroDivisionError: by nothing"
    assert entry["attempts"] == topology.MAX_ATTEMPTS
    assert consumer.stats()["retried"] == topology.MAX_ATTEMPTS - 1
    assert consumer.stats()["parked"] == 1
    assert tries[-1] - tries[-2] > PAUSES["5m"] / 1000 - 0.05
    cured.set()
    assert parking.replay(bus, SERVICE, ["p"]) == 1
    eventually(lambda: "poison" in hall.texts())
    assert parking.listed(bus, SERVICE) == []
    bus.close()


def test_in_a_failing_batch_only_the_guilty_one_suffers(hall: Hall) -> None:
    def handle(event: Any) -> None:
        hall.note(event)
        if event.text == "7":
            raise ValueError("seven")

    hall.send(*[body(str(number), sequence=number + 1) for number in range(20)])
    consumer = hall.consumer(Handlers(single={Noted.type: [handle]}))
    eventually(lambda: len(hall.texts()) == 19)
    eventually(lambda: consumer.stats()["parked"] == 1)
    assert sorted(hall.texts(), key=int) == [str(number) for number in range(20) if number != 7]


def test_what_can_never_be_read_is_parked_at_once(hall: Hall) -> None:
    hall.send(
        b"not json at all",
        body("x", id="no-subject", subject=""),
        body("x", id="newer", dataschema=f"contracts/{Noted.type}/v2"),
        body("x", id="wrong-data", data={"text": 5}),
        body("fine"),
    )
    consumer = hall.consumer()
    eventually(lambda: hall.texts() == ["fine"])
    eventually(lambda: consumer.stats()["parked"] == 4)
    bus = hall.bus()
    entries = parking.listed(bus, SERVICE)
    assert [entry["reason"] for entry in entries] == [
        "broken_envelope",
        "broken_envelope",
        "too_new",
        "broken_envelope",
    ]
    assert [entry["id"] for entry in entries][1:] == ["no-subject", "newer", "wrong-data"]
    assert all(entry["attempts"] == 1 and entry["error"] for entry in entries)
    bus.close()


def test_an_unknown_type_is_ignored_and_never_parked(hall: Hall) -> None:
    hall.send(body("x", type="filing.test.not-yet-known"), body("y", type=Unwanted.type), body("fine"))
    consumer = hall.consumer()
    eventually(lambda: hall.texts() == ["fine"])
    eventually(lambda: consumer.stats()["ignored"] == 2)
    assert consumer.stats()["parked"] == 0
    assert hall.bus().parked(SERVICE) == []


def test_a_batch_handler_gets_what_waits_together(hall: Hall) -> None:
    sizes: list[int] = []

    def whole(events: list[Any]) -> None:
        sizes.append(len(events))
        hall.Note.create_all(
            [{"event_id": e.id, "subject": e.subject, "sequence": e.sequence, "text": e.text} for e in events]
        )

    hall.send(*[body(str(number)) for number in range(120)])
    hall.consumer(Handlers(batch={Noted.type: [whole]}))
    eventually(lambda: len(hall.texts()) == 120)
    assert sum(sizes) == 120
    assert max(sizes) > 1
    assert max(sizes) <= BATCH


def test_a_batch_handler_that_fails_on_one_event_takes_the_others_singly(hall: Hall) -> None:
    def whole(events: list[Any]) -> None:
        for event in events:
            hall.note(event)
            if event.text == "bad":
                raise ValueError("bad")

    hall.send(*[body(text) for text in ("a", "bad", "c")])
    consumer = hall.consumer(Handlers(batch={Noted.type: [whole]}))
    eventually(lambda: sorted(hall.texts()) == ["a", "c"])
    eventually(lambda: consumer.stats()["parked"] == 1)


def test_what_a_handler_emits_travels_on_and_names_the_service_as_actor(hall: Hall) -> None:
    seen: list[str] = []

    def handle(event: Any) -> None:
        seen.append(auth.actor().id)
        if event.text == "first":
            outbox.emit(Noted, "s2", {"text": "second"})

    hall.relay()
    hall.consumer(Handlers(single={Noted.type: [handle, hall.note]}))
    hall.emit("first")
    eventually(lambda: sorted(hall.texts()) == ["first", "second"])
    assert set(seen) == {f"service:{SERVICE}"}


def test_stopping_finishes_the_batch_in_hand_and_leaves_the_rest(hall: Hall) -> None:
    begun = threading.Event()

    def slow(event: Any) -> None:
        begun.set()
        time.sleep(0.05)
        hall.note(event)

    hall.send(*[body(str(number)) for number in range(100)])
    consumer = hall.consumer(Handlers(single={Noted.type: [slow]}), batch=10)
    assert begun.wait(10)
    hall.stop()
    assert not consumer.active
    done = len(hall.texts())
    assert 0 < done < 100
    assert consumer.stats()["handled"] == done
    hall.consumer()
    eventually(lambda: len(hall.texts()) == 100)
    assert sorted(hall.texts(), key=int) == [str(number) for number in range(100)]


def test_a_database_that_goes_away_costs_no_attempt(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    away = threading.Event()
    attempts: list[int] = []
    ping = hall.database.ping

    def failing_ping() -> None:
        if away.is_set():
            raise ConnectionError("away")
        ping()

    def handle(event: Any) -> None:
        attempts.append(event.attempt)
        if away.is_set():
            raise OperationalError("server closed the connection unexpectedly")
        hall.note(event)

    monkeypatch.setattr(hall.database, "ping", failing_ping)
    consumer = hall.consumer(Handlers(single={Noted.type: [handle]}))
    eventually(lambda: consumer.active)
    away.set()
    hall.send(*[body(str(number)) for number in range(10)])
    eventually(lambda: consumer.stats()["failures"] >= 1)
    assert consumer.stats()["handled"] == 0
    away.clear()
    eventually(lambda: consumer.stats()["handled"] == 10)
    assert sorted(hall.texts()) == [str(number) for number in range(10)]
    assert set(attempts) == {1}
    assert consumer.stats()["retried"] == consumer.stats()["parked"] == 0
