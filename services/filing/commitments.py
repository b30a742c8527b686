"""The promise (承诺) of a commit case: signed, open, supplied, checked, fulfilled - or broken (domain 2.2)."""

from typing import Any

from chassis import clock, deadlines, workdays
from chassis.auth import actor
from chassis.errors import Refusal
from contracts import rules
from contracts.events import filing
from services.filing import cases, clocks, documents, items, materials, promises, revocations, suspension, transitions
from services.filing.models import Case, Commitment, database

# --- opening ----------------------------------------------------------------------------------------------------------


def open_promise(case: Any) -> None:
    """The case is granted: the promised material is awaited, or nothing was left open (P2, P5)."""
    promise = promises.locked(case)
    promises.step(case, promise, "open")
    case.save()
    signed_on = clock.local(promise.signed_at).date()
    days = workdays.count_workdays(signed_on, promise.due)
    deadlines.set("commitment", case.id, clocks.limit("commitment", signed_on, days, "wd", "FIL-70"))
    _arm_reminder(case, promise)
    cases.tell(
        filing.CommitmentOpened,
        case,
        deferred=promises.outstanding(promise),
        signed_at=clock.local(promise.signed_at),
        **promises.facts(promise),
    )
    if not promises.outstanding(promise):
        _fulfil(case, promise)


# --- supplying and checking -------------------------------------------------------------------------------------------


def supply(case_no: str) -> Any:
    """Send in the promised material that has been uploaded; before the due date (P4, FIL-70)."""
    with database.transaction():
        case = cases.lock(case_no)
        if not cases.is_own(case):
            cases.require_accepting(case)
        promise = promises.locked(case)
        step = transitions.COMMITMENT.step(promise.status, "supply")
        now = clock.now()
        if now >= clock.end_of(promise.due):
            raise _late(promise)
        round_ = promise.supplies + 1
        sent = materials.in_stage(case, f"supply:{round_}")
        rows = [row for row in promises.items_of(promise) if row.code in sent and row.state == "deferred"]
        if not rows:
            raise Refusal(
                "filing.nothing-supplied",
                status=422,
                rule="FIL-70",
                zh="还没有上传任何容缺后补材料。",
                en="No promised material has been uploaded yet.",
                next_zh="请先上传材料，再提交补齐。",
                next_en="Upload the material, then send it in.",
                materials=[row.code for row in promises.items_of(promise) if row.state == "deferred"],
            )
        for row in rows:
            row.state, row.supplied_at = "supplied", now
            row.save()
            materials.mark(case, row.code, "supplied")
        promise.supplies, promise.supplied_at = round_, now
        promises.step(case, promise, "supply")
        case.save()
        cases.note(case, "supply", details={"row": step.number, "materials": [row.code for row in rows]})
        documents.receipt(
            case, [f"您于{now:%Y年%m月%d日%H时%M分}补交了容缺材料：{'、'.join(row.name for row in rows)}。"]
        )
        check = clocks.start("commitment_check", case, clocks.due("commitment_check", "filing.commit_check", now))
        cases.tell(
            filing.CommitmentSupplied,
            case,
            materials=[{"code": row.code, "state": "supplied"} for row in rows],
            supplied_at=now,
            check_due=check.date,
            **promises.facts(promise),
        )
    return case


def check(case_no: str, results: list[dict[str, Any]]) -> Any:
    """The reviewer checks what was supplied (P5, P6, P7; FIL-71, FIL-73)."""
    with database.transaction():
        case = cases.lock(case_no)
        cases.require(case, "reviewer")
        promise = promises.locked(case)
        if promise.status not in {"signed", "under_check"}:
            transitions.COMMITMENT.step(promise.status, "reject")
        waiting = {row.code: row for row in promises.items_of(promise) if row.state == "supplied"}
        given = {entry["code"]: entry for entry in results}
        if not waiting or set(given) != set(waiting):
            raise cases.invalid(
                "filing.check-incomplete",
                "须对每一项已补交的材料给出结论。",
                "Give a result for each supplied material, and for no other.",
                "FIL-71",
                materials=sorted(waiting),
            )
        case.save()
        _settle(case, promise, waiting, given)
    return case


def _settle(case: Any, promise: Any, waiting: dict[str, Any], given: dict[str, dict[str, Any]]) -> None:
    now = clock.now()
    bad: list[Any] = []
    again: list[Any] = []
    in_time = now < clock.end_of(promise.due)
    for code, row in waiting.items():
        row.checked_at, row.checked_by, row.opinion = now, actor().id, given[code].get("opinion")
        if given[code]["conforms"]:
            row.state = "fulfilled"
            materials.mark(case, code, "checked")
        else:
            row.tries += 1
            repeatable = in_time and row.tries <= rules.value("filing.commit_resupplies").value
            row.state = "deferred" if repeatable else "failed"
            materials.mark(case, code, "rejected")
            (again if repeatable else bad).append(row)
        row.save()
    clocks.cancel(case, "commitment_check")
    facts = [{"code": code, "state": "checked" if given[code]["conforms"] else "rejected"} for code in waiting]
    reason = "；".join(row.opinion or row.name for row in [*bad, *again])
    cases.note(case, "check_supply", opinion=reason or None, details={"materials": facts})
    if promise.status == "signed":
        _settle_early(case, promise, bad, again, facts, reason)
    elif bad:
        _fail(case, promise, bad, reason)
    elif again:
        promises.step(case, promise, "reject")
        case.save()
        _tell_rejected(case, promise, facts, reason)
        revocations.collateral_if_due(case)
    elif promises.outstanding(promise):
        promises.step(case, promise, "accept_part")
        case.save()
        if in_time:
            revocations.collateral_if_due(case)
        else:
            _lapse(case, promise, clock.end_of(promise.due))
    else:
        _fulfil(case, promise)


def _settle_early(case: Any, promise: Any, bad: list[Any], again: list[Any], facts: list[Any], reason: str) -> None:
    """Supplied before the decision: no failing yet, what does not conform is simply missing still."""
    promises.step(case, promise, "check_early")
    for row in bad:
        row.state = "deferred"
        row.save()
    if bad or again:
        case.save()
        _tell_rejected(case, promise, facts, reason)
    elif case.status == "suspended" and not promises.outstanding(promise):
        suspension.resume(case, "materials_completed")


def _tell_rejected(case: Any, promise: Any, facts: list[Any], reason: str) -> None:
    cases.tell(
        filing.CommitmentRejected,
        case,
        materials=facts,
        reason=reason,
        rejected_at=clock.now(),
        **promises.facts(promise),
    )


def _fulfil(case: Any, promise: Any) -> None:
    """Everything promised is there and conforms; this protects the decision later (P5, FIL-76)."""
    promises.step(case, promise, "fulfil", closed=True)
    case.save()
    promises.stop_clocks(case)
    revocations.drop_collateral(case, "承诺材料已补齐")
    cases.tell(
        filing.CommitmentFulfilled,
        case,
        materials=[{"code": row.code, "state": "checked"} for row in promises.items_of(promise)],
        fulfilled_at=clock.now(),
        **promises.facts(promise),
    )


def _fail(case: Any, promise: Any, bad: list[Any], reason: str) -> None:
    """Does not meet the statutory conditions: a failing, and the result is to be revoked (P7, FIL-73)."""
    promises.step(case, promise, "fail", closed=True)
    case.save()
    promises.stop_clocks(case)
    cases.tell(
        filing.CommitmentFailed,
        case,
        cause="material_not_conforming",
        deferred=[{"code": row.code, "material": row.name, "due": promise.due} for row in bad],
        evidence_refs=_evidence(case, bad),
        supervising_orgs=items.of(case).get("supervising_orgs") or [],
        failed_at=clock.now(),
        found_by=actor().id,
        reason=reason,
        **promises.facts(promise),
    )
    revocations.give_notice(case, "material_not_conforming", opinion=reason, evidence=_evidence(case, bad))


def _evidence(case: Any, rows: list[Any]) -> list[str]:
    codes = {row.code for row in rows}
    return [ref for entry in materials.refs(case) if entry["code"] in codes for ref in entry["files"]]


# --- time -------------------------------------------------------------------------------------------------------------


def lapse(deadline: Any) -> None:
    """The due date has passed and nothing was supplied: a failing, and the result is revoked (P8, FIL-72).

    What was supplied in time and is still under check is in time (FIL-71).
    """
    case = Case.locked(deadline.subject)
    promise = Commitment.locked(Commitment.case == deadline.subject)
    if case and promise and case.status == "completed" and promise.status == "open":
        _lapse(case, promise, deadline.due_at)


def _lapse(case: Any, promise: Any, at: Any) -> None:
    promises.step(case, promise, "lapse", closed=True)
    case.save()
    promises.stop_clocks(case)
    missing = promises.outstanding(promise)
    cases.note(case, "lapse_promise", details={"row": "P8", "materials": [entry["code"] for entry in missing]})
    cases.tell(
        filing.CommitmentLapsed,
        case,
        cause="promise_lapsed",
        deferred=missing,
        evidence_refs=[promise.letter],
        supervising_orgs=items.of(case).get("supervising_orgs") or [],
        lapsed_at=clock.local(at),
        **promises.facts(promise),
    )
    revocations.revoke(case, "promise_lapsed", evidence=[promise.letter], commitment_id=promise.id)


def remind(deadline: Any) -> None:
    """Twenty, ten, five and one working day before the date the applicant is reminded (domain 2.2)."""
    case = Case.locked(deadline.subject)
    promise = Commitment.locked(Commitment.case == deadline.subject)
    if case and promise and promise.status == "open":
        clocks.tell_near(case, "commitment", promise.due, deadline.payload["wd"], "FIL-70")
        _arm_reminder(case, promise)


def _arm_reminder(case: Any, promise: Any) -> None:
    """Set the next reminder that still lies ahead."""
    for ahead in sorted(rules.value("filing.commit_reminders").value, reverse=True):
        day = workdays.add_workdays(promise.due, -ahead)
        if day > clock.today():
            deadlines.at("commitment_reminder", case.id, clock.start_of(day), {"wd": ahead}, rule="FIL-70")
            return


def _late(promise: Any) -> Refusal:
    return Refusal(
        "filing.promise-past",
        rule="FIL-72",
        zh=f"承诺的补齐日期（{promise.due:%Y年%m月%d日}24时）已过，不能再补交。",
        en=f"The promised date {promise.due} has passed; nothing can be supplied any more.",
        next_zh="可就判定结果提出异议。",
        next_en="You may object to the determination.",
    )
