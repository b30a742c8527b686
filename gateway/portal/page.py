"""The frame of every page: what templates can use, and how a page, a refusal and a lost address are shown."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, g, make_response, render_template, request

from chassis import clock
from chassis.auth import Public, allow
from gateway.portal import screens, texts, verbs, words
from gateway.portal.ask import Problem
from gateway.portal.forms import in_words
from gateway.portal.guard import form_token, to_login
from gateway.portal.rows import at
from gateway.portal.visitor import Login, visitor

STATIC = Path(__file__).parents[1] / "static"
portal = Blueprint("portal", __name__, template_folder="templates")


def route(address: str, *, methods: tuple[str, ...] = ("GET",), **options: Any) -> Any:
    """A page of the portal. The portal itself asks who visits (`guard`), so the gateway's own gate lets it through."""

    def declare(view: Any) -> Any:
        return portal.route(address, methods=list(methods), **options)(allow(Public())(view))

    return declare


def show(template: str, status: int = 200, /, **values: Any) -> Response:
    """A page made from a template."""
    return make_response(render_template(template, **values), status)


def show_problem(problem: Problem) -> Any:
    """The page of a refusal: what, which rule and article, what to do next (GW-11). Without a login: the way to one."""
    if problem.login_over:
        login: Login | None = g.get("login")
        if login is not None:
            login.drop()
        return to_login("portal.staff_login" if visitor().kind == "staff" else "portal.login")
    return show("portal/problem.html", problem.status, problem=problem)


def kept(response: Response, seconds: int = 30) -> Response:
    """Let everybody keep a public page for a short while; with a login it names the visitor and is kept by nobody."""
    if visitor().kind != "anonymous":
        return response
    response.headers["Cache-Control"] = f"public, max-age={seconds}"
    response.headers["Vary"] = "Cookie"
    return response


@cache
def asset(name: str) -> str:
    """The address of a style sheet or script; another one when it has changed, so that browsers may keep it."""
    return f"/static/{name}?v={sha256((STATIC / name).read_bytes()).hexdigest()[:10]}"


@portal.app_context_processor
def helpers() -> dict[str, Any]:
    """What every template can use."""
    return {
        "t": texts.t,
        "asset": asset,
        "of": texts.of,
        "day": texts.day,
        "moment": texts.moment,
        "left": texts.left,
        "days_left": texts.days_left,
        "month": texts.month,
        "device": texts.device,
        "money": texts.money,
        "size": texts.size,
        "tag": words.tag,
        "word": words.word,
        "written": screens.written,
        "in_words": in_words,
        "at": at,
        "english": texts.english(),
        "visitor": visitor(),
        "elder": request.cookies.get("elder") == "1",
        "form_token": form_token,
        "now": clock.now(),
        "said": verbs.REGISTRY.get(request.args.get("said", "")),
        "href": lambda name, /, **places: verbs.REGISTRY[name].href(**places),
        "verb": verbs.REGISTRY.__getitem__,
        "demo": not current_app.extensions["ywt_hall"].settings.production,
        "other_language": other_language,
        "here": request.full_path.rstrip("?"),
        "links": screens.links,
        "query_without": query_without,
    }


@portal.app_template_filter()
def bare(row: Any) -> tuple[Any, tuple[()]]:
    """A row without deeds, for the table macro."""
    return row, ()


def query_without(name: str) -> dict[str, str]:
    """The query of this page without one entry."""
    return {key: value for key, value in request.args.items() if key not in (name, "said")}


def other_language() -> str:
    """This page in the other language."""
    args = request.args.to_dict(flat=False) | {"lang": ["zh" if texts.english() else "en"]}
    args.pop("said", None)
    return f"{request.path}?{urlencode(args, doseq=True)}"
