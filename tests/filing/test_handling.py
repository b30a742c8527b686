"""Corrections, same-city handling, review, decision, promise, delivery, revocation."""

from typing import Any

import pytest

from contracts.commands import filing as commands
from contracts.commands import notifier as ship
from contracts.events import catalog, filing, notifier, supervision
from tests.filing.hall import DISTRICT, ITEM, ORG, PLAIN, WATCH, Hall, clock_at, know_orgs
from tests.support import person, staff

GRANT = {"decision": "granted", "opinion": "准予"}


# --- correction -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("T15", "CAT-14")
def test_t15_material_outside_the_guide_cannot_be_demanded(hall: Hall) -> None:
    case_no = hall.viewed()
    body = {"defects": [{"material": "M77", "reason": "另附证明"}]}
    assert hall.do(hall.clerk, case_no, "correction", body, status=422)["rule"] == "CAT-14"
    assert hall.status(case_no) == "pre_review"


@pytest.mark.rule("FIL-26")
def test_every_defect_has_to_be_answered(hall: Hall) -> None:
    case_no = hall.viewed()
    defects = [{"material": "M01", "reason": "未签字"}, {"material": "M02", "reason": "不清晰"}]
    hall.do(hall.clerk, case_no, "correction", {"defects": defects})
    hall.upload(case_no, "M03", name="x.pdf", status=409)  # not asked for
    hall.upload(case_no, "M01", name="x.pdf")
    assert hall.do(hall.citizen, case_no, "corrections-answer", status=409)["materials"] == ["M02"]
    hall.do(hall.citizen, case_no, "corrections-answer", {"remarks": {"M02": "见第三页"}})
    corrected = hall.bench.emitted(filing.CaseCorrected)[0]
    assert (corrected.round, corrected.via, corrected.check_due) == (1, "online", "2026-03-09")
    stages = {file["stage"] for entry in hall.get(case_no)["materials"] for file in entry["files"]}
    assert stages == {"filing", "correction:1"}


@pytest.mark.rule("FIL-26")
def test_a_correction_may_be_brought_to_the_receiving_window(hall: Hall) -> None:
    case_no = hall.dispatched()
    hall.do(hall.clerk, case_no, "view")
    hall.do(hall.clerk, case_no, "correction", {"defects": [{"material": "M01", "reason": "未签字"}]})
    hall.upload(case_no, "M01", name="x.pdf", who=hall.counter)
    hall.do(hall.counter, case_no, "corrections-answer")
    assert hall.bench.emitted(filing.CaseCorrected)[0].via == "window"


@pytest.mark.rule("FIL-27")
def test_a_second_notice_needs_a_reason_and_for_other_material_the_leader(hall: Hall) -> None:
    case_no = hall.correction()
    hall.do(hall.citizen, case_no, "corrections-answer", {"remarks": {"M01": "已补签"}})
    assert hall.status(case_no) == "resubmitted"
    again = {"defects": [{"material": "M01", "reason": "仍未签字"}]}
    other = {"defects": [{"material": "M02", "reason": "不清晰"}], "justification": "首次遗漏"}
    assert hall.do(hall.clerk, case_no, "correction", again, status=409)["rule"] == "FIL-27"
    assert hall.do(hall.clerk, case_no, "correction", other, status=409)["rule"] == "FIL-27"
    hall.do(hall.clerk, case_no, "correction", again | {"justification": "补正件仍未签字"})
    hall.do(hall.citizen, case_no, "corrections-answer", {"remarks": {"M01": "已补签"}})
    hall.do(hall.leader, case_no, "correction", other)
    assert [event.round for event in hall.bench.emitted(filing.CaseCorrectionRequested)] == [1, 2, 3]


@pytest.mark.rule("FIL-28")
def test_the_applicants_limit_is_extended_once(hall: Hall) -> None:
    case_no = hall.correction()
    hall.do(hall.citizen, case_no, "correction-extension", {"reason": "出差"})
    assert hall.get(case_no)["corrections"][0]["due"] == "2026-05-06"  # 60 nd end on 05-01, 劳动节
    assert hall.do(hall.citizen, case_no, "correction-extension", {"reason": "再延"}, status=409)["rule"] == "FIL-28"


@pytest.mark.rule("FIL-29", "AMB-27")
def test_faults_of_the_material_lead_to_correction_first(hall: Hall) -> None:
    case_no = hall.viewed()
    body = {"reason_code": "material_incomplete", "opinion": "缺材料"}
    assert hall.do(hall.clerk, case_no, "refusal-to-accept", body, status=409)["rule"] == "FIL-29"
    hall.do(hall.clerk, case_no, "correction", {"defects": [{"material": "M01", "reason": "未签字"}]})
    hall.do(hall.citizen, case_no, "corrections-answer", {"remarks": {"M01": "无法补签"}})
    hall.do(hall.clerk, case_no, "refusal-to-accept", body)
    notice = hall.bench.emitted(filing.CaseNotAccepted)[0]
    assert notice.reason_code == "material_incomplete" and notice.notice_no


@pytest.mark.rule("FIL-30")
def test_documents_are_numbered_hashed_and_readable(hall: Hall) -> None:
    case_no = hall.accepted()
    document = hall.get(case_no)["documents"][-1]
    assert document["title"] == "受理通知书" and document["number"] == "一网通受〔2026〕000001号"
    answer = hall.bench.client(hall.citizen).get(f"/api/filing/v1/cases/{case_no}/documents/{document['id']}")
    assert answer.status_code == 200 and "样例申请单位" in answer.text and "2026年03月16日" in answer.text
    assert hall.bench.client(person()).get(answer.request.path).status_code == 403


# --- same city --------------------------------------------------------------------------------------------------------


@pytest.mark.rule("FIL-55")
def test_after_two_returns_the_window_manager_decides(hall: Hall) -> None:
    case_no = hall.dispatched()
    hall.do(hall.clerk, case_no, "return", {"opinion": " "}, status=422)
    for round_ in (1, 2):
        hall.do(hall.clerk, case_no, "return", {"opinion": "不属本部门"})
        if round_ == 1:
            hall.do(hall.counter, case_no, "dispatch", {"accepting_window": "H4"})
    hall.do(hall.counter, case_no, "dispatch", {"accepting_window": "H5"}, status=403)
    hall.do(hall.manager, case_no, "dispatch", {"accepting_window": "H5"})
    assert [event.round for event in hall.bench.emitted(filing.CaseDispatched)] == [1, 2, 3]
    assert [event.returns for event in hall.bench.emitted(filing.CaseReturned)] == [1, 2]


@pytest.mark.rule("FIL-24", "FIL-55")
def test_a_notice_that_ran_out_at_the_receiving_window_takes_effect_on_dispatch(hall: Hall) -> None:
    case_no = hall.dispatched()
    hall.do(hall.clerk, case_no, "return", {"opinion": "不属本部门"})
    hall.sweep("2026-03-10 00:00")
    assert hall.status(case_no) == "returned"
    with clock_at("2026-03-10 09:00"):
        hall.do(hall.counter, case_no, "dispatch", {"accepting_window": "H4"})
    hall.sweep("2026-03-10 09:00")
    assert hall.status(case_no) == "accepted" and hall.get(case_no)["accepted_at"].startswith("2026-03-02")


@pytest.mark.rule("FIL-53", "CAT-20")
def test_another_organisations_window_may_be_chosen_and_the_switch_binds(hall: Hall) -> None:
    other = staff("window_clerk", "TZJ040-SP")
    case_no = hall.ready(who=hall.counter, subject_ref=hall.citizen.ref, window="A1")
    hall.do(hall.counter, case_no, "dispatch", {"accepting_window": "H3", "accepting_org": "TZJ040-SP"})
    hall.do(hall.clerk, case_no, "view", status=403)
    hall.do(other, case_no, "view")
    plain = hall.ready(item=PLAIN, who=hall.counter, subject_ref=hall.citizen.ref)
    assert hall.do(hall.counter, plain, "dispatch", {"accepting_window": "H3"}, status=422)["rule"] == "CAT-20"


@pytest.mark.rule("FIL-56", "AMB-23")
def test_the_agreed_reply_time_is_kept_and_supervised(hall: Hall) -> None:
    case_no = hall.dispatched()
    hall.do(hall.clerk, case_no, "view")
    hall.do(hall.clerk, case_no, "agreed-reply", {"at": "2026-03-02T09:00:00+08:00"}, status=422)
    hall.do(hall.clerk, case_no, "agreed-reply", {"at": "2026-03-03T15:00:00+08:00"})
    hall.sweep("2026-03-03 15:00:00")
    assert not hall.bench.emitted(filing.DeadlineOverdue)
    hall.sweep("2026-03-03 15:00:01")
    assert hall.bench.emitted(filing.DeadlineOverdue)[0].deadline_kind == "agreed_reply"


# --- decision ---------------------------------------------------------------------------------------------------------


@pytest.mark.rule("FIL-35")
def test_a_refusal_states_reason_basis_and_remedies(hall: Hall) -> None:
    case_no = hall.reviewed("commit")
    body = {"decision": "refused", "opinion": "场所不符合条件"}
    assert hall.do(hall.decider, case_no, "decision", body, status=422)["rule"] == "FIL-35"
    hall.do(hall.decider, case_no, "decision", body | {"basis": "食品安全法第三十五条"})
    completed = hall.bench.emitted(filing.CaseCompleted)[0]
    assert completed.decision == "refused" and "行政复议" in completed.refusal_reason
    assert "licence_no" not in completed.result or completed.result["licence_no"] is None
    case = hall.get(case_no)
    assert case["commitment_status"] == "void" and case["documents"][-1]["title"] == "不予行政许可决定书"


@pytest.mark.rule("FIL-44", "FIL-45", "T37")
def test_t37_the_completed_event_carries_dates_of_delivery_and_sharing(hall: Hall) -> None:
    with clock_at("2026-04-28 10:00"):
        case_no = hall.granted()
    completed = hall.bench.emitted(filing.CaseCompleted)[0]
    assert completed.share_due == "2026-05-11" and completed.delivery_due == "2026-05-14"
    assert completed.result["valid_from"] == "2026-04-28" and completed.result["valid_to"] == "2031-04-28"
    assert hall.get(case_no)["licence_no"] == completed.result["licence_no"]


@pytest.mark.rule("FIL-72")
def test_nothing_is_granted_upon_a_promise_already_broken(hall: Hall) -> None:
    case_no = hall.reviewed("commit")
    with clock_at("2026-05-29 00:00"):
        assert hall.do(hall.decider, case_no, "decision", GRANT, status=409)["rule"] == "FIL-72"


@pytest.mark.rule("FIL-36")
def test_the_decider_may_refuse_a_special_procedure(hall: Hall) -> None:
    case_no = hall.reviewed()
    body = {"kind": "hearing", "reason": "听证", "expected_wd": 10}
    hall.do(hall.reviewer, case_no, "special-procedure", body)
    hall.do(hall.reviewer, case_no, "special-procedure", body, status=409)
    hall.do(hall.decider, case_no, "special-procedure/approval", {"approve": False, "opinion": "不必要"})
    assert hall.status(case_no) == "deciding" and hall.get(case_no)["specials"][0]["state"] == "refused"
    hall.do(hall.decider, case_no, "special-procedure/approval", {"approve": True}, status=409)


# --- promise ----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("FIL-71", "FIL-73")
def test_a_promise_is_supplied_in_parts_and_once_more_after_a_rejection(hall: Hall) -> None:
    case_no = hall.granted("commit")
    hall.do(hall.citizen, case_no, "supply", status=422)
    hall.supply(case_no, "M02")
    hall.check(case_no, "M02")
    assert hall.get(case_no)["commitment_status"] == "open"
    hall.supply(case_no, "M03")
    hall.check(case_no, "M03", conforms=False)
    case = hall.get(case_no)
    assert case["commitment_status"] == "open" and case["status"] == "completed"
    hall.supply(case_no, "M03")
    hall.check(case_no, "M03")
    assert hall.get(case_no)["commitment_status"] == "fulfilled"
    kinds = [kind for kind in hall.kinds(case_no) if kind.startswith("filing.commitment.")]
    assert kinds == [
        f"filing.commitment.{verb}" for verb in ("opened", "supplied", "supplied", "rejected", "supplied", "fulfilled")
    ]


@pytest.mark.rule("FIL-73", "FIL-80")
def test_a_second_rejection_breaks_the_promise_and_the_party_is_heard_before_the_revocation(hall: Hall) -> None:
    case_no = hall.granted("commit")
    for results in ({"M02": False, "M03": True}, {"M02": False}):
        hall.supply(case_no, *results)
        hall.check_mixed(case_no, results)
    failed = hall.bench.emitted(filing.CommitmentFailed)[0]
    assert failed.cause == "material_not_conforming" and [entry["code"] for entry in failed.deferred] == ["M02"]
    assert hall.status(case_no) == "completed"
    revoke = {"follow": True, "opinion": "不符合法定条件"}
    assert hall.do(hall.decider, case_no, "revocation/decision", revoke, status=409)["rule"] == "FIL-80"
    hall.do(hall.citizen, case_no, "revocation/defence", {"statement": "材料已更正"})
    hall.do(hall.decider, case_no, "revocation/decision", revoke)
    revoked = hall.bench.emitted(filing.CaseRevoked)[0]
    assert revoked.ground_code == "material_not_conforming" and not revoked.collateral


@pytest.mark.rule("FIL-80")
def test_without_a_statement_the_decider_waits_three_working_days_and_may_drop_it(hall: Hall) -> None:
    case_no, kept = hall.granted(), hall.granted()
    for number in (case_no, kept):
        hall.do(hall.decider, number, "revocation", {"opinion": "经核实应当撤销"})
    hall.do(hall.decider, case_no, "revocation", {"opinion": "再次"}, status=409)
    revoke = {"follow": True, "opinion": "撤销"}
    with clock_at("2026-03-05 23:59"):
        hall.do(hall.decider, case_no, "revocation/decision", revoke, status=409)
    hall.sweep("2026-03-06 00:00")
    with clock_at("2026-03-06 00:00"):
        hall.do(hall.decider, case_no, "revocation/decision", revoke)
        hall.do(hall.decider, kept, "revocation/decision", {"follow": False, "opinion": "理由不成立"})
    assert (hall.status(case_no), hall.status(kept)) == ("revoked", "completed")


# --- proposal ---------------------------------------------------------------------------------------------------------


def _propose(hall: Hall, case_no: str) -> None:
    case = hall.row(case_no)
    data = {
        "proposal_id": f"proposal-{case.id}",
        "case_id": case.id,
        "case_no": case_no,
        "item_code": ITEM,
        "approving_org": ORG,
        "supervising_org": WATCH,
        "document_ref": "file-7",
        "document_no": "监〔2026〕3号",
        "opinion": "建议撤销",
        "evidence_refs": ["file-8"],
        "proposed_at": "2026-03-02T10:00:00+08:00",
        "reply_due": "2026-03-09",
        "subject_ref": case.subject_ref,
        "subject_type": "person",
        "subject_name_masked": "样*",
    }
    event = hall.bench.deliver(supervision.RevocationProposed, data["proposal_id"], data)
    hall.bench.redeliver(event)


@pytest.mark.rule("FIL-78", "SUP-13")
def test_a_proposal_is_followed_at_once_or_declined_with_an_explanation(hall: Hall) -> None:
    followed, declined, late = hall.granted(), hall.granted(), hall.granted()
    for case_no in (followed, declined, late):
        _propose(hall, case_no)
    path = "revocation-proposals/proposal-{}/answer"
    hall.do(hall.decider, followed, path.format(hall.row(followed).id), {"follow": True, "opinion": "属实"})
    hall.do(hall.decider, declined, path.format(hall.row(declined).id), {"follow": False, "opinion": "不属实"})
    revoked = hall.bench.emitted(filing.CaseRevoked)[0]
    assert revoked.ground_code == "supervision_proposal" and revoked.evidence_refs == ["file-8"]
    explained = hall.bench.emitted(filing.RevocationDeclined)[0]
    assert explained.supervising_org == WATCH and explained.explanation == "不属实" and explained.explanation_doc
    assert (hall.status(followed), hall.status(declined)) == ("revoked", "completed")
    again = path.format(hall.row(declined).id)
    hall.do(hall.decider, declined, again, {"follow": True, "opinion": "属实"}, status=409)
    hall.sweep("2026-03-10 00:00")
    overdue = [(event.correlation, event.deadline_kind) for event in hall.bench.emitted(filing.DeadlineOverdue)]
    assert overdue == [(late, "revocation_reply")]


# --- delivery ---------------------------------------------------------------------------------------------------------


@pytest.mark.rule("FIL-61", "FIL-12", "AMB-34")
def test_a_district_pays_for_the_courier_of_its_own_units(hall: Hall) -> None:
    data = {"org_code": ORG, "org_name": "区局", "org_kind": "approving", "region_code": "120101", "active": True}
    hall.bench.deliver(catalog.OrgChanged, ORG, data | {"in_city_centre": False})
    hall.granted(delivery_out="courier", address_ref="address:7")
    (order,) = hall.bench.emitted(ship.Ship)
    assert (order.payer, order.payer_org) == ("district", ORG)


@pytest.mark.rule("FIL-12", "FIL-61", "AMB-34")
def test_the_courier_is_ordered_once_and_the_applicant_never_pays(hall: Hall) -> None:
    case_no = hall.granted(delivery_out="courier", address_ref="address:7")
    orders = hall.bench.emitted(ship.Ship)
    assert len(orders) == 1
    order = orders[0]
    assert (order.order_no, order.payer, order.address_ref) == (f"{case_no}-1", "service_office", "address:7")
    assert "filing.result.ready" not in hall.kinds(case_no)


@pytest.mark.rule("FIL-44")
def test_the_couriers_reports_reach_the_same_end_in_any_order(hall: Hall) -> None:
    case_no = hall.granted(delivery_out="courier", address_ref="address:7")
    hall.shipment(case_no, notifier.ShipmentDelivered, waybill_no="W1", state="delivered")
    hall.shipment(case_no, notifier.ShipmentOrdered)
    hall.shipment(case_no, notifier.ShipmentReturned, reason="误报", state="returned")
    assert hall.row(case_no).delivery_status == "delivered"
    delivered = hall.bench.emitted(filing.ResultDelivered)
    assert [(event.outcome, event.waybill_no) for event in delivered] == [("delivered", "W1")]
    hall.sweep("2026-03-30 00:00")
    assert "delivery" not in {event.deadline_kind for event in hall.bench.emitted(filing.DeadlineOverdue)}


@pytest.mark.rule("FIL-44")
def test_when_the_courier_cannot_be_ordered_the_window_takes_over(hall: Hall) -> None:
    case_no = hall.granted(delivery_out="courier", address_ref="address:7")
    hall.shipment(case_no, notifier.ShipmentFailed, reason="地址不全", state="order_failed")
    hall.shipment(case_no, notifier.ShipmentOrdered, direction="material")  # not the result
    assert hall.row(case_no).delivery_status == "none"
    hall.do(hall.clerk, case_no, "readiness")
    hall.do(hall.clerk, case_no, "collection", {"document_checked": False}, status=422)
    hall.do(hall.clerk, case_no, "collection", {"document_checked": True, "collector_ref": hall.citizen.ref})
    assert hall.bench.emitted(filing.ResultCollected)[0].collector_ref == hall.citizen.ref


@pytest.mark.rule("FIL-46", "FIL-08")
def test_a_counter_filing_goes_no_further_before_every_required_paper_is_scanned(hall: Hall) -> None:
    case_no = hall.draft(who=hall.counter, subject_ref=hall.citizen.ref, window="A1")
    hall.fill(case_no, who=hall.counter)
    hall.upload(case_no, "M01", who=hall.counter)
    for verb, body in (("dispatch", {"accepting_window": "H3"}), ("submission", {})):
        refused = hall.do(hall.counter, case_no, verb, body, status=409)
        assert refused["rule"] == "FIL-08"
        assert [entry["code"] for entry in refused["materials"]] == ["M02", "M03"]
    assert hall.status(case_no) == "draft"


# --- supervision's reports on the case --------------------------------------------------------------------------------


@pytest.mark.rule("FIL-46", "FIL-42")
def test_acknowledgements_orders_and_findings_stand_on_the_case_once(hall: Hall) -> None:
    case_no = hall.granted("commit")
    case = hall.row(case_no)
    ack = {
        "case_id": case.id,
        "case_no": case_no,
        "supervising_org": WATCH,
        "push_kind": "completed",
        "pushed_event": "event-1",
        "acknowledged_at": "2026-03-02T11:00:00+08:00",
    }
    hall.bench.deliver(supervision.PushAcknowledged, "push-1", ack)
    order = {
        "order_id": "order-1",
        "order_no": "督1",
        "kind": "overdue",
        "case_id": case.id,
        "case_no": case_no,
        "target_org": ORG,
        "content": "尽快办理",
        "issued_at": "2026-03-02T11:00:00+08:00",
        "issued_by": "service:supervision",
        "due": "2026-03-05",
    }
    hall.bench.deliver(commands.SuperviseOrder, "order-1", order)
    hall.bench.deliver(supervision.OrderIssued, "order-1", order)
    finding = {
        "finding_id": "finding-1",
        "kind": "other",
        "case_id": case.id,
        "case_no": case_no,
        "approving_org": ORG,
        "supervising_org": WATCH,
        "description": "标识不全",
        "evidence_refs": [],
        "discovered_at": "2026-03-02T11:00:00+08:00",
        "reported_at": "2026-03-02T12:00:00+08:00",
        "late": False,
        "subject_ref": case.subject_ref,
        "subject_type": "person",
        "subject_name_masked": "样*",
    }
    hall.bench.deliver(supervision.FindingReported, "finding-1", finding)
    shown = hall.get(case_no)
    assert [entry["order_no"] for entry in shown["orders"]] == ["督1"]
    assert hall.status(case_no) == "completed"


# --- who may --------------------------------------------------------------------------------------------------------


ROWS: list[tuple[str, str, str, Any]] = [
    ("submitted", "window_clerk", "view", {}),
    ("viewed", "window_clerk", "acceptance", {}),
    ("viewed", "window_clerk", "correction", {"defects": [{"material": "M01", "reason": "未签字"}]}),
    ("accepted", "reviewer", "examination", {}),
    ("accepted", "reviewer", "review", {"opinion": "符合"}),
    ("reviewed", "decider", "decision", GRANT),
    ("reviewed", "unit_leader", "extension", {"days": 1, "reason": "理由"}),
    ("granted", "decider", "revocation", {"opinion": "理由"}),
    ("granted", "window_clerk", "collection", {"document_checked": True}),
]


@pytest.mark.rule("ID-35")
@pytest.mark.parametrize(("state", "role", "path", "body"), ROWS)
def test_a_verb_needs_the_role_at_the_own_organisation_for_the_item(
    hall: Hall, state: str, role: str, path: str, body: Any
) -> None:
    case_no = getattr(hall, state)()
    before = hall.row(case_no).version
    for who in (
        None,
        hall.citizen,
        staff("auditor", "*"),
        staff(role, "TZJ040-SP"),
        staff(role, ORG, [PLAIN]) if role != "window_clerk" or path != "collection" else staff(role, "TZJ046-SP"),
    ):
        answer = hall.call(who, "POST", f"/cases/{case_no}/{path}", body)
        assert answer.status_code in {401, 403}, (who, answer.get_json())
    assert hall.row(case_no).version == before
    hall.do(staff(role, ORG, [ITEM]), case_no, path, body)


@pytest.mark.rule("ID-35", "FIL-33")
def test_only_its_own_people_read_a_case_and_lists_follow_the_same_rule(hall: Hall) -> None:
    know_orgs(hall.bench, ORG, "TZJ077")
    draft, filed, done = hall.draft(), hall.submitted(), hall.granted()
    readers = {
        "owner": (hall.citizen, {draft, filed, done}),
        "stranger": (person(), set()),
        "clerk": (hall.clerk, {filed, done}),
        "other clerk": (staff("window_clerk", "TZJ040-SP"), set()),
        "other item": (staff("reviewer", ORG, [PLAIN]), set()),
        "this item": (staff("reviewer", ORG, [ITEM]), {filed, done}),
        "office": (staff("service_office", "TZJ077"), {filed, done}),
        "office of a district": (staff("service_office", DISTRICT), set()),
    }
    for name, (who, visible) in readers.items():
        listed = {entry["case_no"] for entry in hall.call(who, "GET", "/cases").get_json()["items"]}
        assert listed == visible, name
        for case_no in (draft, filed, done):
            status = hall.call(who, "GET", f"/cases/{case_no}").status_code
            assert status == (200 if case_no in visible else 403), (name, case_no)
            assert hall.call(who, "GET", f"/cases/{case_no}/history").status_code == status
    watcher = staff("supervisor", WATCH)
    assert hall.call(watcher, "GET", f"/cases/{done}").status_code == 200
    assert hall.call(watcher, "GET", f"/cases/{filed}").status_code == 403
    assert hall.call(hall.clerk, "GET", "/queues").get_json()["counts"]["accept"] == 1


@pytest.mark.rule("FIL-13", "FIL-48")
def test_another_citizen_touches_nothing(hall: Hall) -> None:
    case_no, other = hall.ready("commit"), person()
    for method, path in (
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/submission"),
        ("POST", "/materials/M02/deferral"),
        ("POST", "/withdrawal"),
        ("POST", "/supply"),
    ):
        answer = hall.call(other, method, f"/cases/{case_no}{path}", {} if method != "DELETE" else None)
        assert answer.status_code == 403, (method, path, answer.get_json())
    hall.upload(case_no, "M01", name="x.pdf", who=other, status=403)
    hall.sign(case_no, who=other, status=403)
