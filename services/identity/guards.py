"""Counting failures: five in a row close a door for fifteen minutes, known account or not (ID-17)."""

from collections.abc import Callable
from datetime import datetime, timedelta

from chassis import clock, privacy
from chassis.errors import Refusal
from contracts import rules
from services.identity.models import AttemptGuard, database


def key(purpose: str, who: str) -> str:
    """The guard of one purpose and one account, or of one spelling of an account that does not exist."""
    return privacy.lookup(who, f"guard-{purpose}")


def enter(guard: str) -> None:
    """Take one of the tries before the secret is looked at, so that guesses at the same moment count too."""
    with database.transaction():
        AttemptGuard.insert(id=guard).on_conflict_ignore().execute()
        row = AttemptGuard.locked(guard)
        now = clock.now()
        if row.locked_until and row.locked_until > now:
            raise locked(row.locked_until)
        if row.locked_until:
            row.failures, row.locked_until = 0, None
        if row.failures >= rules.value("identity.login_failures").value:
            raise locked(now + _lock_time())
        row.failures, row.last_at = row.failures + 1, now
        row.save()


def require_open(guard: str) -> None:
    """Refuse while the door is closed, without taking a try."""
    row = AttemptGuard.get_or_none(AttemptGuard.id == guard)
    if row and row.locked_until and row.locked_until > clock.now():
        raise locked(row.locked_until)


def passed(guard: str) -> None:
    """The secret was right: the row of failures ends."""
    AttemptGuard.update(failures=0, locked_until=None).where(AttemptGuard.id == guard).execute()


def returned(guard: str) -> None:
    """The secret could not be looked at at all: the try is given back."""
    AttemptGuard.update(failures=AttemptGuard.failures - 1).where(
        AttemptGuard.id == guard, AttemptGuard.failures > 0, AttemptGuard.locked_until.is_null()
    ).execute()


def failed(guard: str, on_lock: Callable[[datetime], None] | None = None) -> None:
    """The secret was wrong. The last try locks, once, and reports it in the same transaction."""
    with database.transaction():
        until = clock.now() + _lock_time()
        locks = (
            AttemptGuard.update(locked_until=until)
            .where(
                AttemptGuard.id == guard,
                AttemptGuard.failures >= rules.value("identity.login_failures").value,
                AttemptGuard.locked_until.is_null(),
            )
            .execute()
        )
        if locks and on_lock:
            on_lock(until)


def locked(until: datetime) -> Refusal:
    """The refusal while a door is closed."""
    end = clock.local(until)
    seconds = max(1, int((until - clock.now()).total_seconds()))
    return Refusal(
        "identity.locked",
        status=429,
        rule="ID-17",
        zh=f"连续输错次数过多，已暂停登录，{end:%H:%M} 后可重试。",
        en=f"Too many failures in a row; closed until {end:%H:%M}.",
        next_zh="到时间后再试，或用手机验证码找回密码。",
        next_en="Try again then, or recover the password by SMS code.",
        headers={"Retry-After": str(seconds)},
        until=end.isoformat(timespec="seconds"),
    )


def _lock_time() -> timedelta:
    return timedelta(minutes=rules.value("identity.login_lock").value)
