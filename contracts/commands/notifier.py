"""What other services may ask of the notifier."""

import re
from typing import Any

from marshmallow import ValidationError

from contracts import words
from contracts.fields import AddressReference, Flag, Recipient, Text, Words
from contracts.registry import EventType, command

_mobile = re.compile(r"(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)").search
_secret_names = frozenset({"code", "password", "mobile", "phone", "id_no"})


def no_secrets(params: dict[str, Any]) -> None:
    """No code, number or password travels in a command (NOT-04): identity holds them and gives them at sending."""
    named = _secret_names & params.keys()
    if named:
        raise ValidationError(f"must not carry {', '.join(sorted(named))}")
    for name, value in params.items():
        if isinstance(value, str) and _mobile(value):
            raise ValidationError(f"{name} holds a phone number")


@command("notifier.send_sms")
class SendSms(EventType):
    """Send a message by template; for a login code the recipient is sms-code:<id>, which identity resolves."""

    template = Text("Code of the template.")
    recipient = Recipient("Whom it is for.")
    params = Words("Parameters of the template.", validate=no_secrets)
    urgent = Flag("Not held back at night.")
    mandatory = Flag("Sent even to those who have opted out.")
    dedupe_key = Text("Key that keeps it from going out twice.")
    cause_event = Text("Id of the event behind it.", optional=True)
    case_id = Text("Case it is about.", optional=True)
    case_no = Text("Number of that case.", optional=True)


@command("notifier.ship")
class Ship(EventType):
    """Order a courier shipment."""

    case_id = Text("Case.")
    case_no = Text("Number of the case.")
    direction = Text("What is sent.", one_of=words.SHIPMENT_DIRECTIONS)
    sender_org = Text("Hall or organisation that sends, or receives for material.")
    recipient_ref = Recipient("Who receives it.")
    address_ref = AddressReference("Where to.")
    payer = Text("Who pays.", one_of=words.PAYERS)
    payer_org = Text("Organisation that pays, when the payer is a district.", optional=True)
    content = Text("What is in it.")
    order_no = Text("Internal order number: case number and a running number; keeps it from being ordered twice.")
