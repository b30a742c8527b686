"""Forums of service users and satisfaction surveys, quarter by quarter (FEE-32)."""

from typing import Any

import pytest

from chassis.clock import clock_at
from tests.feedback.conftest import CITY_OFFICE, DISTRICT, HANDLER_A, OFFICE, ROOT, UNIT
from tests.support import Bench, staff

FORUM = {
    "kind": "forum",
    "org": OFFICE,
    "held_on": "2026-09-28",
    "title": "三季度服务对象座谈会",
    "participants": 20,
    "summary": "围绕食品经营许可听取意见",
    "opinions": [{"text": "希望延时服务", "org": UNIT}, {"text": "希望增加自助机"}],
}
SURVEY = FORUM | {"kind": "survey", "satisfaction": 96, "opinions": []}


def record(b: Bench, body: dict[str, Any], who: Any = CITY_OFFICE) -> Any:
    return b.client(who).post(f"{ROOT}/meetings", json=body)


def quarters(b: Bench, year: int = 2026) -> list[str]:
    rows = b.client().get(f"{ROOT}/statistics/meetings?region=120000&year={year}").get_json()["items"]
    return [row["state"] for row in rows]


@pytest.mark.rule("FEE-32")
def test_a_quarter_has_its_forum_and_its_survey_or_is_missing(desk: Bench) -> None:
    assert quarters(desk) == ["missing", "missing", "due", "due"]
    assert record(desk, FORUM).get_json()["quarter"] == 3
    assert quarters(desk) == ["missing", "missing", "due", "due"]
    assert record(desk, SURVEY).status_code == 201
    record(desk, SURVEY | {"held_on": "2026-07-01", "satisfaction": 91})
    record(desk, FORUM | {"held_on": "2026-06-30"})
    assert quarters(desk) == ["missing", "missing", "held", "due"]
    row = desk.client().get(f"{ROOT}/statistics/meetings?region=120000&year=2026").get_json()["items"][2]
    assert (row["forums"], row["surveys"], row["satisfaction"]) == (1, 2, 93.5)
    with clock_at("2027-01-01 00:00"):
        assert quarters(desk) == ["missing", "missing", "held", "missing"]
    rows = desk.client().get(f"{ROOT}/meetings?kind=forum&year=2026&region=120000").get_json()["items"]
    assert [row["held_on"] for row in rows] == ["2026-09-28", "2026-06-30"]


@pytest.mark.rule("FEE-32")
def test_an_opinion_gets_its_measure_once(desk: Bench) -> None:
    meeting = record(desk, FORUM).get_json()
    path = f"{ROOT}/meetings/{meeting['id']}/opinions"
    assert desk.client(CITY_OFFICE).post(f"{path}/3/measure", json={"measure": "无"}).status_code == 409
    done = desk.client(CITY_OFFICE).post(f"{path}/1/measure", json={"measure": "周六上午开放"}).get_json()
    assert [opinion["measure"] for opinion in done["opinions"]] == ["周六上午开放", None]
    again = desk.client(CITY_OFFICE).post(f"{path}/1/measure", json={"measure": "其他"})
    assert (again.status_code, again.get_json()["rule"]) == (409, "FEE-32")
    other = staff("service_office", DISTRICT)
    assert desk.client(other).post(f"{path}/2/measure", json={"measure": "其他"}).status_code == 403


@pytest.mark.rule("FEE-32")
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"held_on": "2026-09-29"}, 422),
        ({"satisfaction": 90}, 422),
        ({"kind": "survey"}, 422),
        ({"participants": 0}, 422),
        ({"title": "  "}, 422),
        ({"opinions": [{"text": "请回电13800001234"}]}, 422),
        ({"org": DISTRICT}, 403),
        ({"org": "TZJ000"}, 422),
    ],
)
def test_only_an_own_meeting_that_took_place_is_recorded(desk: Bench, changes: dict[str, Any], status: int) -> None:
    assert record(desk, FORUM | changes).status_code == status
    assert record(desk, FORUM, HANDLER_A).status_code == 403
    assert desk.client().get(f"{ROOT}/meetings").get_json()["items"] == []
