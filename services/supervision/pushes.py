"""Files pushed by the approving side: taken, acknowledged, seen (SUP-03, FIL-46)."""

from typing import Any

from chassis import clock
from chassis.auth import actor
from chassis.outbox import emit
from chassis.scope import covered
from contracts.events import supervision as events
from services.supervision import linkage, reconciliation
from services.supervision.models import Push, database


def take(event: Any, kind: str, files: dict[str, Any], decision: str, licence_no: str | None) -> None:
    """Give the file to every supervising office named in it and acknowledge each; a repeated push changes nothing
    but is acknowledged again: the sender may not have heard the first time (AMB-39)."""
    ended_at, now = clock.parse(event.completed_at if kind == "completed" else event.revoked_at), clock.now()
    for org in event.supervising_orgs:
        new = Push.insert(
            case_id=event.case_id,
            case_no=event.case_no,
            kind=kind,
            org=org,
            approving_org=event.approving_org,
            subject_ref=event.subject_ref,
            subject_type=event.subject_type,
            subject_name_masked=event.subject_name_masked,
            item_code=event.item_code,
            item_name=event.item_name,
            mode=event.mode,
            decision=decision,
            supervision_kind=event.supervision_kind,
            licence_no=licence_no,
            files=files,
            pushed_at=clock.parse(event.time) if isinstance(event.time, str) else event.time,
            delay_seconds=max(0, int((now - ended_at).total_seconds())),
            acknowledged_at=now,
        )
        if new.on_conflict_ignore().as_rowcount().execute():
            linkage.enter(Push.locked(Push.case_id == event.case_id, Push.kind == kind, Push.org == org))
        data = {
            "case_id": event.case_id,
            "case_no": event.case_no,
            "supervising_org": org,
            "push_kind": kind,
            "pushed_event": event.id,
            "acknowledged_at": now,
        }
        emit(events.PushAcknowledged, event.case_id, data, correlation=event.case_no, org=org)
    reconciliation.arrived(event.case_id, kind)


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
