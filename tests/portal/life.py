"""What a hall looks like on a busy day: one company with something of everything, made through the API."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from deploy import sample, story
from deploy.story import FILING
from deploy.visitor import until
from tests.portal.people import Account, People

EVIL = """"'><script>document.title='ran'</script>{{7*7}}"""  # somebody tries it in every text
OPERATOR = "tzj077-zx-hall"
BOOKING, SERVED_MINUTES = "/api/booking/v1", 7
CREDIT, SPACE = "/api/credit/v1", "/api/filing/v1/space/files"


@dataclass
class Life:
    """The company, and the numbers of what it has."""

    firm: Account
    draft: str
    done: str  # a case that was granted on a promise
    task: str  # its verification
    booking: str
    letter: str
    space_file: str
    record: str = ""  # on the list, objected to
    application: str = ""

    def case(self) -> dict[str, Any]:
        """The granted case as the company reads it."""
        return dict(self.firm.visitor.get(f"{FILING}/cases/{self.done}"))


def desk(people: People) -> story.Office:
    """The people of the approving and the supervising office."""
    posts = ("tzj049-sp-clerk1", "tzj049-sp-reviewer", "tzj049-sp-decider", "tzj049-jg-supervisor1")
    return story.Office(*(people.staff(name).visitor for name in posts))


def begin(people: People, odd: str = "") -> Life:
    """A draft, a granted case, a booking, a letter, a file; `odd` stands at the end of every text."""
    firm = people.company()
    company, visitor = firm.firm, firm.visitor
    assert company
    done, office = story.file_commit_case(company), desk(people)
    story.handle(office, done)
    slot = story.free_slot(visitor)
    wish = {"item_code": story.ITEM, "hall": story.HALL, "date": slot["date"], "slot": slot["from"]}
    letter = {"kind": "consultation", "title": "营业执照复印件" + odd, "text": "要盖章吗？" + odd}
    draft = story.draft(company)
    path = f"{FILING}/cases/{draft}"
    form = visitor.get(path)["form"]
    typed = {name: form[name] + odd for name in ("agent_name", "premises", "safety_manager")}
    visitor.call("PATCH", path, {"project_name": "样本项目二" + odd, "form": form | typed})
    return Life(
        firm,
        draft=draft,
        done=done,
        task=story.find_task(office, done)["id"],
        booking=visitor.post("/api/booking/v1/bookings", wish)["booking_no"],
        letter=visitor.post("/api/feedback/v1/letters", letter | {"item_code": story.ITEM})["letter_no"],
        space_file=visitor.call("POST", f"{SPACE}?name=a.pdf", data=sample.PDF)["id"],
    )


def take_number(people: People, hall: str, group: str) -> dict[str, Any]:
    """An ordinary number of today."""
    return dict(people.staff(OPERATOR).visitor.post(f"{BOOKING}/queues/{hall}/{group}/tickets"))


def call_number(people: People, hall: str, group: str, window: str) -> dict[str, Any]:
    """The next number is called to a window."""
    return dict(people.staff(OPERATOR).visitor.post(f"{BOOKING}/queues/{hall}/{group}/call", {"window": window}))


def serve_next(people: People, hall: str, group: str, window: str) -> None:
    """The next number is called and served, which takes some minutes."""
    door, ticket = people.hall.door, f"{BOOKING}/tickets/{call_number(people, hall, group, window)['id']}"
    people.staff(OPERATOR).visitor.post(f"{ticket}/service")
    story.travel(door, story.now(door) + timedelta(minutes=SERVED_MINUTES))
    people.staff(OPERATOR).visitor.post(f"{ticket}/end")


def report(people: People, life: Life, kind: str, odd: str = "") -> str:
    """The supervisor reports a finding on the granted case; the number of it, once the archive has it."""
    supervisor = people.staff("tzj049-jg-supervisor1").visitor
    admin = people.staff("tzj049-sp-credit").visitor
    discovered = (story.now(people.hall.door) - timedelta(minutes=1)).isoformat()
    text = f"超范围经营 {secrets.token_hex(3)}{odd}"
    state = "listed" if kind == "business_suspension" else "pending"  # a suspension needs no judgement (CRE-06)
    body = {"kind": kind, "case_no": life.done, "description": text, "discovered_at": discovered}
    supervisor.post("/api/supervision/v1/findings", body | {"penalty_no": "监罚1号", "evidence": ["photo:sample"]})

    def look() -> dict[str, Any] | None:
        rows = admin.get(f"{CREDIT}/records", state=state, limit=50)["items"]
        return next((row for row in rows if row["case_no"] == life.done and text in row["description"]), None)

    return str(until(look, "the finding in the archive")["id"])


def fall(people: People, life: Life, odd: str = "") -> None:
    """Its business is suspended, which lists it at once; it objects."""
    visitor, company = life.firm.visitor, life.firm.firm
    assert company
    life.record = report(people, life, "business_suspension", odd)
    papers = [visitor.call("POST", f"{CREDIT}/papers?name=a.pdf", data=sample.PDF)["id"] for _ in range(2)]
    form = {"applicant_name": "样本申请人", "reason": "已经整改" + odd, "id_no": company.code}
    pages = {"signature": papers[0], "seal": papers[1]}
    life.application = visitor.post(f"{CREDIT}/records/{life.record}/objections", form | pages)["id"]
