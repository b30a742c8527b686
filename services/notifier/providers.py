"""Who carries messages and parcels: two ports, and the adapters that speak HTTP to the providers named in YWT_PEERS."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from chassis import http

TIMEOUT = 5.0


class Refused(Exception):
    """A final answer: the error lies in number, template or order, and no further attempt would help (NOT-07)."""


class NotTaken(Exception):
    """Certainly not taken, for a reason that is the carrier's or our account's there: another carrier may take it."""


class Limited(NotTaken):
    """The carrier sends this number nothing more for now (domain 5.5)."""


@dataclass(frozen=True)
class Sms:
    """What is handed over: a carrier takes either the text, or its own template with the parameters in their order."""

    out_id: str
    mobile: str
    sign: str
    template: str
    params: Mapping[str, str]
    text: str


@dataclass(frozen=True)
class Found:
    """What a carrier knows of a message: its reference if it tells one, whether it arrived (None: not yet known)."""

    reference: str | None
    delivered: bool | None = None
    at: datetime | None = None


class SmsProvider(Protocol):
    """A carrier of messages. It does not recognise repeats (domain 5.5), so we ask before we repeat."""

    believed_after: timedelta  # how old a call must be before "not found" means that it was not taken
    limits_numbers: bool  # whether it sends one number only so much (`limits`)

    def send(self, sms: Sms) -> str:
        """Hand over one message, once; returns the carrier's reference.

        Refused is final, NotTaken and Unavailable (unless `maybe_done`) leave the way to another carrier free, and
        anything else leaves open whether it was taken.
        """

    def query(self, out_id: str, mobile: str | None, called_at: datetime) -> Found | None:
        """What became of a message that was handed over at that moment; None when the carrier does not know it."""


class CourierProvider(Protocol):
    """A courier. It knows a parcel by our order number, so that an order may be repeated."""

    def create(self, order: dict[str, Any]) -> tuple[str, str | None]:
        """Place an order; returns the courier's order id and the waybill number, once there is one."""

    def track(self, order_no: str) -> list[dict[str, Any]]:
        """All nodes of a parcel so far: state, text, at."""


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


COURIER: CourierProvider = HttpCourier()


def _provider(name: str) -> http.Client:
    return http.provider(http.peer(name).base_url)
