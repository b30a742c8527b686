"""Row versions over HTTP."""

from types import SimpleNamespace

import pytest
from flask import Flask, abort, jsonify

from chassis import etag
from chassis.errors import Refusal


@pytest.fixture
def row():
    return SimpleNamespace(id="c1", version=1)


@pytest.fixture
def client(row):
    app = Flask("etag_test")
    etag.install(app)

    @app.errorhandler(Refusal)
    def refused(error):
        return jsonify(error.problem()), error.status

    @app.get("/row")
    def read():
        etag.set(row)
        return {"version": row.version}

    @app.put("/row")
    def change():
        etag.check(row)
        row.version += 1
        etag.set(row)
        return {"version": row.version}

    @app.delete("/row")
    def remove():
        etag.require(row)
        return {}

    @app.get("/broken")
    def broken():
        etag.set(row)
        abort(404)

    return app.test_client()


def test_an_answer_carries_the_strong_tag_of_the_row(client):
    assert client.get("/row").headers["ETag"] == '"c1-1"'


def test_a_reader_who_has_the_version_gets_304_without_a_body(client):
    for tag in ('"c1-1"', 'W/"c1-1"', '"other", "c1-1"', "*"):
        answer = client.get("/row", headers={"If-None-Match": tag})
        assert (answer.status_code, answer.data) == (304, b"")
        assert answer.headers["ETag"] == '"c1-1"'
    assert client.get("/row", headers={"If-None-Match": '"c1-0"'}).status_code == 200


def test_a_change_of_the_version_seen_passes_and_answers_the_new_tag(client):
    answer = client.put("/row", headers={"If-Match": '"c1-1"'})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"c1-2"')


@pytest.mark.parametrize("tag", ['"c1-0"', 'W/"c1-1"', "nonsense", ""])
def test_a_change_of_another_version_is_refused_with_what_to_do(client, row, tag):
    answer = client.put("/row", headers={"If-Match": tag})
    assert answer.status_code == 412
    assert answer.json["next"]
    assert answer.json["next_en"]
    assert row.version == 1


def test_without_if_match_a_checked_change_passes_but_a_required_one_is_refused(client):
    assert client.put("/row").status_code == 200
    assert client.delete("/row").status_code == 428
    assert client.delete("/row", headers={"If-Match": "*"}).status_code == 200


def test_an_error_carries_no_tag(client):
    assert "ETag" not in client.get("/broken").headers
