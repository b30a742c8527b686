"""Suspending the commit cases of a listed party, and letting them go on (C25, C26; FIL-74, AMB-41)."""

from typing import Any

from chassis import clock, deadlines, workdays
from chassis.errors import Refusal
from contracts.events import filing
from services.filing import cases, clocks, documents, items, materials, promises, samecity
from services.filing.models import Case, Suspension, database
from services.filing.transitions import IN_PROCESS

TOGETHER = 200  # cases that are written by one statement


def suspend_all(subject_ref: str, record_id: str | None) -> None:
    """The party is listed: all its commit cases in process are suspended; ordinary ones are untouched (FIL-74)."""
    concerned = (Case.subject_ref == subject_ref) & (Case.mode == "commit") & Case.status.in_(IN_PROCESS.split())
    found = Case.locked_all(concerned)
    for start in range(0, len(found), TOGETHER):
        _suspend(found[start : start + TOGETHER], "subject_listed", record_id)
    stopped = Case.select(Case.id).where(Case.subject_ref == subject_ref, Case.status == "suspended")
    rows = Suspension.locked_all(Suspension.case.in_(stopped), Suspension.resumed_at.is_null())
    for row in rows:
        if row.record_id != record_id:
            row.record_id = record_id  # a later record now stands behind the suspension
    Suspension.save_all(rows)


def _suspend(found: list[Any], ground: str, record_id: str | None) -> None:
    """Stop these cases and their clocks (C25), by few statements. The cases must be locked."""
    samecity.stop_view_clocks(*(case for case in found if case.status == "dispatched"))
    for case in found:
        case.before_suspension = case.status
    cases.move_all(found, "suspend", details={"ground": ground, "record_id": record_id})
    clocks.stop(found, clocks.STOPPED_BY_SUSPENSION, clock.today())
    facts = {"ground": ground, "record_id": record_id, "suspended_at": clock.now()}
    Suspension.create_all([{"case": case.id} | facts for case in found])
    documents.issue_all(
        found,
        "suspension",
        [
            "因申请人已列入政务服务诚信档案，本承诺审批件自即日起中止办理，办理期限停止计算。",
            "补齐全部材料，或者转为普通方式办理的，恢复办理。（《天津市政务服务诚信档案管理办法（试行）》第七条）",
        ],
    )
    for case in found:
        cases.tell(filing.CaseSuspended, case, **facts)


def resume_all(subject_ref: str, ground: str) -> None:
    """The restriction is gone: what was suspended for it goes on (C26, AMB-41)."""
    for case in Case.locked_all(Case.subject_ref == subject_ref, Case.status == "suspended"):
        row = _open(case)
        if row and row.ground == "subject_listed":
            resume(case, ground)


def resume(case: Any, ground: str) -> None:
    """Let the case go on where it stood (C26, TIM-08). The case must be locked."""
    today, row = clock.today(), _open(case)
    back, case.before_suspension = case.before_suspension, None
    kinds: tuple[str, ...] = clocks.STOPPED_BY_SUSPENSION
    if back == "special":  # the special procedure still stops the processing limits
        kinds = tuple(kind for kind in kinds if kind not in clocks.PROCESSING)
    elif case.accepted_at and row:
        case.paused_wd += workdays.count_workdays(clock.local(row.suspended_at).date(), today)
    clocks.go_on(case, kinds, today)
    cases.move(case, "resume", target=back, details={"ground": ground})
    if back == "dispatched":
        case.dispatched_at = clock.now()
        samecity.start_view_clock(case)
    if row:
        row.resumed_at, row.resumed_ground = clock.now(), ground
        row.save()
    cases.tell(
        filing.CaseResumed,
        case,
        ground=ground,
        record_id=row.record_id if row else None,
        resumed_at=clock.now(),
        new_due=case.committed_due,
    )


def convert(case_no: str) -> Any:
    """Go on as an ordinary filing, for which all material must be there (C26, AMB-41, FIL-75)."""
    with database.transaction():
        case = cases.lock(case_no)
        if not cases.is_own(case):
            cases.require_accepting(case)
        before = case.before_suspension or case.status
        if case.mode != "commit" or case.status not in {"suspended", *IN_PROCESS.split()}:
            raise Refusal(
                "filing.not-convertible",
                rule="AMB-41",
                zh="只有在办的承诺审批件可以转为普通方式办理。",
                en="Only a commit case in process can go over to the ordinary way.",
                next_zh="请核对办件状态。",
                next_en="Look at the state of the case.",
                state=case.status,
            )
        lacking = [row for row in materials.of(case) if row.required and row.state not in materials.PRESENT]
        if lacking:
            raise Refusal(
                "filing.material-missing",
                rule="FIL-75",
                zh=f"普通方式须提交全部材料，尚缺：{'、'.join(row.name for row in lacking)}。",
                en=f"The ordinary way needs all material; missing: {', '.join(row.code for row in lacking)}.",
                next_zh="请先补交容缺材料，再转为普通方式。",
                next_en="Supply the deferred material first.",
                materials=[{"code": row.code, "material": row.name} for row in lacking],
            )
        promises.void(case)
        commit_days, _, _ = items.limits(case, items.of(case))
        case.mode = "ordinary"
        ordinary_days, _, _ = items.limits(case, items.of(case))
        if case.accepted_at and ordinary_days > commit_days:
            row = deadlines.extend("committed", case.id, ordinary_days - commit_days)
            if row is not None:
                clocks.moved(row, case)
        cases.note(case, "convert", source=before, details={"mode": ["commit", "ordinary"]})
        if case.status == "suspended":
            resume(case, "converted")
        else:
            case.save()
    return case


def _open(case: Any) -> Any:
    return Suspension.locked(Suspension.case == case.id, Suspension.resumed_at.is_null())
