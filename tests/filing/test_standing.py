"""What the credit archive reports: suspension, collateral revocation, the same state in whatever order it is heard."""

import itertools
import random
from typing import Any

import pytest

from chassis import deadlines, history
from contracts import rules
from contracts.events import credit, filing, supervision
from services.filing import documents
from services.filing.models import Commitment, Document, Revocation, Standing, Suspension
from tests.filing.hall import Hall, clock_at
from tests.support import person


@pytest.mark.rule("AMB-40", "FIL-74")
def test_an_open_promise_gets_notice_and_is_revoked_when_nothing_comes(hall: Hall) -> None:
    case_no = hall.granted("commit")
    hall.list_party()
    revocation = hall.get(case_no)["revocations"][0]
    assert (revocation["state"], revocation["ground"], revocation["defence_due"]) == ("noticed", "listed", "2026-03-05")
    told = [event for event in hall.bench.emitted(filing.DeadlineWarned) if event.deadline_kind == "defence"]
    assert [(event.due, event.remaining_wd) for event in told] == [("2026-03-05", 3)]
    hall.sweep("2026-03-05 23:59:59")
    assert hall.status(case_no) == "completed"
    hall.sweep("2026-03-06 00:00")
    assert hall.status(case_no) == "revoked"
    revoked = hall.bench.emitted(filing.CaseRevoked)[0]
    assert revoked.collateral and revoked.ground_code == "listed" and revoked.record_id == "record-1"


@pytest.mark.rule("AMB-40")
def test_supplied_and_conforming_within_the_notice_keeps_the_result(hall: Hall) -> None:
    case_no = hall.granted("commit")
    hall.list_party()
    with clock_at("2026-03-05 20:00"):
        hall.supply(case_no, "M02", "M03")
    hall.sweep("2026-03-06 00:00")
    assert hall.status(case_no) == "completed"  # still under check
    with clock_at("2026-03-06 10:00"):
        hall.check(case_no, "M02", "M03")
    case = hall.get(case_no)
    assert case["status"] == "completed" and case["commitment_status"] == "fulfilled"
    assert case["revocations"][0]["state"] == "dropped"


@pytest.mark.rule("AMB-40")
def test_supplied_within_the_notice_but_not_conforming_is_revoked(hall: Hall) -> None:
    case_no = hall.granted("commit")
    hall.list_party()
    with clock_at("2026-03-05 20:00"):
        hall.supply(case_no, "M02", "M03")
    hall.sweep("2026-03-06 00:00")
    with clock_at("2026-03-06 10:00"):
        hall.check(case_no, "M02", "M03", conforms=False)
    assert hall.status(case_no) == "revoked"


@pytest.mark.rule("AMB-40")
@pytest.mark.parametrize(("policy", "status"), [("immediate", "revoked"), ("manual", "completed")])
def test_the_policy_is_a_switch(hall: Hall, monkeypatch: pytest.MonkeyPatch, policy: str, status: str) -> None:
    monkeypatch.setattr("services.filing.standing.collateral_policy", lambda: policy)
    case_no = hall.granted("commit")
    hall.list_party()
    hall.sweep("2026-03-20 00:00")
    assert hall.status(case_no) == status
    if policy == "manual":
        with clock_at("2026-03-20 10:00"):
            hall.do(hall.decider, case_no, "revocation/decision", {"follow": True, "opinion": "撤销"})
        assert hall.bench.emitted(filing.CaseRevoked)[0].collateral


@pytest.mark.rule("FIL-81")
def test_a_deleted_failing_lifts_suspension_and_drops_notices(hall: Hall) -> None:
    granted, under_way = hall.granted("commit"), hall.accepted("commit")
    hall.list_party()
    assert hall.status(under_way) == "suspended"
    hall.restore_party()
    assert hall.status(under_way) == "accepted"
    resumed = hall.bench.emitted(filing.CaseResumed)[0]
    assert resumed.ground == "failing_deleted" and resumed.new_due
    hall.sweep("2026-03-10 00:00")
    assert hall.status(granted) == "completed" and hall.get(granted)["revocations"][0]["state"] == "dropped"


@pytest.mark.rule("FIL-81")
def test_a_revocation_that_rested_on_a_deleted_failing_goes_back_to_the_decider(hall: Hall) -> None:
    case_no = hall.granted("commit")
    hall.list_party()
    hall.sweep("2026-03-06 00:00")
    _delete_record(hall)
    assert hall.get(case_no)["revocations"][0]["state"] == "reopened"
    queue = hall.call(hall.decider, "GET", "/cases?queue=revoke").get_json()["items"]
    assert [entry["case_no"] for entry in queue] == [case_no]


@pytest.mark.rule("FIL-74", "TIM-08")
def test_all_commit_cases_of_the_party_stop_each_with_its_own_paper_and_history(hall_on: Hall) -> None:
    hall = hall_on
    stopped = [hall.submitted("commit"), hall.accepted("commit"), hall.reviewed("commit"), hall.dispatched("commit")]
    others = [hall.accepted(), hall.accepted("commit", who=person())]
    hall.list_party()
    assert [hall.status(number) for number in (*stopped, *others)] == ["suspended"] * 4 + ["accepted"] * 2
    rows = [hall.row(number) for number in stopped]
    assert [row.before_suspension for row in rows] == ["submitted", "accepted", "deciding", "dispatched"]
    assert {row.desk for row in rows} == {"suspended"}
    papers = [Document.get(Document.case == row.id, Document.kind == "suspension") for row in rows]
    assert sorted(paper.number[-7:-1] for paper in papers) == ["000001", "000002", "000003", "000004"]
    assert all(history.verify(row.id) and history.last(row.id).verb == "suspend" for row in rows)
    anchors = [documents.content(paper)["history"]["number"] for paper in papers]
    assert anchors == [history.last(row.id).number for row in rows]
    running = {limit.kind for row in rows for limit in deadlines.of(row.id, "open")}
    assert running == {"paper_transfer"}  # between two windows, whatever becomes of the case
    standing_still = {limit.kind for row in rows for limit in deadlines.of(row.id, "paused")}
    assert standing_still == {"correction_notice", "committed", "statutory"}
    told = hall.bench.emitted(filing.CaseSuspended)
    assert sorted(event.case_no for event in told) == sorted(stopped)
    hall.list_party(2, record_id="record-2")  # a later record now stands behind each of them
    assert {row.record_id for row in Suspension.select()} == {"record-2"}
    assert len(hall.bench.emitted(filing.CaseSuspended)) == 4


@pytest.mark.rule("AMB-41")
def test_suspension_ends_at_the_latest_with_the_restriction(hall: Hall) -> None:
    case_no = hall.accepted("commit")
    hall.list_party()
    with clock_at("2027-05-30 00:00"):
        hall.bench.deliver(credit.RestrictionEnded, hall.citizen.ref, _ended(hall), sequence=9)
    assert hall.status(case_no) == "accepted"
    assert hall.bench.emitted(filing.CaseResumed)[0].ground == "restriction_ended"


@pytest.mark.rule("FIL-74", "AMB-41", "FIL-75")
def test_with_all_material_in_the_case_goes_on_and_is_decided_in_the_ordinary_way(hall: Hall) -> None:
    case_no = hall.reviewed("commit")
    hall.list_party()
    hall.do(hall.citizen, case_no, "conversion", status=409)
    hall.supply(case_no, "M02", "M03")
    hall.check(case_no, "M02", "M03")
    assert hall.status(case_no) == "deciding"
    assert hall.bench.emitted(filing.CaseResumed)[0].ground == "materials_completed"
    decision = {"decision": "granted", "opinion": "准予"}
    assert hall.do(hall.decider, case_no, "decision", decision, status=409)["rule"] == "FIL-75"
    hall.do(hall.citizen, case_no, "conversion")
    hall.do(hall.decider, case_no, "decision", decision)
    case = hall.get(case_no)
    assert (case["mode"], case["status"], case["commitment_status"]) == ("ordinary", "completed", "void")


@pytest.mark.rule("TIM-08")
def test_a_suspended_case_keeps_what_was_left_of_its_limit(hall: Hall) -> None:
    case_no = hall.accepted("commit")  # 20 wd from 03-02: 03-30
    with clock_at("2026-03-10 12:00"):
        hall.list_party()
    hall.sweep("2026-03-31 00:00")
    with clock_at("2026-03-20 12:00"):
        hall.restore_party()
    assert hall.get(case_no)["statutory_due"] == "2026-04-10"
    assert "filing.deadline.overdue" not in hall.kinds(case_no)


@pytest.mark.rule("FIL-75")
def test_commit_fails_closed_and_ordinary_open_when_the_archive_is_away(hall: Hall) -> None:
    ordinary, commit, deciding = hall.ready(), hall.ready("commit"), hall.reviewed("commit")
    hall.credit_away = True
    refusals = [
        hall.do(hall.citizen, commit, "submission", status=503),
        hall.do(hall.decider, deciding, "decision", {"decision": "granted", "opinion": "准予"}, status=503),
    ]
    for refused in refusals:  # says what is away and what to do
        assert (refused["rule"], refused["type"]) == ("FIL-75", "/problems/filing.credit-unavailable")
        assert "诚信档案" in refused["detail"] and "稍后再试" in refused["next"] and refused["article"]
    assert (hall.status(commit), hall.status(deciding)) == ("draft", "deciding")
    hall.do(hall.citizen, ordinary, "submission")
    hall.do(hall.decider, deciding, "decision", {"decision": "refused", "opinion": "不符合", "basis": "第三十五条"})


@pytest.mark.rule("FIL-75")
def test_the_archive_is_asked_when_choosing_when_submitting_and_when_deciding(hall: Hall) -> None:
    chosen, deciding = hall.ready("commit"), hall.reviewed("commit")
    hall.barred[hall.citizen.ref] = "2027-03-02"
    body = {"item_code": "000149032000", "mode": "commit", "project_name": "新店"}
    assert hall.call(hall.citizen, "POST", "/cases", body).status_code == 409
    assert hall.do(hall.citizen, chosen, "submission", status=409)["until"] == "2027-03-02"
    refused = hall.do(hall.decider, deciding, "decision", {"decision": "granted", "opinion": "准予"}, status=409)
    assert refused["until"] == "2027-03-02"


# --- order ------------------------------------------------------------------------------------------------------------


def _ended(hall: Hall) -> dict[str, Any]:
    return {
        "subject_ref": hall.citizen.ref,
        "subject_type": "person",
        "subject_name_masked": "样***",
        "kinds": ["commit_approval"],
        "until": "2027-05-29",
        "record_id": "record-1",
        "ended_at": "2027-05-30T00:00:00+08:00",
        "reason": "expired",
    }


def _delete_record(hall: Hall) -> None:
    hall.bench.deliver(credit.RecordDeleted, "record-1", hall.deleted_record())


def _state(hall: Hall, *numbers: str) -> Any:
    """Everything that must not depend on the order."""
    standing = Standing.get_or_none(Standing.subject_ref == hall.citizen.ref)
    rows = [hall.row(number) for number in numbers]
    ids = [row.id for row in rows]
    return (
        [(row.status, row.mode, row.commitment_status, row.before_suspension) for row in rows],
        sorted(
            (r.ground, r.state, r.collateral, r.record_id) for r in Revocation.select().where(Revocation.case.in_(ids))
        ),
        sorted(
            (s.ground, s.record_id, s.resumed_at is None) for s in Suspension.select().where(Suspension.case.in_(ids))
        ),
        sorted(p.status for p in Commitment.select().where(Commitment.case.in_(ids))),
        standing and (standing.status, standing.status_sequence, standing.restrictions),
    )


def _play(hall: Hall, make: Any, orders: list[tuple[int, ...]]) -> list[Any]:
    """The outcome of the same events in several orders, each on cases of its own."""
    outcomes = []
    for order in orders:
        hall.citizen = person()
        numbers = [hall.granted("commit"), hall.reviewed("commit"), hall.accepted("ordinary")]
        events = make(hall, numbers)
        for place in order:
            hall.bench.redeliver(events[place])
        hall.bench.redeliver(*events)  # and all of them once more
        outcomes.append(_state(hall, *numbers))
    return outcomes


@pytest.mark.slow
@pytest.mark.rule("T38", "FIL-74", "FIL-76")
def test_listing_upgrade_and_restriction_in_any_order_leave_the_same_state(hall: Hall) -> None:
    def make(hall: Hall, numbers: list[str]) -> list[Any]:
        ref = hall.citizen.ref
        started = {key: value for key, value in _ended(hall).items() if key not in {"ended_at", "reason"}}
        upgraded = hall.listing(status="serious", grade="serious", countable=2, record_id="record-2")
        bench = hall.bench
        return [
            bench.event(credit.SubjectListed, ref, hall.listing(), sequence=1),
            bench.event(credit.RestrictionStarted, ref, started | {"started_on": "2026-03-02"}, sequence=2),
            bench.event(credit.SubjectUpgraded, ref, upgraded, sequence=3),
        ]

    outcomes = _play(hall, make, list(itertools.permutations(range(3))))
    assert all(outcome == outcomes[0] for outcome in outcomes), outcomes
    assert [entry[0] for entry in outcomes[0][0]] == ["completed", "suspended", "accepted"]
    assert outcomes[0][1] == [("serious_listed", "noticed", True, "record-2")]


@pytest.mark.slow
@pytest.mark.rule("T38", "FIL-81")
def test_restored_before_listed_bars_nothing(hall: Hall) -> None:
    def make(hall: Hall, numbers: list[str]) -> list[Any]:
        ref, bench = hall.citizen.ref, hall.bench
        return [
            bench.event(credit.SubjectListed, ref, hall.listing(), sequence=1),
            bench.event(credit.SubjectRestored, ref, hall.restoring(), sequence=2),
            bench.event(credit.RestrictionEnded, ref, _ended(hall) | {"reason": "deleted"}, sequence=3),
            bench.event(credit.RecordDeleted, "record-1", hall.deleted_record(), sequence=4),
        ]

    outcomes = _play(hall, make, list(itertools.permutations(range(4))))
    ends = [([case[0] for case in outcome[0]], outcome[4]) for outcome in outcomes]
    assert all(end == ends[0] for end in ends)
    assert ends[0][0] == ["completed", "deciding", "accepted"]
    assert all(entry["until"] is None for entry in ends[0][1][2].values())
    assert all(state == "dropped" for outcome in outcomes for _, state, _, _ in outcome[1])


@pytest.mark.slow
@pytest.mark.rule("T38", "FIL-79")
def test_rectification_and_listing_in_any_order_leave_the_same_state(hall: Hall) -> None:
    def make(hall: Hall, numbers: list[str]) -> list[Any]:
        case = hall.row(numbers[0])
        data = hall.rectification_data(numbers[0])
        listing = hall.listing(case_id=case.id, case_no=case.case_no, cause="violation")
        return [
            hall.bench.event(supervision.RectificationFailed, f"task-{case.id}", data),
            hall.bench.event(credit.SubjectListed, hall.citizen.ref, listing, sequence=1),
        ]

    outcomes = _play(hall, make, [(0, 1), (1, 0)])
    assert outcomes[0] == outcomes[1]
    assert [entry[0] for entry in outcomes[0][0]] == ["revoked", "suspended", "accepted"]


@pytest.mark.slow
@pytest.mark.rule("T38")
def test_everything_shuffled_and_doubled_ends_alike(hall: Hall) -> None:
    def make(hall: Hall, numbers: list[str]) -> list[Any]:
        case, ref, bench = hall.row(numbers[0]), hall.citizen.ref, hall.bench
        listing = hall.listing(case_id=case.id, case_no=case.case_no)
        serious = listing | {"status": "serious", "grade": "serious", "countable": 2, "record_id": "record-2"}
        task = f"task-{case.id}"
        failed = hall.rectification_data(numbers[0]) | {"task_id": task}
        ordered = {k: v for k, v in failed.items() if k not in {"reason", "failed_at", "decided_on", "decided_by"}}
        ordered |= {"ordered_at": "2026-03-20T10:00:00+08:00", "ordered_by": "staff:inspector"}
        return [
            bench.event(supervision.RectificationOrdered, task, ordered, sequence=1),
            bench.event(supervision.RectificationFailed, task, failed, sequence=2),
            bench.event(credit.SubjectListed, ref, listing, sequence=1),
            bench.event(credit.SubjectUpgraded, ref, serious, sequence=2),
            bench.event(credit.RestrictionStarted, ref, _started(hall), sequence=3),
        ]

    shuffler = random.Random(7)
    orders = [tuple(shuffler.sample([0, 1, 2, 3, 4], 5)) for _ in range(8)]
    outcomes = _play(hall, make, orders)
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert rules.value("credit.collateral_revocation").value == "after_notice"


def _started(hall: Hall) -> dict[str, Any]:
    started = {key: value for key, value in _ended(hall).items() if key not in {"ended_at", "reason"}}
    return started | {"started_on": "2026-03-02"}
