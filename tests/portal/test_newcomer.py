"""Somebody new, who goes by what the pages say: how to try it, an account, a real name, a case and its decision."""

import re
import secrets
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from deploy.visitor import until
from tests.portal.conftest import OpenPage
from tests.portal.hands import Mouse, arrived, labelled, reload_until
from tests.portal.journey import HALL, deliver, paper
from tests.portal.office import grant
from tests.portal.people import People, sign_in

ITEM, OFFICE = "000149015000", "TZJ049-SP"  # 企业名称预先核准, which a person may file
FORM = {
    "申请人名称": "新来人",
    "经办人": "新来人",
    "申请人手机": "13900000000",
    "拟用名称": "样本新来百货店",
    "行业": "零售",
}
PICKED = {
    "发生业务管辖地": "和平区",
    "受理具体地点": HALL,
    "申请人类型": "自然人",
    "证件类型": "居民身份证",
    "申请类型": "设立",
}
MATERIALS = ("企业名称预先核准申请书", "全体投资人资格证明")


class Aids:
    """What 怎样试用 opens beside the hall: sample numbers, the SMS that were sent, an authenticator."""

    def __init__(self, page: Page):
        page.goto("/")
        Mouse(page).follow("怎样试用")
        self.samples, self.messages = (self._open(page, name) for name in ("样本号码与验证器", "已发短信"))
        labels, values = self.samples.get_by_role("rowheader"), self.samples.locator("td")
        names = [label.partition(" ")[0] for label in labels.all_inner_texts()]
        self.numbers = dict(zip(names, values.all_inner_texts(), strict=True))

    def code(self, mobile: str) -> str:
        """The code in the newest SMS to this number."""
        row = self.messages.get_by_role("row").filter(has_text=mobile).first
        reload_until(self.messages, row)
        return re.findall(r"(?<!\d)\d{6}(?!\d)", row.inner_text())[0]

    def digits(self, secret: str) -> str:
        """What the authenticator shows now."""
        self.samples.get_by_label("密钥 Key").fill(secret)
        Mouse(self.samples).push("显示验证码 Show the code")
        return self.samples.get_by_role("status").locator("strong").inner_text()

    def _open(self, page: Page, name: str) -> Page:
        with page.expect_popup() as popup:
            page.get_by_role("link", name=name, exact=True).first.click()
        return popup.value


@pytest.fixture
def aids(page: Page) -> Aids:
    """Found from the foot of the first page."""
    return Aids(page)


def refuse(page: Page, press: str, *fields: str) -> None:
    """Pressing the button is refused, and the page says of which fields."""
    Mouse(page).push(press)
    for field in fields:
        expect(page.get_by_role("alert").get_by_role("link", name=re.compile(f"^{re.escape(field)}"))).to_be_visible()


@pytest.mark.rule("ID-01", "ID-02", "ID-03", "ID-05", "ID-06", "ID-07", "ID-08", "ID-19", "ID-22", "FIL-94")
def test_a_newcomer_registers_files_a_case_and_decides_it_by_what_the_pages_say(
    page: Page, open_page: OpenPage, people: People, aids: Aids, tmp_path: Path
) -> None:
    register(page, aids)
    verify_on_the_way(page, aids.numbers["银行卡号"])
    case_no = file_it(page, tmp_path, aids.numbers["证件号码"])
    grant(lambda post: enter(open_page(), aids, *new_post(people, post)), case_no)
    page.goto("/my/cases")
    Mouse(page).follow("办结件")
    page.get_by_role("main").get_by_role("link", name=case_no).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("准予")
    expect(page.get_by_role("link", name="决定书(PDF)").first).to_be_visible()


def register(page: Page, aids: Aids) -> None:
    """An account by a code on the phone; what is wrong or missing is said at its field."""
    hand, password = Mouse(page), secrets.token_urlsafe(12) + "a1"
    account, mobile = f"newcomer{secrets.token_hex(3)}", aids.numbers["手机号"]
    hand.follow("注册个人账号")
    for label in ("账号", "密码", "姓名", "证件号码", "手机号", "短信验证码"):
        expect(labelled(page, label)).to_have_attribute("required", "")
    hand.fill("手机号", mobile)
    hand.push("发送验证码")
    code = aids.code(mobile)
    wrong = "000000" if code != "000000" else "000001"
    form = {"账号": account, "密码": password, "姓名": "新来人", "短信验证码": wrong}
    for label, text in (form | {"证件号码": aids.numbers["证件号码"]}).items():
        hand.fill(label, text)
    refuse(page, "注册", "我已阅读并同意《注册协议》")
    hand.fill("密码", password)
    hand.choose("我已阅读并同意《注册协议》")
    refuse(page, "注册", "短信验证码")
    hand.fill("密码", password)
    hand.fill("短信验证码", code)
    hand.push("注册")
    expect(page.get_by_role("status")).to_contain_text("登录后即可实名认证")
    log_in_at_the_wrong_door(page, account, password)


def log_in_at_the_wrong_door(page: Page, account: str, password: str) -> None:
    """A personal account opens nothing at the entrance of companies."""
    hand = Mouse(page)
    for kind in ("法人登录", "个人登录"):
        hand.follow(kind)
        hand.fill("账号", account)
        hand.fill("密码", password)
        hand.push("登录")
        if kind == "法人登录":
            expect(page.get_by_role("alert")).to_contain_text("下一步")
    expect(page.get_by_role("banner")).to_contain_text("注册用户")


def verify_on_the_way(page: Page, card: str) -> None:
    """Guides and letters are open; who would apply is led to the verification and comes back."""
    hand = Mouse(page)
    page.goto("/ask/consultation")
    expect(page.get_by_role("button", name="提交", exact=True)).to_be_visible()
    page.goto("/my/account")
    expect(page.get_by_role("link", name="高级认证(实名)")).to_be_visible()
    page.goto(f"/items/{ITEM}")
    hand.follow("在线办理")
    expect(page.get_by_role("button", name="同意并开始填报")).to_have_count(0)
    hand.follow("去实名认证")
    hand.fill("银行卡号", card)
    hand.push("认证")
    expect(page).to_have_url(re.compile(f"/file/{ITEM}$"))
    expect(page.get_by_role("banner")).to_contain_text("已实名")
    expect(page.get_by_role("button", name="同意并开始填报")).to_be_visible()


def file_it(page: Page, folder: Path, id_no: str) -> str:
    """The steps that the pages list, one after the other; returns the number that the receipt shows."""
    hand, project = Mouse(page), f"样本新来项目{secrets.token_hex(2)}"
    hand.fill("项目名称", project)
    hand.choose("我已阅读申请须知并同意")
    hand.push("同意并开始填报")
    hand.follow("填写申请表")
    for label, text in (FORM | {"证件号": id_no}).items():
        hand.fill(label, text)
    for label, option in PICKED.items():
        hand.pick(label, option)
    hand.push("保存并继续")
    for name in MATERIALS:
        hand.follow(name)
        arrived(page, name)
        hand.attach("选择文件", paper(folder, "材料"))
        hand.push("上传")
        expect(page.get_by_role("heading", name="已交的文件")).to_be_visible()
        hand.follow("完成，返回")
    hand.follow("继续")
    deliver(hand)
    hand.push("确认提交")
    arrived(page, "申请成功")
    return page.locator("main p.due").first.inner_text()


def new_post(people: People, like: str) -> tuple[str, str]:
    """One more post with the roles of a printed one, which others of this hall use; its account and password."""
    admin, account = people.staff("tzj077-admin").visitor, f"new{secrets.token_hex(4)}"
    role = {"clerk1": "window_clerk"}.get(name := like.rpartition("-")[2], name)
    body = {"account": account, "display_name": f"样本岗位 {account}", "org": OFFICE}
    post = admin.post("/api/identity/v1/staff", body)
    admin.post("/api/identity/v1/grants", {"staff": post["ref"], "role": role, "org": OFFICE})
    issued = admin.post(f"/api/identity/v1/staff/{post['id']}/one-time-password")
    return account, issued["one_time_password"]


def enter(page: Page, aids: Aids, account: str, password: str) -> Page:
    """The first login of a post: an own password, an authenticator, then what waits today."""
    hand, own = Mouse(page), secrets.token_urlsafe(12) + "a1"
    page.goto("/")
    hand.follow("工作人员入口")
    hand.fill("账号", account)
    hand.fill("密码", password)
    hand.push("登录")
    arrived(page, "修改密码")
    page.goto("/staff")
    arrived(page, "修改密码")  # nothing goes before it
    hand.fill("现在的密码", password)
    hand.fill("新密码", own)
    hand.push("修改密码")
    arrived(page, "动态验证码")
    hand.fill("密码", own)
    hand.push("继续")
    hand.fill("应用显示的 6 位数字", aids.digits(page.locator(".secret").inner_text()))
    hand.push("确认")
    hand.follow("已保存，继续")
    arrived(page, "今天要我做什么")
    return page


@pytest.mark.rule("ID-16", "ID-17", "ID-25")
def test_a_wrong_password_says_nothing_of_the_account_and_all_devices_can_be_logged_out(
    page: Page, open_page: OpenPage, people: People
) -> None:
    citizen, elsewhere = people.person(), open_page()
    said = []
    for account in (citizen.name, f"nobody{secrets.token_hex(4)}"):
        page.goto("/login")
        for label, text in (("账号", account), ("密码", "not-the-password-1")):
            Mouse(page).fill(label, text)
        Mouse(page).push("登录")
        said.append(page.get_by_role("alert").inner_text())
    assert said[0] == said[1] and "下一步" in said[0]
    for at in (page, elsewhere):
        at.goto("/login")
        Mouse(at).fill("账号", citizen.name)
        Mouse(at).fill("密码", citizen.password)
        Mouse(at).push("登录")
        expect(at.get_by_role("button", name="退出", exact=True)).to_be_visible()
    page.goto("/my/account/settings")
    Mouse(page).follow("退出全部设备")
    Mouse(page).push("退出全部设备")
    arrived(page, "登录")

    def out() -> bool:
        elsewhere.goto("/my")
        return "/login" in elsewhere.url

    until(out, "the other device to be out")


@pytest.mark.rule("ID-18", "ID-22")
def test_own_data_are_seen_and_corrected_and_a_forgotten_password_is_replaced_by_the_question(
    page: Page, open_page: OpenPage, people: People
) -> None:
    citizen, hand = people.person(verified=False), Mouse(page)
    sign_in(page, citizen)
    page.goto("/my/account")
    facts = page.get_by_role("main").locator("dl.facts")
    expect(facts).to_contain_text(f"{citizen.mobile[:3]}****{citizen.mobile[-4:]}")
    hand.follow("设备、地址、经办人、短信")
    hand.follow("更正姓名与证件")
    hand.fill("姓名", "样本更名人")
    hand.push("更正姓名与证件")
    hand.follow("设置密保问题")
    hand.fill("密码", citizen.password)
    hand.pick("问题", "最喜欢的书")
    hand.fill("答案", "样本书")
    hand.push("设置密保问题")
    expect(page.get_by_role("status")).to_contain_text("密保问题已设置")
    changed, recovered = (secrets.token_urlsafe(12) + "a1" for _ in range(2))
    page.goto("/account/password")
    hand.fill("现在的密码", citizen.password)
    hand.fill("新密码", changed)
    hand.push("修改密码")
    expect(page.get_by_role("heading", name="样本更名人")).to_be_visible()
    other = open_page()
    recover(other, citizen.name, recovered)
    for password in (changed, recovered):
        for label, text in (("账号", citizen.name), ("密码", password)):
            Mouse(other).fill(label, text)
        Mouse(other).push("登录")
        if password == changed:
            expect(other.get_by_role("alert")).to_be_visible()
    expect(other.get_by_role("banner")).to_contain_text("注册用户")
    until(lambda: page.goto("/my") and "/login" in page.url, "the login of before to be over")


def recover(page: Page, account: str, password: str) -> None:
    """By the security question, which a wrong answer does not open."""
    hand = Mouse(page)
    page.goto("/login")
    hand.follow("忘记密码")
    hand.follow("用密保问题找回")
    hand.fill("账号", account)
    hand.push("下一步")
    expect(page.get_by_role("main")).to_contain_text("最喜欢的一本书")
    for answer in ("不知道", "样本书"):
        hand.fill("密保问题的答案", answer)
        hand.fill("密码", password)
        hand.push("设置新密码")
        if answer != "样本书":
            expect(page.get_by_role("alert").locator("p.rule")).to_be_visible()
    arrived(page, "登录")
