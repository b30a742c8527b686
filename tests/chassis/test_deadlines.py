"""Durable due work on both databases: one running row per kind and subject, fired exactly once."""

import json
import subprocess
import sys
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest
from peewee import IntegrityError

from chassis import clock, deadlines, workdays
from chassis.errors import Refusal
from tests.chassis.time_databases import BOTH, time_database

D = date.fromisoformat
START = D("2026-03-02")
BEFORE, AFTER = "2026-03-02 10:00", "2027-01-01 00:00"


@pytest.fixture(params=BOTH)
def database(request, tmp_path):
    with time_database(request.param, request, tmp_path) as found, clock.clock_at(BEFORE):
        yield found


@pytest.fixture
def wall(monkeypatch):
    """Technical time, to be moved by hand."""
    real, moved = clock.wall, [timedelta(0)]
    monkeypatch.setattr(clock, "wall", lambda: real() + moved[0])

    def move(**delta):
        moved[0] += timedelta(**delta)

    return move


def limit(n=5, unit="wd", **options):
    return workdays.due(START, n, unit, rule="FIL-24", **options)


def put(database, kind, subject, due=None, payload=None):
    with database.transaction():
        return deadlines.set(kind, subject, due or limit(), payload)


def sweep(database, handlers, at=AFTER, **options):
    with clock.clock_at(at):
        return deadlines.run_due(database, handlers, **options)


def effects(database):
    return [subject for (subject,) in database.proxy.execute_sql("SELECT subject FROM effect ORDER BY subject")]


def leave_effect(database, subject, parent="NULL"):
    database.proxy.execute_sql(f"INSERT INTO effect (subject, parent) VALUES ('{subject}', {parent})")


def broken(deadline):
    raise LookupError("no such case")


# --- setting and ending -----------------------------------------------------------------------------------------------


@pytest.mark.rule("TIM-03")
def test_a_limit_is_kept_with_everything_that_explains_it(database):
    due = limit(20, label_zh="审批期限", label_en="Decision")
    put(database, "decision", "case-1", due, {"org": "TZJ049"})
    row = deadlines.find("decision", "case-1")
    assert (row.kind, row.subject, row.state) == ("decision", "case-1", "open")
    assert (row.due_at, row.due_date) == (due.at, due.date)
    assert (row.anchor, row.n, row.unit, row.rule, row.side) == (START, 20, "wd", "FIL-24", "authority")
    assert (row.provisional, row.payload) == (False, {"org": "TZJ049"})
    assert row.explain() == due.explain()
    assert row.due() == due
    assert workdays.light(row, D("2026-03-24")) == "yellow"
    assert deadlines.find("decision", "case-2") is None


@pytest.mark.rule("TIM-09")
@pytest.mark.parametrize(
    ("n", "unit", "side"), [(20, "wd", "authority"), (30, "nd", "applicant"), (2, "month", "applicant")]
)
def test_the_light_of_a_row_is_that_of_its_limit_replayed(database, n, unit, side):
    put(database, "decision", "case-1", limit(n, unit, side=side))
    steps = [
        lambda: None,
        lambda: deadlines.pause("decision", "case-1", D("2026-03-10")),
        lambda: deadlines.resume("decision", "case-1", D("2026-03-20")),
        lambda: deadlines.extend("decision", "case-1", 3),
    ]
    for step in steps:
        with database.transaction():
            step()
        row = deadlines.find("decision", "case-1")
        known = deadlines.running("decision", ["case-1"])["case-1"]
        days = [START + timedelta(days=number) for number in range(200)]
        lights = [workdays.light(known, day) for day in days]
        assert lights == [row.due().light(day) for day in days]
        assert set(lights) == ({"green"} if row.state == "paused" else {"green", "yellow", "red"})


def test_setting_again_replaces_the_running_one_and_keeps_its_history(database):
    put(database, "decision", "case-1", payload={"n": 1})
    put(database, "decision", "case-1", limit(20), {"n": 2})
    put(database, "other", "case-1")
    assert deadlines.find("decision", "case-1").payload == {"n": 2}
    states = {(row.kind, row.state, row.ledger[-1]["what"]) for row in deadlines.of("case-1")}
    assert states == {("decision", "cancelled", "replaced"), ("decision", "open", "start"), ("other", "open", "start")}
    assert len(deadlines.of("case-1", "open", "paused")) == 2


@pytest.mark.rule("TIM-06")
def test_a_plain_instant_can_be_set_and_explained(database):
    at = clock.parse("2026-03-05 10:15:00.000001")
    with database.transaction():
        deadlines.at("view_warning", "case-1", at, {"window": 3}, rule="FIL-58")
    row = deadlines.find("view_warning", "case-1")
    assert (row.due_at, row.due_date, row.unit, row.n, row.payload) == (
        at,
        D("2026-03-05"),
        "instant",
        None,
        {"window": 3},
    )
    why = row.explain()
    assert json.loads(json.dumps(why))["at"] == "2026-03-05T10:15:00.000001+08:00"
    assert why["zh"] == "2026年03月05日10时15分00秒。"
    with pytest.raises(ValueError, match="plain instant"):
        row.due()


def test_cancelling_ends_it_and_says_whether_there_was_anything(database):
    put(database, "decision", "case-1")
    with database.transaction():
        assert deadlines.cancel("decision", "case-1") is True
        assert deadlines.cancel("decision", "case-1") is False
    assert deadlines.find("decision", "case-1") is None
    assert sweep(database, {"decision": broken}) == 0


def test_every_verb_needs_a_transaction(database):
    verbs = [
        lambda: deadlines.set("k", "s", limit()),
        lambda: deadlines.at("k", "s", clock.now()),
        lambda: deadlines.cancel("k", "s"),
        lambda: deadlines.pause("k", "s", START),
        lambda: deadlines.resume("k", "s", START),
        lambda: deadlines.extend("k", "s", 1),
        lambda: deadlines.recompute(),
        lambda: deadlines.retry("x"),
    ]
    for verb in verbs:
        with pytest.raises(RuntimeError, match="needs an open transaction"):
            verb()


def test_a_rolled_back_verb_leaves_no_deadline(database):
    with pytest.raises(ZeroDivisionError), database.transaction():
        deadlines.set("k", "s", limit())
        raise ZeroDivisionError
    assert deadlines.find("k", "s") is None


def test_the_database_itself_refuses_a_second_running_row(database):
    put(database, "k", "s")
    model = database.table("deadline")
    with pytest.raises(IntegrityError), database.transaction():
        model.create(kind="k", subject="s", due_at=clock.now(), due_date=START, unit="instant", state="paused")


def test_many_at_once_leave_exactly_one_running(database):
    barrier, errors = threading.Barrier(8), []

    def work(number):
        database.activate()
        barrier.wait()
        try:
            for turn in range(5):
                put(database, "k", "s", payload={"by": number, "turn": turn})
        except Exception as error:
            errors.append(error)
        finally:
            database.release()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert [row.state for row in deadlines.of("s")].count("open") == 1
    assert len(deadlines.of("s")) == 40


# --- pausing, resuming, extending -------------------------------------------------------------------------------------


@pytest.mark.rule("TIM-08")
@pytest.mark.rule("T18")
def test_a_stopped_deadline_does_not_fire_and_resumes_with_what_was_left(database):
    put(database, "decision", "case-1", limit(20))
    with database.transaction():
        assert deadlines.pause("decision", "case-1", D("2026-03-10")).state == "paused"
        assert deadlines.pause("decision", "case-1", D("2026-03-11")).ledger[-1]["on"] == "2026-03-10"
    assert sweep(database, {"decision": broken}) == 0
    assert deadlines.find("decision", "case-1").explain()["remaining"] == 14
    with database.transaction():
        deadlines.resume("decision", "case-1", D("2026-03-20"))
        again = deadlines.resume("decision", "case-1", D("2026-03-25"))
    assert (again.state, again.due_date, again.due_at) == ("open", D("2026-04-10"), clock.end_of(D("2026-04-10")))
    row = deadlines.find("decision", "case-1")
    assert [entry["what"] for entry in row.ledger] == ["start", "pause", "resume"]
    assert row.explain()["pauses"] == [{"from": "2026-03-10", "to": "2026-03-20"}]


@pytest.mark.rule("TIM-08")
def test_many_are_stopped_and_ended_as_each_would_be(database):
    for subject in ("case-1", "case-2", "case-3"):
        put(database, "decision", subject, limit(20))
        put(database, "notice", subject, limit(5))
        put(database, "warning", subject, limit(5))
    with database.transaction():
        deadlines.pause("decision", "case-3", D("2026-03-09"))
        deadlines.pause_all(["decision", "notice"], ["case-1", "case-3"], D("2026-03-10"))  # the notices ended on 03-09
        deadlines.cancel_all(["warning"], ["case-1", "case-3"])
        deadlines.cancel_all(["warning"], ["nobody"])
    states = {row.kind: row.state for row in deadlines.of("case-1")}
    assert states == {"decision": "paused", "notice": "open", "warning": "cancelled"}
    assert {row.state for row in deadlines.of("case-2")} == {"open"}
    one, other = deadlines.find("decision", "case-1"), deadlines.find("decision", "case-3")
    assert [entry["what"] for entry in one.ledger] == ["start", "pause"]
    assert (one.explain()["remaining"], other.explain()["remaining"]) == (14, 15)
    assert [entry["what"] for entry in deadlines.of("case-1", "cancelled")[0].ledger] == ["start", "cancel"]


@pytest.mark.rule("T17")
@pytest.mark.rule("FIL-37")
def test_an_extended_deadline_counts_from_its_anchor(database):
    put(database, "decision", "case-1", limit(20))
    with database.transaction():
        row = deadlines.extend("decision", "case-1", 10)
    assert (row.due_date, row.n) == (D("2026-04-14"), 30)
    assert deadlines.find("decision", "case-1").explain()["extensions"] == [10]


@pytest.mark.rule("TIM-08")
def test_stopping_after_the_end_heals_nothing_and_nothing_running_is_none(database):
    put(database, "decision", "case-1", limit(5))
    with database.transaction():
        assert deadlines.pause("decision", "case-1", D("2026-03-10")) is None  # due 03-09
        assert deadlines.find("decision", "case-1").state == "open"
        for verb in (deadlines.pause, deadlines.resume):
            assert verb("decision", "nobody", START) is None
        assert deadlines.extend("decision", "nobody", 3) is None


@pytest.mark.rule("TIM-08")
def test_a_due_with_a_past_can_be_set_as_it_is(database):
    due = limit(20).extend(2).pause(D("2026-03-10")).resume(D("2026-03-20")).pause(D("2026-03-25"))
    put(database, "decision", "case-1", due)
    row = deadlines.find("decision", "case-1")
    assert row.state == "paused"
    assert row.due() == due


# --- firing -----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("TIM-03")
@pytest.mark.rule("T16")
def test_a_limit_fires_at_24_hours_and_not_a_microsecond_earlier(database):
    put(database, "correction_notice", "case-1", workdays.due(D("2026-02-13"), 5, "wd", rule="FIL-24"))
    seen = []
    handlers = {"correction_notice": lambda deadline: seen.append((deadline.due_date, clock.now().isoformat()))}
    assert sweep(database, handlers, "2026-02-27 23:59:59.999999") == 0
    assert sweep(database, handlers, "2026-02-28 00:00:00") == 1
    assert sweep(database, handlers) == 0
    assert seen == [(D("2026-02-27"), "2026-02-28T00:00:00+08:00")]
    (row,) = deadlines.of("case-1")
    assert (row.state, row.fired_at) == ("fired", clock.parse("2026-02-28 00:00"))


@pytest.mark.rule("T31")
def test_the_default_rating_falls_after_seven_natural_days(database):
    due = workdays.due_for("feedback.rating_default", clock.parse("2026-09-28 15:00"))
    put(database, "rating_default", "case-1", due)
    handlers = {"rating_default": lambda deadline: None}
    assert sweep(database, handlers, "2026-10-05 23:59:59.999999") == 0
    assert sweep(database, handlers, "2026-10-06 00:00:00") == 1


@pytest.mark.rule("T8")
@pytest.mark.rule("FIL-58")
def test_more_than_fifteen_minutes_means_after_the_fifteenth(database):
    limit = workdays.service_minutes_after(clock.parse("2026-03-05 10:00:00"), 15)
    with database.transaction():
        deadlines.at("view_warning", "case-1", workdays.just_after(limit))
    handlers = {"view_warning": lambda deadline: None}
    assert sweep(database, handlers, "2026-03-05 10:15:00") == 0
    assert sweep(database, handlers, "2026-03-05 10:15:00.000001") == 1


def test_the_handler_gets_the_deadline_inside_its_transaction(database):
    put(database, "k", "s", limit(20), {"org": "TZJ049"})
    seen = []

    def handler(deadline):
        assert database.in_transaction()
        seen.append((deadline.kind, deadline.subject, deadline.due_at, deadline.due_date, deadline.payload))
        assert deadline.explain()["date"] == "2026-03-30"

    assert sweep(database, {"k": handler}) == 1
    assert seen == [("k", "s", clock.parse("2026-03-31 00:00"), D("2026-03-30"), {"org": "TZJ049"})]


def test_the_earliest_fires_first_and_the_limit_is_kept(database):
    for subject, n in (("c", 9), ("a", 2), ("d", 12), ("b", 5)):
        put(database, "k", subject, limit(n))
    order = []
    handlers = {"k": lambda deadline: order.append(deadline.subject)}
    assert sweep(database, handlers, limit=3) == 3
    assert order == ["a", "b", "c"]
    assert sweep(database, handlers) == 1


def test_a_handler_may_set_the_next_one_of_its_own_kind_and_it_is_served_in_the_same_sweep(database):
    put(database, "step", "s", limit(1), {"left": 3})
    seen = []

    def handler(deadline):
        seen.append(deadline.payload["left"])
        if deadline.payload["left"]:
            deadlines.set("step", "s", limit(2), {"left": deadline.payload["left"] - 1})

    assert sweep(database, {"step": handler}) == 4
    assert seen == [3, 2, 1, 0]
    assert {row.state for row in deadlines.of("s")} == {"fired"}


def test_a_sweep_may_be_told_what_time_it_is(database):
    put(database, "k", "s")
    assert deadlines.run_due(database, {"k": lambda deadline: None}, now=clock.parse(AFTER)) == 1


def test_a_kind_nobody_here_handles_is_left_alone_and_counted(database):
    put(database, "new_kind", "s", limit(1))
    put(database, "k", "s", limit(2))
    assert sweep(database, {"k": lambda deadline: None}) == 1
    assert deadlines.find("new_kind", "s").attempts == 0
    with clock.clock_at(AFTER):
        assert deadlines.counts(["k"]) == {
            "open": 1,
            "paused": 0,
            "failed": 0,
            "retrying": 0,
            "overdue": 1,
            "unhandled": 1,
        }
        assert deadlines.counts(["k", "new_kind"])["unhandled"] == 0


# --- failing ----------------------------------------------------------------------------------------------------------


def test_a_raising_handler_changes_nothing_and_stops_nobody(database, wall):
    put(database, "bad", "first", limit(1))
    put(database, "good", "second", limit(2))

    def bad(deadline):
        leave_effect(database, "half")
        raise LookupError("no such case")

    handlers = {"bad": bad, "good": lambda deadline: leave_effect(database, "done")}
    assert sweep(database, handlers) == 1
    assert effects(database) == ["done"]
    row = deadlines.find("bad", "first")
    assert (row.state, row.attempts, row.fired_at) == ("open", 1, None)
    assert row.error.startswith("LookupError: no such case (bad:")
    assert sweep(database, handlers) == 0
    assert deadlines.find("bad", "first").attempts == 1  # waits ten seconds of wall time first
    wall(seconds=11)
    handlers["bad"] = lambda deadline: leave_effect(database, "healed")
    assert sweep(database, handlers) == 1
    assert effects(database) == ["done", "healed"]


def test_attempts_grow_apart_and_after_the_eighth_an_operator_decides(database, wall):
    put(database, "k", "s")
    pauses = []
    for _ in range(8):
        assert sweep(database, {"k": broken}) == 0
        row = deadlines.of("s")[0]
        if row.retry_at:
            pauses.append(round((row.retry_at - clock.wall()).total_seconds(), -1))
            wall(seconds=pauses[-1] - 5)
            assert sweep(database, {"k": broken}) == 0
            assert deadlines.of("s")[0].attempts == len(pauses)
            wall(seconds=6)
    assert pauses == [10, 30, 90, 270, 810, 2430, 3600]
    (row,) = deadlines.failed()
    assert (row.state, row.attempts, row.ledger[-1]["what"]) == ("failed", 8, "failed")
    wall(days=9)
    assert sweep(database, {"k": broken}) == 0
    with database.transaction():
        deadlines.retry(row.id)
    assert sweep(database, {"k": lambda deadline: leave_effect(database, "s")}) == 1
    assert effects(database) == ["s"]
    assert deadlines.failed() == []


def test_a_failed_one_that_was_replaced_or_done_is_not_tried_again(database):
    put(database, "k", "s")
    model = database.table("deadline")
    model.update(state="failed").execute()
    (row,) = deadlines.failed()
    put(database, "k", "s")
    with pytest.raises(Refusal, match="deadline-not-failed"), database.transaction():
        deadlines.retry(row.id)
    assert deadlines.failed()[0].id == row.id
    assert sweep(database, {"k": lambda deadline: None}) == 1
    (done,) = deadlines.of("s", "fired")
    with pytest.raises(Refusal, match="deadline-not-failed"), database.transaction():
        deadlines.retry(done.id)
    with pytest.raises(Refusal, match="not-found"), database.transaction():
        deadlines.retry("nothing")


def test_a_commit_that_fails_undoes_the_work_and_it_fires_again(database, wall):
    put(database, "k", "s")
    assert sweep(database, {"k": lambda deadline: leave_effect(database, "s", "'nobody'")}) == 0
    assert effects(database) == []
    row = deadlines.find("k", "s")
    assert (row.attempts, row.state) == (1, "open")
    assert row.error.startswith("IntegrityError")
    wall(seconds=11)
    assert sweep(database, {"k": lambda deadline: leave_effect(database, "s")}) == 1
    assert effects(database) == ["s"]


def test_a_process_killed_between_handler_and_commit_leaves_the_deadline_to_the_next(database):
    put(database, "k", "s")
    code = (
        "import os, sys; from chassis import clock, deadlines; from chassis.db import Database\n"
        "database = Database('time').connect(sys.argv[1])\n"
        "def handler(deadline):\n"
        "    database.proxy.execute_sql(\"INSERT INTO effect (subject) VALUES ('killed')\")\n"
        "    os._exit(9)\n"
        f"with clock.clock_at({AFTER!r}): deadlines.run_due(database, {{'k': handler}})"
    )
    folder = Path(deadlines.__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", code, database.url], cwd=folder).returncode == 9
    assert effects(database) == []
    assert deadlines.find("k", "s").attempts == 0
    assert sweep(database, {"k": lambda deadline: leave_effect(database, "s")}) == 1
    assert effects(database) == ["s"]


def test_a_stop_signal_in_a_handler_is_not_a_failed_attempt(database):
    put(database, "k", "s")

    def stopped(deadline):
        leave_effect(database, "half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(database, {"k": stopped})
    assert effects(database) == []
    assert (deadlines.find("k", "s").attempts, deadlines.find("k", "s").state) == (0, "open")


# --- many sweepers ----------------------------------------------------------------------------------------------------


def test_two_sweepers_at_once_fire_each_row_exactly_once(database):
    subjects = [f"s{number:03}" for number in range(60)]
    with database.transaction():
        for number, subject in enumerate(subjects):
            deadlines.set("k", subject, limit(1 + number % 9))
    barrier, fired, errors = threading.Barrier(4), [], []

    def work():
        database.activate()
        barrier.wait()
        try:
            handlers = {"k": lambda deadline: leave_effect(database, deadline.subject)}
            fired.append(deadlines.run_due(database, handlers, now=clock.parse(AFTER)))
        except Exception as error:
            errors.append(error)
        finally:
            database.release()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert effects(database) == subjects
    assert sum(fired) == 60
    assert {row.version for subject in subjects for row in deadlines.of(subject)} == {2}


@pytest.mark.parametrize("database", BOTH[1:], indirect=True)  # SQLite lets one writer in at a time
def test_a_row_held_by_another_sweeper_is_not_waited_for(database):
    put(database, "slow", "held", limit(1))
    put(database, "quick", "free", limit(2))
    inside, leave = threading.Event(), threading.Event()

    def slow(deadline):
        inside.set()
        assert leave.wait(20)

    def hold():
        database.activate()
        deadlines.run_due(database, {"slow": slow}, now=clock.parse(AFTER))
        database.release()

    holder = threading.Thread(target=hold)
    holder.start()
    assert inside.wait(20)
    both = {"slow": broken, "quick": lambda deadline: leave_effect(database, "free")}
    assert sweep(database, both) == 1
    leave.set()
    holder.join()
    assert effects(database) == ["free"]
    assert deadlines.of("held")[0].state == "fired"


# --- what comes next --------------------------------------------------------------------------------------------------


def test_the_sweeper_is_told_when_to_come_back(database, wall):
    assert deadlines.next_due() is None
    put(database, "k", "late", limit(9))
    put(database, "k", "early", limit(2))
    put(database, "unknown", "s", limit(1))
    assert deadlines.next_due(["k"]) == clock.parse("2026-03-05 00:00")
    assert deadlines.next_due() == clock.parse("2026-03-04 00:00")
    with clock.clock_at("2026-03-05 00:00"):
        deadlines.run_due(database, {"k": broken})
        wait = deadlines.next_due(["k"]) - clock.now()
        assert timedelta(seconds=8) < wait <= timedelta(seconds=10)


def test_a_changed_limit_forgets_the_failures_of_the_old_one(database, wall):
    put(database, "k", "s")
    sweep(database, {"k": broken}, "2026-03-10 00:00")
    with database.transaction():
        row = deadlines.extend("k", "s", 5)
    assert (row.attempts, row.retry_at, row.error) == (0, None, None)


# --- the tables -------------------------------------------------------------------------------------------------------


def test_the_models_match_the_migration(database):
    for name in ("calendar_year", "calendar_day", "calendar_revision", "deadline"):
        model = database.table(name)
        columns = {column.name: column for column in database.proxy.get_columns(model._meta.table_name)}
        assert set(columns) == set(model._meta.columns)
        for column, field in model._meta.columns.items():
            if column != "id":
                assert columns[column].null == field.null, (name, column)
        wanted = {(tuple(_columns(index)), bool(index._unique)) for index in model._meta.fields_to_index()}
        found = {(tuple(i.columns), bool(i.unique)) for i in database.proxy.get_indexes(model._meta.table_name)}
        assert found - {(("id",), True)} == wanted


def _columns(index):
    return [getattr(expression, "column_name", None) or expression.name for expression in index._expressions]
