"""The page with which a newcomer tries a demo hall: numbers that pass, and the digits of an authenticator."""

import re
import time

from deploy.simulators import newcomer
from deploy.simulators.base import Request
from services.identity import numbers, totp


def page(**query: str) -> str:
    """The page as a browser gets it."""
    found = re.match("(?P<all>.*)", "/newcomer")
    assert found
    status, body = newcomer.show(Request(found, query, None, {}, b""))
    assert status == 200
    return str(body)


def test_every_number_passes_and_is_new_at_each_visit() -> None:
    first, second = (re.findall("<td><code>(.*?)</code></td>", page()) for _ in range(2))
    assert len(first) == len(newcomer.ROWS) and not set(first) & set(second)
    assert numbers.uscc_is_valid(first[3]) and numbers.luhn(first[2])


def test_the_authenticator_shows_the_digits_of_now_and_says_what_is_no_key() -> None:
    secret = totp.new_secret()
    before = int(time.time()) // totp.SECONDS
    shown = page(secret=f" {secret[:4]} {secret[4:].lower()}")
    after = int(time.time()) // totp.SECONDS
    assert any(totp.code(secret, step) in shown for step in range(before, after + 1))
    wrong = page(secret="<b>1")
    assert "密钥不正确" in wrong and "<b>1" not in wrong
