"""Recovery by security question: what it gives the owner, and what it tells everybody else."""

import pytest
from flask.testing import FlaskClient

from chassis.clock import clock_at
from contracts.events import identity as events
from services.identity import passwords, questions
from services.identity.models import SecurityQuestion, User
from tests.identity.conftest import API, PASSWORD, Hall, assert_problem, id_no
from tests.support import at_once

ANSWER = "样本 Lao Shi"
NEW = PASSWORD + "new"


def owner(hall: Hall, serial: int = 123, answer: str | None = ANSWER) -> FlaskClient:
    hall.register(serial)
    client = hall.bench.client(hall.log_in(f"citizen{serial}")["access_token"])
    if answer:
        assert choose(client, answer).status_code == 204
    return client


def choose(client: FlaskClient, answer: str, password: str = PASSWORD, question: str = "first_teacher"):
    body = {"password": password, "question": question, "answer": answer}
    return client.put(f"{API}/me/security-question", json=body)


def recover(hall: Hall, answer: str = ANSWER, account: str = "citizen123", password: str = NEW):
    body = {"kind": "person", "account": account, "answer": answer, "password": password}
    return hall.post("/password-resets/answer", body)


def ask(hall: Hall, account: str) -> dict[str, str]:
    return hall.post("/password-resets/question", {"kind": "person", "account": account}).get_json()


@pytest.mark.rule("ID-18")
def test_the_right_answer_recovers_the_account_and_ends_all_sessions(hall: Hall):
    owner(hall)
    old = hall.log_in("citizen123")
    assert ask(hall, "Citizen123")["question"] == "first_teacher"
    assert recover(hall, "样本lao　shi").status_code == 204  # blanks, case and width do not matter
    assert hall.post("/sessions/refresh", {"refresh_token": old["refresh_token"]}).status_code == 401
    assert hall.log_in("citizen123", password=NEW)
    assert [event.data["changed"] for event in hall.bench.emitted(events.UserUpdated)] == [
        ["security_question"],
        ["password"],
    ]


@pytest.mark.rule("ID-18")
def test_the_answer_is_kept_as_an_argon2id_hash_and_shown_to_nobody(hall: Hall):
    client = owner(hall)
    assert SecurityQuestion.get().answer_hash.startswith("$argon2id$")
    assert client.get(f"{API}/me/security-question").get_json() == {"question": "first_teacher"}
    listed = hall.public.get(f"{API}/security-questions").get_json()["items"]
    assert [entry["question"] for entry in listed] == list(questions.QUESTIONS)


@pytest.mark.rule("ID-18")
def test_setting_the_question_needs_the_password_and_a_good_answer(hall: Hall):
    client = owner(hall, answer=None)
    assert choose(client, ANSWER, password="wrong").status_code == 401
    for weak in ("短", "aaaa", "citizen123", "样本代表人", id_no()[-6:], "小学"):
        assert_problem(choose(client, weak), "identity.answer-weak", 422)
    assert SecurityQuestion.select().count() == 0
    assert choose(client, ANSWER).status_code == choose(client, "another one").status_code == 204
    assert_problem(recover(hall), "identity.answer-wrong", 422)
    assert recover(hall, "ANOTHER one").status_code == 204


@pytest.mark.rule("ID-18")
def test_an_account_without_question_and_no_account_look_like_one_with_a_wrong_answer(hall: Hall, monkeypatch):
    owner(hall)
    owner(hall, 124, answer=None)
    names = ("citizen123", "citizen124", "nobody")
    assert all(ask(hall, name).keys() == {"question", "zh", "en"} for name in names)
    assert all(ask(hall, name) == ask(hall, f"{name.upper()} ") for name in names)
    shown = {ask(hall, f"nobody{n}")["question"] for n in range(40)}
    assert len(shown) > 2, "one and the same question for all unknown accounts would give them away"
    compared: list[str] = []
    real = passwords._matches
    monkeypatch.setattr(passwords, "_matches", lambda stored, given: compared.append(stored) or real(stored, given))
    bodies = [assert_problem(recover(hall, "wrong", name), "identity.answer-wrong", 422) for name in names]
    assert bodies[0] == bodies[1] == bodies[2] and len(compared) == 3


@pytest.mark.rule("ID-17")
@pytest.mark.parametrize("account", ["citizen123", "nobody"])
def test_five_wrong_answers_close_the_door(hall: Hall, account: str):
    owner(hall)
    for _ in range(5):
        assert_problem(recover(hall, "wrong", account), "identity.answer-wrong", 422)
    assert_problem(recover(hall, ANSWER, account), "identity.locked", 429)
    locked = hall.bench.emitted(events.SecurityLocked)
    assert [event.data["reason"] for event in locked] == (["failed_codes"] if account == "citizen123" else [])
    with clock_at("2026-03-02 10:15"):
        assert recover(hall, ANSWER, account).status_code == (204 if account == "citizen123" else 422)


@pytest.mark.rule("ID-17")
def test_answers_guessed_at_the_same_moment_get_no_more_than_five_looks(hall_on_both: Hall, monkeypatch):
    hall = hall_on_both
    owner(hall)
    compared: list[str] = []
    real = passwords._matches
    monkeypatch.setattr(passwords, "_matches", lambda stored, given: compared.append(stored) or real(stored, given))
    answers = at_once(20, lambda n: recover(Hall(hall.bench), f"wrong{n}").status_code)
    assert len(compared) == 5 and sorted(answers) == [422] * 5 + [429] * 15


@pytest.mark.rule("ID-23")
def test_a_weak_new_password_is_refused_and_changes_nothing(hall: Hall):
    owner(hall)
    before = User.get().password_hash
    assert_problem(recover(hall, password="password123"), "identity.password-weak", 422)
    assert User.get().password_hash == before
    assert hall.post("/password-resets/answer", {"kind": "staff"}).status_code == 422
