"""Every row of the table of a case is walked; every verb without a row is refused and changes nothing (domain 2.1)."""

from typing import Any

import pytest

from chassis import clock, deadlines
from contracts.events import filing, notifier
from services.filing.transitions import CASE, DELIVERY, PARALLEL
from tests.filing.hall import JOINT, SINGLE, Hall, clock_at
from tests.support import staff

DEFECTS = {"defects": [{"material": "M01", "reason": "未签字"}]}
SPECIAL = {"kind": "expert_review", "reason": "需要专家评审", "expected_wd": 5}


# --- bringing a case into each state, as a counter filing by commit approval ------------------------------------------


def _draft(hall: Hall) -> str:
    return hall.ready("commit", who=hall.counter, subject_ref=hall.citizen.ref, window="A1")


def _submitted(hall: Hall) -> str:
    case_no = _draft(hall)
    hall.do(hall.counter, case_no, "submission")
    return case_no


def _pre_review(hall: Hall) -> str:
    case_no = hall.dispatched("commit")
    hall.do(hall.clerk, case_no, "view")
    return case_no


def _returned(hall: Hall) -> str:
    case_no = _pre_review(hall)
    hall.do(hall.clerk, case_no, "return", {"opinion": "不属本部门"})
    return case_no


def _correction(hall: Hall) -> str:
    case_no = _pre_review(hall)
    hall.do(hall.clerk, case_no, "correction", DEFECTS)
    return case_no


def _resubmitted(hall: Hall) -> str:
    case_no = _correction(hall)
    hall.upload(case_no, "M01", name="again.pdf")
    hall.do(hall.citizen, case_no, "corrections-answer")
    return case_no


def _accepted(hall: Hall) -> str:
    case_no = _pre_review(hall)
    hall.do(hall.clerk, case_no, "acceptance")
    return case_no


def _reviewing(hall: Hall) -> str:
    case_no = _accepted(hall)
    hall.do(hall.reviewer, case_no, "examination")
    return case_no


def _deciding(hall: Hall) -> str:
    case_no = _reviewing(hall)
    hall.do(hall.reviewer, case_no, "review", {"opinion": "符合"})
    return case_no


def _special(hall: Hall) -> str:
    case_no = _reviewing(hall)
    hall.do(hall.decider, case_no, "special-procedure", SPECIAL)
    return case_no


def _suspended(hall: Hall) -> str:
    case_no = _reviewing(hall)
    hall.list_party()
    return case_no


def _completed(hall: Hall) -> str:
    case_no = _deciding(hall)
    hall.do(hall.decider, case_no, "decision", {"decision": "granted", "opinion": "准予"})
    return case_no


def _withdrawn(hall: Hall) -> str:
    case_no = _submitted(hall)
    hall.do(hall.citizen, case_no, "withdrawal")
    return case_no


def _not_accepted(hall: Hall) -> str:
    case_no = _pre_review(hall)
    hall.do(hall.clerk, case_no, "refusal-to-accept", {"reason_code": "not_competent", "opinion": "不属本机关职权"})
    return case_no


def _lapsed(hall: Hall) -> str:
    case_no = _correction(hall)
    hall.sweep("2026-05-10 00:00")
    return case_no


def _revoked(hall: Hall) -> str:
    case_no = _completed(hall)
    hall.rectification_failed(case_no)
    return case_no


STATES = {
    "draft": _draft,
    "submitted": _submitted,
    "dispatched": lambda hall: hall.dispatched("commit"),
    "pre_review": _pre_review,
    "returned": _returned,
    "correction": _correction,
    "resubmitted": _resubmitted,
    "accepted": _accepted,
    "reviewing": _reviewing,
    "deciding": _deciding,
    "special": _special,
    "suspended": _suspended,
    "completed": _completed,
    "withdrawn": _withdrawn,
    "not_accepted": _not_accepted,
    "lapsed": _lapsed,
    "revoked": _revoked,
}

# verb -> (who, path, body)
CALLS: dict[str, tuple[str, str, Any]] = {
    "submit": ("counter", "submission", {}),
    "dispatch": ("counter", "dispatch", {"accepting_window": "H3"}),
    "redispatch": ("counter", "dispatch", {"accepting_window": "H4"}),
    "view": ("clerk", "view", {}),
    "return": ("clerk", "return", {"opinion": "不属本部门"}),
    "accept": ("clerk", "acceptance", {}),
    "request_correction": ("clerk", "correction", DEFECTS),
    "answer_correction": ("citizen", "corrections-answer", {"remarks": {"M01": "已在原件上补签"}}),
    "not_accept": ("clerk", "refusal-to-accept", {"reason_code": "not_competent", "opinion": "不属本机关职权"}),
    "take": ("reviewer", "examination", {}),
    "review": ("reviewer", "review", {"opinion": "符合"}),
    "send_back": ("decider", "sending-back", {"reason": "补充意见"}),
    "start_special": ("decider", "special-procedure", SPECIAL),
    "finish_special": ("reviewer", "special-procedure/result", {"result": "通过"}),
    "extend": ("leader", "extension", {"days": 5, "reason": "案情复杂"}),
    "grant": ("decider", "decision", {"decision": "granted", "opinion": "准予"}),
    "refuse": ("decider", "decision", {"decision": "refused", "opinion": "不符合", "basis": "第三十五条"}),
    "withdraw": ("citizen", "withdrawal", {}),
    "revoke": ("decider", "revocation", {"opinion": "经核实应当撤销"}),
}
# verbs of the system: the deadline that leads to each
LAPSES = {
    "view_warning": "warn_unviewed",
    "view_overdue": "mark_unviewed",
    "correction_notice": "accept_by_lapse",
    "resubmission_check": "accept_by_lapse",
    "correction": "lapse",
    "originals": "refuse_by_lapse",
}
# The review takes a case that nobody has taken yet.
ALSO = {("accepted", "review")}
PAIRS = {
    state: [
        verb
        for verb in CALLS
        if (state, verb) not in ALSO
        and not any(row.verb == verb and state in row.sources for row in CASE)
        and not (verb in {"dispatch", "redispatch"} and state in {"draft", "returned"})
    ]
    for state in STATES
}


def test_the_recipes_cover_every_state_and_every_verb_of_people() -> None:
    assert set(STATES) == {state for row in CASE for state in row.sources | {row.target}} - {"none", "deleted", None}
    by_system = {*LAPSES.values(), "suspend", "resume"}
    assert {row.verb for row in CASE} - by_system - {"open", "delete", "jump"} == set(CALLS)


@pytest.mark.rule("FIL-32")
@pytest.mark.parametrize("state", STATES)
def test_what_has_no_row_is_refused_and_changes_nothing(hall: Hall, state: str) -> None:
    case_no = STATES[state](hall)
    before = hall.row(case_no)
    assert before.status == state
    for verb in PAIRS[state]:
        who, path, body = CALLS[verb]
        answer = hall.call(getattr(hall, who), "POST", f"/cases/{case_no}/{path}", body)
        assert answer.status_code == 409, (verb, answer.get_json())
        assert answer.content_type == "application/problem+json"
    if state != "draft":
        assert hall.call(hall.counter, "DELETE", f"/cases/{case_no}").status_code == 409
    told = hall.kinds(case_no)
    with hall.bench.database.transaction():
        for kind, verb in LAPSES.items():
            if not any(row.verb == verb and state in row.sources for row in CASE):
                deadlines.at(kind, before.id, clock.now())
    hall.sweep()
    after = hall.row(case_no)
    assert (after.status, after.version, hall.kinds(case_no)) == (before.status, before.version, told)


@pytest.mark.rule("FIL-32")
def test_a_refusal_names_what_is_possible_now(hall: Hall) -> None:
    case_no = _reviewing(hall)
    answer = hall.do(hall.clerk, case_no, "acceptance", status=409)
    assert answer["state"] == "reviewing" and "review" in answer["allowed"] and answer["rule"] == "FIL-25"


WALK = [
    ("C3", "draft", "submit", "submitted", ["filing.case.submitted"]),
    ("C4", "draft", "dispatch", "dispatched", ["filing.case.submitted", "filing.case.dispatched"]),
    ("C5", "submitted", "view", "pre_review", ["filing.case.viewed"]),
    ("C6", "dispatched", "view", "pre_review", ["filing.case.viewed"]),
    ("C9", "dispatched", "return", "returned", ["filing.case.returned"]),
    ("C9", "pre_review", "return", "returned", ["filing.case.returned"]),
    ("C10", "returned", "redispatch", "dispatched", ["filing.case.dispatched"]),
    ("C11", "pre_review", "accept", "accepted", ["filing.case.accepted"]),
    ("C11", "resubmitted", "accept", "accepted", ["filing.case.accepted"]),
    ("C12", "pre_review", "request_correction", "correction", ["filing.case.correction_requested"]),
    ("C13", "correction", "answer_correction", "resubmitted", ["filing.case.corrected"]),
    ("C15", "pre_review", "not_accept", "not_accepted", ["filing.case.not_accepted"]),
    ("C15", "resubmitted", "not_accept", "not_accepted", ["filing.case.not_accepted"]),
    ("C16", "accepted", "take", "reviewing", ["filing.case.step_entered"]),
    ("C17", "reviewing", "review", "deciding", ["filing.case.reviewed"]),
    ("C18", "deciding", "send_back", "reviewing", ["filing.case.step_entered"]),
    ("C19", "accepted", "start_special", "special", ["filing.special.started"]),
    ("C19", "reviewing", "start_special", "special", ["filing.special.started"]),
    ("C19", "deciding", "start_special", "special", ["filing.special.started"]),
    ("C20", "special", "finish_special", "reviewing", ["filing.special.finished"]),
    ("C21", "accepted", "extend", "accepted", ["filing.case.extended"]),
    ("C21", "reviewing", "extend", "reviewing", ["filing.case.extended"]),
    ("C21", "deciding", "extend", "deciding", ["filing.case.extended"]),
    (
        "C22",
        "deciding",
        "grant",
        "completed",
        ["filing.case.completed", "filing.commitment.opened", "filing.result.ready"],
    ),
    ("C23", "deciding", "refuse", "completed", ["filing.case.completed", "filing.result.ready"]),
    *(
        ("C24", state, "withdraw", "withdrawn", ["filing.case.withdrawn"])
        for state in sorted(next(row.sources for row in CASE if row.number == "C24"))
    ),
]


@pytest.mark.rule("FIL-32")
@pytest.mark.parametrize(("number", "source", "verb", "target", "events"), WALK)
def test_a_row_of_people_leads_where_the_table_says(
    hall: Hall, number: str, source: str, verb: str, target: str, events: list[str]
) -> None:
    case_no = STATES[source](hall)
    told, noted = len(hall.kinds(case_no)), len(_history(hall, case_no))
    who, path, body = CALLS[verb]
    hall.do(getattr(hall, who), case_no, path, body)
    assert hall.status(case_no) == target
    assert hall.kinds(case_no)[told:] == events
    assert any(entry["details"] and entry["details"].get("row") == number for entry in _history(hall, case_no)[noted:])


@pytest.mark.rule("FIL-74")
@pytest.mark.parametrize("source", sorted(next(row.sources for row in CASE if row.number == "C25")))
def test_listing_suspends_from_every_state_in_process_and_restoring_leads_back(hall: Hall, source: str) -> None:
    case_no = STATES[source](hall)
    hall.list_party()
    assert hall.status(case_no) == "suspended"
    with clock_at("2026-03-04 09:00"):
        hall.restore_party()
    assert hall.status(case_no) == source
    assert [kind for kind in hall.kinds(case_no) if kind in {"filing.case.suspended", "filing.case.resumed"}] == [
        "filing.case.suspended",
        "filing.case.resumed",
    ]


def test_the_remaining_rows_are_walked_too(hall: Hall) -> None:
    """C1, C2, C7, C8, C11 by lapse, C14, C16 by jump, C26, C27."""
    draft = hall.draft()
    assert hall.status(draft) == "draft"  # C1
    assert hall.call(hall.citizen, "DELETE", f"/cases/{draft}").status_code == 204  # C2
    assert hall.call(hall.citizen, "GET", f"/cases/{draft}").status_code == 404
    pushed = hall.dispatched()
    hall.sweep("2026-03-02 10:15:01")  # C7
    hall.sweep("2026-03-02 10:16:02")
    hall.sweep("2026-03-02 10:31:02")  # C8
    assert hall.status(pushed) == "dispatched" and hall.row(pushed).view_overdue_at
    for state in ("submitted", "dispatched", "pre_review", "resubmitted"):  # C11 by lapse
        case_no = STATES[state](hall)
        hall.sweep("2026-03-10 00:00")
        assert (hall.status(case_no), hall.row(case_no).accepted_by_lapse) == ("accepted", True)
    assert hall.status(_lapsed(hall)) == "lapsed"  # C14
    single = hall.accepted(item=SINGLE)
    hall.do(hall.decider, single, "decision", {"decision": "granted", "opinion": "准予"})  # C16 by jump, C22
    assert hall.kinds(single)[-3:] == ["filing.case.step_entered", "filing.case.completed", "filing.result.ready"]
    assert hall.status(_revoked(hall)) == "revoked"  # C27


@pytest.mark.rule("FIL-44")
def test_the_rows_of_delivery(hall: Hall) -> None:
    at_window = hall.granted()
    assert hall.row(at_window).delivery_status == "ready"  # C28
    hall.do(hall.clerk, at_window, "collection", {"document_checked": True})  # C29
    assert hall.row(at_window).delivery_status == "collected"
    sent = hall.granted(delivery_out="courier", address_ref="address:1")
    hall.shipment(sent, notifier.ShipmentOrdered)  # C28
    assert hall.row(sent).delivery_status == "shipped"
    hall.shipment(sent, notifier.ShipmentDelivered, waybill_no="W1", state="delivered")  # C30
    assert hall.row(sent).delivery_status == "delivered"
    lost = hall.granted(delivery_out="courier", address_ref="address:1")
    hall.shipment(lost, notifier.ShipmentOrdered)
    hall.shipment(lost, notifier.ShipmentReturned, reason="无人签收", state="returned")  # C30
    assert hall.row(lost).delivery_status == "undeliverable"
    for case_no in (at_window, sent):
        before = hall.row(case_no).version
        hall.do(hall.clerk, case_no, "collection", {"document_checked": True}, status=409)
        hall.do(hall.clerk, case_no, "readiness", status=409)
        assert hall.row(case_no).version == before
    hall.do(hall.clerk, lost, "readiness")  # C28
    hall.do(hall.clerk, lost, "collection", {"document_checked": True})  # C29


@pytest.mark.rule("FIL-44")
@pytest.mark.rule("NOT-24")
def test_what_came_back_is_collected_at_once_or_arrives_by_a_second_parcel(hall: Hall) -> None:
    collected = hall.granted(delivery_out="courier", address_ref="address:1")
    hall.shipment(collected, notifier.ShipmentReturned, reason="无人签收", state="returned")
    hall.do(hall.clerk, collected, "collection", {"document_checked": True})  # C29
    again = hall.granted(delivery_out="courier", address_ref="address:1")
    hall.shipment(again, notifier.ShipmentReturned, reason="无人签收", state="returned")
    second = {"shipment_id": "shipment-2", "order_no": f"{again}-2"}
    hall.shipment(again, notifier.ShipmentOrdered, **second)
    assert hall.row(again).delivery_status == "undeliverable"  # until the second one is there
    hall.shipment(again, notifier.ShipmentDelivered, waybill_no="W2", state="delivered", **second)  # C30
    assert hall.row(again).delivery_status == "delivered"
    told = [(e.shipment_id, e.outcome) for e in hall.bench.emitted(filing.ResultDelivered) if e.correlation == again]
    assert told == [("shipment-1", "undeliverable"), ("shipment-2", "delivered")]


@pytest.mark.rule("FIL-38")
def test_the_rows_of_a_parallel_approval(hall: Hall) -> None:
    eia, health = staff("reviewer", "TZJ040-SP"), staff("reviewer", "TZJ046-SP")
    case_no = hall.accepted(item=JOINT)
    hall.do(hall.reviewer, case_no, "examination")
    hall.do(eia, case_no, "parallel-opinions/TZJ040-SP", {"opinion": "agree"})  # open → answered
    hall.do(eia, case_no, "parallel-opinions/TZJ040-SP", {"opinion": "disagree"}, status=409)
    hall.do(eia, case_no, "parallel-opinions/TZJ046-SP", {"opinion": "agree"}, status=403)
    silent = hall.do(hall.reviewer, case_no, "review", {"opinion": "同意"}, status=409)
    assert silent["orgs"] == ["TZJ046-SP"]
    hall.sweep("2026-03-17 00:00")  # open → overdue; silence is no consent
    assert "filing.parallel.overdue" in hall.kinds(case_no)
    hall.do(hall.reviewer, case_no, "review", {"opinion": "同意"}, status=409)
    hall.do(health, case_no, "parallel-opinions/TZJ046-SP", {"opinion": "agree_with_conditions", "remarks": "限座位"})
    hall.do(hall.reviewer, case_no, "review", {"opinion": "同意"})
    withdrawn = hall.accepted(item=JOINT)
    hall.do(hall.reviewer, withdrawn, "examination")
    hall.do(hall.citizen, withdrawn, "withdrawal")  # open → recalled
    assert {task["state"] for task in hall.get(withdrawn)["parallel"]} == {"recalled"}
    hall.do(eia, withdrawn, "parallel-opinions/TZJ040-SP", {"opinion": "agree"}, status=409)
    assert {row.number for row in PARALLEL} == {"C31"} and {row.number for row in DELIVERY} == {"C28", "C29", "C30"}


def _history(hall: Hall, case_no: str) -> list[dict[str, Any]]:
    return hall.call(hall.citizen, "GET", f"/cases/{case_no}/history").get_json()["items"]
