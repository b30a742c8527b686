"""Which posts are filled: the public list of coordinators, and what is vacant."""

import pytest

from services.identity.models import Org, RoleGrant, User
from tests.identity.conftest import API, PASSWORD, Hall
from tests.identity.test_organisation import give, make_staff


@pytest.fixture
def city(hall: Hall):
    hall.orgs()
    Org.create(id="TZJ049-JG", name="监管处", kind="supervising", region="120000", parent="TZJ049")
    Org.create(id="TZJ001-ZJW-JG", name="监管科", kind="supervising", region="120101005", parent="TZJ001")
    Org.create(id="TZJ075", name="占位", kind="service", region="120000", active=False)
    return hall.staff("city-office", "service_office", "TZJ077")


def listed(client, path: str, **query) -> list[dict]:
    """All entries, page by page."""
    entries, cursor = [], None
    while True:
        answer = client.get(f"{API}/{path}", query_string=query | ({"cursor": cursor} if cursor else {})).get_json()
        entries += answer["items"]
        cursor = answer["next"]
        if cursor is None:
            return entries


def vacant(client, **query) -> dict[str, list[str]]:
    return {entry["org"]: entry["vacant"] for entry in listed(client, "vacancies", **query)}


@pytest.mark.rule("ID-33")
def test_everybody_sees_who_coordinates_on_either_side(hall: Hall, city):
    district = hall.staff("district-office", "service_office", "TZJ001-ZWB")
    for n, (org, client) in enumerate((("TZJ049-SP", city), ("TZJ049-JG", city), ("TZJ001-ZJW-JG", district))):
        staff_id = make_staff(hall, client, f"coordinator-{n}", org, mobile=f"1390000000{n}")
        assert give(hall, client, staff_id, "coordinator", org).status_code == 201
    everybody = listed(hall.public, "coordinators", limit=2)
    assert [(entry["org"], entry["side"]) for entry in everybody] == [
        ("TZJ001-ZJW-JG", "supervision"), ("TZJ049-JG", "supervision"), ("TZJ049-SP", "approval"),
    ]  # fmt: skip
    assert everybody[1] == {
        "org": "TZJ049-JG", "org_name": "监管处", "parent": "TZJ049", "region": "120000", "side": "supervision",
        "display_name": "TZJ049-JG 岗位", "since": "2026-03-02",
    }  # fmt: skip
    only = lambda **query: [entry["org"] for entry in listed(hall.public, "coordinators", **query)]  # noqa: E731
    assert only(region="120101") == ["TZJ001-ZJW-JG"]
    assert only(side="approval") == ["TZJ049-SP"]
    assert only(org="TZJ049") == ["TZJ049-JG", "TZJ049-SP"]
    gone = RoleGrant.get(RoleGrant.org == "TZJ049-JG").id
    city.delete(f"{API}/grants/{gone}?reason=transfer")
    assert only(org="TZJ049") == ["TZJ049-SP"]


@pytest.mark.rule("ID-30")
def test_a_unit_without_both_handlers_of_letters_is_on_the_list_until_both_are_named(hall: Hall, city):
    both = ["letters_handler_a", "letters_handler_b"]
    assert vacant(city)["TZJ049"] == both  # a department: its office keeps the credit archive
    for number, post in enumerate("AB"):
        assert "TZJ049" in vacant(city)
        staff_id = make_staff(hall, city, f"post-{number}", "TZJ049", post=post)
        assert give(hall, city, staff_id, "letters_handler", "TZJ049").status_code == 201
        assert vacant(city).get("TZJ049", []) == both[number + 1 :]
    assert "TZJ049" not in vacant(city, vacant="letters_handler_a")
    gone = RoleGrant.get(RoleGrant.staff_id == User.get(User.account == "post-0").id).id
    city.delete(f"{API}/grants/{gone}?reason=leave")
    assert vacant(city, vacant="letters_handler_a")["TZJ049"] == ["letters_handler_a"]


@pytest.mark.rule("ID-32")
@pytest.mark.rule("ID-33")
def test_an_approving_office_needs_an_administrator_and_both_sides_a_coordinator(hall: Hall, city):
    assert vacant(city)["TZJ049-SP"][2:] == ["credit_admin", "coordinator"]
    assert vacant(city)["TZJ049-JG"] == ["coordinator"]
    staff_id = make_staff(hall, city, "archive", "TZJ049-SP")
    assert give(hall, city, staff_id, "credit_admin", "TZJ049-SP").status_code == 201
    assert "TZJ049-SP" not in vacant(city, vacant="credit_admin")


@pytest.mark.rule("ID-31")
def test_a_districts_office_grants_for_its_streets_and_the_citys_does_not(hall: Hall, city):
    district = hall.staff("district-office", "service_office", "TZJ001-ZWB")
    other = hall.staff("other-office", "service_office", "TZJ002-ZWB")
    staff_id = make_staff(hall, district, "street", "TZJ001-ZJW-JG")
    for client, status in ((city, 403), (other, 403), (district, 201)):
        assert give(hall, client, staff_id, "coordinator", "TZJ001-ZJW-JG").status_code == status


@pytest.mark.rule("ID-31")
def test_each_office_sees_the_units_of_its_level(hall: Hall, city):
    district = hall.staff("district-office", "service_office", "TZJ001-ZWB")
    admin = hall.staff("admin", "system_admin", "TZJ077")
    assert set(vacant(city)) == {"TZJ077", "TZJ049", "TZJ049-SP", "TZJ049-JG"}
    assert set(vacant(district)) == {"TZJ001", "TZJ001-ZWB", "TZJ001-ZJW-JG"}
    assert set(vacant(admin, limit=3)) == set(vacant(admin)) > {"TZJ049", "TZJ001", "TZJ002-ZWB"}
    assert "TZJ075" not in vacant(admin)
    hall.staff("clerk", "window_clerk", "TZJ049-SP")
    clerk = hall.bench.client(hall.log_in("clerk", "staff", PASSWORD)["access_token"])
    assert clerk.get(f"{API}/vacancies").status_code == 403
