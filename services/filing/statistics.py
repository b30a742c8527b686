"""The seven statistics (FIL-91): 补交业务, 个人业务, 受理业务, 办结业务, 审批事项, 业务量, 办结情况."""

from datetime import date
from typing import Any

from peewee import Case as When
from peewee import fn

from chassis import clock
from chassis.auth import actor
from contracts import rules
from services.filing import cases, worklists
from services.filing.models import Case, Correction, Handled

TITLES = {
    "corrections": "补交业务",
    "personal": "个人业务",
    "accepted": "受理业务",
    "completed": "办结业务",
    "items": "审批事项",
    "volume": "业务量",
    "completion": "办结情况",
}


def of(kind: str, first: date, last: date) -> dict[str, Any]:
    """One statistic of the caller's organisations, from the first to the last day."""
    return {"kind": kind, "title": TITLES[kind], "rows": _KINDS[kind](first, last)}


def _here() -> Any:
    """The organisations whose cases the caller counts; oversight counts what it oversees."""
    oversight = cases.overseen(actor())
    return oversight if oversight is not None else worklists.within((Case.approving_org,), cases.HANDLERS)


def _between(column: Any, first: date, last: date) -> Any:
    return (column >= clock.start_of(first)) & (column < clock.end_of(last))


def _count(condition: Any) -> Any:
    return fn.COALESCE(fn.SUM(When(None, [(condition, 1)], 0)), 0)


def _grouped(column: Any, first: date, last: date, by: tuple[Any, ...], **values: Any) -> list[dict[str, Any]]:
    """Cases whose instant lies in the period, counted by the columns."""
    query = Case.select(*by, fn.COUNT(Case.id).alias("cases"), *(one.alias(name) for name, one in values.items()))
    return list(query.where(_here(), _between(column, first, last)).group_by(*by).order_by(*by).dicts())


_BY_ITEM = (Case.approving_org, Case.item_code)


def _corrections(first: date, last: date) -> list[dict[str, Any]]:
    """Notices, the cases they were given in, and those beyond the first (一次告知率)."""
    query = (
        Correction.select(
            *_BY_ITEM,
            fn.COUNT(Correction.id).alias("notices"),
            fn.COUNT(fn.DISTINCT(Correction.case)).alias("cases"),
            _count(Correction.round > 1).alias("second_notices"),
            _count(Correction.answered_at.is_null(False)).alias("answered"),
        )
        .join(Case, on=(Case.id == Correction.case))
        .where(_between(Correction.requested_at, first, last), _here())
    )
    return list(query.group_by(*_BY_ITEM).order_by(*_BY_ITEM).dicts())


def _personal(first: date, last: date) -> list[dict[str, Any]]:
    """What each member of staff has done; only the leaders see the others'."""
    led = actor().orgs(*worklists.LEADERS)
    mine = (Handled.actor == actor().id) | Handled.org.in_(sorted(led)) if led else Handled.actor == actor().id
    by = (Handled.actor, Handled.verb)
    query = Handled.select(*by, fn.COUNT(Handled.id).alias("cases")).where(mine, _between(Handled.at, first, last))
    return list(query.group_by(*by).order_by(*by).dicts())


def _accepted(first: date, last: date) -> list[dict[str, Any]]:
    by_lapse, same_city = _count(Case.accepted_by_lapse), _count(Case.same_city)
    return _grouped(Case.accepted_at, first, last, _BY_ITEM, by_lapse=by_lapse, same_city=same_city)


def _completed(first: date, last: date) -> list[dict[str, Any]]:
    return _grouped(
        Case.completed_at,
        first,
        last,
        _BY_ITEM,
        granted=_count(Case.decision == "granted"),
        refused=_count(Case.decision == "refused"),
        revoked=_count(Case.status == "revoked"),
    )


def _items(first: date, last: date) -> list[dict[str, Any]]:
    """Filed, accepted and completed of each item."""
    found: dict[str, dict[str, Any]] = {}
    moments = {"filed": Case.submitted_at, "accepted": Case.accepted_at, "completed": Case.completed_at}
    for name, column in moments.items():
        for row in _grouped(column, first, last, (Case.item_code, Case.item_name)):
            empty = {"item_code": row["item_code"], "item_name": row["item_name"], **dict.fromkeys(moments, 0)}
            found.setdefault(row["item_code"], empty)[name] += row["cases"]
    return [found[code] for code in sorted(found)]


def _volume(first: date, last: date) -> list[dict[str, Any]]:
    return _grouped(Case.submitted_at, first, last, (Case.case_source, Case.mode, Case.kind))


def _completion(first: date, last: date) -> list[dict[str, Any]]:
    """How the limits were kept, and how often people came more than they should (FIL-31)."""
    return _grouped(
        Case.completed_at,
        first,
        last,
        (Case.approving_org,),
        committed_kept=_count(Case.limit_kept == "committed"),
        statutory_kept=_count(Case.limit_kept.in_(("committed", "statutory"))),
        overdue=_count(Case.limit_kept == "none"),
        average_wd=fn.AVG(Case.elapsed_wd),
        too_many_visits=_count(Case.visits > rules.value("filing.max_onsite_visits").value),
    )


_KINDS = {
    "corrections": _corrections,
    "personal": _personal,
    "accepted": _accepted,
    "completed": _completed,
    "items": _items,
    "volume": _volume,
    "completion": _completion,
}
