"""SMS codes: six digits, five minutes, one use, bound to purpose and number, sparingly sent (ID-03, ID-04)."""

import hmac
from datetime import datetime, timedelta

from chassis import clock, deadlines, privacy
from chassis.errors import Refusal
from chassis.ids import random_digits
from chassis.outbox import emit
from contracts import rules
from contracts.commands import notifier
from services.identity.models import MobileGate, SmsCode, User, database

PURPOSES = ("register", "login", "reset", "bind")
TEMPLATE = "identity.sms_code"
EXPIRY = "sms_code_expiry"


def mobile_hash(mobile: str) -> str:
    """The keyed hash of a mobile number (ID-21)."""
    return privacy.lookup(mobile, "mobile")


def request(purpose: str, mobile: str) -> SmsCode:
    """Make a code and have it sent, within the limits of the number (ID-04).

    For login and recovery nothing is sent to a number without an account; the answer is the same, so it tells nothing.
    """
    digest = mobile_hash(mobile)
    validity = rules.value("identity.sms_code_validity").value
    with database.transaction():
        MobileGate.insert(id=digest).on_conflict_ignore().execute()
        MobileGate.locked(digest)
        now = clock.now()
        _require_room(digest, now)
        row = SmsCode(
            purpose=purpose,
            mobile_hash=digest,
            requested_at=now,
            expires_at=now + timedelta(minutes=validity),
            code_hash="",
        )
        known = purpose in {"register", "bind"} or User.select().where(User.mobile_hash == digest, User.active).exists()
        length = rules.value("identity.sms_code_len").value
        code = random_digits(length)
        row.code_hash = _code_hash(row.id, code)
        if known:
            row.mobile, row.code = mobile, code
        row.save(force_insert=True)
        if known:
            deadlines.at(EXPIRY, row.id, row.expires_at)
            _send(row, validity)
    return row


def check(purpose: str, mobile: str, code: str) -> str:
    """The id of the live code, if this is it. Every try counts, those at the same moment too; five burn it (ID-04)."""
    digest = mobile_hash(mobile)
    with database.transaction():
        row = (
            SmsCode.select()
            .where(SmsCode.mobile_hash == digest, SmsCode.purpose == purpose)
            .order_by(SmsCode.requested_at.desc(), SmsCode.id.desc())
            .first()
        )
        tried = row and SmsCode.update(tries=SmsCode.tries + 1).where(*_live(row.id)).execute()
        right = bool(tried) and hmac.compare_digest(row.code_hash, _code_hash(row.id, code))
        if right:  # only wrong tries burn a code: the form behind it may be refused for another reason
            SmsCode.update(tries=SmsCode.tries - 1).where(SmsCode.id == row.id).execute()
    if not right:
        raise _wrong()
    return row.id


def use(code_id: str) -> None:
    """Take the checked code, in the transaction of the act that it allows; of two at once one succeeds (ID-04)."""
    taken = SmsCode.update(used_at=clock.now(), code=None, mobile=None).where(*_live(code_id)).execute()
    if not taken:
        raise _wrong()
    deadlines.cancel(EXPIRY, code_id)


def wipe(code_id: str) -> None:
    """Forget code and number of an expired row; the hashes stay for the limits of the number."""
    SmsCode.update(code=None, mobile=None).where(SmsCode.id == code_id).execute()


def for_sending(code_id: str) -> tuple[str, dict[str, str]] | None:
    """Number and parameters of a code that is still worth sending."""
    row = SmsCode.get_or_none(*_live(code_id))
    if row is None or row.code is None:
        return None
    minutes = rules.value("identity.sms_code_validity").value
    return row.mobile, {"code": row.code, "minutes": str(minutes)}


def _live(code_id: str) -> list[object]:
    return [
        SmsCode.id == code_id,
        SmsCode.used_at.is_null(),
        SmsCode.expires_at > clock.now(),
        SmsCode.tries < rules.value("identity.sms_code_tries").value,
    ]


def _code_hash(code_id: str, code: str) -> str:
    return privacy.lookup(f"{code_id}:{code}", "sms-code")


def _require_room(digest: str, now: datetime) -> None:
    sent = [
        row.requested_at
        for row in SmsCode.select(SmsCode.requested_at)
        .where(SmsCode.mobile_hash == digest, SmsCode.requested_at > now - timedelta(hours=24))
        .order_by(SmsCode.requested_at)
    ]
    interval = timedelta(seconds=rules.value("identity.sms_code_interval").value)
    hour, day = rules.value("identity.sms_code_per_hour").value, rules.value("identity.sms_code_per_24h").value
    waits = [now]
    if sent:
        waits.append(sent[-1] + interval)
    if len(sent) >= hour:
        waits.append(sent[-hour] + timedelta(hours=1))
    if len(sent) >= day:
        waits.append(sent[-day] + timedelta(hours=24))
    again = max(waits)
    if again > now:
        seconds = -int(-(again - now).total_seconds() // 1)
        raise Refusal(
            "identity.code-too-often",
            status=429,
            rule="ID-04",
            zh=f"验证码发送过于频繁，请 {seconds} 秒后再试。",
            en=f"Codes are asked for too often; wait {seconds} seconds.",
            next_zh=f"同一手机号每 60 秒 1 条，每小时 {hour} 条，24 小时 {day} 条。",
            next_en=f"One number gets one code a minute, {hour} an hour, {day} in 24 hours.",
            headers={"Retry-After": str(seconds)},
            retry_after=seconds,
        )


def _send(row: SmsCode, minutes: int) -> None:
    emit(
        notifier.SendSms,
        f"sms-code:{row.id}",
        {
            "template": TEMPLATE,
            "recipient": f"sms-code:{row.id}",
            "params": {"minutes": str(minutes)},
            "urgent": True,
            "mandatory": True,
            "dedupe_key": f"sms-code:{row.id}",
        },
    )


def _wrong() -> Refusal:
    return Refusal(
        "identity.code-wrong",
        status=422,
        rule="ID-04",
        zh="手机验证码不正确或已失效。",
        en="The SMS code is wrong or no longer valid.",
        next_zh="请核对短信中的 6 位验证码，或重新获取。",
        next_en="Check the six digits of the message, or ask for a new code.",
        fields={"code": ["wrong-or-expired"]},
    )
