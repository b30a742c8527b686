"""Ticket machines: identity cards, numbers given out while offline, forged and strange cards."""

from typing import Any

import pytest

from chassis.clock import clock_at
from contracts.events import booking as events
from contracts.events import catalog
from tests.booking.conftest import HALL, OPERATOR, ROOT, book, hall
from tests.support import Bench, at_once, legal, person, staff

QUEUE = f"{ROOT}/queues/{HALL}/H"
CARD, OTHER_CARD, FORGED = "11010119900307889X", "110101199003071233", "110101199003078891"
DAY = "2026-09-30"


def holders(**refs: list[str]) -> Any:
    """Identity, as far as machines ask it: card number → for whom its holder may act."""

    def answer(body: Any) -> tuple[int, Any]:
        known = refs.get(f"c{body['id_no']}", [])
        return 200, {"holders": [{"ref": ref, "items": None} for ref in known]}

    return {"POST /api/identity/v1/cards/resolution": answer}


def read(b: Bench, card: str, where: str = HALL) -> Any:
    return b.client(OPERATOR).post(f"{ROOT}/halls/{where}/card-arrivals", json={"id_no": card})


def line(b: Bench) -> str:
    return " ".join(row["ticket_no"] for row in b.client().get(QUEUE).get_json()["waiting"])


def block(b: Bench, size: int = 5, kind: str = "N", machine: str = "M1") -> Any:
    body = {"machine": machine, "kind": kind, "size": size}
    return b.client(OPERATOR).post(f"{QUEUE}/blocks", json=body)


def given(number: str, at: str = "09:10", **more: Any) -> dict[str, Any]:
    return {"ticket_no": number, "issued_at": f"{DAY}T{at}:00+08:00"} | more


def sync(b: Bench, *tickets: dict[str, Any], machine: str = "M1", day: str = DAY) -> Any:
    body = {"machine": machine, "date": day, "tickets": list(tickets)}
    return b.client(OPERATOR).post(f"{QUEUE}/offline-tickets", json=body)


@pytest.mark.rule("BOO-01")
@pytest.mark.rule("BOO-13")
def test_the_card_gives_the_booked_number_in_the_booked_hall_on_the_booked_day_only(desk: Bench) -> None:
    citizen = person()
    identity = desk.peer("identity", holders(**{f"c{CARD}": [citizen.ref]}))
    number = book(desk, citizen, day=DAY).get_json()["booking_no"]
    assert read(desk, CARD).get_json()["rule"] == "BOO-13"
    with clock_at(f"{DAY} 16:59"):
        desk.deliver(catalog.OrgChanged, "H2", hall() | {"org_code": "H2"})
        elsewhere = read(desk, CARD, "H2")
        assert (elsewhere.status_code, elsewhere.get_json()["rule"]) == (409, "BOO-01")
        ticket = read(desk, CARD).get_json()
        assert (ticket["ticket_no"], ticket["kind"]) == ("B001", "B")
        assert read(desk, CARD).get_json()["id"] == ticket["id"]
    assert [event.data["booking_no"] for event in desk.emitted(events.TicketIssued)] == [number]
    assert all(body == {"id_no": CARD} for _, _, body in identity.requests)


@pytest.mark.rule("BOO-13")
def test_the_card_of_an_agent_gives_the_number_of_the_unit(desk: Bench) -> None:
    unit = legal()
    desk.peer("identity", holders(**{f"c{CARD}": ["person:agent", unit.ref]}))
    book(desk, unit, day=DAY)
    with clock_at(f"{DAY} 09:00"):
        assert read(desk, CARD).get_json()["kind"] == "B"


@pytest.mark.rule("BOO-13")
def test_a_forged_or_strange_card_gets_nothing_and_leaves_no_trace(desk: Bench) -> None:
    citizen = person()
    identity = desk.peer("identity", holders(**{f"c{CARD}": [citizen.ref]}))
    number = book(desk, citizen, day=DAY).get_json()["booking_no"]
    with clock_at(f"{DAY} 09:00"):
        for forged in (FORGED, "110101199002308892", "110101209903078891", "not-a-number", "1" * 18):
            refused = read(desk, forged)
            assert (refused.status_code, refused.get_json()["rule"]) == (422, "BOO-13"), forged
        assert identity.requests == []
        assert read(desk, OTHER_CARD).status_code == 404
        stranger = desk.client(staff("hall_operator", "TZJ001-ZWB"))
        assert stranger.post(f"{ROOT}/halls/{HALL}/card-arrivals", json={"id_no": CARD}).status_code == 403
    assert desk.emitted(events.TicketIssued) == []
    assert desk.client(citizen).get(f"{ROOT}/bookings/{number}").get_json()["state"] == "booked"


@pytest.mark.rule("BOO-18")
def test_while_identity_is_away_the_desk_gives_the_number(desk: Bench) -> None:
    number = book(desk, day=DAY).get_json()["booking_no"]
    identity = desk.peer("identity", {})
    identity.close()
    with clock_at(f"{DAY} 09:00"):
        refused = read(desk, CARD)
        assert (refused.status_code, refused.get_json()["rule"]) == (503, "BOO-13")
        assert desk.client(OPERATOR).post(f"{ROOT}/bookings/{number}/arrival").status_code == 201


@pytest.mark.rule("BOO-18")
def test_an_hour_offline_is_entered_once_in_the_order_of_coming(desk: Bench) -> None:
    citizen = person()
    desk.peer("identity", holders(**{f"c{CARD}": [citizen.ref]}))
    book(desk, citizen, day=DAY)
    operator = desk.client(OPERATOR)
    with clock_at(f"{DAY} 09:00"):
        operator.post(f"{QUEUE}/tickets")
        reserved = [block(desk, machine=name).get_json() for name in ("M1", "M2")]
        assert [(row["first"], row["last"]) for row in reserved] == [(2, 6), (7, 11)]
        block(desk, 2, "B")
    with clock_at(f"{DAY} 09:30"):
        online = operator.post(f"{QUEUE}/tickets").get_json()["ticket_no"]
    offline = (given("N003", "09:50"), given("N002", "09:10"), given("B001", "09:40", id_no=CARD))
    with clock_at(f"{DAY} 10:00"):
        answers = [sync(desk, *offline) for _ in range(2)]
        entered = [[row["ticket_no"] for row in answer.get_json()["items"]] for answer in answers]
        assert entered == [["N002", "B001", "N003"]] * 2
        assert line(desk) == f"N001 B001 N002 {online} N003"
    assert online == "N012"
    assert len(desk.emitted(events.TicketIssued)) == 5
    desk.sweep("2026-10-01 00:00")
    assert desk.emitted(events.BookingNoShow) == []


@pytest.mark.rule("BOO-18")
def test_two_syncs_at_once_enter_each_number_once(desk: Bench) -> None:
    with clock_at(f"{DAY} 09:00"):
        block(desk, 20)
        block(desk, 20, machine="M2")
    with clock_at(f"{DAY} 10:00"):
        first = [given(f"N{number:03d}") for number in range(1, 21)]
        second = [given(f"N{number:03d}") for number in range(21, 41)]
        codes = at_once(4, lambda n: sync(desk, *(second if n % 2 else first), machine=f"M{n % 2 + 1}").status_code)
        assert codes == [200] * 4
        numbers = line(desk).split()
    assert len(numbers) == len(set(numbers)) == 40


@pytest.mark.rule("BOO-18")
@pytest.mark.parametrize(
    "wrong",
    [
        given("N006"),
        given("B001"),
        given("N001", "08:50"),
        given("N001", "11:00"),
        given("N001") | {"issued_at": "2026-09-29T09:10:00+08:00"},
        given("N0003"),
    ],
    ids=["not reserved", "other kind", "before the block", "in the future", "other day", "other spelling"],
)
def test_numbers_that_the_machine_cannot_have_given_out_refuse_the_whole_batch(desk: Bench, wrong: Any) -> None:
    with clock_at(f"{DAY} 09:00"):
        block(desk)
    with clock_at(f"{DAY} 10:00"):
        refused = sync(desk, given("N002"), wrong)
        assert (refused.status_code, refused.get_json()["rule"]) == (422, "BOO-18")
        assert refused.get_json()["numbers"] == [wrong["ticket_no"]]
        assert sync(desk, given("N002"), machine="M2").status_code == 422
        assert sync(desk, given("N002"), given("N002", "09:20")).get_json()["numbers"] == ["N002", "N002"]
        assert line(desk) == ""
    assert desk.emitted(events.TicketIssued) == []


@pytest.mark.rule("BOO-18")
@pytest.mark.rule("BOO-20")
def test_a_sync_after_the_day_takes_the_no_show_back(desk: Bench) -> None:
    citizen = person()
    number = book(desk, citizen, day=DAY).get_json()["booking_no"]
    with clock_at(f"{DAY} 09:00"):
        block(desk, 1, "B")
    desk.sweep("2026-10-01 00:00")
    assert len(desk.emitted(events.BookingNoShow)) == 1
    with clock_at("2026-10-01 08:00"):
        ticket = sync(desk, given("B001", "16:00", booking_no=number)).get_json()["items"][0]
    assert (ticket["kind"], ticket["state"]) == ("B", "lapsed")
    assert len(desk.emitted(events.NoShowExcused)) == 1
    assert desk.client(citizen).get(f"{ROOT}/bookings/{number}").get_json()["state"] == "excused"


@pytest.mark.rule("BOO-18")
def test_an_offline_booked_number_without_a_booking_waits_as_an_ordinary_one(desk: Bench) -> None:
    desk.peer("identity", holders())
    with clock_at(f"{DAY} 09:00"):
        desk.client(OPERATOR).post(f"{QUEUE}/tickets")
        block(desk, 1, "B")
    with clock_at(f"{DAY} 10:00"):
        assert sync(desk, given("B001", id_no=CARD)).get_json()["items"][0]["kind"] == "N"
        assert line(desk) == "N001 B001"


@pytest.mark.rule("BOO-01")
def test_nobody_books_for_somebody_else(desk: Bench) -> None:
    citizen = person()
    assert book(desk, citizen, subject_ref="person:somebody-else").status_code == 422
    number = book(desk, citizen).get_json()["booking_no"]
    for method, path in (("get", ""), ("delete", ""), ("post", "/contest")):
        body = {"json": {"reason": "叫号机故障"}} if method == "post" else {}
        answer = getattr(desk.client(person()), method)(f"{ROOT}/bookings/{number}{path}", **body)
        assert answer.status_code == 403, path
    assert desk.emitted(events.BookingCancelled) == []
