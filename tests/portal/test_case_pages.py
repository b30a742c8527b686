"""A case on the pages of its applicant: a draft and what it lacks, the tabs, the case, messages and parcels (FIL)."""

import re

import pytest
from playwright.sync_api import Page, expect

from deploy import story
from tests.portal.conftest import OpenPage
from tests.portal.hands import Mouse, arrived, reload_until
from tests.portal.journey import begin
from tests.portal.life import Life
from tests.portal.people import People, sign_in

CHARGED = "000149013000"  # 药品零售许可, which no other test files
STEPS = ["阅读申请须知", "填写申请表", "提交材料", "签署承诺书", "递交与领取方式", "核对并提交"]
COLUMNS = ["业务编号", "申请时间", "审批事项", "审批部门", "来源"]
LICENCE = "营业执照或者其他主体资格证明文件复印件"


@pytest.mark.rule("FIL-01", "FIL-03", "FIL-05", "FIL-06", "FIL-08", "FIL-13", "CAT-29", "CAT-33")
def test_an_empty_draft_is_not_sent_says_what_is_missing_and_can_be_deleted(page: Page, people: People) -> None:
    company = people.company()
    sign_in(page, company)
    hand = Mouse(page)
    case_no = begin(hand, "样本空白项目")
    apply = f"/my/cases/{case_no}/apply"
    page.goto(apply)
    assert [text.split("\n")[0] for text in page.locator("ol.tasklist li").all_inner_texts()] == STEPS
    page.goto(f"{apply}/check")
    unfinished = page.get_by_text("还有 4 步没有完成").locator("xpath=../..")
    assert unfinished.get_by_role("link").all_inner_texts() == STEPS[1:5]
    hand.push("确认提交")
    wrong = page.get_by_role("alert")
    expect(wrong.get_by_role("link", name=re.compile("^经营场所："))).to_be_visible()
    expect(wrong.locator("p.rule")).to_contain_text("FIL-03")
    page.goto(f"{apply}/form")
    expect(page.get_by_text("至少填写一项").first).to_be_visible()
    filled = story.draft(company.firm, mode="ordinary") if company.firm else ""
    page.goto(f"/my/cases/{filled}/apply/check")
    hand.push("确认提交")
    expect(wrong.locator("p.rule")).to_contain_text("FIL-08")
    wrong.get_by_role("link", name=LICENCE).click()
    arrived(page, LICENCE)
    for way in ("上传文件", "从证照库获取"):
        expect(page.get_by_role("heading", name=way)).to_be_visible()
    expect(page.get_by_text("小于 300 MB")).to_be_visible()
    hand.fill("持证人的 8 位验证码", "00000000")
    hand.push("获取证照")
    expect(wrong.locator("p.rule")).to_contain_text("FIL-06")
    expect(page.get_by_role("heading", name="已交的文件")).to_have_count(0)
    page.goto(apply)
    hand.follow("删除暂存件")
    hand.push("删除暂存件")
    arrived(page, "我的办件")
    drafts = page.get_by_role("main")
    expect(drafts.get_by_role("link", name=filled)).to_be_visible()
    expect(drafts.get_by_role("link", name=case_no)).to_have_count(0)


@pytest.mark.rule("FIL-14", "FIL-16", "FIL-17", "FIL-18", "FIL-70")
def test_saved_and_sent_cases_stand_apart_and_a_promise_shows_its_days(page: Page, life: Life) -> None:
    sign_in(page, life.firm)
    main = page.get_by_role("main")
    hand = Mouse(page)
    page.goto("/my/cases")
    hand.follow("暂存件")
    expect(main.get_by_role("link", name=life.draft)).to_be_visible()
    expect(main.get_by_role("link", name=life.done)).to_have_count(0)
    hand.follow("承诺补正件")
    row = page.get_by_role("row").filter(has_text=life.done)
    expect(row).to_contain_text(re.compile(r"还有 \d+ 个工作日"))
    expect(row.get_by_role("link", name="补齐")).to_be_visible()
    assert page.get_by_role("columnheader").all_inner_texts()[:5] == COLUMNS
    expect(row).to_contain_text("网上申报")
    expect(row.get_by_role("link", name="查看")).to_be_visible()
    row.get_by_role("link", name=life.done).click()
    for name in ("申请信息", "办理记录", "申请材料", "回执与文书", "承诺守护"):
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    stages = page.get_by_role("list", name="办理进度").get_by_role("listitem")
    expect(stages).to_have_text([re.compile(f"^{name}，") for name in ("提交", "受理", "审查", "决定", "送达")])


@pytest.mark.rule("NOT-09", "NOT-22")
def test_messages_and_parcels_are_in_the_own_space(page: Page, life: Life) -> None:
    sign_in(page, life.firm)
    page.goto("/my/messages")
    expect(page.locator("main ul.results li").first).to_be_visible()
    Mouse(page).follow("全部标为已读")
    Mouse(page).push("全部标为已读")
    expect(page.get_by_text("未读", exact=True)).to_have_count(0)
    page.goto("/my/parcels")
    row = page.get_by_role("row").filter(has_text=life.done)
    expect(row).to_be_visible()
    row.get_by_role("link").last.click()
    arrived(page, "快递轨迹")
    expect(page.get_by_role("heading", name="轨迹", exact=True)).to_be_visible()


@pytest.mark.rule("FIL-98")
def test_a_fee_is_paid_online_from_the_case_before_it_is_decided(
    page: Page, open_page: OpenPage, people: People
) -> None:
    company = people.company()
    assert company.firm
    charge(people, CHARGED)
    case_no = story.draft(company.firm, CHARGED, mode="ordinary")
    story.give_materials(company.firm, case_no, CHARGED, ())
    story.submit(company.firm, case_no)
    clerk, reviewer = (people.staff(f"tzj049-sp-{post}").visitor for post in ("clerk1", "reviewer"))
    for who, verb in ((clerk, "view"), (clerk, "acceptance"), (reviewer, "examination")):
        who.post(f"{story.FILING}/cases/{case_no}/{verb}", {})
    reviewer.post(f"{story.FILING}/cases/{case_no}/review", {"opinion": "符合条件"})
    decider = open_page()
    desk = Mouse(decider)
    sign_in(decider, people.staff("tzj049-sp-decider"))
    decider.goto(f"/staff/cases/{case_no}")
    expect(decider.get_by_role("main")).to_contain_text("20.00")
    desk.follow("作出决定")
    desk.choose("准予")
    desk.fill("意见", "准予许可")
    desk.push("作出决定")
    expect(decider.get_by_role("alert").locator("p.rule")).to_contain_text("FIL-98")
    sign_in(page, company)
    page.goto(f"/my/cases/{case_no}")
    fee = page.locator("section").filter(has=page.get_by_role("heading", name="缴费", exact=True))
    expect(fee).to_contain_text("待缴")
    fee.get_by_role("link", name="去缴费").click()
    page.get_by_role("link", name="支付 Pay").click()
    expect(page.get_by_text("缴费成功 Paid")).to_be_visible()
    page.goto(f"/my/cases/{case_no}")
    reload_until(page, fee.get_by_text("已缴"))
    expect(fee.get_by_role("link", name="去缴费")).to_have_count(0)
    desk.push("作出决定")
    expect(decider.get_by_text("已办理。")).to_be_visible()


def charge(people: People, item: str) -> None:
    """From now on the item costs 20 yuan, to be paid before the decision."""
    editor, path = people.staff("tzj077-catalog").visitor, f"/api/catalog/v1/items/{item}"
    fee = {"charged": True, "amount_fen": 2000, "before_decision": True, "text": "20 元", "basis": "样本收费依据"}
    guide = editor.get(path)["guide"]
    editor.call("PUT", f"{path}/draft", guide | {"fee": fee})
    editor.post(f"{path}/publication", {"change_log": "样本收费"})
    people.hall.settle()  # filing has heard of the new version
