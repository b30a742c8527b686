"""Request and response schemas of supervision."""

from marshmallow import Schema, fields, validate

from chassis.paging import PageArgs
from contracts import words
from services.supervision import assessments, meetings, sheets
from services.supervision.transitions import ASSESSMENT, MEETING, ORDER, PROBLEM, SHEET, TASK, WEEKLY


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


class PhotoArgs(Schema):
    """The name of a photo."""

    name = fields.String(load_default="photo", validate=validate.Length(min=1, max=120))


class PhotoOut(Schema):
    """A photo; `ref` is what points, orders and findings name as evidence."""

    id = fields.String()
    ref = fields.Function(lambda photo: f"photo:{photo.id}")
    name = fields.String()
    mime = fields.String()
    size = fields.Integer()
    sha256 = fields.String()


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


# -- linkage work ---------------------------------------------------------------------------------------------------


class SheetOut(Schema):
    """A daily sheet of two offices."""

    id = fields.String()
    approving_org = fields.String()
    supervising_org = fields.String()
    day = fields.Date()
    state = fields.String()
    state_name = fields.Function(lambda sheet: SHEET.states[sheet.state])
    counts = fields.Function(sheets.counts, metadata={"description": "as of now; the signed numbers are below"})
    signatures = fields.Dict()


class SheetArgs(PageArgs):
    """Filters of the list of sheets."""

    state = fields.String(load_default=None, validate=validate.OneOf(tuple(SHEET.states)))


class ProblemIn(Schema):
    """A problem of the exchange."""

    description = fields.String(required=True, validate=validate.Length(min=2, max=2000))
    owner = fields.String(required=True, validate=validate.Regexp(r"^staff:[A-Za-z0-9._-]+$"))
    follow_up_on = fields.Date(required=True)


class ProblemReport(Schema):
    """To whom a problem goes that the two offices cannot settle."""

    reported_to = fields.String(required=True, validate=validate.Length(min=2, max=40))
    text = fields.String(required=True, validate=validate.Length(min=2, max=2000))


class ProblemOutcome(Schema):
    """How a problem was solved."""

    text = fields.String(required=True, validate=validate.Length(min=2, max=2000))


class ProblemOut(ProblemIn):
    """A problem and what became of it."""

    id = fields.String()
    sheet_id = fields.String()
    state = fields.String()
    state_name = fields.Function(lambda problem: PROBLEM.states[problem.state])
    reported_to = fields.String(allow_none=True)
    outcome = fields.String(allow_none=True)


class Participant(Schema):
    """Who came to a weekly meeting, and for which office."""

    org = fields.String(required=True)
    staff = fields.String(required=True, validate=validate.Regexp(r"^staff:[A-Za-z0-9._-]+$"))


class WeeklyIn(Schema):
    """The record of a weekly meeting."""

    met_at = fields.AwareDateTime(required=True)
    participants = fields.List(fields.Nested(Participant), required=True, validate=validate.Length(min=2))
    summary = fields.String(required=True, validate=validate.Length(min=2, max=8000))


class WeeklyOut(Schema):
    """A weekly record, owed or filed."""

    id = fields.String()
    approving_org = fields.String()
    supervising_org = fields.String()
    week = fields.String()
    meeting_day = fields.Date()
    state = fields.String()
    state_name = fields.Function(lambda record: WEEKLY.states[record.state])
    met_at = fields.AwareDateTime(allow_none=True)
    participants = fields.List(fields.Nested(Participant), allow_none=True)
    summary = fields.String(allow_none=True)
    filed_by = fields.String(allow_none=True)
    filed_at = fields.AwareDateTime(allow_none=True)


MeetingPoints = Schema.from_dict(
    {name: fields.String(required=True, validate=validate.Length(min=1, max=8000)) for name in meetings.POINTS},
    name="MeetingPoints",
)


class MeetingIn(Schema):
    """A monthly meeting: the five points of Art. 24 and the minutes."""

    convener = fields.String(required=True)
    held_at = fields.AwareDateTime(required=True)
    participants = fields.List(fields.String(), required=True, validate=validate.Length(min=2))
    points = fields.Nested(MeetingPoints, required=True)
    minutes_ref = fields.String(required=True, validate=validate.Length(min=1, max=200))


class CopyOut(Schema):
    """The minutes in the hands of an office."""

    org = fields.String()
    read_by = fields.String(allow_none=True)
    read_at = fields.AwareDateTime(allow_none=True)


class MeetingOut(Schema):
    """A monthly meeting, owed or held."""

    id = fields.String()
    convener = fields.String()
    month = fields.String()
    number = fields.Integer()
    state = fields.String()
    state_name = fields.Function(lambda meeting: MEETING.states[meeting.state])
    held_at = fields.AwareDateTime(allow_none=True)
    points = fields.Dict(allow_none=True)
    minutes_ref = fields.String(allow_none=True)
    copies = fields.Function(lambda meeting: CopyOut(many=True).dump(meetings.copies(meeting)))


# -- electronic supervision -----------------------------------------------------------------------------------------


class OrderArgs(PageArgs):
    """Filters of the list of orders."""

    state = fields.String(load_default=None, validate=validate.OneOf(tuple(ORDER.states)))


class OrderIn(Schema):
    """A supervising order by hand."""

    kind = fields.String(required=True, validate=validate.OneOf(words.ORDER_KINDS))
    target_org = fields.String(required=True, validate=validate.Length(min=1, max=40))
    content = fields.String(required=True, validate=validate.Length(min=2, max=2000))
    case_no = fields.String(load_default=None)
    letter_no = fields.String(load_default=None)
    rating_id = fields.String(load_default=None)


class OrderAnswer(Schema):
    """What an office says to an order, or why the order is closed."""

    text = fields.String(required=True, validate=validate.Length(min=2, max=2000))


class OrderOut(Schema):
    """A supervising order and what became of it."""

    id = fields.String()
    order_no = fields.String()
    kind = fields.String()
    target_org = fields.String()
    case_no = fields.String(allow_none=True)
    letter_no = fields.String(allow_none=True)
    rating_id = fields.String(allow_none=True)
    content = fields.String()
    issued_by = fields.String()
    issued_at = fields.AwareDateTime()
    due = fields.Date()
    state = fields.String()
    state_name = fields.Function(lambda order: ORDER.states[order.state])
    overdue = fields.Boolean()
    answer = fields.String(allow_none=True)
    answered_by = fields.String(allow_none=True)


class FigureArgs(Schema):
    """Of what, and of which days, the figures are; of this month if nothing is said."""

    by = fields.String(load_default="org", validate=validate.OneOf(("org", "item", "person")))
    first = fields.Date(load_default=None)
    last = fields.Date(load_default=None)


class FiguresOut(Schema):
    """Performance figures; a rate lies between 0 and 1 and is null where there was nothing."""

    by = fields.String()
    first = fields.Date()
    last = fields.Date()
    items = fields.List(fields.Dict())


class BoardArgs(Schema):
    """Any day of the month; the last closed month if nothing is said."""

    month = fields.Date(load_default=None, format="%Y-%m")


class BoardOut(Schema):
    """The board of a month; a null is a figure that rests on too few cases."""

    month = fields.String()
    least_cases = fields.Integer()
    items = fields.List(fields.Dict())


# -- draws ----------------------------------------------------------------------------------------------------------


class DrawIn(Schema):
    """The announcement of a draw; parties and inspectors come later."""

    org = fields.String(required=True)
    title = fields.String(required=True, validate=validate.Length(min=2, max=200))
    item_code = fields.String(required=True)
    parties = fields.Integer(required=True, validate=validate.Range(1, 10000))
    inspectors_each = fields.Integer(load_default=2, validate=validate.Range(2, 10))


class DrawLists(Schema):
    """The inspectors on duty; the parties follow from the files."""

    inspectors = fields.List(
        fields.String(validate=validate.Regexp(r"^staff:[A-Za-z0-9._-]+$")),
        required=True,
        validate=validate.Length(min=2, max=1000),
    )


class DrawOut(Schema):
    """A draw as everybody may see it; services/supervision/draws.py says how to repeat it."""

    id = fields.String()
    org = fields.String()
    title = fields.String()
    item_code = fields.String()
    parties = fields.Integer()
    inspectors_each = fields.Integer()
    state = fields.String()
    algorithm = fields.String()
    commitment = fields.String(metadata={"description": "SHA-256 of the seed, published first"})
    population_hash = fields.String(allow_none=True, metadata={"description": "SHA-256 of the text in `population`"})
    population = fields.String(allow_none=True, metadata={"description": "a line for each entry; key targets marked"})
    seed = fields.String(allow_none=True, metadata={"description": "published with the result"})
    result = fields.List(fields.Dict(), allow_none=True)
    announced_at = fields.AwareDateTime()
    drawn_at = fields.AwareDateTime(allow_none=True)


class AssignmentOut(Schema):
    """Whom to inspect, and who inspects; for the office itself."""

    party = fields.String()
    inspectors = fields.List(fields.String())


# -- warnings and the annual assessment -------------------------------------------------------------------------------


class WarningOut(Schema):
    """A limit between two offices that is about to pass."""

    id = fields.String()
    kind = fields.String()
    approving_org = fields.String()
    supervising_org = fields.String()
    case_no = fields.String()
    item_name = fields.String()
    due = fields.Date()
    warned_at = fields.AwareDateTime()


class AssessmentIn(Schema):
    """The year to be assessed."""

    year = fields.Integer(required=True, validate=validate.Range(2019, 2100))


AssessmentPoints = Schema.from_dict(
    {name: fields.Integer(required=True, validate=validate.Range(0, 100)) for name in assessments.POINTS},
    name="AssessmentPoints",
)


class CheckIn(Schema):
    """A check of one office by the five contents of Art. 28."""

    org = fields.String(required=True, validate=validate.Length(min=1, max=40))
    kind = fields.String(required=True, validate=validate.OneOf(assessments.KINDS))
    points = fields.Nested(AssessmentPoints, required=True)
    note = fields.String(required=True, validate=validate.Length(min=1, max=4000))


class CheckOut(CheckIn):
    """A check with the figures of the hall at that moment."""

    evidence = fields.Dict()
    checked_by = fields.String()
    checked_at = fields.AwareDateTime()


class AssessmentOut(Schema):
    """An annual assessment with its checks and scores."""

    id = fields.String()
    year = fields.Integer()
    state = fields.String()
    state_name = fields.Function(lambda assessment: ASSESSMENT.states[assessment.state])
    scores = fields.List(fields.Dict(), allow_none=True)
    published_at = fields.AwareDateTime(allow_none=True)
    checks = fields.Function(lambda assessment: CheckOut(many=True).dump(assessments.checks(assessment)))
