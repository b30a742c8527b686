"""The credit archive on the pages: the own one in full, the public one without names (CRE)."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from chassis import clock
from tests.portal.hands import Mouse, arrived, labelled
from tests.portal.journey import paper
from tests.portal.life import CREDIT, EVIL, Life, begin, fall
from tests.portal.people import People, sign_in
from tests.portal.test_safety import shows


@pytest.fixture(scope="module")
def fallen(people: People) -> Life:
    """A company of its own that is listed and has objected, with a script in every text."""
    life = begin(people, EVIL)
    fall(people, life, EVIL)
    return life


@pytest.mark.rule("CRE-21", "CRE-23", "CRE-41")
def test_a_company_sees_its_record_what_stands_beside_it_and_every_date(page: Page, fallen: Life) -> None:
    sign_in(page, fallen.firm)
    page.goto("/my/credit")
    record = page.locator("section").filter(has_text=fallen.done)
    for text in ("已列入", "异议处理中", "答复期限", "限制至"):
        expect(record).to_contain_text(text)
    expect(page.get_by_role("heading", name="谁查阅过")).to_be_visible()
    shows(page)
    hand = Mouse(page)
    hand.follow("提出异议")
    arrived(page, "提出异议")
    for label in ("签字页", "盖章页"):
        expect(labelled(page, label)).to_be_visible()
    hand.fill("申请人", "样本申请人")
    hand.fill("证件号码", fallen.firm.name)
    hand.fill("异议申请原因", EVIL)
    hand.push("提交")
    expect(page.get_by_role("alert").locator("p.rule")).to_be_visible()
    shows(page)


@pytest.mark.rule("CRE-32")
def test_who_applies_for_repair_sees_when_and_why_it_was_listed_and_signs_and_seals(
    page: Page, fallen: Life, tmp_path: Path
) -> None:
    own = fallen.firm.visitor.get(f"{CREDIT}/subjects/me")["records"][0]
    sign_in(page, fallen.firm)
    page.goto("/my/credit")
    hand = Mouse(page)
    page.locator("section").filter(has_text=own["record_no"]).get_by_role("link", name="申请修复").click()
    arrived(page, "申请信用修复")
    listed = page.get_by_role("main").locator("dl.facts")
    for text in (own["record_no"], "何时被列入", f"{clock.parse(own['listed_at']).year}年", "何故被列入"):
        expect(listed).to_contain_text(text)
    form = page.request.get(str(page.get_by_role("link", name="下载申请表").get_attribute("href"))).text()
    assert "何时何故被列入" in form and "信用修复申请原因" in form and own["record_no"] in form
    for field, text in (("申请人", "样本申请人"), ("证件号码", fallen.firm.name), ("信用修复申请原因", "已经改正")):
        hand.fill(field, text)
    hand.choose("我承诺今后守信")
    for label in ("签字页", "盖章页"):
        hand.attach(label, paper(tmp_path, label))
    hand.push("提交")
    expect(page.get_by_role("alert").locator("p.rule")).to_contain_text("CRE-")  # this one cannot be repaired yet
    expect(page.get_by_role("alert").locator("p.next")).to_be_visible()


@pytest.mark.rule("CRE-24", "CRE-41")
def test_the_public_list_shows_numbers_and_no_whole_name(page: Page, fallen: Life) -> None:
    own = fallen.firm.visitor.get(f"{CREDIT}/subjects/me")["records"][0]
    page.goto("/look-up/credit")
    Mouse(page).fill("记录编号", own["record_no"])
    page.get_by_role("main").get_by_role("button", name="查询").click()
    expect(page.get_by_role("main")).to_contain_text(own["record_no"])
    expect(page.get_by_role("heading", name="正在公示的处理结果")).to_be_visible()
    shown = page.get_by_role("main").inner_text()
    assert "*" in shown and fallen.firm.visitor.get("/api/identity/v1/me")["name"] not in shown
    shows(page, own["record_no"])
