"""On whose desk a case lies: the work list and the organisation that has to act (FIL-90)."""

from typing import Any

from services.filing.transitions import TERMINAL

STEPS = {
    "receive": "退回待重新派发",
    "accept": "受理",
    "correction": "补正",
    "review": "审查",
    "decide": "决定",
    "suspended": "中止",
    "deliver": "办理(送达)",
    "closed": "办结",
}
_BY_STATE = {
    "returned": ("receive", "receiving_org"),
    "submitted": ("accept", "accepting_org"),
    "dispatched": ("accept", "accepting_org"),
    "pre_review": ("accept", "accepting_org"),
    "resubmitted": ("accept", "accepting_org"),
    "correction": ("correction", "accepting_org"),
    "accepted": ("review", "approving_org"),
    "reviewing": ("review", "approving_org"),
    "special": ("review", "approving_org"),
    "deciding": ("decide", "approving_org"),
    "suspended": ("suspended", "approving_org"),
}
FILED = ("running", "closed")  # the phases of a case that is more than a draft
_UNDELIVERED = frozenset({"none", "ready", "undeliverable"})


def of(case: Any) -> tuple[str | None, str | None]:
    """Desk and organisation; none for a draft, and for a case that another system handles."""
    if case.status == "draft" or case.source_system:
        return None, None
    if case.status == "completed" and case.delivery_status in _UNDELIVERED:
        return "deliver", case.accepting_org
    desk, column = _BY_STATE.get(case.status, ("closed", "approving_org"))
    return desk, getattr(case, column)


def phase(status: str) -> str:
    """The phase in which a case of this state is: draft, running or closed (FIL-14, FIL-90)."""
    if status == "draft":
        return "draft"
    return "closed" if status in TERMINAL else "running"
