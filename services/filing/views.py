"""What a reader sees of a case: lists by permission, the whole case, progress without login (FIL-14..18, FIL-21)."""

from datetime import timedelta
from typing import Any

from chassis import clock, deadlines, history, privacy, workdays
from chassis.auth import Actor, actor, forbidden
from chassis.errors import Refusal
from services.filing import (
    agencies,
    cases,
    desks,
    documents,
    items,
    materials,
    participants,
    payments,
    promises,
    transitions,
    visits,
)
from services.filing.models import (
    Case,
    Commitment,
    Correction,
    Node,
    Order,
    Originals,
    ParallelTask,
    Payment,
    ProgressTry,
    Proposal,
    Report,
    Revocation,
    Special,
    Task,
    database,
)

TRIES, WINDOW_MINUTES = 5, 10

# Cases of which a revocation, or a proposal to revoke, waits for the decider.
REVOKING = (
    Revocation.select_some((Revocation.case,)).where(Revocation.state.in_(("noticed", "reopened"))),
    Proposal.select_some((Proposal.case,)).where(Proposal.state == "open"),
)
QUEUES = {
    "receive": Case.status == "returned",
    "accept": Case.status.in_(("submitted", "dispatched", "pre_review", "resubmitted")),
    "correction": Case.status == "correction",
    "review": Case.status.in_(("accepted", "reviewing", "special")),
    "decide": Case.status == "deciding",
    "suspended": Case.status == "suspended",
    "deliver": (Case.status == "completed") & Case.delivery_status.in_(("none", "ready", "undeliverable")),
    "check": Case.commitment_status == "under_check",
    "revoke": Case.id.in_(REVOKING[0] | REVOKING[1]),
    "closed": Case.phase == "closed",
}
# The only phases in which they find anything.
_QUEUE_PHASES = {"check": desks.FILED, "revoke": desks.FILED, "deliver": ("closed",), "closed": ("closed",)}
_pending_promise = Case.commitment_status.in_(sorted(promises.LIVE))
TABS = {
    "drafts": Case.status == "draft",
    "in_progress": Case.status.in_([*transitions.IN_PROCESS.replace("correction ", "").split(), "suspended"]),
    "correction": Case.status == "correction",
    "commitment": (Case.status == "completed") & _pending_promise,
    "closed": Case.status.in_(("not_accepted", "withdrawn", "lapsed", "revoked"))
    | ((Case.status == "completed") & (Case.commitment_status.is_null() | ~_pending_promise)),
}

# What the rows of lists and work lists show.
COLUMNS = (
    Case.id,
    Case.case_no,
    Case.opened_at,
    Case.item_code,
    Case.item_name,
    Case.project_name,
    Case.approving_org,
    Case.case_source,
    Case.mode,
    Case.status,
    Case.commitment_status,
    Case.delivery_status,
    Case.subject_name_masked,
    Case.committed_due,
    Case.statutory_due,
    Case.view_overdue_at,
    Case.subject_ref,
    Case.applicant_ref,
    Case.desk,
    Case.turn,
    Case.same_city,
    Case.visits,
    Case.rating_level,
    Case.rating_source,
)


# --- lists ------------------------------------------------------------------------------------------------------------


def listed(filters: dict[str, Any]) -> tuple[Any, list[Any], bool]:
    """The cases that the caller may see, filtered, the ways in which it may see them, as for one case, and whether
    their plan is kept: of its own cases only, and of those that its organisations have closed."""
    query = Case.select_some(COLUMNS)
    if filters.get("tab"):
        query = query.where(TABS[filters["tab"]])
    if filters.get("queue"):
        query = query.where(QUEUES[filters["queue"]])
    for column in ("status", "item_code", "case_no"):
        if filters.get(column):
            query = query.where(getattr(Case, column) == filters[column])
    if actor().kind != "staff":
        ways = visible(actor())
        return query, ways, len(ways) == 1
    queue = filters.get("queue")
    phases = _QUEUE_PHASES.get(queue, ("running",)) if queue else desks.FILED
    whole = queue == "closed" and filters.keys() <= {"queue", "limit", "cursor"}
    return query, visible(actor(), phases, filters.get("item_code")), whole and of_orgs(actor())


def of_orgs(who: Actor) -> bool:
    """Whether a member of staff sees cases of named organisations only, whatever their item."""
    return cases.overseen(who) is None and all(
        grant.org != "*" and grant.items is None for grant in who.grants if grant.role in cases.READERS
    )


def visible(who: Actor, phases: tuple[str, ...] = desks.FILED, item: str | None = None) -> list[Any]:
    """The ways of which one has to lead to a case in one of these phases, or that the caller has opened, for the caller
    to see it; where a list is of one item, that too. An organisation's cases of each phase are one walk along an index,
    and so are its cases of an item."""
    if who.kind != "staff":
        return [Case.subject_ref == who.id, *(agencies.visible(who) if who.kind == "person" else ())]
    ways: list[Any] = [Case.applicant_ref == who.id]
    filed = Case.status != "draft"
    if any(who.has_role(role, "*") for role in cases.READERS):
        return [*ways, filed]
    oversight = cases.overseen(who)
    if oversight is not None:
        ways.append(filed & oversight)
    for grant in who.grants:
        if grant.role not in cases.READERS:
            continue
        for column in (Case.approving_org, Case.accepting_org, Case.receiving_org):
            here = [(column == grant.org) & (Case.phase == phase) for phase in phases]
            here = here if item is None else [(column == grant.org) & filed]
            ways += here if grant.items is None else [way & Case.item_code.in_(grant.items) for way in here]
        ways.append(participants.asked(grant.org, grant.items, item))
    return ways


def briefs(found: list[Any]) -> list[dict[str, Any]]:
    """Rows of a list (FIL-17); what belongs to them is read once for all."""
    names = documents.org_names(case.approving_org for case in found)
    handled = [case.id for case in found if case.committed_due and case.status not in transitions.TERMINAL]
    running = deadlines.running("committed", handled)
    promised = promises.live(found)
    return [_brief(case, names[case.approving_org], running.get(case.id), promised.get(case.id)) for case in found]


def _brief(case: Any, org_name: str, committed: Any, promise: Any) -> dict[str, Any]:
    left = workdays.count_workdays(clock.today() - timedelta(days=1), promise.due) if promise else None
    return {
        "case_no": case.case_no,
        "opened_at": _at(case.opened_at),
        "item_code": case.item_code,
        "item_name": case.item_name,
        "project_name": case.project_name,
        "approving_org": case.approving_org,
        "approving_org_name": org_name,
        "case_source": case.case_source,
        "mode": case.mode,
        "status": case.status,
        "status_zh": transitions.STATES[case.status],
        "commitment_status": case.commitment_status,
        "delivery_status": case.delivery_status,
        "subject_name_masked": case.subject_name_masked,
        "committed_due": case.committed_due,
        "statutory_due": case.statutory_due,
        "light": workdays.light(committed) if committed else None,
        "days_left": left,
        "view_overdue": case.view_overdue_at is not None,
        "rateable": _rateable(case),
        "rating": {"level": case.rating_level, "source": case.rating_source} if case.rating_source else None,
    }


def _rateable(case: Any) -> bool:
    own = actor().id in {case.subject_ref, case.applicant_ref}
    return own and case.status == "completed" and case.rating_source is None


# --- one case ---------------------------------------------------------------------------------------------------------


def read(case_no: str) -> Any:
    """The case, if the caller may read it."""
    case = cases.get(case_no)
    if not cases.may_read(case, items.of(case).get("supervising_orgs") or []):
        here = participants.of(case)
        if not any(actor().has_role(role, org, case.item_code) for role in cases.HANDLERS for org in here):
            raise forbidden("not your case")
    return case


def whole(case: Any) -> dict[str, Any]:
    """Everything that belongs to a case."""
    there = _there(case)

    def found(model: Any) -> Any:
        return _rows(model, case) if model in there else ()

    return (
        briefs([case])[0]
        | {name: getattr(case, name) for name in _COLUMNS}
        | {name: _at(getattr(case, name)) for name in _MOMENTS}
        | {
            "form": cases.form(case),
            "allowed": transitions.CASE.allowed(case.status),
            "materials": _materials(case),
            "commitment": _commitment(case) if Commitment in there else None,
            "corrections": [_correction(row) for row in found(Correction)],
            "documents": [_document(row) for row in documents.listed(case)],
            "specials": _all(
                found(Special), "id kind reason expected_wd state started_on finished_on result paused_wd"
            ),
            "parallel": _all(found(ParallelTask), "id org state due opinion remarks"),
            "revocations": _all(
                found(Revocation), "id ground state collateral opinion evidence defence_due decision_no outcome"
            ),
            "proposals": _all(found(Proposal), "proposal_id supervising_org document_no opinion due state answer"),
            "supervision": _all(found(Task), "task_id supervising_org state due"),
            "payment": payments.shown(case) if Payment in there else None,
            "orders": _all(found(Order), "order_no kind target_org content due"),
            "reports": _all(found(Report), "number from_org to_org reason opinion reported_at answered_at"),
            "nodes": _all(found(Node), "number step at org opinion"),
            "originals": _all(found(Originals), "due state differences"),
            "green_channel": case.turn == 0,
            "visits_warning": visits.warning(case),
        }
    )


# Most cases have nothing in most of these.
_RARE = (
    Commitment,
    Correction,
    Special,
    ParallelTask,
    Revocation,
    Proposal,
    Task,
    Payment,
    Order,
    Report,
    Node,
    Originals,
)


def _there(case: Any) -> set[Any]:
    """The rare tables in which the case has rows, asked for together."""
    proxy = database.proxy
    asked = (f'EXISTS (SELECT 1 FROM "{model._meta.table_name}" WHERE case_id = {proxy.param})' for model in _RARE)
    answer = proxy.execute_kept("rare_parts", f"SELECT {', '.join(asked)}", [case.id] * len(_RARE)).fetchone()
    return {model for model, is_there in zip(_RARE, answer, strict=True) if is_there}


_COLUMNS = (
    "id",
    "kind",
    "item_version",
    "subject_ref",
    "subject_type",
    "applicant_ref",
    "region_code",
    "same_city",
    "agreed",
    "delivery_in",
    "delivery_out",
    "address_ref",
    "hall",
    "receiving_org",
    "receiving_window",
    "accepting_org",
    "accepting_window",
    "decision",
    "decision_no",
    "licence_no",
    "refusal_reason",
    "delivery_due",
    "share_due",
    "accepted_by_lapse",
    "extended_days",
    "returns",
    "visits",
    "source_system",
    "external_no",
)
_MOMENTS = (
    "agreed_reply_at",
    "submitted_at",
    "accepted_at",
    "decided_at",
    "completed_at",
    "collected_at",
    "revoked_at",
)


def _all(rows: Any, names: str) -> list[dict[str, Any]]:
    return [_plain(row, names) for row in rows]


def _document(row: Any) -> dict[str, Any]:
    return _plain(row, "id kind number title sha256") | {
        "issued_at": _at(row.issued_at),
        "code": documents.check_code(row),
    }


def _rows(model: Any, case: Any) -> Any:
    return model.select().where(model.case == case.id).order_by(model.id)


def _plain(row: Any, names: str) -> dict[str, Any]:
    found = {name: getattr(row, name) for name in names.split()}
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in found.items()}


def _materials(case: Any) -> list[dict[str, Any]]:
    by_material: dict[str, list[dict[str, Any]]] = {}
    for row in materials.files(case):
        by_material.setdefault(row.material or "", []).append(file_facts(row))
    return [
        _plain(row, "code name required deferrable state consulted check_at_pickup letter_no letter_from")
        | {"files": by_material.get(row.id, [])}
        for row in materials.of(case)
    ]


def file_facts(row: Any) -> dict[str, Any]:
    """What is shown of a stored file."""
    return _plain(row, "id name stage size sha256 mime way") | {"uploaded_at": _at(row.uploaded_at)}


def _commitment(case: Any) -> dict[str, Any] | None:
    promise = promises.of(case)
    if promise is None:
        return None
    return {
        "id": promise.id,
        "status": promise.status,
        "signed_at": _at(promise.signed_at),
        "due": promise.due.isoformat(),
        "letter": promise.letter,
        "items": [_plain(row, "code name state tries opinion") for row in promises.items_of(promise)],
    }


def _correction(row: Any) -> dict[str, Any]:
    moments = {"requested_at": _at(row.requested_at), "answered_at": _at(row.answered_at)}
    return _plain(row, "round defects due extended via") | moments


def timeline(case: Any) -> dict[str, Any]:
    """The whole history (FIL-33)."""
    rows = history.of(case.id)
    names = "number verb source target actor org opinion details"
    return {
        "items": [_plain(row, names) | {"at": _at(row.at)} for row in rows],
        "whole": history.verify(case.id),
    }


def limits(case: Any) -> dict[str, Any]:
    """All limits with their explanations (TIM-10)."""
    return {
        "items": [
            {
                "kind": row.kind,
                "due": row.due_date,
                "state": row.state,
                "light": workdays.light(row) if row.unit != deadlines.INSTANT and row.state == "open" else None,
                "explanation": row.explain(),
            }
            for row in deadlines.of(case.id)
            if row.state != "cancelled"
        ]
    }


# --- progress without login -------------------------------------------------------------------------------------------


def progress(case_no: str, phone_tail: str) -> dict[str, Any]:
    """By number and the last digits of the phone; wrong answers are counted (FIL-21)."""
    case = Case.get_or_none((Case.case_no == case_no) & (Case.status != "draft"))
    right = case is not None and case.phone_tail == privacy.lookup(phone_tail, "phone-tail")
    if case is not None and not _another_try(case_no, right=right):
        raise Refusal(
            "filing.too-many-tries",
            status=429,
            rule="FIL-21",
            zh="查询错误次数过多。",
            en="Too many wrong answers.",
            next_zh=f"请{WINDOW_MINUTES}分钟后再试，或登录后在“我的办件”中查看。",
            next_en=f"Try again in {WINDOW_MINUTES} minutes, or log in and look at your cases.",
            headers={"Retry-After": str(WINDOW_MINUTES * 60)},
        )
    if not right or case is None:
        raise Refusal(
            "not-found",
            status=404,
            rule="FIL-21",
            zh="业务编号与手机尾号不符。",
            en="Number and phone do not match.",
            next_zh="请核对业务编号和申报时填写的手机号后四位。",
            next_en="Check the case number and the last four digits of the phone given in the form.",
        )
    return {
        "case_no": case.case_no,
        "item_name": case.item_name,
        "approving_org_name": documents.org_name(case.approving_org),
        "status": case.status,
        "status_zh": transitions.STATES[case.status],
        "submitted_at": _at(case.submitted_at),
        "accepted_at": _at(case.accepted_at),
        "committed_due": case.committed_due,
        "completed_at": _at(case.completed_at),
        "delivery_status": case.delivery_status,
    }


def _another_try(case_no: str, *, right: bool) -> bool:
    """Count the answer; False once there were too many wrong ones in the window."""
    with database.transaction():
        fresh = ProgressTry(case_no=case_no, since=clock.wall())
        ProgressTry.insert(**fresh.__data__).on_conflict(action="nothing").execute()
        row = ProgressTry.locked(ProgressTry.case_no == case_no)
        if clock.wall() - row.since > timedelta(minutes=WINDOW_MINUTES):
            row.tries, row.since = 0, clock.wall()
        if row.tries >= TRIES:
            return False
        row.tries = 0 if right else row.tries + 1
        row.save()
    return True


def _at(moment: Any) -> str | None:
    return clock.local(moment).isoformat(timespec="seconds") if moment else None
