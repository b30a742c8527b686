"""Whoever uses a hall from outside, over public HTTP: a citizen, a member of staff, an operator."""

import json
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import requests

PATIENCE = 90.0  # seconds to go on when a service is away; longer than it holds a request it died with
CODE_SECONDS = 300.0  # so long a code is good (ID-04)
_PASSING = {429, 502, 503, 504}
T = TypeVar("T")


class Refused(Exception):
    """The hall refused: the problem document, as a person would read it."""

    def __init__(self, status: int, problem: dict[str, Any]):
        self.status, self.problem = status, problem
        super().__init__(f"{status} {problem.get('type')}: {problem.get('detail')} {problem.get('fields', '')}")


@dataclass
class Door:
    """The addresses of a hall, and where its staff's passwords are kept."""

    gateway: str
    sms: str
    ems: str
    var: Path

    def passwords(self) -> dict[str, str]:
        """Account → password as it is now: one-time passwords, replaced by those set at the first login."""
        accounts = json.loads((self.var / "accounts.json").read_text(encoding="utf-8"))["accounts"]
        known = {entry["account"]: entry["one_time_password"] for entry in accounts}
        changed = self.var / "demo-passwords.json"
        return known | (json.loads(changed.read_text()) if changed.exists() else {})

    def keep_password(self, account: str, password: str) -> None:
        """Remember a password that was set at a first login."""
        path = self.var / "demo-passwords.json"
        known = json.loads(path.read_text()) if path.exists() else {}
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        with os.fdopen(os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            json.dump(known | {account: password}, file)
        temporary.replace(path)


@dataclass
class Visitor:
    """One person with a login; every call goes through the gateway and waits out a service that is away."""

    door: Door
    tokens: dict[str, Any] = field(default_factory=dict)
    patience: float = PATIENCE
    secret: str = ""  # the password, for what must be entered again
    proof: Callable[[], str] | None = None  # a fresh code of the second factor, once there is one
    _http: requests.Session = field(default_factory=requests.Session)
    _login: Callable[[], None] | None = None

    @property
    def ref(self) -> str:
        """The reference id of the account."""
        return self.tokens["ref"]

    def call(self, method: str, path: str, body: Any = None, *, data: Any = None, **options: Any) -> Any:
        """One request to `/api…`; the JSON of the answer. Refused on a problem, after waiting out passing faults.

        A repeated POST carries the same Idempotency-Key, so that a lost answer never does a thing twice.
        """
        headers = {"Idempotency-Key": secrets.token_hex(16)} if method == "POST" else {}
        end = time.monotonic() + self.patience
        renewed = False
        while True:
            if self.tokens:
                headers["Authorization"] = f"Bearer {self.tokens['access_token']}"
            try:
                answer = self._http.request(
                    method, self.door.gateway + path, json=body, data=data, headers=headers, timeout=30, **options
                )
            except requests.RequestException:
                if time.monotonic() > end:
                    raise
                time.sleep(0.3)
                continue
            if answer.status_code == 401 and self._login and not renewed:
                renewed = True
                self._login()
                continue
            if _passing(answer) and time.monotonic() < end:
                time.sleep(min(2.0, float(answer.headers.get("Retry-After", "0.3"))))
                continue
            if not answer.ok:
                raise Refused(answer.status_code, _json(answer))
            return _json(answer)

    def get(self, path: str, **query: Any) -> Any:
        """Read."""
        return self.call("GET", path, params=query or None)

    def post(self, path: str, body: Any = None) -> Any:
        """Do."""
        return self.call("POST", path, {} if body is None else body)

    def refused(self, method: str, path: str, body: Any = None) -> Refused:
        """Do something that must be refused; the refusal."""
        try:
            self.call(method, path, body)
        except Refused as refusal:
            return refusal
        raise AssertionError(f"{method} {path} was not refused")

    def log_in(self, kind: str, account: str, password: str) -> None:
        """Log in, and again by itself whenever the token has expired."""

        def login() -> None:
            self.tokens, self._login = {}, None  # a login that is refused does not log in again
            body = {"kind": kind, "account": account, "password": password}
            body |= {"second_factor": self.proof()} if self.proof else {}
            try:
                self.tokens = self.call("POST", "/api/identity/v1/sessions", body)
            finally:
                self._login = login

        login()
        self.secret = password


def citizen(door: Door, *, account: str, mobile: str, id_no: str, name: str, card: str | None) -> Visitor:
    """Register with an SMS code, log in, and verify with a bank card unless it is None."""
    visitor = Visitor(door)
    visitor.call("POST", "/api/identity/v1/sms-codes", {"purpose": "register", "mobile": mobile})
    code = await_code(door, mobile)
    password = secrets.token_urlsafe(12) + "a1"
    form = {
        "account": account,
        "password": password,
        "name": name,
        "mobile": mobile,
        "code": code,
        "id_type": "identity_card",
        "id_no": id_no,
        "agreed": True,
    }
    visitor.call("POST", "/api/identity/v1/registrations/person", form)
    visitor.log_in("person", account, password)
    if card:
        verify(visitor, card)
    return visitor


def verify(visitor: Visitor, card: str) -> None:
    """Real-name verification by the three elements of a bank card."""
    answer = visitor.post("/api/identity/v1/me/verification", {"method": "unionpay", "card_no": card})
    visitor.tokens |= {"access_token": answer["access_token"], "level": answer["level"]}


def staff(door: Door, account: str) -> Visitor:
    """A member of staff; the one-time password is changed at the first login."""
    visitor = Visitor(door)
    visitor.log_in("staff", account, door.passwords()[account])
    if visitor.tokens["must_change_password"]:
        old, new = door.passwords()[account], secrets.token_urlsafe(12) + "a1"
        door.keep_password(account, new)
        visitor.call("PUT", "/api/identity/v1/me/password", {"old": old, "new": new})
        visitor.log_in("staff", account, new)
    return visitor


def sms(door: Door, mobile: str | None = None, limit: int = 200) -> list[dict[str, Any]]:
    """What the SMS carrier has sent, newest first."""
    query = {"limit": str(limit)} | ({"mobile": mobile} if mobile else {})
    return requests.get(f"{door.sms}/messages", params=query, timeout=10).json()["items"]


def read_code(door: Door, mobile: str) -> str | None:
    """The six digits of the newest code sent to a number."""
    for message in sms(door, mobile):
        digits = "".join(ch if ch.isdigit() else " " for ch in message["text"]).split()
        found = [word for word in digits if len(word) == 6]
        if found:
            return found[0]
    return None


def await_code(door: Door, mobile: str) -> str:
    """The code sent to a number, as soon as it is there; waits as long as a code is good."""
    return until(lambda: read_code(door, mobile), f"the SMS code for {mobile[:3]}****{mobile[-4:]}", CODE_SECONDS)


def until(look: Callable[[], T | None], what: str, seconds: float = 240.0) -> T:
    """Look again and again until there is something; TimeoutError names what never came."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(0.1)


def _passing(answer: requests.Response) -> bool:
    """Whether the same request may succeed in a moment: a service is away, or is still at work on our first attempt."""
    return answer.status_code in _PASSING or (answer.status_code == 409 and "request-still-running" in answer.text)


def _json(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return {"status": answer.status_code, "detail": answer.text[:200]} if answer.text else {}
