"""The second factor of staff."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chassis import clock
from chassis.config import BadSetting
from contracts.events import identity as events
from services.identity import options, totp
from services.identity.models import AccessAudit, LoginLog, RecoveryCode, SecondFactor, User
from tests.identity.conftest import API, PASSWORD, Hall, assert_problem
from tests.support import at_once


class App:
    """An authenticator app and the time that it and the service show."""

    def __init__(self, start: datetime):
        self.now, self.secret = start, ""

    def code(self, steps: int = 0) -> str:
        """The code of so many steps from now."""
        return totp.code(self.secret, int(self.now.timestamp()) // 30 + steps)

    def later(self, seconds: int = 30) -> str:
        """The code that is shown after so many seconds."""
        self.now += timedelta(seconds=seconds)
        return self.code()


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> App:
    """Technical time stands still, a few minutes back so that it may go on within the test."""
    shown = App(clock.wall() - timedelta(minutes=8))
    monkeypatch.setattr(clock, "wall", lambda: shown.now)
    return shown


@pytest.fixture
def mandatory(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A hall in which all staff need a second factor."""
    monkeypatch.setattr(options, "current", replace(options.current, factor_required=True))
    yield


def log_in(hall: Hall, **more):
    return hall.post("/sessions", {"kind": "staff", "account": "clerk", "password": PASSWORD} | more)


def enrol(hall: Hall, client, app: App, **more) -> list[str]:
    begun = client.post(f"{API}/me/second-factor", json={"password": PASSWORD} | more)
    assert begun.status_code == 201, begun.get_json()
    app.secret = begun.get_json()["secret"]
    answer = client.post(f"{API}/me/second-factor/confirmation", json={"code": app.code()})
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()["recovery_codes"]


@pytest.fixture
def clerk(hall: Hall):
    hall.orgs()
    return hall.staff("clerk", "window_clerk", "TZJ049-SP")


@pytest.mark.rule("ID-24")
@pytest.mark.parametrize(("timestamp", "shown"), [(59, "287082"), (1111111109, "081804"), (20000000000, "353130")])
def test_codes_are_those_of_the_standard(timestamp: int, shown: str):
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # the twenty bytes of RFC 6238, appendix B
    step = totp.step_of(secret, shown, timestamp, after=0)
    assert step == timestamp // 30
    assert totp.step_of(secret, shown, timestamp + 30, after=0) == step
    assert totp.step_of(secret, shown, timestamp + 60, after=0) is None
    assert totp.step_of(secret, shown, timestamp, after=step) is None


@pytest.mark.rule("ID-24")
def test_once_confirmed_each_login_asks_for_a_code_and_takes_it_once(hall: Hall, clerk, app: App):
    begun = clerk.post(f"{API}/me/second-factor", json={"password": PASSWORD}).get_json()
    assert begun["provisioning_uri"].startswith("otpauth://totp/") and begun["secret"] in begun["provisioning_uri"]
    assert log_in(hall).status_code == 200  # not confirmed yet
    enrol(hall, clerk, app)
    assert_problem(log_in(hall), "identity.second-factor-needed", 401)
    assert_problem(log_in(hall, second_factor=app.code()), "identity.second-factor-wrong", 401)  # used to confirm
    shown = app.later()
    assert log_in(hall, second_factor=shown).status_code == 200
    assert_problem(log_in(hall, second_factor=shown), "identity.second-factor-wrong", 401)
    assert_problem(log_in(hall, second_factor=app.code(-1)), "identity.second-factor-wrong", 401)
    assert_problem(
        log_in(hall, password="wrong", second_factor=app.later()), "identity.login-failed", 401
    )  # the code tells nothing without the password
    outcomes = [row.outcome for row in LoginLog.select().order_by(LoginLog.id)]
    assert outcomes == ["ok", "ok", "factor_needed", "wrong_factor", "ok", "wrong_factor", "wrong_factor", "wrong"]


@pytest.mark.rule("ID-24")
def test_secret_and_recovery_codes_cannot_be_read_from_the_database(hall: Hall, clerk, app: App):
    recovery = enrol(hall, clerk, app)
    (stored,) = hall.bench.database.proxy.execute_sql("SELECT secret FROM identity_second_factor").fetchone()
    assert app.secret not in stored and SecondFactor.get().secret == app.secret
    hashes = {row.code_hash for row in RecoveryCode.select()}
    assert len(hashes) == len(set(recovery)) == 10 and not hashes & {code.replace("-", "") for code in recovery}


@pytest.mark.rule("ID-24")
def test_a_recovery_code_logs_in_once(hall: Hall, clerk, app: App):
    first, second = enrol(hall, clerk, app)[:2]
    assert log_in(hall, second_factor=first).status_code == 200
    assert_problem(log_in(hall, second_factor=first), "identity.second-factor-wrong", 401)
    assert log_in(hall, second_factor=second.replace("-", "").upper()).status_code == 200
    assert clerk.get(f"{API}/me/second-factor").get_json()["recovery_codes_left"] == 8


@pytest.mark.rule("ID-17")
@pytest.mark.rule("ID-24")
def test_five_wrong_codes_close_the_door_for_the_right_one_too(hall: Hall, clerk, app: App):
    enrol(hall, clerk, app)
    right = app.later()
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    assert [log_in(hall, second_factor=wrong).status_code for _ in range(5)] == [401] * 5
    assert_problem(log_in(hall, second_factor=right), "identity.locked", 429)
    (event,) = hall.bench.emitted(events.SecurityLocked)
    assert (event.data["reason"], event.data["account_type"]) == ("failed_codes", "staff")


@pytest.mark.rule("ID-24")
def test_one_code_at_the_same_moment_opens_one_session(hall_on_both: Hall, app: App):
    hall = hall_on_both
    hall.orgs()
    enrol(hall, hall.staff("clerk", "window_clerk", "TZJ049-SP"), app)
    shown = app.later()
    answers = at_once(20, lambda n: log_in(Hall(hall.bench), second_factor=shown).status_code)
    assert answers.count(200) == 1 and set(answers) <= {200, 401, 429}  # the losers' tries close the door


@pytest.mark.rule("ID-24")
def test_one_recovery_code_at_the_same_moment_opens_one_session(hall_on_both: Hall, app: App):
    hall = hall_on_both
    hall.orgs()
    recovery = enrol(hall, hall.staff("clerk", "window_clerk", "TZJ049-SP"), app)[0]
    answers = at_once(20, lambda n: log_in(Hall(hall.bench), second_factor=recovery).status_code)
    assert answers.count(200) == 1 and set(answers) <= {200, 401, 429}
    assert RecoveryCode.select().where(RecoveryCode.used_at.is_null(False)).count() == 1


@pytest.mark.rule("ID-24")
def test_a_new_phone_needs_a_code_of_the_old_one_and_counts_once_confirmed(hall: Hall, clerk, app: App):
    enrol(hall, clerk, app)
    begin = f"{API}/me/second-factor"
    assert_problem(clerk.post(begin, json={"password": "wrong"}), "identity.login-failed", 401)
    assert_problem(clerk.post(begin, json={"password": PASSWORD}), "identity.second-factor-needed", 401)
    fresh = clerk.post(begin, json={"password": PASSWORD, "second_factor": app.later()}).get_json()["secret"]
    assert log_in(hall, second_factor=app.later()).status_code == 200  # the old phone goes on
    assert_problem(clerk.post(f"{begin}/confirmation", json={"code": app.later()}), "identity.second-factor-wrong", 422)
    old, app.secret = app.secret, fresh
    assert clerk.post(f"{begin}/confirmation", json={"code": app.later()}).status_code == 200
    assert_problem(
        clerk.post(f"{begin}/confirmation", json={"code": app.code()}), "identity.second-factor-not-begun", 409
    )
    app.later()
    step = int(app.now.timestamp()) // 30
    assert_problem(log_in(hall, second_factor=totp.code(old, step)), "identity.second-factor-wrong", 401)
    assert log_in(hall, second_factor=app.code()).status_code == 200


@pytest.mark.rule("ID-24")
def test_the_owner_removes_it_with_password_and_code(hall: Hall, clerk, app: App):
    enrol(hall, clerk, app)
    remove = f"{API}/me/second-factor/removal"
    assert_problem(clerk.post(remove, json={"password": PASSWORD}), "identity.second-factor-needed", 401)
    assert clerk.post(remove, json={"password": PASSWORD, "second_factor": app.later()}).status_code == 204
    assert log_in(hall).status_code == 200


@pytest.mark.rule("ID-24")
def test_where_it_is_mandatory_nothing_else_goes_before_it(hall: Hall, mandatory, app: App):
    hall.orgs()
    hall.staff("clerk", "window_clerk", "TZJ049-SP")
    tokens = log_in(hall).get_json()
    assert tokens["must_add_second_factor"]
    client = hall.bench.client(tokens["access_token"])
    assert_problem(client.get(f"{API}/staff"), "second-factor-missing", 403)
    begun = client.post(f"{API}/me/second-factor", json={"password": PASSWORD}).get_json()
    app.secret = begun["secret"]
    confirmed = client.post(f"{API}/me/second-factor/confirmation", json={"code": app.code()}).get_json()
    client = hall.bench.client(confirmed["access_token"])
    assert client.get(f"{API}/staff").status_code == 200
    removal = {"password": PASSWORD, "second_factor": app.later()}
    assert_problem(client.post(f"{API}/me/second-factor/removal", json=removal), "identity.second-factor-required", 409)
    hall.register()
    assert (
        "must_add_second_factor" in hall.log_in("citizen123")
        and not hall.log_in("citizen123")["must_add_second_factor"]
    )


@pytest.mark.rule("ID-24")
def test_a_lost_one_is_dropped_by_the_office_of_the_level_with_a_reason(hall: Hall, clerk, app: App):
    admin = hall.staff("admin", "system_admin", "TZJ077")
    city = hall.staff("city-office", "service_office", "TZJ077")
    district = hall.staff("district-office", "service_office", "TZJ001-ZWB")
    tokens = log_in(hall).get_json()
    enrol(hall, clerk, app)
    clerk_id = User.get(User.account == "clerk").id
    path = f"{API}/staff/{clerk_id}/second-factor"
    assert_problem(district.delete(f"{path}?reason=lost"), "identity.grant-outside-level", 403)
    assert city.delete(path).status_code == 422
    assert city.delete(f"{path}?reason=lost").status_code == 204
    assert hall.post("/sessions/refresh", {"refresh_token": tokens["refresh_token"]}).status_code == 401
    assert log_in(hall).status_code == 200
    row = AccessAudit.get(AccessAudit.action == "factor.removed")
    assert (row.subject, row.reason) == (f"staff:{clerk_id}", "lost")
    own = f"{API}/staff/{User.get(User.account == 'admin').id}/second-factor?reason=lost"
    assert admin.delete(own).status_code == 403


@pytest.mark.rule("ID-31")
def test_an_office_does_not_take_over_the_account_of_an_administrator(hall: Hall):
    hall.orgs()
    hall.staff("admin", "system_admin", "TZJ077")
    city = hall.staff("city-office", "service_office", "TZJ077")
    above = f"{API}/staff/{User.get(User.account == 'admin').id}"
    assert city.post(f"{above}/one-time-password").status_code == 403
    assert city.delete(f"{above}/second-factor?reason=lost").status_code == 403
    assert city.put(f"{above}/mobile", json={"mobile": "13900000001"}).status_code == 403


def test_the_setting_is_one_of_two_words():
    assert options.load({}).factor_required is False
    assert options.load({"YWT_STAFF_SECOND_FACTOR": "required"}).factor_required is True
    with pytest.raises(BadSetting):
        options.load({"YWT_STAFF_SECOND_FACTOR": "yes"})
