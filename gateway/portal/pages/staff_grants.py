"""The roles of a unit's posts, to look through and to take back (ID-30…37)."""

from flask import Response

from gateway.portal import guard
from gateway.portal.forms import Field, Form
from gateway.portal.page import route, show
from gateway.portal.pages.staff_ops import ADMIN
from gateway.portal.visitor import get

FILTERS = (Field("org", ("部门编码", "Unit")),)


@route("/staff/grants")
@guard.staff(*ADMIN)
def staff_grants() -> Response:
    """Every post of the unit with its roles."""
    form = Form(FILTERS)
    org = form.value(FILTERS[0])
    posts = get("identity", "/staff", org=org, limit=100)["items"] if org else []
    return show("portal/staff_grants.html", form=form, org=org, posts=posts)
