"""The way of a request through the gateway, as plain WSGI: it is the hottest path of the hall."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from http.client import responses
from typing import Any

from chassis.auth import Gate
from chassis.errors import Refusal
from chassis.ids import new_id
from chassis.observability import log
from contracts import rules
from gateway.limits import Buckets
from gateway.settings import GatewaySettings
from gateway.upstream import CHUNK, Answer, Broken, Busy, Pool, TimedOut, Unreachable

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
MIB = 1_048_576
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")
_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}\Z")
_NOT_FORWARDED = {
    *("HTTP_HOST", "HTTP_CONNECTION", "HTTP_KEEP_ALIVE", "HTTP_TE", "HTTP_TRAILER", "HTTP_UPGRADE", "HTTP_EXPECT"),
    *("HTTP_TRANSFER_ENCODING", "HTTP_CONTENT_LENGTH", "HTTP_PROXY_AUTHORIZATION", "HTTP_PROXY_CONNECTION"),
    *("HTTP_PROXY", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_X_REQUEST_ID", "HTTP_HTTP2_SETTINGS"),
}


def target_of(environ: Environ) -> str:
    """Path and query as the client wrote them: what is routed by is what is forwarded, so they cannot differ."""
    raw: str = environ["RAW_URI"]
    if raw.startswith("/"):
        return raw
    rest = raw.partition("://")[2]  # the absolute form, as a client speaks to a proxy
    return rest[rest.index("/") :] if "/" in rest else "/"


def address_of(environ: Environ, behind_proxy: bool) -> str:
    """The address of the client; behind our own proxy the one that this proxy has seen."""
    if behind_proxy and environ.get("HTTP_X_FORWARDED_FOR"):
        return environ["HTTP_X_FORWARDED_FOR"].rpartition(",")[2].strip()
    return environ.get("REMOTE_ADDR", "")


class Proxy:
    """WSGI: `/api/<service>/…` goes to that service, with token check, rate limit, request id and streaming."""

    def __init__(self, settings: GatewaySettings, gate: Gate, buckets: Buckets):
        self.pools = {
            name: Pool(url, settings.answer_seconds, settings.most_at_once) for name, url in settings.services.items()
        }
        self.gate, self.buckets, self.behind_proxy = gate, buckets, settings.behind_proxy
        self.most_bytes = int(rules.value("gateway.body_max_bytes").value)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _REQUEST_ID.match(given) else new_id()
        try:
            return self._forward(environ, start_response, request_id)
        except Refusal as refusal:
            return _answer_problem(environ, start_response, refusal, request_id)
        except Exception as error:
            log.error("crashed", exc_info=error, request_id=request_id)
            return _answer_problem(environ, start_response, _crashed(), request_id)

    def _forward(self, environ: Environ, start_response: StartResponse, request_id: str) -> Iterable[bytes]:
        target = target_of(environ)
        service = target.split("?", 1)[0].split("/", 3)[2]
        address = address_of(environ, self.behind_proxy)
        self._admit(environ, address)
        pool = self.pools.get(service)
        if pool is None:
            raise _no_such_service(service)
        method: str = environ["REQUEST_METHOD"]
        length = int(environ.get("CONTENT_LENGTH") or 0)
        coding = environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        if coding not in ("", "chunked"):
            raise _unknown_coding()
        if length >= self.most_bytes:
            raise _too_large(self.most_bytes)
        has_body = bool(length or coding)
        head = _head(environ, method, target, pool.authority, request_id, length, bool(coding))
        if self.behind_proxy and environ.get("HTTP_X_FORWARDED_PROTO") == "https":
            head += b"X-Forwarded-Proto: https\r\n"
        else:
            head += b"X-Forwarded-Proto: http\r\n"
        head += b"X-Forwarded-For: %b\r\n\r\n" % address.encode("latin-1")
        body = self._body(environ["wsgi.input"], length, bool(coding)) if has_body else iter(())
        repeatable = not has_body and method in ("GET", "HEAD")
        try:
            answer = pool.ask(head, body, chunked=bool(coding), repeatable=repeatable)
            return _deliver(answer, method, start_response, request_id)
        except Busy:
            raise _busy(service) from None
        except Unreachable:
            raise _away(service) from None
        except TimedOut:
            raise _slow(service) from None
        except Broken as error:
            log.warning("broken_answer", peer=service, request_id=request_id, error=str(error))
            raise _broken(service) from None

    def _admit(self, environ: Environ, address: str) -> None:
        """Rate limit of the token's owner; who has none, or a bad one, is counted by address (GW-08)."""
        scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        caller = address
        if token and scheme.lower() == "bearer":
            try:
                caller = self.gate.read(token.strip()).id
            except Refusal:
                self.buckets.check(address)
                raise
        self.buckets.check(caller)

    def _body(self, source: Any, length: int, chunked: bool) -> Iterator[bytes]:
        taken = 0
        while chunked or taken < length:
            try:
                piece = source.read(CHUNK if chunked else min(MIB, length - taken))
            except TimeoutError:
                raise _too_slow() from None
            except Exception:  # the connection broke, or chunks that are none
                raise _cut_off() from None
            taken += len(piece)
            if chunked and taken >= self.most_bytes:
                raise _too_large(self.most_bytes)
            if not piece:
                if chunked:
                    return
                raise _cut_off()
            yield piece


@lru_cache(maxsize=1024)
def _wire_name(key: str) -> str | None:
    """The header's name behind a key of the WSGI environment; None for what is not forwarded."""
    if key == "CONTENT_TYPE":
        return "Content-Type"
    if not key.startswith("HTTP_") or key in _NOT_FORWARDED or key.startswith("HTTP_X_FORWARDED"):
        return None
    return key[5:].replace("_", "-").title()


def _head(
    environ: Environ, method: str, target: str, authority: str, request_id: str, length: int, chunked: bool
) -> bytes:
    host = environ.get("HTTP_HOST", "")
    if not _HOST.match(host):
        host = authority
    lines = [f"{method} {target} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-Host: {host}\r\nX-Request-ID: {request_id}"]
    connection = environ.get("HTTP_CONNECTION", "").lower()
    only_here = connection.split(",") if connection not in ("", "close", "keep-alive") else ()
    only_here = {part.strip() for part in only_here}
    for key, value in environ.items():
        name = _wire_name(key)
        if name is not None and not (only_here and name.lower() in only_here):
            lines.append(f"{name}: {value}")
    if chunked:
        lines.append("Transfer-Encoding: chunked")
    elif length or method in ("POST", "PUT", "PATCH"):
        lines.append(f"Content-Length: {length}")
    lines.append("")
    return "\r\n".join(lines).encode("latin-1")


class _Stream:
    """A long body for the WSGI server, which closes it in the end whatever happened."""

    def __init__(self, answer: Answer):
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._answer)

    def close(self) -> None:
        self._answer.close()


def _deliver(answer: Answer, method: str, start_response: StartResponse, request_id: str) -> Iterable[bytes]:
    try:
        if method == "HEAD" or answer.status in (204, 304):
            answer.without_body()
        body = answer.begin()
        headers = [(name, value) for name, value in answer.headers if name.lower() != "x-request-id"]
        headers.append(("X-Request-ID", request_id))
        if answer.length is not None:
            headers.append(("Content-Length", answer.length))
        start_response(f"{answer.status} {responses.get(answer.status, 'Status')}", headers)
    except BaseException:
        answer.close()
        raise
    if body is None:
        return _Stream(answer)
    answer.close()
    return [body] if body else []


def _answer_problem(
    environ: Environ, start_response: StartResponse, refusal: Refusal, request_id: str
) -> Iterable[bytes]:
    data = json.dumps(refusal.problem(), ensure_ascii=False).encode()
    fields = [
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(data))),
        ("X-Request-ID", request_id),
        *refusal.headers.items(),
    ]
    start_response(f"{refusal.status} {responses.get(refusal.status, 'Problem')}", fields)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [data]


def _no_such_service(name: str) -> Refusal:
    return Refusal(
        "no-such-service",
        status=404,
        zh="没有这个服务。",
        en=f"There is no service {name!r}.",
        next_zh="全部接口见 /api/docs。",
        next_en="All interfaces are listed at /api/docs.",
    )


def _too_large(most: int) -> Refusal:
    return Refusal(
        "too-large",
        status=413,
        rule="FIL-07",
        zh=f"单次上传须小于 {most // MIB} MB，本次内容没有接收。",
        en=f"One upload must be smaller than {most // MIB} MB; nothing was taken.",
        next_zh="请把材料分成几个文件分别上传。",
        next_en="Split the material into several files and upload them one by one.",
    )


def _cut_off() -> Refusal:
    return Refusal(
        "cut-off",
        status=400,
        zh="内容没有传完，连接已中断。",
        en="The connection ended before the whole body arrived.",
        next_zh="请重新上传。",
        next_en="Send it again.",
    )


def _too_slow() -> Refusal:
    return Refusal(
        "too-slow",
        status=408,
        zh="长时间没有收到内容，连接已中断。",
        en="Nothing more of the body arrived in time.",
        next_zh="请检查网络后重新上传。",
        next_en="Check your connection and send it again.",
    )


def _unknown_coding() -> Refusal:
    return Refusal(
        "unknown-transfer-coding",
        status=501,
        zh="不支持这种传输编码。",
        en="Of transfer codings only chunked is supported.",
        next_zh="请用 Content-Length 或 chunked 发送。",
        next_en="Send with Content-Length or chunked.",
    )


def _busy(service: str) -> Refusal:
    return Refusal(
        "service-busy",
        status=503,
        zh="该服务繁忙，您的操作没有提交。",
        en=f"The service {service} has too many requests in hand; nothing was submitted.",
        next_zh="请稍后再试。",
        next_en="Try again shortly.",
        headers={"Retry-After": "2"},
    )


def _crashed() -> Refusal:
    return Refusal(
        "internal",
        status=500,
        zh="网关内部错误。",
        en="An internal error of the gateway.",
        next_zh="请稍后再试；仍不行请把请求编号告诉工作人员。",
        next_en="Try again; if it persists, tell the staff the request id.",
    )


def _away(service: str) -> Refusal:
    return Refusal(
        "service-away",
        status=503,
        zh="该服务暂时不可用，您的操作没有提交。",
        en=f"The service {service} is away for a moment; nothing was submitted.",
        next_zh="请稍后再试。",
        next_en="Try again shortly.",
        headers={"Retry-After": "2"},
    )


def _slow(service: str) -> Refusal:
    return Refusal(
        "service-slow",
        status=504,
        zh="该服务没有及时答复，操作可能已经生效。",
        en=f"The service {service} did not answer in time; the request may have been done.",
        next_zh="请先查询结果；带同一幂等键重发不会重复办理。",
        next_en="Look first whether it was done; sending the same Idempotency-Key again never does it twice.",
    )


def _broken(service: str) -> Refusal:
    return Refusal(
        "service-broken",
        status=502,
        zh="该服务中断了答复，操作可能已经生效。",
        en=f"The service {service} broke off its answer; the request may have been done.",
        next_zh="请先查询结果；带同一幂等键重发不会重复办理。",
        next_en="Look first whether it was done; sending the same Idempotency-Key again never does it twice.",
    )
