"""One short journey for each role: what somebody comes for, clicked through as they would."""

import re
import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from chassis import workdays
from deploy import story
from tests.portal.conftest import OpenPage
from tests.portal.hands import Mouse, arrived, reload_until
from tests.portal.life import BOOKING, Life, report, serve_next, take_number
from tests.portal.people import People, sign_in

Desk = Callable[[str], Mouse]


@pytest.fixture
def desk(open_page: OpenPage, people: People) -> Desk:
    """Somebody of the staff, logged in."""

    def opened(account: str) -> Mouse:
        page = open_page()
        sign_in(page, people.staff(account))
        arrived(page, "今天要我做什么")
        return Mouse(page)

    return opened


def do(hand: Mouse, title: str, choice: str = "", button: str = "", **fields: str) -> None:
    """A deed on a page of its own: open it, fill it in, send it."""
    hand.follow(title)
    arrived(hand.page, button or title)
    if choice:
        hand.choose(choice)
    for label, text in fields.items():
        hand.fill(label, text)
    hand.push(button or title)


@pytest.mark.rule("GW-02", "GW-04", "BOO-03", "BOO-04", "BOO-05", "BOO-08", "BOO-09")
def test_a_citizen_finds_an_item_books_a_visit_and_cancels_it(page: Page, people: People) -> None:
    sign_in(page, people.person())
    page.goto("/")
    hand = Mouse(page)
    page.get_by_label("您要办什么").fill("食品经营许可")
    page.get_by_role("main").get_by_role("button", name="搜索").click()
    hand.follow("食品经营许可")
    arrived(page, "食品经营许可")
    hand.follow("预约")
    arrived(page, "网上预约")
    page.locator(f"a[href*='hall={story.HALL}']").first.click()
    arrived(page, "选择时间")
    today = story.now(people.hall.door).date()
    offered = {value.split(" ")[0] for value in page.get_by_role("radio").evaluate_all("all => all.map(o => o.value)")}
    bookable = {workdays.add_workdays(today, days).isoformat() for days in range(1, 6)}
    assert offered and offered <= bookable
    page.get_by_role("radio").first.check()
    hand.push("确认预约")
    expect(page.get_by_role("status")).to_contain_text("预约成功")
    booking_no = page.url.partition("?")[0].rpartition("/")[2]
    expect(page.get_by_role("main")).to_contain_text(booking_no)
    do(hand, "取消预约")
    arrived(page, "我的预约")
    expect(page.get_by_role("status")).to_contain_text("预约已取消")


@pytest.mark.rule("GW-03", "AMB-22")
def test_the_space_of_a_company_has_every_menu_and_five_tabs(page: Page, life: Life) -> None:
    sign_in(page, life.firm)
    menu = page.get_by_role("navigation", name="我的空间")
    for name in ("我要办事", "我的文件", "我的办件", "邮政速递", "我的互动", "我的收藏", "我的预约", "信息管理"):
        expect(menu.get_by_role("link", name=name, exact=True)).to_be_visible()
    expect(page.get_by_role("banner")).to_contain_text("认证等级")
    menu.get_by_role("link", name="我的办件").click()
    tabs = ("承诺补正件", "在办件", "补正件", "办结件", "暂存件")
    for name in tabs:
        page.get_by_role("main").get_by_role("link", name=name, exact=True).click()
        expect(page.locator("a[aria-current=true]")).to_have_text(name)
    expect(page.get_by_role("main").get_by_role("link", name=life.draft)).to_be_visible()
    assert page.locator("main .chips a").all_inner_texts() == list(tabs)


def test_a_letter_is_answered_and_satisfies(page: Page, life: Life, desk: Desk) -> None:
    handler = desk("tzj049-letters-a")
    handler.follow(life.letter)
    do(handler, "签收办理")
    do(handler, "答复", 答复内容="加盖公章即可，也可以使用电子营业执照。")
    sign_in(page, life.firm)
    page.goto(f"/my/letters/{life.letter}")
    expect(page.get_by_role("main")).to_contain_text("也可以使用电子营业执照")
    do(Mouse(page), "满意", button="满意")
    expect(page.get_by_role("status")).to_contain_text("感谢您的评价")


@pytest.mark.rule("FEE-01", "FEE-04", "FEE-08", "FIL-17")
def test_a_company_rates_its_case(page: Page, life: Life) -> None:
    sign_in(page, life.firm)
    page.goto("/my/cases?tab=commitment")
    hand = Mouse(page)
    row = page.get_by_role("row").filter(has_text=life.done)
    row.get_by_role("link", name="评价", exact=True).click()
    hand.choose("非常满意")
    hand.choose("办事效率")
    hand.fill("说明", "当天就办好了")
    hand.push("提交评价")
    expect(page.get_by_role("main")).to_contain_text("当天就办好了")
    expect(page.get_by_role("button", name="提交评价")).to_have_count(0)
    page.goto("/my/cases?tab=commitment")
    reload_until(page, row.get_by_text("已评价：非常满意"))
    page.goto(f"/my/cases/{life.done}")
    hand.follow("已评价：非常满意")
    expect(page.get_by_role("main")).to_contain_text("当天就办好了")


@pytest.mark.rule("GW-04", "FIL-21")
def test_progress_is_looked_up_without_a_login(page: Page, life: Life) -> None:
    page.goto("/look-up")
    hand = Mouse(page)
    hand.fill("业务编号", life.done)
    hand.fill("申请时所留电话的后四位", life.case()["form"]["fixed_phone"][-4:])
    hand.push("查询")
    expect(page.get_by_role("main").get_by_role("status")).to_contain_text("办结")


def test_the_credit_administrator_determines_a_finding(life: Life, people: People, desk: Desk) -> None:
    record = report(people, life, "violation")
    admin = desk("tzj049-sp-credit")
    admin.page.goto("/staff/records?state=pending")
    admin.page.locator(f"a[href*='{record}']").click()
    arrived(admin.page, "认定")
    admin.choose("不予列入")
    admin.fill("意见", "证据不足")
    admin.push("认定")
    expect(admin.page.get_by_role("status")).to_contain_text("已办理")


@pytest.mark.rule("GW-07")
def test_numbers_are_called_and_the_big_screen_shows_them(page: Page, desk: Desk) -> None:
    operator = desk("tzj077-zx-hall")
    operator.page.goto(f"/staff/halls/{story.HALL}")
    operator.page.get_by_role("main").locator("ul.chips a").first.click()
    do(operator, "取普通号")
    number = operator.page.locator("dd.secret").inner_text()
    operator.follow("已记下，继续")
    do(operator, "叫下一号", 窗口="3")
    called = operator.page.get_by_role("listitem").filter(has_text="窗口 3")
    expect(called).to_contain_text(number)
    page.goto(operator.page.url.split("?")[0].replace("/staff/halls", "/screen").replace("/queues", ""))
    expect(page.get_by_role("listitem").filter(has_text="→ 3")).to_contain_text(number)
    do(operator, "开始办理")
    do(operator, "办理完毕")
    expect(called).to_have_count(0)


@pytest.mark.rule("BOO-18")
def test_a_number_shows_how_many_are_ahead_and_about_how_long(page: Page, life: Life, people: People) -> None:
    booked = life.firm.visitor.get(f"{BOOKING}/bookings/{life.booking}")
    place = (people, booked["hall"], booked["queue_group"])
    numbers = [take_number(*place)["ticket_no"] for _ in range(7)]
    for _ in range(5):  # fewer say nothing
        serve_next(*place, "3")
    page.goto(f"/queue/{booked['hall']}/{booked['queue_group']}?no={numbers[-1]}")
    standing = page.get_by_role("main").locator("section", has_text="前面还有")
    expect(standing).to_contain_text(numbers[-1])
    expect(standing).to_contain_text(re.compile("前面还有 1 位 · 约等 7–1[45] 分钟"))
    for _ in range(2):
        serve_next(*place, "3")


@pytest.mark.rule("ID-22")
def test_the_administrator_opens_a_post_which_comes_with_a_one_time_password(page: Page, desk: Desk) -> None:
    admin = desk("tzj077-admin")
    account, name = f"post{secrets.token_hex(4)}", f"样本岗位 {secrets.token_hex(2)}"
    admin.page.goto("/staff/posts?org=TZJ077")
    do(admin, "开设岗位账号", 账号=account, 岗位名称=name, 部门编码="TZJ077")
    admin.page.goto("/staff/posts?org=TZJ077")
    admin.page.get_by_role("row").filter(has_text=name).get_by_role("link", name="发放一次性密码").click()
    admin.push("发放一次性密码")
    password = admin.page.locator("dd.secret").inner_text()
    page.goto("/staff/login")
    post = Mouse(page)
    post.fill("账号", account)
    post.fill("密码", password)
    post.push("登录")
    arrived(page, "修改密码")


def test_the_auditor_reads_the_log_and_the_warnings(desk: Desk) -> None:
    auditor = desk("tzj077-auditor")
    auditor.follow("全部功能")
    auditor.follow("审计")
    arrived(auditor.page, "审计")
    expect(auditor.page.get_by_role("table").first).to_be_visible()
    auditor.page.goto("/staff/warnings")
    arrived(auditor.page, "预警与违规")
