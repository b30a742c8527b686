"""The main chain as a story (domain 3.2), step by step over public HTTP: used by `make demo` and by the system tests.

register → verify → file by commit approval with a deferred material → decide → push and verification → 不符 →
rectification order → the date passes → revoked → listed → another commit case suspended → a booking refused.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

import requests

from chassis import clock, workdays
from deploy import sample
from deploy.visitor import Door, Refused, Visitor, await_code, citizen, staff, until, verify

ITEM = "000149032000"  # 食品经营许可
HALL = "H120000"
FILING, SUPERVISION = "/api/filing/v1", "/api/supervision/v1"


@dataclass
class Office:
    """The people of the approving and the supervising office, logged in."""

    clerk: Visitor
    reviewer: Visitor
    decider: Visitor
    supervisor: Visitor


def open_office(door: Door) -> Office:
    """Log in the staff of 市市场监管委's approving and supervising offices."""
    names = ("tzj049-sp-clerk1", "tzj049-sp-reviewer", "tzj049-sp-decider", "tzj049-jg-supervisor1")
    return Office(*(staff(door, name) for name in names))


def now(door: Door) -> datetime:
    """The hall's legal time."""
    return clock.parse(requests.get(f"{door.gateway}/api/demo/clock", timeout=10).json()["now"])


def travel(door: Door, to: datetime) -> datetime:
    """Move the hall forward to this time; a time that has passed already is left as it is."""
    if to > now(door):
        answer = requests.put(f"{door.gateway}/api/demo/clock", json={"to": to.isoformat()}, timeout=10)
        answer.raise_for_status()
    return now(door)


def office_hours(door: Door) -> datetime:
    """Move to 10:00 of a working day, so that nothing is held back at night."""
    moment = now(door)
    day = moment.date() if moment.hour < 10 else moment.date() + timedelta(days=1)
    while not workdays.is_workday(day):
        day += timedelta(days=1)
    return travel(door, clock.start_of(day) + timedelta(hours=10))


@dataclass
class Company:
    """A company that files: its account, its code, its phone, its address."""

    visitor: Visitor
    code: str
    name: str
    mobile: str
    address_ref: str


def representative(door: Door, *, verified: bool = True) -> tuple[Visitor, str, str]:
    """A person who will act for companies: the login, the account and the mobile number."""
    account, mobile = f"person{secrets.token_hex(5)}", sample.mobile()
    card = sample.card() if verified else None
    visitor = citizen(door, account=account, mobile=mobile, id_no=sample.id_no(), name="样本代表人", card=card)
    return visitor, account, mobile


def company(door: Door, verifier: str, account: str, password: str) -> Company:
    """Enter a company at the market regulator's base, register it at the hall, log in, note its address."""
    code, mobile = sample.company_code(), sample.mobile()
    name, number = f"样本餐饮{code[-6:]}有限公司", secrets.token_hex(5)
    record = {"name": name, "representative_name": "样本代表人", "registered_on": "2020-01-02"}
    requests.put(f"{verifier}/legal/{code}", json=record, timeout=10).raise_for_status()
    visitor = Visitor(door)
    visitor.call("POST", "/api/identity/v1/sms-codes", {"purpose": "register", "mobile": mobile})
    sms_code = await_code(door, mobile)
    own_password = secrets.token_urlsafe(12) + "a1"
    form = {
        "account": f"legal{number}",
        "password": own_password,
        "enterprise_type": "有限责任公司",
        "name": name,
        "uscc": code,
        "registered_on": record["registered_on"],
        "representative": {"account": account, "password": password},
        "mobile": mobile,
        "code": sms_code,
        "agreed": True,
    }

    def log_in() -> str:
        visitor.log_in("legal", f"legal{number}", own_password)
        return visitor.ref

    once(lambda: visitor.call("POST", "/api/identity/v1/registrations/legal", form), log_in)
    log_in()
    address = {
        "recipient": "样本收件人",
        "phone": mobile,
        "region": "120101",
        "detail": "样例大道 1 号",
        "is_default": True,
    }
    made = visitor.post("/api/identity/v1/me/addresses", address)
    return Company(visitor, code, name, mobile, made["ref"])


def draft(firm: Company, item: str = ITEM, *, mode: str = "commit", delivery_out: str = "courier") -> str:
    """Open a draft and fill in everything but the materials; returns the case number."""
    project = f"样本项目{secrets.token_hex(4)}"
    guide = firm.visitor.get(f"/api/catalog/v1/items/{item}")["guide"]
    opened = firm.visitor.post(f"{FILING}/cases", {"item_code": item, "mode": mode, "project_name": project})
    change = {
        "agreed": True,
        "form": sample.form(guide, project),
        "delivery_in": "window",
        "delivery_out": delivery_out,
        "hall": HALL,
    }
    if delivery_out == "courier":
        change["address_ref"] = firm.address_ref
    firm.visitor.call("PATCH", f"{FILING}/cases/{opened['case_no']}", change)
    return opened["case_no"]


def give_materials(firm: Company, case_no: str, item: str, defer: tuple[str, ...]) -> list[str]:
    """Upload the required materials and defer the ones named; returns the codes of those uploaded."""
    given = []
    for material in firm.visitor.get(f"/api/catalog/v1/items/{item}")["guide"]["materials"]:
        if not material["required"]:
            continue
        path = f"{FILING}/cases/{case_no}/materials/{material['code']}"
        if material["code"] in defer:
            firm.visitor.post(f"{path}/deferral", {"deferred": True})
        else:
            firm.visitor.call("PUT", f"{path}/files/{quote('材料.pdf')}", data=sample.PDF)
            given.append(material["code"])
    return given


def sign(firm: Company, case_no: str) -> dict[str, Any]:
    """Read the commitment letter and upload it signed; returns the letter as it was read."""
    letter = firm.visitor.get(f"{FILING}/cases/{case_no}/commitment-letter")
    firm.visitor.call("PUT", f"{FILING}/cases/{case_no}/commitment-letter?name=letter.pdf", data=sample.PDF)
    return letter


def submit(firm: Company, case_no: str) -> None:
    """Send the case."""
    path = f"{FILING}/cases/{case_no}/submission"
    once(lambda: firm.visitor.post(path), lambda: status(firm.visitor, case_no) != "draft")


def file_commit_case(firm: Company, item: str = ITEM, defer: tuple[str, ...] = ("M03",)) -> str:
    """A submitted commit case with deferred material; returns the case number."""
    case_no = draft(firm, item)
    give_materials(firm, case_no, item, defer)
    sign(firm, case_no)
    submit(firm, case_no)
    return case_no


def status(visitor: Visitor, case_no: str) -> str:
    """Where a case stands."""
    return visitor.get(f"{FILING}/cases/{case_no}")["status"]


def handle(office: Office, case_no: str) -> None:
    """View, accept, review and grant; a step whose answer was lost is seen to be done and not repeated."""
    steps: tuple[tuple[Visitor, str, dict[str, Any], set[str]], ...] = (
        (office.clerk, "view", {}, {"submitted"}),
        (office.clerk, "acceptance", {}, {"submitted", "pre_review"}),
        (office.reviewer, "review", {"opinion": "材料齐全，符合条件"}, {"accepted", "reviewing"}),
        (office.decider, "decision", {"decision": "granted", "opinion": "准予许可"}, {"deciding"}),
    )
    for who, verb, body, before in steps:
        _take_step(who, case_no, verb, body, before)


def _take_step(who: Visitor, case_no: str, verb: str, body: dict[str, Any], before: set[str]) -> None:
    once(lambda: who.post(f"{FILING}/cases/{case_no}/{verb}", body), lambda: status(who, case_no) not in before)


def find_task(office: Office, case_no: str, seconds: float = 60.0) -> dict[str, Any]:
    """The verification task of a case, as soon as the pushed decision has opened it."""

    def look() -> dict[str, Any] | None:
        return next(iter(office.supervisor.get(f"{SUPERVISION}/tasks", case_no=case_no)["items"]), None)

    return until(look, f"the verification task of {case_no}", seconds)


def find_untrue(office: Office, task: dict[str, Any], due: date, on: date) -> None:
    """Start the verification, find the first promise untrue, order the correction by a date."""
    path = f"{SUPERVISION}/tasks/{task['id']}"
    state = lambda: office.supervisor.get(path)["state"]  # noqa: E731
    plan = {"date": on.isoformat(), "place": "经营场所", "items": [point["promise"] for point in task["promised"]]}
    start = {"inspector": office.supervisor.ref, "plan": plan}
    points = [{"code": p["code"], "result": "true", "found": "属实"} for p in task["promised"]]
    points[0] |= {"result": "not_true", "found": "现场设施与承诺不符"}
    once(lambda: office.supervisor.post(f"{path}/start", start), lambda: state() != "created")
    once(
        lambda: office.supervisor.post(f"{path}/points", {"points": points}),
        lambda: bool(office.supervisor.get(path)["points"]),
    )
    once(
        lambda: office.supervisor.post(f"{path}/rectification", {"due": due.isoformat(), "evidence": ["photo:sample"]}),
        lambda: state() == "rectifying",
    )


def once(act: Any, done: Any) -> Any:
    """Do something that must happen once although answers may get lost: a refusal counts as done if it is done."""
    try:
        return act()
    except Refused:
        if not done():
            raise
        return None


def free_slot(visitor: Visitor, item: str = ITEM) -> dict[str, Any]:
    """A slot that can be booked."""
    slots = visitor.get("/api/booking/v1/slots", item=item, hall=HALL)["items"]
    return next(slot for slot in slots if slot["free"] > 0)


def verify_person(visitor: Visitor) -> None:
    """Real-name verification with a sample card."""
    verify(visitor, sample.card())
