"""Filing from the item page to the receipt, by whatever hand: with a mouse, by keyboard, on a phone, without script."""

import re
from pathlib import Path

from playwright.sync_api import expect

from deploy import sample, story
from gateway.portal.words import DELIVERY, HANDING, MODE
from tests.portal.hands import Hand, arrived, labelled

LATER = "与食品经营相适应的主要设备设施、经营布局、操作流程等文件"
GIVEN = (
    "食品经营许可申请书",
    "营业执照或者其他主体资格证明文件复印件",
    "食品安全自查、从业人员健康管理、进货查验记录、食品安全事故处置等保证食品安全的规章制度目录清单",
)
HALL = "天津市政务服务中心"
ADVICE = "建议选择物流速递，减少到场。"  # what this hall says on how to hand in and to collect
TYPED = {
    "经办人": "样本经办人",
    "申请人手机": "13900000000",
    "经营场所": "样例大道 1 号",
    "经营面积(平方米)": "80",
    "食品安全管理人员": "样本管理员",
}
PICKED = {"受理具体地点": HALL, "主体业态": "餐饮服务经营者", "是否利用自动设备": "否"}


def paper(folder: Path, name: str) -> Path:
    """A file to hand in."""
    path = folder / f"{name}.pdf"
    path.write_bytes(sample.PDF)
    return path


def file_case(hand: Hand, code: str, folder: Path, project: str) -> str:
    """A food licence by commit approval with one paper that follows later; returns the case number."""
    case_no = begin(hand, project)
    fill_in(hand, code)
    give(hand, paper(folder, "材料"))
    sign(hand, paper(folder, "承诺书"))
    deliver(hand)
    hand.push("确认提交")
    arrived(hand.page, "申请成功")
    expect(hand.page.get_by_text(case_no, exact=True)).to_be_visible()
    return case_no


def begin(hand: Hand, project: str) -> str:
    """Read the guide and the notice, open the draft."""
    hand.page.goto(f"/items/{story.ITEM}")
    hand.follow("在线办理")
    arrived(hand.page, "食品经营许可")
    hand.choose(MODE["commit"][0])
    hand.fill("项目名称", project)
    hand.choose("我已阅读申请须知并同意")
    hand.push("同意并开始填报")
    hand.page.wait_for_url("**/apply*")
    found = re.search(r"/my/cases/(\d+)/apply", hand.page.url)
    assert found
    return found[1]


def fill_in(hand: Hand, code: str) -> None:
    """The form; what is known of the company stands there already."""
    hand.follow("填写申请表")
    arrived(hand.page, "填写申请表")
    expect(labelled(hand.page, "申请人名称")).not_to_be_empty()
    for label, text in (TYPED | {"证件号": code}).items():
        hand.fill(label, text)
    for label, option in PICKED.items():
        hand.pick(label, option)
    hand.choose("热食类食品制售")
    hand.push("保存并继续")
    arrived(hand.page, "提交材料")


def give(hand: Hand, file: Path) -> None:
    """Upload the material and promise the one that is not there yet."""
    for name in GIVEN:
        hand.follow(name)
        arrived(hand.page, name)
        hand.attach("选择文件", file)
        hand.push("上传")
        expect(hand.page.get_by_role("heading", name="已交的文件")).to_be_visible()
        hand.follow("完成，返回")
        arrived(hand.page, "提交材料")
    hand.follow(LATER)
    arrived(hand.page, LATER)
    hand.push("选择容缺后补")
    expect(hand.page.get_by_role("button", name="不再后补")).to_be_visible()
    hand.follow("完成，返回")
    arrived(hand.page, "提交材料")


def sign(hand: Hand, letter: Path) -> None:
    """Read the commitment letter, hand it in signed."""
    hand.follow("继续")
    arrived(hand.page, "签署承诺书")
    expect(hand.page.get_by_role("article")).to_contain_text(LATER)
    hand.attach("上传签字或盖章后的承诺书", letter)
    hand.push("上传并继续")


def deliver(hand: Hand) -> None:
    """Paper and result at the window of a hall."""
    arrived(hand.page, "递交与领取方式")
    expect(hand.page.get_by_role("main")).to_contain_text(ADVICE)
    hand.choose(HANDING["window"][0])
    hand.choose(DELIVERY["window"][0])
    hand.pick("窗口所在大厅", HALL)
    hand.push("保存并继续")
    arrived(hand.page, "核对并提交")
