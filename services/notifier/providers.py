"""Who carries messages: a port, and the adapter that speaks HTTP to the provider named in YWT_PEERS."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

TIMEOUT = 5.0


class Refused(Exception):
    """A final answer: the error lies in number, template or order, and no further attempt would help (NOT-07)."""


class NotTaken(Exception):
    """Certainly not taken, for a reason that is the carrier's or our account's there: another carrier may take it."""


class Limited(NotTaken):
    """The carrier sends this number nothing more for now (domain 5.5)."""


@dataclass(frozen=True)
class Sms:
    """What is handed over: a carrier takes either the text, or its own template with the parameters in their order."""

    out_id: str
    mobile: str
    sign: str
    template: str
    params: Mapping[str, str]
    text: str


@dataclass(frozen=True)
class Found:
    """What a carrier knows of a message: its reference if it tells one, whether it arrived (None: not yet known)."""

    reference: str | None
    delivered: bool | None = None
    at: datetime | None = None


class SmsProvider(Protocol):
    """A carrier of messages. It does not recognise repeats (domain 5.5), so we ask before we repeat."""

    believed_after: timedelta  # how old a call must be before "not found" means that it was not taken
    limits_numbers: bool  # whether it sends one number only so much (`limits`)

    def send(self, sms: Sms) -> str:
        """Hand over one message, once; returns the carrier's reference.

        Refused is final, NotTaken and Unavailable (unless `maybe_done`) leave the way to another carrier free, and
        anything else leaves open whether it was taken.
        """

    def query(self, out_id: str, mobile: str | None, called_at: datetime) -> Found | None:
        """What became of a message that was handed over at that moment; None when the carrier does not know it."""
