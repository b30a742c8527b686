"""Posts, grants, the seeded city, and what peers may ask."""

import json
import stat
from pathlib import Path

import jwt
import pytest

from chassis import clock, seeding
from chassis.clock import clock_at
from contracts.events import catalog
from contracts.events import identity as events
from services.identity.models import AccessAudit, Org, RoleGrant, User
from tests.identity.conftest import API, PASSWORD, Hall, assert_problem
from tests.support import at_once, pages, peer


def make_staff(hall: Hall, client, account: str, org: str, **more) -> str:
    body = {"account": account, "display_name": f"{org} 岗位", "org": org} | more
    answer = hall.post("/staff", body, client)
    assert answer.status_code == 201, answer.get_json()
    return answer.get_json()["id"]


def give(hall: Hall, client, staff_id: str, role: str, org: str, **more):
    return hall.post("/grants", {"staff": staff_id, "role": role, "org": org} | more, client)


@pytest.fixture
def offices(hall: Hall):
    hall.orgs()
    return {
        "admin": hall.staff("admin", "system_admin", "TZJ077"),
        "city": hall.staff("city-office", "service_office", "TZJ077"),
        "district": hall.staff("district-office", "service_office", "TZJ001-ZWB"),
    }


@pytest.mark.rule("ID-22")
@pytest.mark.rule("ID-23")
def test_a_new_post_gets_a_one_time_password_and_must_change_it(hall: Hall, offices):
    staff_id = make_staff(hall, offices["admin"], "clerk-1", "TZJ049-SP")
    give(hall, offices["admin"], staff_id, "window_clerk", "TZJ049-SP", items=["A1"])
    issue = f"/staff/{staff_id}/one-time-password"
    first, second = (hall.post(issue, client=offices["admin"]).get_json()["one_time_password"] for _ in range(2))
    assert first != second and len(second) == 16
    assert hall.post("/sessions", {"kind": "staff", "account": "clerk-1", "password": first}).status_code == 401
    tokens = hall.log_in("clerk-1", "staff", second)
    assert tokens["must_change_password"] and tokens["idle_seconds"] == 900
    client = hall.bench.client(tokens["access_token"])
    assert_problem(client.get(f"{API}/staff"), "password-change-needed", 403)
    fresh = client.put(f"{API}/me/password", json={"old": second, "new": PASSWORD}).get_json()
    assert fresh["must_change_password"] is False
    claims = jwt.decode(fresh["access_token"], options={"verify_signature": False})
    assert claims["grants"] == [{"role": "window_clerk", "org": "TZJ049-SP", "items": ["A1"]}]
    assert hall.bench.client(fresh["access_token"]).get(f"{API}/staff").status_code == 200


@pytest.mark.rule("ID-35")
def test_a_grant_is_reported_and_ends_on_its_last_day(hall: Hall, offices):
    staff_id = make_staff(hall, offices["city"], "clerk-1", "TZJ049-SP")
    answer = give(
        hall, offices["city"], staff_id, "reviewer", "TZJ049-SP", valid_until="2026-03-31", reported_by="TZJ049"
    )
    grant = answer.get_json()
    assert grant["grantor"].startswith("staff:") and grant["reported_by"] == "TZJ049"
    granted = hall.bench.emitted(events.StaffGranted)[-1]
    assert (granted.data["role"], granted.data["valid_until"]) == ("reviewer", "2026-03-31")
    assert assert_problem(give(hall, offices["city"], staff_id, "reviewer", "TZJ049-SP"), "identity.grant-exists", 409)
    hall.bench.sweep("2026-03-31 23:59:59")
    assert hall.bench.emitted(events.StaffRevoked) == []
    hall.bench.sweep("2026-04-01 00:00:00")
    (revoked,) = hall.bench.emitted(events.StaffRevoked)
    assert revoked.data["grant_id"] == grant["id"] and revoked.subject == granted.subject
    assert give(hall, offices["city"], staff_id, "reviewer", "TZJ049-SP").status_code == 201


@pytest.mark.rule("ID-35")
def test_a_grant_is_taken_back_once(hall: Hall, offices):
    staff_id = make_staff(hall, offices["city"], "clerk-1", "TZJ049-SP")
    grant_id = give(hall, offices["city"], staff_id, "reviewer", "TZJ049-SP").get_json()["id"]
    path = f"{API}/grants/{grant_id}?reason=transfer"
    assert offices["district"].delete(path).status_code == 403
    assert [offices["city"].delete(path).status_code for _ in range(2)] == [204, 204]
    assert len(hall.bench.emitted(events.StaffRevoked)) == 1
    assert offices["city"].delete(f"{API}/grants/{grant_id}").status_code == 422


@pytest.mark.rule("ID-31")
def test_nobody_grants_outside_the_own_level(hall: Hall, offices):
    city = make_staff(hall, offices["city"], "city-a", "TZJ049", post="A")
    district = make_staff(hall, offices["district"], "district-a", "TZJ001", post="A")
    refused = "identity.grant-outside-level"
    assert (
        assert_problem(give(hall, offices["district"], city, "letters_handler", "TZJ049"), refused, 403)["rule"]
        == "ID-31"
    )
    assert_problem(give(hall, offices["city"], district, "letters_handler", "TZJ001"), refused, 403)
    assert_problem(give(hall, offices["district"], district, "letters_handler", "TZJ002-ZWB"), refused, 403)
    assert_problem(give(hall, offices["admin"], city, "letters_handler", "TZJ049"), refused, 403)
    assert give(hall, offices["city"], city, "letters_handler", "TZJ049").status_code == 201
    assert give(hall, offices["district"], district, "letters_handler", "TZJ001").status_code == 201
    body = {"account": "x-clerk", "display_name": "岗", "org": "TZJ002-ZWB"}
    assert_problem(hall.post("/staff", body, offices["district"]), refused, 403)


@pytest.mark.rule("ID-31")
def test_givers_are_appointed_by_the_administrator_and_nobody_helps_herself(hall: Hall, offices):
    staff_id = make_staff(hall, offices["city"], "second", "TZJ077")
    assert give(hall, offices["city"], staff_id, "service_office", "TZJ077").status_code == 403
    assert give(hall, offices["admin"], staff_id, "service_office", "TZJ077").status_code == 201
    own = User.get(User.account == "city-office").id
    assert give(hall, offices["city"], own, "credit_admin", "TZJ077").status_code == 403


@pytest.mark.rule("ID-30")
@pytest.mark.rule("ID-32")
def test_a_unit_has_one_a_one_b_and_one_credit_administrator(hall: Hall, offices):
    city = offices["city"]
    a, b, second_a = (make_staff(hall, city, f"post-{n}", "TZJ049", post=p) for n, p in enumerate("ABA"))
    nobody = make_staff(hall, city, "post-9", "TZJ049")
    assert give(hall, city, a, "letters_handler", "TZJ049").status_code == 201
    assert give(hall, city, b, "letters_handler", "TZJ049").status_code == 201
    assert (
        assert_problem(give(hall, city, second_a, "letters_handler", "TZJ049"), "identity.grant-exists", 409)["rule"]
        == "ID-30"
    )
    assert_problem(give(hall, city, nobody, "letters_handler", "TZJ049"), "identity.post-needed", 422)
    assert give(hall, city, a, "credit_admin", "TZJ049").status_code == 201
    assert (
        assert_problem(give(hall, city, b, "credit_admin", "TZJ049"), "identity.grant-exists", 409)["rule"] == "ID-32"
    )


@pytest.mark.rule("ID-32")
def test_two_administrators_named_at_the_same_moment_leave_one(hall_on_both: Hall):
    hall = hall_on_both
    hall.orgs()
    city = hall.staff("city-office", "service_office", "TZJ077")
    posts = [make_staff(hall, city, f"post-{n}", "TZJ049") for n in range(4)]
    answers = at_once(4, lambda n: give(hall, city, posts[n], "credit_admin", "TZJ049").status_code)
    assert sorted(answers) == [201, 409, 409, 409]


@pytest.mark.rule("ID-36")
def test_one_person_does_not_accept_and_decide(hall: Hall, offices):
    city = offices["city"]
    staff_id = make_staff(hall, city, "both", "TZJ049-SP")
    give(hall, city, staff_id, "window_clerk", "TZJ049-SP")
    assert_problem(give(hall, city, staff_id, "decider", "TZJ049-SP"), "identity.separation", 409)
    assert give(hall, city, staff_id, "decider", "TZJ049").status_code == 201
    assert give(hall, city, staff_id, "decider", "TZJ049-SP", items=["S1"], single_reviewer=True).status_code == 201


@pytest.mark.rule("ID-37")
def test_a_leader_needs_a_number(hall: Hall, offices):
    city = offices["city"]
    staff_id = make_staff(hall, city, "leader", "TZJ049-SP")
    assert_problem(give(hall, city, staff_id, "deputy_leader", "TZJ049-SP"), "identity.leader-without-mobile", 422)
    city.put(f"{API}/staff/{staff_id}/mobile", json={"mobile": "13900000001"})
    assert give(hall, city, staff_id, "deputy_leader", "TZJ049-SP").status_code == 201


def test_the_region_of_a_unit_follows_the_catalog_in_any_order(hall: Hall):
    data = {
        "org_code": "TZJ900",
        "org_name": "样本单位",
        "org_kind": "approving",
        "region_code": "120101",
        "active": True,
    }
    newer = hall.bench.deliver(catalog.OrgChanged, "TZJ900", data | {"region_code": "120102"}, sequence=2)
    hall.bench.deliver(catalog.OrgChanged, "TZJ900", data, sequence=1)
    hall.bench.redeliver(newer)
    assert Org.get_by_id("TZJ900").region == "120102"


# --- the seeded city --------------------------------------------------------------------------------------------


@pytest.mark.rule("ID-23")
def test_seeding_gives_every_post_its_own_password_and_keeps_it(hall: Hall, tmp_path: Path):
    hall.seed()
    path = tmp_path / "accounts.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    told = json.loads(path.read_text())["accounts"]
    assert len({entry["one_time_password"] for entry in told}) == len(told) == User.select().count() > 50
    assert len(hall.bench.emitted(events.StaffGranted)) == RoleGrant.select().count()
    first = next(entry for entry in told if entry["account"] == "tzj049-sp-clerk1")
    tokens = hall.log_in(first["account"], "staff", first["one_time_password"])
    assert tokens["ref"] == seeding.staff_ref("tzj049-sp-clerk1") and tokens["must_change_password"]
    hall.seed()
    assert json.loads(path.read_text())["accounts"] == told
    assert len(hall.bench.emitted(events.StaffGranted)) == RoleGrant.select().count()
    for entry in told:
        assert entry["one_time_password"] not in User.get(User.account == entry["account"]).password_hash


def test_staff_are_listed_by_unit_and_role_without_numbers(hall: Hall, tmp_path: Path):
    hall.seed_office(tmp_path)
    client = hall.bench.client(peer("feedback"))
    leaders = client.get(f"{API}/staff?org=TZJ049-SP&role=deputy_leader").get_json()["items"]
    assert [entry["ref"] for entry in leaders] == [seeding.staff_ref("tzj049-sp-deputy")]
    everybody = list(pages(client, f"{API}/staff"))
    assert len(everybody) == User.select().count() and "199000" not in str(everybody)
    assert hall.public.get(f"{API}/staff").status_code == 401


# --- for peers --------------------------------------------------------------------------------------------------


def resolve(hall: Hall, *recipients: str, **more):
    return hall.post("/recipients/resolution", {"recipients": list(recipients)} | more, hall.notifier).get_json()


@pytest.mark.rule("ID-38")
def test_recipients_are_resolved_for_the_notifier_and_audited(hall: Hall, verifier, tmp_path: Path):
    hall.seed_office(tmp_path)
    citizen = hall.verified().get(f"{API}/me").get_json()["ref"]
    role, other = "role:deputy_leader@TZJ049-SP", "org:TZJ049-SP/deputy_leader"
    found = resolve(hall, citizen, role, other, "person:nobody", "sms-code:nobody", case_no="12011500000000000001")
    assert found[citizen] | {"members": 0} == {
        "recipient": citizen, "mobile": "13800000123", "name_masked": "样****", "params": {}, "members": 0,
    }  # fmt: skip
    assert found[role] == found[other] and found["person:nobody"] is found["sms-code:nobody"] is None
    assert found[role]["mobile"].startswith("199000000") and len(found[role]["members"]) == 1
    assert len(found["role:deputy_leader@TZJ049-SP"]["members"]) == 1
    rows = list(AccessAudit.select().where(AccessAudit.subject == citizen, AccessAudit.action == "mobile.read"))
    assert [(row.actor, row.case_no) for row in rows] == [("service:notifier", "12011500000000000001")]
    for client in (hall.public, hall.bench.client(peer("filing"))):
        answer = hall.post("/recipients/resolution", {"recipients": [citizen]}, client)
        assert answer.status_code in {401, 403}


@pytest.mark.rule("ID-38")
def test_several_reads_at_once_are_each_audited_for_their_own_reason(hall: Hall, verifier):
    citizen = hall.verified().get(f"{API}/me").get_json()["ref"]
    reads = [{"recipient": citizen, "reason": f"sms:{case}", "case_no": case} for case in ("case-1", "case-2")]
    assert resolve(hall, citizen, reads=reads)[citizen]["mobile"] == "13800000123"
    rows = AccessAudit.select().where(AccessAudit.subject == citizen, AccessAudit.action == "mobile.read")
    assert sorted((row.reason, row.case_no) for row in rows) == [("sms:case-1", "case-1"), ("sms:case-2", "case-2")]


@pytest.mark.rule("ID-38")
def test_addresses_travel_by_reference_and_are_audited(hall: Hall, verifier):
    client = hall.verified()
    body = {"recipient": "样本收件人", "phone": "13800000123", "region": "120101", "detail": "样本路 1 号"}
    first = client.post(f"{API}/me/addresses", json=body)
    assert first.status_code == 201 and first.get_json()["is_default"]
    second = client.post(f"{API}/me/addresses", json=body | {"is_default": True}).get_json()
    listed = client.get(f"{API}/me/addresses").get_json()["items"]
    assert [(entry["id"], entry["is_default"]) for entry in listed] == [
        (second["id"], True), (first.get_json()["id"], False),
    ]  # fmt: skip
    ref, path = first.get_json()["ref"], f"{API}/me/addresses/{first.get_json()['id']}"
    stale = {"If-Match": first.headers["ETag"]}
    assert client.patch(path, json={"detail": "样本路 2 号"}).get_json()["detail"] == "样本路 2 号"
    assert client.patch(path, json={"detail": "样本路 3 号"}, headers=stale).status_code == 412
    label = hall.post("/addresses/resolution", {"address_ref": ref, "case_no": "1"}, hall.notifier).get_json()
    assert label["recipient"] == "样本收件人" and label["owner"].startswith("person:")
    owner = hall.bench.client(peer("filing")).get(f"{API}/addresses/{ref}").get_json()
    assert owner == {"address_ref": ref, "owner": label["owner"], "region": "120101"}
    assert AccessAudit.select().where(AccessAudit.action == "address.read").count() == 1
    assert client.delete(path).status_code == 204
    assert len(client.get(f"{API}/me/addresses").get_json()["items"]) == 1
    assert hall.post("/addresses/resolution", {"address_ref": ref}, hall.notifier).status_code == 200
    assert hall.post("/addresses/resolution", {"address_ref": "address:no"}, hall.notifier).status_code == 404


def test_nobody_changes_an_address_of_somebody_else(hall: Hall, verifier):
    mine, other = hall.verified(1), hall.verified(2)
    body = {"recipient": "样本收件人", "phone": "13800000123", "region": "120101", "detail": "样本路 1 号"}
    entry = mine.post(f"{API}/me/addresses", json=body).get_json()
    assert other.patch(f"{API}/me/addresses/{entry['id']}", json={"detail": "x"}).status_code == 404
    assert other.delete(f"{API}/me/addresses/{entry['id']}").status_code == 404


@pytest.mark.rule("ID-21")
@pytest.mark.rule("ID-38")
def test_a_subject_is_masked_and_its_disclosure_audited(hall: Hall, verifier):
    ref = hall.verified().get(f"{API}/me").get_json()["ref"]
    filing = hall.bench.client(peer("filing"))
    found = filing.get(f"{API}/subjects/{ref}").get_json()
    assert (found["name_masked"], found["level"], found["verified"]) == ("样****", 1, True)
    assert found["id_no_masked"].startswith("1201") and found["id_no_masked"].count("*") == 10
    assert filing.get(f"{API}/subjects/person:nobody").status_code == 404
    whole = hall.post(f"/subjects/{ref}/disclosure", {"reason": "result document", "case_no": "1"}, filing).get_json()
    assert whole["name"] == "样本代表人"
    assert AccessAudit.get(AccessAudit.action == "subject.disclosed").case_no == "1"
    assert hall.post(f"/subjects/{ref}/disclosure", {"reason": "r", "case_no": "1"}, hall.notifier).status_code == 403


@pytest.mark.rule("ID-38")
def test_the_auditor_reads_the_audit_and_the_log(hall: Hall, offices):
    auditor = hall.staff("auditor", "auditor", "TZJ077")
    make_staff(hall, offices["city"], "clerk-1", "TZJ049-SP")
    actions = [entry["action"] for entry in pages(auditor, f"{API}/audit")]
    assert "staff.created" in actions and "grant.given" in actions
    assert [entry["outcome"] for entry in pages(auditor, f"{API}/login-log")] == ["ok"] * 4
    assert offices["city"].get(f"{API}/audit").status_code == 403


def test_time_moves_sessions_by_the_real_clock_only(hall: Hall):
    hall.register()
    token = hall.log_in("citizen123")["refresh_token"]
    with clock_at("2026-12-01 10:00"):
        assert clock.now().year == 2026
        assert hall.post("/sessions/refresh", {"refresh_token": token}).status_code == 200
