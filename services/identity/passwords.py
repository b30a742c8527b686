"""Passwords: argon2id, the rules of ID-23, one-time passwords, and the one place where a password is checked."""

import re
import secrets
from datetime import date, datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from chassis import clock, db
from chassis.errors import Refusal
from chassis.outbox import emit
from contracts.events import identity as events
from services.identity import audit, guards
from services.identity.models import Legal, User, database

SHORTEST, LONGEST = 10, 128
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Verified when the account does not exist, so that the time taken tells nothing.
_NOBODY = _hasher.hash(secrets.token_hex(16))

# Words at the head of the lists of leaked passwords; also refused with digits or signs around them.
_TOP_LIST = """
password passw0rd passwd qwerty qwertyuiop qazwsx qazwsxedc 1q2w3e4r 1qaz2wsx 1q2w3e asdfgh asdfghjkl zxcvbnm admin
administrator root user test guest welcome letmein login iloveyou woaini woaini1314 5201314 monkey dragon master
superman sunshine princess football baseball abc abcd abcdef abcdefgh abcdefghij a1b2c3 a1b2c3d4 zhengwu yiwangtong
zwfw tianjin tianjin123 nihao wodemima mima changeme default secret
"""
_TOP_WORDS = frozenset(_TOP_LIST.split())
_RUNS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")
_ONE_TIME = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def hashed(password: str) -> str:
    """The argon2id hash; slow on purpose, so never inside a transaction."""
    return _hasher.hash(password)


def one_time() -> str:
    """A random password for a new or reset staff account (ID-22, ID-23)."""
    return "".join(secrets.choice(_ONE_TIME) for _ in range(16))


def require_good(
    password: str, *, account: str, mobile: str | None = None, birth: date | None = None, id_no: str | None = None
) -> None:
    """Refuse what is too short, of one kind of character, or guessable from the account or the top list (ID-23)."""
    fault = _fault(password, account, mobile, birth, id_no)
    if fault:
        zh, en = fault
        raise Refusal(
            "identity.password-weak",
            status=422,
            rule="ID-23",
            zh=f"密码不符合要求：{zh}。",
            en=f"This password is refused: {en}.",
            next_zh=f"请设置至少 {SHORTEST} 位、同时含字母和数字(或符号)的密码。",
            next_en=f"Choose at least {SHORTEST} characters with letters and digits or signs.",
            fields={"password": [f"{zh} / {en}"]},
        )


def _fault(
    password: str, account: str, mobile: str | None, birth: date | None, id_no: str | None
) -> tuple[str, str] | None:
    if not SHORTEST <= len(password) <= LONGEST:
        return f"长度须为 {SHORTEST} 至 {LONGEST} 位", f"it must have {SHORTEST} to {LONGEST} characters"
    plain = re.sub(r"[\W_]", "", password.lower())
    kinds = sum(bool(re.search(p, password)) for p in (r"[A-Za-z]", r"\d", r"[^A-Za-z\d]"))
    if kinds < 2 or len(set(password)) < 5:
        return "字符过于单一", "it has too few different characters"
    core = plain.strip("0123456789")
    if plain in _TOP_WORDS or core in _TOP_WORDS or any(plain in run or plain in run[::-1] for run in _RUNS):
        return "属于常见密码", "it is on the list of common passwords"
    own = re.sub(r"[\W_]", "", account.lower())
    if own and (plain in (own, own[::-1]) or core == own):
        return "与账号相同", "it equals the account"
    if mobile and mobile in plain:
        return "含有手机号", "it holds the mobile number"
    if id_no and (plain == id_no.lower() or (core in ("", "x") and plain in id_no.lower())):
        return "取自证件号", "it is taken from the document number"
    if birth and re.sub(r"\D", "", password) in (f"{birth:%Y%m%d}", f"{birth:%y%m%d}") and len(core) < 4:
        return "取自出生日期", "it is the birth date"
    return None


def find(kind: str, identifier: str) -> User | None:
    """The active account of this kind by its name, for legal persons also by USCC (ID-01, ID-16)."""
    text = identifier.strip()
    user = User.get_or_none(User.kind == kind, User.account == text.lower(), User.active)
    if user is None and kind == "legal":
        legal = Legal.get_or_none(Legal.uscc == text.upper())
        user = User.get_or_none(User.id == legal.id, User.active) if legal else None
    return user


def authenticate(kind: str, identifier: str, password: str) -> User:
    """The account whose password this is; unknown account, other kind and wrong password look alike (ID-01, ID-17)."""
    user = find(kind, identifier)
    guard = guard_of(kind, user, identifier)
    try:
        guards.enter(guard)
    except Refusal:
        audit.login(kind, user, "locked")
        raise
    db.current().release()  # the check is slow on purpose; it holds no connection
    right = _matches(user.password_hash if user else _NOBODY, password) and user is not None
    if right:
        assert user is not None
        guards.passed(guard)
        _renew(user, password)
        return user
    with database.transaction():
        audit.login(kind, user, "wrong")
        guards.failed(guard, (lambda until: report_lock(user, until)) if user else None)
    raise refused()


def matches(stored: str | None, secret: str) -> bool:
    """Whether this is the secret of the hash; without a hash no, in the same time."""
    return _matches(stored or _NOBODY, secret) and stored is not None


def guard_of(kind: str, user: User | None, identifier: str) -> str:
    """The guard of an account, whichever of its names was used; of the spelling, when there is no such account."""
    return guards.key("login", user.ref if user else f"{kind}/{identifier.strip().lower()}")


def refused() -> Refusal:
    """The one refusal of a login."""
    return Refusal(
        "identity.login-failed",
        status=401,
        rule="ID-17",
        zh="账号或密码不正确，请重新登录。",
        en="Account or password is wrong; please log in again.",
        next_zh="请核对账号、密码，并确认您在正确的登录页(个人、法人或工作人员)。",
        next_en="Check both, and that this is the right page: personal, legal person or staff.",
    )


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _renew(user: User, password: str) -> None:
    """Bring an older hash to the parameters of today, unless the password changed meanwhile."""
    if _hasher.check_needs_rehash(user.password_hash):
        fresh = hashed(password)
        User.update(password_hash=fresh).where(User.id == user.id, User.password_hash == user.password_hash).execute()


def report_lock(user: User, until: datetime, reason: str = "failed_logins") -> None:
    """Tell that an account is closed for a while, in the open transaction (ID-17)."""
    emit(
        events.SecurityLocked,
        user.ref,
        {
            "user_ref": user.ref,
            "account_type": {"person": "personal"}.get(user.kind, user.kind),
            "reason": reason,
            "locked_until": clock.local(until),
        },
    )
