"""Cases of other systems: recorded once, followed in any order, handled by nobody here (FIL-93, FIL-96)."""

from typing import Any

import pytest

from contracts.events import filing
from tests.filing.hall import ITEM, ORG, PLAIN, Hall
from tests.support import at_once, peer, person, staff

SYSTEM, OTHER = peer("street-office"), peer("tax-hall")
NODES = [
    {"number": 1, "step": "submitted", "at": "2026-02-24T09:00:00+08:00"},
    {"number": 2, "step": "accepted", "at": "2026-02-25T09:00:00+08:00", "org": "TZJ040-SP"},
    {"number": 3, "step": "reviewing", "at": "2026-02-26T09:00:00+08:00"},
    {"number": 4, "step": "completed", "at": "2026-03-02T09:00:00+08:00", "opinion": "准予"},
]
RESULT = {"decision": "granted", "decision_no": "街道〔2026〕8号", "licence_no": "L-8"}


def _record(hall: Hall, *nodes: int, **more: Any) -> dict[str, Any]:
    return {
        "item_code": ITEM,
        "project_name": "社会领域办件",
        "subject_ref": hall.citizen.ref,
        "applicant_name": "样例申请人",
        "opened_at": "2026-02-24T09:00:00+08:00",
        "materials": [{"code": "M01", "state": "checked"}],
        "nodes": [NODES[number - 1] for number in nodes],
    } | more


def _send(hall: Hall, number: str, record: dict[str, Any], *, who: Any = SYSTEM, status: int = 200) -> Any:
    answer = hall.call(who, "PUT", f"/imports/{number}", record)
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()


@pytest.mark.rule("FIL-93", "FIL-96", "FIL-18", "AMB-37")
def test_an_imported_case_is_followed_to_its_result_in_the_applicants_own_list(hall: Hall) -> None:
    first = _send(hall, "JD-8", _record(hall, 1), status=201)
    case_no = first["case_no"]
    assert (first["external_no"], first["source_system"], first["status"]) == ("JD-8", "street-office", "submitted")
    own = hall.submitted()
    listed = hall.call(hall.citizen, "GET", "/cases").get_json()["items"]
    assert [(row["case_no"], row["case_source"]) for row in listed] == [(own, "online"), (case_no, "interconnected")]
    _send(hall, "JD-8", _record(hall, 1, 2, 3))
    _send(hall, "JD-8", _record(hall, 4), status=422)  # completed without its result
    assert hall.status(case_no) == "reviewing"
    done = _send(hall, "JD-8", _record(hall, 1, 2, 3, 4, **RESULT))
    assert (done["status"], done["decision"], done["licence_no"]) == ("completed", "granted", "L-8")
    assert [node["step"] for node in done["nodes"]] == ["submitted", "accepted", "reviewing", "completed"]
    assert done["materials"][0]["state"] == "checked"
    assert not {"applicant_name", "mobile", "id_no"} & set(done["form"])  # nobody filled in an application
    assert hall.kinds(case_no) == ["filing.case.submitted", "filing.case.accepted", "filing.case.completed"]
    (completed,) = hall.bench.emitted(filing.CaseCompleted)
    assert (completed.elapsed_wd, completed.decision_no) == (4, RESULT["decision_no"])  # 02-28 is a working Saturday
    assert hall.call(hall.citizen, "GET", f"/cases/{case_no}/history").get_json()["whole"]


@pytest.mark.rule("FIL-93", "T38")
def test_what_is_sent_again_or_in_another_order_changes_nothing(hall: Hall) -> None:
    whole = _record(hall, 4, 2, 1, 3, **RESULT)
    case_no = _send(hall, "JD-9", whole, status=201)["case_no"]
    kinds, version = hall.kinds(case_no), hall.row(case_no).version
    assert kinds == ["filing.case.submitted", "filing.case.accepted", "filing.case.completed"]
    _send(hall, "JD-9", whole)
    _send(hall, "JD-9", _record(hall, 1, 2))  # late
    assert (hall.kinds(case_no), hall.row(case_no).version, hall.status(case_no)) == (kinds, version, "completed")
    after_the_end = _record(hall, 4, **RESULT)
    after_the_end["nodes"] = [*after_the_end["nodes"], {**NODES[2], "number": 5}]
    assert _send(hall, "JD-9", after_the_end)["status"] == "completed" and hall.kinds(case_no) == kinds
    _send(hall, "JD-9", _record(hall, 1, subject_ref=person().ref), status=409)
    _send(hall, "JD-9", _record(hall, 1, item_code=PLAIN), status=409)
    same_number = _send(hall, "JD-9", _record(hall, 1), who=OTHER, status=201)
    assert same_number["case_no"] != case_no
    assert hall.call(OTHER, "GET", "/imports/JD-9").get_json()["case_no"] == same_number["case_no"]
    assert hall.call(peer("third"), "GET", "/imports/JD-9").status_code == 404


@pytest.mark.rule("FIL-93")
def test_ten_deliveries_at_once_make_one_case(hall_on: Hall) -> None:
    record = _record(hall_on, 1, 2)
    codes = at_once(10, lambda n: hall_on.call(SYSTEM, "PUT", "/imports/JD-10", record).status_code)
    assert sorted(codes) == [200] * 9 + [201]
    assert len(hall_on.bench.emitted(filing.CaseSubmitted)) == len(hall_on.bench.emitted(filing.CaseAccepted)) == 1


@pytest.mark.rule("FIL-19", "AMB-38")
@pytest.mark.parametrize("number", ["20191107180245378802", "2019110714175756717", "191107191733256400"])
def test_legacy_numbers_of_18_to_20_digits_are_kept_verbatim(hall: Hall, number: str) -> None:
    assert _send(hall, number, _record(hall, 1), status=201)["case_no"] == number
    assert hall.get(number)["case_no"] == number
    again = _send(hall, number, _record(hall, 1), who=OTHER, status=201)  # taken here: an own one, theirs beside it
    assert again["case_no"] != number and again["external_no"] == number


@pytest.mark.rule("FIL-96")
def test_no_verb_of_this_hall_touches_what_another_system_handles(hall: Hall) -> None:
    case_no = _send(hall, "JD-11", _record(hall, 1, 2, 3), status=201)["case_no"]
    for who, verb, body in (
        (hall.clerk, "acceptance", {}),
        (hall.reviewer, "review", {"opinion": "符合"}),
        (hall.leader, "extension", {"days": 5, "reason": "复杂"}),
        (hall.citizen, "withdrawal", {}),
    ):
        assert hall.do(who, case_no, verb, body, status=409)["rule"] == "FIL-96"
    counts = hall.call(hall.reviewer, "GET", "/queues").get_json()["counts"]
    assert not any(counts.values())
    running = hall.call(staff("reviewer", ORG), "GET", "/worklist?list=running").get_json()["items"]
    assert [row["case_no"] for row in running] == [case_no]


@pytest.mark.rule("FIL-93")
def test_a_case_that_ended_elsewhere_without_a_decision_ends_here_too(hall: Hall) -> None:
    at = "2026-02-25T09:00:00+08:00"
    for number, step, event in (
        ("E-1", "withdrawn", "filing.case.withdrawn"),
        ("E-2", "lapsed", "filing.case.lapsed"),
        ("E-3", "not_accepted", "filing.case.not_accepted"),
    ):
        record = _record(hall, 1)
        record["nodes"].append({"number": 2, "step": step, "at": at, "opinion": "原系统终止"})
        if step == "not_accepted":
            _send(hall, number, record, status=422)
            record["reason_code"] = "outside_scope"
        case_no = _send(hall, number, record, status=201)["case_no"]
        assert hall.status(case_no) == step and hall.kinds(case_no)[-1] == event
