"""How much one number may get from one carrier (domain 5.5), kept on our side so that no call is wasted on it."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from chassis import clock
from services.notifier.messages import CODES
from services.notifier.models import Message

DAY = timedelta(hours=24)
CODE_LIMITS = [(timedelta(minutes=1), 1), (timedelta(hours=1), 5), (DAY, 10)]  # of one signature to one number
NOTICE_LIMIT = 50  # a day, of one template to one number

Sent = dict[tuple[str, str], list[tuple[datetime, bool, str]]]  # (number, carrier) -> when, whether a code, template


def lately(keys: Iterable[str], except_for: Collection[str]) -> Sent:
    """What went to these numbers within a day, but for the messages in hand."""
    found: Sent = {}
    wanted = Message.mobile_key.in_(list(set(keys))) & (Message.called_at > clock.wall() - DAY)
    wanted &= Message.state.in_(("sending", "unknown", "accepted", "delivered", "undelivered"))
    query = Message.select(
        Message.id, Message.mobile_key, Message.provider, Message.called_at, Message.lane, Message.template
    ).where(wanted)
    for message_id, key, carrier, at, lane, template in query.tuples():
        if message_id not in except_for:
            found.setdefault((key, carrier), []).append((at, lane == CODES, template))
    return found


def note(sent: Sent, row: Any) -> None:
    """Count a message that is about to be handed over."""
    entry = (row.called_at, row.lane == CODES, row.template)
    sent.setdefault((row.mobile_key, row.provider), []).append(entry)


def free_at(sent: Mapping[Any, Any], row: Any, key: str, carrier: str) -> datetime | None:
    """When the carrier takes this message for this number again; None when it does now."""
    wall = clock.wall()
    before = sent.get((key, carrier), [])
    if row.lane == CODES:
        times = sorted(at for at, is_code, _ in before if is_code)
        limits = CODE_LIMITS
    else:
        times = sorted(at for at, is_code, template in before if template == row.template and not is_code)
        limits = [(DAY, NOTICE_LIMIT)]
    free = [times[-most] + span for span, most in limits if len(times) >= most and times[-most] + span > wall]
    return max(free, default=None)
