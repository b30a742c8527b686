"""Who holds both ends of the same items: accepting and deciding. Allowed with a single reviewer only (ID-36)."""

from typing import Any

from services.identity import grants
from services.identity.models import Org, RoleGrant


def conflicts() -> Any:
    """The query of deciders who accept in the same unit today, in the units of the caller's level; a filter on items
    follows in `conflict`, because item sets are lists."""
    accepting = RoleGrant.alias()
    today = grants.running(grant=accepting)
    return (
        RoleGrant.select(RoleGrant, accepting.id.alias("accepting_id"), accepting.items.alias("accepting_items"))
        .join(accepting, on=((accepting.staff_id == RoleGrant.staff_id) & (accepting.org == RoleGrant.org)))
        .where(RoleGrant.role == "decider", accepting.role == "window_clerk", grants.running(), today)
        .where(RoleGrant.org.in_(Org.select(Org.id).where(grants.of_own_level())))
        .objects()
    )


def conflict(row: Any) -> dict[str, Any] | None:
    """One post that accepts and decides; None when the items differ."""
    if not grants.overlapping(row.items, row.accepting_items):
        return None
    return {
        "staff": f"staff:{row.staff_id}",
        "org": row.org,
        "deciding_grant": row.id,
        "accepting_grant": row.accepting_id,
        "deciding_items": row.items,
        "accepting_items": row.accepting_items,
        "grantor": row.grantor,
    }
