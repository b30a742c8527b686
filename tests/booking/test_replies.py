"""“取消” sent back by SMS, and contested no-shows."""

from typing import Any

import pytest

from chassis.clock import clock_at
from contracts.events import booking as events
from contracts.events import credit, notifier
from tests.booking.conftest import OPERATOR, ROOT, book
from tests.support import Bench, Caller, person, staff

DAY = "2026-10-08"


def reply(b: Bench, who: Caller, word: str = "cancel", reference: str | None = None) -> Any:
    data = {
        "message_id": "message-1",
        "template": "booking.reminded",
        "recipient_ref": who.ref,
        "dedupe_key": "event-1:booking.reminded",
        "cause_event": "event-1",
        "cause_type": "booking.booking.reminded",
        "attempts": 1,
        "reply": word,
        "reference": reference,
        "replied_at": "2026-09-29T10:00:00+08:00",
    }
    return b.deliver(notifier.SmsReplied, "message-1", data)


def states(b: Bench, who: Caller) -> list[str]:
    return [row["state"] for row in b.client(who).get(f"{ROOT}/bookings").get_json()["items"]]


@pytest.mark.rule("BOO-09")
def test_the_answer_cancels_the_booking_and_frees_its_place_once(desk: Bench) -> None:
    citizen, neighbour = person(), person()
    book(desk, citizen, day=DAY)
    book(desk, neighbour, day=DAY)
    reply(desk, citizen, "other")
    assert states(desk, citizen) == ["booked"]
    answered = reply(desk, citizen)
    desk.redeliver(answered)
    assert (states(desk, citizen), states(desk, neighbour)) == (["cancelled"], ["booked"])
    assert [event.data["by"] for event in desk.emitted(events.BookingCancelled)] == ["applicant"]
    assert [book(desk, day=DAY).status_code for _ in range(2)] == [201, 409]


@pytest.mark.rule("BOO-09")
def test_with_several_bookings_the_answered_message_says_which(desk: Bench) -> None:
    citizen = person()
    first = book(desk, citizen, day=DAY).get_json()["booking_no"]
    book(desk, citizen, day="2026-10-09")
    reply(desk, citizen)
    assert desk.emitted(events.BookingCancelled) == []
    assert len(desk.emitted(events.BookingReminded)) == 2
    reply(desk, citizen, reference=first)
    assert [event.data["booking_no"] for event in desk.emitted(events.BookingCancelled)] == [first]
    strange = book(desk, person(), day=DAY).get_json()["booking_no"]
    reply(desk, citizen, reference=strange)
    assert strange not in [event.data["booking_no"] for event in desk.emitted(events.BookingCancelled)]


@pytest.mark.rule("BOO-09")
@pytest.mark.parametrize(("at", "state"), [("2026-10-07 23:59:59", "cancelled"), ("2026-10-08 00:00:00", "booked")])
def test_an_answer_on_the_day_itself_reminds_that_the_booking_stands(desk: Bench, at: str, state: str) -> None:
    citizen = person()
    book(desk, citizen, day=DAY)
    with clock_at(at):
        reply(desk, citizen)
    assert states(desk, citizen) == [state]
    assert len(desk.emitted(events.BookingReminded)) == (state == "booked")


# --- contesting -----------------------------------------------------------------------------------------------------


def missed(b: Bench) -> tuple[Caller, str]:
    citizen = person()
    number = book(b, citizen, day=DAY).get_json()["booking_no"]
    b.sweep("2026-10-09 00:00")
    return citizen, number


def contest(b: Bench, who: Caller, number: str) -> Any:
    return b.client(who).post(f"{ROOT}/bookings/{number}/contest", json={"reason": "叫号机故障，未能取号"})


def answer(b: Bench, number: str, upheld: bool, who: Caller = OPERATOR) -> Any:
    body = {"upheld": upheld, "answer": "经核实当日叫号机故障"}
    return b.client(who).post(f"{ROOT}/bookings/{number}/contest/answer", json=body)


@pytest.mark.rule("BOO-24")
def test_a_contest_that_is_upheld_takes_the_no_show_back(desk: Bench) -> None:
    citizen, number = missed(desk)
    assert contest(desk, person(), number).status_code == 403
    with clock_at("2026-10-09 09:00"):
        made = contest(desk, citizen, number).get_json()
        assert (made["state"], made["due_date"]) == ("open", "2026-10-13")  # three working days; the Saturday counts
        assert contest(desk, citizen, number).get_json()["type"].endswith("contested-already")
        assert answer(desk, number, True, staff("hall_operator", "TZJ001-ZWB")).status_code == 403
        assert answer(desk, number, True).get_json()["state"] == "upheld"
        assert answer(desk, number, False).status_code == 409
    assert states(desk, citizen) == ["excused"]
    assert len(desk.emitted(events.NoShowExcused)) == 1


@pytest.mark.rule("BOO-24")
def test_a_refused_contest_changes_nothing_and_a_late_answer_is_marked(desk: Bench) -> None:
    citizen, number = missed(desk)
    with clock_at("2026-10-09 09:00"):
        contest(desk, citizen, number)
    hall_list = f"{ROOT}/halls/{desk.emitted(events.BookingCreated)[0].data['hall_code']}/contests"
    waiting = desk.client(OPERATOR).get(hall_list).get_json()["items"]
    assert [(row["booking_no"], row["overdue"]) for row in waiting] == [(number, False)]
    desk.sweep("2026-10-14 00:00")
    assert [row["overdue"] for row in desk.client(OPERATOR).get(hall_list).get_json()["items"]] == [True]
    assert answer(desk, number, False).get_json()["state"] == "refused"
    assert (states(desk, citizen), desk.emitted(events.NoShowExcused)) == (["no_show"], [])
    assert desk.client(OPERATOR).get(hall_list).get_json()["items"] == []


@pytest.mark.rule("BOO-24")
def test_only_a_no_show_can_be_contested(desk: Bench) -> None:
    citizen = person()
    number = book(desk, citizen, day=DAY).get_json()["booking_no"]
    refused = contest(desk, citizen, number)
    assert (refused.status_code, refused.get_json()["rule"]) == (409, "BOO-24")


@pytest.mark.rule("BOO-24")
def test_an_objection_upheld_in_the_archive_excuses_the_booking(desk: Bench) -> None:
    citizen, number = missed(desk)
    data = {
        "subject_ref": citizen.ref,
        "subject_type": "person",
        "subject_name_masked": "张*",
        "record_id": "record-1",
        "record_no": "NS1",
        "category": "booking_no_show",
        "grade": "ordinary",
        "record_source": "no_show",
        "state": "deleted",
        "judging_org": "service:booking",
        "booking_no": number,
        "evidence_refs": [],
        "objection_id": "objection-1",
        "deleted_at": "2026-10-20T00:00:00+08:00",
    }
    desk.deliver(credit.RecordDeleted, "record-2", data | {"category": "failing"})
    assert states(desk, citizen) == ["no_show"]
    desk.redeliver(desk.event(credit.RecordDeleted, "record-1", data))
    desk.redeliver(desk.event(credit.RecordDeleted, "record-1", data, sequence=2))
    assert states(desk, citizen) == ["excused"]
    assert len(desk.emitted(events.NoShowExcused)) == 1
