"""Bad input and abuse: refused clearly, nothing stored half, nothing told to a guesser."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from chassis.clock import clock_at
from services.feedback.models import Answer, Letter, Rating
from tests.feedback.conftest import (
    CITIZEN,
    HANDLER_A,
    ITEM,
    LEADER,
    OTHER,
    ROOT,
    UNIT,
    act,
    case_no,
    complete,
    rate,
    send,
)
from tests.support import Bench, at_once, legal, person, staff

Reach = Callable[..., str]
SCRIPT = "<script>alert('1')</script><img src=x onerror=alert(1)>"
TABLES = (
    "feedback_letter",
    "feedback_answer",
    "feedback_rating",
    "feedback_reply",
    "chassis_history",
    "chassis_outbox",
)


def stored(b: Bench) -> dict[str, int]:
    """How many rows there are of everything that a verb writes."""
    return {t: b.database.proxy.execute_sql(f"SELECT COUNT(*) FROM {t}").fetchone()[0] for t in TABLES}


def look_up(b: Bench, number: str, password: str) -> Any:
    return b.client().post(f"{ROOT}/letters/{number}/lookup", json={"password": password})


# --- guessing -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("FEE-30")
def test_a_guesser_learns_nothing_from_the_work_that_is_done(desk: Bench, caplog: pytest.LogCaptureFixture) -> None:
    sent = send(desk, "consultation", None).get_json()
    named = send(desk).get_json()["letter_no"]
    caplog.set_level(logging.DEBUG, logger="peewee")
    answers, work = [], []
    for number in (sent["letter_no"], named, "260928AAAAAA"):
        caplog.clear()
        refused = look_up(desk, number, "000000" if sent["password"] != "000000" else "000001")
        work.append([str(record.msg[0]) for record in caplog.records if record.name == "peewee"])
        answers.append((refused.status_code, {k: v for k, v in refused.get_json().items() if k != "instance"}))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 403
    assert len(work[0]) > 2
    assert work[0] == work[1] == work[2]


@pytest.mark.rule("FEE-30")
def test_guesses_at_the_same_moment_do_not_get_past_the_lock(desk: Bench) -> None:
    sent = send(desk, "suggestion", None).get_json()
    tries = at_once(12, lambda n: look_up(desk, sent["letter_no"], f"x{n}").status_code)
    assert sorted(tries) == [403] * 5 + [429] * 7
    path = f"{ROOT}/letters/{sent['letter_no']}/satisfaction"
    judged = desk.client().post(path, json={"satisfied": True, "password": sent["password"]})
    assert judged.status_code == 429  # the lock holds on every door
    other = send(desk, "suggestion", None).get_json()
    assert look_up(desk, other["letter_no"], other["password"]).status_code == 200


@pytest.mark.rule("FEE-30")
def test_a_password_is_not_found_in_any_table(desk: Bench) -> None:
    body = {"kind": "consultation", "item_code": ITEM, "title": "咨询", "text": "需要什么材料"}
    headers = {"Idempotency-Key": "one"}
    password = desk.client().post(f"{ROOT}/letters", json=body, headers=headers).get_json()["password"]
    tables = [row[0] for row in desk.database.proxy.execute_sql("SELECT name FROM sqlite_master WHERE type = 'table'")]
    assert "chassis_idempotency" in tables
    for table in tables:
        for row in desk.database.proxy.execute_sql(f"SELECT * FROM {table}").fetchall():
            assert password not in {str(value) for value in row}
            assert f'"password": "{password}"' not in str(row)


# --- too much, and the wrong thing ----------------------------------------------------------------------------------


@pytest.mark.rule("FEE-20")
def test_a_letter_of_a_megabyte_is_refused_and_nothing_is_stored(desk: Bench) -> None:
    before = stored(desk)
    huge = send(desk, text="投诉" * 500_000)
    assert (huge.status_code, huge.get_json()["type"]) == (413, "/problems/request-entity-too-large")
    long = send(desk, text="投" * 4001)
    assert (long.status_code, list(long.get_json()["fields"]["json"])) == (422, ["text"])
    deep = desk.client(CITIZEN).post(f"{ROOT}/letters", data="[" * 100_000, content_type="application/json")
    assert deep.status_code == 400
    assert stored(desk) == before
    assert send(desk, text="投" * 4000).status_code == 201


@pytest.mark.rule("FEE-20")
@pytest.mark.parametrize("text", [SCRIPT, "'; DROP TABLE feedback_letter; --", "{{ 7*7 }}", "\u202e反转"])
def test_what_looks_like_a_program_is_kept_as_text_and_sent_as_data(desk: Bench, text: str) -> None:
    number = send(desk, title=text[:100], text=text).get_json()["letter_no"]
    answer = desk.client(HANDLER_A).get(f"{ROOT}/letters/{number}")
    assert (answer.get_json()["text"], answer.get_json()["title"]) == (text, text[:100])
    assert answer.content_type.startswith("application/json")
    assert Letter.select().count() == 1


@pytest.mark.rule("FEE-20")
@pytest.mark.parametrize("part", ["title", "text"])
@pytest.mark.parametrize("text", ["甲\x00乙", "\ud800"])
def test_what_no_database_can_hold_is_refused(desk: Bench, part: str, text: str) -> None:
    before = stored(desk)
    body = {"kind": "complaint", "item_code": ITEM, "title": "投诉", "text": "不受理", part: text}
    raw = json.dumps(body)
    refused = desk.client(CITIZEN).post(f"{ROOT}/letters", data=raw, content_type="application/json")
    assert refused.status_code == 422 and part in refused.get_json()["fields"]["json"]
    assert desk.client(HANDLER_A).get(f"{ROOT}/letters?org=%00").status_code == 422
    assert stored(desk) == before
    assert send(desk, text="\\u0000 不是控制字符 😀").status_code == 201


# --- other people's -------------------------------------------------------------------------------------------------


@pytest.mark.rule("FEE-01")
@pytest.mark.rule("FEE-13")
def test_another_persons_case_is_neither_rated_nor_seen(desk: Bench) -> None:
    complete(desk)
    before = stored(desk)
    for stranger in (person(), legal(), person(CITIZEN.ref + "0")):
        assert rate(desk, who=stranger).status_code == 403
        assert desk.client(stranger).get(f"{ROOT}/me/ratings/{case_no()}").status_code == 403
        follow = desk.client(stranger).post(f"{ROOT}/cases/{case_no()}/rating/follow-up", json={"text": "没有变化吗"})
        assert follow.status_code == 403
    for inside in (HANDLER_A, LEADER, staff("decider", UNIT), staff("auditor", UNIT)):
        assert rate(desk, who=inside).status_code == 403  # nobody rates in the applicant's place
    assert stored(desk) == before
    assert Rating.get().level is None


@pytest.mark.rule("FEE-22")
def test_another_persons_letter_is_neither_read_nor_judged(desk: Bench, letter: Reach) -> None:
    number = letter("answered")
    before = stored(desk)
    for stranger in (person(), legal()):
        assert desk.client(stranger).get(f"{ROOT}/me/letters/{number}").status_code == 403
        assert act(desk, stranger, number, "satisfaction", satisfied=True).status_code == 403
        assert desk.client(stranger).get(f"{ROOT}/me/letters").get_json()["items"] == []
    for outside in (staff("letters_handler", OTHER), staff("decider", UNIT)):
        assert desk.client(outside).get(f"{ROOT}/letters/{number}").status_code == 403
    assert stored(desk) == before


@pytest.mark.rule("FEE-23")
@pytest.mark.rule("FEE-25")
def test_a_refused_answer_leaves_the_letter_as_it_was(desk: Bench, letter: Reach) -> None:
    number = letter("handling", "suggestion")
    before = stored(desk)
    assert act(desk, HANDLER_A, number, "answer", text="感谢").status_code == 422
    assert act(desk, HANDLER_A, number, "answer", text=" ", adoption="adopted").status_code == 422
    assert act(desk, HANDLER_A, number, "answer", text="感谢", adoption="perhaps").status_code == 422
    stale = desk.client(HANDLER_A).post(
        f"{ROOT}/letters/{number}/answer",
        json={"text": "感谢", "adoption": "adopted"},
        headers={"If-Match": '"older"'},
    )
    assert stale.status_code == 412
    assert (stored(desk), Answer.select().count()) == (before, 0)
    with clock_at("2026-09-28 16:00"):
        assert act(desk, HANDLER_A, number, "answer", text="感谢", adoption="adopted").status_code == 200
