"""Ratings: given, refused, defaulted, replied to, followed up, closed, counted."""

from typing import Any

import pytest

from chassis import history, privacy
from chassis.clock import clock_at
from contracts import rules
from contracts.events import feedback as events
from contracts.events import filing, supervision
from services.feedback.models import Rating
from services.feedback.transitions import RATING
from tests.feedback.conftest import (
    CITIZEN,
    HANDLER_A,
    HANDLER_B,
    LEADER,
    OTHER,
    ROOT,
    UNIT,
    case_no,
    complete,
    completed,
    rate,
    revoked,
)
from tests.support import Bench, legal, pages, person, staff


def own(b: Bench, number: int = 1) -> dict[str, Any]:
    return b.client(CITIZEN).get(f"{ROOT}/me/ratings/{case_no(number)}").get_json()


def reply(b: Bench, who: Any = HANDLER_A, text: str = "经核实，已整改并致歉") -> Any:
    return b.client(who).post(f"{ROOT}/cases/{case_no()}/rating/reply", json={"text": text, "kind": "correction"})


def follow_up(b: Bench, text: str = "整改后仍然没有变化", who: Any = CITIZEN) -> Any:
    return b.client(who).post(f"{ROOT}/cases/{case_no()}/rating/follow-up", json={"text": text})


# --- given ----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("FEE-01")
@pytest.mark.rule("FEE-11")
def test_a_completed_case_of_any_source_waits_for_its_rating(desk: Bench) -> None:
    event = desk.deliver(filing.CaseCompleted, "case-1", completed(1, case_source="window", decision="refused"))
    desk.redeliver(event, desk.event(filing.CaseCompleted, "case-1", completed(1)))
    complete(desk, 2, case_source="interconnected")
    rows = list(pages(desk.client(CITIZEN), f"{ROOT}/me/ratings"))
    assert {(row["case_no"], row["case_source"], row["state"], row["can_rate"]) for row in rows} == {
        (case_no(1), "window", "open", True),
        (case_no(2), "interconnected", "open", True),
    }


@pytest.mark.rule("FEE-02")
@pytest.mark.parametrize("level", [3, 4, 5])
def test_a_good_rating_needs_no_text(desk: Bench, level: int) -> None:
    complete(desk)
    answer = rate(desk, level=level, ticks=["efficiency"])
    assert (answer.status_code, answer.get_json()["state"], answer.get_json()["level"]) == (201, "rated", level)
    [event] = desk.emitted(events.RatingSubmitted)
    assert (event.level, event.rating_source, event.handling_org, event.correlation) == (level, "user", UNIT, case_no())
    assert desk.emitted(events.RatingNegative) == []


@pytest.mark.rule("FEE-02")
@pytest.mark.parametrize("level", [0, 6, 4.5, "5"])
def test_there_are_five_levels(desk: Bench, level: Any) -> None:
    complete(desk)
    assert rate(desk, level=level).status_code == 422
    assert own(desk)["state"] == "open"


@pytest.mark.rule("FEE-03")
@pytest.mark.rule("T32")
@pytest.mark.parametrize("level", [1, 2])
@pytest.mark.parametrize("text", ["", "     ", " 不 好 ! ", "\n\t　　　 ", "办得太慢"])
def test_a_negative_rating_needs_five_characters_that_are_not_blanks(desk: Bench, level: int, text: str) -> None:
    complete(desk)
    refused = rate(desk, level=level, text=text)
    assert (refused.status_code, refused.get_json()["rule"]) == (422, "FEE-03")
    assert own(desk)["state"] == "open"
    assert desk.emitted(events.RatingSubmitted) == []


@pytest.mark.rule("FEE-07")
@pytest.mark.rule("T32")
@pytest.mark.parametrize("level", [1, 2])
def test_a_negative_rating_is_due_a_reply_within_fifteen_days(desk: Bench, level: int) -> None:
    complete(desk)
    answer = rate(desk, level=level, text="办得太慢了").get_json()
    assert (answer["state"], answer["reply_due"]) == ("awaiting_reply", "2026-10-13")
    assert desk.emitted(events.RatingNegative)[0].reply_due == "2026-10-13"
    assert len(desk.emitted(events.RatingSubmitted)) == 1


@pytest.mark.rule("FEE-04")
@pytest.mark.rule("T33")
def test_a_rating_cannot_be_given_again_or_changed(desk: Bench) -> None:
    complete(desk)
    rate(desk, level=4)
    again = rate(desk, level=1, text="其实非常不满意")
    assert (again.status_code, again.get_json()["rule"]) == (409, "FEE-04")
    assert own(desk)["level"] == 4
    for method in ("put", "patch", "delete"):
        assert getattr(desk.client(CITIZEN), method)(f"{ROOT}/cases/{case_no()}/rating").status_code == 405


@pytest.mark.rule("FEE-01")
def test_only_the_applicant_rates(desk: Bench) -> None:
    complete(desk, subject_ref="legal:firm-1", subject_type="legal", applicant_ref="person:agent-1")
    assert rate(desk).status_code == 403
    assert rate(desk, who=HANDLER_A).status_code == 403
    assert desk.client().post(f"{ROOT}/cases/{case_no()}/rating", json={"level": 5}).status_code == 401
    assert desk.client(CITIZEN).get(f"{ROOT}/me/ratings").get_json()["items"] == []
    assert rate(desk, who=person("person:agent-1")).status_code == 201
    assert rate(desk, who=legal("legal:firm-1")).get_json()["rule"] == "FEE-04"


@pytest.mark.rule("FEE-01")
def test_a_case_that_is_not_completed_is_not_rated(desk: Bench) -> None:
    refused = rate(desk)
    assert (refused.status_code, refused.get_json()["rule"]) == (404, "FEE-01")


@pytest.mark.rule("FEE-10")
def test_the_indicators_belong_to_the_channel(desk: Bench) -> None:
    complete(desk)
    assert rate(desk, ticks=["attitude"]).get_json()["rule"] == "FEE-10"
    given = rate(desk, ticks=["attitude"], channel="window").get_json()
    assert (given["ticks"], given["channel"]) == (["attitude"], "window")


@pytest.mark.rule("FEE-04")
def test_one_key_rates_once_and_an_older_version_is_refused(desk: Bench) -> None:
    complete(desk)
    client, path = desk.client(CITIZEN), f"{ROOT}/cases/{case_no()}/rating"
    tag = client.get(f"{ROOT}/me/ratings/{case_no()}").headers["ETag"]
    assert client.post(path, json={"level": 5}, headers={"If-Match": '"other"'}).status_code == 412
    headers = {"Idempotency-Key": "one-wish", "If-Match": tag}
    first, second = (client.post(path, json={"level": 5}, headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.get_json() == second.get_json()
    assert len(desk.emitted(events.RatingSubmitted)) == 1


# --- defaulted ------------------------------------------------------------------------------------------------------


@pytest.mark.rule("FEE-05")
@pytest.mark.rule("AMB-09")
@pytest.mark.rule("AMB-10")
@pytest.mark.rule("T31")
def test_an_unrated_case_gets_level_three_at_the_end_of_day_seven(desk: Bench) -> None:
    complete(desk)
    assert desk.sweep("2026-10-05 23:59:59") == 0
    assert desk.sweep("2026-10-06 00:00") == 1
    row = own(desk)
    assert (row["state"], row["level"], row["source"]) == ("defaulted", 3, "system_default")
    [event] = desk.emitted(events.RatingDefaulted)
    assert (event.defaulted_at, event.rating_source) == ("2026-10-06T00:00:00+08:00", "system_default")


@pytest.mark.rule("T31")
@pytest.mark.rule("FEE-05")
@pytest.mark.parametrize(("at", "status"), [("2026-10-05 23:59:59", 201), ("2026-10-06 00:00:00", 409)])
def test_the_last_second_of_day_seven_counts_even_before_the_sweep(desk: Bench, at: str, status: int) -> None:
    complete(desk)
    with clock_at(at):
        assert rate(desk).status_code == status
    assert desk.sweep("2026-10-06 00:00:01") == (0 if status == 201 else 1)
    assert own(desk)["source"] == ("user" if status == 201 else "system_default")


@pytest.mark.rule("FEE-06")
@pytest.mark.rule("AMB-11")
def test_the_default_closes_the_rating(desk: Bench) -> None:
    complete(desk)
    desk.sweep("2026-10-06 00:00")
    with clock_at("2026-10-06 09:00"):
        refused = rate(desk, level=1, text="我后来才看到")
        assert own(desk)["can_rate"] is False
    assert (refused.status_code, refused.get_json()["rule"]) == (409, "FEE-06")
    assert desk.emitted(events.RatingSubmitted) == []


@pytest.mark.rule("FEE-06")
@pytest.mark.rule("AMB-11")
def test_a_city_may_allow_a_rating_after_the_default(desk: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    complete(desk)
    desk.sweep("2026-10-06 00:00")
    real = rules.value

    def switched(key: str) -> Any:
        constant = real(key)
        return type("On", (), {"value": True})() if key == "feedback.rating_allow_after_default" else constant

    monkeypatch.setattr(rules, "value", switched)
    with clock_at("2026-10-06 09:00"):
        assert own(desk)["can_rate"] is True
        assert rate(desk, level=2, text="我后来才看到").get_json()["state"] == "awaiting_reply"


# --- replied to -----------------------------------------------------------------------------------------------------


@pytest.mark.rule("FEE-07")
@pytest.mark.rule("FEE-08")
def test_the_department_replies_and_the_rater_sees_it(desk: Bench, negative: str) -> None:
    assert reply(desk, staff("letters_handler", OTHER)).status_code == 403
    assert reply(desk, LEADER).status_code == 403
    assert reply(desk, text="   ").status_code == 422
    with clock_at("2026-10-13 23:59:59"):
        assert reply(desk, HANDLER_B).get_json()["state"] == "replied"
    [answer] = own(desk)["replies"]
    assert (answer["text"], answer["kind"], answer["late"]) == ("经核实，已整改并致歉", "correction", False)
    assert "replied_by" not in answer
    [event] = desk.emitted(events.RatingReplied)
    assert (event.replied_by, event.late) == (HANDLER_B.ref, False)
    assert desk.sweep("2026-10-14 00:00") == 0


@pytest.mark.rule("FEE-07")
@pytest.mark.rule("FEE-09")
def test_a_missing_reply_turns_red_once_and_is_still_owed(desk: Bench, negative: str) -> None:
    assert desk.sweep("2026-10-13 23:59:59") == 0
    assert desk.sweep("2026-10-14 00:00") == 1
    rows = desk.client(HANDLER_A).get(f"{ROOT}/ratings?overdue=true").get_json()["items"]
    assert [(row["case_no"], row["state"]) for row in rows] == [(negative, "awaiting_reply")]
    assert [event.reply_due for event in desk.emitted(events.RatingReplyOverdue)] == ["2026-10-13"]
    with clock_at("2026-10-14 09:00"):
        assert reply(desk).status_code == 201
    assert desk.emitted(events.RatingReplied)[0].late is True


@pytest.mark.rule("FEE-09")
def test_the_rater_comes_back_once(desk: Bench, negative: str) -> None:
    assert follow_up(desk).status_code == 409
    reply(desk)
    assert follow_up(desk, who=person()).status_code == 403
    assert follow_up(desk, text="  不行 ").get_json()["rule"] == "FEE-03"
    with clock_at("2026-10-20 10:00"):
        back = follow_up(desk).get_json()
        assert (back["state"], back["reply_due"], back["follow_up"]) == (
            "follow_up",
            "2026-11-04",
            "整改后仍然没有变化",
        )
        assert desk.emitted(events.RatingFollowedUp)[0].reply_due == "2026-11-04"
        assert reply(desk, text="已再次约谈窗口人员").get_json()["state"] == "replied"
        again = follow_up(desk)
    assert (again.status_code, again.get_json()["rule"]) == (409, "FEE-09")
    assert [one["number"] for one in own(desk)["replies"]] == [1, 2]


@pytest.mark.rule("FEE-07")
@pytest.mark.parametrize("state", sorted(set(RATING.states) - {"awaiting_reply", "follow_up"}))
def test_only_an_unanswered_negative_rating_is_replied_to(desk: Bench, state: str) -> None:
    complete(desk)
    if state == "rated":
        rate(desk)
    elif state == "replied":
        rate(desk, level=1, text="办得太慢了")
        reply(desk)
    elif state == "defaulted":
        desk.sweep("2026-10-06 00:00")
    elif state == "closed":
        desk.deliver(filing.CaseRevoked, "case-1", revoked(), sequence=2)
    assert own(desk)["state"] == state
    refused = reply(desk)
    assert (refused.status_code, refused.get_json()["state"]) == (409, state)
    assert "reply" not in refused.get_json()["allowed"]


# --- closed ---------------------------------------------------------------------------------------------------------


@pytest.mark.rule("FEE-01")
@pytest.mark.parametrize("order", [(0, 1), (1, 0), (1, 0, 1, 0)])
def test_a_revoked_case_is_not_rated_in_whatever_order_the_news_comes(desk: Bench, order: tuple[int, ...]) -> None:
    news = [
        desk.event(filing.CaseCompleted, "case-1", completed(), sequence=1),
        desk.event(filing.CaseRevoked, "case-1", revoked(), sequence=2),
    ]
    desk.redeliver(*(news[number] for number in order))
    assert own(desk)["state"] == "closed"
    assert rate(desk).status_code == 409
    assert desk.sweep("2026-10-06 00:00") == 0
    assert desk.emitted() == []


@pytest.mark.rule("FEE-13")
def test_a_rating_outlives_the_revocation_of_the_case(desk: Bench, negative: str) -> None:
    desk.deliver(filing.CaseRevoked, "case-1", revoked(), sequence=2)
    assert own(desk)["state"] == "awaiting_reply"
    assert reply(desk).status_code == 201


# --- seen -----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("FEE-13")
def test_the_department_sees_ratings_without_the_raters(desk: Bench, negative: str) -> None:
    complete(desk, 2, handling_org=OTHER)
    [row] = pages(desk.client(HANDLER_A), f"{ROOT}/ratings")
    one = desk.client(LEADER).get(f"{ROOT}/cases/{negative}/rating")
    for seen in (row, one.get_json()):
        assert seen["text"] == "窗口多次让我补材料"
        assert CITIZEN.ref not in str(seen)
        assert not {"subject_ref", "applicant_ref", "subject_name_masked"} & seen.keys()
    assert desk.client(HANDLER_A).get(f"{ROOT}/cases/{case_no(2)}/rating").status_code == 403
    assert desk.client(staff("decider", UNIT)).get(f"{ROOT}/ratings").status_code == 403
    assert desk.client(HANDLER_A).get(f"{ROOT}/ratings?org={OTHER}").get_json()["items"] == []


@pytest.mark.rule("ID-21")
def test_what_the_rater_wrote_is_encrypted_and_stays_here(desk: Bench, negative: str) -> None:
    stored = desk.database.proxy.execute_sql("SELECT text FROM feedback_rating").fetchone()[0]
    assert privacy.decrypt(stored, "feedback_rating.text") == "窗口多次让我补材料"
    assert "窗口多次" not in stored
    assert all("窗口多次" not in str(event.data) for event in desk.emitted())


@pytest.mark.rule("FEE-05")
@pytest.mark.rule("FEE-09")
def test_the_numbers_are_public_and_defaults_are_outside_every_rate(desk: Bench) -> None:
    for number in range(1, 6):
        complete(desk, number)
    complete(desk, 6, handling_org=OTHER)
    rate(desk, 1, level=5)
    rate(desk, 2, level=3)
    rate(desk, 3, level=1, text="办得太慢了")
    desk.sweep("2026-10-06 00:00")
    found = {row["org"]: row for row in desk.client().get(f"{ROOT}/statistics/ratings").get_json()["items"]}
    assert found[UNIT] == {
        "org": UNIT,
        "levels": {"5": 1, "4": 0, "3": 1, "2": 0, "1": 1},
        "rated": 3,
        "defaulted": 2,
        "satisfied": 2,
        "satisfaction": 66.7,
    }
    assert (found[OTHER]["rated"], found[OTHER]["defaulted"], found[OTHER]["satisfaction"]) == (0, 1, None)
    query = f"{ROOT}/statistics/ratings?org={UNIT}&item_code=000149032000&since=2026-09-28&until=2026-10-05"
    [row] = desk.client().get(query).get_json()["items"]
    assert (row["rated"], row["defaulted"]) == (3, 0)


@pytest.mark.rule("FIL-33")
def test_the_whole_way_of_a_rating_is_kept(desk: Bench, negative: str) -> None:
    reply(desk)
    with desk.database.transaction():
        rating = Rating.get(Rating.case_no == negative)
        assert [record.verb for record in history.of(rating.id)] == ["open", "rate_negative", "reply"]
        assert history.verify(rating.id)


@pytest.mark.rule("SUP-31")
def test_an_order_about_a_rating_reaches_its_unit(desk: Bench, negative: str) -> None:
    rating_id = desk.client(HANDLER_A).get(f"{ROOT}/ratings").get_json()["items"][0]["id"]
    data = {
        "order_id": "order-1",
        "order_no": "督〔2026〕1号",
        "kind": "overdue",
        "target_org": UNIT,
        "rating_id": rating_id,
        "content": "请立即回复差评",
        "issued_at": "2026-10-14T09:00:00+08:00",
        "issued_by": "service:supervision",
        "due": "2026-10-16",
    }
    event = desk.deliver(supervision.OrderIssued, "order-1", data)
    desk.redeliver(event)
    about_a_case = data | {"order_id": "order-2", "rating_id": None, "case_no": negative, "case_id": "case-1"}
    desk.deliver(supervision.OrderIssued, "order-2", about_a_case)
    rows = desk.client(LEADER).get(f"{ROOT}/orders").get_json()["items"]
    assert [(row["order_no"], row["rating_id"]) for row in rows] == [("督〔2026〕1号", rating_id)]
    assert desk.client(staff("letters_handler", OTHER)).get(f"{ROOT}/orders").get_json()["items"] == []
