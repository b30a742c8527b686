"""Every row of the table of a promise (承诺) is walked; what has no row is refused and changes nothing (domain 2.2)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from chassis import clock, deadlines
from services.filing.models import Commitment
from services.filing.transitions import COMMITMENT
from tests.filing.hall import Hall

PAST = "2026-07-01 00:00"  # after every date that can be promised in March
Way = Callable[[Hall, str], Any]

# --- what moves a promise of M02 and M03 ------------------------------------------------------------------------------


def submit(hall: Hall, case_no: str) -> None:
    hall.do(hall.citizen, case_no, "submission")


def handle(hall: Hall, case_no: str) -> None:
    hall.do(hall.clerk, case_no, "view")
    hall.do(hall.clerk, case_no, "acceptance")
    hall.do(hall.reviewer, case_no, "review", {"opinion": "符合条件"})


def grant(hall: Hall, case_no: str) -> None:
    hall.do(hall.decider, case_no, "decision", {"decision": "granted", "opinion": "准予"})


def refuse(hall: Hall, case_no: str) -> None:
    hall.do(hall.decider, case_no, "decision", {"decision": "refused", "opinion": "不予", "basis": "第五条"})


def withdraw(hall: Hall, case_no: str) -> None:
    hall.do(hall.citizen, case_no, "withdrawal")


def supply(*codes: str) -> Way:
    return lambda hall, case_no: hall.supply(case_no, *codes)


def check(*codes: str, conforms: bool = True) -> Way:
    return lambda hall, case_no: hall.check(case_no, *codes, conforms=conforms)


def let_pass(hall: Hall, _: str) -> None:
    hall.sweep(PAST)


def find_other_ground(hall: Hall, case_no: str) -> None:
    hall.rectification_failed(case_no)


SIGNED: list[Way] = [submit, handle]
OPEN = [*SIGNED, grant]
UNDER_CHECK = [*OPEN, supply("M02")]
REJECTED = [*UNDER_CHECK, check("M02", conforms=False)]
STATES: dict[str, list[Way]] = {
    "none": [],
    "signed": SIGNED,
    "open": OPEN,
    "under_check": UNDER_CHECK,
    "fulfilled": [*OPEN, supply("M02", "M03"), check("M02", "M03")],
    "failed": [*REJECTED, supply("M02"), check("M02", conforms=False)],
    "lapsed": [*OPEN, let_pass],
    "void": [*SIGNED, refuse],
    "cancelled": [*OPEN, find_other_ground],
}


@dataclass(frozen=True)
class Step:
    """One way along a row of the table: what happens before, what then, and what is told of the promise."""

    number: str
    source: str
    verb: str
    target: str
    act: Way
    told: list[str] = field(default_factory=list)
    before: list[Way] | None = None  # where the state alone does not say it


WALK = [
    Step("P1", "none", "sign", "signed", submit),
    Step("P2", "signed", "open", "open", grant, ["opened"]),
    Step("P3", "signed", "void", "void", refuse),
    Step("P3", "signed", "void", "void", withdraw),
    Step("P4", "open", "supply", "under_check", supply("M02"), ["supplied"]),
    Step("P4", "signed", "supply", "signed", supply("M02"), ["supplied"]),
    Step("P4", "under_check", "supply", "under_check", supply("M03"), ["supplied"]),
    Step("P5", "under_check", "fulfil", "fulfilled", check("M02", "M03"), ["fulfilled"], [*OPEN, supply("M02", "M03")]),
    Step(
        "P5",
        "open",
        "fulfil",
        "fulfilled",
        grant,
        ["opened", "fulfilled"],
        [*SIGNED, supply("M02", "M03"), check("M02", "M03")],
    ),
    Step("P6", "under_check", "reject", "open", check("M02", conforms=False), ["rejected"]),
    Step("P6", "under_check", "accept_part", "open", check("M02")),
    Step("P6", "signed", "check_early", "signed", check("M02"), [], [*SIGNED, supply("M02")]),
    Step("P6", "signed", "check_early", "signed", check("M02", conforms=False), ["rejected"], [*SIGNED, supply("M02")]),
    Step("P7", "under_check", "fail", "failed", check("M02", conforms=False), ["failed"], [*REJECTED, supply("M02")]),
    Step("P8", "open", "lapse", "lapsed", let_pass, ["lapsed"]),
    Step("P9", "open", "cancel", "cancelled", find_other_ground),
    Step("P9", "under_check", "cancel", "cancelled", find_other_ground),
]


def bring(hall: Hall, ways: list[Way]) -> str:
    """A commit case that has gone these ways."""
    case_no = hall.ready("commit")
    for way in ways:
        way(hall, case_no)
    return case_no


def stands(hall: Hall, case_no: str) -> tuple[str, str | None]:
    """The state of the promise, and its copy on the case."""
    case = hall.row(case_no)
    return Commitment.get(Commitment.case == case.id).status, case.commitment_status


def told(hall: Hall, case_no: str) -> list[str]:
    kinds = hall.kinds(case_no)
    return [kind.removeprefix("filing.commitment.") for kind in kinds if kind.startswith("filing.commitment.")]


def test_the_walk_covers_the_whole_table_and_the_recipes_every_state() -> None:
    table = {(row.number, source, row.verb, row.target or source) for row in COMMITMENT for source in row.sources}
    assert {(step.number, step.source, step.verb, step.target) for step in WALK} == table
    assert set(STATES) == set(COMMITMENT.states)


@pytest.mark.rule("FIL-10", "FIL-70", "FIL-71", "FIL-72", "FIL-73", "FIL-77")
@pytest.mark.parametrize("step", WALK, ids=lambda step: f"{step.number} {step.source} {step.verb}")
def test_a_row_leads_where_the_table_says(hall: Hall, step: Step) -> None:
    case_no = bring(hall, STATES[step.source] if step.before is None else step.before)
    before = told(hall, case_no)
    step.act(hall, case_no)
    assert stands(hall, case_no) == (step.target, step.target)
    assert told(hall, case_no)[len(before) :] == step.told
    assert hall.call(hall.citizen, "GET", f"/cases/{case_no}/history").get_json()["whole"]


@pytest.mark.rule("FIL-70", "FIL-71", "FIL-72")
@pytest.mark.parametrize("state", STATES)
def test_what_has_no_row_is_refused_and_changes_nothing(hall: Hall, state: str) -> None:
    case_no = bring(hall, STATES[state])
    before, heard = hall.row(case_no), hall.kinds(case_no)
    possible = {row.verb for row in COMMITMENT if state in row.sources}
    if "supply" not in possible:
        hall.do(hall.citizen, case_no, "supply", status=409)
    if not possible & {"reject", "check_early"}:
        results = [{"code": "M02", "conforms": True, "opinion": "符合"}]
        hall.do(hall.reviewer, case_no, "supply-check", {"results": results}, status=409)
    if "lapse" not in possible:
        with hall.bench.database.transaction():
            deadlines.at("commitment", before.id, clock.now())
        hall.sweep()
    after = hall.row(case_no)
    assert stands(hall, case_no)[0] == state
    assert (after.version, hall.kinds(case_no)) == (before.version, heard)
