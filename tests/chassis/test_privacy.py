"""Encrypted columns, lookups, key rotation, masks and the log scrubber (ID-21)."""

import base64
import json
import logging

import pytest
from peewee import TextField

from chassis import privacy
from chassis.db import Database

OLD, NEW = b"o" * 32, b"n" * 32
ID_NO, MOBILE = "120101199003071235", "13800000000"

pytestmark = pytest.mark.rule("ID-21")


@pytest.fixture
def keys():
    privacy.configure({"v1": OLD}, b"lookup-key")


@pytest.fixture
def people(keys, tmp_path):
    database = Database("privacy_test")

    class Person(database.Model):
        id_no = privacy.EncryptedField(null=True)
        mobile = privacy.EncryptedField(null=True)
        id_hash = TextField(null=True, unique=True)

        class Meta:
            table_name = "test_person"

    database.connect(f"sqlite:///{tmp_path}/p.db")
    database.proxy.create_tables([Person])
    yield Person
    database.close()


def stored(person, column="id_no"):
    cursor = person.home.proxy.execute_sql(f"SELECT {column} FROM test_person ORDER BY id")
    return [value for (value,) in cursor.fetchall()]


def test_a_column_holds_ciphertext_that_names_its_key_and_reads_back_as_it_was(people):
    row = people.create(id_no=ID_NO)
    assert stored(people)[0].startswith("v1.")
    assert ID_NO not in stored(people)[0]
    assert people.get_by_id(row.id).id_no == ID_NO


def test_the_same_value_is_stored_differently_each_time(people):
    people.create(id_no=ID_NO)
    people.create(id_no=ID_NO)
    assert len(set(stored(people))) == 2


def test_no_value_stays_no_value(people):
    assert people.get_by_id(people.create().id).id_no is None


def test_a_value_moved_to_another_column_cannot_be_read(people):
    row = people.create(id_no=ID_NO)
    people.home.proxy.execute_sql("UPDATE test_person SET mobile = id_no")
    with pytest.raises(privacy.DecryptError, match=r"test_person\.mobile"):
        people.get_by_id(row.id)


def test_an_altered_value_cannot_be_read(people):
    row = people.create(id_no=ID_NO)
    version, _, encoded = stored(people)[0].partition(".")
    sealed = bytearray(base64.b64decode(encoded))
    sealed[-1] ^= 1
    altered = f"{version}.{base64.b64encode(bytes(sealed)).decode()}"
    people.home.proxy.execute_sql("UPDATE test_person SET id_no = ?", (altered,))
    with pytest.raises(privacy.DecryptError):
        people.get_by_id(row.id)


def test_an_unknown_key_version_is_said_by_name(people):
    people.create(id_no=ID_NO)
    privacy.configure({"v9": NEW}, b"lookup-key")
    with pytest.raises(privacy.DecryptError, match="v1"):
        people.select().first()


def test_searching_an_encrypted_column_is_refused_instead_of_finding_nothing(people):
    with pytest.raises(TypeError, match="lookup"):
        people.select().where(people.id_no == ID_NO)
    with pytest.raises(TypeError, match="lookup"):
        people.select().where(people.id_no.in_([ID_NO]))
    assert people.select().where(people.id_no.is_null()).count() == 0


def test_the_newest_key_writes_while_older_ones_still_read(people):
    old = people.create(id_no=ID_NO)
    privacy.configure({"v1": OLD, "v2": NEW}, b"lookup-key")
    people.create(id_no="new")
    assert sorted(value[:3] for value in stored(people)) == ["v1.", "v2."]
    assert people.get_by_id(old.id).id_no == ID_NO


def test_key_rotation_goes_over_all_rows_in_slices_and_only_once(people):
    for number in range(7):
        people.create(id_no=f"n{number}")
    people.create()
    privacy.configure({"v1": OLD, "v2": NEW}, b"lookup-key")
    assert privacy.reencrypt(people, "id_no", rows=3) == 7
    assert privacy.reencrypt(people, people.id_no, rows=3) == 0
    privacy.configure({"v2": NEW}, b"lookup-key")
    assert {row.id_no for row in people.select()} == {None} | {f"n{number}" for number in range(7)}


def test_only_encrypted_columns_can_be_rotated(people):
    with pytest.raises(TypeError, match="id_hash"):
        privacy.reencrypt(people, "id_hash")


def test_a_lookup_finds_a_number_however_it_is_typed(keys):
    assert privacy.lookup(" 12010119900307123x ", "id_no") == privacy.lookup("12010119900307123X", "id_no")
    assert privacy.lookup(ID_NO, "id_no") != privacy.lookup(ID_NO, "passport")


def test_a_lookup_depends_on_the_key(keys):
    before = privacy.lookup(ID_NO, "id_no")
    privacy.configure({"v1": OLD}, b"another-key")
    assert privacy.lookup(ID_NO, "id_no") != before


@pytest.mark.parametrize("keys", [{}, {"v.1": OLD}, {"v1": b"short"}])
def test_unusable_keys_are_refused(keys):
    with pytest.raises(ValueError, match="key"):
        privacy.configure(keys, b"lookup-key")


@pytest.mark.parametrize(
    ("mask", "value", "shown"),
    [
        (privacy.mask_id_no, ID_NO, "1201**********1235"),
        (privacy.mask_id_no, "E1234567", "E******7"),
        (privacy.mask_id_no, None, None),
        (privacy.mask_mobile, MOBILE, "138****0000"),
        (privacy.mask_mobile, "12", "**"),
        (privacy.mask_name, "张三", "张*"),
        (privacy.mask_name, "张三丰", "张**"),
        (privacy.mask_name, "欧阳修", "欧阳*"),
        (privacy.mask_name, "欧阳修远", "欧阳**"),
        (privacy.mask_name, "王", "王*"),
        (privacy.mask_name, "", ""),
    ],
)
def test_masks_show_what_the_rule_allows(mask, value, shown):
    assert mask(value) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"call {MOBILE} now", "call 138****0000 now"),
        (f"+86{MOBILE}", "+138****0000"),
        (f"证件{ID_NO}号", "证件1201**********1235号"),
        ("12010119900307123x", "1201**********123x"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer ***"),
        ("token eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2ln end", "token *** end"),
        ("018f3c5e-1111-7222-8333-13812345678a", "018f3c5e-1111-7222-8333-13812345678a"),
        ("case TZJ049-2026-000123 of 1700000000000", "case TZJ049-2026-000123 of 1700000000000"),
    ],
)
def test_the_scrubber_hides_numbers_and_tokens_and_leaves_the_rest(text, shown):
    assert privacy.scrub_text(text) == shown


def test_the_scrubber_reaches_into_every_kind_of_value():
    class Odd:
        def __repr__(self):
            return f"<Odd {MOBILE}>"

    event = {
        "event": "x", "n": int(MOBILE), "l": [MOBILE, {MOBILE: (ID_NO,)}], "b": MOBILE.encode(), "o": Odd(),
        "e": ValueError(ID_NO), "count": 3, "ok": True, "none": None,
    }  # fmt: skip
    out = json.dumps(privacy.scrub(logging.getLogger(), "info", event))
    assert MOBILE not in out
    assert ID_NO not in out
    assert event["count"] == 3
    assert event["ok"] is True
