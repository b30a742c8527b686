"""The reminder of every working morning: who has to do what today, sent to each post of an organisation (FIL-90)."""

from datetime import date, timedelta
from typing import Any

from peewee import fn

from chassis import clock, deadlines, workdays
from chassis.outbox import emit
from contracts import rules
from contracts.commands import notifier
from services.filing import clocks, views
from services.filing.models import Case, Org, ParallelTask, Report
from services.filing.worklists import DOERS

LIMITS = (*clocks.LIGHTS, "correction_notice", "resubmission_check")
# What lies before a post beside the cases on its desks.
ASKED = {"reviewer": ("check", "opinion", "report"), "decider": ("revoke",)}


def arm(org: Any) -> None:
    """Let the organisation be reminded on the next working morning."""
    if deadlines.find("duties", org.code) is None:
        _next(org)


def remind(deadline: Any) -> None:
    """Tell each post what waits for it; whoever has nothing to do is left in peace."""
    org, today = Org.get(Org.code == deadline.subject), clock.today()
    waiting = _waiting(org.code)
    for role, desks in DOERS.items():
        counts = {name: waiting.get(name, 0) for name in (*desks, *ASKED.get(role, ()))}
        if any(counts.values()):
            _send(org.code, role, today, counts | _pressing(org.code, desks, today))
    _next(org)


def _waiting(org: str) -> dict[str, int]:
    """How many cases lie on each desk of the organisation, and how many others ask something of it."""
    found = Case.select(Case.desk, fn.COUNT(Case.id)).where(Case.desk_org == org).group_by(Case.desk)
    own = Case.approving_org == org
    open_tasks = ParallelTask.state.in_(("open", "overdue"))
    return dict(found.tuples()) | {
        "check": Case.select().where(own, Case.commitment_status == "under_check").count(),
        "revoke": Case.select().where(own, views.QUEUES["revoke"]).count(),
        "opinion": ParallelTask.select().where(ParallelTask.org == org, open_tasks).count(),
        "report": Report.select().where(Report.to_org == org, Report.answered_at.is_null()).count(),
    }


def _pressing(org: str, desks: tuple[str, ...], today: date) -> dict[str, int]:
    here = (Case.desk_org == org) & Case.desk.in_(desks)
    handled = Case.desk.in_(("review", "decide")) & (Case.committed_due < today)
    late = handled | ((Case.desk == "deliver") & (Case.delivery_due < today))
    return {
        "ends_today": deadlines.ending(today, LIMITS, Case.select(Case.id).where(here)),
        "overdue": Case.select().where(here, late).count(),
    }


def _send(org: str, role: str, today: date, counts: dict[str, int]) -> None:
    data = {
        "template": f"filing.duties_{role}",
        "recipient": f"role:{role}@{org}",
        "params": {name: str(count) for name, count in counts.items()},
        "urgent": False,
        "mandatory": False,
        "dedupe_key": f"duties:{org}:{role}:{today}",
    }
    emit(notifier.SendSms, f"duties:{org}", data, org=org)


def _next(org: Any) -> None:
    """When the organisation opens on the first working day that has not begun yet."""
    opens, now = org.opens or rules.value("deadline.service_opens").value, clock.now()
    day = now.date()
    while not workdays.is_workday(day) or (at := clock.parse(f"{day}T{opens}")) <= now:
        day += timedelta(days=1)
    deadlines.at("duties", org.code, at, rule="FIL-90")
