"""Sessions: log in, refresh, log out; refresh tokens rotate and a stolen one ends the family (ID-01, ID-16, ID-25)."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from chassis import clock
from chassis.auth import unauthorised
from chassis.errors import Refusal
from contracts import rules
from services.identity import audit, codes, directory, factors, grants, keys, options, origins, passwords, revocations
from services.identity.models import RefreshToken, Session, User, database

LONGEST = timedelta(hours=12)  # a session ends then even without a pause
TOGETHER = timedelta(seconds=10)  # two requests of one browser may refresh at the same moment


def log_in(kind: str, account: str, password: str, proof: str | None = None) -> dict[str, Any]:
    """Open a session by account (legal persons also by USCC), password and second factor, if any (ID-16, ID-24)."""
    user = passwords.authenticate(kind, account, password)
    factors.require(user, proof)
    with database.transaction():
        return open_for(user)


def log_in_by_code(kind: str, mobile: str, code: str) -> dict[str, Any]:
    """Open a session by mobile number and SMS code (ID-16)."""
    code_id = codes.check("login", mobile, code)
    with database.transaction():
        codes.use(code_id)
        user = User.get_or_none(User.kind == kind, User.mobile_hash == codes.mobile_hash(mobile), User.active)
        if user is None:
            raise passwords.refused()
        return open_for(user)


def open_for(user: User) -> dict[str, Any]:
    """A new session of this account, in the open transaction; the answer of a login."""
    wall = clock.wall()
    session = Session.create(
        user_id=user.id,
        device=audit.device(),
        started_at=wall,
        last_seen_at=wall,
        idle_until=wall + idle(user.kind),
        **origins.network(),
    )
    User.update(last_login_at=clock.now()).where(User.id == user.id).execute()
    audit.login(user.kind, user, "ok", session.id)
    return _tokens(user, session)


def refresh(token: str) -> dict[str, Any]:
    """New tokens for a refresh token that was not used yet; one used before ends its whole family."""
    with database.transaction():
        row = RefreshToken.get_or_none(RefreshToken.token_hash == token_hash(token))
        session = Session.locked(row.session_id) if row else None
        wall = clock.wall()
        if row is None or session is None or session.ended_at or session.idle_until <= wall or row.expires_at <= wall:
            raise unauthorised()
        user = User.get_or_none(User.id == session.user_id, User.active)
        if user is None:
            raise unauthorised()
        won = (
            RefreshToken.update(used_at=wall).where(RefreshToken.id == row.id, RefreshToken.used_at.is_null()).execute()
        )
        if won:
            session.last_seen_at, session.idle_until = wall, wall + idle(user.kind)
            session.save()
            return _tokens(user, session)
        used_at = RefreshToken.get_by_id(row.id).used_at
        if wall - used_at < TOGETHER:
            raise Refusal(
                "identity.refreshed-meanwhile",
                zh="登录状态刚刚已在本浏览器的另一请求中续期。",
                en="Another request of this browser has just renewed the login.",
                next_zh="请使用最新的登录状态继续。",
                next_en="Go on with the tokens of that request.",
            )
        _end(Session.id == session.id, "reuse")
        audit.login(user.kind, user, "refreshed_twice", session.id)
    raise unauthorised()


def end(session_id: str | None, user_id: str, why: str = "logout") -> None:
    """Log out one device."""
    _log_out((Session.id == (session_id or "")) & (Session.user_id == user_id), user_id, why, session_id)


def end_all(user_id: str, why: str = "all_devices") -> None:
    """Log out every device of an account (ID-25)."""
    _log_out(Session.user_id == user_id, user_id, why, None)


def renewed_access(user: User, session_id: str | None) -> dict[str, Any]:
    """An access token for a running session whose account has just changed (a new level)."""
    return {"access_token": keys.sign(_claims(user, session_id or "")), "expires_in": keys.TOKEN_SECONDS}


def idle(kind: str) -> timedelta:
    """How long a session may rest: 30 minutes for citizens, 15 for staff (ID-25)."""
    key = "identity.idle_staff" if kind == "staff" else "identity.idle_citizen"
    return timedelta(minutes=rules.value(key).value)


def _log_out(which: Any, user_id: str, why: str, session_id: str | None) -> None:
    with database.transaction():
        if _end(which, why):
            user = User.get_by_id(user_id)
            audit.login(user.kind, user, why, session_id)


def _end(which: Any, why: str) -> int:
    return Session.update(ended_at=clock.wall(), ended_by=why).where(which, Session.ended_at.is_null()).execute()


def _tokens(user: User, session: Session) -> dict[str, Any]:
    token = secrets.token_urlsafe(32)
    ends, claims = session.started_at + LONGEST, _claims(user, session.id)
    RefreshToken.create(session_id=session.id, token_hash=token_hash(token), expires_at=min(session.idle_until, ends))
    return {
        "access_token": keys.sign(claims),
        "refresh_token": token,
        "token_type": "Bearer",
        "expires_in": keys.TOKEN_SECONDS,
        "idle_seconds": int(idle(user.kind).total_seconds()),
        "must_change_password": user.must_change_password,
        "must_add_second_factor": claims["add_factor"],
        "ref": user.ref,
        "kind": user.kind,
        "level": user.level,
    }


def _claims(user: User, session_id: str) -> dict[str, Any]:
    staff = user.kind == "staff"
    enrolled = staff and factors.enrolled(user.id)
    return {
        "sub": user.ref,
        "kind": user.kind,
        "name": directory.name_masked(user),
        "level": user.level,
        "gen": revocations.generation(user.id)
        if staff
        else 0,  # read before the grants: rights lost meanwhile end this token
        "grants": grants.for_token(user.id) if staff else [],
        "sid": session_id,
        "change_password": user.must_change_password,
        "factor": enrolled,
        "add_factor": staff and options.current.factor_required and not enrolled,
    }


def token_hash(token: str) -> str:
    """How a random token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()
