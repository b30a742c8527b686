"""Every service keeps the house rules: callers declared and enforced, contracts kept, clocks and tables wired."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis import auth, db, migrate, web
from chassis.service import Service
from contracts import registry, topology

ROOT = Path(__file__).resolve().parents[2]
NAMES = registry.SERVICES


def service_of(name: str) -> Service:
    return importlib.import_module(f"services.{name}.service").service


@pytest.mark.parametrize("name", NAMES)
def test_every_route_declares_who_may_call_it(name: str) -> None:
    service = service_of(name)
    app, _ = web.build(service.name, service.title, service.blueprints, service.database)
    assert auth.undeclared(app) == []
    assert len(list(app.url_map.iter_rules())) > 3


def test_an_undeclared_route_stops_the_start() -> None:
    service = service_of("credit")
    app, _ = web.build(service.name, service.title, service.blueprints, service.database)
    app.add_url_rule("/open-door", view_func=lambda: "welcome", endpoint="open_door")
    with pytest.raises(RuntimeError, match="open_door"):
        auth.install(app, auth.Gate("credit", auth.Issuer(""), "secret"))


@pytest.mark.parametrize("name", NAMES)
def test_the_tables_are_what_the_models_say(name: str, database_url: str) -> None:
    service = service_of(name)
    service.database.connect(database_url)
    try:
        service.migrate()
        tables = [service.database.table(table) for table in db.chassis_table_names()]
        assert migrate.drift(service.database, [*service.models(), *tables]) == []
    finally:
        service.database.close()


@pytest.mark.parametrize("name", NAMES)
def test_every_consumed_event_exists_and_names_the_service(name: str) -> None:
    service = service_of(name)
    consumed = set(service.handlers.single) | set(service.handlers.batch)
    known = registry.all_types()
    assert consumed, "a queue without a worker"
    assert [type_ for type_ in consumed if type_ not in known] == []
    assert [type_ for type_ in consumed if name not in known[type_].consumers] == []
    bound = {binding.queue for binding in topology.build().bindings}
    assert topology.inbox(name) in bound


def test_every_queue_belongs_to_a_service_that_handles_something() -> None:
    inboxes = {queue.name for queue in topology.build().queues if queue.name.endswith(".in")}
    assert inboxes == {topology.inbox(name) for name in NAMES}


def calls(name: str) -> Iterator[tuple[Path, str, ast.Call]]:
    """(file, name of the function called, call) for every call with an argument in a service."""
    for path in sorted((ROOT / "services" / name).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                yield path, getattr(node.func, "attr", getattr(node.func, "id", "")), node


@pytest.mark.parametrize("name", NAMES)
def test_a_service_emits_only_its_own_events_and_commands_to_others(name: str) -> None:
    wrong = []
    seen = 0
    for path, _, node in calls(name):
        first = node.args[0]
        if path.name == "service.py":  # wiring: what is consumed
            continue
        if not isinstance(first, ast.Attribute) or not isinstance(first.value, ast.Name):
            continue
        module = importlib.import_module(f"services.{name}.{path.stem}")
        event_type = getattr(getattr(module, first.value.id, None), first.attr, None)
        if event_type is None or not hasattr(event_type, "owner"):
            continue
        seen += 1
        if event_type.channel == "events" and event_type.owner != name:
            wrong.append(f"{path.name}:{node.lineno} emits {event_type.type}, which belongs to {event_type.owner}")
    assert wrong == []
    assert seen, "no emit was found: the test looks in the wrong place"


@pytest.mark.parametrize("name", NAMES)
def test_every_deadline_that_is_set_has_due_work(name: str) -> None:
    service = service_of(name)
    kinds = set()
    for path, called, node in calls(name):
        if called not in {"set", "at"}:
            continue
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        if not (isinstance(owner, ast.Name) and owner.id == "deadlines"):
            continue
        first = node.args[0]
        if isinstance(first, ast.Constant):
            kinds.add(first.value)
        elif isinstance(first, ast.Name):
            module = importlib.import_module(f"services.{name}.{path.stem}")
            kinds |= {value} if isinstance(value := getattr(module, first.id, None), str) else set()
    assert kinds - set(service.due_work) == set()


def test_every_constant_of_every_rule_pack_has_an_article() -> None:
    from contracts import rules

    missing = [
        f"{pack}: {key}"
        for pack in rules.packs()
        for key, constant in rules.constants(pack).items()
        if not constant.article or constant.rule not in rules.catalogue()
    ]
    assert missing == []
