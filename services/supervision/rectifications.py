"""Rectification: ordered with a date and a stop of the activity, re-checked, passed or failed (SUP-23…25)."""

from datetime import date
from typing import Any

from chassis import clock, deadlines, workdays
from chassis.auth import actor, forbidden
from chassis.errors import Refusal
from chassis.outbox import emit
from contracts.events import supervision as events
from services.supervision import violations, warnings
from services.supervision.models import Rectification, Task, database
from services.supervision.tasks import facts, mine, move
from services.supervision.transitions import TASK


def order(task_id: str, due: date, evidence: list[str]) -> Any:
    """Order the correction of everything found not true, by a date not later than decision + 60 wd (SUP-23)."""
    with database.transaction():
        task = mine(task_id)
        TASK.step(task.state, "order_rectification")
        wrong = [point for point in task.points or () if point["result"] == "not_true"]
        if not wrong:
            raise Refusal(
                "supervision.nothing-to-correct",
                rule="SUP-22",
                zh="核查记录中没有“不符”的承诺项，不能责令整改。",
                en="No promised point was found not true; there is nothing to correct.",
                next_zh="请先逐项记录核查结果。",
                next_en="Record the result of every point first.",
            )
        if due > task.cap_due or due < clock.today():
            raise Refusal(
                "supervision.rectification-date",
                status=422,
                rule="SUP-23",
                zh=f"整改期限须在今日至 {task.cap_due.isoformat()} 之间(自作出决定之日起 60 个工作日内)。",
                en=f"The date must lie between today and {task.cap_due.isoformat()} (60 working days of the decision).",
                next_zh="请选择允许范围内的日期。",
                next_en="Choose a date within the range.",
                latest=task.cap_due.isoformat(),
            )
        promises = {point["code"]: point["promise"] for point in task.promised}
        problems = [
            {"code": point["code"], "promise": promises[point["code"]], "found": point["found"]} for point in wrong
        ]
        move(task, "order_rectification", details={"due": due.isoformat(), "problems": problems})
        task.save()
        deadlines.cancel("task.finish", task.id)  # the finding was made in time; the order has its own date
        order = Rectification.create(
            task_id=task.id,
            problems=problems,
            due=due,
            evidence=evidence,
            ordered_by=actor().id,
            ordered_at=clock.now(),
        )
        deadlines.at("rectification", task.id, clock.end_of(due))
        warnings.watch("rectification", task, due, workdays.count_workdays(clock.today(), due), task.item_name)
        data = _facts(task, order) | {"ordered_at": order.ordered_at, "ordered_by": order.ordered_by}
        emit(events.RectificationOrdered, task.id, data, correlation=task.case_no, org=task.supervising_org)
        return task


def report_correction(task_id: str, text: str) -> Any:
    """The party says in time that it has corrected: then the date alone fails nobody (SUP-24)."""
    with database.transaction():
        task = Task.get_or_refuse(task_id, lock=True)
        if actor().id != task.subject_ref:
            raise forbidden("only the party itself reports its correction")
        move(task, "report_correction", opinion=text)
        task.save()
        order = Rectification.locked(Rectification.task_id == task.id)
        order.reported, order.reported_at = text, clock.now()
        order.save()
        return task


def recheck(task_id: str, conforms: bool, found: str, evidence: list[str]) -> Any:
    """An inspector has looked again: conforming lifts the stop order, not conforming fails (SUP-24, SUP-25)."""
    with database.transaction():
        task = mine(task_id)
        order = Rectification.locked(Rectification.task_id == task.id)
        if not conforms:
            TASK.step(task.state, "recheck_failed")
            order.recheck = {"conforms": False, "found": found, "evidence": evidence}
            order.save()
            _fail(task, order, "recheck_failed", "not_conforming")
            return task
        move(task, "recheck_passed", opinion=found)
        task.ended_at = clock.now()
        task.save()
        order.recheck = {"conforms": True, "found": found, "evidence": evidence}
        order.save()
        for kind in ("rectification", "recheck_confirm"):
            deadlines.cancel(kind, task.id)
        data = _facts(task, order) | {"passed_at": task.ended_at}
        emit(events.RectificationPassed, task.id, data, correlation=task.case_no, org=task.supervising_org)
        return task


def date_passed(task_id: str) -> None:
    """24:00 of the set date has passed without a passing re-check: failed, unless the party reported its correction in
    time; then an inspector has one working day to look (domain 2.10)."""
    task = Task.locked(task_id)
    if task.state != "rectifying":
        return
    order = Rectification.locked(Rectification.task_id == task.id)
    if order.reported_at is None:
        _fail(task, order, "date_passed", "date_passed")
    else:
        deadlines.set("recheck_confirm", task.id, workdays.due_for("supervision.rectify_confirm", order.due))


def confirm_overdue(task_id: str) -> None:
    """The inspector did not look within the working day: the office is red, the party is not failed by silence."""
    order = Rectification.locked(Rectification.task_id == task_id)
    order.recheck_overdue = True
    order.save()
    task = Task.get_by_id(task_id)
    violations.note_own("recheck", task, task.supervising_org)


def _fail(task: Any, order: Any, verb: str, reason: str) -> None:
    """The approving side revokes and the failing is recorded, by the event alone (SUP-24)."""
    passed = reason == "date_passed"
    failed_at = clock.end_of(order.due) if passed else clock.now()
    move(task, verb)
    task.ended_at, task.end_reason = failed_at, reason
    task.save()
    for kind in ("rectification", "recheck_confirm"):
        deadlines.cancel(kind, task.id)
    data = _facts(task, order)
    data |= {
        "reason": reason,
        "failed_at": failed_at,
        "decided_on": clock.local(failed_at).date(),
        "decided_by": actor().id,
    }
    emit(events.RectificationFailed, task.id, data, correlation=task.case_no, org=task.supervising_org)


def _facts(task: Any, order: Any) -> dict[str, Any]:
    return facts(task) | {
        "rectification_id": order.id,
        "problems": order.problems,
        "due": order.due,
        "stop_activity": order.stop_activity,
        "evidence_refs": order.evidence,
    }
