"""Calls to other services and to providers: always a time-out, retries only where harmless, a breaker per host.

Never inside a transaction: a slow peer must not hold our locks, and a rollback could not take the call back.
"""

import random
import threading
import time
from collections.abc import Callable, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from chassis import clock, context, observability
from chassis.db import any_transaction, current
from chassis.errors import problem

CONNECT_TIMEOUT, READ_TIMEOUT = 2.0, 5.0
RETRIES = 2
BACK_OFF = 0.1  # seconds before the first retry, doubled for the second, each ± half
OPENS_AFTER, OPEN_FOR = 5, 10.0
IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE"})
PASSING = frozenset({502, 503, 504})  # the other side, or something before it, is away for a moment


class Unavailable(Exception):
    """No answer: not reachable, timed out, or given up for now. `maybe_done`: it may have got there all the same."""

    def __init__(self, what: str, *, maybe_done: bool):
        super().__init__(what)
        self.maybe_done = maybe_done


class Rejected(Exception):
    """An answer of 400 and above, with its problem document (an empty dict when the body was none)."""

    def __init__(self, status: int, problem: dict[str, Any]):
        super().__init__(f"{status} {problem.get('type', '')}".strip())
        self.status, self.problem = status, problem


class _Breaker:
    """Stops calling a host that fails; after a pause one call at a time finds out whether it is back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures = 0
        self._open_until: float | None = None
        self._probe = False

    def admits(self) -> bool:
        """Whether a call may go out now; in the half-open state it is the one probe."""
        with self._lock:
            if self._open_until is None:
                return True
            if self._probe or clock.monotonic() < self._open_until:
                return False
            self._probe = True
            return True

    def report(self, good: bool | None) -> None:
        """The outcome of an admitted call; None when it says nothing about the host."""
        with self._lock:
            self._probe = False
            if good:
                self._failures, self._open_until = 0, None
            elif good is False:
                self._failures += 1
                if self._failures >= OPENS_AFTER:  # a failed probe counts on from there
                    self._open_until = clock.monotonic() + OPEN_FOR


_breakers: dict[str, _Breaker] = {}
_breakers_lock = threading.Lock()
_thread = threading.local()
_peers: dict[str, str] = {}
_peer_token: Callable[[str], str] | None = None


def configure(peers: Mapping[str, str], peer_token: Callable[[str], str]) -> None:
    """Say where the peers are and how a token for one of them is made."""
    global _peer_token
    _peers.clear()
    _peers.update(peers)
    _peer_token = peer_token
    with _breakers_lock:
        _breakers.clear()


def peer(name: str) -> "Client":
    """A client of another service of the hall; paths are as its API documents them (`/api/catalog/v1/…`)."""
    if name not in _peers:
        raise LookupError(f"no address of {name!r} is configured (YWT_PEERS)")
    return Client(_peers[name], audience=name)


def provider(base_url: str, headers: Mapping[str, str] | None = None) -> "Client":
    """A client of an outside system. It gets its own headers and our request id, but no token and no case number."""
    return Client(base_url.rstrip("/"), headers=headers)


def json_or_raise(response: requests.Response) -> Any:
    """The JSON of a good answer (None when empty); Rejected for 400 and above or when it is no JSON."""
    if response.status_code >= 400:
        try:
            body = response.json()
        except ValueError:
            body = {}
        raise Rejected(response.status_code, body if isinstance(body, dict) else {})
    if not response.content:
        return None
    try:
        return response.json()
    except ValueError:
        body = problem(
            "bad-answer", status=502, zh="后台服务的回答无法识别。", en="The answer of the service is not JSON."
        )
        raise Rejected(502, body) from None


class Client:
    """Calls to one base address. Holds no connection itself: each thread keeps its own session."""

    json_or_raise = staticmethod(json_or_raise)

    def __init__(self, base_url: str, *, audience: str | None = None, headers: Mapping[str, str] | None = None):
        self.base_url, self.audience, self.headers = base_url, audience, dict(headers or {})
        self.host = urlsplit(base_url).netloc

    def get(self, path: str, **options: Any) -> requests.Response:
        """GET; retried when the host is away for a moment."""
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        """POST; retried only when `headers` hold an Idempotency-Key."""
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Any) -> requests.Response:
        """PUT; retried when the host is away for a moment."""
        return self.request("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> requests.Response:
        """PATCH; never retried."""
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> requests.Response:
        """DELETE; retried when the host is away for a moment."""
        return self.request("DELETE", path, **options)

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        data: Any = None,
        files: Any = None,
        params: Mapping[str, Any] | None = None,
        timeout: float | tuple[float, float] | None = None,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
    ) -> requests.Response:
        """One call with its retries. `timeout` is the read time-out in seconds, or (connect, read)."""
        if any_transaction():
            raise RuntimeError(f"{method} {self.host}{path}: no call to the outside inside a transaction")
        _release_connection()
        limits = timeout if isinstance(timeout, tuple) else (CONNECT_TIMEOUT, timeout or READ_TIMEOUT)
        with observability.span(
            f"{method} {self.audience or self.host}", method=method, peer=self.audience or self.host
        ):
            sent = requests.structures.CaseInsensitiveDict(self._headers() | dict(headers or {}))
            keyed = method == "POST" and "Idempotency-Key" in sent
            again = isinstance(data, str | bytes | dict | list | tuple | None) and not files
            tries = 1 + (RETRIES if again and (method in IDEMPOTENT or keyed) else 0)
            options = {
                "json": json, "data": data, "files": files, "params": params, "timeout": limits, "headers": sent,
                "stream": stream,
            }  # fmt: skip
            return self._attempt(method, path, options, tries)

    def _attempt(self, method: str, path: str, options: dict[str, Any], tries: int) -> requests.Response:
        breaker, what, maybe_done = _breaker(self.host), f"{method} {self.host}{path}", False
        for attempt in range(tries):
            if attempt:
                time.sleep(BACK_OFF * 2 ** (attempt - 1) * random.uniform(0.5, 1.5))
            if not breaker.admits():
                raise Unavailable(f"{what}: not called, the host failed repeatedly", maybe_done=maybe_done)
            good: bool | None = None
            try:
                response = _exchange(method, self.base_url + path, **options)
                good = response.status_code not in PASSING
            except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
                good = False
                maybe_done = maybe_done or not _never_sent(error)
                if attempt + 1 == tries:
                    raise Unavailable(f"{what}: {type(error).__name__}", maybe_done=maybe_done) from None
                continue
            finally:
                breaker.report(good)
            if good or attempt + 1 == tries:
                return response
            maybe_done = True
            response.close()
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _headers(self) -> dict[str, str]:
        found = {"Accept": "application/json", "X-Request-ID": observability.request_id.get()}
        found["traceparent"] = context.traceparent.get()
        if self.audience:
            found["X-Correlation-ID"] = context.correlation.get()
            if _peer_token is not None:
                found["Authorization"] = f"Bearer {_peer_token(self.audience)}"
        return {name: value for name, value in found.items() if value is not None} | self.headers


def _breaker(host: str) -> _Breaker:
    with _breakers_lock:
        return _breakers.setdefault(host, _Breaker())


def _session() -> requests.Session:
    """This thread's session. It keeps no cookies (they would travel between callers) and no settings of the shell
    (a .netrc would replace our token)."""
    session = getattr(_thread, "session", None)
    if session is None:
        session = _thread.session = requests.Session()
        session.trust_env = False
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


def _exchange(method: str, url: str, *, timeout: Any, stream: bool, **parts: Any) -> requests.Response:
    """One request through the connections of this thread's session, past what `Session.request` does beside it: merging
    settings, cookies, authentication and redirects, none of which we have, takes as long as the exchange itself."""
    session, prepared = _session(), requests.PreparedRequest()
    parts["headers"] = {**session.headers, **parts["headers"]}
    prepared.prepare(method=method, url=url, **parts)
    adapter = session.get_adapter(url=url)
    response: requests.Response = adapter.send(prepared, stream=stream, timeout=timeout)
    if not stream:
        response.content  # noqa: B018 -- reads it, which gives the connection back
    return response


def _release_connection() -> None:
    """Give the database connection back for the time of the call, if a database is active here."""
    try:
        database = current()
    except RuntimeError:
        return
    database.release()


def _never_sent(error: BaseException) -> bool:
    """Whether the connection was never made, so that the other side cannot have seen the request."""
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError):
        return True
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    return isinstance(reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError)
