"""Every deed that a page offers is one that a service takes: path, method, fields and choices (GW-08)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask

from gateway.portal import pages
from gateway.portal.forms import Field
from gateway.portal.page import portal
from gateway.portal.verbs import REGISTRY, Verb

DOCUMENTS = Path(__file__).parents[2] / "contracts" / "generated" / "openapi"

pages.load()


@cache
def document(service: str) -> dict[str, Any]:
    """The OpenAPI document of a service."""
    quick = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((DOCUMENTS / f"{service}.yaml").read_text(encoding="utf-8"), Loader=quick)


def operation(verb: Verb) -> dict[str, Any]:
    """What the document says of the verb's path, whatever its places are called there."""
    for path, operations in document(verb.service)["paths"].items():
        if _shape(path) == _shape(f"/api/{verb.service}/v1{verb.path}") and verb.method.lower() in operations:
            return operations[verb.method.lower()]
    raise AssertionError(f"{verb.service} has no {verb.method} {verb.path}")


def _shape(path: str) -> list[str]:
    return ["{}" if part.startswith("{") else part for part in path.split("/")]


def asked_for(verb: Verb, found: dict[str, Any]) -> dict[str, Any]:
    """The schema of what the verb sends: of the body, or made from the parameters of the query."""
    if verb.in_query:
        rows = [_resolved(verb, row) for row in found.get("parameters", ())]
        query = [row for row in rows if row["in"] == "query"]
        return {
            "properties": {row["name"]: row["schema"] for row in query},
            "required": [row["name"] for row in query if row.get("required")],
        }
    content = found.get("requestBody", {}).get("content", {}).get("application/json", {})
    return _resolved(verb, content.get("schema", {}))


def _resolved(verb: Verb, schema: dict[str, Any]) -> dict[str, Any]:
    while way := schema.keys() & {"$ref", "allOf", "anyOf"}:
        if "$ref" not in way:
            schema = schema[way.pop()][0]  # what may be null is there
            continue
        kind, name = schema["$ref"].split("/")[-2:]
        schema = document(verb.service)["components"][kind][name]
    return schema


def place(verb: Verb, schema: dict[str, Any], field: str) -> dict[str, Any]:
    """The schema of one field, dots leading into objects."""
    for part in field.split("."):
        properties = schema.get("properties")
        if properties is None and schema.get("type") == "object":
            return {}  # an object of any keys
        assert properties and part in properties, f"{verb.name}: the service does not know {field}"
        schema = _resolved(verb, properties[part])
    return schema


def _choices(field: Field, schema: dict[str, Any], verb: Verb) -> Iterator[str]:
    allowed = schema.get("enum") or _resolved(verb, schema.get("items", {})).get("enum")
    if allowed and not callable(field.options):
        yield from (key for key, _ in field.options if key not in allowed)


@pytest.mark.parametrize("verb", REGISTRY.values(), ids=lambda verb: verb.name)
def test_the_service_takes_what_the_page_sends(verb: Verb) -> None:
    schema = asked_for(verb, operation(verb))
    for field in verb.fields:
        where = place(verb, schema, field.name)
        assert not list(_choices(field, where, verb)), f"{verb.name}: {field.name} offers what the service refuses"
    for name in verb.fixed:
        place(verb, schema, name)
    asked = {field.name.partition(".")[0] for field in verb.fields if field.required} | set(verb.fixed)
    forgotten = set(schema.get("required", ())) - asked
    assert not forgotten, f"{verb.name} does not ask for {sorted(forgotten)}"


@pytest.mark.rule("FEE-33")
def test_what_a_form_begins_with_is_read_of_the_service() -> None:
    begun = [verb for verb in REGISTRY.values() if verb.begun]
    assert begun
    for verb in begun:
        found = operation(replace(verb, path=verb.source, method="GET"))
        schema = _resolved(verb, found["responses"]["200"]["content"]["application/json"]["schema"])
        assert set(verb.begun) <= {field.name for field in verb.fields}
        for key in verb.begun.values():
            assert place(verb, schema, key).get("type"), f"{verb.name}: the service does not tell {key}"


def test_what_follows_a_deed_is_a_page_of_the_portal() -> None:
    app = Flask("portal")
    app.register_blueprint(portal)
    known = app.url_map.bind("hall.example")
    for verb in REGISTRY.values():
        target = re.sub(r"{\w+}", "1", verb.then).partition("?")[0]
        assert known.test(target, "GET"), f"{verb.name} leads to {verb.then}, which is no page"
