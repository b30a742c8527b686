"""The big screen of a hall: who is called where, and how many wait, without a login."""

import pytest
from playwright.sync_api import Page, expect

from deploy import story
from tests.portal.people import People

QUEUE = f"/api/booking/v1/queues/{story.HALL}"


@pytest.mark.rule("GW-07", "BOO-18")
def test_the_board_of_a_hall_shows_every_queue_and_a_call_as_it_comes(page: Page, people: People) -> None:
    operator = people.staff("tzj077-zx-hall").visitor
    first, second = (operator.post(f"{QUEUE}/{group}/tickets")["ticket_no"] for group in ("B", "C"))
    page.goto("/screen")
    page.locator(f"a[href='/screen/{story.HALL}']").click()
    board = page.locator(".hallboard")
    expect(board).to_contain_text("等候")
    called = operator.post(f"{QUEUE}/B/call", {"window": "7"})
    expect(board.locator(".called")).to_contain_text([f"{called['ticket_no']}"])  # nobody has reloaded the page
    expect(board).to_contain_text("窗口 7")
    waiting = board.get_by_role("listitem").filter(has_text="C ").filter(has_text="等候")
    expect(waiting.locator("b")).not_to_have_text("0")
    assert {first, second} and page.get_by_role("link", name="登录").count()


@pytest.mark.rule("GW-07")
def test_the_board_needs_no_script(plain: Page) -> None:
    plain.goto(f"/screen/{story.HALL}")
    expect(plain.locator(".hallboard li").first).to_be_visible()
    assert 'http-equiv="refresh"' in plain.content()
