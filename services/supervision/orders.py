"""Supervising orders (督办): issued for what is overdue, or by hand, and followed to their end (SUP-31, SUP-33)."""

from typing import Any

from chassis import clock, deadlines, workdays
from chassis.auth import actor
from chassis.history import append
from chassis.ids import new_id
from chassis.outbox import emit
from contracts.events import supervision as events
from services.supervision.models import Order, WatchedCase, database
from services.supervision.transitions import ORDER

MATTERS = ("case_id", "case_no", "letter_no", "rating_id")


def pursue(event: Any, org: str, *, ends_with_case: bool) -> None:
    """An order of itself for something overdue; who watches the matter closes it if news of the end has come before."""
    matter = {name: event.data.get(name) for name in (*MATTERS, "item_code")}
    content = f"已超过办理时限({event.data.get('deadline_kind') or event.type})，请立即办理并说明原因。"
    _issue("overdue", org, content, cause=event.id, sequence=event.sequence, ends_with_case=ends_with_case, **matter)


def issue(kind: str, target_org: str, content: str, **matter: Any) -> Any:
    """An order by hand: about delay, a suggestion, a major matter."""
    with database.transaction():
        if matter["case_no"]:
            case = WatchedCase.get_or_refuse(WatchedCase.case_no == matter["case_no"])
            matter |= {"case_id": case.case_id, "item_code": case.item_code}
        return _issue(kind, target_org, content, **matter)


def answer(order_id: str, text: str) -> Any:
    """The office says what it has done."""
    with database.transaction():
        order = Order.get_or_refuse(order_id, lock=True)
        actor().require_role("deputy_leader", "unit_leader", org=order.target_org, item=order.item_code)
        _move(order, "answer", text)
        order.answer, order.answered_by = text, actor().id
        order.save()
        deadlines.cancel("order", order.id)
        return order


def close(order_id: str, text: str) -> Any:
    """Whoever watches is content with the answer, or takes the order back."""
    with database.transaction():
        order = Order.get_or_refuse(order_id, lock=True)
        return _close(order, "close", text)


def matters_done(name: str, ends: dict[str, int]) -> None:
    """These cases, letters or ratings were done, each with this event of its own: what was pursued before it is no
    longer."""
    ended = Order.ends_with_case if name == "case_id" else Order.kind == "overdue"
    for order in Order.locked_all(getattr(Order, name).in_(list(ends)), Order.state != "closed", ended):
        if order.sequence < ends[getattr(order, name)]:
            _close(order, "matter_done", "事项已办结")


def overdue(order_id: str) -> None:
    """No answer in time."""
    order = Order.locked(order_id)
    if order.state == "issued":
        order.overdue = True
        order.save()


def _issue(kind: str, target_org: str, content: str, *, ends_with_case: bool = False, **facts: Any) -> Any:
    now = clock.now()
    due = workdays.due_for("supervision.order_answer", now)
    order = Order.create(
        order_no=f"DB{now:%Y%m%d}{new_id()[-8:].upper()}",
        kind=kind,
        target_org=target_org,
        content=content,
        issued_by=actor().id,
        issued_at=now,
        due=due.date,
        ends_with_case=ends_with_case,
        state="issued",
        **facts,
    )
    append(order.id, "issue", target="issued", org=target_org, opinion=content)
    deadlines.set("order", order.id, due)
    data = {name: facts[name] for name in MATTERS if facts.get(name)}
    data |= {
        "order_id": order.id,
        "order_no": order.order_no,
        "kind": kind,
        "target_org": target_org,
        "content": content,
        "issued_at": now,
        "issued_by": order.issued_by,
        "due": due.date,
    }
    emit(events.OrderIssued, order.id, data, correlation=facts.get("case_no"), org=target_org)
    return order


def _close(order: Any, verb: str, text: str) -> Any:
    _move(order, verb, text)
    order.save()
    deadlines.cancel("order", order.id)
    return order


def _move(order: Any, verb: str, text: str) -> None:
    step = ORDER.step(order.state, verb)
    append(order.id, verb, source=order.state, target=step.target, org=order.target_org, opinion=text)
    order.state = step.target
