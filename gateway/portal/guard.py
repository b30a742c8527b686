"""What protects every page: the caller's login, a token in every form, and headers that let no foreign script run."""

import hmac
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from flask import Response, abort, g, redirect, request, url_for

from chassis.errors import Refusal
from contracts import rules
from gateway.portal.visitor import holds, visitor

FORM_COOKIE = "ywt_form"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), payment=()",
}


def form_token() -> str:
    """The token that every form of this browser carries; the browser keeps it in a cookie that no script can read."""
    token = g.get("form_token") or request.cookies.get(FORM_COOKIE, "")
    if len(token) < 32:
        token = secrets.token_urlsafe(24)
        g.new_form_token = token
    g.form_token = token
    return token


def check_form() -> None:
    """Refuse what another site has sent in the visitor's name."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    request.max_content_length = rules.value("gateway.body_max_bytes").value  # the token stands in the body
    origin = request.headers.get("Origin")
    known = request.cookies.get(FORM_COOKIE, "")
    given = request.headers.get("X-Form-Token") or request.form.get("form_token", "")
    foreign = origin is not None and urlsplit(origin).netloc != request.host
    if foreign or not known or not hmac.compare_digest(known.encode(), given.encode()):
        raise Refusal(
            "form-expired",
            status=403,
            title="页面已过期",
            title_en="The page has expired",
            zh="为保护您的账号，这次提交没有被处理。",
            en="To protect your account, nothing was done.",
            next_zh="请返回上一页，刷新后重新提交。",
            next_en="Go back, reload the page and send it again.",
        )


def keep_headers(response: Response, secure: bool) -> None:
    """The headers of every page; what a login shows is kept by nobody."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    if token := g.get("new_form_token"):
        response.set_cookie(
            FORM_COOKIE, token, max_age=12 * 3600, httponly=True, secure=secure, samesite="Lax", path="/"
        )


def here(target: str | None, otherwise: str = "/") -> str:
    """A way back inside the hall; anything that leads elsewhere becomes `otherwise`."""
    if not target or not target.startswith("/") or target[1:2] in ("/", "\\") or "\\" in target:
        return otherwise
    if any(ord(letter) < 32 for letter in target):
        return otherwise
    return target


def to_login(login: str) -> Any:
    """On to a login page, and from there back to this page, unless it only takes what is sent to it."""
    rule = request.url_rule
    shown = rule is not None and "GET" in (rule.methods or ())
    return redirect(url_for(login, next=here(request.full_path.rstrip("?")) if shown else "/"))


def citizens(view: Callable[..., Any]) -> Callable[..., Any]:
    """A page for persons and legal persons who are logged in."""
    return _only(view, lambda: visitor().kind in ("person", "legal"), "portal.login")


def applicants(view: Callable[..., Any]) -> Callable[..., Any]:
    """A page of filing: for whoever applies, and for a window that files for somebody (FIL-50)."""
    return _only(
        view, lambda: visitor().kind in ("person", "legal") or visitor().has_role("window_clerk"), "portal.login"
    )


def staff(*roles: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A page for staff with one of the roles; with no role named, any staff member (GW-09)."""

    def declare(view: Callable[..., Any]) -> Callable[..., Any]:
        return _only(view, lambda: visitor().kind == "staff" and holds(roles), "portal.staff_login")

    return declare


def anyone(view: Callable[..., Any]) -> Callable[..., Any]:
    """A page for everybody who is logged in."""
    return _only(view, lambda: visitor().kind != "anonymous", "portal.login")


def _only(view: Callable[..., Any], admitted: Callable[[], bool], login: str) -> Callable[..., Any]:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        who = visitor()
        if who.must_change_password and request.endpoint != "portal.change_password":
            return redirect(url_for("portal.change_password"))
        # A hall may let the programs of staff go without; on pages there is no desk without a second factor (ID-24).
        bare = who.kind == "staff" and not who.second_factor
        if bare and request.endpoint not in ("portal.second_factor", "portal.change_password"):
            return redirect(url_for("portal.second_factor"))
        if admitted():
            return view(*args, **kwargs)
        if who.kind == "anonymous":
            return to_login(login)
        return abort(403)

    return guarded
