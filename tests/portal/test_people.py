"""The people of the browser tests are real ones: verified, with a second factor, and able to log in by the form."""

from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Route

from deploy.visitor import Refused, Visitor
from services.identity import totp
from tests.portal.browser import open_context
from tests.portal.people import LOGIN, Account, Authenticator, People, sign_in

FORM = """<!doctype html><html lang="zh-CN"><title>登录</title><form method="post">
<label for="a">账号</label><input id="a" name="account">
<label for="p">密码</label><input id="p" name="password" type="password">
{second}<button>登录</button></form><button>退出</button></html>"""
SECOND = "<label>动态验证码 <input name='second_factor'></label>"


def test_a_person_and_a_company_may_file(people: People) -> None:
    assert people.person(verified=False).visitor.get("/api/identity/v1/me")["level"] == 0
    assert people.person().visitor.get("/api/identity/v1/me")["level"] == 1
    firm = people.company()
    assert firm.visitor.get("/api/identity/v1/me")["kind"] == "legal"
    again = Visitor(people.hall.door)
    again.log_in("legal", firm.name, firm.password)
    assert again.ref == firm.visitor.ref


def test_staff_have_a_second_factor_and_can_log_in_many_times(people: People) -> None:
    clerk = people.staff("tzj049-sp-clerk1")
    assert people.staff("tzj049-sp-clerk1") is clerk
    login = {"kind": "staff", "account": clerk.name, "password": clerk.password}
    with pytest.raises(Refused, match="second-factor-needed"):
        Visitor(people.hall.door).call("POST", "/api/identity/v1/sessions", login)
    for _ in range(3):
        proof = {"second_factor": clerk.app.proof()}
        assert Visitor(people.hall.door).call("POST", "/api/identity/v1/sessions", login | proof)["access_token"]
    clerk.visitor.tokens["access_token"] = "ended"
    assert clerk.visitor.get("/api/filing/v1/cases", limit=1)  # logs in again by itself


@pytest.mark.parametrize("kind", ["person", "legal", "staff"])
def test_the_login_form_is_filled_in_by_its_labels(browser: Browser, people: People, kind: str) -> None:
    account = Account(kind, "someone", "a-password", Visitor(people.hall.door))
    if kind == "staff":
        account.app = Authenticator(totp.new_secret())
    sent: list[tuple[str, dict[str, list[str]]]] = []

    def answer(route: Route) -> None:
        if route.request.method == "POST":
            sent.append((route.request.url, parse_qs(route.request.post_data)))
        second = SECOND if kind == "staff" else ""
        route.fulfill(content_type="text/html; charset=utf-8", body=FORM.format(second=second))

    context = open_context(browser, people.hall.door.gateway)
    try:
        context.route("**/*", answer)
        sign_in(context.new_page(), account)
    finally:
        context.close()
    [(url, form)] = sent
    assert url.endswith(LOGIN[kind])
    assert (form["account"], form["password"]) == ([account.name], [account.password])
    assert ("second_factor" in form) == (kind == "staff")
