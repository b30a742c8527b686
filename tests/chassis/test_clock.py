"""Legal time: Shanghai civil time, pinned in tests, moved forward in demo halls."""

import os
from datetime import UTC, date, datetime, timedelta

import pytest

from chassis import clock


@pytest.fixture
def travel(tmp_path, monkeypatch):
    monkeypatch.setattr(clock, "_travel_file", None)
    monkeypatch.setattr(clock, "_travel_stamp", None)
    monkeypatch.setattr(clock, "_offset", timedelta(0))
    return tmp_path / "clock.json"


@pytest.mark.rule("TIM-01")
def test_now_is_shanghai_civil_time_whatever_the_machine_says(monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    moment = clock.now()
    assert moment.utcoffset() == timedelta(hours=8)
    assert abs(moment - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.rule("TIM-01")
def test_the_civil_date_turns_at_midnight_in_shanghai():
    with clock.clock_at("2026-03-02T15:59:59.999999+00:00"):
        assert clock.today() == date(2026, 3, 2)
    with clock.clock_at("2026-03-02T16:00:00+00:00"):
        assert clock.today() == date(2026, 3, 3)


@pytest.mark.rule("TIM-01")
def test_a_text_without_offset_is_civil_time_and_one_with_offset_is_converted():
    assert clock.parse("2026-03-02 10:00") == datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
    assert clock.parse("2026-03-02T02:00:00Z").isoformat() == "2026-03-02T10:00:00+08:00"


@pytest.mark.rule("TIM-03")
def test_a_day_ends_with_the_first_instant_that_is_too_late():
    end = clock.end_of(date(2026, 2, 28))
    assert end.isoformat() == "2026-03-01T00:00:00+08:00"
    assert clock.start_of(date(2026, 3, 1)) == end
    assert clock.parse("2026-02-28T23:59:59.999999") < end <= clock.parse("2026-03-01T00:00:00")


def test_a_pinned_clock_stands_still_nests_and_comes_back_even_after_an_exception():
    with pytest.raises(ZeroDivisionError), clock.clock_at("2026-03-02 10:00"):
        with clock.clock_at("2027-01-01 00:00"):
            assert clock.now().year == 2027
        assert clock.now() == clock.now() == clock.parse("2026-03-02 10:00")
        raise ZeroDivisionError
    assert abs(clock.now() - clock.wall()) < timedelta(seconds=5)


def test_wall_time_is_never_pinned():
    with clock.clock_at("2030-01-01 00:00"):
        assert abs(clock.wall() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_hall_that_does_not_travel_refuses_to(travel):
    assert not clock.travelling()
    with pytest.raises(ValueError, match="does not travel"):
        clock.travel_to(clock.now() + timedelta(days=1))


def test_a_demo_hall_moves_forward_and_its_clock_keeps_running(travel):
    clock.allow_travel(travel)
    goal = clock.now() + timedelta(days=40)
    arrived = clock.travel_to(goal)
    assert timedelta(0) <= arrived - goal < timedelta(seconds=5)
    assert clock.now() >= arrived
    assert abs(clock.wall() - datetime.now(UTC)) < timedelta(seconds=5)


def test_time_does_not_go_back(travel):
    clock.allow_travel(travel)
    clock.travel_to(clock.now() + timedelta(days=2))
    with pytest.raises(ValueError, match="forward"):
        clock.travel_to(clock.now() - timedelta(days=1))
    assert clock.now() > datetime.now(UTC) + timedelta(days=1)


def test_another_process_of_the_hall_sees_the_journey(travel):
    clock.allow_travel(travel)
    clock.now()
    temporary = travel.with_suffix(".other")
    temporary.write_text('{"offset_seconds": 86400}')
    os.replace(temporary, travel)  # noqa: PTH105 - as another process does it
    assert clock.now() - datetime.now(UTC) > timedelta(hours=23)
