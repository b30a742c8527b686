"""What is asked outside: does this person hold this card (Verifier), what is known of this unit (LegalBase)."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from urllib.parse import urljoin

from chassis import http
from chassis.errors import Refusal

TIMEOUT = 8.0


@dataclass(frozen=True)
class Verdict:
    """The answer of a verifier: whether all elements belong together, and its reference for the files."""

    matches: bool
    reference: str


@dataclass(frozen=True)
class LegalRecord:
    """What the legal-person base 法人库 knows of a unit."""

    name: str
    representative: str
    registered_on: date
    reference: str


class Verifier(Protocol):
    """Real-name verification by one method (ID-08)."""

    def check(self, name: str, id_no: str, card_no: str) -> Verdict:
        """Whether name, document number and card belong to one holder."""


@dataclass(frozen=True)
class Begun:
    """A verification that waits at the provider's page: its reference there, and the address of the page."""

    reference: str
    url: str


class RedirectVerifier(Protocol):
    """Real-name verification at the provider's own page, to which the browser goes and from which it returns."""

    def begin(self, name: str, id_no: str, state: str, return_url: str) -> Begun:
        """Tell the provider who is coming; it sends the browser back with `state` and a code of its own."""

    def finish(self, reference: str, code: str) -> Verdict:
        """What became of it; the code proves that this very browser was there."""


class LegalBase(Protocol):
    """The legal-person base (ID-11, ID-15)."""

    def find(self, number: str) -> LegalRecord | None:
        """The record of a USCC or a registration number, or None."""


class HttpVerifier:
    """Three elements 三要素 over HTTP: POST /three-elements."""

    def check(self, name: str, id_no: str, card_no: str) -> Verdict:
        """Ask once; a question is never repeated by itself, each may cost money."""
        answer = _ask("POST", "/three-elements", json={"name": name, "id_no": id_no, "card_no": card_no})
        return Verdict(answer["match"] is True, str(answer["reference"]))


class HttpAlipay:
    """Alipay 支付宝 over HTTP: POST /alipay/certifications, the page, POST /alipay/certifications/<id>/result."""

    def begin(self, name: str, id_no: str, state: str, return_url: str) -> Begun:
        """Ask for a page; its address may be relative to the provider's."""
        body = {"name": name, "id_no": id_no, "state": state, "return_url": return_url}
        answer = _ask("POST", "/alipay/certifications", json=body)
        return Begun(str(answer["certify_id"]), urljoin(http.peer("verifier").base_url, str(answer["url"])))

    def finish(self, reference: str, code: str) -> Verdict:
        """Ask once; the provider takes each code once."""
        answer = _ask("POST", f"/alipay/certifications/{reference}/result", json={"code": code})
        return Verdict(answer["passed"] is True, str(answer["reference"]))


class HttpLegalBase:
    """The legal-person base over HTTP: GET /legal/{number}."""

    def find(self, number: str) -> LegalRecord | None:
        """Ask for one unit."""
        try:
            answer = _ask("GET", f"/legal/{number}")
        except http.Rejected as error:
            if error.status == 404:
                return None
            raise
        return LegalRecord(
            answer["name"],
            answer["representative_name"],
            date.fromisoformat(answer["registered_on"]),
            str(answer["reference"]),
        )


VERIFIERS: dict[str, Verifier] = {"unionpay": HttpVerifier()}
REDIRECTS: dict[str, RedirectVerifier] = {"alipay": HttpAlipay()}
LEGAL_BASE: LegalBase = HttpLegalBase()


def _ask(method: str, path: str, **options: Any) -> Any:
    """One call to the verification provider; 503 to our caller when it is away, an answer it cannot give included."""
    try:
        provider = http.provider(http.peer("verifier").base_url)
        return http.json_or_raise(provider.request(method, path, timeout=TIMEOUT, **options))
    except http.Rejected as error:
        if error.status == 404:
            raise
        raise _away() from None
    except (http.Unavailable, LookupError):
        raise _away() from None


def _away() -> Refusal:
    return Refusal(
        "identity.verifier-unavailable",
        status=503,
        rule="ID-08",
        zh="核验渠道暂时没有回应，您的资料没有改变。",
        en="The verification provider does not answer; nothing was changed.",
        next_zh="请稍后再试。",
        next_en="Try again later.",
        headers={"Retry-After": "30"},
    )
