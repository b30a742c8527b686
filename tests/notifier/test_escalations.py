"""The fifteen-minute clocks as the messenger lives them: one message each, to whoever leads then, told to filing."""

import pytest

from chassis import clock
from chassis.clock import clock_at
from contracts.events import filing
from contracts.events import notifier as events
from services.notifier.models import InboxMessage, Message
from services.notifier.service import service
from tests.notifier.conftest import LEADER, Carrier, Office

DEPUTY, UNIT = "role:deputy_leader@TZJ049-SP", "role:unit_leader@TZJ049-SP"
BOSS = "staff:boss-1"


def lead(office: Office) -> None:
    for number, (post, ref) in enumerate([(DEPUTY, LEADER), (UNIT, BOSS)]):
        office.members[post] = [ref]
        office.knows(ref, 60 + number)


@pytest.mark.rule("T8")
@pytest.mark.rule("T38")
@pytest.mark.rule("NOT-01")
def test_t8_each_leader_gets_one_message_and_filing_learns_when_it_went_out(
    office: Office, sms_carrier: Carrier
) -> None:
    lead(office)
    with clock_at("2026-03-05 10:15:00.000001"):
        warned = office.deliver(filing.CaseViewWarned, leader_ref=DEPUTY)
        office.bench.redeliver(warned)
    with clock_at("2026-03-05 10:15:03"):
        office.run()
    (sent,) = office.bench.emitted(events.SmsSent)
    assert (sent.recipient_ref, sent.cause_event, sent.cause_type) == (LEADER, warned.id, "filing.case.view_warned")
    assert clock.parse(sent.sent_at) == clock.parse("2026-03-05T10:15:03")  # from here the second 15 minutes run
    assert sent.case_id == warned.case_id
    with clock_at("2026-03-05 10:30:03.000001"):
        overdue = office.deliver(filing.CaseViewOverdue, leader_ref=UNIT)
        office.bench.redeliver(overdue, warned)
        office.run()
    told = [(e.recipient_ref, e.cause_event) for e in office.bench.emitted(events.SmsSent)]
    assert told == [(LEADER, warned.id), (BOSS, overdue.id)]
    out = [one["out_id"] for one in sms_carrier.get("/messages")["items"]]
    assert [out.count(e.message_id) for e in office.bench.emitted(events.SmsSent)] == [1, 1]
    assert {row.recipient_ref for row in InboxMessage.select()} == {LEADER, BOSS}


@pytest.mark.rule("T9")
@pytest.mark.rule("NOT-06")
def test_t9_a_warning_of_the_next_morning_goes_out_at_once_to_whoever_leads_then(office: Office) -> None:
    lead(office)
    with clock_at("2026-03-05 17:20"):
        office.deliver(filing.CaseDispatched, accepting_clerk_ref="staff:clerk-9")
        assert [row.template for row in Message.select()] == ["filing.dispatched"]
    office.members[DEPUTY] = [BOSS]  # the post changed hands overnight
    with clock_at("2026-03-06 08:35:00.000001"):
        office.deliver(filing.CaseViewWarned, leader_ref=DEPUTY)
        office.run()
    assert [e.recipient_ref for e in office.bench.emitted(events.SmsSent)] == [BOSS]


@pytest.mark.rule("T10")
def test_t10_a_view_in_time_is_told_to_nobody(office: Office) -> None:
    lead(office)
    office.deliver(filing.CaseDispatched, accepting_clerk_ref="staff:clerk-9")
    assert "notifier" not in filing.CaseViewed.consumers
    assert filing.CaseViewed.type not in service.handlers.single
    office.run()
    assert office.bench.sweep("2026-03-03 10:00") == 0
    assert [row.recipient_ref for row in Message.select()] == ["staff:clerk-9"]
