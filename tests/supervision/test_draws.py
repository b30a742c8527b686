"""Random draws of parties and inspectors that anybody can repeat (双随机)."""

import hashlib
from typing import Any

import pytest

from contracts.events import credit, filing
from tests.supervision.conftest import OFFICE, ROOT, SUPERVISOR, completed, revoked
from tests.supervision.test_verification import serious
from tests.support import Bench, at_once, staff

ITEM = "000149032000"
INSPECTORS = [f"staff:inspector-{number}" for number in range(5)]


@pytest.fixture
def field(office: Bench) -> Bench:
    """Twelve holders, number 7 a key target, number 12 revoked."""
    for number in range(1, 13):
        done = completed(number, subject_ref=f"person:p-{number}", mode="ordinary")
        office.deliver(filing.CaseCompleted, f"case-{number}", done)
    office.deliver(credit.SubjectUpgraded, "person:p-7", serious() | {"subject_ref": "person:p-7"})
    office.deliver(filing.CaseRevoked, "case-12", revoked(12, subject_ref="person:p-12"), sequence=2)
    return office


def announce(bench: Bench, **changes: Any) -> Any:
    body = {"org": OFFICE, "title": "九月双随机抽查", "item_code": ITEM, "parties": 4} | changes
    return bench.client(SUPERVISOR).post(f"{ROOT}/draws", json=body)


def fix(bench: Bench, draw: str, inspectors: list[str] | None = None, caller: Any = SUPERVISOR) -> Any:
    return bench.client(caller).post(f"{ROOT}/draws/{draw}/lists", json={"inspectors": inspectors or INSPECTORS})


def run(bench: Bench, draw: str) -> Any:
    return bench.client(SUPERVISOR).post(f"{ROOT}/draws/{draw}/result")


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def repeat(told: dict[str, Any]) -> list[dict[str, Any]]:
    """The draw again, by what is published and nothing else."""
    assert sha(told["seed"]) == told["commitment"]
    assert sha(told["population"]) == told["population_hash"]
    lists: dict[str, list[str]] = {"key": [], "party": [], "inspector": []}
    for line in told["population"].splitlines():
        kind, entry = line.split(" ")
        lists[kind].append(entry)
    for entries in lists.values():
        entries.sort(key=lambda entry: sha(f"{told['seed']}:{told['population_hash']}:{entry}"))
    inspectors, each = lists["inspector"], told["inspectors_each"]
    return [
        {"party": party, "inspectors": [inspectors[(n * each + k) % len(inspectors)] for k in range(each)]}
        for n, party in enumerate((lists["key"] + lists["party"])[: told["parties"]])
    ]


@pytest.mark.rule("SUP-26")
def test_anybody_can_repeat_the_draw_and_nobody_is_named(field: Bench) -> None:
    first = announce(field).get_json()
    draw = first["id"]
    fixed = fix(field, draw).get_json()
    assert run(field, draw).status_code == 200
    told = field.client().get(f"{ROOT}/draws/{draw}").get_json()
    assert (told["commitment"], told["population_hash"]) == (first["commitment"], fixed["population_hash"])
    assert told["result"] == repeat(told)
    public = field.client().get(f"{ROOT}/draws").text
    assert draw in public
    assert not [name for name in ("person:", "staff:") if name in public]
    names = field.client(SUPERVISOR).get(f"{ROOT}/draws/{draw}/assignments").get_json()
    assert [sha(f"{draw}:{one['party']}") for one in names] == [one["party"] for one in told["result"]]
    assert names[0]["party"] == "person:p-7"  # the key target
    assert field.client(staff("supervisor", "TZJ046-JG")).get(f"{ROOT}/draws/{draw}/assignments").status_code == 403


@pytest.mark.rule("SUP-26")
def test_the_seed_is_committed_first_and_stays_secret_until_the_lists_are_fixed(field: Bench) -> None:
    told = announce(field).get_json()
    assert (told["population"], told["seed"], told["result"]) == (None, None, None)
    assert run(field, told["id"]).status_code == 409
    fixed = fix(field, told["id"]).get_json()
    assert (fixed["seed"], fixed["result"], fixed["commitment"]) == (None, None, told["commitment"])
    assert fix(field, told["id"], INSPECTORS[:2]).status_code == 409
    held = field.database.table("outbox").select().count()
    cells = field.database.proxy.execute_sql("SELECT seed, state FROM supervision_draw").fetchall()
    assert held and sha(cells[0][0]) != told["commitment"]  # encrypted where it lies
    assert run(field, told["id"]).get_json()["seed"]
    assert run(field, told["id"]).status_code == 409


@pytest.mark.rule("SUP-26")
def test_all_who_hold_a_result_in_the_field_are_in_the_draw_and_nobody_else(field: Bench) -> None:
    for number, change in ((98, {"item_code": "000149088000"}), (99, {"decision": "refused"})):
        done = completed(number, subject_ref=f"person:p-{number}", **change)
        field.deliver(filing.CaseCompleted, f"case-{number}", done)
    draw = announce(field).get_json()["id"]
    entries = {line.split(" ")[1] for line in fix(field, draw).get_json()["population"].splitlines()}
    holders = {f"person:p-{number}" for number in range(1, 12)}
    assert entries == {sha(f"{draw}:{ref}") for ref in [*holders, *INSPECTORS]}
    other = announce(field, item_code="000149099000").get_json()["id"]
    empty = fix(field, other)
    assert (empty.status_code, empty.get_json()["rule"]) == (422, "SUP-26")


@pytest.mark.rule("SUP-26")
def test_two_who_draw_at_once_draw_once(field: Bench) -> None:
    draw = announce(field).get_json()["id"]
    fix(field, draw)
    assert fix(field, draw, caller=staff("supervisor", "TZJ046-JG")).status_code == 403
    assert sorted(answer.status_code for answer in at_once(2, lambda _: run(field, draw))) == [200, 409]
