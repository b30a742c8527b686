"""A complaint about a case brings the timeline of the case, and what the records say to it (FEE-33)."""

from typing import Any

import pytest

from chassis.clock import clock_at
from contracts.events import filing
from tests.feedback.conftest import CITIZEN, HANDLER_A, ITEM, OTHER, ROOT, UNIT, case, case_no, completed, send
from tests.support import Bench, person

AT = "2026-09-21T10:00:00+08:00"
MATERIALS = [{"code": "M01", "state": "supplied"}, {"code": "M02", "state": "missing"}]
# What filing reports on the way of a case: event and what it says beside the case.
SUBMITTED = (
    filing.CaseSubmitted,
    {"status": "submitted", "submitted_at": AT, "materials": MATERIALS, "notice_due": "2026-09-27"},
)
LIMITS = {"accepted_at": AT, "committed_due": "2026-09-28", "statutory_due": "2026-10-30", "receipt_no": "受1"}
ACCEPTED = (filing.CaseAccepted, {"status": "accepted", "by_lapse": False} | LIMITS)
LAPSED_IN = (filing.CaseAccepted, {"status": "accepted", "by_lapse": True} | LIMITS)
NOT_ACCEPTED = (
    filing.CaseNotAccepted,
    {
        "status": "not_accepted",
        "reason_code": "not_competent",
        "notice_no": "不受〔2026〕1号",
        "not_accepted_at": AT,
    },
)
SPECIAL = (
    filing.SpecialStarted,
    {
        "status": "special",
        "special_id": "sp-1",
        "special_kind": "hearing",
        "reason": "听证",
        "expected_wd": 5,
        "started_on": "2026-09-22",
    },
)
RESUMED = (
    filing.SpecialFinished,
    {
        "status": "reviewing",
        "special_id": "sp-1",
        "special_kind": "hearing",
        "result": "完成",
        "paused_wd": 3,
        "finished_on": "2026-09-25",
        "committed_due": "2026-10-09",
        "statutory_due": "2026-11-10",
    },
)


def returned(number: int) -> tuple[type[Any], dict[str, Any]]:
    more = {
        "opinion": "不属本部门",
        "returned_by": "staff:clerk",
        "from_org": UNIT,
        "to_window": "W1",
        "returned_at": AT,
    }
    return filing.CaseReturned, {"status": "returned", "returns": number} | more


def notice(number: int, *codes: str) -> tuple[type[Any], dict[str, Any]]:
    defects = [{"code": code, "material": f"材料{code}", "reason": "不清晰"} for code in codes]
    more = {"defects": defects, "due": "2026-10-30", "requested_at": AT}
    return filing.CaseCorrectionRequested, {"status": "correction", "round": number} | more


def passed(kind: str) -> tuple[type[Any], dict[str, Any]]:
    return filing.DeadlineOverdue, {"status": "accepted", "deadline_kind": kind, "due": "2026-09-24", "rule": "FIL-34"}


def walk(b: Bench, *way: tuple[type[Any], dict[str, Any]]) -> None:
    """Bring these steps of the case, the last one first: their order on the way does not matter."""
    events = [
        b.event(event_type, "case-1", case() | data, sequence=number)
        for number, (event_type, data) in enumerate(way, start=1)
    ]
    b.redeliver(*reversed(events))


def complain(b: Bench, category: str, **changes: Any) -> dict[str, Any]:
    """Complain about the case; returns the letter as its handler opens it."""
    answer = send(b, category=category, case_no=case_no(), **changes)
    assert answer.status_code == 201
    return b.client(HANDLER_A).get(f"{ROOT}/letters/{answer.get_json()['letter_no']}").get_json()


@pytest.mark.rule("FEE-33")
def test_the_handler_sees_the_way_of_the_case(desk: Bench) -> None:
    walk(desk, SUBMITTED, notice(1, "M02"), ACCEPTED)
    seen = complain(desk, "attitude")
    assert [step["zh"] for step in seen["timeline"]] == ["申办", "补正告知", "受理"]
    assert seen["timeline"][2]["facts"]["committed_due"] == "2026-09-28"
    assert (seen["sender_is_party"], seen["check"]) == (True, None)
    assert CITIZEN.ref not in str(seen["timeline"])


@pytest.mark.rule("FEE-33")
def test_the_number_of_an_own_case_says_item_and_unit(desk: Bench) -> None:
    walk(desk, SUBMITTED)
    own = complain(desk, "overdue", item_code=None)
    assert (own["item_code"], own["org"]) == (ITEM, UNIT)
    refused = send(desk, case_no=case_no(), item_code=None, who=person())
    assert (refused.status_code, refused.get_json()["rule"]) == (422, "FEE-20")  # a guessed number tells nothing
    stranger = send(desk, case_no=case_no(), category="overdue", who=person()).get_json()
    assert "timeline" not in stranger
    number = stranger["letter_no"]
    assert desk.client(HANDLER_A).get(f"{ROOT}/letters/{number}").get_json()["sender_is_party"] is False


@pytest.mark.rule("FEE-33")
def test_the_unit_is_the_one_that_the_last_step_names(desk: Bench) -> None:
    walk(desk, SUBMITTED, (ACCEPTED[0], ACCEPTED[1] | {"approving_org": OTHER}))
    sent = send(desk, category="overdue", case_no=case_no(), item_code=None).get_json()
    assert sent["org"] == OTHER


@pytest.mark.rule("FEE-33")
@pytest.mark.parametrize(
    ("category", "way", "result", "codes"),
    [
        ("refusal", [SUBMITTED, returned(1)], "open", ["returned"]),
        ("refusal", [SUBMITTED, returned(1), returned(2)], "supported", ["returned", "returned"]),
        ("refusal", [SUBMITTED, LAPSED_IN], "supported", ["accepted_by_lapse"]),
        ("refusal", [SUBMITTED, ACCEPTED], "not_supported", ["accepted"]),
        ("refusal", [SUBMITTED, NOT_ACCEPTED], "open", ["not_accepted"]),
        ("overdue", [SUBMITTED], "open", ["not_accepted_yet"]),
        ("overdue", [SUBMITTED, ACCEPTED], "not_supported", ["in_time"]),
        ("overdue", [SUBMITTED, ACCEPTED, passed("correction")], "not_supported", ["in_time"]),
        ("overdue", [SUBMITTED, ACCEPTED, passed("parallel")], "supported", ["parallel_overdue", "in_time"]),
        ("overdue", [SUBMITTED, ACCEPTED, SPECIAL], "open", ["stopped"]),
        ("overdue", [SUBMITTED, ACCEPTED, SPECIAL, RESUMED], "not_supported", ["in_time"]),
        ("extra_material", [SUBMITTED], "open", ["no_notice"]),
        ("extra_material", [SUBMITTED, notice(1, "M01")], "not_supported", ["within_guide"]),
        ("extra_material", [SUBMITTED, notice(1, "M01", "M09")], "supported", ["outside_guide"]),
        (
            "extra_material",
            [SUBMITTED, notice(1, "M01"), notice(2, "M02")],
            "not_supported",
            ["within_guide", "within_guide", "second_notice"],
        ),
        ("refusal", [], "open", ["no_case"]),
    ],
)
def test_a_complaint_is_checked_against_the_records(
    desk: Bench, category: str, way: list[Any], result: str, codes: list[str]
) -> None:
    if way:
        walk(desk, *way)
    check = complain(desk, category)["check"]
    assert (check["result"], [finding["code"] for finding in check["findings"]]) == (result, codes)
    assert all(finding["zh"] in check["draft"] for finding in check["findings"])
    assert check["result_zh"] in check["draft"]


@pytest.mark.rule("FEE-33")
@pytest.mark.rule("FIL-34")
@pytest.mark.parametrize(
    ("completed_at", "now", "code"),
    [
        ("2026-09-28T23:59:59+08:00", "2026-09-30 10:00", "in_time"),
        ("2026-09-29T00:00:00+08:00", "2026-09-30 10:00", "committed_overdue"),
        (None, "2026-09-28 23:59:59", "in_time"),
        (None, "2026-09-29 00:00:00", "committed_overdue"),
    ],
)
def test_a_case_is_late_from_the_end_of_the_last_day(desk: Bench, completed_at: Any, now: str, code: str) -> None:
    walk(desk, SUBMITTED, ACCEPTED)
    if completed_at:
        desk.deliver(filing.CaseCompleted, "case-1", completed(completed_at=completed_at), sequence=3)
    with clock_at(now):
        findings = complain(desk, "overdue")["check"]["findings"]
    assert [finding["code"] for finding in findings] == [code]
