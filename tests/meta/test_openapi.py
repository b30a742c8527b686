"""Every service keeps to its own OpenAPI document, whatever it is asked: no server error, no answer that is not in it.

schemathesis makes the requests from the document, good ones and bad ones, the same in every run. Identity and catalog
have a world in which the good ones find what they name; every operation begins with it anew.
"""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation.feedback import NO_FEEDBACK
from schemathesis.specs.openapi import checks

from chassis import auth
from chassis.clock import clock_at
from contracts import registry
from services.catalog.models import Content, ContentVersion, FormFile, Quota
from services.catalog.models import Hall as HallRow
from services.identity.models import RoleGrant, Session, Staff, User
from tests.catalog import conftest as catalog
from tests.identity.conftest import CARD, PASSWORD, Hall
from tests.identity.conftest import hall as hall
from tests.identity.conftest import quick_hashing as quick_hashing
from tests.identity.conftest import verifier as verifier
from tests.identity.test_verification import legal_form, unit
from tests.meta.test_services import service_of
from tests.support import Bench, Caller, bench, legal, peer, person, staff

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
schemathesis.serializer.alias("application/pdf", "application/octet-stream")
ORG = "TZJ077"
ADDRESS = {"recipient": "样本", "phone": "13800000123", "region": "120101", "detail": "样本路 1 号"}


@dataclass
class World:
    """A bench, tokens of its people by reference, and what exists there: by name, by place, or whole bodies."""

    bench: Bench
    examples: int = 4  # of each kind and operation
    tokens: dict[str, str] = field(default_factory=dict)
    known: dict[str, list[Any]] = field(default_factory=dict)

    def values(self, path: str, name: str) -> list[Any]:
        """What this name may stand for in this path: `items.code`, else `code`."""
        return self.known.get(f"{path.split('/')[4]}.{name}") or self.known.get(name) or []

    def token(self, caller: Caller) -> str:
        """The token of a caller; identity looks for its session, so there it is a real one."""
        return self.tokens.get(caller.ref) or caller.token(self.bench.service.name)


def callers(view: Any) -> list[Caller | None]:
    """Of each kind that may call the route one."""
    found: list[Caller | None] = []
    for who in view.allowed:
        match who:
            case auth.Public():
                found.append(None)
            case auth.Citizen():
                found += [person("person:one"), legal("legal:one")]
            case auth.Staff():
                found += [staff(role, ORG, ref=f"staff:{role}") for role in who.roles or ["window_clerk"]]
            case auth.Peer():
                found += [peer(name) for name in who.names or ["filing"]]
    return found


def views(app: Flask) -> dict[tuple[str, str], Any]:
    """The view of each method and path, written as in the document."""
    found = {}
    for rule in app.url_map.iter_rules():
        path = "".join(f"{{{part}}}" if dynamic else part for dynamic, part in rule._trace).partition("|")[2]
        found |= {(method, path): app.view_functions[rule.endpoint] for method in rule.methods}
    return found


def enrich(case: Any, path: str, world: World, pick: int) -> None:
    """Let a good request name what exists."""
    whole = world.known.get(f"{case.method} {path.split('/v1')[1]}")
    if whole:
        case.body = whole[pick % len(whole)]
    for part in (case.path_parameters, case.query, case.body):
        if isinstance(part, dict) and not (part is case.body and whole):
            for name in part:
                if values := world.values(path, name):
                    part[name] = values[pick % len(values)]


def ask(
    world: World, operation: Any, route: tuple[str, str], who: list[Caller | None], mode: GenerationMode
) -> set[str]:
    """Requests of one kind to one operation; what its document does not say of the answers."""
    found: dict[str, str] = {}

    @settings(
        max_examples=world.examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(mode, feedback=NO_FEEDBACK), st.sampled_from(who), st.integers(0, 3))
    def each(case: Any, caller: Caller | None, pick: int) -> None:
        if pick and mode is GenerationMode.POSITIVE:
            enrich(case, route[1], world, pick)
        headers = {"Authorization": f"Bearer {world.token(caller)}"} if caller else {}
        answer = case.call(app=world.bench.app, headers=headers)
        try:
            case.validate_response(answer, checks=CHECKS, headers=headers)
        except FailureGroup as group:
            for failure in group.exceptions:
                found.setdefault(type(failure).__name__, f"{' '.join(route)}: {failure}\n{case}\n{answer.text[:500]}")

    each()
    return set(found.values())


def faults(world: World) -> list[str]:
    """What the service does that its document does not say, each operation in the world as it was."""
    service, url = world.bench.service, world.bench.settings.database_url
    file = url.removeprefix("sqlite:///")
    service.database.proxy.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(file, f"{file}.kept")
    document, routes = schemathesis.openapi.from_dict(service.openapi()), views(world.bench.app)
    found: list[str] = []
    for operation in (result.ok() for result in document.get_all_operations()):
        route = (operation.method.upper(), operation.path)
        service.database.close()
        shutil.copyfile(f"{file}.kept", file)
        service.database.connect(url)
        for mode in GenerationMode:
            # No text in a path is wrong, and no bytes of a file.
            refusable = operation.query or operation.get_body_for_media_type("application/json")
            if mode is GenerationMode.POSITIVE or refusable:
                found += ask(world, operation, route, callers(routes[route]), mode)
    return found


@pytest.fixture
def people(hall: Hall, verifier: Any) -> World:
    """Identity with a verified person, a legal person, staff of every role, an address."""
    hall.orgs()
    hall.verified()
    unit(hall, verifier)
    assert hall.post("/registrations/legal", legal_form(hall)).status_code == 201
    tokens = {
        "person:one": hall.log_in("citizen123")["access_token"],
        "legal:one": hall.log_in("company1", "legal")["access_token"],
    }
    for role in ("window_clerk", "system_admin", "service_office", "auditor"):
        client = hall.staff(role, role, ORG)
        tokens[f"staff:{role}"] = client.environ_base["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    post = Staff.get(Staff.display_name == "window_clerk")
    address = hall.post("/me/addresses", ADDRESS, hall.bench.client(tokens["person:one"])).get_json()
    ticket = hall.post("/login-tickets", {"kind": "person"}).get_json()
    login = {"kind": "person", "account": "citizen123", "password": PASSWORD}
    known = {
        "ref": [f"person:{address['id']}", *(user.ref for user in User.select())],
        "recipients": [[User.get().ref, "role:auditor@TZJ077"]],
        "address_ref": [address["ref"]],
        "address_id": [address["id"]],
        "staff_id": [post.id],
        "staff": [post.id],
        "grant_id": [RoleGrant.get().id],
        "session_id": [Session.get(Session.user_id == User.get(User.account == "citizen123").id).id],
        "org": ["TZJ077", "TZJ049-SP"],
        "password": [PASSWORD],
        "old": [PASSWORD],
        "account": ["citizen123", "company1"],
        "ticket": [ticket["ticket"]],
        "secret": [ticket["secret"]],
        "mobile": ["13800000123"],
        "card_no": [CARD],
        "cursor": [None],
        "POST /sessions": [login],
        "POST /sessions/refresh": [{"refresh_token": hall.log_in("citizen123")["refresh_token"]}],
        "PUT /me/password": [{"old": PASSWORD, "new": f"{PASSWORD}x"}],
        "POST /registrations/person": [hall.person_form(124)],
        "POST /grants": [{"staff": post.id, "role": "reviewer", "org": "TZJ049-SP"}],
    }
    return World(hall.bench, examples=8, tokens=tokens, known=known)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[World]:
    """The catalog with the whole demo city."""
    with clock_at(catalog.MONDAY), bench(service_of("catalog"), tmp_path) as opened:
        catalog.load_city()
        opened.client(catalog.OFFICE_EDITOR).post(f"{catalog.API}/items", json=catalog.guide_of(new_code=catalog.NEW))
        content, day = Content.get(), {"date": "2031-01-01", "name": "元旦"}
        text = ContentVersion.get(ContentVersion.code == content.code)
        entry = {"code": content.code, "kind": content.kind, "title": content.title, "org": content.org}
        known = {
            "orgs.code": ["TZJ049-SP"],
            "halls.code": [HallRow.get().code],
            "contents.code": [content.code],
            "code": [catalog.DEVICE, catalog.FOOD, catalog.NEW],
            "item": [catalog.DEVICE, catalog.FOOD],
            "hall": [Quota.get().hall],
            "number": [1],
            "year": [2026, 2031],
            "name": [FormFile.get().name.removeprefix("forms/")],
            "region": ["120000", "120101"],
            "org": ["TZJ049-SP"],
            "q": ["医疗器械", "ylqx"],
            "cursor": [None],
            "POST /items": [catalog.guide_of(new_code="000149099002")],
            "PUT /items/{code}/draft": [catalog.guide_of()],
            "POST /contents": [entry | {"code": "a-new-text", "document": text.document, "change_log": "x"}],
            "PUT /contents/{code}": [entry | {"document": text.document, "change_log": "x"}],
            "PUT /calendar/{year}": [{"holidays": [day], "document_no": "x"}],
            "POST /deadline-explanations": [{"anchor": "2026-03-02", "n": 5, "unit": "wd", "rule": "FIL-24"}],
        }
        yield World(opened, examples=8, known=known)


@pytest.mark.parametrize("name", registry.SERVICES)
def test_a_service_keeps_to_its_document(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    built = {"identity": "people", "catalog": "city"}.get(name)
    with ExitStack() as stack:
        if built:
            world = request.getfixturevalue(built)
        else:
            stack.enter_context(clock_at(catalog.MONDAY))
            world = World(stack.enter_context(bench(service_of(name), tmp_path)))
            for peer_name in ("catalog", "identity", "credit", "filing"):
                world.bench.peer(peer_name, {})  # there, and knows of nothing
        found = faults(world)
    assert not found, "\n\n".join(found)
