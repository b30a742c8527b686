"""Opening accounts of persons, and the SMS codes that prove their numbers."""

import pytest

from chassis.clock import clock_at
from contracts.commands import notifier
from contracts.events import identity as events
from services.identity.models import Person, SmsCode, User
from tests.identity.conftest import Hall, assert_problem, id_no
from tests.support import at_once

MOBILE = "13800000001"


@pytest.mark.rule("ID-02")
@pytest.mark.rule("ID-05")
def test_a_person_registers_without_verification_and_is_told_of_once(hall: Hall):
    answer = hall.post("/registrations/person", hall.person_form())
    assert answer.status_code == 201
    ref = answer.get_json()["ref"]
    assert answer.get_json()["level"] == 0
    (event,) = hall.bench.emitted(events.UserRegistered)
    assert event.data["user_ref"] == ref and event.data["account_type"] == "personal"
    assert hall.log_in("citizen123")["level"] == 0


@pytest.mark.rule("ID-02")
def test_who_does_not_agree_is_not_registered(hall: Hall):
    form = hall.person_form(agreed=False)
    assert assert_problem(hall.post("/registrations/person", form), "identity.agreement-needed", 422)["rule"] == "ID-02"
    assert User.select().count() == 0


@pytest.mark.rule("ID-03")
def test_only_the_right_code_completes_a_registration(hall: Hall):
    form = hall.person_form()
    wrong = form | {"code": f"{(int(form['code']) + 1) % 10**6:06d}"}
    assert_problem(hall.post("/registrations/person", wrong), "identity.code-wrong", 422)
    assert hall.post("/registrations/person", form).status_code == 201


@pytest.mark.rule("ID-21")
def test_numbers_are_encrypted_at_rest_and_wiped_with_the_code(hall: Hall):
    form = hall.person_form()
    hall.post("/registrations/person", form)
    dump = "\n".join(hall.bench.database.proxy.connection().iterdump())
    assert not [part for part in ("mobile", "id_no", "name", "password") if form[part] in dump]
    assert SmsCode.get().code is None and SmsCode.get().mobile is None


@pytest.mark.rule("ID-21")
def test_a_small_x_is_the_same_number(hall: Hall):
    number = next(n for n in map(id_no, range(100, 999)) if n.endswith("X"))
    hall.register(7, id_no=number.lower())
    assert Person.get().id_no == number


@pytest.mark.rule("ID-20")
def test_an_unknown_county_only_warns(hall: Hall):
    answer = hall.post("/registrations/person", hall.person_form(id_no=id_no(region="120199")))
    assert answer.get_json()["warnings"] == ["county-unknown"]


def test_account_and_number_are_taken_once(hall: Hall):
    hall.register(1)
    body = assert_problem(
        hall.post("/registrations/person", hall.person_form(2, account="Citizen1")), "identity.account-taken", 409
    )
    assert body["fields"] == {"account": ["已被使用 / taken"]}
    with clock_at("2026-03-02 10:02"):
        form = hall.person_form(2, mobile="13800000001")
        assert_problem(hall.post("/registrations/person", form), "identity.mobile-taken", 409)


def test_the_same_request_twice_registers_once(hall: Hall):
    form, headers = hall.person_form(), {"Idempotency-Key": "k1"}
    first = hall.post("/registrations/person", form, headers=headers)
    again = hall.post("/registrations/person", form, headers=headers)
    assert first.get_json() == again.get_json() and again.headers["Idempotent-Replay"] == "true"
    assert User.select().count() == 1


@pytest.mark.rule("ID-03")
def test_the_command_carries_neither_code_nor_number(hall: Hall):
    code_id = hall.ask_code(MOBILE)
    (command,) = hall.bench.emitted(notifier.SendSms)
    assert command.data["recipient"] == f"sms-code:{code_id}" and command.data["urgent"]
    assert MOBILE not in str(command.data) and "code" not in command.data["params"]


@pytest.mark.rule("ID-04")
def test_codes_come_once_a_minute_five_times_an_hour_ten_times_a_day(hall: Hall):
    ask = lambda: hall.post("/sms-codes", {"purpose": "register", "mobile": MOBILE})  # noqa: E731
    with clock_at("2026-03-02 10:00:00"):
        assert ask().status_code == 202
    with clock_at("2026-03-02 10:00:59"):
        answer = ask()
        assert assert_problem(answer, "identity.code-too-often", 429)["rule"] == "ID-04"
        assert answer.headers["Retry-After"] == "1"
    for minute in (1, 2, 3, 4):
        with clock_at(f"2026-03-02 10:0{minute}:00"):
            assert ask().status_code == 202
    with clock_at("2026-03-02 10:59:59"):
        assert ask().status_code == 429
    for minute in range(5):
        with clock_at(f"2026-03-02 12:0{minute}:00"):
            assert ask().status_code == 202
    with clock_at("2026-03-03 09:59:59"):
        assert ask().status_code == 429
    with clock_at("2026-03-03 10:00:00"):
        assert ask().status_code == 202


@pytest.mark.rule("ID-04")
def test_a_code_dies_after_five_minutes_and_is_forgotten(hall: Hall):
    form = hall.person_form()
    with clock_at("2026-03-02 10:05:00"):
        assert_problem(hall.post("/registrations/person", form), "identity.code-wrong", 422)
    hall.bench.sweep("2026-03-02 10:05:01")
    row = SmsCode.get()
    assert row.code is None and row.mobile is None


@pytest.mark.rule("ID-04")
def test_five_wrong_tries_burn_a_code(hall: Hall):
    form = hall.person_form()
    for n in range(1, 6):
        wrong = form | {"code": f"{(int(form['code']) + n) % 10**6:06d}"}
        assert_problem(hall.post("/registrations/person", wrong), "identity.code-wrong", 422)
    assert_problem(hall.post("/registrations/person", form), "identity.code-wrong", 422)


@pytest.mark.rule("ID-04")
def test_a_code_is_bound_to_its_purpose_and_the_newest_counts(hall: Hall):
    login_code = hall.code(MOBILE, "bind")
    assert_problem(
        hall.post("/registrations/person", hall.person_form(mobile=MOBILE, code=login_code)), "identity.code-wrong", 422
    )
    with clock_at("2026-03-02 10:01"):
        older = hall.code(MOBILE)
    with clock_at("2026-03-02 10:02"):
        newer = hall.code(MOBILE)
        if older != newer:
            assert_problem(
                hall.post("/registrations/person", hall.person_form(mobile=MOBILE, code=older)),
                "identity.code-wrong",
                422,
            )
        assert hall.post("/registrations/person", hall.person_form(mobile=MOBILE, code=newer)).status_code == 201


@pytest.mark.rule("ID-04")
def test_one_code_used_at_the_same_moment_registers_one_account(hall_on_both: Hall):
    hall = hall_on_both
    form = hall.person_form()
    answers = at_once(
        20,
        lambda n: Hall(hall.bench).post(
            "/registrations/person", form | {"account": f"racer{n}", "mobile": form["mobile"]}
        ).status_code,
    )  # fmt: skip
    assert sorted(answers) == [201] + [422] * 19
    assert User.select().count() == 1


@pytest.mark.rule("ID-04")
def test_codes_asked_for_at_the_same_moment_are_sent_once(hall_on_both: Hall):
    hall = hall_on_both
    ask = lambda n: Hall(hall.bench).post("/sms-codes", {"purpose": "register", "mobile": MOBILE}).status_code  # noqa: E731
    assert sorted(at_once(5, ask)) == [202, 429, 429, 429, 429]
    assert len(hall.bench.emitted(notifier.SendSms)) == 1


@pytest.mark.rule("ID-04")
def test_guesses_at_the_same_moment_count_each(hall_on_both: Hall):
    hall = hall_on_both
    form = hall.person_form()
    guess = lambda n: Hall(hall.bench).post(  # noqa: E731
        "/registrations/person", form | {"code": f"{(int(form['code']) + 1 + n) % 10**6:06d}"}
    )
    assert {answer.status_code for answer in at_once(8, guess)} == {422}
    assert_problem(hall.post("/registrations/person", form), "identity.code-wrong", 422)


def test_nothing_is_sent_to_log_in_an_unknown_number(hall: Hall):
    hall.ask_code(MOBILE, "login")
    assert hall.bench.emitted(notifier.SendSms) == []


@pytest.mark.rule("ID-23")
@pytest.mark.parametrize(
    "password",
    ["short1A", "1111111111", "1234567890", "Password123", "19900315", "aaaaaaaaaa1", "citizen123", "Zhengwu2026!"],
)
def test_weak_passwords_are_refused(hall: Hall, password: str):
    form = hall.person_form(account="citizen.123" if password == "citizen123" else "somebody", password=password)
    assert assert_problem(hall.post("/registrations/person", form), "identity.password-weak", 422)["rule"] == "ID-23"


@pytest.mark.rule("ID-23")
def test_numbers_of_the_person_are_no_password(hall: Hall):
    for password in ("13800000123", "m13800000123", "1990-03-15!", id_no(), id_no()[:14] + "!"):
        form = hall.person_form(code="000000", password=password)
        assert_problem(hall.post("/registrations/person", form), "identity.password-weak", 422)
