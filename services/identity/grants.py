"""Roles: role × organisation × item set, with grantor, start and end (ID-30 to ID-32, ID-35 to ID-37)."""

from datetime import date
from typing import Any

from peewee import IntegrityError, Value

from chassis import clock, deadlines
from chassis.auth import actor, forbidden
from chassis.errors import Refusal
from chassis.outbox import emit
from contracts import words
from contracts.events import identity as events
from services.identity import audit, revocations
from services.identity.models import Org, RoleGrant, Staff, User, database

STAFF_ROLES = tuple(role for role in words.ROLES if role not in {"applicant", "agent"})
LEADERS = {"deputy_leader", "unit_leader"}
GIVERS = {"system_admin", "service_office"}  # who may give roles; only a system-admin makes another giver
ENDS = "grant_end"


def running(on: date | None = None, grant: Any = RoleGrant) -> Any:
    """The condition of grants in force on a day."""
    day = on or clock.today()
    return (
        grant.revoked_at.is_null()
        & (grant.valid_from <= day)
        & (grant.valid_until.is_null() | (grant.valid_until >= day))
    )


def for_token(staff_id: str) -> list[dict[str, Any]]:
    """The grants of a token: role, organisation, item set."""
    query = RoleGrant.select().where(RoleGrant.staff_id == staff_id, running()).order_by(RoleGrant.id)
    return [{"role": row.role, "org": row.org, "items": row.items} for row in query]


def running_of(staff_id: str) -> list[dict[str, Any]]:
    """The grants of a post that have not ended, with their ids."""
    query = RoleGrant.select().where(RoleGrant.staff_id == staff_id, RoleGrant.revoked_at.is_null())
    return [dump(row) for row in query.order_by(RoleGrant.id)]


def holders(role: str, org: str) -> list[str]:
    """Ids of the posts that hold a role in an organisation today, in the order of their grants."""
    query = (
        RoleGrant.select(RoleGrant.staff_id)
        .where(RoleGrant.org == org, RoleGrant.role == role, running())
        .order_by(RoleGrant.id)
    )
    return [row.staff_id for row in query]


def give(data: dict[str, Any]) -> RoleGrant:
    """Give a role, within the giver's level and without mixing what must stay apart."""
    role, org = data["role"], data["org"]
    staff_id = data["staff"].removeprefix("staff:")
    _require_right(role, org, staff_id)
    try:
        with database.transaction():
            staff = Staff.get_or_refuse(staff_id, lock=True)
            _require_mobile(role, staff)
            _require_separation(staff, role, org, data.get("items"), data.get("single_reviewer", False))
            return record(
                staff,
                role,
                org,
                data.get("items"),
                grantor=actor().id,
                valid_from=data.get("valid_from") or clock.today(),
                valid_until=data.get("valid_until"),
                reported_by=data.get("reported_by"),
                filed_by=data.get("filed_by"),
            )
    except IntegrityError:
        raise _occupied(staff_id, role, org) from None


def record(staff: Staff, role: str, org: str, items: list[str] | None, **details: Any) -> RoleGrant:
    """Write a grant and report it, in the open transaction."""
    row = RoleGrant.create(
        staff_id=staff.id,
        role=role,
        org=org,
        items=items,
        live_key=f"{staff.id}/{role}/{org}",
        seat=_seat(role, org, staff),
        **details,
    )
    if row.valid_until:
        deadlines.at(ENDS, row.id, clock.end_of(row.valid_until))
    audit.note("grant.given", f"staff:{staff.id}", details={"grant": row.id, "role": role, "org": org, "items": items})
    told = {"valid_from": row.valid_from, "valid_until": row.valid_until}
    emit(events.StaffGranted, row.id, _event(row, row.grantor) | told, org=org)
    return row


def revoke(grant_id: str, reason: str) -> None:
    """Take a role back; a second time changes nothing."""
    row = RoleGrant.get_or_refuse(grant_id)
    _require_right(row.role, row.org, row.staff_id)
    with database.transaction():
        _end(RoleGrant.locked(grant_id), reason)
        deadlines.cancel(ENDS, grant_id)


def end_by_date(grant_id: str) -> None:
    """The last day of a grant is over."""
    _end(RoleGrant.locked(grant_id), "期满 term over")


def require_level(org: str) -> None:
    """Refuse unless the caller administers units of this level: the city's, or those of the own district (ID-31)."""
    if not _administers(org, {"system_admin", "service_office"}):
        raise _outside(org)


def require_over(staff: Staff) -> None:
    """Refuse unless the caller may bring this account's login in order: that of who gives roles is the system
    administrator's alone, or an office could make itself an administrator (ID-31)."""
    require_level(staff.org)
    givers = RoleGrant.select().where(RoleGrant.staff_id == staff.id, RoleGrant.role.in_(GIVERS), running())
    if not actor().orgs("system_admin") and givers.exists():
        raise forbidden("only a system administrator touches the login of those who give roles")


def own_regions() -> set[str]:
    """The regions of the caller's service offices. A district's reaches down to its streets and towns, whose codes
    begin with it; the city's is its own level only (ID-31)."""
    return {row.region for row in Org.select(Org.region).where(Org.id.in_(actor().orgs("service_office")))}


def of_own_level() -> Any:
    """The condition of units that the caller oversees: all, or those of the own service offices' level (ID-31)."""
    if actor().orgs("system_admin", "auditor"):
        return Value(True)
    found: Any = Value(False)
    for region in own_regions():
        found |= Org.region.startswith(region)
    return found


def overlapping(one: list[str] | None, other: list[str] | None) -> bool:
    """Whether two item sets share an item; None is all items."""
    return one is None or other is None or bool(set(one) & set(other))


def dump(row: RoleGrant) -> dict[str, Any]:
    """A grant as it is shown."""
    return {
        "id": row.id,
        "staff": f"staff:{row.staff_id}",
        "role": row.role,
        "org": row.org,
        "items": row.items,
        "grantor": row.grantor,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "reported_by": row.reported_by,
        "filed_by": row.filed_by,
        "revoked_at": row.revoked_at,
    }


def _end(row: RoleGrant, reason: str) -> None:
    if row.revoked_at:
        return
    row.revoked_at, row.revoked_by, row.revoke_reason = clock.now(), actor().id, reason
    row.live_key = row.seat = None
    row.save()
    revocations.rights_lost(row.staff_id)
    audit.note("grant.revoked", f"staff:{row.staff_id}", reason=reason, details={"grant": row.id})
    told = {"revoked_at": clock.now(), "reason": reason}
    emit(events.StaffRevoked, row.id, _event(row, actor().id) | told, org=row.org)


def _event(row: RoleGrant, grantor: str) -> dict[str, Any]:
    return {
        "grant_id": row.id,
        "staff_ref": f"staff:{row.staff_id}",
        "role": row.role,
        "org_code": row.org,
        "item_codes": row.items or [],
        "grantor_ref": grantor,
    }


def _require_right(role: str, org: str, staff_id: str) -> None:
    """Handlers of letters are granted by the service office of their level, nobody grants to herself (ID-31, ID-36)."""
    if actor().id == f"staff:{staff_id}":
        raise forbidden("nobody gives or takes an own role")
    if role in GIVERS and not actor().orgs("system_admin"):
        raise forbidden("only a system administrator appoints those who give roles")
    if not _administers(org, {"service_office"} if role == "letters_handler" else {"system_admin", "service_office"}):
        raise _outside(org)


def _administers(org: str, roles: set[str]) -> bool:
    region = Org.get_or_refuse(org).region
    if "system_admin" in roles and actor().orgs("system_admin"):
        return True
    return any(region.startswith(own) for own in own_regions())


def _require_mobile(role: str, staff: Staff) -> None:
    if role in LEADERS and User.get_by_id(staff.id).mobile_hash is None:
        raise Refusal(
            "identity.leader-without-mobile",
            status=422,
            rule="ID-37",
            zh="分管领导和主要领导须登记手机号，超时提醒短信将发送到该号码。",
            en="A leader needs a mobile number: escalations are sent to it.",
            next_zh="请先登记该岗位的手机号。",
            next_en="Enter the number of the post first.",
        )


def _require_separation(staff: Staff, role: str, org: str, items: list[str] | None, single_reviewer: bool) -> None:
    """One person does not both accept and solely decide, except for items configured for one reviewer (ID-36)."""
    other = {"window_clerk": "decider", "decider": "window_clerk"}.get(role)
    if other is None or (single_reviewer and items):
        return
    for row in RoleGrant.select().where(
        RoleGrant.staff_id == staff.id, RoleGrant.role == other, RoleGrant.org == org, RoleGrant.revoked_at.is_null()
    ):
        if overlapping(items, row.items):
            raise Refusal(
                "identity.separation",
                rule="ID-36",
                zh="同一人不得既受理又独自决定同一事项。",
                en="The same person may not both accept and solely decide.",
                next_zh="请授予另一人；事项已配置为独任审核的，请限定事项并注明独任审核。",
                next_en="Choose somebody else; for items with a single reviewer, name the items and say so.",
            )


def _seat(role: str, org: str, staff: Staff) -> str | None:
    if role == "credit_admin":
        return f"{role}/{org}"
    if role != "letters_handler":
        return None
    if staff.post not in {"A", "B"}:
        raise Refusal(
            "identity.post-needed",
            status=422,
            rule="ID-30",
            zh="投诉建议咨询处理人员须为 A 岗或 B 岗。",
            en="A handler of letters holds post A or post B.",
            next_zh="请先为该人员登记 A 岗或 B 岗。",
            next_en="Give the person one of the two posts first.",
        )
    return f"{role}/{org}/{staff.post}"


def _occupied(staff_id: str, role: str, org: str) -> Refusal:
    if RoleGrant.select().where(RoleGrant.live_key == f"{staff_id}/{role}/{org}").exists():
        rule, zh, en = "ID-35", "该人员在此单位已有该角色。", "This person already has the role there."
    elif role == "credit_admin":
        rule, zh, en = "ID-32", "每个单位确定一名诚信档案管理员，该单位已有。", "The unit has its administrator."
    else:
        rule, zh, en = "ID-30", "每个单位 A、B 岗各一名，该岗已有人。", "The unit's post A or B is taken."
    return Refusal(
        "identity.grant-exists",
        rule=rule,
        zh=zh,
        en=en,
        next_zh="如需更换，请先撤销原授权。",
        next_en="To replace it, revoke the old grant first.",
    )


def _outside(org: str) -> Refusal:
    return Refusal(
        "identity.grant-outside-level",
        status=403,
        rule="ID-31",
        zh="超出您的授权层级：市级单位由市政务服务办授权，区及街镇单位由本区政务服务办授权。",
        en=f"{org} is outside your level: the city's office grants for city units, each district's for its own.",
        next_zh="请报有权的政务服务办授权。",
        next_en="Ask the service office of that level.",
    )
