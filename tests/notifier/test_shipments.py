"""A parcel is ordered once, followed to its end, and nobody waits for one that is lost."""

from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server

from chassis import clock
from chassis.clock import clock_at
from contracts.events import catalog, filing
from contracts.events import notifier as events
from services.notifier import couriers, shipments
from services.notifier.models import Message, Shipment, Task, Track
from tests.harness.processes import eventually, free_port
from tests.notifier.conftest import API, CITIZEN, SECRET, Carrier, Office
from tests.notifier.parcels import CASE, CLERK, ship, track
from tests.support import person, staff

NODES = ("picked_up", "in_transit", "out_for_delivery", "delivered")


def reported(office: Office) -> list[str]:
    """The shipment events in order."""
    return [e.type.removeprefix("notifier.shipment.") for e in office.bench.emitted() if ".shipment." in e.type]


@pytest.mark.rule("NOT-23")
@pytest.mark.rule("T38")
def test_a_parcel_is_ordered_once_with_payer_and_address_of_that_moment(hall: Office, ems_carrier: Carrier) -> None:
    event = ship(hall)
    hall.bench.redeliver(event)
    ship(hall, order_no=event.order_no)
    hall.addresses["address:a-1"]["detail"] = "新路 2 号"  # changed before the order went out (NOT-26)
    assert shipments.order_waiting() == 1
    assert shipments.order_waiting() == 0
    row = Shipment.get()
    (parcel,) = [one for one in ems_carrier.get("/orders")["items"] if one["order_no"] == event.order_no]
    assert (parcel["attempts"], parcel["payer"], parcel["waybill"]) == (1, "service_office", row.waybill_no)
    assert "新路 2 号" in parcel["receiver"]
    assert reported(hall) == ["requested", "ordered"]
    (message,) = Message.select()
    assert (message.template, message.params["waybill"]) == ("shipment.ordered", row.waybill_no)


@pytest.mark.rule("NOT-23")
def test_a_time_out_or_a_crash_ends_in_the_same_single_order(
    hall: Office, ems_carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = ship(hall)
    ems_carrier.faults(hang_next=1, hang_seconds=1)
    with monkeypatch.context() as patched:
        patched.setattr(couriers, "TIMEOUT", 0.3)
        shipments.order_waiting(most=1)
    assert Shipment.get().state == "requested"

    def killed(*args: Any) -> None:
        raise SystemExit("killed here")

    with monkeypatch.context() as patched:
        patched.setattr(shipments, "_ordered", killed)
        with pytest.raises(SystemExit):
            shipments.order_waiting()
    assert shipments.order_waiting() == 0  # the lease still runs
    Shipment.update(lease_until=clock.wall() - timedelta(seconds=1)).execute()
    shipments.order_waiting()
    (parcel,) = [one for one in ems_carrier.get("/orders")["items"] if one["order_no"] == event.order_no]
    assert (parcel["attempts"], Shipment.get().waybill_no) == (3, parcel["waybill"])
    assert reported(hall) == ["requested", "ordered"]


@pytest.mark.rule("NOT-24")
def test_nodes_in_any_order_and_doubled_report_each_event_once(hall: Office) -> None:
    ship(hall)
    shipments.order_waiting()
    for state, minute in [("in_transit", 2), ("picked_up", 1), ("delivered", 9), ("in_transit", 2), ("delivered", 9)]:
        assert track(hall, state, minute).get_json() == {"known": True}
    track(hall, "out_for_delivery", 5)
    assert reported(hall) == ["requested", "ordered", "picked_up", "delivered"]
    row = Shipment.get()
    assert (row.state, row.picked_up_at, row.ended_at) == (
        "delivered",
        clock.parse("2026-03-02T10:01:00+08:00"),
        clock.parse("2026-03-02T10:09:00+08:00"),
    )
    shown = hall.bench.client(person(CITIZEN)).get(f"{API}/shipments/{row.id}").get_json()
    assert [node["state"] for node in shown["nodes"]] == list(NODES)
    assert hall.bench.sweep("2026-04-02 10:00") == 0  # no alarm is left


@pytest.mark.rule("NOT-24")
def test_a_node_may_overtake_the_answer_to_the_order(hall: Office) -> None:
    ship(hall)
    track(hall, "picked_up", 1)
    assert shipments.order_waiting() == 0
    assert reported(hall) == ["requested", "ordered", "picked_up"]
    assert Shipment.get().waybill_no == "1100000000001"
    assert track(hall, "picked_up", 1, order_no="nobody's").get_json() == {"known": False}


@pytest.mark.rule("NOT-24")
def test_a_failed_attempt_is_tried_again_and_a_return_is_a_task_and_a_message(hall: Office) -> None:
    ship(hall)
    shipments.order_waiting()
    states = ("out_for_delivery", "failed_attempt", "out_for_delivery", "failed_attempt", "returned")
    for minute, state in enumerate(states):
        track(hall, state, minute)
    track(hall, "delivered", 30)  # contradicts what was reported: kept as a node only
    assert Shipment.get().state == "returned"
    assert reported(hall) == ["requested", "ordered", "returned"]
    assert [task.kind for task in Task.select()] == ["returned"]
    assert [row.template for row in Message.select()] == ["shipment.ordered", "shipment.returned"]


@pytest.mark.rule("NOT-07")
@pytest.mark.rule("NOT-24")
def test_an_order_that_cannot_be_placed_becomes_a_task_and_can_be_tried_again(
    hall: Office, ems_carrier: Carrier
) -> None:
    ship(hall)
    ems_carrier.faults(refuse_next=4)
    for _ in range(4):
        shipments.order_waiting(most=1)
    row = Shipment.get()
    assert (row.state, row.attempts) == ("order_failed", 4)
    assert reported(hall) == ["requested", "failed"]
    (task,) = hall.bench.client(CLERK).get(f"{API}/tasks").get_json()["items"]
    assert task["case_no"] == CASE
    stranger = hall.bench.client(staff("window_clerk", "TZJ001"))
    assert stranger.post(f"{API}/shipments/{row.id}/retry").status_code == 403
    assert hall.bench.client(CLERK).post(f"{API}/shipments/{row.id}/retry").get_json()["state"] == "requested"
    shipments.order_waiting()
    assert reported(hall) == ["requested", "failed", "ordered"]


@pytest.mark.rule("NOT-24")
def test_an_unknown_address_is_no_matter_of_patience(hall: Office) -> None:
    ship(hall, address_ref="address:gone")
    shipments.order_waiting()
    assert [e.reason for e in hall.bench.emitted(events.ShipmentFailed)] == ["address-unknown"]


def test_identity_away_costs_no_attempt(hall: Office) -> None:
    ship(hall)
    hall.away = True
    shipments.order_waiting(most=3)
    assert (Shipment.get().state, Shipment.get().attempts) == ("requested", 0)


@pytest.mark.rule("NOT-23")
@pytest.mark.parametrize("first", ["ship", "revoke"])
def test_a_revoked_result_is_not_sent(hall: Office, first: str) -> None:
    def revoke() -> None:
        hall.deliver(filing.CaseRevoked, case_id="case-1")

    steps = [lambda: ship(hall), revoke]
    for step in steps if first == "ship" else reversed(steps):
        step()
    assert shipments.order_waiting() == 0
    assert Shipment.get().state == "cancelled"


@pytest.mark.rule("NOT-23")
@pytest.mark.rule("NOT-24")
def test_alarms_ring_for_a_late_order_a_missing_pick_up_and_a_silent_track(hall: Office) -> None:
    ship(hall)
    assert hall.bench.sweep("2026-03-03 23:59:59") == 0
    assert hall.bench.sweep("2026-03-04 00:00") == 1
    with clock_at("2026-03-04 10:00"):
        shipments.order_waiting()
    assert hall.bench.sweep("2026-03-06 23:59:59") == 0
    assert hall.bench.sweep("2026-03-07 00:00") == 1
    with clock_at("2026-03-07 10:00"):
        track(hall, "picked_up", 1)
    assert hall.bench.sweep("2026-03-12 23:59:59") == 0
    assert hall.bench.sweep("2026-03-13 00:00") == 1
    assert [task.kind for task in Task.select().order_by(Task.id)] == ["order_late", "no_pickup", "track_silent"]


@pytest.mark.rule("NOT-22")
def test_the_party_and_the_offices_of_the_case_see_the_parcel(hall: Office) -> None:
    ship(hall)
    ship(hall, case_no="20260302100000000002", recipient_ref="person:other", sender_org="TZJ001")
    path = f"{API}/shipments?case_no={CASE}"
    shown = [
        len(hall.bench.client(who).get(path).get_json()["items"])
        for who in (person(CITIZEN), person(), CLERK, staff("reviewer", "TZJ001"), staff("auditor", "TZJ077"))
    ]
    assert shown == [1, 0, 1, 0, 1]
    for code, parent in (("TZJ077-ZX", "TZJ077"), ("H120000", "TZJ077-ZX")):  # the centre sends for all its units
        hall.deliver(catalog.OrgChanged, org_code=code, parent_code=parent, run_by=None)
    offices = [staff("service_office", code) for code in ("TZJ077", "TZJ001-ZWB")]
    assert [len(hall.bench.client(who).get(path).get_json()["items"]) for who in offices] == [1, 0]
    row = Shipment.get(Shipment.case_no == CASE)
    assert hall.bench.client(person()).get(f"{API}/shipments/{row.id}").status_code == 404
    own = hall.bench.client(person(CITIZEN)).get(f"{API}/shipments").get_json()["items"]
    assert [one["case_no"] for one in own] == [CASE]
    assert "address" not in own[0]


@pytest.mark.rule("NOT-20")
@pytest.mark.rule("NOT-21")
def test_who_pays_is_what_the_command_says_and_material_travels_to_the_hall(hall: Office, ems_carrier: Carrier) -> None:
    sent = ship(hall, direction="material", payer="applicant")
    paid = ship(hall, payer="district", payer_org="TZJ001")
    shipments.order_waiting()
    parcels = {one["order_no"]: one for one in ems_carrier.get("/orders")["items"]}
    assert parcels[sent.order_no]["payer"] == "applicant"
    assert "H120000" in parcels[sent.order_no]["receiver"]
    assert parcels[paid.order_no]["payer"] == "district"


@pytest.mark.rule("NOT-22")
@pytest.mark.rule("NOT-24")
@pytest.mark.parametrize("pushes", [True, False])
def test_the_whole_way_with_the_real_courier(office: Office, tmp_path: Path, pushes: bool) -> None:
    """By its pushes, and by asking when they do not come."""
    port = free_port()
    server = make_server("127.0.0.1", port, office.bench.app, threaded=True)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    push = {
        "YWT_EMS_PUSH_URL": f"http://127.0.0.1:{port}{API}/courier-tracks",
        "YWT_CALLBACK_SECRET": SECRET,
        "YWT_EMS_NODE_SECONDS": "0.1",
    }
    try:
        with Carrier("ems", tmp_path, **push) as courier:
            courier.faults(drop_pushes=not pushes)
            office.carriers(ems=courier.url)
            office.addresses["address:a-1"] = dict.fromkeys(("recipient", "phone", "region", "detail"), "样例")
            ship(office)
            shipments.order_waiting()

            def arrived() -> bool:
                if not pushes:
                    Shipment.update(poll_at=clock.wall()).where(Shipment.poll_at.is_null(False)).execute()
                    shipments.poll_silent()
                return Shipment.get().state == "delivered" and Track.select().count() == len(NODES)

            eventually(arrived)
    finally:
        server.shutdown()
        thread.join()
    assert reported(office) == ["requested", "ordered", "picked_up", "delivered"]
    assert [node.state for node in Track.select().order_by(Track.id)] == list(NODES)


@pytest.mark.rule("NOT-24")
def test_a_track_on_demand_is_found_by_asking(hall: Office, ems_carrier: Carrier) -> None:
    event = ship(hall)
    shipments.order_waiting()
    for state in ("picked_up", "out_for_delivery", "failed_attempt"):
        assert ems_carrier.post(f"/orders/{event.order_no}/nodes", {"state": state}) == 201
    Shipment.update(poll_at=clock.wall()).execute()
    assert (shipments.poll_silent(), shipments.poll_silent()) == (1, 0)
    assert Shipment.get().state == "failed_attempt"
    assert reported(hall) == ["requested", "ordered", "picked_up"]
