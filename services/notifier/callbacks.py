"""Who may tell us about messages: a carrier that signs what it says, or that knows an address made for it alone."""

import hmac

from flask import current_app, request

from chassis import clock
from chassis.auth import Actor, Peer
from services.notifier import signatures

TIMESTAMP, SIGNATURE = "X-Callback-Timestamp", "X-Callback-Signature"
FRESH_SECONDS = 300


class SigningCarrier(Peer):
    """A carrier that signs body and moment with the agreed secret; without a configured one nobody is admitted."""

    def admits(self, who: Actor) -> bool:
        secret, stamp = _secret(), request.headers.get(TIMESTAMP, "")
        if not secret or not stamp.isdecimal() or abs(clock.wall().timestamp() - int(stamp)) > FRESH_SECONDS:
            return False
        expected = signatures.ours(secret, stamp, request.get_data())
        return hmac.compare_digest(expected.encode(), request.headers.get(SIGNATURE, "").encode())

    def __repr__(self) -> str:
        return "carrier that signs"


class AddressedCarrier(Peer):
    """A carrier that cannot sign (Aliyun, Tencent), but calls an address that only it was told."""

    def admits(self, who: Actor) -> bool:
        secret, path = _secret(), request.view_args or {}
        if not secret:
            return False
        expected = signatures.address(secret, str(path["carrier"]))
        return hmac.compare_digest(expected.encode(), str(path["signature"]).encode())

    def __repr__(self) -> str:
        return "carrier at its address"


def path(carrier: str) -> str | None:
    """The address for a carrier's call-backs below the notifier's; None without a secret."""
    secret = _secret()
    return f"/sms-receipts/{carrier}/{signatures.address(secret, carrier)}" if secret else None


def _secret() -> str:
    return str(current_app.extensions["ywt_settings"].callback_secret)
