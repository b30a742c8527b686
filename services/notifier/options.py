"""What a deployment sets for its own notifier, beside the settings that every service has.

Pauses default to the rule pack; a demo hall may shorten them.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from pathlib import Path

from chassis.config import BadSetting
from contracts import rules

DIALECTS = ("aliyun", "tencent", "plain")


@dataclass(frozen=True)
class Account:
    """Our account with one carrier of messages."""

    name: str
    dialect: str
    url: str = ""  # of its API; empty: the address of `sms` in YWT_PEERS
    weight: int = 100  # its part of all messages while it works as it should
    key_id: str = ""
    secret: str = field(default="", repr=False)
    app: str = ""  # Tencent's SmsSdkAppId
    region: str = "ap-guangzhou"  # Tencent's
    templates: Mapping[str, str] = field(default_factory=dict)  # our code -> the carrier's; missing: the same


DEFAULT_ACCOUNT = Account("sms", "plain")


@dataclass(frozen=True)
class Options:
    """The notifier's own settings."""

    sign: str  # 【…】 in front of every message (NOT-03)
    official_host: str  # the only host that a message may name (NOT-04)
    retry_seconds: tuple[float, ...] | None  # pauses between attempts; None: those of the rule pack
    poll_seconds: float  # how long a courier may be silent before it is asked
    accounts: tuple[Account, ...] = (DEFAULT_ACCOUNT,)  # the carriers of messages
    per_second: float | None = None  # ordinary messages of one sending process; None: as fast as the carriers take them


def load(env: Mapping[str, str]) -> Options:
    """Read the settings; BadSetting names the variable, what is wrong and an example."""
    return Options(
        sign=f"【{_plain(env, 'YWT_SMS_SIGN', '天津政务服务')}】",
        official_host=_plain(env, "YWT_OFFICIAL_HOST", ""),
        retry_seconds=_seconds(env, "YWT_SMS_RETRY_SECONDS", "60,300,1800"),
        poll_seconds=(_seconds(env, "YWT_COURIER_POLL_SECONDS", "3600") or (3600.0,))[0],
        accounts=_accounts(env.get("YWT_SMS_ACCOUNTS", "")),
        per_second=_rate(env, "YWT_SMS_PER_SECOND"),
    )


def pauses() -> tuple[timedelta, ...]:
    """How long to wait after the first, second, third failed attempt (NOT-07)."""
    if current.retry_seconds is not None:
        return tuple(timedelta(seconds=seconds) for seconds in current.retry_seconds)
    return tuple(timedelta(minutes=minutes) for minutes in rules.value("notifier.retries").value)


def quiet_hours() -> tuple[time, time]:
    """From when and until when citizens are left in peace (NOT-06)."""
    begin, end = rules.value("notifier.quiet_from").value, rules.value("notifier.quiet_until").value
    return time.fromisoformat(begin), time.fromisoformat(end)


def _plain(env: Mapping[str, str], name: str, default: str) -> str:
    value = env.get(name, default).strip("【】 ")
    if len(value) > 30 or "\n" in value:
        raise BadSetting(f"{name} is longer than 30 characters; take for example {default or 'hall.example'}")
    return value


def _seconds(env: Mapping[str, str], name: str, example: str) -> tuple[float, ...] | None:
    text = env.get(name, "")
    if not text:
        return None
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if not values or min(values) < 0:
        raise BadSetting(f"{name} is {text!r}; it must be seconds parted by commas, for example {example}")
    return values


def _rate(env: Mapping[str, str], name: str) -> float | None:
    values = _seconds(env, name, "200") or (None,)
    if len(values) > 1 or values[0] == 0:
        raise BadSetting(f"{name} is {env[name]!r}; it must be one number above 0, for example 200")
    return values[0]


def _accounts(path: str) -> tuple[Account, ...]:
    """The carriers from a JSON file, a list of accounts: it holds secrets, so it is a file of its own."""
    if not path:
        return (DEFAULT_ACCOUNT,)
    try:
        accounts = tuple(Account(**entry) for entry in json.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise BadSetting(f"YWT_SMS_ACCOUNTS: {path} cannot be read as a list of accounts: {error}") from None
    names = [account.name for account in accounts]
    for account in accounts:
        if account.dialect not in DIALECTS:
            raise BadSetting(
                f"YWT_SMS_ACCOUNTS: {account.name} speaks {account.dialect!r}, not {' or '.join(DIALECTS)}"
            )
        if account.dialect != "plain" and not (account.url and account.key_id and account.secret):
            raise BadSetting(f"YWT_SMS_ACCOUNTS: {account.name} needs url, key_id and secret")
        if not isinstance(account.weight, int) or account.weight < 1:
            raise BadSetting(f"YWT_SMS_ACCOUNTS: the weight of {account.name} must be a whole number above 0")
    if not names or len(set(names)) < len(names):
        raise BadSetting("YWT_SMS_ACCOUNTS: at least one account, each with a name of its own")
    return accounts


current = load(os.environ)
