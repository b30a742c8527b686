"""Login of a second device by QR code: it shows a ticket, a logged-in phone approves it, the device collects (ID-16).

The ticket travels in the picture; whoever photographs it can do nothing with it but offer it to an own account. The
session goes only to who holds the secret that the asking device got with the ticket, once, and only while the phone
that approved is still logged in itself.
"""

import hmac
import secrets
from datetime import timedelta
from typing import Any

from chassis import clock
from chassis.errors import Refusal
from services.identity import audit, devices, origins, sessions
from services.identity.models import LoginTicket, Session, User, database

VALIDITY = timedelta(minutes=2)


def ask(kind: str) -> dict[str, Any]:
    """A new ticket for the login page of this kind, and the secret by which this device collects."""
    ticket, secret = secrets.token_urlsafe(24), secrets.token_urlsafe(32)
    row = LoginTicket.create(
        kind=kind,
        ticket_hash=sessions.token_hash(ticket),
        secret_hash=sessions.token_hash(secret),
        device=audit.device(),
        expires_at=clock.wall() + VALIDITY,
        **origins.network(),
    )
    return {"ticket": ticket, "secret": secret, "expires_at": row.expires_at}


def scan(user_id: str, session_id: str | None, ticket: str) -> dict[str, Any]:
    """The phone has read the ticket: from now on it is this account's, and the phone shows who asks."""
    user = User.get_or_refuse(user_id)
    row = _live(ticket)
    if row.kind != user.kind:
        raise _other_page(row.kind)
    taken = (
        LoginTicket.update(user_id=user_id, session_id=session_id)
        .where(LoginTicket.id == row.id, LoginTicket.user_id.is_null() | (LoginTicket.session_id == session_id))
        .execute()
    )
    if not taken:
        raise dead()
    return {
        "device": row.device,
        "network": row.network,
        "network_class": row.network_class,
        "asked_at": row.created_at,
        "expires_at": row.expires_at,
    }


def answer(user_id: str, session_id: str | None, ticket: str, approved: bool) -> None:
    """The owner says yes or no, once, on the phone that has read the ticket."""
    with database.transaction():
        row = _live(ticket)
        decided = (
            LoginTicket.update(approved=approved)
            .where(
                LoginTicket.id == row.id,
                LoginTicket.user_id == user_id,
                LoginTicket.session_id == session_id,
                LoginTicket.approved.is_null(),
            )
            .execute()
        )
        if not decided:
            raise dead()
        ref = f"{row.kind}:{user_id}"
        audit.note("login.approved" if approved else "login.declined", ref, details={"device": row.device})


def collect(ticket: str, secret: str) -> dict[str, Any]:
    """What the asking device polls: `waiting`, `scanned`, or once `approved` with the tokens of its new session."""
    row = _live(ticket)
    if not hmac.compare_digest(row.secret_hash, sessions.token_hash(secret)) or row.approved is False:
        raise dead()
    if row.approved is None:
        return {"state": "scanned" if row.user_id else "waiting", "tokens": None}
    with database.transaction():
        mine = LoginTicket.update(used_at=clock.wall()).where(LoginTicket.id == row.id, LoginTicket.used_at.is_null())
        if not mine.execute():
            raise dead()
        user = User.get_or_none(User.id == row.user_id, User.active)
        phone = Session.get_or_none(Session.id == row.session_id, devices.running())
        if user is None or phone is None:
            raise dead()
        return {"state": "approved", "tokens": sessions.open_for(user)}


def dead() -> Refusal:
    """The one refusal of a ticket: unknown, expired, taken, declined, used or asked with a wrong secret alike."""
    return Refusal(
        "identity.ticket-dead",
        status=410,
        rule="ID-16",
        zh="二维码无效或已失效。",
        en="This QR code is not valid, or not valid any more.",
        next_zh="请在登录页刷新二维码后重新扫描。",
        next_en="Refresh the code on the login page and scan it again.",
    )


def _live(ticket: str) -> LoginTicket:
    row = LoginTicket.get_or_none(
        LoginTicket.ticket_hash == sessions.token_hash(ticket),
        LoginTicket.expires_at > clock.wall(),
        LoginTicket.used_at.is_null(),
    )
    if row is None:
        raise dead()
    return row


def _other_page(kind: str) -> Refusal:
    page_zh, page_en = {"person": ("个人", "personal accounts"), "legal": ("法人", "legal persons")}[kind]
    return Refusal(
        "identity.other-login-page",
        rule="ID-01",
        zh=f"该二维码来自{page_zh}登录页，与您的账号类型不符。",
        en=f"This QR code comes from the login page of {page_en}; your account is of the other kind.",
        next_zh="请在与您账号类型一致的登录页扫码。",
        next_en="Scan the code of the page of your kind.",
    )
