"""The work lists of the back office: 待办, 已办, 退回, 在办, 办结, exceptions, orders, 综合查询 (FIL-90, FIL-42).

Every list is one organisation's walk along an index; a test asks both databases for their plans.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product
from operator import or_
from typing import Any

from peewee import Field, fn

from chassis import clock
from chassis.auth import actor
from services.filing import cases, desks, views
from services.filing.models import IN_HANDLING, TROUBLED, Case, Handled, Order, ParallelTask, Report

LEADERS = ("window_manager", "deputy_leader", "unit_leader")
# Who finds a step on the own list; the leaders find every step of their organisation.
DOERS = {
    "window_clerk": ("receive", "accept", "correction", "deliver"),
    "reviewer": ("review", "suspended"),
    "decider": ("decide", "suspended"),
}
_UNFILTERED = {"list", "step", "limit", "cursor"}
_ALL_ORGS = (Case.approving_org, Case.accepting_org, Case.receiving_org)


@dataclass(frozen=True)
class Walk:
    """A query, the order in which its pages are turned, conditions of which a row has to meet one, and whether its plan
    is kept."""

    query: Any
    keys: tuple[Field, ...]
    newest_first: bool = True
    ways: Sequence[Any] = ()
    kept: bool = False


def walk(name: str, filters: dict[str, Any]) -> Walk:
    """One work list of the caller, filtered."""
    query, whole = _filtered(Case.select_some(views.COLUMNS), filters), filters.keys() <= _UNFILTERED
    simple = whole and views.of_orgs(actor())
    if name == "todo":
        walks = _todo(filters.get("step"))
        return Walk(query, (Case.turn, Case.opened_at), newest_first=False, ways=walks, kept=whole)
    if name == "done":
        mine = Handled.select().where(Handled.actor == actor().id)
        found = mine if whole else _filtered(mine.join(Case, on=(Case.id == Handled.case)), filters)
        return Walk(found, (Handled.at,), kept=whole)
    if name == "all":
        phases = (desks.phase(filters["status"]),) if filters.get("status") else desks.FILED
        seen = views.visible(actor(), phases, filters.get("item_code"))
        return Walk(query.where(Case.status != "draft"), (Case.opened_at,), ways=seen, kept=simple)
    if name in _BY_PHASE:
        condition, columns = _BY_PHASE[name]
        return Walk(query.where(condition), (Case.opened_at,), ways=ways(columns, cases.HANDLERS), kept=simple)
    if name == "exceptions":
        wrong = TROUBLED, IN_HANDLING & (Case.committed_due < clock.today())
        steps = [way & one for way in ways((Case.desk_org,), cases.HANDLERS) for one in wrong]
        return Walk(query, (Case.opened_at,), ways=steps, kept=simple)
    return Walk(query, (Case.opened_at,), ways=_LISTS[name]())


def counts() -> dict[str, int]:
    """How many of the caller's cases wait in each step (FIL-90)."""
    found = dict.fromkeys(desks.STEPS, 0)
    del found["closed"]
    for condition in _desks():
        rows = Case.select(Case.desk, fn.COUNT(Case.id)).where(condition).group_by(Case.desk)
        for desk, number in rows.tuples():
            found[desk] += number
    lists = {name: reduce(or_, _LISTS[name]()) for name in ("check", "opinion", "report")}
    lists["revoke"] = views.QUEUES["revoke"] & within((Case.approving_org,), ("decider", *LEADERS))
    return found | {name: Case.select().where(condition).count() for name, condition in lists.items()}


def rows(found: list[Any]) -> list[dict[str, Any]]:
    """The rows of a work list; of what was done, also verb and time."""
    done = [row for row in found if isinstance(row, Handled)]
    listed = _cases(done) if done else found
    shown = [_row(case, brief) for case, brief in zip(listed, views.briefs(listed), strict=True)]
    for row, entry in zip(shown, done, strict=False):
        row |= {"verb": entry.verb, "done_at": clock.local(entry.at).isoformat(timespec="seconds")}
    return shown


def _cases(done: list[Any]) -> list[Any]:
    """The case of each of these, read at once."""
    known = {row.id: row for row in Case.select_some(views.COLUMNS).where(Case.id.in_([row.case for row in done]))}
    return [known[row.case] for row in done]


def _row(case: Any, brief: dict[str, Any]) -> dict[str, Any]:
    return brief | {
        "step": case.desk,
        "step_zh": desks.STEPS.get(case.desk),
        "green_channel": case.turn == 0,
        "same_city": case.same_city,
        "visits": case.visits,
    }


# --- conditions -------------------------------------------------------------------------------------------------------


def _filtered(query: Any, filters: dict[str, Any]) -> Any:
    for column in ("case_no", "item_code", "case_source", "status", "mode"):
        if filters.get(column):
            query = query.where(getattr(Case, column) == filters[column])
    if filters.get("org"):
        query = query.where(Case.approving_org == filters["org"])
    if filters.get("name"):
        query = query.where(Case.subject_name_masked == filters["name"])
    if filters.get("opened_from"):
        query = query.where(Case.opened_at >= clock.start_of(filters["opened_from"]))
    if filters.get("opened_to"):
        query = query.where(Case.opened_at < clock.end_of(filters["opened_to"]))
    if filters.get("green_channel") is not None:
        query = query.where((Case.turn == 0) if filters["green_channel"] else (Case.turn != 0))
    return query


def _granted(roles: Iterable[str]) -> list[tuple[list[str] | None, list[str] | None]]:
    """For which organisations (None: for all), each time for which items, the caller has one of the roles."""
    orgs: dict[tuple[str, ...] | None, set[str]] = {}
    for grant in actor().grants:
        if grant.role in roles:
            orgs.setdefault(None if grant.items is None else tuple(grant.items), set()).add(grant.org)
    return [
        (None if "*" in named else sorted(named), None if items is None else list(items))
        for items, named in orgs.items()
    ]


def ways(columns: Iterable[Field], roles: tuple[str, ...], item: Field = Case.item_code) -> list[Any]:
    """The conditions, each with an index, of rows in one of whose organisations, and for whose item, the caller has
    one of the roles."""
    found = []
    for orgs, items in _granted(roles):
        if orgs is None:
            found.append(item.is_null(False) if items is None else item.in_(items))
            continue
        here = [column == org for column in columns for org in orgs]
        found += here if items is None else [way & item.in_(items) for way in here]
    return found or [item.in_([])]


def _among(rows: Any, column: Field, roles: tuple[str, ...]) -> list[Any]:
    """The cases of these rows, for whose organisation in `column`, and for the item of the case, the caller has one of
    the roles."""
    found = []
    for orgs, items in _granted(roles):
        for here in [rows] if orgs is None else [rows.where(column == org) for org in orgs]:
            found.append(Case.id.in_(here) if items is None else Case.id.in_(here) & Case.item_code.in_(items))
    return found or [Case.item_code.in_([])]


def within(columns: Iterable[Field], roles: tuple[str, ...], item: Field = Case.item_code) -> Any:
    """All these ways in one. No neutral element in the OR: with one in it SQLite uses no index."""
    return reduce(or_, ways(columns, roles, item))


def _todo(step: str | None) -> list[Any]:
    """Each role's own steps in its own organisations."""
    found: list[Any] = []
    for role in sorted({*DOERS, *LEADERS} & {grant.role for grant in actor().grants}):
        for one in DOERS.get(role, [*desks.STEPS][:-1]):
            if step in (None, one):
                found += [(Case.desk == one) & way for way in ways((Case.desk_org,), (role,))]
    return found or [Case.desk_org.in_([])]


def _desks() -> list[Any]:
    """The conditions of what waits on the caller's desks; no case meets two of them."""
    steps: dict[tuple[str, str], set[str] | None] = {}
    for role in sorted({*DOERS, *LEADERS}):
        for orgs, items in _granted((role,)):
            if orgs is None:
                return [reduce(or_, _todo(None))]
            for place in product(orgs, DOERS.get(role, [*desks.STEPS][:-1])):
                known = steps.get(place, set())
                steps[place] = None if known is None or items is None else known | {*items}
    alike: dict[tuple[str, tuple[str, ...] | None], list[str]] = {}
    for (org, step), named in steps.items():
        alike.setdefault((org, None if named is None else tuple(sorted(named))), []).append(step)
    conditions = []
    for (org, only), here in alike.items():
        condition = (Case.desk_org == org) & Case.desk.in_(here)
        conditions.append(condition if only is None else condition & Case.item_code.in_(only))
    return conditions


def _orders() -> list[Any]:
    """Cases still running about which a supervising order (督办) came."""
    told = _among(Order.select_some((Order.case,)), Order.target_org, cases.HANDLERS)
    return [way & (Case.phase == "running") for way in told]


def _check() -> list[Any]:
    """Supplied material of a promise that waits for its check."""
    here = ways((Case.approving_org,), ("reviewer", *LEADERS))
    return [way & (Case.commitment_status == "under_check") for way in here]


def _revoke() -> list[Any]:
    here = ways((Case.approving_org,), ("decider", *LEADERS))
    return [way & Case.id.in_(found) for way in here for found in views.REVOKING]


def _opinion() -> list[Any]:
    """A parallel approval asks for the caller's opinion."""
    asked = ParallelTask.select_some((ParallelTask.case,)).where(ParallelTask.state.in_(("open", "overdue")))
    return _among(asked, ParallelTask.org, ("reviewer", "decider", *LEADERS))


def _report() -> list[Any]:
    """Laid before the caller's organisation by a lower one (上报)."""
    laid = Report.select_some((Report.case,)).where(Report.answered_at.is_null())
    return _among(laid, Report.to_org, ("reviewer", "decider", *LEADERS))


_BY_PHASE = {
    "returned": ((Case.phase == "running") & (Case.status == "returned"), (Case.receiving_org, Case.accepting_org)),
    "running": (Case.phase == "running", _ALL_ORGS),
    "closed": (Case.phase == "closed", _ALL_ORGS),
}
_LISTS = {
    "orders": _orders,
    "check": _check,
    "revoke": _revoke,
    "opinion": _opinion,
    "report": _report,
}
NAMES = ("todo", "done", *_BY_PHASE, "exceptions", *_LISTS, "all")
