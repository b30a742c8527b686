"""What the desk shows: work with its numbers, figures, warnings, supervision standards; and who stays outside."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from deploy import story
from tests.portal.hands import Mouse, arrived, labelled
from tests.portal.life import Life
from tests.portal.people import People, sign_in


@pytest.mark.rule("FIL-90", "FIL-91")
def test_a_clerk_finds_every_list_of_cases_and_the_figures(page: Page, people: People, life: Life) -> None:
    sign_in(page, people.staff("tzj049-sp-clerk1"))
    page.goto("/staff/cases")
    lists = labelled(page, "列表").locator("option").all_inner_texts()
    assert {"待办", "在办", "已办", "退回", "办结", "综合查询"} <= set(lists)
    hand = Mouse(page)
    hand.pick("列表", "综合查询")
    hand.fill("业务编号", life.done)
    hand.push("筛选")
    page.get_by_role("main").get_by_role("link", name=life.done).click()
    expect(page.get_by_role("heading", name="经过")).to_be_visible()
    page.goto("/staff/statistics")
    expect(page.get_by_role("main")).to_contain_text("办结")


@pytest.mark.rule("FIL-93")
def test_a_manager_tries_and_imports_the_cases_of_another_system(
    page: Page, people: People, life: Life, tmp_path: Path
) -> None:
    sign_in(page, people.staff("tzj049-sp-manager"))
    node = {"number": 1, "step": "submitted", "at": "2026-02-24T09:00:00+08:00"}
    case: dict[str, Any] = {
        "item_code": story.ITEM,
        "project_name": "样本接入件",
        "subject_ref": life.firm.visitor.ref,
        "nodes": [node],
    }
    case |= {"number": "样本-1", "applicant_name": "样本单位", "opened_at": node["at"]}
    file, hand = tmp_path / "cases.json", Mouse(page)

    def send(record: dict[str, Any], button: str) -> None:
        file.write_text(json.dumps({"cases": [record]}, ensure_ascii=False), encoding="utf-8")
        page.goto("/staff/menu")
        hand.follow("导入其他系统的办件")
        hand.attach("文件", file)
        hand.fill("来源系统的代号", "street-office")
        hand.push(button)

    send(case | {"applicant_name": ""}, "导入")
    expect(page.get_by_role("alert")).to_contain_text("整个文件都没有导入")
    expect(page.get_by_role("row").filter(has_text="样本-1")).to_contain_text("applicant_name")
    send(case, "先试运行")
    expect(page.get_by_role("status")).to_contain_text("没有导入：新登记 1")
    for outcome in ("新登记 1", "没有变化 1"):
        send(case, "导入")
        expect(page.get_by_role("status")).to_contain_text(f"已导入：{outcome}")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载空白表格").click()
    assert download.value.path().read_bytes().startswith(b"PK")


@pytest.mark.rule("GW-09", "GW-11")
def test_a_citizen_at_the_desk_is_told_so_and_whom_to_ask(page: Page, people: People) -> None:
    sign_in(page, people.person())
    answer = page.goto("/staff")
    assert answer and answer.status == 403
    arrived(page, "您不能打开这个页面")
    expect(page.get_by_role("link", name="办不成？")).to_be_visible()


@pytest.mark.rule("SUP-31", "SUP-32")
def test_figures_are_open_to_all_and_warnings_to_the_auditor(page: Page, people: People) -> None:
    page.goto("/board")
    arrived(page, "公开数据")
    with page.expect_download() as download:
        Mouse(page).follow("下载 CSV")
    assert download.value.suggested_filename.endswith(".csv")
    sign_in(page, people.staff("tzj077-auditor"))
    page.goto("/staff/warnings")
    arrived(page, "预警与违规")
