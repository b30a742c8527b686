"""Running the hall: what was parked is looked at and tried again, roles are taken back."""

import pytest
from playwright.sync_api import Page, expect

from chassis import bus
from chassis.ids import new_id
from contracts import topology
from deploy.layout import SERVICES
from deploy.visitor import until
from tests.portal.conftest import OpenPage
from tests.portal.hands import Mouse, arrived
from tests.portal.people import People, sign_in
from tests.system.hall import RealHall

IDENTITY = "/api/identity/v1"


def test_what_no_service_could_read_is_listed_and_sent_again_by_the_administrator(
    page: Page, open_page: OpenPage, people: People, hall: RealHall
) -> None:
    junk = bus.Message(new_id(), topology.EVENTS, "catalog.item.published", b"junk")
    hall.bus.publish([junk])
    parked = until(lambda: [one for one in hall.parked() if one.body == b"junk"], "the junk is parked")
    sign_in(page, people.staff("tzj077-auditor"))
    page.goto("/staff/parked")
    expect(page.get_by_role("main")).to_contain_text("试过 1 次")
    expect(page.get_by_role("button", name="重新处理")).to_have_count(0)  # who watches does not act
    admin = open_page()
    sign_in(admin, people.staff("tzj077-admin"))
    admin.goto("/staff/parked")
    admin.get_by_role("button", name="重新处理").first.click()
    expect(admin.get_by_role("status")).to_contain_text("已办理")
    until(lambda: len([one for one in hall.parked() if one.body == b"junk"]) == len(parked), "it is still junk")
    for service in SERVICES:
        hall.bus.drop(service, {one.id for one in parked})


@pytest.mark.rule("ID-35")
def test_a_role_is_seen_and_taken_back(page: Page, people: People) -> None:
    admin = people.staff("tzj077-admin")
    sign_in(page, admin)
    post = admin.visitor.get(f"{IDENTITY}/staff", org="TZJ001-ZWB", role="window_clerk")["items"][0]
    grant = {"staff": post["ref"], "role": "hall_operator", "org": "TZJ001-ZWB"}
    admin.visitor.post(f"{IDENTITY}/grants", grant)
    page.goto("/staff/grants")
    hand = Mouse(page)
    hand.fill("部门编码", "TZJ001-ZWB")
    hand.push("查看")
    card = page.locator("section").filter(has_text=post["display_name"]).filter(has_text="大厅管理员")
    card.get_by_role("listitem").filter(has_text="大厅管理员").get_by_role("link", name="收回授权").click()
    arrived(page, "收回授权")
    hand.fill("理由", "轮岗")
    hand.push("收回授权")
    expect(page.get_by_role("status")).to_contain_text("已办理")
    expect(card).to_have_count(0)
