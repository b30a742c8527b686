"""Operators reword the messages; what is sent says in which version, and nothing unfit gets through."""

import json
from pathlib import Path
from typing import Any

import pytest

from chassis import clock
from contracts.events import filing
from services.notifier import options, templates, texts, wordings
from services.notifier.models import InboxMessage, Message, Wording
from services.notifier.templates import ALL, find, load
from tests.notifier.conftest import API, CITIZEN, Carrier, Office
from tests.support import staff

ADMIN = staff("system_admin", "*")
CODE = "filing.accepted"
NEW = {
    "title_zh": "受理通知",
    "title_en": "Accepted",
    "zh": "“{item}”（{case_no}）已受理，{due}前办结，请留意后续通知。",
    "en": "{item} ({case_no}) is accepted and will be decided by {due}.",
}


def draft(office: Office, code: str = CODE, **changes: Any) -> Any:
    return office.bench.client(ADMIN).post(f"{API}/templates/{code}/versions", json=NEW | changes)


def publish(office: Office, number: int) -> Any:
    return office.bench.client(ADMIN).post(f"{API}/templates/{CODE}/versions/{number}/publication")


@pytest.mark.rule("NOT-03")
def test_every_delivered_wording_passes_the_check_of_new_ones() -> None:
    words = {one.code: {name: getattr(one, name) for name in wordings.WORDS} for one in ALL}
    assert {one.code: found for one in ALL if (found := wordings.faults(one, words[one.code]))} == {}
    assert len(words) == len(ALL) > 70


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ({"a.json": {"x": {"title": ["一", "one"], "zh": "字", "en": "w", "sound": True}}}, "a.json: x: .*sound"),
        (
            {f"{n}.json": {"x": {"title": ["一", "one"], "zh": "字", "en": "w"}} for n in "ab"},
            "b.json: x is there twice",
        ),
    ],
)
def test_a_broken_file_stops_the_start(tmp_path: Path, content: dict[str, Any], complaint: str) -> None:
    for name, entries in content.items():
        (tmp_path / name).write_text(json.dumps(entries))
    with pytest.raises(ValueError, match=complaint):
        load(tmp_path)


@pytest.mark.rule("NOT-03")
def test_a_draft_is_not_sent_and_a_published_wording_is(office: Office, sms_carrier: Carrier) -> None:
    assert draft(office).status_code == 201
    office.knows(CITIZEN, 71)
    office.deliver(filing.CaseAccepted, subject_ref=CITIZEN, applicant_ref=None)
    assert publish(office, 2).get_json()["published_by"] == ADMIN.ref
    office.deliver(filing.CaseAccepted, subject_ref=CITIZEN, applicant_ref=None)
    office.run()
    rows = list(Message.select().where(Message.recipient_ref == CITIZEN).order_by(Message.id))
    assert [row.wording for row in rows] == [1, 2]
    sent = {one["out_id"]: one["text"] for one in sms_carrier.get("/messages")["items"]}
    assert "回执" in sent[rows[0].id]
    assert sent[rows[1].id].endswith("请留意后续通知。")
    inbox = InboxMessage.select().where(InboxMessage.recipient_ref == CITIZEN).order_by(InboxMessage.id)
    assert [(one.wording, one.title_zh) for one in inbox] == [(1, "已受理"), (2, "受理通知")]
    listed = office.bench.client(ADMIN).get(f"{API}/templates").get_json()["items"]
    (mine,) = [one for one in listed if one["code"] == CODE]
    assert (mine["number"], mine["mandatory"], mine["zh"]) == (2, True, NEW["zh"])
    versions = office.bench.client(ADMIN).get(f"{API}/templates/{CODE}/versions").get_json()["items"]
    assert [(one["number"], one["state"]) for one in versions] == [(2, "published"), (1, "published")]


@pytest.mark.rule("NOT-03")
def test_a_message_written_before_keeps_its_words(office: Office, sms_carrier: Carrier) -> None:
    office.knows(CITIZEN, 72)
    office.deliver(filing.CaseAccepted, subject_ref=CITIZEN, applicant_ref=None)
    draft(office)
    publish(office, 2)
    office.run()
    row = Message.get(Message.recipient_ref == CITIZEN)
    (sent,) = [one for one in sms_carrier.get("/messages")["items"] if one["out_id"] == row.id]
    assert "回执" in sent["text"]


@pytest.mark.rule("NOT-03")
def test_an_older_draft_does_not_replace_a_newer_wording(office: Office) -> None:
    draft(office)
    draft(office, title_zh="新受理通知")
    assert publish(office, 3).status_code == 200
    assert publish(office, 3).status_code == 200
    refused = publish(office, 2)
    assert (refused.status_code, refused.get_json()["type"]) == (409, "/problems/notifier.wording-outdated")
    assert find(CODE).title_zh == "新受理通知"
    assert publish(office, 9).status_code == 404
    assert draft(office, "filing.nothing").status_code == 404


@pytest.mark.rule("NOT-03")
@pytest.mark.rule("NOT-04")
@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("zh", "办件{case_no}请联系{mobile}"),
        ("en", "case {case_no!r} of {item}"),
        ("zh", "办件{case_no.__class__}已受理"),
        ("zh", "办件{}已受理了"),
        ("zh", "办件{case_no已受理"),
        ("zh", "请登录 http://evil.example/x 查看"),
        ("zh", "请登录 evil-hall.cn 查看"),
        ("zh", "请致电13900000000查询"),
        ("zh", "【某某】办件{case_no}已受理"),
        ("zh", "办件{case_no}\n已受理"),
        ("zh", "办件\u202e{case_no}已受理"),
        ("title_zh", "{case_no}"),
        ("zh", "{item}" + "长" * 200),
    ],
)
def test_an_unfit_wording_is_refused_and_kept_nowhere(office: Office, field: str, text: str) -> None:
    answer = draft(office, **{field: text})
    assert (answer.status_code, answer.get_json()["rule"]) == (422, "NOT-03")
    assert list(answer.get_json()["fields"]) == [field]
    assert Wording.select().count() == 0
    looked = office.bench.client(ADMIN).post(f"{API}/templates/{CODE}/preview", json={"words": NEW | {field: text}})
    assert looked.status_code == 422


@pytest.mark.rule("NOT-03")
def test_a_preview_counts_the_parts_of_the_longest_message(office: Office) -> None:
    client = office.bench.client(staff("service_office", "H120000"))
    body = {"words": NEW | {"zh": "办件{case_no}已受理。"}, "params": {"case_no": "20260302100000000001"}}
    shown = client.post(f"{API}/templates/{CODE}/preview", json=body).get_json()
    text = f"{options.current.sign}办件20260302100000000001已受理。"
    assert (shown["sms"], shown["length"], shown["parts"]) == (text, len(text), 1)
    long = client.post(f"{API}/templates/{CODE}/preview", json={}).get_json()
    assert (long["parts"], long["length"]) == (texts.parts(long["sms"]), len(long["sms"]))
    assert long["parts"] == 2
    assert client.post(f"{API}/templates/identity.welcome/preview", json={}).get_json()["sms"] is None


def test_another_process_learns_of_a_new_wording_within_a_second(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find(CODE).number == 1
    Wording.create(code=CODE, number=2, state="published", drafted_by="staff:other", **NEW)
    later = clock.monotonic() + templates.FRESH_SECONDS
    monkeypatch.setattr(clock, "monotonic", lambda: later)
    assert (find(CODE).number, find(CODE, 1).number) == (2, 1)
