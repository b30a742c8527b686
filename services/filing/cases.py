"""The case as a whole: finding it, who may touch it, moving it along the table, and telling the world about it."""

import json
from functools import reduce
from operator import or_
from typing import Any

from peewee import Value

from chassis import clock, deadlines, etag, history
from chassis.auth import Actor, actor, forbidden
from chassis.errors import Refusal
from chassis.ids import random_digits
from chassis.outbox import emit
from chassis.regions import reach
from chassis.transitions import Row
from contracts import rules
from contracts.registry import EventType
from services.filing import agencies, transitions
from services.filing.models import Case, Handled, Org

HANDLERS = ("window_clerk", "window_manager", "reviewer", "decider", "deputy_leader", "unit_leader")
READERS = (*HANDLERS, "credit_admin", "letters_handler")
OVERSEERS = ("service_office", "auditor")
SUPERVISORS = ("supervisor", "coordinator")


# --- finding --------------------------------------------------------------------------------------------------------


def get(case_no: str) -> Any:
    """The case with this number, or 404."""
    return Case.get_or_refuse(Case.case_no == case_no)


def lock(case_no: str, *, compare: bool = True) -> Any:
    """The case FOR UPDATE; refuses with 412 when the caller has seen another version."""
    case = Case.get_or_refuse(Case.case_no == case_no, lock=True)
    if case.source_system:
        raise Refusal(
            "filing.handled-elsewhere",
            rule="FIL-96",
            zh=f"该办件由其他系统（{case.source_system}）办理，这里只登记其过程和结果。",
            en=f"This case is handled in another system ({case.source_system}); here it is only recorded.",
            next_zh="请在原系统办理。",
            next_en="Handle it in its own system.",
        )
    if compare:
        etag.check(case)
    return case


def new_number() -> str:
    """`yyyyMMddHHmmss` and six random digits, zero-padded (FIL-19)."""
    digits = rules.value("filing.case_no_len").value - 14
    return f"{clock.now():%Y%m%d%H%M%S}{random_digits(digits)}"


def form(case: Any) -> dict[str, Any]:
    """The form as saved, completed with what the case itself knows."""
    known = {"project_name": case.project_name, "region": case.region_code, "accept_place": case.hall}
    return {key: value for key, value in known.items() if value} | json.loads(case.form or "{}")


# --- who ------------------------------------------------------------------------------------------------------------


def is_own(case: Any) -> bool:
    """Whether the caller is the party, the clerk who filed for it, or its agent today."""
    who = actor()
    if who.id in {case.subject_ref, case.applicant_ref}:
        return who.id == case.subject_ref or who.kind == "staff" or agencies.may_act(case)
    return False


def require_own(case: Any) -> None:
    """Only the party itself, its agent, or the clerk who files for it at the counter."""
    if not is_own(case):
        raise forbidden("not your case")


def require(case: Any, *roles: str) -> None:
    """One of the roles at the deciding organisation, for this item (ID-35)."""
    actor().require_role(*roles, org=case.approving_org, item=case.item_code)


def require_accepting(case: Any) -> None:
    """The clerk of the accepting window (受理窗口)."""
    actor().require_role("window_clerk", org=case.accepting_org, item=case.item_code)


def require_receiving(case: Any, *roles: str) -> None:
    """The clerk of the receiving window (接件窗口)."""
    if case.receiving_org is None:
        raise forbidden("the case did not come over a receiving window")
    actor().require_role(*(roles or ("window_clerk",)), org=case.receiving_org, item=case.item_code)


def require_window(case: Any, *orgs: str | None) -> None:
    """A clerk of one of these windows of the case."""
    if not any(actor().has_role("window_clerk", org, case.item_code) for org in orgs if org):
        raise forbidden("neither your case nor your window's")


def overseen(who: Actor, org: Any = Case.approving_org) -> Any:
    """The condition of cases, or of rows whose unit is in `org`, that the caller oversees: all for the auditor and the
    city's service office, those of the district's units for a district's (ID-31, ID-35); None when there are none."""
    offices = who.orgs("service_office")
    if who.has_role("auditor") or "*" in offices:
        return Value(True)
    found = None
    for office in Org.select(Org.region).where(Org.code.in_(offices)) if offices else ():
        within = org.in_(Org.select(Org.code).where(Org.region.startswith(reach(office.region))))
        found = within if found is None else found | within
    return found


def may_read(case: Any, supervising_orgs: list[str]) -> bool:
    """Own case; staff of the organisations on it; supervision once it is completed; other services."""
    who = actor()
    if who.kind == "service" or is_own(case):
        return True
    if who.kind != "staff" or case.status == "draft":
        return False
    oversight = overseen(who)
    if oversight is not None and Case.select().where(Case.id == case.id, oversight).exists():
        return True
    orgs = {case.approving_org, case.accepting_org, case.receiving_org} - {None}
    if any(who.has_role(role, org, case.item_code) for role in READERS for org in orgs):
        return True
    closed = case.status in {"completed", "revoked"}
    watching = (who.has_role(role, org, case.item_code) for role in SUPERVISORS for org in supervising_orgs)
    return closed and any(watching)


def handled(org: Any, item: Any) -> Any:
    """Rows of the organisations and items that the calling member of staff handles or oversees (ID-35).

    No neutral element in the OR: with one in it SQLite uses no index.
    """
    oversight = overseen(actor(), org)
    wanted = [] if oversight is None else [oversight]
    for grant in actor().grants:
        if grant.role in HANDLERS:
            here = org.is_null(False) if grant.org == "*" else org == grant.org
            wanted.append(here & item.in_(grant.items) if grant.items is not None else here)
    return reduce(or_, wanted) if wanted else org.in_([])


# --- moving ---------------------------------------------------------------------------------------------------------


def move(
    case: Any,
    verb: str,
    *,
    target: str | None = None,
    opinion: str | None = None,
    details: dict[str, Any] | None = None,
    org: str | None = None,
) -> Row:
    """Take the locked case along the table, save it and write its history; refuses what has no row."""
    step = transitions.CASE.step(case.status, verb)
    before = case.status
    case.status = target or step.target or case.status
    case.save()
    note(case, verb, source=before, opinion=opinion, details={"row": step.number} | (details or {}), org=org)
    return step


def move_all(moved: list[Any], verb: str, *, details: dict[str, Any]) -> None:
    """Take many locked cases along the table by one verb, each as `move` does."""
    steps = [transitions.CASE.step(case.status, verb) for case in moved]
    before = [case.status for case in moved]
    for case, step in zip(moved, steps, strict=True):
        case.status = step.target or case.status
    Case.save_all(moved)
    after = history.lasts(case.id for case in moved)
    for case, step, source in zip(moved, steps, before, strict=True):
        note(case, verb, source=source, details={"row": step.number} | details, after=after)


def move_delivery(case: Any, verb: str, details: dict[str, Any] | None = None) -> Row:
    """Take the delivery of the result along its table (C28-C30)."""
    step = transitions.DELIVERY.step(case.delivery_status, verb)
    before, case.delivery_status = case.delivery_status, step.target
    case.save()
    facts = {"row": step.number, "delivery": [before, step.target]} | (details or {})
    note(case, verb, source=case.status, details=facts)
    return step


def note(
    case: Any,
    verb: str,
    *,
    source: str | None = None,
    opinion: str | None = None,
    details: dict[str, Any] | None = None,
    org: str | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """One record of the history (FIL-33), and of what this member of staff has done (FIL-90)."""
    who = actor()
    if who.kind == "staff":
        done = {"actor": who.id, "case": case.id, "verb": verb, "org": org or case.accepting_org, "at": clock.now()}
        Handled.create_all([done], unless_there=True)
    history.append(
        case.id,
        verb,
        source=source or case.status,
        target=case.status,
        org=org or case.accepting_org,
        opinion=opinion,
        details=details,
        after=after,
    )


def tell(event_type: type[EventType], case: Any, **extra: Any) -> Any:
    """Emit an event about the case, with what every one of them says."""
    return emit(
        event_type,
        case.id,
        facts(case, **extra),
        correlation=case.case_no,
        org=case.approving_org,
        region=case.region_code,
    )


def facts(case: Any, **extra: Any) -> dict[str, Any]:
    """What every event about a case says, and more."""
    data = {
        "case_id": case.id,
        "case_no": case.case_no,
        "item_code": case.item_code,
        "item_version": case.item_version,
        "item_name": case.item_name,
        "kind": case.kind,
        "mode": case.mode,
        "case_source": case.case_source,
        "same_city": case.same_city,
        "region_code": case.region_code,
        "approving_org": case.approving_org,
        "applicant_ref": case.applicant_ref if case.applicant_ref != case.subject_ref else None,
        "status": case.status,
        "subject_ref": case.subject_ref,
        "subject_type": case.subject_type,
        "subject_name_masked": case.subject_name_masked,
    }
    return {key: value for key, value in (data | extra).items() if value is not None}


def invalid(code: str, zh: str, en: str, rule: str | None = None, **extra: Any) -> Refusal:
    """A refusal of input (422)."""
    return Refusal(
        code,
        status=422,
        rule=rule,
        zh=zh,
        en=en,
        next_zh=extra.pop("next_zh", "请改正后重新提交。"),
        next_en=extra.pop("next_en", "Correct it and send again."),
        **extra,
    )


def end(case: Any) -> None:
    """Stop all clocks of a case that has come to its end."""
    for running in deadlines.of(case.id, "open", "paused"):
        deadlines.cancel(running.kind, case.id)
