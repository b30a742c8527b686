"""What may still be changed about a parcel: where it goes, that it goes, what becomes of one that came back."""

from datetime import timedelta
from typing import Any

from chassis import clock, etag, http
from chassis.auth import actor, forbidden
from chassis.errors import Refusal
from chassis.observability import log
from contracts.events import notifier as events
from services.notifier import couriers, directory, shipments
from services.notifier.models import Shipment, database

PAUSE = timedelta(seconds=60)  # between two attempts to withdraw an order
CAME_BACK = ("returned", "cancelled")


def redirect(shipment_id: str, address_ref: str) -> Any:
    """Send it to another address of the same applicant, while the courier knows nothing of it (NOT-26)."""
    Shipment.get_or_refuse(_is_own(shipment_id))
    _require_own_address(address_ref)
    with database.transaction():
        row = _own(shipment_id)
        if not shipments.unknown_outside(row) or row.direction == "paper":
            raise _refusal(
                "notifier.address-fixed",
                "NOT-26",
                "邮政速递已下单，不能再修改地址。",
                "The courier has the order; its address can no longer be changed.",
                "请联系窗口或邮政速递客服改投。",
                "Ask the window, or the courier, to redirect it.",
            )
        row.address_ref = address_ref
        row.save()
        etag.set(row)
    return row


def withdraw(shipment_id: str, reason: str) -> Any:
    """Do not send it: at once while only we know of it, else as soon as the courier has let it go (domain 2.11)."""
    with database.transaction():
        row = _own(shipment_id) if actor().kind != "staff" else _of_window(shipment_id)
        if row.state not in shipments.WITHDRAWABLE:
            raise _refusal(
                "notifier.shipment-under-way",
                "NOT-23",
                "邮件已揽收或已结束，不能取消。",
                "The courier has the parcel, or its way has ended.",
                "请等待投递结果，或联系邮政速递。",
                "Wait for its arrival, or ask the courier.",
            )
        row.cancel_reason = reason
        row.save()
        if shipments.unknown_outside(row):
            _cancelled(row)
        etag.set(row)
    return row


def withdraw_waiting(most: int = shipments.AT_ONCE) -> int:
    """Ask the courier to let go of the orders that somebody wants withdrawn; returns how many were asked about."""
    wall = clock.wall()
    due = Shipment.cancel_reason.is_null(False) & Shipment.state.in_(shipments.WITHDRAWABLE) & Shipment.claim.is_null()
    due &= Shipment.retry_at.is_null() | (Shipment.retry_at <= wall)
    rows = list(Shipment.select().where(due).order_by(Shipment.id).limit(most))
    for row in rows:
        mine = {Shipment.retry_at: wall + PAUSE, Shipment.version: row.version + 1}
        with database.transaction():
            taken = Shipment.update(mine).where(Shipment.id == row.id, Shipment.version == row.version).execute() == 1
        if taken:
            _withdraw(row)
    return len(rows)


def choose(shipment_id: str, way: str, address_ref: str | None) -> Any:
    """After a return: the applicant comes to the window, or has it sent once more (NOT-24)."""
    Shipment.get_or_refuse(_is_own(shipment_id))
    if way == "courier" and address_ref is not None:
        _require_own_address(address_ref)
    with database.transaction():
        row = _own(shipment_id)
        if row.choice == way:
            return row
        if row.state not in CAME_BACK or row.direction != "result" or row.choice or shipments.revoked(row.case_id):
            raise _refusal(
                "notifier.no-choice",
                "NOT-24",
                "该邮件没有待选择的领取方式。",
                "There is nothing to choose about this parcel.",
                "请在邮政速递列表查看最新状态。",
                "Look at its state in the list.",
            )
        row.choice = way
        row.save()
        again = _again(row, address_ref or row.address_ref) if way == "courier" else None
        shipments.open_task(
            again or row,
            f"choice_{way}",
            zh=f"办件{row.case_no}退回的邮件：申请人选择{'再次邮寄' if again else '到窗口领取'}，请准备。",
            en=f"Case {row.case_no}: the applicant chose {'another parcel' if again else 'to collect it'}; prepare it.",
        )
        etag.set(row)
    return row


def collected(case_id: str) -> None:
    """The result was handed over at a window: nothing more is sent or chosen."""
    for seen in Shipment.select().where(Shipment.case_id == case_id, Shipment.direction == "result"):
        row = Shipment.locked(seen.id)
        if row.state in CAME_BACK and row.choice is None:
            row.choice = "window"
            row.save()
        elif row.state in shipments.WITHDRAWABLE:
            row.cancel_reason = "已在窗口领取 collected at the window"
            row.save()
            if shipments.unknown_outside(row):
                shipments.cancel(row)


def _again(row: Any, address_ref: str) -> Any:
    same = ("case_id", "case_no", "direction", "sender_org", "recipient_ref", "payer", "payer_org", "content", "org")
    number = Shipment.select().where(Shipment.case_no == row.case_no).count() + 1
    facts = {name: getattr(row, name) for name in same}
    made = shipments.add(order_no=f"{row.case_no}-{number}", address_ref=address_ref, **facts)
    assert made is not None, "the returned parcel's row is locked, so nobody else numbers one"
    shipments.begin(made)
    return made


def _withdraw(row: Any) -> None:
    try:
        couriers.COURIER.cancel(row.order_no)
    except couriers.Refused as error:
        with database.transaction():
            held = Shipment.locked(row.id)
            held.cancel_reason = None
            held.save()
            shipments.open_task(
                held,
                "cancel_refused",
                zh=f"办件{row.case_no}的邮件{row.waybill_no or row.order_no}已无法取消，请联系邮政速递。",
                en=f"The courier did not cancel parcel {row.waybill_no or row.order_no} ({error}); ask it to stop it.",
            )
    except (http.Unavailable, http.Rejected, LookupError) as error:
        log.warning("courier_cancel", shipment=row.id, error=str(error))
    else:
        with database.transaction():
            held = Shipment.locked(row.id)
            if held.state in {"requested", "order_failed"} and held.claim is None:
                _cancelled(held)
            else:
                node = {"state": "cancelled", "text": held.cancel_reason or "", "at": clock.now()}
                shipments.track(held.order_no, None, [node])


def _cancelled(row: Any) -> None:
    """Never sent: the window keeps the paper, and the applicant is told where it lies."""
    shipments.cancel(row)
    cause = shipments.report(events.ShipmentFailed, row, clock.now(), reason=row.cancel_reason)
    if row.direction == "result" and not shipments.revoked(row.case_id):
        shipments.tell(row, "shipment.cancelled", cause, waybill=row.order_no, place=shipments.place(row))


def _own(shipment_id: str) -> Any:
    row = Shipment.get_or_refuse(_is_own(shipment_id), lock=True)
    etag.check(row)
    return row


def _is_own(shipment_id: str) -> Any:
    return (Shipment.id == shipment_id) & (Shipment.recipient_ref == actor().id)


def _of_window(shipment_id: str) -> Any:
    row = Shipment.get_or_refuse(shipment_id, lock=True)
    etag.check(row)
    if not actor().has_role("system_admin") and not shipments.own_window(row):
        raise forbidden("this shipment belongs to another window")
    return row


def _require_own_address(address_ref: str) -> None:
    try:
        owner = directory.owner(address_ref)
    except directory.Away:
        raise _refusal(
            "notifier.address-unchecked",
            "NOT-26",
            "暂时无法核对地址，未作修改。",
            "The address cannot be checked at the moment; nothing was changed.",
            "请稍后再试。",
            "Try again in a moment.",
            status=503,
        ) from None
    if owner != actor().id:
        raise _refusal(
            "notifier.address-not-own",
            "NOT-26",
            "该地址不在您的收件地址中。",
            "This address is not in your address book.",
            "请先在“收件地址”中添加。",
            "Add it to your address book first.",
            status=422,
        )


def _refusal(code: str, rule: str, zh: str, en: str, next_zh: str, next_en: str, status: int = 409) -> Refusal:
    return Refusal(code, status=status, rule=rule, zh=zh, en=en, next_zh=next_zh, next_en=next_en)
