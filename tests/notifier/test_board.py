"""Operators see how quickly messages go out, let dead ones try again, and know what it costs whom."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from chassis import clock
from chassis.clock import clock_at
from contracts.events import filing
from services.notifier import board, shipments
from services.notifier.models import Message, Org, Paper
from services.notifier.service import service
from tests.notifier.conftest import API, CITIZEN, LEADER, MONDAY, Carrier, Office
from tests.notifier.parcels import CLERK, ship
from tests.support import bench, staff

ADMIN = staff("system_admin", "*")


def get(office: Office, path: str, who: Any = ADMIN) -> Any:
    return office.bench.client(who).get(f"{API}{path}").get_json()


@pytest.mark.rule("NOT-05")
def test_the_board_says_what_went_out_in_time_by_lane(office: Office) -> None:
    office.knows(CITIZEN, 81)
    office.knows(LEADER, 82)
    office.knows("sms-code:1", 83)
    code = {"template": "identity.sms_code", "params": {}, "urgent": True}
    office.order(recipient="sms-code:1", key="code", **code)
    office.deliver(filing.CaseViewWarned, leader_ref=LEADER)
    office.order(key="one")
    with clock_at("2026-03-02 10:00:10"):
        office.run()
    office.order(key="two")
    with clock_at("2026-03-02 10:00:11"):
        office.run()
    office.order(key="three", recipient="person:nobody")
    office.order(key="waits")
    with clock_at("2026-03-02 10:05"):
        office.order(key="late")
        shown = get(office, "/board")
    lanes = {one["lane"]: one for one in shown["lanes"]}
    figures = {name: (one["sent"], one["in_time"], one["share"]) for name, one in lanes.items()}
    assert figures == {"code": (1, 1, 1.0), "urgent": (1, 1, 1.0), "ordinary": (2, 1, 0.5)}
    assert (shown["limit_seconds"], lanes["ordinary"]["slowest_ms"], lanes["ordinary"]["waiting"]) == (10, 11_000, 3)
    assert datetime.fromisoformat(lanes["ordinary"]["waiting_since"]) == datetime.fromisoformat(
        "2026-03-02T10:00+08:00"
    )
    assert {"what": "queued", "count": 3} in shown["messages"]
    office.run()
    assert get(office, "/board")["errors"] == [{"what": "no-mobile", "count": 1}]
    assert get(office, "/board")["tasks"] == [{"what": "sms_failed", "count": 1}]
    assert office.bench.client(CLERK).get(f"{API}/board").status_code == 403


@pytest.mark.rule("NOT-05")
def test_what_a_message_took_that_waited_for_a_year_fits_the_column(office: Office) -> None:
    office.knows(CITIZEN, 85)
    office.order(key="one")
    with clock_at("2027-03-02 10:00"):
        office.run()
    sent = Message.get()
    assert (sent.accepted_at is not None, sent.took_ms) == (True, 2**31 - 1)


@pytest.mark.rule("NOT-06")
@pytest.mark.parametrize(
    ("created", "goes"),
    [
        ("2026-03-02T21:59:59+08:00", "2026-03-02T21:59:59+08:00"),
        ("2026-03-02T22:00:00+08:00", "2026-03-03T07:00:00+08:00"),
        ("2026-03-03T06:59:59+08:00", "2026-03-03T07:00:00+08:00"),
        ("2026-03-03T07:00:00+08:00", "2026-03-03T07:00:00+08:00"),
    ],
)
def test_the_hours_in_which_a_message_is_held_do_not_count_against_it(created: str, goes: str) -> None:
    at = datetime.fromisoformat(created)
    assert board.may_go(at, holdable=True) == datetime.fromisoformat(goes)
    assert board.may_go(at, holdable=False) == at


@pytest.mark.rule("NOT-07")
def test_dead_letters_of_one_cause_try_again_together(office: Office, sms_carrier: Carrier) -> None:
    for number in range(3):
        office.knows(f"person:{number}", 90 + number)
        office.order(recipient=f"person:{number}", key=f"dead-{number}")
    Message.update(state="dead", error="attempts used up").execute()
    Message.update(error="another").where(Message.recipient_ref == "person:2").execute()
    client = office.bench.client(ADMIN)
    path = f"{API}/dead-letters/resend"
    assert client.post(path, json={"error": "attempts used up"}).get_json() == {"resent": 2}
    assert office.states() == ["unknown", "unknown", "dead"]
    assert client.post(path, json={"most": 1}).get_json() == {"resent": 1}
    office.run()
    assert office.states() == ["accepted"] * 3
    sent = [one["out_id"] for one in sms_carrier.get("/messages")["items"]]
    assert [sent.count(row.id) for row in Message.select()] == [1, 1, 1]
    assert office.bench.client(CLERK).post(path, json={}).status_code == 403


@pytest.mark.rule("FIL-61")
def test_costs_are_counted_by_organisation_at_the_price_of_the_day(hall: Office) -> None:
    client = hall.bench.client(staff("service_office", "TZJ077"))
    for kind, day, fen in [("sms_part", "2026-01-01", 3), ("sms_part", "2026-03-03", 9), ("sms_part", "2026-03-03", 4)]:
        assert client.put(f"{API}/tariffs", json={"kind": kind, "from_date": day, "fen": fen}).status_code == 200
    client.put(f"{API}/tariffs", json={"kind": "parcel", "from_date": "2026-03-02", "fen": 1200})
    assert [one["fen"] for one in client.get(f"{API}/tariffs").get_json()["items"]] == [1200, 3, 4]
    hall.knows(CITIZEN, 84)
    long = {"template": "supervision.order", "params": dict.fromkeys(("order", "order_no", "due"), "一")}
    long["params"] |= {"content": "长" * 200}
    hall.order(key="one", **long)
    hall.run()
    with clock_at("2026-03-03 10:00"):
        hall.order(key="two", **long)
        hall.run()
    ship(hall)
    ship(hall, payer="district", payer_org="TZJ001")
    ship(hall, payer="applicant", direction="material")
    shipments.order_waiting()
    path = f"{API}/costs?from_date=2026-03-02&until_date=2026-03-03"
    found = {one.pop("org"): one for one in client.get(path).get_json()["items"]}
    assert found["TZJ049-SP"] == {
        "messages": 2,
        "parts": 4,
        "parcels": 0,
        "fen": 2 * 3 + 2 * 4,
    }
    assert (found["service_office"]["parcels"], found["service_office"]["fen"]) == (1, 1200)
    assert found["TZJ001"] == {"messages": 0, "parts": 0, "parcels": 1, "fen": 1200}
    assert set(found) == {"TZJ049-SP", "service_office", "TZJ001"}
    earlier = client.get(f"{API}/costs?from_date=2026-02-01&until_date=2026-03-01").get_json()["items"]
    assert earlier == []


def test_what_operators_and_windows_do_works_on_both_databases(tmp_path: Path, database_url: str) -> None:
    with clock_at(MONDAY), bench(service, tmp_path, database_url) as b:
        client = b.client(staff("system_admin service_office window_clerk", "*"))
        tariff = {"kind": "sms_part", "from_date": "2026-03-01", "fen": 4}
        notice = {"title": "公告", "text": "公告", "audience": "staff"}
        notice |= {"from_date": "2026-03-01", "until_date": "2026-03-09"}
        assert client.put(f"{API}/tariffs", json=tariff).status_code == 200
        assert client.put(f"{API}/tariffs", json=tariff | {"fen": 5}).get_json()["fen"] == 5
        Message.create(
            dedupe_key="a", template="feedback.replied", recipient_ref=CITIZEN, cause_event="e", cause_type="t",
            org="O", mandatory=True, urgent=False, holdable=True, state="accepted", parts=2, took_ms=10_000,
            accepted_at=clock.now(),
        )  # fmt: skip
        note = {"to": ["staff:one"], "title": "题", "text": "文"}
        assert client.post(f"{API}/me/sent", json=note).status_code == 201
        made = client.post(f"{API}/notices", json=notice).get_json()
        assert client.post(f"{API}/me/notices/{made['id']}/read").status_code == 204
        lanes = {one["lane"]: one for one in client.get(f"{API}/board").get_json()["lanes"]}
        assert (lanes["ordinary"]["sent"], lanes["ordinary"]["in_time"]) == (1, 1)
        (cost,) = client.get(f"{API}/costs?from_date=2026-03-02&until_date=2026-03-02").get_json()["items"]
        assert cost == {"org": "O", "messages": 1, "parts": 2, "parcels": 0, "fen": 10}
        assert client.get(f"{API}/me/messages/counts").get_json()["notices"] == 0
        assert client.get(f"{API}/me/sent").get_json()["items"][0]["readers"] == 1
        assert client.get(f"{API}/notices").get_json()["items"][0]["reads"] == 1
        assert client.get(f"{API}/me/notices").get_json()["items"][0]["read_at"]
        assert client.get(f"{API}/papers").get_json()["items"] == []
        assert client.post(f"{API}/dead-letters/resend", json={}).get_json() == {"resent": 0}
        Paper.create(case_id="c-1", case_no="n-1", from_org="A", to_org="B", round=1)
        batch = client.post(f"{API}/batches", json={"from_org": "A", "to_org": "B", "case_nos": ["n-1"]}).get_json()
        shipments.track(batch["order_no"], "1100000000077", [{"state": "picked_up", "text": "", "at": clock.now()}])
        scanned = client.post(f"{API}/batches/scan", json={"number": "1100000000077", "case_nos": ["n-1"]})
        assert scanned.get_json()["received"] == ["n-1"]
        Org.create(code="A", name="甲", kind="approving", sequence=1)
        rule = {"account": "C-1", "billed_org": "A"}
        for _ in range(2):
            assert client.put(f"{API}/payer-rules/A", json=rule).get_json()["account"] == "C-1"
        shipments.track("stray", None, [{"state": "picked_up", "text": "", "at": clock.now()}] * 2)
        assert len(client.get(f"{API}/stray-tracks").get_json()["items"]) == 1
        words = {"title_zh": "受理", "title_en": "Accepted", "zh": "办件{case_no}已受理", "en": "{case_no} accepted"}
        assert client.post(f"{API}/templates/filing.accepted/versions", json=words).status_code == 201
        assert client.post(f"{API}/templates/filing.accepted/versions/2/publication").status_code == 200
        assert client.get(f"{API}/templates/filing.accepted/versions").get_json()["items"][0]["state"] == "published"
        assert len(client.get(f"{API}/templates").get_json()["items"]) > 70
