"""Pushes of ended cases to supervision (时推送): told in real time, sent again every hour until each supervising office
has confirmed its own (FIL-46, SUP-03, AMB-39)."""

from datetime import timedelta
from typing import Any

from chassis import clock, deadlines
from chassis.auth import actor
from chassis.outbox import emit
from chassis.scope import covered
from contracts import rules
from contracts.events import filing
from contracts.registry import EventType, validate_data
from services.filing import cases
from services.filing.models import Case, Push

AGAIN: dict[str, type[EventType]] = {
    "completed": filing.CaseCompletedRepeated,
    "revoked": filing.CaseRevokedRepeated,
}


def send(event_type: type[EventType], case: Any, **facts: Any) -> None:
    """Tell that the case has ended and keep what was told, once for each office that has to confirm it."""
    cases.tell(event_type, case, **facts)
    told, now = validate_data(event_type, cases.facts(case, **facts)), clock.now()
    for org in dict.fromkeys(facts["supervising_orgs"]):
        row = Push.create(
            case=case.id,
            case_no=case.case_no,
            kind=event_type.type.rpartition(".")[2],
            item_code=case.item_code,
            item_name=case.item_name,
            approving_org=case.approving_org,
            supervising_org=org,
            told=told,
            pushed_at=now,
            sent_at=now,
        )
        _arm(row)


def repeat(deadline: Any) -> None:
    """Not confirmed within the hour: this office gets the same once more, and nobody else."""
    row = Push.locked(deadline.subject)
    if row is None or row.confirmed_at:
        return
    row.repeats, row.sent_at = row.repeats + 1, clock.now()
    row.save()
    again = row.told | {"supervising_orgs": [row.supervising_org], "repeats": row.repeats}
    region = row.told["region_code"]
    emit(AGAIN[row.kind], row.case, again, correlation=row.case_no, org=row.approving_org, region=region)
    _arm(row)


def confirm(event: Any) -> None:
    """The office has the file: it need not be sent again."""
    case = Case.locked(event.case_id)
    row = Push.locked(
        Push.case == event.case_id, Push.kind == event.push_kind, Push.supervising_org == event.supervising_org
    )
    if row is None or row.confirmed_at:
        return
    row.confirmed_at = clock.parse(event.acknowledged_at)
    row.save()
    cases.note(case, event.type, org=event.supervising_org, details={"kind": event.push_kind})


def listed(*, confirmed: bool) -> Any:
    """The pushes that the caller looks after, on either side; the difference are those without a confirmation."""
    oversight = cases.overseen(actor(), Push.approving_org)
    mine = covered(actor(), ("coordinator",), Push.approving_org, Push.item_code)
    mine |= covered(actor(), ("coordinator",), Push.supervising_org, Push.item_code)
    query = Push.select().where(mine if oversight is None else mine | oversight)
    return query.where(Push.confirmed_at.is_null(not confirmed))


def _arm(row: Any) -> None:
    wait = timedelta(hours=rules.value("supervision.push_reconcile").value)
    deadlines.at("push", row.id, row.sent_at + wait, rule="SUP-03")
