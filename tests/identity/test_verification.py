"""Real-name verification, and legal persons with their representatives."""

import pytest

from chassis.clock import clock_at
from contracts.events import identity as events
from services.identity.models import AttemptGuard, Legal, Person, User
from tests.identity.conftest import API, CARD, PASSWORD, SOMEBODY_ELSES_CARD, Hall, assert_problem, id_no, uscc
from tests.support import at_once

NAME = "样本代表人"


def verify(hall: Hall, client, card: str = CARD):
    return hall.post("/me/verification", {"method": "unionpay", "card_no": card}, client)


def citizen(hall: Hall, serial: int = 123, **changes):
    hall.register(serial, **changes)
    return hall.bench.client(hall.log_in(f"citizen{serial}")["access_token"])


@pytest.mark.rule("ID-08")
@pytest.mark.rule("ID-19")
def test_three_elements_that_match_verify_the_account(hall: Hall, verifier):
    client = citizen(hall)
    answer = verify(hall, client)
    assert answer.get_json()["level"] == 1
    me = hall.bench.client(answer.get_json()["access_token"]).get(f"{API}/me").get_json()
    assert me["level"] == 1 and me["verify_method"] == "unionpay" and me["verified_at"].startswith("2026-03-02")
    (event,) = hall.bench.emitted(events.UserVerified)
    assert event.data["level"] == 1
    assert verify(hall, client).get_json()["level"] == 1
    assert len(hall.bench.emitted(events.UserVerified)) == 1
    noted = str(verifier.rows("SELECT * FROM asked"))
    assert noted and CARD not in noted and id_no() not in noted and NAME not in noted


@pytest.mark.rule("ID-07")
def test_registration_and_profile_lead_to_verification_until_it_is_done(hall: Hall, verifier):
    registered = hall.post("/registrations/person", hall.person_form()).get_json()
    client = hall.bench.client(hall.log_in("citizen123")["access_token"])
    me = client.get(f"{API}/me").get_json()
    assert me["level"] == 0 and me["verification"]["zh"] == "高级认证"
    assert registered["verification"] == me["verification"]
    ways = {way["method"]: way["path"] for way in me["verification"]["ways"]}
    begun = client.post(ways["alipay"], json={"method": "alipay", "return_path": "/items/000149032000"})
    assert begun.status_code == 201, begun.get_json()
    answer = client.post(ways["unionpay"], json={"method": "unionpay", "card_no": CARD}).get_json()
    verified = hall.bench.client(answer["access_token"]).get(f"{API}/me").get_json()
    assert (verified["level"], verified["verification"]) == (1, None)


@pytest.mark.rule("ID-08")
def test_somebody_elses_card_does_not(hall: Hall, verifier):
    client = citizen(hall)
    assert (
        assert_problem(verify(hall, client, SOMEBODY_ELSES_CARD), "identity.verification-failed", 422)["rule"]
        == "ID-08"
    )
    assert_problem(verify(hall, client, CARD[:-1] + str((int(CARD[-1]) + 1) % 10)), "identity.verification-failed", 422)
    assert hall.bench.emitted(events.UserVerified) == []


@pytest.mark.rule("ID-08")
def test_five_wrong_cards_close_the_door_and_a_provider_fault_costs_nothing(hall: Hall, verifier):
    client = citizen(hall)
    verifier.answer("PUT", "/faults", {}, {"fail_next": 1})
    assert_problem(verify(hall, client), "identity.verifier-unavailable", 503)
    assert max(row.failures for row in AttemptGuard.select()) == 0
    for _ in range(5):
        assert_problem(verify(hall, client, SOMEBODY_ELSES_CARD), "identity.verification-failed", 422)
    assert_problem(verify(hall, client), "identity.locked", 429)
    with clock_at("2026-03-02 10:15"):
        assert verify(hall, client).status_code == 200


@pytest.mark.rule("ID-09")
def test_one_document_number_verifies_one_account(hall: Hall, verifier):
    hall.verified(1)
    second = citizen(hall, 2, id_no=id_no(1))
    body = assert_problem(verify(hall, second), "identity.id-number-verified-elsewhere", 409)
    assert body["rule"] == "ID-09" and "找回" in body["next"]


@pytest.mark.rule("ID-09")
def test_two_accounts_verified_at_the_same_moment_leave_one(hall_on_both: Hall, verifier):
    hall = hall_on_both
    clients = [citizen(hall, 1), citizen(hall, 2, id_no=id_no(1))]
    answers = at_once(2, lambda n: verify(hall, clients[n]).status_code)
    assert sorted(answers) == [200, 409]
    assert Person.select().where(Person.verified_hash.is_null(False)).count() == 1
    assert len(hall.bench.emitted(events.UserVerified)) == 1


@pytest.mark.rule("ID-22")
def test_name_and_document_can_be_corrected_until_verified(hall: Hall, verifier):
    client = citizen(hall)
    answer = client.patch(f"{API}/me", json={"name": "样本更正人", "id_no": id_no(777)})
    assert answer.get_json()["name"] == "样本更正人"
    verify(hall, client)
    assert_problem(client.patch(f"{API}/me", json={"name": NAME}), "identity.verified-data-fixed", 409)


# --- legal persons ----------------------------------------------------------------------------------------------


def unit(hall: Hall, verifier, number: str | None = None, registered_on: str = "2026-02-27") -> dict[str, str]:
    """Enter a unit in the legal-person base."""
    record = {"name": "样本贸易(天津)有限公司", "representative_name": NAME, "registered_on": registered_on}
    assert verifier.answer("PUT", f"/legal/{number or uscc()}", {}, record)[0] == 200
    return record


def legal_form(hall: Hall, **changes):
    form = {
        "account": "company1",
        "password": PASSWORD,
        "enterprise_type": "有限责任公司",
        "name": "样本贸易(天津)有限公司",
        "uscc": uscc(),
        "registered_on": "2026-02-27",
        "representative": {"account": "citizen123", "password": PASSWORD},
        "mobile": "13700000001",
        "agreed": True,
    } | changes
    return form | {"code": hall.code(str(form["mobile"]))}


@pytest.mark.rule("ID-12")
@pytest.mark.rule("ID-13")
@pytest.mark.rule("ID-14")
def test_a_legal_person_is_bound_to_its_verified_representative(hall: Hall, verifier):
    hall.verified()
    unit(hall, verifier)
    answer = hall.post("/registrations/legal", legal_form(hall))
    assert answer.status_code == 201, answer.get_json()
    assert answer.get_json()["level"] == 2
    (event,) = hall.bench.emitted(events.LegalBound)
    assert event.data["legal_ref"] == answer.get_json()["ref"] and uscc() not in str(event.data)
    assert event.data["representative_ref"] == f"person:{Legal.get().representative}"


@pytest.mark.rule("ID-16")
@pytest.mark.rule("ID-01")
def test_a_legal_person_logs_in_by_account_or_uscc_on_its_own_page(hall: Hall, verifier):
    hall.verified()
    unit(hall, verifier)
    hall.post("/registrations/legal", legal_form(hall))
    by_account, by_code = hall.log_in("company1", "legal"), hall.log_in(uscc().lower(), "legal")
    assert by_account["ref"] == by_code["ref"] and by_code["level"] == 2
    for account, kind in ((uscc(), "person"), ("company1", "person"), ("citizen123", "legal")):
        assert hall.post("/sessions", {"kind": kind, "account": account, "password": PASSWORD}).status_code == 401


@pytest.mark.rule("ID-12")
def test_an_unverified_representative_cannot_bind(hall: Hall, verifier):
    hall.register()
    unit(hall, verifier)
    assert_problem(hall.post("/registrations/legal", legal_form(hall)), "identity.representative-unverified", 409)


@pytest.mark.rule("ID-14")
def test_the_representatives_password_is_needed(hall: Hall, verifier):
    hall.verified()
    unit(hall, verifier)
    form = legal_form(hall, representative={"account": "citizen123", "password": "wrong"})
    body = assert_problem(hall.post("/registrations/legal", form), "identity.login-failed", 422)
    assert body["fields"] == {"representative": {part: ["不正确 / wrong"] for part in ("account", "password")}}


NEWCOMER = {"account": "Boss12345", "password": "boss-Secret-77", "name": NAME, "id_no": id_no(), "card_no": CARD}


@pytest.mark.rule("ID-12", "ID-13", "ID-14")
def test_a_representative_without_an_account_is_verified_on_the_way(hall: Hall, verifier):
    unit(hall, verifier)
    wrong = hall.post(
        "/registrations/legal", legal_form(hall, representative=NEWCOMER | {"card_no": SOMEBODY_ELSES_CARD})
    )
    body = assert_problem(wrong, "identity.verification-failed", 422)
    assert body["fields"] == {"representative": {"card_no": ["不一致 / mismatch"]}}
    assert User.select().count() == 0
    answer = hall.post("/registrations/legal", legal_form(hall, representative=NEWCOMER, mobile="13700000002"))
    assert answer.status_code == 201, answer.get_json()
    own = hall.log_in("boss12345", password=NEWCOMER["password"])
    (bound,) = hall.bench.emitted(events.LegalBound)
    assert (own["level"], bound.data["representative_ref"]) == (1, own["ref"])
    assert {event.data["user_ref"] for event in hall.bench.emitted(events.UserVerified)} == {
        own["ref"],
        answer.get_json()["ref"],
    }


@pytest.mark.rule("ID-09", "ID-14")
def test_a_representative_who_has_an_account_binds_with_that_one(hall: Hall, verifier):
    hall.verified()
    unit(hall, verifier)
    refused = hall.post("/registrations/legal", legal_form(hall, representative=NEWCOMER))
    body = assert_problem(refused, "identity.representative-has-account", 409)
    assert body["rule"] == "ID-14" and "representative" in body["fields"]
    guessed = NEWCOMER | {"card_no": SOMEBODY_ELSES_CARD}  # without the proof nobody learns that there is an account
    refused = hall.post("/registrations/legal", legal_form(hall, representative=guessed, mobile="13700000002"))
    assert_problem(refused, "identity.verification-failed", 422)
    assert Legal.select().count() == 0 and User.select().count() == 1


@pytest.mark.rule("ID-12", "ID-14")
def test_an_account_that_is_not_verified_yet_is_verified_on_the_way(hall: Hall, verifier):
    hall.register()
    unit(hall, verifier)
    who = {"account": "citizen123", "password": PASSWORD, "card_no": CARD}
    assert hall.post("/registrations/legal", legal_form(hall, representative=who)).status_code == 201
    assert hall.log_in("citizen123")["level"] == 1


@pytest.mark.rule("ID-14")
@pytest.mark.parametrize(
    ("changes", "status", "fields"),
    [
        ({"card_no": None}, 422, {"representative": {"card_no"}}),
        ({"account": "company1"}, 409, {"representative": {"account"}}),  # as the unit's own
        ({"id_no": "110101199003070001"}, 422, {"representative": {"id_no"}}),
        ({"password": "12345678"}, 422, {"representative": {"password"}}),
    ],
)
def test_what_is_wrong_with_the_representative_is_said_there_and_opens_nothing(
    hall: Hall, verifier, changes, status, fields
):
    unit(hall, verifier)
    who = {name: value for name, value in (NEWCOMER | changes).items() if value is not None}
    answer = hall.post("/registrations/legal", legal_form(hall, representative=who))
    said = answer.get_json()["fields"]
    said = said.get("json", said)
    assert (answer.status_code, {name: set(part) for name, part in said.items()}) == (status, fields)
    assert User.select().count() == 0


@pytest.mark.rule("ID-11")
@pytest.mark.rule("T1", "AMB-24")
def test_a_legal_person_registers_from_the_first_working_day_after(hall: Hall, verifier):
    hall.verified()
    unit(hall, verifier, registered_on="2026-09-30")
    with clock_at("2026-10-07 23:59:59"):
        form = legal_form(hall, registered_on="2026-09-30")
        body = assert_problem(hall.post("/registrations/legal", form), "identity.legal-too-early", 409)
        assert body["earliest"] == "2026-10-08" and body["rule"] == "ID-11"
    with clock_at("2026-10-08 00:00"):
        # a claimed earlier date does not help: the base knows
        early = legal_form(hall, registered_on="2026-09-01", mobile="13700000002")
        assert_problem(hall.post("/registrations/legal", early), "identity.legal-mismatch", 422)
        form = legal_form(hall, registered_on="2026-09-30", mobile="13700000003")
        assert hall.post("/registrations/legal", form).status_code == 201


@pytest.mark.rule("ID-15")
@pytest.mark.parametrize(
    ("field", "record"),
    [("name", {"name": "别的公司"}), ("representative", {"representative_name": "另一人"}),
     ("registered_on", {"registered_on": "2026-02-26"})],
)  # fmt: skip
def test_what_differs_from_the_base_is_named_without_its_value(hall: Hall, verifier, field, record):
    hall.verified()
    verifier.answer("PUT", f"/legal/{uscc()}", {}, unit(hall, verifier) | record)
    body = assert_problem(hall.post("/registrations/legal", legal_form(hall)), "identity.legal-mismatch", 422)
    assert body["fields"] == {field: ["不一致 / mismatch"]}
    assert next(iter(record.values())) not in str(body)


@pytest.mark.rule("ID-20")
def test_a_wrong_uscc_is_refused_and_a_legacy_number_accepted(hall: Hall, verifier):
    hall.verified()
    wrong = uscc()[:-1] + ("0" if uscc()[-1] != "0" else "1")
    assert_problem(hall.post("/registrations/legal", legal_form(hall, uscc=wrong)), "identity.uscc-invalid", 422)
    unit(hall, verifier, "120000000000001")
    form = legal_form(hall, mobile="13700000004") | {"reg_no": "120000000000001"}
    form.pop("uscc")
    assert hall.post("/registrations/legal", form).status_code == 201


def test_one_unit_opens_one_account(hall_on_both: Hall, verifier):
    hall = hall_on_both
    hall.verified()
    unit(hall, verifier)
    forms = [legal_form(hall, account=f"company{n}", mobile=f"1370000000{n}") for n in range(3)]
    answers = at_once(3, lambda n: Hall(hall.bench).post("/registrations/legal", forms[n]).status_code)
    assert sorted(answers) == [201, 409, 409]
