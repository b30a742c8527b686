"""Request and response schemas of supervision."""

from marshmallow import Schema, fields, validate

from chassis.paging import PageArgs
from contracts import words
from services.supervision.transitions import TASK


class PushOut(Schema):
    """A file pushed to a supervising office."""

    id = fields.String()
    case_no = fields.String()
    kind = fields.String()
    org = fields.String()
    approving_org = fields.String()
    subject_ref = fields.String()
    subject_name_masked = fields.String()
    item_code = fields.String()
    item_name = fields.String()
    mode = fields.String()
    decision = fields.String()
    supervision_kind = fields.String()
    licence_no = fields.String(allow_none=True)
    files = fields.Dict()
    pushed_at = fields.AwareDateTime()
    seen_by = fields.String(allow_none=True)
    seen_at = fields.AwareDateTime(allow_none=True)


class PushArgs(PageArgs):
    """Filters of the list of files."""

    case_no = fields.String(load_default=None)
    kind = fields.String(load_default=None, validate=validate.OneOf(("completed", "revoked")))


class TaskOut(Schema):
    """A verification task."""

    id = fields.String()
    case_no = fields.String()
    subject_ref = fields.String()
    subject_name_masked = fields.String()
    item_code = fields.String()
    item_name = fields.String()
    approving_org = fields.String()
    supervising_org = fields.String()
    decided_at = fields.AwareDateTime()
    start_due = fields.Date()
    finish_due = fields.Date()
    cap_due = fields.Date(metadata={"description": "latest date for a rectification (SUP-23)"})
    state = fields.String()
    state_name = fields.Function(lambda task: TASK.states[task.state])
    priority = fields.Integer(metadata={"description": "1 for a key target"})
    start_overdue = fields.Boolean()
    finish_overdue = fields.Boolean()
    inspector = fields.String(allow_none=True)
    plan = fields.Dict(allow_none=True)
    promised = fields.List(fields.Dict())
    points = fields.List(fields.Dict(), allow_none=True)
    end_reason = fields.String(allow_none=True)
    allowed = fields.Function(lambda task: TASK.allowed(task.state))


class TaskArgs(PageArgs):
    """Filters of the list of tasks."""

    state = fields.String(load_default=None, validate=validate.OneOf(tuple(TASK.states)))
    case_no = fields.String(load_default=None)


class Plan(Schema):
    """Date, place and items of an inspection."""

    date = fields.Date(required=True)
    place = fields.String(required=True, validate=validate.Length(min=1, max=200))
    items = fields.List(
        fields.String(validate=validate.Length(min=1, max=200)), required=True, validate=validate.Length(min=1)
    )


class Start(Schema):
    """The start of a verification: an inspector and a plan (SUP-21)."""

    inspector = fields.String(required=True, validate=validate.Regexp(r"^staff:[A-Za-z0-9._-]+$"))
    plan = fields.Nested(Plan, required=True)


class Point(Schema):
    """The result for one promised point."""

    code = fields.String(required=True)
    result = fields.String(required=True, validate=validate.OneOf(words.POINT_RESULTS))
    found = fields.String(load_default="", validate=validate.Length(max=2000))
    evidence = fields.List(fields.String(), load_default=list)


class Points(Schema):
    """The results for all promised points."""

    points = fields.List(fields.Nested(Point), required=True, validate=validate.Length(min=1))


class Order(Schema):
    """An order to correct."""

    due = fields.Date(required=True, metadata={"description": "not later than decision + 60 working days"})
    evidence = fields.List(fields.String(), load_default=list)


class Recheck(Schema):
    """The result of the second look."""

    conforms = fields.Boolean(required=True)
    found = fields.String(required=True, validate=validate.Length(min=1, max=2000))
    evidence = fields.List(fields.String(), load_default=list)


class Correction(Schema):
    """What the party has corrected."""

    text = fields.String(required=True, validate=validate.Length(min=2, max=2000))


class FindingIn(Schema):
    """A finding of daily supervision."""

    kind = fields.String(required=True, validate=validate.OneOf(words.FINDING_KINDS))
    case_no = fields.String(load_default=None)
    subject_ref = fields.String(load_default=None)
    description = fields.String(required=True, validate=validate.Length(min=2, max=4000))
    discovered_at = fields.AwareDateTime(required=True)
    evidence = fields.List(fields.String(), load_default=list)
    penalty_no = fields.String(load_default=None)


class FindingOut(Schema):
    """A reported finding."""

    id = fields.String()
    subject_ref = fields.String()
    case_no = fields.String(allow_none=True)
    kind = fields.String()
    approving_org = fields.String()
    supervising_org = fields.String()
    description = fields.String()
    evidence = fields.List(fields.String())
    penalty_no = fields.String(allow_none=True)
    discovered_at = fields.AwareDateTime()
    reported_at = fields.AwareDateTime()
    late = fields.Boolean()


class ProposalIn(Schema):
    """A proposal to revoke."""

    case_no = fields.String(required=True)
    opinion = fields.String(required=True, validate=validate.Length(min=2, max=4000))
    document_ref = fields.String(load_default=None)
    document_no = fields.String(load_default=None)
    evidence = fields.List(fields.String(), load_default=list)


class ProposalOut(Schema):
    """A proposal and its answer."""

    id = fields.String()
    case_no = fields.String()
    approving_org = fields.String()
    supervising_org = fields.String()
    opinion = fields.String()
    document_no = fields.String()
    proposed_at = fields.AwareDateTime()
    reply_due = fields.Date()
    state = fields.String()
    reply_overdue = fields.Boolean()
    explanation = fields.String(allow_none=True)


class ViolationOut(Schema):
    """Something beyond its limit."""

    id = fields.String()
    kind = fields.String()
    what = fields.String()
    org = fields.String(allow_none=True)
    case_no = fields.String(allow_none=True)
    reference = fields.String(allow_none=True)
    detected_at = fields.AwareDateTime()
