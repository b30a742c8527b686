"""What an auditor can look into: who, whose, when, why; and who holds two ends of one thing."""

import pytest

from chassis.clock import clock_at
from services.identity.models import AccessAudit, RoleGrant, User
from tests.identity.conftest import API, PASSWORD, Hall, assert_problem
from tests.identity.test_organisation import give, make_staff
from tests.identity.test_posts import listed
from tests.support import peer


@pytest.fixture
def auditor(hall: Hall):
    hall.orgs()
    return hall.staff("auditor", "auditor", "TZJ077")


@pytest.mark.rule("ID-38")
def test_the_audit_is_searched_by_who_whose_when_and_why(hall: Hall, auditor):
    filing = hall.bench.client(peer("filing"))
    refs = [hall.register(serial) for serial in (1, 2)]
    for day, ref, case_no in (("2026-03-02", refs[0], "1"), ("2026-03-03", refs[1], "1"), ("2026-03-04", refs[0], "2")):
        with clock_at(f"{day} 23:59"):
            body = {"reason": "result document", "case_no": case_no}
            assert hall.post(f"/subjects/{ref}/disclosure", body, filing).status_code == 200

    def found(**query) -> list[tuple[str, str]]:
        rows = listed(auditor, "audit", action="subject.disclosed", limit=1, **query)
        return [(row["subject"], row["at"][:10]) for row in rows]

    first, second, third = (refs[0], "2026-03-02"), (refs[1], "2026-03-03"), (refs[0], "2026-03-04")
    assert found() == [third, second, first]
    assert found(case_no="1") == [second, first]
    assert found(subject=refs[0]) == [third, first]
    assert found(since="2026-03-03") == [third, second]
    assert found(until="2026-03-03") == [second, first]
    assert found(since="2026-03-03", until="2026-03-03") == [second]
    assert found(actor="service:filing", case_no="2") == [third]
    assert found(actor="service:notifier") == []
    answer = auditor.get(f"{API}/audit?since=2026-03-04&until=2026-03-03")
    assert "until" in assert_problem(answer, "invalid-input", 422)["fields"]["query"]


@pytest.mark.rule("ID-38")
def test_the_logins_of_an_account_are_found_by_time_and_the_look_is_on_record(hall: Hall, auditor):
    ref = hall.register()
    for day in ("2026-03-02", "2026-03-05"):
        with clock_at(f"{day} 11:00"):
            hall.post("/sessions", {"kind": "person", "account": "citizen123", "password": "wrong"})
            hall.log_in("citizen123")
    hall.staff("clerk", "window_clerk", "TZJ049-SP")

    def found(**query) -> list[tuple[str, str]]:
        return [(row["outcome"], row["at"][:10]) for row in listed(auditor, "login-log", limit=1, **query)]

    early, late = [("ok", "2026-03-02"), ("wrong", "2026-03-02")], [("ok", "2026-03-05"), ("wrong", "2026-03-05")]
    assert found(account="Citizen123") == found(user=ref) == late + early
    assert found(account="citizen123", until="2026-03-04") == early
    assert found(account="citizen123", since="2026-03-05", outcome="wrong") == late[1:]
    assert found(account="nobody") == found(account="clerk", user=ref) == []
    assert len(found(kind="staff")) == 2
    AccessAudit.delete().execute()
    query = {"account": "citizen123", "reason": "complaint about a stolen login", "case_no": "7"}
    assert auditor.get(f"{API}/login-log", query_string=query).status_code == 200
    (row,) = AccessAudit.select()
    assert (row.action, row.subject, row.reason, row.case_no) == ("login_log.read", ref, query["reason"], "7")
    assert row.actor == f"staff:{User.get(User.account == 'auditor').id}"


@pytest.mark.rule("ID-36")
def test_who_accepts_and_decides_the_same_items_is_listed_for_the_own_level(hall: Hall, auditor):
    city = hall.staff("city-office", "service_office", "TZJ077")
    district = hall.staff("district-office", "service_office", "TZJ001-ZWB")
    single, apart, other = (make_staff(hall, city, name, "TZJ049-SP") for name in ("single", "apart", "other"))
    assert give(hall, city, single, "window_clerk", "TZJ049-SP").status_code == 201
    assert give(hall, city, single, "decider", "TZJ049-SP", items=["S1"], single_reviewer=True).status_code == 201
    assert give(hall, city, apart, "window_clerk", "TZJ049-SP", items=["S1"]).status_code == 201
    assert give(hall, city, apart, "decider", "TZJ049-SP", items=["S2"]).status_code == 201
    assert give(hall, city, other, "decider", "TZJ049-SP").status_code == 201
    (entry,) = listed(auditor, "grants/conflicts", limit=1)
    assert (entry["staff"], entry["deciding_items"], entry["accepting_items"]) == (f"staff:{single}", ["S1"], None)
    assert listed(city, "grants/conflicts") == [entry] and listed(district, "grants/conflicts") == []
    accepting = RoleGrant.get(RoleGrant.staff_id == single, RoleGrant.role == "window_clerk").id
    assert entry["accepting_grant"] == accepting
    assert city.delete(f"{API}/grants/{accepting}?reason=transfer").status_code == 204
    assert listed(auditor, "grants/conflicts") == []
    clerk = hall.bench.client(hall.log_in(*_clerk(hall))["access_token"])
    assert clerk.get(f"{API}/grants/conflicts").status_code == 403


def _clerk(hall: Hall) -> tuple[str, str, str]:
    hall.staff("clerk", "window_clerk", "TZJ049-SP")
    return "clerk", "staff", PASSWORD
