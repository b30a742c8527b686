"""Migrations: numbered files, forward only, the same files on both databases."""

import subprocess
import sys
from pathlib import Path

import pytest
from peewee import (
    AutoField,
    BigIntegerField,
    BooleanField,
    CharField,
    DateField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    TextField,
)  # fmt: skip

from chassis import idempotency, migrate
from chassis.db import Database, InstantField, JsonField
from chassis.migrate import MigrationError
from chassis.privacy import EncryptedField

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path):
    return write(
        tmp_path / "filing" / "migrations", first="CREATE TABLE one (id TEXT PRIMARY KEY, n INTEGER NOT NULL);"
    )


def write(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, sql) in enumerate(files.items(), len(list(folder.glob("*.sql"))) + 1):
        path = folder / f"{number:04}_{name}.sql"
        path.write_text(sql, encoding="utf-8")
        (folder / "HEAD").write_text(path.name + "\n")
    return folder


def rows(database, sql):
    return database.proxy.execute_sql(sql).fetchall()


def test_files_are_applied_once_and_in_order(database, folder):
    assert migrate.pending(database, [folder]) == ["filing/0001_first.sql"]
    assert not migrate.at_head(database, [folder])
    assert migrate.migrate(database, [folder]) == ["filing/0001_first.sql"]
    assert migrate.migrate(database, [folder]) == []
    write(folder, second="ALTER TABLE one ADD COLUMN m TEXT; CREATE INDEX one_m ON one (m)")
    assert migrate.migrate(database, [folder]) == ["filing/0002_second.sql"]
    assert migrate.at_head(database, [folder])
    assert rows(database, "SELECT folder, number, name FROM schema_migration ORDER BY number") == [
        ("filing", 1, "0001_first.sql"),
        ("filing", 2, "0002_second.sql"),
    ]


def test_folders_are_numbered_each_for_itself(database, folder, tmp_path):
    other = write(tmp_path / "chassis" / "migrations", base="CREATE TABLE base (id TEXT PRIMARY KEY)")
    assert migrate.migrate(database, [other, folder]) == ["chassis/0001_base.sql", "filing/0001_first.sql"]


def test_a_failing_file_leaves_nothing_of_itself_and_names_itself_in_one_line(database, folder):
    write(folder, broken="CREATE TABLE two (id TEXT PRIMARY KEY); INSERT INTO nowhere VALUES (1);")
    with pytest.raises(MigrationError, match=r"filing/0002_broken\.sql failed") as failed:
        migrate.migrate(database, [folder])
    assert "\n" not in str(failed.value)
    assert not database.proxy.table_exists("two")
    assert migrate.pending(database, [folder]) == ["filing/0002_broken.sql"]


def test_an_applied_file_that_was_changed_is_refused(database, folder):
    migrate.migrate(database, [folder])
    (folder / "0001_first.sql").write_text("CREATE TABLE other (id TEXT PRIMARY KEY)")
    for look in (migrate.migrate, migrate.pending, migrate.at_head):
        with pytest.raises(MigrationError, match="was changed after it was applied") as refused:
            look(database, [folder])
        assert "\n" not in str(refused.value)


def test_line_ends_do_not_count_as_a_change(database, folder):
    path = write(folder, second="CREATE TABLE two (\nid TEXT PRIMARY KEY\n);\n") / "0002_second.sql"
    migrate.migrate(database, [folder])
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert migrate.at_head(database, [folder])


def test_a_file_numbered_before_an_applied_one_is_refused(database, folder):
    write(folder, second="CREATE TABLE two (id TEXT PRIMARY KEY)")
    (folder / "0001_first.sql").unlink()
    migrate.migrate(database, [folder])
    (folder / "0001_late.sql").write_text("CREATE TABLE late (id TEXT PRIMARY KEY)")
    with pytest.raises(MigrationError, match="renumber"):
        migrate.migrate(database, [folder])


def test_a_newer_database_is_ready_for_older_code(database, folder):
    write(folder, second="CREATE TABLE two (id TEXT PRIMARY KEY)")
    migrate.migrate(database, [folder])
    (folder / "0002_second.sql").unlink()
    (folder / "HEAD").write_text("0001_first.sql")
    assert migrate.at_head(database, [folder])


def test_serial_keys_number_themselves(database, folder):
    write(folder, serial="CREATE TABLE line (id {{serial}}, note TEXT NOT NULL)")
    migrate.migrate(database, [folder])
    for note in ("a", "b"):
        database.proxy.execute_sql(f"INSERT INTO line (note) VALUES ('{note}')")
    assert rows(database, "SELECT id, note FROM line ORDER BY id") == [(1, "a"), (2, "b")]


def test_semicolons_and_percent_signs_in_texts_and_comments_stay_where_they_are(database, folder):
    first = "-- first; not a statement\nINSERT INTO one (id, n) VALUES ('a;''b', 1);"
    write(folder, texts=first + "/* ; */ INSERT INTO one VALUES ('%s', 2);")
    migrate.migrate(database, [folder])
    assert rows(database, "SELECT id FROM one ORDER BY n") == [("a;'b",), ("%s",)]


def test_statements_are_parted_only_outside_quotes():
    sql = "SELECT 1-1, 'a;b', \"c;d\" -- e;f\n; /* g;h */ SELECT 4/2;;"
    assert migrate.statements(sql, "sqlite") == ["SELECT 1-1, 'a;b', \"c;d\"", "SELECT 4/2"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("0002_bad.sql", "CREATE TABLE x (id {{uuid}})", "unknown placeholder"),
        ("2_bad.sql", "SELECT 1", "must be like 0001_"),
        ("0001_again.sql", "SELECT 1", "same number"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(tmp_path, folder, name, text, message):
    database = Database("bad").connect(f"sqlite:///{tmp_path}/bad.db")
    (folder / name).write_text(text)
    (folder / "HEAD").write_text(name)
    with pytest.raises(MigrationError, match=message):
        migrate.migrate(database, [folder])
    database.close()


def test_head_must_name_the_last_file_so_that_two_branches_collide(tmp_path, folder):
    database = Database("head").connect(f"sqlite:///{tmp_path}/head.db")
    (folder / "0002_forgotten.sql").write_text("SELECT 1")
    with pytest.raises(MigrationError, match=r"HEAD must name the last file, 0002_forgotten\.sql"):
        migrate.migrate(database, [folder])
    database.close()


def test_several_processes_at_once_all_succeed_and_apply_each_file_once(database, folder):
    write(folder, second="CREATE TABLE two (id TEXT PRIMARY KEY)", third="INSERT INTO two VALUES ('only once')")
    code = (
        "import sys, pathlib; from chassis import migrate; from chassis.db import Database; "
        "print(*migrate.migrate(Database('m').connect(sys.argv[1]), [pathlib.Path(sys.argv[2])]))"
    )
    command = [sys.executable, "-c", code, database.url, str(folder)]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=-1, stderr=-1, text=True) for _ in range(4)]
    outputs = [process.communicate(timeout=60) for process in running]
    assert [process.returncode for process in running] == [0] * 4, outputs
    applied = " ".join(out for out, _ in outputs).split()
    assert sorted(applied) == ["filing/0001_first.sql", "filing/0002_second.sql", "filing/0003_third.sql"]


@pytest.fixture
def models(database):
    class Case(database.Model):
        case_no = TextField(unique=True)
        org = CharField(index=True)
        id_no = EncryptedField(null=True)
        data = JsonField(null=True)
        at = InstantField()
        day = DateField(null=True)
        size = BigIntegerField()
        rank = IntegerField()
        open = BooleanField()

        class Meta:
            table_name = "filing_case"
            indexes = ((("org", "at"), False), (("org", "rank", "day"), True))

    class Line(database.Model):
        id = AutoField()
        case = ForeignKeyField(Case)

        class Meta:
            table_name = "filing_line"

    return [Case, Line]


def test_the_printed_schema_of_models_migrates_and_agrees_with_them(database, models, folder):
    models.append(database.table("idempotency"))
    sql = migrate.schema_sql(models)
    assert "id_no TEXT,\n" in sql
    assert "CREATE UNIQUE INDEX filing_case_case_no ON filing_case (case_no);" in sql
    assert "CREATE INDEX filing_case_org_at ON filing_case (org, at);" in sql
    assert "id {{serial}},\n" in sql
    assert "case_id TEXT NOT NULL REFERENCES filing_case (id)" in sql
    write(folder, models=sql)
    migrate.migrate(database, [folder])
    assert migrate.drift(database, models) == []


def test_drift_names_every_difference(database, models, folder):
    sql = (
        migrate.schema_sql(models[:1])
        .replace("id_no TEXT,", "id_no TEXT NOT NULL,")
        .replace("rank INTEGER", "old INTEGER")
    )
    write(folder, models=sql.replace("(org, rank, day)", "(org, old, day)").replace("org TEXT NOT NULL", "org TEXT"))
    migrate.migrate(database, [folder])
    assert migrate.drift(database, models) == [
        "filing_case.id_no: may be null in the model, not null in the table",
        "filing_case.old: in the table, not in the model",
        "filing_case.org: not null in the model, may be null in the table",
        "filing_case.rank: in the model, not in the table",
        "filing_line: no such table",
    ]


def test_a_type_that_is_not_portable_is_refused(database):
    class Odd(database.Model):
        amount = FloatField()

    with pytest.raises(MigrationError, match=r"odd\.amount: FloatField is not portable"):
        migrate.schema_sql([Odd])


def test_the_idempotency_table_of_the_chassis_agrees_with_its_model(database, tmp_path):
    only = tmp_path / "chassis" / "migrations"
    only.mkdir(parents=True)
    name = "0003_http.sql"
    (only / name).write_text((Path(idempotency.__file__).parent / "migrations" / name).read_text())
    (only / "HEAD").write_text(name)
    migrate.migrate(database, [only])
    assert migrate.drift(database, [database.table("idempotency")]) == []
