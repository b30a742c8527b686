"""What services must no longer take although its token has not expired: ended sessions, lost roles (ID-25, ID-35).

They ask for it every few seconds (chassis.revocations)."""

from datetime import UTC, datetime
from typing import Any

from chassis import clock
from services.identity import keys
from services.identity.models import RightsChange, Session, User


def since(timestamp: float) -> dict[str, Any]:
    """All that was taken back since then and that a running token may still name."""
    wall = clock.wall()
    lasts = keys.OVERLAP
    begin = max(wall - lasts, datetime.fromtimestamp(min(timestamp, wall.timestamp()), UTC))
    ended = Session.select(Session.id).where(Session.ended_at >= begin)
    changed = (
        RightsChange.select(User.kind, RightsChange.id, RightsChange.generation)
        .join(User, on=(User.id == RightsChange.id))
        .where(RightsChange.changed_at >= begin)
    )
    return {
        "now": wall.timestamp(),
        "lasts": lasts.total_seconds(),
        "sessions": [row.id for row in ended],
        "rights": {f"{kind}:{user_id}": generation for kind, user_id, generation in changed.tuples()},
    }


def generation(user_id: str) -> int:
    """How often this account has lost rights; a token carries it, and counts no longer when it has risen."""
    row = RightsChange.get_or_none(RightsChange.id == user_id)
    return row.generation if row else 0


def rights_lost(user_id: str) -> None:
    """Tokens with the old rights end within seconds, and a refresh brings one with the new; in the open transaction."""
    RightsChange.insert(id=user_id, changed_at=clock.wall()).on_conflict_ignore().execute()
    RightsChange.update(generation=RightsChange.generation + 1, changed_at=clock.wall()).where(
        RightsChange.id == user_id
    ).execute()
