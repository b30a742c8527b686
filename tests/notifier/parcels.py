"""Short ways with parcels, for the tests that share them."""

import json
from typing import Any

from chassis import clock
from contracts.commands import notifier as commands
from services.notifier import callbacks, signatures
from services.notifier.models import Shipment
from tests.notifier.conftest import API, CITIZEN, SECRET, Office
from tests.support import staff

CASE = "20260302100000000001"
CLERK = staff("window_clerk", "TZJ049-SP")
_number = iter(range(1, 10_000))


def ship(office: Office, **changes: Any) -> Any:
    """The command that orders a parcel; each test has its own number."""
    data = {
        "case_id": "case-1",
        "case_no": CASE,
        "direction": "result",
        "sender_org": "H120000",
        "recipient_ref": CITIZEN,
        "address_ref": "address:a-1",
        "payer": "service_office",
        "content": "许可证",
        "order_no": f"{CASE}-{next(_number)}",
    } | changes
    return office.bench.deliver(commands.Ship, "case-1", data, org="TZJ049-SP", correlation=CASE)


def pushed(office: Office, body: dict[str, Any], *, secret: str = SECRET, age: int = 0, spoil: bytes = b"") -> Any:
    """A call-back of the courier, signed so many seconds ago; `spoil` is added after signing."""
    raw, stamp = json.dumps(body).encode(), str(int(clock.wall().timestamp()) - age)
    headers = {callbacks.TIMESTAMP: stamp, callbacks.SIGNATURE: signatures.ours(secret, stamp, raw)}
    client = office.bench.client()
    return client.post(f"{API}/courier-tracks", data=raw + spoil, headers=headers, content_type="application/json")


def track(
    office: Office, state: str, minute: int, *, order_no: str | None = None, waybill: str = "1100000000001"
) -> Any:
    """One node, pushed by the courier."""
    body = {
        "order_no": order_no or Shipment.get().order_no,
        "waybill": waybill,
        "state": state,
        "text": f"节点 {state}",
        "at": f"2026-03-02T10:{minute:02d}:00+08:00",
    }
    return pushed(office, body)
