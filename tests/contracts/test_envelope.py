"""Envelopes: what is written can be read, and what cannot ever be read says so."""

import datetime
import json
import time
from pathlib import Path

import pytest
from marshmallow import ValidationError

from contracts import envelope
from contracts.commands.notifier import SendSms
from contracts.envelope import (
    BrokenEnvelope,
    InvalidData,
    TooNew,
    all_types,
    dumps,
    read,
    read_data,
    seal,
    validate_data,
)
from contracts.events import catalog, feedback, filing
from contracts.fastpath import compiled
from contracts.registry import EventType, event, strict, tolerant

EXAMPLES = Path(envelope.__file__).parent / "examples"
TYPES = all_types()


def example(name: str) -> dict:
    return json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def body(**changes) -> bytes:
    changed = example("filing.case.viewed") | changes
    return json.dumps({key: value for key, value in changed.items() if value is not ...}).encode()


def test_what_is_sealed_is_read_again():
    data = example("filing.case.viewed")["data"]
    at = datetime.datetime(2026, 3, 2, 10, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
    sealed = seal(
        filing.CaseViewed,
        "case-1",
        data,
        id="event-1",
        time=at,
        sequence=7,
        source="/filing",
        correlation="20260302100000000001",
        causation="event-0",
        actor="staff:1",
        org="TZJ092",
        region="120000",
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )
    got = read(dumps(sealed), attempt=3)
    assert (got.type, got.id, got.source, got.subject, got.sequence) == (
        "filing.case.viewed",
        "event-1",
        "/filing",
        "case-1",
        7,
    )
    assert (got.time, got.correlation, got.causation) == (
        "2026-03-02T10:00:00+08:00",
        "20260302100000000001",
        "event-0",
    )
    assert (got.actor, got.org, got.region, got.attempt) == ("staff:1", "TZJ092", "120000", 3)
    assert got.traceparent is not None
    assert got.known
    assert got.schema is filing.CaseViewed
    assert got.data == data
    assert got.mode == data["mode"]


def test_the_extension_attributes_bear_the_agreed_names():
    sealed = seal(
        filing.CaseViewed,
        "c",
        {},
        id="e",
        time="t",
        sequence=1,
        source="/filing",
        correlation="a",
        causation="b",
        actor="c",
        org="d",
        region="e",
        traceparent="f",
    )
    extensions = {"sequence", "correlationid", "causationid", "actorid", "orgid", "regionid", "traceparent"}
    assert extensions <= set(sealed)
    assert sealed["specversion"] == "1.0"
    assert sealed["datacontenttype"] == "application/json"


def test_the_bytes_are_compact_and_chinese_stays_chinese():
    written = dumps({"a": "办结", "b": [1, 2]})
    assert written == '{"a":"办结","b":[1,2]}'.encode()


@pytest.mark.parametrize("name", TYPES)
def test_the_golden_example_is_valid_for_producer_and_consumer(name):
    declared, golden = TYPES[name], example(name)
    assert validate_data(declared, golden["data"]) == golden["data"]
    got = read(json.dumps(golden).encode())
    assert got.known
    assert got.data == golden["data"]
    assert got.source == ("/" + declared.owner if declared.channel == "events" else got.source)


@pytest.mark.parametrize("name", TYPES)
def test_an_unknown_field_passes_the_consumer_and_stops_the_producer(name):
    golden = example(name)
    later = golden["data"] | {"added_later": {"x": 1}}
    assert read(json.dumps(golden | {"data": later}).encode()).data == golden["data"]
    with pytest.raises(InvalidData, match="added_later"):
        validate_data(TYPES[name], later)


def test_an_unknown_field_deep_inside_passes_the_consumer():
    golden = example("filing.case.completed")
    golden["data"]["result"]["seal"] = "x"
    golden["data"]["material_refs"][0]["pages"] = 3
    got = read(json.dumps(golden).encode())
    assert "seal" not in got.data["result"]
    assert "pages" not in got.material_refs[0]


def test_a_new_word_of_a_list_passes_the_consumer_and_stops_the_producer():
    golden = example("feedback.letter.received")
    golden["data"]["kind"] = "praise"
    assert read(json.dumps(golden).encode()).kind == "praise"
    with pytest.raises(InvalidData, match="kind"):
        validate_data(feedback.LetterReceived, golden["data"])


def test_there_is_one_example_per_type_and_no_other():
    assert {path.stem for path in EXAMPLES.glob("*.json")} == set(TYPES)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b"\xff\xfe", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "not a JSON object"),
        (body(specversion="0.3"), "specversion"),
        (body(specversion=...), "missing specversion"),
        (body(id=...), "missing id"),
        (body(source=""), "missing source"),
        (body(type=...), "missing type"),
        (body(subject=...), "missing subject"),
        (body(time=...), "missing time"),
        (body(sequence=...), "missing sequence"),
        (body(sequence="7"), "sequence is not a whole number"),
        (body(id=5), "id is not a string"),
        (body(data=...), "data is not an object"),
        (body(data=[]), "data is not an object"),
        (body(dataschema=1), "dataschema"),
    ],
)
def test_a_broken_envelope_says_what_is_broken(broken, reason):
    with pytest.raises(BrokenEnvelope, match=reason):
        read(broken)


@pytest.mark.parametrize(
    "newer",
    [
        body(dataschema="contracts/filing.case.viewed/v2"),
        body(dataschema="https://example.org/filing.case.viewed/v3.json"),
        body(type="filing.case.viewed.v2"),
    ],
)
def test_a_later_major_version_is_too_new(newer):
    with pytest.raises(TooNew):
        read(newer)


def test_an_envelope_without_dataschema_is_read_as_the_version_known():
    assert read(body(dataschema=...)).known


def test_an_unknown_type_is_an_event_nobody_here_knows():
    got = read(body(type="parking.permit.granted", data={"plate_hash": "x"}))
    assert not got.known
    assert got.plate_hash == "x"


def test_data_that_break_the_contract_break_the_envelope():
    golden = example("filing.case.viewed")
    del golden["data"]["case_id"]
    got = read(json.dumps(golden).encode())
    with pytest.raises(BrokenEnvelope, match="case_id"):
        _ = got.data
    with pytest.raises(BrokenEnvelope, match="case_id"):
        _ = got.case_no


def test_an_absent_optional_field_reads_as_none_and_a_stranger_is_refused():
    golden = example("filing.case.viewed")
    golden["data"].pop("applicant_ref", None)
    got = read(json.dumps(golden).encode())
    assert got.applicant_ref is None
    with pytest.raises(AttributeError, match="no field 'colour'"):
        _ = got.colour


def test_dates_become_iso_strings_and_naive_times_are_refused():
    data = example("catalog.item.published")["data"] | {"effective_from": datetime.date(2026, 3, 2)}
    assert validate_data(catalog.ItemPublished, data)["effective_from"] == "2026-03-02"
    viewed = example("filing.case.viewed")["data"]
    aware = datetime.datetime(2026, 3, 2, 10, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
    assert validate_data(filing.CaseViewed, viewed | {"viewed_at": aware})["viewed_at"] == "2026-03-02T10:00:00+08:00"
    for wrong in (datetime.datetime(2026, 3, 2, 10), "2026-03-02 10:00", "2026-03-02T10:00:00"):  # noqa: DTZ001
        with pytest.raises(InvalidData, match="viewed_at"):
            validate_data(filing.CaseViewed, viewed | {"viewed_at": wrong})


def test_every_fault_of_the_data_is_named():
    data = example("filing.case.viewed")["data"] | {"mode": "quick", "waited_seconds": "7", "same_city": "yes"}
    with pytest.raises(InvalidData) as caught:
        validate_data(filing.CaseViewed, data)
    assert set(caught.value.errors) == {"mode", "waited_seconds", "same_city"}
    assert str(caught.value).startswith("filing.case.viewed: ")


@pytest.mark.rule("NOT-04")
@pytest.mark.parametrize(
    "params",
    [{"code": "482913"}, {"password": "x"}, {"tel": "13800000000"}, {"note": "call +8613912345678 please"}],
)
def test_a_message_command_carries_neither_code_nor_phone_number(params):
    with pytest.raises(InvalidData, match="params"):
        validate_data(SendSms, example("notifier.send_sms")["data"] | {"params": params})


@pytest.mark.rule("NOT-04")
def test_a_message_goes_to_a_reference_and_never_to_a_number():
    data = example("notifier.send_sms")["data"]
    for good in ("person:1", "legal:1", "staff:1", "sms-code:0199-1", "role:window_manager@TZJ092"):
        assert validate_data(SendSms, data | {"recipient": good})
    with pytest.raises(InvalidData, match="recipient"):
        validate_data(SendSms, data | {"recipient": "13800000000"})


def test_a_type_is_declared_once_and_for_real_services():
    with pytest.raises(TypeError, match="twice"):

        @event("filing.case.viewed", consumers=("supervision",))
        class Again(EventType):
            """A second one."""

    with pytest.raises(TypeError, match="no service"):

        @event("filing.case.sung", consumers=("choir",))
        class Sung(EventType):
            """For nobody."""


def test_sealing_and_opening_take_far_less_than_a_millisecond():
    data = example("filing.case.completed")["data"]
    sealed = seal(filing.CaseCompleted, "c", data, id="e", time="2026-03-02T10:00:00+08:00", sequence=1, source="/f")
    written = dumps(sealed)
    read(written).load()
    start = time.process_time()
    for _ in range(500):
        dumps(seal(filing.CaseCompleted, "c", data, id="e", time="t", sequence=1, source="/f"))
        read(written)
    assert (time.process_time() - start) / 500 < 0.001


WRONG: tuple = (None, "", 1, -1, 1.5, True, [], {}, "2026-02-30T", ["x"], [None], {"a": 1})


def mutations(data):
    """The data as they are, and with one thing wrong at a time; what is wrong takes turns from field to field."""
    yield data
    yield data | {"stranger": 1}
    for turn, name in enumerate(data):
        yield {key: value for key, value in data.items() if key != name}
        for step in range(3):
            yield data | {name: WRONG[(turn * 5 + step * 4) % len(WRONG)]}


@pytest.mark.parametrize("name", TYPES)
def test_the_short_cut_never_says_anything_but_marshmallow(name):
    data = example(name)["data"]
    for read_it, schema in ((validate_data, strict(TYPES[name])), (read_data, tolerant(TYPES[name]))):
        for mutated in mutations(data):
            try:
                expected = schema.load(mutated)
            except ValidationError:
                with pytest.raises(InvalidData):
                    read_it(TYPES[name], mutated)
            else:
                assert read_it(TYPES[name], mutated) == expected


@pytest.mark.parametrize("name", TYPES)
def test_data_in_order_take_the_short_cut(name):
    data = example(name)["data"]
    assert compiled(strict(TYPES[name]))(data) == data
    assert compiled(tolerant(TYPES[name]))(data) == data
