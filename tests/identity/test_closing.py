"""Taking the own data along and closing the account."""

import json
from datetime import date

import pytest

from chassis import clock
from chassis.clock import clock_at
from contracts.events import identity as events
from services.identity import passwords
from services.identity.models import AccessAudit, Legal, Person, Session, User
from tests.identity.conftest import API, CARD, PASSWORD, Hall, assert_problem, id_no, uscc
from tests.support import at_once, peer

ADDRESS = {"recipient": "收件人", "phone": "13800000123", "region": "120101", "detail": "样本路 1 号"}


def close(hall: Hall, client, password: str = PASSWORD):
    return hall.post("/me/closure", {"password": password}, client)


def firm_of(account: str, serial: int = 1) -> User:
    """A legal account with this representative (made directly: its registration is proven elsewhere)."""
    user = User.create(kind="legal", account=f"firm{serial}", password_hash=passwords.hashed(PASSWORD), level=2)
    Legal.create(
        id=user.id,
        enterprise_type="有限责任公司",
        name="样本企业",
        uscc=uscc(serial),
        representative=User.get(User.account == account).id,
        registered_on=date(2020, 1, 2),
        bound_at=clock.now(),
    )
    return user


@pytest.mark.rule("ID-22")
def test_an_export_holds_all_own_data_and_nobody_elses(hall: Hall, verifier):
    client = hall.verified()
    hall.register(124)
    hall.post("/me/addresses", ADDRESS, client)
    assert hall.post("/me/export", {"password": "wrong"}, client).status_code == 401
    answer = hall.post("/me/export", {"password": PASSWORD}, client)
    assert answer.headers["Cache-Control"] == "no-store" and "attachment" in answer.headers["Content-Disposition"]
    told = answer.get_json()
    assert (told["account"]["mobile"], told["person"]["id_no"]) == ("13800000123", id_no())
    assert [row["detail"] for row in told["addresses"]] == ["样本路 1 号"] and told["sessions"]
    assert (told["exported_at"], told["person"]["birth"]) == ("2026-03-02T10:00:00+08:00", "1990-03-15")
    assert [row["outcome"] for row in told["logins"]] == ["ok", "wrong"]
    assert "user.verified" in [row["action"] for row in told["reads_and_changes"]]
    text = json.dumps(told)
    assert "hash" not in text and "argon2" not in text and id_no(124) not in text and "13800000124" not in text
    assert AccessAudit.select().where(AccessAudit.action == "account.exported").count() == 1


@pytest.mark.rule("ID-22")
def test_a_closed_account_is_shut_and_its_number_and_document_are_free(hall: Hall, verifier):
    client = hall.verified()
    ref = User.get().ref
    tokens = hall.log_in("citizen123")
    hall.post("/me/addresses", ADDRESS, client)
    assert close(hall, client, "wrong").status_code == 401
    assert close(hall, client).status_code == 204
    assert hall.post("/sessions/refresh", {"refresh_token": tokens["refresh_token"]}).status_code == 401
    assert client.get(f"{API}/me").status_code == close(hall, client).status_code == 401
    login = {"kind": "person", "account": "citizen123", "password": PASSWORD}
    assert_problem(hall.post("/sessions", login), "identity.login-failed", 401)
    assert hall.bench.emitted(events.UserUpdated)[-1].data["changed"] == ["mobile", "address"]
    disclosure = {"reason": "决定书", "case_no": "X1"}
    kept = hall.post(f"/subjects/{ref}/disclosure", disclosure, hall.bench.client(peer("filing"))).get_json()
    assert kept["number"] == id_no()
    with clock_at("2026-03-02 10:02"):
        taken = hall.person_form(account="citizen123")
        assert_problem(hall.post("/registrations/person", taken), "identity.account-taken", 409)
    with clock_at("2026-03-02 10:04"):
        hall.register(account="citizen123b")
        again = hall.bench.client(hall.log_in("citizen123b")["access_token"])
        card = {"method": "unionpay", "card_no": CARD}
        assert hall.post("/me/verification", card, again).status_code == 200
    assert Person.select().where(Person.id == ref.partition(":")[2], Person.verified_hash.is_null()).exists()
    assert Session.select().where(Session.ended_by == "closed").count() == 2


@pytest.mark.rule("ID-12")
def test_a_representative_closes_the_legal_account_first_and_the_unit_may_open_another(hall: Hall):
    hall.register()
    person = hall.bench.client(hall.log_in("citizen123")["access_token"])
    unit = firm_of("citizen123")
    assert_problem(close(hall, person), "identity.represents-a-unit", 409)
    assert close(hall, hall.bench.client(hall.log_in("firm1", "legal")["access_token"])).status_code == 204
    by_code = {"kind": "legal", "account": uscc(), "password": PASSWORD}
    assert_problem(hall.post("/sessions", by_code), "identity.login-failed", 401)
    disclosure = {"reason": "决定书", "case_no": "X1"}
    told = hall.post(f"/subjects/{unit.ref}/disclosure", disclosure, hall.bench.client(peer("filing"))).get_json()
    assert (told["number_type"], told["number"]) == ("uscc", uscc())
    Legal.create(
        **{name: getattr(Legal.get(), name) for name in ("enterprise_type", "name", "representative", "registered_on")},
        uscc=uscc(),
        bound_at=clock.now(),
    )
    assert close(hall, person).status_code == 204


@pytest.mark.rule("ID-35")
def test_closing_ends_the_agencies_of_both_sides(hall: Hall):
    hall.register()
    hall.register(124, name="样本经办人")
    User.update(level=1).execute()
    unit = firm_of("citizen123")
    company = hall.bench.client(hall.log_in("firm1", "legal")["access_token"])
    agent = {"account": "citizen124", "name": "样本经办人", "valid_until": "2026-12-31"}
    assert hall.post("/me/agents", agent, company).status_code == 201
    path = f"{API}/subjects/{unit.ref}/agents/{User.get(User.account == 'citizen124').ref}"
    filing = hall.bench.client(peer("filing"))
    assert filing.get(path).get_json()["allowed"] is True
    close(hall, hall.bench.client(hall.log_in("citizen124")["access_token"]))
    assert filing.get(path).get_json()["allowed"] is False
    (seen,) = company.get(f"{API}/me/agents").get_json()["items"]
    assert seen["revoked_at"] and not seen["in_force"]


@pytest.mark.rule("ID-22")
def test_closing_at_the_same_moment_closes_once(hall: Hall):
    hall.register()
    token = hall.log_in("citizen123")["access_token"]
    answers = at_once(5, lambda n: close(Hall(hall.bench), hall.bench.client(token)).status_code)
    assert sorted(answers) == [204] + [401] * 4
    assert len(hall.bench.emitted(events.UserUpdated)) == 1
