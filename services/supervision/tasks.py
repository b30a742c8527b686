"""Verification of promises: created, started, points recorded, passed, cancelled (SUP-20…27)."""

from typing import Any

from chassis import clock, deadlines, workdays
from chassis.auth import actor
from chassis.errors import Refusal
from chassis.history import append
from chassis.outbox import emit
from contracts.events import supervision as events
from services.supervision import targets, violations, warnings
from services.supervision.models import EndedCase, Task, database
from services.supervision.transitions import TASK


def open_task(event: Any) -> None:
    """A granted commit decision is to be verified; the limits run from the decision (SUP-20, AMB-08)."""
    if not event.supervising_orgs or Task.select().where(Task.case_id == event.case_id).exists():
        return
    decided = clock.parse(event.decided_at)
    start, finish, cap = (
        workdays.due_for(key, decided)
        for key in ("supervision.verify_start", "supervision.verify_finish", "supervision.rectify_cap")
    )
    task = Task.create(
        case_id=event.case_id,
        case_no=event.case_no,
        subject_ref=event.subject_ref,
        subject_type=event.subject_type,
        subject_name_masked=event.subject_name_masked,
        item_code=event.item_code,
        item_name=event.item_name,
        approving_org=event.approving_org,
        supervising_org=event.supervising_orgs[0],
        decided_at=decided,
        start_due=start.date,
        finish_due=finish.date,
        cap_due=cap.date,
        state="created",
        priority=targets.priority(event.subject_ref),
        promised=event.promised_points,
    )
    append(task.id, "create", target="created", org=task.supervising_org)
    emit(events.TaskCreated, task.id, facts(task), correlation=task.case_no, org=task.supervising_org)
    deadlines.set("task.start", task.id, start)
    deadlines.set("task.finish", task.id, finish)
    warnings.watch("task.start", task, start.date, start.n, task.item_name)
    warnings.watch("task.finish", task, finish.date, finish.n, task.item_name)
    ended = EndedCase.get_or_none(EndedCase.case_id == event.case_id)
    if ended is not None:
        _cancel(task, ended.reason)


def start(task_id: str, inspector: str, plan: dict[str, Any]) -> Any:
    """Assign an inspector and save the plan: only this is a start (SUP-21, AMB-07)."""
    with database.transaction():
        task = mine(task_id)
        move(task, "start", opinion=None)
        task.inspector, task.started_at = inspector, clock.now()
        task.plan = {"date": plan["date"].isoformat(), "place": plan["place"], "items": plan["items"]}
        task.save()
        deadlines.cancel("task.start", task.id)
        data = facts(task)
        data |= {"inspector_ref": inspector, "planned_on": plan["date"], "started_at": task.started_at}
        emit(events.TaskStarted, task.id, data, correlation=task.case_no, org=task.supervising_org)
        return task


def record_points(task_id: str, points: list[dict[str, Any]]) -> Any:
    """Record for every promised point whether it is true; all true ends the verification (SUP-22)."""
    with database.transaction():
        task = mine(task_id)
        TASK.step(task.state, "record_points")
        promised = {point["code"] for point in task.promised}
        given = [point["code"] for point in points]
        if set(given) != promised or len(given) != len(promised):
            raise Refusal(
                "supervision.points-incomplete",
                status=422,
                rule="SUP-22",
                zh="须对每一项承诺逐项记录核查结果，不得遗漏或增加。",
                en="Every promised point needs exactly one result.",
                next_zh=f"应核查的承诺项：{'、'.join(sorted(promised))}。",
                next_en=f"Promised points: {', '.join(sorted(promised))}.",
            )
        task.points = points
        wrong = [point["code"] for point in points if point["result"] == "not_true"]
        if wrong:
            append(task.id, "record_points", source=task.state, target=task.state, details={"not_true": wrong})
            task.save()
            return task
        move(task, "pass")
        task.ended_at = clock.now()
        task.save()
        deadlines.cancel("task.finish", task.id)
        data = facts(task) | {"passed_at": task.ended_at}
        emit(events.TaskPassed, task.id, data, correlation=task.case_no, org=task.supervising_org)
        return task


def case_ended(case_id: str, reason: str) -> None:
    """The case was revoked or withdrawn: nothing is left to verify (SUP-27)."""
    EndedCase.insert(case_id=case_id, reason=reason).on_conflict_ignore().execute()
    task = Task.locked(Task.case_id == case_id)
    if task is not None and "cancel" in TASK.allowed(task.state):
        _cancel(task, reason)


def mark_overdue(task_id: str, which: str) -> None:
    """3 working days without a start, or 50 without a finish: red, and reported (SUP-20)."""
    task = Task.locked(task_id)
    if which == "start" and task.state == "created":
        task.start_overdue = True
        event: Any = events.TaskStartOverdue
    elif which == "finish" and task.state in {"created", "started"}:
        task.finish_overdue = True
        event = events.TaskFinishOverdue
    else:
        return
    task.save()
    violations.note_own(f"task.{which}", task, task.supervising_org)
    emit(event, task.id, facts(task), correlation=task.case_no, org=task.supervising_org)


def facts(task: Any) -> dict[str, Any]:
    """What every event about a task says."""
    return {
        "subject_ref": task.subject_ref,
        "subject_type": task.subject_type,
        "subject_name_masked": task.subject_name_masked,
        "task_id": task.id,
        "case_id": task.case_id,
        "case_no": task.case_no,
        "item_code": task.item_code,
        "approving_org": task.approving_org,
        "supervising_org": task.supervising_org,
        "decided_at": task.decided_at,
        "start_due": task.start_due,
        "finish_due": task.finish_due,
        "cap_due": task.cap_due,
    }


def move(task: Any, verb: str, *, opinion: str | None = None, details: dict[str, Any] | None = None) -> None:
    """Take the transition of a verb and write it into the history; the caller saves and emits."""
    step = TASK.step(task.state, verb)
    target = step.target or task.state
    append(
        task.id,
        verb,
        source=task.state,
        target=target,
        org=task.supervising_org,
        opinion=opinion,
        details=details,
    )
    task.state = target


def mine(task_id: str) -> Any:
    """The task, locked, when the caller supervises it (ID-35)."""
    task = Task.get_or_refuse(task_id, lock=True)
    actor().require_role("supervisor", org=task.supervising_org, item=task.item_code)
    return task


def _cancel(task: Any, reason: str) -> None:
    move(task, "cancel", opinion=reason)
    task.ended_at, task.end_reason = clock.now(), reason
    task.save()
    for kind in ("task.start", "task.finish", "rectification", "recheck_confirm"):
        deadlines.cancel(kind, task.id)
    data = facts(task) | {"reason": reason, "cancelled_at": task.ended_at}
    emit(events.TaskCancelled, task.id, data, correlation=task.case_no, org=task.supervising_org)
