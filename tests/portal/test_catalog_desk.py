"""The desk of catalog and calendar: a year is arranged by clicks, items come in from a file, a guide is edited."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from deploy import story
from tests.portal.conftest import OpenPage
from tests.portal.hands import Mouse
from tests.portal.people import People, sign_in
from tests.system.hall import RealHall

CALENDAR = "/api/catalog/v1/calendar"
GUIDE = "000149020000"  # nobody files this item in the hall of these tests
SLOW = "000149021000"  # nor this one


def unarranged(people: People, hall: RealHall) -> int:
    """The next year whose official arrangement is not known yet."""
    year = story.now(hall.door).year + 1
    visitor = people.staff("tzj077-admin").visitor
    while visitor.get(f"{CALENDAR}/{year}")["status"] == "official":
        year += 1
    return year


@pytest.mark.rule("CAT-42", "TIM-07")
def test_the_administrator_arranges_a_year_by_clicking_days_without_script(
    plain: Page, people: People, hall: RealHall
) -> None:
    year, admin = unarranged(people, hall), people.staff("tzj077-admin")
    sign_in(plain, admin)
    plain.goto(f"/staff/calendar?year={year}")
    hand, october = Mouse(plain), plain.locator("section").filter(has=plain.get_by_role("heading", name="10月"))
    days = [f"{year}-10-{number:02}" for number in (11, 12, 13, 14, 15, 16, 17)]
    known = admin.visitor.get(f"{CALENDAR}/{year}")["months"][9]["days"]
    friday, saturday = (
        next(day["date"] for day in known if day["date"] in days and day["kind"] == kind)
        for kind in ("normal", "weekend")
    )
    plain.locator(f"input[value='{friday}']").check()
    hand.fill("新调整日子的名称", "样本节")
    hand.push("加入，继续调整")
    expect(october).to_contain_text("样本节")
    plain.locator(f"input[value='{saturday}']").check()
    hand.fill("新调整日子的名称", "样本节调休")
    hand.fill("依据的通知文号", "样本〔1〕号")
    hand.push("公布")
    expect(plain.get_by_role("status")).to_contain_text("已公布")
    now = {day["date"]: day for day in admin.visitor.get(f"{CALENDAR}/{year}")["months"][9]["days"]}
    assert (now[friday]["is_workday"], now[friday]["name"]) == (False, "样本节")
    assert (now[saturday]["is_workday"], now[saturday]["name"]) == (True, "样本节调休")
    assert now[f"{year}-10-01"]["kind"] == "holiday"  # what was known has stayed


@pytest.mark.rule("CAT-42")
def test_everybody_else_reads_the_year_and_a_passed_day_stays(page: Page, open_page: OpenPage, people: People) -> None:
    sign_in(page, people.staff("tzj049-sp-clerk1"))
    page.goto("/staff/calendar")
    expect(page.locator("table.days")).to_have_count(12)
    expect(page.get_by_role("button", name="公布", exact=True)).to_have_count(0)
    admin = open_page()
    sign_in(admin, people.staff("tzj077-admin"))
    admin.goto("/staff/calendar")
    admin.get_by_label("1月5日", exact=False).first.check()
    hand = Mouse(admin)
    hand.fill("依据的通知文号", "样本〔2〕号")
    hand.push("公布")
    expect(admin.get_by_role("alert")).to_contain_text("已经过去的日子")


@pytest.mark.rule("CAT-24")
def test_items_are_tried_and_imported_from_a_file_with_a_report_row_by_row(
    page: Page, people: People, tmp_path: Path
) -> None:
    editor = people.staff("tzj077-catalog")
    sign_in(page, editor)
    guide = editor.visitor.get(f"/api/catalog/v1/items/{story.ITEM}")["guide"]
    file = tmp_path / "items.json"
    hand = Mouse(page)

    def send(document: dict, button: str) -> None:
        file.write_text(json.dumps({"items": [document]}, ensure_ascii=False), encoding="utf-8")
        page.goto("/staff/items/import")
        hand.attach("文件", file)
        hand.fill("修改说明", "样本导入")
        hand.push(button)

    send(guide | {"basis": []}, "导入")
    expect(page.get_by_role("alert")).to_contain_text("整个文件都没有导入")
    row = page.get_by_role("row").filter(has_text=story.ITEM)
    expect(row).to_contain_text("有问题")
    expect(row.locator("a[href^='/rules/']").first).to_be_visible()
    send(guide, "先试运行")
    expect(page.get_by_role("status")).to_contain_text("没有导入")
    send(guide, "导入")
    expect(page.get_by_role("status")).to_contain_text("没有变化 1")


@pytest.mark.rule("CAT-12", "CAT-13", "CAT-15", "CAT-24", "CAT-29")
def test_a_clerk_edits_a_guide_in_a_form_mends_what_is_found_previews_and_publishes(
    plain: Page, people: People
) -> None:
    editor = people.staff("tzj077-catalog")
    sign_in(plain, editor)
    hand, main = Mouse(plain), plain.get_by_role("main")
    home = f"/staff/drafts/{GUIDE}"
    plain.goto(f"/items/{GUIDE}")
    hand.follow("修改办事指南")
    hand.follow("申请材料")
    plain.get_by_role("link", name="修改第 1 行").click()
    hand.fill("材料名称", "其他材料")
    hand.push("保存草稿")
    expect(plain.get_by_role("status")).to_contain_text("已保存到草稿")
    plain.goto(home)
    line = main.get_by_role("listitem").filter(has=plain.get_by_role("link", name="申请材料", exact=True))
    expect(line).to_contain_text("1 处问题")
    hand.follow("申请材料 · 材料 1 · 材料名称")
    expect(main.locator(".wrong-text")).to_contain_text("不得设“其他材料”一类兜底材料")
    hand.fill("材料名称", "样本申请书")
    hand.push("保存草稿")
    plain.goto(f"{home}/form/form_fields/new")
    hand.fill("字段名称", "样本字段")
    hand.fill("字段标识", "Sample")
    hand.pick("填写方式", "单行文字")
    main.get_by_role("group", name="必填(红星)").get_by_label("否").check()
    hand.push("保存草稿")
    expect(plain.locator(".wrong-text")).to_have_count(1)  # the catalog's own schema speaks beside the field
    hand.fill("字段标识", "sample")
    other = plain.context.new_page()  # somebody else saves in between
    other.goto(f"{home}/form")
    Mouse(other).push("下移第 1 行")
    expect(other.get_by_role("status")).to_contain_text("已保存到草稿")
    hand.push("保存草稿")
    expect(plain.get_by_role("alert")).to_contain_text("没有生效")
    hand.push("仍按我填写的保存")
    expect(main.get_by_role("row").last).to_contain_text("样本字段")
    plain.goto(home)
    expect(main).to_contain_text("没有问题，可以发布")
    hand.follow("预览")
    expect(main).to_contain_text("公众还看不到")
    expect(main).to_contain_text("样本申请书")
    before = editor.visitor.get(f"/api/catalog/v1/items/{GUIDE}")["guide"]
    assert before["materials"][0]["name"] != "样本申请书"
    hand.follow("返回修改")
    hand.follow("发布新版本")
    hand.fill("修改说明", "样本修改")
    hand.push("发布新版本")
    expect(main).to_contain_text("样本申请书")
    fields = editor.visitor.get(f"/api/catalog/v1/items/{GUIDE}")["guide"]["form_fields"]
    assert fields[:2] == before["form_fields"][1::-1]
    assert (fields[-1]["label"], fields[-1]["type"], fields[-1]["required"]) == ("样本字段", "text", False)


@pytest.mark.rule("CAT-17", "AMB-44")
def test_a_limit_of_more_than_half_is_published_with_a_warning_that_everybody_sees(
    page: Page, open_page: OpenPage, people: People
) -> None:
    sign_in(page, people.staff("tzj077-catalog"))
    hand, main = Mouse(page), page.get_by_role("main")
    warning = "承诺时限 11 超过法定时限 20 的 50%。"

    def promise(days: str) -> None:
        page.goto(f"/staff/drafts/{SLOW}/limits")
        hand.fill("法定时限", "20")
        hand.fill("承诺时限", days)
        hand.push("保存草稿")
        expect(page.get_by_role("status")).to_contain_text("已保存到草稿")

    promise("21")
    expect(main.locator(".wrong-text")).to_contain_text("承诺时限 21 长于法定时限 20。")  # that one is a fault
    promise("11")
    expect(main.locator(".wrong-text")).to_contain_text(f"提示：{warning}")
    page.goto(f"/staff/drafts/{SLOW}")
    expect(main).to_contain_text("办理时限 · 承诺时限")
    expect(main).to_contain_text("只有提示，可以发布")
    hand.follow("预览")
    expect(main).to_contain_text(warning)
    hand.follow("返回修改")
    hand.follow("发布新版本")
    hand.fill("修改说明", "样本时限")
    hand.push("发布新版本")
    public = open_page()
    public.goto(f"/items/{SLOW}")
    promised = public.locator("dl.facts > div").filter(has=public.get_by_text("承诺时限", exact=True))
    expect(promised).to_contain_text(warning)
    expect(promised.get_by_role("link", name="CAT-17")).to_be_visible()
    public.goto(f"/items/{story.ITEM}")
    expect(public.get_by_role("main").locator("dl.facts .tag.wait")).to_have_count(0)
