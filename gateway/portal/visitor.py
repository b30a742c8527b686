"""Who visits: the login lives in two cookies that no script can read; an expired one is renewed on the way (ID-25)."""

import hashlib
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import requests
from flask import Response, current_app, g, request

from chassis import clock
from chassis.auth import ANONYMOUS, Actor, Gate
from chassis.errors import Refusal
from chassis.ids import new_id
from gateway.portal.ask import Problem, Services

ACCESS, REFRESH = "ywt_access", "ywt_refresh"
COOKIE_SECONDS = 12 * 3600  # the longest session of the identity service
NO_QUERY: Mapping[str, Any] = MappingProxyType({})
RENEWED_SECONDS = 10.0  # two requests of one browser may carry the same expired login


@dataclass
class Login:
    """The tokens of this request's visitor; `changed` when the browser must learn new ones (or that they are gone)."""

    access: str = ""
    refresh: str = ""
    changed: bool = False

    def take(self, tokens: dict[str, Any]) -> None:
        """Go on with new tokens."""
        self.access, self.changed = tokens["access_token"], True
        self.refresh = tokens.get("refresh_token", self.refresh)

    def drop(self) -> None:
        """Log this browser out."""
        self.access, self.refresh, self.changed = "", "", True


class Renewals:
    """Renews logins; requests that carry the same one share the answer, because it can be used once."""

    def __init__(self, services: Services):
        self._services = services
        self._lock = threading.Lock()
        self._one_by_one: dict[str, tuple[threading.Lock, float]] = {}
        self._done: dict[str, tuple[float, dict[str, Any] | None]] = {}

    def renew(self, refresh: str) -> dict[str, Any] | None:
        """The new tokens; None when the login is over. Problem when nobody can say now."""
        key = hashlib.sha256(refresh.encode()).hexdigest()
        with self._turn(key):
            kept = self._done.get(key)
            if kept is None:
                kept = (clock.monotonic(), self._ask(refresh))
                self._done[key] = kept
            return kept[1]

    @contextmanager
    def _turn(self, key: str) -> Iterator[None]:
        now = clock.monotonic()
        with self._lock:
            for old in [name for name, (at, _) in self._done.items() if now - at > RENEWED_SECONDS]:
                del self._done[old]
            for old in [name for name, (_, at) in self._one_by_one.items() if now - at > 120]:
                del self._one_by_one[old]
            lock, _ = self._one_by_one.setdefault(key, (threading.Lock(), now))
        with lock:
            yield

    def _ask(self, refresh: str) -> dict[str, Any] | None:
        try:
            answer = self._services.send("identity", "POST", "/sessions/refresh", {}, json={"refresh_token": refresh})
        except Problem as problem:
            if problem.status == 401:
                return None
            raise
        return answer.json()


def recognise(gate: Gate, renewals: Renewals) -> None:
    """Read the login of this request; an expired one is renewed, a dead one dropped."""
    g.login = login = Login(request.cookies.get(ACCESS, ""), request.cookies.get(REFRESH, ""))
    g.visitor = ANONYMOUS
    if not login.access and not login.refresh:
        return
    try:
        g.visitor = gate.read(login.access)
        return
    except Refusal as refusal:
        if refusal.status != 401:
            raise
    tokens = renewals.renew(login.refresh) if login.refresh else None
    if tokens is None:
        login.drop()
        return
    login.take(tokens)
    g.visitor = gate.read(login.access)


def visitor() -> Actor:
    """Who visits; `anonymous` without a login."""
    return g.get("visitor", ANONYMOUS)


def holds(roles: Collection[str]) -> bool:
    """Whether the visitor's post has one of these roles; where none is named, every post has."""
    return not roles or any(visitor().has_role(role) for role in roles)


def keep_login(response: Response, secure: bool) -> None:
    """Tell the browser the tokens that have changed on the way."""
    login: Login | None = g.get("login")
    if login is None or not login.changed:
        return
    for name, value in ((ACCESS, login.access), (REFRESH, login.refresh)):
        if value:
            response.set_cookie(
                name, value, max_age=COOKIE_SECONDS, httponly=True, secure=secure, samesite="Lax", path="/"
            )
        else:
            response.delete_cookie(name, httponly=True, secure=secure, samesite="Lax", path="/")


def headers(**more: str) -> dict[str, str]:
    """What goes with every question to a service in the visitor's name; `more` that is empty is left out."""
    found = {name.replace("_", "-"): value for name, value in more.items() if value}
    found |= {
        "X-Request-ID": g.setdefault("request_id", new_id()),
        "X-Forwarded-For": g.get("address", ""),
        "X-Forwarded-Host": request.host,
        "X-Forwarded-Proto": "https" if g.get("secure") else "http",
    }
    if agent := request.headers.get("User-Agent"):
        found["User-Agent"] = agent
    login: Login | None = g.get("login")
    if login is not None and login.access:
        found["Authorization"] = f"Bearer {login.access}"
    return found


def services() -> Services:
    """The services of this hall."""
    return current_app.extensions["ywt_portal"]


def get(service: str, path: str, **query: Any) -> Any:
    """Read from a service in the visitor's name; Problem when refused."""
    return _reader(service, path, query)()


def get_all(*questions: tuple[str, str] | tuple[str, str, dict[str, Any]]) -> list[Any]:
    """Read several things side by side; a Problem stands where one was refused."""
    return services().together(*(_reader(*question) for question in questions))


def needed(answer: Any) -> Any:
    """One of several answers that the page cannot do without: refused, it is the page that is refused."""
    if isinstance(answer, Problem):
        raise answer
    return answer


def given(answers: Iterable[Any]) -> list[Any]:
    """Those of several answers that were not refused."""
    return [answer for answer in answers if not isinstance(answer, Problem)]


def rows_of(answer: Any) -> list[dict[str, Any]]:
    """The rows of a part of the page; none while its service is away: the rest of the page is still of use."""
    return answer.get("items", []) if isinstance(answer, dict) else []


def send(method: str, service: str, path: str, body: Any = None, **more: str) -> Any:
    """Have a service do something in the visitor's name; the JSON of its answer. `more` are headers."""
    how = {} if body is None and method == "DELETE" else {"json": {} if body is None else body}
    return _json(services().send(service, method, path, headers(**more), **how))


def stream(method: str, service: str, path: str, data: Any = None, **more: str) -> requests.Response:
    """A raw body to or from a service, never whole in memory; the caller closes the answer."""
    return services().send(service, method, path, headers(**more), data=data, stream=True)


def _reader(service: str, path: str, query: Mapping[str, Any] = NO_QUERY) -> Callable[[], Any]:
    asked = services()  # here, because a question may be put by another thread
    query = {name: _plain(value) for name, value in query.items() if value not in (None, "")}
    own = headers()
    return lambda: _json(asked.send(service, "GET", path, own, params=query))


def _plain(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _json(answer: requests.Response) -> Any:
    return answer.json() if answer.content else None
