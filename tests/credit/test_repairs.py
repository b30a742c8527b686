"""Repair: correction recorded with evidence, a clean year, three working days of review, three of publicity."""

from dataclasses import replace
from typing import Any

import pytest

from chassis.clock import clock_at
from contracts import rules
from contracts.commands import notifier
from contracts.events import credit, supervision
from services.credit import standing
from tests.credit.conftest import CITIZEN, finding
from tests.credit.procedures import (
    ADMIN,
    PARTY,
    SECOND,
    call,
    catalog,
    correct,
    decide,
    form,
    listed,
    object_to,
    oppose,
    record,
    repair,
)
from tests.support import Bench, at_once, person, staff


@pytest.fixture
def ripe(archive: Bench) -> str:
    """A failing of 2025 whose clean year ends on 2026-11-20 (T25)."""
    catalog(archive)
    found = listed(archive, at="2025-11-10 10:00")
    with clock_at("2025-11-20 10:00"):
        correct(archive, found, "2025-11-20")
    return found


@pytest.mark.rule("T25", "CRE-31", "TIM-05")
def test_the_clean_year_must_have_passed_wholly(archive: Bench, ripe: str) -> None:
    with clock_at("2026-11-20 23:59:59"):
        early = repair(archive, ripe, status=409)
        assert (early["rule"], early["earliest"]) == ("CRE-31", "2026-11-21")
        assert "第十五条" in early["article"]
    with clock_at("2026-11-21 00:00"):
        assert repair(archive, ripe)["state"] == "submitted"


@pytest.mark.rule("CRE-33", "CRE-34", "CRE-35")
def test_a_granted_repair_is_in_force_after_publicity_and_the_record_stays(archive: Bench, ripe: str) -> None:
    with clock_at("2026-11-23 10:00"):
        application = repair(archive, ripe)
        assert application["due"] == "2026-11-26"
        assert record(archive, ripe)["annotation"] == "repair_pending"
        assert standing.of(CITIZEN).status == "listed"
    with clock_at("2026-11-24 10:00"):
        decide(archive, application, "granted")
        assert call(archive, None, "GET", "/notices")["items"][0]["to_date"] == "2026-11-27"
    archive.sweep("2026-11-27 23:59:59")
    with clock_at("2026-11-27 23:59:59"):
        assert standing.of(CITIZEN).status == "listed"
    archive.sweep("2026-11-28 00:00")
    with clock_at("2026-11-28 00:00"):
        now = record(archive, ripe)
        assert (now["state"], now["annotation"]) == ("repaired", "repaired")
        assert standing.of(CITIZEN).status == "good"
    assert archive.emitted(credit.RepairEffective)[0].data["effective_at"].startswith("2026-11-28T00:00")
    assert archive.emitted(credit.RecordRepaired)[0].data["repair_id"] == application["id"]
    assert archive.emitted(credit.SubjectRestored)[0].data["reason"] == "repaired"


@pytest.mark.rule("CRE-34")
def test_a_refused_repair_is_told_with_reasons_and_not_posted(archive: Bench, ripe: str) -> None:
    with clock_at("2026-11-23 10:00"):
        application = repair(archive, ripe)
        decide(archive, application, "refused")
        own = record(archive, ripe)
        assert own["annotation"] == "none"
        assert own["applications"][0]["reasons"] == "核对补交回执后认定"
        page = archive.client(PARTY).get(f"/api/credit/v1/applications/{application['id']}/decision")
        assert "不予信用修复" in page.get_data(as_text=True)
        assert call(archive, None, "GET", "/notices")["items"] == []
        repair(archive, ripe)


@pytest.mark.rule("CRE-33", "CRE-26")
def test_a_late_repair_turns_red_and_grants_nothing(archive: Bench, ripe: str) -> None:
    with clock_at("2026-11-23 10:00"):
        repair(archive, ripe)
    archive.sweep("2026-11-27 00:00")
    assert archive.emitted(credit.RepairOverdue)[0].data["due"] == "2026-11-26"
    with clock_at("2026-11-27 00:00"):
        assert record(archive, ripe)["state"] == "listed"
        limits = {limit["kind"] for limit in record(archive, ripe)["deadlines"]}
        assert "application_review" not in limits


@pytest.mark.rule("CRE-25", "CRE-34")
def test_an_opposed_repair_can_be_refused_by_the_second_reviewer(archive: Bench, ripe: str) -> None:
    with clock_at("2026-11-23 10:00"):
        application = repair(archive, ripe)
        decide(archive, application, "granted")
        oppose(archive)
        decide(archive, application, "refused", SECOND)
    archive.sweep("2026-12-10 00:00")
    with clock_at("2026-12-10 00:00"):
        assert record(archive, ripe)["state"] == "listed"
    assert archive.emitted(credit.RepairEffective) == []


@pytest.mark.rule("T21", "CRE-14")
def test_a_serious_failing_cannot_be_repaired(archive: Bench, ripe: str) -> None:
    listed(archive, 2, at="2026-03-02 10:00")
    with clock_at("2027-11-23 10:00"):
        refused = repair(archive, ripe, status=409)
        assert refused["rule"] == "CRE-14"
        assert "第九条" in refused["article"]
        outlook = record(archive, ripe)["repair"]
        assert (outlook["first_day"], outlook["code"]) == (None, "serious")


@pytest.mark.rule("AMB-17")
def test_a_late_correction_is_a_correction(archive: Bench) -> None:
    catalog(archive)
    found = listed(archive, at="2022-03-02 10:00")
    with clock_at("2026-03-02 10:00"):
        correct(archive, found, "2025-02-28")
        repair(archive, found)
        assert record(archive, found)["annotation"] == "repair_pending"


@pytest.mark.rule("CRE-31")
def test_a_failing_with_major_consequences_cannot_be_repaired(archive: Bench) -> None:
    catalog(archive)
    with clock_at("2025-03-03 10:00"):
        archive.deliver(supervision.FindingReported, "finding-1", finding())
        found = archive.emitted(credit.RecordProposed)[0].subject
        body = {"confirm": True, "opinion": "情况属实", "consequence_major": True}
        call(archive, ADMIN, "POST", f"/records/{found}/determination", body)
    assert repair(archive, found, status=409)["type"] == "/problems/credit.major-consequence"


@pytest.mark.rule("CRE-31", "CRE-38")
def test_a_failing_in_another_credit_system_begins_the_year_anew(archive: Bench, ripe: str) -> None:
    body = {
        "subject_ref": CITIZEN,
        "source": "市场监管信用系统",
        "reference": "SC-1",
        "occurred_on": "2026-06-01",
    }
    for _ in range(2):
        call(archive, staff("service_office", "TZJ077"), "POST", "/foreign-failings", body, 201)
    archive.sweep("2026-11-21 00:00")
    assert archive.emitted(notifier.SendSms) == []
    with clock_at("2027-06-01 10:00"):
        assert repair(archive, ripe, status=409)["earliest"] == "2027-06-02"
    archive.sweep("2027-06-02 00:00")
    assert [event.data["params"]["begin"] for event in archive.emitted(notifier.SendSms)] == ["2027-06-02"]
    with clock_at("2027-06-02 10:00"):
        repair(archive, ripe)


@pytest.mark.rule("CRE-31")
def test_a_newer_failing_here_begins_the_year_anew_where_two_can_be_repaired(
    archive: Bench, ripe: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    constants: Any = rules.constants(rules.DEFAULT)
    allowed = replace(constants["credit.repair_of_serious"], value=True)
    monkeypatch.setitem(constants, "credit.repair_of_serious", allowed)
    listed(archive, 2, at="2026-03-02 10:00")
    with clock_at("2027-03-02 10:00"):
        assert repair(archive, ripe, status=409)["earliest"] == "2027-03-03"


@pytest.mark.rule("CRE-36", "AMB-16")
def test_without_a_recorded_correction_repair_waits_and_the_party_may_ask_for_it(archive: Bench) -> None:
    catalog(archive)
    found = listed(archive)
    refused = repair(archive, found, status=409)
    assert (refused["rule"], refused["earliest"]) == ("CRE-36", "2027-03-03")
    call(archive, person(), "POST", f"/records/{found}/correction-request", {"text": "已补齐"}, 403)
    call(archive, PARTY, "POST", f"/records/{found}/correction-request", {"text": "材料已于今日补齐"})
    listed(archive, 2, "person:citizen-2")
    waiting = call(archive, ADMIN, "GET", "/records?state=listed&correction_asked=true")["items"]
    assert [row["correction_asked"] for row in waiting] == ["材料已于今日补齐"]
    for wrong in ("2026-03-01", "2026-03-03"):
        assert correct(archive, found, wrong, status=422)["rule"] == "CRE-36"
    no_evidence = {"on": "2026-03-02", "evidence": [], "opinion": "已补齐"}
    call(archive, ADMIN, "POST", f"/records/{found}/correction", no_evidence, 422)
    stranger = staff("credit_admin", "TZJ046-SP")
    call(archive, stranger, "POST", f"/records/{found}/correction", no_evidence | {"evidence": ["file:1"]}, 403)
    correct(archive, found, "2026-03-02")
    told = archive.emitted(credit.RecordCorrected)[0].data
    assert (told["correction_date"], told["repair_from"]) == ("2026-03-02", "2027-03-03")
    assert record(archive, found)["correction_asked"] is None


@pytest.mark.rule("CRE-38")
def test_the_earliest_day_is_shown_from_day_one_and_reminded_of(archive: Bench) -> None:
    found = listed(archive)
    assert record(archive, found)["repair"] == {"first_day": "2027-03-03", "code": "not-corrected", "assumed": True}
    with clock_at("2026-03-09 10:00"):
        correct(archive, found, "2026-03-09")
        assert record(archive, found)["repair"] == {"first_day": "2027-03-10", "code": None, "assumed": False}
    archive.sweep("2027-03-09 23:59:59")
    assert archive.emitted(notifier.SendSms) == []
    archive.sweep("2027-03-10 00:00")
    reminder = archive.emitted(notifier.SendSms)[0].data
    assert (reminder["template"], reminder["recipient"]) == ("credit.repair_possible", CITIZEN)


@pytest.mark.rule("CRE-37")
def test_the_items_own_conditions_are_shown_and_must_be_confirmed(archive: Bench, ripe: str) -> None:
    catalog(archive, "连续两次抽查合格")
    with clock_at("2026-11-23 10:00"):
        application = repair(archive, ripe)
        assert application["conditions"] == [{"text": "连续两次抽查合格", "article": "第五条"}]
        assert decide(archive, application, "granted", status=409)["rule"] == "CRE-37"
        decide(archive, application, "granted", conditions_met=True)


@pytest.mark.rule("CRE-37")
def test_without_the_catalog_nothing_is_submitted(archive: Bench, ripe: str) -> None:
    archive.peer("catalog", {"GET /api/catalog/v1/items/000149032000": lambda body: (500, {})})
    with clock_at("2026-11-23 10:00"):
        repair(archive, ripe, status=503)
        assert record(archive, ripe)["annotation"] == "none"


@pytest.mark.rule("CRE-30", "AMB-18")
def test_who_grants_finds_that_there_was_no_intent(archive: Bench) -> None:
    catalog(archive)
    with clock_at("2025-02-26 10:00"):
        archive.deliver(supervision.FindingReported, "finding-1", finding())
        found = archive.emitted(credit.RecordProposed)[0].subject
        call(archive, SECOND, "POST", f"/records/{found}/determination", {"confirm": True, "opinion": "属实"})
        correct(archive, found, "2025-02-26")
    application = repair(archive, found)
    assert application["conditions"] == []
    assert decide(archive, application, "granted", status=409)["rule"] == "AMB-18"
    assert decide(archive, application, "granted", status=409, intentional=True)["rule"] == "AMB-18"
    decide(archive, application, "granted", intentional=False)


@pytest.mark.rule("CRE-20", "CRE-32")
def test_nobody_applies_for_another_and_the_form_is_signed(archive: Bench, ripe: str) -> None:
    with clock_at("2026-11-23 10:00"):
        assert repair(archive, ripe, person("person:agent-1"), status=403)["rule"] == "CRE-20"
        assert repair(archive, ripe, status=422, signature=None)["rule"] == "CRE-21"
        assert repair(archive, ripe, ADMIN, identity_checked=True)["channel"] == "onsite"


@pytest.mark.rule("CRE-27")
def test_an_objection_and_a_repair_at_the_same_moment_are_one_application(archive: Bench, ripe: str) -> None:
    with clock_at("2026-11-23 10:00"):
        body = form(archive)

        def send(number: int) -> int:
            path = f"/api/credit/v1/records/{ripe}/{('objections', 'repairs')[number % 2]}"
            with clock_at("2026-11-23 10:00"):
                return archive.client(PARTY).post(path, json=body).status_code

        assert sorted(at_once(4, send)) == [201, 409, 409, 409]
        assert len(record(archive, ripe)["applications"]) == 1
        wrong_verb = record(archive, ripe)["applications"][0]
        wrong_verb["kind"] = "repair" if wrong_verb["kind"] == "objection" else "objection"
        decide(archive, wrong_verb, "granted" if wrong_verb["kind"] == "repair" else "delete", status=404)


@pytest.mark.rule("CRE-34")
def test_what_is_repaired_or_deleted_can_be_neither_objected_to_nor_repaired(archive: Bench, ripe: str) -> None:
    with clock_at("2026-11-23 10:00"):
        decide(archive, repair(archive, ripe), "granted")
    archive.sweep("2026-11-27 00:00")
    with clock_at("2026-11-27 10:00"):
        assert repair(archive, ripe, status=409)["allowed"] == []
        object_to(archive, ripe, status=409)
        correct(archive, ripe, "2025-11-21", status=409)


# --- two rule packs ---------------------------------------------------------------------------------------------------


@pytest.fixture(params=["tianjin-2019", "national-2026"])
def pack(request: pytest.FixtureRequest, archive: Bench) -> Any:
    """The same archive under one pack and the other."""
    rules.use(request.param)
    yield request.param
    rules.use(rules.DEFAULT)


@pytest.mark.rule("CRE-43", "AMB-02", "AMB-03")
def test_the_same_history_under_both_rule_packs(archive: Bench, pack: str) -> None:
    local = pack == "tianjin-2019"
    catalog(archive)
    lapsed = listed(archive)
    correct(archive, lapsed, "2026-03-02")
    assert record(archive, lapsed)["repair"]["first_day"] == ("2027-03-03" if local else "2026-06-03")
    with clock_at("2026-06-03 10:00"):
        early = repair(archive, lapsed, status=409 if local else 422, promise=local)
        assert early["rule"] == ("CRE-31" if local else "CRE-43")
        if not local:
            decide(archive, repair(archive, lapsed, promise=True), "granted")
    archive.sweep("2026-06-09 00:00")
    with clock_at("2026-06-09 00:00"):
        assert standing.of(CITIZEN).status == ("listed" if local else "good")

    with clock_at("2026-07-01 10:00"):
        archive.deliver(supervision.FindingReported, "finding-1", finding())
        found = archive.emitted(credit.RecordProposed)[0].subject
        minor = {"confirm": True, "opinion": "情节轻微", "grade": "minor"}
        call(archive, ADMIN, "POST", f"/records/{found}/determination", minor, 422 if local else 200)
        if local:
            call(archive, ADMIN, "POST", f"/records/{found}/determination", minor | {"grade": "ordinary"})
        now = standing.of(CITIZEN)
        assert (now.status, now.grade, now.countable) == (
            ("serious", "serious", 2) if local else ("listed", "minor", 0)
        )
        assert record(archive, found)["restriction_until"] == ("2027-07-01" if local else "2026-10-01")
        if not local:
            correct(archive, found, "2026-07-01")
        outlook = record(archive, found)["repair"]
        assert (outlook["first_day"], outlook["code"]) == ((None, "serious") if local else ("2026-07-01", None))

    with clock_at("2026-08-03 10:00"):
        archive.deliver(supervision.FindingReported, "finding-2", finding(2))
        forged = archive.emitted(credit.RecordProposed)[1].subject
        serious = {"confirm": True, "opinion": "弄虚作假", "grade": "serious", "cause": "false_material"}
        call(archive, ADMIN, "POST", f"/records/{forged}/determination", serious)
        assert record(archive, forged)["restriction_until"] == ("2027-08-03" if local else "2029-08-03")
        if not local:
            correct(archive, forged, "2026-08-03")
    with clock_at("2027-08-04 10:00"):
        if local:
            assert repair(archive, forged, status=409)["rule"] == "CRE-14"
            assert correct(archive, forged, "2026-08-03", status=409)["rule"] == "CRE-14"
        else:
            decide(archive, repair(archive, forged, promise=True), "granted", same_person="仅一名管理员")


@pytest.mark.rule("CRE-43", "AMB-02")
def test_a_milder_grade_carries_the_restriction_of_its_pack(archive: Bench, pack: str) -> None:
    archive.deliver(supervision.FindingReported, "finding-1", finding())
    found = archive.emitted(credit.RecordProposed)[0].subject
    serious = {"confirm": True, "opinion": "弄虚作假", "grade": "serious", "cause": "false_material"}
    call(archive, ADMIN, "POST", f"/records/{found}/determination", serious)
    assert record(archive, found)["restriction_until"] == ("2027-03-02" if pack == "tianjin-2019" else "2029-03-02")
    decide(archive, object_to(archive, found), "modify", SECOND, grade="ordinary", cause="violation")
    archive.sweep("2026-03-06 00:00")
    assert record(archive, found)["restriction_until"] == "2027-03-02"
    restored = archive.emitted(credit.SubjectRestored)[0].data
    assert (restored["status"], restored["reason"]) == ("listed", "modified")
    assert {entry["until"] for entry in restored["restrictions"]} == {"2027-03-02"}


@pytest.mark.rule("CRE-43")
def test_a_setting_chooses_the_rule_pack(monkeypatch: pytest.MonkeyPatch) -> None:
    from chassis import config

    settings = config.load("credit", {"YWT_MODE": "test", "YWT_RULE_PACK": "national-2026"})
    assert settings.rule_pack == "national-2026"
    assert rules.constants(settings.rule_pack)["credit.repair_anchor"].value == "listing"
    assert rules.constants()["credit.repair_anchor"].value == "correction"
