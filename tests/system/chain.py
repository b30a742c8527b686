"""The main chain of one company, played over public HTTP like `make demo`, with everything that was answered kept."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import requests

from chassis import clock, workdays
from deploy import story
from deploy.story import FILING, SUPERVISION
from deploy.visitor import Refused, sms, staff, until
from tests.system.hall import RealHall


@dataclass
class Played:
    """What came of the story, station by station."""

    hall: RealHall
    mobile: str  # of the representative
    firm: story.Company
    unverified: Refused
    case_no: str
    other: str
    unsigned: Refused
    letter: dict[str, Any]
    completed: dict[str, Any]
    task: dict[str, Any]
    delivered: dict[str, Any]
    too_late: Refused
    decided_on: date
    due: date
    arrived: datetime  # by the time machine
    revoked: dict[str, Any]
    suspended: dict[str, Any]
    archive: dict[str, Any]
    ended_task: dict[str, Any]
    booking: Refused
    commit_again: Refused
    ordinary: dict[str, Any]
    opposite: Refused
    messages: list[dict[str, Any]]


def play(hall: RealHall) -> Played:
    """Everything that happens to one company, with the same steps as the demo."""
    door = hall.door
    auditor = staff(door, "tzj077-auditor")
    story.office_hours(door)
    person, account, mobile = story.representative(door, verified=False)
    wish = {"item_code": "000148035000", "mode": "ordinary", "project_name": "样本项目"}
    unverified = person.refused("POST", f"{FILING}/cases", wish)
    story.verify_person(person)
    firm = story.company(door, hall.verifier, account, person.secret)
    case_no = story.draft(firm)
    story.give_materials(firm, case_no, story.ITEM, ("M03",))
    unsigned = firm.visitor.refused("POST", f"{FILING}/cases/{case_no}/submission")
    letter = story.sign(firm, case_no)
    story.submit(firm, case_no)
    other = story.file_commit_case(firm, defer=("M03", "M04"))
    office = story.open_office(door)
    story.handle(office, case_no)
    office.clerk.post(f"{FILING}/cases/{other}/view")
    completed = firm.visitor.get(f"{FILING}/cases/{case_no}")
    task = story.find_task(office, case_no)
    delivered = until(lambda: _delivered(firm, case_no), "the delivery of the licence")
    today = story.now(door).date()
    due = workdays.add_workdays(today, 2)
    cap = date.fromisoformat(task["cap_due"])
    beyond = {"due": (cap + timedelta(days=1)).isoformat(), "evidence": []}
    path = f"{SUPERVISION}/tasks/{task['id']}"
    # The same steps as story.find_untrue, with an order beyond the cap in between, which must be refused.
    plan = {"date": today.isoformat(), "place": "经营场所", "items": [point["promise"] for point in task["promised"]]}
    office.supervisor.post(f"{path}/start", {"inspector": office.supervisor.ref, "plan": plan})
    points = [{"code": point["code"], "result": "true", "found": "属实"} for point in task["promised"]]
    points[0] |= {"result": "not_true", "found": "现场设施与承诺不符"}
    office.supervisor.post(f"{path}/points", {"points": points})
    too_late = office.supervisor.refused("POST", f"{path}/rectification", beyond)
    order = {"due": due.isoformat(), "evidence": ["photo:sample"]}
    office.supervisor.post(f"{path}/rectification", order)
    hall.settle()
    arrived = story.travel(door, clock.end_of(due) + timedelta(hours=10))
    until(lambda: story.status(firm.visitor, case_no) == "revoked", "the revocation")
    until(lambda: story.status(firm.visitor, other) == "suspended", "the suspension of the other case")
    hall.settle()
    slot = story.free_slot(firm.visitor)
    booking = {"item_code": story.ITEM, "hall": story.HALL, "date": slot["date"], "slot": slot["from"]}
    again = {"item_code": story.ITEM, "mode": "commit", "project_name": "样本项目二"}
    opposite = {"to": (story.now(door) - timedelta(days=1)).isoformat()}
    back = requests.put(f"{door.gateway}/api/demo/clock", json=opposite, timeout=10)
    played = Played(
        hall=hall,
        mobile=mobile,
        firm=firm,
        unverified=unverified,
        case_no=case_no,
        other=other,
        unsigned=unsigned,
        letter=letter,
        completed=completed,
        task=task,
        delivered=delivered,
        too_late=too_late,
        decided_on=today,
        due=due,
        arrived=arrived,
        revoked=firm.visitor.get(f"{FILING}/cases/{case_no}"),
        suspended=firm.visitor.get(f"{FILING}/cases/{other}"),
        archive=firm.visitor.get("/api/credit/v1/subjects/me"),
        ended_task=office.supervisor.get(path),
        booking=firm.visitor.refused("POST", "/api/booking/v1/bookings", booking),
        commit_again=firm.visitor.refused("POST", f"{FILING}/cases", again),
        ordinary=firm.visitor.post(f"{FILING}/cases", again | {"mode": "ordinary"}),
        opposite=Refused(back.status_code, back.json()),
        messages=sms(door, limit=1000),
    )
    hall.settle()
    assert auditor.get("/api/filing/v1/events", limit=1)["items"], "the auditor sees what was emitted"
    return played


def _delivered(firm: story.Company, case_no: str) -> dict[str, Any] | None:
    shipments = firm.visitor.get("/api/notifier/v1/shipments", case_no=case_no)["items"]
    return next((shipment for shipment in shipments if shipment["state"] == "delivered"), None)
