"""Nobody waits behind a later lane: codes, then escalations and what is urgent, then the rest; batches stay cheap."""

import dataclasses
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest

from chassis import clock
from chassis.config import BadSetting
from contracts.events import filing
from contracts.events import notifier as events
from services.notifier import options, receipts, sending
from services.notifier.messages import CODES, ORDINARY, URGENT
from services.notifier.models import Message, database
from services.notifier.service import service
from tests.harness.processes import eventually
from tests.notifier.conftest import CITIZEN, LEADER, Carrier, Office, to

CODE = {"template": "identity.sms_code", "params": {"minutes": "5"}, "urgent": True}


def backlog(office: Office, count: int, start: int) -> None:
    """So many reminders that wait."""
    office.knows(CITIZEN, start)
    for number in range(count):
        office.order(key=f"reminder-{number}")


@pytest.mark.rule("NOT-06")
def test_each_message_stands_in_its_lane(office: Office) -> None:
    office.order("sms-code:1", "code", **CODE)
    office.order(key="urgent", urgent=True)
    office.deliver(filing.CaseViewWarned, leader_ref=LEADER)
    office.order(key="ordinary")
    assert [row.lane for row in Message.select().order_by(Message.id)] == [CODES, URGENT, URGENT, ORDINARY]


@pytest.mark.rule("NOT-06")
def test_codes_go_before_escalations_and_both_before_what_was_there_first(office: Office, sms_carrier: Carrier) -> None:
    backlog(office, 40, 8000)
    office.knows(LEADER, 8001)
    office.deliver(filing.CaseViewWarned, leader_ref=LEADER)
    office.knows("sms-code:1", 8002)
    office.order("sms-code:1", "code", **CODE)
    order = []
    for _ in range(3):
        sending.send_waiting(most=1)
        order.append({row.lane for row in Message.select() if row.state == "accepted"})
    assert order == [{CODES}, {CODES, URGENT}, {CODES, URGENT, ORDINARY}]


@pytest.mark.rule("NOT-06")
def test_the_loops_of_the_first_lanes_touch_nothing_else(office: Office) -> None:
    backlog(office, 3, 8010)
    office.knows(LEADER, 8011)
    office.deliver(filing.CaseViewWarned, leader_ref=LEADER)
    loops = {name: work for name, work, _ in service.own_loops}
    assert loops["sms-codes"]() == 0
    assert loops["sms-urgent"]() == 1
    assert sorted(office.states()) == ["accepted", "queued", "queued", "queued"]
    assert loops["sms"]() == 3


@pytest.mark.rule("NOT-06")
def test_a_code_goes_out_while_every_ordinary_call_hangs(office: Office, sms_carrier: Carrier) -> None:
    backlog(office, sending.SIDE_BY_SIDE, 8020)
    mobile = office.knows("sms-code:1", 8021)
    sms_carrier.faults(hang_next=sending.SIDE_BY_SIDE, hang_seconds=3)

    def ordinary() -> None:
        database.activate()
        sending.send_waiting()
        database.release()

    busy = Thread(target=ordinary)
    busy.start()
    try:
        eventually(lambda: len(to(sms_carrier, f"139{8020:08d}")) == sending.SIDE_BY_SIDE)
        office.order("sms-code:1", "code", **CODE)
        assert sending.send_waiting(lanes=(CODES,)) == 1
        assert Message.get(Message.dedupe_key == "code").state == "accepted"
        assert {row.state for row in Message.select() if row.lane == ORDINARY} == {"sending"}
        assert len(to(sms_carrier, mobile)) == 1
    finally:
        busy.join()
    assert set(office.states()) == {"accepted"}


@pytest.mark.rule("NOT-06")
def test_a_pace_that_an_operator_sets_holds_back_ordinary_messages_only(
    office: Office, sms_carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options, "current", dataclasses.replace(options.current, per_second=4))
    monkeypatch.setattr(sending, "_pace", sending._Pace())
    at = clock.monotonic()
    monkeypatch.setattr(clock, "monotonic", lambda: at)
    backlog(office, 12, 8040)
    office.knows("sms-code:1", 8041)
    assert [sending.send_waiting() for _ in range(2)] == [4, 0]
    office.order("sms-code:1", "code", **CODE)
    assert sending.send_waiting(lanes=(CODES,)) == 1
    at += 0.5
    assert [sending.send_waiting() for _ in range(2)] == [2, 0]
    at += 60
    assert [sending.send_waiting() for _ in range(2)] == [4, 0]  # what was not sent does not add up


@pytest.mark.parametrize("said", ["0", "-1", "fast", "1,2"])
def test_a_pace_that_is_none_stops_the_start(said: str) -> None:
    with pytest.raises(BadSetting, match="YWT_SMS_PER_SECOND"):
        options.load({"YWT_SMS_PER_SECOND": said})
    assert options.load({"YWT_SMS_PER_SECOND": "2.5"}).per_second == 2.5
    assert options.load({}).per_second is None


@pytest.mark.rule("NOT-05")
def test_who_was_killed_before_the_call_holds_its_messages_for_seconds_only(
    office: Office, sms_carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    backlog(office, 2, 8030)
    with monkeypatch.context() as patched:
        patched.setattr(sending, "_prepare", _killed)
        with pytest.raises(SystemExit):
            sending.send_waiting()
    leases = {round((row.lease_until - clock.wall()).total_seconds()) for row in Message.select()}
    assert max(leases) <= 15
    sending.ask_waiting()
    assert office.states() == ["sending"] * 2  # not yet over
    Message.update(lease_until=clock.wall() - timedelta(seconds=1)).execute()
    office.run(2)
    assert office.states() == ["accepted"] * 2
    assert [row.attempts for row in Message.select()] == [1, 1]


def test_a_batch_asks_identity_once_and_the_database_little(
    office: Office, sms_carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One read more for each message would be felt with a hundred thousand of them."""
    refs = [f"person:n-{number}" for number in range(sending.AT_ONCE)]
    for number, ref in enumerate(refs):
        office.knows(ref, 8100 + number)
        office.order(ref, f"key-{number}", mandatory=False, case_no=f"case-{number}")
    reads: list[str] = []
    execute = database.proxy.obj.execute_sql

    def count(sql: str, *args: Any, **options: Any) -> Any:
        if sql.lstrip().upper().startswith("SELECT"):
            reads.append(sql)
        return execute(sql, *args, **options)

    monkeypatch.setattr(database.proxy.obj, "execute_sql", count)
    assert sending.send_waiting() == sending.AT_ONCE
    assert set(office.states()) == {"accepted"}
    assert 3 < len(reads) < 20, reads
    (asked,) = office.identity.requests
    assert [(read["recipient"], read["case_no"]) for read in asked[2]["reads"]] == [
        (ref, f"case-{number}") for number, ref in enumerate(refs)
    ]


def test_a_recipient_that_identity_cannot_read_holds_up_nobody_else(office: Office, sms_carrier: Carrier) -> None:
    resolve = office.identity.routes["POST /api/identity/v1/recipients/resolution"]

    def strict(body: dict[str, Any]) -> tuple[int, Any]:
        return (422, {}) if "person:bad" in body["recipients"] else resolve(body)

    office.identity.routes["POST /api/identity/v1/recipients/resolution"] = strict
    office.order("person:bad", "bad")
    backlog(office, 3, 8220)
    office.run(1)
    states = {row.dedupe_key: (row.state, row.attempts) for row in Message.select()}
    assert states.pop("bad") == ("queued", 0)
    assert set(states.values()) == {("accepted", 1)}


def test_what_stands_still_is_told_to_the_operators(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, int]] = []
    monkeypatch.setattr(receipts.log, "error", lambda event, **facts: told.append((event, facts["messages"])))
    office.order("sms-code:1", "code", **CODE)
    backlog(office, 1, 8200)
    receipts.look_for_stuck()
    assert told == []
    Message.update(updated_at=clock.now() - timedelta(minutes=11)).execute()
    receipts.look_for_stuck()
    assert told == [("sms_stands_still", 1)]


def test_events_of_a_batch_say_the_same_as_those_of_one(office: Office, sms_carrier: Carrier) -> None:
    backlog(office, 5, 8210)
    office.run(1)
    sent = office.bench.emitted(events.SmsSent)
    assert [(e.attempts, e.sequence) for e in sent] == [(1, 1)] * 5
    assert {e.message_id for e in sent} == {row.id for row in Message.select()}
    assert {e.provider_ref for e in sent} == {row.provider_ref for row in Message.select()}


def _killed(*args: Any) -> Any:
    raise SystemExit("killed here")
