"""What an office does with a case, clicked through: view, accept, review, decide, by three people."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.portal.hands import Mouse, arrived, reload_until

Desk = Callable[[str], Page]  # the account of a post -> its browser, logged in


def grant(desk: Desk, case_no: str) -> None:
    """Three people, each by what waits for them today."""
    clerk, reviewer, decider = (desk(f"tzj049-sp-{post}") for post in ("clerk1", "reviewer", "decider"))
    take_up(clerk, case_no)
    do(clerk, "打开材料(预受理)")
    do(clerk, "受理")
    take_up(reviewer, case_no)
    do(reviewer, "开始审查")
    do(reviewer, "提交审查意见", 意见="材料齐全，符合条件")
    take_up(decider, case_no)
    do(decider, "作出决定", "准予", 意见="准予许可")
    expect(decider.get_by_role("main")).to_contain_text("办结")


def take_up(page: Page, case_no: str) -> None:
    """Open a case from the list, as soon as it is there."""
    link = page.get_by_role("link", name=case_no)
    reload_until(page, link)
    link.click()
    page.wait_for_url(f"**/staff/cases/{case_no}")


def do(page: Page, title: str, choice: str = "", **fields: str) -> None:
    """A deed on a page of its own."""
    hand = Mouse(page)
    hand.follow(title)
    arrived(page, title)
    if choice:
        hand.choose(choice)
    for label, text in fields.items():
        hand.fill(label, text)
    hand.push(title)
    expect(page.get_by_text("已办理。")).to_be_visible()
