"""Ratings and call-backs on the pages: every source in one list, one call about each case (FEE-11, FEE-12)."""

import pytest
from playwright.sync_api import Page, expect

from deploy import story
from gateway.portal.words import SOURCE
from tests.portal.conftest import OpenPage
from tests.portal.hands import Mouse, arrived, reload_until
from tests.portal.life import desk
from tests.portal.people import Account, People, sign_in
from tests.portal.test_windows import pushed
from tests.system.hall import RealHall

RESULT = {"decision": "granted", "decision_no": "样许〔1〕号", "licence_no": "样证-1"}


def from_another_system(people: People, company: Account) -> str:
    """A case that another system has handled to its end."""
    at = story.now(people.hall.door).isoformat()
    steps = ("submitted", "accepted", "completed")
    case = RESULT | {
        "number": f"样本-{company.name}",
        "item_code": story.ITEM,
        "project_name": "样本接入件",
        "subject_ref": company.visitor.ref,
        "applicant_name": "样本单位",
        "opened_at": at,
        "nodes": [{"number": n, "step": step, "at": at} for n, step in enumerate(steps, start=1)],
    }
    manager = people.staff("tzj049-sp-manager").visitor
    report = manager.post(f"{story.FILING}/case-imports?system=street-office", {"cases": [case]})
    return str(report["rows"][0]["case_no"])


@pytest.mark.rule("FEE-01", "FEE-11", "FEE-12", "FIL-18")
def test_cases_of_all_three_sources_are_rated_in_one_list(page: Page, people: People) -> None:
    company = people.company()
    assert company.firm
    cases = {
        "online": story.file_commit_case(company.firm),
        "window": pushed(people, company),
        "interconnected": from_another_system(people, company),
    }
    for source in ("online", "window"):
        story.handle(desk(people), cases[source])
    sign_in(page, company)
    page.goto("/my/ratings")
    for source, case_no in cases.items():
        row = page.get_by_role("main").get_by_role("row").filter(has_text=case_no)
        reload_until(page, row)
        expect(row).to_contain_text(SOURCE[source][0])
        row.get_by_role("link", name=case_no).click()
        hand = Mouse(page)
        hand.choose("非常满意")
        hand.push("提交评价")
        expect(page.get_by_role("button", name="提交评价")).to_have_count(0)
        page.goto("/my/ratings")
        expect(row).to_contain_text("非常满意")
    page.goto("/my/cases?tab=closed")
    for source in ("window", "interconnected"):  # the other one has still a promise to keep
        row = page.get_by_role("main").get_by_role("row").filter(has_text=cases[source])
        reload_until(page, row.filter(has_text="已评价：非常满意"))


@pytest.mark.rule("FEE-12", "FEE-13")
def test_a_supervisor_calls_about_a_case_until_somebody_answers_and_only_once(
    page: Page, open_page: OpenPage, people: People, hall: RealHall
) -> None:
    company = people.company()
    assert company.firm
    case_no = story.file_commit_case(company.firm)
    story.handle(desk(people), case_no)
    hall.settle()
    form = company.visitor.get(f"{story.FILING}/cases/{case_no}")["form"]
    phone = next(form[name] for name in ("mobile", "agent_phone", "fixed_phone") if form.get(name))
    sign_in(page, people.staff("tzj077-auditor"))
    hand, row = Mouse(page), page.get_by_role("main").get_by_role("row").filter(has_text=case_no)
    page.goto("/staff/menu")
    hand.follow("回访")
    expect(row).to_contain_text("待回访")
    row.get_by_role("link", name=case_no).click()
    page.get_by_text("表单内容").click()
    expect(page.get_by_role("main")).to_contain_text(phone)  # whom to call stands in the case
    page.go_back()
    for outcome, satisfied, opinion in (("未接通", "", ""), ("已接通", "是", "两天就办好了")):
        row.get_by_role("link", name="登记回访").click()
        arrived(page, "登记回访")
        hand.choose(outcome)
        if satisfied:
            hand.push("登记回访")  # an answered call says whether it satisfies
            expect(page.get_by_role("group", name="是否满意").locator(".wrong-text")).to_be_visible()
            hand.choose(satisfied)
            hand.fill("意见", opinion)
        hand.push("登记回访")
        expect(page.get_by_text("已办理。")).to_be_visible()
        expect(row).to_have_count(0)  # no longer waiting for the first call
        hand.pick("状态", "已回访" if satisfied else "未接通，待再次回访")
        hand.push("筛选")
        expect(row).to_contain_text(outcome)
    expect(row).to_contain_text("两天就办好了")
    expect(row.get_by_role("link", name="登记回访")).to_have_count(0)
    rated = open_page()
    sign_in(rated, people.staff("tzj049-letters-a"))  # of the unit that is rated
    answer = rated.goto("/staff/callbacks")
    assert answer and answer.status == 403
