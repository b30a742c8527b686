"""Hostile words in every field of every event: nothing of them acts, leads away or names a number of somebody."""

import dataclasses
import json
import re
import time
from typing import Any

import pytest
from marshmallow import ValidationError

from chassis import observability
from chassis.db import current
from contracts import envelope
from contracts.commands import notifier as commands
from services.notifier import options, texts
from services.notifier.models import InboxMessage, Message, Task
from services.notifier.notices import TABLE, Silent
from services.notifier.templates import ALL
from tests.notifier.conftest import CLERK, Carrier, Office, golden

ID_NO, PHONE = "120101199001010015", "13900000123"
EVIL = f"{ID_NO}，{PHONE} \x07\r\n看 https://evil.example/a 和 evil-hall.com\u202e\x00{{code}}"

MADE_HERE = ("_id", "_ref", "_org", "_no", "org_code")  # never typed by anybody
TELLING = [t for t, decided in TABLE.items() if not isinstance(decided, Silent)]
_bad = re.compile(rf"{ID_NO}|{PHONE}|evil|https?:|[\x00-\x08\x0b-\x1f\u202e]")


def hostile(office: Office, event_type: type[Any]) -> Any:
    """The golden event with everything evil that its schema lets through."""
    data = golden(event_type).data
    for place in list(_places(data)):
        keep = place[0][place[1]]
        place[0][place[1]] = f"{keep} {EVIL}"
        try:
            assert office.event(event_type, **data).data
        except (ValidationError, envelope.BrokenEnvelope):
            place[0][place[1]] = keep
    return office.event(event_type, **data)


def _places(value: Any) -> Any:
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in entries:
        if isinstance(inner, dict | list):
            yield from _places(inner)
        elif isinstance(inner, str) and not str(key).endswith(MADE_HERE):
            yield value, key


@pytest.mark.rule("NOT-03")
@pytest.mark.rule("NOT-04")
def test_no_message_task_event_or_log_line_names_a_number_or_leads_away(
    office: Office, sms_carrier: Carrier, capfd: pytest.CaptureFixture[str]
) -> None:
    observability.configure(dataclasses.replace(office.bench.settings, log_level="debug"))
    spoilt = 0
    for event_type in TELLING:
        event = hostile(office, event_type)
        spoilt += "evil" in json.dumps(event.data)
        office.bench.redeliver(event)
    ordered = dict.fromkeys(("order", "order_no", "content", "due"), EVIL.replace(PHONE, ""))  # a phone is refused
    office.order(key="order", template="supervision.order", params=ordered)
    office.order(key="unknown", template="no.such", params=ordered)
    office.knows(CLERK, 10_000_000)
    for number, row in enumerate(Message.select()):
        office.knows(row.recipient_ref, 20_000_000 + number)
        if row.recipient_ref.startswith("role:"):
            office.members[row.recipient_ref] = [CLERK]
    office.run(turns=10)
    written = [*Message.select().dicts(), *InboxMessage.select().dicts(), *Task.select().dicts()]
    outbox = current().table("outbox")
    said = [
        *(_plain(row) for row in written),
        *(row.body for row in outbox.select()),
        *(line for line in capfd.readouterr().out.splitlines()),
    ]
    assert spoilt > 60
    assert len(written) > 150
    assert [text for text in said if _leaks(text)] == []
    sent = [one["text"] for one in sms_carrier.get("/messages?limit=1000")["items"]]
    assert len(sent) > 50
    assert [text for text in sent if _bad.search(text) or texts.parts(text) > texts.MOST_PARTS] == []
    observability.configure(office.bench.settings)


def _plain(row: dict[str, Any]) -> str:
    # Identifiers of ours are neither read aloud nor sent; what was refused by its template is kept as it was named.
    kept = {
        name: value for name, value in row.items() if name in {"params", "zh", "en", "title_zh", "title_en", "error"}
    }
    return json.dumps(kept, ensure_ascii=False)


def _leaks(text: str) -> bool:
    return bool(_bad.search(text.replace("/problems/", "").replace("\\u0000", "\0")))


@pytest.mark.rule("NOT-04")
@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("看 https://hall.example/x", "看 https://hall.example/x"),
        ("看 hall.example/x", "看 hall.example/x"),
        ("看 https://hall.example:443@evil.com/x", "看"),
        ("看 https://hall.example@evil.com", "看"),
        ("看 https://hall.example.evil.com", "看"),
        ("看 javascript://hall.example/%0aalert(1)", "看"),
        ("看 ht\u200btp://evil.com/", "看"),
        ("看evil.top。好", "看。好"),
        ("看1http://evil.example/x", "看"),
        ("看@evil.com", "看@"),
        ("编号１３９００００００００", "编号139****0000"),
        ("第1.2条", "第1.2条"),
        ("一\r\n二\x00三", "一 二 三"),
    ],
)
def test_only_the_official_host_and_no_hidden_character_stays(
    monkeypatch: pytest.MonkeyPatch, said: str, kept: str
) -> None:
    monkeypatch.setattr(options, "current", dataclasses.replace(options.current, official_host="hall.example"))
    assert texts.clean(said) == kept


@pytest.mark.rule("NOT-03")
def test_no_parameter_however_long_makes_a_message_longer_than_three_parts(office: Office) -> None:
    for template in ALL:
        text, parts = texts.sms(template, dict.fromkeys(template.names, "长" * 5000))
        assert parts <= (2 if template.elastic else texts.MOST_PARTS), template.code
        assert len(options.current.sign + text) <= texts.capacity(parts)


@pytest.mark.rule("NOT-04")
def test_a_command_that_carries_a_code_or_a_number_is_no_command() -> None:
    for params in ({"code": "482913"}, {"id_no": "x"}, {"reason": f"电话{PHONE}"}):
        with pytest.raises(ValidationError):
            commands.no_secrets(params)


@pytest.mark.parametrize("said", ["a" * 50_000, "a." * 25_000, "http" * 12_500, "1" * 50_000, "a://" * 12_500])
def test_a_very_long_text_is_cleaned_in_a_moment(said: str) -> None:
    began = time.process_time()
    texts.clean(said)
    assert time.process_time() - began < 2
