"""Parallel approval (并联审批): participants work at the same time; silence is never consent (C31, FIL-38)."""

from datetime import date
from typing import Any

from chassis import clock, deadlines, workdays
from chassis.auth import actor
from chassis.errors import Refusal
from contracts.events import filing
from services.filing import cases, items, participants, transitions
from services.filing.models import Case, ParallelTask, database

LABEL = ("并联意见", "Opinion in a parallel approval")


def open_tasks(case: Any) -> None:
    """Ask every participant of the template for its opinion."""
    committed, _, unit = items.limits(case, items.of(case))
    for participant in items.participants(items.of(case)):
        if ParallelTask.get_or_none((ParallelTask.case == case.id) & (ParallelTask.org == participant["org"])):
            continue
        days = participant.get("limit") or committed
        due = workdays.due(clock.now(), days, unit, rule="FIL-38", label_zh=LABEL[0], label_en=LABEL[1])
        task = ParallelTask.create(case=case.id, org=participant["org"], state="open", due=due.date)
        participants.ask(case, task.org)
        deadlines.set("parallel", task.id, due)
        cases.tell(filing.ParallelTaskOpened, case, **_facts(task))


def of(case: Any) -> list[Any]:
    """All participants' tasks of a case."""
    return list(ParallelTask.select().where(ParallelTask.case == case.id).order_by(ParallelTask.id))


def require_answered(case: Any) -> None:
    """The review ends when all opinions are in (C17)."""
    silent = [task.org for task in of(case) if task.state in {"open", "overdue"}]
    if silent:
        raise Refusal(
            "filing.parallel-silent",
            rule="FIL-38",
            zh=f"以下参与部门尚未出具意见：{'、'.join(silent)}。沉默不视为同意。",
            en=f"These participants have not answered: {', '.join(silent)}. Silence is not consent.",
            next_zh="请催办，或召开联席会商。",
            next_en="Remind them, or hold a joint meeting.",
            orgs=silent,
        )


def answer(case_no: str, org: str, opinion: str, remarks: str | None) -> Any:
    """A participant leaves its opinion (C31)."""
    with database.transaction():
        case = cases.lock(case_no)
        actor().require_role("reviewer", "decider", org=org, item=case.item_code)
        task = ParallelTask.get_or_refuse((ParallelTask.case == case.id) & (ParallelTask.org == org), lock=True)
        task.state = transitions.PARALLEL.step(task.state, "answer").target
        task.opinion, task.remarks, task.answered_by, task.answered_at = opinion, remarks, actor().id, clock.now()
        task.save()
        case.save()
        deadlines.cancel("parallel", task.id)
        cases.note(case, "answer_parallel", opinion=remarks, org=org, details={"row": "C31", "opinion": opinion})
        cases.tell(filing.ParallelOpinionGiven, case, opinion=opinion, given_at=task.answered_at, **_facts(task))
    return case


def meet(case_no: str, held_on: date, orgs: list[str], minutes: str) -> Any:
    """联席会商: what the participants agreed stands in the history; opinions are still given by each (FIL-38)."""
    with database.transaction():
        case = cases.lock(case_no)
        cases.require(case, "reviewer", "decider")
        asked = {task.org for task in of(case)} | {case.approving_org}
        if not of(case) or not set(orgs) <= asked:
            raise cases.invalid(
                "filing.meeting-participants",
                "联席会商的单位须是本办件的并联单位。",
                "Only participants of this parallel approval meet.",
                "FIL-38",
                orgs=sorted(set(orgs) - asked),
            )
        case.save()
        details = {"held_on": held_on.isoformat(), "orgs": orgs}
        cases.note(case, "joint_meeting", opinion=minutes, org=case.approving_org, details=details)
    return case


def mark_overdue(deadline: Any) -> None:
    """A participant is silent past its limit: red light and escalation (C31)."""
    seen = ParallelTask.get_or_none(ParallelTask.id == deadline.subject)
    case = Case.locked(seen.case) if seen else None
    task = ParallelTask.locked(deadline.subject)
    if case is None or task is None or task.state != "open":
        return
    task.state = transitions.PARALLEL.step(task.state, "mark_overdue").target
    task.save()
    cases.note(case, "parallel_overdue", org=task.org, details={"row": "C31"})
    cases.tell(filing.ParallelOverdue, case, **_facts(task))


def recall(case: Any) -> None:
    """The case has ended: nobody needs to answer any more (C31)."""
    for task in of(case):
        if task.state in {"open", "overdue"}:
            task.state = transitions.PARALLEL.step(task.state, "recall").target
            task.save()
            deadlines.cancel("parallel", task.id)


def _facts(task: Any) -> dict[str, Any]:
    return {"parallel_task_id": task.id, "participant_org": task.org, "due": task.due}
