"""The way of messages to the carriers: claim, resolve, hand over, record (NOT-05, NOT-06, NOT-07).

A carrier does not recognise repeats, so a message is handed over only while it is certain that it was not before.
Whoever is cut off between the call and the record leaves a row whose lease runs out; then the carrier is asked first.
Every change of a row is made under its claim, except that a message the carrier has taken is always recorded as taken.

Messages go in batches: one claim, one question to identity, one mark for all, then their calls side by side. What a
carrier certainly did not take goes to the next one at once.
"""

import threading
import time
from collections.abc import Collection, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chassis import clock, http, privacy
from chassis.ids import new_id
from chassis.observability import log
from services.notifier import carriers, directory, limits, messages, options, texts
from services.notifier.messages import CODES, LANES, ORDINARY
from services.notifier.models import Message, Preference, database
from services.notifier.providers import Found, Limited, NotTaken, Refused, Sms
from services.notifier.templates import find
from services.notifier.transitions import MESSAGE

CLAIM_LEASE = timedelta(seconds=15)  # before the call: more than identity takes to answer
LEASE = timedelta(seconds=60)  # much longer than all time-outs of one attempt together
LONGEST_CALL = timedelta(seconds=15)
ASK_AFTER = timedelta(seconds=2)  # a time-out is looked into soon; absence is believed only after the whole pause
ASK_AGAIN = timedelta(seconds=2)  # whom a code is for: somebody waits for it, and it is good for minutes only
GIVE_UP_ASKING = timedelta(hours=24)
AT_ONCE, SIDE_BY_SIDE = 64, 32  # messages and calls of one loop
GATHER_SECONDS = 0.05  # answers within it are recorded together


def send_waiting(lanes: Collection[int] = LANES, most: int = AT_ONCE) -> int:
    """Send what may go out now in these lanes, codes first; returns how many were tried."""
    if ORDINARY in lanes and options.current.per_second is not None:
        most = min(most, _pace.room(options.current.per_second))
    rows = _claim(_ready(lanes), most) if most else []
    if ORDINARY in lanes:
        _pace.left -= len(rows)
    if rows:
        _attempt(rows)
    return len(rows)


def ask_waiting(most: int = AT_ONCE) -> int:
    """Find out what became of messages whose sending was cut off; returns how many were looked into."""
    rows = _claim(_doubtful(), most)
    if rows:
        _ask(rows)
    return len(rows)


class _Pace:
    """How many messages the ordinary lane may still hand over now; codes and escalations have lanes without one."""

    def __init__(self) -> None:
        self.left, self._at = 0.0, float("-inf")

    def room(self, per_second: float) -> int:
        """At most what a second brings, however long nothing went out."""
        now = clock.monotonic()
        self.left = min(max(per_second, 1.0), self.left + (now - self._at) * per_second)
        self._at = now
        return max(0, int(self.left))


_pace = _Pace()


def quiet(now: datetime) -> bool:
    """Whether citizens are left in peace at this hour (NOT-06)."""
    begin, end = options.quiet_hours()
    at = clock.local(now).time()
    return begin <= at or at < end if begin > end else begin <= at < end


# --- claiming -----------------------------------------------------------------------------------------------------


def _ready(lanes: Collection[int]) -> Any:
    due = Message.retry_at.is_null() | (Message.retry_at <= clock.wall())
    wanted = (Message.state == "queued") & due
    if len(lanes) < len(LANES):
        wanted &= Message.lane <= max(lanes)
    if quiet(clock.now()):
        wanted &= Message.holdable == False  # noqa: E712
    return Message.select().where(wanted).order_by(Message.lane, Message.id)


def _doubtful() -> Any:
    wall = clock.wall()
    asked = (Message.state == "unknown") & (Message.retry_at.is_null() | (Message.retry_at <= wall))
    cut_off = (Message.state == "sending") & (Message.lease_until <= wall)
    free = Message.lease_until.is_null() | (Message.lease_until <= wall)
    return Message.select().where((asked & free) | cut_off).order_by(Message.lane, Message.id)


def _claim(query: Any, most: int) -> list[Any]:
    """Take the first rows that no other sender holds; the claim is committed before any call."""
    if not query.exists():  # a look without a lock, so that an idle sender disturbs nobody
        return []
    with database.transaction():
        rows = list(database.for_update(query.limit(most), skip_locked=True))
        queued = [row for row in rows if row.state == "queued"]
        cut_off = [row for row in rows if row.state == "sending" and row.called_at is not None]
        others = [row for row in rows if row.state == "unknown" or (row.state == "sending" and row.called_at is None)]
        held = {"claim": new_id(), "lease_until": clock.wall() + CLAIM_LEASE}
        _set_all(queued, **held, state=MESSAGE.step("queued", "claim").target, called_at=None)
        _set_all(cut_off, **held, state=MESSAGE.step("sending", "doubt").target)
        _set_all(others, **held)
        return rows


def _set_all(rows: list[Any], **values: Any) -> None:
    if rows:
        fresh = {"version": Message.version + 1, "updated_at": clock.now()}
        Message.update(**values, **fresh).where(Message.id.in_([row.id for row in rows])).execute()
        for row in rows:
            for name, value in values.items():
                setattr(row, name, value)
            row.version += 1
            row._dirty.clear()


def _locked(known: Iterable[Any]) -> list[Any]:
    """The rows, locked in the same order by everybody; those that nobody has changed need not be read again."""
    rows = {row.id: row for row in known}
    query = Message.select(Message.id, Message.version).where(Message.id.in_(sorted(rows))).order_by(Message.id)
    found = dict(database.for_update(query).tuples())
    stale = [name for name, version in found.items() if version != rows[name].version]
    if stale:
        rows |= {row.id: row for row in Message.select().where(Message.id.in_(stale))}
    return [rows[name] for name in found]


def _held(known: Iterable[Any]) -> list[Any]:
    """The rows locked that are still this attempt's; without those that another one has taken over."""
    claims = {row.id: row.claim for row in known}
    return [row for row in _locked(known) if row.claim == claims[row.id]]


# --- handing over -------------------------------------------------------------------------------------------------


@dataclass
class _Call:
    """One message on its way, and the carriers that would not take it."""

    row: Any
    claim: str
    sms: Sms
    carrier: str
    until: datetime  # later we might call beside whoever has taken the row over
    tried: list[str] = field(default_factory=list)
    only_limits: bool = True


@dataclass(frozen=True)
class _Outcome:
    """What came of a call: taken, refused, elsewhere, doubt, late."""

    call: _Call
    kind: str
    detail: str = ""
    soon: bool = False
    seconds: float = 0.0


def _attempt(rows: list[Any]) -> None:
    reads = [(row.recipient_ref, f"sms:{row.template}", row.case_no) for row in rows]
    try:
        found = directory.members(reads)
    except directory.Away as error:
        if isinstance(error, directory.BadQuestion) and len(rows) > 1:  # one bad row must not hold up the others
            for row in rows:
                _attempt([row])
            return
        _release(rows, str(error))  # not the carrier's fault: no attempt is counted
        return
    calls = _prepare(rows, found)
    while calls:
        calls = _elsewhere(_carry_out(calls))


def _prepare(rows: list[Any], found: dict[str, list[dict[str, Any]]]) -> list[_Call]:
    """Mark the rows as about to be handed over; the calls for those that go further."""
    with database.transaction():
        held = _held(rows)
        shares = carriers.shares()
        keys = {
            row.id: privacy.lookup(members[0]["mobile"], "mobile")
            for row in held
            if (members := found[row.recipient_ref])
        }
        sent = limits.lately(keys.values(), {row.id for row in held})
        silent = _opted_out(held)
        calls = []
        for row in held:
            ready = _text_for(row, found[row.recipient_ref], silent)
            if ready is None:
                continue
            carrier = _allowed_carrier(row, keys[row.id], shares, sent)
            if carrier is None:
                continue
            row.mobile, row.mobile_key = ready.mobile, keys[row.id]
            row.mobile_masked = privacy.mask_mobile(ready.mobile)
            row.attempts += 1
            calls.append(_mark(_Call(row, row.claim, ready, carrier, clock.wall())))
            limits.note(sent, row)
        Message.save_all(held)
        return calls


def _opted_out(rows: Collection[Any]) -> set[str]:
    refs = list({row.recipient_ref for row in rows if not row.mandatory})
    if not refs:
        return set()
    query = Preference.select(Preference.ref).where(Preference.ref.in_(refs), Preference.sms == False)  # noqa: E712
    return {ref for (ref,) in query.tuples()}


def _text_for(row: Any, found: list[dict[str, Any]], silent: set[str]) -> Sms | None:
    """What is to be said to whom; None when the row goes no further."""
    template = find(row.template, row.wording)
    if template is None:
        messages.fail(row, "template-unknown")
    elif row.recipient_ref.startswith("role:"):
        members = [member["recipient"] for member in found]
        if members:
            messages.expand(row, list(dict.fromkeys(members)))
        else:
            messages.fail(row, "nobody-holds-the-post")
    elif not found:
        if row.recipient_ref.startswith("sms-code:"):
            messages.suppress(row, "code-expired")
        else:
            messages.fail(row, "no-mobile")
    elif not row.mandatory and row.recipient_ref in silent:
        messages.suppress(row, "opted-out")
    else:
        params = row.params | (found[0].get("params") or {})
        try:
            text, row.parts = texts.sms(template, params)
        except texts.BadParams as error:
            messages.fail(row, str(error))
            return None
        plain = {name: value[0] if isinstance(value, list) else value for name, value in params.items()}
        if template.elastic:  # the parameter is as short as it is in the text
            room = len(text) - len(texts.fill(template, plain | {template.elastic: ""}, "zh"))
            plain[template.elastic] = texts.cut(str(plain.get(template.elastic, "")), room)
        named = {name: str(plain[name]) for name in template.names if name in plain}
        return Sms(row.id, found[0]["mobile"], options.current.sign, row.template, named, text)
    return None


def _allowed_carrier(row: Any, key: str, shares: dict[str, int], sent: limits.Sent) -> str | None:
    """A carrier that may still send this number something; None, and the row waits, when there is none (domain 5.5)."""
    full: dict[str, datetime] = {}
    for name in shares:
        free = limits.free_at(sent, row, key, name) if carriers.get(name).limits_numbers else None
        if free is not None:
            full[name] = free
    carrier = carriers.choose(shares, full)
    if carrier is None:
        _queue_again(row, "release", min(full.values()), "the carrier's limit for this number")
    return carrier


def _mark(call: _Call) -> _Call:
    row = call.row
    row.provider = call.carrier
    row.called_at, row.lease_until = clock.wall(), clock.wall() + LEASE
    call.until = row.lease_until - LONGEST_CALL
    return call


def _carry_out(calls: list[_Call]) -> list[_Outcome]:
    """Make the calls side by side and record what came of each; returns those to be tried with another carrier."""
    database.release()
    pool, over, elsewhere = _pool(), list[_Outcome](), list[_Outcome]()
    pending: set[Future[_Outcome]] = {pool.submit(_hand_over, call) for call in calls}
    while pending:
        wait(pending, return_when=FIRST_COMPLETED)
        done, pending = wait(pending, timeout=GATHER_SECONDS)
        outcomes = [future.result() for future in done]
        _record([outcome for outcome in outcomes if outcome.kind != "elsewhere"])
        elsewhere += [outcome for outcome in outcomes if outcome.kind == "elsewhere"]
        over += outcomes
    _tell_carriers(over)
    return elsewhere


def _hand_over(call: _Call) -> _Outcome:
    """One call, in a thread of its own; touches no database."""
    if clock.wall() >= call.until:  # we were held up: somebody else may soon take this row over
        return _Outcome(call, "late")
    began = time.monotonic()
    kind, detail, soon = "taken", "", False
    try:
        detail = carriers.get(call.carrier).send(call.sms)
    except Refused as error:
        kind, detail = "refused", str(error)
    except Limited as error:
        kind, detail = "elsewhere", str(error)
    except NotTaken as error:
        kind, detail, call.only_limits = "elsewhere", str(error), False
    except http.Unavailable as error:
        if error.maybe_done:
            kind, detail, soon = "doubt", str(error), True
        else:
            kind, detail, call.only_limits = "elsewhere", str(error), False
    except (http.Rejected, LookupError, ValueError, TypeError) as error:  # an answer, but not one that can be read
        kind, detail = "doubt", f"carrier: {error!r}"
    return _Outcome(call, kind, detail, soon, time.monotonic() - began)


def _record(outcomes: list[_Outcome]) -> None:
    if not outcomes:
        return
    with database.transaction():
        rows = _locked(outcome.call.row for outcome in outcomes)
        of = {outcome.call.row.id: outcome for outcome in outcomes}
        for row in rows:
            outcome = of[row.id]
            if outcome.kind == "taken":  # whoever holds the row by now
                messages.accept(row, outcome.detail)
            elif row.claim == outcome.call.claim:
                if outcome.kind == "refused":
                    messages.fail(row, outcome.detail)
                elif outcome.kind == "doubt":
                    _doubt(row, outcome.detail, soon=outcome.soon)
        Message.save_all(rows)


def _elsewhere(outcomes: list[_Outcome]) -> list[_Call]:
    """The same messages for other carriers; those for which there is none wait, or have failed."""
    if not outcomes:
        return []
    with database.transaction():
        held, shares, calls = _held([outcome.call.row for outcome in outcomes]), carriers.shares(), []
        of = {outcome.call.row.id: outcome for outcome in outcomes}
        for row in held:
            outcome = of[row.id]
            call = outcome.call
            call.row = row
            call.tried.append(call.carrier)
            carrier = carriers.choose(shares, call.tried)
            if carrier is not None:
                call.carrier = carrier
                calls.append(_mark(call))
            elif call.only_limits:
                messages.fail(row, outcome.detail)
            else:
                _not_sent(row, outcome.detail)
        Message.save_all(held)
        return calls


def _tell_carriers(outcomes: list[_Outcome]) -> None:
    tallies: dict[str, carriers.Tally] = {}
    for outcome in outcomes:
        if outcome.kind == "late":
            continue
        tally = tallies.setdefault(outcome.call.carrier, carriers.Tally())
        tally.calls += 1
        if outcome.kind in {"elsewhere", "doubt"}:
            tally.bad, tally.reason = tally.bad + 1, outcome.detail
        elif outcome.seconds > carriers.SLOW_SECONDS:
            tally.slow += 1
    carriers.report(tallies)


_own = threading.local()


def _pool() -> ThreadPoolExecutor:
    """The threads of this loop: calls of another lane that hang take none of them."""
    if not hasattr(_own, "pool"):
        _own.pool = ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="sms")
    pool: ThreadPoolExecutor = _own.pool
    return pool


# --- when it did not go well, in the transaction of the caller ------------------------------------------------------


def _release(rows: list[Any], reason: str) -> None:
    with database.transaction():
        for row in _held(rows):
            pause = ASK_AGAIN if row.lane == CODES else options.pauses()[0]
            _queue_again(row, "release", clock.wall() + pause, reason)


def _not_sent(row: Any, reason: str) -> None:
    """The call never got there: wait and try again, at most as often as there are pauses (NOT-07)."""
    row.called_at = None
    if row.attempts > len(options.pauses()):
        _dead(row, reason)
    else:
        _queue_again(row, "release", clock.wall() + _pause(row), reason)


def _doubt(row: Any, reason: str, *, soon: bool) -> None:
    """It may have got there: ask before anything else (NOT-05)."""
    row.state = MESSAGE.step(row.state, "doubt").target
    row.claim = row.lease_until = None
    row.retry_at = clock.wall() + (min(ASK_AFTER, _pause(row)) if soon else _pause(row))
    row.error = reason[:300]
    row.save()


def _queue_again(row: Any, verb: str, when: datetime | None, reason: str | None) -> None:
    row.state = MESSAGE.step(row.state, verb).target
    row.claim = row.lease_until = None
    row.retry_at, row.error = when, reason[:300] if reason else None
    row.save()


def _dead(row: Any, reason: str) -> None:
    log.error("sms_dead", message=row.id, template=row.template, reason=reason)
    messages.give_up(row, reason)


def _pause(row: Any) -> timedelta:
    """The pause after the attempt that was made last."""
    pauses = options.pauses()
    return pauses[min(max(row.attempts, 1), len(pauses)) - 1]


# --- asking -------------------------------------------------------------------------------------------------------


def _ask(rows: list[Any]) -> None:
    database.release()
    asked = [row for row in rows if row.state == "unknown"]  # the others were cut off before the call
    answers = dict(zip((row.id for row in asked), _pool().map(_answer, asked), strict=True))
    with database.transaction():
        held = {row.id: row for row in _held(rows)}
        for row in rows:
            answer, locked = answers.get(row.id), held.get(row.id)
            if isinstance(answer, Found):
                _found(row.id, answer)
            elif locked is None:
                continue
            elif locked.state == "sending":
                _queue_again(locked, "release", None, "sender cut off before the call")
            elif isinstance(answer, str):
                _ask_later(locked, answer)
            else:
                _absent(locked)


def _answer(row: Any) -> Found | str | None:
    """What the carrier knows; a text tells why it could not be asked."""
    if row.called_at is None:  # let go again by an operator, and never handed over
        return None
    try:
        return carriers.get(row.provider).query(row.id, row.mobile, row.called_at)
    except (http.Unavailable, http.Rejected, LookupError, NotTaken, Refused, ValueError, TypeError) as error:
        return str(error)


def _found(message_id: str, found: Found) -> None:
    row = Message.locked(message_id)
    if row is None:
        return
    if found.delivered is None:
        messages.accept(row, found.reference)
    else:
        messages.receipt(row, found.reference, found.delivered, found.at)
    Message.save_all([row])


def _ask_later(row: Any, reason: str) -> None:
    if row.called_at is not None and clock.wall() - row.called_at > GIVE_UP_ASKING:
        messages.give_up(row, f"unknown: {reason}")
        return
    row.claim = row.lease_until = None
    row.retry_at = clock.wall() + options.pauses()[0]
    row.error = reason[:300]
    row.save()


def _absent(row: Any) -> None:
    """The carrier does not have it. Believed only after the whole pause, since the call may still be on its way."""
    believed = clock.wall()
    if row.called_at:
        believed = row.called_at + max(_pause(row), carriers.get(row.provider).believed_after)
    if clock.wall() < believed:
        row.claim = row.lease_until = None
        row.retry_at = believed
        row.save()
    elif row.attempts > len(options.pauses()):
        _dead(row, row.error or "attempts used up")
    else:
        _queue_again(row, "requeue", None, row.error)
