"""Who carries messages and parcels: two ports, and the adapters that speak HTTP to the providers named in YWT_PEERS."""

from typing import Any, Protocol

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


class CourierProvider(Protocol):
    """A courier. It knows a parcel by our order number, so that an order may be repeated."""

    def create(self, order: dict[str, Any]) -> tuple[str, str | None]:
        """Place an order; returns the courier's order id and the waybill number, once there is one."""

    def track(self, order_no: str) -> list[dict[str, Any]]:
        """All nodes of a parcel so far: state, text, at."""


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


class HttpCourier:
    """Parcels over HTTP: POST /orders, GET /orders/{order_no}."""

    def create(self, order: dict[str, Any]) -> tuple[str, str | None]:
        """Place the order; that the courier knows it already is as good as a yes, and brings its waybill (NOT-23)."""
        try:
            answer = http.json_or_raise(_provider("ems").post("/orders", json=order, timeout=TIMEOUT))
        except http.Rejected as error:
            if error.status == 409 and error.problem.get("waybill"):
                answer = error.problem
            elif error.status < 500 and error.status != 429:
                raise Refused(str(error.problem.get("code") or error.status)) from None
            else:
                raise
        return str(answer.get("order_id") or answer["order_no"]), answer.get("waybill")

    def track(self, order_no: str) -> list[dict[str, Any]]:
        """The nodes so far; none for an order that the courier does not know."""
        try:
            return http.json_or_raise(_provider("ems").get(f"/orders/{order_no}", timeout=TIMEOUT))["nodes"]
        except http.Rejected as error:
            if error.status == 404:
                return []
            raise


SMS: SmsProvider = HttpSms()
COURIER: CourierProvider = HttpCourier()


def _provider(name: str) -> http.Client:
    return http.provider(http.peer(name).base_url)
