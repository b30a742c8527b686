"""Who may decide, as identity tells it (超权限, SUP-30)."""

from collections import defaultdict
from datetime import date, datetime
from typing import Any

from chassis import clock
from services.supervision.models import StaffGrant, WatchedCase

ROLE = "decider"


def granted(event: Any) -> Any:
    """Somebody has got a role; returns the condition of the cases that look different now."""
    row = _row(event)
    row.valid_from, row.valid_until = event.valid_from, event.data.get("valid_until")
    row.save()
    return _decided(event.staff_ref, clock.start_of(date.fromisoformat(event.valid_from)))


def revoked(event: Any) -> Any:
    """Somebody has lost a role; returns the condition of the cases that look different now."""
    row = _row(event)
    row.revoked_at = clock.parse(event.revoked_at)
    row.save()
    return _decided(event.staff_ref, row.revoked_at)


def grants(staff: set[str]) -> dict[str, list[Any]]:
    """What is known of the roles of these people."""
    found: dict[str, list[Any]] = defaultdict(list)
    for grant in StaffGrant.select().where(StaffGrant.staff.in_(list(staff))):
        found[grant.staff].append(grant)
    return found


def may_decide(case: Any, granted: list[Any]) -> bool:
    """Whether the grants of who decided covered the decision on its day; of somebody without any known grant nothing is
    said, for the hall may have begun to listen later than that."""
    day = clock.local(case.decided_at).date()
    known = [grant for grant in granted if _began(grant, day)]
    return not known or any(_covers(grant, case, day) for grant in known)


def _began(grant: Any, day: date) -> bool:
    return grant.valid_from is None or grant.valid_from <= day


def _covers(grant: Any, case: Any, day: date) -> bool:
    return (
        grant.role == ROLE
        and grant.org in (case.approving_org, "*")
        and (not grant.items or case.item_code in grant.items)
        and (grant.valid_until is None or day <= grant.valid_until)
        and (grant.revoked_at is None or case.decided_at <= grant.revoked_at)
    )


def _decided(staff: str, since: datetime) -> Any:
    return (WatchedCase.decided_by == staff) & (WatchedCase.decided_at >= since)


def _row(event: Any) -> Any:
    facts = {"staff": event.staff_ref, "role": event.role, "org": event.org_code, "items": event.item_codes}
    StaffGrant.insert(grant_id=event.grant_id, **facts).on_conflict_ignore().execute()
    return StaffGrant.locked(StaffGrant.grant_id == event.grant_id)
