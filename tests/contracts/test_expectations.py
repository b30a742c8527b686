"""What each consumer relies on is there in the producer's contract."""

import json
from pathlib import Path

import pytest

from contracts import registry
from contracts.envelope import all_types

FOLDER = Path(registry.__file__).parent / "expectations"
TYPES = all_types()


EXPECTATIONS = [
    (service, name, needed)
    for service in registry.SERVICES
    for name, needed in json.loads((FOLDER / f"{service}.json").read_text(encoding="utf-8")).items()
]


@pytest.mark.parametrize(("service", "name", "needed"), EXPECTATIONS, ids=lambda value: str(value)[:60])
def test_a_consumer_finds_what_it_relies_on(service, name, needed):
    assert name in TYPES
    assert service in TYPES[name].consumers
    assert set(needed) <= set(TYPES[name]._declared_fields)
    assert len(set(needed)) == len(needed) > 0


MAIN_CHAIN = [
    ("filing.case.completed", "supervision"),
    ("filing.case.completed", "feedback"),
    ("filing.case.completed", "notifier"),
    ("filing.case.completed", "credit"),
    ("supervision.rectification.failed", "filing"),
    ("supervision.rectification.failed", "credit"),
    ("filing.case.revoked", "supervision"),
    ("filing.case.revoked", "credit"),
    ("filing.case.revoked", "notifier"),
    ("filing.case.revoked", "feedback"),
    ("credit.subject.listed", "filing"),
    ("credit.subject.listed", "booking"),
    ("credit.subject.listed", "supervision"),
    ("credit.subject.listed", "notifier"),
    ("supervision.finding.reported", "credit"),
    ("supervision.revocation.proposed", "filing"),
    ("filing.revocation.declined", "supervision"),
    ("filing.commitment.lapsed", "credit"),
    ("filing.commitment.failed", "credit"),
    ("booking.booking.no_show", "credit"),
    ("credit.noshow.entered", "booking"),
    ("credit.noshow.exited", "booking"),
    ("filing.case.view_warned", "notifier"),
    ("filing.case.view_overdue", "notifier"),
    ("notifier.sms.sent", "filing"),
    ("feedback.rating.negative", "notifier"),
    ("feedback.rating.negative", "supervision"),
]


@pytest.mark.rule("T27")
@pytest.mark.parametrize(("name", "service"), MAIN_CHAIN)
def test_every_link_of_the_main_chain_is_promised(name, service):
    assert any((service, name) == (who, what) for who, what, _ in EXPECTATIONS)
