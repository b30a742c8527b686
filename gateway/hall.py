"""What the gateway knows of the hall: which services are there, how they are, and their joined OpenAPI document."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import requests

from chassis import clock
from chassis.config import Settings

STATES_SECONDS, DOCUMENTS_SECONDS = 1.0, 10.0  # kept so long, so that a flood of visitors is none for the services
TITLES = {
    "identity": ("统一身份认证", "Identity"),
    "catalog": ("政务服务事项", "Service items"),
    "filing": ("申报与办件", "Filing"),
    "credit": ("政务服务诚信档案", "Credit archive"),
    "booking": ("网上预约与叫号", "Booking and queue"),
    "feedback": ("好差评与投诉建议咨询", "Feedback"),
    "supervision": ("审管联动", "Supervision"),
    "notifier": ("短信与邮政速递", "Messages and couriers"),
}


@dataclass(frozen=True)
class State:
    """How one service is: `ready`, `starting` (alive, not ready) or `away`."""

    name: str
    zh: str
    en: str
    state: str


class _Kept:
    """A value that is made anew when it is older than so many seconds, by one asker for all."""

    def __init__(self, make: Callable[[], Any], seconds: float):
        self._make, self._seconds = make, seconds
        self._value: Any = None
        self._made = float("-inf")
        self._lock = threading.Lock()

    def get(self) -> Any:
        with self._lock:
            if clock.monotonic() - self._made > self._seconds:
                self._value = self._make()
                self._made = clock.monotonic()
            return self._value


class Hall:
    """Asks the services side by side, each with a short limit."""

    def __init__(self, services: Mapping[str, str], settings: Settings):
        self.services, self.settings = dict(services), settings
        self._threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="hall")
        self._states = _Kept(lambda: list(self._threads.map(self._state, self.services)), STATES_SECONDS)
        self._joined = _Kept(self._join, DOCUMENTS_SECONDS)

    def states(self) -> list[State]:
        """The state of every service, in the order of the main chain."""
        return self._states.get()

    def openapi(self) -> dict[str, Any]:
        """One OpenAPI document of all services that answer; names of components get the service as a prefix."""
        return self._joined.get()

    def _state(self, name: str) -> State:
        zh, en = TITLES.get(name, (name, name))
        try:
            ready = requests.get(f"{self.services[name]}/readyz", timeout=(0.5, 2)).ok
        except requests.RequestException:
            return State(name, zh, en, "away")
        return State(name, zh, en, "ready" if ready else "starting")

    def _join(self) -> dict[str, Any]:
        joined: dict[str, Any] = {
            "openapi": "3.1.0",
            "info": {"title": "一网通 Yiwangtong", "version": "v1", "description": "All services of the hall."},
            "tags": [],
            "paths": {},
            "components": {},
        }
        for name, document in zip(self.services, self._threads.map(self._document, self.services), strict=True):
            if document is not None:
                _join(joined, name, document)
        return joined

    def _document(self, name: str) -> dict[str, Any] | None:
        try:
            answer = requests.get(f"{self.services[name]}/api/{name}/v1/openapi.json", timeout=(0.5, 5))
            answer.raise_for_status()
            return answer.json()
        except (requests.RequestException, ValueError):
            return None


def _join(joined: dict[str, Any], name: str, document: dict[str, Any]) -> None:
    zh, en = TITLES.get(name, (name, name))
    joined["tags"].append({"name": name, "description": f"{zh} {en}"})
    document = _renamed(document, name)
    for path, operations in document.get("paths", {}).items():
        for operation in operations.values():
            if isinstance(operation, dict):
                operation["tags"] = [name]
        joined["paths"][path] = operations
    for kind, entries in document.get("components", {}).items():
        joined["components"].setdefault(kind, {}).update({f"{name}.{key}": value for key, value in entries.items()})


def _renamed(value: Any, name: str) -> Any:
    """The same document with references pointing to the prefixed components."""
    if isinstance(value, dict):
        return {
            key: _prefixed(item, name) if key == "$ref" and isinstance(item, str) else _renamed(item, name)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_renamed(item, name) for item in value]
    return value


def _prefixed(reference: str, name: str) -> str:
    head, _, last = reference.rpartition("/")
    return f"{head}/{name}.{last}" if reference.startswith("#/components/") else reference
