"""Messages: written by handlers, accepted by the carrier, delivered or not (domain 2.12).

Nothing here calls the outside; `sending` does.
"""

from datetime import datetime, timedelta
from typing import Any

from chassis import clock, context, deadlines, etag
from chassis.ids import new_id
from chassis.outbox import emit
from contracts import rules
from contracts.events import notifier as events
from services.notifier import board, tasks, texts
from services.notifier.models import InboxMessage, Message, database
from services.notifier.templates import Template, find
from services.notifier.transitions import MESSAGE

RECEIPT_WAIT = "receipt_wait"
LANES = CODES, URGENT, ORDINARY = 0, 1, 2
ASK_RECEIPT_AFTER = timedelta(minutes=5)


def tell(
    template: Template,
    recipient: str,
    params: dict[str, Any],
    *,
    cause: str,
    cause_type: str,
    case_id: str | None = None,
    case_no: str | None = None,
    org: str | None = None,
) -> None:
    """Write down one message for one recipient; the same cause, template and recipient never makes a second one."""
    details = {
        "dedupe_key": f"{cause}:{template.code}:{recipient}",
        "cause_event": cause,
        "cause_type": cause_type,
        "case_id": case_id,
        "case_no": case_no,
        "org": org,
        "mandatory": template.mandatory,
        "urgent": template.urgent,
    }
    _keep(*_written(template, recipient, params, details))


def order(ordered: list[Any]) -> None:
    """Write down the messages that other services have ordered (NOT-01); an unknown template or a missing
    parameter is a final fault, not a reason to try again."""
    copies: list[dict[str, Any]] = []
    phones: list[dict[str, Any]] = []
    for event in ordered:
        template, fault = find(event.template), "template-unknown"
        if template is not None:
            try:
                copy, phone = _written(template, event.recipient, event.params, _ordered(event))
            except texts.BadParams as error:
                fault = str(error)
            else:
                copies, phones = copies + copy, phones + phone
                continue
        with context.handling(event):
            _refuse(event, fault)
    _keep(copies, phones)


def _ordered(event: Any) -> dict[str, Any]:
    return {
        "dedupe_key": event.dedupe_key,
        "cause_event": event.cause_event or event.id,
        "cause_type": event.type,
        "case_id": event.case_id,
        "case_no": event.case_no,
        "org": event.org,
        "mandatory": event.mandatory,
        "urgent": event.urgent,
    }


def _refuse(event: Any, fault: str) -> None:
    phone = _phone(event.template, event.recipient, texts.safe(event.params), _ordered(event)) | {"id": new_id()}
    _keep([], [phone])
    row = Message.locked(phone["id"])  # none when this message was there already
    if row is not None:
        fail(row, fault)


Rows = list[dict[str, Any]]


def _written(template: Template, recipient: str, params: dict[str, Any], details: dict[str, Any]) -> tuple[Rows, Rows]:
    """In-app at once, and a row for the sender; a post is written to once it is known who holds it."""
    params, details = texts.safe(params), details | {"wording": template.number}
    copies = phones = []
    if is_person(recipient):
        copies = [_copy(template, recipient, params, details["dedupe_key"], details["case_no"])]
    if template.sms or not is_person(recipient):
        phones = [_phone(template.code, recipient, params, details)]
    return copies, phones


def _keep(copies: Rows, phones: Rows) -> None:
    """Keep what is not there already, in two statements that nobody waits for."""
    InboxMessage.create_all(copies, unless_there=True)
    Message.create_all(phones, unless_there=True)


def _phone(template: str, recipient: str, params: dict[str, Any], details: dict[str, Any]) -> dict[str, Any]:
    """A message for the sender."""
    return {
        "template": template,
        "recipient_ref": recipient,
        "params": params,
        "state": "queued",
        "lane": lane(recipient, urgent=details["urgent"]),
        "holdable": not details["urgent"] and recipient.startswith(("person:", "legal:")),
        **details,
    }


def lane(recipient: str, *, urgent: bool) -> int:
    """Codes first, then escalations and what else is urgent, then the rest (NOT-06)."""
    return CODES if recipient.startswith("sms-code:") else URGENT if urgent else ORDINARY


def _copy(template: Template, recipient: str, params: dict[str, Any], key: str, case_no: str | None) -> dict[str, Any]:
    """The message in the recipient's own space (NOT-09)."""
    return {
        "dedupe_key": key,
        "recipient_ref": recipient,
        "template": template.code,
        "wording": template.number,
        "title_zh": template.title_zh,
        "title_en": template.title_en,
        "zh": texts.fill(template, params, "zh"),
        "en": texts.fill(template, params, "en"),
        "case_no": case_no,
    }


def is_person(recipient: str) -> bool:
    """Whether somebody with an own space is meant, not a post and not a bare number."""
    return recipient.startswith(("person:", "legal:", "staff:"))


# --- what becomes of it, in the transaction of the caller ---------------------------------------------------------


def lock(which: Any) -> list[Any]:
    """The messages, locked in the same order by everybody."""
    return list(database.for_update(Message.select().where(which).order_by(Message.id)))


def expand(row: Any, members: list[str]) -> None:
    """One message for everybody who holds the post now, each exactly once (NOT-05)."""
    template = find(row.template, row.wording)
    assert template is not None
    base = row.dedupe_key.removesuffix(f":{row.recipient_ref}")
    copies, phones = [], []
    for member in members:
        details = {
            "dedupe_key": f"{base}:{member}",
            "parent": row.id,
            **{
                name: getattr(row, name)
                for name in ("cause_event", "cause_type", "case_id", "case_no", "org", "mandatory", "urgent", "wording")
            },
        }
        copies.append(_copy(template, member, row.params, details["dedupe_key"], row.case_no))
        if template.sms:
            phones.append(_phone(row.template, member, row.params, details))
    _keep(copies, phones)
    _move(row, "expand")
    row.save()


def accept(row: Any, provider_ref: str | None) -> None:
    """The carrier has taken it, whichever way we learn of it; once (FIL-59 counts from here). The caller saves it."""
    if row.state in {"accepted", "delivered", "undelivered"}:
        return
    _move(row, "accept")
    row.provider_ref, row.accepted_at, row.error = provider_ref, clock.now(), None
    row.took_ms = board.took_ms(row)
    row.retry_at = clock.wall() + ASK_RECEIPT_AFTER
    emit(events.SmsSent, row.id, _data(row) | {"sent_at": row.accepted_at}, **_about(row))
    if _is_escalation(row):
        wait = timedelta(minutes=rules.value("notifier.receipt_wait").value)
        deadlines.at(RECEIPT_WAIT, row.id, clock.now() + wait, rule="NOT-08")


def fail(row: Any, reason: str) -> None:
    """A final fault of number, template or opt-out: the own space takes over (NOT-07)."""
    _move(row, "fail")
    _fallback(row, reason, final=True)


def give_up(row: Any, reason: str) -> None:
    """The attempts are used up: a dead letter for the operator (NOT-07)."""
    _move(row, "give_up")
    _fallback(row, reason, final=False)


def suppress(row: Any, reason: str) -> None:
    """Nothing is sent, and nothing is wrong with that."""
    _move(row, "suppress")
    row.error = reason
    row.save()


def _fallback(row: Any, reason: str, *, final: bool) -> None:
    row.error = reason[:300]
    row.save()
    data = _data(row) | {"failed_at": clock.now(), "reason": row.error, "final": final}
    emit(events.SmsFailed, row.id, data, **_about(row))
    _next_channel(row)


def _next_channel(row: Any) -> None:
    """Raise it in the recipient's own space; a citizen's mandatory message is also followed up by the window."""
    InboxMessage.update(important=True).where(InboxMessage.dedupe_key == row.dedupe_key).execute()
    if row.recipient_ref.startswith("role:") and row.org:
        tasks.open_task(
            "post_vacant",
            row.id,
            row.org,
            row.case_no,
            zh=f"办件{row.case_no or '—'}的通知无人接收：该岗位目前没有人员，请转告并补充授权。",
            en=f"Nobody holds the post to be told about case {row.case_no or '-'}; pass it on and have the role given.",
        )
    elif _is_escalation(row):
        _tell_in_person(row)
    elif row.mandatory and row.org and row.recipient_ref.startswith(("person:", "legal:")):
        tasks.open_task(
            "sms_failed",
            row.id,
            row.org,
            row.case_no,
            zh=f"办件{row.case_no or '—'}的短信未能送达申请人，请电话联系。",
            en=f"A message about case {row.case_no or '-'} did not reach the applicant; please call.",
        )


def _is_escalation(row: Any) -> bool:
    template = find(row.template, row.wording)
    return template is not None and template.escalation


def _tell_in_person(row: Any) -> None:
    """The second channel of an escalation is a person, since a leader has one phone here (NOT-08)."""
    if row.org:
        tasks.open_task(
            "escalation_unconfirmed",
            row.id,
            row.org,
            row.case_no,
            zh=f"办件{row.case_no or '—'}的预警短信未见送达回执，请当面或电话告知。",
            en=f"No receipt for the warning about case {row.case_no or '-'}; tell the leader in person.",
        )


def _move(row: Any, verb: str) -> None:
    row.state = MESSAGE.step(row.state, verb).target
    row.claim = row.lease_until = row.retry_at = None


# --- receipts -----------------------------------------------------------------------------------------------------


def receipt(row: Any, biz_id: str | None, delivered: bool, at: datetime | None) -> None:
    """Take the carrier's receipt, in any order and any number of times (NOT-08). The caller has locked and saves it.

    A receipt that overtakes the answer to the call is proof enough that the message was taken.
    """
    if row.state not in {"accepted", "delivered", "undelivered"}:
        accept(row, biz_id)
    if delivered and row.state != "delivered":
        _move(row, "deliver")
        row.delivered_at, row.error, row.mobile = at or clock.now(), None, None
        _stop_waiting(row)
        emit(events.SmsDelivered, row.id, _data(row) | {"delivered_at": row.delivered_at}, **_about(row))
    elif not delivered and row.state == "accepted":
        _move(row, "miss")
        row.mobile = None
        _stop_waiting(row)
        _fallback(row, "undelivered", final=False)


def _stop_waiting(row: Any) -> None:
    if _is_escalation(row):
        deadlines.cancel(RECEIPT_WAIT, row.id)


def receipt_missing(message_id: str) -> None:
    """Ten minutes without a receipt for an escalation: the next channel (NOT-08)."""
    row = Message.locked(message_id)
    if row is None or row.state != "accepted":
        return
    InboxMessage.update(important=True).where(InboxMessage.dedupe_key == row.dedupe_key).execute()
    _tell_in_person(row)


def replied(row: Any, word: str, reference: str | None, at: datetime) -> None:
    """Somebody has answered it; only what the answer comes to leaves the notifier."""
    data = _data(row) | {"reply": word, "replied_at": at} | ({"reference": reference} if reference else {})
    emit(events.SmsReplied, row.id, data, **_about(row) | ({"correlation": reference} if reference else {}))


# --- people -------------------------------------------------------------------------------------------------------


def retry(message_id: str) -> Any:
    """Let a failed or dead message try again; the carrier is asked first what it knows (NOT-05, NOT-07)."""
    with database.transaction():
        row = Message.get_or_refuse(message_id, lock=True)
        etag.check(row)
        _try_again(row)
        etag.set(row)
    return row


def retry_dead(error: str | None, most: int) -> int:
    """Let the oldest dead letters, all or those of one error, try again; returns how many (NOT-07)."""
    dead = Message.state == "dead" if error is None else (Message.state == "dead") & (Message.error == error)
    with database.transaction():
        query = Message.select().where(dead).order_by(Message.id).limit(most)
        rows = list(database.for_update(query, skip_locked=True))
        for row in rows:
            _try_again(row)
    return len(rows)


def _try_again(row: Any) -> None:
    _move(row, "retry")
    row.attempts, row.error = 0, None
    row.save()


def read(ref: str, message_id: str | None = None) -> int:
    """Mark one message of the account, or all of them, as read; returns how many were new."""
    with database.transaction():
        mine = (InboxMessage.recipient_ref == ref) & InboxMessage.read_at.is_null()
        if message_id is not None:
            InboxMessage.get_or_refuse(InboxMessage.id == message_id, InboxMessage.recipient_ref == ref)
            mine &= InboxMessage.id == message_id
        return InboxMessage.update(read_at=clock.now()).where(mine).execute()


# --- what events say ----------------------------------------------------------------------------------------------


def _data(row: Any) -> dict[str, Any]:
    data = {
        "message_id": row.id,
        "template": row.template,
        "recipient_ref": row.recipient_ref,
        "dedupe_key": row.dedupe_key,
        "cause_event": row.cause_event,
        "cause_type": row.cause_type,
        "case_id": row.case_id,
        "case_no": row.case_no,
        "provider_ref": row.provider_ref,
        "attempts": row.attempts,
    }
    return {name: value for name, value in data.items() if value is not None}


def _about(row: Any) -> dict[str, Any]:
    return {"correlation": row.case_no or context.correlation.get(), "org": row.org}
