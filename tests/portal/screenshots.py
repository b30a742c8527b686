"""`make screenshots`: pictures of the main pages for the documents, taken from a demo hall started for that."""

import io
import tempfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from chassis import clock
from contracts import rules
from deploy import story
from tests.portal.browser import DESKTOP, PHONE, chromium, open_context
from tests.portal.life import BOOKING, OPERATOR, call_number, desk, serve_next, take_number
from tests.portal.people import Account, People, sign_in
from tests.system.hall import RealHall

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screens"
LARGEST = 150 * 1024  # bytes


@dataclass(frozen=True)
class Screen:
    """One picture; places of the path are numbers of the life in the hall."""

    name: str
    path: str
    who: str = ""  # company, or the account of a staff member; nobody is logged in when empty
    size: tuple[int, int] = DESKTOP


SCREENS = (
    Screen("home", "/"),
    Screen("home-phone", "/", size=PHONE),
    Screen("item", f"/items/{story.ITEM}"),
    Screen("filing", "/my/cases/{draft}/apply", "company"),
    Screen("case", "/my/cases/{done}", "company"),
    Screen("space", "/my", "company"),
    Screen("queue-phone", "/queue/{hall}/{group}?no={number}", size=PHONE),
    Screen("staff-today", "/staff", "tzj049-sp-clerk1"),
    Screen("staff-case", "/staff/cases/{waiting}", "tzj049-sp-clerk1"),
    Screen("task-phone", "/staff/tasks/{task}", "tzj049-jg-supervisor1", PHONE),
    Screen("board", "/board"),
)


def main() -> None:
    """Start a hall, let it live for some days, take the pictures, write them small."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ywt-screens-") as var, RealHall(Path(var)) as hall, chromium() as browser:
        people = People(hall)
        company, places = lived(people)
        for screen in SCREENS:
            picture = small(take(browser, people, company, screen, places))
            (FOLDER / f"{screen.name}.png").write_bytes(picture)
            print(f"{screen.name}.png {len(picture) / 1024:.0f} KB", flush=True)


def take(browser: Browser, people: People, company: Account, screen: Screen, places: dict[str, str]) -> bytes:
    """One picture, by whoever sees the page."""
    context = open_context(browser, people.hall.door.gateway, screen.size)
    try:
        page = context.new_page()
        if screen.who:
            sign_in(page, company if screen.who == "company" else people.staff(screen.who))
            page.get_by_role("heading", level=1).wait_for()
        page.goto(screen.path.format(**places), wait_until="load")
        return page.screenshot(animations="disabled")
    finally:
        context.close()


def lived(people: People) -> tuple[Account, dict[str, str]]:
    """A month with enough cases for the board, then the day of a booking with something to do for everybody: the
    company, and the numbers of what it has."""
    door, office = people.hall.door, desk(people)
    next_month(people)
    busy_month(people, office)
    next_month(people)
    account = people.company()
    firm, visitor = account.firm, account.visitor
    assert firm
    done = filed(firm, "样本餐厅五大道店", "commit", ("M03",))
    story.handle(office, done)
    draft = named(firm, story.draft(firm), "样本面馆南开店")
    slot = story.free_slot(visitor)
    wish = {"item_code": story.ITEM, "hall": story.HALL, "date": slot["date"], "slot": slot["from"]}
    booked = visitor.post(f"{BOOKING}/bookings", wish)
    task = story.find_task(office, done)["id"]
    people.hall.settle()
    story.travel(door, clock.start_of(date.fromisoformat(slot["date"])) + timedelta(hours=9))
    waiting = [filed(firm, name) for name in ("样本餐厅河西店", "样本食堂学府路店", "样本茶饮滨江道店")]
    hall, group = booked["hall"], booked["queue_group"]
    number = queued(people, hall, group, booked["booking_no"])
    people.hall.settle()
    places = {"draft": draft, "done": done, "task": task, "waiting": waiting[0]}
    return account, places | {"hall": hall, "group": group, "number": number}


def filed(firm: story.Company, project: str, mode: str = "ordinary", defer: tuple[str, ...] = ()) -> str:
    """A case that has been sent in; its number."""
    case_no = named(firm, story.draft(firm, mode=mode), project)
    story.give_materials(firm, case_no, story.ITEM, defer)
    if mode == "commit":
        story.sign(firm, case_no)
    story.submit(firm, case_no)
    return case_no


def next_month(people: People) -> None:
    """Ten o'clock of the first working day of the next month."""
    door = people.hall.door
    people.hall.settle()
    story.travel(door, (story.now(door).replace(day=1, hour=0) + timedelta(days=32)).replace(day=1))
    story.office_hours(door)


def busy_month(people: People, office: story.Office) -> None:
    """As many cases as the board wants to see, accepted on one day and decided on that and the following ones."""
    firm = people.company().firm
    assert firm
    most = rules.value("supervision.board_least_cases").value + 1
    cases = [filed(firm, f"样本餐厅 {number} 号店") for number in range(1, most + 1)]
    for case_no in cases:
        for step in ("view", "acceptance"):
            office.clerk.post(f"{story.FILING}/cases/{case_no}/{step}")
    for number, case_no in enumerate(cases):
        if number % 2 == 0:
            story.office_hours(people.hall.door)
        story.handle(office, case_no)


def named(firm: story.Company, case_no: str, project: str) -> str:
    """The same draft under a name as somebody would write it."""
    firm.visitor.call("PATCH", f"{story.FILING}/cases/{case_no}", {"project_name": project})
    return case_no


def queued(people: People, hall: str, group: str, booking: str) -> str:
    """A morning at the windows: some have been served, two are called, others wait; the number of who has booked."""
    for _ in range(12):
        take_number(people, hall, group)
    for window in "35353":
        serve_next(people, hall, group, window)
    for window in "53":
        call_number(people, hall, group, window)
    arrival = people.staff(OPERATOR).visitor.post(f"{BOOKING}/bookings/{booking}/arrival")
    return str(arrival["ticket_no"])


def small(picture: bytes) -> bytes:
    """The same picture in as many colours as keep it below the limit."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    for colours in (256, 128, 64, 32):
        packed = io.BytesIO()
        image.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
            packed, "PNG", optimize=True
        )
        if packed.tell() < LARGEST:
            break
    return packed.getvalue()


if __name__ == "__main__":
    main()
