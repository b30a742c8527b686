"""Who may tell us about messages: a carrier that signs what it says, or that knows an address made for it alone."""

import hmac

from flask import current_app, request

from chassis import clock
from chassis.auth import Actor, Peer
from services.notifier import signatures

TIMESTAMP, SIGNATURE = "X-Callback-Timestamp", "X-Callback-Signature"
FRESH_SECONDS = 300
STAMP_DIGITS = 12  # good for thirty thousand years; Python makes no number of thousands


class SigningCarrier(Peer):
    """A carrier that signs body and moment with the agreed secret; without a configured one nobody is admitted."""

    def admits(self, who: Actor) -> bool:
        secret, stamp = _secret(), request.headers.get(TIMESTAMP, "")
        if not secret or not stamp.isdecimal() or len(stamp) > STAMP_DIGITS:
            return False
        if abs(clock.wall().timestamp() - int(stamp)) > FRESH_SECONDS:
            return False
        expected = signatures.ours(secret, stamp, request.get_data())
        return hmac.compare_digest(expected.encode(), request.headers.get(SIGNATURE, "").encode())

    def __repr__(self) -> str:
        return "carrier that signs"


class AddressedCarrier(Peer):
    """A carrier that cannot sign (Aliyun, Tencent), but calls an address that only it was told."""

    def admits(self, who: Actor) -> bool:
        secret, path = _secret(), request.view_args or {}
        if not secret or "carrier" not in path:
            return False
        expected = signatures.address(secret, str(path["carrier"]))
        return hmac.compare_digest(expected.encode(), str(path["signature"]).encode())

    def __repr__(self) -> str:
        return "carrier at its address"


def path(carrier: str, what: str = "sms-receipts") -> str | None:
    """The address for a carrier's call-backs below the notifier's; None without a secret."""
    secret = _secret()
    return f"/{what}/{carrier}/{signatures.address(secret, carrier)}" if secret else None


def replies_path(carrier: str, dialect: str) -> str | None:
    """The address for the answers that it brings; a plain carrier signs them."""
    return "/sms-replies" if dialect == "plain" else path(carrier, f"{dialect}-replies")


def _secret() -> str:
    return str(current_app.extensions["ywt_settings"].callback_secret)
