"""The legal clock on the built-in calendar: the golden vectors and the boundary tests of the catalogue."""

import json
import subprocess
import sys
import timeit
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis import calendars, clock, workdays
from contracts import rules

D = date.fromisoformat


def rule(*ids):
    return [pytest.mark.rule(one) for one in ids]


# --- which days are working days --------------------------------------------------------------------------------------

OFF_2026 = [("01-01", "01-03"), ("02-15", "02-23"), ("04-04", "04-06"), ("05-01", "05-05"), ("06-19", "06-21")]
OFF_2026 += [("09-25", "09-27"), ("10-01", "10-07")]
MAKEUP_2026 = ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]


@pytest.mark.rule("TIM-02")
def test_2026_is_exactly_the_official_year():
    off = set()
    for first, last in OFF_2026:
        day = D(f"2026-{first}")
        while day <= D(f"2026-{last}"):
            off.add(day)
            day += timedelta(days=1)
    makeup = {D(f"2026-{text}") for text in MAKEUP_2026}
    for number in range(365):
        day = D("2026-01-01") + timedelta(days=number)
        expected = day in makeup or (day.weekday() < 5 and day not in off)
        assert workdays.is_workday(day) is expected, day
    assert workdays.count_workdays(D("2025-12-31"), D("2026-12-31")) == 248


@pytest.mark.rule("TIM-02")
@pytest.mark.parametrize(
    ("day", "kind", "name"),
    [
        ("2026-02-14", "makeup", "春节"),
        ("2026-10-04", "holiday", "国庆节"),
        ("2026-10-11", "weekend", "周末"),
        ("2026-10-12", "normal", ""),
        ("2015-09-03", "holiday", "抗日战争胜利纪念日"),
    ],
)
def test_a_day_knows_its_kind_and_its_name(day, kind, name):
    found = calendars.BUILT_IN.day(D(day))
    assert (found.kind, found.name, found.is_workday) == (kind, name, kind in {"makeup", "normal"})


# --- working days -----------------------------------------------------------------------------------------------------

GOLDEN = {
    "2026-01-02": {1: "01-04"},
    "2026-02-13": {1: "02-14", 3: "02-25", 5: "02-27"},
    "2026-03-02": {1: "03-03", 3: "03-05", 5: "03-09", 20: "03-30", 30: "04-14", 50: "05-14", 60: "05-28"},
    "2026-04-30": {1: "05-06", 3: "05-08", 5: "05-11"},
    "2026-09-18": {1: "09-20", 3: "09-22"},
    "2026-09-24": {1: "09-28", 3: "09-30", 5: "10-09"},
    "2026-09-28": {1: "09-29", 3: "10-08", 5: "10-10", 20: "10-30"},
    "2026-09-30": {1: "10-08", 3: "10-10", 5: "10-13", 50: "12-15", 60: "12-29"},
    "2026-10-09": {1: "10-10", 3: "10-13"},
}


@pytest.mark.rule("TIM-03")
@pytest.mark.parametrize(("anchor", "n", "end"), [(a, n, e) for a, row in GOLDEN.items() for n, e in row.items()])
def test_the_golden_vectors_hold(anchor, n, end):
    due = workdays.due(D(anchor), n, "wd", rule="TIM-03")
    assert due.date == D(f"2026-{end}")
    assert not due.provisional
    assert workdays.count_workdays(D(anchor), due.date) == n


@pytest.mark.parametrize(
    ("key", "anchor", "end"),
    [
        pytest.param("identity.legal_register_delay", "2026-09-30", "2026-10-08", marks=rule("T1", "ID-11")),
        pytest.param("filing.samecity_paper_transfer", "2026-02-13", "2026-02-27", marks=rule("T11", "FIL-63")),
        pytest.param("filing.correction_notice", "2026-02-13", "2026-02-27", marks=rule("T16", "FIL-24")),
        pytest.param("filing.statutory_default", "2026-03-02", "2026-03-30", marks=rule("T17", "FIL-34")),
        pytest.param("filing.commit_material_due", "2026-03-02", "2026-05-28", marks=rule("T19", "FIL-70")),
        pytest.param("credit.objection_review", "2026-09-28", "2026-10-08", marks=rule("T24", "CRE-22")),
        pytest.param("credit.objection_publicity", "2026-10-08", "2026-10-12", marks=rule("T24", "CRE-24")),
        pytest.param("credit.update_after_publicity", "2026-10-12", "2026-10-13", marks=rule("T24", "CRE-24")),
        pytest.param("supervision.verify_start", "2026-09-01", "2026-09-04", marks=rule("T26", "SUP-20")),
        pytest.param("supervision.verify_finish", "2026-09-01", "2026-11-16", marks=rule("T26", "SUP-20")),
        pytest.param("supervision.rectify_cap", "2026-09-01", "2026-11-30", marks=rule("T26", "SUP-23")),
        pytest.param("feedback.rating_default", "2026-09-28", "2026-10-05", marks=rule("T31", "FEE-05")),
        pytest.param("feedback.negative_reply", "2026-09-28", "2026-10-13", marks=rule("T32", "FEE-07")),
        pytest.param("feedback.complaint_reply", "2026-09-24", "2026-10-09", marks=rule("T34", "FEE-23")),
        pytest.param("feedback.complaint_special", "2026-09-24", "2026-11-12", marks=rule("T34", "FEE-23")),
        pytest.param("feedback.consult_reply", "2026-09-30", "2026-10-08", marks=rule("T35", "FEE-26")),
        pytest.param("feedback.suggestion_reply", "2026-03-02", "2026-04-14", marks=rule("T36", "FEE-25")),
        pytest.param("filing.share_decision", "2026-04-28", "2026-05-11", marks=rule("T37", "FIL-45")),
        pytest.param("supervision.feedback_finding", "2026-09-18", "2026-09-20", marks=rule("T30", "SUP-10")),
        pytest.param("booking.ban", "2026-08-31", "2027-02-28", marks=rule("T7", "TIM-05")),
        pytest.param("credit.repair_clean_period", "2025-11-20", "2026-11-20", marks=rule("T25", "TIM-05")),
    ],
)
def test_the_limits_of_the_rule_pack_end_on_the_dates_of_the_boundary_tests(key, anchor, end):
    due = workdays.due_for(key, D(anchor))
    assert due.date == D(end)
    assert due.at == clock.parse(f"{end} 00:00") + timedelta(days=1)
    assert (due.n, due.unit, due.rule) == (rules.value(key).value, rules.value(key).unit, rules.value(key).rule)
    assert due.article == rules.article(due.rule)


@pytest.mark.rule("TIM-03")
@pytest.mark.rule("T19")
@pytest.mark.parametrize("hour", ["00:00:00", "12:00:00", "23:59:59.999999"])
def test_the_hour_of_the_event_does_not_matter(hour):
    due = workdays.due(clock.parse(f"2026-03-02T{hour}"), 60, "wd", rule="FIL-70")
    assert due.anchor == D("2026-03-02")
    assert due.date == D("2026-05-28")
    assert clock.parse("2026-05-28T23:59:59.999") < due.at
    assert not clock.parse("2026-05-29T00:00:00") < due.at


@pytest.mark.rule("TIM-01")
def test_an_anchor_is_read_as_civil_time_in_shanghai_and_must_have_an_offset():
    late_evening = clock.parse("2026-03-02T16:30:00+00:00")  # 00:30 of the next day in Shanghai
    assert workdays.due(late_evening, 1, "wd", rule="TIM-03").date == D("2026-03-04")
    with pytest.raises(ValueError, match="offset"):
        workdays.due(late_evening.replace(tzinfo=None), 1, "wd", rule="TIM-03")


@pytest.mark.rule("TIM-03")
def test_working_days_are_counted_backwards_too():
    assert workdays.add_workdays(D("2026-10-08"), -1) == D("2026-09-30")
    assert workdays.add_workdays(D("2026-01-05"), -2) == D("2025-12-31")
    assert workdays.add_workdays(D("2026-10-03"), 0) == D("2026-10-03")
    assert workdays.count_workdays(D("2026-10-08"), D("2026-09-30")) == 0


# --- natural days, months, years --------------------------------------------------------------------------------------


@pytest.mark.rule("TIM-04")
def test_an_authority_gets_no_longer_because_of_a_holiday_and_an_applicant_does():
    authority = workdays.due(D("2026-08-02"), 60, "nd", rule="FEE-07")
    applicant = workdays.due(D("2026-08-02"), 60, "nd", rule="FIL-49", side="applicant")
    assert authority.date == D("2026-10-01")
    assert (applicant.date, applicant.rolled_from) == (D("2026-10-08"), D("2026-10-01"))
    assert workdays.due(D("2026-09-10"), 30, "nd", rule="FIL-28", side="applicant").date == D("2026-10-10")  # works


@pytest.mark.rule("TIM-05")
@pytest.mark.parametrize(
    ("anchor", "n", "unit", "end"),
    [
        ("2026-08-31", 6, "month", "2027-02-28"),
        ("2027-08-31", 6, "month", "2028-02-29"),
        ("2028-02-29", 1, "year", "2029-02-28"),
        ("2028-02-29", 4, "year", "2032-02-29"),
        ("2026-10-31", 1, "month", "2026-11-30"),
        ("2026-12-15", 1, "month", "2027-01-15"),
        ("2026-06-30", 1, "year", "2027-06-30"),
    ],
)
def test_months_and_years_keep_the_day_and_are_clamped(anchor, n, unit, end):
    due = workdays.due(D(anchor), n, unit, rule="TIM-05")
    assert due.date == D(end)
    assert not due.provisional


@pytest.mark.parametrize(
    ("n", "unit", "side"), [(5, "days", "authority"), (5, "wd", "nobody"), (-1, "wd", "authority")]
)
def test_a_limit_that_makes_no_sense_is_a_programming_error(n, unit, side):
    with pytest.raises(ValueError, match="no such limit"):
        workdays.due(D("2026-03-02"), n, unit, rule="TIM-03", side=side)


# --- the minutes clock ------------------------------------------------------------------------------------------------


@pytest.mark.rule("TIM-06")
@pytest.mark.parametrize(
    ("pushed", "after"),
    [
        pytest.param("2026-03-05 10:00:00", "2026-03-05 10:15:00", marks=rule("T8", "FIL-58")),
        pytest.param("2026-03-05 10:15:03", "2026-03-05 10:30:03", marks=rule("T8", "FIL-59")),
        pytest.param("2026-03-05 17:20:00", "2026-03-06 08:35:00", marks=rule("T9")),
        ("2026-03-05 17:14:59", "2026-03-05 17:29:59"),
        ("2026-03-05 17:15:00", "2026-03-06 08:30:00"),  # used up at closing: not more than 15 before the next opening
        ("2026-03-05 17:30:00", "2026-03-06 08:45:00"),
        ("2026-03-05 20:00:00", "2026-03-06 08:45:00"),
        ("2026-03-05 07:00:00", "2026-03-05 08:45:00"),
        ("2026-09-18 17:20:00", "2026-09-20 08:35:00"),  # a working Sunday
        ("2026-09-30 17:25:30", "2026-10-08 08:40:30"),  # over the National Day
        ("2026-10-04 10:00:00", "2026-10-08 08:45:00"),
    ],
)
def test_fifteen_minutes_run_in_service_hours_only(pushed, after):
    assert workdays.service_minutes_after(clock.parse(pushed), 15) == clock.parse(after)


@pytest.mark.rule("TIM-06", "AMB-31")
def test_a_hall_may_close_for_lunch_and_long_limits_cross_days():
    hours = [("13:30", "17:00"), ("09:00", "12:00")]
    assert workdays.service_minutes_after(clock.parse("2026-03-05 11:50"), 15, hours) == clock.parse("2026-03-05 13:35")
    assert workdays.service_minutes_after(clock.parse("2026-03-05 11:50"), 800, hours) == clock.parse(
        "2026-03-09 13:40"
    )
    for wrong in ([], [("12:00", "12:00")]):
        with pytest.raises(ValueError, match="service hours"):
            workdays.service_minutes_after(clock.parse("2026-03-05 11:50"), 15, wrong)


@pytest.mark.rule("TIM-06")
def test_the_literal_reading_is_a_switch():
    pushed = clock.parse("2026-03-05 17:20")
    assert workdays.service_minutes_after(pushed, 15, literal=True) == clock.parse("2026-03-05 17:35")


@pytest.mark.rule("T8")
@pytest.mark.rule("T10")
def test_just_after_is_later_by_the_least_the_database_holds():
    limit = workdays.service_minutes_after(clock.parse("2026-03-05 10:00"), 15)
    assert workdays.just_after(limit) - limit == timedelta(microseconds=1)


# --- years without an official arrangement ----------------------------------------------------------------------------


@pytest.mark.rule("TIM-07")
@pytest.mark.rule("T40")
def test_a_limit_that_touches_a_year_without_arrangement_is_provisional_and_never_raises():
    due = workdays.due(D("2026-11-21"), 60, "wd", rule="FIL-70")
    assert due.provisional
    assert due.date == D("2027-02-19")  # weekends, New Year's Day and the statutory Spring Festival left out
    assert workdays.due(D("2026-12-30"), 1, "wd", rule="TIM-03").provisional is False
    assert workdays.due(D("2026-12-31"), 1, "wd", rule="TIM-03").provisional is True
    for year in (1949, 1999, 2031, 2150):
        assert workdays.due(date(year, 6, 1), 260, "wd", rule="TIM-03").provisional


@pytest.mark.rule("TIM-07")
def test_a_year_only_matters_where_the_kind_of_a_day_was_asked():
    assert not workdays.due(D("2026-11-21"), 60, "nd", rule="FEE-07").provisional
    assert workdays.due(D("2026-11-21"), 60, "nd", rule="FIL-49", side="applicant").provisional
    assert not workdays.due(D("2026-11-21"), 1, "year", rule="CRE-11").provisional


# --- pauses and extensions --------------------------------------------------------------------------------------------


@pytest.mark.rule("TIM-08")
@pytest.mark.rule("T18")
def test_a_stopped_clock_goes_on_with_what_was_left():
    due = workdays.due(D("2026-03-02"), 20, "wd", rule="FIL-34").pause(D("2026-03-10"))
    assert (due.paused_on, due.remaining(D("2026-03-15"))) == (D("2026-03-10"), 14)
    assert due.resume(D("2026-03-20")).date == D("2026-04-10")


@pytest.mark.rule("TIM-08")
def test_stopping_and_resuming_on_one_day_changes_nothing_and_on_the_last_day_leaves_nothing():
    due = workdays.due(D("2026-03-02"), 20, "wd", rule="FIL-34")
    assert due.pause(D("2026-03-10")).resume(D("2026-03-10")).date == due.date
    assert due.pause(due.date).resume(D("2026-05-20")).date == D("2026-05-20")


@pytest.mark.rule("T17")
@pytest.mark.rule("FIL-37")
def test_an_extension_adds_to_the_limit_before_during_and_after_a_pause():
    due = workdays.due(D("2026-03-02"), 20, "wd", rule="FIL-34")
    assert due.extend(10).date == D("2026-04-14")
    assert due.extend(10).n == 30
    stop, go = D("2026-03-10"), D("2026-03-20")
    ways = [
        due.extend(10).pause(stop).resume(go),
        due.pause(stop).extend(10).resume(go),
        due.pause(stop).resume(go).extend(10),
    ]
    assert {way.date for way in ways} == {workdays.add_workdays(go, 24)}


@pytest.mark.rule("TIM-08")
def test_natural_days_and_months_stop_and_resume_in_days():
    days = workdays.due(D("2026-03-02"), 30, "nd", rule="FIL-28").pause(D("2026-03-12"))
    assert days.remaining(D("2026-03-12")) == 20
    assert days.resume(D("2026-04-01")).date == D("2026-04-21")
    month = workdays.due(D("2026-08-31"), 6, "month", rule="BOO-21")
    assert month.extend(1).date == D("2027-03-31")  # seven months at once, not clamped twice
    assert month.pause(D("2027-02-26")).resume(D("2027-03-10")).date == D("2027-03-12")
    assert month.pause(D("2027-02-26")).resume(D("2027-03-10")).extend(1).date == D("2027-04-12")


@pytest.mark.rule("TIM-08")
def test_impossible_steps_are_refused():
    due = workdays.due(D("2026-03-02"), 20, "wd", rule="FIL-34")
    for wrong in (D("2026-03-01"), D("2026-03-31")):
        with pytest.raises(ValueError, match="not within"):
            due.pause(wrong)
    with pytest.raises(ValueError, match="running"):
        due.resume(D("2026-03-20"))
    stopped = due.pause(D("2026-03-10"))
    with pytest.raises(ValueError, match="stopped since"):
        stopped.pause(D("2026-03-11"))
    with pytest.raises(ValueError, match="cannot resume"):
        stopped.resume(D("2026-03-09"))
    with pytest.raises(ValueError, match="at least one"):
        due.extend(0)


# --- lights -----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("TIM-09")
@pytest.mark.parametrize(
    ("anchor", "n", "unit", "today", "colour"),
    [
        ("2026-03-02", 20, "wd", "2026-03-23", "green"),  # 5 of 20 left
        ("2026-03-02", 20, "wd", "2026-03-24", "yellow"),  # 4 of 20 = 20 %
        ("2026-03-02", 20, "wd", "2026-03-30", "yellow"),  # the last day is still in time
        ("2026-03-02", 20, "wd", "2026-03-31", "red"),
        ("2026-09-28", 3, "wd", "2026-09-29", "green"),  # two left
        ("2026-09-28", 3, "wd", "2026-09-30", "yellow"),  # one working day left, eight natural days
        ("2026-09-28", 15, "nd", "2026-10-09", "green"),  # 4 of 15 days; two working days
        ("2026-09-28", 15, "nd", "2026-10-10", "yellow"),
        ("2026-01-10", 1, "year", "2026-10-28", "green"),
        ("2026-01-10", 1, "year", "2026-10-29", "yellow"),  # 73 of 365 days
    ],
)
def test_a_limit_has_a_light(anchor, n, unit, today, colour):
    due = workdays.due(D(anchor), n, unit, rule="TIM-09")
    assert workdays.light(due, D(today)) == colour
    with clock.clock_at(f"{today} 12:00"):
        assert workdays.light(due) == colour


@pytest.mark.rule("TIM-09")
def test_a_stopped_clock_keeps_its_light():
    due = workdays.due(D("2026-03-02"), 20, "wd", rule="FIL-34").pause(D("2026-03-10"))
    assert workdays.light(due, D("2026-12-01")) == "green"


# --- explanations -----------------------------------------------------------------------------------------------------


@pytest.mark.rule("TIM-10")
def test_an_explanation_names_every_day_that_did_or_did_not_count():
    why = workdays.due(D("2026-09-24"), 10, "wd", rule="FEE-23", label_zh="投诉答复", label_en="Reply").explain()
    assert json.loads(json.dumps(why)) == why
    assert [(s["from"], s["to"], s["days"], s["kind"], s["name"]) for s in why["skipped"]] == [
        ("2026-09-25", "2026-09-27", 3, "holiday", "中秋节"),
        ("2026-10-01", "2026-10-07", 7, "holiday", "国庆节"),
        ("2026-10-11", "2026-10-11", 1, "weekend", "周末"),
    ]
    assert why["counted"] == [{"date": "2026-10-10", "kind": "makeup", "name": "国庆节调休上班"}]
    assert (why["anchor"], why["n"], why["unit"], why["date"]) == ("2026-09-24", 10, "wd", "2026-10-15")
    assert why["at"] == "2026-10-16T00:00:00+08:00"
    assert (why["rule"], why["article"], why["provisional"]) == ("FEE-23", rules.article("FEE-23"), False)
    assert why["zh"] == (
        "投诉答复：自2026年9月24日起算（当日不计），10个工作日，至2026年10月15日24时止；"
        "中秋节9月25日至9月27日、国庆节10月1日至10月7日、周末1天不计；10月10日（周六）调休上班，计入。"
        f"依据：{rules.article('FEE-23')}（FEE-23）。"
    )
    assert why["en"].startswith(
        "Reply: 10 working days from 2026-09-24 (that day not counted), until 24:00 of 2026-10-15; not counted: "
        "Mid-autumn Festival (2026-09-25 to 2026-09-27), National Day (2026-10-01 to 2026-10-07), 1 weekend day; "
        "counted as make-up working days: Sat 2026-10-10. Basis: "
    )


@pytest.mark.rule("TIM-10")
def test_an_explanation_names_pauses_and_extensions_and_leaves_the_stopped_days_out():
    due = workdays.due(D("2026-03-02"), 20, "wd", rule="FIL-34").pause(D("2026-03-10"))
    assert "剩余14个工作日" in due.explain()["zh"]
    assert "14 working days left" in due.explain()["en"]
    assert due.explain()["remaining"] == 14
    why = due.resume(D("2026-03-20")).extend(1).explain()
    assert why["pauses"] == [{"from": "2026-03-10", "to": "2026-03-20"}]
    assert why["extensions"] == [1]
    assert not any("2026-03-10" < skipped["from"] <= "2026-03-20" for skipped in why["skipped"])
    assert "2026年3月10日至2026年3月20日停止计时" in why["zh"]
    assert "stopped from 2026-03-10 to 2026-03-20" in why["en"]


@pytest.mark.rule("TIM-10")
@pytest.mark.rule("TIM-04")
def test_an_explanation_tells_why_an_end_rolled():
    why = workdays.due(D("2026-08-02"), 60, "nd", rule="FIL-49", side="applicant").explain()
    assert why["rolled_from"] == "2026-10-01"
    assert "期限原止于2026年10月1日，遇国庆节10月1日至10月7日，顺延" in why["zh"]
    plain = workdays.due(D("2026-08-02"), 60, "nd", rule="FEE-07").explain()
    assert (plain["skipped"], plain["rolled_from"]) == ([], None)


@pytest.mark.rule("TIM-10")
@pytest.mark.rule("TIM-07")
def test_a_provisional_date_says_so():
    why = workdays.due(D("2026-12-20"), 20, "wd", rule="FIL-34").explain()
    assert why["provisional"]
    assert "暂定" in why["zh"]
    assert "provisional" in why["en"]


# --- properties -------------------------------------------------------------------------------------------------------

# No time limit per example: the first use of a year loads its data.
days = st.dates(D("2004-01-01"), D("2032-12-31"))
counts = st.integers(1, 400)


@pytest.mark.rule("TIM-03")
@given(days, counts)
@settings(deadline=None)
def test_adding_and_counting_agree(day, n):
    end = workdays.add_workdays(day, n)
    assert workdays.is_workday(end)
    assert workdays.count_workdays(day, end) == n
    assert workdays.count_workdays(day, end - timedelta(days=1)) == n - 1
    assert workdays.add_workdays(end, -n) == (day if workdays.is_workday(day) else workdays.add_workdays(day, -1))


@pytest.mark.rule("TIM-03")
@given(days, st.integers(0, 90))
@settings(deadline=None, max_examples=50)
def test_a_plain_walk_over_the_days_finds_the_same_end(day, n):
    walked, left = day, n
    while left:
        walked += timedelta(days=1)
        left -= calendars.BUILT_IN.day(walked).is_workday
    assert workdays.add_workdays(day, n) == walked


@pytest.mark.rule("TIM-03")
@given(days, days, counts)
@settings(deadline=None)
def test_a_later_event_never_ends_earlier(one, other, n):
    first, second = sorted((one, other))
    assert workdays.add_workdays(first, n) <= workdays.add_workdays(second, n)
    assert workdays.add_workdays(first, n) < workdays.add_workdays(first, n + 1)


@pytest.mark.rule("TIM-08")
@given(days, st.integers(1, 120), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 60)), max_size=4))
@settings(deadline=None)
def test_the_pause_ledger_adds_up(day, n, pauses):
    due, used, since = workdays.due(day, n, "wd", rule="TIM-08"), 0, day
    for run, rest in pauses:
        stop = min(since + timedelta(days=run), due.date)
        used += workdays.count_workdays(since, stop)
        since = stop + timedelta(days=rest)
        due = due.pause(stop).resume(since)
    assert due.date == workdays.add_workdays(since, n - used)
    assert used + workdays.count_workdays(since, due.date) == n


@pytest.mark.rule("TIM-06")
@given(
    st.datetimes(
        clock.start_of(D("2026-01-01")).replace(tzinfo=None), clock.start_of(D("2026-12-01")).replace(tzinfo=None)
    ),
    st.integers(0, 900),
)
@settings(deadline=None, max_examples=30)
def test_minutes_counted_one_by_one_agree(start, minutes):
    start = start.replace(second=0, microsecond=0, tzinfo=clock.SHANGHAI)
    moment, elapsed = start, 0
    while elapsed <= minutes:
        open_now = calendars.BUILT_IN.is_workday(moment.date()) and (8, 30) <= (moment.hour, moment.minute) < (17, 30)
        elapsed += open_now
        moment += timedelta(minutes=1)
    assert workdays.service_minutes_after(start, minutes) == moment - timedelta(minutes=1)


# --- cost -------------------------------------------------------------------------------------------------------------


def test_a_limit_costs_microseconds_and_the_heavy_libraries_wait_until_they_are_needed():
    workdays.due(D("2026-03-02"), 20, "wd", rule="TIM-03")
    each = (
        min(timeit.repeat(lambda: workdays.due(D("2026-03-02"), 20, "wd", rule="TIM-03"), number=500, repeat=5)) / 500
    )
    assert each < 200e-6  # about 20 µs on an idle machine
    code = "import sys; from chassis import deadlines; print({'holidays', 'chinese_calendar'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"
