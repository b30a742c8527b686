"""Simple statements that are written at once: they say and return what peewee's own would."""

from datetime import date, timedelta

import peewee
import pytest
from peewee import SQL, BooleanField, DateField, IntegerField, TextField, Tuple, Value, fn

from chassis import clock, rows
from chassis.db import InstantField, JsonField

START = clock.parse("2026-03-02T10:00:00+08:00")


@pytest.fixture
def note(database):
    class Note(database.Model):
        name = TextField(column_name="called")
        rank = IntegerField(null=True)
        flag = BooleanField(default=False)
        day = DateField(null=True)
        at = InstantField()
        data = JsonField(null=True)

        class Meta:
            table_name = "test_note"

    class Mark(database.Model):
        note = TextField()
        sign = TextField()

        class Meta:
            table_name = "test_mark"

    database.proxy.create_tables([Note, Mark])
    Note.marks = Mark
    for number in range(6):
        own = {"rank": number % 3 or None, "flag": number > 3, "day": date(2026, 3, 1 + number) if number else None}
        row = Note.create(name=f"n{number}", at=START + timedelta(minutes=number), data={"n": [number]}, **own)
        Mark.create(note=row.id, sign="even" if number % 2 == 0 else "odd")
    return Note


def _place(note):
    return Tuple(Value(1, note.rank.db_value), Value(START + timedelta(minutes=1), note.at.db_value))


SIMPLE = {
    "all": lambda note, query: query,
    "equal": lambda note, query: query.where(note.name == "n1"),
    "not equal": lambda note, query: query.where(note.rank != 1),
    "null": lambda note, query: query.where(note.rank == None),  # noqa: E711
    "not null": lambda note, query: query.where(note.day.is_null(False), note.flag == False),  # noqa: E712
    "one of": lambda note, query: query.where(note.name.in_(["n1", "n3", "n9"]) | (note.day == date(2026, 3, 5))),
    "later": lambda note, query: query.where((note.at > START + timedelta(minutes=1)) & (note.rank >= 1)),
    "as one": lambda note, query: query.where(Tuple(note.rank, note.at) > _place(note)).order_by(note.rank, note.at),
    "each once": lambda note, query: query.distinct(),
    "each once, too": lambda note, query: query.distinct(True).order_by(note.id),
    "ordered": lambda note, query: query.order_by(note.flag.desc(), note.at).limit(3),
    "in another": lambda note, query: query.where(
        note.id.in_(note.marks.select_some((note.marks.note,)).where(note.marks.sign == "odd")), note.rank == 1
    ),
    "as text": lambda note, query: query.where(SQL("(rank = 1 OR called = 'n5')") & (note.name != "n1")),
    "joined": lambda note, query: (
        query.join(note.marks, on=(note.marks.note == note.id))
        .where(note.marks.sign == "odd", note.name != "n1")
        .order_by(note.marks.sign, note.at.desc())
    ),
    "further": lambda note, query: query.order_by(note.at).limit(2).offset(1),
}
OTHER = {
    "none of nothing": lambda note, query: query.where(note.name.in_([])),
    "negated": lambda note, query: query.where(~(note.name == "n1")),
    "computed": lambda note, query: query.where(fn.LENGTH(note.name) == 2),
    "column and column": lambda note, query: query.where(note.name != note.id),
    "as one, unlike": lambda note, query: query.where(Tuple(note.flag, note.name) > (False, "n2")),
    "of a query": lambda note, query: query.where(note.id.in_(note.select(note.id).where(note.flag == True))),  # noqa: E712
    "nulls last": lambda note, query: query.order_by(note.rank.asc(nulls="last"), note.name),
    "joined to itself": lambda note, query: query.join(other := note.alias(), on=(other.id == note.id)).where(
        other.name == "n1"
    ),
    "flag": lambda note, query: query.where(note.flag),
    "joined, or not": lambda note, query: query.join(
        note.marks, "LEFT OUTER JOIN", on=(note.marks.note == note.id)
    ).where(note.name != "n1"),
    "as text with values": lambda note, query: query.where(
        SQL("(called = " + query.model._meta.database.param + ")", ["n3"])
    ),
}


def plain_rows(query):
    return [(dict(row.__data__), row.is_dirty()) for row in query]


@pytest.mark.parametrize("name", [*SIMPLE, *OTHER])
def test_a_statement_returns_the_rows_that_peewee_would_have_found(database, note, name):
    ask = (SIMPLE | OTHER)[name]
    found = ask(note, note.select())
    ours = rows.plain(found, database.proxy.param)
    theirs = plain_rows(ask(note, peewee.ModelSelect(note, note._meta.sorted_fields, is_default=True)))
    assert plain_rows(found) == theirs and bool(theirs) is (name != "none of nothing")
    assert (ours is not None) is (name in SIMPLE)
    assert ask(note, note.select()).count() == len(theirs)


def test_a_row_is_one_of_its_model_and_knows_what_is_changed_on_it(note):
    row = note.get(note.name == "n4")
    assert (row.rank, row.flag, row.day, row.at, row.data) == (1, True, date(2026, 3, 5), row.at, {"n": [4]})
    row.rank = 7
    row.save()
    assert note.get_or_refuse(note.rank == 7).version == 2
    some = note.select_some((note.name, note.day)).order_by(note.name).first()
    assert (some.name, some.day, some.rank) == ("n0", None, None)


def test_a_row_is_locked_until_the_end_of_the_transaction(database, note):
    with database.transaction():
        assert note.locked(note.name == "n2").name == "n2"
        queue = database.for_update(note.select().order_by(note.name), skip_locked=True)
        assert [row.name for row in queue] == [f"n{number}" for number in range(6)]
        assert ("FOR UPDATE SKIP LOCKED" in queue.sql()[0]) is (database.dialect == "postgresql")


def test_rows_can_be_walked_counted_and_asked_for_again(note):
    query = note.select().where(note.flag == True)  # noqa: E712
    assert len(query) == query.count() == 2 and query.exists()
    assert [row.name for row in query.iterator()] == [row.name for row in query] == ["n4", "n5"]
    assert query[1].name == "n5" and query.tuples()[0][:2] == (query[0].id, query[0].created_at)
    assert note.get_or_none(note.name == "n9") is None
