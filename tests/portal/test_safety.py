"""Nothing that somebody types runs as a script, and nothing leads a visitor or a form astray."""

import secrets

import pytest
from playwright.sync_api import Page, expect

from deploy import story
from tests.portal.conftest import OpenPage
from tests.portal.hands import Mouse, arrived, labelled
from tests.portal.life import EVIL, Life
from tests.portal.people import People, sign_in

RAN = "document.title === 'ran' || !!document.querySelector('main script:not([src])')"


def shows(page: Page, text: str = EVIL) -> None:
    """The page shows what was typed as text, and nothing of it has run."""
    assert text in page.locator("main").inner_text() or text in _typed(page), page.url
    assert not page.evaluate(RAN), f"a script has run on {page.url}"


def _typed(page: Page) -> list[str]:
    fields = page.locator("main input, main textarea").all()
    return [field.input_value() for field in fields if field.get_attribute("type") not in ("file", "checkbox", "radio")]


def test_a_letter_with_a_script_is_shown_as_text_to_both_sides(page: Page, open_page: OpenPage, people: People) -> None:
    writer, handler = people.company(), open_page()
    hand = Mouse(page)
    sign_in(page, writer)
    page.goto(f"/ask/consultation?item_code={story.ITEM}")
    hand.fill("标题", EVIL[:100])
    hand.fill("内容", EVIL)
    hand.push("提交")
    hand.follow("查看")
    shows(page)
    letter = page.url.rsplit("/", 1)[1]
    page.goto("/my/letters")
    shows(page, EVIL[:100])
    sign_in(handler, people.staff("tzj049-letters-a"))
    arrived(handler, "今天要我做什么")
    handler.goto(f"/staff/letters/{letter}")
    shows(handler)
    desk = Mouse(handler)
    for title in ("签收办理", "答复"):
        desk.follow(title)
        arrived(handler, title)
        if title == "答复":
            desk.fill("答复内容", EVIL)
        desk.push(title)
        expect(handler.get_by_role("status")).to_be_visible()
    shows(handler)
    page.goto(f"/my/letters/{letter}")
    expect(page.locator("main")).to_contain_text("答复")
    shows(page)


def test_a_case_with_scripts_in_its_form_is_shown_as_text_to_both_sides(
    page: Page, open_page: OpenPage, people: People
) -> None:
    company, clerk = people.company(), open_page()
    assert company.firm
    case_no = story.draft(company.firm, mode="ordinary")
    hand, name = Mouse(page), EVIL[:48] + secrets.token_hex(1)
    sign_in(page, company)
    page.goto(f"/my/cases/{case_no}/apply/form")
    typed = {"项目名称": EVIL[:98], "经办人": name, "经营场所": EVIL, "食品安全管理人员": name, "通讯地址": EVIL}
    for label, text in typed.items():
        hand.fill(label, text)
    hand.push("保存并继续")
    arrived(page, "提交材料")
    for address in ("form", "check"):
        page.goto(f"/my/cases/{case_no}/apply/{address}")
        shows(page)
    story.give_materials(company.firm, case_no, story.ITEM, ())
    story.submit(company.firm, case_no)
    page.goto(f"/my/cases/{case_no}")
    page.get_by_text("展开", exact=True).click()
    shows(page)
    sign_in(clerk, people.staff("tzj049-sp-clerk1"))
    clerk.goto(f"/staff/cases/{case_no}")
    clerk.get_by_text("表单内容").click()
    shows(clerk)


def test_what_was_searched_asked_or_refused_is_shown_as_text(page: Page) -> None:
    page.goto("/items")
    labelled(page, "关键词").fill(EVIL)
    labelled(page, "关键词").press("Enter")
    page.wait_for_url("**/items?q=*")
    shows(page)
    page.goto("/ask")
    labelled(page, "您想问什么").fill(EVIL)
    Mouse(page).push("提问")
    expect(page.get_by_role("main").get_by_role("status")).to_be_visible()
    shows(page)
    page.goto("/register/person")
    for label in ("账号", "姓名", "证件号码"):
        labelled(page, label).fill(EVIL[:30])
    labelled(page, "手机号").fill("1")
    Mouse(page).push("发送验证码")
    expect(page.get_by_role("alert")).to_be_visible()
    shows(page, EVIL[:30])


def test_a_login_and_a_deed_lead_nowhere_but_into_the_hall(page: Page, life: Life) -> None:
    page.goto("/login/legal?next=//example.org/")
    hand = Mouse(page)
    hand.fill("账号", life.firm.name)
    hand.fill("密码", life.firm.password)
    hand.push("登录")
    page.wait_for_url("**/my")
    page.goto(f"/do/keep-item?code={story.ITEM}&back=https://example.org/")
    hand.push("收藏事项")
    page.wait_for_url(f"**/items/{story.ITEM}*")
    assert "example.org" not in page.url


def test_a_form_without_its_token_does_nothing(page: Page) -> None:
    page.goto("/ask/suggestion")
    Mouse(page).fill("标题", "没有令牌的建议")
    Mouse(page).fill("内容", "内容")
    page.locator("main form input[name=form_token]").evaluate("field => field.remove()")
    Mouse(page).push("提交")
    arrived(page, "页面已过期")


@pytest.mark.rule("GW-09")
def test_a_password_alone_opens_no_desk(page: Page, people: People) -> None:
    clerk = people.staff("tzj049-sp-clerk1")
    page.goto("/staff/login")
    hand = Mouse(page)
    hand.fill("账号", clerk.name)
    hand.fill("密码", clerk.password)
    hand.push("登录")
    expect(page.get_by_role("alert")).to_contain_text("动态")
    page.goto("/staff")
    arrived(page, "工作人员登录")
