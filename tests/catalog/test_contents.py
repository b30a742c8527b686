"""Published texts: the columns of the hall, theme packages, parallel templates and intermediaries, in versions."""

import json
from typing import Any

import pytest

from services.catalog.models import Content, ContentVersion
from tests.catalog.conftest import (
    API,
    CITY,
    DEVICE,
    FOOD,
    OFFICE_EDITOR,
    OTHER_EDITOR,
    OWN_EDITOR,
    guide_of,
    load_city,
    publish,
)
from tests.support import Bench, person, staff

LINKS = {
    "parallel-company": (12, 5),
    "parallel-land": (13, 5),
    "parallel-design": (10, 12),
    "parallel-completion": (8, 15),
}


def entry(**changes: Any) -> dict[str, Any]:
    """A notice that may be published."""
    document = {"text": "自三月十六日起调整窗口。", "issued_on": "2026-03-02", "document_no": "样例〔2026〕1号"}
    found = {"code": "notice-windows", "kind": "notice", "title": "窗口调整公告", "org": "TZJ049-SP"}
    return found | {"document": document, "change_log": "首次发布"} | changes


@pytest.mark.parametrize(
    "kind", ["power_list", "notice", "case_notice", "case_publicity", "report_channel", "law", "faq", "exposure"]
)
@pytest.mark.rule("CAT-06")
def test_every_public_column_has_entries_that_anybody_reads(city: Bench, kind: str) -> None:
    client = city.client()
    listed = client.get(f"{API}/contents?kind={kind}").get_json()["items"]
    assert listed and {row["kind"] for row in listed} == {kind}
    page = client.get(f"{API}/contents/{listed[0]['code']}").get_json()
    assert page["document"]["text"] and (page["document"].get("source") or page["document"]["sample"])


@pytest.mark.rule("CAT-06")
def test_columns_are_listed_by_department_and_by_district(city: Bench) -> None:
    client = city.client()
    assert {row["code"] for row in client.get(f"{API}/contents?region=120104").get_json()["items"]} == {
        "intermediary-capital-verification"
    }
    by_org = client.get(f"{API}/contents?org=TZJ049-SP&kind=power_list").get_json()["items"]
    assert [row["code"] for row in by_org] == ["power-list-market"]
    assert client.get(f"{API}/contents?q=曝光").get_json()["items"][0]["code"] == "exposure-sample"


@pytest.mark.rule("CAT-26")
def test_a_theme_package_has_its_items_in_order_and_asks_for_those_that_depend(city: Bench) -> None:
    document = city.client().get(f"{API}/contents/theme-daily-goods-store").get_json()["document"]
    assert document["items"] == ["000149037000", FOOD] and document["questions"][0]["yes"] == [FOOD]
    body = entry(code="theme-x", kind="theme_package", document={"text": "一件事", "items": [FOOD]})
    client = city.client(OWN_EDITOR)
    assert client.post(f"{API}/contents", json=body).status_code == 422  # one item is no package
    body["document"] = {
        "text": "一件事",
        "items": [FOOD, "000149011000"],
        "questions": [{"text": "?", "yes": ["000146033000"]}],
    }
    answer = client.post(f"{API}/contents", json=body)
    assert answer.status_code == 422 and list(answer.get_json()["fields"]) == ["document.questions.0"]
    body["document"]["questions"] = [{"text": "要备案吗？", "yes": ["000149011000"]}]
    assert client.post(f"{API}/contents", json=body).status_code == 201


@pytest.mark.rule("CAT-26")
def test_a_theme_package_merges_forms_and_materials_by_the_stricter_rule(city: Bench) -> None:
    client, url = city.client(), f"{API}/contents/theme-daily-goods-store/package"
    alone = client.get(url).get_json()
    assert [row["code"] for row in alone["items"]] == ["000149037000"] and alone["materials_spared"] == 0
    both = client.get(f"{url}?answer=0").get_json()
    assert [row["code"] for row in both["items"]] == ["000149037000", FOOD]
    guides = {code: client.get(f"{API}/items/{code}").get_json()["guide"] for code in ("000149037000", FOOD)}
    asked = [(code, row) for code, guide in guides.items() for row in guide["materials"]]
    assert len(both["materials"]) + both["materials_spared"] == len(asked)
    # every material of every item is there exactly once, and never by a weaker rule than the item's own
    places = {(one["item"], one["material"]): row for row in both["materials"] for one in row["asked_by"]}
    assert places.keys() == {(code, row["code"]) for code, row in asked}
    for code, row in asked:
        merged = places[code, row["code"]]
        assert merged["required"] >= bool(row.get("required")) and merged["deferrable"] <= bool(row.get("deferrable"))
        assert merged["copies"]["copy"] >= ((row.get("copies") or {}).get("copy") or 0)
    fields = [(code, row["key"]) for code, guide in guides.items() for row in guide["form_fields"]]
    assert {(code, row["key"]) for row in both["form_fields"] for code in row["asked_by"]} == set(fields)
    assert len(both["form_fields"]) < len(fields)  # applicant and agent are asked once


@pytest.mark.rule("CAT-26")
def test_what_two_items_ask_alike_is_asked_once(city: Bench) -> None:
    identity = {"name": "申请人身份证明", "basis": "样例", "copies": {"original": 1, "copy": 1}, "required": True}
    plain = identity | {"licence_type": None, "upload_ways": ["local"], "deferrable": False}
    lax = plain | {"code": "A1", "deferrable": True, "defer_days": 10, "upload_ways": ["local", "camera"]}
    strict = plain | {"code": "B7", "name": "申请人 身份证明", "copies": {"copy": 2}}
    for code, materials in ((FOOD, [lax]), (DEVICE, [strict, strict | {"code": "B8", "required": False}])):
        guide = guide_of(code)
        like = guide["materials"][0]
        answer = publish(city, guide | {"materials": [like | material for material in materials]})
        assert answer.status_code == 201, answer.get_json()["fields"]
    body = entry(code="theme-x", kind="theme_package", document={"text": "一件事", "items": [DEVICE, FOOD]})
    assert city.client(OWN_EDITOR).post(f"{API}/contents", json=body).status_code == 201
    found = city.client().get(f"{API}/contents/theme-x/package").get_json()
    once, second = found["materials"]
    assert once["asked_by"] == [{"item": DEVICE, "material": "B7"}, {"item": FOOD, "material": "A1"}]
    assert second["asked_by"] == [{"item": DEVICE, "material": "B8"}] and not second["required"]
    assert once["required"] and not once["deferrable"] and once["upload_ways"] == ["local"]
    assert once["copies"] == {"original": 1, "copy": 2} and found["materials_spared"] == 1


@pytest.mark.rule("CAT-26")
def test_a_package_refuses_what_it_does_not_know(city: Bench) -> None:
    client = city.client()
    wrong = client.get(f"{API}/contents/theme-daily-goods-store/package?answer=1")
    assert wrong.status_code == 422 and list(wrong.get_json()["fields"]) == ["answer"]
    for code in ("power-list-market", "nothing-here"):
        assert client.get(f"{API}/contents/{code}/package").status_code == 404


@pytest.mark.rule("CAT-27")
def test_the_four_links_name_leads_participants_and_limits_of_the_source(city: Bench) -> None:
    listed = city.client().get(f"{API}/contents?kind=parallel_template").get_json()["items"]
    assert {row["code"] for row in listed} == set(LINKS)
    for code, (asked, limit) in LINKS.items():
        document = city.client().get(f"{API}/contents/{code}").get_json()["document"]
        assert (len(document["participants"]), document["total_limit"]) == (asked, limit)
        assert len({row["named"] for row in document["participants"]}) == asked
        guide = json.loads((CITY / "items" / f"{document['items'][0]}.json").read_text(encoding="utf-8"))
        template = guide["switches"]["parallel_template"]
        assert {row["org"] for row in template["participants"]} == {row["org"] for row in document["participants"]}
        assert (template["lead"], template["total_limit"]) == (document["lead"], limit)


@pytest.mark.rule("CAT-30")
def test_intermediary_services_are_published_and_kept_current(city: Bench) -> None:
    code = "intermediary-capital-verification"
    client = city.client(OFFICE_EDITOR)
    answer = client.get(f"{API}/contents/{code}")
    page = answer.get_json()
    body = {name: page[name] for name in ("code", "kind", "title", "org", "document")} | {"change_log": "增加收费"}
    body["document"]["fee"] = "由委托双方约定"
    assert client.put(f"{API}/contents/{code}", json=body).status_code == 428
    tag = {"If-Match": answer.headers["ETag"]}
    assert client.put(f"{API}/contents/{code}", json=body, headers=tag).get_json()["version"] == 2
    assert client.put(f"{API}/contents/{code}", json=body, headers=tag).status_code == 412
    assert city.client().get(f"{API}/contents/{code}").get_json()["document"]["fee"] == "由委托双方约定"
    assert "fee" not in city.client().get(f"{API}/contents/{code}/versions/1").get_json()["document"]
    listed = city.client().get(f"{API}/contents/{code}/versions").get_json()["items"]
    assert [row["version"] for row in listed] == [2, 1]


@pytest.mark.rule("CAT-07")
def test_six_convenience_services_lead_to_pages_of_the_hall(city: Bench) -> None:
    listed = city.client().get(f"{API}/contents?kind=convenience").get_json()["items"]
    pages = [city.client().get(f"{API}/contents/{row['code']}").get_json()["document"] for row in listed]
    assert len(pages) == 6 and all(page["text"] and page["link"].startswith("/api/") for page in pages)


@pytest.mark.rule("CAT-06", "CAT-35")
def test_editors_publish_and_withdraw_for_their_own_organisation_only(city: Bench) -> None:
    assert city.client(OTHER_EDITOR).post(f"{API}/contents", json=entry()).status_code == 403
    for who in (person(), staff("reviewer", "TZJ049-SP")):
        assert city.client(who).post(f"{API}/contents", json=entry()).status_code == 403
    own = city.client(OWN_EDITOR)
    assert own.post(f"{API}/contents", json=entry()).status_code == 201
    assert own.post(f"{API}/contents", json=entry(title="另一条")).status_code == 409
    path = f"{API}/contents/notice-windows"
    assert city.client(OTHER_EDITOR).post(f"{path}/withdrawal", json={"reason": "x"}).status_code == 403
    assert own.post(f"{path}/withdrawal", json={"reason": "过期"}).get_json()["state"] == "withdrawn"
    assert own.post(f"{path}/withdrawal", json={"reason": "过期"}).status_code == 409
    listed = city.client().get(f"{API}/contents?kind=notice").get_json()["items"]
    assert "notice-windows" not in {row["code"] for row in listed}
    assert city.client().get(path).get_json()["document"]["text"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"document": {"text": " "}}, "document.text"),
        ({"document": {"text": "x", "colour": "red"}}, "document.colour"),
        ({"document": {"text": "x", "issued_on": "2026-02-30"}}, "document.issued_on"),
        ({"org": "TZJ999"}, "org"),
        ({"kind": "convenience", "document": {"text": "x", "link": "http://unsafe"}}, "document.link"),
        ({"kind": "power_list", "document": {"text": "x", "items": ["000149099999"]}}, "document.items.000149099999"),
    ],
)
def test_what_is_wrong_with_a_text_is_named(city: Bench, changes: dict[str, Any], field: str) -> None:
    before = ContentVersion.select().count()
    answer = city.client(OFFICE_EDITOR).post(f"{API}/contents", json=entry(**changes))
    assert answer.status_code == 422 and list(answer.get_json()["fields"]) == [field]
    assert ContentVersion.select().count() == before


def test_loading_the_city_again_leaves_the_texts_alone(city: Bench) -> None:
    before = {(row.code, row.version) for row in Content.select()}
    load_city()
    assert {(row.code, row.version) for row in Content.select()} == before and len(before) == 21
