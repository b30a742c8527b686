"""Review on the way to the decision: taking, reviewing, sending back, extending, withdrawing (C16-C18, C21, C24)."""

from typing import Any

from chassis import clock
from chassis.auth import actor, forbidden
from chassis.errors import Refusal
from contracts import rules
from contracts.events import filing
from services.filing import cases, clocks, documents, items, parallel, promises, refunds, samecity, special, transitions
from services.filing.models import database

GREEN_KEEPERS = ("window_manager", "deputy_leader", "unit_leader")


def take(case_no: str) -> Any:
    """The reviewer takes the case (C16)."""
    with database.transaction():
        case = cases.lock(case_no)
        cases.require(case, "reviewer")
        enter_review(case)
    return case


def enter_review(case: Any) -> None:
    """accepted → reviewing; participants of a parallel approval are asked at the same time (FIL-38)."""
    cases.move(case, "take")
    _entered(case, "accepted")
    if case.kind == "parallel":
        parallel.open_tasks(case)


def jump(case: Any) -> None:
    """Instant cases and single-reviewer items go straight to the decision (C16, CAT-25)."""
    cases.move(case, "jump")
    _entered(case, "accepted")


def may_jump(case: Any) -> bool:
    """Whether this case needs no separate review (即办, 独任)."""
    return case.kind == "instant" or bool(items.switches(items.of(case)).get("single_reviewer"))


def review(case_no: str, opinion: str, opinion_code: str) -> Any:
    """The reviewer gives an opinion; takes the case first when nobody has (C17)."""
    with database.transaction():
        case = cases.lock(case_no)
        cases.require(case, "reviewer")
        if case.status == "accepted":
            enter_review(case)
        if case.status == "reviewing":
            parallel.require_answered(case)
        cases.move(case, "review", opinion=opinion, details={"opinion_code": opinion_code})
        cases.tell(
            filing.CaseReviewed, case, step="deciding", actor_ref=actor().id, opinion_code=opinion_code, at=clock.now()
        )
    return case


def send_back(case_no: str, reason: str) -> Any:
    """The decider wants more (C18)."""
    with database.transaction():
        case = cases.lock(case_no)
        cases.require(case, "decider")
        cases.move(case, "send_back", opinion=reason)
        _entered(case, "deciding")
    return case


def _entered(case: Any, left: str) -> None:
    cases.tell(filing.CaseStepEntered, case, step=case.status, from_step=left, actor_ref=actor().id, at=clock.now())


def extend(case_no: str, days: int, reason: str) -> Any:
    """The organ's leader extends the limit once, and the applicant is told why (C21, FIL-37)."""
    with database.transaction():
        case = cases.lock(case_no)
        cases.require(case, "unit_leader")
        most = rules.value("filing.extension_joint_max" if case.kind == "parallel" else "filing.extension_max").value
        if case.extended_days or days > most:
            raise Refusal(
                "filing.extension-refused",
                rule="FIL-37",
                zh="办理期限已经延长过一次，不能再次延长。" if case.extended_days else f"延长不得超过{most}个工作日。",
                en="The limit has been extended once already."
                if case.extended_days
                else f"At most {most} working days.",
                next_zh="请在现有期限内作出决定。",
                next_en="Decide within the limit as it is.",
                statutory_due=case.statutory_due.isoformat() if case.statutory_due else None,
            )
        case.extended_days = days
        clocks.extend(case, days)
        cases.move(case, "extend", opinion=reason, details={"days": days})
        documents.issue(
            case, "extension", [f"办理期限延长{days}个工作日，至{case.statutory_due:%Y年%m月%d日}。理由：{reason}"]
        )
        cases.tell(
            filing.CaseExtended,
            case,
            days=days,
            reason=reason,
            approver_ref=actor().id,
            new_due=case.statutory_due,
            committed_due=case.committed_due,
        )
    return case


def withdraw(case_no: str, reason: str | None) -> Any:
    """The applicant takes the case back before the decision (C24, FIL-48)."""
    with database.transaction():
        case = cases.lock(case_no)
        cases.require_own(case)
        was_dispatched = case.status == "dispatched"
        case.ended_at, case.duplicate_key = clock.now(), None
        cases.move(case, "withdraw", opinion=reason)
        if was_dispatched:
            samecity.stop_view_clocks(case)
        special.close(case)
        parallel.recall(case)
        cases.end(case)
        promises.void(case)
        refunds.ask(case)
        cases.tell(filing.CaseWithdrawn, case, reason=reason, withdrawn_at=case.ended_at)
    return case


def set_green(case_no: str, reason: str, *, wanted: bool) -> Any:
    """绿色通道: the case goes before the others in every work list, or no longer (FIL-42)."""
    with database.transaction():
        case = cases.lock(case_no)
        actor_org = (case.accepting_org, case.approving_org)
        if not any(actor().has_role(role, org, case.item_code) for role in GREEN_KEEPERS for org in actor_org):
            raise forbidden("the green channel is opened by a window manager or a leader of the unit")
        if case.status in transitions.TERMINAL:
            raise Refusal(
                "filing.case.wrong-state",
                rule="FIL-42",
                zh="办件已经结束，无需绿色通道。",
                en="The case has ended; it needs no green channel.",
                next_zh="请核对办件状态。",
                next_en="Look at the state of the case.",
                state=case.status,
            )
        case.turn = 0 if wanted else 1
        case.save()
        cases.note(case, "set_green" if wanted else "unset_green", opinion=reason)
    return case
