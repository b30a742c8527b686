"""The carriers' call-backs: known by a secret of the deployment, not by a token."""

import hmac

from flask import current_app, request

from chassis.auth import Actor, Peer

HEADER = "X-Callback-Secret"


class Carrier(Peer):
    """An outside carrier that sends the agreed secret; without a configured secret nobody is admitted."""

    def admits(self, who: Actor) -> bool:
        expected = current_app.extensions["ywt_settings"].callback_secret
        given = request.headers.get(HEADER, "")
        return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())

    def __repr__(self) -> str:
        return "carrier"
