"""The draft of a guide as the public will see it (CAT-24)."""

from typing import Any

from flask import Response

from gateway.portal import guard
from gateway.portal.addresses import fill
from gateway.portal.ask import Problem
from gateway.portal.page import route, show
from gateway.portal.pages.staff_catalog import EDITORS
from gateway.portal.visitor import get, get_all

PARTS = ("limits", "fee", "place", "hours", "phones", "switches")  # a draft may lack any of them


@route("/staff/drafts/<code>/preview")
@guard.staff(*EDITORS)
def preview_draft(code: str) -> Response:
    """The page of the item, made from the saved draft."""
    places = {"code": code}
    draft = get("catalog", fill("/items/{code}/draft", places))["guide"]
    guide: dict[str, Any] = {part: {} for part in PARTS} | {name: row for name, row in draft.items() if row is not None}
    published, org, found = get_all(
        ("catalog", fill("/items/{code}", places)),
        ("catalog", fill("/orgs/{approving_org}", guide)),
        ("catalog", fill("/items/{code}/draft/findings", places)),
    )
    item: dict[str, Any] = {"code": code, "version": 1, "sub_items": []}
    if not isinstance(published, Problem):
        item = published | {"version": published["version"] + 1}
    item["warnings"] = [] if isinstance(found, Problem) else found["warnings"]
    item["approving_org_name"] = guide["approving_org"] if isinstance(org, Problem) else org["name"]
    return show("portal/staff_preview.html", item=item, guide=guide)
