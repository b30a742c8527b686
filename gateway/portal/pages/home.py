"""The first page: site switch, search, themes, what everybody comes for (GW-02, CAT-01, CAT-03)."""

from flask import Response, make_response, redirect, request

from gateway.portal.ask import Problem
from gateway.portal.guard import here
from gateway.portal.page import kept, route, show
from gateway.portal.visitor import get_all

SITE_COOKIE = "site"
CITY = "120000"


def site() -> str:
    """The site of the hall that the visitor has chosen; the city's own without a choice."""
    chosen = request.args.get("site") or request.cookies.get(SITE_COOKIE, "")
    return chosen if chosen.isdigit() and len(chosen) in (6, 9, 12) else CITY


@route("/")
def home() -> Response:
    """The first page."""
    themes, notices, packages, districts = get_all(
        ("catalog", "/themes", {"region": site()}),
        ("catalog", "/contents", {"kind": "notice", "limit": 6}),
        ("catalog", "/contents", {"kind": "theme_package", "limit": 6}),
        ("catalog", "/regions", {"level": "district", "limit": 30}),
    )
    page = show(
        "portal/home.html",
        themes=_rows(themes),
        notices=_rows(notices),
        packages=_rows(packages),
        districts=_rows(districts),
        site=site(),
    )
    return kept(page)


@route("/site")
def choose_site() -> Response:
    """Choose city, district, street or village, step by step, each with what it holds below (CAT-01)."""
    parent = request.args.get("parent") or CITY
    city, below = get_all(("catalog", "/regions", {"level": "city"}), ("catalog", "/regions", {"parent": parent}))
    chosen = request.args.get("choose", "")
    if chosen.isdigit() and len(chosen) in (6, 9, 12):
        response = make_response(redirect(here(request.args.get("back"))))
        response.set_cookie(SITE_COOKIE, chosen, max_age=365 * 86400, httponly=True, samesite="Lax")
        return response
    return show("portal/site.html", city=_rows(city), below=_rows(below), parent=parent, site=site())


@route("/elder")
def elder() -> Response:
    """Switch large type on or off (GW-10)."""
    response = make_response(redirect(here(request.args.get("back"))))
    on = request.cookies.get("elder") == "1"
    response.set_cookie("elder", "" if on else "1", max_age=0 if on else 365 * 86400, httponly=True, samesite="Lax")
    return response


def _rows(answer: object) -> list[dict[str, object]]:
    """The rows of a part of the page; none while its service is away: the rest of the page is still of use."""
    return [] if isinstance(answer, Problem) or not isinstance(answer, dict) else answer.get("items", [])
