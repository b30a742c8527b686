"""Favourites: own ones only, in versions of the world as it is."""

import pytest

from services.catalog import favourites
from tests.catalog.conftest import API, DEVICE, FOOD, OWN_EDITOR
from tests.support import Bench, person, staff

MINE = f"{API}/me/favourites"


@pytest.mark.rule("CAT-05")
def test_a_citizen_keeps_items_at_hand_and_sees_only_the_own_ones(city: Bench) -> None:
    me, other = city.client(person("a")), city.client(person("b"))
    for code in (DEVICE, FOOD, DEVICE):
        assert me.put(f"{MINE}/{code}").status_code == 204
    rows = me.get(MINE).get_json()["items"]
    assert [row["code"] for row in rows] == [FOOD, DEVICE]
    assert rows[0]["name"] and rows[0]["org_name"] and rows[0]["state"] == "published"
    assert other.get(MINE).get_json()["items"] == []
    assert other.delete(f"{MINE}/{DEVICE}").status_code == 204
    assert me.delete(f"{MINE}/{FOOD}").status_code == 204
    assert [row["code"] for row in me.get(MINE).get_json()["items"]] == [DEVICE]
    city.client(OWN_EDITOR).post(f"{API}/items/{DEVICE}/retirement", json={"reason": "测试"})
    assert [row["state"] for row in me.get(MINE).get_json()["items"]] == ["retired"]


@pytest.mark.rule("CAT-05")
def test_only_published_items_only_citizens_and_not_without_end(city: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    me = city.client(person("a"))
    assert me.put(f"{MINE}/000149099999").status_code == 404
    assert city.client().get(MINE).status_code == 401
    assert city.client(staff("reviewer", "TZJ049-SP")).put(f"{MINE}/{DEVICE}").status_code == 403
    monkeypatch.setattr(favourites, "MOST", 1)
    assert [me.put(f"{MINE}/{code}").status_code for code in (DEVICE, DEVICE, FOOD)] == [204, 204, 409]
