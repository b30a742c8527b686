"""A form that needs an SMS code: nothing typed is lost for asking it, and no password comes back in a page."""

import re
from urllib.parse import urlencode

import pytest

from tests.gateway.conftest import Door
from tests.gateway.test_portal import FORM_TOKEN, KNOWN, login, post

TYPED = {"account": "newcomer", "name": "张三", "id_no": "11010119900307", "mobile": "13900000000", "agreed": "1"}
SECRETS = {"password": "correct-horse-1", "representative.password": "battery-staple-2"}
PAGES = ("/register/person", "/register/legal", "/account/forgotten", "/my/account/mobile", "/login/code")


def asked(door: Door, path: str, **typed: str) -> str:
    """The page after the button that sends the code."""
    body = urlencode({"step": "code", **typed}).encode() + b"&" + FORM_TOKEN
    cookie = f"ywt_form={KNOWN}" + (f"; {login()}" if path.startswith("/my") else "")
    return post(door, path, body, Cookie=cookie).body.decode()


@pytest.mark.rule("ID-02", "ID-05", "GW-10")
@pytest.mark.parametrize("path", ["/register/person", "/register/legal"])
def test_asking_for_the_code_keeps_what_was_typed_and_says_that_the_password_is_not_kept(door: Door, path: str) -> None:
    page = asked(door, path, **TYPED, **SECRETS)
    assert "验证码已发送" in page and "密码请重新填写" in page
    assert all(f'value="{TYPED[name]}"' in page for name in ("account", "name", "mobile"))
    assert re.search(r'name="agreed" value="1" checked', page)
    assert not any(secret in page for secret in SECRETS.values())
    assert "密码请重新填写" not in asked(door, path, **TYPED)


@pytest.mark.rule("ID-02", "ID-05", "GW-10")
@pytest.mark.parametrize("path", PAGES)
def test_the_code_is_asked_before_any_password_and_enter_does_not_send_another(door: Door, path: str) -> None:
    main = asked(door, path, mobile="13900000000").partition("<main")[2]
    assert re.search(r'<input[^>]* name="code"[^>]* autofocus', main)
    buttons = re.findall(r"<button[^>]*>", main)
    assert "step" not in buttons[0] and [one for one in buttons if 'value="code"' in one]
    assert main.index('value="code"') < main.find('type="password"') or 'type="password"' not in main
