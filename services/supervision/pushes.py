"""Files pushed by the approving side: taken, acknowledged, seen (SUP-03, FIL-46)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis import clock, context
from chassis.auth import actor
from chassis.outbox import emit
from chassis.scope import covered
from contracts.events import supervision as events
from services.supervision import linkage, reconciliation
from services.supervision.models import Push, database


@dataclass(frozen=True)
class Pushed:
    """What an event brings of the end of a case."""

    event: Any
    ended_at: str
    files: dict[str, Any]
    decision: str
    licence_no: str | None


def take(kind: str, pushed: list[Pushed]) -> None:
    """Give each file to every supervising office named in it and acknowledge each; a repeated push changes nothing
    but is acknowledged again: the sender may not have heard the first time (AMB-39)."""
    case_ids, now = [one.event.case_id for one in pushed], clock.now()
    columns = Push.case_id, Push.org
    known = set(Push.select(*columns).where(Push.case_id.in_(case_ids), Push.kind == kind).tuples())
    new: dict[tuple[str, str], dict[str, Any]] = {}
    for one in pushed:
        for org in one.event.supervising_orgs:
            if (one.event.case_id, org) not in known:
                new.setdefault((one.event.case_id, org), _row(kind, one, org, now))
    sheets = linkage.enter({(row["approving_org"], row["org"]) for row in new.values()})
    Push.create_all(
        [row | {"sheet_id": sheets[row["approving_org"], row["org"]].id} for row in new.values()], unless_there=True
    )
    for one in pushed:
        with context.handling(one.event):
            for org in one.event.supervising_orgs:
                _acknowledge(kind, one.event, org, now)
    reconciliation.arrived(kind, case_ids)


def _row(kind: str, one: Pushed, org: str, now: datetime) -> dict[str, Any]:
    event = one.event
    return {
        "case_id": event.case_id,
        "case_no": event.case_no,
        "kind": kind,
        "org": org,
        "approving_org": event.approving_org,
        "subject_ref": event.subject_ref,
        "subject_type": event.subject_type,
        "subject_name_masked": event.subject_name_masked,
        "item_code": event.item_code,
        "item_name": event.item_name,
        "mode": event.mode,
        "decision": one.decision,
        "supervision_kind": event.supervision_kind,
        "licence_no": one.licence_no,
        "files": one.files,
        "pushed_at": clock.parse(event.time),
        "delay_seconds": max(0, int((now - clock.parse(one.ended_at)).total_seconds())),
        "acknowledged_at": now,
    }


def _acknowledge(kind: str, event: Any, org: str, now: datetime) -> None:
    data = {
        "case_id": event.case_id,
        "case_no": event.case_no,
        "supervising_org": org,
        "push_kind": kind,
        "pushed_event": event.id,
        "acknowledged_at": now,
    }
    emit(events.PushAcknowledged, event.case_id, data, correlation=event.case_no, org=org)


def see(push_id: str) -> Any:
    """A supervisor has opened the file; the first one is noted (SUP-04)."""
    with database.transaction():
        push = Push.get_or_refuse(push_id, lock=True)
        actor().require_role("supervisor", "coordinator", org=push.org, item=push.item_code)
        if push.seen_at is None:
            push.seen_by, push.seen_at = actor().id, clock.now()
            push.save()
        return push


def known(*, case_no: str | None = None, subject_ref: str | None = None) -> Any:
    """The newest file that the caller supervises about a case or a party, or None."""
    query = Push.select().where(covered(actor(), ("supervisor",), Push.org, Push.item_code))
    query = query.order_by(Push.pushed_at.desc())
    query = query.where(Push.case_no == case_no) if case_no else query.where(Push.subject_ref == subject_ref)
    return query.first()
