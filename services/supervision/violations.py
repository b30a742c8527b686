"""What electronic supervision detects: 超时限, 超权限, 逆程序 (SUP-30), and one visit too many (FIL-31)."""

from typing import Any

from chassis import clock
from contracts.events import filing
from services.supervision import authority, items, orders
from services.supervision.models import Violation

APPLICANTS = ("correction", "commitment", "defence")  # limits of the party, not of an office
RESPONSIBLE = ("responsible_org", "participant_org", "accepting_org", "to_org", "handling_org", "judging_org")
WHILE_HANDLED = (  # limits that mean nothing any more once the case has ended
    "correction_notice",
    "resubmission_check",
    "committed",
    "statutory",
    "agreed_reply",
    "parallel",
    filing.CaseViewOverdue.type,
    filing.ParallelOverdue.type,
)
DERIVED = ("over_authority", "wrong_order")
HANDLING = ("case.accepted", "case.not_accepted", "case.reviewed", "case.extended", "case.correction_requested")


def late(event: Any) -> None:
    """An office is beyond its limit (超时限): noted once, and pursued by an order of itself (SUP-31)."""
    data = event.data
    what = data.get("deadline_kind") or event.type
    if what in APPLICANTS:
        return
    org = next((data[name] for name in RESPONSIBLE if data.get(name)), event.org)
    reference = data.get("letter_no") or data.get("rating_id")
    note(
        event.id, "over_time", what, org, case_id=data.get("case_id"), case_no=data.get("case_no"), reference=reference
    )
    if org:
        orders.pursue(event, org, ends_with_case=what in WHILE_HANDLED)


def too_many_visits(event: Any) -> None:
    """The applicant was made to come more often than allowed (FIL-31)."""
    facts = {"case_id": event.case_id, "case_no": event.case_no}
    note(event.id, "over_visits", "onsite_visits", event.accepting_org, **facts)


def note(key: str, kind: str, what: str, org: str | None, **facts: Any) -> None:
    """Note a violation once."""
    row = facts | {"event_id": key, "kind": kind, "what": what, "org": org, "detected_at": clock.now()}
    Violation.insert(**row).on_conflict_ignore().execute()


def note_own(what: str, row: Any, org: str) -> None:
    """The offices of linkage are held to their limits, too: once for each row."""
    facts = {"case_id": getattr(row, "case_id", None), "case_no": row.case_no}
    note(f"{row.id}:{what}", "over_time", what, org, **facts)


def judge(cases: list[Any]) -> None:
    """Hold everything that is known of cases against authority and procedure; who calls saves them. Late news may clear
    what seemed wrong: what no longer follows is taken back, so that the end does not depend on the order of arrival."""
    decided = [case for case in cases if case.decided_at is not None]
    approvers = items.approvers(decided) if decided else {}
    grants = authority.grants({case.decided_by for case in decided}) if decided else {}
    for case in cases:
        found = dict(_breaches(case, approvers, grants.get(case.decided_by, [])))
        if not found and not case.suspect:
            continue
        Violation.delete().where(
            Violation.case_id == case.case_id, Violation.kind.in_(DERIVED), Violation.event_id.not_in([*found, ""])
        ).execute()
        for key, (kind, what) in found.items():
            note(key, kind, what, case.approving_org, case_id=case.case_id, case_no=case.case_no)
        case.suspect = bool(found)


def _breaches(
    case: Any, approvers: dict[tuple[str, int], str], granted: list[Any]
) -> list[tuple[str, tuple[str, str]]]:
    """(key, (kind, what)) of every breach. Of a case whose beginning nobody has told us the procedure is not judged."""
    steps = sorted((int(number), name) for number, name in case.steps.items())
    names = [name for _, name in steps]
    found = _procedure(steps) if "case.submitted" in names else []
    if case.decided_at is not None:
        if approvers.get((case.item_code, case.item_version), case.approving_org) != case.approving_org:
            found.append(("over_authority", "not_the_office_of_the_item", 0))
        if not authority.may_decide(case, granted):
            found.append(("over_authority", "decided_without_grant", 0))
    return [(f"{case.case_id}:{what}:{number}", (kind, what)) for kind, what, number in found]


def _procedure(steps: list[tuple[int, str]]) -> list[tuple[str, str, int]]:
    found: list[tuple[str, str, int]] = []
    before: set[str] = set()
    for number, name in steps:
        wrong = ""
        if name == "case.reviewed" and "case.accepted" not in before:
            wrong = "reviewed_before_acceptance"
        elif name == "case.completed" and "case.accepted" not in before:
            wrong = "decided_before_acceptance"
        elif name == "case.revoked" and "case.completed" not in before:
            wrong = "revoked_without_decision"
        elif name == "case.extended" and name in before:
            wrong = "extended_twice"
        elif name in HANDLING and "case.completed" in before:
            wrong = "handled_after_decision"
        if wrong:
            found.append(("wrong_order", wrong, number))
        before.add(name)
    return found
