"""What a published guide tells beyond its mandatory elements."""

import pytest

from contracts.events import catalog as events
from tests.catalog.conftest import API, DEVICE, OWN_EDITOR, guide_of, publish
from tests.catalog.test_faults import CREDIT
from tests.support import Bench


@pytest.mark.rule("CAT-32")
def test_criteria_and_repair_conditions_of_an_item_are_published_with_who_set_them(city: Bench) -> None:
    criteria = CREDIT | {
        "seriously": [{"text": "撤销后一年内再次不履行承诺", "article": "示例条款"}],
        "repair": [{"text": "完成整改并满六个月", "article": "示例条款"}],
    }
    assert publish(city, guide_of() | {"credit": criteria}).status_code == 201
    assert city.client().get(f"{API}/items/{DEVICE}").get_json()["guide"]["credit"] == criteria
    (changed,) = city.emitted(events.ItemChanged)
    assert "credit" in changed.changes


@pytest.mark.rule("CAT-10")
@pytest.mark.parametrize("power_type", ["行政许可", "行政确认", "行政给付", "行政征收", "其他", "公共服务"])
def test_an_item_is_an_administrative_power_or_a_public_service(city: Bench, power_type: str) -> None:
    assert publish(city, guide_of() | {"power_type": power_type}).status_code in {201, 409}
    assert city.client().get(f"{API}/items/{DEVICE}").get_json()["guide"]["power_type"] == power_type


@pytest.mark.rule("CAT-10")
def test_an_item_of_any_other_type_is_refused_by_name(city: Bench) -> None:
    answer = city.client(OWN_EDITOR).post(
        f"{API}/items", json=guide_of(new_code="000149099001") | {"power_type": "行政处罚"}
    )
    assert answer.status_code == 422 and "power_type" in answer.get_json()["fields"]["json"]


@pytest.mark.rule("CAT-33")
def test_a_guide_says_which_licence_spares_which_material(city: Bench) -> None:
    materials = city.client().get(f"{API}/items/000133002000").get_json()["guide"]["materials"]
    licences = {material["name"]: material["licence_type"] for material in materials if material["licence_type"]}
    assert licences["中外投资各方的企业注册证明材料"] == "营业执照"
    assert all(("licence" in material["upload_ways"]) == bool(material["licence_type"]) for material in materials)
