"""Objection: in person and signed, decided in three working days, posted for three, in force afterwards."""

import pytest

from chassis.clock import clock_at
from contracts.events import catalog, credit
from services.credit import standing
from services.credit.models import Record
from tests.credit.conftest import CITIZEN, ORG
from tests.credit.procedures import (
    ADMIN,
    PARTY,
    SECOND,
    USCC,
    call,
    decide,
    form,
    listed,
    object_to,
    oppose,
    paper,
    record,
)
from tests.support import Bench, at_once, legal, person, staff

FIRM = "legal:firm-1"


@pytest.mark.rule("T24", "CRE-22", "CRE-23", "CRE-24", "AMB-14")
def test_a_deletion_takes_effect_after_the_third_working_day_of_publicity(archive: Bench) -> None:
    wrong = listed(archive, at="2026-09-01 10:00")
    with clock_at("2026-09-28 09:00"):
        objection = object_to(archive, wrong)
        assert objection["due"] == "2026-10-08"
        assert record(archive, wrong)["annotation"] == "objection_pending"
        assert standing.of(CITIZEN).status == "listed"
    assert archive.sweep("2026-10-08 23:59:59") == 0
    with clock_at("2026-10-08 16:00"):
        decide(archive, objection, "delete")
        notice = call(archive, None, "GET", "/notices")["items"][0]
        assert notice["to_date"] == "2026-10-12"
        assert "张*" in notice["text"]
        assert record(archive, wrong)["state"] == "listed"
    assert archive.sweep("2026-10-12 23:59:59") == 0
    with clock_at("2026-10-12 23:59:59"):
        assert standing.of(CITIZEN).until is not None
    archive.sweep("2026-10-13 00:00")
    with clock_at("2026-10-13 00:00"):
        now = record(archive, wrong)
        assert (now["state"], now["annotation"]) == ("deleted", "none")
        assert standing.of(CITIZEN).status == "good"
        assert call(archive, None, "GET", "/notices")["items"] == []
    ended = archive.emitted(credit.PublicityEnded)[0].data
    assert ended["update_due"] == "2026-10-13"
    assert archive.emitted(credit.RecordDeleted)[0].data["deleted_at"].startswith("2026-10-13T00:00")
    assert [event.data["reason"] for event in archive.emitted(credit.SubjectRestored)] == ["deleted"]
    assert [event.data["reason"] for event in archive.emitted(credit.RestrictionEnded)] == ["deleted"]
    annotations = [event.data["annotation"] for event in archive.emitted(credit.RecordAnnotated)]
    assert annotations == ["objection_pending", "none"]


@pytest.mark.rule("CRE-20")
def test_nobody_objects_for_another_and_on_site_the_identity_is_checked(archive: Bench) -> None:
    wrong = listed(archive)
    agent = person("person:agent-1")
    refused = object_to(archive, wrong, agent, status=403)
    assert refused["rule"] == "CRE-20" and "第十条" in refused["article"]
    assert object_to(archive, wrong, ADMIN, status=403)["rule"] == "CRE-20"
    stranger = staff("credit_admin", "TZJ046-SP")
    object_to(archive, wrong, stranger, status=403, identity_checked=True)
    assert archive.emitted(credit.ObjectionSubmitted) == []
    assert object_to(archive, wrong, ADMIN, identity_checked=True)["channel"] == "onsite"


@pytest.mark.rule("CRE-21")
def test_a_person_signs_and_a_legal_person_signs_and_seals(archive: Bench) -> None:
    wrong = listed(archive)
    assert object_to(archive, wrong, status=422, signature=None)["rule"] == "CRE-21"
    assert object_to(archive, wrong, status=422, signature=paper(archive, person()))["rule"] == "CRE-21"
    firm = legal(FIRM)
    of_firm = listed(archive, 2, FIRM)
    unsealed = object_to(archive, of_firm, firm, status=422, id_no=USCC)
    assert unsealed["fields"] == {"seal": ["必填 / needed"]}
    sealed = {"seal": paper(archive, firm)}
    assert object_to(archive, of_firm, firm, status=422, id_no="91120116MA05K1X990", **sealed)["rule"] == "CRE-21"
    object_to(archive, of_firm, firm, id_no=USCC, **sealed)
    not_a_page = archive.client(PARTY).post("/api/credit/v1/papers", data=b"plain text")
    assert not_a_page.status_code == 422


@pytest.mark.rule("CRE-21", "CRE-32", "AMB-25")
def test_the_forms_have_the_fields_of_the_annex_and_not_its_slip(archive: Bench) -> None:
    wrong, of_firm = listed(archive), listed(archive, 2, FIRM)
    pages = {
        (who, kind): archive.client(who).get(f"/api/credit/v1/records/{ref}/forms/{kind}").get_data(as_text=True)
        for who, ref in ((PARTY, wrong), (legal(FIRM), of_firm))
        for kind in ("objection", "repair")
    }
    for (who, kind), text in pages.items():
        for field in ("单位名称", "社会信用代码") if who.kind == "legal" else ("姓名", "身份证号"):
            assert field in text
        fields = (
            ("事项名称", "系统内编码", "异议申请原因")
            if kind == "objection"
            else ("何时何故被列入", "信用修复申请原因")
        )
        assert all(field in text for field in fields)
        assert "自然人" not in text
        assert ("公章" in text) is (who.kind == "legal")
    assert archive.client(person()).get(f"/api/credit/v1/records/{wrong}/forms/repair").status_code == 403


@pytest.mark.rule("CRE-22")
def test_the_decision_is_given_in_writing(archive: Bench) -> None:
    objection = object_to(archive, listed(archive))
    page = f"/api/credit/v1/applications/{objection['id']}"
    assert archive.client(PARTY).get(f"{page}/decision").status_code == 404
    decide(archive, objection, "maintain")
    written = archive.client(PARTY).get(f"{page}/decision").get_data(as_text=True)
    assert all(text in written for text in ("异议处理决定书", "维持原记录", "核对补交回执后认定", "第十二条"))
    assert "样例申请人" in archive.client(ADMIN).get(f"{page}/form").get_data(as_text=True)
    assert archive.client(ADMIN).get(f"{page}/signature").mimetype == "image/png"
    for stranger in (person(), staff("credit_admin", "TZJ046-SP")):
        assert archive.client(stranger).get(f"{page}/decision").status_code == 403


@pytest.mark.rule("CRE-22")
def test_only_the_organ_that_judged_decides_and_not_alone_who_listed(archive: Bench) -> None:
    objection = object_to(archive, listed(archive))
    decide(archive, objection, "delete", staff("credit_admin", "TZJ046-SP"), status=403)
    Record.update(determined_by=ADMIN.ref).execute()
    assert decide(archive, objection, "delete", ADMIN, status=403)["type"] == "/problems/credit.same-person"
    decide(archive, objection, "delete", ADMIN, same_person="本单位仅一名管理员")


@pytest.mark.rule("AMB-14")
def test_a_maintained_record_is_posted_too_and_only_the_note_goes(archive: Bench) -> None:
    right = listed(archive)
    decide(archive, object_to(archive, right), "maintain")
    assert len(archive.emitted(credit.PublicityStarted)) == 1
    archive.sweep("2026-03-06 00:00")
    now = record(archive, right)
    assert (now["state"], now["annotation"]) == ("listed", "none")
    assert archive.emitted(credit.SubjectRestored) == []


@pytest.mark.rule("CRE-22")
def test_a_modification_changes_the_grade_and_what_follows_and_never_makes_it_worse(archive: Bench) -> None:
    wrong = listed(archive)
    objection = object_to(archive, wrong)
    worse = {"grade": "serious", "cause": "false_material"}
    assert decide(archive, objection, "modify", status=422, **worse)["rule"] == "CRE-22"
    assert decide(archive, objection, "modify", status=422)["rule"] == "CRE-22"
    assert decide(archive, objection, "modify", status=422, grade="minor")["rule"] == "CRE-02"
    decide(archive, objection, "modify", cause="other")
    archive.sweep("2026-03-06 00:00")
    modified = archive.emitted(credit.RecordModified)[0].data
    assert (modified["previous_cause"], modified["cause"], modified["state"]) == ("promise_lapsed", "other", "modified")
    assert standing.of(CITIZEN).status == "listed"


@pytest.mark.rule("CRE-24", "AMB-02", "CRE-10")
def test_deleting_one_of_two_makes_a_serious_party_ordinary_and_shortens_the_restriction(archive: Bench) -> None:
    listed(archive, 1)
    later = listed(archive, 2, at="2026-03-05 10:00")
    with clock_at("2026-03-06 10:00"):
        decide(archive, object_to(archive, later), "delete")
    archive.sweep("2026-03-12 00:00")
    restored = archive.emitted(credit.SubjectRestored)[0].data
    assert (restored["status"], restored["countable"]) == ("listed", 1)
    assert {entry["until"] for entry in restored["restrictions"]} == {"2027-03-02"}
    assert archive.emitted(credit.RestrictionEnded) == []
    assert archive.sweep("2027-03-02 23:59:59") == 0
    assert archive.sweep("2027-03-03 00:00") == 1


@pytest.mark.rule("CRE-25", "AMB-15")
def test_an_opposition_stops_the_update_and_another_reviewer_decides_once_more(archive: Bench) -> None:
    wrong = listed(archive)
    objection = object_to(archive, wrong)
    decide(archive, objection, "delete")
    with clock_at("2026-03-04 10:00"):
        oppose(archive)
    opposed = archive.emitted(credit.PublicityOpposed)[0].data
    assert opposed["due"] == "2026-03-09"
    assert [limit["kind"] for limit in record(archive, wrong)["deadlines"]] == ["application_review"]
    archive.sweep("2026-03-07 00:00")
    assert record(archive, wrong)["state"] == "listed"
    with clock_at("2026-03-09 10:00"):
        assert decide(archive, objection, "maintain", ADMIN, status=403)["rule"] == "CRE-25"
        decide(archive, objection, "maintain", SECOND)
        refused = oppose(archive, status=409)
        assert refused["type"] == "/problems/credit.decision-final"
    assert [event.data["final"] for event in archive.emitted(credit.ObjectionDecided)] == [False, True]
    archive.sweep("2026-03-13 00:00")
    assert record(archive, wrong)["state"] == "listed"
    assert len(archive.emitted(credit.PublicityStarted)) == 2


@pytest.mark.rule("CRE-25")
def test_after_the_days_of_publicity_nobody_opposes(archive: Bench) -> None:
    decide(archive, object_to(archive, listed(archive)), "delete")
    notice = call(archive, None, "GET", "/notices")["items"][0]
    archive.sweep("2026-03-06 00:00")
    late = call(archive, person(), "POST", f"/notices/{notice['id']}/opposition", {"reasons": "材料不实"}, 409)
    assert late["rule"] == "CRE-25"


@pytest.mark.rule("TIM-07")
def test_the_dates_shown_follow_the_calendar_of_a_new_year(archive: Bench) -> None:
    wrong, other = listed(archive, 1), listed(archive, 2)
    year = {
        "year": 2027,
        "year_status": "official",
        "holidays": [{"date": day, "holiday": "元旦"} for day in ("2027-01-01", "2027-01-04")],
        "workdays": [],
        "document_no": "国办发明电",
    }
    with clock_at("2026-12-30 10:00"):
        posted, waiting = object_to(archive, wrong), object_to(archive, other)
        decide(archive, posted, "delete")
        before = call(archive, None, "GET", "/notices")["items"][0]["to_date"], waiting["due"]
        archive.deliver(catalog.CalendarYearPublished, "2027", year)
        now = record(archive, other)["applications"][0]["due"]
        after = call(archive, None, "GET", "/notices")["items"][0]["to_date"], now
    assert (before, after) == (("2027-01-05",) * 2, ("2027-01-06",) * 2)
    archive.sweep("2027-01-06 23:59:59")
    assert record(archive, wrong)["state"] == "listed"


@pytest.mark.rule("CRE-26")
def test_a_late_review_turns_red_and_decides_nothing(archive: Bench) -> None:
    wrong = listed(archive)
    objection = object_to(archive, wrong)
    assert archive.sweep("2026-03-05 23:59:59") == 0
    assert archive.sweep("2026-03-06 00:00") == 1
    late = archive.emitted(credit.ObjectionOverdue)[0]
    assert (late.data["due"], late.org) == ("2026-03-05", ORG)
    for reader in (ADMIN, staff("service_office", "TZJ077")):
        rows = call(archive, reader, "GET", "/applications?overdue=true")["items"]
        assert [row["id"] for row in rows] == [objection["id"]]
    with clock_at("2026-03-09 10:00"):
        assert record(archive, wrong)["state"] == "listed"
        decide(archive, objection, "delete")


@pytest.mark.rule("CRE-27")
def test_one_open_objection_and_another_one_only_with_new_facts(archive: Bench) -> None:
    right = listed(archive)
    first = object_to(archive, right)
    refused = object_to(archive, right, status=409)
    assert (refused["rule"], refused["type"]) == ("CRE-27", "/problems/credit.application-open")
    assert refused["article"] and refused["next"]
    call(archive, PARTY, "DELETE", f"/applications/{first['id']}")
    assert record(archive, right)["annotation"] == "none"
    second = object_to(archive, right)
    decide(archive, second, "maintain")
    call(archive, PARTY, "DELETE", f"/applications/{second['id']}", status=409)
    archive.sweep("2026-03-06 00:00")
    assert object_to(archive, right, status=409)["fields"] == {"new_facts": ["必填 / needed"]}
    object_to(archive, right, new_facts="邮寄回单显示已按期寄出")


@pytest.mark.rule("CRE-27")
def test_the_same_objection_sent_by_many_at_once_is_one(archive: Bench) -> None:
    wrong = listed(archive)
    body = form(archive)
    statuses = at_once(
        6, lambda _: archive.client(PARTY).post(f"/api/credit/v1/records/{wrong}/objections", json=body).status_code
    )
    assert sorted(statuses) == [201, 409, 409, 409, 409, 409]
    assert len(archive.emitted(credit.ObjectionSubmitted)) == 1


def test_the_same_objection_sent_again_gets_the_first_answer(archive: Bench) -> None:
    wrong, client = listed(archive), archive.client(PARTY)
    body, key = form(archive), {"Idempotency-Key": "once"}
    path = f"/api/credit/v1/records/{wrong}/objections"
    answers = [client.post(path, json=body, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].get_json()["id"] == answers[1].get_json()["id"]
    assert len(archive.emitted(credit.ObjectionSubmitted)) == 1


@pytest.mark.rule("CRE-22")
def test_two_reviewers_at_once_give_one_decision(archive: Bench) -> None:
    objection = object_to(archive, listed(archive))
    path = f"/api/credit/v1/applications/{objection['id']}/objection-decision"
    bodies = [{"result": result, "reasons": "核对后认定"} for result in ("delete", "maintain")]

    def judge(number: int) -> int:
        reviewer = (ADMIN, SECOND)[number % 2]
        return archive.client(reviewer).post(path, json=bodies[number % 2]).status_code

    assert sorted(at_once(4, judge)) == [200, 409, 409, 409]
    assert len(archive.emitted(credit.ObjectionDecided)) == 1
    assert len(archive.emitted(credit.PublicityStarted)) == 1


def test_opening_is_noted_and_a_stale_page_is_refused(archive: Bench) -> None:
    objection = object_to(archive, listed(archive))
    client = archive.client(ADMIN)
    seen = client.get(f"/api/credit/v1/applications/{objection['id']}").headers["ETag"]
    opened = client.post(f"/api/credit/v1/applications/{objection['id']}/opening", headers={"If-Match": seen})
    assert opened.get_json()["state"] == "reviewing"
    again = client.post(
        f"/api/credit/v1/applications/{objection['id']}/objection-decision",
        json={"result": "delete", "reasons": "核对后认定"},
        headers={"If-Match": seen},
    )
    assert again.status_code == 412
    readers = call(archive, PARTY, "GET", "/subjects/me")["consultations"]
    assert [(entry["reader"], entry["reason"]) for entry in readers] == [
        (ADMIN.ref, f"办理{objection['application_no']}")
    ]
