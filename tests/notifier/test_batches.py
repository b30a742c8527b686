"""Paper between halls travels in one parcel; the scan at the other end says what has arrived."""

from typing import Any

import pytest

from contracts.events import filing
from contracts.events import notifier as events
from services.notifier import shipments
from services.notifier.models import Paper, Shipment, Task
from tests.notifier.conftest import API, Carrier, Office
from tests.notifier.parcels import track
from tests.support import at_once, staff

FROM, TO = "HALL-A", "TZJ049-SP"
SENDER, RECEIVER = staff("window_clerk", FROM), staff("window_clerk", TO)


def dispatch(office: Office, number: int, *, round: int = 1, to: str = TO, **changes: Any) -> str:
    """A same-city case that came to the receiving window."""
    case_no = f"2026030210000000000{number}"
    facts = {"case_id": f"case-{number}", "case_no": case_no, "round": round}
    office.deliver(filing.CaseDispatched, **facts, receiving_org=FROM, accepting_org=to, **changes)
    return case_no


def send(office: Office, *case_nos: str, to: str = TO, who: Any = SENDER) -> Any:
    body = {"from_org": FROM, "to_org": to, "case_nos": case_nos}
    return office.bench.client(who).post(f"{API}/batches", json=body)


def scan(office: Office, number: str, *case_nos: str, who: Any = RECEIVER) -> Any:
    return office.bench.client(who).post(f"{API}/batches/scan", json={"number": number, "case_nos": case_nos})


def waiting(office: Office, who: Any = SENDER) -> list[str]:
    items = office.bench.client(who).get(f"{API}/papers").get_json()["items"]
    return sorted(one["case_no"] for one in items)


@pytest.mark.rule("NOT-25")
def test_a_batch_is_ordered_once_and_each_scanned_paper_is_reported(hall: Office, ems_carrier: Carrier) -> None:
    one, two = dispatch(hall, 1), dispatch(hall, 2)
    assert (waiting(hall), waiting(hall, staff("window_clerk", "TZJ001"))) == ([one, two], [])
    batch = send(hall, one, two).get_json()
    assert waiting(hall) == []
    shipments.order_waiting()
    (parcel,) = [p for p in ems_carrier.get("/orders")["items"] if p["order_no"] == batch["order_no"]]
    assert (TO in parcel["receiver"], parcel["payer"]) == (True, "service_office")
    track(hall, "picked_up", 5)
    track(hall, "delivered", 20)
    assert [e.type for e in hall.bench.emitted() if e.type == events.ShipmentDelivered.type] == []
    waybill = Shipment.get().waybill_no
    assert scan(hall, waybill, one, two, who=SENDER).status_code == 403
    found = scan(hall, waybill, one, "2026-strange").get_json()
    assert (found["received"], found["missing"], found["unexpected"]) == ([one], [two], ["2026-strange"])
    assert [(task.kind, task.org, task.case_no) for task in Task.select()] == [("paper_missing", FROM, two)]
    for _ in range(2):
        found = scan(hall, batch["order_no"], one, two).get_json()
        assert (found["received"], found["missing"]) == ([one, two], [])
    told = hall.bench.emitted(events.ShipmentDelivered)
    assert [(e.case_no, e.direction, e.shipment_id) for e in told] == [(no, "paper", batch["id"]) for no in (one, two)]


@pytest.mark.rule("NOT-25")
def test_every_step_of_a_batch_is_reported_of_each_case(hall: Office) -> None:
    one, two = dispatch(hall, 1), dispatch(hall, 2)
    send(hall, one, two)
    shipments.order_waiting()
    for event_type in (events.ShipmentRequested, events.ShipmentOrdered):
        assert [event.case_no for event in hall.bench.emitted(event_type)] == [one, two]


@pytest.mark.rule("NOT-25")
def test_a_scan_is_itself_the_receipt_when_the_courier_says_nothing(hall: Office) -> None:
    one = dispatch(hall, 1)
    batch = send(hall, one).get_json()
    refused = scan(hall, batch["order_no"], one)
    assert (refused.status_code, refused.get_json()["rule"]) == (409, "NOT-25")
    shipments.order_waiting()
    assert scan(hall, batch["order_no"], one).get_json()["received"] == [one]
    assert Shipment.get().state == "delivered"
    assert hall.bench.sweep("2026-05-02 10:00") == 0


@pytest.mark.rule("NOT-25")
def test_only_what_waits_here_for_there_is_packed_and_only_once(hall: Office) -> None:
    one, two, other = dispatch(hall, 1), dispatch(hall, 2), dispatch(hall, 3, to="TZJ001")
    dispatch(hall, 4)
    hall.deliver(filing.PaperTransferred, case_id="case-4", case_no="20260302100000000004")
    for wrong in (other, "20260302100000000004", "nobody's"):
        refused = send(hall, one, wrong)
        assert (refused.status_code, refused.get_json()["rule"]) == (409, "NOT-25")
        assert refused.get_json()["fields"] == {"case_nos": [wrong]}
    assert send(hall, one, who=RECEIVER).status_code == 403
    assert Shipment.select().count() == 0
    answers = at_once(2, lambda number: send(hall, one, two).status_code)
    assert sorted(answers) == [201, 409]
    assert Shipment.select().count() == 1


@pytest.mark.rule("NOT-25")
def test_a_batch_that_comes_back_waits_again(hall: Office) -> None:
    one = dispatch(hall, 1)
    send(hall, one)
    shipments.order_waiting()
    track(hall, "returned", 9)
    assert waiting(hall) == [one]
    assert [task.kind for task in Task.select()] == ["returned"]


@pytest.mark.rule("NOT-25")
@pytest.mark.rule("T38")
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_list_is_the_same_in_whatever_order_the_events_come(hall: Office, order: tuple[int, ...]) -> None:
    facts = {"case_id": "case-1", "case_no": "20260302100000000001", "receiving_org": FROM}
    story = [
        hall.event(filing.CaseDispatched, **facts, accepting_org="TZJ001", round=1, paper_due="2026-03-09"),
        hall.event(filing.CaseDispatched, **facts, accepting_org=TO, round=2, paper_due=None),
        hall.event(filing.PaperTransferred, case_id="case-1", case_no="20260302100000000001"),
    ]
    for number in (*order, *order):
        hall.bench.redeliver(story[number])
    row = Paper.get()
    assert (row.to_org, row.due, row.round, row.moved_at is not None) == (TO, "2026-03-09", 2, True)
    assert waiting(hall) == []


@pytest.mark.rule("NOT-25")
def test_a_paper_whose_case_went_to_another_department_meanwhile_is_sent_on(hall: Office) -> None:
    one, two = dispatch(hall, 1), dispatch(hall, 2)
    batch = send(hall, one, two).get_json()
    shipments.order_waiting()
    dispatch(hall, 2, round=2, to="TZJ001")
    found = scan(hall, batch["order_no"], one, two).get_json()
    assert (found["received"], found["missing"], found["forward"]) == ([one], [], [two])
    assert [event.case_no for event in hall.bench.emitted(events.ShipmentDelivered)] == [one]
    assert (waiting(hall), waiting(hall, RECEIVER)) == ([], [two])
    onward = hall.bench.client(RECEIVER).post(
        f"{API}/batches", json={"from_org": TO, "to_org": "TZJ001", "case_nos": [two]}
    )
    assert onward.status_code == 201
