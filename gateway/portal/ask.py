"""What pages ask of the services, in the name of the visitor; a refusal comes back as the problem document it is."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

import requests
from requests.adapters import HTTPAdapter

from chassis.errors import Refusal

CONNECT_SECONDS = 2.0
AT_ONCE = 16
PLACES = ("json", "query")  # where a schema found a field


class Problem(Exception):
    """A service refused, or could not be reached: the problem document as a page shows it."""

    def __init__(self, status: int, document: Mapping[str, Any]):
        self.status, self.document = status, dict(document)
        super().__init__(f"{status} {self.code}")

    @classmethod
    def of(cls, refusal: Refusal) -> Self:
        """What the portal itself refuses."""
        return cls(refusal.status, refusal.problem())

    @property
    def code(self) -> str:
        """The last part of the problem type."""
        return str(self.document.get("type", "")).removeprefix("/problems/")

    @property
    def login_over(self) -> bool:
        """Whether it helps to log in again; a wrong password is refused with the same status."""
        return self.code == "login-needed"

    @property
    def fields(self) -> dict[str, Any]:
        """What is wrong, field by field, whether a schema said so of the body or query, or a verb."""
        said = self.document.get("fields")
        found = dict(said) if isinstance(said, dict) else {}
        for place in PLACES:
            if isinstance(found.get(place), dict):
                found |= found.pop(place)
        return found


class Services:
    """HTTP to the services: one session a thread, so that sockets are kept."""

    def __init__(self, addresses: Mapping[str, str], seconds: float):
        self.addresses, self.seconds = dict(addresses), seconds
        self._own = threading.local()
        self._threads = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="portal")

    def send(self, service: str, method: str, path: str, headers: Mapping[str, str], **how: Any) -> requests.Response:
        """One request; Problem when it is refused, when nobody answers, or when the service is not configured."""
        address = self.addresses.get(service)
        if address is None:
            raise _away(service)
        try:
            answer = self._http().request(
                method,
                f"{address}/api/{service}/v1{path}",
                headers=headers,
                timeout=(CONNECT_SECONDS, self.seconds),
                allow_redirects=False,
                **how,
            )
        except requests.RequestException:
            raise _away(service) from None
        if answer.status_code >= 400:
            with answer:
                raise Problem(answer.status_code, _document(answer, service))
        return answer

    def together(self, *questions: Callable[[], Any]) -> list[Any]:
        """Ask side by side; the answers in the order of the questions, a Problem where one was refused."""
        return list(self._threads.map(_answer_or_problem, questions))

    def _http(self) -> requests.Session:
        session = getattr(self._own, "session", None)
        if session is None:
            session = self._own.session = requests.Session()
            session.trust_env = False  # no proxy, no .netrc: these are our own services
            session.mount("http://", HTTPAdapter(pool_connections=8, pool_maxsize=2))
        return session


def _answer_or_problem(question: Callable[[], Any]) -> Any:
    try:
        return question()
    except Problem as problem:
        return problem


def _document(answer: requests.Response, service: str) -> Mapping[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        document = None
    return document if isinstance(document, dict) else _away(service).document


def _away(service: str) -> Problem:
    return Problem.of(
        Refusal(
            "service-away",
            status=503,
            zh="这项服务暂时没有响应，您填写的内容没有被处理。",
            en=f"The service {service} does not answer at the moment; nothing was done.",
            next_zh="请稍后重试；急需办理的，请拨打大厅咨询电话或到窗口办理。",
            next_en="Try again in a moment, or call the hall or come to a window.",
        )
    )
