"""Calls to peers and providers, against real HTTP servers."""

import socket
import threading
import time

import pytest
import requests
from flask import Flask, Response, jsonify, redirect, request
from werkzeug.serving import make_server

from chassis import context, http, observability
from chassis.db import Database


class Peer:
    """A real server whose answers the test chooses; it remembers what it was asked."""

    def __init__(self):
        self.asked, self.answers, self.delay = [], [], 0.0
        app = Flask("peer")

        @app.route("/<path:path>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
        def answer(path):
            self.asked.append((request.method, f"/{path}", dict(request.headers), request.get_data()))
            time.sleep(self.delay)
            if path == "moved":
                return redirect("/elsewhere")
            if path == "text":
                return Response("plain", content_type="text/plain")
            if path == "empty":
                return Response(status=204)
            status = self.answers.pop(0) if self.answers else 200
            response = jsonify({"type": "/problems/x", "status": status} if status >= 400 else {"ok": True})
            response.set_cookie("session", "of-somebody")
            return response, status

        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def server():
    found = Peer()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def catalog(server, monkeypatch):
    monkeypatch.setattr(http, "BACK_OFF", 0.001)
    http.configure({"catalog": server.url}, lambda audience: f"token-for-{audience}")
    return http.peer("catalog")


@pytest.fixture
def moment(monkeypatch):
    """A monotonic clock that the test moves."""
    now = [1000.0]
    monkeypatch.setattr("chassis.clock.monotonic", lambda: now[0])
    return now


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_call_carries_the_peer_token_and_the_context_of_the_work(server, catalog):
    tokens = [
        (observability.request_id, observability.request_id.set("request-1")),
        (context.correlation, context.correlation.set("TJ-2026-1")),
        (context.traceparent, context.traceparent.set("00-" + "a" * 32 + "-" + "b" * 16 + "-01")),
    ]
    try:
        assert http.json_or_raise(catalog.get("/items", params={"q": "甲"}, headers={"X-Own": "1"})) == {"ok": True}
    finally:
        for variable, token in tokens:
            variable.reset(token)
    sent = server.asked[0][2]
    assert sent["Authorization"] == "Bearer token-for-catalog"
    assert (sent["X-Request-Id"], sent["X-Correlation-Id"], sent["X-Own"]) == ("request-1", "TJ-2026-1", "1")
    assert sent["Traceparent"].split("-")[1] == "a" * 32


def test_a_provider_gets_no_token_and_no_case_number(server, catalog):
    token = context.correlation.set("TJ-2026-1")
    try:
        http.provider(server.url + "/", {"X-Api-Key": "k"}).post("/sms", json={"n": 1})
    finally:
        context.correlation.reset(token)
    sent = server.asked[0][2]
    assert sent["X-Api-Key"] == "k"
    assert not {"Authorization", "X-Correlation-Id"} & sent.keys()


def test_an_unknown_peer_is_said_by_name(catalog):
    with pytest.raises(LookupError, match="identity"):
        http.peer("identity")


def test_a_cookie_of_one_call_never_travels_with_the_next(server, catalog):
    catalog.get("/a")
    catalog.get("/b")
    assert "Cookie" not in server.asked[1][2]


def test_a_netrc_of_the_shell_does_not_replace_the_token(server, catalog, tmp_path, monkeypatch):
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login u password p\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    catalog.get("/a")
    assert server.asked[0][2]["Authorization"] == "Bearer token-for-catalog"


def test_a_redirect_is_answered_to_the_caller_and_not_followed(server, catalog):
    assert catalog.get("/moved").status_code == 302
    assert len(server.asked) == 1


@pytest.mark.parametrize("method", ["get", "put", "delete"])
@pytest.mark.parametrize("status", [502, 503, 504])
def test_an_idempotent_call_is_tried_again_while_the_host_is_away_for_a_moment(server, catalog, method, status):
    server.answers = [status, status]
    assert getattr(catalog, method)("/x").status_code == 200
    assert len(server.asked) == 3


def test_after_two_retries_the_last_answer_is_given(server, catalog):
    server.answers = [503] * 5
    assert catalog.get("/x").status_code == 503
    assert len(server.asked) == 3


@pytest.mark.parametrize("status", [400, 404, 409, 429, 500])
def test_an_answer_that_will_not_change_is_not_asked_for_again(server, catalog, status):
    server.answers = [status]
    assert catalog.get("/x").status_code == status
    assert len(server.asked) == 1


@pytest.mark.parametrize("method", ["post", "patch"])
def test_a_call_that_is_not_idempotent_goes_out_once(server, catalog, method):
    server.answers = [503]
    assert getattr(catalog, method)("/x", json={}).status_code == 503
    assert len(server.asked) == 1


def test_a_post_with_an_idempotency_key_is_tried_again_with_the_same_key_and_body(server, catalog):
    server.answers = [503]
    assert catalog.post("/x", json={"a": 1}, headers={"idempotency-key": "k"}).status_code == 200
    assert [(sent[2]["Idempotency-Key"], sent[3]) for sent in server.asked] == [("k", b'{"a": 1}')] * 2


def test_a_body_that_is_read_only_once_is_not_sent_again(server, catalog):
    server.answers = [503]
    assert catalog.put("/x", data=iter([b"a", b"b"])).status_code == 503
    assert len(server.asked) == 1


def test_a_host_that_is_not_there_has_certainly_done_nothing(catalog):
    http.configure({"gone": f"http://127.0.0.1:{free_port()}"}, lambda audience: "")
    with pytest.raises(http.Unavailable) as failed:
        http.peer("gone").get("/x?id=1")
    assert failed.value.maybe_done is False


def test_a_host_that_does_not_answer_in_time_may_have_done_it(server, catalog):
    server.delay = 0.5
    started = time.monotonic()
    with pytest.raises(http.Unavailable) as failed:
        catalog.post("/x", timeout=0.1)
    assert time.monotonic() - started < 0.4
    assert failed.value.maybe_done is True


def test_a_host_that_hangs_up_may_have_done_it(catalog):
    listener = socket.create_server(("127.0.0.1", 0))

    def hang_up():
        connection, _ = listener.accept()
        connection.recv(1000)
        connection.close()

    threading.Thread(target=hang_up, daemon=True).start()
    http.configure({"rude": f"http://127.0.0.1:{listener.getsockname()[1]}"}, lambda audience: "")
    with pytest.raises(http.Unavailable) as failed:
        http.peer("rude").post("/x")
    listener.close()
    assert failed.value.maybe_done is True


def test_after_five_failures_the_host_is_left_alone_for_ten_seconds(server, catalog, moment):
    server.answers = [503] * 20
    for _ in range(5):
        catalog.post("/x")
    with pytest.raises(http.Unavailable, match="not called") as refused:
        catalog.post("/x")
    assert refused.value.maybe_done is False
    moment[0] += 9.9
    with pytest.raises(http.Unavailable, match="not called"):
        catalog.post("/x")
    assert len(server.asked) == 5


def test_then_one_probe_decides(server, catalog, moment):
    server.answers = [503] * 6
    for _ in range(5):
        catalog.post("/x")
    moment[0] += 10.1
    assert catalog.post("/x").status_code == 503
    with pytest.raises(http.Unavailable, match="not called"):
        catalog.post("/x")
    moment[0] += 10.1
    assert catalog.post("/x").status_code == 200
    server.answers = [503]
    assert catalog.post("/x").status_code == 503
    assert catalog.post("/x").status_code == 200


def test_while_the_probe_is_out_nobody_else_calls(server, catalog, moment):
    server.answers = [503] * 5
    for _ in range(5):
        catalog.post("/x")
    moment[0] += 10.1
    server.delay = 0.3
    probe = threading.Thread(target=catalog.post, args=("/x",))
    probe.start()
    while len(server.asked) < 6:
        time.sleep(0.01)
    with pytest.raises(http.Unavailable, match="not called"):
        catalog.post("/x")
    probe.join(5)
    assert len(server.asked) == 6


def test_a_success_in_between_starts_the_count_anew(server, catalog):
    server.answers = [503, 503, 503, 503, 404, 503, 503, 503, 503, 200]
    for _ in range(10):
        catalog.post("/x")
    assert len(server.asked) == 10


def test_a_broken_call_of_ours_does_not_block_the_probe(server, catalog, moment):
    server.answers = [503] * 5
    for _ in range(5):
        catalog.post("/x")
    moment[0] += 10.1
    with pytest.raises(requests.exceptions.InvalidHeader):
        catalog.post("/x", headers={"X-Bad": "a\nb"})
    assert catalog.post("/x").status_code == 200


def test_a_call_inside_a_transaction_is_refused_and_never_sent(server, catalog, tmp_path):
    database = Database("http_test").connect(f"sqlite:///{tmp_path}/h.db")
    with database.transaction(), pytest.raises(RuntimeError, match="no call to the outside inside a transaction"):
        catalog.get("/x")
    assert server.asked == []
    database.close()


def test_the_database_connection_is_given_back_before_the_call(server, catalog, tmp_path):
    database = Database("http_test").connect(f"sqlite:///{tmp_path}/h.db")
    database.ping()
    assert not database.proxy.is_closed()
    catalog.get("/x")
    assert database.proxy.is_closed()
    database.close()


def test_a_rejection_carries_status_and_problem(server, catalog):
    server.answers = [409]
    with pytest.raises(http.Rejected) as rejected:
        catalog.json_or_raise(catalog.post("/x"))
    assert (rejected.value.status, rejected.value.problem["type"]) == (409, "/problems/x")


def test_an_answer_that_is_no_json_is_a_bad_answer_and_an_empty_one_is_nothing(catalog):
    with pytest.raises(http.Rejected) as rejected:
        http.json_or_raise(catalog.get("/text"))
    assert rejected.value.status == 502
    assert http.json_or_raise(catalog.get("/empty")) is None


def test_each_thread_has_its_own_session(catalog):
    seen = []
    for _ in range(2):
        thread = threading.Thread(target=lambda: seen.append(http._session()))
        thread.start()
        thread.join()
    assert seen[0] is not seen[1]
    assert http._session() is http._session()
