"""The fee of a case (FIL-98): asked for with the submission, paid at a provider, whose signed report counts once; given
back when the case ends undecided.

The port is an address for the applicant to pay at, and this report; any provider, or a simulator, can stand behind it.
"""

import hmac
from typing import Any

from flask import current_app, request
from peewee import IntegrityError

from chassis import clock
from chassis.auth import Actor, Peer
from chassis.errors import Refusal
from services.filing import cases, options, refunds
from services.filing.models import Case, Payment, database

UNDECIDED_ENDS = ("withdrawn", "not_accepted", "lapsed")  # the hall has done nothing that the fee is for


class Provider(Peer):
    """The payment provider: it signs the body with the secret of the deployment; without one nobody is admitted."""

    def admits(self, who: Actor) -> bool:
        secret = current_app.extensions["ywt_settings"].callback_secret
        return bool(secret) and hmac.compare_digest(
            request.headers.get(refunds.HEADER, "").encode(), refunds.sign(request.get_data(), secret).encode()
        )

    def __repr__(self) -> str:
        return "payment provider"


def ask(case: Any, guide: dict[str, Any]) -> None:
    """Ask for the fee of the item, in the transaction of the submission."""
    amount = _amount(case, guide)
    if amount:
        Payment.create(case=case.id, payment_no=f"P{case.case_no}", amount_fen=amount)


def report(payment_no: str, provider_ref: str, amount_fen: int) -> Any:
    """The provider says that it is paid; said again it changes nothing."""
    try:
        with database.transaction():
            found = Payment.get_or_refuse(Payment.payment_no == payment_no)
            case = Case.locked(found.case)
            row = Payment.locked(found.id)
            if row.paid_at is not None and row.provider_ref == provider_ref:
                return row
            if row.paid_at is not None or amount_fen != row.amount_fen:
                raise _mismatch(row)
            row.paid_at, row.provider_ref = clock.now(), provider_ref
            row.save()
            cases.note(case, "pay", details={"payment_no": payment_no, "amount_fen": amount_fen})
            if case.status in UNDECIDED_ENDS:
                refunds.ask(case)
    except IntegrityError:  # the same receipt for another payment
        raise _mismatch(found) from None
    return row


def require_paid(case: Any, guide: dict[str, Any]) -> None:
    """Refuse to decide before the fee is paid, if the item says so."""
    row = Payment.get_or_none(Payment.case == case.id)
    if row is not None and row.paid_at is None and (guide.get("fee") or {}).get("before_decision"):
        raise Refusal(
            "filing.fee-unpaid",
            rule="FIL-98",
            zh="该事项须先缴费，申请人尚未缴费，不能作出决定。",
            en="The fee of this item is paid before the decision, and it is not paid yet.",
            next_zh="请提醒申请人在“我的办件”中缴费。",
            next_en="Remind the applicant to pay; the way to the provider is in the case.",
        )


def shown(case: Any) -> dict[str, Any] | None:
    """The fee as the reader of a case sees it."""
    row = Payment.get_or_none(Payment.case == case.id)
    if row is None:
        return None
    url = options.current.payment_url.replace("{payment_no}", row.payment_no)
    url = url.replace("{amount_fen}", str(row.amount_fen))
    return {
        "payment_no": row.payment_no,
        "amount_fen": row.amount_fen,
        "paid_at": _at(row.paid_at),
        "url": url if url and not row.paid_at and case.status not in UNDECIDED_ENDS else None,
        "refund_asked_at": _at(row.refund_asked_at),
        "refunded_at": _at(row.refunded_at),
    }


def _at(moment: Any) -> str | None:
    return clock.local(moment).isoformat(timespec="seconds") if moment else None


def _amount(case: Any, guide: dict[str, Any]) -> int:
    """What the item costs: by an answer of the form where the guide says so, else the same for everybody."""
    fee = guide.get("fee") or {}
    if not fee.get("charged"):
        return 0
    form = cases.form(case)
    fitting = (row["amount_fen"] for row in fee.get("by_answer") or () if form.get(row["field"]) == row["answer"])
    return next(fitting, fee.get("amount_fen") or 0)


def _mismatch(row: Any) -> Refusal:
    return Refusal(
        "filing.payment-mismatch",
        rule="FIL-98",
        zh="缴费结果与应缴记录不符。",
        en="The report does not fit the payment: another amount, or paid already by another receipt.",
        next_zh="请支付机构核对金额与流水号，多缴的退还。",
        next_en="Compare amount and receipt; pay back what was paid twice.",
        amount_fen=row.amount_fen,
        provider_ref=row.provider_ref,
    )
