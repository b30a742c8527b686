"""Real-name verification at a provider's own page (Alipay): there and back again, bound to account and browser (ID-08).

Name and number go to the provider behind the scenes; the browser carries a `state` of ours there and brings it back
with a code of the provider. Only the account that began may finish, once, with both: who is lured into confirming a
stranger's request at the provider comes back with a state that is not of the own account, and the stranger never sees
the code.
"""

import secrets
from datetime import timedelta
from typing import Any

from chassis import clock
from chassis.errors import Refusal
from services.identity import guards, providers, sessions, verification
from services.identity.models import Person, RedirectTicket, User, database

VALIDITY = timedelta(minutes=10)


def begin(user_id: str, method: str, return_url: str) -> dict[str, Any]:
    """Tell the provider who is coming and where to send the browser; its page opens with the answer's address."""
    user, person = User.get_or_refuse(user_id), Person.get_or_refuse(user_id)
    if user.level >= 1:
        raise _verified_already()
    if Person.select().where(Person.verified_hash == person.id_no_hash).exists():
        raise verification.held()
    state = secrets.token_urlsafe(32)
    guard = guards.key("verification", user.ref)
    guards.require_open(guard)
    database.release()
    begun = providers.REDIRECTS[method].begin(person.name, person.id_no, state, return_url)
    expires = clock.wall() + VALIDITY
    RedirectTicket.create(
        user_id=user_id,
        method=method,
        state_hash=sessions.token_hash(state),
        provider_ref=begun.reference,
        name=person.name,
        id_no_hash=person.id_no_hash,
        expires_at=expires,
    )
    return {"redirect_url": begun.url, "state": state, "expires_at": expires}


def finish(user_id: str, state: str, code: str) -> User:
    """The browser is back: take the state, once, and ask the provider what became of it."""
    user = User.get_or_refuse(user_id)
    ticket = RedirectTicket.get_or_none(
        RedirectTicket.state_hash == sessions.token_hash(state), RedirectTicket.user_id == user_id
    )
    mine = [RedirectTicket.id == ticket.id, RedirectTicket.used_at.is_null()] if ticket else []
    live = [*mine, RedirectTicket.expires_at > clock.wall()]
    if ticket is None or not RedirectTicket.update(used_at=clock.wall()).where(*live).execute():
        raise _dead()
    guard = guards.key("verification", user.ref)
    try:
        guards.enter(guard)
        database.release()
        try:
            verdict = providers.REDIRECTS[ticket.method].finish(ticket.provider_ref, code)
        except Refusal:
            guards.returned(guard)
            raise
    except Refusal:  # nothing was asked, or nothing was answered: the same way back is still open
        RedirectTicket.update(used_at=None).where(RedirectTicket.id == ticket.id).execute()
        raise
    if not verdict.matches:
        guards.failed(guard)
        raise _not_confirmed()
    guards.passed(guard)
    asked = verification.Asked(ticket.name, ticket.id_no_hash)
    return verification.record(user_id, ticket.method, verdict.reference, asked)


def _verified_already() -> Refusal:
    return Refusal(
        "identity.verified-already",
        rule="ID-08",
        zh="您的账号已完成实名认证。",
        en="Your account is verified already.",
        next_zh="可直接办理事项。",
        next_en="Go on to the item.",
    )


def _dead() -> Refusal:
    return Refusal(
        "identity.redirect-dead",
        status=410,
        rule="ID-08",
        zh="本次认证请求无效、已使用或已过期。",
        en="This verification was not begun by your account, is used up or has expired.",
        next_zh="请重新发起实名认证。",
        next_en="Begin the verification again.",
    )


def _not_confirmed() -> Refusal:
    return Refusal(
        "identity.not-confirmed",
        status=422,
        rule="ID-08",
        zh="支付宝未确认该姓名和证件号码属于其实名用户，认证未通过。",
        en="The provider did not confirm that name and number are those of its verified user; not verified.",
        next_zh="请使用本人已实名的支付宝账号重试，或改用银行卡认证；资料填错的，请先更正。",
        next_en="Use your own verified account there, or a bank card; correct name or number in your profile first.",
    )
