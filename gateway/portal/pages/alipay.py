"""Real-name verification at Alipay's own page: there, back again, and the result (ID-08)."""

from typing import Any

from flask import g, redirect, request

from gateway.portal import guard
from gateway.portal.forms import Form
from gateway.portal.page import route, show
from gateway.portal.visitor import send, visitor

HERE = "/my/account/verification/alipay"


@route(HERE, methods=("GET", "POST"))
@guard.citizens
def alipay() -> Any:
    """Sent: on to the provider's page. Back from there with state and code: what became of it."""
    form = Form(())
    back = {name: request.args.get(name, "") for name in ("state", "code")}
    with form.attempt():
        if form.sent:
            begun = send("POST", "identity", "/me/verification/redirects", {"method": "alipay", "return_path": HERE})
            # A page with the way there: what a form may lead to is this hall alone (its security policy).
            return show("portal/alipay.html", target=begun["redirect_url"])
        if all(back.values()):
            g.login.take(send("POST", "identity", "/me/verification/redirects/completion", back))
            return redirect(HERE)
    if form.problem:
        return show("portal/alipay.html", form.status, form=form)
    if visitor().level < 1:
        return redirect("/my/account/verification")
    return show("portal/alipay.html", verified=True)
