"""What every route refuses before any verb sees it: broken JSON, and what no database can hold."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chassis.arguments import unfit
from contracts import registry
from tests.meta.test_openapi import callers, views
from tests.meta.test_services import service_of
from tests.support import Bench, bench

LETTERS, NUMBER = (
    ["含有无法保存的字符 / holds characters that cannot be kept"],
    ["数值超出范围 / not a number that can be kept"],
)
CODES = "/api/identity/v1/sms-codes"


@pytest.fixture
def identity(tmp_path: Path) -> Iterator[Bench]:
    with bench(service_of("identity"), tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "json-invalid"),
        (b'{"mobile": "\xff"}', "application/json", 400, "json-invalid"),
        (b"[" * 100_000, "application/json", 400, "json-invalid"),
        (b'{"mobile": ' + b"9" * 5000 + b"}", "application/json", 400, "json-invalid"),
        (b'{"mobile": "13800000123"}', "text/plain", 415, "not-json"),
        (b"mobile=13800000123", "application/x-www-form-urlencoded", 415, "not-json"),
        (b"[]", "application/json", 422, "invalid-input"),
        (b'{"mobile": "' + b"1" * 1_000_001 + b'"}', "application/json", 413, "request-entity-too-large"),
    ],
)
def test_what_is_no_json_is_refused_with_what_to_do(identity: Bench, body: bytes, content_type: str, status, code):
    answer = identity.client().post(CODES, data=body, content_type=content_type)
    assert (answer.status_code, answer.get_json()["type"]) == (status, f"/problems/{code}")
    assert answer.content_type == "application/problem+json" and answer.get_json()["detail"]
    assert identity.emitted() == []


@pytest.mark.parametrize("path", ["/livez", "/api/identity/v1/jwks", "/nowhere", "/api/identity/v1/me"])
def test_no_browser_may_guess_another_type(identity: Bench, path: str) -> None:
    assert identity.client().get(path).headers.getlist("X-Content-Type-Options") == ["nosniff"]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"a": ["好", "\0"]}, {"a": {1: LETTERS}}),
        ({"a": {"b": "\ud800"}}, {"a": {"b": LETTERS}}),
        ({"\udfff": 1}, ["含有无法保存的字段名 / holds a name that cannot be kept"]),
        ([2**63], {0: NUMBER}),
        ({"a": float("nan"), "b": 1e308 * 10}, {"a": NUMBER, "b": NUMBER}),
        ({"a": [2**63 - 1, -1.5, True, None, "emoji 😀", "\ufffd"]}, None),
    ],
)
def test_what_no_database_can_hold_is_named(value: Any, found: Any):
    assert unfit(value) == found


def test_a_nul_in_address_or_query_is_refused(tmp_path: Path):
    with bench(service_of("catalog"), tmp_path) as opened:
        client = opened.client()
        assert client.get("/api/catalog/v1/items/a%00b").status_code == 404
        assert client.get(f"/api/catalog/v1/items/x/versions/{2**63}").status_code == 404
        answer = client.get("/api/catalog/v1/orgs", query_string={"q": "a\0b"})
        assert answer.status_code == 422 and list(answer.get_json()["fields"]["query"]) == ["q"]


@pytest.mark.parametrize("name", registry.SERVICES)
def test_every_body_is_read_so(name: str, tmp_path: Path):
    """Unknown fields, texts that cannot be kept and lists instead of objects, on each route that takes JSON."""
    with bench(service_of(name), tmp_path) as opened:
        document, routes = service_of(name).openapi(), views(opened.app)
        bodies = [
            (method, path)
            for path, entry in document["paths"].items()
            for method in ("post", "put", "patch")
            if "application/json" in entry.get(method, {}).get("requestBody", {}).get("content", ())
            and "$ref" in entry[method]["requestBody"]["content"]["application/json"]["schema"]
        ]
        before = opened.database.table("outbox").select().count()
        for method, path in bodies:
            who = callers(routes[method.upper(), path])[0]
            address = re.sub(r"{\w+}", "1", path)
            for body, named in (
                ({"no_such_field": 1}, "no_such_field"),
                ({"no_such_field": "\0"}, "no_such_field"),
                ([], "_schema"),
            ):
                client = opened.client(who)
                answer = client.open(address, method=method, data=json.dumps(body), content_type="application/json")
                if answer.status_code in {401, 403}:  # wants a session or a key of its own
                    continue
                told = answer.get_json()
                assert answer.status_code == 422 and named in told["fields"]["json"], (method, path, body, told)
                assert told["next"] and told["next_en"]
        assert bodies and opened.database.table("outbox").select().count() == before
