"""Somebody new, who goes by what the pages say: how to try it, an account, a real name, and back to the item."""

import re
import secrets

import pytest
from playwright.sync_api import Page, expect

from deploy.visitor import read_code, until
from tests.portal.conftest import OpenPage
from tests.portal.hands import Mouse, arrived, labelled
from tests.portal.people import People
from tests.system.hall import RealHall

ITEM = "000149015000"  # a person may file it


@pytest.fixture
def numbers(page: Page, open_page: OpenPage) -> dict[str, str]:
    """Sample numbers, found from the foot of the first page."""
    page.goto("/")
    Mouse(page).follow("怎样试用")
    with page.expect_popup() as popup:
        page.get_by_role("link", name="样本号码与验证器").first.click()
    opened = popup.value
    arrived(opened, "样本号码与验证器")
    labels, values = opened.get_by_role("rowheader").all_inner_texts(), opened.locator("td").all_inner_texts()
    opened.close()
    return {label.partition(" ")[0]: value for label, value in zip(labels, values, strict=True)}


def refuse(page: Page, press: str, *fields: str) -> None:
    """Pressing the button is refused, and the page says of which fields."""
    Mouse(page).push(press)
    for field in fields:
        expect(page.get_by_role("alert").get_by_role("link", name=re.compile(f"^{re.escape(field)}"))).to_be_visible()


@pytest.mark.rule("ID-01", "ID-02", "ID-03", "ID-05", "ID-06", "ID-07", "ID-08", "ID-19")
def test_a_newcomer_registers_is_led_to_the_real_name_and_back_to_the_item(
    page: Page, hall: RealHall, numbers: dict[str, str]
) -> None:
    hand, password = Mouse(page), secrets.token_urlsafe(12) + "a1"
    account, mobile = f"newcomer{secrets.token_hex(3)}", numbers["手机号"]
    hand.follow("注册个人账号")
    for label in ("账号", "密码", "姓名", "证件号码", "手机号", "短信验证码"):
        expect(labelled(page, label)).to_have_attribute("required", "")
    hand.fill("手机号", mobile)
    hand.push("发送验证码")
    code = until(lambda: read_code(hall.door, mobile), "the code of the registration")
    wrong = "000000" if code != "000000" else "000001"
    form = {"账号": account, "密码": password, "姓名": "新来人", "证件号码": numbers["证件号码"], "短信验证码": wrong}
    for label, text in form.items():
        hand.fill(label, text)
    refuse(page, "注册", "我已阅读并同意《注册协议》")
    hand.fill("密码", password)
    hand.choose("我已阅读并同意《注册协议》")
    refuse(page, "注册", "短信验证码")
    hand.fill("密码", password)
    hand.fill("短信验证码", code)
    hand.push("注册")
    expect(page.get_by_role("status")).to_contain_text("登录后即可实名认证")
    log_in_at_the_wrong_door(page, account, password)
    verify_on_the_way(page, numbers["银行卡号"])


def log_in_at_the_wrong_door(page: Page, account: str, password: str) -> None:
    """A personal account opens nothing at the entrance of companies."""
    hand = Mouse(page)
    for kind in ("法人登录", "个人登录"):
        hand.follow(kind)
        hand.fill("账号", account)
        hand.fill("密码", password)
        hand.push("登录")
        if kind == "法人登录":
            expect(page.get_by_role("alert")).to_contain_text("下一步")
    expect(page.get_by_role("banner")).to_contain_text("注册用户")


def verify_on_the_way(page: Page, card: str) -> None:
    """Guides and letters are open; who would apply is led to the verification and comes back."""
    hand = Mouse(page)
    page.goto("/ask/consultation")
    expect(page.get_by_role("button", name="提交", exact=True)).to_be_visible()
    page.goto("/my/account")
    expect(page.get_by_role("link", name="高级认证(实名)")).to_be_visible()
    page.goto(f"/items/{ITEM}")
    hand.follow("在线办理")
    expect(page.get_by_role("button", name="同意并开始填报")).to_have_count(0)
    hand.follow("去实名认证")
    hand.fill("银行卡号", card)
    hand.push("认证")
    expect(page).to_have_url(re.compile(f"/file/{ITEM}$"))
    expect(page.get_by_role("banner")).to_contain_text("已实名")
    expect(page.get_by_role("button", name="同意并开始填报")).to_be_visible()


@pytest.mark.rule("ID-16", "ID-17", "ID-25")
def test_a_wrong_password_says_nothing_of_the_account_and_all_devices_can_be_logged_out(
    page: Page, open_page: OpenPage, people: People
) -> None:
    citizen, elsewhere = people.person(), open_page()
    said = []
    for account in (citizen.name, f"nobody{secrets.token_hex(4)}"):
        page.goto("/login")
        for label, text in (("账号", account), ("密码", "not-the-password-1")):
            Mouse(page).fill(label, text)
        Mouse(page).push("登录")
        said.append(page.get_by_role("alert").inner_text())
    assert said[0] == said[1] and "下一步" in said[0]
    for at in (page, elsewhere):
        at.goto("/login")
        Mouse(at).fill("账号", citizen.name)
        Mouse(at).fill("密码", citizen.password)
        Mouse(at).push("登录")
        expect(at.get_by_role("button", name="退出", exact=True)).to_be_visible()
    page.goto("/my/account/settings")
    Mouse(page).follow("退出全部设备")
    Mouse(page).push("退出全部设备")
    arrived(page, "登录")

    def out() -> bool:
        elsewhere.goto("/my")
        return "/login" in elsewhere.url

    until(out, "the other device to be out")
