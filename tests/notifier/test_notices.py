"""Every event has a decision, every text keeps the rules, everybody concerned is told once."""

import dataclasses
import re
from typing import Any

import pytest

from contracts.events import booking, catalog, credit, feedback, filing, supervision
from contracts.registry import all_types
from services.notifier import options, texts
from services.notifier.models import InboxMessage, Message
from services.notifier.notices import TABLE, Silent
from services.notifier.service import service
from services.notifier.templates import ALL, find
from tests.notifier.conftest import CITIZEN, Office, golden

CONSUMED = [t for t in all_types().values() if "notifier" in t.consumers and t.channel == "events"]
TELLING = [t for t, decided in TABLE.items() if not isinstance(decided, Silent)]


@pytest.mark.rule("NOT-02")
def test_every_event_that_arrives_has_a_decision() -> None:
    assert {t.type for t in CONSUMED} == {t.type for t in TABLE}
    assert [t.type for t, decided in TABLE.items() if isinstance(decided, Silent) and len(decided.reason) < 10] == []
    assert [t.type for t in TELLING if t.type not in service.handlers] == []


@pytest.mark.rule("NOT-03")
def test_every_template_is_used_and_its_two_texts_need_the_same_facts() -> None:
    used = {notice.template for decided in TABLE.values() if isinstance(decided, tuple) for notice in decided}
    assert {t.code for t in ALL} - used == {
        "filing.duties_decider",
        "filing.duties_reviewer",
        "filing.duties_window_clerk",
        "filing.refunded",
        "identity.sms_code",
        "shipment.ordered",
        "shipment.returned",
        "shipment.cancelled",
        "supervision.limit_warned",
    }
    assert [t.code for t in ALL if t.elastic and t.elastic not in t.names] == []


@pytest.mark.rule("NOT-03")
@pytest.mark.rule("NOT-04")
def test_every_golden_event_becomes_a_text_that_fits_and_names_nobody(office: Office) -> None:
    for event_type in TELLING:
        event = golden(event_type)
        decided = TABLE[event_type]
        assert not isinstance(decided, Silent)
        for notice in decided:
            template = find(notice.template)
            assert template is not None
            params = notice.params(event)
            text, parts = texts.sms(template, params)
            both = text + texts.fill(template, params, "en")
            assert 1 <= parts <= 3, text
            assert not [mark for mark in ("None", "{", "http", "www.") if mark in both], both
            assert not re.search(r"\d{4}-\d\d-\d\d", text), text  # days as people read them
            assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", text), text
            assert (event.data.get("subject_name_masked") or "§") not in text


@pytest.mark.rule("NOT-03")
@pytest.mark.parametrize(("length", "parts"), [(70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)])
def test_parts_are_70_characters_alone_and_67_each_when_split(length: int, parts: int) -> None:
    assert texts.parts("字" * length) == parts


@pytest.mark.rule("NOT-01")
@pytest.mark.rule("NOT-03")
def test_a_long_correction_is_cut_to_two_parts_and_points_to_the_own_space(office: Office) -> None:
    defects = [{"code": f"M{n}", "material": f"材料{n}", "reason": "没有加盖公章"} for n in range(30)]
    office.deliver(filing.CaseCorrectionRequested, defects=defects)
    row = Message.select().first()
    template = find("filing.correction")
    assert template is not None
    text, parts = texts.sms(template, row.params)
    assert (parts, len(options.current.sign + text)) == (2, 134)
    assert "…" in text
    assert text.endswith("详见个人空间。")
    assert "材料29" in InboxMessage.select().first().zh


@pytest.mark.rule("NOT-04")
def test_words_of_people_lose_links_numbers_and_phones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "current", dataclasses.replace(options.current, official_host="hall.example"))
    said = "请看 https://evil.example/a 或 https://hall.example/x ，证件120101199001010015，电话13900000000"
    cleaned = texts.clean(said)
    assert "evil" not in cleaned
    assert "https://hall.example/x" in cleaned
    assert "120101199001010015" not in cleaned
    assert "13900000000" not in cleaned


@pytest.mark.rule("T38")
@pytest.mark.rule("NOT-05")
def test_the_same_event_twice_writes_one_message_for_each_recipient(office: Office) -> None:
    event = office.deliver(filing.CaseCompleted, applicant_ref=CITIZEN, subject_ref="legal:one")
    office.bench.redeliver(event, event)
    assert sorted(row.recipient_ref for row in Message.select()) == ["legal:one", CITIZEN]
    assert InboxMessage.select().count() == 2
    assert len({row.dedupe_key for row in Message.select()}) == 2


@pytest.mark.rule("NOT-01")
@pytest.mark.parametrize(
    ("event_type", "template"),
    [
        (filing.CaseDispatched, "filing.dispatched"),
        (filing.CaseViewWarned, "filing.view_warned"),
        (filing.CaseViewOverdue, "filing.view_overdue"),
        (filing.CaseAccepted, "filing.accepted"),
        (filing.CaseCorrectionRequested, "filing.correction"),
        (booking.BookingCreated, "booking.created"),
        (booking.BookingReminded, "booking.reminded"),
        (booking.BookingNoShow, "booking.no_show"),
    ],
)
def test_what_must_be_told_is_told_and_cannot_be_switched_off(office: Office, event_type: Any, template: str) -> None:
    office.deliver(event_type)
    rows = [row for row in Message.select() if row.template == template]
    assert rows
    assert all(row.mandatory for row in rows)


@pytest.mark.rule("NOT-01", "AMB-32")
def test_a_clerk_hears_of_new_material_by_sms_and_in_the_hall(office: Office) -> None:
    office.deliver(filing.CaseDispatched)
    (row,) = Message.select().where(Message.template == "filing.dispatched")
    assert row.mandatory  # a row of this table is an SMS
    assert InboxMessage.get(InboxMessage.dedupe_key == row.dedupe_key).recipient_ref == row.recipient_ref


@pytest.mark.rule("NOT-01")
def test_the_accepting_post_is_told_when_no_clerk_is_named(office: Office) -> None:
    office.deliver(filing.CaseDispatched, accepting_clerk_ref=None, accepting_org="TZJ049-SP")
    assert [row.recipient_ref for row in Message.select()] == ["role:window_clerk@TZJ049-SP"]


@pytest.mark.rule("NOT-02")
@pytest.mark.parametrize(
    ("event_type", "changes", "templates"),
    [
        (filing.CaseCompleted, {"decision": "refused"}, ["filing.refused"]),
        (filing.DeadlineWarned, {"deadline_kind": "commitment"}, ["filing.commitment_reminder"]),
        (filing.DeadlineWarned, {"deadline_kind": "committed"}, []),
        (filing.DeadlineMoved, {}, ["filing.deadline_moved"]),
        (filing.CaseSuspended, {}, ["filing.suspended"]),
        (filing.CaseRevoked, {}, ["filing.revoked"]),
        (filing.ResultReady, {"way": "courier"}, []),
        (filing.ResultReady, {"way": "window"}, ["filing.result_ready"]),
        (credit.SubjectListed, {}, ["credit.listed"]),
        (credit.RestrictionEnded, {"reason": "expired"}, ["credit.restriction_ended"]),
        (credit.RestrictionEnded, {"reason": "repaired"}, []),
        (credit.RecordCorrected, {}, ["credit.repair_possible"]),
        (credit.ObjectionDecided, {}, ["credit.application_decided"]),
        (credit.RepairDecided, {}, ["credit.application_decided"]),
        (feedback.LetterAnswered, {"sender_ref": CITIZEN}, ["feedback.letter_answered"]),
        (feedback.RatingReplied, {}, ["feedback.replied"]),
        (supervision.RectificationOrdered, {}, ["supervision.rectification_ordered"]),
        (booking.BookingCancelled, {"by": "hall"}, ["booking.cancelled"]),
        (booking.BookingCancelled, {"by": "applicant"}, []),
    ],
)
def test_the_party_is_told_what_changes_its_position(
    office: Office, event_type: Any, changes: dict[str, Any], templates: list[str]
) -> None:
    office.deliver(
        event_type, **({"applicant_ref": None} if "applicant_ref" in golden(event_type).data else {}), **changes
    )
    told = [row.template for row in Message.select() if row.recipient_ref.startswith(("person:", "legal:"))]
    assert told == templates


@pytest.mark.rule("BOO-25")
@pytest.mark.parametrize(
    ("count", "remaining", "said"),
    [
        (1, 2, "再失约2次将六个月内不能"),
        (2, 1, "再失约1次将六个月内不能"),
        (3, 0, "已满三次"),
        (1, None, "满三次六个月内"),
    ],
)
def test_a_missed_booking_says_how_near_the_ban_is(office: Office, count: int, remaining: Any, said: str) -> None:
    office.deliver(booking.BookingNoShow, count=count, remaining=remaining)
    assert f"已{count}次" in InboxMessage.get().zh and said in InboxMessage.get().zh


@pytest.mark.rule("BOO-12")
def test_a_cancellation_by_the_hall_names_the_slot_that_it_keeps(office: Office) -> None:
    kept = {"held_date": "2026-10-12", "held_from": "09:00", "held_until": "2026-10-08T12:00:00+08:00"}
    office.deliver(booking.BookingCancelled, by="hall", **kept)
    assert [row.template for row in Message.select()] == ["booking.cancelled_kept"]
    assert "已为您保留2026年10月12日 09:00的号源至10月8日12:00，" in InboxMessage.get().zh
    assert "Kept for you: 2026-10-12 09:00 until 2026-10-08 12:00;" in InboxMessage.get().en


@pytest.mark.rule("CRE-26")
@pytest.mark.parametrize("event_type", [credit.ObjectionOverdue, credit.RepairOverdue])
def test_a_late_review_is_told_to_the_leader_and_to_the_service_office(office: Office, event_type: Any) -> None:
    office.deliver(event_type, judging_org="TZJ049-SP")
    told = sorted(row.recipient_ref for row in Message.select())
    assert told == ["role:deputy_leader@TZJ049-SP", "role:service_office@TZJ077"]


def test_names_of_organisations_are_kept_and_an_older_event_changes_nothing(office: Office) -> None:
    event = office.event(catalog.OrgChanged, org_code="H1", org_name="和平大厅", org_kind="hall", parent_code="TZJ001")
    old = office.event(catalog.OrgChanged, org_code="H1", org_name="旧名", org_kind="hall", parent_code="TZJ009")
    event.sequence, old.sequence = 5, 4
    office.bench.redeliver(event)
    office.bench.redeliver(old)
    office.deliver(filing.PaperTransferOverdue, from_hall="H1")
    assert [row.recipient_ref for row in Message.select()] == ["role:window_manager@TZJ001"]
    office.deliver(filing.ResultReady, way="window", place="H1")
    assert "和平大厅" in InboxMessage.select().first().zh
