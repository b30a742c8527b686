"""Real-name verification of a personal account (ID-06 to ID-09)."""

from dataclasses import dataclass
from typing import Any

from peewee import IntegrityError

from chassis import clock
from chassis.errors import Refusal
from chassis.outbox import emit
from contracts.events import identity as events
from services.identity import audit, guards, numbers, providers
from services.identity.models import Person, User, database


@dataclass(frozen=True)
class Asked:
    """What a provider was asked about: it must still be what the account says when the answer is recorded."""

    name: str
    id_no_hash: str


def entrance(user: User) -> dict[str, Any] | None:
    """Where a personal account goes to be verified, by each method; None once it is, or for other accounts (ID-07)."""
    if user.kind != "person" or user.level >= 1:
        return None
    path = "/api/identity/v1/me/verification"
    ways = [{"method": method, "path": path} for method in providers.VERIFIERS]
    ways += [{"method": method, "path": f"{path}/redirects"} for method in providers.REDIRECTS]
    return {"zh": "高级认证", "en": "Real-name verification", "ways": ways}


def verify(user_id: str, method: str, card_no: str) -> User:
    """Compare name, document number and bank card; one document number verifies one account (ID-08, ID-09)."""
    user = User.get_or_refuse(user_id)
    person = Person.get_or_refuse(user_id)
    if user.level >= 1:
        return user
    if Person.select().where(Person.verified_hash == person.id_no_hash).exists():
        raise held()
    reference = compare(user.ref, method, person.name, person.id_no, card_no)
    return record(user_id, method, reference, Asked(person.name, person.id_no_hash))


def compare(who: str, method: str, name: str, id_no: str, card_no: str) -> str:
    """Ask the provider whether name, document number and card are of one holder; its reference. The tries of `who`
    are counted (ID-08, ID-17)."""
    card = card_no.replace(" ", "")
    if not numbers.luhn(card):
        raise _mismatch()
    guard = guards.key("verification", who)
    guards.enter(guard)
    database.release()
    try:
        verdict = providers.VERIFIERS[method].check(name, id_no, card)
    except Refusal:
        guards.returned(guard)
        raise
    if not verdict.matches:
        guards.failed(guard)
        raise _mismatch()
    guards.passed(guard)
    return verdict.reference


def record(user_id: str, method: str, reference: str, asked: Asked) -> User:
    """The provider said yes: the account is verified; an answer about other data is void (ID-08, ID-09)."""
    try:
        with database.transaction():
            return _record(user_id, method, reference, asked)
    except IntegrityError:
        raise held() from None


def _record(user_id: str, method: str, reference: str, asked: Asked) -> User:
    user, person = User.get_or_refuse(User.id == user_id, User.active, lock=True), Person.locked(user_id)
    if user.level >= 1:
        return user
    if asked != Asked(person.name, person.id_no_hash):
        raise _mismatch()
    now = clock.now()
    person.verified_hash = person.id_no_hash
    person.verified_at, person.verify_method, person.verify_ref = now, method, reference
    person.save()
    user.level = 1
    user.save()
    audit.note("user.verified", user.ref, reason=method)
    emit(
        events.UserVerified,
        user.ref,
        {"user_ref": user.ref, "method": method, "level": 1, "verified_at": now},
    )
    return user


def held() -> Refusal:
    """The refusal of a document number that another account holds (ID-09)."""
    return Refusal(
        "identity.id-number-verified-elsewhere",
        rule="ID-09",
        zh="该证件号码已有一个实名认证账号。",
        en="This document number already has a real-name verified account.",
        next_zh="请登录原账号；忘记账号或密码可用手机验证码找回。",
        next_en="Log in to that account; recover it by SMS code if you have forgotten it.",
    )


def _mismatch() -> Refusal:
    return Refusal(
        "identity.verification-failed",
        status=422,
        rule="ID-08",
        zh="姓名、证件号码与银行卡不一致，认证未通过。",
        en="Name, document number and bank card do not belong together; not verified.",
        next_zh="请使用本人银行卡并核对卡号；姓名或证件号码填错的，请先在个人资料中更正。",
        next_en="Use your own card and check its number; correct name or document number in your profile first.",
        fields={"card_no": ["mismatch"]},
    )
