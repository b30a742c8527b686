"""Bookings: days, numbers, limits, cancelling, reminders, no-shows, bars."""

import random
from dataclasses import replace
from typing import Any

import pytest

from chassis.clock import clock_at
from contracts import rules
from contracts.events import booking as events
from contracts.events import catalog, credit
from tests.booking.conftest import HALL, ITEM, OPERATOR, ROOT, book, quota
from tests.support import Bench, person, staff


@pytest.mark.rule("BOO-03")
@pytest.mark.rule("T2")
@pytest.mark.parametrize(
    ("day", "status"), [("2026-09-29", 422), ("2026-09-30", 201), ("2026-10-10", 201), ("2026-10-12", 201)]
)
def test_the_next_five_working_days_can_be_booked_and_not_today(desk: Bench, day: str, status: int) -> None:
    answer = book(desk, day=day)
    assert answer.status_code == status, answer.text
    if status == 422:
        assert answer.get_json()["rule"] == "BOO-03"
        assert desk.emitted(events.BookingCreated) == []


@pytest.mark.rule("BOO-03")
@pytest.mark.rule("T2")
def test_the_sixth_working_day_is_refused_with_the_days_that_are_free(desk: Bench) -> None:
    refused = book(desk, day="2026-10-13").get_json()
    assert refused["rule"] == "BOO-03"
    assert {slot["date"] for slot in refused["free"]} == {
        *("2026-09-30", "2026-10-08", "2026-10-09", "2026-10-10", "2026-10-12")
    }
    with clock_at("2026-03-07 10:00"):
        days = {slot["date"] for slot in desk.client().get(f"{ROOT}/slots?item={ITEM}&hall={HALL}").get_json()["items"]}
    assert sorted(days) == [f"2026-03-{day:02d}" for day in (9, 10, 11, 12, 13)]


@pytest.mark.rule("BOO-06")
def test_the_daily_number_is_never_exceeded_and_a_cancelled_place_is_free_at_once(desk: Bench) -> None:
    citizen = person()
    first = book(desk, citizen)
    assert [book(desk, slot=slot).status_code for slot in ("09:00", "10:00")] == [201, 201]
    full = book(desk, slot="10:00")
    assert (full.status_code, full.get_json()["rule"]) == (409, "BOO-06")
    assert "2026-09-30" not in {slot["date"] for slot in full.get_json()["free"]}
    number = first.get_json()["booking_no"]
    assert desk.client(citizen).delete(f"{ROOT}/bookings/{number}").get_json()["state"] == "cancelled"
    assert book(desk, slot="10:00").status_code == 201


@pytest.mark.rule("BOO-07")
def test_one_booking_a_day_and_item_none_overlapping_three_in_all(desk: Bench) -> None:
    citizen = person()
    assert book(desk, citizen).status_code == 201
    again = book(desk, citizen, slot="10:00")
    assert (again.status_code, again.get_json()["rule"]) == (409, "BOO-07")
    desk.deliver(catalog.BookingQuotaChanged, "other", quota(item_code="other-item"))
    assert book(desk, citizen, item_code="other-item", slot="09:00").get_json()["rule"] == "BOO-07"
    assert book(desk, citizen, item_code="other-item", slot="10:00").status_code == 201
    assert book(desk, citizen, day="2026-10-08").status_code == 201
    assert book(desk, citizen, day="2026-10-09").get_json()["rule"] == "BOO-07"


@pytest.mark.rule("BOO-09")
@pytest.mark.rule("T3")
@pytest.mark.parametrize(("at", "status"), [("2026-10-09 23:59:59", 200), ("2026-10-10 00:00:00", 409)])
def test_cancelling_is_possible_until_midnight_before_the_day(desk: Bench, at: str, status: int) -> None:
    citizen = person()
    number = book(desk, citizen, day="2026-10-10").get_json()["booking_no"]
    with clock_at(at):
        answer = desk.client(citizen).delete(f"{ROOT}/bookings/{number}")
    assert answer.status_code == status
    assert len(desk.emitted(events.BookingCancelled)) == (1 if status == 200 else 0)


@pytest.mark.rule("BOO-09")
def test_nobody_else_can_cancel_or_see_a_booking(desk: Bench) -> None:
    number = book(desk).get_json()["booking_no"]
    assert desk.client(person()).delete(f"{ROOT}/bookings/{number}").status_code == 403
    assert desk.client(person()).get(f"{ROOT}/bookings").get_json()["items"] == []


@pytest.mark.rule("BOO-10")
def test_the_reminder_goes_out_at_nine_the_day_before_even_on_a_holiday(desk: Bench) -> None:
    book(desk, day="2026-10-08")
    assert desk.sweep("2026-10-07 08:59:59") == 0
    assert desk.sweep("2026-10-07 09:00") == 1
    assert len(desk.emitted(events.BookingReminded)) == 1
    assert desk.emitted(events.BookingCreated)[0].data["with_reminder"] is False


@pytest.mark.rule("BOO-10")
def test_a_late_booking_gets_success_and_reminder_in_one_message(desk: Bench) -> None:
    book(desk, day="2026-09-30")
    assert desk.emitted(events.BookingCreated)[0].data["with_reminder"] is True
    assert desk.sweep("2026-09-30 23:59:59") == 0
    assert desk.emitted(events.BookingReminded) == []


@pytest.mark.rule("BOO-20")
def test_not_coming_is_a_no_show_at_the_end_of_the_day(desk: Bench) -> None:
    book(desk)
    assert desk.sweep("2026-09-30 23:59:59") == 0
    assert desk.sweep("2026-10-01 00:00") == 1
    assert [event.data["count"] for event in desk.emitted(events.BookingNoShow)] == [1]


@pytest.mark.rule("AMB-30")
@pytest.mark.rule("BOO-13")
def test_coming_and_not_being_served_is_no_no_show(desk: Bench) -> None:
    number = book(desk).get_json()["booking_no"]
    operator = desk.client(OPERATOR)
    early = operator.post(f"{ROOT}/bookings/{number}/arrival")
    assert (early.status_code, early.get_json()["rule"]) == (409, "BOO-13")
    with clock_at("2026-09-30 16:59"):
        assert operator.post(f"{ROOT}/bookings/{number}/arrival").get_json()["kind"] == "B"
    desk.sweep("2026-10-01 00:00")
    assert desk.emitted(events.BookingNoShow) == []


@pytest.mark.rule("BOO-24")
def test_the_hall_excuses_a_no_show(desk: Bench) -> None:
    number = book(desk).get_json()["booking_no"]
    desk.sweep("2026-10-01 00:00")
    path = f"{ROOT}/bookings/{number}/excuse"
    assert (
        desk.client(staff("hall_operator", "TZJ001-ZWB")).post(path, json={"reason": "叫号机故障"}).status_code == 403
    )
    assert desk.client(OPERATOR).post(path, json={"reason": "叫号机故障"}).get_json()["state"] == "excused"
    assert len(desk.emitted(events.NoShowExcused)) == 1


@pytest.mark.rule("BOO-12")
def test_the_hall_cancels_without_a_no_show(desk: Bench) -> None:
    number = book(desk).get_json()["booking_no"]
    answer = desk.client(OPERATOR).post(f"{ROOT}/bookings/{number}/hall-cancellation", json={"reason": "大厅闭馆"})
    assert answer.get_json()["state"] == "cancelled"
    assert desk.sweep("2026-10-01 00:00") == 0
    assert desk.emitted(events.BookingCancelled)[0].data["by"] == "hall"


# --- bars from credit ---------------------------------------------------------------------------------------------


def party(ref: str) -> dict[str, Any]:
    return {"subject_ref": ref, "subject_type": "person", "subject_name_masked": "张*"}


def restriction(ref: str, until: str = "2027-03-02") -> dict[str, Any]:
    return party(ref) | {"kinds": ["commit_approval", "booking"], "until": until, "record_id": "record-1"}


def started(b: Bench, ref: str, sequence: int = 1) -> Any:
    return b.event(credit.RestrictionStarted, ref, restriction(ref) | {"started_on": "2026-03-02"}, sequence=sequence)


def ended(b: Bench, ref: str, sequence: int = 2) -> Any:
    data = restriction(ref) | {"ended_at": "2026-09-20T00:00:00+08:00", "reason": "deleted"}
    return b.event(credit.RestrictionEnded, ref, data, sequence=sequence)


@pytest.mark.rule("BOO-11")
@pytest.mark.rule("CRE-11")
def test_a_listed_party_is_refused_with_article_and_end_date_and_keeps_its_bookings(desk: Bench) -> None:
    citizen = person("person:citizen-1")
    kept = book(desk, citizen).get_json()["booking_no"]
    desk.redeliver(started(desk, citizen.ref))
    refused = book(desk, citizen, day="2026-10-08")
    problem = refused.get_json()
    assert (refused.status_code, problem["rule"], problem["until"]) == (403, "CRE-11", "2027-03-02")
    assert "第二条" in problem["article"]
    own = desk.client(citizen).get(f"{ROOT}/bookings").get_json()["items"]
    assert [(row["booking_no"], row["state"]) for row in own] == [(kept, "booked")]


@pytest.mark.rule("BOO-11")
@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 0, 1)])
def test_start_and_end_of_a_restriction_in_any_order_leave_the_newer_one(desk: Bench, order: tuple[int, ...]) -> None:
    citizen = person("person:citizen-1")
    both = [started(desk, citizen.ref), ended(desk, citizen.ref)]
    desk.redeliver(*(both[number] for number in order))
    assert book(desk, citizen).status_code == 201


def standing(b: Bench, kind: Any, ref: str, sequence: int, until: str | None) -> Any:
    """A change of the party's status, with the whole list of what it may not do."""
    status = "listed" if until else "good"
    data = party(ref) | {"status": status, "grade": "ordinary", "countable": 1, "judging_org": "TZJ049-SP"}
    data |= {"record_id": "record-1", "record_no": "CR1", "changed_at": "2026-09-20T00:00:00+08:00"}
    data |= {"cause": "violation", "article": "第六条"} if until else {"reason": "deleted"}
    return b.event(
        kind, ref, data | {"restrictions": [{"kind": "booking", "until": until}] if until else []}, sequence=sequence
    )


def entry(b: Bench, kind: Any, ref: str, sequence: int, **more: str) -> Any:
    """The ban after three no-shows begins or ends."""
    data = party(ref) | {"record_id": "record-2", "booking_ids": ["1", "2", "3"]}
    return b.event(kind, ref, data | more, sequence=sequence)


@pytest.mark.rule("T38", "BOO-11", "BOO-21")
@pytest.mark.parametrize(("last", "refusal"), [("restored", None), ("upgraded", "CRE-11"), ("entered", "BOO-21")])
def test_listings_and_bans_in_any_order_and_twice_leave_what_was_last(
    desk: Bench, last: str, refusal: str | None
) -> None:
    at = "2026-09-20T00:00:00+08:00"
    room = quota(daily_number=20, slots=[{"from": "09:00", "to": "10:00", "quota": 20}])
    desk.deliver(catalog.BookingQuotaChanged, f"{ITEM}:{HALL}", room, sequence=2)
    for seed in range(8):
        citizen, shuffler = person(), random.Random(seed)
        ref = citizen.ref
        told = [
            standing(desk, credit.SubjectListed, ref, 1, "2027-03-02"),
            started(desk, ref, 2),
            entry(desk, credit.NoShowEntered, ref, 3, entered_at=at, until="2027-03-02"),
            entry(desk, credit.NoShowExited, ref, 4, exited_at=at, reason="excused"),
            ended(desk, ref, 5),
            standing(desk, credit.SubjectRestored, ref, 6, None),
        ]
        if last == "upgraded":
            told.append(standing(desk, credit.SubjectUpgraded, ref, 7, "2027-09-20"))
        elif last == "entered":
            told.append(entry(desk, credit.NoShowEntered, ref, 7, entered_at=at, until="2027-03-20"))
        told += shuffler.sample(told, 3)
        shuffler.shuffle(told)
        desk.redeliver(*told)
        assert book(desk, citizen).get_json().get("rule") == refusal


@pytest.mark.rule("AMB-06")
def test_the_switch_opens_booking_again_to_who_was_barred_as_listed(desk: Bench, monkeypatch: Any) -> None:
    citizen = person()
    desk.redeliver(started(desk, citizen.ref))
    assert book(desk, citizen).get_json()["rule"] == "CRE-11"
    constants: Any = rules.constants(rules.DEFAULT)
    off = replace(constants["credit.restrict_booking"], value=False)
    monkeypatch.setitem(constants, "credit.restrict_booking", off)
    assert book(desk, citizen).status_code == 201


@pytest.mark.rule("BOO-11")
@pytest.mark.rule("T7")
@pytest.mark.parametrize(("at", "status"), [("2027-02-28 23:59:59", 403), ("2027-03-01 00:00", 201)])
def test_the_ban_after_three_no_shows_ends_with_its_last_day(desk: Bench, at: str, status: int) -> None:
    citizen = person("person:citizen-1")
    data = party(citizen.ref) | {
        "record_id": "record-2",
        "booking_ids": ["1", "2", "3"],
        "entered_at": "2026-08-31T23:59:59+08:00",
        "until": "2027-02-28",
    }
    desk.deliver(credit.NoShowEntered, citizen.ref, data)
    with clock_at(at):
        answer = book(desk, citizen, day="2027-03-03")
    assert answer.status_code == status
    assert answer.get_json().get("rule") == ("BOO-21" if status == 403 else None)


@pytest.mark.rule("BOO-02")
def test_an_older_quota_does_not_replace_a_newer_one(desk: Bench) -> None:
    desk.deliver(catalog.BookingQuotaChanged, "q", quota(daily_number=9), sequence=3)
    desk.deliver(catalog.BookingQuotaChanged, "q", quota(daily_number=1), sequence=2)
    assert desk.client().get(f"{ROOT}/offers").get_json()["items"][0]["daily_number"] == 9


@pytest.mark.rule("BOO-04")
def test_booking_needs_a_login(desk: Bench) -> None:
    body = {"item_code": ITEM, "hall": HALL, "date": "2026-09-30", "slot": "09:00"}
    assert desk.client().post(f"{ROOT}/bookings", json=body).status_code == 401
    key = {"Idempotency-Key": "one-wish"}
    client = desk.client(person())
    first, second = (client.post(f"{ROOT}/bookings", json=body, headers=key) for _ in range(2))
    assert first.get_json()["booking_no"] == second.get_json()["booking_no"]
    assert len(desk.emitted(events.BookingCreated)) == 1
