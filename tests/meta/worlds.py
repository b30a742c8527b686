"""One world for each service: at least one row of everything that a path can name, all of one owner.

The rows come the way they come in the hall, by events and requests, with the helpers of the services' own tests.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from chassis import clock
from chassis.clock import clock_at
from contracts.commands import notifier as commands
from contracts.events import catalog as catalog_events
from contracts.events import filing as filing_events
from contracts.events import supervision as supervision_events
from contracts.words import CITY_OFFICE
from tests.booking import conftest as booking_tests
from tests.catalog import conftest as catalog_tests
from tests.credit import conftest as credit_tests
from tests.credit import procedures
from tests.feedback import conftest as feedback_tests
from tests.filing import hall as filing_tests
from tests.identity import conftest as identity_tests
from tests.identity import test_agents as agents_tests
from tests.meta.permissions import World
from tests.notifier import conftest as notifier_tests
from tests.supervision import conftest as supervision_tests
from tests.support import Caller, bench, person, staff

OWNER, CLERK = "person:owner", "staff:owner"
DISTRICT = filing_tests.DISTRICT
MONDAY = "2026-03-02 10:00"
EXAMPLES = Path(__file__).resolve().parents[2] / "contracts" / "examples"


def example(event_type: str) -> dict[str, Any]:
    """Data of the golden example of an event."""
    found: dict[str, Any] = json.loads((EXAMPLES / f"{event_type}.json").read_text(encoding="utf-8"))["data"]
    return found


@contextmanager
def booking(folder: Path) -> Iterator[World]:
    """A booking of tomorrow with a contest, a hold, a place in a waiting list, a closure and a ticket of the hall."""
    from services.booking.models import Booking, Contest

    with clock_at("2026-09-29 10:00"), bench(booking_tests.service, folder) as b:
        booking_tests.stock(b)
        number = booking_tests.book(b, person(OWNER)).get_json()["booking_no"]
        at_hall = b.client(staff("hall_operator", "TZJ077-ZX"))
        root, hall = booking_tests.ROOT, f"{booking_tests.ROOT}/halls/{booking_tests.HALL}"
        ticket = at_hall.post(f"{root}/queues/{booking_tests.HALL}/H/tickets").get_json()["id"]
        days = {"first": "2026-12-01", "last": "2026-12-02", "reason": "检修"}
        closure = at_hall.post(f"{hall}/closures", json=days).get_json()["id"]
        full = {"item_code": booking_tests.ITEM, "hall": booking_tests.HALL, "date": "2026-10-08", "slot": "09:00"}
        for stranger in (person(), person()):
            assert b.client(stranger).post(f"{root}/bookings", json=full).status_code == 201
        wait = b.client(person(OWNER)).post(f"{root}/waits", json=full).get_json()["id"]
        hold = b.client(person(OWNER)).post(f"{root}/holds", json=full | {"slot": "10:00"}).get_json()["id"]
        booked = Booking.get(Booking.booking_no == number)
        contested = {"reason": "叫号机故障", "state": "open", "due_date": booked.day}
        with b.database.transaction():
            Contest.create(booking_id=booked.id, hall_code=booking_tests.HALL, **contested)
        values = days | {
            "booking_no": number,
            "hold_id": hold,
            "wait_id": wait,
            "closure_id": closure,
            "machine": "M1",
            "ticket_no": "N001",
            "ticket_id": ticket,
            "hall": booking_tests.HALL,
            "queue_group": "H",
            "item": booking_tests.ITEM,
            "item_code": booking_tests.ITEM,
            "date": "2026-10-09",
            "slot": "09:00",
        }
        yield World(b, values, ("TZJ077-ZX",), DISTRICT, (OWNER, number, ticket, hold, wait, booked.id))


@contextmanager
def catalog(folder: Path) -> Iterator[World]:
    """The demo city, with a draft, a quota, a form and a favourite."""
    with bench(catalog_tests.service, folder) as b, clock_at(MONDAY):
        catalog_tests.load_city()
        api, code, editor = catalog_tests.API, catalog_tests.DEVICE, b.client(catalog_tests.OWN_EDITOR)
        guide = catalog_tests.guide_of()
        assert editor.put(f"{api}/items/{code}/draft", json=guide).status_code == 200
        assert b.client(person(OWNER)).put(f"{api}/me/favourites/{code}").status_code == 204
        quota = b.client().get(f"{api}/booking-quotas").get_json()["items"][0]
        text = b.client().get(f"{api}/contents?org=TZJ049-SP").get_json()["items"][0]["code"]
        form = next((catalog_tests.CITY / "forms").glob("*")).name
        whole = b.client().get(f"{api}/contents/{text}").get_json()
        sent = {name: whole[name] for name in ("code", "kind", "title", "org", "document")} | {"change_log": "修订"}
        values = {
            "code": code,
            "number": 1,
            "hall": quota["hall"],
            "/orgs/<code>": "TZJ049-SP",
            "/halls/<code>": quota["hall"],
            "/contents/<code>": text,
            "name": form,
            "year": 2026,
            "org": "TZJ049-SP",
            "approving_org": "TZJ049-SP",
            "change_log": "修订",
            "rule": "FIL-24",
        }
        values["/items/<code>/booking-quotas/<hall>"] = quota["hall"]
        bodies = {
            "create_item": {"json": catalog_tests.guide_of(new_code=catalog_tests.NEW)},
            "put_draft": {"json": guide},
            "create_content": {"json": sent | {"code": "another-text"}},
            "change_content": {"json": sent},
            "put_quota": {"json": {"slots": quota["slots"]}},
            "import_items": {
                "query_string": {"change_log": "导入"},
                "data": json.dumps({"items": [guide]}),
                "content_type": "application/json",
            },
        }
        yield World(b, values, ("TZJ049-SP",), DISTRICT, (OWNER, code), bodies=bodies)


@contextmanager
def credit(folder: Path) -> Iterator[World]:
    """A failing to be judged, a listed one with an objection, another whose repeal is posted, a decision to share."""
    with clock_at(MONDAY), bench(credit_tests.service, folder) as b:
        done = supervision_tests.completed(subject_ref=OWNER)
        found = credit_tests.finding(ref=OWNER) | {name: done[name] for name in ("case_id", "case_no", "item_code")}
        b.deliver(supervision_events.FindingReported, "finding-1", found)
        b.deliver(filing_events.CaseCompleted, done["case_id"], done)
        judge = b.client(staff("credit_admin", credit_tests.ORG))
        root = "/api/credit/v1"
        record = judge.get(f"{root}/records?state=pending").get_json()["items"][0]["id"]
        share = b.client(staff("service_office", "TZJ077")).get(f"{root}/shares").get_json()["items"][0]["id"]
        owner = person(OWNER)
        procedures.catalog(b)
        old = procedures.listed(b, 3, OWNER, "2025-01-06 10:00")
        procedures.correct(b, old, "2025-01-06")
        repair = procedures.repair(b, old, owner)["id"]
        listed = [procedures.listed(b, number, OWNER) for number in (1, 2)]
        objection, opposable = (procedures.object_to(b, one, owner)["id"] for one in listed)
        procedures.decide(b, {"id": opposable, "kind": "objection"}, "delete")
        notice = b.client().get(f"{root}/notices").get_json()["items"][0]["id"]
        values = {
            "subject_ref": OWNER,
            "record_id": record,
            "share_id": share,
            "application_id": objection,
            "POST /applications/<application_id>/repair-decision: application_id": repair,
            "page_name": "form",
            "notice_id": notice,
            "kind": "objection",
            "state": "pending",
        }
        office = b.client(staff("service_office", "TZJ077"))
        assert office.get(f"{root}/subjects/{OWNER}?reason=年度检查").status_code == 200
        numbers = [row["record_no"] for row in office.get(f"{root}/listings").get_json()["items"]]
        form = procedures.form(b, owner) | {"identity_checked": True}
        failing: dict[str, Any] = {
            "subject_ref": OWNER,
            "subject_name": "样例当事人",
            "judging_org": credit_tests.ORG,
            "cause": "other",
        }
        failing |= {"grade": "ordinary", "description": "超范围经营", "evidence": ["file:1"]}
        bodies = {
            "object_to": {"json": form},
            "apply_for_repair": {"json": form},
            "propose": {"json": failing | {"item_code": done["item_code"]}},
        }
        markers = (OWNER, record, share, done["case_no"], *listed, objection, opposable, old, repair, *numbers)
        here = (credit_tests.ORG, "TZJ077")
        yield World(b, values, here, DISTRICT, markers, bodies=bodies, about_items=True)


@contextmanager
def feedback(folder: Path) -> Iterator[World]:
    """A negative rating, a complaint with an order and its place in the column, a published answer and a forum."""
    with clock_at("2026-09-28 15:00"), bench(feedback_tests.service, folder) as b:
        feedback_tests.stock(b)
        owner = person(OWNER)
        case_no = feedback_tests.complete(b, subject_ref=OWNER)
        assert feedback_tests.rate(b, who=owner, level=1, text="窗口多次让我补材料").status_code == 201
        letter = feedback_tests.send(b, who=owner).get_json()["letter_no"]
        order = example("supervision.order.issued") | {
            "target_org": feedback_tests.UNIT,
            "letter_no": letter,
        }
        b.deliver(supervision_events.OrderIssued, order["order_id"], order)
        office = replace(feedback_tests.CITY_OFFICE, ref=CLERK)
        exposed = feedback_tests.act(b, office, letter, "exposure", title="窗口不告知材料", problem="未一次性告知")
        asked = feedback_tests.send(b, "consultation", owner).get_json()["letter_no"]
        for verb, body in (
            ("opening", {}),
            ("answer", {"text": "请见办事指南"}),
            ("public-answer", {"title": "需要哪些材料", "question": "需要哪些材料?", "answer": "请见办事指南"}),
        ):
            said = feedback_tests.act(b, feedback_tests.HANDLER_A, asked, verb, **body)
        forum: dict[str, Any] = {
            "kind": "forum",
            "org": feedback_tests.OFFICE,
            "held_on": "2026-09-28",
            "title": "三季度座谈会",
        }
        forum |= {"participants": 20, "summary": "听取意见"}
        opinions = {"opinions": [{"text": "希望延时服务", "org": feedback_tests.UNIT}]}
        held = b.client(office).post(f"{feedback_tests.ROOT}/meetings", json=forum | opinions).get_json()["id"]
        values = {
            "case_no": case_no,
            "letter_no": letter,
            "org": feedback_tests.UNIT,
            "to_org": feedback_tests.OTHER,
            "item_code": feedback_tests.ITEM,
            "exposure_id": exposed.get_json()["id"],
            "answer_id": said.get_json()["id"],
            "meeting_id": held,
            "number": 1,
        }
        bodies = {"record_meeting": {"json": forum}, "record_callback": {"json": {"outcome": "unreached"}}}
        markers = (OWNER, case_no, letter, asked, order["order_no"])
        yield World(b, values, (feedback_tests.UNIT, feedback_tests.OFFICE), DISTRICT, markers, bodies=bodies)


@contextmanager
def filing(folder: Path) -> Iterator[World]:
    """A case filed at the counter for its party, asked of a third department, granted, and proposed to be revoked."""
    from services.filing.models import Licence

    hall = filing_tests.Hall(folder)
    try:
        with clock_at(MONDAY):
            filing_tests.know_orgs(hall.bench, filing_tests.ORG, "TZJ077")
            hall.citizen, hall.counter = person(OWNER), replace(hall.counter, ref=CLERK)
            uploads = _uploads(hall)
            client = hall.bench.client(hall.citizen)
            in_space = client.post("/api/filing/v1/space/files?name=a.pdf", data=filing_tests.PDF).get_json()["id"]
            case_no = hall.dispatched(item=filing_tests.JOINT)
            hall.do(hall.clerk, case_no, "view")
            hall.do(hall.clerk, case_no, "acceptance")
            hall.do(hall.reviewer, case_no, "examination")
            for asked in ("TZJ040-SP", "TZJ046-SP"):
                hall.do(staff("reviewer", asked), case_no, f"parallel-opinions/{asked}", {"opinion": "agree"})
            hall.do(hall.reviewer, case_no, "review", {"opinion": "符合条件"})
            hall.do(hall.decider, case_no, "decision", {"decision": "granted", "opinion": "准予"})
            case = hall.row(case_no)
            proposal = example("supervision.revocation.proposed") | {
                "proposal_id": "proposal-1",
                "case_id": case.id,
                "case_no": case_no,
                "approving_org": filing_tests.ORG,
                "supervising_org": filing_tests.WATCH,
                "subject_ref": OWNER,
            }
            hall.bench.deliver(supervision_events.RevocationProposed, "proposal-1", proposal)
            found = hall.get(case_no)
            code = hall.do(hall.citizen, case_no, "print-code", status=201)["code"]
            packed = hall.call(hall.citizen, "GET", f"/cases/{case_no}/archive")
            assert packed.status_code == 200  # each paper is made once, not at every visit
            values = {
                "case_no": case_no,
                "code": "M01",
                "name": "a.pdf",
                "file_id": found["materials"][0]["files"][0]["id"],
                "document_id": found["documents"][0]["id"],
                "proposal_id": "proposal-1",
                "space_file_id": in_space,
                "/uploads/<upload_id>": uploads[OWNER],
                "staff /uploads/<upload_id>": uploads[CLERK],
                "licence_id": Licence.get(Licence.case == case.id).licence_id,
                "licence_code": "12345678",
                "payment_no": "P1",
                "org": "TZJ040-SP",
                "item_code": filing_tests.ITEM,
                "number": "KS-2026-0001",
                "first": "2026-03-01",
                "last": "2026-03-31",
                "GET /statistics: kind": "volume",
                "/cases": "项目",
                "subject_ref": OWNER,
                "phone_tail": "0000",
            }
            here = (filing_tests.ORG, filing_tests.OFFICE, filing_tests.WATCH, "TZJ040-SP", "TZJ077")
            markers = (OWNER, CLERK, case.id, case_no, in_space, *uploads.values())
            bodies = {
                "begin_upload": {"json": _announced(case_no)},
                "print_elsewhere": {"json": {"code": code, "org": filing_tests.ORG}},
            }
            yield World(hall.bench, values, here, DISTRICT, markers, bodies=bodies, about_items=True)
    finally:
        hall.close()


def _announced(case_no: str | None) -> dict[str, Any]:
    """The beginning of an upload in parts: to a case, or to the personal space."""
    found: dict[str, Any] = {"name": "a.pdf", "size": 100, "sha256": "0" * 64}
    return found | ({"case_no": case_no, "code": "M01"} if case_no else {})


def _uploads(hall: filing_tests.Hall) -> dict[str, str]:
    """An upload of the citizen, and one of the clerk who files for him."""
    draft = hall.draft(who=hall.counter, subject_ref=OWNER)
    bodies = ((hall.citizen, _announced(None)), (hall.counter, _announced(draft)))
    return {who.ref: hall.call(who, "POST", "/uploads", body).get_json()["id"] for who, body in bodies}


@contextmanager
def identity(folder: Path) -> Iterator[World]:
    """A person, a legal person and a post with a grant; the others have accounts, too."""
    from services.identity import grants, keys
    from services.identity.models import RoleGrant, SecondFactor, Session, Staff, User

    with clock_at(MONDAY), identity_tests.small_hashing(), bench(identity_tests.service, folder) as b:
        hall = identity_tests.Hall(b)
        hall.orgs()
        owners, others, sessions = {}, {}, {}
        for serial, refs in ((1, owners), (2, others)):
            client = agents_tests.citizen(hall, serial)
            agents_tests.firm(hall, serial)
            address = {"recipient": "样本收件人", "phone": "13800000123", "region": "120101", "detail": "样本路 1 号"}
            if serial == 1:
                entry = client.post(f"{identity_tests.API}/me/addresses", json=address).get_json()
            org_code = "TZJ077" if serial == 1 else DISTRICT
            hall.staff(f"office{serial}", "service_office", org_code)
            for kind, account in (("person", "citizen"), ("legal", "firm"), ("staff", "office")):
                user = User.get(User.account == f"{account}{serial}")
                refs[kind] = user.ref
                sessions[user.ref] = Session.get(Session.user_id == user.id).id
        ids = {kind: ref.partition(":")[2] for kind, ref in owners.items()}
        hall.staff("clerk", "window_clerk", "TZJ049-SP")
        post = User.get(User.account == "clerk").id
        with b.database.transaction():
            since = {"grantor": CLERK, "valid_from": "2020-01-01"}
            grants.record(Staff.get_by_id(post), "decider", "TZJ049-SP", None, **since)
            grants.record(Staff.get_by_id(ids["staff"]), "coordinator", "TZJ077", None, **since)
        grant = RoleGrant.get(RoleGrant.staff_id == post).id
        named = agents_tests.name(
            hall, b.client(keys.sign(_claims(Caller(owners["legal"], "legal", 2), sessions))), account="citizen1"
        ).get_json()
        own = hall.bench.client(keys.sign(_claims(Caller(owners["person"], "person", 1), sessions)))
        question = {"password": identity_tests.PASSWORD, "question": "first_teacher", "answer": "样本老师"}
        assert own.put(f"{identity_tests.API}/me/security-question", json=question).status_code == 204
        SecondFactor.create(id=ids["staff"], secret="-", confirmed_at=clock.now())
        values = {
            "session_id": sessions[owners["person"]],
            "staff /sessions/<session_id>": sessions[owners["staff"]],
            "address_id": entry["id"],
            "address_ref": entry["ref"],
            "agency_id": named["id"],
            "ref": owners["person"],
            "agent_ref": owners["person"],
            "staff_id": post,
            "staff": f"staff:{post}",
            "grant_id": grant,
            "org": "TZJ049-SP",
            "role": "reviewer",
            "account": "citizen1",
            "mobile": "13900000001",
            "code": "123456",
            "phone": "13800000123",
            "region": "120101",
            "valid_until": "2026-12-31",
            "return_path": "/me",
            "card_no": identity_tests.CARD,
        }
        markers = (*ids.values(), entry["id"], named["id"], post, grant)
        bodies = {"create_staff": {"json": {"account": "new-post", "display_name": "岗位", "org": "TZJ049-SP"}}}
        world = _Identity(b, values, ("TZJ077",), DISTRICT, markers, owners, others, bodies)
        world.sessions = sessions
        yield world


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


LINKAGE = {"sheet_id": "sheets", "record_id": "weekly-records", "meeting_id": "meetings"}


@contextmanager
def supervision(folder: Path) -> Iterator[World]:
    """A pushed file, a verification that has led to an order, a finding, a proposal and a breach of a limit."""
    from services.supervision import assessments, meetings

    tests = supervision_tests
    with clock_at("2026-09-01 10:00"), bench(tests.service, folder) as b:
        done = tests.completed(subject_ref=OWNER)
        b.deliver(filing_events.CaseCompleted, "case-1", done)
        client, root = b.client(replace(tests.SUPERVISOR, ref=CLERK)), tests.ROOT
        push = client.get(f"{root}/pushes").get_json()["items"][0]["id"]
        task = client.get(f"{root}/tasks").get_json()["items"][0]["id"]
        values = {
            "push_id": push,
            "task_id": task,
            "case_no": done["case_no"],
            "inspector": CLERK,
            "owner": CLERK,
            "staff": CLERK,
            "discovered_at": "2026-09-01T09:00:00+08:00",
            "due": "2026-10-30",
            "document_ref": "file:1",
            "document_no": "监〔2026〕3号",
        }
        found = {"kind": "violation", "description": "超范围经营", "discovered_at": values["discovered_at"]}
        found |= {"case_no": done["case_no"]}
        proposed = {name: values[name] for name in ("case_no", "document_ref", "document_no")} | {"opinion": "建议撤销"}
        for path, body in (("findings", found), ("proposals", proposed)):
            assert client.post(f"{root}/{path}", json=body).status_code == 201
        late = example("filing.deadline.overdue") | {"case_no": done["case_no"], "approving_org": tests.APPROVER}
        late |= {"responsible_org": tests.APPROVER, "deadline_kind": "delivery"}
        b.deliver(filing_events.DeadlineOverdue, "case-1", late, org=tests.APPROVER)
        bodies = {"report_finding": {"json": found}, "propose_revocation": {"json": proposed}}
        coordinator = b.client(staff("coordinator", tests.APPROVER, ref=CLERK))
        rows = {name: coordinator.get(f"{root}/{name}").get_json()["items"][0]["id"] for name in LINKAGE.values()}
        values |= {name: rows[kind] for name, kind in LINKAGE.items()}
        draw = {"org": tests.OFFICE, "title": "双随机抽查", "item_code": done["item_code"], "parties": 1}
        values["draw_id"] = client.post(f"{root}/draws", json=draw).get_json()["id"]
        bodies["announce_draw"] = {"json": draw}
        listed = {"inspectors": [CLERK, "staff:second"]}
        bodies["fix_lists"] = {"json": listed}
        bodies["file_weekly_record"] = {"json": {"met_at": values["discovered_at"], "summary": "本周一件"}}
        bodies["file_weekly_record"]["json"]["participants"] = [{"org": tests.OFFICE, "staff": CLERK}] * 2
        office = b.client(staff("service_office", CITY_OFFICE, ref=CLERK))
        values["assessment_id"] = office.post(f"{root}/assessments", json={"year": 2025}).get_json()["id"]
        checked = {"org": tests.APPROVER, "kind": "random", "note": "抽查"}
        checked["points"] = dict.fromkeys(assessments.POINTS, 90)
        assert office.post(f"{root}/assessments/{values['assessment_id']}/checks", json=checked).status_code == 201
        b.sweep("2026-09-03 00:00")
        orders = b.client(staff("auditor", tests.APPROVER)).get(f"{root}/orders").get_json()["items"]
        values["order_id"] = orders[0]["id"]
        problem = {"description": "扫描件不清", "owner": CLERK, "follow_up_on": "2026-09-03"}
        noted = coordinator.post(f"{root}/sheets/{values['sheet_id']}/problems", json=problem)
        values["problem_id"] = noted.get_json()["id"]
        held = {"convener": tests.APPROVER, "held_at": values["discovered_at"], "minutes_ref": "file:2"}
        held |= {"participants": [tests.APPROVER, tests.OFFICE], "points": dict.fromkeys(meetings.POINTS, "无")}
        bodies["hold_meeting"] = {"json": held}
        markers = (OWNER, push, task, done["case_no"], tests.APPROVER)
        here = (tests.OFFICE, tests.APPROVER, CITY_OFFICE)
        yield World(b, values, here, DISTRICT, markers, bodies=bodies, about_items=True)


@dataclass
class _Identity(World):
    """Identity signs by its own key, and only for sessions that run."""

    sessions: dict[str, str] = field(default_factory=dict)

    def token(self, caller: Caller) -> str:
        from services.identity import keys

        return keys.sign(_claims(caller, self.sessions))


def _claims(caller: Caller, sessions: dict[str, str]) -> dict[str, Any]:
    found = {"sub": caller.ref, "kind": caller.kind, "level": caller.level, "grants": list(caller.grants)}
    return found | {"sid": sessions[caller.ref]}


WORLDS: dict[str, Callable[[Path], AbstractContextManager[World]]] = {
    "identity": identity,
    "catalog": catalog,
    "filing": filing,
    "credit": credit,
    "booking": booking,
    "feedback": feedback,
    "supervision": supervision,
    "notifier": notifier,
}
