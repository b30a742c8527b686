"""Findings of daily supervision and formal proposals to revoke."""

import pytest

from chassis.clock import clock_at
from contracts.events import filing
from contracts.events import supervision as events
from tests.supervision.conftest import CITIZEN, ROOT, SUPERVISOR, case, completed, revoked
from tests.support import Bench, staff

CASE_NO = "20260901100000000001"


def finding(**changes: object) -> dict[str, object]:
    return {
        "kind": "violation",
        "case_no": CASE_NO,
        "description": "超出许可范围经营",
        "discovered_at": "2026-09-18T15:00:00+08:00",
        "evidence": ["file:photo"],
    } | changes


@pytest.fixture
def pushed(office: Bench) -> Bench:
    """An office that holds the file of one case."""
    office.deliver(filing.CaseCompleted, "case-1", completed())
    return office


@pytest.mark.rule("SUP-10")
@pytest.mark.rule("SUP-14")
@pytest.mark.rule("T30")
@pytest.mark.parametrize(("reported", "late"), [("2026-09-20 23:59:59", False), ("2026-09-21 00:00:00", True)])
def test_a_finding_is_late_after_one_working_day(pushed: Bench, reported: str, late: bool) -> None:
    with clock_at(reported):
        answer = pushed.client(SUPERVISOR).post(f"{ROOT}/findings", json=finding())
    assert (answer.status_code, answer.get_json()["late"]) == (201, late)
    event = pushed.emitted(events.FindingReported)[0].data
    assert (event["late"], event["subject_ref"], event["case_id"]) == (late, CITIZEN, "case-1")


@pytest.mark.rule("SUP-14")
def test_the_discovery_lies_in_the_past(pushed: Bench) -> None:
    answer = pushed.client(SUPERVISOR).post(f"{ROOT}/findings", json=finding())
    assert (answer.status_code, answer.get_json()["rule"]) == (422, "SUP-14")
    assert answer.get_json()["article"] and answer.get_json()["next"]
    assert pushed.emitted(events.FindingReported) == []


@pytest.mark.rule("SUP-12", "T28", "AMB-19")
def test_a_business_suspension_names_its_penalty_decision(pushed: Bench) -> None:
    body = finding(kind="business_suspension", discovered_at="2026-09-01T09:00:00+08:00")
    refused = pushed.client(SUPERVISOR).post(f"{ROOT}/findings", json=body)
    assert (refused.status_code, refused.get_json()["rule"]) == (422, "SUP-12")
    body["penalty_no"] = "津市监罚〔2026〕1号"
    assert pushed.client(SUPERVISOR).post(f"{ROOT}/findings", json=body).status_code == 201
    assert pushed.client(SUPERVISOR).post(f"{ROOT}/findings", json=body | {"kind": "other"}).status_code == 201
    told = [(e.data["kind"], e.data["penalty_no"]) for e in pushed.emitted(events.FindingReported)]
    assert told == [(kind, "津市监罚〔2026〕1号") for kind in ("business_suspension", "other")]


@pytest.mark.rule("SUP-11")
def test_a_case_that_was_not_pushed_to_the_office_cannot_be_reported(pushed: Bench) -> None:
    body = finding(discovered_at="2026-09-01T09:00:00+08:00")
    stranger = pushed.client(staff("supervisor", "TZJ046-JG"))
    assert stranger.post(f"{ROOT}/findings", json=body).status_code == 404
    unknown = body | {"case_no": "20260901100000999999"}
    assert pushed.client(SUPERVISOR).post(f"{ROOT}/findings", json=unknown).status_code == 404


@pytest.mark.rule("SUP-13")
@pytest.mark.rule("T29")
def test_a_proposal_without_the_formal_document_is_refused(pushed: Bench) -> None:
    body = {"case_no": CASE_NO, "opinion": "建议撤销"}
    refused = pushed.client(SUPERVISOR).post(f"{ROOT}/proposals", json=body)
    assert (refused.status_code, refused.get_json()["rule"]) == (422, "SUP-13")
    assert "第十八条" in refused.get_json()["article"] and "正式文件" in refused.get_json()["next"]
    assert pushed.emitted(events.RevocationProposed) == []


@pytest.mark.rule("SUP-13")
@pytest.mark.parametrize("answer", ["revoked", "declined"])
def test_a_proposal_is_closed_by_the_approving_sides_answer(pushed: Bench, answer: str) -> None:
    body = {"case_no": CASE_NO, "opinion": "建议撤销", "document_ref": "file:doc", "document_no": "津监函〔2026〕1号"}
    made = pushed.client(SUPERVISOR).post(f"{ROOT}/proposals", json=body).get_json()
    assert made["reply_due"] == "2026-09-08"
    if answer == "revoked":
        pushed.deliver(filing.CaseRevoked, "case-1", revoked(proposal_id=made["id"]), sequence=2)
    else:
        explained = case() | {
            "proposal_id": made["id"],
            "explanation_doc": "file:why",
            "explanation": "已经整改",
            "supervising_org": "TZJ049-JG",
            "declined_at": "2026-09-02T10:00:00+08:00",
            "declined_by": "staff:decider",
        }
        pushed.deliver(filing.RevocationDeclined, "case-1", explained, sequence=2)
    pushed.sweep("2026-09-09 00:00")
    shown = pushed.client(SUPERVISOR).get(f"{ROOT}/proposals").get_json()["items"][0]
    assert (shown["state"], shown["reply_overdue"]) == (answer, False)


@pytest.mark.rule("SUP-30")
def test_whatever_is_late_appears_in_electronic_supervision_once(pushed: Bench) -> None:
    late = case(status="accepted") | {
        "deadline_kind": "committed",
        "due": "2026-08-31",
        "responsible_org": "TZJ049-SP",
        "rule": "FIL-34",
    }
    event = pushed.deliver(filing.DeadlineOverdue, "case-1", late, sequence=2)
    pushed.redeliver(event)
    rows = pushed.client(staff("auditor", "TZJ077")).get(f"{ROOT}/violations").get_json()["items"]
    assert [(row["kind"], row["what"], row["org"], row["case_no"]) for row in rows] == [
        ("over_time", "committed", "TZJ049-SP", CASE_NO)
    ]
