"""Posts in units and their accounts (ID-22, ID-35)."""

from typing import Any

from peewee import IntegrityError

from chassis import privacy
from chassis.auth import actor, forbidden
from chassis.errors import Refusal
from services.identity import audit, codes, factors, grants, guards, passwords, sessions
from services.identity.models import Org, RoleGrant, Staff, User, database


def listed(org: str | None = None, role: str | None = None) -> Any:
    """The query of posts, of a unit and with a role (ID-33: the list of coordinators is public to all units)."""
    query = Staff.select()
    if role:
        held = RoleGrant.select(RoleGrant.staff_id).where(grants.running(), RoleGrant.role == role)
        if org:
            held = held.where(RoleGrant.org == org)
        return query.where(Staff.id.in_(held))
    return query.where(Staff.org == org) if org else query


def dump(row: Staff) -> dict[str, Any]:
    """A post as colleagues and peers see it: no number (ID-21)."""
    return {
        "id": row.id,
        "ref": f"staff:{row.id}",
        "display_name": row.display_name,
        "org": row.org,
        "post": row.post,
        "sample": row.sample,
        "grants": grants.running_of(row.id),
    }


def create(data: dict[str, Any]) -> Staff:
    """Open the account of a post. It cannot log in until a one-time password was issued (ID-22)."""
    grants.require_level(data["org"])
    account, mobile = data["account"].lower(), data.get("mobile")
    nobody = passwords.hashed(passwords.one_time())
    try:
        with database.transaction():
            user = User.create(
                kind="staff",
                account=account,
                password_hash=nobody,
                mobile=mobile,
                mobile_hash=codes.mobile_hash(mobile) if mobile else None,
                must_change_password=True,
                region=Org.get_or_refuse(data["org"]).region,
            )
            row = Staff.create(
                id=user.id,
                display_name=data["display_name"].strip(),
                org=data["org"],
                post=data.get("post"),
                created_by=actor().id,
            )
            audit.note("staff.created", user.ref, details={"org": row.org})
    except IntegrityError:
        taken = "account" if User.select().where(User.account == account).exists() else "mobile"
        raise Refusal(
            f"identity.{taken}-taken",
            rule="ID-35",
            zh="该账号名或手机号已被使用。",
            en="The account name or the number is taken.",
            next_zh="请更换后再试。",
            next_en="Choose another one.",
            fields={taken: ["taken"]},
        ) from None
    return row


def issue_password(staff_id: str) -> str:
    """A new one-time password, shown once to who asked for it; ends all sessions of the account (ID-22, ID-23)."""
    row = Staff.get_or_refuse(staff_id)
    grants.require_over(row)
    password = passwords.one_time()
    fresh = passwords.hashed(password)
    with database.transaction():
        User.update(password_hash=fresh, must_change_password=True).where(User.id == staff_id).execute()
        user = User.get_by_id(staff_id)
        sessions.end_all(staff_id, "administrator")
        guards.passed(passwords.guard_of("staff", user, user.account))
        audit.note("password.issued", user.ref)
    return password


def set_mobile(staff_id: str, mobile: str) -> Staff:
    """Enter the number of a post: leaders need one (ID-37)."""
    row = Staff.get_or_refuse(staff_id)
    grants.require_over(row)
    with database.transaction():
        user = User.locked(staff_id)
        user.mobile, user.mobile_hash = mobile, privacy.lookup(mobile, "mobile")
        user.save()
        audit.note("mobile.changed", user.ref, reason="administrator")
    return row


def reset_factor(staff_id: str, reason: str) -> None:
    """Drop a second factor whose owner lost it; nobody does that for the own account. Ends all its sessions (ID-24)."""
    row = Staff.get_or_refuse(staff_id)
    grants.require_over(row)
    if actor().id == f"staff:{staff_id}":
        raise forbidden("nobody drops the own second factor without its code")
    with database.transaction():
        factors.forget(staff_id, reason)
        sessions.end_all(staff_id, "administrator")
        guards.passed(guards.key("factor", f"staff:{staff_id}"))
