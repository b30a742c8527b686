"""Who calls: verifies the caller's token and says, route by route, who may.

People carry tokens of the issuer (EdDSA, keys by JWKS); services carry short tokens that they sign with the secret of
the deployment, so that they can speak to one another while the issuer is down. Every route declares `@allow(...)`; a
route without it stops the start of the application.
"""

import hashlib
import threading
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import jwt
import requests
from flask import Flask, g, has_request_context, request

from chassis import clock
from chassis.errors import Refusal
from chassis.revocations import Revocations

PEER_TOKEN_SECONDS = 60
KEYS_SECONDS = 300.0  # how old the issuer's keys may be before they are asked for again
REALNAME = 1  # ID-19: 0 registered, 1 real-name, 2 bound to a legal person
# Roles that look after the hall as a whole: where they were granted bounds nobody, and everything they read is audited.
HALL_WIDE = ("system_admin", "auditor")


@dataclass(frozen=True)
class Grant:
    """One role × organisation × optional item set (ID-35)."""

    role: str
    org: str
    items: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Actor:
    """Who acts: a person, a legal person, a staff member, a service, or nobody known."""

    id: str
    kind: str  # person | legal | staff | service | anonymous
    level: int = 0
    grants: tuple[Grant, ...] = ()
    session: str | None = None
    must_change_password: bool = False
    second_factor: bool = False  # whether the login was with one; the pages of staff ask for it (ID-24)
    must_add_factor: bool = False
    name_masked: str = ""

    def has_role(self, role: str, org: str | None = None, item: str | None = None) -> bool:
        """Whether a grant covers this role, in this organisation, for this item (ID-35)."""
        return any(
            grant.role == role
            and (org is None or grant.org in (org, "*"))
            and (item is None or grant.items is None or item in grant.items)
            for grant in self.grants
        )

    def require_role(self, *roles: str, org: str | None = None, item: str | None = None) -> None:
        """Refuse unless one of the roles is held there (ID-35)."""
        if not any(self.has_role(role, org, item) for role in roles):
            raise forbidden(f"need one of {', '.join(roles)} at {org or 'any organisation'}")

    def orgs(self, *roles: str) -> set[str]:
        """The organisations in which one of the roles is held."""
        return {grant.org for grant in self.grants if grant.role in roles}


ANONYMOUS = Actor("anonymous", "anonymous")
SYSTEM = Actor("service:system", "service")
_background: ContextVar[Actor | None] = ContextVar("background_actor", default=None)


def actor() -> Actor:
    """The caller of the request in hand; in a worker, the service itself."""
    if has_request_context():
        return g.get("actor", ANONYMOUS)
    return _background.get() or SYSTEM


def act_as(who: Actor) -> None:
    """Set the actor of background work (handlers, deadlines) and of tests in this context."""
    _background.set(who)


def forget_caller() -> None:
    """For the rest of this request nobody known acts: what is done anonymously leaves no name in history or events."""
    g.actor = ANONYMOUS


class Public:
    """Anybody, logged in or not."""

    def admits(self, who: Actor) -> bool:
        return True

    def __repr__(self) -> str:
        return "public"


@dataclass(frozen=True)
class Citizen:
    """A logged-in person or legal person; `verified` asks for real-name status (ID-06). `shared` says why one may whose
    row it is not."""

    verified: bool = False
    shared: str = ""

    def admits(self, who: Actor) -> bool:
        return who.kind in {"person", "legal"} and (not self.verified or who.level >= REALNAME)

    def __repr__(self) -> str:
        return "verified citizen" if self.verified else "citizen"


class Staff:
    """A staff member with one of the roles; with no role named, any staff member. `shared` says why one of another
    organisation may, too; the permission matrix refuses it otherwise."""

    def __init__(self, *roles: str, shared: str = ""):
        self.roles, self.shared = roles, shared

    def admits(self, who: Actor) -> bool:
        return who.kind == "staff" and (not self.roles or any(who.has_role(role) for role in self.roles))

    def __repr__(self) -> str:
        return f"staff({', '.join(self.roles) or 'any'})"


class Peer:
    """Another service of the hall; with no name given, any of them."""

    def __init__(self, *names: str):
        self.names = names

    def admits(self, who: Actor) -> bool:
        return who.kind == "service" and (not self.names or who.id.removeprefix("service:") in self.names)

    def __repr__(self) -> str:
        return f"service({', '.join(self.names) or 'any'})"


Who = Public | Citizen | Staff | Peer


def allow(*who: Who, password_change: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare who may call a route. `password_change` admits an account that must first bring its login in order:
    change a one-time password (ID-22), add a second factor (ID-24)."""

    def declare(view: Callable[..., Any]) -> Callable[..., Any]:
        view.allowed = who  # type: ignore[attr-defined]
        view.password_change = password_change  # type: ignore[attr-defined]
        return view

    return declare


def undeclared(app: Flask) -> list[str]:
    """Endpoints of the application that do not say who may call them (must be empty)."""
    return sorted(name for name, view in app.view_functions.items() if not getattr(view, "allowed", ()))


def forbidden(detail: str) -> Refusal:
    """The 403 problem of a caller without the right."""
    return Refusal(
        "forbidden",
        status=403,
        rule="ID-35",
        zh="您的账号没有办理此项业务的权限。",
        en=f"Your account may not do this: {detail}.",
        next_zh="请联系本单位的系统管理员授权，或改由有权限的人员办理。",
        next_en="Ask the administrator of your unit for the role, or let an entitled colleague do it.",
    )


class Issuer:
    """The token issuer's public keys: fetched from its JWKS address, cached, asked again for an unknown key id."""

    def __init__(self, url: str):
        self.url = url
        self._keys: dict[str, Any] = {}
        self._fetched = float("-inf")
        self._lock = threading.Lock()

    def key(self, kid: str) -> Any:
        """The key with this id; None when the issuer does not know it; ConnectionError when it cannot be asked.

        A known key goes on while the issuer is away or slow: one thread asks, nobody waits for it.
        """
        found = self._keys.get(kid)
        if found is None:
            with self._lock:
                if clock.monotonic() - self._fetched > 2:  # an unknown key id must not become a flood of questions
                    self._fetch()
            return self._keys.get(kid)
        if clock.monotonic() - self._fetched > KEYS_SECONDS and self._lock.acquire(blocking=False):
            try:
                self._fetch()
            except ConnectionError:
                self._fetched = clock.monotonic()  # ask again after the usual time, not at every request
            finally:
                self._lock.release()
            return self._keys.get(kid)
        return found

    def _fetch(self) -> None:
        try:
            answer = requests.get(self.url, timeout=(2, 5))
            answer.raise_for_status()
            keys = {entry["kid"]: jwt.PyJWK(entry).key for entry in answer.json()["keys"]}
        except (requests.RequestException, jwt.PyJWTError, KeyError, ValueError) as error:
            raise ConnectionError(f"token issuer does not answer: {type(error).__name__}") from None
        self._keys, self._fetched = keys, clock.monotonic()


class LocalKeys:
    """The issuer's own way to its keys: a callable that returns {kid: public key}."""

    def __init__(self, keys: Callable[[], dict[str, Any]]):
        self._keys = keys

    def key(self, kid: str) -> Any:
        """The key with this id, or None."""
        return self._keys().get(kid)


class Gate:
    """Reads tokens for one service: people's by the issuer's keys, peers' by the secret of the deployment."""

    def __init__(self, service: str, issuer: Issuer | LocalKeys, peer_secret: str):
        self.service, self.issuer, self.peer_secret = service, issuer, peer_secret
        self.revocations: Revocations | None = None
        self._seen: dict[bytes, tuple[float, Actor, int]] = {}  # until when, who, generation of the rights

    def read(self, token: str) -> Actor:
        """The actor of a valid token; a 401 problem otherwise, 503 when the issuer's keys cannot be had."""
        digest = hashlib.sha256(token.encode()).digest()
        now = clock.wall().timestamp()
        known = self._seen.get(digest)
        if known is None or known[0] <= now:
            known = self._verified(token)
            if len(self._seen) > 10_000:
                self._seen.clear()
            self._seen[digest] = known
        _, who, generation = known
        if self.revocations is not None and self.revocations.covers(who.session, who.id, generation):
            raise unauthorised()
        return who

    def _verified(self, token: str) -> tuple[float, Actor, int]:
        try:
            header = jwt.get_unverified_header(token)
            claims = self._peer_claims(token) if header.get("alg") == "HS256" else self._person_claims(token, header)
        except (jwt.InvalidTokenError, KeyError, ValueError):
            raise unauthorised() from None
        return float(claims["exp"]), _actor(claims), int(claims.get("gen", 0))

    def peer_token(self, audience: str) -> str:
        """A short token with which this service calls a peer."""
        now = int(clock.wall().timestamp())
        claims = {"sub": f"service:{self.service}", "aud": audience, "iat": now, "exp": now + PEER_TOKEN_SECONDS}
        return jwt.encode(claims, self.peer_secret, algorithm="HS256")

    def _peer_claims(self, token: str) -> dict[str, Any]:
        claims = jwt.decode(
            token, self.peer_secret, algorithms=["HS256"], audience=self.service, options={"require": ["exp", "sub"]}
        )
        if not claims["sub"].startswith("service:"):
            raise jwt.InvalidTokenError("not a service")
        return claims | {"kind": "service"}

    def _person_claims(self, token: str, header: dict[str, Any]) -> dict[str, Any]:
        try:
            key = self.issuer.key(header["kid"])
        except ConnectionError:
            raise Refusal(
                "login-check-unavailable",
                status=503,
                zh="暂时无法核对您的登录状态。",
                en="Your login cannot be checked at the moment.",
                next_zh="请稍后再试，您的登录没有失效。",
                next_en="Try again in a moment; your login is still valid.",
                headers={"Retry-After": "5"},
            ) from None
        if key is None:
            raise jwt.InvalidTokenError("unknown key")
        return jwt.decode(
            token, key, algorithms=["EdDSA"], audience="hall", options={"require": ["exp", "sub", "kind"]}
        )


def unauthorised() -> Refusal:
    """The 401 problem."""
    return Refusal(
        "login-needed",
        status=401,
        zh="您还没有登录，或登录已过期。",
        en="You are not logged in, or your login has expired.",
        next_zh="请登录后再试。",
        next_en="Log in and try again.",
        headers={"WWW-Authenticate": "Bearer"},
    )


def install(app: Flask, gate: Gate) -> None:
    """Check every request against its route's declaration; refuse to start while a route has none."""
    missing = undeclared(app)
    if missing:
        raise RuntimeError(f"routes that do not declare who may call them: {', '.join(missing)}")

    @app.before_request
    def check_caller() -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        g.actor = gate.read(token.strip()) if scheme.lower() == "bearer" and token else ANONYMOUS
        view = app.view_functions.get(request.endpoint or "")
        if view is not None:
            _admit(g.actor, view)


def _admit(who: Actor, view: Callable[..., Any]) -> None:
    allowed: Iterable[Who] = view.allowed  # type: ignore[attr-defined]
    admitted = any(group.admits(who) for group in allowed)
    restricted = who.must_change_password or who.must_add_factor
    if admitted and not (restricted and not view.password_change):  # type: ignore[attr-defined]
        return
    if who.kind == "anonymous":
        raise unauthorised()
    if admitted and not who.must_change_password:
        raise Refusal(
            "second-factor-missing",
            status=403,
            rule="ID-24",
            zh="工作人员账号须先绑定验证器(第二验证因子)。",
            en="Staff accounts of this hall need a second factor; add it first.",
            next_zh="请在账号设置中绑定手机验证器，然后继续。",
            next_en="Add an authenticator app in your settings, then go on.",
        )
    if admitted:
        raise Refusal(
            "password-change-needed",
            status=403,
            rule="ID-22",
            zh="这是首次登录的初始密码，须先修改密码。",
            en="This is a one-time password; change it first.",
            next_zh="请先修改密码，再重新登录。",
            next_en="Change the password, then log in again.",
        )
    if Citizen().admits(who) and any(isinstance(group, Citizen) for group in allowed):
        raise Refusal(
            "real-name-needed",
            status=403,
            rule="ID-06",
            zh="网上办事须先完成实名认证。",
            en="Filing needs a real-name verified account.",
            next_zh="请到“我的设置→高级认证”完成实名认证后返回本事项继续办理。",
            next_en="Complete the real-name verification in your settings, then return to this item.",
        )
    raise forbidden(f"open to {', '.join(map(repr, allowed))}")


def _actor(claims: dict[str, Any]) -> Actor:
    grants = tuple(
        Grant(entry["role"], entry["org"], tuple(entry["items"]) if entry.get("items") is not None else None)
        for entry in claims.get("grants", ())
    )
    return Actor(
        id=claims["sub"],
        kind=claims["kind"],
        level=int(claims.get("level", 0)),
        grants=grants,
        session=claims.get("sid"),
        must_change_password=bool(claims.get("change_password", False)),
        second_factor=bool(claims.get("factor", False)),
        must_add_factor=bool(claims.get("add_factor", False)),
        name_masked=claims.get("name", ""),
    )
