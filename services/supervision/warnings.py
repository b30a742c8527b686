"""Warnings of what is about to be overdue between the two offices, to the coordinators of both (SUP-08)."""

from datetime import date, timedelta
from typing import Any

from chassis import clock, deadlines, workdays
from chassis.outbox import emit
from contracts import rules
from contracts.commands import notifier
from services.supervision.models import ExchangeWarning

SHORTEST = timedelta(microseconds=1)  # a limit ends at 00:00 of the day after its last one
LIMITS = {
    "task.start": "启动核查时限 (start of the verification)",
    "task.finish": "完成核查时限 (end of the verification)",
    "rectification": "整改期限 (rectification)",
    "proposal_reply": "撤销建议答复时限 (answer to a proposal to revoke)",
}


def watch(kind: str, row: Any, due: date, workdays_in_all: int, item_name: str) -> None:
    """Look again when the limit turns yellow: the last 20 % of it, at least its last working day (TIM-09)."""
    left = workdays_in_all * rules.value("deadline.yellow_ratio").value // 100
    day = workdays.add_workdays(due, -max(left, rules.value("deadline.yellow_wd").value))
    facts = {"kind": kind, "row": row.id, "case_id": row.case_id, "case_no": row.case_no, "item_name": item_name}
    facts |= {"approving_org": row.approving_org, "supervising_org": row.supervising_org}
    deadlines.at("warning", f"{kind}:{row.id}", clock.start_of(day), facts, rule="SUP-08")


def yellow(facts: dict[str, Any]) -> None:
    """Warn both sides, unless the limit has been met meanwhile."""
    kind = facts["kind"]
    running = deadlines.find(kind, facts["row"])
    if running is None:
        return
    due = clock.local(running.due_at - SHORTEST).date()
    warning = ExchangeWarning.create(
        **{name: facts[name] for name in ("kind", "approving_org", "supervising_org", "case_no", "item_name")},
        due=due,
        warned_at=clock.now(),
    )
    params = {
        "item": facts["item_name"],
        "case_no": facts["case_no"],
        "limit": LIMITS[kind],
        "due": due.isoformat(),
        "left": str(workdays.count_workdays(clock.today(), due)),
    }
    for org in dict.fromkeys((facts["approving_org"], facts["supervising_org"])):
        data = {
            "template": "supervision.limit_warned",
            "recipient": f"role:coordinator@{org}",
            "params": params,
            "urgent": False,
            "mandatory": False,
            "dedupe_key": f"supervision-warning:{warning.id}:{org}",
            "case_id": facts["case_id"],
            "case_no": facts["case_no"],
        }
        emit(notifier.SendSms, warning.id, data, correlation=facts["case_no"], org=org)
