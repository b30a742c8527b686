"""Request and response schemas of call-backs, forums and surveys."""

from marshmallow import Schema, fields, validate

from chassis.paging import PageArgs
from services.feedback import callbacks, meetings
from services.feedback.schemas import written

# --- call-backs -----------------------------------------------------------------------------------------------------


class CallbackIn(Schema):
    """What a call-back gave."""

    outcome = fields.String(required=True, validate=validate.OneOf(tuple(callbacks.OUTCOMES)))
    satisfied = fields.Boolean(load_default=None, allow_none=True, metadata={"description": "when reached, only then"})
    opinion = written(2000, least=0, load_default=None, allow_none=True)


class CallbackOut(Schema):
    """A completed case in the call-back list; the number to call is read in the case itself (ID-38)."""

    case_no = fields.String()
    subject_name_masked = fields.String()
    item_name = fields.String()
    org = fields.String()
    completed_at = fields.AwareDateTime()
    level = fields.Integer(allow_none=True)
    source = fields.String(allow_none=True)
    state = fields.Function(lambda row: row.call_state or "waiting", metadata={"enum": list(callbacks.STATES)})
    attempts = fields.Function(lambda row: row.call_attempts or 0, metadata={"type": "integer"})
    outcome = fields.String(attribute="call_outcome", allow_none=True)
    satisfied = fields.Boolean(attribute="call_satisfied", allow_none=True)
    opinion = fields.String(attribute="call_opinion", allow_none=True)
    called_by = fields.String(attribute="call_called_by", allow_none=True)
    called_at = fields.AwareDateTime(attribute="call_called_at", allow_none=True)


class CallbackArgs(PageArgs):
    """Filters of the call-back list."""

    state = fields.String(load_default=None, validate=validate.OneOf(callbacks.STATES))
    negative = fields.Boolean(load_default=None, metadata={"description": "cases rated 1 or 2"})
    org = fields.String(load_default=None)


class CallbackNumbers(Schema):
    """The call-backs about one organisation as numbers."""

    org = fields.String()
    completed = fields.Integer()
    called = fields.Integer()
    reached = fields.Integer()
    satisfied = fields.Integer()


class CallbackReport(Schema):
    """Numbers per organisation."""

    items = fields.List(fields.Nested(CallbackNumbers))


# --- forums and surveys ---------------------------------------------------------------------------------------------


class OpinionIn(Schema):
    """One opinion of a forum or survey."""

    text = written(1000, required=True)
    org = fields.String(load_default=None, allow_none=True, metadata={"description": "unit it concerns"})


class MeetingIn(Schema):
    """The record of a forum or survey."""

    kind = fields.String(required=True, validate=validate.OneOf(tuple(meetings.KINDS)))
    org = fields.String(required=True, metadata={"description": "service office that held it"})
    held_on = fields.Date(required=True)
    title = written(100, required=True)
    participants = fields.Integer(required=True, strict=True, validate=validate.Range(1, 1_000_000))
    satisfaction = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(0, 100), metadata={"description": "%"}
    )
    summary = written(8000, required=True)
    opinions = fields.List(fields.Nested(OpinionIn), load_default=list, validate=validate.Length(max=200))


class OpinionOut(Schema):
    """An opinion and what was done about it."""

    number = fields.Integer()
    text = fields.String()
    org = fields.String(allow_none=True)
    measure = fields.String(allow_none=True)
    measured_on = fields.String(allow_none=True)


class MeetingOut(Schema):
    """The record of a forum or survey."""

    id = fields.String()
    kind = fields.String()
    kind_name = fields.Function(lambda row: meetings.KINDS[row.kind])
    org = fields.String()
    region = fields.String()
    year = fields.Integer()
    quarter = fields.Integer()
    held_on = fields.Date()
    title = fields.String()
    participants = fields.Integer()
    satisfaction = fields.Integer(allow_none=True)
    summary = fields.String()
    opinions = fields.List(fields.Nested(OpinionOut))


class MeasureIn(Schema):
    """What was done about an opinion."""

    measure = written(2000, required=True)


class MeetingArgs(PageArgs):
    """Filters of the records."""

    kind = fields.String(load_default=None, validate=validate.OneOf(tuple(meetings.KINDS)))
    region = fields.String(load_default=None)
    year = fields.Integer(load_default=None)


class QuarterArgs(Schema):
    """Which year of which region."""

    region = fields.String(required=True)
    year = fields.Integer(required=True, validate=validate.Range(2000, 2999))


class QuarterOut(Schema):
    """One quarter: `held` with forum and survey, `due` while it runs, `missing` when it is over."""

    quarter = fields.Integer()
    forums = fields.Integer()
    surveys = fields.Integer()
    satisfaction = fields.Float(allow_none=True)
    state = fields.String()


class QuarterList(Schema):
    """The four quarters."""

    items = fields.List(fields.Nested(QuarterOut))
