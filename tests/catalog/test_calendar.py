"""The working calendar: a year to look at, the official year to import, limits explained (CAT-42, TIM-02…10)."""

from datetime import date

import pytest

from chassis import workdays
from contracts.events import catalog
from tests.catalog.conftest import ADMIN, API, OFFICE_EDITOR
from tests.support import Bench, person

YEAR_2027 = {
    "holidays": [
        *({"date": f"2027-01-0{day}", "name": "元旦"} for day in (1, 2, 3)),
        {"date": "2027-01-04", "name": "元旦"},
        {"date": "2027-10-01", "name": "国庆节"},
    ],
    "workdays": [{"date": "2027-01-09", "name": "元旦"}],
    "document_no": "国办发明电〔2026〕1号",
}


def explain(hall: Bench, **body: object) -> dict:
    answer = hall.client().post(f"{API}/deadline-explanations", json=body)
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()


@pytest.mark.rule("CAT-42", "TIM-02")
def test_the_year_is_shown_as_twelve_months(empty: Bench) -> None:
    year = empty.client().get(f"{API}/calendar/2026").get_json()
    assert (year["status"], year["workday_count"], len(year["months"])) == ("official", 248, 12)
    days = {day["date"]: day for month in year["months"] for day in month["days"]}
    assert len(days) == 365
    assert days["2026-10-01"]["kind"] == "holiday" and days["2026-10-01"]["name"] == "国庆节"
    assert days["2026-10-10"] | {"name": ""} == {
        "date": "2026-10-10",
        "is_workday": True,
        "kind": "makeup",
        "name": "",
    }


@pytest.mark.rule("TIM-07", "CAT-42")
def test_importing_the_official_year_reports_it_and_moves_what_was_provisional(empty: Bench) -> None:
    before = explain(empty, anchor="2026-12-31", n=3, unit="wd", rule="FIL-24")
    assert (before["date"], before["provisional"]) == ("2027-01-06", True)
    answer = empty.client(ADMIN).put(f"{API}/calendar/2027", json=YEAR_2027)
    assert answer.status_code == 200 and answer.get_json()["status"] == "official"
    (event,) = empty.emitted(catalog.CalendarYearPublished)
    assert (event.year, event.year_status, event.document_no) == (2027, "official", "国办发明电〔2026〕1号")
    assert {"date": "2027-01-04", "holiday": "元旦"} in event.holidays
    after = explain(empty, anchor="2026-12-31", n=3, unit="wd", rule="FIL-24")
    assert (after["date"], after["provisional"]) == ("2027-01-07", False)


@pytest.mark.rule("TIM-07")
def test_the_catalogs_own_event_changes_nothing_any_more(empty: Bench) -> None:
    empty.client(ADMIN).put(f"{API}/calendar/2027", json=YEAR_2027)
    (event,) = empty.emitted(catalog.CalendarYearPublished)
    year = empty.client().get(f"{API}/calendar/2027").get_json()
    empty.redeliver(event, event)
    assert empty.client().get(f"{API}/calendar/2027").get_json() == year
    assert len(empty.emitted()) == 1


@pytest.mark.rule("TIM-07")
def test_the_same_year_again_says_nothing_and_a_different_one_needs_its_notice(empty: Bench) -> None:
    client = empty.client(ADMIN)
    client.put(f"{API}/calendar/2027", json=YEAR_2027)
    assert client.put(f"{API}/calendar/2027", json=YEAR_2027).status_code == 200
    assert len(empty.emitted()) == 1
    different = YEAR_2027 | {"workdays": [], "document_no": ""}
    refused = client.put(f"{API}/calendar/2027", json=different)
    assert (refused.status_code, refused.get_json()["rule"]) == (409, "TIM-07")
    assert workdays.is_workday(date(2027, 1, 9))  # nothing was changed
    different["holidays"] = [*YEAR_2027["holidays"], {"date": "2026-12-31", "name": "元旦"}]
    named = client.put(f"{API}/calendar/2027", json=different | {"document_no": "国办发明电〔2026〕2号"})
    assert [day["date"] for day in named.get_json()["edges"]] == ["2026-12-31"]
    assert named.status_code == 200 and len(empty.emitted()) == 2


@pytest.mark.rule("CAT-42")
def test_a_day_that_has_passed_keeps_its_kind(empty: Bench) -> None:
    body = {"holidays": [{"date": "2026-10-01", "name": "国庆节"}], "document_no": "更正"}
    refused = empty.client(ADMIN).put(f"{API}/calendar/2026", json=body)
    assert refused.status_code == 409 and "2026-02-17" in refused.get_json()["days"]
    assert empty.client().get(f"{API}/calendar/2026").get_json()["workday_count"] == 248


def test_only_the_administrator_sets_a_year(empty: Bench) -> None:
    for caller, status in ((None, 401), (person(), 403), (OFFICE_EDITOR, 403)):
        assert empty.client(caller).put(f"{API}/calendar/2027", json=YEAR_2027).status_code == status


@pytest.mark.rule("TIM-02")
def test_an_impossible_arrangement_is_refused(empty: Bench) -> None:
    client = empty.client(ADMIN)
    both = {"holidays": [{"date": "2027-01-01", "name": "元旦"}], "workdays": [{"date": "2027-01-01", "name": "元旦"}]}
    strange = {"holidays": [{"date": "2028-05-01", "name": "劳动节"}]}
    bodies: list[dict] = [both, strange, {"holidays": []}, {}]
    for body in bodies:
        assert client.put(f"{API}/calendar/2027", json=body).status_code == 422
    assert client.put(f"{API}/calendar/1900", json=YEAR_2027).status_code == 422
    assert empty.emitted() == []


@pytest.mark.rule("TIM-10", "TIM-03")
def test_anybody_may_ask_why_a_limit_ends_when_it_ends(empty: Bench) -> None:
    found = explain(empty, anchor="2026-09-30", n=3, unit="wd", rule="FIL-24")
    assert found["date"] == "2026-10-10" and found["at"] == "2026-10-11T00:00:00+08:00"
    assert "国庆节10月1日至10月7日" in found["zh"] and "10月10日（周六）调休上班，计入" in found["zh"]
    assert "行政许可法" in found["zh"] and "FIL-24" in found["en"]
    assert found["explanation"]["counted"][0]["date"] == "2026-10-10"


@pytest.mark.rule("T40", "TIM-07")
def test_a_limit_into_a_year_without_arrangement_is_provisional_and_never_an_error(empty: Bench) -> None:
    found = explain(empty, anchor="2026-12-28", n=10, unit="wd", rule="SUP-23")
    assert found["provisional"] is True and "暂定" in found["zh"]
    assert explain(empty, anchor="2026-12-28", n=10, unit="nd", rule="SUP-23")["provisional"] is False


@pytest.mark.rule("TIM-04", "TIM-10")
def test_an_applicants_natural_days_roll_to_the_next_working_day(empty: Bench) -> None:
    found = explain(empty, anchor="2026-09-02", n=30, unit="nd", rule="TIM-04", side="applicant")
    assert found["date"] == "2026-10-08" and found["explanation"]["rolled_from"] == "2026-10-02"


def test_a_question_that_makes_no_sense_is_a_problem_document(empty: Bench) -> None:
    good = {"anchor": "2026-03-02", "n": 5, "unit": "wd", "rule": "FIL-24"}
    for wrong in ({"n": 0}, {"n": 1001}, {"unit": "week"}, {"anchor": "2026-02-30"}, {"rule": "FIL-999"}, {"x": 1}):
        answer = empty.client().post(f"{API}/deadline-explanations", json=good | wrong)
        assert answer.status_code == 422 and answer.content_type == "application/problem+json", wrong
    assert empty.client().post(f"{API}/deadline-explanations", json=good | {"anchor": "1850-01-01"}).status_code == 422
