"""Puts the portal into the gateway's own application."""

from flask import Flask, Response, g, request

from chassis.auth import Gate
from gateway.portal import guard, pages, texts
from gateway.portal.ask import Problem, Services
from gateway.portal.page import portal, show_problem
from gateway.portal.visitor import Renewals, keep_login, recognise
from gateway.proxy import address_of
from gateway.settings import GatewaySettings

OWN_WAY = ("/api/", "/static/", "/healthz", "/readyz", "/metrics")  # no pages


def install(app: Flask, gate: Gate, limits: GatewaySettings) -> None:
    """Register the pages and what goes before and after each of them."""
    services = Services(limits.services, limits.answer_seconds)
    renewals = Renewals(services)
    app.extensions["ywt_portal"] = services
    pages.load()
    app.register_blueprint(portal)

    def secure() -> bool:
        return request.is_secure or (limits.behind_proxy and request.headers.get("X-Forwarded-Proto") == "https")

    @app.before_request
    def prepare() -> None:
        texts.choose_language()
        if request.path.startswith(OWN_WAY):
            return
        g.address, g.secure = address_of(request.environ, limits.behind_proxy), secure()
        recognise(gate, renewals)
        if (request.endpoint or "").startswith("portal."):
            guard.check_form()

    @app.after_request
    def finish(response: Response) -> Response:
        if request.path.startswith(OWN_WAY):
            return response
        keep_login(response, secure())
        asked = request.args.get("lang")
        if asked in ("zh", "en") and request.cookies.get(texts.LANGUAGE_COOKIE) != asked:
            response.set_cookie(
                texts.LANGUAGE_COOKIE, asked, max_age=365 * 86400, httponly=True, secure=secure(), samesite="Lax"
            )
        guard.keep_headers(response, secure())
        return response

    @app.errorhandler(Problem)
    def refused(problem: Problem) -> Response:
        return show_problem(problem)
