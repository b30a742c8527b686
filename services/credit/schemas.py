"""Request and response schemas of the credit archive."""

from marshmallow import Schema, fields, validate

from chassis import privacy
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
    subject_ref = fields.String()
    item_name = fields.String(allow_none=True)
    annotation = fields.String(metadata={"description": "objection_pending, repair_pending, repaired or none"})
    consequence_major = fields.Boolean()
    correction_date = fields.Date(allow_none=True)
    correction_evidence = fields.List(fields.String(), allow_none=True)
    correction_asked = fields.String(allow_none=True)


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


class LimitOut(Schema):
    """One running limit."""

    kind = fields.String()
    due = fields.Date()
    light = fields.String()
    explanation = fields.Raw()


class OutlookOut(Schema):
    """Whether and when a failing can be repaired."""

    first_day = fields.Date(allow_none=True)
    code = fields.String(allow_none=True, metadata={"description": "serious, consequence, not-corrected"})
    assumed = fields.Boolean(metadata={"description": "the day holds if the correction is recorded today"})


class StepOut(Schema):
    """One step of a history."""

    verb = fields.String()
    source = fields.String(allow_none=True)
    target = fields.String(allow_none=True)
    actor = fields.String()
    org = fields.String(allow_none=True)
    at = fields.AwareDateTime()
    opinion = fields.String(allow_none=True)


class ApplicationOut(Schema):
    """An objection or an application for repair."""

    id = fields.String()
    application_no = fields.String()
    kind = fields.String()
    record_id = fields.String()
    judging_org = fields.String()
    state = fields.String()
    channel = fields.String()
    applicant_name = fields.String()
    id_no = fields.Function(lambda row: privacy.mask_id_no(row.id_no))
    reason = fields.String()
    new_facts = fields.String(allow_none=True)
    promise = fields.Boolean()
    conditions = fields.Raw(metadata={"description": "the item's own repair conditions (CRE-37)"})
    received_at = fields.AwareDateTime()
    due = fields.Date()
    overdue = fields.Boolean()
    result = fields.String(allow_none=True)
    new_grade = fields.String(allow_none=True)
    new_cause = fields.String(allow_none=True)
    reasons = fields.String(allow_none=True)
    decided_at = fields.AwareDateTime(allow_none=True)
    closed_at = fields.AwareDateTime(allow_none=True)


class OwnRecordOut(RecordOut):
    """A record as its own party sees it."""

    evidence = fields.List(fields.String())
    determined_by = fields.String(allow_none=True)
    determined_at = fields.AwareDateTime(allow_none=True)
    repair = fields.Nested(OutlookOut, allow_none=True)
    deadlines = fields.List(fields.Nested(LimitOut))
    history = fields.List(fields.Nested(StepOut))
    applications = fields.List(fields.Nested(ApplicationOut))


class Archive(Restrictions):
    """A party's own archive."""

    records = fields.List(fields.Nested(OwnRecordOut))
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
    correction_asked = fields.Boolean(
        load_default=False, metadata={"description": "only those whose party says that it has corrected"}
    )


class Determination(Schema):
    """The judging organ's determination."""

    confirm = fields.Boolean(required=True)
    opinion = fields.String(required=True, validate=validate.Length(min=2, max=2000))
    cause = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(words.FAILING_CAUSES))
    grade = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(words.GRADES))
    consequence_major = fields.Boolean(load_default=False)


class ShareOut(Schema):
    """A decision, or a change of a failing, to be shared."""

    id = fields.String()
    kind = fields.String(metadata={"description": "decision or record"})
    about = fields.String()
    state = fields.String(metadata={"description": "the decision, or what became of the record"})
    case_no = fields.String(allow_none=True)
    number = fields.String(metadata={"description": "of the decision, or of the record"})
    item_code = fields.String(allow_none=True)
    org = fields.String()
    due = fields.Date()
    overdue = fields.Boolean()
    shared_at = fields.AwareDateTime(allow_none=True)
    receipt = fields.String(allow_none=True)
    record = fields.Nested(RecordOut, allow_none=True)


class ShareArgs(PageArgs):
    """Filter of what is to be shared."""

    open = fields.Boolean(load_default=True)
    overdue = fields.Boolean(load_default=False, metadata={"description": "only those beyond their last day"})


class Receipt(Schema):
    """The platform's receipt."""

    number = fields.String(required=True, validate=validate.Length(min=1, max=100))


class Proposal(Schema):
    """A failing that a staff member puts before the judging organ."""

    subject_ref = fields.String(required=True, validate=validate.Regexp(r"(person|legal):[0-9A-Za-z-]{1,60}"))
    subject_name = fields.String(required=True, validate=validate.Length(min=2, max=100))
    judging_org = fields.String(required=True, validate=validate.Length(min=1, max=40))
    cause = fields.String(required=True, validate=validate.OneOf(words.FAILING_CAUSES))
    grade = fields.String(required=True, validate=validate.OneOf(words.GRADES))
    description = fields.String(required=True, validate=validate.Length(min=2, max=2000))
    evidence = fields.List(
        fields.String(validate=validate.Length(min=1, max=200)), required=True, validate=validate.Length(min=1, max=50)
    )
    case_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=60))
    case_no = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=40))
    item_code = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=40))


class ListingArgs(PageArgs):
    """Filter of the list."""

    subject_ref = fields.String(load_default=None, allow_none=True)


class PublicArgs(PageArgs):
    """Filter of the public list."""

    record_no = fields.String(load_default=None, allow_none=True)


class ListingOut(Schema):
    """One failing on the list, the name masked."""

    record_no = fields.String()
    subject_name_masked = fields.String()
    grade = fields.String()
    cause = fields.String()
    annotation = fields.String()
    judging_org = fields.String()
    listed_at = fields.AwareDateTime()
    restriction_until = fields.Date()


class CorrectionIn(Schema):
    """The day of correction with its evidence."""

    on = fields.Date(required=True)
    evidence = fields.List(
        fields.String(validate=validate.Length(min=1, max=200)), required=True, validate=validate.Length(min=1, max=50)
    )
    opinion = fields.String(required=True, validate=validate.Length(min=2, max=2000))


class Text(Schema):
    """A text of the party."""

    text = fields.String(required=True, validate=validate.Length(min=2, max=2000))


class ForeignIn(Schema):
    """A failing in another credit system."""

    subject_ref = fields.String(required=True, validate=validate.Regexp(r"(person|legal):[0-9A-Za-z-]{1,60}"))
    source = fields.String(required=True, validate=validate.Length(min=1, max=100))
    reference = fields.String(required=True, validate=validate.Length(min=1, max=100))
    occurred_on = fields.Date(required=True)


class ForeignOut(ForeignIn):
    """The same, as kept."""

    id = fields.String()


class PaperArgs(Schema):
    """The name of an uploaded page."""

    name = fields.String(load_default="page", validate=validate.Length(min=1, max=120))


class PaperOut(Schema):
    """An uploaded page."""

    id = fields.String()
    name = fields.String()
    mime = fields.String()
    sha256 = fields.String()


class ApplicationIn(Schema):
    """What both forms ask for (domain 6.5)."""

    applicant_name = fields.String(required=True, validate=validate.Length(min=2, max=100))
    id_no = fields.String(required=True, validate=validate.Regexp(r"[0-9A-Za-z()]{6,20}"))
    reason = fields.String(required=True, validate=validate.Length(min=2, max=4000))
    signature = fields.String(load_default=None, allow_none=True)
    seal = fields.String(load_default=None, allow_none=True)
    identity_checked = fields.Boolean(
        load_default=False, metadata={"description": "on site: the party came in person and showed a document"}
    )
    new_facts = fields.String(load_default=None, allow_none=True, validate=validate.Length(min=2, max=4000))
    promise = fields.Boolean(load_default=False)


class ApplicationArgs(PageArgs):
    """Filters of the list of applications."""

    kind = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(("objection", "repair")))
    state = fields.String(load_default=None, allow_none=True)
    overdue = fields.Boolean(load_default=False)


class _Decision(Schema):
    reasons = fields.String(required=True, validate=validate.Length(min=2, max=4000))
    same_person = fields.String(load_default=None, allow_none=True, validate=validate.Length(min=2, max=400))


class ObjectionDecision(_Decision):
    """The decision on an objection."""

    result = fields.String(required=True, validate=validate.OneOf(words.OBJECTION_RESULTS))
    grade = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(words.GRADES))
    cause = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(words.FAILING_CAUSES))


class RepairDecision(_Decision):
    """The decision on a repair."""

    result = fields.String(required=True, validate=validate.OneOf(words.REPAIR_RESULTS))
    intentional = fields.Boolean(load_default=None, allow_none=True)
    conditions_met = fields.Boolean(load_default=False)


class NoticeOut(Schema):
    """A posted result."""

    id = fields.String()
    text = fields.String()
    from_date = fields.Date()
    to_date = fields.Date()
    state = fields.String()


class Opposition(Schema):
    """Why a posted result is opposed."""

    reasons = fields.String(required=True, validate=validate.Length(min=2, max=4000))
