"""Published texts: the columns of the hall, theme packages, parallel templates and intermediaries, in versions."""

import json
from typing import Any

import pytest

from services.catalog.models import Content, ContentVersion
from tests.catalog.conftest import API, CITY, FOOD, OFFICE_EDITOR, OTHER_EDITOR, OWN_EDITOR, load_city
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
    body["document"]["questions"] = [{"text": "要备案吗?", "yes": ["000149011000"]}]
    assert client.post(f"{API}/contents", json=body).status_code == 201


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
