"""The main chain on real processes, on both set-ups: played once each, then every station is looked at."""

from collections import Counter
from datetime import timedelta

import pytest

from chassis import clock, workdays
from contracts import registry
from deploy.layout import SERVICES
from tests.system.chain import Played, play
from tests.system.hall import RealHall

pytestmark = pytest.mark.slow

TO_THE_PARTY = {
    "filing.accepted": 1,
    "filing.granted": 1,
    "filing.commitment_opened": 1,
    "shipment.ordered": 1,
    "supervision.rectification_ordered": 1,
    "supervision.rectification_failed": 1,
    "filing.revoked": 1,
    "credit.listed": 1,
    "filing.suspended": 1,
    "identity.sms_code": 1,
}


@pytest.fixture(scope="module")
def played(city: RealHall) -> Played:
    """The story of one company, told once for all tests of a set-up."""
    return play(city)


@pytest.mark.rule("ID-06")
def test_without_real_name_verification_nothing_can_be_filed(played: Played) -> None:
    assert played.unverified.status == 403
    assert played.unverified.problem["rule"] == "ID-06"
    assert played.unverified.problem["next"]


@pytest.mark.rule("FIL-10")
def test_a_case_with_deferred_material_needs_the_signed_letter(played: Played) -> None:
    assert (played.unsigned.status, played.unsigned.problem["rule"]) == (409, "FIL-10")
    assert [entry["code"] for entry in played.letter["deferred"]] == ["M03"]
    assert played.letter["due"] == workdays.add_workdays(played.decided_on, 30).isoformat()
    assert any("M03" in line for line in played.letter["lines"])


@pytest.mark.rule("FIL-46", "SUP-20", "SUP-21")
def test_the_granted_case_is_pushed_and_opens_a_verification_with_its_limits(played: Played) -> None:
    assert (played.completed["status"], played.completed["commitment_status"]) == ("completed", "open")
    assert played.completed["decision_no"] and played.completed["licence_no"]
    task = played.task
    assert (task["state"], task["supervising_org"]) == ("created", "TZJ049-JG")
    limits = {"start_due": 3, "finish_due": 50, "cap_due": 60}
    assert {name: task[name] for name in limits} == {
        name: workdays.add_workdays(played.decided_on, days).isoformat() for name, days in limits.items()
    }


@pytest.mark.rule("NOT-23", "NOT-24")
def test_the_courier_brings_the_licence_node_by_node_once(played: Played) -> None:
    shipment = played.delivered
    assert [node["state"] for node in shipment["nodes"]] == ["picked_up", "in_transit", "out_for_delivery", "delivered"]
    assert shipment["order_no"] == f"{played.case_no}-1" and shipment["waybill_no"]
    parcels = played.hall.books.simulator_rows("ems", "SELECT order_no, waybill, state FROM parcel")
    assert parcels == [{"order_no": shipment["order_no"], "waybill": shipment["waybill_no"], "state": "delivered"}]
    assert played.hall.books.simulator("ems", "SELECT id FROM attempt") == 1
    assert played.revoked["delivery_status"] == "delivered"


@pytest.mark.rule("SUP-23")
def test_an_order_to_correct_beyond_sixty_working_days_is_refused(played: Played) -> None:
    assert (played.too_late.status, played.too_late.problem["rule"]) == (422, "SUP-23")
    assert played.too_late.problem["latest"] == played.task["cap_due"]


@pytest.mark.rule("SUP-24")
def test_the_verification_fails_when_the_date_passes(played: Played) -> None:
    assert played.arrived >= clock.end_of(played.due)
    assert (played.ended_task["state"], played.ended_task["end_reason"]) == ("failed", "date_passed")
    failed = [e for e in played.hall.books.events("supervision") if e["type"] == "supervision.rectification.failed"]
    assert [event["data"]["case_no"] for event in failed] == [played.case_no]


@pytest.mark.rule("T27", "SUP-24", "FIL-77", "FIL-79")
def test_the_result_is_revoked_with_its_decision_and_pushed_back(played: Played) -> None:
    assert (played.revoked["status"], played.revoked["commitment_status"]) == ("revoked", "cancelled")
    papers = [paper["title"] for paper in played.revoked["documents"]]
    assert papers == ["申报材料回执", "受理通知书", "准予行政许可决定书", "撤销结果决定书"]
    pushes = played.hall.books.rows("supervision", "SELECT case_no, kind, org FROM supervision_push ORDER BY kind")
    assert pushes == [
        {"case_no": played.case_no, "kind": kind, "org": "TZJ049-JG"} for kind in ("completed", "revoked")
    ]


@pytest.mark.rule("T27", "CRE-08", "CRE-11")
def test_the_company_is_listed_once_and_restricted_for_a_year(played: Played) -> None:
    (record,) = played.archive["records"]
    assert (record["case_no"], record["state"], record["source"]) == (played.case_no, "listed", "rectification")
    assert record["revocation_no"] == played.revoked["documents"][-1]["number"]
    listed = clock.local(clock.parse(record["listed_at"])).date()
    until = workdays.due_for("credit.restriction", listed).date.isoformat()
    assert listed == played.due + timedelta(days=1)
    assert {entry["kind"]: entry["until"] for entry in played.archive["restrictions"]} == dict.fromkeys(
        ("commit_approval", "letter_in_lieu", "booking"), until
    )


@pytest.mark.rule("FIL-74")
def test_another_commit_case_under_way_is_suspended(played: Played) -> None:
    assert played.suspended["status"] == "suspended"
    (row,) = played.hall.books.rows("filing", "SELECT case_id, ground, resumed_at FROM filing_suspension")
    assert row == {"case_id": played.suspended["id"], "ground": "subject_listed", "resumed_at": None}


@pytest.mark.rule("BOO-11", "CRE-11")
def test_a_booking_is_refused_with_article_and_end_date(played: Played) -> None:
    until = played.archive["restrictions"][0]["until"]
    problem = played.booking.problem
    assert (played.booking.status, problem["rule"], problem["until"]) == (403, "CRE-11", until)
    assert "津政务发〔2019〕7号" in problem["article"] and until in problem["detail"]
    assert problem["also"] == "BOO-11"


@pytest.mark.rule("FIL-75", "T23")
def test_commit_approval_is_closed_and_ordinary_filing_stays_open(played: Played) -> None:
    assert (played.commit_again.status, played.commit_again.problem["rule"]) == (409, "FIL-75")
    assert played.commit_again.problem["article"]
    assert (played.ordinary["mode"], played.ordinary["status"]) == ("ordinary", "draft")


@pytest.mark.rule("NOT-01", "NOT-05", "FIL-77")
def test_everybody_concerned_gets_each_message_once(played: Played) -> None:
    to_party = Counter(m["template"] for m in played.messages if m["mobile"] == played.firm.mobile)
    assert to_party == TO_THE_PARTY
    assert [m["template"] for m in played.messages if m["mobile"] == played.mobile] == ["identity.sms_code"]
    others = [m for m in played.messages if m["mobile"] not in (played.firm.mobile, played.mobile)]
    assert [m["template"] for m in others] == ["supervision.rectification_failed_staff"]
    assert all(m["text"].startswith("【") for m in played.messages)
    told = [message for message in played.messages if message["template"] != "identity.sms_code"]
    assert all(played.case_no in m["text"] or m["template"] in ("credit.listed", "filing.suspended") for m in told)


@pytest.mark.rule("FEE-13")
def test_a_rating_that_was_not_given_is_closed_by_the_revocation(played: Played) -> None:
    (rating,) = played.hall.books.rows("feedback", "SELECT case_no, state, level FROM feedback_rating")
    assert rating == {"case_no": played.case_no, "state": "closed", "level": None}


def test_the_time_machine_does_not_go_back(played: Played) -> None:
    assert played.opposite.status == 422
    assert played.opposite.problem["type"] == "/problems/bad-time"


def test_nothing_is_parked_and_every_event_has_reached_all_its_consumers(played: Played) -> None:
    hall = played.hall
    hall.settle()
    assert hall.parked() == []
    assert hall.unfinished() == {}
    received = {service: hall.books.received(service) for service in SERVICES}
    for service in SERVICES:
        for event in hall.books.events(service):
            missing = [
                name for name in registry.all_types()[event["type"]].consumers if event["id"] not in received[name]
            ]
            assert not missing, f"{event['type']} {event['id']} has not reached {missing}"
    crashes = {part.name: part.deaths for part in hall.parts.values() if part.deaths}
    assert not crashes, "\n".join(hall.parts[name].last_lines() for name in crashes)
