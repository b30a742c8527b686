"""The annual assessment, and the coordinators' warnings of what is about to be overdue."""

from typing import Any

import pytest

from chassis.clock import clock_at
from contracts.commands import notifier
from contracts.events import filing
from contracts.events import supervision as events
from services.notifier.templates import DELIVERED, find
from services.supervision.assessments import POINTS
from tests.supervision.conftest import APPROVER, OFFICE, ROOT, SUPERVISOR, completed
from tests.supervision.test_verification import PLAN, Reach
from tests.support import Bench, at_once, staff

ASSESSOR = staff("service_office", "TZJ077", ref="staff:assessor")


def begin(bench: Bench, year: int = 2026) -> Any:
    return bench.client(ASSESSOR).post(f"{ROOT}/assessments", json={"year": year})


def check(bench: Bench, assessment: str, org: str, kind: str, *points: int) -> Any:
    body = {"org": org, "kind": kind, "note": "检查记录", "points": dict(zip(POINTS, points, strict=False))}
    return bench.client(ASSESSOR).post(f"{ROOT}/assessments/{assessment}/checks", json=body)


def step(bench: Bench, assessment: str, what: str) -> Any:
    return bench.client(ASSESSOR).post(f"{ROOT}/assessments/{assessment}/{what}")


@pytest.mark.rule("SUP-07")
def test_random_checks_and_the_year_end_check_are_weighted_forty_to_sixty_and_published(office: Bench) -> None:
    assessment = begin(office).get_json()["id"]
    check(office, assessment, APPROVER, "random", 100, 100, 100, 100, 100)
    check(office, assessment, APPROVER, "random", 80, 80, 80, 80, 80)
    check(office, assessment, OFFICE, "random", 50, 60, 70, 80, 90)
    check(office, assessment, APPROVER, "year_end", 60, 60, 60, 60, 60)
    early = step(office, assessment, "computation")
    assert (early.status_code, early.get_json()["rule"]) == (409, "SUP-07")
    assert OFFICE in early.get_json()["detail"]
    check(office, assessment, OFFICE, "year_end", 100, 100, 100, 100, 100)
    assert step(office, assessment, "publication").status_code == 409
    assert step(office, assessment, "computation").status_code == 200
    assert step(office, assessment, "publication").get_json()["state"] == "published"
    assert office.emitted(events.AssessmentPublished)[0].data["scores"] == [
        {"org_code": OFFICE, "random": 70.0, "year_end": 100.0, "total": 88.0},
        {"org_code": APPROVER, "random": 90.0, "year_end": 60.0, "total": 72.0},
    ]
    assert check(office, assessment, OFFICE, "random", 1, 1, 1, 1, 1).status_code == 409
    assert step(office, assessment, "publication").status_code == 409


@pytest.mark.rule("SUP-07")
def test_a_check_has_five_contents_and_the_year_end_check_is_one(office: Bench) -> None:
    assert office.client(SUPERVISOR).post(f"{ROOT}/assessments", json={"year": 2026}).status_code == 403
    assessment = begin(office).get_json()["id"]
    assert begin(office).status_code == 409
    assert check(office, assessment, OFFICE, "random", 100, 100, 100, 100).status_code == 422
    assert check(office, assessment, OFFICE, "random", 100, 100, 100, 100, 101).status_code == 422
    first = check(office, assessment, OFFICE, "year_end", 1, 1, 1, 1, 1)
    second = check(office, assessment, OFFICE, "year_end", 9, 9, 9, 9, 9)
    assert (first.status_code, second.status_code) == (201, 409)


@pytest.mark.rule("SUP-07", "ID-35")
def test_the_service_office_of_a_district_assesses_nobody_and_sees_no_scores(office: Bench) -> None:
    assessment = begin(office).get_json()["id"]
    check(office, assessment, OFFICE, "random", 90, 90, 90, 90, 90)
    body = {"org": OFFICE, "kind": "year_end", "note": "检查记录", "points": dict.fromkeys(POINTS, 0)}
    district = office.client(staff("service_office", "TZJ001"))
    for path, sent in (
        ("", {"year": 2027}),
        (f"/{assessment}/checks", body),
        (f"/{assessment}/computation", {}),
        (f"/{assessment}/publication", {}),
    ):
        assert district.post(f"{ROOT}/assessments{path}", json=sent).status_code == 403
    assert district.get(f"{ROOT}/assessments").status_code == 403
    for watcher in (ASSESSOR, staff("auditor", "TZJ001")):
        [shown] = office.client(watcher).get(f"{ROOT}/assessments").get_json()["items"]
        assert (shown["year"], shown["state"], len(shown["checks"])) == (2026, "collecting", 1)


@pytest.mark.rule("SUP-07", "SUP-05")
def test_a_check_holds_what_the_hall_itself_knows_of_the_years_work(office: Bench) -> None:
    office.deliver(filing.CaseCompleted, "case-1", completed())
    with clock_at("2026-09-05 09:00"):
        office.sweep()
        assessment = begin(office).get_json()["id"]
        [shown] = check(office, assessment, APPROVER, "random", 90, 90, 90, 90, 90).get_json()["checks"]
    assert shown["evidence"] == {
        "pushed": 1,
        "push_on_time_rate": 1.0,
        "daily_sheets": {"missing": 1},
        "weekly_records": {"missing": 1, "due": 1},
        "monthly_meetings": {"due": 1},
        "violations": 0,
    }


def warned(bench: Bench) -> list[tuple[str, str, str]]:
    commands = bench.emitted(notifier.SendSms)
    return [(c.data["recipient"], c.data["params"]["due"], c.data["params"]["left"]) for c in commands]


@pytest.mark.rule("SUP-08")
def test_both_coordinators_are_warned_on_the_last_working_day_of_a_start(office: Bench, task: Reach) -> None:
    task("created")
    office.sweep("2026-09-02 23:59:59")
    assert warned(office) == []
    office.sweep("2026-09-03 00:00")
    assert warned(office) == [
        (f"role:coordinator@{APPROVER}", "2026-09-04", "1"),
        (f"role:coordinator@{OFFICE}", "2026-09-04", "1"),
    ]
    for command in office.emitted(notifier.SendSms):
        wording = find(command.data["template"], DELIVERED)
        assert (
            wording and wording.code == "supervision.limit_warned"
        )  # its own, not that of the approving side's limits
        assert set(wording.names) == set(command.data["params"])
    for org, seen in ((APPROVER, 1), (OFFICE, 1), ("TZJ046-SP", 0)):
        rows = office.client(staff("coordinator", org)).get(f"{ROOT}/warnings").get_json()["items"]
        assert [row["kind"] for row in rows] == ["task.start"] * seen


@pytest.mark.rule("SUP-08")
def test_a_long_limit_is_near_in_its_last_fifth_and_what_is_done_is_not_warned_about(
    office: Bench, task: Reach
) -> None:
    task("started")
    office.sweep("2026-10-30 23:59:59")  # ten working days before 11-16 is 11-02
    assert warned(office) == []
    office.sweep("2026-11-02 00:00")
    assert [(due, left) for _, due, left in warned(office)] == [("2026-11-16", "10")] * 2
    assert [row.error for row in office.database.table("deadline").select() if row.error] == []


@pytest.mark.rule("SUP-08")
def test_the_set_date_of_a_rectification_is_warned_of(office: Bench, task: Reach) -> None:
    task("rectifying", due="2026-09-08")
    office.sweep("2026-09-07 00:00")
    assert [(due, left) for _, due, left in warned(office)] == [("2026-09-08", "1")] * 2


@pytest.mark.rule("SUP-21")
def test_two_who_start_a_verification_at_once_start_it_once(office: Bench, task: Reach) -> None:
    path = f"{ROOT}/tasks/{task('created')}/start"
    pair = [staff("supervisor", OFFICE) for _ in range(2)]

    def start(number: int) -> int:
        body = {"inspector": f"staff:inspector-{number}", "plan": PLAN}
        return office.client(pair[number]).post(path, json=body).status_code

    assert sorted(at_once(2, start)) == [200, 409]
    assert len(office.emitted(events.TaskStarted)) == 1
