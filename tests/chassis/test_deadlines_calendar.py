"""The local replica of the calendar, and what an import does to running deadlines."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from chassis import calendars, clock, deadlines, workdays
from tests.chassis.time_databases import BOTH, time_database

D = date.fromisoformat
# A plausible arrangement of 2027: not the law, but complete in itself.
OFF_2027 = {f"2027-02-{day:02}": "春节" for day in range(5, 13)} | {"2027-01-01": "元旦", "2027-01-02": "元旦"}
ON_2027 = {"2027-01-30": "春节", "2027-02-13": "春节", "2027-02-14": "春节"}
NOTICE = "国办发明电〔2026〕99号"


@pytest.fixture(params=BOTH)
def database(request, tmp_path):
    with time_database(request.param, request, tmp_path) as found:
        yield found


@pytest.fixture
def seconds(monkeypatch):
    """The measuring clock, to be moved by hand."""
    passed = [1000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: passed[0])
    return passed


def import_2027(database, **options):
    with database.transaction():
        return calendars.import_year(2027, OFF_2027, ON_2027, NOTICE, **options)


def import_elsewhere(database):
    """Another process imports 2027."""
    code = (
        "import sys; from chassis import calendars; from chassis.db import Database\n"
        "database = Database('time').connect(sys.argv[1])\n"
        f"with database.transaction(): calendars.import_year(2027, {OFF_2027!r}, {ON_2027!r}, {NOTICE!r})"
    )
    folder = Path(calendars.__file__).parents[1]
    subprocess.run([sys.executable, "-c", code, database.url], check=True, cwd=folder)


# --- the replica ------------------------------------------------------------------------------------------------------


@pytest.mark.rule("TIM-07")
def test_an_imported_year_replaces_the_built_in_one(database):
    assert not calendars.view().is_official(2027)
    assert import_2027(database)
    year = calendars.view()
    assert year.is_official(2027)
    assert year.notice(2027).document == NOTICE
    assert not year.is_official(2028)
    assert workdays.is_workday(D("2027-01-30"))
    assert not workdays.is_workday(D("2027-02-12"))
    assert workdays.is_workday(D("2027-04-05"))  # statutory, but this notice is all there is
    assert year.day(D("2027-02-08")).name == "春节"
    assert workdays.is_workday(D("2026-10-10"))
    assert len(year.days(2027)) == 365


@pytest.mark.rule("CAT-42")
def test_an_official_year_can_be_changed_during_the_year(database):
    with database.transaction():
        calendars.import_year(2026, {"2026-05-06": "劳动节"}, ["2026-05-16"], "更正")
    assert calendars.view().day(D("2026-05-06")).name == "劳动节"
    assert calendars.view().day(D("2026-05-16")).kind == "makeup"
    assert workdays.is_workday(D("2026-10-01"))  # the correction is a whole year, not a patch


@pytest.mark.rule("TIM-02")
def test_a_notice_may_name_days_at_the_edge_of_its_neighbours(database):
    with database.transaction():
        calendars.import_year(2027, {**OFF_2027, "2026-12-31": "元旦"}, [*ON_2027, "2026-12-27"], NOTICE)
    assert not workdays.is_workday(D("2026-12-31"))
    assert workdays.is_workday(D("2026-12-27"))
    assert workdays.count_workdays(D("2025-12-31"), D("2026-12-31")) == 248


@pytest.mark.rule("TIM-07")
def test_importing_the_same_year_again_does_nothing(database):
    assert import_2027(database)
    before = database.table("calendar_revision").get_by_id("calendar").stamp
    assert not import_2027(database)
    with database.transaction():  # the same in another shape
        days = {D(day): name for day, name in OFF_2027.items()}
        assert not calendars.import_year(2027, days, ON_2027, NOTICE)
    assert database.table("calendar_revision").get_by_id("calendar").stamp == before
    assert import_2027(database, status="provisional")
    assert not calendars.view(fresh=True).is_official(2027)


def test_a_broken_notice_is_refused_and_changes_nothing(database):
    with database.transaction():
        for off, on, words in (
            (["2027-02-05"], ["2027-02-05"], "both holiday and working day"),
            (["2028-05-01"], [], "not in the calendar year"),
            (["2027-02-30"], [], "day is out of range|must be in range"),
        ):
            with pytest.raises(ValueError, match=words):
                calendars.import_year(2027, off, on, NOTICE)
        with pytest.raises(ValueError, match="official or provisional"):
            calendars.import_year(2027, [], [], NOTICE, status="rumour")
    assert not calendars.view(fresh=True).is_official(2027)


def test_an_import_needs_a_transaction(database):
    with pytest.raises(RuntimeError, match="transaction"):
        calendars.import_year(2027, OFF_2027, ON_2027, NOTICE)


def test_an_import_is_seen_at_once_where_it_happened_and_is_forgotten_when_rolled_back(database):
    calendars.view()
    with pytest.raises(ZeroDivisionError), database.transaction():
        calendars.import_year(2027, OFF_2027, ON_2027, NOTICE)
        assert calendars.view().is_official(2027)
        raise ZeroDivisionError
    assert not calendars.view().is_official(2027)
    with database.transaction():
        assert not calendars.view().is_official(2027)
    import_2027(database)
    assert calendars.view().is_official(2027)


def test_another_process_is_noticed_within_a_second_and_at_once_where_it_matters(database, seconds):
    calendars.view()
    import_elsewhere(database)
    seconds[0] += 0.5
    assert not calendars.view().is_official(2027)
    seconds[0] += 0.6
    assert calendars.view().is_official(2027)


def test_a_fresh_view_does_not_wait(database, seconds):
    calendars.view()
    import_elsewhere(database)
    assert not calendars.view().is_official(2027)
    assert calendars.view(fresh=True).is_official(2027)


def test_looking_is_cheap(database, seconds, monkeypatch):
    import_2027(database)
    calendars.view()
    asked = []
    real = database.proxy.obj.execute_sql
    monkeypatch.setattr(database.proxy.obj, "execute_sql", lambda *a, **k: asked.append(a) or real(*a, **k))
    for _ in range(50):
        workdays.due(D("2026-12-01"), 30, "wd", rule="TIM-03")
    assert not asked
    seconds[0] += 1.1
    for _ in range(50):
        workdays.due(D("2026-12-01"), 30, "wd", rule="TIM-03")
    assert len(asked) == 1


def test_without_a_database_the_built_in_calendar_answers():
    code = (
        "from datetime import date; from chassis import calendars, workdays\n"
        "assert calendars.view() is calendars.BUILT_IN; print(workdays.add_workdays(date(2026, 9, 28), 5))"
    )
    folder = Path(calendars.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder)
    assert done.stdout.strip() == "2026-10-10"


# --- running deadlines ------------------------------------------------------------------------------------------------


@pytest.mark.rule("TIM-07")
@pytest.mark.rule("T40")
def test_an_import_recomputes_what_runs_and_tells_what_changed(database):
    with clock.clock_at("2026-11-21 10:00"), database.transaction():
        for subject, n, unit, side in (
            ("long", 60, "wd", "authority"),
            ("short", 20, "wd", "authority"),
            ("roll", 79, "nd", "applicant"),
            ("year", 1, "year", "authority"),
        ):
            deadlines.set("k", subject, workdays.due(D("2026-11-21"), n, unit, rule="FIL-70", side=side))
        deadlines.at("k", "instant", clock.parse("2027-02-10 10:00"))
        stopped = workdays.due(D("2026-12-20"), 20, "wd", rule="FIL-34").pause(D("2027-01-05"))
        deadlines.set("k", "stopped", stopped)
    assert deadlines.find("k", "long").provisional
    before = {row.subject: row.due_date for row in deadlines.open_on_year(2027)}
    assert set(before) == {"long", "roll", "year", "stopped"}
    with clock.clock_at("2026-11-25 10:00"), database.transaction():
        calendars.import_year(2027, OFF_2027, ON_2027, NOTICE)
        changed = deadlines.recompute()
    assert {row.subject: row.due_date for row in changed} == {
        "long": D("2027-02-18"),
        "roll": D("2027-02-13"),
        "stopped": before["stopped"],
    }
    long = deadlines.find("k", "long")
    assert not long.provisional
    assert long.due_at == clock.end_of(D("2027-02-18"))
    entry = long.ledger[-1]
    assert (entry["what"], entry["from"], entry["to"]) == ("recompute", str(before["long"]), "2027-02-18")
    assert long.explain()["date"] == "2027-02-18"
    assert deadlines.find("k", "year").due_date == before["year"]
    with database.transaction():
        assert deadlines.recompute() == []


@pytest.mark.rule("TIM-07")
@pytest.mark.rule("TIM-08")
def test_a_stopped_clock_resumes_on_the_official_calendar(database):
    with database.transaction():
        deadlines.set("k", "s", workdays.due(D("2026-12-20"), 20, "wd", rule="FIL-34"))
        deadlines.pause("k", "s", D("2027-01-05"))
        calendars.import_year(2027, OFF_2027, ON_2027, NOTICE)
        deadlines.recompute()
        row = deadlines.resume("k", "s", D("2027-01-28"))
    left = 20 - workdays.count_workdays(D("2026-12-20"), D("2027-01-05"))
    assert row.due_date == workdays.add_workdays(D("2027-01-28"), left)
    assert not row.provisional


@pytest.mark.rule("TIM-07")
def test_what_has_fired_or_was_cancelled_is_not_recomputed(database):
    with database.transaction():
        due = workdays.due(D("2026-11-21"), 60, "wd", rule="FIL-70")
        deadlines.set("k", "cancelled", due)
        deadlines.cancel("k", "cancelled")
        deadlines.set("k", "fired", due)
    with clock.clock_at("2027-03-01 00:00"):
        deadlines.run_due(database, {"k": lambda deadline: None})
    with database.transaction():
        calendars.import_year(2027, OFF_2027, ON_2027, NOTICE)
        assert deadlines.recompute() == []
    assert {row.due_date for row in deadlines.of("fired") + deadlines.of("cancelled")} == {due.date}
