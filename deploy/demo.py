"""`make demo`: plays the main chain against the running hall, through public HTTP, and prints steps, events and SMS."""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests

from chassis import clock, workdays
from deploy import story
from deploy.layout import GATEWAY_PORT, SERVICES, Layout, default_ports
from deploy.story import FILING, SUPERVISION
from deploy.visitor import Door, Refused, Visitor, sms, staff, until


class Narrator:
    """Prints steps, and after each one the events and messages that it set off."""

    def __init__(self, door: Door, auditor: Visitor):
        self.door, self.auditor = door, auditor
        self._seen = {service: self._newest(service) for service in SERVICES}
        self._sms = max((message["id"] for message in sms(door, limit=1)), default=0)
        self._number = 0
        self.watched: set[str] = set()

    def _newest(self, service: str) -> int:
        last = 0
        while items := self.auditor.get(f"/api/{service}/v1/events", after=last, limit=1000)["items"]:
            last = items[-1]["number"]
        return last

    @contextmanager
    def step(self, zh: str, en: str) -> Iterator[None]:
        """One step of the story."""
        self._number += 1
        print(f"\n{self._number:2d}. {zh}  {en}", flush=True)
        yield
        self.tell()

    def say(self, text: str) -> None:
        """A line of the step in hand."""
        print(f"      {text}", flush=True)

    def refused(self, refusal: Refused) -> None:
        """A refusal as the citizen reads it: what, which rule and article, what next."""
        problem = refusal.problem
        self.say(f"✗ {refusal.status} {problem['detail']}")
        if problem.get("rule"):
            self.say(f"  {problem['rule']} {problem['article']}")
        if problem.get("next"):
            self.say(f"  → {problem['next']}")

    def tell(self) -> None:
        """Print the events and messages that are new."""
        events: list[dict[str, Any]] = []
        for service in SERVICES:
            for entry in self.auditor.get(f"/api/{service}/v1/events", after=self._seen[service], limit=1000)["items"]:
                self._seen[service] = entry["number"]
                events.append(entry["event"])
        for event in sorted(events, key=lambda event: (event["time"], event["sequence"])):
            if not event["type"].startswith(("notifier.send", "notifier.sms")):
                print(
                    f"      · {event['time'][:19]} {event['type']:<36} {event.get('correlationid') or event['subject']}"
                )
        for message in reversed(sms(self.door)):
            if message["id"] > self._sms:
                self._sms = message["id"]
                shown = message["text"]
                if message["template"].endswith("sms_code"):
                    shown = "".join("*" if ch.isdigit() else ch for ch in shown)
                print(f"      ✉ {message['mobile'][:3]}****{message['mobile'][-4:]} {shown}")


def main() -> None:
    """Play the story; exit 1 when a step does not come out as the rules say."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", GATEWAY_PORT)))
    parser.add_argument("--var", type=Path, default=Path(os.environ.get("YWT_VAR", "var")))
    options = parser.parse_args()
    layout = Layout(options.var.resolve(), default_ports(options.port))
    door = Door(layout.url("gateway"), layout.url("sms"), layout.url("ems"), layout.var)
    try:
        states = requests.get(f"{door.gateway}/api/hall", timeout=5).json()["services"]
    except (requests.RequestException, ValueError):
        sys.exit(f"make demo: no hall answers at {door.gateway}; start one with make run in another terminal")
    away = [entry["service"] for entry in states if entry["state"] != "ready"]
    if away:
        sys.exit(f"make demo: not ready yet: {', '.join(away)}; try again in a moment")
    began = time.monotonic()
    try:
        play(door, layout.url("verifier"))
    except (Refused, TimeoutError, AssertionError) as error:
        sys.exit(f"make demo: the story broke: {error}")
    print(f"\nThe whole chain in {time.monotonic() - began:.1f} s.")


def play(door: Door, verifier: str) -> None:
    """The story of one company."""
    narrator = Narrator(door, staff(door, "tzj077-auditor"))
    with narrator.step("时间机器：来到工作日上午 10 点", "The time machine: 10:00 of a working day"):
        narrator.say(f"{story.office_hours(door):%Y-%m-%d %H:%M}")
    with narrator.step("法定代表人注册(短信验证码)", "The legal representative registers (SMS code)"):
        person, account, mobile = story.representative(door, verified=False)
        narrator.say(f"{account}, {mobile[:3]}****{mobile[-4:]}, 认证等级 0")
    with narrator.step("未实名不能办事", "Without real-name verification nothing can be filed"):
        body = {"item_code": "000148035000", "mode": "ordinary", "project_name": "样本项目"}
        narrator.refused(person.refused("POST", f"{FILING}/cases", body))
    with narrator.step("实名认证(银行卡三要素)", "Real-name verification (bank card)"):
        story.verify_person(person)
        narrator.say("认证等级 1")
    with narrator.step("法人注册并绑定法定代表人", "The company registers, bound to its representative"):
        firm = story.company(door, verifier, account, person.secret)
        narrator.say(f"{firm.name} {firm.code}")
    with narrator.step("填报食品经营许可(承诺审批)", "The company fills in a food licence by commit approval"):
        case_no = story.draft(firm)
        narrator.say(f"业务编号 {case_no}")
        given = story.give_materials(firm, case_no, story.ITEM, ("M03",))
        narrator.say(f"已上传 {'、'.join(given)};M03 容缺后补")
        narrator.refused(firm.visitor.refused("POST", f"{FILING}/cases/{case_no}/submission"))
    with narrator.step("阅读、签署承诺书并提交", "It reads and signs the commitment letter and submits"):
        letter = story.sign(firm, case_no)
        for line in letter["lines"]:
            narrator.say(f"│ {line}")
        story.submit(firm, case_no)
    with narrator.step("另一件承诺审批也在办理", "Another commit case of the same company is under way"):
        other = story.file_commit_case(firm, defer=("M03", "M04"))
        narrator.say(f"业务编号 {other}")
    office = story.open_office(door)
    with narrator.step("预受理、受理、审查、决定：准予", "Viewed, accepted, reviewed, decided: granted"):
        story.handle(office, case_no)
        story.once(lambda: office.clerk.post(f"{FILING}/cases/{other}/view"), lambda: True)
        shown = firm.visitor.get(f"{FILING}/cases/{case_no}")
        narrator.say(f"状态 {shown['status']}，承诺 {shown['commitment_status']}")
        task = story.find_task(office, case_no)
        delivered = until(lambda: _delivered(firm, case_no), "the delivery of the licence")
    with narrator.step("邮政速递送达证照", "EMS brings the licence"):
        for node in delivered["nodes"]:
            narrator.say(f"{clock.parse(node['at']):%Y-%m-%d %H:%M:%S} {node['text']}")
    today = story.now(door).date()
    due = workdays.add_workdays(today, 2)
    with narrator.step("监管核查：承诺与实际不符，责令限期整改", "Verification: not true, ordered to correct"):
        narrator.say(f"启动期限 {task['start_due']}，完成期限 {task['finish_due']}，整改上限 {task['cap_due']}")
        too_late = {"due": (clock.parse(f"{task['cap_due']}T00:00").date() + timedelta(days=1)).isoformat()}
        story.find_untrue(office, task, due, today)
        narrator.say(f"整改期限 {due.isoformat()}")
        refusal = office.supervisor.refused("POST", f"{SUPERVISION}/tasks/{task['id']}/rectification", too_late)
        narrator.say(f"(再次责令：{refusal.problem['detail']})")
    with narrator.step("时间机器：整改期限已过", "The time machine: the date passes"):
        narrator.say(f"{story.travel(door, clock.end_of(due) + timedelta(hours=10)):%Y-%m-%d %H:%M}")
        until(lambda: story.status(firm.visitor, case_no) == "revoked", "the revocation")
        until(lambda: story.status(firm.visitor, other) == "suspended", "the suspension of the other case")
        until(lambda: _barred(firm), "the restriction in the credit archive")
    with narrator.step("结果被撤销，列入诚信档案", "The result is revoked, the company is listed"):
        papers = firm.visitor.get(f"{FILING}/cases/{case_no}")["documents"]
        narrator.say("、".join(f"《{paper['title']}》{paper.get('number', '')}" for paper in papers))
        archive = firm.visitor.get("/api/credit/v1/subjects/me")
        record = archive["records"][0]
        narrator.say(f"记录 {record['record_no']} {record['cause']}，限制至 {record['restriction_until']}")
        narrator.say(f"另一件 {other}：{story.status(firm.visitor, other)}(中止)")
    with narrator.step("预约被拒绝", "A booking is refused, with article and end date"):
        slot = story.free_slot(firm.visitor)
        wish = {"item_code": story.ITEM, "hall": story.HALL, "date": slot["date"], "slot": slot["from"]}
        narrator.refused(until(lambda: _refused(firm, wish), "the refusal"))
    with narrator.step("不再接受承诺审批", "Commit approval is closed, ordinary filing stays open"):
        body = {"item_code": story.ITEM, "mode": "commit", "project_name": "样本项目二"}
        narrator.refused(firm.visitor.refused("POST", f"{FILING}/cases", body))
        opened = firm.visitor.post(f"{FILING}/cases", body | {"mode": "ordinary"})
        narrator.say(f"普通申报已受理填写：{opened['case_no']}")
    with narrator.step("短信已送达各方", "SMS to everybody concerned"):
        until(lambda: len(sms(door, firm.mobile)) >= 6, "the last messages")


def _delivered(firm: story.Company, case_no: str) -> dict[str, Any] | None:
    shipments = firm.visitor.get("/api/notifier/v1/shipments", case_no=case_no)["items"]
    return next((shipment for shipment in shipments if shipment["state"] == "delivered"), None)


def _barred(firm: story.Company) -> bool:
    return bool(firm.visitor.get("/api/credit/v1/subjects/me")["restrictions"])


def _refused(firm: story.Company, wish: dict[str, Any]) -> Refused | None:
    """The refusal of a booking; one that goes through (the event is still under way) is cancelled at once."""
    try:
        made = firm.visitor.post("/api/booking/v1/bookings", wish)
    except Refused as refusal:
        return refusal
    firm.visitor.call("DELETE", f"/api/booking/v1/bookings/{made['booking_no']}")
    return None


if __name__ == "__main__":
    main()
