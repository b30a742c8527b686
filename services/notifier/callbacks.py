"""The courier's call-backs are signed: a secret that never travels, the time, and every byte of the body (NOT-24)."""

import hashlib
import hmac

from flask import current_app, request

from chassis import clock
from chassis.auth import Actor, Peer

TIME, SIGNATURE = "X-Timestamp", "X-Signature"
OLDEST_SECONDS = 300  # a caught call-back is worthless afterwards; a repeat before has no effect


def signed(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 of time and body, in hexadecimal."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class Courier(Peer):
    """The courier, known by the signature of its call-back; without a configured secret nobody is admitted."""

    def admits(self, who: Actor) -> bool:
        secret = current_app.extensions["ywt_settings"].callback_secret
        timestamp, given = request.headers.get(TIME, ""), request.headers.get(SIGNATURE, "")
        if not secret or not (timestamp.isascii() and timestamp.isdecimal()) or len(timestamp) > 12:
            return False
        if abs(clock.wall().timestamp() - int(timestamp)) > OLDEST_SECONDS:
            return False
        return hmac.compare_digest(signed(secret, timestamp, request.get_data()).encode(), given.encode())

    def __repr__(self) -> str:
        return "courier"
