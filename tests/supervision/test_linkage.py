"""Linkage work of two offices: the push in real time, the day, the week, the month (时推送、日互动、周见面、月会商)."""

from typing import Any

import pytest

from chassis.clock import clock_at
from contracts.events import catalog, filing
from contracts.events import supervision as events
from tests.supervision.conftest import APPROVER, OFFICE, ROOT, case, completed, example, revoked
from tests.support import Bench, at_once, staff

OURS = staff("coordinator", APPROVER, ref="staff:approving-1")
THEIRS = staff("coordinator", OFFICE, ref="staff:supervising-1")
STRANGER = staff("coordinator", "TZJ046-SP")
POINTS = {
    "exchange": "本月推送1件",
    "problems_and_measures": "无",
    "work_points": "核对推送",
    "mutual_standards": "已完成",
    "other": "无",
}


@pytest.fixture
def linked(office: Bench) -> Bench:
    """Two offices with their first case in common, on Tuesday 2026-09-01."""
    office.deliver(filing.CaseCompleted, "case-1", completed())
    return office


def rows(bench: Bench, kind: str, caller: Any = THEIRS) -> list[dict[str, Any]]:
    return bench.client(caller).get(f"{ROOT}/{kind}").get_json()["items"]


def owed(bench: Bench, kind: str) -> list[tuple[str, str]]:
    return [(e.data["org_code"], e.data["period"]) for e in bench.emitted(events.LinkageMissing) if e.kind == kind]


def sign(bench: Bench, sheet: str, caller: Any) -> Any:
    return bench.client(caller).post(f"{ROOT}/sheets/{sheet}/signature")


def meet(bench: Bench, record: str, met_at: str, *orgs: str, caller: Any = OURS) -> Any:
    body = {"met_at": f"{met_at}+08:00", "summary": "本周推送1件，已核对"}
    body["participants"] = [{"org": org, "staff": f"staff:of-{org}"} for org in orgs or (APPROVER, OFFICE)]
    return bench.client(caller).put(f"{ROOT}/weekly-records/{record}", json=body)


def hold(bench: Bench, held_at: str, caller: Any = OURS, **changes: Any) -> Any:
    body = {"convener": APPROVER, "held_at": f"{held_at}+08:00", "participants": [APPROVER, OFFICE], "points": POINTS}
    return bench.client(caller).post(f"{ROOT}/meetings", json=body | {"minutes_ref": "file:minutes"} | changes)


@pytest.mark.rule("SUP-01")
def test_the_first_case_in_common_sets_all_five_ways_of_linkage_going(linked: Bench) -> None:
    assert [(e.data["supervising_org"], e.data["push_kind"]) for e in linked.emitted(events.PushAcknowledged)] == [
        (OFFICE, "completed")
    ]
    assert [row["day"] for row in rows(linked, "sheets")] == ["2026-09-01"]
    assert [row["week"] for row in rows(linked, "weekly-records")] == ["2026-W36"]
    assert [row["month"] for row in rows(linked, "meetings", OURS)] == ["2026-10"]
    linked.deliver(filing.CaseCompleted, "case-2", completed(2))
    assert len(rows(linked, "sheets") + rows(linked, "weekly-records") + rows(linked, "meetings", OURS)) == 3


@pytest.mark.rule("SUP-04", "SUP-02")
def test_both_sides_sign_the_sheet_of_the_day_each_by_its_own_coordinator(linked: Bench) -> None:
    both = staff("coordinator", APPROVER, ref="staff:both")
    both = type(both)(both.ref, "staff", 0, (*both.grants, *staff("coordinator", OFFICE).grants))
    sheet = rows(linked, "sheets")[0]
    assert sheet["counts"] == {"pushed": 1, "acknowledged": 1, "opened": 0, "missing": 0}
    assert sign(linked, sheet["id"], STRANGER).status_code == 403
    assert sign(linked, sheet["id"], staff("supervisor", OFFICE)).status_code == 403
    assert sign(linked, sheet["id"], both).get_json()["state"] == "signed_by_one"
    again = sign(linked, sheet["id"], both)
    assert (again.status_code, again.get_json()["rule"]) == (409, "SUP-04")
    alone = type(both)(both.ref, "staff", 0, staff("coordinator", OFFICE).grants)
    assert sign(linked, sheet["id"], alone).get_json()["rule"] == "SUP-02"
    signed = sign(linked, sheet["id"], THEIRS).get_json()
    assert signed["state"] == "signed"
    assert {side: (entry["by"], entry["counts"]["pushed"]) for side, entry in signed["signatures"].items()} == {
        "approving": ("staff:both", 1),
        "supervising": ("staff:supervising-1", 1),
    }
    linked.sweep("2026-09-02 00:00")
    assert owed(linked, "daily_sheet") == []


@pytest.mark.rule("SUP-04")
def test_an_unsigned_sheet_is_missing_at_midnight_for_those_who_have_not_signed(linked: Bench) -> None:
    sheet = rows(linked, "sheets")[0]["id"]
    sign(linked, sheet, OURS)
    linked.sweep("2026-09-01 23:59:59")
    assert owed(linked, "daily_sheet") == []
    linked.sweep("2026-09-02 00:00")
    assert owed(linked, "daily_sheet") == [(OFFICE, "2026-09-01")]
    assert sign(linked, sheet, THEIRS).status_code == 409


@pytest.mark.rule("SUP-04")
@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-09-01 17:29:59", "2026-09-01"),
        ("2026-09-01 17:30:00", "2026-09-02"),
        ("2026-09-20 10:00", "2026-09-20"),  # a Sunday on which everybody works
        ("2026-09-25 10:00", "2026-09-28"),  # a Friday on which nobody does
    ],
)
def test_what_comes_after_office_hours_stands_on_the_next_sheet(office: Bench, at: str, day: str) -> None:
    with clock_at(at):
        office.deliver(filing.CaseCompleted, "case-1", completed())
    assert [row["day"] for row in rows(office, "sheets")] == [day]


@pytest.mark.rule("SUP-04")
def test_a_signature_closes_the_sheet_and_later_files_stand_on_the_next(linked: Bench) -> None:
    sign(linked, rows(linked, "sheets")[0]["id"], OURS)
    linked.deliver(filing.CaseCompleted, "case-2", completed(2))
    assert [(row["day"], row["counts"]["pushed"]) for row in rows(linked, "sheets")] == [
        ("2026-09-02", 1),
        ("2026-09-01", 1),
    ]


@pytest.mark.rule("SUP-04")
def test_a_problem_has_an_owner_is_reported_upwards_and_followed_to_its_end(linked: Bench) -> None:
    sheet = rows(linked, "sheets")[0]["id"]
    body = {"description": "承诺书扫描件不清", "owner": "staff:approving-1", "follow_up_on": "2026-09-03"}
    assert linked.client(STRANGER).post(f"{ROOT}/sheets/{sheet}/problems", json=body).status_code == 403
    problem = linked.client(THEIRS).post(f"{ROOT}/sheets/{sheet}/problems", json=body).get_json()["id"]
    report = {"reported_to": "TZJ049", "text": "双方无法解决"}
    told = linked.client(OURS).post(f"{ROOT}/problems/{problem}/report", json=report).get_json()
    assert (told["state"], told["reported_to"], told["owner"]) == ("reported", "TZJ049", "staff:approving-1")
    assert (
        linked.client(STRANGER).post(f"{ROOT}/problems/{problem}/outcome", json={"text": "已解决"}).status_code == 403
    )
    done = linked.client(OURS).post(f"{ROOT}/problems/{problem}/outcome", json={"text": "已重新扫描"}).get_json()
    assert (done["state"], done["outcome"]) == ("settled", "已重新扫描")
    assert linked.client(OURS).post(f"{ROOT}/problems/{problem}/report", json=report).status_code == 409
    assert [len(rows(linked, "problems", who)) for who in (OURS, THEIRS, STRANGER)] == [1, 1, 0]


@pytest.mark.rule("SUP-04")
def test_two_coordinators_of_one_side_who_sign_at_once_sign_once(linked: Bench) -> None:
    sheet = rows(linked, "sheets")[0]["id"]
    pair = [staff("coordinator", OFFICE) for _ in range(2)]
    codes = sorted(answer.status_code for answer in at_once(2, lambda number: sign(linked, sheet, pair[number])))
    assert codes == [200, 409]
    assert rows(linked, "sheets")[0]["state"] == "signed_by_one"


@pytest.mark.rule("SUP-03", "AMB-39")
def test_a_case_that_ended_without_a_push_is_found_after_an_hour_and_goes_when_it_arrives(office: Bench) -> None:
    item = example("catalog.item.published") | {
        "item_code": "000149032000",
        "item_version": 1,
        "supervising_orgs": [OFFICE],
    }
    office.deliver(catalog.ItemPublished, "000149032000", item)
    ready = {"way": "window", "place": "TJ-CENTRE", "doc_id": "doc-1", "ready_at": "2026-09-01T10:00:00+08:00"}
    news = office.event(filing.ResultReady, "case-1", case() | ready | {"due": "2026-09-15"}, sequence=9)
    office.redeliver(news)
    office.sweep("2026-09-01 10:59:59")
    assert rows(office, "sheets") == []
    with clock_at("2026-09-01 11:00"):
        office.sweep()
        assert rows(office, "sheets")[0]["counts"] == {"pushed": 0, "acknowledged": 0, "opened": 0, "missing": 1}
        office.redeliver(office.event(filing.ResultReady, "case-1", case() | ready | {"due": "2026-09-15"}))
        office.deliver(filing.CaseCompleted, "case-1", completed(), sequence=8)
        office.sweep("2026-09-01 13:00")
        assert rows(office, "sheets")[0]["counts"] == {"pushed": 1, "acknowledged": 1, "opened": 0, "missing": 0}


@pytest.mark.rule("SUP-03", "AMB-39")
def test_a_push_that_is_sent_again_is_acknowledged_again_and_changes_nothing(linked: Bench) -> None:
    again = linked.deliver(filing.CaseCompleted, "case-1", completed())
    assert [e.data["pushed_event"] for e in linked.emitted(events.PushAcknowledged)][1:] == [again.id]
    assert rows(linked, "sheets")[0]["counts"]["pushed"] == 1
    linked.deliver(filing.CaseRevoked, "case-1", revoked(), sequence=2)
    assert rows(linked, "sheets")[0]["counts"]["pushed"] == 2


@pytest.mark.rule("SUP-03")
def test_a_repeated_push_brings_what_was_lost_and_is_confirmed_like_the_first(office: Bench) -> None:
    for _ in range(2):
        office.deliver(filing.CaseCompletedRepeated, "case-1", completed() | {"repeats": 1})
    assert rows(office, "sheets")[0]["counts"]["pushed"] == 1
    assert len(office.emitted(events.TaskCreated)) == 1
    office.deliver(filing.CaseRevokedRepeated, "case-1", revoked() | {"repeats": 3})
    office.deliver(filing.CaseCompleted, "case-1", completed())
    assert [event.push_kind for event in office.emitted(events.PushAcknowledged)] == [
        *("completed", "completed", "revoked", "completed")
    ]
    assert rows(office, "sheets")[0]["counts"]["pushed"] == 2
    assert len(office.emitted(events.TaskCancelled)) == 1


@pytest.mark.rule("SUP-05")
@pytest.mark.parametrize(
    ("linked_on", "meeting_day"),
    [
        ("2026-09-01", "2026-09-04"),  # Friday of the same week
        ("2026-09-05", "2026-09-11"),  # the meeting of this week is over
        ("2026-09-21", "2026-09-24"),  # Friday 09-25 is a holiday: Thursday
        ("2026-09-28", "2026-09-30"),  # National Day: Wednesday
        ("2026-02-16", "2026-02-27"),  # the week of the Spring Festival has no working day
    ],
)
def test_the_offices_meet_on_friday_or_the_last_working_day_of_the_week(
    office: Bench, linked_on: str, meeting_day: str
) -> None:
    with clock_at(f"{linked_on} 10:00"):
        office.deliver(filing.CaseCompleted, "case-1", completed())
    assert [row["meeting_day"] for row in rows(office, "weekly-records")] == [meeting_day]


@pytest.mark.rule("SUP-05")
def test_a_weekly_record_is_filed_after_the_meeting_of_both_sides_on_friday_afternoon(linked: Bench) -> None:
    record = rows(linked, "weekly-records")[0]["id"]
    with clock_at("2026-09-04 16:00"):
        assert meet(linked, record, "2026-09-04T15:00:00", caller=STRANGER).status_code == 403
        for met_at, orgs in (
            ("2026-09-03T15:00:00", ()),
            ("2026-09-04T11:59:59", ()),
            ("2026-09-04T16:00:01", ()),
            ("2026-09-04T15:00:00", (OFFICE, OFFICE)),
        ):
            refused = meet(linked, record, met_at, *orgs)
            assert (refused.status_code, refused.get_json()["rule"]) == (422, "SUP-05")
        assert meet(linked, record, "2026-09-04T15:00:00").get_json()["state"] == "filed"
        assert meet(linked, record, "2026-09-04T15:30:00", caller=THEIRS).status_code == 409
    linked.sweep("2026-09-05 00:00")
    assert owed(linked, "weekly_record") == []
    assert [(row["week"], row["state"]) for row in rows(linked, "weekly-records")] == [
        ("2026-W37", "due"),
        ("2026-W36", "filed"),
    ]


@pytest.mark.rule("SUP-05")
def test_a_week_without_a_record_is_missing_for_both_sides(linked: Bench) -> None:
    linked.sweep("2026-09-04 23:59:59")
    assert owed(linked, "weekly_record") == []
    linked.sweep("2026-09-05 00:00")
    assert owed(linked, "weekly_record") == [(APPROVER, "2026-W36"), (OFFICE, "2026-W36")]
    record = next(row["id"] for row in rows(linked, "weekly-records") if row["state"] == "missing")
    assert meet(linked, record, "2026-09-04T15:00:00").status_code == 409


@pytest.mark.rule("SUP-06")
def test_a_monthly_meeting_has_five_points_and_its_minutes_reach_every_participant(linked: Bench) -> None:
    assert hold(linked, "2026-09-01T09:00:00", points=POINTS | {"other": ""}).status_code == 422
    assert hold(linked, "2026-09-01T09:00:00", minutes_ref="").status_code == 422
    assert hold(linked, "2026-09-01T09:00:00", THEIRS).status_code == 403
    for refused in (
        hold(linked, "2026-09-01T09:00:00", participants=[APPROVER, "TZJ046-JG"]),
        hold(linked, "2026-08-31T09:00:00"),
        hold(linked, "2026-09-01T10:00:01"),
    ):
        assert (refused.status_code, refused.get_json()["rule"]) == (422, "SUP-06")
    meeting = hold(linked, "2026-09-01T09:00:00").get_json()
    assert (meeting["state"], meeting["month"], meeting["points"]) == ("held", "2026-09", POINTS)
    assert hold(linked, "2026-09-01T09:30:00").get_json()["number"] == 2
    assert linked.client(STRANGER).post(f"{ROOT}/meetings/{meeting['id']}/reading").status_code == 403
    read = linked.client(THEIRS).post(f"{ROOT}/meetings/{meeting['id']}/reading").get_json()
    assert [(copy["org"], copy["read_by"]) for copy in read["copies"]] == [
        (OFFICE, "staff:supervising-1"),
        (APPROVER, None),
    ]
    assert [len(rows(linked, "meetings", who)) for who in (OURS, THEIRS, STRANGER)] == [3, 2, 0]


@pytest.mark.rule("SUP-06")
@pytest.mark.parametrize("held", [True, False])
def test_a_month_without_a_meeting_is_missing_at_its_end(linked: Bench, held: bool) -> None:
    with clock_at("2026-10-20 10:00"):
        if held:
            assert hold(linked, "2026-10-20T09:00:00").status_code == 201
    linked.sweep("2026-10-31 23:59:59")
    assert owed(linked, "monthly_meeting") == []
    linked.sweep("2026-11-01 00:00")
    assert owed(linked, "monthly_meeting") == ([] if held else [(APPROVER, "2026-10")])
    states = {row["month"]: row["state"] for row in rows(linked, "meetings", OURS)}
    assert states == {"2026-10": "held" if held else "missing", "2026-11": "due"}


@pytest.mark.rule("SUP-02")
def test_each_side_acts_for_itself_and_the_history_says_who(linked: Bench) -> None:
    task = linked.client(staff("supervisor", OFFICE)).get(f"{ROOT}/tasks").get_json()["items"][0]["id"]
    plan = {"date": "2026-09-03", "place": "经营场所", "items": ["冷藏设备"]}
    body = {"inspector": "staff:1", "plan": plan}
    path = f"{ROOT}/tasks/{task}/start"
    assert linked.client(staff("supervisor", APPROVER)).post(path, json=body).status_code == 403
    assert linked.client(staff("supervisor", OFFICE, ref="staff:chief")).post(path, json=body).status_code == 200
    history = linked.database.table("history")
    last = history.select().where(history.subject == task).order_by(history.number.desc()).first()
    assert (last.verb, last.actor, last.org) == ("start", "staff:chief", OFFICE)
