"""The way of a message to the carrier: claim, resolve, hand over, record (NOT-05, NOT-06, NOT-07).

The carrier does not recognise repeats, so a message is handed over only while it is certain that it was not before.
Whoever is cut off between the call and the record leaves a row whose lease runs out; then the carrier is asked first.
Every change of a row is made under its claim, except that a message the carrier has taken is always recorded as taken.
"""

from datetime import datetime, timedelta
from typing import Any

from chassis import clock, http, privacy
from chassis.ids import new_id
from chassis.observability import log
from services.notifier import directory, messages, options, providers, texts
from services.notifier.models import Message, Preference, database
from services.notifier.templates import find
from services.notifier.transitions import MESSAGE

LEASE = timedelta(seconds=60)  # much longer than all time-outs of one attempt together
LONGEST_CALL = timedelta(seconds=15)
ASK_AFTER = timedelta(seconds=2)  # a time-out is looked into soon; absence is believed only after the whole pause
GIVE_UP_ASKING = timedelta(hours=24)
AT_ONCE = 20  # of one turn of a loop


def send_waiting(*, urgent: bool = False, most: int = AT_ONCE) -> int:
    """Send what may go out now, urgent ones first (or alone); returns how many were tried."""
    for done in range(most):
        row = _claim(_ready(urgent))
        if row is None:
            return done
        _attempt(row)
    return most


def ask_waiting(most: int = AT_ONCE) -> int:
    """Find out what became of messages whose sending was cut off; returns how many were looked into."""
    for done in range(most):
        row = _claim(_doubtful())
        if row is None:
            return done
        _ask(row)
    return most


def quiet(now: datetime) -> bool:
    """Whether citizens are left in peace at this hour (NOT-06)."""
    begin, end = options.quiet_hours()
    at = clock.local(now).time()
    return begin <= at or at < end if begin > end else begin <= at < end


# --- claiming -----------------------------------------------------------------------------------------------------


def _ready(urgent: bool) -> Any:
    due = Message.retry_at.is_null() | (Message.retry_at <= clock.wall())
    wanted = (Message.state == "queued") & due
    if urgent:
        wanted &= Message.urgent == True  # noqa: E712
    if quiet(clock.now()):
        wanted &= Message.holdable == False  # noqa: E712
    return Message.select().where(wanted).order_by(Message.urgent.desc(), Message.id)


def _doubtful() -> Any:
    wall = clock.wall()
    asked = (Message.state == "unknown") & (Message.retry_at.is_null() | (Message.retry_at <= wall))
    cut_off = (Message.state == "sending") & (Message.lease_until <= wall)
    free = Message.lease_until.is_null() | (Message.lease_until <= wall)
    return Message.select().where((asked & free) | cut_off).order_by(Message.id)


def _claim(query: Any) -> Any:
    """Take the first row that no other sender holds, or None; the claim is committed before any call."""
    if query.limit(1).first() is None:  # a look without a lock, so that an idle sender disturbs nobody
        return None
    with database.transaction():
        if database.dialect == "postgresql":
            query = query.for_update(skip_locked=True)
        row = query.limit(1).first()
        if row is None:
            return None
        if row.state == "queued":
            row.state = MESSAGE.step(row.state, "claim").target
            row.called_at = None
        elif row.state == "sending" and row.called_at is not None:
            row.state = MESSAGE.step(row.state, "doubt").target
        elif row.state == "sending":  # cut off before the call: nothing went out
            row.called_at = None
        row.claim, row.lease_until = new_id(), clock.wall() + LEASE
        row.save()
        return row


def _held(row: Any) -> Any:
    """The row locked, if it is still this attempt's; None when another one has taken over."""
    now = Message.locked(row.id)
    return now if now is not None and now.claim == row.claim else None


# --- one attempt --------------------------------------------------------------------------------------------------


def _attempt(row: Any) -> None:
    try:
        found = directory.members(row.recipient_ref, reason=f"sms:{row.template}", case_no=row.case_no)
    except directory.Away as error:
        _release(row, str(error))  # not the carrier's fault: no attempt is counted
        return
    ready = _prepare(row, found)
    if ready is None:
        return
    mobile, params, text, until = ready
    if clock.wall() >= until:  # we were held up: somebody else may soon take this row over
        return
    try:
        reference = providers.SMS.send(row.id, mobile, options.current.sign, row.template, params, text)
    except providers.Refused as error:
        _refused(row, str(error))
    except LookupError as error:  # no carrier is configured
        _not_sent(row, str(error))
    except http.Unavailable as error:
        if error.maybe_done:
            _doubt(row, str(error), soon=True)
        else:
            _not_sent(row, str(error))
    except (http.Rejected, KeyError) as error:
        _doubt(row, f"carrier: {error}", soon=False)
    else:
        _taken(row.id, reference)


def _prepare(row: Any, found: list[dict[str, Any]]) -> tuple[str, dict[str, str], str, datetime] | None:
    """Mark the row as about to be handed over; returns number, parameters, text and the latest moment for the call.

    None when it goes no further.
    """
    with database.transaction():
        held = _held(row)
        if held is None:
            return None
        template = find(held.template, held.wording)
        if template is None:
            messages.fail(held, "template-unknown")
            return None
        if held.recipient_ref.startswith("role:"):
            members = [member["recipient"] for member in found]
            if members:
                messages.expand(held, list(dict.fromkeys(members)))
            else:
                messages.fail(held, "nobody-holds-the-post")
            return None
        if not found:
            if held.recipient_ref.startswith("sms-code:"):
                messages.suppress(held, "code-expired")
            else:
                messages.fail(held, "no-mobile")
            return None
        if not held.mandatory and Preference.get_or_none(Preference.ref == held.recipient_ref, Preference.sms == False):  # noqa: E712
            messages.suppress(held, "opted-out")
            return None
        member = found[0]
        params = held.params | (member.get("params") or {})
        try:
            text, held.parts = texts.sms(template, params)
        except texts.BadParams as error:
            messages.fail(held, str(error))
            return None
        held.mobile_masked = privacy.mask_mobile(member["mobile"])
        held.attempts += 1
        held.called_at, held.lease_until = clock.wall(), clock.wall() + LEASE
        held.save()
        plain = {name: value[0] if isinstance(value, list) else value for name, value in params.items()}
        return member["mobile"], plain, text, held.lease_until - LONGEST_CALL


def _taken(message_id: str, reference: str) -> None:
    """The carrier has it: recorded whoever holds the row by now."""
    with database.transaction():
        messages.accept(Message.locked(message_id), reference)


def _refused(row: Any, reason: str) -> None:
    with database.transaction():
        held = _held(row)
        if held is not None:
            messages.fail(held, reason)


def _release(row: Any, reason: str) -> None:
    with database.transaction():
        held = _held(row)
        if held is not None:
            _queue_again(held, "release", clock.wall() + options.pauses()[0], reason)


def _not_sent(row: Any, reason: str) -> None:
    """The call never got there: wait and try again, at most as often as there are pauses (NOT-07)."""
    with database.transaction():
        held = _held(row)
        if held is None:
            return
        held.called_at = None
        if held.attempts > len(options.pauses()):
            log.error("sms_dead", message=held.id, template=held.template, reason=reason)
            messages.give_up(held, reason)
        else:
            _queue_again(held, "release", clock.wall() + _pause(held), reason)


def _doubt(row: Any, reason: str, *, soon: bool) -> None:
    """It may have got there: ask before anything else (NOT-05)."""
    with database.transaction():
        held = _held(row)
        if held is None:
            return
        held.state = MESSAGE.step(held.state, "doubt").target
        held.claim = held.lease_until = None
        held.retry_at = clock.wall() + (min(ASK_AFTER, _pause(held)) if soon else _pause(held))
        held.error = reason[:300]
        held.save()


# --- asking -------------------------------------------------------------------------------------------------------


def _ask(row: Any) -> None:
    if row.state == "sending":  # its sender died before the call
        _release_now(row)
        return
    try:
        reference = providers.SMS.query(row.id)
    except (http.Unavailable, http.Rejected, LookupError) as error:
        _ask_later(row, str(error))
    else:
        if reference is not None:
            _taken(row.id, reference)
        else:
            _absent(row)


def _release_now(row: Any) -> None:
    with database.transaction():
        held = _held(row)
        if held is not None:
            _queue_again(held, "release", None, "sender cut off before the call")


def _ask_later(row: Any, reason: str) -> None:
    with database.transaction():
        held = _held(row)
        if held is None:
            return
        if held.called_at is not None and clock.wall() - held.called_at > GIVE_UP_ASKING:
            messages.give_up(held, f"unknown: {reason}")
            return
        held.claim = held.lease_until = None
        held.retry_at = clock.wall() + options.pauses()[0]
        held.error = reason[:300]
        held.save()


def _absent(row: Any) -> None:
    """The carrier does not have it. Believed only after the whole pause, since the call may still be on its way."""
    with database.transaction():
        held = _held(row)
        if held is None:
            return
        believed = held.called_at + _pause(held) if held.called_at else clock.wall()
        if clock.wall() < believed:
            held.claim = held.lease_until = None
            held.retry_at = believed
            held.save()
        elif held.attempts > len(options.pauses()):
            log.error("sms_dead", message=held.id, template=held.template, reason=held.error)
            messages.give_up(held, held.error or "attempts used up")
        else:
            _queue_again(held, "requeue", None, held.error)


def _queue_again(row: Any, verb: str, when: datetime | None, reason: str | None) -> None:
    row.state = MESSAGE.step(row.state, verb).target
    row.claim = row.lease_until = None
    row.retry_at, row.error = when, reason[:300] if reason else None
    row.save()


def _pause(row: Any) -> timedelta:
    """The pause after the attempt that was made last."""
    pauses = options.pauses()
    return pauses[min(max(row.attempts, 1), len(pauses)) - 1]
