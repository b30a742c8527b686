"""What may be published, with which warnings, and how faults are listed (each fault: test_faults.py)."""

import pytest

from services.catalog.models import Item, ItemVersion, Org
from tests.catalog.conftest import API, FOOD, NEW, OFFICE_EDITOR, OWN_EDITOR, guide_of, publish
from tests.support import Bench


@pytest.mark.rule("CAT-12")
def test_an_almost_empty_draft_lists_every_missing_element_at_once(city: Bench) -> None:
    bare = {"code": NEW, "name": "测试事项", "approving_org": "TZJ049-SP"}
    problem = publish(city, bare).get_json()
    assert {"basis", "conditions", "materials", "special_links", "steps", "fee.text", "cautions"} <= set(
        problem["fields"]
    )
    assert {"limits.statutory", "limits.committed", "place.text", "phones.enquiry"} <= set(problem["fields"])
    assert problem["rule"] == "CAT-12" and problem["article"] and problem["next"]


@pytest.mark.rule("CAT-12", "CAT-13", "CAT-16", "CAT-22")
def test_a_complete_guide_is_published(city: Bench) -> None:
    answer = publish(city, guide_of(new_code=NEW))
    assert answer.status_code == 201 and answer.get_json()["warnings"] == []


@pytest.mark.rule("CAT-17", "AMB-44")
def test_more_than_half_of_the_statutory_limit_is_published_with_a_warning(city: Bench) -> None:
    document = guide_of(new_code=NEW)
    document["limits"]["committed"] = 11
    answer = publish(city, document)
    assert answer.status_code == 201
    assert [w["rule"] for w in city.client().get(f"{API}/items/{NEW}").get_json()["warnings"]] == ["CAT-17"]


@pytest.mark.rule("CAT-17")
def test_exactly_half_has_no_warning_and_the_whole_is_allowed(city: Bench) -> None:
    document = guide_of(new_code=NEW)
    document["limits"]["committed"] = 20
    assert publish(city, document).status_code == 201


@pytest.mark.rule("CAT-31", "AMB-43")
def test_an_item_without_a_supervision_standard_is_published_and_marked(city: Bench) -> None:
    document = guide_of(new_code=NEW)
    document["supervision"]["standard"] = None
    answer = publish(city, document)
    assert [(w["rule"], w["field"]) for w in answer.get_json()["warnings"]] == [("CAT-31", "supervision.standard")]


@pytest.mark.rule("CAT-16", "CAT-19")
def test_a_deferral_period_is_between_1_and_60_working_days(city: Bench) -> None:
    document = guide_of(FOOD, NEW)
    assert document["switches"]["commit"]
    deferrable = next(m for m in document["materials"] if m["deferrable"])
    for days, status in ((61, 422), (0, 422), (60, 201)):
        deferrable["defer_days"] = days
        client = city.client(OWN_EDITOR)
        draft = client.get(f"{API}/items/{NEW}/draft")
        if draft.status_code == 200:
            saved = client.put(f"{API}/items/{NEW}/draft", json=document, headers={"If-Match": draft.headers["ETag"]})
            assert saved.status_code == 200
        else:
            assert client.post(f"{API}/items", json=document).status_code == 201
        assert client.post(f"{API}/items/{NEW}/publication", json={"change_log": "x"}).status_code == status


@pytest.mark.rule("CAT-31")
def test_commit_approval_needs_points_that_can_be_verified(city: Bench) -> None:
    document = guide_of(FOOD, NEW)
    document["supervision"]["points"] = []
    assert "supervision.points" in publish(city, document).get_json()["fields"]


@pytest.mark.rule("CAT-21")
def test_booking_numbers_must_add_up_and_fit_the_hours(city: Bench) -> None:
    document = guide_of("000131127004", "000131199001")
    document["booking"]["daily_number"] = 25
    document["booking"]["slots"][0].update({"from": "07:00"})
    fields = publish(city, document, OFFICE_EDITOR).get_json()["fields"]
    assert {"booking.daily_number", "booking.slots"} <= set(fields)


@pytest.mark.rule("CAT-20")
def test_leaders_known_from_grants_are_enough_for_same_city_handling(city: Bench) -> None:
    org = Org.get(Org.code == "TZJ049-SP")
    org.leader_main = org.leader_deputy = None
    org.save()
    assert "switches.same_city" in publish(city, guide_of(new_code=NEW)).get_json()["fields"]
    org.reported = org.reported | {"deputy_leader_ref": "staff:a", "unit_leader_ref": "staff:b"}
    org.save()
    assert city.client(OWN_EDITOR).get(f"{API}/items/{NEW}/draft/findings").get_json()["failures"] == []


@pytest.mark.rule("CAT-11")
def test_a_heading_needs_little_and_tells_nobody(city: Bench) -> None:
    heading = guide_of("00014002700Y", "00014909900Y") | {
        "approving_org": "TZJ049-SP",
        "supervising_orgs": ["TZJ049-JG"],
    }
    assert publish(city, heading).status_code == 201
    child = guide_of(new_code=NEW) | {"parent": "00014909900Y"}
    assert publish(city, child).status_code == 201
    page = city.client().get(f"{API}/items/00014909900Y").get_json()
    assert [row["code"] for row in page["sub_items"]] == [NEW]
    assert {event.item_code for event in city.emitted() if event.type.startswith("catalog.item")} == {NEW}


def test_a_draft_of_the_wrong_form_is_not_saved(city: Bench) -> None:
    client = city.client(OWN_EDITOR)
    for wrong in ({"unknown": 1}, {"materials": [{"code": "M01", "deferrable": "yes"}]}, {"code": "x"}, {"kind": "快"}):
        answer = client.post(f"{API}/items", json=guide_of(new_code=NEW) | wrong)
        assert answer.status_code == 422, wrong
    assert Item.select().where(Item.code == NEW).count() == 0
    assert ItemVersion.select().where(ItemVersion.code == NEW).count() == 0
