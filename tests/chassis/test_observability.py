"""Logs, metrics, traces, and the health pages of web and worker processes."""

import io
import json
import logging
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

import prometheus_client
import pytest
import structlog
from flask import Flask, Response, abort, request
from werkzeug.serving import make_server

from chassis import config, context, http, observability
from chassis.db import Database

ROOT = Path(__file__).resolve().parents[2]
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
INCOMING = f"00-{TRACE}-{SPAN}-01"


@pytest.fixture
def settings(tmp_path):
    return config.load("filing", {"YWT_MODE": "test", "YWT_VAR": str(tmp_path)})


@pytest.fixture
def logs(settings):
    """The log lines since the last look, read as JSON."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    observability.configure(settings)
    (handler,) = root.handlers
    written = io.StringIO()
    handler.setStream(written)

    def look():
        lines = [json.loads(line) for line in written.getvalue().splitlines()]
        written.truncate(0)
        written.seek(0)
        return lines

    yield look
    root.handlers[:], root.level = before[0], before[1]
    structlog.reset_defaults()


@pytest.fixture
def checks(monkeypatch):
    fresh = observability.Checks()
    monkeypatch.setattr(observability, "checks", fresh)
    return fresh


@pytest.fixture
def client(checks):
    app = Flask("observed")
    observability.install(app, "filing")

    @app.get("/cases/<number>")
    def case(number):
        observability.log.info("looked_up", mobile=request.args.get("mobile"))
        carried = [observability.request_id.get(), context.correlation.get(), context.traceparent.get()]
        return {"carried": carried}

    @app.get("/broken")
    def broken():
        raise ValueError("call 13800000000")

    @app.get("/forbidden")
    def forbidden():
        abort(403)

    return app.test_client()


def count(route, status, method="GET"):
    labels = {"service": "filing", "method": method, "route": route, "status": status}
    return prometheus_client.REGISTRY.get_sample_value("http_request_seconds_count", labels) or 0


def test_a_log_line_is_json_with_the_context_of_the_work(logs):
    token = context.correlation.set("TJ-2026-1")
    observability.log.info("saved", count=3, name="甲")
    context.correlation.reset(token)
    (line,) = logs()
    assert (line["event"], line["level"], line["service"], line["count"]) == ("saved", "info", "filing", 3)
    assert line["correlation"] == "TJ-2026-1"
    assert line["timestamp"].endswith("Z")


@pytest.mark.rule("ID-21")
def test_nothing_personal_is_logged_not_by_libraries_and_not_in_tracebacks(logs):
    observability.log.warning("calling 13800000000", who={"id": "120101199003071235"})
    logging.getLogger("some.library").warning("token %s", "Bearer abcdef")
    try:
        raise ValueError("no such person 120101199003071235")
    except ValueError:
        observability.log.exception("failed")
    text = json.dumps(lines := logs(), ensure_ascii=False)
    assert len(lines) == 3
    for secret in ("13800000000", "120101199003071235", "abcdef"):
        assert secret not in text
    assert "1201**********1235" in text
    assert "Traceback" in text


def test_each_request_is_one_access_line_under_its_route(logs, client):
    client.get("/cases/1?mobile=13800000000")
    looked_up, line = logs()
    assert looked_up["mobile"] == "138****0000"
    assert (line["event"], line["route"], line["path"]) == ("request", "/cases/<number>", "/cases/1")
    assert line["status"] == 200
    assert line["request_id"] == looked_up["request_id"]
    assert line["ms"] >= 0


def test_health_pages_are_not_worth_a_line(logs, client):
    client.get("/livez")
    assert logs() == []


def test_a_request_id_is_accepted_answered_and_used(client):
    answer = client.get("/cases/1", headers={"X-Request-ID": "request-0001", "X-Correlation-ID": "TJ-2026-1"})
    assert answer.headers["X-Request-ID"] == "request-0001"
    assert answer.json["carried"][:2] == ["request-0001", "TJ-2026-1"]


@pytest.mark.parametrize("value", ["", "short", "x" * 65, "with blank in", '<script>"', "行政审批行政审批"])
def test_a_request_id_of_another_shape_is_replaced(client, value):
    answer = client.get("/cases/1", headers={"X-Request-ID": value.encode().decode("latin-1")})
    assert answer.headers["X-Request-ID"] != value
    assert len(answer.headers["X-Request-ID"]) == 36


def test_the_context_of_one_request_does_not_stay_for_the_next(client):
    client.get("/cases/1", headers={"X-Correlation-ID": "TJ-2026-1"})
    assert client.get("/cases/1").json["carried"][1] is None
    assert observability.request_id.get() is None
    assert context.traceparent.get() is None


def test_the_trace_context_is_carried_on_even_without_a_collector(client):
    carried = client.get("/cases/1", headers={"traceparent": INCOMING}).json["carried"][2]
    version, trace, span, flags = carried.split("-")
    assert (version, trace, flags) == ("00", TRACE, "01")
    assert span != SPAN
    for broken in ("00-0-0-00", f"00-{'0' * 32}-{SPAN}-01", "x"):
        fresh = client.get("/cases/1", headers={"traceparent": broken}).json["carried"][2]
        assert observability._TRACEPARENT.fullmatch(fresh)


def test_requests_are_measured_by_route_and_never_by_id(client):
    before = count("/cases/<number>", "200"), count("unknown", "404"), count("/forbidden", "403")
    client.get("/cases/1")
    client.get("/cases/2")
    client.get("/nowhere/120101199003071235")
    client.get("/forbidden")
    client.open("/cases/1", method="BREW")
    after = count("/cases/<number>", "200"), count("unknown", "404"), count("/forbidden", "403")
    assert [now - then for now, then in zip(after, before, strict=True)] == [2, 1, 1]
    text = client.get("/metrics").text
    assert "120101199003071235" not in text
    assert "BREW" not in text


def test_a_crash_is_measured_and_logged_as_500(logs, client):
    before = count("/broken", "500")
    assert client.get("/broken").status_code == 500
    assert count("/broken", "500") == before + 1
    assert "13800000000" not in json.dumps(logs())


def test_the_process_is_alive_and_ready(client, checks):
    checks.add("database", lambda: None)
    assert client.get("/livez").json == client.get("/healthz").json == {"status": "alive"}
    assert client.get("/readyz").json == {"status": "ready", "checks": {"database": "ok"}}


def raising():
    raise RuntimeError("password=secret")


@pytest.mark.parametrize("check", [raising, lambda: False, lambda: "behind by 3"])
def test_a_condition_that_fails_takes_readiness_away_without_telling_secrets(client, checks, check):
    checks.add("good", lambda: True)
    checks.add("bad", check)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert answer.json["checks"]["good"] == "ok"
    assert answer.json["checks"]["bad"] in ("failed", "behind by 3")
    assert "secret" not in answer.text
    assert client.get("/livez").status_code == 200


def test_a_process_that_shuts_down_is_alive_but_not_ready(client, checks):
    checks.stop()
    assert client.get("/readyz").status_code == 503
    assert client.get("/livez").status_code == 200


def test_readiness_watches_the_database_and_its_migrations(client, checks, tmp_path):
    folder = tmp_path / "filing" / "migrations"
    folder.mkdir(parents=True)
    (folder / "0001_first.sql").write_text("CREATE TABLE one (id TEXT PRIMARY KEY)")
    (folder / "HEAD").write_text("0001_first.sql")
    database = Database("ready").connect(f"sqlite:///{tmp_path}/ready.db")
    checks.watch_database(database, [folder])
    assert client.get("/readyz").json["checks"] == {"database": "ok", "migrations": "failed"}
    observability.migrate.migrate(database, [folder])
    assert client.get("/readyz").status_code == 200
    database.release()
    client.get("/readyz")
    assert database.proxy.is_closed()
    database.close()
    database.connect(f"sqlite:///{tmp_path}/nowhere/ready.db")
    assert client.get("/readyz").json["checks"]["database"] == "failed"


def test_gauges_are_read_when_asked_and_a_broken_one_does_not_hide_the_others(client, monkeypatch):
    values = iter([3, 4])
    observability.gauges.register("test_outbox_pending", "Rows", lambda: next(values), service="filing")
    observability.gauges.register("test_outbox_pending", "Rows", lambda: 7, service="catalog")
    observability.gauges.register("test_broken", "Rows", raising)
    text = client.get("/metrics").text
    assert 'test_outbox_pending{service="filing"} 3.0' in text
    assert 'test_outbox_pending{service="catalog"} 7.0' in text
    assert "test_broken{" not in text
    assert 'test_outbox_pending{service="filing"} 4.0' in client.get("/metrics").text


def read(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_a_worker_process_answers_the_same_pages(checks):
    fine = [True]
    server = observability.health_server(0, {"loops": lambda: fine[0]})
    url = f"http://127.0.0.1:{server.server_port}"
    try:
        assert read(url + "/livez") == (200, '{"status":"alive"}')
        assert read(url + "/readyz?x=1")[0] == 200
        fine[0] = False
        assert json.loads(read(url + "/readyz")[1])["checks"] == {"loops": "failed"}
        assert "http_request_seconds" in read(url + "/metrics")[1]
        assert read(url + "/other")[0] == 404
    finally:
        server.shutdown()
        server.server_close()


def test_without_a_collector_the_tracing_libraries_are_not_even_loaded():
    code = "import sys, chassis.http, chassis.observability; print([m for m in sys.modules if 'opentelemetry' in m])"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_with_a_collector_spans_are_exported_and_the_trace_goes_on_to_the_peer(client):
    got, sent = [], []
    collector = Flask("collector")

    @collector.post("/v1/traces")
    def traces():
        got.append(request.get_data())
        return Response(b"", content_type="application/x-protobuf")

    @collector.get("/peer")
    def peer():
        sent.append(request.headers["traceparent"])
        return {}

    server = make_server("127.0.0.1", 0, collector, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    url = f"http://127.0.0.1:{server.port}"
    observability.start_tracing("filing", url)
    try:
        carried = client.get("/cases/1", headers={"traceparent": INCOMING}).json["carried"][2]
        token = context.traceparent.set(carried)
        http.configure({"catalog": url}, lambda audience: "t")
        http.peer("catalog").get("/peer")
        context.traceparent.reset(token)
    finally:
        observability.stop_tracing()
        server.shutdown()
        server.server_close()
    assert carried.split("-")[1] == sent[0].split("-")[1] == TRACE
    assert len({SPAN, carried.split("-")[2], sent[0].split("-")[2]}) == 3
    exported = b"".join(got)
    for piece in (b"ywt-filing", b"GET /cases/<number>", b"GET catalog", bytes.fromhex(TRACE)):
        assert piece in exported
