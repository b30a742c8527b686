"""The simulated payment provider: a page on which a fee is paid, the signed report of it, and refunds.

It lives in the verifier's process (GUESTS in `deploy/layout.py`). Filing sends the payer to
`GET /pay/<payment_no>?amount_fen=…`; a refund is known by its number and made once. Faults: `refuse_next` (a refund),
`hang_next`.
"""

import hashlib
import hmac
import html
import json
import os
import secrets
from typing import Any

import requests

from chassis import clock
from deploy.simulators.base import PAGE_ROWS, Request, Simulator, frame, page

HEADER = "X-Payment-Signature"
SCHEMA = """
CREATE TABLE IF NOT EXISTS payment (
    payment_no TEXT PRIMARY KEY, amount_fen INTEGER NOT NULL, provider_ref TEXT NOT NULL UNIQUE, paid_at TEXT NOT NULL,
    refund_no TEXT UNIQUE, refund_ref TEXT, refunded_at TEXT
);
"""
TITLE = ("缴费(模拟)", "Payment (simulator)")


class Payment(Simulator):
    """The provider signs what it reports, and each report has an address of its own."""

    def bring(self, session: requests.Session, url: str, body: bytes) -> bool:
        """The report of one payment."""
        report = json.loads(body)
        return super().bring(
            session, url.replace("{payment_no}", report.pop("payment_no")), json.dumps(report).encode()
        )

    def push_headers(self, body: bytes) -> dict[str, str]:
        """The signature by which filing knows us."""
        return {HEADER: _sign(body)}


simulator = Payment("payment", SCHEMA)


@simulator.route("GET", "/pay/<payment_no>")
def ask(request: Request) -> tuple[int, Any]:
    """The page on which the payer confirms."""
    number, amount = request.path["payment_no"], int(request.query["amount_fen"])
    if _known(number):
        return 200, frame(*TITLE, "<p>已缴费 Paid already</p>")
    link = f'<a href="{html.escape(number)}/confirmation?amount_fen={amount}">支付 Pay</a>'
    return 200, frame(*TITLE, f"<p>{html.escape(number)}: {amount / 100:.2f} 元</p><p>{link}</p>")


@simulator.route("GET", "/pay/<payment_no>/confirmation")
def pay(request: Request) -> tuple[int, Any]:
    """The payer has confirmed; a second confirmation pays nothing more."""
    number, amount = request.path["payment_no"], int(request.query["amount_fen"])
    row = (number, amount, secrets.token_hex(8), clock.now().isoformat(timespec="seconds"))
    paid = simulator.rows(
        "INSERT INTO payment (payment_no, amount_fen, provider_ref, paid_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING RETURNING payment_no, amount_fen, provider_ref",
        *row,
    )
    for report in paid:
        simulator.push(report)
    return 200, frame(*TITLE, "<p>缴费成功 Paid</p>")


@simulator.route("POST", "/refunds")
def refund(request: Request) -> tuple[int, Any]:
    """{refund_no, payment_no, provider_ref, amount_fen} → {refund_ref}, once for each number."""
    if not hmac.compare_digest(request.headers.get(HEADER, ""), _sign(request.raw)):
        return 401, {"code": "BAD_SIGNATURE"}
    if simulator.fault("refuse_next"):
        return 503, {"code": "BUSY", "message": "simulated refusal"}
    wanted = request.body
    known = _known(wanted["payment_no"])
    if known is None or any(known[name] != wanted[name] for name in ("provider_ref", "amount_fen")):
        return 404, {"code": "NO_SUCH_PAYMENT"}
    if known["refund_no"] not in (None, wanted["refund_no"]):
        return 409, {"code": "REFUNDED_ALREADY"}
    simulator.rows(
        "UPDATE payment SET refund_no = ?, refund_ref = ?, refunded_at = ? WHERE payment_no = ? AND refund_no IS NULL",
        *(wanted["refund_no"], secrets.token_hex(8), clock.now().isoformat(timespec="seconds"), wanted["payment_no"]),
    )
    if simulator.fault("hang_next"):
        simulator.hang()
    made = _known(wanted["payment_no"])
    assert made is not None
    return 200, {"refund_ref": made["refund_ref"]}


@simulator.route("GET", "/")
def show(request: Request) -> tuple[int, Any]:
    """The page with all payments."""
    columns = {
        "payment_no": "缴费单 Payment",
        "amount_fen": "金额(分) Fen",
        "paid_at": "缴费 Paid",
        "refunded_at": "退回 Refunded",
    }
    rows = simulator.rows("SELECT * FROM payment ORDER BY paid_at DESC LIMIT ?", PAGE_ROWS)
    return 200, page(*TITLE, columns, rows)


def _known(number: str) -> dict[str, Any] | None:
    rows = simulator.rows("SELECT * FROM payment WHERE payment_no = ?", number)
    return rows[0] if rows else None


def _sign(body: bytes) -> str:
    return hmac.new(os.environ.get("YWT_CALLBACK_SECRET", "").encode(), body, hashlib.sha256).hexdigest()
