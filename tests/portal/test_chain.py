"""The main chain (domain 3.2), clicked through from both sides: register, promise, decide, verify, revoke, bar."""

import re
import secrets
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
import requests
from playwright.sync_api import Page, expect

from chassis import clock, workdays
from deploy import sample, story
from deploy.visitor import Visitor, await_code
from tests.portal.conftest import OpenPage
from tests.portal.hands import Mouse, arrived, reload_until
from tests.portal.journey import file_case
from tests.portal.office import do, grant
from tests.portal.people import Account, People, sign_in
from tests.system.hall import RealHall


@pytest.mark.rule("GW-01", "GW-09", "ID-03", "ID-13", "ID-14", "BOO-11", "CRE-11")
@pytest.mark.rule("FIL-01", "FIL-09", "FIL-10", "FIL-12", "FIL-15", "FIL-30", "FIL-99")
def test_a_promise_is_made_granted_found_untrue_and_revoked(
    page: Page, open_page: OpenPage, people: People, hall: RealHall, tmp_path: Path
) -> None:
    def desk(account: str) -> Page:
        at = open_page()
        sign_in(at, people.staff(account))
        return at

    company = register(page, hall)
    sign_in(page, company)
    case_no = file_case(Mouse(page), company.name, tmp_path, "样本链条项目")
    assert case_no.isdigit()
    grant(desk, case_no)
    see_granted(page, case_no)
    due = workdays.add_workdays(story.now(hall.door).date(), 2)
    find_untrue(desk("tzj049-jg-supervisor1"), hall, case_no, due.isoformat())
    hall.settle()
    story.travel(hall.door, clock.end_of(due) + timedelta(hours=10))
    see_revoked(page, case_no)
    be_barred(page)


def register(page: Page, hall: RealHall) -> Account:
    """A representative by SMS code, verified; then the company, which the registry knows."""
    person = {"账号": f"person{secrets.token_hex(5)}", "密码": secrets.token_urlsafe(12) + "a1"}
    sign_up(page, hall, "个人注册", person | {"姓名": "样本代表人", "证件号码": sample.id_no()})
    sign_in(page, Account("person", person["账号"], person["密码"], Visitor(hall.door)))
    hand = Mouse(page)
    hand.follow("实名后才能申报和预约，去实名")
    hand.fill("银行卡号", sample.card())
    hand.push("认证")
    expect(page.get_by_role("banner")).to_contain_text("已实名")
    hand.push("退出")
    code = sample.company_code()
    name = f"样本餐饮{code[-6:]}有限公司"
    record = {"name": name, "representative_name": "样本代表人", "registered_on": "2020-01-02"}
    requests.put(f"{hall.verifier}/legal/{code}", json=record, timeout=10).raise_for_status()
    password = secrets.token_urlsafe(12) + "a1"
    form = {
        "企业(组织)类型": "有限责任公司",
        "账号": f"legal{secrets.token_hex(5)}",
        "密码": password,
        "单位名称": name,
        "统一社会信用代码": code,
        "成立日期": record["registered_on"],
        "法定代表人的个人账号": person["账号"],
        "法定代表人的密码": person["密码"],
    }
    wrong = {"统一社会信用代码": "", "法定代表人的密码": "not-the-password-1"}
    sign_up(page, hall, "法人注册", form, wrong)
    return Account("legal", code, password, Visitor(hall.door))


def sign_up(page: Page, hall: RealHall, kind: str, form: dict[str, str], wrong: dict[str, str] | None = None) -> None:
    """Each of the wrong answers is refused at its field."""
    hand, mobile = Mouse(page), sample.mobile()
    page.goto("/")
    hand.follow("注册")
    page.get_by_role("link", name=kind).click()
    hand.fill("手机号", mobile)
    hand.push("发送验证码")
    expect(page.get_by_role("status")).to_contain_text("验证码已发送")
    code = await_code(hall.door, mobile)
    form |= {"短信验证码": code}
    for changed, answer in [*(wrong or {}).items(), ("", "")]:
        for label, text in form.items():
            hand.fill(label, answer if label == changed else text)
        hand.choose("我已阅读并同意《注册协议》")
        hand.push("注册")
        if changed:
            expect(page.get_by_role("alert").get_by_role("link", name=changed)).to_be_visible()
    arrived(page, "登录")


def see_granted(page: Page, case_no: str) -> None:
    """The company sees the decision, and takes its document home."""
    page.goto(f"/my/cases/{case_no}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("准予")
    with page.expect_download() as download:
        page.get_by_role("link", name="决定书(PDF)").first.click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")


def find_untrue(page: Page, hall: RealHall, case_no: str, due: str) -> None:
    """Start the verification, find one promise untrue, order the correction."""
    hand, today = Mouse(page), story.now(hall.door).date().isoformat()
    page.goto("/staff/tasks")
    link = page.get_by_role("link", name=case_no)
    reload_until(page, link)
    link.click()
    hand.follow("启动核查")
    inspectors = page.get_by_label("核查人员").locator("option")
    hand.pick("核查人员", cast(str, inspectors.last.text_content()))
    hand.fill("核查日期", today)
    hand.fill("地点", "经营场所")
    hand.push("启动")
    hand.follow("登记核查结果")
    arrived(page, "登记核查结果")
    points = page.get_by_role("group").all()
    for number, point in enumerate(points):
        point.get_by_label("属实" if number else "不符").check()
        point.get_by_label("核查情况").fill("属实" if number else "现场设施与承诺不符")
    hand.push("提交")
    do(page, "责令限期整改", 整改期限=due)


def see_revoked(page: Page, case_no: str) -> None:
    """The company sees what has become of its case, and its own record with the way to object."""
    page.goto(f"/my/cases/{case_no}")
    reload_until(page, page.get_by_role("heading", level=1).filter(has_text="已撤销"))
    page.goto("/my/credit")
    record = page.get_by_role("main").filter(has_text=case_no)
    reload_until(page, record)
    expect(record).to_contain_text("已列入")
    expect(page.get_by_role("link", name="提出异议")).to_be_visible()


def be_barred(page: Page) -> None:
    """A booking is refused: with the rule, its article, until when, and what to do next."""
    page.goto(f"/bookings/new?item_code={story.ITEM}&hall={story.HALL}")
    page.get_by_role("radio").first.check()
    Mouse(page).push("确认预约")
    refusal = page.get_by_role("alert")
    expect(refusal.locator("p.rule")).to_have_text(re.compile(r"依据 CRE-11 .*第.+条"))
    expect(refusal).to_have_text(re.compile(r"20\d\d-\d\d-\d\d|20\d\d年\d+月\d+日"))
    expect(refusal.locator("p.next")).to_contain_text("下一步")
