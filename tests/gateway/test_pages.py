"""The gateway's own addresses."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chassis import web
from services.catalog.service import service as catalog
from services.credit.service import service as credit
from tests.gateway.conftest import Door
from tests.harness.processes import eventually


def test_the_page_of_the_hall_shows_every_service_in_chinese_and_in_english(door: Door) -> None:
    chinese, english = door.get("/status"), door.get("/status?lang=en")
    assert chinese.status == english.status == 200
    page = chinese.body.decode()
    assert 'lang="zh-CN"' in page and "政务服务事项" in page and "运行正常" in page
    assert 'lang="en"' in english.body.decode() and "Service items" in english.body.decode()
    assert "/static/portal.css" in page


def test_the_style_sheet_is_there_and_nothing_beside_it(door: Door) -> None:
    answer = door.get("/static/portal.css")
    assert answer.status == 200
    assert (answer.header("Content-Type") or "").startswith("text/css")
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/none.css"):
        assert door.get(path).status == 404


def test_no_browser_may_guess_another_type_than_the_one_named(door: Door) -> None:
    for path in ("/", "/static/portal.css", "/nowhere", "/api/hall", "/api/catalog/v1/x", "/api/nothing/v1/x"):
        assert door.get(path).header("X-Content-Type-Options") == "nosniff", path


def test_the_state_of_the_hall_follows_its_services(patient_door: Door) -> None:
    door = patient_door

    def states() -> dict[str, str]:
        return {entry["service"]: entry["state"] for entry in door.get("/api/hall").json["services"]}

    all_ready = {"catalog": "ready", "filing": "ready", "identity": "ready"}
    assert eventually(lambda: states() == all_ready)
    door.services["filing"].kill()
    assert eventually(lambda: states()["filing"] == "away")
    assert states()["catalog"] == "ready"
    assert "暂不可用" in door.get("/status").body.decode()


@pytest.mark.rule("GW-11")
def test_a_lost_visitor_is_told_the_way_back(door: Door) -> None:
    for path, word in (("/nowhere", "首页"), ("/nowhere?lang=en", "first page")):
        answer = door.get(path)
        assert answer.status == 404
        assert word in answer.body.decode() and 'href="/"' in answer.body.decode()
    assert door.ask("POST", "/", b"x").status == 405


def test_own_addresses_below_api_refuse_with_problem_documents(door: Door) -> None:
    for method, path, status in (("GET", "/api/hall/x", 404), ("POST", "/api/hall", 405)):
        answer = door.ask(method, path)
        assert answer.status == status
        assert answer.header("Content-Type") == "application/problem+json"
        assert answer.json["next_en"]


def test_the_time_machine_is_only_in_a_hall_that_travels(door: Door, own_door, tmp_path) -> None:
    assert door.get("/api/demo/clock").status == 404
    assert door.ask("PUT", "/api/demo/clock", b'{"to": "2040-01-01T09:00"}').status == 404
    demo = own_door(YWT_MODE="demo", YWT_CLOCK_FILE=str(tmp_path / "clock.json"))
    json_header = {"Content_Type": "application/json"}
    assert demo.get("/api/demo/clock").json["travels"] is True
    moved = demo.ask("PUT", "/api/demo/clock", b'{"to": "2040-01-01T09:00"}', **json_header)
    assert moved.json["now"].startswith("2040-01-01T09:00")
    assert demo.get("/api/hall").json["now"].startswith("2040-01-01T09:0")
    for body in (b'{"to": "2020-01-01T09:00"}', b'{"to": "soon"}', b"{}", b"[]", b"no json"):
        refused = demo.ask("PUT", "/api/demo/clock", body, **json_header)
        assert refused.status == 422
        assert refused.json["next"]


def test_the_joined_api_document_has_all_paths_and_no_loose_reference(own_door) -> None:
    door = own_door()
    documents = {
        one.name: web.build(one.name, one.title, one.blueprints, one.database)[1].spec for one in (catalog, credit)
    }
    for name, spec in documents.items():
        place = "filing" if name == "credit" else name
        (door.folder / f"{place}.json").write_text(json.dumps(spec.to_dict()))
    joined = door.get("/api/openapi.json").json
    assert set(joined["paths"]) == {path for spec in documents.values() for path in spec.to_dict()["paths"]}
    references = list(_references(joined))
    assert len(references) > 50
    for reference in references:
        found: Any = joined
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        assert found
    assert {tag["name"] for tag in joined["tags"]} == {"catalog", "filing"}
    page = door.get("/api/docs").body.decode()
    assert "/api/catalog/v1/items/{code}" in page


def test_the_joined_document_does_without_a_service_that_has_none(door: Door) -> None:
    assert door.get("/api/openapi.json").json["paths"] == {}
    assert door.get("/api/docs").status == 200


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "$ref":
                yield item
            else:
                yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)
