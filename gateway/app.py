"""The gateway's WSGI application: `/api/<service>/…` is forwarded, everything else is a page or a small own answer."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, request

from chassis import auth, clock, observability
from chassis.config import Settings
from contracts import rules
from gateway.hall import Hall
from gateway.limits import Buckets
from gateway.pages import OWN, pages
from gateway.portal import crowd
from gateway.portal.install import install
from gateway.proxy import Environ, Proxy, StartResponse, address_of, target_of
from gateway.settings import GatewaySettings


class Gateway:
    """Chooses between the proxy and the gateway's own pages."""

    def __init__(self, proxy: Proxy, own: Flask):
        self.proxy, self.own = proxy, own

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = target_of(environ).split("?", 1)[0]
        chosen: Callable[..., Any] = self.own
        if path.startswith("/api/") and path.split("/", 3)[2] not in OWN:
            chosen = self.proxy
        return chosen(environ, _unsniffed(start_response))


def _unsniffed(start_response: StartResponse) -> StartResponse:
    """Every answer says that it is what its type says, once, whoever wrote it."""

    def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        kept = [header for header in headers if header[0].lower() != "x-content-type-options"]
        return start_response(status, [*kept, ("X-Content-Type-Options", "nosniff")], *more)

    return start


def make_app(settings: Settings, limits: GatewaySettings) -> Gateway:
    """The application of this process, connected to the services named in YWT_PEERS."""
    observability.configure(settings)
    rules.use(settings.rule_pack)
    if settings.clock_file:
        clock.allow_travel(settings.clock_file)
    # Without the peers' secret: a token between services must not come in by the front door.
    gate = auth.Gate("gateway", auth.Issuer(settings.jwks_url), peer_secret=os.urandom(32).hex())
    buckets = Buckets(limits.per_second, limits.burst)
    own = Flask("gateway", static_folder=None)
    own.json.ensure_ascii = False  # type: ignore[attr-defined]
    own.extensions["ywt_hall"] = Hall(limits.services, settings)
    own.register_blueprint(pages)
    install(own, gate, limits)
    observability.install(own, "gateway")

    @own.before_request
    def limit_rate() -> None:
        if request.path not in observability.PATHS:
            buckets.check(address_of(request.environ, limits.behind_proxy))

    crowd.install(own)  # behind the limit of the rate: what is kept counts, too
    auth.install(own, gate)
    return Gateway(Proxy(limits, gate, buckets), own)
