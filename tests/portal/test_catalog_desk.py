"""The desk of catalog and calendar: a year is arranged by clicks, items come in from a file, a draft is previewed."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from deploy import story
from tests.portal.conftest import OpenPage
from tests.portal.hands import Mouse, arrived
from tests.portal.people import People, sign_in
from tests.system.hall import RealHall

CALENDAR = "/api/catalog/v1/calendar"


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


@pytest.mark.rule("CAT-24")
def test_a_saved_draft_is_previewed_as_the_public_will_see_it(page: Page, people: People) -> None:
    sign_in(page, people.staff("tzj077-catalog"))
    hand = Mouse(page)
    page.goto(f"/staff/drafts/{story.ITEM}")
    field = page.get_by_label("办事指南(JSON)")
    guide = json.loads(field.input_value())
    guide["cautions"] = [*guide["cautions"], guide["cautions"][0] | {"text": "样本预览注意事项"}]
    field.fill(json.dumps(guide, ensure_ascii=False))
    hand.push("保存草稿")
    hand.follow("预览")
    arrived(page, guide["name"])
    expect(page.get_by_role("main")).to_contain_text("公众还看不到")
    expect(page.get_by_role("main")).to_contain_text("样本预览注意事项")
    page.goto(f"/items/{story.ITEM}")
    expect(page.get_by_role("main")).not_to_contain_text("样本预览注意事项")
    page.goto(f"/do/discard-draft?code={story.ITEM}")
    hand.push("放弃草稿")
