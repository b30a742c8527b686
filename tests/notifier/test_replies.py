"""Answers by SMS: brought by the carrier in its own words, told as one word, and a booking is cancelled (BOO-09)."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chassis import clock
from chassis.clock import clock_at
from contracts.events import booking, feedback
from contracts.events import notifier as events
from services.booking.service import service as booking_service
from services.notifier import replies, sending, signatures
from services.notifier.models import Message, SmsReply
from tests.booking.conftest import book, stock
from tests.booking.test_replies import states
from tests.notifier.conftest import API, CITIZEN, SECRET, Carrier, Office, signed
from tests.notifier.test_receipts import served as served
from tests.support import bench, person, staff

ADMIN = staff("system_admin", "TZJ077")
NUMBER, MOBILE = 7200, "13900007200"


def send(office: Office, event_type: Any = booking.BookingReminded, *, ago: int = 0, **changes: Any) -> None:
    """Let a message go out, so many minutes ago."""
    office.knows(CITIZEN, NUMBER)
    known = {row.id for row in Message.select()}
    office.deliver(event_type, subject_ref=CITIZEN, **changes)
    sending.send_waiting()
    fresh = Message.id.not_in(list(known))
    assert Message.update(called_at=clock.wall() - timedelta(minutes=ago)).where(fresh).execute() == 1


def say(office: Office, text: str, number: str = "1", mobile: str = MOBILE) -> bool:
    """An answer of a plain carrier; whether it answers something."""
    raw = json.dumps({"mobile": mobile, "text": text, "id": number}).encode()
    answer = office.bench.client().post(f"{API}/sms-replies", data=raw, headers=signed(raw))
    assert answer.status_code == 200
    return bool(answer.get_json()["known"])


def told(office: Office) -> list[tuple[str, str | None]]:
    """What the events say, and about what."""
    return [(event.reply, event.data.get("reference")) for event in office.bench.emitted(events.SmsReplied)]


@pytest.mark.rule("BOO-09")
@pytest.mark.parametrize("dialect", ["plain", "aliyun", "tencent"])
def test_an_answer_in_each_carriers_words_cancels_the_booking(
    office: Office, served: str, tmp_path: Path, dialect: str
) -> None:
    path = "sms-replies" if dialect == "plain" else f"{dialect}-replies/sms/{signatures.address(SECRET, 'sms')}"
    citizen = person()
    (tmp_path / "booking").mkdir()
    with (
        Carrier("sms", tmp_path, YWT_SMS_REPLY_URL=f"{served}/{path}", YWT_CALLBACK_SECRET=SECRET) as carrier,
        clock_at("2026-09-29 10:00"),
        bench(booking_service, tmp_path / "booking") as desk,
    ):
        number = book(stock(desk), citizen, day="2026-10-08").get_json()["booking_no"]
        made = desk.emitted(booking.BookingCreated)
        office.carriers(sms=carrier.url)
        office.bench.database.activate()
        office.knows(citizen.ref, NUMBER)
        office.bench.redeliver(*made)
        sending.send_waiting()
        said = {"mobile": MOBILE, "text": "取消。", "dialect": dialect, "id": "77"}
        assert [carrier.post("/reply", said) for _ in range(2)] == [200, 200]
        [answered] = office.bench.emitted(events.SmsReplied)
        assert (answered.reply, answered.reference, answered.correlation) == ("cancel", number, number)
        assert answered.recipient_ref == citizen.ref and "取消" not in str(answered.data)
        desk.database.activate()
        desk.redeliver(answered)
        assert states(desk, citizen) == ["cancelled"]
        office.bench.database.activate()


@pytest.mark.rule("BOO-09")
@pytest.mark.parametrize("text", ["取消", " “取消” ", "取消预约!", "TD", "td", "T D", "退订"])
def test_these_words_cancel(office: Office, text: str) -> None:
    send(office, booking_no="Y1")
    assert say(office, text)
    assert told(office) == [("cancel", "Y1")]


@pytest.mark.rule("BOO-09")
@pytest.mark.parametrize("text", ["不要取消", "好的", "", "取消吗", "T1"])
def test_other_words_do_not(office: Office, text: str) -> None:
    send(office, booking_no="Y1")
    assert say(office, text)
    assert told(office) == [("other", "Y1")]


@pytest.mark.rule("BOO-09")
def test_who_unsubscribes_from_something_else_keeps_the_booking_and_who_cancels_does_not(office: Office) -> None:
    send(office, booking_no="Y1", ago=60)
    send(office, feedback.RatingReplied)
    assert say(office, "TD", "1") and say(office, "取消", "2")
    assert [word for word, _ in told(office)] == ["other", "cancel"]
    assert told(office)[1] == ("cancel", "Y1")


@pytest.mark.rule("BOO-09")
def test_which_of_two_messages_of_the_same_morning_is_meant_nobody_can_say(office: Office) -> None:
    send(office, booking_no="Y1", ago=5)
    send(office, booking_no="Y2")
    say(office, "取消", "1")
    Message.update(called_at=clock.wall() - timedelta(hours=1)).where(
        Message.called_at < clock.wall() - timedelta(minutes=2)
    ).execute()
    say(office, "取消", "2")
    assert told(office) == [("cancel", None), ("cancel", "Y2")]


@pytest.mark.rule("BOO-09")
def test_an_answer_to_no_message_is_kept_for_the_operators_and_forgotten_in_time(office: Office) -> None:
    send(office, booking_no="Y1", ago=8 * 24 * 60)
    said = "取消 身份证120101199001011237"
    assert [say(office, said, mobile, mobile) for mobile in (MOBILE, "13900000001")] == [False, False]
    assert say(office, said, MOBILE) is False  # once more
    assert told(office) == []
    items = office.bench.client(ADMIN).get(f"{API}/sms-replies/unknown").get_json()["items"]
    assert {(row["carrier"], row["mobile"]) for row in items} == {("plain", "139****7200"), ("plain", "139****0001")}
    assert all("取消" in row["text"] and "19900101" not in row["text"] for row in items)
    stored = office.bench.database.proxy.execute_sql("SELECT text, mobile FROM notifier_sms_reply").fetchall()
    assert not [row for row in stored if "取消" in row[0] or "139" in row[1][:3]]
    assert replies.forget() == 0
    with clock_at(clock.now() + timedelta(days=31)):
        assert replies.forget() == 2
    assert {(row.text, row.mobile) for row in SmsReply.select()} == {(None, None)}


@pytest.mark.rule("BOO-09")
def test_an_answer_must_be_signed_or_come_to_the_address(office: Office) -> None:
    client, wrong = office.bench.client(), signatures.address(SECRET, "b")
    for path, body in (
        ("sms-replies", {"mobile": MOBILE, "text": "取消"}),
        (f"aliyun-replies/a/{wrong}", [{"phone_number": MOBILE, "content": "取消"}]),
        (f"tencent-replies/a/{wrong}", {"mobile": MOBILE, "text": "取消", "time": 1457336869}),
    ):
        assert client.post(f"{API}/{path}", json=body).status_code == 401
    assert SmsReply.select().count() == 0
