"""What a refusal says of a field is Chinese first and English too, whatever is sent and whoever wrote the words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chassis import auth
from chassis.messages import told
from contracts import registry
from tests.meta.permissions import Route, Visitor, World
from tests.meta.sources import ROOT, repository_files
from tests.meta.worlds import WORLDS

BOTH = re.compile(r"[^A-Za-z]*[一-鿿].* / .*[A-Za-z].*", re.DOTALL)
GROUPS = (auth.Public, auth.Citizen, auth.Staff, auth.Peer)
HOLE = "某x"  # what a message says of the case at hand
JUNK: tuple[Any, ...] = (None, 5, -1.5, "", " ", "x" * 6000, [], [5, "x"], {"x": None}, "\0")


def leaves(found: Any) -> Iterator[str]:
    """The messages of fields, whatever their shape."""
    if isinstance(found, str):
        yield found
    for part in found.values() if isinstance(found, dict) else found if isinstance(found, list) else ():
        yield from leaves(part)


def admitted(world: World, route: Route) -> list[Visitor]:
    """Those who own something here and may come in; of each group one."""
    found = {}
    for visitor in world.visitors:
        for group in route.view.allowed:
            if visitor.own and type(group) in GROUPS and group.admits(visitor.actor):
                found.setdefault(repr(group), visitor)
    return list(found.values())


def requests(world: World, route: Route, kind: str) -> Iterator[dict[str, Any]]:
    """The route with nothing, with what it does not know, and with junk in everything that it knows."""
    good = world.request(route, kind)
    if route.query:
        yield good | {"query_string": dict.fromkeys(route.query, "!" * 600)}
    if "json" in good:
        for body in ({}, [], "x", {"stranger": 1}):
            yield good | {"json": body}
        names = world.properties(route)
        yield from (good | {"json": dict.fromkeys(names, junk)} for junk in JUNK)


@pytest.mark.parametrize("name", registry.SERVICES)
def test_what_is_wrong_with_a_field_is_said_in_both_languages(name: str, tmp_path: Path) -> None:
    wrong, said = set(), 0
    with WORLDS[name](tmp_path) as world:
        for route in world.routes:
            for visitor in admitted(world, route):
                for request in requests(world, route, visitor.kind):
                    answer = world.bench.app.test_client().open(headers=visitor.headers, **request)
                    problem = answer.get_json(silent=True) if answer.status_code == 422 else None
                    for message in leaves((problem or {}).get("fields")):
                        said += 1
                        if not BOTH.fullmatch(message):
                            wrong.add(f"{route}: {message}")
    assert said > 50
    assert not wrong, "\n".join(sorted(wrong))


def literals(tree: ast.AST) -> Iterator[str]:
    """The messages for fields that a module holds: of validators and schemas, and of refusals."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called == "ValidationError" and node.args:
            yield from _texts(node.args[0])
        if called in ("Regexp", "Equal", "Predicate", "OneOf", "Range", "Length") and "error" in keywords:
            yield from _texts(keywords["error"])
        if called == "Refusal" and isinstance(fields := keywords.get("fields"), ast.Dict):
            for value in fields.values:
                for one in value.elts if isinstance(value, ast.List) else ():
                    yield from _texts(one)


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else HOLE for part in node.values)


def test_the_words_beside_a_field_that_modules_hold_are_in_both_languages() -> None:
    wrong, read = [], 0
    for path in repository_files():
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in ("services", "chassis"):
            for text in literals(ast.parse(path.read_text(encoding="utf-8"))):
                read += 1
                if text != HOLE and not BOTH.fullmatch(told(text)):
                    wrong.append(f"{path.relative_to(ROOT)}: {text}")
    assert read > 50
    assert not wrong, "\n".join(wrong)
