"""Cases as filing reports them: the steps that a complaint about a case brings along (FEE-33)."""

from datetime import date
from typing import Any, NamedTuple

from chassis import clock
from contracts.events import filing
from services.feedback.models import Case, CaseStep


class Step(NamedTuple):
    """What a step is called, which field says when it was, and what of the event is kept."""

    zh: str
    en: str
    at: str | None = None
    kept: tuple[str, ...] = ()


STEPS: dict[type[Any], Step] = {
    filing.CaseSubmitted: Step("申办", "submitted", "submitted_at", ("materials", "notice_due")),
    filing.CaseDispatched: Step(
        "推送受理窗口", "sent to the accepting window", "dispatched_at", ("receiving_org", "accepting_org")
    ),
    filing.CaseViewed: Step("接收查看", "viewed", "viewed_at", ("waited_seconds",)),
    filing.CaseViewWarned: Step("未及时查看预警", "not viewed: warning", None, ("waited_seconds",)),
    filing.CaseViewOverdue: Step("未查看超时", "not viewed: overdue", None, ("waited_seconds",)),
    filing.CaseReturned: Step("退回", "returned", "returned_at", ("from_org", "opinion", "returns")),
    filing.CaseCorrectionRequested: Step("补正告知", "correction notice", "requested_at", ("defects", "round", "due")),
    filing.CaseCorrected: Step("补交受理", "corrected", "corrected_at", ("round", "via")),
    filing.CaseAccepted: Step("受理", "accepted", "accepted_at", ("by_lapse", "committed_due", "statutory_due")),
    filing.CaseNotAccepted: Step("不予受理", "not accepted", "not_accepted_at", ("reason_code", "notice_no")),
    filing.SpecialStarted: Step("特别程序开始", "special procedure begins", None, ("special_kind", "started_on")),
    filing.SpecialFinished: Step(
        "特别程序结束", "special procedure ends", None, ("finished_on", "paused_wd", "committed_due")
    ),
    filing.CaseExtended: Step("延期", "extended", None, ("days", "committed_due")),
    filing.CaseSuspended: Step("中止", "suspended", "suspended_at", ("ground",)),
    filing.CaseResumed: Step("恢复办理", "resumed", "resumed_at", ("new_due",)),
    filing.DeadlineOverdue: Step("期限已过", "limit passed", None, ("deadline_kind", "due")),
    filing.CaseCompleted: Step("办结", "completed", "completed_at", ("decision", "elapsed_wd", "committed_wd")),
    filing.ResultReady: Step("结果可领取", "result ready", "ready_at", ("way",)),
    filing.ResultCollected: Step("领取登记", "result collected", "collected_at", ("way",)),
    filing.ResultDelivered: Step("结果送达", "result delivered", "delivered_at", ("way", "outcome")),
    filing.CaseWithdrawn: Step("撤回", "withdrawn", "withdrawn_at"),
    filing.CaseLapsed: Step("退件", "lapsed", "lapsed_at", ("reason",)),
    filing.CaseRevoked: Step("撤销", "revoked", "revoked_at", ("ground_code", "article", "decision_no")),
}
_BY_TYPE = {event_type.type: step for event_type, step in STEPS.items()}


def follow(event: Any) -> None:
    """Keep a step of a case; doubled or late reports change nothing."""
    known = _BY_TYPE[event.type]
    at = clock.parse(event.data[known.at] if known.at else event.time)
    facts = {name: event.data[name] for name in known.kept if event.data.get(name) is not None}
    step = CaseStep(case_id=event.case_id, sequence=event.sequence, event_type=event.type, at=at, facts=facts)
    CaseStep.insert(step.__data__).on_conflict_ignore().execute()
    head = {
        "case_no": event.case_no,
        "subject_ref": event.subject_ref,
        "applicant_ref": event.data.get("applicant_ref"),
        "item_code": event.item_code,
        "org": event.approving_org,
        "sequence": event.sequence,
    }
    row = Case(case_id=event.case_id, **head)
    if not Case.insert(row.__data__).on_conflict_ignore().as_rowcount().execute():
        Case.update(head).where(Case.case_id == event.case_id, Case.sequence < event.sequence).execute()


def find(case_no: str | None) -> Any:
    """The case with this number, or None."""
    return Case.get_or_none(Case.case_no == case_no) if case_no else None


def is_party(case: Any, ref: str | None) -> bool:
    """Whether this is the applicant of the case, or who filed for it."""
    return case is not None and ref is not None and ref in {case.subject_ref, case.applicant_ref}


def steps(case_id: str, *event_types: type[Any]) -> list[Any]:
    """The steps of a case in order, all of them or only of these kinds."""
    query = CaseStep.select().where(CaseStep.case_id == case_id)
    if event_types:
        query = query.where(CaseStep.event_type.in_([event_type.type for event_type in event_types]))
    return list(query.order_by(CaseStep.sequence))


def timeline(case: Any) -> list[dict[str, Any]]:
    """The steps as a handler reads them."""
    found = []
    for step in steps(case.case_id):
        name = _BY_TYPE[step.event_type]
        facts = {key: value for key, value in step.facts.items() if key != "materials"}
        found.append({"at": step.at, "step": step.event_type, "zh": name.zh, "en": name.en, "facts": facts})
    return found


def result_at(case_id: str) -> Any:
    """When the result of the case reached the applicant; None while it has not (FEE-12)."""
    for step in steps(case_id, filing.ResultCollected, filing.ResultDelivered):
        if step.facts.get("outcome") != "undeliverable":
            return step.at
    return None


def committed_due(found: list[Any]) -> date | None:
    """The committed limit as the steps have set it last; None before acceptance."""
    due = None
    for step in found:
        due = step.facts.get("committed_due") or step.facts.get("new_due") or due
    return date.fromisoformat(due) if due else None
