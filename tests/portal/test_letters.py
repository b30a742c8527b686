"""Letters and ratings on the pages: with a name and without one, about an item, and what a bad mark needs (FEE)."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from deploy import story
from tests.portal.conftest import OpenPage
from tests.portal.hands import Mouse, arrived, labelled
from tests.portal.life import Life, desk
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


@pytest.mark.rule("FIL-51", "FEE-33")
def test_no_window_can_refuse_and_who_was_refused_has_a_complaint_of_its_own(
    page: Page, open_page: OpenPage, people: People, life: Life
) -> None:
    case_no = story.draft(life.firm.firm, mode="ordinary") if life.firm.firm else ""
    story.give_materials(life.firm.firm, case_no, story.ITEM, ())
    story.submit(life.firm.firm, case_no)
    clerk = open_page()
    sign_in(clerk, people.staff("tzj049-sp-clerk1"))
    clerk.goto(f"/staff/cases/{case_no}")
    deeds = clerk.get_by_role("main").get_by_role("link")
    expect(deeds.filter(has_text="打开材料(预受理)")).to_be_visible()
    expect(deeds.filter(has_text=re.compile("拒|不予|退回"))).to_have_count(0)
    sign_in(page, life.firm)
    page.goto(f"/my/cases/{case_no}")
    hand = Mouse(page)
    hand.follow("投诉")
    hand.pick("投诉类别", "拒收、拒办")
    hand.fill("标题", "窗口不收材料")
    hand.fill("内容", "窗口说今天不收。")
    hand.push("提交")
    arrived(page, "已收到您的来信")
    number = page.locator("main strong").first.inner_text()
    handler = open_page()
    sign_in(handler, people.staff("tzj049-letters-a"))
    handler.goto(f"/staff/letters/{number}")
    facts = handler.get_by_role("main")
    for text in ("拒收、拒办", case_no, "与办件记录核对", "答复草稿"):
        expect(facts).to_contain_text(text)
    expect(facts.get_by_role("cell", name="来信", exact=True)).to_be_visible()  # a step in words, not as it is stored
    expect(facts).to_contain_text(re.compile("关于您反映的.+经核对系统记录"))
    answering = Mouse(handler)
    answering.follow("签收办理")
    answering.push("签收办理")
    story.travel(people.hall.door, story.now(people.hall.door) + timedelta(minutes=2))  # a field holds whole minutes
    answering.follow("登记联系")
    answering.fill("联系时间", f"{story.now(people.hall.door):%Y-%m-%dT%H:%M}")
    answering.push("登记联系")
    answering.follow("答复")
    draft = labelled(handler, "答复内容")
    expect(draft).to_have_value(re.compile("关于您反映的.+经核对系统记录", re.DOTALL))
    answering.fill("答复内容", draft.input_value() + "窗口已当场收取材料。")
    answering.push("答复")
    expect(handler.get_by_text("已办理。")).to_be_visible()
    page.goto(f"/my/letters/{number}")
    expect(page.get_by_role("main")).to_contain_text(re.compile("经核对系统记录.+窗口已当场收取材料。"))
