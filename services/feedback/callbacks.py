"""One call-back about each completed case (一件一回访, FEE-12): by supervisors, never by the unit that is rated."""

from datetime import date
from typing import Any

from peewee import JOIN, fn

from chassis import clock
from chassis.auth import actor, forbidden
from chassis.errors import Refusal
from chassis.history import append
from contracts import rules
from services.feedback import directory, ratings
from services.feedback.models import Callback, Rating, database

OUTCOMES = {"reached": "已接通", "unreached": "未接通", "declined": "不愿受访"}
STATES = ("waiting", "unreached", "done")
CALL = ("state", "attempts", "outcome", "satisfied", "opinion", "called_by", "called_at")


def listed(state: str | None, negative: bool | None, org: str | None) -> Any:
    """Completed cases within the caller's reach, each with its call-back or none."""
    query = (
        Rating.select(Rating, *(getattr(Callback, name).alias(f"call_{name}") for name in CALL))
        .join(Callback, JOIN.LEFT_OUTER, on=(Callback.rating_id == Rating.id))
        .where(_reach(), Rating.state != "closed")
        .objects()
    )
    if state:
        query = query.where(Callback.state == state if state != "waiting" else Callback.state.is_null())
    if negative is not None:
        bad = (Rating.source == "user") & (Rating.level <= rules.value("feedback.rating_negative_level").value)
        query = query.where(bad if negative else (Rating.source.is_null() | ~bad))
    return query.where(Rating.org == org) if org else query


def record(case_no: str, outcome: str, satisfied: bool | None, opinion: str | None) -> Any:
    """Record what the call gave. A case is called about once; only who was not reached is called again."""
    if (outcome == "reached") != (satisfied is not None):
        raise Refusal(
            "feedback.callback-result",
            status=422,
            rule="FEE-12",
            zh="已接通的回访须记录是否满意；未接通或不愿受访的，没有满意与否。",
            en="A call that was answered says whether the applicant is satisfied; another one does not.",
            next_zh="请核对回访结果后再提交。",
            next_en="Correct the result and send again.",
            fields={"satisfied": ["联系上时必填，否则不填 / needed when reached, only then"]},
        )
    with database.transaction():
        rating = ratings.get(case_no, lock=True)
        _check_reach(rating)
        call = Callback.locked(Callback.rating_id == rating.id)
        if call is not None and call.state == "done":
            raise Refusal(
                "feedback.called-back-already",
                rule="FEE-12",
                zh="该办件已经回访；一件只回访一次。",
                en="This case was called about already; there is one call-back for a case.",
                next_zh="请回访名单中的下一件。",
                next_en="Go on with the next case of the list.",
            )
        values = {
            "state": "unreached" if outcome == "unreached" else "done",
            "attempts": (call.attempts if call else 0) + 1,
            "outcome": outcome,
            "satisfied": satisfied,
            "opinion": (opinion or "").strip() or None,
            "called_by": actor().id,
            "called_at": clock.now(),
        }
        append(rating.id, "call_back", source=rating.state, target=rating.state, details={"outcome": outcome})
        if call is None:
            Callback.create(rating_id=rating.id, **values)
        else:
            for name, value in values.items():
                setattr(call, name, value)
            call.save()
    return listed(None, None, None).where(Rating.case_no == case_no).get()


def statistics(since: date | None, until: date | None) -> list[dict[str, Any]]:
    """Per organisation within the caller's reach: completed cases, calls, answers, satisfied ones."""
    query = Rating.select(Rating.org, Callback.outcome, Callback.satisfied, fn.COUNT(Rating.id))
    query = query.join(Callback, JOIN.LEFT_OUTER, on=(Callback.rating_id == Rating.id))
    query = query.where(_reach(), Rating.state != "closed")
    if since:
        query = query.where(Rating.completed_at >= clock.start_of(since))
    if until:
        query = query.where(Rating.completed_at < clock.end_of(until))
    found: dict[str, dict[str, Any]] = {}
    by = (Rating.org, Callback.outcome, Callback.satisfied)
    for org, outcome, satisfied, count in query.group_by(*by).tuples():
        numbers = found.setdefault(org, {"org": org, "completed": 0, "called": 0, "reached": 0, "satisfied": 0})
        numbers["completed"] += count
        numbers["called"] += count if outcome else 0
        numbers["reached"] += count if outcome == "reached" else 0
        numbers["satisfied"] += count if satisfied else 0
    return [found[org] for org in sorted(found)]


def _reach() -> Any:
    """Ratings of the caller's region, without those of the units in which she works (FEE-13)."""
    wanted = Rating.org.not_in(_own_units())
    if actor().has_role("auditor"):
        return wanted
    region = Rating.region == ""
    for beginning in directory.office_reach():
        region |= Rating.region.startswith(beginning)
    return wanted & region


def _check_reach(rating: Any) -> None:
    in_reach = actor().has_role("auditor") or directory.is_office_of(rating.region)
    if not in_reach or rating.org in _own_units():
        raise forbidden("the case belongs to another region, or to the caller's own unit")


def _own_units() -> list[str]:
    return sorted({grant.org for grant in actor().grants if grant.role not in {"auditor", "service_office"}})
