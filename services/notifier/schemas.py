"""Request and response schemas of the notifier."""

from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, pre_load, validate, validates_schema

from chassis.paging import PageArgs
from contracts import words
from services.notifier import texts
from services.notifier.transitions import MESSAGE


class InboxArgs(PageArgs):
    """Filter of the own messages."""

    unread = fields.Boolean(load_default=False)


class InboxMessageOut(Schema):
    """One message in the own space."""

    id = fields.String()
    template = fields.String()
    title_zh = fields.String()
    title_en = fields.String()
    zh = fields.String()
    en = fields.String()
    case_no = fields.String(allow_none=True)
    important = fields.Boolean(metadata={"description": "the phone was not reached"})
    sender_ref = fields.String(allow_none=True, metadata={"description": "who wrote it; null: the system"})
    sender_name = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()
    read_at = fields.AwareDateTime(allow_none=True)


class ReadOut(Schema):
    """How many messages were new."""

    read = fields.Integer()


class PreferenceIn(Schema):
    """Whether messages that are not mandatory go to the phone."""

    sms = fields.Boolean(required=True)


class MessageArgs(PageArgs):
    """Filters of the messages sent."""

    case_no = fields.String(load_default=None, validate=validate.Length(max=40))
    template = fields.String(load_default=None, validate=validate.Length(max=80))
    state = fields.String(load_default=None, validate=validate.OneOf(tuple(MESSAGE.states)))


class MessageOut(Schema):
    """One message as operators see it: neither text nor number."""

    id = fields.String()
    template = fields.String()
    recipient_ref = fields.String()
    mobile_masked = fields.String(allow_none=True)
    case_no = fields.String(allow_none=True)
    org = fields.String(allow_none=True)
    cause_event = fields.String()
    cause_type = fields.String()
    state = fields.String()
    mandatory = fields.Boolean()
    urgent = fields.Boolean()
    attempts = fields.Integer()
    parts = fields.Integer(allow_none=True)
    provider_ref = fields.String(allow_none=True)
    error = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()
    accepted_at = fields.AwareDateTime(allow_none=True)
    delivered_at = fields.AwareDateTime(allow_none=True)
    retry_at = fields.AwareDateTime(allow_none=True)


class CountOut(Schema):
    """How many messages are in a state."""

    state = fields.String()
    name = fields.String(metadata={"description": "the state in Chinese"})
    count = fields.Integer()


class CountsOut(Schema):
    """Messages by state."""

    items = fields.List(fields.Nested(CountOut))


class ReceiptIn(Schema):
    """A carrier's receipt; what else it says is not ours."""

    class Meta:
        unknown = EXCLUDE

    out_id = fields.String(required=True, validate=validate.Length(1, 100))
    biz_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=100))
    status = fields.String(required=True, validate=validate.Length(1, 40))
    at = fields.AwareDateTime(load_default=None, allow_none=True)


class TrackIn(Schema):
    """One node of a track; what else the courier says is not ours."""

    class Meta:
        unknown = EXCLUDE

    order_no = fields.String(required=True, validate=validate.Length(1, 100))
    waybill = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=40))
    state = fields.String(required=True, validate=validate.Length(1, 40))
    text = fields.String(load_default="", validate=validate.Length(max=1000))
    at = fields.AwareDateTime(required=True)


class Taken(Schema):
    """Whether the call-back was about something of ours."""

    known = fields.Boolean()


class NodeOut(Schema):
    """One node."""

    state = fields.String()
    text = fields.String()
    at = fields.AwareDateTime()


class ShipmentArgs(PageArgs):
    """Filters of the parcels."""

    case_no = fields.String(load_default=None, validate=validate.Length(max=40))
    state = fields.String(load_default=None, validate=validate.OneOf(words.SHIPMENT_STATES))


class ShipmentOut(Schema):
    """One parcel with its nodes; the address stays with its owner."""

    id = fields.String()
    order_no = fields.String()
    case_id = fields.String()
    case_no = fields.String()
    direction = fields.String()
    sender_org = fields.String()
    payer = fields.String()
    content = fields.String()
    state = fields.String()
    waybill_no = fields.String(allow_none=True)
    ordered_at = fields.AwareDateTime(allow_none=True)
    picked_up_at = fields.AwareDateTime(allow_none=True)
    ended_at = fields.AwareDateTime(allow_none=True)
    created_at = fields.AwareDateTime()
    error = fields.String(allow_none=True)
    cancel_reason = fields.String(allow_none=True, metadata={"description": "somebody wants it withdrawn"})
    choice = fields.String(allow_none=True, metadata={"description": "chosen after it came back: window or courier"})
    nodes = fields.List(fields.Nested(NodeOut))


class TaskArgs(PageArgs):
    """Filters of the notes for windows."""

    open = fields.Boolean(load_default=True)
    case_no = fields.String(load_default=None, validate=validate.Length(max=40))


class TaskOut(Schema):
    """One note."""

    id = fields.String()
    kind = fields.String()
    subject = fields.String()
    org = fields.String()
    case_no = fields.String(allow_none=True)
    zh = fields.String()
    en = fields.String()
    created_at = fields.AwareDateTime()
    done_at = fields.AwareDateTime(allow_none=True)
    done_by = fields.String(allow_none=True)
    note = fields.String(allow_none=True)


class DoneIn(Schema):
    """What was done about it."""

    note = fields.String(required=True, validate=validate.Length(2, 500))


class WordingIn(Schema):
    """The words of a template; parameters stand in braces."""

    title_zh = fields.String(required=True, validate=validate.Length(1, 20))
    title_en = fields.String(required=True, validate=validate.Length(1, 60))
    zh = fields.String(required=True, validate=validate.Length(4, 300))
    en = fields.String(required=True, validate=validate.Length(4, 600))


class WordingOut(WordingIn):
    """One version of a template."""

    code = fields.String()
    number = fields.Integer()
    state = fields.String()
    drafted_by = fields.String()
    published_by = fields.String(allow_none=True)
    published_at = fields.AwareDateTime(allow_none=True)


class WordingsOut(Schema):
    """All versions of a template."""

    items = fields.List(fields.Nested(WordingOut))


class TemplateOut(WordingIn):
    """A template with the words that hold now."""

    code = fields.String()
    number = fields.Integer()
    sms = fields.Boolean(metadata={"description": "goes to the phone too"})
    mandatory = fields.Boolean()
    urgent = fields.Boolean()
    escalation = fields.Boolean()
    elastic = fields.String(allow_none=True, metadata={"description": "the parameter that is cut to fit"})
    names = fields.List(fields.String(), metadata={"description": "its parameters"})


class TemplatesOut(Schema):
    """Every template."""

    items = fields.List(fields.Nested(TemplateOut))


class PreviewIn(Schema):
    """Words to look at, or none for those that hold now, and some parameters."""

    words = fields.Nested(WordingIn, load_default=None, allow_none=True)
    params = fields.Dict(
        keys=fields.String(validate=validate.Length(max=40)),
        values=fields.String(validate=validate.Length(max=2000)),
        load_default=dict,
    )


class PreviewOut(Schema):
    """A message as it would look."""

    sms = fields.String(allow_none=True)
    length = fields.Integer()
    parts = fields.Integer()
    title_zh = fields.String()
    title_en = fields.String()
    zh = fields.String()
    en = fields.String()


ADDRESS = validate.Regexp(r"^address:[A-Za-z0-9._-]+$")
ORG = validate.Regexp(r"^[A-Za-z0-9_-]{1,40}$")


class AddressIn(Schema):
    """Where a parcel goes: an entry of the own address book."""

    address_ref = fields.String(required=True, validate=[validate.Length(max=100), ADDRESS])


class WithdrawalIn(Schema):
    """Why a parcel is not to be sent."""

    reason = fields.String(required=True, validate=validate.Length(2, 200))


class ChoiceIn(Schema):
    """What becomes of a parcel that came back; another address only for another parcel."""

    way = fields.String(required=True, validate=validate.OneOf(("window", "courier")))
    address_ref = fields.String(load_default=None, allow_none=True, validate=[validate.Length(max=100), ADDRESS])


class StrayOut(Schema):
    """A node of a parcel that is not known here."""

    id = fields.String()
    order_no = fields.String()
    waybill = fields.String(allow_none=True)
    state = fields.String()
    text = fields.String()
    at = fields.AwareDateTime()
    created_at = fields.AwareDateTime()


class PaperOut(Schema):
    """A paper that waits to be moved."""

    case_no = fields.String()
    from_org = fields.String()
    to_org = fields.String()
    due = fields.String(allow_none=True)


class BatchIn(Schema):
    """Papers to be sent in one parcel."""

    from_org = fields.String(required=True, validate=ORG)
    to_org = fields.String(required=True, validate=ORG)
    case_nos = fields.List(
        fields.String(validate=validate.Length(1, 40)),
        required=True,
        validate=validate.Length(1, 100),
    )


class ScanIn(Schema):
    """What was found in a parcel of papers, and by which number it came."""

    number = fields.String(required=True, validate=validate.Length(1, 40))
    case_nos = fields.List(
        fields.String(validate=validate.Length(1, 40)), required=True, validate=validate.Length(max=200)
    )


class ScanOut(Schema):
    """What has arrived of a batch, what has not, and what did not belong to it."""

    batch = fields.String()
    received = fields.List(fields.String())
    missing = fields.List(fields.String())
    forward = fields.List(fields.String(), metadata={"description": "another department has the case by now"})
    unexpected = fields.List(fields.String())


class PayerRuleIn(Schema):
    """The contract that a payer's parcels are charged to."""

    account = fields.String(required=True, validate=validate.Length(1, 60))
    billed_org = fields.String(required=True, validate=ORG)


class PayerRuleOut(PayerRuleIn):
    """The rule of one payer."""

    payer = fields.String()
    changed_by = fields.String()
    updated_at = fields.AwareDateTime()


class PayerRulesOut(Schema):
    """All rules."""

    items = fields.List(fields.Nested(PayerRuleOut))


class UnreadOut(Schema):
    """How much is unread."""

    messages = fields.Integer()
    important = fields.Integer()
    notices = fields.Integer()


class AnswerIn(Schema):
    """An answer."""

    text = fields.String(required=True, validate=validate.Length(1, 2000))


class NoteIn(AnswerIn):
    """A message to people: accounts, or posts as `role:<role>@<organisation>`."""

    to = fields.List(
        fields.String(
            validate=validate.Regexp(r"^((person|legal|staff):[A-Za-z0-9._-]+|role:[a-z_]+@[A-Za-z0-9_-]+)$")
        ),
        required=True,
        validate=validate.Length(1, 50),
    )
    title = fields.String(required=True, validate=validate.Length(1, 60))
    case_no = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=40))


class NoteOut(Schema):
    """A message that the caller wrote."""

    id = fields.String()
    to = fields.List(fields.String())
    title = fields.String()
    text = fields.String()
    case_no = fields.String(allow_none=True)
    answer_to = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()
    readers = fields.Integer(metadata={"description": "how many have it"})
    read = fields.Integer(metadata={"description": "how many have read it"})


class ReaderOut(Schema):
    """One recipient of a message."""

    recipient_ref = fields.String()
    read_at = fields.AwareDateTime(allow_none=True)


class ReadersOut(Schema):
    """All recipients of a message."""

    items = fields.List(fields.Nested(ReaderOut))


class BulletinIn(Schema):
    """A notice."""

    title = fields.String(required=True, validate=validate.Length(2, 60))
    text = fields.String(required=True, validate=validate.Length(2, 4000))
    audience = fields.String(required=True, validate=validate.OneOf(("staff", "citizens", "everybody")))
    org = fields.String(load_default=None, allow_none=True, validate=ORG)
    from_date = fields.Date(required=True)
    until_date = fields.Date(required=True)


class BulletinOut(BulletinIn):
    """A notice as its readers see it."""

    id = fields.String()
    created_at = fields.AwareDateTime()
    read_at = fields.AwareDateTime(allow_none=True)


class PublishedOut(BulletinIn):
    """A notice as its publisher sees it."""

    id = fields.String()
    published_by = fields.String()
    created_at = fields.AwareDateTime()
    withdrawn_at = fields.AwareDateTime(allow_none=True)
    reads = fields.Integer(metadata={"description": "how many have read it"})


class BoardArgs(Schema):
    """How far back the board looks."""

    hours = fields.Integer(load_default=24, validate=validate.Range(1, 24 * 31))


class LaneOut(Schema):
    """One lane of messages."""

    lane = fields.String()
    name = fields.String()
    sent = fields.Integer()
    in_time = fields.Integer(metadata={"description": "with the carrier within the limit"})
    share = fields.Float(allow_none=True)
    slowest_ms = fields.Integer(allow_none=True)
    waiting = fields.Integer()
    waiting_since = fields.AwareDateTime(allow_none=True)


class FigureOut(Schema):
    """How often something is the case."""

    what = fields.String()
    count = fields.Integer()


class BoardOut(Schema):
    """The delivery board."""

    since = fields.AwareDateTime()
    limit_seconds = fields.Integer()
    lanes = fields.List(fields.Nested(LaneOut))
    messages = fields.List(fields.Nested(FigureOut))
    errors = fields.List(fields.Nested(FigureOut))
    parcels = fields.List(fields.Nested(FigureOut))
    tasks = fields.List(fields.Nested(FigureOut))


class ResendIn(Schema):
    """Which dead letters: those of this error; none: all."""

    error = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 300))
    most = fields.Integer(load_default=200, validate=validate.Range(1, 500))


class ResentOut(Schema):
    """How many try again."""

    resent = fields.Integer()


class TariffIn(Schema):
    """A price in 分 from a day on."""

    kind = fields.String(required=True, validate=validate.OneOf(("sms_part", "parcel")))
    from_date = fields.Date(required=True)
    fen = fields.Integer(required=True, validate=validate.Range(0, 1_000_000))


class TariffOut(TariffIn):
    """A price, and who set it."""

    changed_by = fields.String()
    updated_at = fields.AwareDateTime()


class TariffsOut(Schema):
    """All prices."""

    items = fields.List(fields.Nested(TariffOut))


class CostArgs(Schema):
    """Which days, both included."""

    from_date = fields.Date(required=True)
    until_date = fields.Date(required=True)


class CostOut(Schema):
    """The costs of one organisation; without one, those of no case."""

    org = fields.String(allow_none=True)
    messages = fields.Integer()
    parts = fields.Integer()
    parcels = fields.Integer()
    fen = fields.Integer()


class CostsOut(Schema):
    """Costs by organisation."""

    items = fields.List(fields.Nested(CostOut))


class CarrierReceiptIn(Schema):
    """One receipt in the words of Aliyun (`biz_id` and `out_id`) or of Tencent (`sid`)."""

    class Meta:
        unknown = EXCLUDE

    biz_id = fields.String(load_default="", validate=validate.Length(max=100))
    out_id = fields.String(load_default="", allow_none=True, validate=validate.Length(max=100))
    success = fields.Boolean(load_default=False)
    report_time = fields.String(load_default="", validate=validate.Length(max=40))
    err_code = fields.String(load_default="", validate=validate.Length(max=100))
    sid = fields.String(load_default="", validate=validate.Length(max=100))
    report_status = fields.String(load_default="", validate=validate.Length(max=20))
    user_receive_time = fields.String(load_default="", validate=validate.Length(max=40))
    errmsg = fields.String(load_default="", validate=validate.Length(max=100))

    @validates_schema
    def names_a_message(self, data: dict[str, Any], **_: Any) -> None:
        """Either carrier's number has to be there."""
        if not data["biz_id"] and not data["sid"]:
            raise ValidationError("须有 biz_id 或 sid / biz_id or sid is needed")


class ReceiptsTaken(Schema):
    """What both carriers want to hear."""

    code = fields.Integer()
    msg = fields.String()
    result = fields.Integer()
    errmsg = fields.String()


class StrayArgs(PageArgs):
    """Filter of the receipts for unknown messages."""

    matched = fields.Boolean(load_default=False, metadata={"description": "those whose message was found later"})


class StrayReceiptOut(Schema):
    """One receipt for an unknown message."""

    id = fields.String()
    carrier = fields.String()
    out_id = fields.String()
    biz_id = fields.String()
    delivered = fields.Boolean()
    at = fields.AwareDateTime(allow_none=True)
    code = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()
    matched_at = fields.AwareDateTime(allow_none=True)


class SmsCarrierOut(Schema):
    """One carrier of messages."""

    name = fields.String()
    dialect = fields.String()
    weight = fields.Integer()
    share = fields.Integer(metadata={"description": "percent of its weight that it has now"})
    changed_at = fields.AwareDateTime(allow_none=True)
    rise_at = fields.AwareDateTime(allow_none=True)
    receipts_path = fields.String(allow_none=True)
    replies_path = fields.String(allow_none=True)


class SmsCarriersOut(Schema):
    """The carriers of messages."""

    items = fields.List(fields.Nested(SmsCarrierOut))


class CarrierChangeOut(Schema):
    """Why a carrier got more or less to do."""

    name = fields.String()
    old = fields.Integer()
    new = fields.Integer()
    reason = fields.String()
    changed_by = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()


class ShareIn(Schema):
    """What a carrier is to have of its weight, and why."""

    share = fields.Integer(required=True, validate=validate.Range(0, 100))
    reason = fields.String(required=True, validate=validate.Length(2, 200))


class ShareOut(Schema):
    """What a carrier has now."""

    name = fields.String()
    share = fields.Integer()
    changed_at = fields.AwareDateTime()


class ReplyIn(Schema):
    """An answer as a plain carrier brings it; what else it says is not ours."""

    class Meta:
        unknown = EXCLUDE

    mobile = fields.String(required=True, validate=validate.Length(1, 20))
    text = fields.String(required=True, validate=validate.Length(max=1000))
    at = fields.AwareDateTime(load_default=None, allow_none=True)
    id = fields.String(load_default="", validate=validate.Length(max=100))


class AliyunReplyIn(Schema):
    """An answer in the words of Aliyun (SmsUp)."""

    class Meta:
        unknown = EXCLUDE

    phone_number = fields.String(required=True, validate=validate.Length(1, 20))
    content = fields.String(required=True, validate=validate.Length(max=1000))
    send_time = fields.String(load_default="", validate=validate.Length(max=40))
    sequence_id = fields.String(load_default="", validate=validate.Length(max=100))

    @pre_load
    def take_numbers(self, data: Any, **_: Any) -> Any:
        """Its documents show the sequence number now as a text, now as a number."""
        number = data.get("sequence_id") if isinstance(data, dict) else None
        return data | {"sequence_id": str(number)} if type(number) is int else data


class TencentReplyIn(Schema):
    """An answer in the words of Tencent."""

    class Meta:
        unknown = EXCLUDE

    mobile = fields.String(required=True, validate=validate.Length(1, 20))
    text = fields.String(required=True, validate=validate.Length(max=1000))
    time = fields.Integer(required=True, validate=validate.Range(0, 2**32))


class UnknownReplyOut(Schema):
    """An answer to no message of ours, without what identifies its sender."""

    id = fields.String()
    carrier = fields.String()
    mobile = fields.String(attribute="mobile_masked", allow_none=True)
    text = fields.Function(lambda row: texts.clean(row.text or ""), metadata={"type": "string"})
    at = fields.AwareDateTime()
