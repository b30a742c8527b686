"""A complaint about a case is checked against what the system has recorded, and the handler's work begun (FEE-33)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis import clock
from contracts.events import filing
from services.feedback import cases

RESULTS = {
    "supported": ("系统记录支持所反映的问题", "the records bear the complaint out"),
    "not_supported": ("系统记录不支持所反映的问题", "the records do not bear the complaint out"),
    "open": ("系统记录不足以判断，须向当事人核实", "the records do not settle it; ask those involved"),
}
# Limits that bind the authority; the others are the applicant's own.
LIMITS = {
    "correction_notice": "受理或补正告知期限",
    "resubmission_check": "补正材料审核期限",
    "committed": "承诺办结时限",
    "statutory": "法定办结时限",
    "agreed_reply": "约定答复时间",
    "parallel": "并联意见期限",
    "delivery": "送达期限",
    "paper_transfer": "纸质材料移交期限",
}
# The committed limit does not run on after these.
STOPS = {
    filing.SpecialStarted.type: "特别程序尚未结束",
    filing.CaseSuspended.type: "办件已中止",
    filing.CaseWithdrawn.type: "申请人已撤回",
    filing.CaseLapsed.type: "办件已退件",
    filing.CaseNotAccepted.type: "办件未受理",
}
RUNS = {filing.SpecialFinished.type, filing.CaseResumed.type, filing.CaseCompleted.type}
ENGLISH = {
    "returned": "the case was returned to the receiving window",
    "not_viewed": "the accepting window did not open the case in time",
    "not_accepted": "a notice of non-acceptance was issued; look whether its ground holds",
    "accepted_by_lapse": "nothing was said in time and the case was accepted by lapse",
    "accepted": "the case was accepted",
    "stopped": "the committed limit is stopped",
    "not_accepted_yet": "the case is not accepted yet, its limit does not run",
    "committed_overdue": "the committed limit has passed",
    "in_time": "the committed limit is kept",
    "outside_guide": "a notice names material outside the guide",
    "within_guide": "the notice names only material of the guide",
    "second_notice": "there was more than one correction notice",
    "no_notice": "there is no correction notice; ask whether material was demanded by word of mouth",
    "no_case": "no such case is on record",
}


@dataclass(frozen=True)
class Finding:
    """One fact; `supports` is None when it settles nothing."""

    code: str
    zh: str
    rule: str
    at: datetime | None
    supports: bool | None

    @property
    def en(self) -> str:
        """The same in English, in short."""
        return ENGLISH.get(self.code, "a limit of the authority has passed")


def examine(letter: Any) -> dict[str, Any] | None:
    """The check of a complaint of refusal, delay or extra material; None for any other letter."""
    look = CHECKS.get(letter.category) if letter.kind == "complaint" else None
    if look is None:
        return None
    case = cases.find(letter.case_no)
    steps = cases.steps(case.case_id) if case else []
    found = list(look(steps)) if steps else [_no_case(letter)]
    supports = {finding.supports for finding in found}
    result = "supported" if True in supports else "not_supported" if False in supports else "open"
    return {
        "category": letter.category,
        "result": result,
        "result_zh": RESULTS[result][0],
        "result_en": RESULTS[result][1],
        "findings": found,
        "draft": _draft(letter, found, result),
    }


def _refusal(steps: list[Any]) -> Iterator[Finding]:
    """拒收、拒办 (FIL-51): was the case turned away, left lying, or taken on?"""
    for step in steps:
        match step.event_type:
            case filing.CaseReturned.type:
                text = f"办件第{step.facts['returns']}次被{step.facts['from_org']}退回，意见：{step.facts['opinion']}"
                yield Finding("returned", text, "FIL-55", step.at, True if step.facts["returns"] > 1 else None)
            case filing.CaseViewOverdue.type:
                yield Finding("not_viewed", "受理窗口超时未接收查看", "FIL-59", step.at, True)
            case filing.CaseNotAccepted.type:
                text = f"已出具不予受理通知书({step.facts['notice_no']})，须核对理由是否成立"
                yield Finding("not_accepted", text, "FIL-29", step.at, None)
            case filing.CaseAccepted.type if step.facts["by_lapse"]:
                yield Finding("accepted_by_lapse", "规定期限内未作任何告知，系统按期满受理", "FIL-24", step.at, True)
            case filing.CaseAccepted.type:
                yield Finding("accepted", "办件已经受理", "FIL-23", step.at, False)


def _overdue(steps: list[Any]) -> Iterator[Finding]:
    """超时: which limits of the authority have passed, and where the committed one stands (FIL-34)."""
    for step in steps:
        if step.event_type == filing.CaseViewOverdue.type:
            yield Finding("not_viewed", "受理窗口超时未接收查看", "FIL-59", step.at, True)
        kind = step.facts.get("deadline_kind")
        if kind in LIMITS and kind != "committed":
            text = f"{LIMITS[kind]}({step.facts['due']} 24:00)已过"
            yield Finding(f"{kind}_overdue", text, "TIM-09", step.at, True)
    last = next((step for step in reversed(steps) if step.event_type in STOPS or step.event_type in RUNS), None)
    if last and last.event_type in STOPS:
        yield Finding("stopped", f"{STOPS[last.event_type]}，承诺办结时限停止计算", "TIM-08", last.at, None)
        return
    due = cases.committed_due(steps)
    if due is None:
        yield Finding("not_accepted_yet", "办件尚未受理，承诺办结时限未起算", "FIL-34", None, None)
        return
    done = next((step.at for step in steps if step.event_type == filing.CaseCompleted.type), None)
    late = (done or clock.now()) >= clock.end_of(due)
    text = f"承诺办结时限至{due.isoformat()} 24:00," + ("已于时限内办结" if done else "时限未届满")
    if late:
        text = f"承诺办结时限({due.isoformat()} 24:00)已过，" + ("超时办结" if done else "尚未办结")
    yield Finding("committed_overdue" if late else "in_time", text, "FIL-34", done, late)


def _extra_material(steps: list[Any]) -> Iterator[Finding]:
    """额外材料 (CAT-14): does a notice name anything that the guide of the case does not?"""
    guide = {entry["code"] for step in steps for entry in step.facts.get("materials", ())}
    notices = [step for step in steps if step.event_type == filing.CaseCorrectionRequested.type]
    for step in notices:
        number, defects = step.facts["round"], step.facts["defects"]
        strange = [entry["material"] for entry in defects if entry["code"] not in guide]
        if strange:
            text = f"第{number}次补正告知要求了办事指南以外的材料：{'、'.join(strange)}"
            yield Finding("outside_guide", text, "CAT-14", step.at, True)
        else:
            names = "、".join(entry["material"] for entry in defects)
            yield Finding(
                "within_guide", f"第{number}次补正告知所列材料均在办事指南之内：{names}", "CAT-14", step.at, False
            )
        if number > 1:
            text = f"第{number}次补正告知：未做到一次性告知，须核对是否属于允许的情形"
            yield Finding("second_notice", text, "FIL-27", step.at, None)
    if not notices:
        text = "系统中没有补正告知；是否口头要求材料，须向当事人核实"
        yield Finding("no_notice", text, "FIL-24", None, None)


CHECKS: dict[str | None, Callable[[list[Any]], Iterator[Finding]]] = {
    "refusal": _refusal,
    "overdue": _overdue,
    "extra_material": _extra_material,
}


def _no_case(letter: Any) -> Finding:
    text = f"系统中没有业务编号为{letter.case_no}的办件" if letter.case_no else "信件未写明业务编号，须向投诉人了解"
    return Finding("no_case", text, "FEE-33", None, None)


def _draft(letter: Any, found: list[Finding], result: str) -> str:
    """The beginning of an answer; the handler verifies and completes it."""
    about = f"业务编号{letter.case_no}的" if letter.case_no else ""
    facts = "；".join(f"({number}){finding.zh}" for number, finding in enumerate(found, start=1))
    return f"关于您反映的{about}办件问题，经核对系统记录：{facts}。{RESULTS[result][0]}。"
