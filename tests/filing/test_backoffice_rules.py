"""What handling hangs on: rules that decide, letters in lieu, originals, visits, the outcomes of pre-acceptance."""

from typing import Any

import pytest

from contracts.events import credit, filing
from services.filing import conditions
from tests.filing.hall import ITEM, ORG, REGISTER, RULED, Hall, clock_at
from tests.support import staff

LETTER = {"letter_no": "津函〔2026〕3号", "letter_from": "样例部门"}


def _ruled(hall: Hall, mode: str = "ordinary", area: str = "45") -> str:
    case_no = hall.ready(mode, item=RULED)
    hall.fill(case_no, form={"applicant_name": "样例申请单位", "mobile": "13800000000", "area_m2": area})
    return case_no


def _evaluations(hall: Hall, case_no: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = hall.call(hall.citizen, "GET", f"/cases/{case_no}/evaluations").get_json()["items"]
    return found


# --- 秒批 -------------------------------------------------------------------------------------------------------------


@pytest.mark.rule("FIL-40")
def test_rules_decide_at_once_when_every_condition_holds(hall: Hall) -> None:
    case_no = _ruled(hall)
    hall.do(hall.citizen, case_no, "submission")
    assert hall.status(case_no) == "submitted"
    hall.sweep()
    case = hall.get(case_no)
    assert (case["status"], case["decision"], case["delivery_status"]) == ("completed", "granted", "ready")
    assert hall.kinds(case_no)[-6:] == [
        "filing.case.submitted",
        "filing.case.viewed",
        "filing.case.accepted",
        "filing.case.step_entered",
        "filing.case.completed",
        "filing.result.ready",
    ]
    (completed,) = hall.bench.emitted(filing.CaseCompleted)
    assert completed.decided_by == "service:filing" and completed.elapsed_wd == 0
    (kept,) = _evaluations(hall, case_no)
    assert kept["outcome"] == "granted" and [one["result"] for one in kept["conditions"]] == ["holds"] * 3
    history = hall.call(hall.citizen, "GET", f"/cases/{case_no}/history").get_json()
    assert history["whole"] and {row["actor"] for row in history["items"][-4:]} == {"service:filing"}


@pytest.mark.rule("FIL-40")
@pytest.mark.parametrize(
    ("area", "away", "results"),
    [
        ("80", False, ["fails", "holds", "holds"]),
        ("", False, ["unknown", "holds", "holds"]),
        ("45", True, ["holds", "unknown", "holds"]),
    ],
)
def test_what_fails_or_is_unknown_is_left_to_people_and_explained(
    hall: Hall, area: str, away: bool, results: list[str]
) -> None:
    hall.credit_away = away
    case_no = _ruled(hall, area=area)
    hall.do(hall.citizen, case_no, "submission")
    hall.sweep()
    assert hall.status(case_no) == "submitted"
    (kept,) = _evaluations(hall, case_no)
    assert kept["outcome"] == "human" and [one["result"] for one in kept["conditions"]] == results
    failing = next(one for one in kept["conditions"] if one["result"] != "holds")
    assert failing["text"] in kept["reason"]
    hall.do(hall.clerk, case_no, "view")  # people go on with it


@pytest.mark.rule("FIL-40", "FIL-75")
def test_the_rules_grant_no_commit_case_to_a_party_listed_meanwhile(hall: Hall) -> None:
    case_no = _ruled(hall, "commit")
    hall.do(hall.citizen, case_no, "submission")
    hall.barred[hall.citizen.ref] = "2027-05-29"
    hall.list_party()
    hall.sweep()
    assert hall.status(case_no) == "suspended" and not hall.bench.emitted(filing.CaseCompleted)
    ordinary = _ruled(hall)
    hall.do(hall.citizen, ordinary, "submission")
    hall.sweep()
    assert hall.status(ordinary) == "submitted"
    assert _evaluations(hall, ordinary)[0]["conditions"][1]["result"] == "fails"


@pytest.mark.rule("FIL-40", "FIL-75")
def test_a_commit_case_is_asked_about_the_standing_even_if_the_item_forgets_to(hall: Hall) -> None:
    case_no = _ruled(hall, "commit")
    hall.do(hall.citizen, case_no, "submission")
    barred = {
        "subject_ref": hall.citizen.ref,
        "subject_type": "person",
        "subject_name_masked": "样*",
        "kinds": ["commit_approval"],
        "until": "2027-05-29",
        "record_id": "record-1",
        "started_on": "2026-03-02",
    }
    hall.bench.deliver(credit.RestrictionStarted, hall.citizen.ref, barred)
    hall.sweep()
    assert hall.status(case_no) == "submitted"
    (kept,) = _evaluations(hall, case_no)
    assert (kept["conditions"][-1]["text"], kept["conditions"][-1]["result"]) == ("申请人未被限制选择承诺审批", "fails")


@pytest.mark.rule("FIL-40")
def test_a_clerk_who_was_faster_keeps_the_case(hall: Hall) -> None:
    case_no = _ruled(hall)
    hall.do(hall.citizen, case_no, "submission")
    hall.do(hall.clerk, case_no, "view")
    hall.sweep()
    assert hall.status(case_no) == "pre_review" and _evaluations(hall, case_no) == []


FACTS = conditions.Facts(
    form={"area": "60", "kind": "餐饮", "none": ""},
    restricted=None,
    licences=frozenset({"食品经营许可证"}),
    materials=frozenset({"M01"}),
)
HOLDS, FAILS, UNKNOWN = {"material": "M01"}, {"material": "M02"}, {"standing": "unrestricted"}


@pytest.mark.rule("FIL-40")
@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ({"field": "area", "op": "at_most", "value": 60}, True),
        ({"field": "area", "op": "at_most", "value": 59.9}, False),
        ({"field": "area", "op": "at_least", "value": 60}, True),
        ({"field": "area", "op": "at_least", "value": "many"}, None),
        ({"field": "kind", "op": "at_least", "value": 1}, None),
        ({"field": "kind", "op": "equals", "value": "餐饮"}, True),
        ({"field": "kind", "op": "one_of", "value": ["销售"]}, False),
        ({"field": "kind", "op": "one_of", "value": "餐饮"}, None),
        ({"field": "none", "op": "equals", "value": ""}, None),
        ({"field": "none", "op": "present"}, False),
        ({"field": "kind", "op": "sounds_like", "value": "餐"}, None),
        ({"licence": "食品经营许可证"}, True),
        ({"licence": "另一证照"}, False),
        (UNKNOWN, None),
        ({"all": [HOLDS, UNKNOWN]}, None),
        ({"all": [FAILS, UNKNOWN]}, False),
        ({"all": [HOLDS, HOLDS]}, True),
        ({"all": []}, None),
        ({"any": [FAILS, UNKNOWN]}, None),
        ({"any": [HOLDS, UNKNOWN]}, True),
        ({"any": [FAILS, FAILS]}, False),
        ({"not": FAILS}, True),
        ({"not": UNKNOWN}, None),
        ({"all": "M01"}, None),
        ({"material": "M01", "licence": "x"}, None),
        ({}, None),
        (None, None),
        ("面积不超过60平方米", None),
    ],
)
def test_a_check_is_true_only_when_it_is_known_to_be(check: Any, expected: bool | None) -> None:
    assert conditions.evaluate(check, FACTS) is expected


# --- 以函代证 ---------------------------------------------------------------------------------------------------------


@pytest.mark.rule("FIL-41", "FIL-75")
def test_a_departments_letter_stands_for_a_certificate_where_the_item_allows_it(hall: Hall) -> None:
    other = hall.ready()
    hall.do(hall.citizen, other, "materials/M02/letter-in-lieu", LETTER, status=422)
    case_no = hall.ready(item=RULED)
    hall.do(hall.citizen, case_no, "materials/M04/letter-in-lieu", LETTER, status=409)  # nothing uploaded there
    found = hall.do(hall.citizen, case_no, "materials/M02/letter-in-lieu", LETTER)
    row = next(one for one in found["materials"] if one["code"] == "M02")
    assert (row["state"], row["letter_no"]) == ("letter", LETTER["letter_no"])
    hall.do(hall.citizen, case_no, "submission")
    hall.do(hall.citizen, case_no, "materials/M03/letter-in-lieu", LETTER, status=409)  # too late


@pytest.mark.rule("FIL-41", "FIL-75")
def test_a_listed_party_uses_no_letter_when_choosing_submitting_or_being_granted(hall: Hall) -> None:
    barred = {"restrictions": [{"kind": "letter_in_lieu", "until": "2027-03-01"}]}
    chosen, submitted, free = (hall.ready(item=RULED) for _ in range(3))
    for case_no in (chosen, submitted):
        hall.do(hall.citizen, case_no, "materials/M02/letter-in-lieu", LETTER)
    hall.do(hall.citizen, submitted, "submission")
    for verb, who in (("view", hall.clerk), ("acceptance", hall.clerk)):
        hall.do(who, submitted, verb)
    hall.do(hall.reviewer, submitted, "review", {"opinion": "符合"})
    hall.list_party(**barred)
    for case_no, path, who, body in (
        (free, "materials/M02/letter-in-lieu", hall.citizen, LETTER),
        (chosen, "submission", hall.citizen, {}),
        (submitted, "decision", hall.decider, {"decision": "granted", "opinion": "准予"}),
    ):
        answer = hall.do(who, case_no, path, body, status=409)
        assert (answer["rule"], answer["restriction"], answer["until"]) == ("FIL-75", "letter_in_lieu", "2027-03-01")
    hall.do(hall.citizen, free, "submission")  # without a letter nothing is barred
    hall.do(hall.decider, submitted, "decision", {"decision": "refused", "opinion": "不符合", "basis": "第三十八条"})


# --- 企业登记: originals ----------------------------------------------------------------------------------------------


@pytest.mark.rule("FIL-49", "TIM-04", "AMB-26")
def test_without_the_originals_in_sixty_days_registration_is_refused_by_the_system(hall: Hall) -> None:
    case_no, counter = hall.accepted(item=REGISTER), hall.dispatched(item=REGISTER)
    assert [row["due"] for row in hall.get(case_no)["originals"]] == ["2026-05-06"]  # 05-01 + holidays, rolled
    early = hall.do(hall.reviewer, case_no, "review", {"opinion": "符合"})
    assert early["status"] == "deciding"
    answer = hall.do(hall.decider, case_no, "decision", {"decision": "granted", "opinion": "准予"}, status=409)
    assert answer["rule"] == "FIL-49"
    hall.sweep("2026-05-06 23:59:59")
    assert hall.status(case_no) == "deciding"
    hall.sweep("2026-05-07 00:00")
    case = hall.get(case_no)
    assert (case["status"], case["decision"], case["originals"][0]["state"]) == ("completed", "refused", "missed")
    assert "60" not in case["refusal_reason"] and "原件" in case["refusal_reason"]
    assert hall.get(counter)["originals"] == []  # brought to the counter: the paper is there


@pytest.mark.rule("FIL-49")
def test_conforming_originals_let_the_limits_run_from_their_arrival_and_differing_ones_leave_a_refusal(
    hall: Hall,
) -> None:
    good, bad = hall.reviewed(item=REGISTER), hall.reviewed(item=REGISTER)
    with clock_at("2026-03-09 10:00"):
        hall.do(hall.counter, good, "originals", {"conforming": True}, status=403)
        case = hall.do(hall.clerk, good, "originals", {"conforming": True})
        assert (case["committed_due"], case["statutory_due"]) == ("2026-03-16", "2026-03-30")
        hall.do(hall.clerk, good, "originals", {"conforming": True}, status=409)
        hall.do(hall.decider, good, "decision", {"decision": "granted", "opinion": "准予"})
        hall.do(hall.clerk, bad, "originals", {"conforming": False}, status=422)
        hall.do(hall.clerk, bad, "originals", {"conforming": False, "differences": "签字不一致"})
        hall.do(hall.decider, bad, "decision", {"decision": "granted", "opinion": "准予"}, status=409)
        refusal = {"decision": "refused", "opinion": "原件与受理材料不一致", "basis": "注5"}
        hall.do(hall.decider, bad, "decision", refusal)
    hall.sweep("2026-05-07 00:00")
    assert [hall.row(number).decision for number in (good, bad)] == ["granted", "refused"]


# --- pre-acceptance, visits -------------------------------------------------------------------------------------------


@pytest.mark.rule("FIL-22", "FIL-23")
def test_pre_acceptance_ends_in_one_of_four_ways_each_told_at_once(hall: Hall) -> None:
    refusal = {"reason_code": "not_competent", "opinion": "请向海关申请"}
    ways = {
        "acceptance": ({}, "accepted", "filing.case.accepted", "acceptance"),
        "correction": (
            {"defects": [{"material": "M01", "reason": "未签字"}]},
            "correction",
            "filing.case.correction_requested",
            "correction",
        ),
        "refusal-to-accept": (refusal, "not_accepted", "filing.case.not_accepted", "not_accepted"),
        "return": ({"opinion": "不属本部门"}, "returned", "filing.case.returned", None),
    }
    for verb, (body, status, event, document) in ways.items():
        case_no = hall.dispatched() if verb == "return" else hall.submitted()
        hall.do(hall.clerk, case_no, verb, body, status=200 if verb == "return" else 409)  # nothing before it is opened
        if verb != "return":
            hall.do(hall.clerk, case_no, "view")
            hall.do(hall.clerk, case_no, verb, body)
        assert hall.status(case_no) == status and hall.kinds(case_no)[-1] == event
        kinds = [row["kind"] for row in hall.get(case_no)["documents"]]
        assert document is None or document in kinds


@pytest.mark.rule("FIL-52", "FIL-53", "FIL-54", "FIL-60")
def test_a_same_city_filing_is_checked_received_accepted_and_both_sides_are_told(hall: Hall) -> None:
    incomplete = hall.draft(who=hall.counter, subject_ref=hall.citizen.ref, window="A1")
    hall.fill(incomplete, who=hall.counter)
    refused = hall.do(hall.counter, incomplete, "dispatch", {"accepting_window": "H3"}, status=409)
    assert [one["code"] for one in refused["materials"]] == ["M01", "M02", "M03"]
    case_no = hall.dispatched()
    assert hall.row(case_no).submitted_at == hall.row(case_no).dispatched_at  # received on the spot
    assert "receipt" in [row["kind"] for row in hall.get(case_no)["documents"]]
    hall.do(hall.clerk, case_no, "view")
    hall.do(hall.clerk, case_no, "correction", {"defects": [{"material": "M01", "reason": "未签字"}]})
    (told,) = hall.bench.emitted(filing.CaseCorrectionRequested)
    assert told.defects[0]["reason"] == "未签字" and told.subject_ref == hall.citizen.ref
    hall.upload(case_no, "M01", name="again.pdf", who=hall.counter)
    hall.do(hall.counter, case_no, "corrections-answer")  # at the receiving window, or online
    hall.do(hall.clerk, case_no, "acceptance")
    (accepted,) = hall.bench.emitted(filing.CaseAccepted)
    assert (accepted.receiving_org, accepted.receiving_window) == (hall.row(case_no).receiving_org, "A1")
    assert hall.get(case_no, hall.counter)["status"] == "accepted"  # in the receiving window's own view
    assert accepted.subject_ref == hall.citizen.ref  # by whom the notifier knows the applicant


@pytest.mark.rule("AMB-21")
def test_the_copies_are_accepted_at_once_and_the_paper_that_comes_later_may_still_be_corrected(hall: Hall) -> None:
    early, later = hall.dispatched(), hall.dispatched()
    for case_no in (early, later):
        hall.do(hall.clerk, case_no, "view")
    hall.do(hall.clerk, early, "acceptance")
    for case_no in (early, later):
        hall.do(hall.clerk, case_no, "paper-transfer")
    differing = {"defects": [{"material": "M01", "reason": "纸质与电子件不一致"}]}
    assert hall.do(hall.clerk, later, "correction", differing)["status"] == "correction"
    assert hall.status(early) == "accepted"


@pytest.mark.rule("FIL-31")
def test_what_is_wrong_on_paper_only_is_looked_at_when_the_result_is_collected(hall: Hall) -> None:
    case_no = hall.viewed()
    strange = {"at_pickup": [{"material": "M99", "reason": "盖章"}]}
    hall.do(hall.clerk, case_no, "acceptance", strange, status=422)
    found = hall.do(hall.clerk, case_no, "acceptance", {"at_pickup": [{"material": "M01", "reason": "补盖公章"}]})
    assert found["status"] == "accepted" and found["materials"][0]["check_at_pickup"] == "补盖公章"
    receipt = next(row for row in found["documents"] if row["kind"] == "acceptance")
    page = hall.call(hall.citizen, "GET", f"/cases/{case_no}/documents/{receipt['id']}").get_data(as_text=True)
    assert "领取结果时须核对纸质材料：申请书（补盖公章）" in page
    hall.do(hall.reviewer, case_no, "review", {"opinion": "符合"})
    hall.do(hall.decider, case_no, "decision", {"decision": "granted", "opinion": "准予"})
    refused = hall.do(hall.clerk, case_no, "collection", {"document_checked": True}, status=422)
    assert refused["rule"] == "FIL-31"
    hall.do(hall.clerk, case_no, "collection", {"document_checked": True, "originals_checked": True})


@pytest.mark.rule("FIL-31")
def test_visits_are_counted_the_third_is_warned_of_and_reported(hall: Hall) -> None:
    case_no = hall.dispatched()  # the first visit
    assert hall.get(case_no)["visits_warning"] is None
    hall.do(hall.clerk, case_no, "view")
    hall.do(hall.clerk, case_no, "correction", {"defects": [{"material": "M01", "reason": "未签字"}]})
    answer = {"remarks": {"M01": "现场补签"}}
    found = hall.do(staff("window_clerk", ORG), case_no, "corrections-answer", answer)  # the second
    assert found["visits"] == 2 and found["visits_warning"]["rule"] == "FIL-31"
    hall.do(hall.clerk, case_no, "acceptance")
    hall.do(hall.reviewer, case_no, "review", {"opinion": "符合"})
    hall.do(hall.decider, case_no, "decision", {"decision": "granted", "opinion": "准予"})
    hall.do(hall.clerk, case_no, "collection", {"document_checked": True})  # the third
    notes = hall.call(hall.citizen, "GET", f"/cases/{case_no}/history").get_json()["items"]
    assert [row["details"] for row in notes if row["verb"] == "too_many_visits"] == [{"visits": 3, "most": 2}]
    (told,) = hall.bench.emitted(filing.CaseVisitsExceeded)
    assert (told.visits, told.most, told.accepting_org) == (3, 2, ORG)
    query = {"kind": "completion", "first": "2026-03-01", "last": "2026-03-31"}
    (row,) = hall.call(hall.leader, "GET", "/statistics", query_string=query).get_json()["rows"]
    assert row["too_many_visits"] == 1 and hall.row(case_no).item_code == ITEM
