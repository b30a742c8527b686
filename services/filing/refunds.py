"""Giving back a fee (FIL-98): asked for in the transaction that ends the case, carried out by a loop of the worker.

The provider knows a refund by our number, so that it may be told as often as it takes and gives back once.
"""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

from chassis import clock, http
from chassis.observability import log
from chassis.outbox import emit
from contracts.commands import notifier
from services.filing import cases, options
from services.filing.models import Case, Payment, database

HEADER = "X-Payment-Signature"
PAUSE, SLICE = timedelta(minutes=10), 50


def sign(body: bytes, secret: str) -> str:
    """HMAC-SHA256 of the body, in hexadecimal."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def ask(case: Any) -> None:
    """The case has ended undecided: what was paid for it goes back. The case must be locked."""
    row = Payment.locked(Payment.case == case.id)
    if row is None or row.paid_at is None or row.refund_asked_at is not None:
        return
    row.refund_asked_at, row.refund_next_at = clock.now(), clock.wall()
    row.save()
    cases.note(case, "ask_refund", details={"payment_no": row.payment_no, "amount_fen": row.amount_fen})


def carry_out() -> int:
    """Tell the provider of the refunds whose turn it is; what fails is tried again later. Returns how many went."""
    due = Payment.select().where(Payment.refund_next_at <= clock.wall()).order_by(Payment.refund_next_at).limit(SLICE)
    return sum(_carry_out(row) for row in list(due))


def _carry_out(row: Any) -> bool:
    try:
        reference = _tell_provider(row)
    except (http.Unavailable, http.Rejected, LookupError) as error:
        log.warning("refund_waits", payment_no=row.payment_no, error=str(error))
        waiting = (Payment.id == row.id) & Payment.refunded_at.is_null()
        Payment.update(refund_next_at=clock.wall() + PAUSE).where(waiting).execute()
        return False
    with database.transaction():
        case, row = Case.locked(row.case), Payment.locked(row.id)
        if row.refunded_at is not None:  # another worker was faster
            return False
        row.refunded_at, row.refund_next_at, row.refund_ref = clock.now(), None, reference
        row.save()
        cases.note(case, "refund", details={"payment_no": row.payment_no, "amount_fen": row.amount_fen})
        _tell_party(case, row)
    return True


def _tell_provider(row: Any) -> str:
    if not options.current.payment_secret:
        raise LookupError("YWT_CALLBACK_SECRET is not set, so that a refund cannot be signed")
    facts = {"refund_no": _number(row), "payment_no": row.payment_no, "amount_fen": row.amount_fen}
    body = json.dumps(facts | {"provider_ref": row.provider_ref}).encode()
    headers = {HEADER: sign(body, options.current.payment_secret), "Content-Type": "application/json"}
    provider = http.provider(http.peer("payment").base_url, headers)
    return str(http.json_or_raise(provider.post("/refunds", data=body))["refund_ref"])


def _tell_party(case: Any, row: Any) -> None:
    data = {
        "template": "filing.refunded",
        "recipient": case.applicant_ref if case.case_source == "online" else case.subject_ref,
        "params": {"item": case.item_name, "case_no": case.case_no, "yuan": f"{row.amount_fen / 100:.2f}"},
        "urgent": False,
        "mandatory": False,
        "dedupe_key": _number(row),
        "case_id": case.id,
        "case_no": case.case_no,
    }
    emit(notifier.SendSms, case.id, data, correlation=case.case_no, org=case.approving_org)


def _number(row: Any) -> str:
    return f"R{row.payment_no.removeprefix('P')}"
