"""People inside the hall write to one another, and notices reach them; the applicant of a case answers (FIL-92)."""

import secrets
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from deploy import story
from tests.portal.conftest import OpenPage
from tests.portal.hands import Mouse, arrived
from tests.portal.life import Life
from tests.portal.people import People, sign_in


@pytest.mark.rule("FIL-92", "NOT-09")
def test_a_colleague_and_the_applicant_are_written_to_answer_and_the_writer_sees_who_has_read_it(
    page: Page, open_page: OpenPage, people: People, life: Life
) -> None:
    clerk, title = people.staff("tzj049-sp-clerk1"), f"请核对材料{secrets.token_hex(2)}"
    sign_in(page, people.staff("tzj049-sp-reviewer"))
    hand = Mouse(page)
    hand.follow("全部功能")
    hand.follow("通讯录")
    hand.fill("部门编码", "TZJ049-SP")
    hand.pick("角色", "接件/受理")
    hand.push("筛选")
    page.get_by_role("row").filter(has_text=clerk.visitor.ref).get_by_role("link", name="发消息").click()
    arrived(page, "发消息")
    hand.fill("收件人", f"{clerk.visitor.ref}\n{life.firm.visitor.ref}")  # the first stands there already
    hand.fill("标题", title)
    hand.fill("内容", "第三页未签字。")
    hand.push("发消息")
    expect(page.get_by_role("alert")).to_be_visible()  # citizens only about a case of theirs
    hand.fill("业务编号", life.done)
    hand.push("发消息")
    page.goto("/staff/inbox")
    sent = page.locator("section").filter(has=page.get_by_role("heading", name="发出的消息")).get_by_role("row")
    sent = sent.filter(has_text=title)
    expect(sent.get_by_role("cell").nth(3)).to_have_text("2")
    expect(sent.get_by_role("cell").nth(4)).to_have_text("0")
    colleague = open_page()
    sign_in(colleague, clerk)
    colleague.get_by_role("main").get_by_role("link", name="未读消息").click()
    expect(colleague.get_by_role("row").filter(has_text=title)).to_contain_text("第三页未签字。")
    for _ in range(2):  # the page of the deed, then its button
        colleague.get_by_role("main").get_by_text("全部标为已读").last.click()
    applicant = open_page()
    sign_in(applicant, life.firm)
    applicant.goto("/my/messages")
    message = applicant.get_by_role("listitem").filter(has_text=title).filter(has_text="第三页未签字。")
    message.get_by_role("link", name="回复").click()
    reply = Mouse(applicant)
    reply.fill("内容", "明天来补签。")
    reply.push("回复")
    expect(applicant.get_by_role("status")).to_contain_text("回复已发出")
    page.reload()
    expect(sent.get_by_role("cell").nth(4)).to_have_text("1")
    expect(page.get_by_role("row").filter(has_text=f"回复：{title}")).to_contain_text("明天来补签。")


@pytest.mark.rule("FIL-92")
def test_a_notice_reaches_staff_and_citizens_until_it_is_read(
    page: Page, open_page: OpenPage, people: People, life: Life
) -> None:
    today, title = story.now(people.hall.door).date(), f"系统维护{secrets.token_hex(2)}"
    sign_in(page, people.staff("tzj077-office"))
    hand = Mouse(page)
    page.goto("/staff/notices")
    hand.follow("发布公告")
    for label, text in (("标题", title), ("内容", "周六晚暂停服务。"), ("起", today.isoformat())):
        hand.fill(label, text)
    hand.fill("止", (today + timedelta(days=3)).isoformat())
    hand.choose("所有人")
    hand.push("发布公告")
    row = page.get_by_role("row").filter(has_text=title)
    expect(row).to_be_visible()
    for account, address in ((people.staff("tzj049-sp-clerk1"), "/staff/inbox"), (life.firm, "/my/messages")):
        reader = open_page()
        sign_in(reader, account)
        reader.goto(address)
        part = "row" if account.kind == "staff" else "listitem"
        notice = reader.get_by_role(part).filter(has_text=title)  # type: ignore[arg-type]
        expect(notice).to_contain_text("周六晚暂停服务。")
        notice.get_by_role("link", name="标为已阅").click()
        Mouse(reader).push("标为已阅")
        expect(reader.get_by_role("status")).to_contain_text("已标为已阅")
        expect(notice.get_by_role("link", name="标为已阅")).to_have_count(0)
    page.reload()
    expect(row.get_by_role("cell").nth(3)).to_have_text("2")
