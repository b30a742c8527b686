"""The posts that units must fill: who coordinates is public, what is vacant is for who appoints (ID-30 to ID-33)."""

from typing import Any

from services.identity import grants
from services.identity.models import Org, RoleGrant, Staff

# Letters to a unit go to its own handlers; halls and windows belong to a unit that has them, supervisors get none.
LETTER_KINDS = ("approving", "service", "utility", "zone")
VACANCIES = ("letters_handler_a", "letters_handler_b", "credit_admin", "coordinator")


def coordinators(*, region: str | None, org: str | None, side: str | None) -> Any:
    """The linkage coordinators 审管协调员 of approving and supervising units, for everybody (ID-33)."""
    query = (
        RoleGrant.select(RoleGrant, Staff.display_name, Org.name, Org.region, Org.kind, Org.parent)
        .join(Staff, on=(Staff.id == RoleGrant.staff_id))
        .switch(RoleGrant)
        .join(Org, on=(Org.id == RoleGrant.org))
        .where(RoleGrant.role == "coordinator", grants.running(), Org.active)
        .objects()
    )
    if region:
        query = query.where(Org.region.startswith(region))
    if org:
        query = query.where((Org.id == org) | (Org.parent == org))
    if side:
        query = query.where((Org.kind == "supervising") if side == "supervision" else (Org.kind != "supervising"))
    return query


def coordinator(row: Any) -> dict[str, Any]:
    """A coordinator as everybody sees the post: no account, no number."""
    return {
        "org": row.org,
        "org_name": row.name,
        "parent": row.parent,
        "region": row.region,
        "side": "supervision" if row.kind == "supervising" else "approval",
        "display_name": row.display_name,
        "since": row.valid_from,
    }


def vacancies(what: str | None) -> Any:
    """The units of the caller's level in which one of the posts is vacant today (ID-30, ID-32, ID-33)."""
    lacking = {name: _lacks(name) for name in VACANCIES}
    wanted = [lacking[what]] if what else list(lacking.values())
    found = wanted[0]
    for condition in wanted[1:]:
        found |= condition
    columns = (condition.alias(name) for name, condition in lacking.items())
    return Org.select(Org, *columns).where(Org.active, found, grants.of_own_level())


def vacancy(row: Any) -> dict[str, Any]:
    """A unit and what is vacant there."""
    missing = [name for name in VACANCIES if getattr(row, name)]
    return {"org": row.id, "org_name": row.name, "region": row.region, "kind": row.kind, "vacant": missing}


def _lacks(name: str) -> Any:
    if name.startswith("letters_handler"):
        held = _held("letters_handler").where(RoleGrant.seat.endswith(f"/{name[-1].upper()}"))
        return Org.kind.in_(LETTER_KINDS) & Org.id.not_in(held)
    wanting = _approving_offices()
    if name == "coordinator":
        wanting |= Org.kind == "supervising"
    return wanting & Org.id.not_in(_held(name))


def _held(role: str) -> Any:
    return RoleGrant.select(RoleGrant.org).where(RoleGrant.role == role, grants.running())


def _approving_offices() -> Any:
    """Who approves itself: a department's approving office, or the department when it has none (ID-32)."""
    below = Org.alias()
    above = below.select(below.parent).where(below.kind == "approving", below.active, below.parent.is_null(False))
    return (Org.kind == "approving") & Org.id.not_in(above)
