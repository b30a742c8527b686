"""The gateway's WSGI application: `/api/<service>/…` is forwarded, everything else is a page or a small own answer."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

from chassis import auth, clock, observability
from chassis.config import Settings
from contracts import rules
from gateway.hall import Hall
from gateway.limits import Buckets
from gateway.pages import pages
from gateway.proxy import Environ, Proxy, StartResponse

PER_SECOND = 50.0
BURST = 200


class Gateway:
    """Chooses between the proxy and the gateway's own pages."""

    def __init__(self, proxy: Proxy, own: Flask):
        self.proxy, self.own = proxy, own

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        chosen: Callable[..., Any] = self.own
        if path.startswith("/api/") and path.split("/", 3)[2] not in {"docs", "openapi.json", "hall", "demo"}:
            chosen = self.proxy
        return chosen(environ, start_response)


def make_app(settings: Settings) -> Gateway:
    """The application of this process, connected to the services named in YWT_PEERS."""
    observability.configure(settings)
    rules.use(settings.rule_pack)
    if settings.clock_file:
        clock.allow_travel(settings.clock_file)
    services = {name: url for name, url in settings.peers.items() if name not in {"sms", "ems", "verifier"}}
    # Without the peers' secret: a token between services must not come in by the front door.
    gate = auth.Gate("gateway", auth.Issuer(settings.jwks_url), peer_secret=os.urandom(32).hex())
    buckets = Buckets(
        float(os.environ.get("YWT_RATE_PER_SECOND", PER_SECOND)), int(os.environ.get("YWT_RATE_BURST", BURST))
    )
    forwarded = os.environ.get("YWT_BEHIND_PROXY", "") == "1"
    own = Flask("gateway", static_folder=None)
    own.json.ensure_ascii = False  # type: ignore[attr-defined]
    own.register_blueprint(pages)
    auth.allow(auth.Public())(own.view_functions["pages.static"])
    own.extensions["ywt_hall"] = Hall(services, settings)
    observability.install(own, "gateway")
    auth.install(own, gate)
    return Gateway(Proxy(services, gate, buckets, forwarded), own)
