"""Who carries messages: a port, and the adapter that speaks HTTP to the provider named in YWT_PEERS."""

from typing import Protocol

from chassis import http

TIMEOUT = 5.0


class Refused(Exception):
    """A final answer: the error lies in number, template or order, and no further attempt would help (NOT-07)."""


class SmsProvider(Protocol):
    """A carrier of messages. It does not recognise repeats (domain 5.5), so we ask before we repeat."""

    def send(self, out_id: str, mobile: str, sign: str, template: str, params: dict[str, str], text: str) -> str:
        """Hand over one message; returns the carrier's reference. Refused is final; anything else leaves it open."""

    def query(self, out_id: str) -> str | None:
        """The carrier's reference of a message that it has taken, by our own number; None when it has not."""


class HttpSms:
    """Messages over HTTP: POST /send, GET /query."""

    def send(self, out_id: str, mobile: str, sign: str, template: str, params: dict[str, str], text: str) -> str:
        """One call, never repeated here; a business error (`isv.`) is final."""
        body = {
            "mobile": mobile,
            "sign": sign,
            "template": template,
            "params": params,
            "text": text,
            "out_id": out_id,
        }
        try:
            answer = http.json_or_raise(_provider("sms").post("/send", json=body, timeout=TIMEOUT))
        except http.Rejected as error:
            if error.status < 500:
                raise Refused(str(error.problem.get("code") or error.status)) from None
            raise
        code = str(answer["code"])
        if code == "OK":
            return str(answer["biz_id"])
        if code.startswith("isp."):  # the carrier's own trouble
            raise http.Rejected(502, answer)
        raise Refused(code)

    def query(self, out_id: str) -> str | None:
        """What the carrier has under our number."""
        answer = http.json_or_raise(_provider("sms").get("/query", params={"out_id": out_id}, timeout=TIMEOUT))
        return str(answer["biz_id"]) if answer["found"] else None


SMS: SmsProvider = HttpSms()


def _provider(name: str) -> http.Client:
    return http.provider(http.peer(name).base_url)
