"""Request and response schemas of the credit archive."""

from marshmallow import Schema, fields, validate

from chassis.paging import PageArgs
from contracts import words


class Restriction(Schema):
    """What may not be used, until when."""

    kind = fields.String(metadata={"description": "commit_approval, letter_in_lieu or booking"})
    until = fields.Date(metadata={"description": "last day, ends 24:00"})
    record_id = fields.String()


class Restrictions(Schema):
    """The restrictions of a party."""

    subject_ref = fields.String()
    status = fields.String(metadata={"description": "good, listed or serious"})
    grade = fields.String(allow_none=True)
    restrictions = fields.List(fields.Nested(Restriction))


class RecordOut(Schema):
    """One record of the archive."""

    id = fields.String()
    record_no = fields.String()
    category = fields.String()
    grade = fields.String()
    cause = fields.String(allow_none=True)
    source = fields.String()
    state = fields.String()
    judging_org = fields.String()
    case_no = fields.String(allow_none=True)
    item_code = fields.String(allow_none=True)
    description = fields.String()
    opinion = fields.String(allow_none=True)
    listed_at = fields.AwareDateTime(allow_none=True)
    restriction_until = fields.Date(allow_none=True)
    determination_overdue = fields.Boolean()
    revocation_no = fields.String(allow_none=True)


class NoShowOut(Schema):
    """One missed booking."""

    booking_id = fields.String()
    missed_on = fields.Date()
    excused = fields.Boolean()


class ConsultationOut(Schema):
    """One reading of the archive."""

    reader = fields.String()
    reason = fields.String()
    at = fields.AwareDateTime()


class Archive(Restrictions):
    """A party's own archive."""

    records = fields.List(fields.Nested(RecordOut))
    no_shows = fields.List(fields.Nested(NoShowOut))
    consultations = fields.List(fields.Nested(ConsultationOut))


class ConsultedArchive(Restrictions):
    """Another party's archive, as an entitled reader sees it."""

    subject_name_masked = fields.String()
    records = fields.List(fields.Nested(RecordOut))


class ConsultArgs(Schema):
    """Why the archive is read."""

    reason = fields.String(required=True, validate=validate.Length(min=2, max=200))


class RecordArgs(PageArgs):
    """Filters of the list of records."""

    state = fields.String(load_default="pending", validate=validate.OneOf(words.RECORD_STATES))


class Determination(Schema):
    """The judging organ's determination."""

    confirm = fields.Boolean(required=True)
    opinion = fields.String(required=True, validate=validate.Length(min=2, max=2000))
    cause = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(words.FAILING_CAUSES))
    grade = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(("ordinary", "serious")))


class ShareOut(Schema):
    """A decision to be shared."""

    id = fields.String()
    case_no = fields.String()
    decision_no = fields.String()
    decision = fields.String()
    item_code = fields.String()
    org = fields.String()
    due = fields.Date()
    shared_at = fields.AwareDateTime(allow_none=True)
    receipt = fields.String(allow_none=True)


class ShareArgs(PageArgs):
    """Filter of the decisions to be shared."""

    open = fields.Boolean(load_default=True)


class Receipt(Schema):
    """The platform's receipt."""

    number = fields.String(required=True, validate=validate.Length(min=1, max=100))
