"""Letters: written, passed on, opened, extended, answered, judged, closed; who may see and do what."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from chassis import clock, history
from chassis.clock import clock_at
from contracts.events import catalog, supervision
from contracts.events import feedback as events
from services.feedback.models import Letter
from services.feedback.service import service
from services.feedback.transitions import LETTER
from tests.feedback.conftest import (
    CITIZEN,
    CITY_OFFICE,
    DISTRICT,
    HANDLER_A,
    HANDLER_B,
    ITEM,
    LEADER,
    OFFICE,
    OTHER,
    ROOT,
    UNIT,
    act,
    org,
    send,
    stock,
)
from tests.support import Bench, bench, pages, person, staff

Reach = Callable[..., str]
SPECIAL = {"reason": "须向多个单位调取材料", "interim_answer": "已受理，正在核实"}


def own(b: Bench, number: str) -> dict[str, Any]:
    return b.client(CITIZEN).get(f"{ROOT}/me/letters/{number}").get_json()


# --- written --------------------------------------------------------------------------------------------------------


@pytest.mark.rule("FEE-23")
@pytest.mark.rule("FEE-25")
@pytest.mark.rule("FEE-26")
@pytest.mark.rule("T34")
@pytest.mark.rule("T35")
@pytest.mark.rule("T36")
@pytest.mark.parametrize(
    ("kind", "at", "due"),
    [
        ("complaint", "2026-09-24 10:00", "2026-10-09"),
        ("consultation", "2026-09-30 16:00", "2026-10-08"),
        ("suggestion", "2026-03-02 09:00", "2026-04-14"),
    ],
)
def test_a_letter_has_its_limit_and_turns_red_after_it(desk: Bench, kind: str, at: str, due: str) -> None:
    with clock_at(at):
        number = send(desk, kind).get_json()["letter_no"]
    assert own(desk, number)["due"] == due
    assert [event.due for event in desk.emitted(events.LetterReceived)] == [due]
    assert desk.sweep(f"{due} 23:59:59") == 0
    assert desk.emitted(events.LetterOverdue) == []
    assert desk.sweep(clock.end_of(date.fromisoformat(due))) == 1
    assert own(desk, number)["overdue"] is True
    assert [event.letter_no for event in desk.emitted(events.LetterOverdue)] == [number]


@pytest.mark.rule("FEE-30")
def test_a_letter_number_has_twelve_characters_and_only_anonymous_letters_a_password(desk: Bench) -> None:
    named = send(desk).get_json()
    assert (len(named["letter_no"]), named["password"], named["anonymous"]) == (12, None, False)
    hidden = send(desk, "consultation", None).get_json()
    assert (len(hidden["password"]), hidden["password"].isdigit(), hidden["anonymous"]) == (6, True, True)
    stored = desk.database.proxy.execute_sql("SELECT password_hash, title FROM feedback_letter WHERE anonymous")
    assert hidden["password"] not in str(stored.fetchone())


@pytest.mark.rule("FEE-20")
@pytest.mark.rule("AMB-12")
@pytest.mark.parametrize(("who", "status"), [(None, 401), (CITIZEN, 422)])
def test_a_complaint_needs_login_and_a_name(desk: Bench, who: Any, status: int) -> None:
    refused = send(desk, "complaint", who, anonymous=True)
    assert (refused.status_code, refused.get_json()["rule"]) == (status, "FEE-20")
    assert desk.emitted() == []


@pytest.mark.rule("FEE-22")
@pytest.mark.rule("AMB-12")
@pytest.mark.parametrize("kind", ["suggestion", "consultation"])
@pytest.mark.parametrize("who", [None, CITIZEN])
def test_suggestions_and_consultations_may_be_anonymous(desk: Bench, kind: str, who: Any) -> None:
    letter = send(desk, kind, who, anonymous=True).get_json()
    [event] = desk.emitted(events.LetterReceived)
    assert event.anonymous is True
    assert event.data.get("sender_ref") is None
    assert desk.client(CITIZEN).get(f"{ROOT}/me/letters").get_json()["items"] == []
    assert desk.client(CITIZEN).get(f"{ROOT}/me/letters/{letter['letter_no']}").status_code == 403


@pytest.mark.rule("FEE-22")
def test_an_anonymous_letter_of_a_logged_in_citizen_leaves_no_name_behind(desk: Bench) -> None:
    sent = send(desk, "consultation", CITIZEN, anonymous=True).get_json()
    number, client = sent["letter_no"], desk.client(CITIZEN)
    act(desk, HANDLER_A, number, "opening")
    act(desk, HANDLER_A, number, "answer", text="请携带身份证")
    verdict = {"satisfied": True, "password": sent["password"]}
    assert client.post(f"{ROOT}/letters/{number}/satisfaction", json=verdict).status_code == 200
    records = desk.client(LEADER).get(f"{ROOT}/letters/{number}/history").get_json()["items"]
    assert [record["actor"] for record in records if record["verb"] in {"write", "accept"}] == ["anonymous"] * 2
    rows = desk.database.proxy.execute_sql("SELECT body FROM chassis_outbox").fetchall()
    assert len(rows) == 4
    assert CITIZEN.ref not in str(rows)


@pytest.mark.rule("FEE-20")
@pytest.mark.parametrize(
    "changes",
    [
        {"item_code": None, "org": UNIT},
        {"item_code": None, "staff_ref": "staff:clerk"},
        {"item_code": "no-such-item"},
        {"org": "TZJ000"},
        {"org": "TZJ999"},
        {"text": "   "},
        {"title": ""},
        {"kind": "praise"},
        {"unknown": 1},
    ],
)
def test_a_complaint_says_what_it_is_about_and_whom_it_goes_to(desk: Bench, changes: dict[str, Any]) -> None:
    assert send(desk, **changes).status_code == 422
    assert desk.emitted() == []


@pytest.mark.rule("FEE-20")
@pytest.mark.rule("FEE-21")
def test_a_letter_goes_to_the_unit_named_or_to_that_of_the_item_or_of_the_hall(desk: Bench) -> None:
    assert send(desk).get_json()["org"] == UNIT
    assert send(desk, org=OTHER).get_json()["org"] == OTHER
    assert send(desk, org="H120000", staff_ref="staff:clerk").get_json()["org"] == OFFICE
    assert send(desk, "consultation", item_code=None, org=OTHER).get_json()["item_code"] is None


@pytest.mark.rule("FEE-20")
def test_letters_are_for_citizens_and_one_key_sends_once(desk: Bench) -> None:
    assert send(desk, "consultation", HANDLER_A).status_code == 403
    body = {"kind": "complaint", "item_code": ITEM, "title": "投诉", "text": "不予受理"}
    client = desk.client(CITIZEN)
    first, second = (client.post(f"{ROOT}/letters", json=body, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert first.get_json() == second.get_json()
    assert len(desk.emitted(events.LetterReceived)) == 1


@pytest.mark.rule("FEE-21")
def test_an_older_version_of_an_item_or_unit_changes_nothing(desk: Bench) -> None:
    desk.deliver(catalog.OrgChanged, OTHER, org(OTHER, active=False), sequence=3)
    desk.deliver(catalog.OrgChanged, OTHER, org(OTHER), sequence=2)
    assert send(desk, org=OTHER).status_code == 422


# --- the way back to an anonymous letter ----------------------------------------------------------------------------


def look_up(b: Bench, number: str, password: str) -> Any:
    return b.client().post(f"{ROOT}/letters/{number}/lookup", json={"password": password})


@pytest.mark.rule("FEE-22")
@pytest.mark.rule("FEE-30")
def test_number_and_password_open_an_anonymous_letter(desk: Bench) -> None:
    sent = send(desk, "consultation", None).get_json()
    seen = look_up(desk, sent["letter_no"].lower(), sent["password"]).get_json()
    assert (seen["text"], seen["state"], "password" in seen) == ("窗口不告知需要哪些材料", "received", False)
    for number, password in ((sent["letter_no"], "wrong"), ("260928AAAAAA", sent["password"])):
        refused = look_up(desk, number, password)
        assert (refused.status_code, refused.get_json()["rule"]) == (403, "FEE-30")
    named = send(desk).get_json()["letter_no"]
    assert look_up(desk, named, "").status_code == 422
    assert look_up(desk, named, "000000").status_code == 403


@pytest.mark.rule("FEE-30")
@pytest.mark.parametrize("exists", [True, False])
def test_five_wrong_passwords_close_the_door_for_a_quarter_of_an_hour(desk: Bench, exists: bool) -> None:
    sent = send(desk, "consultation", None).get_json()
    number = sent["letter_no"] if exists else "260928AAAAAA"
    assert [look_up(desk, number, "wrong").status_code for _ in range(6)] == [403] * 5 + [429]
    locked = look_up(desk, number, sent["password"])
    assert (locked.status_code, int(locked.headers["Retry-After"]) > 890) == (429, True)
    with clock_at("2026-09-28 15:14:59"):
        assert look_up(desk, number, sent["password"]).status_code == 429
    with clock_at("2026-09-28 15:15:00"):
        assert look_up(desk, number, sent["password"]).status_code == (200 if exists else 403)


@pytest.mark.rule("FEE-30")
def test_a_right_password_starts_the_count_again(desk: Bench) -> None:
    sent = send(desk, "suggestion", None).get_json()
    for _ in range(2):
        assert [look_up(desk, sent["letter_no"], "wrong").status_code for _ in range(4)] == [403] * 4
        assert look_up(desk, sent["letter_no"], sent["password"]).status_code == 200


# --- who sees and does ----------------------------------------------------------------------------------------------


@pytest.mark.rule("FEE-27")
def test_both_posts_of_the_unit_see_and_handle_every_letter(desk: Bench, letter: Reach) -> None:
    number = letter("handling", contact="022-12345678")
    for handler in (HANDLER_A, HANDLER_B):
        assert [row["letter_no"] for row in pages(desk.client(handler), f"{ROOT}/letters")] == [number]
        seen = desk.client(handler).get(f"{ROOT}/letters/{number}").get_json()
        assert (seen["contact"], seen["sender_ref"], seen["handler"]) == ("022-12345678", CITIZEN.ref, HANDLER_A.ref)
    assert act(desk, HANDLER_B, number, "answer", text="已整改").get_json()["state"] == "answered"


@pytest.mark.rule("FEE-27")
@pytest.mark.rule("ID-35")
def test_nobody_else_sees_or_handles_a_letter(desk: Bench, letter: Reach) -> None:
    number = letter("handling")
    for stranger in (staff("letters_handler", OTHER), staff("service_office", DISTRICT), staff("unit_leader", OTHER)):
        assert desk.client(stranger).get(f"{ROOT}/letters").get_json()["items"] == []
        assert desk.client(stranger).get(f"{ROOT}/letters/{number}").status_code == 403
    assert desk.client(person()).get(f"{ROOT}/me/letters/{number}").status_code == 403
    assert desk.client(CITIZEN).get(f"{ROOT}/letters/{number}").status_code == 403
    assert act(desk, staff("letters_handler", OTHER), number, "answer", text="已整改").status_code == 403
    assert act(desk, LEADER, number, "answer", text="已整改").status_code == 403
    assert act(desk, CITY_OFFICE, number, "answer", text="已整改").status_code == 403
    assert [row["letter_no"] for row in pages(desk.client(CITY_OFFICE), f"{ROOT}/letters")] == [number]


@pytest.mark.rule("FEE-27")
def test_a_district_office_sees_the_letters_of_its_district(desk: Bench) -> None:
    number = send(desk, org=DISTRICT).get_json()["letter_no"]
    send(desk)
    rows = desk.client(staff("service_office", DISTRICT)).get(f"{ROOT}/letters").get_json()["items"]
    assert [row["letter_no"] for row in rows] == [number]
    assert len(desk.client(CITY_OFFICE).get(f"{ROOT}/letters").get_json()["items"]) == 2
    assert len(desk.client(staff("auditor", OFFICE)).get(f"{ROOT}/letters").get_json()["items"]) == 2


@pytest.mark.rule("ID-36")
@pytest.mark.parametrize("verb", ["opening", "contact", "answer", "transfer"])
def test_a_handler_does_not_touch_a_letter_about_herself(desk: Bench, letter: Reach, verb: str) -> None:
    number = letter("received", staff_ref=HANDLER_B.ref)
    body = {
        "contact": {"contacted_at": "2026-09-28T15:00:00+08:00"},
        "answer": {"text": "不属实"},
        "transfer": {"to_org": OTHER, "reason": "不属本单位"},
    }.get(verb, {})
    refused = act(desk, HANDLER_B, number, verb, **body)
    assert (refused.status_code, refused.get_json()["rule"]) == (403, "ID-36")
    assert desk.client(HANDLER_B).get(f"{ROOT}/letters").get_json()["items"] == []
    assert desk.client(HANDLER_B).get(f"{ROOT}/letters/{number}").get_json()["rule"] == "ID-36"
    assert act(desk, HANDLER_A, number, "opening").status_code == 200


@pytest.mark.rule("ID-36")
def test_a_leader_does_not_extend_a_complaint_about_herself(desk: Bench, letter: Reach) -> None:
    number = letter("handling", staff_ref=LEADER.ref)
    assert act(desk, LEADER, number, "extension", **SPECIAL).get_json()["rule"] == "ID-36"


@pytest.mark.rule("ID-38")
@pytest.mark.rule("FIL-33")
def test_every_step_and_every_reading_is_kept(desk: Bench, letter: Reach) -> None:
    number = letter("handling")
    desk.client(HANDLER_B).get(f"{ROOT}/letters/{number}")
    records = desk.client(LEADER).get(f"{ROOT}/letters/{number}/history").get_json()["items"]
    assert [(record["verb"], record["actor"]) for record in records] == [
        ("write", CITIZEN.ref),
        ("open", HANDLER_A.ref),
        ("read", HANDLER_B.ref),
        ("read", LEADER.ref),
    ]
    with desk.database.transaction():
        assert history.verify(Letter.get(Letter.letter_no == number).id)


@pytest.mark.rule("ID-21")
def test_what_the_sender_wrote_is_encrypted_and_stays_here(desk: Bench) -> None:
    send(desk, contact="022-12345678")
    row = desk.database.proxy.execute_sql("SELECT title, text, contact FROM feedback_letter").fetchone()
    assert not [part for part in ("食品", "材料", "12345678") if part in str(row)]
    assert all("材料" not in str(event.data) for event in desk.emitted())


# --- passed on ------------------------------------------------------------------------------------------------------


@pytest.mark.rule("FEE-27")
def test_a_misdirected_letter_is_passed_on_and_its_clock_goes_on(desk: Bench, letter: Reach) -> None:
    number = letter("received")
    due = own(desk, number)["due"]
    move = {"to_org": OTHER, "reason": "不属本单位职责"}
    with clock_at("2026-09-30 10:00"):
        assert act(desk, HANDLER_A, number, "transfer", **(move | {"to_org": UNIT})).status_code == 422
        assert act(desk, HANDLER_A, number, "transfer", **(move | {"to_org": "TZJ000"})).status_code == 422
        passed = act(desk, HANDLER_A, number, "transfer", **move).get_json()
    assert (passed["org"], passed["state"], passed["transfers"], passed["due"]) == (OTHER, "received", 1, due)
    [event] = desk.emitted(events.LetterTransferred)
    assert (event.from_org, event.handling_org, event.transfers, event.due) == (UNIT, OTHER, 1, due)
    assert act(desk, HANDLER_A, number, "opening").status_code == 403
    assert desk.sweep(f"{due} 23:59:59") == 0
    assert desk.sweep("2026-10-13 00:00") == 1


@pytest.mark.rule("FEE-27")
def test_from_the_second_time_the_service_office_decides(desk: Bench, letter: Reach) -> None:
    number, other = letter("received"), staff("letters_handler", OTHER)
    assert act(desk, HANDLER_A, number, "transfer", to_org=OTHER, reason="不属本单位").status_code == 200
    refused = act(desk, other, number, "transfer", to_org=UNIT, reason="也不属本单位")
    assert (refused.status_code, refused.get_json()["rule"]) == (403, "FEE-27")
    assert act(desk, staff("service_office", DISTRICT), number, "transfer", to_org=UNIT, reason="x").status_code == 403
    assert act(desk, CITY_OFFICE, number, "transfer", to_org=DISTRICT, reason="经核定").get_json()["transfers"] == 2


# --- handled --------------------------------------------------------------------------------------------------------


@pytest.mark.rule("FEE-23")
@pytest.mark.rule("FEE-24")
def test_a_complaint_is_answered_after_contact_with_its_sender(desk: Bench, letter: Reach) -> None:
    number = letter("received")
    assert act(desk, HANDLER_A, number, "opening", evidence="录像").status_code == 422  # it comes from a contact
    assert act(desk, HANDLER_A, number, "opening").get_json()["first_contact_at"] is None
    refused = act(desk, HANDLER_A, number, "answer", text="已整改")
    assert (refused.status_code, refused.get_json()["rule"]) == (409, "FEE-23")
    with clock_at("2026-09-28 16:00"):
        for wrong in ("2026-09-28T14:59:59+08:00", "2026-09-28T16:00:01+08:00"):
            assert act(desk, HANDLER_A, number, "contact", contacted_at=wrong).get_json()["rule"] == "FEE-24"
        told = {"contacted_at": "2026-09-28T15:30:00+08:00", "evidence": "已调取窗口录像"}
        noted = act(desk, HANDLER_A, number, "contact", **told)
        again = act(desk, HANDLER_A, number, "contact", contacted_at="2026-09-28T15:40:00+08:00")
        assert (noted.status_code, again.status_code) == (200, 409)
        assert act(desk, HANDLER_A, number, "answer", text="已整改").status_code == 200
    assert noted.get_json()["evidence"] == "已调取窗口录像"
    assert "录像" not in str(own(desk, number))  # evidence is the unit's; and it is encrypted
    rows = desk.database.proxy.execute_sql("SELECT evidence FROM feedback_letter").fetchall()
    assert "录像" not in str(rows)
    [event] = desk.emitted(events.LetterAnswered)
    assert (event.answered_by, event.late) == (HANDLER_A.ref, False)
    desk.sweep("2026-12-01 00:00")
    assert desk.emitted(events.LetterOverdue) == []


@pytest.mark.rule("FEE-24")
def test_only_a_complaint_has_a_first_contact(desk: Bench, letter: Reach) -> None:
    number = letter("received", "consultation")
    refused = act(desk, HANDLER_A, number, "opening", first_contact_at="2026-09-28T15:00:00+08:00")
    assert (refused.status_code, refused.get_json()["rule"]) == (422, "FEE-24")
    assert own(desk, number)["state"] == "received"


@pytest.mark.rule("FEE-25")
@pytest.mark.parametrize("kind", ["suggestion", "consultation"])
def test_a_suggestion_is_answered_with_its_adoption_and_nothing_else_is(desk: Bench, letter: Reach, kind: str) -> None:
    number = letter("handling", kind)
    wrong, right = (None, "partly_adopted") if kind == "suggestion" else ("adopted", None)
    refused = act(desk, HANDLER_A, number, "answer", text="感谢建议", adoption=wrong)
    assert (refused.status_code, refused.get_json()["rule"]) == (422, "FEE-25")
    answered = act(desk, HANDLER_A, number, "answer", text="感谢建议", adoption=right).get_json()
    assert (answered["state"], answered["answers"][0]["adoption"]) == ("answered", right)
    assert desk.emitted(events.LetterAnswered)[0].data.get("adoption") == right


@pytest.mark.rule("FEE-26")
@pytest.mark.parametrize(("at", "late"), [("2026-09-29 23:59:59", False), ("2026-09-30 00:00:00", True)])
def test_an_answer_after_the_limit_is_marked_late(desk: Bench, letter: Reach, at: str, late: bool) -> None:
    number = letter("handling", "consultation")
    with clock_at(at):
        assert act(desk, HANDLER_A, number, "answer", text="请携带身份证").get_json()["answers"][0]["late"] is late
    assert desk.emitted(events.LetterAnswered)[0].late is late


@pytest.mark.rule("FEE-24")
@pytest.mark.rule("AMB-33")
@pytest.mark.rule("T34")
@pytest.mark.parametrize(("at", "status"), [("2026-10-09 23:59:59", 200), ("2026-10-10 00:00:00", 409)])
def test_a_complaint_is_declared_special_before_its_limit_ends(
    desk: Bench, letter: Reach, at: str, status: int
) -> None:
    with clock_at("2026-09-24 10:00"):
        number = send(desk).get_json()["letter_no"]
        act(desk, HANDLER_A, number, "opening", first_contact_at="2026-09-24T10:00:00+08:00")
    with clock_at(at):
        assert act(desk, HANDLER_A, number, "extension", **SPECIAL).status_code == 403
        assert act(desk, staff("unit_leader", OTHER), number, "extension", **SPECIAL).status_code == 403
        assert act(desk, LEADER, number, "extension", reason="须调查", interim_answer=" ").status_code == 422
        answer = act(desk, LEADER, number, "extension", **SPECIAL)
    assert answer.status_code == status
    if status == 409:
        assert answer.get_json()["rule"] == "FEE-24"
        assert desk.emitted(events.LetterExtended) == []
        return
    seen = own(desk, number)
    assert (seen["due"], seen["special"], seen["interim_answer"]) == ("2026-11-12", True, "已受理，正在核实")
    [event] = desk.emitted(events.LetterExtended)
    assert (event.due, event.previous_due, event.approver_ref) == ("2026-11-12", "2026-10-09", LEADER.ref)
    assert desk.sweep("2026-11-12 23:59:59") == 0
    assert desk.sweep("2026-11-13 00:00") == 1


@pytest.mark.rule("FEE-24")
def test_only_a_complaint_is_special_and_only_once(desk: Bench, letter: Reach) -> None:
    assert act(desk, LEADER, letter("handling", "suggestion"), "extension", **SPECIAL).get_json()["rule"] == "FEE-24"
    number = letter("handling")
    assert [act(desk, LEADER, number, "extension", **SPECIAL).status_code for _ in range(2)] == [200, 409]


# --- judged ---------------------------------------------------------------------------------------------------------


@pytest.mark.rule("FEE-31")
def test_a_satisfied_sender_closes_the_letter(desk: Bench, letter: Reach) -> None:
    number = letter("answered")
    for stranger in (person(), None):
        assert act(desk, stranger, number, "satisfaction", satisfied=True).status_code == 403  # type: ignore[arg-type]
    closed = act(desk, CITIZEN, number, "satisfaction", satisfied=True).get_json()
    assert (closed["state"], closed["satisfied"]) == ("closed", True)
    assert [event.satisfied for event in desk.emitted(events.LetterClosed)] == [True]
    assert desk.sweep("2026-12-01 00:00") == 0


@pytest.mark.rule("FEE-31")
def test_an_unsatisfied_sender_opens_the_letter_again_once(desk: Bench, letter: Reach) -> None:
    number = letter("answered")
    assert act(desk, CITIZEN, number, "satisfaction", satisfied=False).get_json()["rule"] == "FEE-31"
    with clock_at("2026-09-30 10:00"):
        again = act(desk, CITIZEN, number, "satisfaction", satisfied=False, reason="没有回答问题").get_json()
        assert (again["state"], again["due"], again["reopens"]) == ("handling", "2026-10-13", 1)
        assert act(desk, LEADER, number, "extension", **SPECIAL).get_json()["rule"] == "FEE-24"
    assert desk.emitted(events.LetterReopened)[0].due == "2026-10-13"
    assert desk.sweep("2026-10-14 00:00") == 1
    with clock_at("2026-10-14 10:00"):
        assert act(desk, HANDLER_B, number, "answer", text="补充答复").get_json()["answers"][1]["late"] is True
        last = act(desk, CITIZEN, number, "satisfaction", satisfied=False, reason="仍不满意").get_json()
    assert (last["state"], last["satisfied"]) == ("closed", False)
    assert [answer["satisfied"] for answer in own(desk, number)["answers"]] == [False, False]
    assert [event.satisfied for event in desk.emitted(events.LetterClosed)] == [False]


@pytest.mark.rule("FEE-31")
@pytest.mark.rule("TIM-04")
@pytest.mark.parametrize(("at", "status"), [("2026-10-08 23:59:59", 200), ("2026-10-09 00:00:00", 409)])
def test_the_sender_has_seven_days_which_do_not_end_on_a_holiday(
    desk: Bench, letter: Reach, at: str, status: int
) -> None:
    number = letter("answered")
    assert own(desk, number)["verdict_due"] == "2026-10-08"  # 2026-10-05 is a day off
    with clock_at(at):
        assert act(desk, CITIZEN, number, "satisfaction", satisfied=True).status_code == status


@pytest.mark.rule("FEE-31")
def test_silence_closes_the_letter(desk: Bench, letter: Reach) -> None:
    number = letter("answered")
    assert desk.sweep("2026-10-08 23:59:59") == 0
    assert desk.sweep("2026-10-09 00:00") == 1
    assert (own(desk, number)["state"], own(desk, number)["satisfied"]) == ("closed", None)
    [event] = desk.emitted(events.LetterClosed)
    assert (event.closed_at, event.data.get("satisfied")) == ("2026-10-09T00:00:00+08:00", None)


@pytest.mark.rule("FEE-22")
@pytest.mark.rule("FEE-31")
def test_an_anonymous_sender_judges_with_the_password(desk: Bench) -> None:
    sent = send(desk, "consultation", None).get_json()
    number = sent["letter_no"]
    act(desk, HANDLER_A, number, "opening")
    act(desk, HANDLER_A, number, "answer", text="请携带身份证")
    client = desk.client()
    path = f"{ROOT}/letters/{number}/satisfaction"
    assert client.post(path, json={"satisfied": True}).status_code == 403
    assert client.post(path, json={"satisfied": True, "password": "wrong"}).status_code == 403
    assert client.post(path, json={"satisfied": True, "password": sent["password"]}).get_json()["state"] == "closed"


VERBS: dict[str, tuple[Any, dict[str, Any]]] = {
    "transfer": (HANDLER_A, {"to_org": OTHER, "reason": "不属本单位"}),
    "opening": (HANDLER_A, {}),
    "contact": (HANDLER_A, {"contacted_at": "2026-09-28T15:00:00+08:00"}),
    "extension": (LEADER, SPECIAL),
    "answer": (HANDLER_A, {"text": "已整改"}),
    "satisfaction": (CITIZEN, {"satisfied": True}),
}
POSSIBLE = {
    "received": {"transfer", "opening"},
    "handling": {"extension", "answer"},  # the contact was recorded with the opening
    "answered": {"satisfaction"},
    "closed": set(),
}


@pytest.mark.rule("FEE-27")
@pytest.mark.parametrize("verb", sorted(VERBS))
@pytest.mark.parametrize("state", sorted(LETTER.states))
def test_a_verb_without_a_row_is_refused_and_changes_nothing(desk: Bench, letter: Reach, state: str, verb: str) -> None:
    number = letter(state)
    before, told = own(desk, number), len(desk.emitted())
    who, body = VERBS[verb]
    answer = act(desk, who, number, verb, **body)
    assert (answer.status_code == 200) is (verb in POSSIBLE[state])
    if answer.status_code != 200:
        assert answer.status_code == 409
        assert (own(desk, number), len(desk.emitted())) == (before, told)


# --- the calendar, orders, numbers ----------------------------------------------------------------------------------


@pytest.mark.rule("TIM-07")
def test_a_new_calendar_moves_the_limits_of_open_letters(desk: Bench, letter: Reach) -> None:
    number = letter("received")
    assert own(desk, number)["due"] == "2026-10-10"  # a Saturday worked to make up for the holiday
    holidays = [{"date": f"2026-10-{day:02d}", "holiday": "国庆节"} for day in (*range(1, 9), 12)]
    data = {"year": 2026, "year_status": "official", "holidays": holidays, "workdays": [], "published_by": "staff:a"}
    desk.deliver(catalog.CalendarYearPublished, "2026", data)
    assert own(desk, number)["due"] == "2026-10-14"
    assert desk.sweep("2026-10-14 23:59:59") == 0
    assert desk.sweep("2026-10-15 00:00") == 1


@pytest.mark.rule("SUP-31")
def test_an_order_stands_beside_its_letter(desk: Bench, letter: Reach) -> None:
    number = letter("received")
    data = {
        "order_id": "order-1",
        "order_no": "督〔2026〕2号",
        "kind": "overdue",
        "target_org": UNIT,
        "letter_no": number,
        "content": "请立即答复",
        "issued_at": "2026-10-13T09:00:00+08:00",
        "issued_by": "service:supervision",
        "due": "2026-10-15",
    }
    desk.deliver(supervision.OrderIssued, "order-1", data)
    seen = desk.client(HANDLER_B).get(f"{ROOT}/letters/{number}").get_json()
    assert [order["order_no"] for order in seen["orders"]] == ["督〔2026〕2号"]
    assert "orders" not in own(desk, number)


@pytest.mark.rule("FEE-28")
def test_the_log_report_counts_by_unit_and_kind(desk: Bench, letter: Reach) -> None:
    letter("closed")
    letter("handling")
    letter("received", "consultation")
    send(desk, org=OTHER)
    desk.sweep("2026-09-30 00:00")
    rows = desk.client(LEADER).get(f"{ROOT}/statistics/letters?since=2026-09-28&until=2026-09-28").get_json()["items"]
    counts = {(row["org"], row["kind"]): row for row in rows}
    assert set(counts) == {(UNIT, "complaint"), (UNIT, "consultation")}
    complaint, consultation = counts[UNIT, "complaint"], counts[UNIT, "consultation"]
    assert (complaint["received"], complaint["open"], complaint["answered"], complaint["satisfied"]) == (2, 1, 1, 1)
    assert (consultation["received"], consultation["overdue"], consultation["answered"]) == (1, 1, 0)
    assert len(desk.client(CITY_OFFICE).get(f"{ROOT}/statistics/letters").get_json()["items"]) == 3
    assert desk.client(LEADER).get(f"{ROOT}/statistics/letters?since=2026-09-29").get_json()["items"] == []


@pytest.mark.rule("FEE-28")
def test_the_log_report_measures_how_fast_and_how_well_was_answered(desk: Bench, letter: Reach) -> None:
    letter("handling")  # contacted at once
    numbers = [send(desk).get_json()["letter_no"] for _ in range(2)]
    act(desk, LEADER, letter("handling"), "extension", **SPECIAL)
    letter("answered", "suggestion")
    act(desk, HANDLER_A, letter("received"), "transfer", to_org=OTHER, reason="不属本单位")
    with clock_at("2026-09-30 10:00"):
        late_contact = {"first_contact_at": "2026-09-29T09:00:00+08:00"}
        act(desk, HANDLER_A, numbers[0], "opening", **late_contact)
        act(desk, HANDLER_A, numbers[0], "answer", text="已整改")
    with clock_at("2026-10-12 10:00"):  # the limit was 2026-10-10; the sixth working day
        act(desk, HANDLER_A, numbers[1], "opening", **late_contact)
        act(desk, HANDLER_A, numbers[1], "answer", text="已整改")
    rows = desk.client(CITY_OFFICE).get(f"{ROOT}/statistics/letters").get_json()["items"]
    found = {(row["org"], row["kind"]): row for row in rows}
    complaint, suggestion = found[UNIT, "complaint"], found[UNIT, "suggestion"]
    assert (complaint["contacted_same_day"], complaint["extended"], complaint["transferred"]) == (2, 1, 0)
    assert (complaint["answered"], complaint["on_time"], complaint["average_wd"]) == (2, 50.0, 4.0)
    assert (suggestion["adopted"], suggestion["on_time"], suggestion["average_wd"]) == (1, 100.0, 0.0)
    assert (found[OTHER, "complaint"]["transferred"], found[OTHER, "complaint"]["on_time"]) == (1, None)


@pytest.mark.system
@pytest.mark.rule("FEE-27")
def test_a_letter_goes_its_whole_way_on_postgresql(tmp_path: Path, postgres_server: Any) -> None:
    url = postgres_server.create_database()
    with clock_at("2026-09-28 15:00"), bench(service, tmp_path, url) as b:
        number = send(stock(b)).get_json()["letter_no"]
        assert act(b, HANDLER_A, number, "transfer", to_org=OTHER, reason="不属本单位").status_code == 200
        assert act(b, CITY_OFFICE, number, "transfer", to_org=UNIT, reason="经核定").status_code == 200
        contact = "2026-09-28T15:00:00+08:00"
        assert act(b, HANDLER_A, number, "opening", first_contact_at=contact).status_code == 200
        assert act(b, LEADER, number, "extension", **SPECIAL).status_code == 200
        assert act(b, HANDLER_B, number, "answer", text="已整改").status_code == 200
        assert act(b, CITIZEN, number, "satisfaction", satisfied=False, reason="没有回答").status_code == 200
        assert act(b, HANDLER_B, number, "answer", text="补充答复").status_code == 200
        assert len(list(pages(b.client(CITY_OFFICE), f"{ROOT}/letters"))) == 1
        [row] = b.client(LEADER).get(f"{ROOT}/statistics/letters").get_json()["items"]
        assert (row["answered"], row["reopened"]) == (2, 1)
        assert b.sweep("2026-12-01 00:00") == 1
        assert own(b, number)["state"] == "closed"
        rows = b.client().get(f"{ROOT}/statistics/ratings").get_json()["items"]
        assert rows == []
