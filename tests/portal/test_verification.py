"""Real-name verification at the provider's own page: there, back again, and the result."""

import pytest
from playwright.sync_api import Page, expect

from tests.portal.hands import Mouse, arrived
from tests.portal.people import People, sign_in


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
