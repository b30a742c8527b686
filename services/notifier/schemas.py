"""Request and response schemas of the notifier."""

from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from chassis.paging import PageArgs
from contracts import words
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
            raise ValidationError("biz_id or sid is needed")


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
