"""What the notifier reports: messages and shipments."""

from contracts import words
from contracts.fields import Flag, Instant, Recipient, Text, Whole
from contracts.registry import EventType, event


class SmsEvent(EventType):
    """What every event about a message says; neither number nor text leaves the notifier."""

    message_id = Text("Id of the message.")
    template = Text("Code of the template.")
    recipient_ref = Recipient("Whom it is for.")
    dedupe_key = Text("Key that keeps it from going out twice.")
    cause_event = Text("Id of the event or command behind it.")
    cause_type = Text("Type of that event or command.")
    case_id = Text("Case it is about.", optional=True)
    case_no = Text("Number of that case.", optional=True)
    provider_ref = Text("The provider's reference.", optional=True)
    attempts = Whole("Attempts made.")


@event("notifier.sms.sent", consumers=("filing",), readers=("ops",))
class SmsSent(SmsEvent):
    """The provider has taken the message; the second clock of an escalation starts here."""

    sent_at = Instant("When.")


@event("notifier.sms.delivered", consumers=("filing",), readers=("ops",))
class SmsDelivered(SmsEvent):
    """The message has reached the phone."""

    delivered_at = Instant("When.")


@event("notifier.sms.failed", consumers=("filing",), readers=("ops",))
class SmsFailed(SmsEvent):
    """The message will not reach the phone; another channel takes over."""

    failed_at = Instant("When.")
    reason = Text("The provider's error, or what ended the attempts.")
    final = Flag("True when the error lies in number, template or opt-out, and no attempt would help.")


@event("notifier.sms.replied", consumers=("booking",))
class SmsReplied(SmsEvent):
    """The recipient has answered a message by SMS; only the word that it stands for travels, never the text."""

    reply = Text("What the answer says.", one_of=words.SMS_REPLIES)
    reference = Text("Number of the case or booking that the answered message was about.", optional=True)
    replied_at = Instant("When.")


class ShipmentEvent(EventType):
    """What every event about a shipment (邮政速递) says; the address stays with its owner."""

    shipment_id = Text("Id of the shipment.")
    order_no = Text("Internal order number.")
    case_id = Text("Case.")
    case_no = Text("Number of the case.")
    direction = Text("What is sent.", one_of=words.SHIPMENT_DIRECTIONS)
    payer = Text("Who pays.", one_of=words.PAYERS)
    waybill_no = Text("Waybill number, once there is one.", optional=True)
    state = Text("State after the event.", one_of=words.SHIPMENT_STATES)
    node = Text("The courier's words for it.", optional=True)
    at = Instant("When.")


@event("notifier.shipment.requested", consumers=("filing",), readers=("gateway",))
class ShipmentRequested(ShipmentEvent):
    """A shipment is to be ordered."""


@event("notifier.shipment.ordered", consumers=("filing",), readers=("gateway",))
class ShipmentOrdered(ShipmentEvent):
    """The courier has taken the order."""

    provider_ref = Text("The courier's order id.")


@event("notifier.shipment.picked_up", consumers=("filing",), readers=("gateway",))
class ShipmentPickedUp(ShipmentEvent):
    """The courier has the item (揽收)."""


@event("notifier.shipment.delivered", consumers=("filing",), readers=("gateway",))
class ShipmentDelivered(ShipmentEvent):
    """The item is delivered (签收)."""


@event("notifier.shipment.returned", consumers=("filing",), readers=("gateway",))
class ShipmentReturned(ShipmentEvent):
    """The item comes back (退回)."""

    reason = Text("Why.")


@event("notifier.shipment.failed", consumers=("filing",), readers=("gateway",))
class ShipmentFailed(ShipmentEvent):
    """The order could not be placed; staff must act."""

    reason = Text("Why.")
