"""The hall's first pages, in a browser: in Chinese and in English, on a phone, without script, by keyboard."""

from playwright.sync_api import Page, expect

from tests.portal.browser import SMALLEST
from tests.portal.conftest import OpenPage
from tests.portal.keyboard import Keyboard


def test_the_first_page_changes_its_language(page: Page) -> None:
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.get_by_role("link", name="English", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("link", name="中文", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


def test_the_interfaces_are_listed(page: Page) -> None:
    page.goto("/api/docs")
    expect(page.get_by_text("/api/catalog/v1/items/{code}", exact=True)).to_be_visible()


def test_an_unknown_page_leads_home(page: Page) -> None:
    for address in ("/nowhere", "/nowhere?lang=en"):
        answer = page.goto(address)
        assert answer is not None and answer.status == 404
        page.get_by_role("main").get_by_role("link").first.click()
        expect(page).to_have_url("/")


def test_the_first_page_fits_a_phone_and_a_small_screen(phone: Page, open_page: OpenPage) -> None:
    for page in (phone, open_page(SMALLEST)):
        page.goto("/")
        expect(page.get_by_role("heading", level=1)).to_be_in_viewport()


def test_the_first_pages_need_no_script(plain: Page) -> None:
    plain.goto("/")
    plain.get_by_role("contentinfo").get_by_role("link", name="接口文档").click()
    expect(plain.get_by_role("heading", level=1)).to_contain_text("接口文档")


def test_the_first_page_needs_no_mouse(page: Page, keyboard: Keyboard) -> None:
    page.goto("/")
    keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    keyboard.follow("接口文档")
    expect(page).to_have_url("/api/docs")
