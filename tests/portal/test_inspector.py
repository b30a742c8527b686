"""An inspector with a phone: what was promised is looked at on the spot, with photos (SUP-11, SUP-22)."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from deploy import story
from tests.portal.conftest import OpenPage
from tests.portal.hands import Mouse, arrived, labelled
from tests.portal.life import Life
from tests.portal.people import People, sign_in
from tests.system.hall import RealHall

SUPERVISOR = "tzj049-jg-supervisor1"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A picture as large as a phone takes it."""
    Image.effect_noise((3000, 2200), 90).convert("RGB").save(tmp_path / "现场.jpg", quality=95)
    return tmp_path / "现场.jpg"


def started(people: People, hall: RealHall, task: str) -> None:
    """The verification is planned and has begun."""
    supervisor = people.staff(SUPERVISOR).visitor
    path = f"{story.SUPERVISION}/tasks/{task}"
    if supervisor.get(path)["state"] != "created":
        return
    plan = {"date": story.now(hall.door).date().isoformat(), "place": "样例大道 1 号", "items": ["现场设施"]}
    supervisor.post(f"{path}/start", {"inspector": supervisor.ref, "plan": plan})


@pytest.mark.rule("SUP-11", "SUP-22", "GW-07")
def test_the_points_of_a_verification_are_recorded_on_a_phone_with_photos(
    phone: Page, open_page: OpenPage, people: People, hall: RealHall, life: Life, photo: Path
) -> None:
    started(people, hall, life.task)
    sign_in(phone, people.staff(SUPERVISOR))
    phone.goto(f"/staff/tasks/{life.task}")
    expect(phone.get_by_role("main")).to_contain_text("样例大道 1 号")
    hand = Mouse(phone)
    hand.follow("登记核查结果")
    arrived(phone, "登记核查结果")
    groups = phone.get_by_role("group").all()
    for number, point in enumerate(groups):
        if number == 1:
            hand.push("提交")
            expect(phone.get_by_role("alert").locator("p.rule")).to_contain_text("SUP-22")  # every point is looked at
        point.get_by_label("属实" if number else "不符").check()
        point.get_by_label("核查情况").fill("现场设施与承诺不符" if not number else "属实")
    camera = labelled(phone, "现场照片").first
    assert camera.get_attribute("capture") == "environment" and camera.get_attribute("accept") == "image/*"
    camera.set_input_files(photo)
    expect(groups[0].locator("canvas")).to_be_visible()
    hand.push("提交")
    phone.wait_for_url(f"**/staff/tasks/{life.task}?said=*")
    promised = phone.locator("section", has=phone.get_by_role("heading", name="承诺事项")).get_by_role("listitem")
    expect(promised.first).to_contain_text("不符")
    expect(promised).to_have_count(len(groups))
    look_at(phone, people, life)
    reader = open_page()
    sign_in(reader, people.staff("tzj049-sp-credit"))
    found = phone.get_by_role("link", name="照片 1").first.get_attribute("href")
    answer = reader.request.get(str(found))  # the approving side judges by it
    assert answer.ok and answer.headers["content-type"] == "image/jpeg" and len(answer.body()) < photo.stat().st_size


def look_at(page: Page, people: People, life: Life) -> None:
    """The photo stands beside its point, and the point names it as evidence."""
    task = people.staff(SUPERVISOR).visitor.get(f"{story.SUPERVISION}/tasks/{life.task}")
    (ref,) = task["points"][0]["evidence"]
    link = page.get_by_role("link", name="照片 1").first
    assert str(link.get_attribute("href")).endswith(ref.removeprefix("photo:"))


@pytest.mark.rule("SUP-10", "SUP-14")
def test_a_finding_is_reported_with_a_photo_without_script(
    plain: Page, people: People, hall: RealHall, life: Life, photo: Path
) -> None:
    sign_in(plain, people.staff(SUPERVISOR))
    plain.goto("/staff/findings/new")
    Image.open(photo).resize((600, 440)).save(photo)
    hand = Mouse(plain)
    hand.choose("其他")
    hand.fill("情况", "门口堆放杂物")
    hand.fill("发现时间", "2099-01-01T10:00")
    hand.attach("现场照片", photo)
    hand.push("提交")
    expect(plain.get_by_role("alert")).to_contain_text("须填写业务编号")
    hand.fill("业务编号", life.done)
    hand.attach("现场照片", photo)
    hand.push("提交")
    expect(plain.get_by_role("alert")).to_contain_text("发现时间")
    expect(plain.get_by_text("照片 1 已上传")).to_be_visible()  # nothing has to be taken again
    hand.fill("发现时间", f"{story.now(hall.door):%Y-%m-%dT%H:%M}")
    hand.push("提交")
    arrived(plain, "监管发现")
    rows = people.staff(SUPERVISOR).visitor.get(f"{story.SUPERVISION}/findings", limit=50)["items"]
    row = next(row for row in rows if row["case_no"] == life.done and row["description"] == "门口堆放杂物")
    assert len(row["evidence"]) == 1 and row["evidence"][0].startswith("photo:")
