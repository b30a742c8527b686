"""The world of notifier."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chassis import clock
from chassis.clock import clock_at
from contracts.commands import notifier as commands
from contracts.events import catalog as catalog_events
from contracts.events import filing as filing_events
from tests.feedback import conftest as feedback_tests
from tests.meta.permissions import World
from tests.meta.worlds.common import CLERK, DISTRICT, MONDAY, OWNER, example
from tests.notifier import conftest as notifier_tests
from tests.support import bench, person, staff


@contextmanager
def notifier(folder: Path) -> Iterator[World]:
    """Messages to the party and to the clerk, what both wrote, a notice, a draft, a parcel and a window's task."""
    from services.notifier import shipments, signatures, tasks
    from services.notifier.models import InboxMessage, Message, Shipment, Task

    org_code = "TZJ049-SP"
    with clock_at(MONDAY), bench(notifier_tests.service, folder) as b:
        office = notifier_tests.Office(b, "http://127.0.0.1:9")
        for number, recipient in enumerate((OWNER, CLERK)):
            office.order(recipient, f"key-{number}", case_no="20260302100000000001")
        ship = {"case_id": "case-1", "case_no": "20260302100000000001", "direction": "result", "sender_org": org_code}
        ship |= {"recipient_ref": OWNER, "address_ref": "address:a-1", "payer": "service_office", "content": "许可证"}
        ship |= {"order_no": "20260302100000000001-1"}
        b.deliver(commands.Ship, "case-1", ship, org=org_code, correlation=ship["case_no"])
        with b.database.transaction():
            tasks.open_task("order_failed", "x", org_code, ship["case_no"], zh="请查看", en="Look")
        for caller in (person(OWNER), staff("window_clerk", org_code, ref=CLERK)):
            b.client(caller).put(f"{notifier_tests.API}/me/preferences", json={"sms": False})
        parcel, task = Shipment.get().id, Task.get().id
        api, inbox = notifier_tests.API, {row.recipient_ref: row.id for row in InboxMessage.select()}
        leader = b.client(staff("window_manager", org_code, ref=CLERK))
        letter = {"to": [OWNER, CLERK], "title": "请补充", "text": "请于本周内补充", "case_no": ship["case_no"]}
        written = leader.post(f"{api}/me/sent", json=letter).get_json()["id"]
        copy = InboxMessage.get(InboxMessage.note == written, InboxMessage.recipient_ref == OWNER).id
        answered = (
            b.client(person(OWNER)).post(f"{api}/me/messages/{copy}/answer", json={"text": "已补充"}).get_json()["id"]
        )
        notice = {"title": "窗口调整", "text": "请到二号窗口", "audience": "staff", "org": org_code}
        notice |= {"from_date": "2026-03-02", "until_date": "2026-03-31"}
        bulletin = leader.post(f"{api}/notices", json=notice).get_json()["id"]
        words = {"title_zh": "受理通知", "title_en": "Accepted", "zh": "“{item}”（{case_no}）已受理，{due}前办结。"}
        words |= {"en": "{item} ({case_no}) is accepted and will be decided by {due}."}
        admin = b.client(staff("system_admin", "*", ref=CLERK))
        everybody = {"title": "系统维护", "text": "今晚维护", "audience": "everybody"}
        everybody |= {name: notice[name] for name in ("from_date", "until_date")}
        public = admin.post(f"{api}/notices", json=everybody).get_json()["id"]
        batch = {name: ship[name] for name in ("sender_org", "recipient_ref", "payer", "content")}
        batch |= {"order_no": "P-1", "case_id": "P-1", "case_no": "P-1", "direction": "paper", "org": org_code}
        with b.database.transaction():
            shipments.add(address_ref=f"org:{org_code}", **batch)
        b.deliver(catalog_events.OrgChanged, org_code, feedback_tests.org(org_code))
        office.addresses["address:a-1"] = {"address_ref": "address:a-1", "owner": OWNER}
        price = {"kind": "sms_part", "from_date": "2026-01-01", "fen": 5}
        assert admin.put(f"{api}/tariffs", json=price).status_code == 200
        rule = {"account": "C-1", "billed_org": org_code}
        assert admin.put(f"{api}/payer-rules/{org_code}", json=rule).status_code == 200
        moving = {"case_id": "case-1", "case_no": ship["case_no"], "receiving_org": org_code}
        b.deliver(filing_events.CaseDispatched, "case-1", example("filing.case.dispatched") | moving)
        with b.database.transaction():
            Message.update(accepted_at=clock.now(), parts=1, org=org_code).execute()
        draft = admin.post(f"{api}/templates/filing.accepted/versions", json=words).get_json()["number"]
        messages = [row.id for row in Message.select()]
        values = {
            "shipment_id": parcel,
            "task_id": task,
            "message_id": messages[0],
            "/me/messages/<message_id>": inbox[OWNER],
            "staff /me/messages/<message_id>": inbox[CLERK],
            "case_no": ship["case_no"],
            "note_id": answered,
            "staff /me/sent/<note_id>": written,
            "bulletin_id": bulletin,
            "POST /me/notices/<bulletin_id>/read: bulletin_id": public,
            "address_ref": "address:a-1",
            "from_org": org_code,
            "to_org": "TZJ040-SP",
            "carrier": "sms",
            "signature": "0",
            "carrier /sms-receipts/<carrier>/<signature>": signatures.address(notifier_tests.SECRET, "sms"),
            "name": "sms",
            "code": "filing.accepted",
            "number": draft,
            "payer": org_code,
            "billed_org": org_code,
        }
        bodies = {
            "publish_notice": {"json": notice},
            "draft_wording": {"json": words},
            "scan_batch": {"json": {"number": "P-1", "case_nos": []}},
        }
        markers = (
            OWNER,
            CLERK,
            org_code,
            "filing.accepted",
            parcel,
            task,
            ship["case_no"],
            *messages,
            *inbox.values(),
            written,
            answered,
            bulletin,
        )
        yield World(b, values, (org_code, "TZJ077"), DISTRICT, markers, bodies=bodies, signing=notifier_tests.signed)
