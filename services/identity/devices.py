"""The devices on which an account is logged in: see them, end one (ID-25)."""

from typing import Any

from chassis import clock
from chassis.auth import unauthorised
from services.identity import sessions
from services.identity.models import Session, database


def running() -> Any:
    """The condition of sessions that can go on: not ended, not idle too long, not too old."""
    wall = clock.wall()
    return Session.ended_at.is_null() & (Session.idle_until > wall) & (Session.started_at > wall - sessions.LONGEST)


def mine(user_id: str) -> Any:
    """The running sessions of an account."""
    return Session.select().where(Session.user_id == user_id, running())


def dump(row: Session, current: str | None) -> dict[str, Any]:
    """A session as the owner of the account sees it."""
    return {
        "id": row.id,
        "device": row.device,
        "started_at": row.started_at,
        "last_seen_at": row.last_seen_at,
        "network": row.network,
        "network_class": row.network_class,
        "current": row.id == current,
    }


def end(user_id: str, session_id: str) -> None:
    """Log out one device of the own account; one that has ended already stays as it is."""
    with database.transaction():
        Session.get_or_refuse(Session.id == session_id, Session.user_id == user_id)
        sessions.end(session_id, user_id, "other_device")


def require_running(session_id: str | None, user_id: str) -> None:
    """Refuse a token whose session has ended: here that counts at once, elsewhere within seconds."""
    if not Session.select().where(Session.id == session_id, Session.user_id == user_id, running()).exists():
        raise unauthorised()
