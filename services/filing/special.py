"""Special procedures (特别程序): asked for by the reviewer, approved by the decider; the clock stops (C19, C20)."""

from typing import Any

from chassis import clock, workdays
from chassis.auth import actor
from chassis.errors import Refusal
from contracts.events import filing
from services.filing import cases, clocks, documents, transitions
from services.filing.models import Special, database

KINDS = {
    "hearing": "听证",
    "tender": "招标",
    "auction": "拍卖",
    "inspection": "检验",
    "testing": "检测",
    "quarantine": "检疫",
    "appraisal": "鉴定",
    "expert_review": "专家评审",
    "publicity": "公示",
    "other": "其他",
}


def propose(case_no: str, kind: str, reason: str, expected_wd: int) -> Any:
    """The reviewer asks for it; a decider who asks has approved it at once (FIL-36)."""
    with database.transaction():
        case = cases.lock(case_no)
        cases.require(case, "reviewer", "decider")
        transitions.CASE.step(case.status, "start_special")
        if Special.get_or_none((Special.case == case.id) & (Special.state == "proposed")):
            raise _wrong("已有一项特别程序申请等待批准。", "A special procedure is already waiting for approval.")
        row = Special.create(
            case=case.id, kind=kind, reason=reason, expected_wd=expected_wd, state="proposed", proposed_by=actor().id
        )
        if actor().has_role("decider", case.approving_org, case.item_code):
            _start(case, row)
        else:
            case.save()
            cases.note(case, "propose_special", opinion=reason, details={"kind": kind})
    return case


def decide(case_no: str, *, approve: bool, opinion: str | None) -> Any:
    """The decider approves or refuses the proposal (C19)."""
    with database.transaction():
        case = cases.lock(case_no)
        cases.require(case, "decider")
        row = Special.locked(Special.case == case.id, Special.state == "proposed")
        if row is None:
            raise _wrong("没有待批准的特别程序申请。", "No special procedure is waiting for approval.")
        if approve:
            _start(case, row)
        else:
            row.state, row.approved_by = "refused", actor().id
            row.save()
            case.save()
            cases.note(case, "refuse_special", opinion=opinion)
    return case


def _start(case: Any, row: Any) -> None:
    today = clock.today()
    row.state, row.approved_by, row.started_on = "running", actor().id, today
    row.save()
    case.before_special = case.status
    cases.move(case, "start_special", opinion=row.reason, details={"kind": row.kind})
    clocks.stop([case], clocks.PROCESSING, today)
    documents.issue(
        case,
        "special",
        [
            f"本办件需进行{KINDS[row.kind]}，预计{row.expected_wd}个工作日，自{today:%Y年%m月%d日}起所需时间不计入办理期限。",
            f"理由：{row.reason}",
        ],
    )
    cases.tell(
        filing.SpecialStarted,
        case,
        special_id=row.id,
        special_kind=row.kind,
        reason=row.reason,
        expected_wd=row.expected_wd,
        started_on=today,
    )


def finish(case_no: str, result: str) -> Any:
    """The result is in: the clock runs again from today as day 0 (C20, TIM-08)."""
    with database.transaction():
        case = cases.lock(case_no)
        cases.require(case, "reviewer", "decider")
        transitions.CASE.step(case.status, "finish_special")
        row = Special.locked(Special.case == case.id, Special.state == "running")
        today = clock.today()
        row.state, row.finished_on, row.result = "finished", today, result
        row.paused_wd = workdays.count_workdays(row.started_on, today)
        row.save()
        case.paused_wd += row.paused_wd
        back, case.before_special = case.before_special, None
        clocks.go_on(case, clocks.PROCESSING, today)
        cases.move(case, "finish_special", target=back, opinion=result)
        cases.tell(
            filing.SpecialFinished,
            case,
            special_id=row.id,
            special_kind=row.kind,
            result=result,
            paused_wd=row.paused_wd,
            finished_on=today,
            committed_due=case.committed_due,
            statutory_due=case.statutory_due,
        )
    return case


def close(case: Any) -> None:
    """The case ends while a procedure waits or runs."""
    Special.update(state="finished", finished_on=clock.today(), result="办件已终止").where(
        Special.case == case.id, Special.state == "running"
    ).execute()
    Special.update(state="refused").where(Special.case == case.id, Special.state == "proposed").execute()


def _wrong(zh: str, en: str) -> Refusal:
    return Refusal(
        "filing.special-state", rule="FIL-36", zh=zh, en=en, next_zh="请刷新后查看办件。", next_en="Reload the case."
    )
