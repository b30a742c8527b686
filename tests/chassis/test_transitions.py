"""State machines as tables, and the history that every transition leaves."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chassis import auth, history
from chassis.clock import clock_at
from chassis.db import Database
from chassis.errors import Refusal
from chassis.transitions import Machine, row

DOOR = Machine(
    "door",
    {"open": "开", "shut": "关", "locked": "锁"},
    (
        row("D1", "open", "shut", "shut", "anybody", "FIL-33"),
        row("D2", "shut", "open", "open", "anybody", "FIL-33"),
        row("D3", "shut", "locked", "lock", "keeper", "FIL-33"),
        row("D4", "open shut", None, "look", "anybody", "FIL-33"),
        row("D5", "open", "shut", "draught", "system", "FIL-33"),
    ),
)


def test_a_row_allows_and_everything_else_is_refused_with_what_is_possible() -> None:
    assert DOOR.step("open", "shut").target == "shut"
    assert DOOR.step("shut", "look").target is None
    with pytest.raises(Refusal) as refusal:
        DOOR.step("open", "lock")
    problem = refusal.value.problem()
    assert (problem["status"], problem["state"], problem["allowed"]) == (409, "open", ["look", "shut"])
    assert "开" in problem["detail"] and problem["article"]


def test_a_table_that_names_an_unknown_state_is_not_built() -> None:
    with pytest.raises(ValueError, match="ajar"):
        Machine("door", {"open": "开"}, (row("D1", "open", "ajar", "push", "anybody", "FIL-33"),))


@pytest.fixture
def records(database_url: str) -> Iterator[Any]:
    database = Database("history_of_a_test")
    database.connect(database_url)
    table = database.table("history")
    table.create_table()
    yield table
    database.close()


def write(table: Any, *verbs: str) -> None:
    for verb in verbs:
        with table.home.transaction():
            history.append("case-1", verb, source="a", target="b", opinion="意见", details={"n": [1, 2]})


@pytest.mark.rule("FIL-33")
def test_the_history_keeps_who_when_and_what_in_order(records: Any) -> None:
    auth.act_as(auth.Actor("staff:1", "staff"))
    with clock_at("2026-03-02 10:00"):
        write(records, "submit", "view")
    kept = history.of("case-1")
    assert [(r.number, r.verb, r.actor, r.opinion) for r in kept] == [
        (1, "submit", "staff:1", "意见"),
        (2, "view", "staff:1", "意见"),
    ]
    assert history.verify("case-1")
    assert history.verify("case-without-history")


@pytest.mark.rule("FIL-33")
@pytest.mark.parametrize("fault", ["changed", "removed", "moved"])
def test_the_chain_shows_that_a_record_was_tampered_with(records: Any, fault: str) -> None:
    write(records, "submit", "view", "accept")
    second = (records.subject == "case-1") & (records.number == 2)
    if fault == "changed":
        records.update(opinion="另一意见").where(second).execute()
    elif fault == "removed":
        records.delete().where(second).execute()
    else:
        records.update(subject="case-2").where(second).execute()
    assert not history.verify("case-1")


def test_history_needs_the_transaction_of_the_change(records: Any, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        history.append("case-1", "submit")
    assert history.of("case-1") == []
