"""What the archive holds, who sees it, and what goes to the exchange platform."""

import json
from pathlib import Path
from typing import Any

import pytest

import contracts
from chassis.clock import clock_at
from contracts.events import credit, filing, supervision
from services.credit import shares, standing
from tests.credit.conftest import CITIZEN, ORG, finding, lapse, party
from tests.credit.procedures import (
    ADMIN,
    PARTY,
    SECOND,
    call,
    catalog,
    correct,
    decide,
    listed,
    object_to,
    record,
    repair,
)
from tests.support import Bench, at_once, legal, peer, person, staff

FIRM = "legal:firm-1"
OFFICE = staff("service_office", "TZJ077")
CONTRACTS = Path(contracts.__file__).parent


def proposal(cause: str = "other", grade: str = "ordinary", **more: Any) -> dict[str, Any]:
    """A failing put forward by hand."""
    return {
        "subject_ref": CITIZEN,
        "subject_name": "样例申请人",
        "judging_org": ORG,
        "cause": cause,
        "grade": grade,
        "description": "现场核实的情况与申报不符",
        "evidence": ["file:1"],
        "case_no": "20260302100000000009",
        "item_code": "000149032000",
    } | more


def determine(archive: Bench, record_id: str, **more: Any) -> Any:
    """Confirm a pending failing."""
    body = {"confirm": True, "opinion": "情况属实"} | more
    return call(archive, ADMIN, "POST", f"/records/{record_id}/determination", body)


# --- what a failing is ------------------------------------------------------------------------------------------------


@pytest.mark.rule("CRE-01")
@pytest.mark.parametrize("ref", [CITIZEN, FIRM])
def test_every_party_is_held_to_its_promise(archive: Bench, ref: str) -> None:
    archive.deliver(filing.CommitmentLapsed, "case-1", lapse(1, ref))
    answer = call(archive, peer("filing"), "GET", f"/restrictions/{ref}")
    assert answer["status"] == "listed"
    assert {entry["kind"] for entry in answer["restrictions"]} == {"commit_approval", "letter_in_lieu", "booking"}


@pytest.mark.rule("CRE-02", "CRE-03", "CRE-04")
@pytest.mark.parametrize(
    ("cause", "grade", "status"),
    [
        ("promise_lapsed", "ordinary", "listed"),
        ("material_not_conforming", "ordinary", "listed"),
        ("violation", "ordinary", "listed"),
        ("other", "ordinary", "listed"),
        ("false_material", "serious", "serious"),
        ("repeated", "serious", "serious"),
        ("major_consequence", "serious", "serious"),
        ("other_serious", "serious", "serious"),
    ],
)
def test_four_ordinary_and_four_serious_causes(archive: Bench, cause: str, grade: str, status: str) -> None:
    clerk = staff("reviewer", ORG)
    other = {"ordinary": "serious", "serious": "ordinary"}[grade]
    refused = call(archive, clerk, "POST", "/records", proposal(cause, other), 422)
    assert refused["rule"] == ("CRE-03" if grade == "ordinary" else "CRE-04")
    found = call(archive, clerk, "POST", "/records", proposal(cause, grade), 201)
    assert (found["state"], standing.of(CITIZEN).status) == ("pending", "good")
    determine(archive, found["id"])
    now = standing.of(CITIZEN)
    assert (now.status, now.grade) == (status, grade)
    article = archive.emitted(credit.RecordListed)[0].data["article"]
    assert ("第六条" if grade == "ordinary" else "第八条") in article


@pytest.mark.rule("CRE-05")
def test_only_the_judging_organ_puts_forward_and_the_same_only_once(archive: Bench) -> None:
    call(archive, staff("decider", "TZJ046-SP"), "POST", "/records", proposal(), 403)
    call(archive, staff("window_clerk", ORG), "POST", "/records", proposal(), 403)
    call(archive, ADMIN, "POST", "/records", proposal(evidence=[]), 422)
    ids = {call(archive, ADMIN, "POST", "/records", proposal(), 201)["id"] for _ in range(2)}
    assert len(ids) == 1
    assert archive.emitted(credit.RecordProposed)[0].data["subject_name_masked"] == "样****"


@pytest.mark.rule("CRE-08")
@pytest.mark.parametrize("cause", ["promise_lapsed", "material_not_conforming"])
def test_a_promise_put_forward_by_hand_and_lapsed_is_one_record(archive: Bench, cause: str) -> None:
    by_hand = proposal(cause, case_no=lapse()["case_no"])
    unnamed = call(archive, ADMIN, "POST", "/records", by_hand | {"case_no": None}, 422)
    assert (unnamed["rule"], unnamed["fields"]) == ("CRE-08", {"case_no": ["必填 / needed"]})
    another = call(archive, ADMIN, "POST", "/records", by_hand | {"subject_ref": "person:another"}, 201)["id"]
    found = call(archive, ADMIN, "POST", "/records", by_hand, 201)["id"]
    assert found != another
    archive.deliver(filing.CommitmentLapsed, "case-1", lapse())
    assert [event.subject for event in archive.emitted(credit.RecordListed)] == [found]
    with clock_at("2026-03-09 23:59"):
        determine(archive, another, confirm=False)
    assert archive.sweep("2026-03-20 00:00") == 0  # the limit for the determination ended with it


@pytest.mark.rule("CRE-05")
def test_two_determinations_at_once_are_one(archive: Bench) -> None:
    found = call(archive, ADMIN, "POST", "/records", proposal(), 201)["id"]
    path = f"/api/credit/v1/records/{found}/determination"

    def judge(number: int) -> int:
        body = {"confirm": number % 2 == 0, "opinion": "认定意见"}
        return archive.client((ADMIN, SECOND)[number % 2]).post(path, json=body).status_code

    assert sorted(at_once(4, judge)) == [200, 409, 409, 409]
    assert len(archive.emitted(credit.RecordListed)) + len(archive.emitted(credit.RecordDismissed)) == 1


@pytest.mark.rule("CRE-09", "AMB-03")
def test_failings_found_in_other_matters_of_a_listed_party_are_added(archive: Bench) -> None:
    listed(archive, 1)
    archive.deliver(supervision.FindingReported, "finding-1", finding(kind="business_suspension"))
    determine(archive, call(archive, ADMIN, "POST", "/records", proposal(), 201)["id"])
    assert standing.of(CITIZEN).countable == 3
    assert [event.data["countable"] for event in archive.emitted(credit.SubjectListed)] == [1, 2, 3]
    assert len(archive.emitted(credit.SubjectUpgraded)) == 1
    assert len(call(archive, PARTY, "GET", "/subjects/me")["records"]) == 3


@pytest.mark.rule("AMB-03")
def test_a_repaired_failing_does_not_count_toward_two(archive: Bench) -> None:
    catalog(archive)
    first = listed(archive, at="2024-12-02 10:00")
    with clock_at("2024-12-03 10:00"):
        correct(archive, first, "2024-12-03")
    decide(archive, repair(archive, first), "granted")
    archive.sweep("2026-03-06 00:00")
    listed(archive, 2, at="2026-03-06 10:00")
    assert archive.emitted(credit.SubjectUpgraded) == []
    assert standing.of(CITIZEN).countable == 1


# --- who sees what ----------------------------------------------------------------------------------------------------


@pytest.mark.rule("CRE-12")
def test_the_list_is_there_for_reference_by_every_organ(archive: Bench) -> None:
    listed(archive)
    assert {"filing", "booking", "supervision"} <= set(credit.SubjectListed.consumers)
    rows = call(archive, staff("decider", "TZJ046-SP"), "GET", f"/listings?subject_ref={CITIZEN}")["items"]
    assert [(row["subject_name_masked"], row["grade"], row["judging_org"]) for row in rows] == [
        ("张*", "ordinary", ORG)
    ]
    assert archive.client(PARTY).get("/api/credit/v1/listings").status_code == 403


@pytest.mark.rule("CRE-15")
def test_after_the_year_the_party_is_free_again_and_stays_on_the_list(archive: Bench) -> None:
    listed(archive, 1, FIRM)
    archive.sweep("2027-03-03 00:00")
    with clock_at("2027-03-03 00:00"):
        assert standing.of(FIRM).restrictions == []
        assert standing.of(FIRM).status == "listed"
        assert len(call(archive, None, "GET", "/public/listings")["items"]) == 1


@pytest.mark.rule("CRE-41")
def test_the_public_sees_listed_legal_persons_only_and_masked(archive: Bench) -> None:
    personal = listed(archive, 1, CITIZEN)
    of_firm = listed(archive, 2, FIRM)
    firm = legal(FIRM)
    shown = call(archive, None, "GET", "/public/listings")["items"]
    assert [row["subject_name_masked"] for row in shown] == ["张*"]
    assert not {"subject_ref", "case_no", "description", "evidence"} & shown[0].keys()
    number = record(archive, of_firm, firm)["record_no"]
    assert shown[0]["record_no"] == number
    assert len(call(archive, None, "GET", f"/public/listings?record_no={number}")["items"]) == 1
    of_person = record(archive, personal)["record_no"]
    assert call(archive, None, "GET", f"/public/listings?record_no={of_person}")["items"] == []
    assert call(archive, None, "GET", "/notices")["items"] == []


@pytest.mark.rule("CRE-40")
def test_the_archive_belongs_to_the_service_office_and_the_organs_judge(archive: Bench) -> None:
    found = call(archive, ADMIN, "POST", "/records", proposal(), 201)["id"]
    assert [row["id"] for row in call(archive, OFFICE, "GET", "/records")["items"]] == [found]
    assert call(archive, staff("credit_admin", "TZJ046-SP"), "GET", "/records")["items"] == []
    body = {"confirm": True, "opinion": "情况属实"}
    call(archive, OFFICE, "POST", f"/records/{found}/determination", body, 403)
    determine(archive, found)
    objection = object_to(archive, found)
    assert [row["id"] for row in call(archive, OFFICE, "GET", "/applications")["items"]] == [objection["id"]]
    decide(archive, objection, "delete", OFFICE, status=403)


@pytest.mark.rule("CRE-41")
def test_a_party_sees_every_record_note_limit_and_reader_of_its_own_and_nobody_elses(archive: Bench) -> None:
    found = listed(archive)
    pending = call(archive, ADMIN, "POST", "/records", proposal(), 201)["id"]
    objection = object_to(archive, found)
    call(archive, OFFICE, "GET", f"/subjects/{CITIZEN}?reason=年度检查")
    own = call(archive, PARTY, "GET", "/subjects/me")
    shown = {row["id"]: row for row in own["records"]}
    assert shown.keys() == {found, pending}
    assert [limit["kind"] for limit in shown[pending]["deadlines"]] == ["determination"]
    limit = shown[found]["deadlines"][0]
    assert (limit["kind"], limit["due"], limit["light"]) == ("application_review", "2026-03-05", "green")
    assert limit["explanation"]["rule"] == "CRE-22"
    assert shown[found]["annotation"] == "objection_pending"
    assert [step["verb"] for step in shown[found]["history"]] == ["list"]
    assert [row["id"] for row in shown[found]["applications"]] == [objection["id"]]
    assert [(entry["reader"], entry["reason"]) for entry in own["consultations"]] == [(OFFICE.ref, "年度检查")]
    assert len(call(archive, PARTY, "GET", "/subjects/me/consultations")["items"]) == 1
    other = person()
    assert call(archive, other, "GET", "/subjects/me")["records"] == []
    assert call(archive, other, "GET", "/subjects/me/consultations")["items"] == []
    for path in (f"/applications/{objection['id']}", f"/applications/{objection['id']}/form", f"/subjects/{CITIZEN}"):
        assert archive.client(other).get(f"/api/credit/v1{path}").status_code == 403


def test_signed_pages_numbers_and_reasons_lie_encrypted(archive: Bench) -> None:
    object_to(archive, listed(archive))
    stored = archive.database.proxy.execute_sql(
        "SELECT a.id_no, a.applicant_name, a.reason, p.content FROM credit_application a, credit_paper p"
    ).fetchone()
    assert all(value.startswith("demo.") for value in stored)


# --- to the exchange platform -----------------------------------------------------------------------------------------


def completed() -> dict[str, Any]:
    """Data of filing.case.completed: the example of the contract, for a party of ours."""
    example = json.loads((CONTRACTS / "examples" / "filing.case.completed.json").read_text(encoding="utf-8"))
    return example["data"] | party() | {"decision": "granted", "decided_at": "2026-04-28T10:00:00+08:00"}


@pytest.mark.rule("CRE-42", "FIL-45", "CRE-06")
def test_the_platform_pulls_decisions_and_failings_within_seven_working_days(archive: Bench) -> None:
    with clock_at("2026-04-28 10:00"):
        archive.deliver(filing.CaseCompleted, "case-1", completed())
        archive.deliver(supervision.FindingReported, "finding-1", finding(kind="business_suspension"))
        waiting = call(archive, peer("exchange"), "GET", "/shares")["items"]
    assert {(row["kind"], row["state"], row["due"]) for row in waiting} == {
        ("decision", "granted", "2026-05-11"),
        ("record", "listed", "2026-05-11"),
    }
    own = call(archive, ADMIN, "GET", "/shares")["items"]
    assert [row["kind"] for row in own] == ["record"]  # the decision is another organ's
    failing = next(row for row in waiting if row["kind"] == "record")
    assert (failing["record"]["grade"], failing["record"]["subject_ref"]) == ("ordinary", CITIZEN)
    with clock_at("2026-05-11 23:59:59"):
        assert call(archive, OFFICE, "GET", "/shares?overdue=true")["items"] == []
    with clock_at("2026-05-12 00:00"):
        assert len(call(archive, OFFICE, "GET", "/shares?overdue=true")["items"]) == 2
        call(archive, peer("exchange"), "POST", f"/shares/{failing['id']}/receipt", {"number": "R-1"})
        late = call(archive, OFFICE, "GET", "/shares?overdue=true")["items"]
        assert [(row["kind"], row["overdue"]) for row in late] == [("decision", True)]
        call(archive, peer("booking"), "POST", f"/shares/{failing['id']}/receipt", {"number": "R-2"}, 403)


@pytest.mark.rule("CRE-42")
def test_what_becomes_of_a_failing_is_shared_again(archive: Bench) -> None:
    wrong = listed(archive)
    decide(archive, object_to(archive, wrong), "delete")
    archive.sweep("2026-03-06 00:00")
    rows = call(archive, OFFICE, "GET", "/shares")["items"]
    assert sorted(row["state"] for row in rows) == ["deleted", "listed"]


@pytest.mark.rule("CRE-42")
def test_where_its_address_is_known_the_platform_is_brought_what_waits(archive: Bench) -> None:
    listed(archive, 1)
    listed(archive, 2)
    assert shares.push() == 0  # no address: it pulls
    answers = iter([(422, {}), (200, {"receipt": "R-1"}), (200, {"receipt": "R-2"})])
    platform = archive.peer("exchange", {"POST /shares": lambda body: next(answers)})
    assert shares.push() == 1
    assert shares.push() == 1
    assert shares.push() == 0
    assert [body["kind"] for _, _, body in platform.requests] == ["record"] * 3
    done = call(archive, OFFICE, "GET", "/shares?open=false")["items"]
    assert {row["receipt"] for row in done} == {"R-1", "R-2"}


@pytest.mark.rule("CRE-41")
def test_a_long_archive_is_read_with_as_few_statements_as_a_short_one(
    archive: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, sent = archive.database.proxy.obj, []
    run = engine.execute_sql
    monkeypatch.setattr(engine, "execute_sql", lambda sql, params=None: sent.append(sql) or run(sql, params))

    def statements() -> int:
        sent.clear()
        found = call(archive, PARTY, "GET", "/subjects/me")["records"]
        assert all(record["history"] and record["repair"] for record in found)
        return len(sent)

    archive.deliver(filing.CommitmentLapsed, "case-1", lapse(1))
    short = statements()
    for number in range(2, 6):
        archive.deliver(filing.CommitmentLapsed, f"case-{number}", lapse(number))
    assert statements() == short
