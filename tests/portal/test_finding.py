"""Finding a service and reading about it: sites, search, columns, the guide, packages, what was kept (CAT)."""

import pytest
from playwright.sync_api import Locator, Page, expect

from deploy import story
from deploy.visitor import until
from tests.portal.hands import Mouse, arrived, labelled
from tests.portal.life import Life
from tests.portal.people import People, sign_in

FOOD = "食品经营许可"
NAMES = "000149015000"  # has sheets to download


def main(page: Page, link: str) -> Locator:
    """A link of the page itself."""
    return page.get_by_role("main").get_by_role("link", name=link, exact=True)


@pytest.mark.rule("CAT-01", "CAT-02")
def test_a_site_shows_what_is_done_there_and_says_where_the_rest_is(page: Page) -> None:
    page.goto("/")
    hand = Mouse(page)
    hand.follow("切换")
    hand.follow("和平区 下级")
    street = page.get_by_role("link", name="下级").first
    assert "街道" in (street.get_attribute("aria-label") or "")
    street.click()
    expect(page.locator("main ul.chips li").nth(1)).to_contain_text("样例")
    page.goto("/site")
    hand.follow("和平区")
    page.goto(f"/items?q={FOOD}")
    expect(page.get_by_role("heading", name="本站没有，这些地方能办")).to_be_visible()
    expect(main(page, FOOD)).to_be_visible()
    main(page, FOOD).click()
    arrived(page, FOOD)


@pytest.mark.rule("CAT-03", "CAT-04", "CAT-07", "BOO-02", "BOO-04")
def test_an_item_is_found_by_its_letters_theme_department_and_among_those_to_book(page: Page) -> None:
    hand = Mouse(page)
    page.goto("/")
    labelled(page, "搜索事项").fill("spjyxk")
    labelled(page, "搜索事项").press("Enter")
    expect(main(page, FOOD)).to_be_visible()
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name="生产经营").click()
    expect(main(page, FOOD)).to_be_visible()
    page.get_by_text("按部门", exact=True).click()
    hand.follow("市市场监管委 政务服务处")
    expect(main(page, FOOD)).to_be_visible()
    page.goto("/bookings/new")
    hand.fill("事项或大厅", FOOD)
    hand.push("查找")
    offers = page.get_by_role("main").get_by_role("listitem")
    expect(offers.first).to_contain_text("每天")
    assert all(FOOD in offer and "每天" in offer for offer in offers.all_inner_texts())
    page.goto("/convenience")
    assert page.locator("main ul.tiles li").count() == 6


@pytest.mark.rule("CAT-06", "CAT-30", "GW-04")
def test_the_public_columns_are_read_without_a_login(page: Page) -> None:
    page.goto("/watch")
    columns = ("权力清单", "政策法规", "常见问题", "办件公告", "办件公示", "中介服务", "监督举报")
    for name in columns:
        column = page.locator("section").filter(has=page.get_by_role("heading", name=name, exact=True))
        text = column.get_by_role("link").first
        title = text.inner_text()
        text.click()
        arrived(page, title)
        page.go_back()
    Mouse(page).follow("曝光纠错")
    arrived(page, "曝光纠错")


@pytest.mark.rule("CAT-31", "ID-33")
def test_how_an_item_is_supervised_and_who_coordinates_is_open_to_everybody(page: Page) -> None:
    page.goto(f"/items/{story.ITEM}")
    hand = Mouse(page)
    hand.follow("事中事后监管操作规程")
    arrived(page, "事中事后监管操作规程")
    for part in ("监管依据", "监管点位", "监管频次", "适用范围", "第 14 条 对监管的监督"):
        expect(page.get_by_role("main")).to_contain_text(part)
    page.goto("/watch")
    hand.follow("审管协调员")
    rows = page.get_by_role("row")
    for side in ("审批部门", "监管部门"):
        hand.pick("职责", side)
        page.get_by_role("main").get_by_role("button").first.click()
        expect(rows.nth(1)).to_contain_text(side)


@pytest.mark.rule("FIL-95")
def test_what_was_decided_is_open_without_the_names(page: Page, life: Life) -> None:
    row = page.get_by_role("row").filter(has_text=FOOD).first

    def posted() -> bool:
        page.goto("/decisions")
        return row.is_visible()

    until(posted, "the decision among those posted")
    expect(row).to_contain_text("*")
    assert life.firm.visitor.get("/api/identity/v1/me")["name"] not in page.get_by_role("main").inner_text()


@pytest.mark.rule("CAT-12", "CAT-13", "CAT-18", "CAT-19", "CAT-20", "CAT-28")
def test_a_guide_says_kind_limits_fee_ways_material_and_gives_the_sheets(page: Page) -> None:
    page.goto(f"/items/{story.ITEM}")
    text = page.get_by_role("main")
    facts = ("承诺时限", "法定时限", "费用 不收费", "申请条件", "设定依据", "在哪里办", "咨询", "投诉", "注意")
    shown = " ".join(text.inner_text().split())
    assert [fact for fact in (*facts, "承诺件", "承诺审批", "同城通办", "材料可邮寄") if fact not in shown] == []
    page.goto(f"/items/{NAMES}")
    with page.expect_download() as download:
        page.get_by_role("link", name="空白表").first.click()
    assert download.value.suggested_filename
    page.goto("/items/000734040000")
    expect(text).to_contain_text("即办件")
    expect(text.get_by_role("link", name="在线办理", exact=True)).to_have_count(0)


@pytest.mark.rule("CAT-26")
def test_a_package_asks_first_and_then_lists_its_items_and_one_set_of_material(page: Page) -> None:
    page.goto("/")
    main(page, "我要开一家小型日用百货店").click()

    def entries(name: str) -> int:
        section = page.locator("section").filter(has=page.get_by_role("heading", name=name, exact=True))
        return section.get_by_role("listitem").count()

    before = entries("要办的事项")
    assert before >= 1 and entries("一套材料") >= 2
    page.get_by_role("checkbox").first.check()
    Mouse(page).push("更新清单")
    expect(page.get_by_role("checkbox").first).to_be_checked()
    assert entries("要办的事项") > before


@pytest.mark.rule("CAT-05")
def test_what_was_kept_is_at_hand_until_it_is_dropped(page: Page, people: People) -> None:
    sign_in(page, people.person())
    page.goto(f"/items/{story.ITEM}")
    hand = Mouse(page)
    hand.follow("收藏")
    hand.push("收藏事项")
    page.goto("/my/favourites")
    expect(main(page, FOOD)).to_be_visible()
    hand.follow("取消收藏")
    hand.push("取消收藏")
    arrived(page, "我的收藏")
    expect(main(page, FOOD)).to_have_count(0)
