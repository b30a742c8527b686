"""Events are saved with the change they report, numbered per subject, and leave no other way."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from chassis import clock, context, migrate, outbox
from chassis.db import Database
from contracts import topology
from contracts.envelope import InvalidData
from tests.chassis.messaging import ROOT, Noted, Ordered, prepared, types_known
from tests.support import at_once


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with types_known():
        prepared_one = prepared("filing", database_url)
        yield prepared_one
        prepared_one.close()


def _rows(database: Database) -> list:
    table = database.table("outbox")
    return list(table.select().order_by(table.id))


def test_emit_outside_a_transaction_is_refused(database: Database) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        outbox.emit(Noted, "s1", {"text": "a"})
    assert _rows(database) == []


def test_an_event_that_breaks_its_contract_is_refused(database: Database) -> None:
    with pytest.raises(InvalidData), database.transaction():
        outbox.emit(Noted, "s1", {"text": 1, "more": "x"})
    assert _rows(database) == []


def test_a_rolled_back_change_leaves_no_event_and_no_number(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction():
        outbox.emit(Noted, "s1", {"text": "a"})
        raise ZeroDivisionError
    with database.transaction():
        outbox.emit(Noted, "s1", {"text": "b"})
    assert [(row.sequence, json.loads(row.body)["data"]["text"]) for row in _rows(database)] == [(1, "b")]


def test_the_stored_envelope_says_what_why_who_and_when(database: Database) -> None:
    context.correlation.set("case-1")
    context.causation.set("event-0")
    context.actor.set("staff:clerk")
    context.traceparent.set("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    try:
        with clock.clock_at("2026-03-02 10:00"), database.transaction():
            event_id = outbox.emit(Noted, "s1", {"text": "办结"}, org="TZJ049", region="120000")
    finally:
        for variable in (context.correlation, context.causation, context.actor, context.traceparent):
            variable.set(None)
    (row,) = _rows(database)
    sealed = json.loads(row.body)
    assert sealed["id"] == event_id == row.event_id
    assert sealed["time"] == "2026-03-02T10:00:00+08:00"
    assert (sealed["correlationid"], sealed["causationid"], sealed["actorid"]) == ("case-1", "event-0", "staff:clerk")
    assert (sealed["orgid"], sealed["regionid"], sealed["source"]) == ("TZJ049", "120000", "/filing")
    assert sealed["data"] == {"text": "办结"}
    assert row.traceparent == sealed["traceparent"]
    assert (row.exchange, row.routing_key, row.published_at) == (topology.EVENTS, Noted.type, None)


def test_commands_go_to_the_command_exchange(database: Database) -> None:
    with database.transaction():
        outbox.emit(Ordered, "s1", {"text": "a"})
    assert [(row.exchange, row.routing_key) for row in _rows(database)] == [(topology.COMMANDS, Ordered.type)]


def test_numbers_and_places_of_a_subject_agree_when_many_write_at_once(database: Database) -> None:
    def write(number: int) -> None:
        database.activate()
        for turn in range(10):
            with database.transaction():
                outbox.emit(Noted, f"s{turn % 2}", {"text": str(number)})
        database.release()

    assert at_once(4, write) == [None] * 4
    for subject in ("s0", "s1"):
        assert [row.sequence for row in _rows(database) if row.subject == subject] == list(range(1, 21))


@pytest.mark.system
def test_the_relay_is_notified_only_after_the_commit(postgres_server) -> None:
    url = postgres_server.create_database()
    with types_known():
        database = prepared("filing", url)
        listener = Database("listener")
        listener.connect(url)
        database.activate()
        listener.proxy.execute_sql("LISTEN outbox")
        heard = listener.proxy.connection()
        with database.transaction():
            outbox.emit(Noted, "s1", {"text": "a"})
            threading.Event().wait(0.3)
            heard.poll()
            assert heard.notifies == []
        threading.Event().wait(0.5)
        heard.poll()
        assert [found.channel for found in heard.notifies] == ["outbox"]
        listener.close()
        database.close()


def test_purging_removes_what_is_old_and_done(database: Database) -> None:
    with database.transaction():
        for text in ("old", "new", "waiting"):
            outbox.emit(Noted, "s1", {"text": text})
    old, new, waiting = _rows(database)
    table, inbox = database.table("outbox"), database.table("inbox")
    for row, days in ((old, 15), (new, 13)):
        table.update(published_at=clock.wall() - timedelta(days=days)).where(table.id == row.id).execute()
    table.update(created_at=clock.wall() - timedelta(days=99)).where(table.id == waiting.id).execute()
    for name, days in (("a", 31), ("b", 29)):
        stamp = clock.wall() - timedelta(days=days)
        inbox.insert(consumer="credit", event_id=name, received_at=stamp, ignored=False).execute()
    assert outbox.purge(database) == 2
    assert [row.id for row in _rows(database)] == [new.id, waiting.id]
    assert [row.event_id for row in inbox.select()] == ["b"]
    assert outbox.purge(database) == 0


def test_purging_goes_on_slice_by_slice(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "SLICE", 3)
    with database.transaction():
        for number in range(10):
            outbox.emit(Noted, "s1", {"text": str(number)})
    database.table("outbox").update(published_at=clock.wall() - timedelta(days=15)).execute()
    assert outbox.purge(database) == 10


def test_stats_tell_how_much_waits_and_for_how_long(database: Database) -> None:
    assert outbox.stats(database) == {"pending": 0, "oldest_seconds": 0.0, "refused": 0}
    with database.transaction():
        outbox.emit(Noted, "s1", {"text": "a"})
    database.table("outbox").update(created_at=clock.wall() - timedelta(seconds=60), attempts=1).execute()
    found = outbox.stats(database)
    assert (found["pending"], found["refused"]) == (1, 1)
    assert 59 < found["oldest_seconds"] < 90


def test_the_models_are_what_the_migrations_make(database: Database) -> None:
    assert migrate.drift(database, [database.table(name) for name in ("outbox", "sequence", "inbox")]) == []
    assert (ROOT / "chassis" / "migrations" / "0001_messages.sql").exists()
