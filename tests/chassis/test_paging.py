"""Keyset pages."""

import base64
import json
import re
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from itertools import chain
from operator import or_

import pytest
from marshmallow import Schema, ValidationError, fields
from peewee import BooleanField, DateField, IntegerField, TextField

from chassis.db import InstantField
from chassis.errors import Refusal
from chassis.paging import Along, PageArgs, page, page_schema

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@pytest.fixture
def notes(database):
    class Note(database.Model):
        at = InstantField()
        day = DateField(default=date(2026, 3, 2))
        rank = IntegerField(default=0)
        flag = BooleanField(default=True)
        title = TextField(default="")
        note = TextField(null=True)

        class Meta:
            table_name = "test_note"

    database.proxy.create_tables([Note])
    return Note


def fill(notes, count):
    # Pairs of rows share an instant, so that only the primary key parts them.
    for number in range(count):
        notes.create(
            id=f"n{number:02}", at=START + timedelta(minutes=number // 2), title=f"t\n{number}", rank=number // 3
        )


def walk(query, keys, **options):
    seen, cursor = [], None
    while True:
        found = page(query, keys, lambda row: row.id, cursor=cursor, **options)
        assert found["items"]
        seen.append(found["items"])
        cursor = found["next"]
        if cursor is None:
            return seen


def test_pages_run_newest_first_and_miss_and_double_nothing(notes):
    fill(notes, 11)
    pages = walk(notes.select(), [notes.at], limit=3)
    assert [len(part) for part in pages] == [3, 3, 3, 2]
    assert list(chain.from_iterable(pages)) == [f"n{number:02}" for number in reversed(range(11))]


def test_pages_can_run_oldest_first(notes):
    fill(notes, 5)
    assert list(chain.from_iterable(walk(notes.select(), [notes.at], limit=2, newest_first=False))) == [
        f"n0{n}" for n in range(5)
    ]


@pytest.mark.parametrize("names", [["day"], ["rank"], ["title"], ["flag", "rank"], ["id"], ["rank", "at", "id"]])
def test_any_portable_column_may_order(notes, names):
    fill(notes, 8)
    found = list(chain.from_iterable(walk(notes.select(), [getattr(notes, name) for name in names], limit=3)))
    assert sorted(found) == [f"n0{n}" for n in range(8)]


def test_a_row_written_meanwhile_neither_shifts_nor_doubles(notes):
    fill(notes, 6)
    first = page(notes.select(), [notes.at], lambda row: row.id, limit=3)
    notes.create(id="n99", at=START + timedelta(days=1))
    notes.delete_by_id("n04")
    second = page(notes.select(), [notes.at], lambda row: row.id, limit=3, cursor=first["next"])
    assert first["items"] + second["items"] == ["n05", "n04", "n03", "n02", "n01", "n00"]


def test_the_filter_of_the_query_stays_in_force_on_every_page(notes):
    fill(notes, 9)
    found = list(chain.from_iterable(walk(notes.select().where(notes.rank == 1), [notes.at], limit=2)))
    assert found == ["n05", "n04", "n03"]


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_what_may_be_there_in_several_ways_is_paged_as_one_list_without_doubles(notes, newest_first, number):
    fill(notes, 20)
    ways = [notes.rank == 1, notes.rank.in_((1, 3)), notes.id > "n17"][:number]
    query = notes.select().where(notes.flag)
    whole = page(query.where(reduce(or_, ways)), [notes.at], limit=100, newest_first=newest_first)["items"]
    found = list(chain(*walk(query, [notes.at], limit=2, newest_first=newest_first, ways=ways)))
    assert found == [row.id for row in whole] and len(found) == (3, 6, 8)[number - 1]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_page_whose_plan_is_kept_is_the_same_page(notes, number):
    fill(notes, 20)
    for rank in (1, 2, 1, 0, 2, 1, 1):  # PostgreSQL looks at the first five before it trusts the plan
        ways = [notes.rank == rank, notes.id == "n17"][:number]
        walks = [
            list(chain(*walk(notes.select().where(notes.flag), [notes.at], limit=3, ways=ways, kept=kept)))
            for kept in (False, True)
        ]
        assert walks[0] == walks[1] and walks[0]


def test_another_table_may_lead_to_rows_in_its_own_order(database, notes):
    class Asked(database.Model):
        at = InstantField()
        note = TextField()
        who = TextField()

        class Meta:
            table_name = "test_asked"

    database.proxy.create_tables([Asked])
    fill(notes, 12)
    for number in (1, 2, 5, 6, 7, 11):
        Asked.create(at=START + timedelta(minutes=number // 2), note=f"n{number:02}", who="a" if number != 6 else "b")
    ways = [notes.rank == 0, Along((Asked.at, Asked.note), Asked.who == "a")]
    query = notes.select().where(notes.id != "n07")
    assert list(chain(*walk(query, [notes.at], limit=2, ways=ways))) == ["n11", "n05", "n02", "n01", "n00"]
    assert list(chain(*walk(query, [notes.at], limit=2, ways=ways[1:]))) == ["n11", "n05", "n02", "n01"]


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_page_deep_in_the_list_is_reached_along_the_index(database, notes, newest_first, monkeypatch):
    database.proxy.execute_sql("CREATE INDEX by_rank ON test_note (flag, rank, at)")
    fill(notes, 30)
    keys, sent = [notes.rank, notes.at], []
    query, options = notes.select().where(notes.flag == True), {"limit": 5, "newest_first": newest_first}  # noqa: E712
    cursor = page(query, keys, **options)["next"]
    run = type(database.proxy.obj).execute_sql
    monkeypatch.setattr(
        type(database.proxy.obj), "execute_sql", lambda self, *what: sent.append(what) or run(self, *what)
    )
    page(query, keys, cursor=cursor, **options)
    ((sql, params),) = sent
    with database.transaction():
        if database.dialect == "sqlite":
            plan = "\n".join(row[3] for row in database.proxy.execute_sql(f"EXPLAIN QUERY PLAN {sql}", params))
            assert re.search(r"SEARCH .*by_rank \(flag=\? AND \(rank,at\)[<>]\(\?,\?\)\)", plan), plan
            return
        database.proxy.execute_sql("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        plan = "\n".join(row[0] for row in database.proxy.execute_sql(f"EXPLAIN {sql}", params))
        assert re.search(r"Index Cond: .*ROW\(rank, at\)", plan), plan


def test_an_empty_list_is_one_empty_page(notes):
    assert page(notes.select(), [notes.at]) == {"items": [], "next": None}


def test_a_full_last_page_has_no_next(notes):
    fill(notes, 4)
    assert page(notes.select(), [notes.at], limit=4)["next"] is None


def forged(*content):
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "", "%%%", "bm9qc29u", forged(), forged("-at,id"), forged("-at,id", "x", "y"), forged("-at,id", 1, "y"),
        forged("-at,id", START.isoformat(), 7), forged("-at,id", START.isoformat(), "a\0b"),
        forged("-at,id", START.isoformat(), "\ud800"), forged("-at,id", None, None),
        forged("at,id", START.isoformat(), "y"), forged("-rank,id", 1, "y"), "W" * 3000, "é",
    ],
)  # fmt: skip
def test_a_broken_or_foreign_cursor_is_refused_and_never_reaches_the_database(notes, cursor):
    with pytest.raises(Refusal) as refused:
        page(notes.select(), [notes.at], cursor=cursor)
    assert (refused.value.status, refused.value.code) == (422, "cursor-invalid")


@pytest.mark.parametrize("number", [True, "1", 1.5, 2**63, None])
def test_a_number_in_a_cursor_must_be_one(notes, number):
    with pytest.raises(Refusal):
        page(notes.select(), [notes.rank], cursor=forged("-rank,id", number, "y"))


def test_a_column_that_may_be_null_cannot_order(notes):
    with pytest.raises(ValueError, match="note"):
        page(notes.select(), [notes.note])


def test_the_arguments_have_defaults_and_bounds():
    assert PageArgs().load({}) == {"limit": 20, "cursor": None}
    assert PageArgs().load({"limit": "100"})["limit"] == 100
    for limit in ("0", "101", "x"):
        with pytest.raises(ValidationError):
            PageArgs().load({"limit": limit})


class Inner(Schema):
    day = fields.Date()


class Plain(Schema):
    text = fields.String()
    number = fields.Integer(allow_none=True)
    flag = fields.Boolean()
    day = fields.Date()
    inner = fields.Nested(Inner)
    absent = fields.String()


class Renaming(Plain):
    other = fields.String(attribute="renamed")
    called = fields.Integer(data_key="number_of_it")
    given = fields.String(dump_default="x")
    computed = fields.Function(lambda row: row["number"])


@pytest.mark.parametrize("schema", [Plain, Renaming])
@pytest.mark.parametrize("number", [7, None, "7", True])
def test_rows_of_a_page_are_sent_as_their_schema_says(schema, number):
    row = {
        "text": 5,
        "number": number,
        "flag": "true",
        "day": START.date(),
        "inner": {"day": START.date()},
        "more": 1,
        "renamed": "r",
    }
    rows = [row | {"called": 3}, row | {"text": "t", "flag": False, "inner": None}]
    assert page_schema(schema)().dump({"items": rows, "next": None})["items"] == schema(many=True).dump(rows)


def test_a_page_without_dump_is_dumped_by_the_page_schema(notes):
    class NoteOut(Schema):
        id = fields.String()
        at = fields.DateTime()

    fill(notes, 2)
    found = page_schema(NoteOut)().dump(page(notes.select(), [notes.at], limit=1))
    assert found["items"] == [{"id": "n01", "at": START.isoformat()}]
    assert found["next"]
    assert page_schema(NoteOut) is page_schema(NoteOut)
    assert page_schema(NoteOut).__name__ == "NoteOutPage"
