"""Correction: one notice that names everything, the answer to it, and silence (C12, C13, C14)."""

from typing import Any

from chassis import clock, deadlines
from chassis.auth import actor
from chassis.errors import Refusal
from contracts import rules
from contracts.events import filing
from services.filing import cases, clocks, documents, items, materials, promises, refunds, transitions, visits
from services.filing.models import Case, Correction, database


def request(case_no: str, defects: list[dict[str, str]], justification: str | None) -> Any:
    """Tell the applicant once what has to be corrected; only material of the guide may be named (C12, CAT-14)."""
    with database.transaction():
        case = cases.lock(case_no)
        if not _led(case):
            cases.require_accepting(case)
        guide = items.of(case)
        _check_defects(guide, defects)
        if case.rounds >= rules.value("filing.correction_notices").value:
            _check_second(case, defects, justification)
        now = clock.now()
        case.rounds += 1
        due = clocks.due("correction", "filing.correction_due", now, side="applicant")
        named = [entry | {"material": _name(guide, entry["code"])} for entry in defects]
        cases.move(case, "request_correction", details={"round": case.rounds, "defects": named})
        Correction.create(
            case=case.id,
            round=case.rounds,
            defects=named,
            justification=justification,
            requested_by=actor().id,
            requested_at=now,
            due=due.date,
        )
        for entry in defects:
            materials.mark(case, entry["code"], "rejected")
        clocks.cancel(case, "correction_notice", "resubmission_check", "agreed_reply")
        clocks.start("correction", case, due)
        documents.issue(
            case,
            "correction",
            [
                "经审查，您的申请需要补正以下全部内容：",
                *(f"{number}. {entry['material']}：{entry['reason']}" for number, entry in enumerate(named, start=1)),
                f"请于{due.date:%Y年%m月%d日}24时前在网上或接件窗口补正；逾期未补正的，视为撤回申请，不计入失信。",
            ],
        )
        cases.tell(
            filing.CaseCorrectionRequested, case, defects=named, round=case.rounds, due=due.date, requested_at=now
        )
    return case


def _check_defects(guide: dict[str, Any], defects: list[dict[str, str]]) -> None:
    strange = [entry["code"] for entry in defects if items.material(guide, entry["code"]) is None]
    if strange or len({entry["code"] for entry in defects}) != len(defects):
        raise cases.invalid(
            "filing.defect-outside-guide",
            f"不得要求办事指南以外的材料：{'、'.join(strange)}。" if strange else "同一材料只能列一次。",
            "Only materials of the guide may be named, each once.",
            "CAT-14",
            materials=strange,
        )


def _check_second(case: Any, defects: list[dict[str, str]], justification: str | None) -> None:
    """A second notice: only for what came in with the correction, or with the leader's approval and reason (FIL-27)."""
    last = Correction.get((Correction.case == case.id) & (Correction.round == case.rounds))
    new = {entry["code"] for entry in defects} - {entry["code"] for entry in last.defects}
    if (new and not _led(case)) or not justification:
        raise Refusal(
            "filing.second-notice",
            rule="FIL-27",
            zh="补正应当一次性告知；再次告知限于补正材料本身的问题，或经主要领导批准并说明理由。",
            en="Everything is named at once; a second notice is for faults of the correction, or by the leader.",
            next_zh="请写明理由；涉及新材料的，请主要领导办理。",
            next_en="Give the reason; for other material let the unit leader do it.",
            materials=sorted(new),
        )


def _led(case: Any) -> bool:
    """Whether the unit leader acts."""
    return any(actor().has_role("unit_leader", org, case.item_code) for org in (case.accepting_org, case.approving_org))


def _name(guide: dict[str, Any], code: str) -> str:
    return (items.material(guide, code) or {"name": code})["name"]


def answer(case_no: str, remarks: dict[str, str]) -> Any:
    """Corrected material comes in, online or at the window; every defect must be answered (C13, FIL-26)."""
    with database.transaction():
        case = cases.lock(case_no)
        at_window = _check_answerer(case)
        transitions.CASE.step(case.status, "answer_correction")
        notice = Correction.locked(Correction.case == case.id, Correction.round == case.rounds)
        sent = materials.in_stage(case, f"correction:{notice.round}")
        silent = [e["code"] for e in notice.defects if e["code"] not in sent and not remarks.get(e["code"])]
        if silent:
            raise Refusal(
                "filing.correction-incomplete",
                rule="FIL-26",
                zh=f"以下材料尚未补正：{'、'.join(_names(notice, silent))}。",
                en=f"These defects are not answered yet: {', '.join(silent)}.",
                next_zh="请逐项上传补正材料，或逐项说明。",
                next_en="Upload a file, or explain, for each of them.",
                materials=silent,
            )
        now = clock.now()
        notice.answers, notice.answered_at, notice.via = remarks, now, "window" if at_window else "online"
        notice.save()
        for entry in notice.defects:
            materials.mark(case, entry["code"], "supplied")
        if at_window:
            visits.count(case)
        cases.move(case, "answer_correction", details={"round": notice.round, "via": notice.via})
        clocks.cancel(case, "correction")
        check = clocks.start(
            "resubmission_check", case, clocks.due("resubmission_check", "filing.resubmission_check", now)
        )
        documents.receipt(case, [f"您于{now:%Y年%m月%d日%H时%M分}提交了第{notice.round}次补正。"])
        cases.tell(
            filing.CaseCorrected, case, round=notice.round, via=notice.via, corrected_at=now, check_due=check.date
        )
    return case


def _check_answerer(case: Any) -> bool:
    """True at a window, False for the party itself."""
    if cases.is_own(case):
        return case.case_source == "window" and actor().kind == "staff"
    cases.require_window(case, case.receiving_org, case.accepting_org)
    return True


def _names(notice: Any, codes: list[str]) -> list[str]:
    return [entry["material"] for entry in notice.defects if entry["code"] in codes]


def extend(case_no: str, reason: str) -> Any:
    """Give the applicant more time, once (FIL-28)."""
    with database.transaction():
        case = cases.lock(case_no)
        if not cases.is_own(case):
            cases.require_accepting(case)
        transitions.CASE.step(case.status, "answer_correction")
        notice = Correction.locked(Correction.case == case.id, Correction.round == case.rounds)
        if notice.extended:
            raise Refusal(
                "filing.correction-extended",
                rule="FIL-28",
                zh="补正期限只能延长一次。",
                en="The limit for the correction can be extended once only.",
                next_zh=f"请在{notice.due:%Y年%m月%d日}24时前补正。",
                next_en=f"Answer by the end of {notice.due}.",
            )
        row = deadlines.extend("correction", case.id, rules.value("filing.correction_due").value)
        notice.extended, notice.due = True, row.due_date
        notice.save()
        case.save()
        cases.note(case, "extend_correction", opinion=reason, details={"due": row.due_date.isoformat()})
    return case


def lapse(deadline: Any) -> None:
    """The notice was not answered: the case is closed, which is no failing (C14, FIL-28)."""
    case = Case.locked(deadline.subject)
    if case is None or case.status != "correction":
        return
    case.ended_at, case.duplicate_key = clock.now(), None
    cases.move(case, "lapse")
    cases.end(case)
    promises.void(case)
    refunds.ask(case)
    cases.tell(
        filing.CaseLapsed, case, reason=f"第{case.rounds}次补正告知逾期未补正", lapsed_at=clock.local(deadline.due_at)
    )
