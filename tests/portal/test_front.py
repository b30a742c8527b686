"""The first page and what everybody finds without a login (GW-02, GW-04, GW-06, GW-10, GW-11)."""

import pytest
from playwright.sync_api import Page, expect

from deploy import story
from tests.portal.browser import SMALLEST
from tests.portal.conftest import OpenPage
from tests.portal.hands import Mouse, arrived


@pytest.mark.rule("GW-02", "GW-05")
def test_the_first_page_has_its_five_ways_and_its_switches(open_page: OpenPage) -> None:
    page = open_page(SMALLEST)
    page.goto("/")
    main = page.get_by_role("navigation", name="主导航")
    for name in ("个人办事", "法人办事", "我要查", "我要看", "我要问", "我要评"):
        expect(main.get_by_role("link", name=name, exact=True)).to_be_in_viewport()
    for name in ("便民服务", "我要咨询 / 投诉 / 建议", "个人办事"):
        expect(page.get_by_role("main").get_by_role("link", name=name)).to_be_visible()
    top = page.get_by_role("banner")
    for name in ("登录", "注册"):
        link = top.get_by_role("link", name=name, exact=True)
        expect(link).to_be_in_viewport()
        box = link.bounding_box()
        assert box and box["x"] > SMALLEST[0] / 2
    expect(top.get_by_role("search")).to_be_in_viewport()
    site = page.get_by_text("当前站点").bounding_box()
    assert site and site["x"] < SMALLEST[0] / 4
    Mouse(page).follow("切换")
    Mouse(page).follow("和平区")
    expect(page.get_by_text("当前站点")).to_contain_text("和平区")


@pytest.mark.rule("GW-04")
def test_a_guide_is_open_to_everybody_with_its_ways_to_apply_book_and_ask(page: Page) -> None:
    page.goto(f"/items/{story.ITEM}")
    for name in ("在线办理", "预约", "咨询"):
        expect(page.get_by_role("main").get_by_role("link", name=name, exact=True)).to_be_visible()
    for name in ("需要的材料", "办理流程", "条件与依据"):
        expect(page.get_by_role("heading", name=name)).to_be_visible()
    Mouse(page).follow("在线办理")
    arrived(page, "登录")


@pytest.mark.rule("GW-06", "GW-11")
def test_help_questions_and_the_agreement_are_a_click_away_and_a_lost_page_shows_the_way(page: Page) -> None:
    page.goto("/")
    Mouse(page).follow("帮助与常见问题")
    expect(page.get_by_role("heading", name="怎样办一件事")).to_be_visible()
    expect(page.get_by_role("heading", name="常见问题", exact=True)).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="注册协议").click()
    arrived(page, "注册协议")
    page.goto(f"/items/{story.ITEM}x")
    expect(page.get_by_text("下一步")).to_be_visible()
    for way in ("办不成？", "还是办不成？告诉我们"):
        expect(page.get_by_role("link", name=way, exact=True)).to_be_visible()


@pytest.mark.rule("GW-10")
def test_large_type_stays_until_it_is_switched_off(page: Page) -> None:
    def size() -> float:
        return float(page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)"))

    page.goto("/")
    usual = size()
    Mouse(page).follow("长者版")
    page.goto("/help")
    assert size() > usual
    Mouse(page).follow("标准版")
    assert size() == usual
