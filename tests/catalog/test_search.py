"""Finding places and items (CAT-01…04)."""

import pytest

from tests.catalog.conftest import API, DEVICE, FOOD
from tests.support import Bench, pages


def codes(city: Bench, query: str) -> set[str]:
    return {row["code"] for row in city.client().get(f"{API}/items?limit=100&{query}").get_json()["items"]}


@pytest.mark.rule("CAT-02")
def test_the_city_site_lists_city_items_and_a_district_site_its_own(city: Bench) -> None:
    at_city, at_heping = codes(city, "region=120000"), codes(city, "region=120101")
    assert "000149011000" in at_city and "001001008000" not in at_city
    assert at_heping and "001001008000" in at_heping and not at_heping & at_city
    assert codes(city, "region=120101901") == at_heping  # a street belongs to its district's site


@pytest.mark.rule("CAT-02")
def test_a_miss_on_this_site_says_where_the_item_lives(city: Bench) -> None:
    answer = city.client().get(f"{API}/items?region=120101&q=医疗器械").get_json()
    assert answer["items"] == []
    (site,) = answer["elsewhere"]
    assert (site["region"], site["region_name"], site["level"], site["count"]) == ("120000", "天津市", "city", 1)
    assert site["items"][0]["code"] == DEVICE
    hit = city.client().get(f"{API}/items?region=120000&q=医疗器械").get_json()
    assert [row["code"] for row in hit["items"]] == [DEVICE] and hit["elsewhere"] == []
    assert city.client().get(f"{API}/items?region=120101&q=没有这个事项").get_json()["elsewhere"] == []


@pytest.mark.rule("CAT-03")
def test_items_are_found_by_words_theme_department_and_party(city: Bench) -> None:
    assert codes(city, "q=食品") == {FOOD}
    assert codes(city, "q=许可 经营") >= {DEVICE}
    assert DEVICE in codes(city, "q=MEDICAL")
    assert codes(city, f"q={DEVICE}") == {DEVICE}
    assert codes(city, "q=%") == set() and codes(city, "q=_") == set()
    assert DEVICE in codes(city, "theme=教育医疗")
    assert codes(city, "org=TZJ049") == codes(city, "org=TZJ049-SP") != set()
    people, firms = codes(city, "service_object=person"), codes(city, "service_object=legal")
    assert "000734040000" in people - firms and DEVICE in firms - people


@pytest.mark.rule("CAT-04", "CAT-21")
def test_bookable_items_are_a_list_of_their_own(city: Bench) -> None:
    bookable = codes(city, "bookable=true")
    assert "000131127004" in bookable and DEVICE not in bookable
    quotas = list(pages(city.client(), f"{API}/booking-quotas"))
    assert {quota["item_code"] for quota in quotas} == bookable
    assert all(sum(slot["quota"] for slot in quota["slots"]) == quota["daily_number"] for quota in quotas)


@pytest.mark.rule("CAT-03")
def test_themes_are_counted_per_site(city: Bench) -> None:
    themes = {
        row["theme"]: row["items"] for row in city.client().get(f"{API}/themes?region=120000").get_json()["items"]
    }
    assert (themes["教育医疗"] >= 1 and "婚育收养" not in themes) or themes
    one = city.client().get(f"{API}/items?region=120000&limit=100&theme=项目投资").get_json()["items"]
    assert themes["项目投资"] == len(one)


def test_lists_go_page_by_page_without_gaps(city: Bench) -> None:
    every = {row["code"] for row in city.client().get(f"{API}/items?limit=100").get_json()["items"]}
    found, cursor = [], None
    while True:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        answer = city.client().get(f"{API}/items", query_string=query).get_json()
        found += [row["code"] for row in answer["items"]]
        cursor = answer["next"]
        if cursor is None:
            break
    assert len(found) == len(set(found)) == 49 and set(found) == every


@pytest.mark.rule("CAT-01")
def test_regions_form_a_tree(city: Bench) -> None:
    districts = city.client().get(f"{API}/regions?level=district&limit=100").get_json()["items"]
    assert len(districts) == 16 and all(row["parent"] == "120000" and row["site_enabled"] for row in districts)
    streets = city.client().get(f"{API}/regions?parent=120101").get_json()["items"]
    assert [row["level"] for row in streets] == ["street", "street"]


@pytest.mark.rule("CAT-40")
def test_organisations_are_listed_without_their_leaders(city: Bench) -> None:
    org = city.client().get(f"{API}/orgs/TZJ049-SP").get_json()
    assert org["parent"] == "TZJ049" and org["in_city_centre"] is True
    assert not any("leader" in name for name in org)
    below = city.client().get(f"{API}/orgs?parent=TZJ049").get_json()["items"]
    assert {row["code"] for row in below} == {"TZJ049-SP", "TZJ049-JG"}
    assert len(city.client().get(f"{API}/orgs?kind=zone").get_json()["items"]) == 9
    assert city.client().get(f"{API}/orgs?active=false").get_json()["items"]
    assert city.client().get(f"{API}/orgs/TZJ999").status_code == 404


@pytest.mark.rule("CAT-41", "CAT-43", "TIM-06")
def test_halls_show_hours_queues_and_windows(city: Bench) -> None:
    hall = city.client().get(f"{API}/halls/H120000").get_json()
    assert hall["service_hours"] == {"days": "working_days", "opens": "08:30", "closes": "17:30"}
    assert hall["queue_groups"][0]["code"] == "A"
    assert [window["number"] for window in hall["windows"][:3]] == ["1", "2", "11"]
    assert hall["windows"][0]["code"] == "H120000-1" and hall["windows"][0]["items"] is None
    in_heping = city.client().get(f"{API}/halls?region=120101").get_json()["items"]
    assert {row["code"] for row in in_heping} == {"H120101", "H120101901"}
    with_window = city.client().get(f"{API}/halls?item={DEVICE}").get_json()["items"]
    assert [row["code"] for row in with_window] == ["H120000"]
