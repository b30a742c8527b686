"""The desk of same-city handling: what was pushed to the window, and how long until it must be opened (FIL-50…60)."""

from typing import Any

from flask import Response

from gateway.portal import guard
from gateway.portal.addresses import fill
from gateway.portal.ask import Problem
from gateway.portal.page import route, show
from gateway.portal.visitor import get, get_all

DESK = ("window_clerk", "window_manager", "deputy_leader", "unit_leader")
CLOCKS = ("view_warning", "view_overdue")  # the first fifteen minutes, and the second


@route("/staff/same-city")
@guard.staff(*DESK)
def same_city() -> Response:
    """Cases that wait to be opened, with their running clocks, and those that came back."""
    pushed = get("filing", "/worklist", list="running", status="dispatched", limit=20)["items"]
    returned = get("filing", "/worklist", list="returned", limit=20)["items"]
    limits = get_all(*(("filing", fill("/cases/{case_no}/deadlines", row)) for row in pushed))
    waiting = [(row, view_clock(answer)) for row, answer in zip(pushed, limits, strict=True)]
    return show("portal/same_city.html", waiting=waiting, returned=[row for row in returned if row["same_city"]])


def view_clock(limits: Any) -> dict[str, Any] | None:
    """The clock that runs until the material is opened: when it ends, and whether it is the second one."""
    if isinstance(limits, Problem):
        return None
    running = [row for row in limits["items"] if row["kind"] in CLOCKS and row["state"] == "open"]
    return {"at": running[0]["explanation"]["at"], "second": running[0]["kind"] == CLOCKS[1]} if running else None
