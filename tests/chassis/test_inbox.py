"""One effect per event and consumer."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from chassis import context, outbox
from chassis.consumer import Handlers, deliver
from contracts import envelope
from contracts.envelope import BrokenEnvelope
from tests.chassis.messaging import Noted, Unwanted, body, notes_of, prepared, types_known
from tests.support import at_once


@pytest.fixture
def hall(database_url: str) -> Iterator[Any]:
    with types_known():
        database = prepared("filing", database_url)
        note = notes_of(database)

        def keep(event: Any) -> None:
            note.create(event_id=event.id, subject=event.subject, sequence=event.sequence, text=event.text)

        def texts() -> list[str]:
            return sorted(row.text for row in note.select())

        handlers = Handlers(single={Noted.type: [keep]})
        yield SimpleNamespace(database=database, handlers=handlers, keep=keep, texts=texts)
        database.close()


@pytest.mark.rule("T38")
def test_an_event_that_comes_twice_has_one_effect(hall: Any) -> None:
    event = body("once")
    assert deliver(hall.database, hall.handlers, "credit", [event]).handled == 1
    again = deliver(hall.database, hall.handlers, "credit", [event, event])
    assert (again.handled, again.duplicates) == (0, 2)
    assert hall.texts() == ["once"]


def test_an_event_that_is_twice_in_one_batch_has_one_effect(hall: Any) -> None:
    event = body("once")
    taken = deliver(hall.database, hall.handlers, "credit", [event, body("other"), event])
    assert (taken.handled, taken.duplicates) == (2, 1)
    assert hall.texts() == ["once", "other"]


def test_each_consumer_has_its_own_effect(hall: Any) -> None:
    event = body("both")
    for consumer in ("credit", "booking"):
        assert deliver(hall.database, hall.handlers, consumer, [event]).handled == 1
    assert hall.texts() == ["both", "both"]


def test_a_handler_that_raises_leaves_nothing_behind(hall: Any) -> None:
    events = [body("good"), body("bad")]

    def picky(event: Any) -> None:
        hall.keep(event)
        if event.text == "bad":
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        deliver(hall.database, Handlers(single={Noted.type: [picky]}), "credit", events)
    assert hall.texts() == []
    assert deliver(hall.database, hall.handlers, "credit", events).handled == 2


def test_a_type_without_a_handler_is_noted_as_ignored(hall: Any) -> None:
    strange = body("x", type="filing.test.not-yet-known", dataschema="contracts/filing.test.not-yet-known/v7")
    taken = deliver(hall.database, hall.handlers, "credit", [strange, body("known")])
    assert (taken.handled, taken.ignored) == (1, 1)
    rows = {row.event_id: row.ignored for row in hall.database.table("inbox").select()}
    assert rows[envelope.read(strange).id] is True
    assert sorted(rows.values()) == [False, True]


def test_data_that_break_their_contract_are_a_broken_envelope_and_unknown_fields_are_left_out(hall: Any) -> None:
    with pytest.raises(BrokenEnvelope):
        deliver(hall.database, hall.handlers, "credit", [body("x", data={"text": 7})])
    seen: list[dict[str, Any]] = []
    handlers = Handlers(single={Noted.type: [lambda event: seen.append(event.data)]})
    deliver(hall.database, handlers, "credit", [body("x", data={"text": "a", "from_the_future": 1})])
    assert seen == [{"text": "a"}]


def test_a_batch_handler_gets_all_new_events_of_its_type_together(hall: Any) -> None:
    got: list[list[str]] = []
    handlers = Handlers(batch={Noted.type: [lambda events: got.append([event.text for event in events])]})
    first = body("a")
    deliver(hall.database, handlers, "credit", [first])
    deliver(hall.database, handlers, "credit", [first, body("b"), body("c")])
    assert got == [["a"], ["b", "c"]]


def test_a_batch_handler_of_several_types_gets_them_in_the_order_of_arrival_and_each_handler_gets_its_own(
    hall: Any,
) -> None:
    got: list[tuple[str, list[str]]] = []

    def both(events: list[Any]) -> None:
        got.append(("both", [event.text for event in events]))

    def other(events: list[Any]) -> None:
        got.append(("other", [event.text for event in events]))

    handlers = Handlers(batch={Noted.type: [both], Unwanted.type: [both, other]})
    bodies = [body("a"), body("b", type=Unwanted.type, dataschema=None), body("c")]
    deliver(hall.database, handlers, "credit", bodies)
    assert got == [("both", ["a", "b", "c"]), ("other", ["b"])]


def test_what_a_handler_emits_is_caused_by_the_event_in_hand(hall: Any) -> None:
    def answer(event: Any) -> None:
        outbox.emit(Unwanted, event.subject, {"text": "answer"})

    cause = body("x", correlationid="case-9", traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    deliver(hall.database, Handlers(single={Noted.type: [answer]}), "credit", [cause])
    (row,) = list(hall.database.table("outbox").select())
    sealed = envelope.read(row.body)
    assert sealed.causation == envelope.read(cause).id
    assert sealed.correlation == "case-9"
    assert row.traceparent.startswith("00-0af7651916cd43dd8448eb211c80319c")
    assert context.causation.get() is None


def test_the_same_event_at_the_same_moment_in_several_consumers_has_one_effect(hall: Any) -> None:
    events = [body(str(number)) for number in range(5)]

    def one(number: int) -> int:
        hall.database.activate()
        order = events if number % 2 else events[::-1]
        handled = deliver(hall.database, hall.handlers, "credit", order).handled
        hall.database.release()
        return handled

    assert sum(at_once(4, one)) == 5
    assert hall.texts() == ["0", "1", "2", "3", "4"]
