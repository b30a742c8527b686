"""All running limits of a case: starting, stopping and resuming them together, and their lights (TIM-08, TIM-09)."""

from datetime import date, timedelta
from typing import Any

from chassis import clock, deadlines, workdays
from contracts.events import filing
from services.filing import cases
from services.filing.models import Case, Commitment, Correction, ParallelTask

LABELS = {
    "correction_notice": ("受理或补正告知", "Notice of correction or acceptance"),
    "correction": ("申请人补正", "Correction by the applicant"),
    "resubmission_check": ("补正材料审核", "Check of the corrected material"),
    "committed": ("承诺办结时限", "Committed limit"),
    "statutory": ("法定办结时限", "Statutory limit"),
    "delivery": ("送达", "Delivery of the result"),
    "commitment": ("容缺后补", "Promised material"),
    "commitment_check": ("补齐材料审核", "Check of the supplied material"),
    "paper_transfer": ("纸质材料移交", "Transfer of the paper"),
    "revocation_reply": ("答复撤销建议", "Answer to the proposal to revoke"),
    "defence": ("陈述申辩", "Statement and defence"),
    "originals": ("提交材料原件", "Originals of the material"),
}

# Limits that stand still while the case is suspended, and those that do while a special procedure runs.
STOPPED_BY_SUSPENSION = (
    "correction_notice",
    "correction",
    "resubmission_check",
    "committed",
    "statutory",
    "originals",
)
PROCESSING = ("committed", "statutory")
# Whose passing means a red light and nothing else.
LIGHTS = ("committed", "statutory", "delivery", "commitment_check", "agreed_reply", "revocation_reply")
WARNED = ("committed", "statutory")


def start(kind: str, case: Any, due: workdays.Due, payload: dict[str, Any] | None = None) -> workdays.Due:
    """Let a limit of the case run, with its warning where it has one."""
    deadlines.set(kind, case.id, due, payload)
    if kind in WARNED:
        _arm(kind, case.id, due)
    return due


def due(kind: str, constant: str, anchor: Any, **options: Any) -> workdays.Due:
    """The limit that a constant of the rule pack sets, labelled."""
    zh, en = LABELS[kind]
    return workdays.due_for(constant, anchor, label_zh=zh, label_en=en, **options)


def limit(kind: str, anchor: Any, n: int, unit: str, rule: str) -> workdays.Due:
    """A limit that the guide sets, labelled."""
    zh, en = LABELS[kind]
    return workdays.due(anchor, n, unit, rule=rule, label_zh=zh, label_en=en)


def stop(stopped: list[Any], kinds: tuple[str, ...], on: date) -> None:
    """Stop these limits of these cases; the day counts as used (TIM-08)."""
    case_ids = [case.id for case in stopped]
    deadlines.pause_all(kinds, case_ids, on)
    deadlines.cancel_all([f"{kind}_warning" for kind in kinds], case_ids)


def go_on(case: Any, kinds: tuple[str, ...], on: date) -> None:
    """Let these limits run again; the day is the new day 0 (TIM-08)."""
    for kind in kinds:
        row = deadlines.resume(kind, case.id, on)
        if row is not None:
            moved(row, case)


def extend(case: Any, days: int) -> None:
    """Add days to the processing limits (FIL-37)."""
    for kind in PROCESSING:
        row = deadlines.extend(kind, case.id, days)
        if row is not None:
            moved(row, case)


def kept(case: Any, day: date | None = None) -> str:
    """Which limit a decision made on this day, or today, keeps (FIL-34)."""
    day = day or clock.today()
    if day <= case.committed_due:
        return "committed"
    return "statutory" if day <= case.statutory_due else "none"


def cancel(case: Any, *kinds: str) -> None:
    """End limits that have done their work."""
    for kind in kinds:
        deadlines.cancel(kind, case.id)
        deadlines.cancel(f"{kind}_warning", case.id)


def moved(row: Any, case: Any = None) -> None:
    """A limit has a new date: keep the copies on our rows in step (also after a new calendar year, TIM-07)."""
    if row.kind == "parallel":
        ParallelTask.update(due=row.due_date).where(ParallelTask.id == row.subject).execute()
        return
    if row.kind in {"committed", "statutory", "delivery"}:
        known = case or Case.locked(row.subject)
        if known is not None:
            setattr(known, f"{row.kind}_due", row.due_date)
            if case is None:
                known.save()
    if row.kind == "commitment":
        Commitment.update(due=row.due_date).where(Commitment.case == row.subject).execute()
    if row.kind == "correction":
        open_one = (Correction.case == row.subject) & Correction.answered_at.is_null()
        Correction.update(due=row.due_date).where(open_one).execute()
    if row.kind in WARNED and row.state == "open":
        _arm(row.kind, row.subject, row.due())


def told(row: Any) -> date | None:
    """The date of the limit as the applicant was told it; None for a limit of the house's own."""
    if row.kind == "committed":
        case = Case.get_or_none(Case.id == row.subject)
        return case and case.committed_due
    if row.kind == "commitment":
        promise = Commitment.get_or_none(Commitment.case == row.subject)
        return promise and promise.due
    if row.kind == "correction":
        notice = Correction.get_or_none(Correction.case == row.subject, Correction.answered_at.is_null())
        return notice and notice.due
    return None


def tell_moved(row: Any, before: date) -> None:
    """The calendar has moved a limit that the applicant was told (NOT-02)."""
    case = Case.locked(row.subject)
    cases.tell(filing.DeadlineMoved, case, deadline_kind=row.kind, due=row.due_date, former_due=before, rule=row.rule)


def _arm(kind: str, case_id: str, due: workdays.Due) -> None:
    """Set the yellow light: the first day on which at most 20 % or one working day is left (TIM-09)."""
    first = max(clock.today(), due.anchor)
    for ahead in range((due.date - first).days + 1):
        day = first + timedelta(days=ahead)
        if due.light(day) == "yellow":
            if day > clock.today():
                deadlines.at(f"{kind}_warning", case_id, clock.start_of(day), rule="TIM-09")
            return


def warn(deadline: Any) -> None:
    """Tell the handler that a limit is near (yellow)."""
    kind = deadline.kind.removesuffix("_warning")
    running = deadlines.find(kind, deadline.subject)
    case = Case.locked(deadline.subject)
    if running is None or running.state != "open" or case is None:
        return
    left = workdays.count_workdays(clock.today() - timedelta(days=1), running.due_date)
    tell_near(case, kind, running.due_date, left, running.rule)


def tell_near(case: Any, kind: str, on: date, left: int, rule: str) -> None:
    """The yellow event of one limit."""
    cases.tell(
        filing.DeadlineWarned,
        case,
        deadline_kind=kind,
        due=on,
        responsible_org=responsible(case, kind),
        responsible_ref=case.subject_ref if kind == "commitment" else None,
        rule=rule,
        remaining_wd=left,
    )


def overdue(deadline: Any) -> None:
    """A limit has passed: red light, told to the handler and to supervision (TIM-09)."""
    case = Case.locked(deadline.subject)
    if case is not None:
        cases.tell(
            filing.DeadlineOverdue,
            case,
            deadline_kind=deadline.kind,
            due=deadline.due_date,
            responsible_org=responsible(case, deadline.kind),
            rule=deadline.rule or "TIM-09",
        )


def responsible(case: Any, kind: str) -> str:
    """Which organisation has to act."""
    if kind == "paper_transfer":
        return case.receiving_org or case.accepting_org
    if kind in {"correction_notice", "resubmission_check", "agreed_reply"}:
        return case.accepting_org
    return case.approving_org
