"""Places: kept while a form is open, passed on to who waits, offered anew after a closure."""

from typing import Any

import pytest

from chassis import clock
from chassis.clock import clock_at
from contracts.events import booking as events
from contracts.events import catalog
from services.booking.models import Closure, database
from tests.booking.conftest import HALL, ITEM, OPERATOR, ROOT, book, quota
from tests.support import Bench, Caller, person, staff

WISH = {"item_code": ITEM, "hall": HALL, "date": "2026-10-08", "slot": "09:00"}
MANY = [{"from": "09:00", "to": "10:00", "quota": 1}, {"from": "10:00", "to": "11:00", "quota": 1}]


@pytest.fixture
def tight(desk: Bench) -> Bench:
    """Two slots of one place each."""
    desk.deliver(catalog.BookingQuotaChanged, "q", quota(daily_number=2, slots=MANY), sequence=2)
    return desk


def hold(b: Bench, who: Caller, **changes: Any) -> Any:
    return b.client(who).post(f"{ROOT}/holds", json=WISH | changes)


def wait(b: Bench, who: Caller, **changes: Any) -> Any:
    return b.client(who).post(f"{ROOT}/waits", json=WISH | changes)


def booked(b: Bench, who: Caller) -> list[tuple[str, str, str]]:
    items = b.client(who).get(f"{ROOT}/bookings").get_json()["items"]
    return [(row["date"], row["slot_from"], row["state"]) for row in items]


# --- the short hold -------------------------------------------------------------------------------------------------


@pytest.mark.rule("BOO-06")
def test_an_open_form_keeps_its_place_for_five_minutes(tight: Bench) -> None:
    slow, quick = person(), person()
    kept = hold(tight, slow)
    assert clock.parse(kept.get_json()["until"]) == clock.parse("2026-09-29T10:05:00+08:00")
    assert book(tight, quick, day="2026-10-08").status_code == 409
    assert tight.sweep("2026-09-29 10:04:59") == 0
    assert book(tight, slow, day="2026-10-08").status_code == 201
    tight.sweep("2026-09-29 10:05")
    assert book(tight, quick, day="2026-10-08").status_code == 409


@pytest.mark.rule("BOO-06")
def test_a_form_left_open_gives_its_place_back(tight: Bench) -> None:
    kept = hold(tight, person()).get_json()
    assert tight.sweep("2026-09-29 10:05") == 1
    assert tight.client(person()).delete(f"{ROOT}/holds/{kept['id']}").status_code == 404
    assert book(tight, day="2026-10-08").status_code == 201


@pytest.mark.rule("BOO-06")
def test_one_person_keeps_one_place_however_many_forms_are_opened(tight: Bench) -> None:
    greedy = person()
    first = hold(tight, greedy).get_json()["id"]
    assert hold(tight, greedy).get_json()["id"] == first
    for day in ("2026-10-09", "2026-10-10", "2026-10-12"):
        assert hold(tight, greedy, date=day).status_code == 201
    tight.sweep()
    held = tight.client(greedy).get(f"{ROOT}/holds").get_json()["items"]
    assert [row["date"] for row in held] == ["2026-10-12"]
    assert tight.client(person()).delete(f"{ROOT}/holds/{held[0]['id']}").status_code == 403
    assert tight.client(greedy).delete(f"{ROOT}/holds/{held[0]['id']}").status_code == 204
    for day in ("2026-10-08", "2026-10-09", "2026-10-10", "2026-10-12"):
        assert book(tight, day=day).status_code == 201, day


# --- the waiting list -----------------------------------------------------------------------------------------------


@pytest.mark.rule("BOO-06")
def test_a_freed_place_is_booked_for_the_first_in_line_and_nobody_comes_between(tight: Bench) -> None:
    holder, first, second = person(), person(), person()
    number = book(tight, holder, day="2026-10-08").get_json()["booking_no"]
    assert [wait(tight, who).status_code for who in (first, second)] == [201, 201]
    tight.client(holder).delete(f"{ROOT}/bookings/{number}")
    assert book(tight, person(), day="2026-10-08").status_code == 409
    assert tight.sweep() == 1
    assert booked(tight, first) == [("2026-10-08", "09:00", "booked")]
    assert booked(tight, second) == []
    created = tight.emitted(events.BookingCreated)[-1].data
    assert (created["subject_ref"], created["slot_date"]) == (first.ref, "2026-10-08")
    given = tight.client(first).get(f"{ROOT}/waits").get_json()["items"][0]
    assert (given["state"], given["booking_no"]) == ("given", created["booking_no"])


@pytest.mark.rule("BOO-06")
def test_who_cannot_take_the_place_is_passed_over(tight: Bench) -> None:
    holder, clashing, other = person(), person(), person()
    number = book(tight, holder, day="2026-10-08").get_json()["booking_no"]
    wait(tight, clashing)
    wait(tight, other, slot="")  # the whole day is not full
    book(tight, person(), day="2026-10-08", slot="10:00")
    assert wait(tight, other, slot="").status_code == 201
    tight.deliver(catalog.BookingQuotaChanged, "other", quota(item_code="other"))
    assert book(tight, clashing, item_code="other", day="2026-10-08").status_code == 201
    tight.client(holder).delete(f"{ROOT}/bookings/{number}")
    assert tight.sweep() == 2
    assert booked(tight, other) == [("2026-10-08", "09:00", "booked")]
    assert tight.client(clashing).get(f"{ROOT}/waits").get_json()["items"][0]["state"] == "passed_over"


@pytest.mark.rule("BOO-06")
def test_a_place_of_the_day_serves_who_waits_for_a_slot_with_room(desk: Bench) -> None:
    one = [slot | {"quota": 1} for slot in quota()["slots"]]
    desk.deliver(catalog.BookingQuotaChanged, "q", quota(daily_number=1, slots=one), sequence=2)
    holder, late = person(), person()
    number = book(desk, holder, day="2026-10-08").get_json()["booking_no"]
    assert wait(desk, late, slot="10:00").status_code == 201
    desk.client(holder).delete(f"{ROOT}/bookings/{number}")
    desk.sweep()
    assert booked(desk, late) == [("2026-10-08", "10:00", "booked")]
    free = desk.client().get(f"{ROOT}/slots?item={ITEM}&hall={HALL}").get_json()["items"]
    assert {slot["free"] for slot in free if slot["date"] == "2026-10-08"} == {0}


@pytest.mark.rule("BOO-06")
def test_waiting_is_for_full_slots_once_and_ends_the_evening_before(tight: Bench) -> None:
    patient = person()
    assert wait(tight, patient).get_json()["type"].endswith("booking.not-full")
    holder = person()
    number = book(tight, holder, day="2026-10-08").get_json()["booking_no"]
    assert wait(tight, patient).status_code == 201
    assert wait(tight, patient).get_json()["type"].endswith("booking.waits-already")
    assert tight.sweep("2026-10-07 20:00") > 0
    own = tight.client(patient).get(f"{ROOT}/waits").get_json()["items"]
    assert [row["state"] for row in own] == ["ended"]
    with clock_at("2026-10-07 20:00"):
        assert wait(tight, patient).get_json()["type"].endswith("booking.waiting-list-closed")
        tight.client(holder).delete(f"{ROOT}/bookings/{number}")
        assert book(tight, person(), day="2026-10-08").status_code == 201


@pytest.mark.rule("BOO-06")
def test_a_place_freed_too_late_for_the_sweeper_is_free_for_everybody(tight: Bench) -> None:
    holder, patient = person(), person()
    number = book(tight, holder, day="2026-10-08").get_json()["booking_no"]
    wait(tight, patient)
    with clock_at("2026-10-07 19:59:59"):
        tight.client(holder).delete(f"{ROOT}/bookings/{number}")
    tight.sweep("2026-10-07 20:00")
    assert booked(tight, patient) == []
    with clock_at("2026-10-07 20:01"):
        assert book(tight, day="2026-10-08").status_code == 201


@pytest.mark.rule("BOO-06")
def test_who_leaves_the_waiting_list_gets_nothing_and_nobody_else_can_leave_for_them(tight: Bench) -> None:
    holder, gone = person(), person()
    number = book(tight, holder, day="2026-10-08").get_json()["booking_no"]
    place = wait(tight, gone).get_json()["id"]
    assert tight.client(person()).delete(f"{ROOT}/waits/{place}").status_code == 403
    assert tight.client(gone).delete(f"{ROOT}/waits/{place}").get_json()["state"] == "left"
    tight.client(holder).delete(f"{ROOT}/bookings/{number}")
    assert book(tight, day="2026-10-08").status_code == 201
    assert booked(tight, gone) == []


# --- closure of a hall ----------------------------------------------------------------------------------------------


def close(b: Bench, first: str, last: str, who: Caller = OPERATOR) -> Any:
    body = {"first": first, "last": last, "reason": "消防检修"}
    return b.client(who).post(f"{ROOT}/halls/{HALL}/closures", json=body)


@pytest.mark.rule("BOO-12")
def test_a_closure_cancels_every_booking_and_keeps_the_nearest_free_slot_for_each(tight: Bench) -> None:
    first, second = person(), person()
    book(tight, first, day="2026-10-08")
    book(tight, second, day="2026-10-08", slot="10:00")
    assert close(tight, "2026-10-08", "2026-10-09").status_code == 201
    refused = book(tight, day="2026-10-09").get_json()
    assert refused["rule"] == "BOO-03"
    assert {slot["date"] for slot in refused["free"]} == {"2026-09-30", "2026-10-10", "2026-10-12"}
    tight.sweep()
    told = [event.data for event in tight.emitted(events.BookingCancelled)]
    assert [(event["by"], event["held_date"], event["held_from"]) for event in told] == [
        ("hall", "2026-10-10", "09:00"),
        ("hall", "2026-10-10", "10:00"),
    ]
    assert book(tight, person(), day="2026-10-10").status_code == 409
    assert book(tight, first, day="2026-10-10").status_code == 201
    tight.sweep("2026-10-10 00:00")
    assert tight.emitted(events.BookingNoShow) == []


@pytest.mark.rule("BOO-12")
def test_a_first_choice_that_is_not_taken_is_free_again_after_a_working_day(tight: Bench) -> None:
    book(tight, day="2026-10-08")
    close(tight, "2026-10-08", "2026-10-08")
    tight.sweep()
    for at, status in (("2026-09-30 23:59:59", 409), ("2026-10-01 00:00", 201)):
        tight.sweep(at)
        with clock_at(at):
            assert book(tight, day="2026-10-09").status_code == status


@pytest.mark.rule("BOO-12")
def test_a_working_day_that_becomes_a_holiday_closes_by_itself(desk: Bench) -> None:
    citizen = person()
    book(desk, citizen, day="2026-10-10")
    year: dict[str, Any] = {"year": 2026, "year_status": "official", "holidays": [], "workdays": []}
    desk.deliver(catalog.CalendarYearPublished, "2026", year)
    desk.sweep()
    assert booked(desk, citizen) == [("2026-10-10", "09:00", "cancelled")]
    assert desk.emitted(events.BookingCancelled)[0].data["by"] == "hall"


@pytest.mark.rule("BOO-12")
def test_closures_are_the_halls_own_lie_ahead_and_can_be_taken_back(desk: Bench) -> None:
    stranger = staff("hall_operator", "TZJ001-ZWB")
    assert close(desk, "2026-10-08", "2026-10-08", stranger).status_code == 403
    assert close(desk, "2026-09-28", "2026-10-08").get_json()["rule"] == "BOO-12"
    assert close(desk, "2026-10-09", "2026-10-08").status_code == 422
    made = close(desk, "2026-10-08", "2026-10-08").get_json()["id"]
    assert len(desk.client().get(f"{ROOT}/halls/{HALL}/closures").get_json()["items"]) == 1
    assert book(desk, day="2026-10-08").status_code == 422
    assert desk.client(stranger).delete(f"{ROOT}/closures/{made}").status_code == 403
    assert desk.client(OPERATOR).delete(f"{ROOT}/closures/{made}").status_code == 204
    assert book(desk, day="2026-10-08").status_code == 201


@pytest.mark.rule("BOO-12")
@pytest.mark.rule("BOO-20")
def test_a_booking_that_slipped_in_while_the_hall_closed_is_never_a_no_show(desk: Bench) -> None:
    close(desk, "2026-10-08", "2026-10-08")
    desk.sweep()
    closure = Closure.select().first()
    with database.transaction():  # what a booking under way at that moment does not see yet
        Closure.delete().execute()
    book(desk, day="2026-10-08")
    with database.transaction():
        closure.save(force_insert=True)
    desk.sweep("2026-10-09 00:00")
    assert desk.emitted(events.BookingNoShow) == []
    assert desk.emitted(events.BookingCancelled)[0].data["by"] == "hall"
