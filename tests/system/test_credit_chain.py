"""Kept and broken promises in real processes, on both set-ups: T20…T30 end to end, between the services by events."""

from datetime import date, timedelta
from typing import Any

import pytest

from chassis import clock, workdays
from tests.system.credit import Told, tell
from tests.system.hall import RealHall

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def told(city: RealHall) -> Told:
    """The story, once for all tests of a set-up, in the hall of the main chain: by years later than that."""
    return tell(city)


def day(archive: dict[str, Any], case_no: str) -> date:
    """The day on which a case brought its company on the list."""
    [record] = [record for record in archive["records"] if record["case_no"] == case_no]
    return clock.local(clock.parse(record["listed_at"])).date()


@pytest.mark.rule("T20", "FIL-74", "AMB-05")
def test_a_lapse_suspends_what_is_under_way_and_leaves_what_is_fulfilled(told: Told) -> None:
    after = told.seen["after"]
    assert (after["broken"], after["under_way"], after["kept"]) == ("revoked", "suspended", "completed")


@pytest.mark.rule("T21", "CRE-04", "CRE-10", "CRE-14", "AMB-03")
def test_two_broken_promises_make_a_serious_failing_that_cannot_be_repaired(told: Told) -> None:
    archive = told.seen["serious"]
    assert (archive["status"], len(archive["records"])) == ("serious", 2)
    assert {record["source"] for record in archive["records"]} == {"lapse"}
    assert (told.seen["after"]["first"], told.seen["after"]["second"]) == ("revoked", "revoked")
    status, rule, article = told.refused("unrepairable")
    assert (status, rule) == (409, "CRE-14") and "第九条" in article
    targets = told.hall.books.rows("supervision", "SELECT subject_ref FROM supervision_key_target WHERE serious")
    assert told.twice.visitor.ref in [row["subject_ref"] for row in targets]


@pytest.mark.rule("T22", "CRE-08")
def test_a_promise_that_lapses_when_its_correction_fails_and_is_judged_again_is_one_record(told: Told) -> None:
    broken = told.cases["broken"]
    for archive in (told.seen["listed"], told.seen["restricted"]):
        [record] = [record for record in archive["records"] if record["case_no"] == broken]
        assert (archive["status"], record["state"], told.seen["judged"]["id"]) == ("listed", "listed", record["id"])
    events = told.hall.books.events("filing")
    revoked = [event for event in events if event["type"] == "filing.case.revoked"]
    assert [event["data"]["case_no"] for event in revoked].count(broken) == 1


@pytest.mark.rule("T23", "T24", "CRE-22", "CRE-23", "CRE-24")
def test_a_deletion_frees_the_company_after_the_third_working_day_of_publicity_and_not_before(told: Told) -> None:
    received, posted_to = told.days["received"], told.days["posted_to"]
    assert told.seen["objection"]["due"] == workdays.add_workdays(received, 3).isoformat()
    assert posted_to == workdays.add_workdays(received, 3)
    status, rule, article = told.refused("still")
    assert (status, rule) == (409, "FIL-75") and article
    until = workdays.due_for("credit.restriction", day(told.seen["listed"], told.cases["broken"])).date.isoformat()
    assert told.seen["still"].problem["until"] == until
    [record] = [record for record in told.seen["restricted"]["records"] if record["case_no"] == told.cases["broken"]]
    assert (told.seen["restricted"]["status"], record["annotation"]) == ("listed", "objection_pending")
    assert told.seen["cleared"]["restrictions"] == []
    assert told.seen["gone_on"] in ("submitted", "pre_review", "accepted")
    assert told.seen["again"]["mode"] == "commit"
    deleted = [event for event in told.hall.books.events("credit") if event["type"] == "credit.record.deleted"]
    assert [clock.local(clock.parse(event["data"]["deleted_at"])).date() for event in deleted] == [
        posted_to + timedelta(days=1)
    ]


@pytest.mark.rule("T25", "CRE-31", "CRE-34", "TIM-05")
def test_repair_opens_the_day_after_a_whole_clean_year(told: Told) -> None:
    ends = told.days["year_ends"]
    assert (ends.year, ends.month) == (told.days["corrected"].year + 1, told.days["corrected"].month)
    status, rule, _ = told.refused("early")
    assert (status, rule) == (409, "CRE-31")
    assert told.seen["early"].problem["earliest"] == (ends + timedelta(days=1)).isoformat()
    assert told.seen["repair"]["state"] == "submitted"
    [penalty] = [record for record in told.seen["end"]["records"] if record["source"] == "penalty"]
    assert (told.seen["end"]["status"], penalty["state"], penalty["annotation"]) == ("good", "repaired", "repaired")


@pytest.mark.rule("T26", "SUP-20", "SUP-21", "SUP-23")
def test_a_verification_has_its_limits_from_the_decision_and_a_correction_its_cap(told: Told) -> None:
    task, decided = told.seen["task"], told.days["decided"]
    days = {"start_due": 3, "finish_due": 50, "cap_due": 60}
    assert {name: task[name] for name in days} == {
        name: workdays.add_workdays(decided, number).isoformat() for name, number in days.items()
    }
    status, rule, article = told.refused("beyond")
    assert (status, rule) == (422, "SUP-23") and article
    assert told.seen["ordered"]["state"] == "rectifying"


@pytest.mark.rule("T27", "SUP-24", "SUP-27", "FIL-79")
def test_the_revocations_come_back_to_supervision_and_end_its_tasks(told: Told) -> None:
    pushes = told.hall.books.rows("supervision", "SELECT case_no FROM supervision_push WHERE kind = 'revoked'")
    revoked = {told.cases[name] for name in ("broken", "first", "second")}
    assert revoked <= {row["case_no"] for row in pushes}
    tasks = told.hall.books.rows("supervision", "SELECT case_no, state FROM supervision_task")
    states = {row["case_no"]: row["state"] for row in tasks}
    assert states[told.cases["broken"]] in ("failed", "cancelled")
    assert {states[told.cases[name]] for name in ("first", "second")} == {"cancelled"}


@pytest.mark.rule("T28", "CRE-05", "CRE-06", "FIL-74")
def test_a_suspension_of_business_is_listed_at_once_and_any_other_finding_waits(told: Told) -> None:
    assert (told.seen["pending"]["state"], told.seen["pending"]["source"]) == ("pending", "finding")
    assert (told.seen["before"]["status"], told.seen["dismissed"]["state"]) == ("good", "dismissed")
    [penalty] = [record for record in told.seen["punished"]["records"] if record["source"] == "penalty"]
    assert (penalty["state"], penalty["determined_by"]) == ("listed", "service:credit")
    assert told.seen["suspended_again"] == "suspended"


@pytest.mark.rule("T29", "SUP-13", "FIL-78")
def test_a_proposal_needs_its_document_and_the_answer_comes_back(told: Told) -> None:
    status, rule, article = told.refused("undocumented")
    assert (status, rule) == (422, "SUP-13") and article
    assert told.seen["proposal"]["state"] == "declined"
    assert told.seen["after"]["kept"] == "completed"


@pytest.mark.rule("T30", "SUP-10", "SUP-14", "SUP-30")
def test_a_finding_is_in_time_for_one_working_day_and_then_late_and_counted(told: Told) -> None:
    assert (told.seen["finding"]["late"], told.seen["late"]["late"]) == (False, True)
    late = told.hall.books.rows("supervision", "SELECT case_no FROM supervision_violation WHERE what = 'finding'")
    assert [row["case_no"] for row in late] == [told.cases["kept"]]


def test_nothing_is_parked(told: Told) -> None:
    told.hall.settle()
    assert told.hall.parked() == []
    assert told.hall.unfinished() == {}
