"""Request and response schemas of feedback."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from chassis.paging import PageArgs
from contracts import words
from services.feedback import facts, ratings
from services.feedback.transitions import LETTER, RATING

REPLY_KINDS = ("verification", "correction", "explanation")  # 核实, 整改, 说明


def written(longest: int, *, least: int = 1, **options: Any) -> fields.String:
    """Text that a person writes; with `least=0` it may be left out."""
    blank = validate.Predicate("strip", error="不能只有空格 / blanks are not text") if least else validate.Length(min=0)
    return fields.String(validate=[validate.Length(min=least, max=longest), blank], **options)


# --- ratings --------------------------------------------------------------------------------------------------------


class RatingIn(Schema):
    """A rating by the applicant."""

    level = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(1, 5),
        metadata={"description": "5 非常满意 4 满意 3 基本满意 2 不满意 1 非常不满意"},
    )
    text = written(2000, least=0, load_default="", metadata={"description": "needed for levels 1 and 2 (FEE-03)"})
    ticks = fields.List(fields.String(), load_default=list, metadata={"description": "indicators (FEE-10)"})
    channel = fields.String(load_default="online", validate=validate.OneOf(words.RATING_CHANNELS))


class FollowUpIn(Schema):
    """What the rater says of the reply (追评)."""

    text = written(2000, least=0, required=True)


class ReplyIn(Schema):
    """The department's reply."""

    text = written(4000, required=True)
    kind = fields.String(load_default="explanation", validate=validate.OneOf(REPLY_KINDS))


class ReplyOut(Schema):
    """A reply as the rater sees it."""

    number = fields.Integer()
    kind = fields.String()
    text = fields.String()
    replied_at = fields.AwareDateTime()
    late = fields.Boolean()


class UnitReplyOut(ReplyOut):
    """A reply as the department sees it."""

    replied_by = fields.String()


class RatingOut(Schema):
    """A rating as the rated department sees it: without the rater (FEE-13)."""

    id = fields.String()
    case_no = fields.String()
    item_code = fields.String()
    item_name = fields.String()
    org = fields.String()
    case_source = fields.String()
    completed_at = fields.AwareDateTime()
    due_default = fields.Date(metadata={"description": "at 24:00 of this day the default is given (FEE-05)"})
    state = fields.String()
    state_name = fields.Function(lambda rating: RATING.states[rating.state])
    level = fields.Integer(allow_none=True)
    source = fields.String(allow_none=True)
    channel = fields.String(allow_none=True)
    ticks = fields.List(fields.String())
    text = fields.String(allow_none=True)
    rated_at = fields.AwareDateTime(allow_none=True)
    reply_due = fields.Date(allow_none=True)
    reply_overdue = fields.Boolean()
    follow_up = fields.String(allow_none=True)
    followed_up_at = fields.AwareDateTime(allow_none=True)
    replies = fields.List(fields.Nested(UnitReplyOut))


class OwnRatingOut(RatingOut):
    """A rating as the rater sees it."""

    subject_name_masked = fields.String()
    can_rate = fields.Function(ratings.can_rate, metadata={"type": "boolean"})
    replies = fields.List(fields.Nested(ReplyOut))


class OwnRatingArgs(PageArgs):
    """Filters of the own ratings."""

    state = fields.String(load_default=None, validate=validate.OneOf(tuple(RATING.states)))


class RatingArgs(OwnRatingArgs):
    """Filters of the ratings of a department."""

    org = fields.String(load_default=None)
    overdue = fields.Boolean(load_default=None)


class Period(Schema):
    """A stretch of days, both included."""

    since = fields.Date(load_default=None)
    until = fields.Date(load_default=None)


class StatisticArgs(Period):
    """What the numbers are about."""

    org = fields.String(load_default=None)
    item_code = fields.String(load_default=None)


class RatingNumbers(Schema):
    """The ratings of one organisation as numbers."""

    org = fields.String()
    levels = fields.Dict(keys=fields.String(), values=fields.Integer())
    rated = fields.Integer(metadata={"description": "given by applicants; defaults are not among them"})
    defaulted = fields.Integer()
    satisfied = fields.Integer(metadata={"description": "levels 3 to 5"})
    satisfaction = fields.Float(allow_none=True, metadata={"description": "percent of those given"})


class RatingStatistics(Schema):
    """Numbers per organisation."""

    items = fields.List(fields.Nested(RatingNumbers))


# --- letters --------------------------------------------------------------------------------------------------------


class LetterIn(Schema):
    """A letter."""

    kind = fields.String(required=True, validate=validate.OneOf(words.LETTER_KINDS))
    category = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(words.LETTER_CATEGORIES))
    org = fields.String(
        load_default=None, allow_none=True, metadata={"description": "left out, the department of the item gets it"}
    )
    item_code = fields.String(load_default=None, allow_none=True)
    case_no = fields.String(load_default=None, allow_none=True, validate=validate.Regexp(r"^\d{18,20}$"))
    staff_ref = fields.String(
        load_default=None, allow_none=True, validate=validate.Regexp(r"^staff:[A-Za-z0-9._-]{1,64}$")
    )
    title = written(100, required=True)
    text = written(4000, required=True)
    contact = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(r"^[0-9+() -]{5,24}$"),
        metadata={"description": "telephone number for questions"},
    )
    anonymous = fields.Boolean(
        load_default=False, metadata={"description": "suggestions and consultations only (FEE-22)"}
    )


class PasswordIn(Schema):
    """The password of an anonymous letter."""

    password = fields.String(required=True, validate=validate.Length(min=1, max=32))


class TransferIn(Schema):
    """Passing on."""

    to_org = fields.String(required=True)
    reason = written(1000, required=True)


class OpenIn(Schema):
    """Taking in hand."""

    first_contact_at = fields.AwareDateTime(load_default=None, allow_none=True)
    evidence = written(4000, least=0, load_default=None, allow_none=True, metadata={"description": "with the contact"})

    @validates_schema
    def _evidence_comes_from_a_contact(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["evidence"] and data["first_contact_at"] is None:
            raise ValidationError("首次联系时间填写后才能填 / only with first_contact_at", "evidence")


class ContactIn(Schema):
    """The first contact with a complainant."""

    contacted_at = fields.AwareDateTime(required=True)
    evidence = written(4000, least=0, load_default=None, allow_none=True)


class ExtensionIn(Schema):
    """A complaint declared special (情况特殊)."""

    reason = written(1000, required=True)
    interim_answer = written(4000, required=True)


class AnswerIn(Schema):
    """The answer."""

    text = written(8000, required=True)
    adoption = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(words.ADOPTIONS))


class SatisfactionIn(Schema):
    """What the sender says of the answer."""

    satisfied = fields.Boolean(required=True)
    reason = written(2000, least=0, load_default="", metadata={"description": "needed to open the letter again"})
    password = fields.String(load_default=None, allow_none=True, validate=validate.Length(min=1, max=32))


class AnswerOut(Schema):
    """An answer as the sender sees it."""

    number = fields.Integer()
    text = fields.String()
    adoption = fields.String(allow_none=True)
    answered_at = fields.AwareDateTime()
    late = fields.Boolean()
    satisfied = fields.Boolean(allow_none=True)
    verdict = fields.String(allow_none=True)


class UnitAnswerOut(AnswerOut):
    """An answer as the unit sees it."""

    answered_by = fields.String()


class OrderOut(Schema):
    """A supervising order (督办)."""

    order_id = fields.String()
    order_no = fields.String()
    kind = fields.String()
    org = fields.String()
    letter_no = fields.String(allow_none=True)
    rating_id = fields.String(allow_none=True)
    content = fields.String()
    issued_at = fields.AwareDateTime()
    due = fields.Date()


class LetterLine(Schema):
    """A letter in a list."""

    letter_no = fields.String()
    kind = fields.String()
    category = fields.String(allow_none=True)
    title = fields.String()
    org = fields.String()
    item_code = fields.String(allow_none=True)
    item_name = fields.String(allow_none=True)
    case_no = fields.String(allow_none=True)
    anonymous = fields.Boolean()
    received_at = fields.AwareDateTime()
    due = fields.Date()
    state = fields.String()
    state_name = fields.Function(lambda letter: LETTER.states[letter.state])
    overdue = fields.Boolean()
    transfers = fields.Integer()
    reopens = fields.Integer()
    special = fields.Function(lambda letter: letter.special is not None, metadata={"type": "boolean"})
    satisfied = fields.Boolean(allow_none=True)
    closed_at = fields.AwareDateTime(allow_none=True)


class OwnLetterOut(LetterLine):
    """A letter as its sender sees it."""

    text = fields.String()
    interim_answer = fields.Function(lambda letter: (letter.special or {}).get("interim_answer"))
    verdict_due = fields.Date(
        allow_none=True, metadata={"description": "until 24:00 of this day the answer can be judged (FEE-31)"}
    )
    answers = fields.List(fields.Nested(AnswerOut))


class NewLetterOut(OwnLetterOut):
    """A letter just sent."""

    password = fields.String(allow_none=True, metadata={"description": "of an anonymous letter; shown only now"})


class LetterOut(LetterLine):
    """A letter as the unit sees it."""

    id = fields.String()
    text = fields.String()
    contact = fields.String(allow_none=True)
    sender_ref = fields.String(allow_none=True)
    sender_name_masked = fields.String(allow_none=True)
    staff_ref = fields.String(allow_none=True)
    handler = fields.String(allow_none=True)
    opened_at = fields.AwareDateTime(allow_none=True)
    first_contact_at = fields.AwareDateTime(allow_none=True)
    evidence = fields.String(allow_none=True, metadata={"description": "what the first contact verified"})
    extension = fields.Dict(attribute="special", allow_none=True)
    verdict_due = fields.Date(allow_none=True)
    answers = fields.List(fields.Nested(UnitAnswerOut))
    orders = fields.List(fields.Nested(OrderOut))
    allowed = fields.Function(lambda letter: LETTER.allowed(letter.state))


class OwnLetterArgs(PageArgs):
    """Filters of the own letters."""

    kind = fields.String(load_default=None, validate=validate.OneOf(words.LETTER_KINDS))
    state = fields.String(load_default=None, validate=validate.OneOf(tuple(LETTER.states)))


class LetterArgs(OwnLetterArgs):
    """Filters of the letters of a unit."""

    org = fields.String(load_default=None)
    overdue = fields.Boolean(load_default=None)


class HistoryOut(Schema):
    """One record of the history."""

    number = fields.Integer()
    verb = fields.String()
    source = fields.String(allow_none=True)
    target = fields.String(allow_none=True)
    actor = fields.String()
    org = fields.String(allow_none=True)
    at = fields.AwareDateTime()
    opinion = fields.String(allow_none=True)
    details = fields.Dict(allow_none=True)


class HistoryList(Schema):
    """The whole history, oldest first."""

    items = fields.List(fields.Nested(HistoryOut))


class LetterNumbers(Schema):
    """The letters of one kind to one unit as numbers."""

    org = fields.String()
    kind = fields.String()
    received = fields.Integer()
    open = fields.Integer()
    overdue = fields.Integer()
    transferred = fields.Integer()
    extended = fields.Integer()
    contacted_same_day = fields.Integer(metadata={"description": "complaints; the target of FEE-24"})
    answered = fields.Integer()
    answered_late = fields.Integer()
    on_time = fields.Float(allow_none=True, metadata={"description": "percent of the answers"})
    average_wd = fields.Float(allow_none=True, metadata={"description": "working days to the first answer"})
    adopted = fields.Integer(metadata={"description": "suggestions, wholly or in part"})
    reopened = fields.Integer()
    satisfied = fields.Integer()
    dissatisfied = fields.Integer()


class LetterReport(Schema):
    """Numbers per unit and kind."""

    items = fields.List(fields.Nested(LetterNumbers))


# --- the case behind a complaint ------------------------------------------------------------------------------------


class StepOut(Schema):
    """One step of a case."""

    at = fields.AwareDateTime()
    step = fields.String()
    zh = fields.String()
    en = fields.String()
    facts = fields.Dict()


class FindingOut(Schema):
    """One fact beside the complaint."""

    code = fields.String()
    zh = fields.String()
    en = fields.String()
    rule = fields.String()
    at = fields.AwareDateTime(allow_none=True)
    supports = fields.Boolean(allow_none=True, metadata={"description": "null: it settles nothing"})


class CheckOut(Schema):
    """What the records say to a complaint of refusal, delay or extra material."""

    category = fields.String()
    result = fields.String(validate=validate.OneOf(tuple(facts.RESULTS)))
    result_zh = fields.String()
    result_en = fields.String()
    findings = fields.List(fields.Nested(FindingOut))
    draft = fields.String(metadata={"description": "beginning of an answer, to be verified and completed"})


class LetterFileOut(LetterOut):
    """A letter as its handler opens it, with the case it is about."""

    timeline = fields.List(fields.Nested(StepOut))
    sender_is_party = fields.Boolean(
        allow_none=True, metadata={"description": "whether the sender is the applicant; null without a known case"}
    )
    check = fields.Nested(CheckOut, allow_none=True)
