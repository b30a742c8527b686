"""The windows: fifteen minutes to open what was pushed, what runs beside a case, the result handed over."""

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from chassis import clock
from deploy import sample, story
from deploy.visitor import until
from gateway.portal.words import MODE
from tests.portal.conftest import OpenPage
from tests.portal.hands import Mouse, arrived
from tests.portal.journey import GIVEN, HALL, LATER, deliver, paper
from tests.portal.life import desk
from tests.portal.office import do
from tests.portal.people import Account, People, sign_in
from tests.system.hall import RealHall

PARALLEL = "000149022000"  # 产业项目企业设立环节并联审批, led by the same office
PARTNER = "TZJ037-SP"


def pushed(people: People, company: Account | None = None) -> str:
    """A counter filing that a hall has taken and pushed to the accepting window."""
    company, clerk = company or people.company(), people.staff("tzj077-zx-clerk1").visitor
    guide = clerk.get(f"/api/catalog/v1/items/{story.ITEM}")["guide"]
    wanted = {"item_code": story.ITEM, "mode": "ordinary", "project_name": "样本同城项目", "hall": story.HALL}
    wanted |= {"subject_ref": company.visitor.ref, "window": "1"}
    path = f"{story.FILING}/cases/{clerk.post(f'{story.FILING}/cases', wanted)['case_no']}"
    form = sample.form(guide, "样本同城项目")
    clerk.call("PATCH", path, {"agreed": True, "form": form, "delivery_in": "window", "delivery_out": "window"})
    for material in guide["materials"]:
        if material["required"]:
            clerk.call("PUT", f"{path}/materials/{material['code']}/files/{quote('材料.pdf')}", data=sample.PDF)
    clerk.post(f"{path}/dispatch", {"accepting_window": "受理窗口 1"})
    return path.rpartition("/")[2]


@pytest.mark.rule("FIL-57", "FIL-58")
def test_the_fifteen_minutes_run_on_the_desk_and_on_the_case(
    page: Page, plain: Page, people: People, hall: RealHall
) -> None:
    case_no = pushed(people)
    clerk = people.staff("tzj049-sp-clerk1")
    sign_in(page, clerk)
    page.goto("/staff/same-city")
    row = page.get_by_role("listitem").filter(has_text=case_no)
    running = row.get_by_role("timer")
    expect(running).to_have_text(re.compile(r"还剩 1[0-4]:\d\d"))
    first = running.inner_text()
    expect(running).not_to_have_text(first)  # it runs
    sign_in(plain, clerk)
    plain.goto(f"/staff/cases/{case_no}")
    expect(plain.get_by_role("timer")).to_contain_text("截至")
    story.travel(hall.door, story.now(hall.door) + timedelta(minutes=16))
    page.goto(f"/staff/cases/{case_no}")
    second = page.get_by_text("最后 15 分钟")
    until(lambda: second.count() or (page.reload() and second.count()), "the second fifteen minutes")
    hand = Mouse(page)
    hand.follow("打开材料(预受理)")
    hand.push("打开材料(预受理)")
    expect(page.get_by_role("timer")).to_have_count(0)
    expect(page.get_by_role("link", name="约定答复时间")).to_be_visible()
    hand.follow("纸质材料已移交")
    hand.push("纸质材料已移交")
    expect(page.get_by_role("link", name="纸质材料已移交")).to_have_count(0)


@pytest.mark.rule("FIL-38")
def test_a_parallel_opinion_is_asked_for_given_and_shown(page: Page, open_page: OpenPage, people: People) -> None:
    company = people.company()
    assert company.firm
    case_no = story.draft(company.firm, PARALLEL, mode="ordinary")
    story.give_materials(company.firm, case_no, PARALLEL, ())
    story.submit(company.firm, case_no)
    clerk, reviewer = (people.staff(f"tzj049-sp-{post}") for post in ("clerk1", "reviewer"))
    for verb, who in (("view", clerk), ("acceptance", clerk), ("examination", reviewer)):
        who.visitor.post(f"{story.FILING}/cases/{case_no}/{verb}", {})
    sign_in(page, people.staff("tzj037-sp-deputy"))
    page.goto("/staff/cases?list=opinion")
    hand = Mouse(page)
    hand.follow(case_no)
    hand.follow("出具并联意见")  # of the own office alone
    arrived(page, "出具并联意见")
    hand.choose("附条件同意")
    hand.fill("说明", "须先办理社会保险登记")
    hand.push("出具并联意见")
    leader = open_page()
    sign_in(leader, reviewer)
    leader.goto(f"/staff/cases/{case_no}")
    row = leader.get_by_role("listitem").filter(has_text=PARTNER)
    expect(row).to_contain_text("已出具意见")
    expect(row).to_contain_text("附条件同意 · 须先办理社会保险登记")
    expect(leader.get_by_role("link", name="登记联席会议")).to_be_visible()


@pytest.mark.rule("FIL-31", "FIL-36", "FIL-44", "FIL-97")
def test_a_special_procedure_is_approved_and_the_result_is_handed_over(
    page: Page, open_page: OpenPage, people: People
) -> None:
    company = people.company()
    assert company.firm
    case_no = story.draft(company.firm, mode="ordinary", delivery_out="window")
    story.give_materials(company.firm, case_no, story.ITEM, ())
    story.submit(company.firm, case_no)
    clerk, reviewer = (people.staff(f"tzj049-sp-{post}") for post in ("clerk1", "reviewer"))
    path = f"{story.FILING}/cases/{case_no}"
    for verb, who in (("view", clerk), ("acceptance", clerk), ("examination", reviewer)):
        who.visitor.post(f"{path}/{verb}", {})
    reviewer.visitor.post(
        f"{path}/special-procedure", {"kind": "hearing", "reason": "相邻方要求听证", "expected_wd": 5}
    )
    sign_in(page, people.staff("tzj049-sp-decider"))
    page.goto(f"/staff/cases/{case_no}")
    expect(page.get_by_role("main")).to_contain_text("相邻方要求听证")
    do(page, "审批特别程序", "是")
    do(page, "登记特别程序结果", 结果="听证已结束，无异议")
    reviewer.visitor.post(f"{path}/review", {"opinion": "符合条件"})
    page.reload()
    do(page, "作出决定", "准予", 意见="准予许可")
    window = open_page()
    sign_in(window, clerk)
    window.goto(f"/staff/cases/{case_no}")
    hand = Mouse(window)
    hand.follow("领取登记")
    hand.choose("已核对领取人证件")
    hand.push("领取登记")
    expect(window.get_by_role("alert")).to_contain_text("材料原件")
    hand.choose("已核对原件")
    hand.push("领取登记")
    expect(window.get_by_text("已办理。")).to_be_visible()
    expect(window.get_by_role("link", name="领取登记")).to_have_count(0)
    print_elsewhere(open_page, people, company, case_no)


def print_elsewhere(open_page: OpenPage, people: People, company: Account, case_no: str) -> None:
    """The applicant takes a code, with which a window of another hall prints, and without which it does not."""
    own, elsewhere = Mouse(open_page()), Mouse(open_page())
    sign_in(own.page, company)
    own.page.goto(f"/my/cases/{case_no}")
    own.follow("异地打印码")
    own.push("获取异地打印码")
    code = own.page.locator("dd.secret code").inner_text()
    sign_in(elsewhere.page, people.staff("tzj077-zx-clerk1"))
    elsewhere.page.goto("/staff/menu")
    elsewhere.follow("异地打印")
    elsewhere.fill("业务编号", case_no)
    elsewhere.fill("打印码", code[::-1] if code != code[::-1] else "x" * 8)
    elsewhere.push("打印(PDF)")
    expect(elsewhere.page.get_by_role("alert")).to_contain_text("打印码不正确")
    elsewhere.fill("打印码", code)
    with elsewhere.page.expect_download() as download:
        elsewhere.push("打印(PDF)")
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")


@pytest.mark.rule("SUP-04", "SUP-05")
def test_the_coordinator_files_the_record_of_the_weekly_meeting(page: Page, people: People, hall: RealHall) -> None:
    company = people.company()
    assert company.firm
    story.handle(desk(people), story.file_commit_case(company.firm))  # a push makes two offices a pair
    hall.settle()
    coordinator = people.staff("tzj049-sp-coordinator")
    sign_in(page, coordinator)
    sign_the_sheet_of_the_day(page)
    rows = coordinator.visitor.get("/api/supervision/v1/weekly-records", limit=50)["items"]
    record = next(row for row in rows if row["state"] == "due")
    met = clock.parse(f"{record['meeting_day']}T15:00")
    story.travel(hall.door, met + timedelta(hours=1))
    page.goto("/staff/linkage")
    hand = Mouse(page)
    hand.follow(record["week"])
    arrived(page, "周见面记录")
    for group in page.get_by_role("group").all():
        group.get_by_role("checkbox").first.check()
    hand.fill("见面时间", f"{met:%Y-%m-%dT%H:%M}")
    hand.fill("纪要", "本周推送一件，已查看。")
    hand.push("登记")
    page.goto(f"/staff/weekly/{record['id']}")
    expect(page.get_by_role("main")).to_contain_text("本周推送一件")
    expect(page.get_by_role("button", name="登记", exact=True)).to_have_count(0)


def sign_the_sheet_of_the_day(page: Page) -> None:
    """One side has checked the numbers of the day; the other has still to do so."""
    page.goto("/staff/linkage")
    row = page.get_by_role("row").filter(has_text="待核对").first
    row.get_by_role("link", name="签字确认").click()
    Mouse(page).push("签字确认")
    expect(page.get_by_role("row").filter(has_text="一方已签").first).to_be_visible()


def begin_another(company: Account, clerk: Account) -> str:
    """A second draft of the same window, begun in vain."""
    wanted = {"item_code": story.ITEM, "mode": "ordinary", "project_name": "样本窗口误录", "hall": story.HALL}
    return str(clerk.visitor.post(f"{story.FILING}/cases", wanted | {"subject_ref": company.visitor.ref})["case_no"])


def come_back_to_drafts(hand: Mouse, case_no: str, in_vain: str) -> None:
    """The clerk leaves, deletes what was begun in vain, and goes on with the other from the desk."""
    page = hand.page
    hand.follow("暂存，以后再办")
    arrived(page, "我代录的草稿")
    page.get_by_role("row").filter(has_text=in_vain).get_by_role("link", name="删除暂存件").click()
    arrived(page, "删除暂存件")
    hand.push("删除暂存件")
    arrived(page, "我代录的草稿")
    expect(page.get_by_role("status")).to_contain_text("暂存件已删除")
    expect(page.get_by_role("link", name=in_vain)).to_have_count(0)
    page.goto("/staff")
    page.get_by_role("region", name="我代录的草稿").get_by_role("link", name=case_no).click()
    page.wait_for_url("**/apply")


@pytest.mark.rule("FIL-13", "FIL-50", "FIL-53")
def test_a_window_takes_a_filing_for_somebody_and_pushes_it(page: Page, people: People, tmp_path: Path) -> None:
    company, clerk = people.company(), people.staff("tzj077-zx-clerk1")
    sign_in(page, clerk)
    page.goto(f"/items/{story.ITEM}")
    hand = Mouse(page)
    hand.follow("窗口接件")
    arrived(page, "窗口接件")
    hand.fill("申请人编号", company.visitor.ref)
    hand.choose(MODE["ordinary"][0])
    hand.fill("项目名称", "样本窗口项目")
    hand.pick("窗口所在大厅", HALL)
    hand.choose("我已阅读申请须知并同意")
    hand.push("开始填报")
    page.wait_for_url("**/apply")
    case_no = page.url.split("/")[-2]
    come_back_to_drafts(hand, case_no, begin_another(company, clerk))
    guide = clerk.visitor.get(f"/api/catalog/v1/items/{story.ITEM}")["guide"]
    clerk.visitor.call("PATCH", f"{story.FILING}/cases/{case_no}", {"form": sample.form(guide, "样本窗口项目")})
    hand.follow("提交材料")
    for name in (*GIVEN, LATER):
        hand.follow(name)
        arrived(page, name)
        hand.attach("选择文件", paper(tmp_path, "材料"))
        hand.push("上传")
        expect(page.get_by_role("heading", name="已交的文件")).to_be_visible()
        hand.follow("完成，返回")
        arrived(page, "提交材料")
    hand.follow("继续")
    deliver(hand)
    hand.follow("推送受理窗口")
    arrived(page, "推送受理窗口")
    hand.fill("受理窗口", "受理窗口 1")
    hand.push("推送受理窗口")
    arrived(page, "食品经营许可")
    expect(page.get_by_role("main")).to_contain_text("已推送受理窗口")
    page.goto(f"/my/cases/{case_no}")  # where an applicant would look
    page.wait_for_url(f"**/staff/cases/{case_no}")
