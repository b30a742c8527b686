"""The main chain through filing: from the draft to the revocation, with every event on the way."""

import pytest

from contracts.events import filing
from services.filing import transitions
from tests.filing.hall import ORG, WATCH, Hall, clock_at


@pytest.mark.rule("FIL-39", "FIL-46", "FIL-70", "FIL-77", "FIL-79")
def test_a_commit_case_is_granted_pushed_and_revoked_when_rectification_fails(hall: Hall) -> None:
    case_no = hall.granted("commit")
    assert hall.status(case_no) == "completed"
    completed = hall.bench.emitted(filing.CaseCompleted)[0]
    assert completed.mode == "commit" and completed.decision == "granted" and completed.org == ORG
    assert completed.supervising_orgs == [WATCH] and completed.correlation == case_no
    assert [entry["code"] for entry in completed.deferred] == ["M02", "M03"]
    assert completed.commitment_letter_ref and completed.result["licence_no"]
    with clock_at("2026-04-02 00:00:05"):
        hall.rectification_failed(case_no)
    revoked = hall.bench.emitted(filing.CaseRevoked)[0]
    assert revoked.ground_code == "rectification_failed" and revoked.task_id == "task-1"
    assert revoked.revoked_by == "service:filing" and not revoked.collateral
    case = hall.get(case_no)
    assert case["status"] == "revoked" and case["commitment_status"] == "cancelled"
    papers = [entry["title"] for entry in case["documents"]]
    assert papers[-1] == "撤销结果决定书"
    assert hall.kinds(case_no) == [
        "filing.case.drafted",
        "filing.case.submitted",
        "filing.case.viewed",
        "filing.case.accepted",
        "filing.case.step_entered",
        "filing.case.reviewed",
        "filing.case.completed",
        "filing.commitment.opened",
        "filing.result.ready",
        "filing.case.revoked",
    ]


@pytest.mark.rule("FIL-33")
def test_the_whole_process_can_be_replayed_from_its_history(hall: Hall) -> None:
    case_no = hall.granted("commit")
    answer = hall.call(hall.citizen, "GET", f"/cases/{case_no}/history").get_json()
    assert answer["whole"] is True
    steps = [(entry["source"], entry["target"]) for entry in answer["items"] if entry["source"] != entry["target"]]
    assert steps == [
        ("none", "draft"),
        ("draft", "submitted"),
        ("submitted", "pre_review"),
        ("pre_review", "accepted"),
        ("accepted", "reviewing"),
        ("reviewing", "deciding"),
        ("deciding", "completed"),
    ]
    assert all(entry["actor"] and entry["at"] for entry in answer["items"])


@pytest.mark.rule("FIL-19")
def test_the_case_number_has_twenty_digits_and_the_time_of_the_draft(hall: Hall) -> None:
    numbers = {hall.draft() for _ in range(30)}
    assert len(numbers) == 30
    assert all(number.startswith("20260302100000") and len(number) == 20 and number.isdigit() for number in numbers)


@pytest.mark.rule("FIL-19")
def test_a_number_already_given_is_drawn_again(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.filing import cases

    first = hall.draft()
    draws = iter([first, first, "20260302100000999999"])
    monkeypatch.setattr(cases, "new_number", lambda: next(draws))
    assert hall.draft() == "20260302100000999999"


@pytest.mark.rule("FIL-33")
def test_every_state_has_its_chinese_name() -> None:
    assert all(transitions.STATES[state] for row in transitions.CASE for state in row.sources)
