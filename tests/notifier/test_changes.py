"""Until the courier has it a parcel can be changed; after it came back the applicant chooses; call-backs are signed."""

import threading
from typing import Any

import pytest

from chassis import clock, http
from contracts.events import catalog, filing
from contracts.events import notifier as events
from services.notifier import changes, couriers, shipments
from services.notifier.models import Message, Shipment, StrayTrack, Task, Track
from tests.notifier.conftest import API, CITIZEN, Carrier, Office
from tests.notifier.parcels import CASE, CLERK, pushed, ship, track
from tests.support import at_once, person, staff

ADMIN = staff("system_admin", "*")
NODE = {"order_no": "X-1", "waybill": "1100000000009", "state": "picked_up", "text": "揽收"}
NODE |= {"at": "2026-03-02T10:01:00+08:00"}


def owns(office: Office, address_ref: str, owner: str = CITIZEN) -> None:
    """Identity says whose an address is, and what it is."""
    known = {"address_ref": address_ref, "owner": owner, "region": "120101"}
    office.identity.routes[f"GET /api/identity/v1/addresses/{address_ref}"] = known
    office.addresses[address_ref] = dict.fromkeys(("recipient", "phone"), "样例") | {
        "region": "120102",
        "detail": "新址",
    }


def redirect(office: Office, address_ref: str, who: str = CITIZEN) -> Any:
    path = f"{API}/shipments/{Shipment.select().first().id}/address"
    return office.bench.client(person(who)).put(path, json={"address_ref": address_ref})


def withdraw(office: Office, who: Any) -> Any:
    path = f"{API}/shipments/{Shipment.select().first().id}/withdrawal"
    return office.bench.client(who).post(path, json={"reason": "改到窗口领取"})


def choose(office: Office, shipment_id: str, **body: Any) -> Any:
    return office.bench.client(person(CITIZEN)).put(f"{API}/shipments/{shipment_id}/choice", json=body)


def reported(office: Office) -> list[str]:
    return [e.type.removeprefix("notifier.shipment.") for e in office.bench.emitted() if ".shipment." in e.type]


# --- the address --------------------------------------------------------------------------------------------------


@pytest.mark.rule("NOT-26")
def test_the_applicant_changes_the_address_until_the_order_is_sent(hall: Office, ems_carrier: Carrier) -> None:
    event = ship(hall)
    owns(hall, "address:b-2")
    assert redirect(hall, "address:b-2").status_code == 200
    shipments.order_waiting()
    (parcel,) = [one for one in ems_carrier.get("/orders")["items"] if one["order_no"] == event.order_no]
    assert "新址" in parcel["receiver"]
    owns(hall, "address:c-3")
    refused = redirect(hall, "address:c-3")
    assert (refused.status_code, refused.get_json()["rule"]) == (409, "NOT-26")
    assert Shipment.get().address_ref == "address:b-2"


@pytest.mark.rule("NOT-26")
def test_only_the_own_parcel_and_only_to_an_own_address(hall: Office) -> None:
    ship(hall)
    owns(hall, "address:b-2", owner="person:somebody-else")
    assert redirect(hall, "address:b-2").status_code == 422
    assert redirect(hall, "address:unknown").status_code == 422
    owns(hall, "address:d-4")
    assert redirect(hall, "address:d-4", who="person:stranger").status_code == 404
    owns(hall, "address:e-5", owner="person:stranger")
    assert redirect(hall, "address:e-5", who="person:stranger").status_code == 404
    hall.identity.routes["GET /api/identity/v1/addresses/address:away"] = lambda body: (503, {})
    assert redirect(hall, "address:away").status_code == 503
    assert Shipment.get().address_ref == "address:a-1"


@pytest.mark.rule("NOT-26")
def test_after_a_time_out_the_courier_may_know_the_old_address_so_it_stays(
    hall: Office, ems_carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    ship(hall)
    owns(hall, "address:b-2")
    ems_carrier.faults(hang_next=1, hang_seconds=1)
    with monkeypatch.context() as patched:
        patched.setattr(couriers, "TIMEOUT", 0.3)
        shipments.order_waiting(most=1)
    assert Shipment.get().state == "requested"
    assert redirect(hall, "address:b-2").status_code == 409


@pytest.mark.rule("NOT-26")
def test_an_address_is_not_changed_under_the_hand_that_orders(
    hall: Office, ems_carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = ship(hall)
    owns(hall, "address:b-2")
    asked, go_on = threading.Event(), threading.Event()
    create = couriers.COURIER.create

    def slowly(order: dict[str, Any]) -> Any:
        asked.set()
        assert go_on.wait(10)
        return create(order)

    monkeypatch.setattr(couriers.COURIER, "create", slowly, raising=False)

    def work(number: int) -> Any:
        if number == 0:
            return shipments.order_waiting(most=1)
        assert asked.wait(10)
        answer = redirect(hall, "address:b-2")
        go_on.set()
        return answer.status_code

    assert at_once(2, work) == [1, 409]
    (parcel,) = [one for one in ems_carrier.get("/orders")["items"] if one["order_no"] == event.order_no]
    assert "样例路 1 号" in parcel["receiver"]


# --- withdrawing --------------------------------------------------------------------------------------------------


@pytest.mark.rule("NOT-23")
@pytest.mark.parametrize("who", [person(CITIZEN), CLERK])
def test_what_is_not_ordered_is_withdrawn_at_once_and_the_applicant_knows_where_it_lies(hall: Office, who: Any) -> None:
    ship(hall)
    answer = withdraw(hall, who).get_json()
    assert (answer["state"], answer["cancel_reason"]) == ("cancelled", "改到窗口领取")
    assert shipments.order_waiting() == 0
    assert reported(hall) == ["requested", "failed"]
    assert [row.template for row in Message.select()] == ["shipment.cancelled"]
    assert hall.bench.sweep("2026-04-02 10:00") == 0
    assert withdraw(hall, who).status_code == 409


@pytest.mark.rule("NOT-23")
def test_an_order_is_withdrawn_at_the_courier_before_it_is_picked_up(hall: Office, ems_carrier: Carrier) -> None:
    event = ship(hall)
    shipments.order_waiting()
    assert withdraw(hall, staff("window_clerk", "TZJ001")).status_code == 403
    assert withdraw(hall, person()).status_code == 404
    assert withdraw(hall, CLERK).get_json()["state"] == "waybill_assigned"
    assert changes.withdraw_waiting() == 1
    assert changes.withdraw_waiting() == 0
    assert ems_carrier.get(f"/orders/{event.order_no}")["state"] == "cancelled"
    assert Shipment.get().state == "cancelled"
    assert reported(hall) == ["requested", "ordered", "returned"]
    assert [task.kind for task in Task.select()] == []
    assert [row.template for row in Message.select().order_by(Message.id)] == ["shipment.ordered", "shipment.cancelled"]
    track(hall, "cancelled", 30)
    assert reported(hall) == ["requested", "ordered", "returned"]


@pytest.mark.rule("NOT-23")
def test_a_courier_that_keeps_the_order_leaves_a_task(hall: Office, ems_carrier: Carrier) -> None:
    ship(hall)
    shipments.order_waiting()
    ems_carrier.faults(refuse_cancel=1)
    withdraw(hall, CLERK)
    changes.withdraw_waiting()
    assert (Shipment.get().state, Shipment.get().cancel_reason) == ("waybill_assigned", None)
    assert [task.kind for task in Task.select()] == ["cancel_refused"]
    track(hall, "picked_up", 5)
    refused = withdraw(hall, CLERK)
    assert (refused.status_code, refused.get_json()["rule"]) == (409, "NOT-23")


@pytest.mark.rule("NOT-23")
def test_a_courier_away_is_asked_again_later(hall: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    ship(hall)
    shipments.order_waiting()
    withdraw(hall, CLERK)

    def away(order_no: str) -> None:
        raise http.Unavailable("away", maybe_done=True)

    with monkeypatch.context() as patched:
        patched.setattr(couriers.COURIER, "cancel", away, raising=False)
        assert changes.withdraw_waiting() == 1
    assert (changes.withdraw_waiting(), Shipment.get().state) == (0, "waybill_assigned")
    Shipment.update(retry_at=clock.wall()).execute()
    assert changes.withdraw_waiting() == 1
    assert Shipment.get().state == "cancelled"


@pytest.mark.rule("NOT-23")
def test_an_ordered_parcel_of_a_revoked_result_is_withdrawn(hall: Office) -> None:
    ship(hall)
    shipments.order_waiting()
    hall.deliver(filing.CaseRevoked, case_id="case-1")
    changes.withdraw_waiting()
    assert Shipment.get().state == "cancelled"
    assert "shipment.cancelled" not in [row.template for row in Message.select()]


@pytest.mark.rule("NOT-24")
def test_a_parcel_that_the_courier_itself_cancels_is_a_task(hall: Office) -> None:
    ship(hall)
    shipments.order_waiting()
    track(hall, "cancelled", 3)
    assert reported(hall) == ["requested", "ordered", "returned"]
    assert [task.kind for task in Task.select()] == ["cancelled"]


# --- after a return -----------------------------------------------------------------------------------------------


def came_back(office: Office) -> Any:
    ship(office, order_no=f"{CASE}-r{clock.wall().timestamp()}")
    shipments.order_waiting()
    track(office, "returned", 9)
    return Shipment.get()


@pytest.mark.rule("NOT-24")
def test_what_came_back_is_collected_or_sent_once_more(hall: Office, ems_carrier: Carrier) -> None:
    row = came_back(hall)
    owns(hall, "address:b-2")
    answer = choose(hall, row.id, way="courier", address_ref="address:b-2")
    assert (answer.status_code, answer.get_json()["choice"]) == (200, "courier")
    assert choose(hall, row.id, way="courier").status_code == 200
    refused = choose(hall, row.id, way="window")
    assert (refused.status_code, refused.get_json()["rule"]) == (409, "NOT-24")
    first, second = Shipment.select().order_by(Shipment.id)
    assert (second.order_no, second.payer, second.address_ref) == (f"{CASE}-2", first.payer, "address:b-2")
    assert [task.kind for task in Task.select().order_by(Task.id)] == ["returned", "choice_courier"]
    hall.deliver(filing.ResultCollected, case_id="case-1")  # the applicant came all the same
    assert Shipment.get_by_id(second.id).state == "cancelled"
    assert shipments.order_waiting() == 0


@pytest.mark.rule("NOT-24")
def test_the_choice_of_the_window_is_a_task_and_ends_with_the_collection(hall: Office) -> None:
    row = came_back(hall)
    assert choose(hall, row.id, way="window").get_json()["choice"] == "window"
    assert [task.kind for task in Task.select().order_by(Task.id)] == ["returned", "choice_window"]
    assert (
        hall.bench.client(person()).put(f"{API}/shipments/{row.id}/choice", json={"way": "window"}).status_code == 404
    )


@pytest.mark.rule("NOT-24")
def test_nothing_is_chosen_about_a_parcel_that_arrives_or_was_collected(hall: Office) -> None:
    ship(hall)
    assert choose(hall, Shipment.get().id, way="window").status_code == 409
    shipments.order_waiting()
    track(hall, "returned", 9)
    hall.deliver(filing.ResultCollected, case_id="case-1")
    assert choose(hall, Shipment.get().id, way="courier").status_code == 409
    assert Shipment.select().count() == 1


# --- who pays -----------------------------------------------------------------------------------------------------


@pytest.mark.rule("NOT-21")
@pytest.mark.rule("FIL-61")
def test_each_district_decides_which_contract_is_charged(hall: Office) -> None:
    for code, parent in (("D1", None), ("D1-SP", "D1"), ("D2", None), ("SO", None)):
        hall.deliver(catalog.OrgChanged, org_code=code, org_name=code, org_kind="approving", parent_code=parent)
    client = hall.bench.client(staff("service_office", "TZJ077"))
    rule = {"account": "C-100", "billed_org": "D1"}
    assert client.put(f"{API}/payer-rules/D1", json=rule | {"account": "C-99"}).status_code == 200
    assert client.put(f"{API}/payer-rules/D1", json=rule).get_json()["account"] == "C-100"
    assert (
        client.put(f"{API}/payer-rules/service_office", json={"account": "C-1", "billed_org": "SO"}).status_code == 200
    )
    assert client.put(f"{API}/payer-rules/nobody", json=rule).status_code == 404
    assert hall.bench.client(CLERK).put(f"{API}/payer-rules/D1", json=rule).status_code == 403
    ship(hall, payer="district", payer_org="D1-SP")
    ship(hall, payer="district", payer_org="D2")
    ship(hall)
    ship(hall, direction="material", payer="applicant")
    shipments.order_waiting()
    charged = [(row.payer_account, row.billed_org) for row in Shipment.select().order_by(Shipment.id)]
    assert charged == [("C-100", "D1"), ("D2", "D2"), ("C-1", "SO"), ("applicant", "applicant")]
    assert [one["payer"] for one in client.get(f"{API}/payer-rules").get_json()["items"]] == ["D1", "service_office"]


# --- the courier's call-backs -------------------------------------------------------------------------------------


@pytest.mark.rule("NOT-24")
@pytest.mark.parametrize("forged", [{"secret": "guessed"}, {"age": 301}, {"age": -301}, {"spoil": b" "}])
def test_a_call_back_without_a_valid_signature_changes_nothing(hall: Office, forged: dict[str, Any]) -> None:
    ship(hall)
    body = NODE | {"order_no": Shipment.get().order_no}
    assert pushed(hall, body, **forged).status_code == 401
    assert hall.bench.client().post(f"{API}/courier-tracks", json=body).status_code == 401
    assert (Shipment.get().state, Track.select().count()) == ("requested", 0)
    assert pushed(hall, body).status_code == 200


@pytest.mark.rule("NOT-24")
def test_a_node_of_an_unknown_parcel_is_kept_and_taken_up_when_it_turns_up(hall: Office) -> None:
    for _ in range(2):
        assert pushed(hall, NODE | {"text": "见 http://evil.example"}).get_json() == {"known": False}
    (stray,) = hall.bench.client(ADMIN).get(f"{API}/stray-tracks").get_json()["items"]
    assert (stray["order_no"], stray["waybill"], stray["text"]) == ("X-1", "1100000000009", "见")
    assert hall.bench.client(CLERK).get(f"{API}/stray-tracks").status_code == 403
    ship(hall, order_no="X-1")
    assert (Shipment.get().state, Shipment.get().waybill_no) == ("picked_up", "1100000000009")
    assert StrayTrack.select().count() == 0
    assert [e.state for e in hall.bench.emitted(events.ShipmentPickedUp)] == ["picked_up"]


@pytest.mark.rule("NOT-23")
def test_the_label_says_who_sends_what_to_whom_at_whose_cost(hall: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    hall.deliver(catalog.OrgChanged, org_code="H120000", org_name="市政务服务中心", org_kind="hall", parent_code=None)
    labels: list[dict[str, Any]] = []
    create = couriers.COURIER.create
    monkeypatch.setattr(couriers.COURIER, "create", lambda order: labels.append(order) or create(order), raising=False)
    event = ship(hall, payer="district", payer_org="D9")
    shipments.order_waiting()
    assert labels == [
        {
            "order_no": event.order_no,
            "sender": {"code": "H120000", "name": "市政务服务中心"},
            "receiver": {"name": "收件人", "phone": "13900000099", "region": "120101", "address": "样例路 1 号"},
            "cargo": {"name": "文件", "description": "许可证", "weight_grams": 200},
            "payer": "district",
            "payer_account": "D9",
        }
    ]


@pytest.mark.rule("NOT-24")
def test_of_two_choices_at_once_one_holds(hall: Office) -> None:
    row = came_back(hall)
    ways = ["window", "courier"]
    answers = at_once(2, lambda number: choose(hall, row.id, way=ways[number]).status_code)
    assert sorted(answers) == [200, 409]
    chosen = Shipment.get_by_id(row.id).choice
    assert (chosen, Shipment.select().count()) == (ways[answers.index(200)], 1 + (chosen == "courier"))
