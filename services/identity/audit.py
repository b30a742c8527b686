"""The audit of logins, grants and reads of other people's data: who, when, what, why (ID-38)."""

from collections.abc import Mapping
from typing import Any

from flask import has_request_context, request

from chassis import clock
from chassis.auth import actor
from services.identity.models import AccessAudit, LoginLog, User


def note(
    action: str,
    subject: str,
    *,
    reason: str | None = None,
    case_no: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write one line about a grant, a change or a read; it never holds the data that was read."""
    AccessAudit.create(
        at=clock.now(),
        actor=actor().id,
        action=action,
        subject=subject,
        reason=reason,
        case_no=case_no,
        details=dict(details) if details else None,
    )


def login(kind: str, user: User | None, outcome: str, session_id: str | None = None) -> None:
    """Write one line about a login, a failed one or a logout."""
    LoginLog.create(
        at=clock.now(),
        kind=kind,
        user_id=user.id if user else None,
        outcome=outcome,
        session_id=session_id,
        device=device(),
    )


def device() -> str | None:
    """What the browser says it is, cut short."""
    return (request.headers.get("User-Agent") or "")[:120] or None if has_request_context() else None
