"""The second factor of staff: codes of an authenticator app, and recovery codes for a lost one (ID-24)."""

import re
import secrets
from typing import Any

from chassis import clock, privacy
from chassis.errors import Refusal
from services.identity import audit, guards, options, passwords, totp
from services.identity.models import RecoveryCode, SecondFactor, User, database

RECOVERY_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def enrolled(user_id: str) -> bool:
    """Whether the account has a confirmed second factor."""
    return SecondFactor.select().where(SecondFactor.id == user_id, SecondFactor.confirmed_at.is_null(False)).exists()


def view(user_id: str) -> dict[str, Any]:
    """What the owner sees of it."""
    row = SecondFactor.get_or_none(SecondFactor.id == user_id)
    left = RecoveryCode.select().where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_null()).count()
    return {
        "enrolled": bool(row and row.confirmed_at),
        "confirmed_at": row.confirmed_at if row else None,
        "recovery_codes_left": left,
        "required": options.current.factor_required,
    }


def begin(user_id: str, password: str, proof: str | None) -> dict[str, str]:
    """A fresh secret for the app, in force once a code of it has come back. The one before goes on until then."""
    user = User.get_or_refuse(user_id)
    user = passwords.authenticate(user.kind, user.account, password)
    require(user, proof)
    secret = totp.new_secret()
    with database.transaction():
        SecondFactor.insert(id=user.id).on_conflict_ignore().execute()
        row = SecondFactor.locked(user.id)
        row.pending = secret
        row.save()
    return {"secret": secret, "provisioning_uri": totp.uri(secret, user.account)}


def confirm(user_id: str, code: str) -> list[str]:
    """The app shows the right codes: from now on each login asks for one. Returns the recovery codes, shown once."""
    fresh = ["".join(secrets.choice(_LETTERS) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    with database.transaction():
        row = SecondFactor.locked(user_id)
        if row is None or row.pending is None:
            raise _nothing_pending()
        step = totp.step_of(row.pending, code, clock.wall().timestamp(), after=0)
        if step is None:
            raise wrong(status=422)
        row.secret, row.pending, row.last_step, row.confirmed_at = row.pending, None, step, clock.wall()
        row.save()
        RecoveryCode.delete().where(RecoveryCode.user_id == user_id).execute()
        for recovery in fresh:
            RecoveryCode.create(user_id=user_id, code_hash=_hash(user_id, recovery))
        audit.note("factor.confirmed", f"staff:{user_id}")
    return [f"{recovery[:5]}-{recovery[5:]}" for recovery in fresh]


def require(user: User, proof: str | None) -> None:
    """Refuse unless the account has no second factor or this is its code, never used before."""
    if user.kind != "staff" or not enrolled(user.id):
        return
    if proof is None:
        audit.login(user.kind, user, "factor_needed")
        raise needed()
    guard = guards.key("factor", user.ref)
    try:
        guards.enter(guard)
    except Refusal:
        audit.login(user.kind, user, "locked")
        raise
    with database.transaction():
        right = _take(user.id, proof)
        if right:
            guards.passed(guard)
        else:
            audit.login(user.kind, user, "wrong_factor")
            guards.failed(guard, lambda until: passwords.report_lock(user, until, "failed_codes"))
    if not right:
        raise wrong()


def remove(user_id: str, password: str, proof: str | None) -> None:
    """Go back to the password alone, where the deployment allows it."""
    if options.current.factor_required:
        raise Refusal(
            "identity.second-factor-required",
            rule="ID-24",
            zh="本系统要求工作人员使用第二验证因子，不能停用。",
            en="All staff of this hall need a second factor; it cannot be removed.",
            next_zh="更换手机的，请重新绑定验证器。",
            next_en="With a new phone, add the authenticator again.",
        )
    user = User.get_or_refuse(user_id)
    user = passwords.authenticate(user.kind, user.account, password)
    require(user, proof)
    forget(user.id, reason="own wish")


def forget(user_id: str, reason: str) -> None:
    """Drop secret and recovery codes; the next login asks for the password alone."""
    with database.transaction():
        SecondFactor.delete().where(SecondFactor.id == user_id).execute()
        RecoveryCode.delete().where(RecoveryCode.user_id == user_id).execute()
        audit.note("factor.removed", f"staff:{user_id}", reason=reason)


def needed() -> Refusal:
    """The password is right, and a code must come with it."""
    return Refusal(
        "identity.second-factor-needed",
        status=401,
        rule="ID-24",
        zh="密码正确，还须输入验证器上的 6 位动态码。",
        en="The password is right; the code of your authenticator is needed too.",
        next_zh="请输入动态码后再次登录；验证器遗失的，请使用恢复码。",
        next_en="Log in again with the code; without the authenticator use a recovery code.",
        fields={"second_factor": ["needed"]},
    )


def wrong(status: int = 401) -> Refusal:
    """Not the code of now, or one that was used before."""
    return Refusal(
        "identity.second-factor-wrong",
        status=status,
        rule="ID-24",
        zh="动态码不正确或已使用过。",
        en="The code is wrong or was used before.",
        next_zh="请等待验证器显示下一个动态码后再试，并核对手机时间。",
        next_en="Wait for the next code and check the time of your phone.",
        fields={"second_factor": ["wrong-or-used"]},
    )


def _take(user_id: str, proof: str) -> bool:
    """Use the code up, in the open transaction; of two at the same moment one succeeds."""
    row = SecondFactor.locked(user_id)
    if row is None or row.secret is None:
        return False
    if re.fullmatch(r"[0-9]{6}", proof):
        step = totp.step_of(row.secret, proof, clock.wall().timestamp(), after=row.last_step)
        if step is None:
            return False
        row.last_step = step
        row.save()
        return True
    digest = _hash(user_id, re.sub(r"[^a-z0-9]", "", proof.lower()))
    fitting = (RecoveryCode.user_id == user_id) & (RecoveryCode.code_hash == digest) & RecoveryCode.used_at.is_null()
    return bool(RecoveryCode.update(used_at=clock.wall()).where(fitting).execute())


def _hash(user_id: str, code: str) -> str:
    return privacy.lookup(f"{user_id}:{code}", "recovery-code")


def _nothing_pending() -> Refusal:
    return Refusal(
        "identity.second-factor-not-begun",
        rule="ID-24",
        zh="没有待确认的验证器。",
        en="There is no authenticator to confirm.",
        next_zh="请先申请绑定验证器，用手机扫描二维码。",
        next_en="Ask for a new secret first and scan its code.",
    )
