"""Same-city cases are rated when the result is there; every completed case is called about once (FEE-12)."""

from pathlib import Path
from typing import Any

import pytest

from chassis import privacy
from chassis.clock import clock_at
from contracts.events import filing
from services.feedback.service import service
from tests.feedback.conftest import (
    CITIZEN,
    CITY_OFFICE,
    HANDLER_A,
    OFFICE,
    OTHER,
    ROOT,
    UNIT,
    act,
    case,
    case_no,
    complete,
    completed,
    rate,
    revoked,
    send,
    stock,
)
from tests.support import Bench, at_once, bench, staff

AUDITOR = staff("auditor", OFFICE)


def delivered(at: str, **changes: Any) -> dict[str, Any]:
    """Data of filing.result.delivered."""
    more = {"way": "courier", "shipment_id": "s-1", "waybill_no": "1", "outcome": "delivered", "delivered_at": at}
    return case() | more | changes


def due(b: Bench, number: int = 1) -> str:
    return b.client(CITIZEN).get(f"{ROOT}/me/ratings/{case_no(number)}").get_json()["due_default"]


SAME_CITY = {"same_city": True, "delivery_due": "2026-10-13"}


# --- same city ------------------------------------------------------------------------------------------------------


@pytest.mark.rule("FEE-12")
@pytest.mark.rule("FIL-62")
@pytest.mark.parametrize("order", [(0, 1), (1, 0), (1, 0, 1, 0)])
def test_the_days_of_a_same_city_case_run_from_the_arrival_of_its_result(desk: Bench, order: tuple[int, ...]) -> None:
    news = [
        desk.event(filing.CaseCompleted, "case-1", completed(**SAME_CITY), sequence=1),
        desk.event(filing.ResultDelivered, "case-1", delivered("2026-10-09T10:00:00+08:00"), sequence=2),
    ]
    desk.redeliver(*(news[number] for number in order))
    assert due(desk) == "2026-10-16"
    assert desk.sweep("2026-10-16 23:59:59") == 0
    with clock_at("2026-10-16 23:59:59"):
        assert rate(desk, channel="app").status_code == 201


@pytest.mark.rule("FEE-12")
def test_without_news_of_the_parcel_the_days_run_from_the_last_day_of_delivery(desk: Bench) -> None:
    complete(desk, **SAME_CITY)
    lost = delivered("2026-10-09T10:00:00+08:00", outcome="undeliverable")
    desk.deliver(filing.ResultDelivered, "case-1", lost, sequence=2)
    assert due(desk) == "2026-10-20"
    assert desk.sweep("2026-10-20 23:59:59") == 0
    assert desk.sweep("2026-10-21 00:00") == 1


@pytest.mark.rule("FEE-05")
def test_where_nothing_has_to_travel_the_days_run_from_the_completion(desk: Bench) -> None:
    complete(desk)
    desk.deliver(filing.ResultDelivered, "case-1", delivered("2026-10-02T10:00:00+08:00"), sequence=2)
    complete(desk, 2, same_city=True, physical_result=False)
    assert (due(desk), due(desk, 2)) == ("2026-10-05", "2026-10-05")


# --- calls ----------------------------------------------------------------------------------------------------------


def call(b: Bench, who: Any = AUDITOR, number: int = 1, **body: Any) -> Any:
    return b.client(who).post(f"{ROOT}/callbacks/{case_no(number)}", json={"outcome": "unreached"} | body)


def listed(b: Bench, query: str = "", who: Any = AUDITOR) -> list[str]:
    return [row["case_no"] for row in b.client(who).get(f"{ROOT}/callbacks{query}").get_json()["items"]]


@pytest.mark.rule("FEE-12")
def test_every_completed_case_waits_for_one_call(desk: Bench) -> None:
    for number in (1, 2, 3):
        complete(desk, number)
    desk.deliver(filing.CaseRevoked, "case-3", revoked(3), sequence=2)
    rate(desk, 2, level=1, text="窗口多次让我补材料")
    assert set(listed(desk, "?state=waiting")) == {case_no(1), case_no(2)}
    assert listed(desk, "?negative=true") == [case_no(2)]
    assert listed(desk, "?negative=false") == [case_no(1)]
    assert call(desk).get_json()["state"] == "unreached"
    again = call(desk, outcome="reached", satisfied=False, opinion="希望缩短时间").get_json()
    assert (again["state"], again["attempts"], again["opinion"]) == ("done", 2, "希望缩短时间")
    refused = call(desk, CITY_OFFICE, outcome="declined")
    assert (refused.status_code, refused.get_json()["rule"]) == (409, "FEE-12")
    assert (listed(desk, "?state=waiting"), listed(desk, "?state=done")) == ([case_no(2)], [case_no(1)])
    [row] = desk.client(AUDITOR).get(f"{ROOT}/statistics/callbacks?since=2026-09-28").get_json()["items"]
    assert row == {"org": UNIT, "completed": 2, "called": 1, "reached": 1, "satisfied": 0}
    stored = desk.database.proxy.execute_sql("SELECT opinion FROM feedback_callback").fetchone()[0]
    assert privacy.decrypt(stored, "feedback_callback.opinion") == "希望缩短时间"


@pytest.mark.rule("FEE-12")
@pytest.mark.parametrize("body", [{"outcome": "reached"}, {"satisfied": True}, {"outcome": "busy"}])
def test_a_call_that_was_answered_says_whether_the_applicant_is_satisfied(desk: Bench, body: dict[str, Any]) -> None:
    complete(desk)
    assert call(desk, **body).status_code == 422
    assert call(desk, number=9).status_code == 404
    assert listed(desk, "?state=waiting") == [case_no()]


@pytest.mark.rule("FEE-12")
@pytest.mark.rule("FEE-13")
def test_the_rated_unit_neither_calls_nor_reads_what_was_said(desk: Bench) -> None:
    complete(desk)
    assert call(desk, HANDLER_A).status_code == 403
    assert desk.client(HANDLER_A).get(f"{ROOT}/callbacks").status_code == 403
    inside = staff("auditor decider", UNIT)
    district = staff("service_office", "TZJ001-ZWB")
    for who in (inside, district):
        assert listed(desk, who=who) == []
        assert call(desk, who).status_code == 403
        assert desk.client(who).get(f"{ROOT}/statistics/callbacks").get_json()["items"] == []
    complete(desk, 2, handling_org=OTHER, region_code="120101")
    assert listed(desk, who=inside) == listed(desk, who=district) == [case_no(2)]


@pytest.mark.rule("FEE-12")
def test_two_supervisors_at_once_record_one_call(tmp_path: Path) -> None:
    with clock_at("2026-09-28 15:00"), bench(service, tmp_path) as b:
        complete(stock(b))
        answers = at_once(6, lambda _: call(b, outcome="reached", satisfied=True).status_code)
        assert sorted(answers) == [201] + [409] * 5


@pytest.mark.system
@pytest.mark.rule("FEE-12")
@pytest.mark.rule("FEE-32")
@pytest.mark.rule("GW-12")
def test_call_backs_columns_and_meetings_on_postgresql(tmp_path: Path, postgres_server: Any) -> None:
    url = postgres_server.create_database()
    with clock_at("2026-09-28 15:00"), bench(service, tmp_path, url) as b:
        complete(stock(b), **SAME_CITY)
        parcel = delivered("2026-09-28T15:00:00+08:00")
        b.deliver(filing.ResultDelivered, "case-1", parcel, sequence=2)
        assert due(b) == "2026-10-05"
        complete(b, 2)
        rate(b, 2, level=1, text="窗口多次让我补材料")
        assert call(b, outcome="reached", satisfied=True, opinion="很好").get_json()["opinion"] == "很好"
        assert (listed(b, "?negative=true"), listed(b, "?state=done")) == ([case_no(2)], [case_no(1)])
        assert listed(b, "?negative=false", CITY_OFFICE) == [case_no(1)]
        [row] = b.client(AUDITOR).get(f"{ROOT}/statistics/callbacks").get_json()["items"]
        assert (row["completed"], row["reached"], row["satisfied"]) == (2, 1, 1)

        number = send(b, "suggestion", category=None).get_json()["letter_no"]
        difficulty = {"title": "排队时间长", "problem": "上午排队超过一小时"}
        answers = at_once(4, lambda _: act(b, CITY_OFFICE, number, "exposure", **difficulty).status_code)
        assert sorted(answers) == [201] + [409] * 3
        [entry] = b.client().get(f"{ROOT}/exposures?state=rectifying").get_json()["items"]
        for who, verb, body in ((HANDLER_A, "result", {"result": "已增开窗口"}), (CITY_OFFICE, "confirmation", {})):
            assert b.client(who).post(f"{ROOT}/exposures/{entry['id']}/{verb}", json=body).status_code == 200

        for survey in (
            {"kind": "forum"},
            {"kind": "survey", "satisfaction": 91},
            {"kind": "survey", "satisfaction": 96},
        ):
            meeting = {"org": OFFICE, "held_on": "2026-09-28", "title": "三季度", "participants": 9, "summary": "意见"}
            assert b.client(CITY_OFFICE).post(f"{ROOT}/meetings", json=meeting | survey).status_code == 201
        quarters = b.client().get(f"{ROOT}/statistics/meetings?region=120000&year=2026").get_json()["items"]
        assert (quarters[2]["state"], quarters[2]["satisfaction"]) == ("held", 93.5)
