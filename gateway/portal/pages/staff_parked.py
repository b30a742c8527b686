"""Events that no service could handle: why, and once more."""

from typing import Any

from flask import abort, redirect, request

from gateway.portal import guard
from gateway.portal.ask import Problem
from gateway.portal.forms import Form
from gateway.portal.page import route, show
from gateway.portal.pages.staff_ops import SERVICES, WATCH
from gateway.portal.visitor import get_all, send


@route("/staff/parked", methods=("GET", "POST"))
@guard.staff(*WATCH)
def staff_parked() -> Any:
    """What is set aside in every service; the administrator sends it again."""
    form = Form((), parts={"events": ("搁置的消息", "What is set aside")})
    if form.sent:
        service, events = request.form.get("service", ""), request.form.getlist("event")
        if service not in SERVICES:
            abort(404)
        with form.attempt():
            send("POST", service, "/parked-events/replays", {"events": events}, Idempotency_Key=form.once)
            return redirect("/staff/parked?said=complete-task")
    found = get_all(*((service, "/parked-events") for service in SERVICES))
    parked = [
        (service, answer)
        for service, answer in zip(SERVICES, found, strict=True)
        if isinstance(answer, Problem) or answer["items"]
    ]
    return show("portal/staff_parked.html", form.status, form=form, parked=parked)
