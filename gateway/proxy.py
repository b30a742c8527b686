"""The way of a request through the gateway, as plain WSGI: it is the hottest path of the hall."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from chassis.auth import Gate
from chassis.errors import Refusal
from chassis.ids import new_id
from chassis.observability import log
from contracts import rules
from gateway.limits import Buckets
from gateway.upstream import CHUNK, Answer, Broken, Pool, TimedOut, Unreachable

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")
_NOT_FORWARDED = frozenset(
    ("HTTP_HOST", "HTTP_CONNECTION", "HTTP_KEEP_ALIVE", "HTTP_TE", "HTTP_TRAILER", "HTTP_UPGRADE", "HTTP_EXPECT")
    + ("HTTP_TRANSFER_ENCODING", "HTTP_PROXY_AUTHORIZATION", "HTTP_X_REQUEST_ID", "HTTP_X_FORWARDED_FOR")
    + ("HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED", "HTTP_CONTENT_LENGTH", "HTTP_PROXY")
)
_REASONS = {200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 304: "Not Modified", 404: "Not Found"}


class Proxy:
    """WSGI: `/api/<service>/…` goes to that service, with token check, rate limit, request id and streaming."""

    def __init__(self, services: Mapping[str, str], gate: Gate, buckets: Buckets, forwarded: bool = False):
        self.pools = {name: Pool(url) for name, url in services.items()}
        self.gate, self.buckets, self.behind_proxy = gate, buckets, forwarded
        self.most_bytes = int(rules.value("filing.upload_max_bytes").value)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _REQUEST_ID.match(given) else new_id()
        try:
            return self._forward(environ, start_response, request_id)
        except Refusal as refusal:
            return _answer_problem(start_response, refusal.problem(), request_id, refusal.headers)

    def _forward(self, environ: Environ, start_response: StartResponse, request_id: str) -> Iterable[bytes]:
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        service = path.split("/", 3)[2]
        pool = self.pools.get(service)
        if pool is None:
            raise _no_such_service(service)
        address = self._address(environ)
        caller = self._check_token(environ) or address
        wait = self.buckets.take(caller)
        if wait:
            raise _too_many(wait)
        method = environ["REQUEST_METHOD"]
        length = environ.get("CONTENT_LENGTH") or ""
        chunked = not length and environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked"
        if length and int(length) > self.most_bytes:
            raise _too_large(self.most_bytes)
        head = self._head(environ, method, path, pool, request_id, address, length, chunked)
        body = self._body(environ, int(length or 0), chunked)
        repeatable = method in {"GET", "HEAD"}
        try:
            answer = pool.ask(head, body, chunked=chunked, repeatable=repeatable)
        except Unreachable:
            raise _away(service) from None
        except TimedOut:
            raise _slow(service) from None
        except Broken as error:
            log.warning("broken_answer", peer=service, path=path, error=str(error))
            raise _broken(service) from None
        return _deliver(answer, method, start_response, request_id)

    def _address(self, environ: Environ) -> str:
        if self.behind_proxy and environ.get("HTTP_X_FORWARDED_FOR"):
            return environ["HTTP_X_FORWARDED_FOR"].split(",")[-1].strip()
        return environ.get("REMOTE_ADDR", "")

    def _check_token(self, environ: Environ) -> str | None:
        scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return None
        return self.gate.read(token.strip()).id

    @staticmethod
    def _head(
        environ: Environ,
        method: str,
        path: str,
        pool: Pool,
        request_id: str,
        address: str,
        length: str,
        chunked: bool,
    ) -> bytes:
        target = environ.get("RAW_URI", "")
        if not target.startswith("/"):
            query = environ.get("QUERY_STRING", "")
            target = quote(path) + (f"?{query}" if query else "")
        lines = [
            f"{method} {target} HTTP/1.1",
            f"Host: {pool.authority}",
            f"X-Request-ID: {request_id}",
            f"X-Forwarded-For: {address}",
            f"X-Forwarded-Proto: {environ.get('wsgi.url_scheme', 'http')}",
            f"X-Forwarded-Host: {environ.get('HTTP_HOST', '')}",
        ]
        lines += [
            f"{name[5:].replace('_', '-').title()}: {value}"
            for name, value in environ.items()
            if name.startswith("HTTP_") and name not in _NOT_FORWARDED
        ]
        if environ.get("CONTENT_TYPE"):
            lines.append(f"Content-Type: {environ['CONTENT_TYPE']}")
        if chunked:
            lines.append("Transfer-Encoding: chunked")
        elif length or method in {"POST", "PUT", "PATCH"}:
            lines.append(f"Content-Length: {length or 0}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _body(self, environ: Environ, length: int, chunked: bool) -> Iterator[bytes]:
        source = environ["wsgi.input"]
        if chunked:
            taken = 0
            while piece := source.read(CHUNK):
                taken += len(piece)
                if taken > self.most_bytes:
                    raise _too_large(self.most_bytes)
                yield piece
            return
        while length > 0:
            piece = source.read(min(CHUNK, length))
            if not piece:
                raise _cut_off()
            length -= len(piece)
            yield piece


class _Body:
    """The answer's body for the WSGI server, which closes it in the end whatever happened."""

    def __init__(self, answer: Answer):
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._answer)

    def close(self) -> None:
        self._answer.close()


def _deliver(answer: Answer, method: str, start_response: StartResponse, request_id: str) -> Iterable[bytes]:
    headers = [(name, value) for name, value in answer.headers if name.lower() != "x-request-id"]
    headers.append(("X-Request-ID", request_id))
    if answer.length is not None:
        headers.append(("Content-Length", answer.length))
    status = f"{answer.status} {_REASONS.get(answer.status, 'Status')}"
    if method == "HEAD" or answer.status in (204, 304):
        answer.without_body()
    body = answer.read_small()
    start_response(status, headers)
    if body is None:
        return _Body(answer)
    answer.close()
    return [body]


def _answer_problem(
    start_response: StartResponse, body: dict[str, Any], request_id: str, headers: Mapping[str, str]
) -> Iterable[bytes]:
    data = json.dumps(body, ensure_ascii=False).encode()
    fields = [
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(data))),
        ("X-Request-ID", request_id),
        *headers.items(),
    ]
    # The body of a refused request was perhaps not read: the connection cannot be used again.
    start_response(f"{body['status']} Problem", [*fields, ("Connection", "close")])
    return [data]


def _no_such_service(name: str) -> Refusal:
    return Refusal(
        "no-such-service",
        status=404,
        zh="没有这个服务。",
        en=f"There is no service {name!r}.",
        next_zh="全部接口见 /api/docs。",
        next_en="All interfaces are listed at /api/docs.",
    )


def _too_many(wait: float) -> Refusal:
    seconds = str(max(1, round(wait + 0.5)))
    return Refusal(
        "too-many-requests",
        status=429,
        rule="GW-08",
        zh="请求过于频繁。",
        en="Too many requests.",
        next_zh=f"请在 {seconds} 秒后再试。",
        next_en=f"Try again in {seconds} seconds.",
        headers={"Retry-After": seconds},
    )


def _too_large(most: int) -> Refusal:
    return Refusal(
        "too-large",
        status=413,
        rule="FIL-07",
        zh=f"单次上传须小于 {most // 1_000_000} MB,本次内容没有接收。",
        en=f"One upload must be smaller than {most // 1_000_000} MB; nothing was taken.",
        next_zh="请把材料分成几个文件分别上传。",
        next_en="Split the material into several files and upload them one by one.",
    )


def _cut_off() -> Refusal:
    return Refusal(
        "cut-off",
        status=400,
        zh="内容没有传完,连接已中断。",
        en="The connection ended before the whole body arrived.",
        next_zh="请重新上传。",
        next_en="Send it again.",
    )


def _away(service: str) -> Refusal:
    return Refusal(
        "service-away",
        status=503,
        zh="该服务暂时不可用,您的操作没有提交。",
        en=f"The service {service} is away for a moment; nothing was submitted.",
        next_zh="请稍后再试。",
        next_en="Try again shortly.",
        headers={"Retry-After": "2"},
    )


def _slow(service: str) -> Refusal:
    return Refusal(
        "service-slow",
        status=504,
        zh="该服务没有及时答复,操作可能已经生效。",
        en=f"The service {service} did not answer in time; the request may have been done.",
        next_zh="请先查询结果;带同一幂等键重发不会重复办理。",
        next_en="Look first whether it was done; sending the same Idempotency-Key again never does it twice.",
    )


def _broken(service: str) -> Refusal:
    return Refusal(
        "service-broken",
        status=502,
        zh="该服务中断了答复,操作可能已经生效。",
        en=f"The service {service} broke off its answer; the request may have been done.",
        next_zh="请先查询结果;带同一幂等键重发不会重复办理。",
        next_en="Look first whether it was done; sending the same Idempotency-Key again never does it twice.",
    )


