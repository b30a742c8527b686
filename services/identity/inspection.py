"""Looking into the records: by whom, about whom, when, why (ID-38)."""

from datetime import date
from typing import Any

from chassis import clock
from services.identity import audit
from services.identity.models import AccessAudit, LoginLog, User, database


def audited(query: dict[str, Any]) -> Any:
    """The lines of the audit that fit all that is given: actor, subject, action, case, days."""
    rows = AccessAudit.select()
    for name in ("actor", "subject", "action", "case_no"):
        if query[name]:
            rows = rows.where(getattr(AccessAudit, name) == query[name])
    return _within(rows, AccessAudit.at, query["since"], query["until"])


def logins(query: dict[str, Any]) -> Any:
    """The lines of the login log that fit: account or reference, kind, outcome, days. A look at one account's is itself
    on record."""
    rows = LoginLog.select()
    user_id = query["user"].partition(":")[2] if query["user"] else None
    if query["account"]:
        user = User.get_or_none(User.account == query["account"].strip().lower())
        if user is None or (user_id is not None and user_id != user.id):
            return rows.where(LoginLog.id.is_null())
        user_id = user.id
    if user_id is not None:
        rows = rows.where(LoginLog.user_id == user_id)
        if query["cursor"] is None:
            _note(user_id, query["reason"], query["case_no"])
    for name in ("kind", "outcome"):
        if query[name]:
            rows = rows.where(getattr(LoginLog, name) == query[name])
    return _within(rows, LoginLog.at, query["since"], query["until"])


def _note(user_id: str, reason: str | None, case_no: str | None) -> None:
    user = User.get_or_none(User.id == user_id)
    if user is not None:
        with database.transaction():
            audit.note("login_log.read", user.ref, reason=reason, case_no=case_no)


def _within(rows: Any, at: Any, since: date | None, until: date | None) -> Any:
    rows = rows.where(at >= clock.start_of(since)) if since else rows
    return rows.where(at < clock.end_of(until)) if until else rows
