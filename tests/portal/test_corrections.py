"""What is missing is told once and answered on one page: a correction, a promised paper, one beyond the list."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from deploy import story
from tests.portal.conftest import OpenPage
from tests.portal.hands import Mouse, arrived
from tests.portal.journey import GIVEN, LATER, paper
from tests.portal.life import desk
from tests.portal.people import People, sign_in

BLURRED, STALE = "照片不清晰，请重新上传", "请写明有效期"


@pytest.mark.rule("FIL-07", "FIL-11", "FIL-22", "FIL-23", "FIL-24", "FIL-26")
def test_every_fault_is_told_at_once_and_answered_on_one_page(
    page: Page, open_page: OpenPage, people: People, tmp_path: Path
) -> None:
    company = people.company()
    assert company.firm
    case_no = story.draft(company.firm, mode="ordinary")
    story.give_materials(company.firm, case_no, story.ITEM, ())
    sign_in(page, company)
    _add_beyond_the_list(Mouse(page), case_no, tmp_path)
    story.submit(company.firm, case_no)

    clerk = Mouse(open_page())
    sign_in(clerk.page, people.staff("tzj049-sp-clerk1"))
    clerk.page.goto(f"/staff/cases/{case_no}")
    clerk.follow("打开材料(预受理)")
    clerk.push("打开材料(预受理)")
    clerk.follow("一次性告知补正")
    clerk.push("发出补正告知")
    expect(clerk.page.get_by_role("alert")).to_be_visible()
    for name, reason in ((GIVEN[0], BLURRED), (GIVEN[1], STALE)):
        clerk.page.get_by_label(name).fill(reason)
    clerk.push("发出补正告知")
    state = clerk.page.get_by_role("main")
    expect(state).to_contain_text("待补正")

    page.goto("/my/cases?tab=correction")
    page.get_by_role("row").filter(has_text=case_no).get_by_role("link", name="补正", exact=True).click()
    main, hand = page.get_by_role("main"), Mouse(page)
    for words in (GIVEN[0], BLURRED, GIVEN[1], STALE):
        expect(main).to_contain_text(words)
    hand.push("上传并提交")
    expect(page.get_by_role("alert")).to_be_visible()
    cards = main.locator("section.card")
    cards.filter(has_text=BLURRED).locator("input[type=file]").set_input_files(paper(tmp_path, "重拍"))
    cards.filter(has_text=STALE).get_by_label("说明").fill("有效期至 2030 年")
    hand.push("上传并提交")
    expect(page.get_by_role("status")).to_contain_text("已提交")
    clerk.page.reload()
    expect(state).to_contain_text("已补交")
    clerk.follow("受理")
    clerk.push("受理")
    expect(state).to_contain_text("已受理")


def _add_beyond_the_list(hand: Mouse, case_no: str, folder: Path) -> None:
    """A paper that nobody asked for, on the word of the staff."""
    hand.page.goto(f"/my/cases/{case_no}/apply/materials")
    hand.follow("补充目录外材料")
    hand.fill("材料名称", "样本补充说明")
    hand.fill("咨询过哪位工作人员", "样本窗口")
    hand.push("补充目录外材料")
    hand.follow("样本补充说明")
    arrived(hand.page, "样本补充说明")
    expect(hand.page.get_by_role("main")).to_contain_text("单个文件小于 300 MB；中断后可续传。")
    hand.push("上传")  # the browser asks for a file first
    expect(hand.page.get_by_role("heading", name="已交的文件")).to_have_count(0)
    hand.attach("选择文件", paper(folder, "补充说明"))
    hand.push("上传")
    expect(hand.page.get_by_role("heading", name="已交的文件")).to_be_visible()


@pytest.mark.rule("FIL-70", "FIL-71")
def test_what_was_promised_is_supplied_in_one_step_and_checked(
    page: Page, open_page: OpenPage, people: People, tmp_path: Path
) -> None:
    company = people.company()
    assert company.firm
    case_no = story.file_commit_case(company.firm)
    story.handle(desk(people), case_no)
    sign_in(page, company)
    page.goto(f"/my/cases/{case_no}")
    hand = Mouse(page)
    expect(page.get_by_role("heading", name="承诺守护")).to_be_visible()
    hand.follow("现在补齐")
    expect(page.get_by_role("main")).to_contain_text(LATER)
    page.locator("input[type=file]").set_input_files(paper(tmp_path, "补齐"))
    hand.push("上传并提交")
    expect(page.get_by_role("main")).to_contain_text("已提交，正在审核。")
    clerk = Mouse(open_page())
    sign_in(clerk.page, people.staff("tzj049-sp-reviewer"))
    clerk.page.goto(f"/staff/cases/{case_no}")
    clerk.follow("核对补交材料")
    clerk.choose("符合")
    clerk.push("提交核对结果")
    expect(clerk.page.get_by_role("link", name="核对补交材料")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("heading", name="承诺守护")).to_have_count(0)
