"""Pre-acceptance and acceptance: viewing, accepting, accepting by lapse, not accepting (C5, C6, C11, C15)."""

from typing import Any

from chassis import clock, deadlines, workdays
from chassis.auth import actor
from chassis.errors import Refusal
from contracts.events import filing
from services.filing import cases, clocks, documents, items, materials, originals, promises, refunds, samecity
from services.filing.models import Case, Correction, database

REASONS = {
    "not_subject_to_approval": "依法不需要取得行政许可",
    "not_competent": "依法不属于本机关职权范围",
    "material_incomplete": "材料不齐全",
    "not_legal_form": "不符合法定形式",
    "outside_scope": "不属登记范围",
    "outside_jurisdiction": "不属本机关管辖",
}
CORRECTION_FIRST = frozenset({"material_incomplete", "not_legal_form"})


def view(case_no: str) -> Any:
    """The accepting clerk opens the material; this stops the 15-minute clocks (C5, C6, FIL-57)."""
    with database.transaction():
        case = cases.lock(case_no)
        cases.require_accepting(case)
        case.accepting_clerk = actor().id
        mark_viewed(case)
    return case


def mark_viewed(case: Any) -> None:
    """The material has been opened, by a clerk or by the rules that check it. The case must be locked."""
    pushed = case.status == "dispatched"
    anchor = case.dispatched_at if pushed else case.submitted_at
    case.viewed_at = now = clock.now()
    cases.move(case, "view")
    if pushed:
        samecity.stop_view_clocks(case)
    cases.tell(
        filing.CaseViewed,
        case,
        viewed_by=actor().id,
        viewed_at=now,
        waited_seconds=samecity.service_seconds(case, anchor, now),
        accepting_org=case.accepting_org,
    )


def accept(case_no: str, opinion: str | None, at_pickup: list[dict[str, str]] | None = None) -> Any:
    """The material is complete and in legal form (C11, FIL-25).

    What only has to be put right on paper may wait until the result is collected (`at_pickup`, FIL-31).
    """
    with database.transaction():
        case = cases.lock(case_no)
        cases.require_accepting(case)
        case.accepting_clerk = actor().id
        _leave_for_pickup(case, at_pickup or [])
        _accept(case, "accept", clock.now(), opinion)
    return case


def _leave_for_pickup(case: Any, entries: list[dict[str, str]]) -> None:
    rows = {row.code: row for row in materials.of(case)}
    strange = [entry["code"] for entry in entries if entry["code"] not in rows]
    if strange:
        raise cases.invalid(
            "filing.defect-outside-guide",
            f"不得要求办事指南以外的材料：{'、'.join(strange)}。",
            "Only materials of the guide may be named.",
            "CAT-14",
            materials=strange,
        )
    for entry in entries:
        rows[entry["code"]].check_at_pickup = entry["reason"]
        rows[entry["code"]].save()


def accept_by_rules(case: Any, opinion: str) -> None:
    """The rules found everything in order (FIL-40). The case must be locked."""
    _accept(case, "accept", clock.now(), opinion)


def lapse(deadline: Any) -> None:
    """Nothing was said in time: the law accepts the case from the day of receipt (C11, FIL-24)."""
    case = Case.locked(deadline.subject)
    if case is None or case.status not in {"submitted", "dispatched", "pre_review", "resubmitted"}:
        return  # sent back and not yet dispatched again: samecity.dispatch wakes the limit up
    _accept(case, "accept_by_lapse", received_at(case), None)


def received_at(case: Any) -> Any:
    """When the material under check was received: the answer to the last correction, else the submission."""
    if case.status == "resubmitted":
        return Correction.get((Correction.case == case.id) & (Correction.round == case.rounds)).answered_at
    return case.submitted_at


def _accept(case: Any, verb: str, accepted_at: Any, opinion: str | None) -> None:
    guide = items.of(case)
    committed_n, statutory_n, unit = items.limits(case, guide)
    was_dispatched = case.status == "dispatched"
    committed = clocks.limit("committed", accepted_at, committed_n, unit, "FIL-34")
    statutory = clocks.limit("statutory", accepted_at, statutory_n, unit, "FIL-34")
    case.accepted_at, case.accepted_by_lapse = accepted_at, verb == "accept_by_lapse"
    case.committed_due, case.statutory_due = committed.date, statutory.date
    cases.move(case, verb, opinion=opinion)
    if was_dispatched:
        samecity.stop_view_clocks(case)
    clocks.cancel(case, "correction_notice", "resubmission_check", "agreed_reply")
    clocks.start("committed", case, committed)
    clocks.start("statutory", case, statutory)
    originals.await_(case, guide)
    receipt = documents.issue(
        case,
        "acceptance",
        [
            f"您的申请于{clock.local(accepted_at):%Y年%m月%d日}受理。"
            + ("（法定期限内未告知补正，自收到材料之日起即为受理。）" if case.accepted_by_lapse else ""),
            f"承诺办结日期：{committed.date:%Y年%m月%d日}；法定办结日期：{statutory.date:%Y年%m月%d日}。",
            *(
                f"领取结果时须核对纸质材料：{row.name}（{row.check_at_pickup}）。"
                for row in materials.of(case)
                if row.check_at_pickup
            ),
        ],
    )
    cases.tell(
        filing.CaseAccepted,
        case,
        accepted_at=clock.local(accepted_at),
        committed_due=committed.date,
        statutory_due=statutory.date,
        provisional=committed.provisional or statutory.provisional,
        by_lapse=case.accepted_by_lapse,
        receipt_no=receipt.number,
        receiving_org=case.receiving_org if case.same_city else None,
        receiving_window=case.receiving_window if case.same_city else None,
    )


def not_accept(case_no: str, reason_code: str, opinion: str) -> Any:
    """不予受理, for a reason of the closed list; faults of the material lead to correction first (C15, FIL-29)."""
    with database.transaction():
        case = cases.lock(case_no)
        cases.require_accepting(case)
        if reason_code in CORRECTION_FIRST and case.status == "pre_review":
            raise Refusal(
                "filing.correction-first",
                rule="FIL-29",
                zh=f"“{REASONS[reason_code]}”应当先一次性告知补正，不能直接不予受理。",
                en="Faults of the material lead to a correction notice first.",
                next_zh="请使用“补正告知”，一次列明全部需要补正的内容。",
                next_en="Give one correction notice that names everything.",
            )
        case.ended_at, case.duplicate_key = clock.now(), None
        cases.move(case, "not_accept", opinion=opinion, details={"reason": reason_code})
        cases.end(case)
        promises.void(case)
        refunds.ask(case)
        notice = documents.issue(case, "not_accepted", [f"不予受理的原因：{REASONS[reason_code]}。{opinion}"])
        cases.tell(
            filing.CaseNotAccepted,
            case,
            reason_code=reason_code,
            notice_no=notice.number,
            not_accepted_at=case.ended_at,
        )
    return case


def agree_reply(case_no: str, at: Any) -> Any:
    """The two windows have agreed when the answer comes (FIL-56)."""
    with database.transaction():
        case = cases.lock(case_no)
        cases.require_accepting(case)
        if case.status not in {"dispatched", "pre_review", "resubmitted"} or at <= clock.now():
            raise cases.invalid(
                "filing.reply-time",
                "答复时间须在受理前约定，且晚于现在。",
                "Agree on a later moment, before acceptance.",
                "FIL-56",
            )
        case.agreed_reply_at = at
        case.save()
        deadlines.at("agreed_reply", case.id, workdays.just_after(at), rule="FIL-56")
        cases.note(case, "agree_reply", details={"at": clock.local(at).isoformat()})
    return case


def elapsed(case: Any, until: Any) -> int:
    """Working days from acceptance to the decision, pauses left out."""
    total = workdays.count_workdays(clock.local(case.accepted_at).date(), clock.local(until).date())
    return max(0, total - case.paused_wd)
