"""`Idempotency-Key`: the same request again never does it twice."""

import io
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask, Response, abort, jsonify, request
from peewee import TextField

from chassis import clock, etag, idempotency, privacy
from chassis.db import Database
from chassis.errors import Refusal
from chassis.idempotency import idempotent

SQL = Path(idempotency.__file__).parent / "migrations" / "0003_http.sql"


class Hall:
    """A small application with create routes, and its view calls counted."""

    def __init__(self, database):
        self.database, self.calls, self.actor = database, 0, "person:1"
        self.hold: threading.Event | None = None
        self.entered = threading.Event()
        self.fail: BaseException | int | None = None

        class Thing(database.Model):
            name = TextField()

            class Meta:
                table_name = "test_thing"

        self.Thing = Thing
        for statement in SQL.read_text().split(";"):
            if statement.strip():
                database.proxy.execute_sql(statement)
        database.proxy.create_tables([Thing])
        idempotency.configure(actor=lambda: self.actor)
        self.app = app = Flask("idempotency_test")
        etag.install(app)

        @app.before_request
        def use():
            database.activate()

        @app.teardown_request
        def give_back(error):
            database.release()

        @app.errorhandler(Refusal)
        def refused(error):
            return jsonify(error.problem()), error.status, error.headers

        app.post("/things")(idempotent(self.create))
        app.post("/things/<name>/parts", endpoint="parts")(idempotent(self.create))
        app.post("/slow", endpoint="slow")(idempotent(atomic=False)(self.create))
        app.post("/stream", endpoint="stream")(idempotent(lambda: Response(iter("ab"))))

    def create(self, name=None):
        self.calls += 1
        with self.database.transaction():
            row = self.Thing.create(name=name or (request.get_json(silent=True) or {}).get("name", "file"))
        self.entered.set()
        if self.hold is not None:
            assert self.hold.wait(10)
        if isinstance(self.fail, int):
            return {"type": "refused"}, self.fail
        if self.fail is not None:
            raise self.fail
        etag.set(row)
        return {"id": row.id, "id_no": "120101199003071235"}, 201, {"Location": f"/things/{row.id}", "X-Other": "1"}

    def post(self, path="/things", key="k1", json=None, **options):
        headers = {} if key is None else {"Idempotency-Key": key}
        if "data" not in options:
            options["json"] = {"name": "a"} if json is None else json
        return self.app.test_client().post(path, headers=headers, **options)

    @property
    def things(self):
        return self.Thing.select().count()

    @property
    def keys(self):
        return self.database.table("idempotency").select().count()


@pytest.fixture
def hall(database):
    privacy.configure({"v1": b"k" * 32}, b"lookup")
    yield Hall(database)
    idempotency.configure()


PATHS = pytest.mark.parametrize("path", ["/things", "/slow"])


@PATHS
def test_a_repeat_gets_the_first_answer_and_does_nothing(hall, path):
    first, second = hall.post(path), hall.post(path)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    for header in ("Location", "ETag", "Content-Type"):
        assert first.headers[header] == second.headers[header]
    assert "Idempotent-Replay" not in first.headers
    assert second.headers["Idempotent-Replay"] == "true"
    assert (hall.calls, hall.things) == (1, 1)


def test_without_a_key_every_request_counts(hall):
    hall.post(key=None)
    hall.post(key=None)
    assert (hall.things, hall.keys) == (2, 0)


def test_the_order_of_json_members_does_not_make_another_request(hall):
    hall.post(data=b'{"name":"a","x":1}', content_type="application/json")
    again = hall.post(data=b'{ "x":1, "name":"a" }', content_type="application/json")
    assert again.headers["Idempotent-Replay"] == "true"


@PATHS
def test_the_same_key_with_other_content_is_refused(hall, path):
    hall.post(path)
    for other in (hall.post(path, json={"name": "b"}), hall.post(path + "?x=1")):
        assert (other.status_code, other.json["type"]) == (422, "/problems/idempotency-key-reused")
    assert hall.things == 1


def test_the_same_key_on_another_resource_of_the_route_is_refused(hall):
    assert hall.post("/things/a/parts").status_code == 201
    assert hall.post("/things/b/parts").status_code == 422


def test_keys_of_other_callers_and_other_routes_are_other_keys(hall):
    assert hall.post().status_code == 201
    assert hall.post("/slow").status_code == 201
    hall.actor = "person:2"
    assert hall.post().status_code == 201
    assert hall.things == 3


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 129])
def test_a_key_that_is_no_key_is_refused(hall, key):
    assert hall.post(key=key).status_code == 422
    assert hall.post(key="x" * 128).status_code == 201


@pytest.mark.parametrize(
    "failure", [Refusal("no", zh="不", en="no"), 409, 500, RuntimeError("bug")], ids=["refusal", "409", "500", "crash"]
)
def test_a_refusal_changes_nothing_stores_nothing_and_frees_the_key(hall, failure):
    hall.fail = failure
    assert hall.post().status_code >= 400
    assert (hall.things, hall.keys) == (0, 0)
    hall.fail = None
    assert hall.post(json={"name": "corrected"}).status_code == 201


def test_an_abort_of_the_framework_rolls_back_too(hall):
    hall.app.post("/abort", endpoint="abort")(idempotent(lambda: (hall.create(), abort(403))))
    assert hall.post("/abort").status_code == 403
    assert (hall.things, hall.keys) == (0, 0)


@pytest.mark.parametrize(
    "failure", [Refusal("no", zh="不", en="no"), 409, RuntimeError("bug")], ids=["refusal", "409", "crash"]
)
def test_a_refusal_frees_the_key_of_a_leased_route(hall, failure):
    hall.fail = failure
    assert hall.post("/slow").status_code >= 400
    assert hall.keys == 0


def together(hall, count, path="/things"):
    answers = [None] * count
    barrier = threading.Barrier(count)

    def send(number):
        barrier.wait()
        answers[number] = hall.post(path)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


def test_doubles_sent_at_the_same_moment_wait_and_get_the_same_answer(hall):
    answers = together(hall, 6)
    assert [answer.status_code for answer in answers] == [201] * 6
    assert len({answer.json["id"] for answer in answers}) == 1
    assert sum("Idempotent-Replay" in answer.headers for answer in answers) == 5
    assert (hall.calls, hall.things) == (1, 1)


def test_doubles_of_a_leased_route_are_told_to_come_back(hall):
    hall.hold = threading.Event()
    first = []
    thread = threading.Thread(target=lambda: first.append(hall.post("/slow")))
    thread.start()
    assert hall.entered.wait(5)
    double = hall.post("/slow")
    assert (double.status_code, double.json["type"]) == (409, "/problems/request-still-running")
    assert 1 <= int(double.headers["Retry-After"]) <= 60
    assert hall.post("/slow", json={"name": "b"}).status_code == 422
    hall.hold.set()
    thread.join(5)
    assert first[0].status_code == 201
    assert hall.post("/slow").headers["Idempotent-Replay"] == "true"
    assert hall.calls == 1


def test_a_double_that_waits_too_long_is_told_to_come_back(hall):
    if hall.database.dialect == "sqlite":
        return  # its write lock has a test of its own below
    hall.hold = threading.Event()
    thread = threading.Thread(target=hall.post)
    thread.start()
    assert hall.entered.wait(5)
    hall.database.proxy.execute_sql("SET lock_timeout = '200ms'")
    started = time.monotonic()
    double = hall.post()
    assert time.monotonic() - started < 5
    assert (double.status_code, double.headers["Retry-After"]) == (409, "1")
    hall.hold.set()
    thread.join(5)
    assert hall.things == 1


def test_a_write_lock_that_never_comes_is_told_to_come_back(tmp_path):
    database = Database("test").connect(f"sqlite:///{tmp_path}/locked.db")
    try:
        privacy.configure({"v1": b"k" * 32}, b"lookup")
        hall = Hall(database)
        hall.hold = threading.Event()
        thread = threading.Thread(target=hall.post)
        thread.start()
        assert hall.entered.wait(5)
        database.proxy.execute_sql("PRAGMA busy_timeout = 100")
        double = hall.post()
        assert (double.status_code, double.json["type"]) == (409, "/problems/request-still-running")
        hall.hold.set()
        thread.join(5)
    finally:
        idempotency.configure()
        database.close()


def test_after_a_crash_a_leased_key_can_be_tried_again_once_the_lease_is_over(hall):
    hall.post("/slow")
    table = hall.database.table("idempotency")
    table.update(state="running", status=None, body=None, lease_until=clock.wall() + timedelta(seconds=30)).execute()
    assert hall.post("/slow").status_code == 409
    table.update(lease_until=clock.wall() - timedelta(seconds=1)).execute()
    again = hall.post("/slow")
    assert (again.status_code, hall.calls) == (201, 2)
    assert "Idempotent-Replay" not in again.headers
    assert hall.post("/slow").json == again.json


def test_an_attempt_that_lost_its_lease_does_not_overwrite_the_answer(hall):
    hall.hold = threading.Event()
    first = []
    thread = threading.Thread(target=lambda: first.append(hall.post("/slow")))
    thread.start()
    assert hall.entered.wait(5)
    table = hall.database.table("idempotency")
    table.update(lease_until=clock.wall() - timedelta(seconds=1)).execute()
    hold, hall.hold = hall.hold, None
    second = hall.post("/slow")
    hold.set()
    thread.join(5)
    assert first[0].json["id"] != second.json["id"]
    assert hall.post("/slow").json == second.json


def test_an_upload_counts_by_its_content(hall):
    def upload(content):
        return hall.post(
            data={"title": "t", "file": (io.BytesIO(content), "a.pdf")}, content_type="multipart/form-data"
        )

    assert upload(b"one").status_code == 201
    assert upload(b"one").headers["Idempotent-Replay"] == "true"
    assert upload(b"two").status_code == 422


def test_a_streamed_answer_is_refused_as_it_cannot_be_repeated(hall):
    assert hall.post("/stream").status_code == 500
    assert hall.keys == 0


@pytest.mark.rule("ID-21")
def test_a_stored_answer_is_encrypted(hall):
    hall.post()
    (body,) = hall.database.proxy.execute_sql("SELECT body FROM chassis_idempotency").fetchone()
    assert body.startswith("v1.")


def test_keys_are_purged_after_48_hours_of_technical_time(hall):
    for key in ("a", "b", "c"):
        hall.post(key=key)
    table = hall.database.table("idempotency")
    assert idempotency.purge(hall.database) == 0
    with clock.clock_at("2036-01-01 00:00"):
        assert idempotency.purge(hall.database) == 0
    table.update(purge_after=table.purge_after).execute()
    table.update(purge_after=clock.wall() - timedelta(seconds=1)).where(table.key != "c").execute()
    assert idempotency.purge(hall.database, rows=1) == 2
    assert [row.key for row in table.select()] == ["c"]


def test_the_caller_is_the_one_that_the_gate_has_checked(hall):
    auth = pytest.importorskip("chassis.auth")
    idempotency.configure()
    auth.act_as(auth.Actor("service:test", "service"))
    hall.post()
    assert hall.database.table("idempotency").select().first().actor == auth.ANONYMOUS.id


def test_the_view_says_its_header_for_the_openapi_document(hall):
    view = hall.app.view_functions["parts"]
    assert [parameter["name"] for parameter in view.openapi_parameters] == ["Idempotency-Key"]
