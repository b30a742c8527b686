"""Once on the phone: under duplicates, time-outs, refusals, crashes, nights, and receipts in any order."""

import dataclasses
import json
import time
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server

from chassis import clock
from chassis.clock import clock_at
from contracts.events import filing
from contracts.events import notifier as events
from services.notifier import carriers, messages, options, sending
from services.notifier.messages import CODES, URGENT
from services.notifier.models import InboxMessage, Message, Task, database
from services.notifier.service import service
from tests.harness.processes import eventually, free_port
from tests.notifier.conftest import API, CARRIER, CITIZEN, CLERK, LEADER, SECRET, Carrier, Office, impatient, signed, to
from tests.support import at_once, bench, person, staff

ADMIN = staff("system_admin", "TZJ077")


def lapse() -> None:
    """Let every lease run out, as when the process was killed."""
    Message.update(lease_until=clock.wall() - timedelta(seconds=1)).where(Message.state == "sending").execute()


@pytest.mark.rule("NOT-05")
@pytest.mark.rule("T38")
def test_a_message_goes_out_once_and_reports_that_it_was_taken(office: Office, sms_carrier: Carrier) -> None:
    mobile = office.knows(CITIZEN, 1)
    event = office.order()
    office.bench.redeliver(event)
    office.order()  # another command with the same key
    office.run()
    taken = to(sms_carrier, mobile)
    assert [one["text"][:8] for one in taken] == ["【天津政务服务】"]
    row = Message.get()
    assert (row.state, row.id, row.provider_ref) == ("accepted", taken[0]["out_id"], taken[0]["biz_id"])
    assert row.mobile_masked == "139****0001"
    sent = office.bench.emitted(events.SmsSent)
    assert [(e.message_id, e.cause_event, e.attempts) for e in sent] == [(row.id, event.id, 1)]
    assert mobile not in str([e.data for e in sent])


@pytest.mark.rule("NOT-05")
def test_a_time_out_is_looked_into_and_nothing_is_sent_twice(office: Office, sms_carrier: Carrier) -> None:
    mobile = office.knows(CITIZEN, 2)
    office.order()
    sms_carrier.faults(hang_next=1, hang_seconds=1)
    with impatient():
        sending.send_waiting()
    assert office.states() == ["unknown"]
    office.run()
    assert office.states() == ["delivered"]  # the carrier tells how it ended, too
    assert len(to(sms_carrier, mobile)) == 1
    assert len(office.bench.emitted(events.SmsSent)) == 1


@pytest.mark.rule("NOT-05")
def test_absence_is_believed_only_after_the_whole_pause(
    office: Office, sms_carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.knows(CITIZEN, 3)
    office.order()
    sms_carrier.faults(fail_next=1)
    monkeypatch.setattr(options, "current", dataclasses.replace(options.current, retry_seconds=(60, 300, 1800)))
    sending.send_waiting()
    Message.update(retry_at=clock.wall()).execute()
    office.run()
    row = Message.get()
    assert (row.state, row.attempts) == ("unknown", 1)
    assert row.retry_at - row.called_at == timedelta(seconds=60)


@pytest.mark.rule("NOT-05")
@pytest.mark.parametrize("number", [4, 5])
def test_a_crash_around_the_call_never_doubles_the_message(
    office: Office, sms_carrier: Carrier, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    mobile = office.knows(CITIZEN, number)
    office.order()
    with monkeypatch.context() as patched:
        if number == 4:  # killed between the call and the record
            patched.setattr(messages, "accept", _killed)
        else:  # killed between the mark and the call
            patched.setattr(carriers, "get", lambda name: _Killed())
        with pytest.raises(SystemExit):
            sending.send_waiting()
    assert office.states() == ["sending"]
    office.run()
    assert len(to(sms_carrier, mobile)) == (1 if number == 4 else 0)  # the lease still runs
    lapse()
    office.run()
    assert office.states() in (["accepted"], ["delivered"])  # however far the carrier is when it is asked
    assert len(to(sms_carrier, mobile)) == 1


def test_a_crash_before_the_mark_is_simply_sent_again(
    office: Office, sms_carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    mobile = office.knows(CITIZEN, 6)
    office.order()
    with monkeypatch.context() as patched:
        patched.setattr(sending, "_prepare", _killed)
        with pytest.raises(SystemExit):
            sending.send_waiting()
    lapse()
    office.run()
    assert (office.states(), len(to(sms_carrier, mobile))) == (["accepted"], 1)


@pytest.mark.rule("NOT-05")
def test_a_sender_that_was_held_up_leaves_the_call_to_its_successor(
    office: Office, sms_carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    mobile = office.knows(CITIZEN, 7)
    office.order()
    monkeypatch.setattr(sending, "LEASE", timedelta(0))
    sending.send_waiting(most=1)
    assert to(sms_carrier, mobile) == []
    monkeypatch.undo()
    monkeypatch.setattr(options, "current", dataclasses.replace(options.current, retry_seconds=(0, 0, 0)))
    office.run()
    assert (office.states(), len(to(sms_carrier, mobile))) == (["accepted"], 1)


@pytest.mark.rule("NOT-07")
def test_a_carrier_in_trouble_is_tried_again_and_then_the_message_is_dead(office: Office, sms_carrier: Carrier) -> None:
    mobile = office.knows(CITIZEN, 8)
    office.order()
    sms_carrier.faults(fail_next=2)
    office.run()
    assert (office.states(), len(to(sms_carrier, mobile)), Message.get().attempts) == (["accepted"], 1, 3)
    office.order(key="key-2")
    sms_carrier.faults(fail_next=9)
    office.run(12)
    sms_carrier.faults(fail_next=0)
    assert office.states() == ["accepted", "dead"]
    failed = office.bench.emitted(events.SmsFailed)
    assert [(e.final, e.attempts) for e in failed] == [(False, 4)]
    assert InboxMessage.get(InboxMessage.dedupe_key == "key-2").important
    assert [(task.kind, task.org) for task in Task.select()] == [("sms_failed", "TZJ049-SP")]


@pytest.mark.rule("NOT-07")
def test_the_pauses_are_one_five_and_thirty_minutes_of_technical_time(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options, "current", dataclasses.replace(options.current, retry_seconds=None))
    office.knows(CITIZEN, 9)
    office.carriers(sms="http://127.0.0.1:9")  # nobody listens
    office.order()
    pauses = []
    for _ in range(3):
        sending.send_waiting()
        row = Message.get()
        pauses.append(round((row.retry_at - clock.wall()).total_seconds() / 60))
        assert sending.send_waiting() == 0
        Message.update(retry_at=clock.wall()).execute()
    assert pauses == [1, 5, 30]
    sending.send_waiting()
    assert office.states() == ["dead"]


@pytest.mark.rule("NOT-07")
def test_a_refusal_is_final_and_the_own_space_takes_over(office: Office, sms_carrier: Carrier) -> None:
    office.knows(CITIZEN, 10)
    sms_carrier.faults(refuse_next=1)
    office.order()
    office.run()
    failed = office.bench.emitted(events.SmsFailed)
    assert [(e.final, e.reason, e.attempts) for e in failed] == [(True, "isv.BUSINESS_LIMIT_CONTROL", 1)]
    own = office.bench.client(person(CITIZEN)).get(f"{API}/me/messages").get_json()["items"]
    assert [(one["important"], "评价已有回复" in one["zh"]) for one in own] == [(True, True)]


@pytest.mark.rule("NOT-07")
def test_who_has_no_number_or_no_known_template_fails_at_once(office: Office) -> None:
    office.order()
    office.order(key="key-2", template="no.such.template")
    office.order(key="key-3", params={})
    office.run()
    reasons = sorted(e.reason for e in office.bench.emitted(events.SmsFailed))
    assert reasons == ["feedback.replied needs case_no", "no-mobile", "template-unknown"]


def test_identity_away_costs_no_attempt(office: Office, sms_carrier: Carrier) -> None:
    mobile = office.knows(CITIZEN, 11)
    office.order()
    office.away = True
    for _ in range(5):
        sending.send_waiting(most=1)
    assert (Message.get().state, Message.get().attempts) == ("queued", 0)
    office.away = False
    office.carriers()  # closes the breaker
    office.run()
    assert len(to(sms_carrier, mobile)) == 1


@pytest.mark.rule("NOT-06")
def test_a_code_does_not_wait_a_minute_for_identity(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "current", dataclasses.replace(options.current, retry_seconds=None))
    office.knows("sms-code:1", 12)
    office.order("sms-code:1", "code", template="identity.sms_code", params={"minutes": "5"}, urgent=True)
    office.order(key="ordinary")
    office.away = True
    sending.send_waiting()
    code, ordinary = Message.select().order_by(Message.lane)
    assert ordinary.retry_at - code.retry_at > timedelta(seconds=50)


@pytest.mark.rule("NOT-06")
@pytest.mark.parametrize(
    ("at", "held"),
    [
        ("2026-03-02 21:59:59", False),
        ("2026-03-02 22:00", True),
        ("2026-03-03 06:59:59", True),
        ("2026-03-03 07:00", False),
    ],
)
def test_a_citizen_is_left_in_peace_at_night(office: Office, at: str, held: bool) -> None:
    office.knows(CITIZEN, 12)
    office.order(key=f"night-{at}")
    with clock_at(at):
        office.run(1)
        assert office.states() == ["queued" if held else "accepted"]
    with clock_at("2026-03-03 07:00"):
        office.run(1)
    assert office.states() == ["accepted"]


@pytest.mark.rule("NOT-06")
def test_codes_urgent_messages_and_leaders_are_not_held(office: Office, sms_carrier: Carrier) -> None:
    phone, leader = office.knows("sms-code:c-1", 13), office.knows(LEADER, 14)
    office.knows(CITIZEN, 15)
    with clock_at("2026-03-02 23:30"):
        office.order("sms-code:c-1", "code", template="identity.sms_code", params={"minutes": "5"}, urgent=True)
        office.order(key="urgent", urgent=True)
        office.deliver(filing.CaseViewWarned, leader_ref=LEADER)
        office.run()
    assert office.states() == ["accepted"] * 3
    assert office.code in to(sms_carrier, phone)[0]["text"]
    assert "仍未查看" in to(sms_carrier, leader)[0]["text"]


@pytest.mark.rule("NOT-06")
def test_urgent_ones_do_not_stand_behind_a_backlog(office: Office) -> None:
    office.knows(CITIZEN, 16)
    for number in range(5):
        office.order(key=f"key-{number}")
    office.order(key="urgent", urgent=True)
    sending.send_waiting(most=1)
    assert [row.dedupe_key for row in Message.select() if row.state == "accepted"] == ["urgent"]
    assert sending.send_waiting(lanes=(CODES, URGENT)) == 0


@pytest.mark.rule("NOT-04")
def test_a_code_is_nowhere_kept(office: Office, sms_carrier: Carrier) -> None:
    office.knows("sms-code:c-2", 17)
    office.order("sms-code:c-2", "code", template="identity.sms_code", params={"minutes": "5"}, urgent=True)
    office.run()
    assert office.states() == ["accepted"]
    kept = "\n".join(database.proxy.obj.connection().iterdump())
    assert office.code not in kept
    assert InboxMessage.select().count() == 0


def test_an_expired_code_is_not_sent(office: Office) -> None:
    office.order("sms-code:gone", "code", template="identity.sms_code", params={"minutes": "5"}, urgent=True)
    office.run()
    assert office.states() == ["suppressed"]
    assert office.bench.emitted(events.SmsFailed) == []


@pytest.mark.rule("NOT-05")
@pytest.mark.rule("NOT-01")
def test_a_post_reaches_everybody_who_holds_it_once(office: Office, sms_carrier: Carrier) -> None:
    mobiles = [office.knows(LEADER, 18), office.knows(CLERK, 19)]
    office.members["role:deputy_leader@TZJ092"] = [LEADER, CLERK, LEADER]
    event = office.deliver(filing.CaseViewWarned, leader_ref="role:deputy_leader@TZJ092")
    sending.send_waiting(most=1)
    Message.update(state="queued", claim=None).where(Message.parent.is_null()).execute()  # a crash, and once again
    office.run()
    assert [len(to(sms_carrier, mobile)) for mobile in mobiles] == [1, 1]
    assert sorted(office.states()) == ["accepted", "accepted", "expanded"]
    sent = office.bench.emitted(events.SmsSent)
    assert {(e.recipient_ref, e.cause_event) for e in sent} == {(LEADER, event.id), (CLERK, event.id)}
    assert [
        m["zh"]
        for m in office.bench.client(staff("deputy_leader", "TZJ092", ref=CLERK))
        .get(f"{API}/me/messages")
        .get_json()["items"]
    ] == [InboxMessage.get(InboxMessage.recipient_ref == LEADER).zh]


@pytest.mark.rule("NOT-07")
def test_a_vacant_post_is_a_task_for_the_window(office: Office) -> None:
    office.deliver(filing.CaseViewWarned, leader_ref="role:deputy_leader@TZJ092")
    office.run()
    assert [e.reason for e in office.bench.emitted(events.SmsFailed)] == ["nobody-holds-the-post"]
    assert [task.kind for task in Task.select()] == ["post_vacant"]


# --- receipts -----------------------------------------------------------------------------------------------------


def receipt(office: Office, out_id: str, status: str = "delivered") -> Any:
    body = {"biz_id": "b-1", "out_id": out_id, "status": status, "at": "2026-03-02T10:00:05+08:00", "extra": 1}
    raw = json.dumps(body).encode()
    return office.bench.client().post(f"{API}/sms-receipts", data=raw, headers=signed(raw))


@pytest.mark.rule("NOT-08")
def test_a_receipt_counts_once(office: Office) -> None:
    office.knows(CITIZEN, 20)
    office.order()
    office.run()
    row = Message.get()
    assert [receipt(office, row.id).get_json() for _ in range(3)] == [{"known": True}] * 3
    assert receipt(office, row.id, "undelivered").status_code == 200  # late and contrary: what arrived has arrived
    assert office.states() == ["delivered"]
    assert [e.delivered_at for e in office.bench.emitted(events.SmsDelivered)] == ["2026-03-02T10:00:05+08:00"]
    assert office.bench.emitted(events.SmsFailed) == []


@pytest.mark.rule("NOT-08")
@pytest.mark.rule("NOT-05")
def test_a_receipt_may_overtake_the_answer(office: Office, sms_carrier: Carrier) -> None:
    mobile = office.knows(CITIZEN, 21)
    office.order()
    sms_carrier.faults(hang_next=1, hang_seconds=1)
    with impatient():
        sending.send_waiting()
    receipt(office, Message.get().id)
    assert office.states() == ["delivered"]
    office.run()
    assert len(to(sms_carrier, mobile)) == 1
    assert (len(office.bench.emitted(events.SmsSent)), len(office.bench.emitted(events.SmsDelivered))) == (1, 1)


@pytest.mark.rule("NOT-08")
def test_the_carriers_own_receipts_arrive(office: Office, tmp_path: Path) -> None:
    port = free_port()
    server = make_server("127.0.0.1", port, office.bench.app, threaded=True)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    push = {"YWT_SMS_PUSH_URL": f"http://127.0.0.1:{port}{API}/sms-receipts", "YWT_CALLBACK_SECRET": SECRET}
    try:
        with Carrier("sms", tmp_path, **push) as carrier:
            carrier.faults(push_delay_ms=0)
            office.carriers(sms=carrier.url)
            office.knows(CITIZEN, 30)
            office.order()
            office.run()
            eventually(lambda: office.states() == ["delivered"])
    finally:
        server.shutdown()
        thread.join()
    assert (len(office.bench.emitted(events.SmsSent)), len(office.bench.emitted(events.SmsDelivered))) == (1, 1)


@pytest.mark.rule("NOT-08")
def test_an_undelivered_message_takes_the_next_channel_and_may_still_arrive(office: Office) -> None:
    office.knows(CITIZEN, 22)
    office.order()
    office.run()
    receipt(office, Message.get().id, "undelivered")
    receipt(office, Message.get().id, "undelivered")
    assert [e.reason for e in office.bench.emitted(events.SmsFailed)] == ["undelivered"]
    assert InboxMessage.get().important
    receipt(office, Message.get().id)
    assert office.states() == ["delivered"]


@pytest.mark.rule("NOT-08")
@pytest.mark.parametrize("arrives", [True, False])
def test_an_escalation_without_a_receipt_for_ten_minutes_takes_the_next_channel(office: Office, arrives: bool) -> None:
    office.knows(LEADER, 23)
    office.deliver(filing.CaseViewWarned, leader_ref=LEADER)
    office.run()
    if arrives:
        receipt(office, Message.get().id)
    assert office.bench.sweep("2026-03-02 10:09:59") == 0
    assert office.bench.sweep("2026-03-02 10:10") == (0 if arrives else 1)
    assert [task.kind for task in Task.select()] == ([] if arrives else ["escalation_unconfirmed"])
    assert InboxMessage.get().important is not arrives


@pytest.mark.rule("NOT-08")
def test_call_backs_need_a_fresh_signature(office: Office) -> None:
    body = json.dumps({"out_id": "x", "status": "delivered"}).encode()
    plain = {"Content-Type": "application/json"}
    stale, ahead = signed(body, at=time.time() - 400), signed(body, at=time.time() + 400)
    client = office.bench.client()

    def status(headers: dict[str, str], who: Any = client, sent: bytes = body) -> int:
        return int(who.post(f"{API}/sms-receipts", data=sent, headers=headers).status_code)

    assert [status(headers) for headers in (plain, plain | CARRIER, stale, ahead)] == [401] * 4
    assert status(signed(body, "another secret")) == 401
    assert status(signed(body), sent=body + b" ") == 401
    assert status(signed(body) | {"X-Callback-Signature": "秘密".encode().decode("latin-1")}) == 401
    assert status(plain, office.bench.client(ADMIN)) == 403
    assert status(signed(body)) == 200
    settings = dataclasses.replace(office.bench.settings, callback_secret="")
    office.bench.app.extensions["ywt_settings"] = settings
    assert status(signed(body, "")) == 401


# --- people -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("NOT-09")
def test_everybody_reads_the_own_messages_only(office: Office) -> None:
    office.order()
    office.order("person:other", "key-2")
    client = office.bench.client(person(CITIZEN))
    (own,) = client.get(f"{API}/me/messages").get_json()["items"]
    other = InboxMessage.get(InboxMessage.recipient_ref == "person:other")
    assert client.post(f"{API}/me/messages/{other.id}/read").status_code == 404
    assert client.post(f"{API}/me/messages/{own['id']}/read").get_json() == {"read": 1}
    assert client.post(f"{API}/me/messages/read").get_json() == {"read": 0}
    assert client.get(f"{API}/me/messages?unread=true").get_json()["items"] == []
    assert office.bench.client().get(f"{API}/me/messages").status_code == 401


@pytest.mark.rule("NOT-01")
def test_who_wants_no_messages_still_gets_the_mandatory_ones(office: Office, sms_carrier: Carrier) -> None:
    mobile = office.knows(CITIZEN, 24)
    client = office.bench.client(person(CITIZEN))
    assert client.get(f"{API}/me/preferences").get_json() == {"sms": True}
    for wanted in (True, False):
        assert client.put(f"{API}/me/preferences", json={"sms": wanted}).get_json() == {"sms": wanted}
    office.order(mandatory=False)
    office.order(key="key-2")
    office.run()
    assert office.states() == ["suppressed", "accepted"]
    assert len(to(sms_carrier, mobile)) == 1
    assert InboxMessage.select().count() == 2


@pytest.mark.rule("NOT-07")
def test_operators_see_dead_letters_masked_and_can_let_them_try_again(office: Office, sms_carrier: Carrier) -> None:
    mobile = office.knows(CITIZEN, 25)
    sms_carrier.faults(refuse_next=1)
    office.order()
    office.run()
    admin = office.bench.client(ADMIN)
    (shown,) = admin.get(f"{API}/messages?state=failed&template=feedback.replied").get_json()["items"]
    assert shown["mobile_masked"] == "139****0025"
    assert mobile not in str(shown)
    counts = {one["state"]: one["count"] for one in admin.get(f"{API}/messages/counts").get_json()["items"]}
    assert counts["failed"] == 1
    assert (
        office.bench.client(staff("auditor", "TZJ077")).post(f"{API}/messages/{shown['id']}/retry").status_code == 403
    )
    assert office.bench.client(person(CITIZEN)).get(f"{API}/messages").status_code == 403
    stale = admin.post(f"{API}/messages/{shown['id']}/retry", headers={"If-Match": '"old"'})
    assert stale.status_code == 412
    assert admin.post(f"{API}/messages/{shown['id']}/retry").get_json()["state"] == "unknown"
    office.run()
    assert (office.states(), len(to(sms_carrier, mobile))) == (["accepted"], 1)
    again = admin.post(f"{API}/messages/{shown['id']}/retry")
    assert (again.status_code, again.get_json()["rule"]) == (409, "NOT-07")


def test_a_window_ticks_off_its_tasks(office: Office) -> None:
    office.order()
    office.run()
    clerk = office.bench.client(staff("window_clerk", "TZJ049-SP"))
    (task,) = clerk.get(f"{API}/tasks").get_json()["items"]
    stranger = office.bench.client(staff("window_clerk", "TZJ001"))
    assert stranger.get(f"{API}/tasks").get_json()["items"] == []
    assert stranger.post(f"{API}/tasks/{task['id']}/completion", json={"note": "已电话"}).status_code == 403
    assert clerk.post(f"{API}/tasks/{task['id']}/completion", json={"note": "已电话"}).get_json()["note"] == "已电话"
    assert clerk.get(f"{API}/tasks").get_json()["items"] == []
    assert len(clerk.get(f"{API}/tasks?open=false").get_json()["items"]) == 1


# --- several senders ----------------------------------------------------------------------------------------------


@pytest.mark.rule("NOT-05")
def test_two_senders_at_once_send_each_message_once(
    database_url: str, sms_carrier: Carrier, quick: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = 1000 if "postgresql" in database_url else 2000
    with clock_at("2026-03-02 10:00"), bench(service, tmp_path, database_url) as b:
        office = Office(b, sms_carrier.url)
        mobiles = []
        for number in range(30):
            ref = f"person:p-{number}"
            mobiles.append(office.knows(ref, base + number))
            office.order(ref, f"key-{number}")

        def work(_: int) -> None:
            database.activate()
            while sending.send_waiting() + sending.ask_waiting():
                pass
            database.release()

        at_once(3, work)
        assert office.states() == ["accepted"] * 30
        assert [len(to(sms_carrier, mobile)) for mobile in mobiles] == [1] * 30
        assert len(b.emitted(events.SmsSent)) == 30


def _killed(*args: Any) -> Any:
    raise SystemExit("killed here")


class _Killed:
    limits_numbers = False

    def send(self, sms: Any) -> str:
        raise SystemExit("killed here")
