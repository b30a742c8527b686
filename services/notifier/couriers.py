"""Who carries parcels: a port, and the adapter that speaks HTTP to the courier named in YWT_PEERS (domain 5.11)."""

from typing import Any, Protocol

from chassis import http

TIMEOUT = 5.0


class Refused(Exception):
    """A final answer: the error lies in the order, and no further attempt would help (NOT-24)."""


class CourierProvider(Protocol):
    """A courier. It knows a parcel by our order number, so that whatever we ask may be asked again."""

    def create(self, order: dict[str, Any]) -> tuple[str, str | None]:
        """Place an order; returns the courier's order id and the waybill number, once there is one."""

    def cancel(self, order_no: str) -> None:
        """Withdraw an order; Refused when the courier has the parcel already."""

    def track(self, order_no: str) -> list[dict[str, Any]]:
        """All nodes of a parcel so far: state, text, at."""


class HttpCourier:
    """Parcels over HTTP: POST /orders, GET and DELETE /orders/{order_no}."""

    def create(self, order: dict[str, Any]) -> tuple[str, str | None]:
        """Place the order; that the courier knows it already is as good as a yes, and brings its waybill (NOT-23)."""
        try:
            answer = http.json_or_raise(_courier().post("/orders", json=order, timeout=TIMEOUT))
        except http.Rejected as error:
            if error.status == 409 and error.problem.get("waybill"):
                answer = error.problem
            else:
                raise _final(error) from None
        return str(answer.get("order_id") or answer["order_no"]), answer.get("waybill")

    def cancel(self, order_no: str) -> None:
        """Withdraw it; an order that the courier does not know is withdrawn as well."""
        try:
            http.json_or_raise(_courier().delete(f"/orders/{order_no}", timeout=TIMEOUT))
        except http.Rejected as error:
            if error.status != 404:
                raise _final(error) from None

    def track(self, order_no: str) -> list[dict[str, Any]]:
        """The nodes so far; none for an order that the courier does not know."""
        try:
            return http.json_or_raise(_courier().get(f"/orders/{order_no}", timeout=TIMEOUT))["nodes"]
        except http.Rejected as error:
            if error.status == 404:
                return []
            raise


COURIER: CourierProvider = HttpCourier()


def _final(error: http.Rejected) -> Exception:
    """Refused, unless the courier was only away or busy."""
    if error.status < 500 and error.status != 429:
        return Refused(str(error.problem.get("code") or error.status))
    return error


def _courier() -> http.Client:
    return http.provider(http.peer("ems").base_url)
