"""The decision (决定) and what it sets going: document, licence, delivery, promise, push of the file (C22, C23)."""

from datetime import date
from typing import Any

from chassis import clock, workdays
from chassis.auth import actor
from chassis.errors import Refusal
from contracts.events import filing
from services.filing import (
    archives,
    cases,
    clocks,
    commitments,
    delivery,
    documents,
    handling,
    intake,
    items,
    licences,
    lieu,
    materials,
    originals,
    parallel,
    payments,
    promises,
    pushes,
    reports,
    special,
    standing,
)
from services.filing.models import Case, Commitment, database


def decide(case_no: str, decision: str, opinion: str, basis: str | None, remedies: str | None) -> Any:
    """Grant or refuse; a commit case is granted only to a party that is not restricted now (FIL-75)."""
    before = cases.get(case_no)
    granted = decision == "granted"
    asks = granted and (before.mode == "commit" or lieu.used(before))
    answer = standing.ask(before.subject_ref) if asks else None
    with database.transaction():
        standing.locked(before.subject_ref)
        case = cases.lock(case_no)
        cases.require(case, "decider")
        if case.status == "accepted" and handling.may_jump(case):
            handling.jump(case)
        reports.require_answered(case)
        if granted:
            standing.check(case.mode, case.subject_ref, answer, closed=True)
            lieu.check(case, answer)
            _check_promise(case)
            originals.require_conforming(case)
            _complete(case, "grant", opinion, None)
        else:
            if not (basis and opinion.strip()):
                raise cases.invalid(
                    "filing.refusal-unfounded",
                    "不予许可须写明理由和依据。",
                    "A refusal states its reason and basis.",
                    "FIL-35",
                    fields={"basis": ["必填 / required"]},
                )
            text = f"理由：{opinion}；依据：{basis}；救济途径：{remedies or documents.REMEDY}"
            _complete(case, "refuse", opinion, text)
    return case


def grant_by_rules(case: Any, opinion: str) -> None:
    """Every condition holds by the rules (FIL-40, C22). The party and the case must be locked."""
    _complete(case, "grant", opinion, None)


def refuse_by_lapse(deadline: Any) -> None:
    """The originals did not come in time: 不予登记, mechanically (FIL-49, C23)."""
    case = Case.locked(deadline.subject)
    if case is None or not originals.miss(case):
        return
    opinion = "在受理通知书规定的期限内未收到申请材料原件，决定不予登记。"
    _complete(
        case, "refuse_by_lapse", opinion, f"理由：{opinion}；依据：{originals.basis()}；救济途径：{documents.REMEDY}"
    )


def _check_promise(case: Any) -> None:
    """A promise that is already broken cannot be granted upon (FIL-72)."""
    promise = Commitment.get_or_none(Commitment.case == case.id)
    if promise and clock.now() >= clock.end_of(promise.due) and promises.outstanding(promise):
        raise Refusal(
            "filing.promise-overdue",
            rule="FIL-72",
            zh=f"承诺的补齐日期（{promise.due:%Y年%m月%d日}）已过，容缺材料仍未补齐，不能准予。",
            en=f"The promised date {promise.due} has passed and material is still missing.",
            next_zh="请作出不予决定，或由申请人撤回后重新申报。",
            next_en="Refuse, or let the applicant withdraw and file again.",
        )


def _complete(case: Any, verb: str, opinion: str, refusal: str | None) -> None:
    guide, now = items.of(case), clock.now()
    payments.require_paid(case, guide)
    granted = verb == "grant"
    committed_n, statutory_n, _ = items.limits(case, guide)
    result_kind = (guide.get("result_docs") or [{}])[0]
    case.decision, case.decided_at, case.completed_at = "granted" if granted else "refused", now, now
    case.refusal_reason = refusal
    case.delivery_due = clocks.due("delivery", "filing.delivery", now).date
    case.share_due = workdays.due_for("filing.share_decision", now).date
    valid_to = None
    if granted:
        case.licence_no = documents.licence_number(case)
        valid_to = _valid_to(result_kind.get("valid_years"))
    else:
        case.duplicate_key = None
    cases.move(case, verb, opinion=opinion)
    document = documents.issue(case, "licence" if granted else "refusal", _lines(case, result_kind, valid_to, refusal))
    case.decision_no = document.number
    case.elapsed_wd, case.limit_kept = intake.elapsed(case, now), clocks.kept(case)
    case.save()
    if granted:
        licences.store(case, document, result_kind.get("name") or case.item_name, valid_to)
    archives.register(case)
    clocks.cancel(case, "committed", "statutory")
    special.close(case)
    parallel.recall(case)
    promise = Commitment.get_or_none((Commitment.case == case.id) & (Commitment.status == "signed"))
    physical = bool(result_kind.get("paper", True))
    pushes.send(
        filing.CaseCompleted,
        case,
        decision=case.decision,
        decided_at=now,
        completed_at=now,
        decided_by=actor().id,
        decision_no=document.number,
        refusal_reason=refusal,
        result={
            "doc_id": document.id,
            "licence_no": case.licence_no,
            "valid_from": now.date() if granted else None,
            "valid_to": valid_to,
        },
        physical_result=physical,
        delivery_out=case.delivery_out,
        delivery_address_ref=case.address_ref if case.delivery_out == "courier" else None,
        delivery_hall=case.hall,
        delivery_due=case.delivery_due,
        share_due=case.share_due,
        material_refs=materials.refs(case),
        commitment_letter_ref=promise.letter if promise else None,
        commitment_due=promise.due if promise else None,
        deferred=promises.outstanding(promise) if promise and granted else [],
        promised_points=items.points(guide) if case.mode == "commit" else [],
        supervising_orgs=guide.get("supervising_orgs") or [],
        supervision_kind=items.supervision_kind(guide),
        handling_org=case.accepting_org,
        elapsed_wd=case.elapsed_wd,
        committed_wd=committed_n,
        statutory_wd=statutory_n,
    )
    if promise:
        if granted:
            commitments.open_promise(case)
        else:
            promises.void(case)
    clocks.start("delivery", case, clocks.due("delivery", "filing.delivery", now))
    delivery.begin(case, document)


def _valid_to(years: int | None) -> date | None:
    """Last day of validity: the same date `years` later (TIM-05)."""
    if not years:
        return None
    return workdays.due(clock.today(), years, "year", rule="TIM-05").date


def _lines(case: Any, result_kind: dict[str, Any], valid_to: date | None, refusal: str | None) -> list[str]:
    if refusal is not None:
        return [f"经审查，决定不予许可。{refusal}"]
    lines = [f"经审查，决定准予。证照：{result_kind.get('name') or case.item_name}，编号：{case.licence_no}。"]
    if valid_to:
        lines.append(f"有效期至{valid_to:%Y年%m月%d日}。")
    if case.mode == "commit":
        lines.append(
            "本决定依据申请人的承诺作出。逾期未补齐容缺材料、材料不符合法定条件或经核查与承诺不符且整改不合格的，依法撤销。"
        )
    return lines
