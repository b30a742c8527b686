"""Parcels: ordered once, followed node by node to their end (domain 2.11, NOT-20…24).

Every verb runs under the lock of the shipment's row. A report of the courier that overtakes the answer to the order is
proof that the order was taken.
"""

from datetime import datetime, timedelta
from typing import Any

from chassis import clock, deadlines, etag, http, workdays
from chassis.auth import actor, forbidden
from chassis.ids import new_id
from chassis.observability import log
from chassis.outbox import emit
from contracts.events import filing
from contracts.events import notifier as events
from services.notifier import couriers, directory, messages, options, papers, payers, tasks, texts
from services.notifier.models import Message, Org, Shipment, StrayTrack, Track, database
from services.notifier.templates import find
from services.notifier.transitions import SHIPMENT, VERB_OF

LEASE = timedelta(seconds=60)
AT_ONCE = 20
WEIGHT_GRAMS = 200  # what a parcel of papers is reckoned with (NOT-23)
WITHDRAWABLE = ("requested", "order_failed", "ordered", "waybill_assigned")  # the courier does not have the parcel yet
ENDED = ("delivered", "returned", "cancelled", "order_failed")
WINDOW = ("window_clerk", "window_manager")
ORDER_LIMIT, PICKUP, SILENT = "ship_order", "pickup", "track_silent"


def request(event: Any) -> None:
    """Take the order for a parcel; the same order number never makes a second one (NOT-23)."""
    row = add(
        order_no=event.order_no,
        case_id=event.case_id,
        case_no=event.case_no,
        direction=event.direction,
        sender_org=event.sender_org,
        recipient_ref=event.recipient_ref,
        address_ref=event.address_ref,
        payer=event.payer,
        payer_org=event.payer_org,
        content=event.content,
        org=event.org,
    )
    if row is not None:
        begin(row)


def add(**facts: Any) -> Any:
    """A new parcel, locked; None when its order number is there already."""
    row = Shipment(state="requested", **facts)
    values = {field: getattr(row, field.name) for field in Shipment._meta.sorted_fields}
    Shipment.insert(values).on_conflict_ignore().execute()
    return Shipment.locked(row.id)


def begin(row: Any) -> None:
    """Report a new parcel and have it ordered within its limit; nodes that came before it are taken up."""
    report(events.ShipmentRequested, row, clock.now())
    if row.direction == "result" and revoked(row.case_id):
        cancel(row)
        return
    deadlines.set(ORDER_LIMIT, row.id, workdays.due_for("notifier.ship_order", clock.now()))
    strays = list(StrayTrack.select().where(StrayTrack.order_no == row.order_no).order_by(StrayTrack.at))
    if strays:
        track(row.order_no, strays[0].waybill, [{"state": n.state, "text": n.text, "at": n.at} for n in strays])
        StrayTrack.delete().where(StrayTrack.order_no == row.order_no).execute()


def case_revoked(case_id: str) -> None:
    """A revoked result is not sent any more; an order that the courier may have is withdrawn there."""
    for seen in Shipment.select().where(Shipment.case_id == case_id, Shipment.direction == "result"):
        row = Shipment.locked(seen.id)
        if unknown_outside(row):
            cancel(row)
        elif row.state in WITHDRAWABLE:
            row.cancel_reason = "结果已撤销 result revoked"
            row.save()


def revoked(case_id: str) -> bool:
    """Whether the result of the case was revoked."""
    return Message.select().where(Message.case_id == case_id, Message.cause_type == filing.CaseRevoked.type).exists()


def unknown_outside(row: Any) -> bool:
    """Whether the courier certainly knows nothing of the order, so that it can still be changed here alone."""
    return row.state in {"requested", "order_failed"} and row.claim is None and not row.doubtful


def cancel(row: Any) -> None:
    """It is not sent."""
    _move(row, "cancel")
    row.ended_at = clock.now()
    row.save()
    _end_limits(row)
    papers.release(row)


# --- ordering -----------------------------------------------------------------------------------------------------


def order_waiting(most: int = AT_ONCE) -> int:
    """Place the orders that wait; returns how many were tried."""
    for done in range(most):
        row = _claim()
        if row is None:
            return done
        _order(row)
    return most


def _claim() -> Any:
    wall = clock.wall()
    ready = (Shipment.retry_at.is_null() | (Shipment.retry_at <= wall)) & (
        Shipment.lease_until.is_null() | (Shipment.lease_until <= wall)
    )
    ready &= Shipment.cancel_reason.is_null()
    query = Shipment.select().where(Shipment.state == "requested", ready).order_by(Shipment.id).limit(1)
    if query.first() is None:
        return None
    with database.transaction():
        row = database.for_update(query, skip_locked=True).first()
        if row is not None:
            row.claim, row.lease_until = new_id(), wall + LEASE
            row.save()
        return row


def _order(row: Any) -> None:
    """One attempt. The courier knows our order number, so a repeat is harmless (NOT-23)."""
    address: dict[str, Any] | None = {}
    if row.direction != "paper":
        try:
            address = directory.address(row.address_ref, reason=f"courier:{row.order_no}", case_no=row.case_no)
        except directory.Away as error:
            _again(row, str(error), counted=False)
            return
    if address is None:
        _fail(row, "address-unknown")
        return
    try:
        reference, waybill = couriers.COURIER.create(_label(row, address))
    except couriers.Refused as error:
        _fail(row, str(error))
    except http.Unavailable as error:
        _again(row, str(error), counted=True, doubtful=error.maybe_done)
    except (http.Rejected, LookupError) as error:
        _again(row, str(error), counted=True)
    else:
        with database.transaction():
            _ordered(Shipment.locked(row.id), reference, waybill)


def _label(row: Any, address: dict[str, Any]) -> dict[str, Any]:
    hall = _office(row.sender_org)
    if row.direction == "paper":
        outside = _office(row.address_ref.removeprefix(papers.TO))
    else:
        outside = {
            "name": address["recipient"],
            "phone": address["phone"],
            "region": address["region"],
            "address": address["detail"],
        }
    inward = row.direction == "material"  # the applicant sends to the hall
    return {
        "order_no": row.order_no,
        "sender": outside if inward else hall,
        "receiver": hall if inward else outside,
        "cargo": {"name": "文件", "description": row.content, "weight_grams": WEIGHT_GRAMS},
        "payer": row.payer,
        "payer_account": payers.account(row.payer, row.payer_org)[0],
    }


def _office(code: str) -> dict[str, str]:
    known = Org.get_or_none(Org.code == code)
    return {"code": code, "name": known.name if known else code}


def _ordered(row: Any, reference: str, waybill: str | None) -> None:
    """The courier has the order, whichever way we learn of it; once."""
    if row is None or row.state not in {"requested", "order_failed"}:
        return
    _move(row, "order")
    if waybill:
        row.state = SHIPMENT.step(row.state, "assign").target
    row.provider_ref, row.waybill_no, row.ordered_at, row.error = reference, waybill, clock.now(), None
    row.payer_account, row.billed_org = payers.account(row.payer, row.payer_org)
    row.poll_at = _next_poll()
    row.save()
    deadlines.cancel(ORDER_LIMIT, row.id)
    deadlines.set(PICKUP, row.id, workdays.due_for("notifier.pickup_alarm", row.ordered_at))
    cause = report(events.ShipmentOrdered, row, row.ordered_at, provider_ref=reference)
    if row.direction == "result":
        tell(row, "shipment.ordered", cause, content=texts.clean(row.content), waybill=row.waybill_no or row.order_no)


def _again(row: Any, reason: str, *, counted: bool, doubtful: bool = False) -> None:
    """Wait and try again; after the last attempt a person has to act (NOT-07, NOT-24)."""
    with database.transaction():
        held = Shipment.locked(row.id)
        if held is None or held.claim != row.claim or held.state != "requested":
            return
        pauses = options.pauses()
        held.attempts += counted
        held.doubtful |= doubtful
        if held.attempts > len(pauses):
            _order_failed(held, reason)
            return
        held.claim = held.lease_until = None
        held.retry_at = clock.wall() + pauses[max(held.attempts, 1) - 1]
        held.error = reason[:300]
        held.save()


def _fail(row: Any, reason: str) -> None:
    with database.transaction():
        held = Shipment.locked(row.id)
        if held is not None and held.claim == row.claim and held.state == "requested":
            _order_failed(held, reason)


def _order_failed(row: Any, reason: str) -> None:
    _move(row, "fail")
    row.error = reason[:300]
    row.save()
    log.error("shipment_order_failed", shipment=row.id, reason=row.error)
    deadlines.cancel(ORDER_LIMIT, row.id)
    report(events.ShipmentFailed, row, clock.now(), reason=row.error)
    open_task(
        row,
        f"order_failed:{row.attempts}:{row.version}",
        zh=f"{_about(row)}的邮政速递下单失败，请核对地址后重新下单，或改为窗口领取。",
        en=f"The courier order of {row.case_no} failed: check the address and order again, or have it collected.",
    )


def retry(shipment_id: str) -> Any:
    """Order again after somebody has looked after the reason."""
    with database.transaction():
        row = Shipment.get_or_refuse(shipment_id, lock=True)
        etag.check(row)
        if not actor().has_role("system_admin") and not own_window(row):
            raise forbidden("this shipment belongs to another window")
        _move(row, "retry")
        row.attempts, row.error = 0, None
        row.save()
        deadlines.set(ORDER_LIMIT, row.id, workdays.due_for("notifier.ship_order", clock.now()))
        etag.set(row)
    return row


# --- the way ------------------------------------------------------------------------------------------------------


def track(order_no: str, waybill: str | None, nodes: list[dict[str, Any]]) -> bool:
    """Take nodes of the track, in any order and any number of times; False for a parcel that is not ours (NOT-24)."""
    with database.transaction():
        row = Shipment.locked(Shipment.order_no == order_no)
        if row is None:
            _keep_strays(order_no, waybill, nodes)
            return False
        if row.state in {"requested", "order_failed"} and (nodes or waybill):
            _ordered(row, order_no, waybill)
        if waybill and row.waybill_no is None:
            row.waybill_no = waybill
            row.save()
        new = [node for node in nodes if _keep(row, node)]
        for node in new:
            _advance(row, node)
        if new and row.state not in ENDED:
            row.poll_at = _next_poll()
            row.save()
            deadlines.set(SILENT, row.id, workdays.due_for("notifier.track_silent_alarm", clock.now()))
        return True


def _keep(row: Any, node: dict[str, Any]) -> bool:
    """Write the node down; False when it was there."""
    found = Track(shipment=row.id, state=node["state"], text=texts.clean(node["text"])[:300], at=node["at"])
    values = {field: getattr(found, field.name) for field in Track._meta.sorted_fields}
    Track.insert(values).on_conflict_ignore().execute()
    return Track.get_or_none(Track.id == found.id) is not None


def _keep_strays(order_no: str, waybill: str | None, nodes: list[dict[str, Any]]) -> None:
    for node in nodes:
        text = texts.clean(node["text"])[:300]
        row = StrayTrack(order_no=order_no, waybill=waybill, state=node["state"], text=text, at=node["at"])
        values = {field: getattr(row, field.name) for field in StrayTrack._meta.sorted_fields}
        StrayTrack.insert(values).on_conflict_ignore().execute()


def _advance(row: Any, node: dict[str, Any]) -> None:
    """A node moves the parcel forward or, when it comes late, only fills a gap; each event goes out once."""
    verb = VERB_OF.get(node["state"])
    if verb is None:
        return
    if node["state"] == "picked_up" and row.picked_up_at is None:
        row.picked_up_at = node["at"]
        if verb in SHIPMENT.allowed(row.state):
            row.state = SHIPMENT.step(row.state, verb).target
        row.save()
        deadlines.cancel(PICKUP, row.id)
        report(events.ShipmentPickedUp, row, node["at"], node=node["text"])
    elif verb in SHIPMENT.allowed(row.state):
        _move(row, verb)
        row.save()
        deadlines.cancel(PICKUP, row.id)
        if row.state in ENDED:
            _arrived(row, node)


def _arrived(row: Any, node: dict[str, Any]) -> None:
    row.ended_at, row.poll_at = node["at"], None
    row.save()
    _end_limits(row)
    if row.state == "delivered":
        if row.direction != "paper":  # paper has arrived when it is scanned (NOT-25)
            report(events.ShipmentDelivered, row, node["at"], node=node["text"])
        return
    text = node["text"] or row.cancel_reason or row.state
    cause = report(events.ShipmentReturned, row, node["at"], node=node["text"], reason=text)
    papers.release(row)
    if row.cancel_reason is None:  # nobody here wanted it
        open_task(
            row,
            row.state,
            zh=f"{_about(row)}的邮件{row.waybill_no or ''}被退回或取消，请联系申请人改为窗口领取或再次邮寄。",
            en=f"Parcel {row.waybill_no or ''} of {row.case_no} came back; ask the applicant how to hand it over.",
        )
    if row.direction == "result" and not revoked(row.case_id):
        tell(row, f"shipment.{row.state}", cause, waybill=row.waybill_no or row.order_no, place=place(row))


def place(row: Any) -> str:
    """Where the applicant can have it instead."""
    return _office(row.sender_org)["name"]


def poll_silent(most: int = AT_ONCE) -> int:
    """Ask the courier about parcels of which nothing was heard for a while; returns how many."""
    due = (Shipment.poll_at <= clock.wall()) & Shipment.state.not_in(ENDED)
    rows = list(Shipment.select().where(due).order_by(Shipment.poll_at).limit(most))
    for row in rows:
        asked = Shipment.update(poll_at=_next_poll()).where(Shipment.id == row.id, Shipment.poll_at == row.poll_at)
        with database.transaction():
            mine = asked.execute() == 1
        if mine:
            _poll(row)
    return len(rows)


def _poll(row: Any) -> None:
    try:
        nodes = couriers.COURIER.track(row.order_no)
    except (http.Unavailable, http.Rejected, LookupError, KeyError) as error:
        log.warning("courier_silent", shipment=row.id, error=str(error))
        return
    track(row.order_no, None, [node | {"at": clock.parse(node["at"])} for node in nodes])


# --- alarms -------------------------------------------------------------------------------------------------------


def not_ordered(shipment_id: str) -> None:
    """One working day without an order (NOT-23)."""
    _alarm(shipment_id, "order_late", "一个工作日内未能下单", "could not be ordered within one working day")


def not_picked_up(shipment_id: str) -> None:
    """Two working days without a pick-up (domain 2.11)."""
    _alarm(shipment_id, "no_pickup", "下单两个工作日仍未揽收", "was not picked up within two working days")


def silent(shipment_id: str) -> None:
    """Five days without a node (domain 2.11)."""
    _alarm(shipment_id, "track_silent", "五日没有物流信息", "has had no track for five days")


def _alarm(shipment_id: str, kind: str, zh: str, en: str) -> None:
    row = Shipment.locked(shipment_id)
    if row is not None and row.state not in ENDED:
        no = row.waybill_no or row.order_no
        open_task(
            row,
            kind,
            zh=f"{_about(row)}的邮件{no}{zh}，请联系邮政速递。",
            en=f"Parcel {no} of {row.case_no} {en}.",
        )


# --- helpers ------------------------------------------------------------------------------------------------------


def _move(row: Any, verb: str) -> None:
    row.state = SHIPMENT.step(row.state, verb).target
    row.claim = row.lease_until = row.retry_at = None


def _next_poll() -> datetime:
    return clock.wall() + timedelta(seconds=options.current.poll_seconds)


def _end_limits(row: Any) -> None:
    for kind in (ORDER_LIMIT, PICKUP, SILENT):
        deadlines.cancel(kind, row.id)


def _about(row: Any) -> str:
    return f"纸质材料批次{row.case_no}" if row.direction == "paper" else f"办件{row.case_no}"


def own_window(row: Any) -> bool:
    """Whether the caller works at a window of the deciding or the sending organisation."""
    return any(actor().has_role(role, org) for role in WINDOW for org in (row.org, row.sender_org) if org)


def open_task(row: Any, kind: str, *, zh: str, en: str) -> None:
    tasks.open_task(kind, row.id, row.org or row.sender_org, row.case_no, zh=zh, en=en)


def tell(row: Any, template: str, cause: str, **params: Any) -> None:
    """Write to whoever receives the parcel."""
    found = find(template)
    assert found is not None
    about = {"case_no": row.case_no} | params
    messages.tell(
        found,
        row.recipient_ref,
        about,
        cause=cause,
        cause_type=f"notifier.{template}",
        case_id=row.case_id,
        case_no=row.case_no,
        org=row.org,
    )


def report(event_type: type[Any], row: Any, at: datetime, **extra: Any) -> str:
    """Report a step of a parcel; a batch of papers reports it of each case in it."""
    cause = ""
    for case_id, case_no in papers.cases(row) if row.direction == "paper" else ((row.case_id, row.case_no),):
        cause = report_case(event_type, row, at, case_id, case_no, **extra)
    return cause


def report_case(event_type: type[Any], row: Any, at: datetime, case_id: str, case_no: str, **extra: Any) -> str:
    """Report a step of a parcel for one case."""
    data = {
        "shipment_id": row.id,
        "order_no": row.order_no,
        "case_id": case_id,
        "case_no": case_no,
        "direction": row.direction,
        "payer": row.payer,
        "waybill_no": row.waybill_no,
        "state": row.state,
        "at": clock.local(at),
    }
    data = {name: value for name, value in (data | extra).items() if value is not None}
    return emit(event_type, row.id, data, correlation=case_no, org=row.org)
