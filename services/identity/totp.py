"""Time-based one-time codes of RFC 6238, as every authenticator app shows them: SHA-1, six digits, thirty seconds."""

import base64
import hashlib
import hmac
import secrets
from urllib.parse import quote, urlencode

DIGITS, SECONDS = 6, 30
DRIFT = 1  # steps before and after now, for clocks that differ
ISSUER = "一网通 Yiwangtong"


def new_secret() -> str:
    """A random secret of 160 bits, in the spelling that apps take."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def uri(secret: str, account: str) -> str:
    """What the QR code for the app says."""
    query = {"secret": secret, "issuer": ISSUER, "algorithm": "SHA1", "digits": DIGITS, "period": SECONDS}
    return f"otpauth://totp/{quote(f'{ISSUER}:{account}')}?{urlencode(query, quote_via=quote)}"


def code(secret: str, step: int) -> str:
    """The code of one step of thirty seconds since 1970."""
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1)
    place = digest[-1] & 0x0F
    number = int.from_bytes(digest[place : place + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_of(secret: str, given: str, timestamp: float, after: int) -> int | None:
    """The step of which this is the code, around this time and later than the last step used; None for no step."""
    now = int(timestamp) // SECONDS
    fitting = [s for s in range(now - DRIFT, now + DRIFT + 1) if hmac.compare_digest(code(secret, s), given)]
    return next((step for step in fitting if step > after), None)
