"""The way back to an anonymous letter: its number and a six-digit password, hashed and throttled (FEE-22, FEE-30)."""

import hmac
import secrets
from datetime import timedelta
from typing import Any

from chassis import clock, privacy
from chassis.errors import Refusal
from chassis.ids import random_digits
from contracts import rules
from services.feedback.models import AttemptGuard, Letter, database

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing that looks like something else


def new_number() -> str:
    """A letter number: the day and letters nobody can guess."""
    day = f"{clock.now():%y%m%d}"
    rest = rules.value("feedback.letter_no_len").value - len(day)
    return day + "".join(secrets.choice(_ALPHABET) for _ in range(rest))


def new_password() -> str:
    """The password of an anonymous letter, shown once."""
    digits = rules.value("feedback.letter_password_len").value
    return random_digits(digits)


def hashed(letter_no: str, password: str) -> str:
    """Keyed with the secret of the deployment: six digits would be guessed from any hash without a key."""
    return privacy.lookup(password, f"letter {letter_no}")


def check(letter_no: str, password: str) -> Any:
    """The anonymous letter that this password opens. Unknown number and wrong password look alike; too many tries in a
    row close the door for a while. Call it outside a transaction: a try must count even when it is refused."""
    letter_no = letter_no.upper()
    guard = privacy.lookup(letter_no, "guard-letter")
    _enter(guard)
    letter = Letter.get_or_none(Letter.letter_no == letter_no)
    stored = letter.password_hash if letter is not None and letter.password_hash else ""
    if not hmac.compare_digest(stored, hashed(letter_no, password)):
        raise Refusal(
            "feedback.letter-password",
            status=403,
            rule="FEE-30",
            zh="信件编号或密码不正确。",
            en="Letter number or password is wrong.",
            next_zh="请核对提交信件时显示的编号和密码；登录后写的信请在用户中心查询。",
            next_en="Check both as shown when the letter was sent; a letter sent after login is in your own space.",
        )
    AttemptGuard.update(failures=0, locked_until=None).where(AttemptGuard.id == guard).execute()
    return letter


def _enter(guard: str) -> None:
    """Take one of the tries before the password is looked at, so that guesses at the same moment count too."""
    with database.transaction():
        AttemptGuard.insert(id=guard).on_conflict_ignore().execute()
        row = AttemptGuard.locked(guard)
        now = clock.now()
        if row.locked_until and row.locked_until > now:
            raise _locked(row.locked_until)
        if row.locked_until:
            row.failures, row.locked_until = 0, None
        row.failures, row.last_at = row.failures + 1, now
        if row.failures >= rules.value("identity.login_failures").value:
            row.locked_until = now + timedelta(minutes=rules.value("identity.login_lock").value)
        row.save()


def _locked(until: Any) -> Refusal:
    seconds = int((until - clock.now()).total_seconds()) + 1
    return Refusal(
        "feedback.letter-locked",
        status=429,
        rule="FEE-30",
        zh=f"密码错误次数过多，请于 {clock.local(until):%H:%M} 后再试。",
        en=f"Too many wrong passwords; try again after {clock.local(until):%H:%M}.",
        next_zh="请核对信件编号和密码，稍后再试。",
        next_en="Check number and password, and try again later.",
        headers={"Retry-After": str(seconds)},
        until=clock.local(until).isoformat(),
    )
