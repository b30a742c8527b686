"""What becomes of a message: told by call-back in each carrier's words, or asked for; nothing that is told is lost."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server

from chassis import clock
from contracts.events import filing
from contracts.events import notifier as events
from services.notifier import callbacks, receipts, sending, signatures
from services.notifier.models import InboxMessage, Message, StrayReceipt, Task, database
from tests.harness.processes import eventually, free_port
from tests.notifier.conftest import (
    API,
    CITIZEN,
    KEY,
    KEY_ID,
    LEADER,
    SECRET,
    Carrier,
    Office,
    account,
    signed,
    use,
)
from tests.support import person, staff

ADMIN = staff("system_admin", "TZJ077")
Pair = tuple[Carrier, Carrier]


def at_address(office: Office, carrier: str, *entries: dict[str, Any], signature: str | None = None) -> Any:
    """Receipts that come to a carrier's address."""
    right = signatures.address(SECRET, carrier)
    return office.bench.client().post(f"{API}/sms-receipts/{carrier}/{signature or right}", json=list(entries))


def of_aliyun(**changes: Any) -> dict[str, Any]:
    """A receipt as Aliyun's document shows it."""
    return {
        "phone_number": "1381111****", "send_time": "2026-03-02 10:00:00", "report_time": "2026-03-02 10:00:07",
        "success": True, "err_code": "DELIVERED", "err_msg": "用户接收成功", "sms_size": "1", "biz_id": "900^1",
    } | changes  # fmt: skip


def of_tencent(**changes: Any) -> dict[str, Any]:
    """A receipt as Tencent's document shows it."""
    return {
        "user_receive_time": "2026-03-02 10:00:07", "nationcode": "86", "mobile": "138xxxxxxxx",
        "report_status": "SUCCESS", "errmsg": "DELIVRD", "description": "delivered", "sid": "5000:1",
    } | changes  # fmt: skip


def sent(office: Office, number: int, key: str = "key-1") -> Any:
    """A message that the carrier has taken."""
    office.knows(CITIZEN, number)
    office.order(key=key)
    office.run(1)
    row = Message.get(Message.dedupe_key == key)
    assert row.state == "accepted"
    return row


@pytest.fixture
def served(office: Office) -> Iterator[str]:
    """The notifier listens; the address of its API."""
    port = free_port()
    server = make_server("127.0.0.1", port, office.bench.app, threaded=True)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{port}{API}"
    server.shutdown()
    thread.join()


@pytest.mark.rule("NOT-08")
@pytest.mark.parametrize("dialect", ["aliyun", "tencent"])
def test_receipts_in_the_carriers_words_arrive_at_its_address(
    office: Office, served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dialect: str
) -> None:
    push = f"{served}/sms-receipts/{dialect}/{signatures.address(SECRET, dialect)}"
    with Carrier("sms", tmp_path, YWT_SMS_PUSH_URL=push, YWT_SMS_KEY_ID=KEY_ID, YWT_SMS_KEY_SECRET=KEY) as carrier:
        carrier.faults(push_delay_ms=300, miss_next=1)
        use(monkeypatch, account(carrier, dialect))
        refs = [f"person:r-{number}" for number in range(2)]
        for number, ref in enumerate(refs):
            office.knows(ref, 7000 + number)
            office.order(ref, f"key-{number}")
            office.run(1)
        eventually(lambda: sorted(office.states()) == ["delivered", "undelivered"])
    assert [e.recipient_ref for e in office.bench.emitted(events.SmsDelivered)] == refs[1:]
    assert [(e.recipient_ref, e.reason) for e in office.bench.emitted(events.SmsFailed)] == [(refs[0], "undelivered")]
    assert [row.mobile for row in Message.select()] == [None, None]  # nobody will be asked about them any more


@pytest.mark.rule("NOT-08")
def test_the_words_of_both_carriers_are_understood(office: Office, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, account(pair[0], "aliyun"))
    row = sent(office, 7010)
    answer = at_address(office, "aliyun", of_aliyun(out_id=row.id))
    assert (answer.status_code, answer.get_json()["code"]) == (200, 0)
    assert office.states() == ["delivered"]
    assert Message.get().delivered_at == clock.parse("2026-03-02T10:00:07+08:00")
    use(monkeypatch, account(pair[0], "tencent"))
    other = sent(office, 7011, "key-2")
    assert at_address(office, "tencent", of_tencent(sid=other.provider_ref)).get_json()["result"] == 0
    assert office.states() == ["delivered", "delivered"]
    assert at_address(office, "aliyun", of_aliyun(biz_id="")).status_code == 422


@pytest.mark.rule("NOT-08", "NOT-05")
def test_receipts_that_come_together_are_taken_together(
    office: Office, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, account(pair[0], "aliyun"))
    rows = [sent(office, 7030 + number, f"key-{number}") for number in range(6)]
    told = [of_aliyun(out_id=row.id, biz_id=row.provider_ref, success=row is not rows[0]) for row in rows]
    written: list[str] = []
    execute = database.proxy.obj.execute_sql

    def count(sql: str, *args: Any, **options: Any) -> Any:
        written.extend([sql] if "notifier_message" in sql else [])
        return execute(sql, *args, **options)

    with monkeypatch.context() as patched:
        patched.setattr(database.proxy.obj, "execute_sql", count)
        answer = at_address(office, "aliyun", *told, told[3], of_aliyun(out_id="", biz_id="strange"))
    assert answer.status_code == 200
    assert len(written) <= 4, written  # however many: one lock, one change, and what the undelivered one costs
    assert {row.id: row.state for row in Message.select()} == {
        row.id: "undelivered" if row is rows[0] else "delivered" for row in rows
    }
    delivered = [event.message_id for event in office.bench.emitted(events.SmsDelivered)]
    assert sorted(delivered) == sorted(row.id for row in rows[1:])
    assert [row.biz_id for row in StrayReceipt.select()] == ["strange"]


@pytest.mark.rule("NOT-08")
def test_an_address_is_good_for_its_carrier_only(office: Office) -> None:
    entry = of_aliyun(out_id="x")
    assert at_address(office, "aliyun", entry, signature=signatures.address(SECRET, "tencent")).status_code == 401
    assert at_address(office, "aliyun", entry, signature="0" * 64).status_code == 401
    assert at_address(office, "aliyun", entry).status_code == 200
    with office.bench.app.test_request_context():
        assert callbacks.path("aliyun") == f"/sms-receipts/aliyun/{signatures.address(SECRET, 'aliyun')}"


@pytest.mark.parametrize("header", ["X-Callback-Timestamp", "X-Callback-Signature"])
@pytest.mark.parametrize("path", ["sms-receipts", "courier-tracks"])
def test_a_signature_of_thousands_of_digits_is_no_signature(office: Office, path: str, header: str) -> None:
    answer = office.bench.client().post(f"{API}/{path}", data=b"{}", headers=signed(b"{}") | {header: "1" * 5000})
    assert answer.status_code == 401


@pytest.mark.rule("NOT-08")
def test_a_receipt_for_an_unknown_message_is_kept_for_the_operators(office: Office) -> None:
    raw = json.dumps({"out_id": "not-ours", "biz_id": "b-7", "status": "delivered"}).encode()
    answers = [office.bench.client().post(f"{API}/sms-receipts", data=raw, headers=signed(raw)) for _ in range(2)]
    assert [answer.get_json() for answer in answers] == [{"known": False}] * 2
    at_address(office, "tencent", of_tencent(sid="5000:9", report_status="FAIL", errmsg="UNDELIV"))
    path = f"{API}/sms-receipts/unknown"
    items = office.bench.client(ADMIN).get(path).get_json()["items"]
    told = {(one["carrier"], one["out_id"], one["biz_id"], one["delivered"], one["code"]) for one in items}
    assert told == {("plain", "not-ours", "b-7", True, "delivered"), ("tencent", "", "5000:9", False, "UNDELIV")}
    assert "138" not in json.dumps(items)
    assert office.bench.client(person(CITIZEN)).get(path).status_code == 403
    assert receipts.match_strays() == 0


@pytest.mark.rule("NOT-08", "NOT-05")
def test_a_receipt_that_overtakes_the_answer_and_names_only_the_carriers_number_is_matched_later(
    office: Office, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, account(pair[0], "tencent"))
    row = sent(office, 7020)
    Message.update(provider_ref=None, state="sending").execute()  # the answer is still on its way
    at_address(office, "tencent", of_tencent(sid=row.provider_ref))
    assert StrayReceipt.select().count() == 1
    Message.update(provider_ref=row.provider_ref, state="accepted").execute()
    assert (receipts.match_strays(), office.states()) == (1, ["delivered"])
    admin = office.bench.client(ADMIN)
    assert admin.get(f"{API}/sms-receipts/unknown").get_json()["items"] == []
    assert len(admin.get(f"{API}/sms-receipts/unknown?matched=true").get_json()["items"]) == 1
    assert receipts.match_strays() == 0


# --- asked for ----------------------------------------------------------------------------------------------------


def due(minutes: float = 5) -> None:
    """Let it be that long since the call."""
    Message.update(called_at=clock.wall() - timedelta(minutes=minutes), retry_at=clock.wall()).execute()


@pytest.mark.rule("NOT-08")
@pytest.mark.parametrize("dialect", ["aliyun", "tencent", "plain"])
def test_a_lost_receipt_is_asked_for(office: Office, pair: Pair, monkeypatch: pytest.MonkeyPatch, dialect: str) -> None:
    use(monkeypatch, account(pair[0], dialect))
    pair[0].faults(miss_next=1)
    sent(office, 7030)
    sent(office, 7031, "key-2")
    assert receipts.poll_waiting() == 0
    due()
    assert (receipts.poll_waiting(), office.states()) == (2, ["undelivered", "delivered"])
    assert receipts.poll_waiting() == 0


@pytest.mark.rule("NOT-08")
def test_a_late_receipt_is_asked_for_ever_more_seldom_and_not_for_ever(
    office: Office, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, account(pair[0], "aliyun"))
    pair[0].faults(push_delay_ms=10_000_000)
    sent(office, 7040)
    pauses = []
    for minutes in (5, 30, 600):
        due(minutes)
        assert receipts.poll_waiting() == 1
        pauses.append(round((Message.get().retry_at - clock.wall()).total_seconds() / 60))
    assert (pauses, office.states()) == ([5, 30, 600], ["accepted"])
    due(73 * 60)
    assert receipts.poll_waiting() == 0
    row = Message.get()
    assert (row.state, row.retry_at, row.mobile) == ("accepted", None, None)


def test_a_carrier_that_cannot_be_asked_is_asked_again(
    office: Office, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, account(pair[0], "aliyun"))
    sent(office, 7050)
    due()
    use(monkeypatch, account(pair[0], "aliyun", "another"))  # the account is gone
    assert (receipts.poll_waiting(), office.states()) == (1, ["accepted"])
    use(monkeypatch, account(pair[0], "aliyun"))
    due()
    assert (receipts.poll_waiting(), office.states()) == (1, ["delivered"])


def test_numbers_of_failed_messages_are_forgotten_after_a_month(office: Office, sms_carrier: Carrier) -> None:
    office.knows(CITIZEN, 7060)
    sms_carrier.faults(refuse_next=1)
    office.order()
    office.run(1)
    assert (receipts.forget(), Message.get().mobile) == (0, "13900007060")
    due(31 * 24 * 60)
    assert (receipts.forget(), Message.get().mobile) == (1, None)


# --- the next channel ---------------------------------------------------------------------------------------------


@pytest.mark.rule("NOT-08")
def test_an_escalation_that_did_not_arrive_takes_the_next_channel_at_once(office: Office, sms_carrier: Carrier) -> None:
    office.knows(LEADER, 7070)
    office.deliver(filing.CaseViewWarned, leader_ref=LEADER)
    office.run(1)
    raw = json.dumps({"out_id": Message.get().id, "status": "undelivered"}).encode()
    office.bench.client().post(f"{API}/sms-receipts", data=raw, headers=signed(raw))
    assert [task.kind for task in Task.select()] == ["escalation_unconfirmed"]
    assert InboxMessage.get().important
    assert office.bench.sweep("2026-03-02 10:10") == 0  # the ten minutes have nothing more to say


@pytest.mark.rule("NOT-08")
def test_an_escalation_that_is_refused_takes_the_next_channel_at_once(office: Office, sms_carrier: Carrier) -> None:
    office.knows(LEADER, 7071)
    sms_carrier.faults(reject_next=1)
    office.deliver(filing.CaseViewWarned, leader_ref=LEADER)
    sending.send_waiting()
    assert office.states() == ["failed"]
    assert [task.kind for task in Task.select()] == ["escalation_unconfirmed"]
    assert InboxMessage.get().important
