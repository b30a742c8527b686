"""The boundary dates of the domain specification (T8-T23), through the API with a pinned clock."""

import pytest

from contracts.events import catalog, filing, notifier
from tests.filing.hall import ORG, Hall, clock_at

DEPUTY, CHIEF = "staff:deputy", "staff:chief"


def _leaders(hall: Hall) -> None:
    data = {
        "org_code": ORG,
        "org_name": "政务服务处",
        "org_kind": "approving",
        "region_code": "120000",
        "deputy_leader_ref": DEPUTY,
        "unit_leader_ref": CHIEF,
        "active": True,
    }
    hall.bench.deliver(catalog.OrgChanged, ORG, data)


def _pushed(hall: Hall, at: str) -> str:
    with clock_at("2026-03-04 09:00"):
        case_no = hall.ready("ordinary", who=hall.counter, subject_ref=hall.citizen.ref, window="A1")
    with clock_at(at):
        hall.do(hall.counter, case_no, "dispatch", {"accepting_window": "H3"})
    return case_no


def _sms_sent(hall: Hall, case_no: str, at: str) -> None:
    case = hall.row(case_no)
    data = {
        "message_id": "message-1",
        "template": "view_warned",
        "recipient_ref": DEPUTY,
        "dedupe_key": "key-1",
        "cause_event": case.view_warned_event,
        "cause_type": "filing.case.view_warned",
        "case_id": case.id,
        "case_no": case_no,
        "attempts": 1,
        "sent_at": at.replace(" ", "T") + "+08:00",
    }
    hall.bench.deliver(notifier.SmsSent, "message-1", data)


@pytest.mark.rule("T8", "FIL-58", "FIL-59")
def test_t8_the_two_quarter_hours_run_to_the_second(hall: Hall) -> None:
    _leaders(hall)
    case_no = _pushed(hall, "2026-03-05 10:00:00")
    hall.sweep("2026-03-05 10:15:00")
    assert "filing.case.view_warned" not in hall.kinds(case_no)
    hall.sweep("2026-03-05 10:15:01")
    warned = hall.bench.emitted(filing.CaseViewWarned)
    assert [event.leader_ref for event in warned] == [DEPUTY] and warned[0].waited_seconds == 901
    with clock_at("2026-03-05 10:15:03"):
        _sms_sent(hall, case_no, "2026-03-05 10:15:03")
    hall.sweep("2026-03-05 10:30:03")
    assert not hall.bench.emitted(filing.CaseViewOverdue)
    hall.sweep("2026-03-05 10:30:04")
    overdue = hall.bench.emitted(filing.CaseViewOverdue)
    assert [event.leader_ref for event in overdue] == [CHIEF]
    assert overdue[0].warned_at == "2026-03-05T10:15:03+08:00" and overdue[0].clock_assumed is False
    assert hall.get(case_no)["view_overdue"] is True


@pytest.mark.rule("FIL-59")
def test_without_a_report_of_sending_the_second_clock_starts_after_a_minute_and_says_so(hall: Hall) -> None:
    case_no = _pushed(hall, "2026-03-05 10:00:00")
    hall.sweep("2026-03-05 10:15:01")
    hall.sweep("2026-03-05 10:16:01")
    with clock_at("2026-03-05 10:20:00"):
        _sms_sent(hall, case_no, "2026-03-05 10:20:00")  # too late to move it
    hall.sweep("2026-03-05 10:31:01")
    assert not hall.bench.emitted(filing.CaseViewOverdue)
    hall.sweep("2026-03-05 10:31:02")
    overdue = hall.bench.emitted(filing.CaseViewOverdue)[0]
    assert overdue.clock_assumed is True and overdue.leader_ref == f"role:unit_leader@{ORG}"


@pytest.mark.rule("T9", "TIM-06", "AMB-31")
def test_t9_the_clock_stands_still_while_the_hall_is_closed(hall: Hall) -> None:
    case_no = _pushed(hall, "2026-03-05 17:20")
    hall.sweep("2026-03-06 08:35:00")
    assert "filing.case.view_warned" not in hall.kinds(case_no)
    hall.sweep("2026-03-06 08:35:01")
    assert "filing.case.view_warned" in hall.kinds(case_no)


@pytest.mark.rule("TIM-06")
def test_the_opening_hours_of_the_hall_count(hall: Hall) -> None:
    data = {
        "org_code": "H120000",
        "org_name": "市政务服务中心",
        "org_kind": "service",
        "region_code": "120000",
        "opens": "09:00",
        "closes": "17:00",
        "active": True,
    }
    hall.bench.deliver(catalog.OrgChanged, "H120000", data)
    case_no = _pushed(hall, "2026-03-05 16:50")
    hall.sweep("2026-03-06 09:05:00")
    assert "filing.case.view_warned" not in hall.kinds(case_no)
    hall.sweep("2026-03-06 09:05:01")
    assert "filing.case.view_warned" in hall.kinds(case_no)


@pytest.mark.rule("T10", "FIL-57", "AMB-23")
def test_t10_viewed_in_time_means_no_message_ever(hall: Hall) -> None:
    case_no = _pushed(hall, "2026-03-05 10:00:00")
    with clock_at("2026-03-05 10:14:59"):
        hall.do(hall.clerk, case_no, "view")
    hall.sweep("2026-03-06 16:00")
    assert hall.status(case_no) == "pre_review"  # the fifteen minutes are for looking, not for accepting
    kinds = hall.kinds(case_no)
    assert "filing.case.view_warned" not in kinds and "filing.case.view_overdue" not in kinds
    assert hall.bench.emitted(filing.CaseViewed)[0].waited_seconds == 899


@pytest.mark.rule("T11", "FIL-63")
def test_t11_the_paper_moves_within_five_working_days(hall: Hall) -> None:
    with clock_at("2026-02-13 09:00"):
        case_no = hall.dispatched()
    assert hall.bench.emitted(filing.CaseDispatched)[0].paper_due == "2026-02-27"
    late = _pushed(hall, "2026-02-13 10:00")
    with clock_at("2026-02-27 23:59"):
        hall.do(hall.clerk, case_no, "paper-transfer")
        hall.do(hall.clerk, case_no, "paper-transfer", status=409)
    hall.sweep("2026-02-28 00:00")
    assert [event.correlation for event in hall.bench.emitted(filing.PaperTransferOverdue)] == [late]
    assert [event.correlation for event in hall.bench.emitted(filing.PaperTransferred)] == [case_no]


@pytest.mark.rule("FIL-63")
@pytest.mark.rule("NOT-25")
def test_the_scan_of_a_batch_closes_the_transfer_of_its_paper_once(hall: Hall) -> None:
    with clock_at("2026-02-13 09:00"):
        case_no = hall.dispatched()
    scanned = {"direction": "paper", "state": "delivered", "at": "2026-02-27T16:00:00+08:00"}
    with clock_at("2026-02-27 16:01"):
        for shipment_id in ("batch-1", "batch-2"):
            hall.shipment(case_no, notifier.ShipmentDelivered, shipment_id=shipment_id, **scanned)
        hall.do(hall.clerk, case_no, "paper-transfer", status=409)
    hall.sweep("2026-02-28 00:00")
    (moved,) = hall.bench.emitted(filing.PaperTransferred)
    assert (moved.correlation, moved.shipment_id, moved.transferred_at) == (case_no, "batch-1", scanned["at"])
    assert hall.bench.emitted(filing.PaperTransferOverdue) == []
    assert hall.row(case_no).delivery_status == "none"


@pytest.mark.rule("T12", "FIL-08", "AMB-35")
def test_t12_submission_is_refused_with_the_list_of_missing_material(hall: Hall) -> None:
    case_no = hall.draft()
    hall.fill(case_no)
    hall.upload(case_no, "M01")
    refused = hall.do(hall.citizen, case_no, "submission", status=409)
    assert refused["rule"] == "FIL-08" and refused["article"]
    assert [entry["code"] for entry in refused["materials"]] == ["M02", "M03"]
    assert hall.status(case_no) == "draft"
    given = {row["code"]: (row["required"], row["deferrable"]) for row in hall.get(case_no)["materials"]}
    assert (given["M01"], given["M03"], given["M04"]) == ((True, False), (True, True), (False, False))


@pytest.mark.rule("T13", "FIL-09", "FIL-10")
def test_t13_deferred_material_needs_the_signed_letter(hall: Hall) -> None:
    case_no = hall.draft("commit")
    hall.fill(case_no)
    hall.upload(case_no, "M01")
    for code in ("M02", "M03"):
        hall.do(hall.citizen, case_no, f"materials/{code}/deferral", {"deferred": True})
    assert hall.do(hall.citizen, case_no, "submission", status=409)["rule"] == "FIL-10"
    hall.sign(case_no)
    hall.do(hall.citizen, case_no, "submission")
    assert hall.get(case_no)["commitment"]["status"] == "signed"


@pytest.mark.rule("T16", "FIL-24")
def test_t16_silence_accepts_the_case_from_the_day_of_receipt(hall: Hall) -> None:
    with clock_at("2026-02-13 11:00"):
        case_no = hall.submitted()
    assert hall.bench.emitted(filing.CaseSubmitted)[0].notice_due == "2026-02-27"
    hall.sweep("2026-02-27 23:59:59")
    assert hall.status(case_no) == "submitted"
    hall.sweep("2026-02-28 00:00")
    accepted = hall.bench.emitted(filing.CaseAccepted)[0]
    assert accepted.by_lapse is True and accepted.accepted_at == "2026-02-13T11:00:00+08:00"
    assert hall.row(case_no).accepted_by_lapse and hall.get(case_no)["accepted_at"].startswith("2026-02-13T11:00")


@pytest.mark.rule("T17", "FIL-37")
def test_t17_the_limit_is_extended_once(hall: Hall) -> None:
    case_no = hall.accepted()
    assert hall.get(case_no)["statutory_due"] == "2026-03-30"
    hall.do(hall.leader, case_no, "extension", {"days": 11, "reason": "案情复杂"}, status=409)
    hall.do(hall.leader, case_no, "extension", {"days": 10, "reason": "案情复杂"})
    assert hall.get(case_no)["statutory_due"] == "2026-04-14"
    extended = hall.bench.emitted(filing.CaseExtended)[0]
    assert (extended.new_due, extended.days, extended.approver_ref) == ("2026-04-14", 10, hall.leader.ref)
    assert hall.do(hall.leader, case_no, "extension", {"days": 1, "reason": "再延"}, status=409)["rule"] == "FIL-37"


@pytest.mark.rule("T18", "TIM-08", "FIL-36")
def test_t18_a_special_procedure_stops_the_clock(hall: Hall) -> None:
    case_no = hall.accepted()
    with clock_at("2026-03-10 16:00"):
        body = {"kind": "expert_review", "reason": "需要专家评审", "expected_wd": 8}
        hall.do(hall.reviewer, case_no, "special-procedure", body)
        assert hall.status(case_no) == "accepted"  # the decider has to approve
        hall.do(hall.decider, case_no, "special-procedure/approval", {"approve": True})
    hall.sweep("2026-03-19 12:00")
    with clock_at("2026-03-20 09:00"):
        hall.do(hall.reviewer, case_no, "special-procedure/result", {"result": "专家同意"})
    case = hall.get(case_no)
    assert case["statutory_due"] == "2026-04-10" and case["status"] == "accepted"
    finished = hall.bench.emitted(filing.SpecialFinished)[0]
    assert (finished.statutory_due, finished.paused_wd) == ("2026-04-10", 8)
    limits = {entry["kind"]: entry for entry in _limits(hall, case_no)}
    assert limits["statutory"]["explanation"]["pauses"] == [{"from": "2026-03-10", "to": "2026-03-20"}]


@pytest.mark.rule("T19", "FIL-70", "FIL-72")
def test_t19_a_promise_holds_until_midnight_of_its_date(hall: Hall) -> None:
    kept, broken = hall.granted("commit"), hall.granted("commit")
    assert hall.get(kept)["commitment"]["due"] == "2026-05-28"
    with clock_at("2026-05-28 23:59"):
        hall.supply(kept, "M02", "M03")
    hall.sweep("2026-05-28 23:59:59")
    assert hall.status(broken) == "completed"
    hall.sweep("2026-05-29 00:00")
    assert hall.status(broken) == "revoked"
    lapsed = hall.bench.emitted(filing.CommitmentLapsed)
    assert [event.correlation for event in lapsed] == [broken] and lapsed[0].cause == "promise_lapsed"
    assert lapsed[0].lapsed_at == "2026-05-29T00:00:00+08:00"
    revoked = hall.bench.emitted(filing.CaseRevoked)
    assert [(event.correlation, event.ground_code) for event in revoked] == [(broken, "promise_lapsed")]
    with clock_at("2026-06-02 10:00"):  # under check at the date means in time
        hall.check(kept, "M02", "M03")
    assert hall.get(kept)["commitment_status"] == "fulfilled" and hall.status(kept) == "completed"
    with clock_at("2026-05-29 00:00"):
        hall.upload(broken, "M02", status=409)


@pytest.mark.rule("T20", "FIL-74", "AMB-05")
def test_t20_listing_suspends_what_is_under_review_and_leaves_what_is_fulfilled(hall: Hall) -> None:
    fulfilled = hall.granted("commit")
    hall.supply(fulfilled, "M02", "M03")
    hall.check(fulfilled, "M02", "M03")
    review = hall.accepted("commit")
    hall.do(hall.reviewer, review, "examination")
    ordinary = hall.accepted("ordinary")
    lapsing = hall.granted("commit")
    hall.sweep("2026-05-29 00:00")
    assert hall.status(lapsing) == "revoked"
    with clock_at("2026-05-29 00:00:05"):
        hall.list_party(case_id=hall.row(lapsing).id, case_no=lapsing)
    hall.sweep("2026-06-30 00:00")
    assert hall.status(review) == "suspended" and hall.status(fulfilled) == "completed"
    assert hall.status(ordinary) == "accepted"
    assert hall.bench.emitted(filing.CaseSuspended)[0].ground == "subject_listed"


@pytest.mark.rule("T22", "CRE-08", "FIL-73")
def test_t22_a_promise_is_broken_once_whatever_comes_later(hall: Hall) -> None:
    case_no = hall.granted("commit")
    hall.sweep("2026-05-29 00:00")
    hall.sweep("2026-05-30 00:00")
    with clock_at("2026-06-01 10:00"):
        hall.upload(case_no, "M02", status=409)
        hall.do(hall.citizen, case_no, "supply", status=409)
        body = {"results": [{"code": "M02", "conforms": False}]}
        hall.do(hall.reviewer, case_no, "supply-check", body, status=409)
        hall.rectification_failed(case_no)
    broken = hall.bench.emitted(filing.CommitmentLapsed) + hall.bench.emitted(filing.CommitmentFailed)
    assert len(broken) == 1 and len(hall.bench.emitted(filing.CaseRevoked)) == 1


@pytest.mark.rule("T23", "FIL-75")
def test_t23_a_restricted_party_files_in_the_ordinary_way_only(hall: Hall) -> None:
    hall.list_party()
    body = {"item_code": "000149032000", "mode": "commit", "project_name": "新店"}
    refused = hall.call(hall.citizen, "POST", "/cases", body)
    problem = refused.get_json()
    assert refused.status_code == 409 and problem["rule"] == "FIL-75" and problem["until"] == "2027-05-29"
    assert problem["article"] and "2027年05月29日" in problem["detail"]
    assert hall.status(hall.submitted("ordinary")) == "submitted"


@pytest.mark.rule("FIL-75")
def test_the_restriction_is_over_after_its_last_day(hall: Hall) -> None:
    hall.list_party(restrictions=[{"kind": "commit_approval", "until": "2026-03-02"}])
    body = {"item_code": "000149032000", "mode": "commit", "project_name": "新店"}
    with clock_at("2026-03-02 23:59:59"):
        assert hall.call(hall.citizen, "POST", "/cases", body).status_code == 409
    with clock_at("2026-03-03 00:00"):
        assert hall.call(hall.citizen, "POST", "/cases", body).status_code == 201


@pytest.mark.rule("FIL-28", "TIM-04")
def test_the_applicants_limit_rolls_to_a_working_day_and_silence_closes_the_case(hall: Hall) -> None:
    with clock_at("2026-03-05 10:00"):  # + 30 nd = 04-04, 清明
        case_no = hall.correction()
    assert hall.bench.emitted(filing.CaseCorrectionRequested)[0].due == "2026-04-07"
    hall.sweep("2026-04-07 23:59:59")
    assert hall.status(case_no) == "correction"
    hall.sweep("2026-04-08 00:00")
    assert hall.status(case_no) == "lapsed"


@pytest.mark.rule("TIM-09", "FIL-34")
def test_the_lights_warn_before_and_tell_after(hall: Hall) -> None:
    case_no = hall.accepted()  # committed 10 wd: 2026-03-16, statutory 20 wd: 2026-03-30
    hall.sweep("2026-03-12 00:00")  # 2 of 10 left after this day
    warned = hall.bench.emitted(filing.DeadlineWarned)
    assert [(event.deadline_kind, event.due) for event in warned] == [("committed", "2026-03-16")]
    hall.sweep("2026-03-17 00:00")
    overdue = hall.bench.emitted(filing.DeadlineOverdue)
    assert [(event.deadline_kind, event.responsible_org) for event in overdue] == [("committed", ORG)]
    assert hall.status(case_no) == "accepted"
    hall.sweep("2026-03-31 00:00")
    kinds = [event.deadline_kind for event in hall.bench.emitted(filing.DeadlineOverdue)]
    assert kinds == ["committed", "statutory"]


@pytest.mark.rule("FIL-70")
def test_the_promise_is_recalled_twenty_ten_five_and_one_working_day_before(hall: Hall) -> None:
    hall.granted("commit")
    for day in ("2026-04-29", "2026-05-14", "2026-05-21", "2026-05-27"):
        hall.sweep(f"{day} 00:00")
    reminders = [event for event in hall.bench.emitted(filing.DeadlineWarned) if event.deadline_kind == "commitment"]
    assert [event.remaining_wd for event in reminders] == [20, 10, 5, 1]
    assert {event.responsible_ref for event in reminders} == {hall.citizen.ref}


@pytest.mark.rule("TIM-07")
@pytest.mark.rule("NOT-02")
def test_an_official_year_moves_the_dates_on_the_case_too(hall: Hall) -> None:
    with clock_at("2026-12-28 10:00"):
        case_no = hall.accepted()
    before, promised = hall.get(case_no)["statutory_due"], hall.get(case_no)["committed_due"]
    assert hall.bench.emitted(filing.CaseAccepted)[0].provisional is True
    year = {
        "year": 2027,
        "year_status": "official",
        "holidays": [{"date": "2027-01-01", "holiday": "元旦"}, {"date": "2027-01-04", "holiday": "元旦"}],
        "workdays": [],
        "document_no": "国办发明电〔2026〕1号",
    }
    hall.bench.deliver(catalog.CalendarYearPublished, "2027", year)
    case = hall.get(case_no)
    assert case["statutory_due"] > before
    told = [(event.deadline_kind, event.former_due, event.due) for event in hall.bench.emitted(filing.DeadlineMoved)]
    assert told == [("committed", promised, case["committed_due"])]
    assert {entry["due"] for entry in _limits(hall, case_no) if entry["kind"] == "statutory"} == {case["statutory_due"]}


def _limits(hall: Hall, case_no: str) -> list[dict]:
    return hall.call(hall.citizen, "GET", f"/cases/{case_no}/deadlines").get_json()["items"]


@pytest.mark.rule("FIL-34")
@pytest.mark.parametrize(
    ("at", "kept"),
    [
        ("2026-03-16 23:59:59", "committed"),
        ("2026-03-17 00:00", "statutory"),
        ("2026-03-30 23:59:59", "statutory"),
        ("2026-03-31 00:00", "none"),
    ],
)
def test_a_limit_is_kept_until_the_end_of_its_last_day(hall: Hall, at: str, kept: str) -> None:
    case_no = hall.reviewed()
    with clock_at(at):
        hall.do(hall.decider, case_no, "decision", {"decision": "granted", "opinion": "准予"})
    assert hall.row(case_no).limit_kept == kept
