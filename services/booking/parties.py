"""What credit says of a party: the restriction of booking (CRE-11) and the ban after no-shows (BOO-21)."""

from datetime import date
from typing import Any

from chassis import clock
from chassis.errors import Refusal
from contracts import rules
from services.booking.models import Party


def lock(ref: str) -> Any:
    """The party's row, made when it is new, locked for this transaction."""
    Party.insert(ref=ref).on_conflict_ignore().execute()
    return Party.locked(Party.ref == ref)


def seen(ref: str) -> Any:
    """The party's row without a lock, for a look before the verb; an empty one when it is new."""
    return Party.get_or_none(Party.ref == ref) or Party(ref=ref)


def follow_standing(event: Any) -> None:
    """The whole list of restrictions, as a change of status carries it."""
    until = next((entry["until"] for entry in event.restrictions if entry["kind"] == "booking"), None)
    _restrict(event, until)


def follow_start(event: Any) -> None:
    """A restriction begins or is prolonged."""
    if "booking" in event.kinds:
        _restrict(event, event.until)


def follow_end(event: Any) -> None:
    """A restriction has ended."""
    if "booking" in event.kinds:
        _restrict(event, None)


def follow_ban(event: Any) -> None:
    """Three no-shows: barred until the day named."""
    _ban(event, date.fromisoformat(event.until))


def follow_unban(event: Any) -> None:
    """The ban has ended."""
    _ban(event, None)


def check_may_book(party: Any) -> None:
    """Refuse a barred party with reason, article and end date (BOO-11); existing bookings stay valid."""
    today = clock.today()
    restricts = rules.value("credit.restrict_booking").value  # switched off, it frees also who was barred before
    if restricts and party.restricted_until is not None and party.restricted_until >= today:
        raise _barred(party.restricted_until, "CRE-11", "已列入政务服务诚信档案", "listed in the credit archive")
    if party.banned_until is not None and party.banned_until >= today:
        raise _barred(party.banned_until, "BOO-21", "一年内三次预约失约", "three missed bookings within a year")


def _restrict(event: Any, until: str | None) -> None:
    party = lock(event.subject_ref)
    if event.sequence > party.restriction_sequence:
        party.restricted_until = date.fromisoformat(until) if until else None
        party.restriction_sequence = event.sequence
        party.save()


def _ban(event: Any, until: date | None) -> None:
    party = lock(event.subject_ref)
    if event.sequence > party.ban_sequence:
        party.banned_until, party.ban_sequence = until, event.sequence
        party.save()


def _barred(until: date, rule: str, why_zh: str, why_en: str) -> Refusal:
    return Refusal(
        "booking.barred",
        status=403,
        rule=rule,
        zh=f"因{why_zh}，{until.isoformat()}(含当日)之前不能网上预约。",
        en=f"You may not book until the end of {until.isoformat()}: {why_en}.",
        next_zh="您仍可直接到大厅取普通号办理；如有异议，可在诚信档案中提出。",
        next_en="You may still take an ordinary number at the hall; you may object in the credit archive.",
        until=until.isoformat(),
        also="BOO-11",
    )
