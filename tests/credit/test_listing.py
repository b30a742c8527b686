"""Broken promises, findings and penalties become records; a party's standing follows from them."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

from chassis.clock import clock_at
from contracts import rules
from contracts.events import credit, filing, supervision
from services.credit import standing
from tests.credit.conftest import CITIZEN, ORG, case, failed_rectification, finding, lapse
from tests.support import Bench, at_once, peer, person, staff


@pytest.mark.rule("CRE-07")
@pytest.mark.rule("CRE-11")
def test_a_lapsed_promise_lists_the_party_for_a_year(archive: Bench) -> None:
    archive.deliver(filing.CommitmentLapsed, "case-1", lapse())
    listed = archive.emitted(credit.SubjectListed)[0]
    assert listed.data["status"] == "listed"
    assert listed.data["restrictions"] == [
        {"kind": kind, "until": "2027-03-02"} for kind in ("commit_approval", "letter_in_lieu", "booking")
    ]
    record = archive.emitted(credit.RecordListed)[0]
    assert record.data["cause"] == "promise_lapsed"
    assert record.data["determined_by"] == "service:credit"
    assert "第六条" in record.data["article"]


@pytest.mark.rule("CRE-11")
def test_the_restriction_ends_after_its_last_day_and_the_listing_stays(archive: Bench) -> None:
    archive.deliver(filing.CommitmentLapsed, "case-1", lapse())
    assert archive.sweep("2027-03-02 23:59:59") == 0
    assert archive.sweep("2027-03-03 00:00") == 1
    ended = archive.emitted(credit.RestrictionEnded)
    assert [(e.data["reason"], e.data["until"]) for e in ended] == [("expired", "2027-03-02")]
    filing_asks = archive.client(peer("filing"))
    for at, left in (("2027-03-02 23:59:59", {"2027-03-02"}), ("2027-03-03 00:00", set())):
        with clock_at(at):
            now = filing_asks.get(f"/api/credit/v1/restrictions/{CITIZEN}").get_json()
        assert {entry["until"] for entry in now["restrictions"]} == left
        assert now["status"] == "listed"


@pytest.mark.rule("CRE-08")
@pytest.mark.rule("T22")
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_one_promise_yields_one_record_whatever_breaks_it_and_in_any_order(
    archive: Bench, order: tuple[int, ...]
) -> None:
    events = [
        archive.event(filing.CommitmentLapsed, "case-1", lapse()),
        archive.event(filing.CommitmentFailed, "case-1", failed_promise()),
        archive.event(supervision.RectificationFailed, "task-1", failed_rectification()),
    ]
    archive.redeliver(*(events[number] for number in order))
    archive.redeliver(*events)
    assert len(archive.emitted(credit.RecordListed)) == 1
    assert standing.of(CITIZEN).countable == 1


@pytest.mark.rule("SUP-24")
@pytest.mark.rule("T27")
def test_a_failed_rectification_is_listed_with_its_evidence(archive: Bench) -> None:
    archive.deliver(supervision.RectificationFailed, "task-1", failed_rectification())
    record = archive.emitted(credit.RecordListed)[0].data
    assert (record["record_source"], record["cause"], record["origin_id"]) == ("rectification", "violation", "task-1")


@pytest.mark.rule("CRE-10")
@pytest.mark.rule("T21")
def test_the_second_failing_makes_the_party_serious_at_the_moment_it_is_confirmed(archive: Bench) -> None:
    archive.deliver(filing.CommitmentLapsed, "case-1", lapse(1))
    assert archive.emitted(credit.SubjectUpgraded) == []
    archive.deliver(filing.CommitmentLapsed, "case-2", lapse(2))
    upgraded = archive.emitted(credit.SubjectUpgraded)[0]
    assert (upgraded.data["status"], upgraded.data["countable"], upgraded.data["cause"]) == ("serious", 2, "repeated")
    archive.deliver(filing.CommitmentLapsed, "case-3", lapse(3))
    assert len(archive.emitted(credit.SubjectUpgraded)) == 1
    assert standing.of(CITIZEN).countable == 3


@pytest.mark.rule("CRE-11")
def test_a_later_listing_prolongs_the_restriction_an_earlier_one_does_not_shorten_it(archive: Bench) -> None:
    archive.deliver(filing.CommitmentLapsed, "case-1", lapse(1, at="2026-03-02T00:00:00+08:00"))
    archive.deliver(filing.CommitmentLapsed, "case-2", lapse(2, at="2026-02-01T00:00:00+08:00"))
    assert standing.of(CITIZEN).until.isoformat() == "2027-03-02"
    archive.deliver(filing.CommitmentLapsed, "case-3", lapse(3, at="2026-03-05T00:00:00+08:00"))
    started = [event.data["until"] for event in archive.emitted(credit.RestrictionStarted)]
    assert started == ["2027-03-02", "2027-03-05"]
    assert archive.sweep("2027-03-03 00:00") == 0
    assert archive.sweep("2027-03-06 00:00") == 1


@pytest.mark.rule("CRE-06", "AMB-19")
@pytest.mark.rule("T28")
def test_a_business_suspension_is_listed_without_discretion(archive: Bench) -> None:
    archive.deliver(supervision.FindingReported, "finding-1", finding(kind="business_suspension"))
    assert archive.emitted(credit.RecordListed)[0].data["record_source"] == "penalty"
    assert archive.emitted(credit.RecordProposed) == []


@pytest.mark.rule("CRE-05", "AMB-19")
@pytest.mark.rule("T28")
def test_any_other_finding_waits_for_the_judging_organ(archive: Bench) -> None:
    archive.deliver(supervision.FindingReported, "finding-1", finding())
    proposed = archive.emitted(credit.RecordProposed)[0]
    assert proposed.data["due"] == "2026-03-09"
    assert standing.of(CITIZEN).status == "good"
    clerk = archive.client(staff("credit_admin", ORG))
    record = clerk.get("/api/credit/v1/records").get_json()["items"][0]
    answer = clerk.post(
        f"/api/credit/v1/records/{record['id']}/determination", json={"confirm": True, "opinion": "情况属实"}
    )
    assert answer.get_json()["state"] == "listed"
    assert standing.of(CITIZEN).status == "listed"


@pytest.mark.rule("CRE-05")
def test_a_dismissed_finding_leaves_the_party_untouched(archive: Bench) -> None:
    archive.deliver(supervision.FindingReported, "finding-1", finding())
    clerk = archive.client(staff("credit_admin", ORG))
    record = clerk.get("/api/credit/v1/records").get_json()["items"][0]
    path = f"/api/credit/v1/records/{record['id']}/determination"
    assert clerk.post(path, json={"confirm": False, "opinion": "证据不足"}).get_json()["state"] == "dismissed"
    assert archive.emitted(credit.RecordDismissed)[0].data["reason"] == "证据不足"
    assert clerk.post(path, json={"confirm": True, "opinion": "改变主意"}).status_code == 409
    assert standing.of(CITIZEN).status == "good"


@pytest.mark.rule("CRE-05")
def test_only_the_judging_organs_administrator_determines(archive: Bench) -> None:
    archive.deliver(supervision.FindingReported, "finding-1", finding())
    record_id = archive.emitted(credit.RecordProposed)[0].subject
    path = f"/api/credit/v1/records/{record_id}/determination"
    body = {"confirm": True, "opinion": "情况属实"}
    stranger = staff("credit_admin", "TZJ046-SP")
    assert archive.client(stranger).post(path, json=body).status_code == 403
    assert archive.client(staff("decider", ORG)).post(path, json=body).status_code == 403
    assert archive.client(stranger).get("/api/credit/v1/records").get_json()["items"] == []
    assert archive.emitted(credit.RecordListed) == []


@pytest.mark.rule("CRE-04")
def test_a_serious_cause_needs_the_serious_grade(archive: Bench) -> None:
    archive.deliver(supervision.FindingReported, "finding-1", finding())
    record_id = archive.emitted(credit.RecordProposed)[0].subject
    clerk = archive.client(staff("credit_admin", ORG))
    path = f"/api/credit/v1/records/{record_id}/determination"
    wrong = clerk.post(path, json={"confirm": True, "opinion": "弄虚作假", "cause": "false_material"})
    assert wrong.status_code == 422
    assert wrong.get_json()["rule"] == "CRE-04"
    right = {"confirm": True, "opinion": "弄虚作假", "cause": "false_material", "grade": "serious"}
    assert clerk.post(path, json=right).get_json()["grade"] == "serious"
    assert archive.emitted(credit.SubjectUpgraded)[0].data["status"] == "serious"


@pytest.mark.rule("CRE-05")
def test_a_determination_that_is_late_turns_red_and_decides_nothing(archive: Bench) -> None:
    archive.deliver(supervision.FindingReported, "finding-1", finding())
    assert archive.sweep("2026-03-09 23:59:59") == 0
    assert archive.sweep("2026-03-10 00:00") == 1
    record = archive.client(staff("credit_admin", ORG)).get("/api/credit/v1/records").get_json()["items"][0]
    assert (record["state"], record["determination_overdue"]) == ("pending", True)


@pytest.mark.rule("CRE-41")
def test_a_party_sees_its_own_archive_and_every_reader_and_nobody_elses(archive: Bench) -> None:
    archive.deliver(filing.CommitmentLapsed, "case-1", lapse())
    reader = archive.client(staff("credit_admin", ORG, ref="staff:reader"))
    assert reader.get(f"/api/credit/v1/subjects/{CITIZEN}").status_code == 422
    assert reader.get(f"/api/credit/v1/subjects/{CITIZEN}?reason=核实异议").status_code == 200
    own = archive.client(person(CITIZEN)).get("/api/credit/v1/subjects/me").get_json()
    assert [record["cause"] for record in own["records"]] == ["promise_lapsed"]
    assert [(c["reader"], c["reason"]) for c in own["consultations"]] == [("staff:reader", "核实异议")]
    other = archive.client(person())
    assert other.get("/api/credit/v1/subjects/me").get_json()["records"] == []
    assert other.get(f"/api/credit/v1/restrictions/{CITIZEN}").status_code == 403


@pytest.mark.rule("FIL-77")
@pytest.mark.parametrize("first", ["revoked", "lapsed"])
def test_the_record_shows_the_revocation_whichever_came_first(archive: Bench, first: str) -> None:
    revoked = archive.event(filing.CaseRevoked, "case-1", revocation())
    lapsed = archive.event(filing.CommitmentLapsed, "case-1", lapse())
    archive.redeliver(*([revoked, lapsed] if first == "revoked" else [lapsed, revoked]))
    own = archive.client(person(CITIZEN)).get("/api/credit/v1/subjects/me").get_json()
    assert [record["revocation_no"] for record in own["records"]] == ["撤〔2026〕1号"]


@pytest.mark.rule("CRE-08")
def test_the_same_lapse_delivered_by_many_at_once_is_one_record(archive: Bench) -> None:
    events = [archive.event(filing.CommitmentLapsed, "case-1", lapse()) for _ in range(8)]

    def bring(number: int) -> None:
        archive.database.activate()
        archive.redeliver(events[number])

    outcomes = at_once(8, bring)
    assert outcomes == [None] * 8
    assert len(archive.emitted(credit.SubjectListed)) == 1


@pytest.mark.rule("CRE-07")
def test_material_that_does_not_conform_is_for_the_judging_organ_to_determine(archive: Bench) -> None:
    archive.deliver(filing.CommitmentFailed, "case-1", failed_promise())
    assert standing.of(CITIZEN).status == "good"
    proposed = archive.emitted(credit.RecordProposed)[0]
    assert (proposed.data["cause"], proposed.data["state"]) == ("material_not_conforming", "pending")
    path = f"/api/credit/v1/records/{proposed.subject}/determination"
    clerk = archive.client(staff("credit_admin", ORG))
    assert clerk.post(path, json={"confirm": True, "opinion": "情况属实"}).get_json()["state"] == "listed"


@pytest.mark.rule("CRE-07")
def test_a_switch_leaves_a_lapse_to_the_judging_organ(archive: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    constants: Any = rules.constants(rules.DEFAULT)
    off = replace(constants["credit.auto_confirm_lapse"], value=False)
    monkeypatch.setitem(constants, "credit.auto_confirm_lapse", off)
    archive.deliver(filing.CommitmentLapsed, "case-1", lapse())
    assert archive.emitted(credit.RecordListed) == []
    assert archive.emitted(credit.RecordProposed)[0].data["record_source"] == "lapse"


@pytest.mark.rule("AMB-20")
def test_an_untrue_promise_is_no_failing_before_its_correction_has_failed(archive: Bench) -> None:
    assert supervision.RectificationOrdered.type not in archive.service.handlers
    archive.deliver(supervision.RectificationFailed, "task-1", failed_rectification())
    now = standing.of(CITIZEN)
    assert (now.status, now.grade) == ("listed", "ordinary")


@pytest.mark.rule("AMB-06")
def test_a_switch_leaves_booking_open_to_a_listed_party(archive: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    constants: Any = rules.constants(rules.DEFAULT)
    off = replace(constants["credit.restrict_booking"], value=False)
    monkeypatch.setitem(constants, "credit.restrict_booking", off)
    archive.deliver(filing.CommitmentLapsed, "case-1", lapse())
    for event in (archive.emitted(credit.SubjectListed)[0], archive.emitted(credit.RestrictionStarted)[0]):
        kinds = event.data.get("kinds") or [entry["kind"] for entry in event.data["restrictions"]]
        assert kinds == ["commit_approval", "letter_in_lieu"]


def failed_promise() -> dict[str, Any]:
    data = lapse() | {"cause": "material_not_conforming", "failed_at": "2026-03-02T00:00:00+08:00"}
    data |= {"found_by": "staff:1", "reason": "不符合法定条件"}
    data.pop("lapsed_at")
    return data


def revocation() -> dict[str, Any]:
    return case() | {
        "status": "revoked",
        "ground_code": "promise_lapsed",
        "article": "第六条(一)",
        "decision_no": "撤〔2026〕1号",
        "decision_doc_id": "doc-1",
        "revoked_at": "2026-03-02T00:00:00+08:00",
        "revoked_by": "service:filing",
        "evidence_refs": [],
        "collateral": False,
        "material_refs": [],
        "supervising_orgs": ["TZJ049-JG"],
        "supervision_kind": "食品经营",
    }
