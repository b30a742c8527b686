"""The first page: site switch, search, themes, what everybody comes for (GW-02, CAT-01, CAT-03)."""

from flask import Response, make_response, redirect, request

from gateway.portal import guard
from gateway.portal.page import kept, route, show
from gateway.portal.visitor import get_all, rows_of

SITE_COOKIE = "site"
CITY = "120000"


def site() -> str:
    """The site of the hall that the visitor has chosen; the city's own without a choice."""
    chosen = request.args.get("site") or request.cookies.get(SITE_COOKIE, "")
    return chosen if _is_site(chosen) else CITY


def _is_site(code: str) -> bool:
    return code.isdigit() and len(code) in (6, 9, 12)  # city or district, street, village


def _above(code: str) -> str:
    """The region to which a district, street or village belongs."""
    return CITY if len(code) == 6 else code[:-3]


@route("/")
def home() -> Response:
    """The first page."""
    here = site()
    around = [("catalog", "/regions", {"parent": _above(here), "limit": 100})] if here != CITY else []
    themes, notices, packages, *beside = get_all(
        ("catalog", "/themes", {"region": here}),
        ("catalog", "/contents", {"kind": "notice", "limit": 6}),
        ("catalog", "/contents", {"kind": "theme_package", "limit": 6}),
        *around,
    )
    regions = [row for answer in beside for row in rows_of(answer)]
    page = show(
        "portal/home.html",
        themes=rows_of(themes),
        notices=rows_of(notices),
        packages=rows_of(packages),
        region=next((row for row in regions if row["code"] == here), None),
    )
    return kept(page)


@route("/site")
def choose_site() -> Response:
    """Choose city, district, street or village, step by step, each with what it holds below (CAT-01)."""
    parent = request.args.get("parent") or CITY
    city, below = get_all(("catalog", "/regions", {"level": "city"}), ("catalog", "/regions", {"parent": parent}))
    chosen = request.args.get("choose", "")
    if _is_site(chosen):
        response = make_response(redirect(guard.here(request.args.get("back"))))
        response.set_cookie(SITE_COOKIE, chosen, max_age=365 * 86400, httponly=True, samesite="Lax")
        return response
    return show("portal/site.html", city=rows_of(city), below=rows_of(below), parent=parent, site=site())


@route("/elder")
def elder() -> Response:
    """Switch large type on or off (GW-10)."""
    response = make_response(redirect(guard.here(request.args.get("back"))))
    on = request.cookies.get("elder") == "1"
    response.set_cookie("elder", "" if on else "1", max_age=0 if on else 365 * 86400, httponly=True, samesite="Lax")
    return response
