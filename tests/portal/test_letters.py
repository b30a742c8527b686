"""Letters and ratings on the pages: with a name and without one, about an item, and what a bad mark needs (FEE)."""

import pytest
from playwright.sync_api import Page, expect

from deploy import story
from tests.portal.hands import Mouse, arrived
from tests.portal.life import desk
from tests.portal.people import People, sign_in


@pytest.mark.rule("FEE-20", "FEE-21", "FEE-22", "FEE-30", "GW-11")
def test_a_question_without_a_name_is_read_by_its_number_and_password(page: Page) -> None:
    hand = Mouse(page)
    page.goto(f"/items/{story.ITEM}")
    page.get_by_role("main").get_by_role("link", name="咨询", exact=True).click()
    hand.fill("标题", "要不要盖章")
    hand.fill("内容", "复印件要盖公章吗？")
    hand.push("提交")
    arrived(page, "已收到您的来信")
    number, password = page.locator("main strong").first.inner_text(), page.locator("p.secret code").inner_text()
    hand.follow("查询答复")
    for given in ("000000" if password != "000000" else "000001", password):
        hand.fill("信件编号", number)
        hand.fill("查询密码", given)
        hand.push("查询")
        if given != password:
            refusal = page.get_by_role("alert")
            expect(refusal.locator("p.next")).to_be_visible()
            expect(refusal.get_by_role("link", name="还是办不成？告诉我们")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("复印件要盖公章吗？")
    page.goto("/ask/complaint")
    arrived(page, "登录")


@pytest.mark.rule("FEE-01", "FEE-02", "FEE-03", "FEE-10")
def test_a_bad_mark_needs_words_and_blanks_are_none(page: Page, people: People) -> None:
    company = people.company()
    assert company.firm
    case_no = story.file_commit_case(company.firm)
    story.handle(desk(people), case_no)
    people.hall.settle()
    sign_in(page, company)
    page.goto("/my/ratings")
    page.get_by_role("main").get_by_role("link", name=case_no).click()
    levels = page.get_by_role("group", name="总体评价").locator("label")
    expect(levels).to_have_text(["非常满意", "满意", "基本满意", "不满意", "非常不满意"])
    hand = Mouse(page)
    for words in ("", "     "):
        hand.choose("不满意")
        hand.fill("说明", words)
        hand.push("提交评价")
        expect(page.get_by_role("alert").locator("p.rule")).to_contain_text("FEE-03")
    expect(page.get_by_role("alert").get_by_role("link")).not_to_have_count(0)
