"""Which carrier gets the next message: by weight, less or nothing after errors and slowness, slowly back.

What a carrier has now stands in the database, so all processes agree; every change leaves a row with its reason. A
carrier falls when half of its calls within a minute are bad or slow. It is left alone for a while, longer after each
fall, and then rises in small steps: a carrier that is half well does not make the messages flap between two.
"""

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chassis import clock
from chassis.auth import actor
from chassis.errors import Refusal
from chassis.observability import log
from services.notifier import options
from services.notifier.models import CarrierChange, CarrierState, database
from services.notifier.providers import SmsProvider
from services.notifier.sms_dialects import speak

WINDOW = timedelta(seconds=60)
LEAST_CALLS = 5  # fewer say nothing
SETTLE = timedelta(seconds=10)  # after a change, calls from before it still come home
SLOW_SECONDS = 2.0
WHOLE, STEP, LEAST_SHARE = 100, 10, 10
REST, LONGEST_REST = timedelta(minutes=5), timedelta(hours=1)
RISE_EVERY = timedelta(minutes=1)
FORGIVEN_AFTER = timedelta(hours=1)


@dataclass
class Tally:
    """What the calls to one carrier in one go came to."""

    calls: int = 0
    bad: int = 0
    slow: int = 0
    reason: str = ""


def get(name: str | None) -> SmsProvider:
    """The carrier of this name; for a message from before there were several, the first one."""
    for account in options.current.accounts:
        if name is None or account.name == name:
            return speak(account)
    raise LookupError(f"there is no account {name!r} with a carrier any more")


def shares() -> dict[str, int]:
    """What each configured carrier has of its weight now."""
    found = dict(CarrierState.select(CarrierState.name, CarrierState.share).tuples())
    return {account.name: found.get(account.name, WHOLE) for account in options.current.accounts}


def choose(now: Mapping[str, int], without: Collection[str] = ()) -> str | None:
    """One of the carriers by weight and share; when none of them has any share left, by weight alone."""
    open_to = [account for account in options.current.accounts if account.name not in without]
    if not open_to:
        return None
    weights = [account.weight * now.get(account.name, WHOLE) for account in open_to]
    if not any(weights):
        weights = [account.weight for account in open_to]
    return random.choices(open_to, weights)[0].name


def report(tallies: Mapping[str, Tally]) -> None:
    """Count what happened; a carrier that is half bad or half slow falls. Good calls count beside bad ones only."""
    for name, tally in tallies.items():
        if tally.bad or tally.slow or name in _watched:
            with database.transaction():
                _count(name, tally)


_watched: set[str] = set()  # carriers with something bad in their window, as this process knows


def _count(name: str, tally: Tally) -> None:
    row, wall = _row(name), clock.wall()
    if row.share == 0 or wall - row.changed_at < SETTLE:
        return
    if wall - row.window_at > WINDOW:
        row.calls = row.bad = row.slow = 0
        row.window_at = wall
    row.calls += tally.calls
    row.bad += tally.bad
    row.slow += tally.slow
    if row.bad or row.slow:
        _watched.add(name)
    else:
        _watched.discard(name)
    if row.calls >= LEAST_CALLS and 2 * row.bad >= row.calls:
        _fall(row, 0, f"{row.bad} of {row.calls} calls failed, the last one: {tally.reason}")
    elif row.calls >= LEAST_CALLS and 2 * (row.bad + row.slow) >= row.calls:
        half = row.share // 2
        _fall(row, half if half >= LEAST_SHARE else 0, f"{row.slow} of {row.calls} calls slow, {row.bad} failed")
    else:
        row.save()


def _fall(row: Any, share: int, reason: str) -> None:
    wall = clock.wall()
    well = row.share == WHOLE and wall - row.changed_at > FORGIVEN_AFTER
    row.falls = 1 if well else row.falls + 1
    row.rise_at = wall + min(REST * 2 ** (row.falls - 1), LONGEST_REST)
    _change(row, share, reason)
    log.warning("sms_carrier_fell", carrier=row.name, share=share, reason=reason)


def restore() -> int:
    """Give carriers that have rested a small part of their weight back; returns how many rose."""
    wall = clock.wall()
    due = CarrierState.rise_at.is_null(False) & (CarrierState.rise_at <= wall)
    if not CarrierState.select(CarrierState.id).where(due).exists():
        return 0
    with database.transaction():
        query = CarrierState.select().where(due).order_by(CarrierState.name)
        rows = list(database.for_update(query, skip_locked=True))
        for row in rows:
            share = min(row.share + STEP, WHOLE)
            row.rise_at = wall + RISE_EVERY if share < WHOLE else None
            _change(row, share, "rested")
    return len(rows)


def set_share(name: str, share: int, reason: str) -> Any:
    """An operator takes a carrier out, or brings it back; it stays so until the next fall or the next operator."""
    if name not in {account.name for account in options.current.accounts}:
        raise Refusal(
            "notifier.no-such-carrier",
            status=404,
            rule="NOT-07",
            zh="没有这个短信通道。",
            en="There is no such carrier.",
            next_zh="请从通道列表中选择。",
            next_en="Choose one of the list.",
        )
    with database.transaction():
        row = _row(name)
        row.rise_at, row.falls = None, 0
        _change(row, share, reason, by=actor().id)
    return row


def overview() -> list[dict[str, Any]]:
    """Every configured carrier and how it stands."""
    rows = {row.name: row for row in CarrierState.select()}
    return [
        {
            "name": account.name,
            "dialect": account.dialect,
            "weight": account.weight,
            "share": rows[account.name].share if account.name in rows else WHOLE,
            "changed_at": rows[account.name].changed_at if account.name in rows else None,
            "rise_at": rows[account.name].rise_at if account.name in rows else None,
        }
        for account in options.current.accounts
    ]


def _row(name: str) -> Any:
    """The state, locked; made when it is needed for the first time."""
    row = CarrierState.locked(CarrierState.name == name)
    if row is None:
        wall = clock.wall()
        fresh = CarrierState(name=name, window_at=wall, changed_at=wall - FORGIVEN_AFTER)
        values = {field: getattr(fresh, field.name) for field in CarrierState._meta.sorted_fields}
        CarrierState.insert(values).on_conflict_ignore().execute()
        row = CarrierState.locked(CarrierState.name == name)
    return row


def _change(row: Any, share: int, reason: str, by: str | None = None) -> None:
    CarrierChange.create(name=row.name, old=row.share, new=share, reason=reason[:300], changed_by=by)
    row.share, row.changed_at = share, clock.wall()
    row.window_at, row.calls, row.bad, row.slow = row.changed_at, 0, 0, 0
    row.save()
    _watched.discard(row.name)
