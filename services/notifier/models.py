"""The tables of the notifier."""

from peewee import BooleanField, DateField, IntegerField, TextField

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
    wording = IntegerField(default=1)  # in which version of its words
    title_zh = TextField()
    title_en = TextField()
    zh = TextField()
    en = TextField()
    case_no = TextField(null=True)
    important = BooleanField(default=False)  # the phone was not reached (NOT-07, NOT-08)
    read_at = InstantField(null=True)
    sender_ref = TextField(null=True)  # who wrote it; nobody: the system
    sender_name = TextField(null=True)
    note = TextField(null=True, index=True)  # what it is a copy of

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
    wording = IntegerField(default=1)  # in which version of its words
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
    accepted_at = InstantField(null=True, index=True)
    took_ms = IntegerField(null=True)  # from when it might go out until the carrier had it
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
    doubtful = BooleanField(default=False)  # the courier may know the order with the address it had then
    cancel_reason = TextField(null=True)  # somebody wants it withdrawn
    choice = TextField(null=True)  # what the applicant chose after it came back: window, courier
    payer_account = TextField(null=True)  # the contract that was charged
    billed_org = TextField(null=True)

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


class Wording(database.Model):
    """A version of a template's words that an operator wrote; the newest published one holds (NOT-03)."""

    code = TextField()
    number = IntegerField()
    state = TextField()  # draft, published
    title_zh = TextField()
    title_en = TextField()
    zh = TextField()
    en = TextField()
    drafted_by = TextField()
    published_by = TextField(null=True)
    published_at = InstantField(null=True)

    class Meta:
        table_name = "notifier_wording"
        indexes = ((("code", "number"), True),)


class PayerRule(database.Model):
    """Which contract with the courier a payer's parcels are charged to (FIL-61, NOT-21)."""

    payer = TextField(unique=True)  # `service_office`, or the code of a district's organisation
    account = TextField()
    billed_org = TextField()
    changed_by = TextField()

    class Meta:
        table_name = "notifier_payer_rule"


class StrayTrack(database.Model):
    """A node of a parcel that we do not know: kept for operators, and taken up when the parcel turns up (NOT-24)."""

    order_no = TextField()
    waybill = TextField(null=True)
    state = TextField()
    text = TextField()
    at = InstantField()

    class Meta:
        table_name = "notifier_stray_track"
        indexes = ((("order_no", "state", "at"), True), (("created_at",), False))


class Paper(database.Model):
    """The paper of a same-city case that a receiving window has to move (FIL-63, NOT-25)."""

    case_id = TextField(unique=True)
    case_no = TextField(null=True, index=True)
    from_org = TextField(null=True)
    to_org = TextField(null=True)
    due = TextField(null=True)
    round = IntegerField(default=0)
    batch = TextField(null=True, index=True)  # the shipment that carries it
    scanned_at = InstantField(null=True)
    scanned_by = TextField(null=True)
    moved_at = InstantField(null=True)  # filing has closed it

    class Meta:
        table_name = "notifier_paper"
        indexes = ((("from_org", "batch"), False),)


class Note(database.Model):
    """A message that somebody wrote (发消息); each recipient has a copy in the own space (FIL-92, NOT-09)."""

    sender_ref = TextField()
    recipients = JsonField()  # persons and posts as they were named
    title = TextField()
    text = TextField()
    case_no = TextField(null=True)
    answer_to = TextField(null=True, unique=True)  # the copy that it answers: each is answered once
    request_key = TextField(null=True, unique=True)  # sender and Idempotency-Key: a repeat writes nothing

    class Meta:
        table_name = "notifier_note"
        indexes = ((("sender_ref", "created_at"), False),)


class Bulletin(database.Model):
    """A notice to all of a kind (收公告), shown from one day to another (FIL-92)."""

    title = TextField()
    text = TextField()
    audience = TextField()  # staff, citizens, everybody
    org = TextField(null=True)  # only the staff of this organisation
    from_date = DateField()
    until_date = DateField()
    published_by = TextField()
    withdrawn_at = InstantField(null=True)

    class Meta:
        table_name = "notifier_bulletin"
        indexes = ((("until_date", "audience"), False), (("created_at",), False))


class BulletinRead(database.Model):
    """That somebody has read a notice."""

    bulletin = TextField()
    ref = TextField()

    class Meta:
        table_name = "notifier_bulletin_read"
        indexes = ((("bulletin", "ref"), True),)


class Tariff(database.Model):
    """What one part of a message, or one parcel, costs from a day on."""

    kind = TextField()
    from_date = DateField()
    fen = IntegerField()
    changed_by = TextField()

    class Meta:
        table_name = "notifier_tariff"
        indexes = ((("kind", "from_date"), True),)


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
