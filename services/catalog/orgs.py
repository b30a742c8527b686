"""Organisations and who leads them (CAT-40). Reported is only what changes something that consumers keep."""

from datetime import date
from typing import Any

from chassis import clock, deadlines
from chassis.outbox import emit
from contracts.events import catalog
from services.catalog import indexing
from services.catalog.models import Leader, Org, database

LEADER_ROLES = {"deputy_leader": "deputy_leader_ref", "unit_leader": "unit_leader_ref"}
FIELDS = (
    "name",
    "aliases",
    "kind",
    "region",
    "parent",
    "uscc",
    "leader_main",
    "leader_deputy",
    "phone",
    "active",
    "inactive_reason",
    "in_city_centre",
)


def listing(
    kind: str | None = None,
    region: str | None = None,
    parent: str | None = None,
    q: str | None = None,
    *,
    active: bool | None = None,
) -> Any:
    """Organisations of a kind, a region, below another one, or with a word in their name."""
    query = Org.select()
    for field, value in ((Org.kind, kind), (Org.region, region), (Org.parent, parent), (Org.active, active)):
        if value is not None:
            query = query.where(field == value)
    return query.where(Org.name.contains(q)) if q else query


def load(rows: list[dict[str, Any]], in_city_centre: set[str]) -> int:
    """Take over the rows of a city file; returns how many were reported as changed."""
    changed, renamed = 0, []
    with database.transaction():
        known = {org.code: org for org in Org.select()}
        leaders = _leaders_now()
        for entry in rows:
            values = {name: entry.get(name) for name in FIELDS}
            values |= {"aliases": entry.get("aliases") or [], "active": bool(entry.get("active", True))}
            values["in_city_centre"] = entry["code"] in in_city_centre
            org = known.get(entry["code"])
            if org is None:
                org = Org.create(code=entry["code"], **values)
            elif any(getattr(org, name) != value for name, value in values.items()):
                if any(getattr(org, name) != values[name] for name in ("name", "aliases", "parent")):
                    renamed.append(org.code)
                for name, value in values.items():
                    setattr(org, name, value)
            changed += report(org, leaders.get(org.code, {}))
        indexing.follow_orgs(renamed)
    return changed


def report(org: Any, leaders: dict[str, str]) -> bool:
    """Save the row and tell the others, if what they keep has changed."""
    said = {
        "org_code": org.code,
        "org_name": org.name,
        "org_kind": org.kind,
        "region_code": org.region,
        "parent_code": org.parent,
        "deputy_leader_ref": leaders.get("deputy_leader"),
        "unit_leader_ref": leaders.get("unit_leader"),
        "in_city_centre": org.in_city_centre,
        "active": org.active,
    }
    return tell(org, org.code, said, org_code=org.code)


def tell(row: Any, subject: str, said: dict[str, Any], *, org_code: str) -> bool:
    """Emit catalog.org.changed for an organisation, hall or window unless it would only repeat the last one."""
    if row.reported == said:
        if row.dirty_fields:
            row.save()
        return False
    row.reported = said
    row.save()
    emit(catalog.OrgChanged, subject, said, org=org_code, region=said["region_code"])
    return True


# --- leaders, as identity grants them ---------------------------------------------------------------------------------


def leader_granted(event: Any) -> None:
    """Somebody leads an organisation from a day on, perhaps until a day (CAT-40, ID-37)."""
    if event.role not in LEADER_ROLES:
        return
    grant = _grant(event.grant_id)
    grant.org, grant.role, grant.staff_ref = event.org_code, event.role, event.staff_ref
    grant.valid_from, grant.valid_until = _day(event.valid_from), _day(event.data.get("valid_until"))
    grant.save()
    if not grant.revoked:
        if grant.valid_from > clock.today():
            deadlines.at("leader_begins", grant.id, clock.start_of(grant.valid_from), rule="CAT-40")
        if grant.valid_until and grant.valid_until >= clock.today():
            deadlines.at("leader_ends", grant.id, clock.end_of(grant.valid_until), rule="CAT-40")
    review_leaders(event.org_code)


def leader_revoked(event: Any) -> None:
    """Somebody leads it no longer; a grant that is revoked stays so, whichever event comes first."""
    if event.role not in LEADER_ROLES:
        return
    grant = _grant(event.grant_id)
    grant.org, grant.role, grant.staff_ref, grant.revoked = event.org_code, event.role, event.staff_ref, True
    grant.save()
    deadlines.cancel("leader_begins", grant.id)
    deadlines.cancel("leader_ends", grant.id)
    review_leaders(event.org_code)


def leader_day_reached(deadline: Any) -> None:
    """The first or the day after the last day of a grant has come."""
    grant = Leader.get_or_none(Leader.id == deadline.subject)
    if grant:
        review_leaders(grant.org)


def review_leaders(org_code: str) -> None:
    """Find out anew who leads the organisation and report it if somebody else does."""
    org = Org.locked(Org.code == org_code)
    if org is not None:  # a grant may arrive before the organisations are loaded
        report(org, _leaders_now(org_code).get(org_code, {}))


def _grant(grant_id: str) -> Any:
    Leader.insert(**Leader(grant_id=grant_id).__data__).on_conflict(action="nothing").execute()
    return Leader.locked(Leader.grant_id == grant_id)


def _leaders_now(org_code: str | None = None) -> dict[str, dict[str, str]]:
    """{organisation: {role: staff reference}}; of several grants the one that began last counts."""
    today = clock.today()
    begun = (Leader.valid_from <= today) & (Leader.valid_until.is_null() | (Leader.valid_until >= today))
    query = Leader.select().where(~Leader.revoked, begun)
    if org_code:
        query = query.where(Leader.org == org_code)
    found: dict[str, dict[str, str]] = {}
    for grant in query.order_by(Leader.valid_from, Leader.grant_id):
        found.setdefault(grant.org, {})[grant.role] = grant.staff_ref
    return found


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
