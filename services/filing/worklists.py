"""The work lists of the back office: 待办, 已办, 退回, 在办, 办结, exceptions, orders, 综合查询 (FIL-90, FIL-42).

Every list is one organisation's walk along an index; a test asks both databases for their plans.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from peewee import Field, fn

from chassis import clock
from chassis.auth import actor
from services.filing import cases, desks, transitions, views
from services.filing.models import Case, Handled, Order, ParallelTask, Report

LEADERS = ("window_manager", "deputy_leader", "unit_leader")
# Who finds a step on the own list; the leaders find every step of their organisation.
DOERS = {
    "window_clerk": ("receive", "accept", "correction", "deliver"),
    "reviewer": ("review", "suspended"),
    "decider": ("decide", "suspended"),
}
_RUNNING = (*transitions.IN_PROCESS.split(), "suspended")
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
    query = _filtered(Case.select_some(views.COLUMNS), filters)
    if name == "todo":
        walks, whole = _todo(filters.get("step")), filters.keys() <= {"list", "step", "limit", "cursor"}
        return Walk(query, (Case.turn, Case.opened_at), newest_first=False, ways=walks, kept=whole)
    if name == "done":
        joined = Handled.select(Handled, *views.COLUMNS).join(Case, on=(Case.id == Handled.case), attr="of")
        return Walk(_filtered(joined.where(Handled.actor == actor().id), filters), (Handled.at,))
    if name == "all":
        return Walk(query.where(Case.status != "draft"), (Case.opened_at,), ways=views.visible(actor()))
    if name in _BY_STATUS:
        statuses, columns = _BY_STATUS[name]
        return Walk(query.where(Case.status.in_(statuses)), (Case.opened_at,), ways=ways(columns, cases.HANDLERS))
    if name == "exceptions":
        steps = [(Case.desk == step) & way for step in _TROUBLED for way in ways((Case.desk_org,), cases.HANDLERS)]
        return Walk(query.where(_wrong()), (Case.opened_at,), ways=steps)
    return Walk(query.where(_LISTS[name]()), (Case.opened_at,))


def counts() -> dict[str, int]:
    """How many of the caller's cases wait in each step (FIL-90)."""
    found = dict.fromkeys(desks.STEPS, 0)
    del found["closed"]
    rows = Case.select(Case.desk, fn.COUNT(Case.id)).where(reduce(or_, _todo(None))).group_by(Case.desk)
    found |= dict(rows.tuples())
    found |= {name: Case.select().where(_LISTS[name]()).count() for name in ("check", "revoke", "opinion", "report")}
    return found


def rows(found: list[Any]) -> list[dict[str, Any]]:
    """The rows of a work list; of what was done, also verb and time."""
    done = [row for row in found if isinstance(row, Handled)]
    listed = [row.of for row in done] or found
    shown = [_row(case, brief) for case, brief in zip(listed, views.briefs(listed), strict=True)]
    for row, entry in zip(shown, done, strict=False):
        row |= {"verb": entry.verb, "done_at": clock.local(entry.at).isoformat(timespec="seconds")}
    return shown


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


def ways(columns: Iterable[Field], roles: tuple[str, ...], item: Field = Case.item_code) -> list[Any]:
    """The conditions, each with an index, of rows in one of whose organisations, and for whose item, the caller has
    one of the roles."""
    orgs: dict[tuple[str, ...] | None, set[str]] = {}
    for grant in actor().grants:
        if grant.role in roles:
            orgs.setdefault(None if grant.items is None else tuple(grant.items), set()).add(grant.org)
    found = []
    for items, named in orgs.items():
        if "*" in named:
            found.append(item.is_null(False) if items is None else item.in_(items))
            continue
        here = [column == org for column in columns for org in sorted(named)]
        found += here if items is None else [way & item.in_(items) for way in here]
    return found or [item.in_([])]


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


def _wrong() -> Any:
    """What went wrong and needs somebody (异常处理): unseen, returned again, overdue, undeliverable."""
    return (
        ((Case.status == "dispatched") & Case.view_overdue_at.is_null(False))
        | ((Case.status == "returned") & (Case.returns > 1))
        | (Case.status.in_(transitions.HANDLING.split()) & (Case.committed_due < clock.today()))
        | ((Case.status == "completed") & (Case.delivery_status == "undeliverable"))
    )


def _orders() -> Any:
    """Cases still running about which a supervising order (督办) came."""
    told = Order.select(Order.case).join(Case, on=(Case.id == Order.case))
    told = told.where(within((Order.target_org,), cases.HANDLERS, Case.item_code))
    return Case.status.in_(_RUNNING) & Case.id.in_(told)


def _check() -> Any:
    """Supplied material of a promise that waits for its check."""
    return (Case.commitment_status == "under_check") & within((Case.approving_org,), ("reviewer", *LEADERS))


def _revoke() -> Any:
    return views.QUEUES["revoke"] & within((Case.approving_org,), ("decider", *LEADERS))


def _opinion() -> Any:
    """A parallel approval asks for the caller's opinion."""
    asked = ParallelTask.select(ParallelTask.case).join(Case, on=(Case.id == ParallelTask.case))
    mine = within((ParallelTask.org,), ("reviewer", "decider", *LEADERS), Case.item_code)
    return Case.id.in_(asked.where(ParallelTask.state.in_(("open", "overdue")), mine))


def _report() -> Any:
    """Laid before the caller's organisation by a lower one (上报)."""
    laid = Report.select(Report.case).join(Case, on=(Case.id == Report.case))
    mine = within((Report.to_org,), ("reviewer", "decider", *LEADERS), Case.item_code)
    return Case.id.in_(laid.where(Report.answered_at.is_null(), mine))


_BY_STATUS = {
    "returned": (("returned",), (Case.receiving_org, Case.accepting_org)),
    "running": (_RUNNING, _ALL_ORGS),
    "closed": (sorted(transitions.TERMINAL), _ALL_ORGS),
}
_LISTS = {
    "orders": _orders,
    "check": _check,
    "revoke": _revoke,
    "opinion": _opinion,
    "report": _report,
}
_TROUBLED = ("accept", "receive", "review", "decide", "deliver")  # the steps in which a case can go wrong
NAMES = ("todo", "done", *_BY_STATUS, "exceptions", *_LISTS, "all")
