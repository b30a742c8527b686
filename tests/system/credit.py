"""What becomes of promises that are kept and broken (T20…T30), played over public HTTP on the clock of the hall."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest

from chassis import clock, workdays
from deploy import sample, story
from deploy.story import FILING, SUPERVISION
from deploy.visitor import Refused, Visitor, staff, until
from tests.system.hall import RealHall

CREDIT = "/api/credit/v1"
DEFERRED = ("M03",)
FORM = {"applicant_name": "样本申请人", "reason": "已按期补交，系统未登记"}


@dataclass
class Told:
    """What came of the story: cases by what they stand for, and every answer worth a look by its name."""

    hall: RealHall
    firm: story.Company  # keeps one promise, breaks another, objects, is punished, applies for repair
    twice: story.Company  # breaks two promises on one day
    cases: dict[str, str] = field(default_factory=dict)
    days: dict[str, date] = field(default_factory=dict)
    seen: dict[str, Any] = field(default_factory=dict)

    def refused(self, name: str) -> tuple[int, str, str]:
        """Status, rule and article of a refusal."""
        refusal: Refused = self.seen[name]
        return refusal.status, refusal.problem["rule"], refusal.problem["article"]

    def archive(self, firm: story.Company) -> dict[str, Any]:
        """A company's own archive, as it is now."""
        found: dict[str, Any] = firm.visitor.get(f"{CREDIT}/subjects/me")
        return found

    def state(self, what: str) -> str:
        """Where a case stands, as its company sees it."""
        firm = self.twice if what in ("first", "second") else self.firm
        return story.status(firm.visitor, self.cases[what])

    def states(self, *names: str) -> dict[str, str]:
        """The same of several."""
        return {name: self.state(name) for name in names}


def tell(hall: RealHall) -> Told:
    """The whole story of both companies."""
    story.office_hours(hall.door)
    office, admin = story.open_office(hall.door), staff(hall.door, "tzj049-sp-credit")
    person, account, _ = story.representative(hall.door)
    firms = [story.company(hall.door, hall.verifier, account, person.secret) for _ in range(2)]
    told = Told(hall, *firms)
    _promise(told, office)
    _verify(told, office)
    _report(told, office, admin)
    _break(told, office, admin)
    _object(told, admin)
    _punish(told, office, admin)
    _repair(told, admin)
    hall.settle()
    told.seen["end"] = told.archive(told.firm)
    return told


def _promise(told: Told, office: story.Office) -> None:
    """One promise is kept, three are open."""
    for name, firm in (("kept", told.firm), ("broken", told.firm), ("first", told.twice), ("second", told.twice)):
        case_no = told.cases[name] = story.draft(firm, delivery_out="window")
        story.give_materials(firm, case_no, story.ITEM, DEFERRED)
        told.days["due"] = date.fromisoformat(story.sign(firm, case_no)["due"])
        story.submit(firm, case_no)
        story.handle(office, case_no)
    path = f"{FILING}/cases/{told.cases['kept']}"
    for code in DEFERRED:
        told.firm.visitor.call("PUT", f"{path}/materials/{code}/files/a.pdf", data=sample.PDF)
    told.firm.visitor.post(f"{path}/supply")
    office.reviewer.post(f"{path}/supply-check", {"results": [{"code": code, "conforms": True} for code in DEFERRED]})
    told.days["decided"] = story.now(told.hall.door).date()


def _verify(told: Told, office: story.Office) -> None:
    """Two are found untrue: one is to be corrected by the day on which its promise ends, the other by the last day
    that may be set, and not by the day after."""
    on = told.days["decided"]
    story.find_untrue(office, story.find_task(office, told.cases["broken"]), told.days["due"], on)
    task = told.seen["task"] = story.find_task(office, told.cases["first"])
    cap = date.fromisoformat(task["cap_due"])
    with pytest.raises(Refused) as beyond:
        story.find_untrue(office, task, cap + timedelta(days=1), on)
    told.seen["beyond"] = beyond.value
    order = {"due": cap.isoformat(), "evidence": ["photo:sample"]}
    told.seen["ordered"] = office.supervisor.post(f"{SUPERVISION}/tasks/{task['id']}/rectification", order)


def _finding(told: Told, office: story.Office, kind: str, workdays_ago: int, **more: str) -> dict[str, Any]:
    today = story.now(told.hall.door).date()
    discovered = clock.start_of(workdays.add_workdays(today, -workdays_ago)) + timedelta(hours=15)
    body = {"kind": kind, "case_no": told.cases["kept"], "description": "超范围经营", "evidence": ["photo:sample"]}
    found: dict[str, Any] = office.supervisor.post(
        f"{SUPERVISION}/findings", body | {"discovered_at": discovered.isoformat()} | more
    )
    return found


def _report(told: Told, office: story.Office, admin: Visitor) -> None:
    """A finding waits for the judging organ, which dismisses it; a proposal needs its document and is declined."""
    told.seen["finding"] = _finding(told, office, "violation", 1)
    pending = until(lambda: _pending(told, admin), "the finding before the judging organ")
    told.seen["pending"], told.seen["before"] = pending, told.archive(told.firm)
    body = {"confirm": False, "opinion": "证据不足"}
    told.seen["dismissed"] = admin.post(f"{CREDIT}/records/{pending['id']}/determination", body)
    proposal = {"case_no": told.cases["kept"], "opinion": "建议撤销"}
    told.seen["undocumented"] = office.supervisor.refused("POST", f"{SUPERVISION}/proposals", proposal)
    proposal |= {"document_ref": "file:sample", "document_no": "监函1号"}
    made = office.supervisor.post(f"{SUPERVISION}/proposals", proposal)
    told.hall.settle()
    path = f"{FILING}/cases/{told.cases['kept']}/revocation-proposals/{made['id']}/answer"
    office.decider.post(path, {"follow": False, "opinion": "已经整改，不予撤销"})
    told.hall.settle()
    proposals = office.supervisor.get(f"{SUPERVISION}/proposals")["items"]
    told.seen["proposal"] = next(one for one in proposals if one["id"] == made["id"])


def _pending(told: Told, admin: Visitor) -> dict[str, Any] | None:
    items = admin.get(f"{CREDIT}/records", state="pending")["items"]
    return next((one for one in items if one["case_no"] == told.cases["kept"]), None)


def _break(told: Told, office: story.Office, admin: Visitor) -> None:
    """The day of the promises passes while another case is under way, and with it the date of the correction."""
    door = told.hall.door
    story.travel(door, clock.start_of(told.days["due"]) + timedelta(hours=10))
    told.cases["under_way"] = story.file_commit_case(told.firm)
    office.clerk.post(f"{FILING}/cases/{told.cases['under_way']}/view")
    told.hall.settle()
    story.travel(door, clock.end_of(told.days["due"]) + timedelta(hours=10))
    until(lambda: told.archive(told.twice)["status"] == "serious", "the second failing")
    until(lambda: told.state("under_way") == "suspended", "the suspension")
    told.hall.settle()
    told.seen["listed"], told.seen["serious"] = told.archive(told.firm), told.archive(told.twice)
    told.seen["after"] = told.states("kept", "broken", "under_way", "first", "second")
    told.seen["judged"] = _judge_again(told, admin)
    record = told.seen["serious"]["records"][0]["id"]
    told.seen["unrepairable"] = _apply(told.twice, record, "repairs", refused=True)


def _judge_again(told: Told, admin: Visitor) -> dict[str, Any]:
    """The promise that has lapsed is also judged not to conform."""
    case = told.firm.visitor.get(f"{FILING}/cases/{told.cases['broken']}")
    judged: dict[str, Any] = {
        "subject_ref": told.firm.visitor.ref,
        "subject_name": told.firm.name,
        "judging_org": "TZJ049-SP",
    }
    judged |= {"cause": "material_not_conforming", "grade": "ordinary", "description": "补交材料不符合法定条件"}
    judged |= {"evidence": ["photo:sample"], "case_id": case["id"], "case_no": case["case_no"]}
    found: dict[str, Any] = admin.post(f"{CREDIT}/records", judged)
    return found


def _apply(firm: story.Company, record: str, what: str, *, refused: bool = False) -> Any:
    papers = [firm.visitor.call("POST", f"{CREDIT}/papers?name=a.pdf", data=sample.PDF)["id"] for _ in range(2)]
    form = FORM | {"id_no": firm.code, "signature": papers[0], "seal": papers[1]}
    path = f"{CREDIT}/records/{record}/{what}"
    return firm.visitor.refused("POST", path, form) if refused else firm.visitor.post(path, form)


def _object(told: Told, admin: Visitor) -> None:
    """The company objects, the record is to be deleted, and until the publicity is over everything stays as it is."""
    door = told.hall.door
    story.office_hours(door)
    told.days["received"] = story.now(door).date()
    objection = told.seen["objection"] = _apply(told.firm, told.seen["listed"]["records"][0]["id"], "objections")
    verdict = {"result": "delete", "reasons": "核对补交回执后认定"}
    admin.post(f"{CREDIT}/applications/{objection['id']}/objection-decision", verdict)
    notices = told.firm.visitor.get(f"{CREDIT}/notices")["items"]
    told.days["posted_to"] = max(date.fromisoformat(notice["to_date"]) for notice in notices)
    story.travel(door, clock.end_of(told.days["posted_to"]) - timedelta(minutes=2))
    wish = {"item_code": story.ITEM, "mode": "commit", "project_name": "样本项目二"}
    told.seen["still"] = told.firm.visitor.refused("POST", f"{FILING}/cases", wish)
    told.seen["restricted"] = told.archive(told.firm)
    story.travel(door, clock.end_of(told.days["posted_to"]) + timedelta(hours=10))
    until(lambda: told.archive(told.firm)["status"] == "good", "the deletion")
    until(lambda: told.state("under_way") != "suspended", "the case to go on")
    told.hall.settle()
    told.seen["cleared"], told.seen["gone_on"] = told.archive(told.firm), told.state("under_way")
    told.seen["again"] = told.firm.visitor.post(f"{FILING}/cases", wish)


def _punish(told: Told, office: story.Office, admin: Visitor) -> None:
    """A suspension of business, reported too late, is listed without discretion; the correction is recorded."""
    told.seen["late"] = _finding(told, office, "business_suspension", 2, penalty_no="监罚1号")
    until(lambda: told.archive(told.firm)["status"] == "listed", "the penalty on the list")
    told.hall.settle()
    told.seen["punished"] = told.archive(told.firm)
    told.seen["suspended_again"] = told.state("under_way")
    today = told.days["corrected"] = story.now(told.hall.door).date()
    body = {"on": today.isoformat(), "evidence": ["photo:sample"], "opinion": "已经整改"}
    admin.post(f"{CREDIT}/records/{_penalty(told)}/correction", body)


def _penalty(told: Told) -> str:
    records = told.seen["punished"]["records"]
    return next(record["id"] for record in records if record["source"] == "penalty")


def _repair(told: Told, admin: Visitor) -> None:
    """On the last day of the clean year repair is refused, on the next it is granted; it holds after its publicity."""
    door = told.hall.door
    last = told.days["year_ends"] = workdays.due_for("credit.repair_clean_period", told.days["corrected"]).date
    story.travel(door, clock.end_of(last) - timedelta(minutes=2))
    told.seen["early"] = _apply(told.firm, _penalty(told), "repairs", refused=True)
    story.travel(door, clock.end_of(last) + timedelta(hours=10))
    repair = told.seen["repair"] = _apply(told.firm, _penalty(told), "repairs")
    verdict = {"result": "granted", "reasons": "已经整改", "intentional": False, "conditions_met": True}
    admin.post(f"{CREDIT}/applications/{repair['id']}/repair-decision", verdict)
    posted_to = date.fromisoformat(told.firm.visitor.get(f"{CREDIT}/notices")["items"][0]["to_date"])
    story.travel(door, clock.end_of(posted_to) + timedelta(hours=10))
    until(lambda: told.archive(told.firm)["status"] == "good", "the repair")
