"""PostgreSQL in few round trips: what is held back arrives in order, with its transaction or not at all."""

from threading import Thread

import peewee
import pytest
from peewee import TextField

from chassis.db import Database
from chassis.engine import HELD_BYTES, Postgresql

pytestmark = [pytest.mark.system, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]


@pytest.fixture
def note(database):
    class Note(database.Model):
        text = TextField(unique=True)

        class Meta:
            table_name = "note"

    database.proxy.create_tables([Note])
    return Note


@pytest.fixture
def sent(database, note, monkeypatch) -> list[str]:
    """The messages that go to the server."""
    messages: list[str] = []
    several, single = Postgresql._run, peewee.Database._execute_cursor

    def run(self, texts):
        messages.append(b"; ".join(texts).decode())
        return several(self, texts)

    def execute(self, sql, params, **options):
        messages.append(sql)
        return single(self, sql, params, **options)

    monkeypatch.setattr(Postgresql, "_run", run)
    monkeypatch.setattr(Postgresql, "_execute_cursor", execute)
    return messages


def _texts(note) -> list[str]:
    return sorted(row.text for row in note.select())


def test_a_transaction_that_only_writes_is_one_message(database, note, sent):
    with database.transaction():
        note.create(text="a")
        note.create(text="b")
        assert sent == []
    assert len(sent) == 1
    assert sent[0].count("INSERT") == 1  # rows of one table that follow each other are one statement
    assert _texts(note) == ["a", "b"]


def test_a_reader_sees_what_was_written_before_it_in_the_same_transaction(database, note, sent):
    with database.transaction():
        note.create(text="a")
        assert _texts(note) == ["a"]
        assert len(sent) == 1
        assert sent[0].startswith("BEGIN; INSERT")
        assert "SELECT" in sent[0]
        note.create(text="b")
        assert note.update(text="c").where(note.text == "b").execute() == 1
    assert _texts(note) == ["a", "c"]


def test_an_empty_transaction_sends_nothing(database, sent):
    with database.transaction():
        pass
    assert sent == []


def test_what_fails_before_anything_was_sent_sends_nothing_and_leaves_nothing(database, note, sent):
    with pytest.raises(ZeroDivisionError), database.transaction():
        note.create(text="a")
        raise ZeroDivisionError
    assert sent == []
    with database.transaction():
        note.create(text="b")
    assert _texts(note) == ["b"]


def test_what_fails_after_something_was_sent_leaves_nothing(database, note):
    with pytest.raises(ZeroDivisionError), database.transaction():
        note.create(text="a")
        assert _texts(note) == ["a"]
        note.create(text="b")
        raise ZeroDivisionError
    assert _texts(note) == []


def test_a_row_that_breaks_a_constraint_is_refused_at_the_end_of_its_transaction_at_the_latest(database, note):
    note.create(text="a")
    with pytest.raises(peewee.IntegrityError), database.transaction():
        note.create(text="b")
        note.create(text="a")
    assert _texts(note) == ["a"]
    with database.transaction():
        note.create(text="c")
    assert _texts(note) == ["a", "c"]


def test_a_nested_transaction_refuses_its_own_rows_and_leaves_the_outer_one_usable(database, note):
    note.create(text="a")
    with database.transaction():
        note.create(text="b")
        with pytest.raises(peewee.IntegrityError), database.transaction():
            note.create(text="a")
        with pytest.raises(ZeroDivisionError), database.transaction():
            note.create(text="a")  # dropped with its transaction, so it cannot fail later
            raise ZeroDivisionError
        with database.transaction():
            note.create(text="c")
        note.create(text="d")
    assert _texts(note) == ["a", "b", "c", "d"]


def test_who_goes_past_execute_sql_comes_after_what_was_held_back(database, note):
    with database.transaction():
        note.create(text="a")
        cursor = database.proxy.cursor()
        cursor.execute("SELECT count(*) FROM note WHERE text LIKE '%'")
        assert cursor.fetchone() == (1,)
    assert _texts(note) == ["a"]


def test_outside_a_transaction_nothing_is_held_back(database, note, sent):
    note.create(text="a")
    database.proxy.execute_later("DELETE FROM note WHERE text = %s", ("a",))
    assert len(sent) == 2
    assert _texts(note) == []


def test_a_transaction_of_very_many_rows_is_sent_in_pieces(database, note, sent):
    text, number = "x" * 1000, 3 * HELD_BYTES // 1000
    with database.transaction():
        for index in range(number):
            note.create(text=f"{index}{text}")
        assert len(sent) >= 2
        assert max(len(message) for message in sent) < HELD_BYTES + 5000
    assert note.select().count() == number


def test_signs_that_mean_something_to_the_driver_are_kept(database, note):
    odd = "100% ; -- '%s' \\ 一网通 {}"
    with database.transaction():
        note.create(text=odd)
        note.create(text="%" + odd)
    assert _texts(note) == sorted([odd, "%" + odd])


def test_a_kept_statement_is_planned_once_by_each_connection(database, note, sent):
    for text in ("a", "50%"):
        note.create(text=text)

    def texts(wanted: list[str]) -> list[str]:
        rows = database.proxy.execute_kept(
            "notes", "SELECT text FROM note WHERE text = ANY (%s) AND text > %s", [wanted, ""]
        )
        return sorted(text for (text,) in rows.fetchall())

    sent.clear()
    assert texts(["a", "b"]) == ["a"] and texts(["50%", "a"]) == ["50%", "a"]
    assert [message.split()[0] for message in sent] == ["PREPARE", "EXECUTE", "EXECUTE"]
    database.discard()
    assert texts(["a"]) == ["a"]


def test_a_connection_that_was_cut_says_so_and_the_next_transaction_begins_anew(database, note):
    pid = database.proxy.execute_sql("SELECT pg_backend_pid()").fetchone()[0]
    other = Database("other").connect(database.url)
    with pytest.raises((peewee.OperationalError, peewee.InterfaceError)), database.transaction():
        note.create(text="lost")
        other.proxy.execute_sql("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        other.close()
    database.discard()
    with database.transaction():
        note.create(text="kept")
    assert _texts(note) == ["kept"]


def test_a_resting_connection_is_taken_again_unasked_and_one_that_was_cut_is_not_taken(database, note):
    other = Database("other").connect(database.url)

    def backend() -> int:
        return database.proxy.execute_sql("SELECT pg_backend_pid()").fetchone()[0]

    pid = backend()
    database.release()
    database.proxy.connection()
    said = other.proxy.execute_sql("SELECT query FROM pg_stat_activity WHERE pid = %s", (pid,)).fetchone()[0]
    assert said == "SELECT pg_backend_pid()"
    assert backend() == pid
    database.release()
    assert other.proxy.execute_sql("SELECT pg_terminate_backend(%s, 5000)", (pid,)).fetchone()[0]
    other.close()
    assert backend() != pid


def test_threads_hold_back_their_own(database, note):
    def write(text: str) -> None:
        with database.transaction():
            note.create(text=text)
        database.release()

    with database.transaction():
        note.create(text="mine")
        other = Thread(target=write, args=("other",))
        other.start()
        other.join(10)
        assert _texts(note) == ["mine", "other"]
    assert note.select().count() == 2
