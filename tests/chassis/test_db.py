"""The database: one transaction per verb, rows with versions, and two databases that behave alike."""

import threading
from datetime import UTC, date, datetime, timedelta

import peewee
import pytest
from peewee import DateField, TextField

from chassis import db
from chassis.db import Database, InstantField, JsonField, StaleRowError
from chassis.errors import Refusal


@pytest.fixture
def case(database):
    class Case(database.Model):
        case_no = TextField(unique=True)
        at = InstantField(null=True)
        day = DateField(null=True)
        data = JsonField(null=True)

        class Meta:
            table_name = "test_case"

    database.proxy.create_tables([Case])
    return Case


def test_a_row_gets_an_id_instants_and_a_version_that_each_save_raises(case):
    row = case.create(case_no="1")
    row.case_no = "2"
    row.save()
    again = case.get_by_id(row.id)
    assert (again.version, again.case_no) == (2, "2")
    assert again.created_at <= again.updated_at
    assert again.created_at.utcoffset() == timedelta(0)


def test_ids_follow_the_order_of_creation(case):
    ids = []
    for number in range(3):
        ids.append(case.create(case_no=str(number)).id)
        threading.Event().wait(0.002)
    assert ids == sorted(ids)


def test_saving_a_row_that_somebody_else_changed_is_refused(case):
    mine = case.create(case_no="1")
    other = case.get_by_id(mine.id)
    other.case_no = "theirs"
    other.save()
    mine.case_no = "mine"
    with pytest.raises(StaleRowError, match=mine.id):
        mine.save()
    assert case.get_by_id(mine.id).case_no == "theirs"


def test_a_row_is_inserted_unless_a_unique_index_knows_it(database, case):
    with database.transaction():
        first, second = case(case_no="1", data={"n": 1}), case(case_no="1", data={"n": 2})
        assert first.insert_unless_there() and not second.insert_unless_there()
        first.data = {"n": 3}
        first.save()
    assert [(row.id, row.version, row.data) for row in case.select()] == [(first.id, 2, {"n": 3})]


def test_many_rows_are_saved_by_one_statement_for_those_that_changed_the_same_fields(database, case):
    rows = [case.create(case_no=str(number), data={"n": number}) for number in range(5)]
    at = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
    for row in rows[:3]:
        row.at, row.day, row.data = at, None if row is rows[0] else date(2026, 3, 2), [row.case_no]
    rows[3].case_no = "three"
    sent = []
    run = database.proxy.obj.execute_sql
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            database.proxy.obj, "execute_sql", lambda sql, params=None: sent.append(sql) or run(sql, params)
        )
        case.save_all(rows)
    assert len(sent) == 2
    assert [row.version for row in rows] == [2, 2, 2, 2, 1]
    kept = {row.id: row for row in case.select()}
    assert [kept[row.id].version for row in rows] == [2, 2, 2, 2, 1]
    assert [kept[row.id].at for row in rows] == [at, at, at, None, None]
    assert [kept[row.id].day for row in rows] == [None, date(2026, 3, 2), date(2026, 3, 2), None, None]
    assert [kept[row.id].data for row in rows] == [["0"], ["1"], ["2"], {"n": 3}, {"n": 4}]
    assert [kept[row.id].case_no for row in rows] == ["0", "1", "2", "three", "4"]
    rows[0].case_no = "again"
    rows[0].save()
    assert case.get_by_id(rows[0].id).version == 3


def test_one_row_that_somebody_else_changed_stops_the_saving_of_many(database, case):
    rows = [case.create(case_no=str(number)) for number in range(3)]
    case.update(version=7).where(case.id == rows[1].id).execute()
    for row in rows:
        row.data = "mine"
    with pytest.raises(StaleRowError), database.transaction():
        case.save_all(rows)
    assert {row.data for row in case.select()} == {None}


def test_of_many_rows_those_that_are_there_already_are_left_out(database, case):
    case.create(case_no="2", data="old")
    with database.transaction():
        case.create_all([{"case_no": str(number), "data": "new"} for number in (1, 2, 3, 3)], unless_there=True)
    assert {row.case_no: row.data for row in case.select()} == {"1": "new", "2": "old", "3": "new"}


def test_many_rows_are_read_for_changing_in_the_order_of_their_keys(case):
    rows = [case.create(case_no=str(number), data="here" if number else "elsewhere") for number in range(4)]
    with case.home.transaction():
        found = case.locked_all(case.data == "here", case.case_no != "3")
    assert [row.id for row in found] == sorted(row.id for row in rows[1:3])


def test_saving_writes_only_what_was_changed(case):
    row = case.create(case_no="1", data={"a": 1})
    case.update(data={"a": 2}).where(case.id == row.id).execute()
    row.case_no = "2"
    row.save()
    assert case.get_by_id(row.id).data == {"a": 2}


def test_a_failing_transaction_leaves_nothing(database, case):
    with pytest.raises(RuntimeError, match="no"), database.transaction():
        case.create(case_no="1")
        raise RuntimeError("no")
    assert case.select().count() == 0
    assert not database.in_transaction()


def test_a_nested_transaction_joins_the_outer_one(database, case):
    with pytest.raises(RuntimeError, match="no"), database.transaction():
        with database.transaction():
            case.create(case_no="inner")
        assert database.in_transaction()
        raise RuntimeError("no")
    assert case.select().count() == 0


def test_a_caught_failure_of_the_inner_one_leaves_the_outer_usable(database, case):
    with database.transaction():
        case.create(case_no="1")
        with pytest.raises(peewee.IntegrityError), database.transaction():
            case.create(case_no="1")
        case.create(case_no="2")
    assert case.select().count() == 2


def test_what_waits_for_the_commit_runs_after_it_and_never_after_a_rollback(database, case):
    ran = []
    with database.transaction():
        with database.transaction():
            database.on_commit(lambda: ran.append("committed"))
        assert ran == []
    with pytest.raises(RuntimeError), database.transaction():
        database.on_commit(lambda: ran.append("rolled back"))
        raise RuntimeError
    database.on_commit(lambda: ran.append("outside"))
    assert ran == ["committed", "outside"]


def test_the_connection_is_not_given_back_inside_a_transaction(database):
    with database.transaction(), pytest.raises(RuntimeError, match="inside a transaction"):
        database.release()
    database.release()
    assert database.proxy.is_closed()
    database.release()


def test_work_that_needs_a_transaction_says_so(database):
    with pytest.raises(RuntimeError, match="emit needs an open transaction"):
        db.require_transaction("emit")
    assert not db.any_transaction()
    with database.transaction():
        assert db.require_transaction("emit") is database
        assert db.any_transaction()
        assert db.current() is database


def test_another_thread_is_in_no_transaction(database):
    seen = []
    with database.transaction():
        thread = threading.Thread(target=lambda: seen.append(db.any_transaction()))
        thread.start()
        thread.join()
    assert seen == [False]


def test_a_connection_that_one_thread_gave_back_serves_another(database):
    answers = []

    def use():
        answers.append(database.proxy.execute_sql("SELECT 1").fetchone()[0])
        database.release()

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    use()
    assert answers == [1, 1]


def test_a_locked_row_makes_a_second_writer_wait(database, case):
    row = case.create(case_no="1")
    order, holding = [], threading.Event()

    def second():
        holding.wait(5)
        with database.transaction():
            case.locked(row.id)
            order.append("second")
        database.release()

    thread = threading.Thread(target=second)
    thread.start()
    with database.transaction():
        assert case.locked(case.case_no == "1").id == row.id
        holding.set()
        threading.Event().wait(0.2)
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]


def test_a_row_that_is_not_there_is_none_when_locked_and_404_when_demanded(database, case):
    with database.transaction():
        assert case.locked("nowhere") is None
    with pytest.raises(Refusal) as refused:
        case.get_or_refuse(case.case_no == "nowhere")
    assert refused.value.status == 404
    row = case.create(case_no="1")
    assert case.get_or_refuse(row.id).id == row.id


def test_instants_dates_and_json_come_back_as_they_went_in(case):
    moment = datetime(2026, 3, 2, 10, 30, 0, 5, tzinfo=UTC)
    row = case.create(case_no="1", at=moment, day=date(2026, 3, 2), data={"甲": [1, None]})
    again = case.get_by_id(row.id)
    assert (again.at, again.day, again.data) == (moment, date(2026, 3, 2), {"甲": [1, None]})
    assert case.select().where(case.at > moment - timedelta(microseconds=1), case.day == date(2026, 3, 2)).count() == 1


def test_a_text_without_offset_is_civil_time_and_a_naive_instant_is_refused(case):
    row = case.create(case_no="1", at="2026-03-02 10:00")
    assert case.get_by_id(row.id).at == datetime(2026, 3, 2, 2, tzinfo=UTC)
    with pytest.raises(ValueError, match="TIM-01"):
        case.create(case_no="2", at=datetime(2026, 3, 2))  # noqa: DTZ001


def test_an_unknown_database_url_is_refused():
    with pytest.raises(ValueError, match="sqlite:///"):
        Database("x").connect("mysql://host/db")
