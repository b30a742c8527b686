"""Every event the domain names exists, says what it means, and carries no personal data."""

import re

import pytest
from marshmallow import fields

from contracts import topology
from contracts.envelope import Event, all_types
from contracts.registry import SERVICES

# Transcribed from the domain specification, section 3.3; the last part of a name after "/" shares the first.
LIST_3_3 = """
identity.user.registered
identity.user.verified
identity.legal.bound
identity.user.updated
identity.staff.granted / .revoked
identity.security.locked
catalog.item.published / .changed / .retired
catalog.org.changed
catalog.calendar.year.published
catalog.supervision_standard.published
catalog.booking_quota.changed
filing.case.submitted
filing.case.dispatched
filing.case.viewed
filing.case.view_warned
filing.case.view_overdue
filing.case.returned
filing.case.correction_requested
filing.case.corrected
filing.case.accepted
filing.case.not_accepted
filing.case.step_entered / .reviewed
filing.special.started / .finished
filing.case.extended
filing.parallel.task_opened / .opinion_given / .overdue
filing.case.completed
filing.commitment.opened
filing.commitment.supplied / .fulfilled / .rejected
filing.commitment.lapsed / .failed
filing.case.suspended / .resumed
filing.case.revoked
filing.revocation.declined
filing.case.withdrawn / .lapsed
filing.result.ready / .collected / .delivered
filing.paper.transferred / .transfer_overdue
filing.deadline.warned / .overdue / .moved
credit.record.proposed / .listed / .dismissed / .annotated / .modified / .deleted / .repaired / .corrected
credit.subject.listed / .upgraded / .restored
credit.restriction.started / .ended
credit.objection.submitted / .decided / .overdue
credit.repair.submitted / .decided / .effective / .overdue
credit.publicity.started / .opposed / .ended
credit.noshow.entered / .exited
booking.booking.created / .cancelled / .reminded / .served / .no_show
booking.noshow.excused
booking.ticket.issued / .called / .served / .missed
feedback.rating.submitted / .defaulted / .negative / .replied / .reply_overdue / .followed_up
feedback.letter.received / .opened / .transferred / .extended / .answered / .reopened / .closed / .overdue
supervision.push.acknowledged
supervision.task.created / .started / .passed / .start_overdue / .finish_overdue / .cancelled
supervision.rectification.ordered / .passed / .failed
supervision.finding.reported
supervision.revocation.proposed
supervision.order.issued
supervision.linkage.missing
supervision.assessment.published
notifier.sms.sent / .delivered / .failed
notifier.shipment.ordered / .picked_up / .delivered / .returned / .failed
"""

# Named by the state machines of section 2, by 3.1, by single rules (SUP-03, FIL-31) and, for an answered SMS, by what
# booking has to do with it.
ELSEWHERE = {
    "filing.case.completed_repeated",
    "filing.case.drafted",
    "filing.case.revoked_repeated",
    "filing.case.visits_exceeded",
    "notifier.shipment.requested",
    "notifier.send_sms",
    "notifier.sms.replied",
    "notifier.ship",
    "filing.supervise_order",
}

COMMON_TO_CASES = {
    "case_id",
    "case_no",
    "item_code",
    "item_version",
    "item_name",
    "kind",
    "mode",
    "case_source",
    "same_city",
    "region_code",
    "approving_org",
    "subject_ref",
    "subject_type",
    "subject_name_masked",
    "status",
}

PERSONAL = re.compile(
    r"(^|_)(name|full_name|real_name|mobile|phone|tel|email|id_no|id_number|uscc|address|recipient_name|password|code)$"
)
HARMLESS = {
    "subject_name_masked",
    "item_name",
    "org_name",
    "hall_name",
    "item_code",
    "parent_code",
    "org_code",
    "hall_code",
    "region_code",
    "reason_code",
    "opinion_code",
    "ground_code",
    "code",  # of a material or a promised point
}


def named() -> set[str]:
    names = set()
    for line in LIST_3_3.split("\n"):
        first, *others = (part.strip() for part in line.split("/"))
        if first:
            names.add(first)
            names.update(first.rpartition(".")[0] + other for other in others)
    return names


def every_field(schema_fields):
    for name, field in schema_fields.items():
        yield name, field
        while isinstance(field, fields.List):
            field = field.inner
        if isinstance(field, fields.Nested):
            yield from every_field(field.schema.fields)


TYPES = all_types()
each_type = pytest.mark.parametrize("name", TYPES)


def test_the_registry_holds_exactly_what_the_domain_names():
    assert named() | ELSEWHERE == set(TYPES)


@each_type
def test_a_type_has_owner_sentence_and_version(name):
    declared = TYPES[name]
    assert declared.owner == name.split(".")[0]
    assert declared.__doc__ is not None
    assert declared.__doc__.endswith(".")
    assert "\n" not in declared.__doc__
    assert declared.version == 1
    assert declared.dataschema == f"contracts/{name}/v1"
    assert declared.channel == ("commands" if declared.__module__.startswith("contracts.commands") else "events")


@each_type
def test_a_published_type_has_a_consumer_and_a_private_one_has_none(name):
    declared = TYPES[name]
    assert bool(declared.consumers) is declared.published
    assert set(declared.consumers) <= set(SERVICES)


@each_type
def test_every_field_says_what_it_is(name):
    for field_name, field in every_field(TYPES[name]().fields):
        assert field.metadata.get("description"), field_name
        assert field.required is not field.allow_none, field_name


@each_type
def test_no_field_hides_behind_an_attribute_of_the_envelope(name):
    taken = {attribute for attribute in (*dir(Event), *Event.__slots__) if not attribute.startswith("_")}
    assert not taken & set(TYPES[name]._declared_fields)


@each_type
@pytest.mark.rule("ID-21")
def test_no_field_is_made_for_personal_data(name):
    suspicious = {
        field_name
        for field_name, _ in every_field(TYPES[name]().fields)
        if PERSONAL.search(field_name) and field_name not in HARMLESS
    }
    assert not suspicious


@pytest.mark.parametrize("name", [name for name, declared in TYPES.items() if name.startswith("filing.")])
def test_every_filing_event_says_which_case_it_is_about(name):
    if TYPES[name].channel == "events":
        assert set(TYPES[name]._declared_fields) >= COMMON_TO_CASES


def test_a_draft_stays_inside_filing():
    assert not TYPES["filing.case.drafted"].published
    assert not topology.build().routes(topology.EVENTS, "filing.case.drafted")


@pytest.mark.rule("FEE-13")
def test_neither_rating_nor_letter_carries_its_text():
    for name, declared in TYPES.items():
        if name.startswith("feedback."):
            assert not {"text", "title", "answer"} & set(declared._declared_fields)
