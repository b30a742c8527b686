"""What is made public: selected answers (FEE-29) and difficulties with their handling results (GW-12)."""

from collections.abc import Callable
from typing import Any

import pytest

from chassis import history
from chassis.clock import clock_at
from tests.feedback.conftest import (
    CITIZEN,
    CITY_OFFICE,
    DISTRICT,
    HANDLER_A,
    HANDLER_B,
    ITEM,
    LEADER,
    OTHER,
    ROOT,
    UNIT,
    act,
)
from tests.support import Bench, at_once, staff

Reach = Callable[..., str]
STRANGER = staff("letters_handler", OTHER)
ANSWER = {"title": "如何办理食品经营许可", "question": "需要哪些材料？", "answer": "请见办事指南第三部分。"}
DIFFICULTY = {"title": "窗口不告知材料", "problem": "群众反映窗口未一次性告知所需材料。"}


def public(b: Bench, path: str) -> Any:
    return b.client().get(f"{ROOT}/{path}").get_json()


# --- answers --------------------------------------------------------------------------------------------------------


@pytest.mark.rule("FEE-29")
@pytest.mark.parametrize("kind", ["consultation", "suggestion"])
def test_the_unit_publishes_an_answered_letter_in_its_own_words(desk: Bench, letter: Reach, kind: str) -> None:
    number = letter("handling", kind)
    assert act(desk, HANDLER_A, number, "public-answer", **ANSWER).status_code == 409
    number = letter("answered", kind, contact="022-12345678")
    assert act(desk, STRANGER, number, "public-answer", **ANSWER).status_code == 403
    made = act(desk, HANDLER_A, number, "public-answer", **ANSWER)
    assert made.status_code == 201
    assert act(desk, HANDLER_B, number, "public-answer", **ANSWER).get_json()["rule"] == "FEE-29"
    [row] = public(desk, f"public-answers?item_code={ITEM}&kind={kind}")["items"]
    assert {name: row[name] for name in ANSWER} == ANSWER
    assert not [part for part in (number, CITIZEN.ref, "12345678", "窗口不告知") if part in str(row)]
    assert public(desk, f"public-answers/{row['id']}") == row
    assert public(desk, f"public-answers?org={OTHER}")["items"] == []


@pytest.mark.rule("FEE-29")
def test_the_answer_to_a_complaint_is_not_published(desk: Bench, letter: Reach) -> None:
    refused = act(desk, HANDLER_A, letter("answered"), "public-answer", **ANSWER)
    assert (refused.status_code, refused.get_json()["rule"]) == (409, "FEE-29")


@pytest.mark.rule("FEE-29")
@pytest.mark.rule("ID-21")
@pytest.mark.parametrize("text", ["请电13800001234", "身份证120101199001011234", "回电 022 1234 5678"])
def test_personal_data_are_not_published(desk: Bench, letter: Reach, text: str) -> None:
    number = letter("answered", "consultation", contact="022-12345678")
    refused = act(desk, HANDLER_A, number, "public-answer", **(ANSWER | {"answer": text}))
    assert (refused.status_code, refused.get_json()["rule"]) == (422, "ID-21")
    assert list(refused.get_json()["fields"]) == ["answer"]
    assert public(desk, "public-answers")["items"] == []


@pytest.mark.rule("FEE-29")
def test_a_published_answer_is_taken_back_with_a_reason(desk: Bench, letter: Reach) -> None:
    number = letter("answered", "consultation")
    made = act(desk, HANDLER_A, number, "public-answer", **ANSWER)
    path = f"{ROOT}/public-answers/{made.get_json()['id']}"
    reason = {"reason": "政策已调整"}
    assert desk.client(staff("unit_leader", OTHER)).post(f"{path}/withdrawal", json=reason).status_code == 403
    stale = desk.client(LEADER).post(f"{path}/withdrawal", json=reason, headers={"If-Match": '"older"'})
    assert stale.status_code == 412
    assert desk.client(LEADER).post(f"{path}/withdrawal", json=reason).status_code == 200
    assert desk.client().get(path).status_code == 404
    assert public(desk, "public-answers")["items"] == []
    verbs = desk.client(LEADER).get(f"{ROOT}/letters/{number}/history").get_json()["items"]
    assert [record["opinion"] for record in verbs if record["verb"] == "withdraw_answer"] == ["政策已调整"]


# --- difficulties ---------------------------------------------------------------------------------------------------


def on(b: Bench, who: Any, entry: str, verb: str, **body: Any) -> Any:
    return b.client(who).post(f"{ROOT}/exposures/{entry}/{verb}", json=body)


@pytest.mark.rule("GW-12")
@pytest.mark.rule("FEE-29")
def test_a_difficulty_is_public_until_its_result_is_confirmed_and_then_with_it(desk: Bench, letter: Reach) -> None:
    number = letter("handling")
    assert act(desk, HANDLER_A, number, "exposure", **DIFFICULTY).status_code == 403
    assert act(desk, staff("service_office", DISTRICT), number, "exposure", **DIFFICULTY).status_code == 403
    entry = act(desk, CITY_OFFICE, number, "exposure", **DIFFICULTY).get_json()["id"]
    assert act(desk, CITY_OFFICE, number, "exposure", **DIFFICULTY).status_code == 409
    [row] = public(desk, "exposures")["items"]
    assert (row["org"], row["state"], row["due"], row["result"]) == (UNIT, "rectifying", "2026-10-10", None)
    assert not [part for part in (number, CITIZEN.ref) if part in str(row)]

    assert on(desk, STRANGER, entry, "result", result="已整改").status_code == 403
    assert on(desk, CITY_OFFICE, entry, "confirmation").status_code == 409
    assert on(desk, HANDLER_A, entry, "result", result="已口头提醒").status_code == 200
    assert public(desk, f"exposures/{entry}")["result"] is None  # not before it is confirmed
    with clock_at("2026-10-10 10:00"):
        back = on(desk, CITY_OFFICE, entry, "return", remark="请说明长效措施").get_json()
    assert (back["state"], back["returns"], back["due"]) == ("rectifying", 1, "2026-10-16")
    seen = desk.client(HANDLER_B).get(f"{ROOT}/letters/{number}/exposure").get_json()
    assert seen["remark"] == "请说明长效措施"

    with clock_at("2026-10-16 23:59:59"):
        assert public(desk, f"exposures/{entry}")["overdue"] is False
    with clock_at("2026-10-17 00:00:00"):
        assert public(desk, f"exposures/{entry}")["overdue"] is True
        on(desk, HANDLER_A, entry, "result", result="已建立一次性告知清单")
        assert on(desk, HANDLER_A, entry, "confirmation").status_code == 403
        assert on(desk, CITY_OFFICE, entry, "confirmation").status_code == 200
    [row] = public(desk, "exposures?state=corrected")["items"]
    assert (row["result"], row["overdue"]) == ("已建立一次性告知清单", True)
    with desk.database.transaction():
        verbs = [record.verb for record in history.of(entry)]
        assert verbs == ["expose", "report", "send_back", "report", "confirm"]
        assert history.verify(entry)


@pytest.mark.rule("GW-12")
@pytest.mark.rule("ID-21")
def test_neither_difficulty_nor_result_holds_personal_data(desk: Bench, letter: Reach) -> None:
    number = letter("handling")
    wrong = DIFFICULTY | {"problem": "请联系13800001234"}
    assert act(desk, CITY_OFFICE, number, "exposure", **wrong).get_json()["rule"] == "ID-21"
    entry = act(desk, CITY_OFFICE, number, "exposure", **DIFFICULTY).get_json()["id"]
    on(desk, HANDLER_A, entry, "result", result="已向13800001234致歉")
    refused = on(desk, CITY_OFFICE, entry, "confirmation")
    assert (refused.status_code, refused.get_json()["fields"]) == (422, {"result": ["含有个人信息 / personal data"]})
    assert public(desk, f"exposures/{entry}")["state"] == "reported"


@pytest.mark.rule("GW-12")
def test_a_consultation_is_no_difficulty_and_two_offices_at_once_make_one_entry(desk: Bench, letter: Reach) -> None:
    refused = act(desk, CITY_OFFICE, letter("received", "consultation"), "exposure", **DIFFICULTY)
    assert (refused.status_code, refused.get_json()["rule"]) == (409, "GW-12")
    number = letter("received", "suggestion")
    answers = at_once(6, lambda _: act(desk, CITY_OFFICE, number, "exposure", **DIFFICULTY).status_code)
    assert sorted(answers) == [201] + [409] * 5
    assert len(public(desk, "exposures")["items"]) == 1
