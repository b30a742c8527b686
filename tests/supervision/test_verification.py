"""Verification of promises from the pushed decision to its end."""

from collections.abc import Callable

import pytest

from chassis.clock import clock_at
from contracts.commands import notifier
from contracts.events import credit, filing
from contracts.events import supervision as events
from services.supervision.transitions import TASK
from tests.supervision.conftest import CITIZEN, OFFICE, ROOT, SUPERVISOR, case, completed, example, revoked
from tests.support import Bench, person, staff

Reach = Callable[..., str]
PLAN = {"date": "2026-09-03", "place": "经营场所", "items": ["冷藏设备"]}


@pytest.mark.rule("SUP-03")
@pytest.mark.rule("SUP-20", "AMB-08")
@pytest.mark.rule("T26")
def test_a_granted_commit_decision_is_pushed_acknowledged_and_opens_a_task(office: Bench) -> None:
    event = office.deliver(filing.CaseCompleted, "case-1", completed())
    office.redeliver(event, office.event(filing.CaseCompleted, "case-1", completed()))
    client = office.client(SUPERVISOR)
    files = client.get(f"{ROOT}/pushes").get_json()["items"]
    assert [(f["case_no"], f["supervision_kind"], f["files"]["commitment_letter"]) for f in files] == [
        ("20260901100000000001", "食品经营", "file:letter")
    ]
    assert office.emitted(events.PushAcknowledged)[0].data["pushed_event"] == event.id
    tasks = client.get(f"{ROOT}/tasks").get_json()["items"]
    assert [(t["start_due"], t["finish_due"], t["cap_due"]) for t in tasks] == [
        ("2026-09-04", "2026-11-16", "2026-11-30")
    ]
    assert len(office.emitted(events.TaskCreated)) == 1


@pytest.mark.rule("SUP-20")
@pytest.mark.parametrize("changes", [{"mode": "ordinary"}, {"decision": "refused"}])
def test_other_decisions_are_pushed_but_not_verified(office: Bench, changes: dict[str, str]) -> None:
    office.deliver(filing.CaseCompleted, "case-1", completed(**changes))
    assert len(office.client(SUPERVISOR).get(f"{ROOT}/pushes").get_json()["items"]) == 1
    assert office.emitted(events.TaskCreated) == []


@pytest.mark.rule("SUP-21")
@pytest.mark.parametrize(
    "body",
    [{}, {"inspector": "staff:1"}, {"plan": PLAN}, {"inspector": "staff:1", "plan": PLAN | {"items": []}}],
)
def test_a_start_needs_an_inspector_and_a_plan(office: Bench, task: Reach, body: dict[str, object]) -> None:
    task_id = task("created")
    answer = office.client(SUPERVISOR).post(f"{ROOT}/tasks/{task_id}/start", json=body)
    assert answer.status_code == 422
    assert office.emitted(events.TaskStarted) == []


@pytest.mark.rule("SUP-20", "AMB-07")
def test_a_task_not_started_in_three_working_days_turns_red_and_can_still_be_started(
    office: Bench, task: Reach
) -> None:
    task_id = task("created")
    office.sweep("2026-09-04 23:59:59")
    assert office.emitted(events.TaskStartOverdue) == []
    office.sweep("2026-09-05 00:00")
    assert len(office.emitted(events.TaskStartOverdue)) == 1
    with clock_at("2026-09-07 10:00"):
        body = {"inspector": "staff:supervisor-1", "plan": PLAN | {"date": "2026-09-08"}}
        started = office.client(SUPERVISOR).post(f"{ROOT}/tasks/{task_id}/start", json=body).get_json()
    assert (started["state"], started["start_overdue"]) == ("started", True)


@pytest.mark.rule("SUP-20")
def test_a_task_not_finished_in_fifty_working_days_turns_red(office: Bench, task: Reach) -> None:
    task("started")
    office.sweep("2026-11-16 23:59:59")
    assert office.emitted(events.TaskFinishOverdue) == []
    office.sweep("2026-11-17 00:00")
    assert len(office.emitted(events.TaskFinishOverdue)) == 1


@pytest.mark.rule("SUP-22")
def test_every_promised_point_needs_exactly_one_result(office: Bench, task: Reach) -> None:
    task_id = task("started")
    client = office.client(SUPERVISOR)
    for codes in (["P1"], ["P1", "P2", "P3"], ["P1", "P1"]):
        points = [{"code": code, "result": "true"} for code in codes]
        answer = client.post(f"{ROOT}/tasks/{task_id}/points", json={"points": points})
        assert (answer.status_code, answer.get_json()["rule"]) == (422, "SUP-22")
    points = [{"code": code, "result": "true"} for code in ("P1", "P2")]
    assert client.post(f"{ROOT}/tasks/{task_id}/points", json={"points": points}).get_json()["state"] == "passed"
    assert len(office.emitted(events.TaskPassed)) == 1


@pytest.mark.rule("SUP-23")
@pytest.mark.rule("T26")
@pytest.mark.parametrize(("due", "status"), [("2026-12-01", 422), ("2026-11-30", 200), ("2026-08-31", 422)])
def test_the_rectification_date_lies_within_sixty_working_days_of_the_decision(
    office: Bench, task: Reach, due: str, status: int
) -> None:
    task_id = task("points")
    answer = office.client(SUPERVISOR).post(f"{ROOT}/tasks/{task_id}/rectification", json={"due": due})
    assert answer.status_code == status
    ordered = office.emitted(events.RectificationOrdered)
    if status == 422:
        problem = answer.get_json()
        assert (problem["rule"], problem["latest"]) == ("SUP-23", "2026-11-30")
        assert "第十七条" in problem["article"]
        assert ordered == []
    else:
        assert ordered[0].data["stop_activity"] is True
        assert [p["code"] for p in ordered[0].data["problems"]] == ["P1"]


@pytest.mark.rule("SUP-23")
def test_nothing_is_ordered_while_no_point_was_found_untrue(office: Bench, task: Reach) -> None:
    task_id = task("started")
    answer = office.client(SUPERVISOR).post(f"{ROOT}/tasks/{task_id}/rectification", json={"due": "2026-10-30"})
    assert (answer.status_code, answer.get_json()["rule"]) == (409, "SUP-22")


@pytest.mark.rule("SUP-25", "AMB-20")
def test_a_passing_recheck_closes_the_task_without_a_failing(office: Bench, task: Reach) -> None:
    task_id = task("rectifying")
    body = {"conforms": True, "found": "已配备冷藏设备"}
    answer = office.client(SUPERVISOR).post(f"{ROOT}/tasks/{task_id}/recheck", json=body)
    assert answer.get_json()["state"] == "passed_after_rectification"
    office.sweep("2026-11-01 00:00")
    assert office.emitted(events.RectificationFailed) == []
    assert office.emitted(notifier.SendSms) == []  # nobody is warned of a date that does not matter any more


@pytest.mark.rule("SUP-24")
def test_a_recheck_that_does_not_conform_fails_at_once(office: Bench, task: Reach) -> None:
    task_id = task("rectifying")
    body = {"conforms": False, "found": "仍无冷藏设备"}
    assert office.client(SUPERVISOR).post(f"{ROOT}/tasks/{task_id}/recheck", json=body).get_json()["state"] == "failed"
    failed = office.emitted(events.RectificationFailed)[0].data
    assert (failed["reason"], failed["decided_by"]) == ("not_conforming", "staff:supervisor-1")


@pytest.mark.rule("SUP-24")
@pytest.mark.rule("T27")
def test_the_set_date_passes_and_the_rectification_has_failed(office: Bench, task: Reach) -> None:
    task("rectifying", due="2026-10-30")
    office.sweep("2026-10-30 23:59:59")
    assert office.emitted(events.RectificationFailed) == []
    office.sweep("2026-10-31 00:00")
    failed = office.emitted(events.RectificationFailed)[0].data
    assert (failed["reason"], failed["failed_at"]) == ("date_passed", "2026-10-31T00:00:00+08:00")
    office.deliver(filing.CaseRevoked, "case-1", revoked())
    assert office.emitted(events.TaskCancelled) == []


@pytest.mark.rule("SUP-24")
def test_a_correction_reported_in_time_is_looked_at_before_anybody_fails(office: Bench, task: Reach) -> None:
    task_id = task("rectifying", due="2026-10-30")
    citizen = office.client(person(CITIZEN))
    assert office.client(person()).post(f"{ROOT}/tasks/{task_id}/correction", json={"text": "已改"}).status_code == 403
    assert citizen.post(f"{ROOT}/tasks/{task_id}/correction", json={"text": "已购置冷藏柜"}).status_code == 200
    office.sweep("2026-10-31 00:00")
    office.sweep("2026-11-03 00:00")
    assert office.emitted(events.RectificationFailed) == []
    assert citizen.get(f"{ROOT}/tasks/{task_id}").get_json()["state"] == "rectifying"


@pytest.mark.rule("SUP-27")
@pytest.mark.parametrize("first", ["completed", "revoked"])
def test_a_case_that_ended_leaves_no_running_task_in_whatever_order_it_is_told(office: Bench, first: str) -> None:
    done = office.event(filing.CaseCompleted, "case-1", completed())
    gone = office.event(filing.CaseRevoked, "case-1", revoked(), sequence=2)
    office.redeliver(*([done, gone] if first == "completed" else [gone, done]))
    office.redeliver(done, gone)
    tasks = office.client(SUPERVISOR).get(f"{ROOT}/tasks").get_json()["items"]
    assert [t["state"] for t in tasks] == ["cancelled"]
    assert len(office.emitted(events.TaskCancelled)) == 1
    office.sweep("2027-01-01 00:00")
    assert [*office.emitted(events.TaskStartOverdue), *office.emitted(events.TaskFinishOverdue)] == []


@pytest.mark.rule("SUP-27")
@pytest.mark.parametrize("state", ["created", "started", "rectifying"])
@pytest.mark.parametrize("end", ["revoked", "withdrawn"])
def test_the_end_of_a_case_cancels_its_task_in_every_running_state(
    office: Bench, task: Reach, state: str, end: str
) -> None:
    task_id = task(state)
    if end == "revoked":
        office.deliver(filing.CaseRevoked, "case-1", revoked(), sequence=2)
    else:
        gone = example("filing.case.withdrawn") | case(status="withdrawn")
        office.deliver(filing.CaseWithdrawn, "case-1", gone, sequence=2)
    [told] = office.emitted(events.TaskCancelled)
    assert (told.task_id, told.reason) == (
        task_id,
        {"revoked": "结果已撤销：撤〔2026〕1号", "withdrawn": "申请人撤回"}[end],
    )
    assert office.client(SUPERVISOR).get(f"{ROOT}/tasks/{task_id}").get_json()["state"] == "cancelled"
    office.sweep("2027-01-01 00:00")
    later = {event.type for event in office.emitted()} & {
        *(one.type for one in (events.TaskStartOverdue, events.TaskFinishOverdue, events.RectificationFailed)),
        notifier.SendSms.type,
    }
    assert later == set()


@pytest.mark.rule("SUP-26")
@pytest.mark.parametrize("first", ["standing", "case"])
def test_serious_subjects_stand_on_top_of_the_list(office: Bench, first: str) -> None:
    standing = office.event(credit.SubjectUpgraded, CITIZEN, serious(), sequence=2)
    older = office.event(credit.SubjectListed, CITIZEN, serious() | {"status": "listed"}, sequence=1)
    key = office.event(filing.CaseCompleted, "case-1", completed(1))
    office.redeliver(*([standing, key, older] if first == "standing" else [key, older, standing]))
    office.deliver(filing.CaseCompleted, "case-2", completed(2, subject_ref="person:other"))
    order = [t["case_no"][-1] for t in office.client(SUPERVISOR).get(f"{ROOT}/tasks").get_json()["items"]]
    assert order == ["1", "2"]


@pytest.mark.rule("ID-34")
def test_another_office_sees_and_does_nothing(office: Bench, task: Reach) -> None:
    task_id = task("created")
    stranger = office.client(staff("supervisor", "TZJ046-JG"))
    assert stranger.get(f"{ROOT}/tasks").get_json()["items"] == []
    assert stranger.get(f"{ROOT}/pushes").get_json()["items"] == []
    assert stranger.get(f"{ROOT}/tasks/{task_id}").status_code == 403
    body = {"inspector": "staff:1", "plan": PLAN}
    assert stranger.post(f"{ROOT}/tasks/{task_id}/start", json=body).status_code == 403
    assert office.client(staff("coordinator", OFFICE)).get(f"{ROOT}/tasks/{task_id}").status_code == 200


@pytest.mark.rule("SUP-24")
@pytest.mark.parametrize("state", sorted(set(TASK.states) - {"created"}))
def test_a_verb_without_a_row_is_refused_with_what_is_possible(office: Bench, task: Reach, state: str) -> None:
    reachable = {"started": "started", "rectifying": "rectifying"}.get(state)
    if reachable is None:  # ended states are reached through their own verbs
        task_id = task("rectifying")
        office.client(SUPERVISOR).post(f"{ROOT}/tasks/{task_id}/recheck", json={"conforms": True, "found": "已改正"})
    else:
        task_id = task(reachable)
    body = {"inspector": "staff:1", "plan": PLAN}
    refused = office.client(SUPERVISOR).post(f"{ROOT}/tasks/{task_id}/start", json=body)
    assert refused.status_code == 409
    assert "start" not in refused.get_json()["allowed"]


def serious() -> dict[str, object]:
    return {
        "subject_ref": CITIZEN,
        "subject_type": "person",
        "subject_name_masked": "张*",
        "status": "serious",
        "grade": "serious",
        "countable": 2,
        "restrictions": [],
        "record_id": "record-2",
        "record_no": "CR2",
        "judging_org": "TZJ049-SP",
        "changed_at": "2026-09-01T09:00:00+08:00",
        "cause": "repeated",
        "article": "第八条(二)",
    }
