"""Revocation (撤销): mechanical, after a hearing, on supervision's proposal, or collateral to a listing (C27)."""

from typing import Any

from chassis import clock, deadlines
from chassis.auth import actor
from chassis.errors import Refusal
from contracts import rules
from contracts.events import filing
from services.filing import cases, clocks, documents, items, licences, materials, promises, pushes, standing
from services.filing.models import Case, Proposal, Revocation, database

RULES = {
    "promise_lapsed": "FIL-72",
    "material_not_conforming": "FIL-73",
    "listed": "FIL-74",
    "serious_listed": "FIL-76",
    "rectification_failed": "FIL-79",
    "supervision_proposal": "FIL-78",
    "own_motion": "FIL-80",
}
REASONS = {
    "promise_lapsed": "未在承诺期限内补齐容缺材料",
    "material_not_conforming": "补交的材料不符合法定条件",
    "listed": "申请人已列入政务服务诚信档案，本办件的承诺材料尚未补齐",
    "serious_listed": "申请人严重失信，本办件的承诺材料尚未补齐",
    "rectification_failed": "经核查与承诺不符，限期整改后仍不符合法定条件",
    "supervision_proposal": "监管部门建议撤销，经核实成立",
    "own_motion": "经依职权核实，应当撤销",
}


# --- the act ----------------------------------------------------------------------------------------------------------


def is_revocable(case: Any) -> bool:
    """Only a granted result can be revoked."""
    return case.status == "completed" and case.decision == "granted"


def revoke(
    case: Any,
    ground: str,
    *,
    evidence: list[str] | None = None,
    opinion: str | None = None,
    notice: Any = None,
    commitment_id: str | None = None,
    task_id: str | None = None,
    proposal_id: str | None = None,
) -> None:
    """Cancel the result, with its 撤销结果决定书 (C27, FIL-77). The case must be locked."""
    now, guide = clock.now(), items.of(case)
    row = notice or _open_row(
        case, ground, evidence=evidence, opinion=opinion, task_id=task_id, proposal_id=proposal_id
    )
    case.revoked_at = case.ended_at = now
    case.duplicate_key = None
    article = rules.article(RULES[ground])
    cases.move(case, "revoke", opinion=opinion or row.opinion, details={"ground": ground, "collateral": row.collateral})
    promises.cancel(case)
    licences.revoke(case)
    cases.end(case)
    document = documents.issue(
        case,
        "revocation",
        [
            f"本机关{clock.local(case.decided_at):%Y年%m月%d日}作出的{case.decision_no}（证照编号：{case.licence_no}），"
            f"因{REASONS[ground]}，根据{article}，决定予以撤销。",
            *([f"认定的事实：{opinion or row.opinion}"] if opinion or row.opinion else []),
        ],
    )
    row.state, row.decided_at, row.decided_by, row.decision_no = "revoked", now, actor().id, document.number
    row.save()
    _drop_others(case, row)
    promise = promises.of(case)
    pushes.send(
        filing.CaseRevoked,
        case,
        ground_code=ground,
        article=article,
        decision_no=document.number,
        decision_doc_id=document.id,
        revoked_at=now,
        revoked_by=actor().id,
        licence_no=case.licence_no,
        evidence_refs=row.evidence,
        collateral=row.collateral,
        commitment_id=commitment_id,
        task_id=row.task_id,
        proposal_id=row.proposal_id,
        record_id=row.record_id,
        material_refs=[ref for entry in materials.refs(case) for ref in entry["files"]],
        commitment_letter_ref=promise.letter if promise else None,
        supervising_orgs=guide.get("supervising_orgs") or [],
        supervision_kind=items.supervision_kind(guide),
    )


def _open_row(
    case: Any,
    ground: str,
    *,
    evidence: list[str] | None = None,
    opinion: str | None = None,
    collateral: bool = False,
    task_id: str | None = None,
    proposal_id: str | None = None,
    record_id: str | None = None,
) -> Any:
    return Revocation.create(
        case=case.id,
        ground=ground,
        state="noticed",
        collateral=collateral,
        opinion=opinion,
        evidence=evidence or [],
        record_id=record_id,
        task_id=task_id,
        proposal_id=proposal_id,
        noticed_at=clock.now(),
        noticed_by=actor().id,
    )


def _drop_others(case: Any, kept: Any) -> None:
    """What else was under way against the same result has become pointless."""
    others = (Revocation.case == case.id) & (Revocation.state == "noticed") & (Revocation.id != kept.id)
    Revocation.update(state="dropped", outcome="已因其他原因撤销", decided_at=clock.now()).where(others).execute()
    open_ones = (Proposal.case == case.id) & (Proposal.state == "open")
    Proposal.update(state="revoked", answered_at=clock.now()).where(open_ones).execute()


# --- after hearing the party ------------------------------------------------------------------------------------------


def propose(case_no: str, ground: str, opinion: str, evidence: list[str]) -> Any:
    """The decider means to revoke: the party is told and heard first (FIL-80)."""
    with database.transaction():
        case = cases.lock(case_no)
        cases.require(case, "decider")
        if not is_revocable(case):
            raise _wrong("没有可以撤销的办理结果。", "There is no result to revoke.")
        if noticed(case):
            raise _wrong("已经告知申请人，正在等待陈述申辩。", "The party has been told already.")
        case.save()
        if rules.value("filing.defence").value == 0:
            revoke(case, ground, evidence=evidence, opinion=opinion)
        else:
            give_notice(case, ground, opinion=opinion, evidence=evidence)
    return case


def give_notice(case: Any, ground: str, *, opinion: str | None, evidence: list[str]) -> Any:
    """Tell the party what is meant to be done and wait for its statement (FIL-80)."""
    return _notice(case, ground, "defence", "filing.defence", opinion=opinion, evidence=evidence)


def _notice(case: Any, ground: str, kind: str, constant: str, **facts: Any) -> Any:
    row = _open_row(case, ground, **facts)
    due = clocks.due("defence", constant, clock.now())
    row.defence_due = due.date
    row.save()
    if kind == "defence" or standing.collateral_policy() == "after_notice":
        deadlines.set(kind, case.id, due)
    act = "补齐并经审核符合的，不予撤销" if row.collateral else "您可以陈述和申辩"
    documents.issue(
        case,
        "revocation_notice",
        [
            f"因{REASONS[ground]}，本机关拟撤销{case.decision_no}。{due.date:%Y年%m月%d日}24时前，{act}。",
            f"依据：{rules.article(RULES[ground])}",
        ],
    )
    cases.note(case, "notice_revocation", opinion=row.opinion, details={"ground": ground, "due": due.date.isoformat()})
    # The party is told through the warning of its own limit.
    clocks.tell_near(case, "defence", due.date, due.remaining(clock.today()), RULES[ground])
    return row


def noticed(case: Any, *, collateral: bool | None = None) -> Any:
    """The notice that is open on this case, FOR UPDATE, or None."""
    wanted = (Revocation.case == case.id) & (Revocation.state == "noticed")
    if collateral is not None:
        wanted &= Revocation.collateral == collateral
    return Revocation.locked(wanted)


def defend(case_no: str, statement: str) -> Any:
    """The party's statement and defence (FIL-80)."""
    with database.transaction():
        case = cases.lock(case_no)
        cases.require_own(case)
        row = noticed(case)
        if row is None:
            raise _wrong("没有拟撤销的告知。", "Nothing is meant to be revoked.")
        row.defence, row.defended_at = statement, clock.now()
        row.save()
        case.save()
        cases.note(case, "defend")
    return case


def decide(case_no: str, *, follow: bool, opinion: str) -> Any:
    """After the statement, or when its time is over, the decider revokes or drops it (FIL-73, FIL-80)."""
    with database.transaction():
        case = cases.lock(case_no)
        cases.require(case, "decider")
        row = noticed(case)
        if row is None:
            raise _wrong("没有拟撤销的告知；请先告知申请人。", "The party must be told first.")
        if follow and not row.defended_at and row.defence_due and clock.now() < clock.end_of(row.defence_due):
            raise Refusal(
                "filing.defence-running",
                rule="FIL-80",
                zh=f"申请人的陈述申辩期至{row.defence_due:%Y年%m月%d日}24时止，期满前不能撤销。",
                en=f"The party may state its case until the end of {row.defence_due}.",
                next_zh="请在期满后，或收到陈述申辩后作出决定。",
                next_en="Decide after that date, or once the statement is in.",
                due=row.defence_due.isoformat(),
            )
        if follow:
            revoke(case, row.ground, opinion=opinion, notice=row)
        else:
            case.save()
            _drop(case, row, opinion)
    return case


def remind_decider(deadline: Any) -> None:
    """The time for the statement is over: the decider has to decide (FIL-80)."""
    case = Case.locked(deadline.subject)
    if case and noticed(case, collateral=False):
        cases.note(case, "defence_over")
        clocks.tell_near(case, "defence", deadline.due_date, 0, "FIL-80")


def _drop(case: Any, row: Any, outcome: str) -> None:
    row.state, row.outcome, row.decided_at, row.decided_by = "dropped", outcome, clock.now(), actor().id
    row.save()
    clocks.cancel(case, "collateral_notice" if row.collateral else "defence")
    cases.note(case, "drop_revocation", opinion=outcome)


# --- collateral to a listing (FIL-74, AMB-40) -------------------------------------------------------------------------


def collateral(subject_ref: str, *, serious: bool, record_id: str | None, own_case: str | None) -> None:
    """Commit results of a listed party whose promise is still open; fulfilled ones are untouched (AMB-05)."""
    ground = "serious_listed" if serious else "listed"
    open_promises = Case.commitment_status.in_(sorted(promises.LIVE))
    wanted = (Case.subject_ref == subject_ref) & (Case.status == "completed") & open_promises
    for case_id in [row.id for row in Case.select(Case.id).where(wanted).order_by(Case.id)]:
        case = Case.locked(case_id)
        if case.id == own_case or not is_revocable(case) or case.commitment_status not in promises.LIVE:
            continue
        row = noticed(case, collateral=True)
        if row:
            row.ground, row.record_id = ground, record_id
            row.save()
        elif standing.collateral_policy() == "immediate":
            row = _open_row(case, ground, collateral=True, record_id=record_id)
            revoke(case, ground, notice=row)
        else:
            _notice(case, ground, "collateral_notice", "filing.collateral_notice", collateral=True, record_id=record_id)


def collateral_due(deadline: Any) -> None:
    """The time to supply is over; what is still under check is waited for (AMB-40)."""
    case = Case.locked(deadline.subject)
    if case and case.commitment_status != "under_check":
        collateral_if_due(case)


def collateral_if_due(case: Any) -> None:
    """Revoke if a collateral notice has run out without the promise being fulfilled (AMB-40)."""
    row = noticed(case, collateral=True)
    if row is None or not is_revocable(case) or standing.collateral_policy() != "after_notice":
        return
    if row.defence_due and clock.now() >= clock.end_of(row.defence_due):
        revoke(case, row.ground, notice=row)


def drop_collateral(case: Any, outcome: str) -> None:
    """The ground of a collateral revocation is gone (AMB-40)."""
    row = noticed(case, collateral=True)
    if row:
        _drop(case, row, outcome)


def drop_all_collateral(subject_ref: str, outcome: str) -> None:
    """The party is off the list: nothing is revoked for it any more (FIL-81)."""
    waiting = (
        Case.select(Case.id)
        .join(Revocation, on=(Revocation.case == Case.id))
        .where(Case.subject_ref == subject_ref, Revocation.state == "noticed", Revocation.collateral)
        .order_by(Case.id)
    )
    for case_id in [row.id for row in waiting]:
        drop_collateral(Case.locked(case_id), outcome)


def reopen(subject_ref: str, record_id: str, case_id: str | None) -> None:
    """The failing was deleted: what rested on it goes back to the decider (FIL-81)."""
    rested = (Revocation.record_id == record_id) | (
        (Revocation.case == (case_id or "")) & Revocation.ground.in_(("promise_lapsed", "material_not_conforming"))
    )
    for row in list(Revocation.select().where(rested, Revocation.state == "revoked").order_by(Revocation.case)):
        case = Case.locked(row.case)
        if case.subject_ref == subject_ref:
            row.state, row.outcome = "reopened", "失信记录已删除，待重新决定"
            row.save()
            cases.note(case, "reopen_revocation", details={"record_id": record_id})


# --- supervision's proposal (FIL-78) ----------------------------------------------------------------------------------


def receive_proposal(event: Any) -> None:
    """Supervision proposes by formal document; the approving side answers within 5 wd (FIL-78, SUP-13)."""
    case = Case.locked(event.case_id)
    if case is None or Proposal.get_or_none(Proposal.proposal_id == event.proposal_id):
        return
    done = case.status == "revoked"
    Proposal.create(
        proposal_id=event.proposal_id,
        case=case.id,
        supervising_org=event.supervising_org,
        document_ref=event.document_ref,
        document_no=event.document_no,
        opinion=event.opinion,
        evidence=event.evidence_refs,
        due=event.reply_due,
        state="revoked" if done else "open",
        answered_at=case.revoked_at if done else None,
    )
    cases.note(case, "receive_proposal", opinion=event.opinion, details={"proposal_id": event.proposal_id})
    if not done:
        due = clocks.due("revocation_reply", "filing.revocation_reply", clock.parse(event.proposed_at))
        clocks.start("revocation_reply", case, due)


def answer_proposal(case_no: str, proposal_id: str, *, follow: bool, opinion: str) -> Any:
    """Conforming: revoke at once. Not conforming: a written explanation goes back (FIL-78)."""
    with database.transaction():
        case = cases.lock(case_no)
        cases.require(case, "decider")
        row = Proposal.get_or_refuse((Proposal.proposal_id == proposal_id) & (Proposal.case == case.id), lock=True)
        if row.state != "open":
            raise _wrong("该撤销建议已经答复。", "This proposal has been answered.")
        if follow and not is_revocable(case):
            raise _wrong("没有可以撤销的办理结果。", "There is no result to revoke.")
        row.state, row.answered_at, row.answer = "revoked" if follow else "declined", clock.now(), opinion
        row.save()
        clocks.cancel(case, "revocation_reply")
        if follow:
            revoke(case, "supervision_proposal", evidence=row.evidence, opinion=opinion, proposal_id=row.proposal_id)
        else:
            case.save()
            document = documents.issue(
                case, "explanation", [f"贵单位{row.document_no}收悉。经核实，不予撤销。说明：{opinion}"]
            )
            cases.note(case, "decline_proposal", opinion=opinion, details={"proposal_id": proposal_id})
            cases.tell(
                filing.RevocationDeclined,
                case,
                proposal_id=row.proposal_id,
                explanation_doc=document.id,
                explanation=opinion,
                supervising_org=row.supervising_org,
                declined_at=row.answered_at,
                declined_by=actor().id,
            )
    return case


def _wrong(zh: str, en: str) -> Refusal:
    return Refusal(
        "filing.revocation-state", rule="FIL-80", zh=zh, en=en, next_zh="请刷新后查看办件。", next_en="Reload the case."
    )
