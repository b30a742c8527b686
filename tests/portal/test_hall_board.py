"""The big screen of a hall: who is called where, and how many wait, without a login."""

from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from chassis import clock
from deploy import story
from tests.portal.life import serve_next
from tests.portal.people import People, sign_in

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


@pytest.mark.rule("BOO-08", "BOO-13", "BOO-14")
def test_a_booking_says_what_to_do_on_the_day_and_then_the_number(page: Page, people: People) -> None:
    company, operator = people.company(), people.staff("tzj077-zx-hall").visitor
    slot = story.free_slot(company.visitor)
    wish = {"item_code": story.ITEM, "hall": story.HALL, "date": slot["date"], "slot": slot["from"]}
    booking = company.visitor.post("/api/booking/v1/bookings", wish)
    sign_in(page, company)
    page.goto(f"/my/bookings/{booking['booking_no']}")
    main = page.get_by_role("main")
    for words in (booking["booking_no"], f"建议在 {slot['from']} 前到场", "在取号机刷身份证", "前一天 24 时前取消"):
        expect(main).to_contain_text(words)
    story.travel(people.hall.door, clock.start_of(date.fromisoformat(slot["date"])) + timedelta(hours=9))
    for _ in range(2):
        operator.post(f"{QUEUE}/{booking['queue_group']}/tickets")
    ticket = operator.post(f"/api/booking/v1/bookings/{booking['booking_no']}/arrival")
    page.reload()
    expect(main).to_contain_text(f"{ticket['ticket_no']} · 等候")
    expect(main).to_contain_text("前面还有 1 位")
    expect(main).not_to_contain_text("在取号机刷身份证")
    for _ in range(3):  # who comes after finds nobody waiting
        serve_next(people, story.HALL, booking["queue_group"], "3")
