"""Finding an item and reading its guide (GW-04, CAT-02…05, CAT-12…30)."""

from flask import Response, request

from gateway.portal.addresses import fill
from gateway.portal.files import passed_on
from gateway.portal.forms import Field, Form
from gateway.portal.guide_sections import SECTIONS
from gateway.portal.page import kept, route, show
from gateway.portal.pages.home import CITY, site
from gateway.portal.texts import t
from gateway.portal.verbs import Verb
from gateway.portal.visitor import get, get_all, needed, stream

FILTERS = (
    Field("q", ("关键词", "Words"), required=False, most=100),
    Field(
        "service_object",
        ("服务对象", "For whom"),
        "pick",
        required=False,
        options=(("person", ("个人", "persons")), ("legal", ("法人", "companies"))),
    ),
    Field("theme", ("主题", "Theme"), "hidden", required=False),
    Field("org", ("部门", "Department"), "hidden", required=False),
)
VERBS = (
    Verb(
        "keep-item",
        ("收藏事项", "Keep this item at hand"),
        "catalog",
        "/me/favourites/{code}",
        "/items/{code}",
        method="PUT",
        who="citizen",
        done=("已收藏，可在“我的空间 · 我的收藏”中找到。", "Kept; you find it in your space."),
    ),
    Verb(
        "drop-item",
        ("取消收藏", "Keep it no longer"),
        "catalog",
        "/me/favourites/{code}",
        "/my/favourites",
        method="DELETE",
        who="citizen",
        done=("已取消收藏。", "No longer kept."),
    ),
)


@route("/items")
def items() -> Response:
    """The list of items: by words, theme, department, party; a miss says where else it is (CAT-02, CAT-03)."""
    asked = {name: request.args.get(name, "") for name in ("q", "theme", "org", "service_object", "cursor")}
    whole_city = site() == CITY
    place = {} if whole_city else {"region": site()}
    found, themes, orgs = get_all(
        ("catalog", "/items", {**asked, **place, "limit": 20, "near": "" if whole_city else site()}),
        ("catalog", "/themes", {"service_object": asked["service_object"], **place}),
        ("catalog", "/orgs", {"limit": 100}),
    )
    form = Form(FILTERS, asked)
    return kept(show("portal/items.html", found=needed(found), themes=themes, orgs=orgs, form=form, asked=asked))


@route("/items/<code>")
def item(code: str) -> Response:
    """The guide of an item, open to everybody (GW-04)."""
    shown = get("catalog", fill("/items/{code}", {"code": code}))
    return kept(show("portal/item.html", item=shown, guide=shown["guide"]))


@route("/items/<code>/history")
def item_versions(code: str) -> Response:
    """The published versions of an item (CAT-24)."""
    path = fill("/items/{code}", {"code": code})
    shown, versions = get_all(("catalog", path), ("catalog", f"{path}/versions"))
    guide = needed(shown)["guide"]
    return show("portal/item_versions.html", item=shown, guide=guide, versions=needed(versions)["items"])


@route("/items/<code>/supervision")
def supervision_standard(code: str) -> Response:
    """How those are supervised who were granted the item: the standard in force (CAT-31)."""
    path = fill("/items/{code}", {"code": code})
    shown, standard = get_all(("catalog", path), ("catalog", f"{path}/supervision-standard"))
    guide, row = needed(shown)["guide"], needed(standard)
    elements = row["standard"]["elements"]
    facts = [(t(cell.label), elements.get(cell.name.rpartition(".")[2])) for cell in SECTIONS["standard"].cells]
    return kept(show("portal/supervision_standard.html", guide=guide, code=code, row=row, facts=facts))


@route("/forms/<name>")
def form_file(name: str) -> Response:
    """A blank form or a filled sample (CAT-13)."""
    return passed_on(stream("GET", "catalog", fill("/forms/{name}", {"name": name})), name)
