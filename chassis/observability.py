"""What can be seen from outside: JSON logs, metrics, traces, and whether the process is alive and ready.

Nothing personal is logged (`privacy.scrub` is the last processor) and no metric has an id as a label. Traces are
exported only when a collector is configured; the W3C trace context is carried on in any case.
"""

import http.server
import json
import logging
import os
import re
import secrets
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import prometheus_client
import structlog
from flask import Flask, Response, g, request
from prometheus_client.core import GaugeMetricFamily

from chassis import clock, context, migrate, privacy
from chassis.config import Settings
from chassis.db import Database
from chassis.errors import problem
from chassis.ids import new_id

PATHS = ("/livez", "/healthz", "/readyz", "/metrics")
POLLED = "/revocations"  # asked for every two seconds by every process
log: Any = structlog.get_logger()

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the HTTP request in hand; passed on to peers, in every log line, and shown to whoever asks for help."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_CORRELATION = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

_duration = prometheus_client.Histogram(
    "http_request_seconds",
    "Time to answer a request",
    ("service", "method", "route", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
_service = ""
_tracer: Any = None
_provider: Any = None


# --- logs ---------------------------------------------------------------------------------------------------------


def configure(settings: Settings) -> None:
    """Send all logs of this process, libraries' too, as JSON lines to standard error; start traces if wanted."""
    global _service
    _service = settings.service
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _add_context,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                privacy.scrub,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for noisy in ("urllib3", "werkzeug", "pika", "kombu", "amqp", "peewee", "opentelemetry"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    if settings.telemetry_url:
        start_tracing(settings.service, settings.telemetry_url)


def _add_context(_logger: Any, _method: str, event: Any) -> Any:
    event.setdefault("service", _service)
    for name, variable in (
        ("request_id", request_id),
        ("correlation", context.correlation),
        ("causation", context.causation),
        ("actor", context.actor),
    ):
        value = variable.get()
        if value is not None:
            event.setdefault(name, value)
    traceparent = context.traceparent.get()
    if traceparent:
        event.setdefault("trace_id", traceparent.split("-")[1])
    return event


# --- traces -------------------------------------------------------------------------------------------------------


def start_tracing(service: str, url: str) -> None:
    """Export spans to an OTLP collector. The SDK is imported only here: without traces it costs no memory."""
    global _tracer, _provider
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    _provider = TracerProvider(resource=Resource.create({"service.name": f"ywt-{service}"}))
    exporter = OTLPSpanExporter(endpoint=f"{url.rstrip('/')}/v1/traces", timeout=5)
    _provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracer = _provider.get_tracer("chassis")


def stop_tracing() -> None:
    """Send what is still buffered; at the end of the process."""
    global _tracer
    if _tracer is not None:
        _provider.shutdown()
        _tracer = None


@contextmanager
def span(name: str, **attributes: Any) -> Iterator[None]:
    """A span around a call or a handler, child of the trace context in hand; free of cost without a collector."""
    if _tracer is None:
        yield
        return
    before = context.traceparent.get()
    running = _start_span(name, before, attributes)
    context.traceparent.set(_header_of(running))
    try:
        yield
    except BaseException as error:
        running.set_attribute("error.type", type(error).__name__)
        raise
    finally:
        running.end()
        context.traceparent.set(before)


def child_traceparent(parent: str | None) -> str:
    """A trace context below the given one; a new trace when there is none or it is broken."""
    if parent and _TRACEPARENT.fullmatch(parent):
        _, trace, _, flags = parent.split("-")
        return f"00-{trace}-{secrets.token_hex(8)}-{flags}"
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def _start_span(name: str, parent: str | None, attributes: Mapping[str, Any]) -> Any:
    from opentelemetry import trace
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier = {"traceparent": parent} if parent else {}
    above = TraceContextTextMapPropagator().extract(carrier, context=trace.context_api.Context())
    return _tracer.start_span(name, context=above, attributes=dict(attributes))


def _header_of(running: Any) -> str:
    ids = running.get_span_context()
    return f"00-{ids.trace_id:032x}-{ids.span_id:016x}-{int(ids.trace_flags):02x}"


# --- health -------------------------------------------------------------------------------------------------------

Check = Callable[[], Any]


class Checks:
    """Named conditions of readiness. A check raises, or returns False or a text, when it is not fulfilled."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}
        self._stopping = threading.Event()

    def add(self, name: str, check: Check) -> None:
        """Register a condition; the same name again replaces it."""
        self._checks[name] = check

    def watch_database(self, database: Database, folders: Sequence[Path]) -> None:
        """Ready only while the database answers and is migrated to what this code needs."""
        reached: list[bool] = []

        def migrated() -> bool:
            if not reached and migrate.at_head(database, folders):
                reached.append(True)  # migrations only go forward
            return bool(reached)

        def answered() -> None:
            try:
                database.ping()
            finally:
                database.release()

        self.add("database", answered)
        self.add("migrations", migrated)

    def stop(self) -> None:
        """Turn readiness off: the process is about to end and takes no new work."""
        self._stopping.set()

    def run(self) -> dict[str, str]:
        """Each condition with `ok` or what is wrong; details go to the log, not to the asker."""
        result = {"stopping": "shutting down"} if self._stopping.is_set() else {}
        for name, check in self._checks.items():
            try:
                answer = check()
            except Exception as error:
                log.warning("not_ready", check=name, error=f"{type(error).__name__}: {error}")
                answer = "failed"
            result[name] = answer if isinstance(answer, str) else "failed" if answer is False else "ok"
        return result


checks = Checks()


def _page(path: str) -> tuple[int, str, bytes]:
    """Status, content type and body of a health page, the same for web and worker processes."""
    if path == "/metrics":
        return 200, prometheus_client.CONTENT_TYPE_LATEST, prometheus_client.generate_latest(_registry())
    if path in {"/livez", "/healthz"}:
        return 200, "application/json", b'{"status":"alive"}'
    found = checks.run()
    if all(answer == "ok" for answer in found.values()):
        return 200, "application/json", json.dumps({"status": "ready", "checks": found}).encode()
    body = problem(
        "not-ready",
        status=503,
        zh="服务尚未就绪或正在停止。",
        en="The service is not ready yet or is shutting down.",
        next_zh="请稍后再试。",
        next_en="Try again in a moment.",
        checks=found,
    )
    return 503, "application/problem+json", json.dumps(body, ensure_ascii=False).encode()


def health_server(
    port: int, conditions: Mapping[str, Check] | None = None, host: str = "127.0.0.1"
) -> http.server.ThreadingHTTPServer:
    """Serve the health pages of a worker process from a thread of its own; `.shutdown()` ends it, port 0 picks one.

    `conditions` are added to the readiness `checks` of the process.
    """
    for name, check in (conditions or {}).items():
        checks.add(name, check)

    class Handler(http.server.BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path not in PATHS:
                self.send_error(404)
                return
            status, content_type, body = _page(path)
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Probes come every few seconds; they are not worth a line."""

    server = http.server.ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="health", daemon=True).start()
    return server


# --- metrics ------------------------------------------------------------------------------------------------------


class Gauges:
    """Numbers that are read when somebody asks for the metrics: rows waiting, their age, parked messages."""

    def __init__(self) -> None:
        self._reads: dict[tuple[str, tuple[tuple[str, str], ...]], tuple[str, Callable[[], float]]] = {}

    def register(self, name: str, description: str, read: Callable[[], float], **labels: str) -> None:
        """Register a number; the same name and labels again replace it. Labels are fixed words, never ids."""
        self._reads[name, tuple(sorted(labels.items()))] = (description, read)

    def describe(self) -> Iterable[Any]:
        """Nothing in advance, so that registering does not read."""
        return ()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Read all numbers; one that cannot be read is left out and logged."""
        families: dict[str, GaugeMetricFamily] = {}
        for (name, labels), (description, read) in list(self._reads.items()):
            try:
                value = float(read())
            except Exception as error:
                log.warning("gauge_failed", gauge=name, error=f"{type(error).__name__}: {error}")
                continue
            family = families.setdefault(name, GaugeMetricFamily(name, description, labels=[key for key, _ in labels]))
            family.add_metric([value for _, value in labels], value)
        return families.values()


gauges = Gauges()
prometheus_client.REGISTRY.register(gauges)


def _registry() -> Any:
    """The metrics of this process; of all web workers together when PROMETHEUS_MULTIPROC_DIR is set."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return prometheus_client.REGISTRY
    from prometheus_client import multiprocess

    registry = prometheus_client.CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    registry.register(gauges)
    return registry


# --- web ----------------------------------------------------------------------------------------------------------


def install(app: Flask, service: str) -> None:
    """Request id, trace context, access log, metrics and health pages of a web application."""
    from chassis import auth

    @app.before_request
    def begin() -> None:
        g.seen = {"started": clock.monotonic(), "before": [(var, var.get()) for var in _CARRIED], "done": False}
        request_id.set(_accepted("X-Request-ID", _REQUEST_ID) or new_id())
        context.correlation.set(_accepted("X-Correlation-ID", _CORRELATION))
        incoming = _accepted("traceparent", _TRACEPARENT)
        if _tracer is None or request.path in PATHS:
            context.traceparent.set(child_traceparent(incoming))
        else:
            running = _start_span(f"{_method()} {_route()}", incoming, {"http.route": _route(), "method": _method()})
            g.seen["span"] = running
            context.traceparent.set(_header_of(running))

    @app.after_request
    def answer(response: Response) -> Response:
        if request_id.get():
            response.headers["X-Request-ID"] = request_id.get()
        _finish(service, response.status_code)
        return response

    @app.teardown_request
    def end(error: BaseException | None) -> None:
        _finish(service, 500)
        for variable, value in g.pop("seen", {}).get("before", ()):
            variable.set(value)  # the next request on this thread starts clean

    def health(path: str) -> Callable[[], Response]:
        @auth.allow(auth.Public())
        def page() -> Response:
            status, content_type, body = _page(path)
            return Response(body, status=status, content_type=content_type)

        return page

    for path in PATHS:
        app.add_url_rule(path, endpoint=path.strip("/"), view_func=health(path))


_CARRIED = (request_id, context.correlation, context.causation, context.traceparent)


def _accepted(header: str, shape: re.Pattern[str]) -> str | None:
    value = request.headers.get(header, "")
    return value if shape.fullmatch(value) else None


def _route() -> str:
    return request.url_rule.rule if request.url_rule else "unknown"


def _method() -> str:
    return request.method if request.method in _METHODS else "OTHER"


def _finish(service: str, status: int) -> None:
    """Log, measure and close the span, once per request, whether it ended with an answer or a crash."""
    seen = g.get("seen")
    if seen is None or seen["done"]:
        return
    seen["done"] = True
    seconds = clock.monotonic() - seen["started"]
    _duration.labels(service, _method(), _route(), str(status)).observe(seconds)
    write = log.debug if request.path in PATHS or request.path.endswith(POLLED) else log.info
    write("request", method=_method(), route=_route(), path=request.path, status=status, ms=round(seconds * 1000, 1))
    if "span" in seen:
        seen["span"].set_attribute("http.response.status_code", status)
        seen["span"].end()
