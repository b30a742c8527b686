"""The tables of the notifier."""

from peewee import BooleanField, IntegerField, TextField

from chassis.db import Database, InstantField, JsonField
from chassis.privacy import EncryptedField

database = Database("notifier")


class Org(database.Model):
    """Name and place of an organisation, hall or window, for texts and for finding its staff."""

    code = TextField(unique=True)
    name = TextField()
    kind = TextField()
    parent = TextField(null=True)
    sequence = IntegerField()

    class Meta:
        table_name = "notifier_org"


class Preference(database.Model):
    """Whether an account wants messages that are not mandatory on its phone."""

    ref = TextField(unique=True)
    sms = BooleanField()

    class Meta:
        table_name = "notifier_preference"


class InboxMessage(database.Model):
    """A message in somebody's own space; never lost, whatever becomes of the phone (NOT-09)."""

    dedupe_key = TextField(unique=True)
    recipient_ref = TextField()
    template = TextField()
    title_zh = TextField()
    title_en = TextField()
    zh = TextField()
    en = TextField()
    case_no = TextField(null=True)
    important = BooleanField(default=False)  # the phone was not reached (NOT-07, NOT-08)
    read_at = InstantField(null=True)

    class Meta:
        table_name = "notifier_inbox_message"
        indexes = ((("recipient_ref", "created_at"), False),)


class Message(database.Model):
    """One message to one phone (domain 2.12); its id is the number under which the provider knows it.

    No login code is stored, and the phone number only while the provider may have to be asked about it.
    """

    dedupe_key = TextField(unique=True)  # cause, template, recipient (NOT-05)
    parent = TextField(null=True, index=True)  # the message to a post that this one was made from
    template = TextField()
    recipient_ref = TextField()
    params = JsonField(default=dict)
    cause_event = TextField()
    cause_type = TextField()
    case_id = TextField(null=True, index=True)
    case_no = TextField(null=True, index=True)
    org = TextField(null=True)
    mandatory = BooleanField()
    urgent = BooleanField()
    holdable = BooleanField()  # waits for the morning (NOT-06)
    state = TextField()
    claim = TextField(null=True)  # which attempt holds the row; changes with each
    lease_until = InstantField(null=True)
    retry_at = InstantField(null=True)
    called_at = InstantField(null=True)  # the last time the provider may have heard of it
    attempts = IntegerField(default=0)
    mobile_masked = TextField(null=True)
    parts = IntegerField(null=True)
    provider_ref = TextField(null=True)
    accepted_at = InstantField(null=True)
    delivered_at = InstantField(null=True)
    error = TextField(null=True)
    lane = IntegerField()  # 0 codes, 1 urgent, 2 everything else: none waits behind a later one (NOT-06)
    provider = TextField(null=True)  # the account that was handed it last
    mobile = EncryptedField(null=True)
    mobile_key = TextField(null=True)  # finds what went to one number lately

    class Meta:
        table_name = "notifier_message"
        indexes = (
            (("state", "lane", "id"), False),
            (("state", "retry_at"), False),
            (("template", "created_at"), False),
            (("mobile_key", "called_at"), False),
            (("provider_ref",), False),
        )


class Shipment(database.Model):
    """One parcel (domain 2.11); the address stays with its owner."""

    order_no = TextField(unique=True)  # case number and running number: ordered once (NOT-23)
    case_id = TextField(index=True)
    case_no = TextField(index=True)
    direction = TextField()
    sender_org = TextField()
    recipient_ref = TextField()
    address_ref = TextField()
    payer = TextField()
    payer_org = TextField(null=True)
    content = TextField()
    org = TextField(null=True)  # organisation that decides the case
    state = TextField()
    claim = TextField(null=True)
    lease_until = InstantField(null=True)
    retry_at = InstantField(null=True)
    attempts = IntegerField(default=0)
    provider_ref = TextField(null=True)
    waybill_no = TextField(null=True)
    ordered_at = InstantField(null=True)
    picked_up_at = InstantField(null=True)
    ended_at = InstantField(null=True)
    poll_at = InstantField(null=True)
    error = TextField(null=True)

    class Meta:
        table_name = "notifier_shipment"
        indexes = (
            (("state", "id"), False),
            (("recipient_ref", "created_at"), False),
            (("poll_at",), False),
        )


class Track(database.Model):
    """One node of a shipment's way."""

    shipment = TextField()
    state = TextField()
    text = TextField()
    at = InstantField()

    class Meta:
        table_name = "notifier_track"
        indexes = ((("shipment", "state", "at"), True),)


class Task(database.Model):
    """Something a window has to look after, because the machine could not (NOT-07, NOT-24)."""

    kind = TextField()
    subject = TextField()  # id of the message or shipment
    org = TextField()
    case_no = TextField(null=True)
    zh = TextField()
    en = TextField()
    done_at = InstantField(null=True)
    done_by = TextField(null=True)
    note = TextField(null=True)

    class Meta:
        table_name = "notifier_task"
        indexes = ((("kind", "subject"), True), (("org", "created_at"), False))


class CarrierState(database.Model):
    """How much of its weight a carrier of messages has now, the same for all processes (issue 7)."""

    name = TextField(unique=True)
    share = IntegerField(default=100)  # percent of its weight
    calls = IntegerField(default=0)  # in the window
    bad = IntegerField(default=0)  # not taken, or no answer
    slow = IntegerField(default=0)
    window_at = InstantField()
    changed_at = InstantField()
    rise_at = InstantField(null=True)  # when it gets the next part of its weight back
    falls = IntegerField(default=0)  # lately; each makes the way back longer

    class Meta:
        table_name = "notifier_carrier_state"


class CarrierChange(database.Model):
    """Why a carrier got more or less to do."""

    name = TextField()
    old = IntegerField()
    new = IntegerField()
    reason = TextField()
    changed_by = TextField(null=True)  # who, unless it happened by itself

    class Meta:
        table_name = "notifier_carrier_change"
        indexes = ((("created_at",), False), (("name", "created_at"), False))


class StrayReceipt(database.Model):
    """A receipt for a message that we do not know, kept for the operators (NOT-08)."""

    carrier = TextField()
    out_id = TextField(default="")
    biz_id = TextField(default="")
    delivered = BooleanField()
    at = InstantField(null=True)
    code = TextField(null=True)
    matched_at = InstantField(null=True)  # its message was found later

    class Meta:
        table_name = "notifier_stray_receipt"
        indexes = (
            (("carrier", "out_id", "biz_id", "delivered"), True),
            (("matched_at", "created_at"), False),
        )
