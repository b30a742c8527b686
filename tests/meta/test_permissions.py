"""The permission matrix of every service: every route × everybody × own and other rows (ID-35)."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.auth import Staff
from contracts import registry
from tests.meta.permissions import Outcome, World
from tests.meta.worlds import WORLDS


@pytest.fixture(scope="module", params=registry.SERVICES)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """The world of one service, visited once."""
    with tempfile.TemporaryDirectory() as folder, WORLDS[request.param](Path(folder)) as found:
        assert found.outcomes
        yield found


def at_the_door(outcome: Outcome) -> bool:
    """Turned away by the declaration, before the verb looked at any row."""
    door = outcome.problem.get("detail_en", "").startswith("Your account may not do this: open to")
    return door or outcome.problem.get("type") in {"/problems/login-needed", "/problems/real-name-needed"}


def names_a_row(outcome: Outcome) -> bool:
    """Whether the call is about a row or an organisation: by its path, or because the role is held somewhere."""
    bound = any(isinstance(group, Staff) and group.roles for group in outcome.groups)
    return bool(outcome.route.parameters) or (bound and outcome.route.method != "GET")


def stranger(outcome: Outcome) -> bool:
    """A citizen or a staff member who comes in, but has nothing to do with the rows of the world."""
    return bool(outcome.groups) and not outcome.visitor.own and outcome.visitor.kind in {"citizen", "staff"}


def test_every_path_parameter_has_a_row_in_the_world(world: World) -> None:
    assert world.without_sample == []


@pytest.mark.rule("ID-35", "ID-06", "FIL-02")
def test_who_is_not_declared_is_turned_away_and_who_is_comes_in(world: World) -> None:
    wrong = []
    for outcome in world.outcomes:
        if not outcome.groups:
            expected = 401 if outcome.visitor.kind in {"nobody", "carrier"} else 403
            good = outcome.status == expected and at_the_door(outcome) and not outcome.changed
        else:
            good = outcome.status != 500 and (outcome.route.public or not at_the_door(outcome))
        if not good:
            wrong.append(str(outcome))
    assert not wrong, "\n".join(wrong)


@pytest.mark.rule("ID-35")
def test_the_owner_reaches_every_row_of_the_world(world: World) -> None:
    """Otherwise the refusal of the others would prove nothing."""
    reached, asked = set(), set()
    for outcome in world.outcomes:
        if outcome.visitor.own and outcome.groups and not outcome.route.public and names_a_row(outcome):
            key = f"{outcome.route} {outcome.visitor.kind}"
            asked.add(key)
            if outcome.status not in {401, 403, 404} and outcome.problem.get("type") != "/problems/invalid-input":
                reached.add(key)
    assert not asked - reached, "\n".join(sorted(asked - reached))


@pytest.mark.rule("ID-35")
def test_a_row_is_closed_to_other_organisations_and_other_people(world: World) -> None:
    wrong, shared, used = [], set(), set()
    for outcome in world.outcomes:
        if not stranger(outcome) or not names_a_row(outcome):
            continue
        if outcome.route.public:
            if outcome.route.method != "GET" and (outcome.status < 400 or outcome.lost):
                wrong.append(str(outcome))
        elif outcome.shared:
            shared.add((str(outcome.route), outcome.shared))
            if not outcome.refused:
                used.add((str(outcome.route), outcome.shared))
        elif not outcome.refused:
            wrong.append(str(outcome))
    assert not wrong, "\n".join(wrong)
    assert shared == used, "declared as shared, but closed to everybody else"


@pytest.mark.rule("ID-35")
def test_what_one_does_in_the_own_space_touches_nobody_else(world: World) -> None:
    wrong = [
        f"{outcome} {outcome.lost}"
        for outcome in world.outcomes
        if stranger(outcome) and outcome.lost and not names_a_row(outcome)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.rule("ID-35", "ID-38")
def test_lists_searches_and_exports_show_nobody_elses_rows(world: World) -> None:
    wrong, seen, lists, shared = [], set(), set(), set()
    strangers = {str(outcome.route): outcome.text for outcome in world.outcomes if stranger(outcome)}
    for outcome in world.outcomes:
        route = outcome.route
        if not route.lists or not outcome.groups or outcome.visitor.kind == "service":
            continue
        lists.add(str(route))
        shown = outcome.status == 200 and bool(world.marked(outcome.text))
        if outcome.visitor.own and (shown or outcome.text != strangers.get(str(route))):
            seen.add(str(route))
        if stranger(outcome) and shown:
            shared.add(str(route))
            if not outcome.shared:
                wrong.append(f"{outcome} {world.marked(outcome.text)}")
    assert not wrong, "\n".join(wrong)
    assert lists - seen == set(), "the owner sees nothing there, so the others prove nothing"
    assert {str(one.route) for one in world.outcomes if one.shared and str(one.route) in lists} <= shared


@pytest.mark.rule("ID-35", "ID-21")
def test_public_pages_name_nobody(world: World) -> None:
    pages = [one for one in world.outcomes if one.route.public and one.route.method == "GET" and not one.visitor.own]
    assert pages
    wrong = [str(page) for page in pages if any(ref in page.text for ref in world.owners.values())]
    assert not wrong, "\n".join(wrong)
