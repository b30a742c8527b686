"""What every test can ask for: databases, a broker, and a place in the rules report."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadGroupScheduling

from chassis import auth
from tests.harness import postgres, rabbitmq
from tests.harness.provide import NoServer

RULES_FILE = "build/rules.json"
REAL_SERVERS = {"postgres_server", "rabbitmq_server", "amqp_url"}
# What walks a case through many requests, or runs processes of its own: `make check` leaves it to `make test`.
INTEGRATION = (
    "booking/test_queue_properties.py",
    "booking/test_races.py",
    "catalog/test_concurrency.py",
    "catalog/test_contents.py",
    "catalog/test_exchange.py",
    "catalog/test_faults.py",
    "catalog/test_guides.py",
    "catalog/test_items.py",
    "catalog/test_leaders.py",
    "catalog/test_ranking.py",
    "catalog/test_seeding.py",
    "chassis/test_bus.py",
    "chassis/test_cli.py",
    "chassis/test_consumer.py",
    "chassis/test_messaging_failures.py",
    "contracts/test_generated.py",
    "credit/test_projections.py",
    "credit/test_with_booking.py",
    "feedback/test_abuse.py",
    "feedback/test_columns.py",
    "feedback/test_concurrency.py",
    "feedback/test_robot.py",
    "filing/test_agents.py",
    "filing/test_backoffice",
    "filing/test_concurrency.py",
    "filing/test_dates.py",
    "filing/test_demo_city.py",
    "filing/test_documents",
    "filing/test_exchange.py",
    "filing/test_giving.py",
    "filing/test_handling.py",
    "filing/test_payments.py",
    "filing/test_random_case.py",
    "filing/test_refiling.py",
    "filing/test_standing.py",
    "filing/test_transitions.py",
    "filing/test_uploads.py",
    "gateway/",
    "harness/",
    "identity/test_number_properties.py",
    "meta/test_openapi.py",
    "meta/test_permissions.py",
    "meta/test_services.py",
    "notifier/test_batches.py",
    "notifier/test_board.py",
    "notifier/test_changes.py",
    "notifier/test_failover.py",
    "notifier/test_lanes.py",
    "notifier/test_leakage.py",
    "notifier/test_providers.py",
    "notifier/test_receipts.py",
    "notifier/test_replies.py",
    "notifier/test_sending.py",
    "notifier/test_shipments.py",
    "portal/",
    "system/",
)
# They begin first, in this order, so that in the end nobody waits for them alone; a process that has a single long
# test takes a second one at once, so a short file follows.
LONGEST = (
    "system/test_nothing_lost.py::test_on_postgresql",
    "portal/",
    "system/test_nothing_lost.py::test_on_sqlite",
    "system/test_queue.py",
    "system/test_main_chain.py",
    "system/test_credit_chain.py",
)
ONE_HALL = {
    "tests/portal/": "pages",
    "tests/system/test_main_chain.py": "city",
    "tests/system/test_credit_chain.py": "city",
}
WORST = ("passed", "skipped", "failed")

_rules: dict[str, dict[str, Any]] = {}


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.PostgresServer]:
    """The PostgreSQL of this run; started by the first test that asks."""
    server = _bring(lambda: postgres.start(postgres.HASTY))
    yield server
    server.close()


@pytest.fixture(scope="session")
def rabbitmq_server() -> Iterator[rabbitmq.RabbitServer]:
    """The RabbitMQ of this run; started by the first test that asks."""
    server = _bring(rabbitmq.start)
    yield server
    server.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.system)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of its own, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    url = server.create_database()
    yield url
    server.drop_database(url.rpartition("/")[2])


@pytest.fixture(autouse=True)
def nobody_acts_on() -> Iterator[None]:
    """Who acts in the background of one test does not do so in the next."""
    before = auth.actor()
    yield
    auth.act_as(before)


@pytest.fixture
def amqp_url(rabbitmq_server: rabbitmq.RabbitServer) -> Iterator[str]:
    """A virtual host of its own on the broker of this run."""
    name = rabbitmq_server.create_vhost()
    yield rabbitmq_server.url(name)
    rabbitmq_server.release_vhost(name)


def _bring(start: Any) -> Any:
    """A missing server fails the test with one line; it is never skipped."""
    try:
        return start()
    except NoServer as reason:
        pytest.fail(str(reason), pytrace=False)


@pytest.hookimpl(tryfirst=True)  # before `-m` selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Who asks for a real server is a system test; who takes long is an integration test; the longest begin."""
    here = Path(__file__).parent
    names = {item.path: item.path.relative_to(here).as_posix() for item in items if item.path.is_relative_to(here)}
    items.sort(key=lambda item: _turn(item.nodeid.removeprefix("tests/")))
    for item in items:
        if names.get(item.path, "").startswith(INTEGRATION):
            item.add_marker(pytest.mark.integration)
        if REAL_SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.system)


def _turn(name: str) -> int:
    return next((turn for turn, start in enumerate(LONGEST) if name.startswith(start)), len(LONGEST))


class TestsOfOneHallTogether(LoadGroupScheduling):
    """Tests that share a hall go to the process that starts it: the browser tests, and the stories on either set-up.

    The mark `xdist_group` would say so, but pytest 9.2 has made it void (pytest-xdist issue 1386).
    """

    def _split_scope(self, nodeid: str) -> str:
        hall = next((hall for start, hall in ONE_HALL.items() if nodeid.startswith(start)), None)
        return f"{hall} {'servers' if '[servers' in nodeid else ''}" if hall else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadGroupScheduling | None:
    """How `--dist loadgroup` shares the long tests out."""
    return TestsOfOneHallTogether(config, log) if config.getvalue("dist") == "loadgroup" else None


def pytest_addoption(parser: pytest.Parser) -> None:
    """A run in two parts has one rules report."""
    parser.addoption("--rules-add", action="store_true", help="keep the rules proven by the run before")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep the worst outcome of set-up, call and tear-down of a test with a rule."""
    rules = [value for key, value in report.user_properties if key == "rule"]
    if rules:
        entry = _rules.setdefault(report.nodeid, {"rules": rules, "outcome": "passed"})
        entry["outcome"] = max(entry["outcome"], report.outcome, key=WORST.index)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Hand the rule ids of the marks to the report."""
    for mark in item.iter_markers("rule"):
        if not mark.args:
            pytest.fail(f"{item.nodeid}: the rule mark needs a rule id", pytrace=False)
        item.user_properties.extend(("rule", rule) for rule in mark.args)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write rule → tests → outcome for the rules report."""
    if session.config.option.collectonly or not _rules or hasattr(session.config, "workerinput"):
        return  # of parallel processes only the one that hears all reports writes
    rules: dict[str, dict[str, str]] = {}
    for test, entry in sorted(_rules.items()):
        for rule in entry["rules"]:
            rules.setdefault(rule, {})[test] = entry["outcome"]
    target = session.config.rootpath / RULES_FILE
    target.parent.mkdir(exist_ok=True)
    before = json.loads(target.read_text()) if session.config.option.rules_add and target.exists() else {}
    for rule, tests in before.get("rules", {}).items():
        rules[rule] = tests | rules.get(rule, {})
    finished = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    option = session.config.option
    selection = [
        *session.config.args,
        *(["-m", option.markexpr] if option.markexpr else []),
        *(["-k", option.keyword] if option.keyword else []),
    ]
    content = {
        "selection": " + ".join(filter(None, (before.get("selection"), " ".join(selection)))),
        "finished": finished,
        "exit_status": max(int(exitstatus), before.get("exit_status", 0)),
        "rules": dict(sorted(rules.items())),
    }
    target.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
