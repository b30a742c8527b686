"""Request and response schemas of what is made public: answers, difficulties, the question robot."""

from marshmallow import Schema, fields, validate

from chassis.paging import PageArgs
from contracts import words
from services.feedback import exposures
from services.feedback.schemas import written
from services.feedback.transitions import EXPOSURE

# --- public columns -------------------------------------------------------------------------------------------------


class PublicAnswerIn(Schema):
    """A letter and its answer as everybody may read them, without personal data."""

    title = written(100, required=True)
    question = written(2000, required=True)
    answer = written(8000, required=True)


class PublicAnswerOut(Schema):
    """A published answer (信件答复)."""

    id = fields.String()
    kind = fields.String()
    org = fields.String()
    item_code = fields.String(allow_none=True)
    title = fields.String()
    question = fields.String()
    answer = fields.String()
    published_at = fields.AwareDateTime()


class PublicAnswerArgs(PageArgs):
    """Filters of the published answers."""

    kind = fields.String(load_default=None, validate=validate.OneOf(words.LETTER_KINDS))
    org = fields.String(load_default=None)
    item_code = fields.String(load_default=None)


class ReasonIn(Schema):
    """Why."""

    reason = written(1000, required=True)


class ExposureIn(Schema):
    """A difficulty as everybody may read it, without personal data."""

    title = written(100, required=True)
    problem = written(4000, required=True)


class ResultIn(Schema):
    """What the unit has put right."""

    result = written(4000, required=True)


class RemarkIn(Schema):
    """Why it is not put right yet."""

    remark = written(1000, required=True)


class _Exposure(Schema):
    id = fields.String()
    org = fields.String()
    item_code = fields.String(allow_none=True)
    title = fields.String()
    problem = fields.String()
    state = fields.String()
    state_name = fields.Function(lambda row: EXPOSURE.states[row.state])
    exposed_at = fields.AwareDateTime()
    due = fields.Date()
    overdue = fields.Function(
        lambda row: row.late or (row.state == "rectifying" and exposures.is_late(row.due)), metadata={"type": "boolean"}
    )
    corrected_at = fields.AwareDateTime(allow_none=True)


class ExposureOut(_Exposure):
    """An entry of the column 曝光纠错; its result is public once it is confirmed."""

    result = fields.Function(
        lambda row: row.result if row.state == "corrected" else None, metadata={"type": "string", "nullable": True}
    )


class ExposureFileOut(_Exposure):
    """An entry as the unit and the service office see it."""

    result = fields.String(allow_none=True)
    reported_by = fields.String(allow_none=True)
    reported_at = fields.AwareDateTime(allow_none=True)
    returns = fields.Integer()
    remark = fields.String(allow_none=True)


class ExposureArgs(PageArgs):
    """Filters of the column."""

    org = fields.String(load_default=None)
    state = fields.String(load_default=None, validate=validate.OneOf(tuple(EXPOSURE.states)))


# --- the question robot ---------------------------------------------------------------------------------------------


class QuestionIn(Schema):
    """A question to the robot."""

    text = written(200, required=True)
    region = fields.String(load_default="", validate=validate.Length(max=12))


class SourceOut(Schema):
    """Where an answer stands."""

    kind = fields.String(metadata={"enum": ["guide", "faq", "answer"]})
    ref = fields.String()
    title = fields.String()
    link = fields.String()


class QuotedSourceOut(SourceOut):
    """Where an answer stands, and in which version of the guide."""

    version = fields.Integer(allow_none=True)


class QuotedOut(Schema):
    """One answer with its source."""

    text = fields.String()
    source = fields.Nested(QuotedSourceOut)
    likeness = fields.Float(metadata={"description": "of the question to the source, 0 to 1"})


class RobotOut(Schema):
    """What the robot found; `known` is false when it does not know."""

    known = fields.Boolean()
    answers = fields.List(fields.Nested(QuotedOut))
    similar = fields.List(fields.Nested(SourceOut), metadata={"description": "not quoted, named"})
    hint_zh = fields.String()
    hint_en = fields.String()
