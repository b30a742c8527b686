"""Real-name verification at the provider's own page: there, back again, and the result."""

import secrets

import pytest
import requests
from playwright.sync_api import Page, expect

from deploy import sample
from deploy.visitor import Visitor
from tests.portal.hands import Mouse, arrived
from tests.portal.people import Account, People, sign_in
from tests.portal.test_chain import sign_up
from tests.system.hall import RealHall


def go_there(page: Page, people: People) -> Mouse:
    """Log in as somebody who is not verified, and go to the provider's page."""
    sign_in(page, people.person(verified=False))
    page.goto("/my/account/verification")
    hand = Mouse(page)
    hand.push("用支付宝认证")
    page.wait_for_url("**/alipay/certifications/*")
    return hand


@pytest.mark.rule("ID-08")
def test_who_confirms_at_alipay_comes_back_verified(page: Page, people: People) -> None:
    go_there(page, people).follow("确认 Confirm")
    arrived(page, "实名认证已通过")
    expect(page.get_by_role("banner")).to_contain_text("已实名")
    assert "code=" not in page.url


@pytest.mark.rule("ID-08")
def test_who_declines_at_alipay_is_told_what_else_there_is(phone: Page, people: People) -> None:
    hand = go_there(phone, people)
    hand.follow("拒绝 Decline")
    expect(phone.get_by_role("alert")).to_contain_text("认证未通过")
    expect(phone.get_by_role("banner")).not_to_contain_text("已实名")
    hand.follow("改用银行卡认证")
    arrived(phone, "实名认证")


@pytest.mark.rule("ID-12", "ID-13", "ID-14")
def test_a_company_registers_with_a_representative_who_has_no_account_yet(page: Page, hall: RealHall) -> None:
    code, password = sample.company_code(), secrets.token_urlsafe(12) + "a1"
    name = f"样本餐饮{code[-6:]}有限公司"
    record = {"name": name, "representative_name": "样本代表人", "registered_on": "2020-01-02"}
    requests.put(f"{hall.verifier}/legal/{code}", json=record, timeout=10).raise_for_status()
    account, secret = f"person{secrets.token_hex(5)}", secrets.token_urlsafe(12) + "a1"
    form = {
        "法定代表人的个人账号": account,
        "法定代表人的密码": secret,
        "账号": f"legal{secrets.token_hex(5)}",
        "密码": password,
        "单位名称": name,
        "统一社会信用代码": code,
        "成立日期": record["registered_on"],
        "法定代表人姓名": "样本代表人",
        "法定代表人证件号码": sample.id_no(),
        "法定代表人银行卡号": sample.card(),
    }
    sign_up(page, hall, "法人注册", form, {"法定代表人银行卡号": "", "法定代表人证件号码": "120101199003070001"})
    sign_in(page, Account("person", account, secret, Visitor(hall.door)))
    expect(page.get_by_role("banner")).to_contain_text("已实名")
    Mouse(page).push("退出")
    sign_in(page, Account("legal", code, password, Visitor(hall.door)))
