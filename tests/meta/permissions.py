"""The permission matrix: every route of a service, called by everybody, with rows that somebody else owns.

Nothing here names a route. The routes and who may call them come from the application, bodies from its OpenAPI
document, and the rows from the world of the service (worlds): each has one owner, one organisation, and a sample of
every path parameter.
"""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from chassis import auth
from contracts import registry, words
from tests.support import Bench, Caller, peer

ROLES = tuple(role for role in words.ROLES if role not in {"applicant", "agent"})
ITEM_ROLES = ("window_clerk", "window_manager", "reviewer", "decider", "unit_leader", "credit_admin", "supervisor")
REFUSED = (403, 404)
KINDS = ("person", "legal", "staff")
FORMATS = {"date": "2026-03-02", "date-time": "2026-03-02T09:00:00+08:00"}


@dataclass(frozen=True)
class Visitor:
    """Somebody at the door; `own` owns the rows of the world or works in the organisation that does."""

    name: str
    kind: str  # nobody | citizen | staff | service | carrier
    own: bool
    headers: dict[str, str]
    actor: auth.Actor = auth.ANONYMOUS


@dataclass(frozen=True)
class Route:
    """One method of one rule."""

    method: str
    path: str
    view: Any
    parameters: tuple[str, ...]
    query: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def public(self) -> bool:
        """Open to anybody."""
        return any(isinstance(group, auth.Public) for group in self.view.allowed)

    @property
    def lists(self) -> bool:
        """Shows rows that the path does not name: a list, a search, an export, numbers."""
        return self.method == "GET" and not self.parameters and not self.public


@dataclass(frozen=True)
class Outcome:
    """What became of one call; `groups` are those of the declaration that admit the visitor."""

    route: Route
    visitor: Visitor
    groups: tuple[Any, ...]
    status: int
    problem: dict[str, Any]
    text: str
    lost: tuple[str, ...]  # rows of the owner that are no longer as they were
    changed: bool

    def __str__(self) -> str:
        return f"{self.route}: {self.visitor.name} -> {self.status} {self.problem.get('type', '')}"

    @property
    def shared(self) -> str:
        """The reason for which somebody else is admitted, as the route declares it."""
        return next((group.shared for group in self.groups if getattr(group, "shared", "")), "")

    @property
    def refused(self) -> bool:
        """Refused, and nothing changed."""
        return self.status in REFUSED and not self.changed


@dataclass
class World:
    """A service with at least one row of everything that a path can name, all of one owner.

    `values` holds samples by name of a parameter or field, or by the beginning of the path that ends with it, perhaps
    for one kind of visitor only ("staff /sessions/<session_id>"), or for one route ("DELETE /rows/<row_id>: row_id");
    `owners` and `others` are references of a person, a legal person and a staff member; `here` are the owner's
    organisations. `markers` are texts by which the owner's rows are known.
    """

    bench: Bench
    values: dict[str, Any]
    here: tuple[str, ...]
    elsewhere: str
    markers: tuple[str, ...]
    owners: dict[str, str] = field(default_factory=lambda: {kind: f"{kind}:owner" for kind in KINDS})
    others: dict[str, str] = field(default_factory=lambda: {kind: f"{kind}:other" for kind in KINDS})
    bodies: dict[str, dict[str, Any]] = field(default_factory=dict)  # by name of the view, where no schema helps
    signing: Callable[[bytes], dict[str, str]] | None = None  # the headers of an outside carrier for a body
    about_items: bool = False  # every row belongs to an item, so that item sets bound who handles it

    def token(self, caller: Caller) -> str:
        """The caller's token for this service."""
        return caller.token(self.bench.service.name)

    # --- who comes ------------------------------------------------------------------------------------------------

    @cached_property
    def visitors(self) -> list[Visitor]:
        """Nobody, citizens, every role here and elsewhere, every service, a stranger."""
        found = [Visitor("nobody", "nobody", False, {})]
        unverified = Caller(self.others["person"], "person", 0)
        found.append(self._visitor("unverified person", "citizen", False, unverified))
        for kind, level in (("person", 1), ("legal", 2)):
            found.append(self._visitor(f"own {kind}", "citizen", True, Caller(self.owners[kind], kind, level)))
            found.append(self._visitor(f"other {kind}", "citizen", False, Caller(self.others[kind], kind, level)))
        for role in (*ROLES, ""):
            name = role or "staff without a role"
            here, there = self._grants(role, *self.here), self._grants(role, self.elsewhere)
            found.append(self._visitor(name, "staff", True, Caller(self.owners["staff"], "staff", 0, here)))
            if role not in auth.HALL_WIDE:
                other = Caller(self.others["staff"], "staff", 0, there)
                found.append(self._visitor(f"{name} elsewhere", "staff", False, other))
            if self.about_items and role in ITEM_ROLES:
                for_others = tuple(grant | {"items": ["another-item"]} for grant in here)
                other = Caller(self.others["staff"], "staff", 0, for_others)
                found.append(self._visitor(f"{name} for other items", "staff", False, other))
        for service in (*registry.SERVICES, "stranger"):
            found.append(self._visitor(f"service {service}", "service", False, peer(service)))
        if self.signing:
            found.append(Visitor("carrier", "carrier", False, {}))
        return found

    def _grants(self, role: str, *orgs: str) -> tuple[dict[str, Any], ...]:
        return tuple({"role": role, "org": org, "items": None} for org in orgs if role)

    def _visitor(self, name: str, kind: str, own: bool, caller: Caller) -> Visitor:
        signed = caller.token(self.bench.service.name) if kind == "service" else self.token(caller)
        grants = tuple(auth.Grant(**grant) for grant in caller.grants)
        actor = auth.Actor(caller.ref, caller.kind, caller.level, grants)
        return Visitor(name, kind, own, {"Authorization": f"Bearer {signed}"}, actor)

    # --- where they go --------------------------------------------------------------------------------------------

    @cached_property
    def routes(self) -> list[Route]:
        """Every route of the application."""
        found = []
        for rule in self.bench.app.url_map.iter_rules():
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                operation = self._operation(rule.rule, method)
                query = tuple(entry["name"] for entry in operation.get("parameters", ()) if entry.get("in") == "query")
                names = tuple(re.findall(r"<(?:\w+:)?(\w+)>", rule.rule))
                view = self.bench.app.view_functions[rule.endpoint]
                found.append(Route(method, rule.rule.removeprefix(self._root), view, names, query))
        return found

    @cached_property
    def without_sample(self) -> list[str]:
        """Path parameters for which the world has no row."""
        return [
            f"{route}: {name}"
            for route in self.routes
            for name in route.parameters
            if self._sample(route, name, "") is None
        ]

    def request(self, route: Route, kind: str) -> dict[str, Any]:
        """A request of this route that names the rows of the owner of this kind."""
        path = self._root + route.path
        for name in route.parameters:
            path = re.sub(rf"<(?:\w+:)?{name}>", str(self._sample(route, name, kind)), path, count=1)
        if prepared := self.bodies.get(route.view.__name__):
            return {"path": path, "method": route.method} | prepared
        operation = self._operation(route.path, route.method)
        wanted = [
            entry for entry in operation.get("parameters", ()) if entry["in"] == "query" and entry.get("required")
        ]
        query = {
            entry["name"]: self.values.get(f"{route}: {entry['name']}") or self._made(entry["name"], entry["schema"])
            for entry in wanted
        }
        content = operation.get("requestBody", {}).get("content", {})
        found: dict[str, Any] = {"path": path, "method": route.method, "query_string": query}
        if "application/json" in content:
            found["json"] = self._made("", content["application/json"]["schema"])
        elif content:
            found["data"] = b"%PDF-1.4\n" + b"0" * 64
        return found

    def properties(self, route: Route) -> list[str]:
        """The fields of its JSON body."""
        content = self._operation(route.path, route.method).get("requestBody", {}).get("content", {})
        return list(self._resolved(content.get("application/json", {}).get("schema", {})).get("properties", ()))

    # --- what happens ---------------------------------------------------------------------------------------------

    @cached_property
    def outcomes(self) -> list[Outcome]:
        """All calls. Each meets the same world: what a call has changed is taken back. Before a public route all are
        equal, so one of each kind goes there."""
        self.bench.database.release()
        address = self.bench.settings.database_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(address)) as watch, closing(sqlite3.connect(":memory:")) as kept:
            watch.execute("PRAGMA synchronous=OFF")
            watch.backup(kept)
            before, equals = self._rows(watch), self._came_before()
            return [
                self._call(route, visitor, query, watch, kept, before)
                for visitor in self.visitors
                for route in self.routes
                if not (route.public and (visitor.kind, visitor.own) in equals[visitor.name])
                for query in self._searches(route, visitor)
            ]

    def _came_before(self) -> dict[str, set[tuple[str, bool]]]:
        """The kinds that have been at the door when a visitor comes."""
        found: dict[str, set[tuple[str, bool]]] = {}
        kinds: set[tuple[str, bool]] = set()
        for visitor in self.visitors:
            found[visitor.name] = set(kinds)
            kinds.add((visitor.kind, visitor.own))
        return found

    def _searches(self, route: Route, visitor: Visitor) -> Iterator[dict[str, Any]]:
        """A list is asked for as it is; one who owns nothing of it also searches for the owner's rows."""
        yield {}
        if route.lists and visitor.kind in {"citizen", "staff"} and not visitor.own:
            yield from ({name: self.values[name]} for name in route.query if name in self.values)

    def _call(
        self,
        route: Route,
        visitor: Visitor,
        query: dict[str, Any],
        watch: sqlite3.Connection,
        kept: sqlite3.Connection,
        before: set[str],
    ) -> Outcome:
        request = self.request(route, visitor.kind)
        request["query_string"] = request.get("query_string", {}) | query
        headers = visitor.headers
        if visitor.kind == "carrier" and self.signing:
            request["data"] = json.dumps(request.pop("json", None)).encode()
            headers = self.signing(request["data"])
        with self.bench.app.test_request_context(headers=headers, **request):
            groups = tuple(group for group in route.view.allowed if group.admits(visitor.actor))
        stand = watch.execute("PRAGMA data_version").fetchone()
        answer = self.bench.app.test_client().open(headers=headers, **request)
        changed = watch.execute("PRAGMA data_version").fetchone() != stand
        lost: set[str] = set()
        if changed:
            after = self._rows(watch)
            changed, lost = after != before, {row for row in before - after if self.marked(row)}
            kept.backup(watch)
        problem = answer.get_json(silent=True) if answer.status_code >= 400 else None
        text = answer.get_data().decode(errors="replace")  # perhaps a PDF
        return Outcome(route, visitor, groups, answer.status_code, problem or {}, text, tuple(sorted(lost)), changed)

    def marked(self, text: str) -> list[str]:
        """Which of the owner's rows a text shows."""
        return [marker for marker in self.markers if marker in text]

    @staticmethod
    def _rows(watch: sqlite3.Connection) -> set[str]:
        tables = [name for (name,) in watch.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {f"{table} {row}" for table in tables for row in watch.execute(f'SELECT * FROM "{table}"')}

    # --- samples --------------------------------------------------------------------------------------------------

    @cached_property
    def _document(self) -> dict[str, Any]:
        return self.bench.service.openapi()

    @property
    def _root(self) -> str:
        return f"/api/{self.bench.service.name}/v1"

    def _operation(self, path: str, method: str) -> dict[str, Any]:
        full = self._root + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path.removeprefix(self._root))
        found: dict[str, Any] = self._document["paths"].get(full, {})
        return found.get(method.lower(), {})

    def _sample(self, route: Route, name: str, kind: str) -> Any:
        """By route and parameter, by kind of visitor and path up to it, by that path alone, by its name."""
        path = re.sub(r"<\w+:", "<", route.path).partition(f"<{name}>")[0] + f"<{name}>"
        keys = (f"{route}: {name}", f"{kind} {path}", path, name)
        return next((self.values[key] for key in keys if key in self.values), None)

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        if "$ref" in schema:
            return self._document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]  # type: ignore[no-any-return]
        return schema

    def _made(self, name: str, schema: dict[str, Any]) -> Any:
        """A valid value of a JSON schema; only what is required."""
        schema = self._resolved(schema)
        if name in self.values:
            return self.values[name]
        if "enum" in schema:
            return schema["enum"][0]
        kind = schema.get("type", "string")
        match kind[0] if isinstance(kind, list) else kind:
            case "object":
                properties = schema.get("properties", {})
                return {key: self._made(key, properties[key]) for key in schema.get("required", ())}
            case "array":
                return [self._made("", schema["items"]) for _ in range(schema.get("minItems", 0))]
            case "integer" | "number":
                return schema.get("minimum", 1)
            case "boolean":
                return True
        return FORMATS.get(schema.get("format", ""), "样例文字")
