"""What comes in and what goes out over HTTP."""

from typing import Any

from marshmallow import Schema, fields, validate

from chassis.paging import PageArgs
from contracts import words
from services.filing import desks, imports, statistics, worklists
from services.filing.transitions import TABS

Text = fields.String
_short = validate.Length(min=1, max=200)
_long = validate.Length(min=1, max=2000)
BINARY = {"type": "string", "format": "binary"}


def file_of(*media_types: str) -> dict[str, Any]:
    """A file as the body of a request, for OpenAPI."""
    return {"required": True, "content": {media_type: {"schema": BINARY} for media_type in media_types}}


class CaseIn(Schema):
    """Open a draft."""

    item_code = Text(required=True, validate=_short)
    mode = Text(load_default="ordinary", validate=validate.OneOf(words.MODES))
    project_name = Text(required=True, validate=_short)
    region_code = Text(validate=validate.Regexp(r"^\d{6,12}$"))
    hall = Text(validate=_short)
    subject_ref = Text(
        validate=validate.Regexp(r"^(person|legal):[A-Za-z0-9._-]+$"),
        metadata={"description": "for whom, when an agent or a window clerk files"},
    )
    window = Text(validate=_short, metadata={"description": "receiving window, when a window clerk files"})


class CaseChange(Schema):
    """Save what has been filled in; only what is sent changes."""

    mode = Text(validate=validate.OneOf(words.MODES))
    project_name = Text(validate=_short)
    region_code = Text(validate=validate.Regexp(r"^\d{6,12}$"))
    form = fields.Dict(keys=Text(), metadata={"description": "form values by key of the guide"})
    delivery_in = Text(validate=validate.OneOf(words.DELIVERIES))
    delivery_out = Text(validate=validate.OneOf(words.DELIVERIES))
    address_ref = Text(allow_none=True, validate=validate.Regexp(r"^address:[A-Za-z0-9._-]+$"))
    hall = Text(allow_none=True, validate=_short)
    agreed = fields.Boolean(metadata={"description": "申请须知 read and agreed (FIL-01)"})


class ListArgs(PageArgs):
    """Filters of the list of cases."""

    tab = Text(validate=validate.OneOf(tuple(TABS)), metadata={"description": "citizens: 我的办件"})
    queue = Text(
        validate=validate.OneOf(
            ("receive", "accept", "review", "decide", "deliver", "check", "revoke", "correction", "suspended", "closed")
        ),
        metadata={"description": "staff: work list"},
    )
    status = Text(validate=validate.OneOf(words.CASE_STATUSES))
    item_code = Text()
    case_no = Text()


class ProgressArgs(Schema):
    """Progress without login."""

    case_no = Text(required=True, validate=validate.Regexp(r"^\d{18,20}$"))
    phone_tail = Text(required=True, validate=validate.Regexp(r"^\d{4}$"))


class DeferralIn(Schema):
    """Supply later, or take that back."""

    deferred = fields.Boolean(load_default=True)


class ReasonIn(Schema):
    """A reason that must be given."""

    reason = Text(required=True, validate=_long)


class WithdrawalIn(Schema):
    """Why, if the applicant wants to say so."""

    reason = Text(load_default=None, allow_none=True, validate=validate.Length(max=2000))


class DefectIn(Schema):
    """One defect."""

    material = Text(required=True, metadata={"description": "code of the material in the guide"})
    reason = Text(required=True, validate=_long)


class CorrectionIn(Schema):
    """The correction notice: everything at once."""

    defects = fields.List(fields.Nested(DefectIn), required=True, validate=validate.Length(min=1, max=100))
    justification = Text(load_default=None, allow_none=True, validate=_long)


class AnswerIn(Schema):
    """The answer to a correction notice; a remark stands for a file where none is needed."""

    remarks = fields.Dict(keys=Text(), values=Text(), load_default=dict)


class RefusalToAcceptIn(Schema):
    """不予受理."""

    reason_code = Text(required=True, validate=validate.OneOf(words.NOT_ACCEPTED_REASONS))
    opinion = Text(required=True, validate=_long)


class AgreedReplyIn(Schema):
    """When the answer comes."""

    at = fields.AwareDateTime(required=True)


class ReviewIn(Schema):
    """The reviewer's opinion."""

    opinion = Text(required=True, validate=_long)
    opinion_code = Text(load_default="agree", validate=validate.OneOf(words.PARALLEL_OPINIONS))


class DecisionIn(Schema):
    """The decision; a refusal states reason (opinion), basis and remedies."""

    decision = Text(required=True, validate=validate.OneOf(words.DECISIONS))
    opinion = Text(required=True, validate=_long)
    basis = Text(load_default=None, allow_none=True, validate=_long)
    remedies = Text(load_default=None, allow_none=True, validate=_long)


class SpecialIn(Schema):
    """Ask for a special procedure."""

    kind = Text(required=True, validate=validate.OneOf(words.SPECIAL_KINDS))
    reason = Text(required=True, validate=_long)
    expected_wd = fields.Integer(required=True, strict=True, validate=validate.Range(1, 500))


class ApprovalIn(Schema):
    """Approve or not."""

    approve = fields.Boolean(required=True)
    opinion = Text(load_default=None, allow_none=True, validate=_long)


class ResultIn(Schema):
    """The result of a special procedure."""

    result = Text(required=True, validate=_long)


class ExtensionIn(Schema):
    """Extend the limit."""

    days = fields.Integer(required=True, strict=True, validate=validate.Range(1, 60))
    reason = Text(required=True, validate=_long)


class DispatchIn(Schema):
    """Push to the accepting window."""

    accepting_org = Text(load_default=None, allow_none=True, validate=_short)
    accepting_window = Text(required=True, validate=_short)


class ReturnIn(Schema):
    """Return opinion; must not be empty (FIL-55)."""

    opinion = Text(required=True, validate=validate.Length(max=2000))


class ParallelIn(Schema):
    """A participant's opinion."""

    opinion = Text(required=True, validate=validate.OneOf(words.PARALLEL_OPINIONS))
    remarks = Text(load_default=None, allow_none=True, validate=_long)


class CheckIn(Schema):
    """Result for one supplied material."""

    code = Text(required=True)
    conforms = fields.Boolean(required=True)
    opinion = Text(load_default=None, allow_none=True, validate=_long)


class SupplyCheckIn(Schema):
    """Results for everything that was supplied."""

    results = fields.List(fields.Nested(CheckIn), required=True, validate=validate.Length(min=1, max=100))


class CollectionIn(Schema):
    """领取登记."""

    document_checked = fields.Boolean(required=True)
    originals_checked = fields.Boolean(load_default=False)
    collector_ref = Text(
        load_default=None, allow_none=True, validate=validate.Regexp(r"^(person|legal):[A-Za-z0-9._-]+$")
    )


class RevocationIn(Schema):
    """What the decider means to revoke for; the party is heard first."""

    ground = Text(load_default="own_motion", validate=validate.OneOf(("own_motion", "material_not_conforming")))
    opinion = Text(required=True, validate=_long)
    evidence = fields.List(Text(validate=_short), load_default=list, validate=validate.Length(max=50))


class StatementIn(Schema):
    """The party's statement and defence."""

    statement = Text(required=True, validate=validate.Length(min=1, max=5000))


class FollowIn(Schema):
    """Revoke (true) or not (false), with the reasons."""

    follow = fields.Boolean(required=True)
    opinion = Text(required=True, validate=_long)


# --- answers ----------------------------------------------------------------------------------------------------------


class RatingOut(Schema):
    """How a case was rated; what was written stays with feedback."""

    level = fields.Integer(metadata={"description": "5 very satisfied … 1 very dissatisfied"})
    source = Text(metadata={"description": "user or system_default"})


class CaseBrief(Schema):
    """A case in a list (FIL-17)."""

    case_no = Text()
    opened_at = Text()
    item_code = Text()
    item_name = Text()
    project_name = Text()
    approving_org = Text()
    approving_org_name = Text()
    case_source = Text()
    mode = Text()
    status = Text()
    status_zh = Text()
    commitment_status = Text(allow_none=True)
    delivery_status = Text()
    subject_name_masked = Text()
    committed_due = fields.Date(allow_none=True)
    statutory_due = fields.Date(allow_none=True)
    light = Text(allow_none=True, metadata={"description": "green, yellow or red (TIM-09)"})
    days_left = fields.Integer(allow_none=True, metadata={"description": "working days left of the promise (FIL-70)"})
    view_overdue = fields.Boolean()
    rateable = fields.Boolean(metadata={"description": "the caller can rate it (FIL-47, FIL-62)"})
    rating = fields.Nested(RatingOut, allow_none=True, metadata={"description": "已评价; null: not rated yet (FIL-17)"})


class CaseOut(CaseBrief):
    """Everything about a case that its reader may see; materials, promise, notices, documents and files inside."""

    id = Text()
    kind = Text()
    item_version = fields.Integer()
    subject_ref = Text()
    subject_type = Text()
    applicant_ref = Text()
    region_code = Text()
    same_city = fields.Boolean()
    form = fields.Dict()
    agreed = fields.Boolean()
    delivery_in = Text(allow_none=True)
    delivery_out = Text(allow_none=True)
    address_ref = Text(allow_none=True)
    hall = Text(allow_none=True)
    receiving_org = Text(allow_none=True)
    receiving_window = Text(allow_none=True)
    accepting_org = Text()
    accepting_window = Text(allow_none=True)
    agreed_reply_at = Text(allow_none=True)
    decision = Text(allow_none=True)
    decision_no = Text(allow_none=True)
    licence_no = Text(allow_none=True)
    refusal_reason = Text(allow_none=True)
    delivery_due = fields.Date(allow_none=True)
    share_due = fields.Date(allow_none=True)
    submitted_at = Text(allow_none=True)
    accepted_at = Text(allow_none=True)
    accepted_by_lapse = fields.Boolean()
    decided_at = Text(allow_none=True)
    completed_at = Text(allow_none=True)
    collected_at = Text(allow_none=True)
    revoked_at = Text(allow_none=True)
    extended_days = fields.Integer()
    returns = fields.Integer()
    visits = fields.Integer()
    allowed = fields.List(Text(), metadata={"description": "verbs possible in this state"})
    materials = fields.List(fields.Dict())
    commitment = fields.Dict(allow_none=True)
    corrections = fields.List(fields.Dict())
    specials = fields.List(fields.Dict())
    parallel = fields.List(fields.Dict())
    revocations = fields.List(fields.Dict())
    proposals = fields.List(fields.Dict())
    supervision = fields.List(fields.Dict())
    payment = fields.Dict(allow_none=True, metadata={"description": "the fee: number, amount, when paid (FIL-98)"})
    orders = fields.List(fields.Dict())
    documents = fields.List(fields.Dict())
    reports = fields.List(fields.Dict())
    nodes = fields.List(fields.Dict())
    originals = fields.List(fields.Dict())
    source_system = Text(allow_none=True)
    external_no = Text(allow_none=True)
    green_channel = fields.Boolean()
    visits_warning = fields.Dict(allow_none=True)


class HistoryOut(Schema):
    """One record of the history (FIL-33)."""

    number = fields.Integer()
    verb = Text()
    source = Text(allow_none=True)
    target = Text(allow_none=True)
    actor = Text()
    org = Text(allow_none=True)
    at = Text()
    opinion = Text(allow_none=True)
    details = fields.Dict(allow_none=True)


class HistoryList(Schema):
    """The whole history, oldest first."""

    items = fields.List(fields.Nested(HistoryOut))
    whole = fields.Boolean(metadata={"description": "whether the chain of hashes is unbroken"})


class DeadlineOut(Schema):
    """One limit with its explanation (TIM-10)."""

    kind = Text()
    due = fields.Date()
    state = Text()
    light = Text(allow_none=True)
    explanation = fields.Dict()


class DeadlineList(Schema):
    """The limits of a case, earliest first."""

    items = fields.List(fields.Nested(DeadlineOut))


class ProgressOut(Schema):
    """Progress without login: nothing personal."""

    case_no = Text()
    item_name = Text()
    approving_org_name = Text()
    status = Text()
    status_zh = Text()
    submitted_at = Text(allow_none=True)
    accepted_at = Text(allow_none=True)
    committed_due = fields.Date(allow_none=True)
    completed_at = Text(allow_none=True)
    delivery_status = Text()


class FileOut(Schema):
    """A stored file."""

    id = Text()
    name = Text()
    stage = Text()
    size = fields.Integer()
    sha256 = Text()
    mime = Text()
    way = Text(metadata={"description": "local, camera, space, licence or earlier (FIL-05, FIL-20)"})
    uploaded_at = Text()


class LetterOut(Schema):
    """The commitment letter to read and sign (FIL-10)."""

    title = Text()
    title_en = Text()
    case_no = Text()
    lines = fields.List(Text())
    deferred = fields.List(fields.Dict())
    due = fields.Date()
    signed_at = Text(allow_none=True)
    outdated = fields.Boolean()


# --- documents of the case --------------------------------------------------------------------------------------------


class VerificationArgs(Schema):
    """What stands on the paper."""

    number = fields.String(required=True, validate=validate.Length(1, 80), metadata={"description": "文号"})
    code = fields.String(required=True, validate=validate.Length(8, 12), metadata={"description": "验证码"})


class VerificationOut(Schema):
    """What anybody may know of a document."""

    number = fields.String()
    title = fields.String()
    org_name = fields.String()
    item_name = fields.String()
    holder_masked = fields.String()
    issued_on = fields.Date()
    standing = fields.String(metadata={"description": "valid | revoked | superseded | reconsidered"})
    standing_zh = fields.String()
    sha256 = fields.String(metadata={"description": "of the document's content"})


class FaultOut(Schema):
    """Something that is not what was recorded."""

    what = fields.String(metadata={"description": "history | document | file"})
    which = fields.String(metadata={"description": "number of the record or document, name of the file"})
    fault = fields.String(metadata={"description": "altered, missing, unlinked or rewritten"})


class IntegrityOut(Schema):
    """Whether a case is as it was written."""

    whole = fields.Boolean()
    records = fields.Integer()
    files = fields.Integer()
    faults = fields.List(fields.Nested(FaultOut))


class LicenceOut(Schema):
    """An e-licence in the library."""

    licence_id = fields.String()
    number = fields.String()
    name = fields.String()
    case_no = fields.String()
    item_code = fields.String()
    holder_name_masked = fields.String()
    issuer = fields.String()
    valid_from = fields.Date()
    valid_to = fields.Date(allow_none=True)
    standing = fields.String(metadata={"description": "valid | expired | revoked"})


class ArchiveOut(Schema):
    """A case in the e-archive."""

    case_no = fields.String()
    archive_no = fields.String(metadata={"description": "档号"})
    title = fields.String(metadata={"description": "题名"})
    org = fields.String()
    item_code = fields.String()
    archived_at = fields.AwareDateTime()


class PrintCodeOut(Schema):
    """The code that lets a window elsewhere print."""

    code = fields.String()
    valid_until = fields.AwareDateTime()


class PrintIn(Schema):
    """Printing at another hall."""

    code = fields.String(required=True, validate=validate.Length(8, 8))
    org = fields.String(required=True, metadata={"description": "organisation or hall of the printing window"})
    number = fields.String(load_default=None, allow_none=True, metadata={"description": "文号; the result if left out"})


# --- back office ------------------------------------------------------------------------------------------------------


class AcceptanceIn(Schema):
    """Accept; `at_pickup` names what is only to be put right on paper when the result is collected (FIL-31)."""

    opinion = Text(load_default=None, allow_none=True, validate=validate.Length(max=2000))
    at_pickup = fields.List(fields.Nested(DefectIn), load_default=list, validate=validate.Length(max=100))


class WorklistArgs(PageArgs):
    """A work list and its filters (FIL-90)."""

    list = Text(load_default="todo", validate=validate.OneOf(worklists.NAMES))
    step = Text(validate=validate.OneOf(tuple(desks.STEPS)), metadata={"description": "of `todo`"})
    case_no = Text()
    item_code = Text()
    org = Text(metadata={"description": "deciding organisation"})
    case_source = Text(validate=validate.OneOf(words.CASE_SOURCES))
    status = Text(validate=validate.OneOf(words.CASE_STATUSES))
    mode = Text(validate=validate.OneOf(words.MODES))
    name = Text(validate=_short, metadata={"description": "masked name of the party"})
    opened_from = fields.Date()
    opened_to = fields.Date()
    green_channel = fields.Boolean()


class WorkRow(CaseBrief):
    """A row of a work list."""

    step = Text(allow_none=True)
    step_zh = Text(allow_none=True)
    green_channel = fields.Boolean()
    same_city = fields.Boolean()
    visits = fields.Integer()
    verb = Text(metadata={"description": "of `done`: what the caller did"})
    done_at = Text()


class QueueCounts(Schema):
    """How many cases wait in each step of the caller's work (FIL-90)."""

    counts = fields.Dict(keys=Text(), values=fields.Integer())


class StatisticArgs(Schema):
    """Which statistic, and the period, both days included (FIL-91)."""

    kind = Text(required=True, validate=validate.OneOf(tuple(statistics.TITLES)))
    first = fields.Date(required=True)
    last = fields.Date(required=True)


class StatisticOut(Schema):
    """One statistic."""

    kind = Text()
    title = Text()
    rows = fields.List(fields.Dict())


class LedgerOut(Schema):
    """The legal clock of a case, in words (TIM-08, TIM-10)."""

    items = fields.List(fields.Dict())


class EvaluationList(Schema):
    """What the rules found, condition by condition (FIL-40)."""

    items = fields.List(fields.Dict())


class GreenIn(Schema):
    """绿色通道."""

    wanted = fields.Boolean(load_default=True)
    reason = Text(required=True, validate=_long)


class ReportIn(Schema):
    """上报: why, and to whom when it is not the organisation above."""

    reason = Text(required=True, validate=_long)
    to_org = Text(load_default=None, allow_none=True, validate=_short)


class OpinionIn(Schema):
    """An opinion that must be given."""

    opinion = Text(required=True, validate=_long)


class MeetingIn(Schema):
    """联席会商: when, who took part, what was agreed."""

    held_on = fields.Date(required=True)
    orgs = fields.List(Text(validate=_short), required=True, validate=validate.Length(min=1, max=50))
    minutes = Text(required=True, validate=_long)


class LetterInLieuIn(Schema):
    """以函代证: number and issuer of the letter that was uploaded."""

    letter_no = Text(required=True, validate=_short)
    letter_from = Text(required=True, validate=_short)


class OriginalsIn(Schema):
    """The originals compared with what was accepted."""

    conforming = fields.Boolean(required=True)
    differences = Text(load_default=None, allow_none=True, validate=_long)


class ImportedMaterial(Schema):
    """One material of an imported case."""

    code = Text(required=True, validate=_short)
    state = Text(required=True, validate=validate.OneOf(words.MATERIAL_STATES))


class ImportedNode(Schema):
    """One step in the other system; `number` is its place there."""

    number = fields.Integer(required=True, strict=True, validate=validate.Range(1, 10_000))
    step = Text(required=True, validate=validate.OneOf(imports.STEPS))
    at = fields.AwareDateTime(required=True)
    org = Text(load_default=None, allow_none=True, validate=_short)
    opinion = Text(load_default=None, allow_none=True, validate=_long)


class ImportIn(Schema):
    """A case of another system as it stands now; sent again whenever something has happened (FIL-93)."""

    item_code = Text(required=True, validate=_short)
    project_name = Text(required=True, validate=_short)
    subject_ref = Text(required=True, validate=validate.Regexp(r"^(person|legal):[A-Za-z0-9._-]+$"))
    applicant_name = Text(required=True, validate=_short, metadata={"description": "kept masked only"})
    region_code = Text(load_default=None, allow_none=True, validate=validate.Regexp(r"^\d{6,12}$"))
    opened_at = fields.AwareDateTime(required=True)
    materials = fields.List(fields.Nested(ImportedMaterial), load_default=list, validate=validate.Length(max=100))
    nodes = fields.List(fields.Nested(ImportedNode), load_default=list, validate=validate.Length(max=500))
    decision = Text(validate=validate.OneOf(words.DECISIONS))
    decision_no = Text(validate=_short)
    licence_no = Text(validate=_short)
    refusal_reason = Text(validate=_long)
    reason_code = Text(validate=validate.OneOf(words.NOT_ACCEPTED_REASONS))


class CaseImportArgs(Schema):
    """Of which system the cases are, and whether only to look."""

    system = Text(
        required=True,
        validate=validate.Regexp(r"[a-z0-9][a-z0-9-]{1,39}\Z"),
        metadata={"description": "as the importing office calls it; of another office the same name is another system"},
    )
    dry_run = fields.Boolean(load_default=False)


class ImportFault(Schema):
    """What is wrong, and in which row of which sheet."""

    sheet = Text(required=True)
    row = fields.Integer(required=True)
    field = Text(required=True)
    zh = Text(required=True)
    en = Text(required=True)
    rule = Text()
    article = Text()


class ImportedRow(Schema):
    """What became of one case of the file."""

    sheet = Text(required=True)
    row = fields.Integer(required=True)
    number = Text(required=True)
    project_name = Text(required=True)
    outcome = Text(required=True, metadata={"description": "recorded, changed, unchanged or refused"})
    case_no = Text(required=True, allow_none=True)
    failures = fields.List(fields.Nested(ImportFault), required=True)


class CaseImportOut(Schema):
    """The report of an import (FIL-93)."""

    dry_run = fields.Boolean(required=True)
    counts = fields.Dict(keys=Text(), values=fields.Integer(), required=True)
    rows = fields.List(fields.Nested(ImportedRow), required=True)


class PublicationArgs(PageArgs):
    """Filters of the public list."""

    org = Text()
    item_code = Text()


class PublicationRow(Schema):
    """One published decision; nobody is named (FIL-95)."""

    case_no_masked = Text()
    item_code = Text()
    item_name = Text()
    approving_org = Text()
    approving_org_name = Text()
    subject_name_masked = Text()
    decision = Text()
    decision_no = Text(allow_none=True)
    decided_on = fields.Date()


# --- giving material --------------------------------------------------------------------------------------------------

_name = validate.Length(1, 120)
_id = validate.Length(1, 64)
_WAYS = validate.OneOf(("local", "camera"))


class WayArgs(Schema):
    """How a file was made."""

    way = Text(load_default="local", validate=_WAYS, metadata={"description": "camera: photographed just now"})


class UploadIn(Schema):
    """Announce an upload in parts; without a material it goes to the personal space."""

    name = Text(required=True, validate=_name)
    size = fields.Integer(required=True, strict=True, validate=validate.Range(1))
    sha256 = Text(required=True, validate=validate.Regexp(r"^[0-9a-f]{64}$"))
    way = Text(load_default="local", validate=_WAYS)
    case_no = Text(load_default=None, allow_none=True)
    code = Text(load_default=None, allow_none=True, metadata={"description": "code of the material in the guide"})


class UploadOut(Schema):
    """How far an upload has come."""

    id = Text()
    name = Text()
    size = fields.Integer()
    offset = fields.Integer(metadata={"description": "bytes that have come"})
    expires_at = fields.AwareDateTime()
    file_id = Text(allow_none=True, metadata={"description": "the stored file, once all has come"})


class SpaceFileOut(Schema):
    """A file of the personal space."""

    id = Text()
    name = Text()
    size = fields.Integer()
    sha256 = Text()
    mime = Text()
    created_at = fields.AwareDateTime()


class SpaceOut(Schema):
    """How full the personal space is."""

    used = fields.Integer()
    quota = fields.Integer()


class FileNameIn(Schema):
    """The name of a file, with the ending that says its kind."""

    name = Text(required=True, validate=_name)


class SpaceFileIn(Schema):
    """A file of the caller's space."""

    space_file_id = Text(required=True, validate=_id)


class LicenceCodeIn(Schema):
    """The code of the holder (验证码)."""

    licence_code = Text(required=True, validate=validate.Regexp(r"^\d{8}$"))


class LicenceCodeOut(Schema):
    """A code with which the e-licence can be fetched once."""

    code = Text()
    valid_until = fields.AwareDateTime()


class ExtraIn(Schema):
    """A material beyond the guide."""

    name = Text(required=True, validate=_short)
    consulted = Text(
        required=True, validate=_short, metadata={"description": "who advised it: window or officer, and when"}
    )


class EarlierFileIn(Schema):
    """A file of an earlier case of the same party."""

    file_id = Text(required=True, validate=_id)


class OfferOut(Schema):
    """Something that the hall holds already."""

    source = Text(metadata={"description": "licence, earlier or space"})
    id = Text()
    name = Text()
    case_no = Text()


class MaterialOffersOut(Schema):
    """What can be given as one missing material without making it anew."""

    code = Text()
    material = Text()
    offers = fields.List(fields.Nested(OfferOut))


class OffersOut(Schema):
    """The offers for everything that is missing (FIL-20)."""

    items = fields.List(fields.Nested(MaterialOffersOut))


class ReuseOut(Schema):
    """How the files of submitted cases came in (FIL-20)."""

    files = fields.Integer()
    held = fields.Integer(metadata={"description": "not asked for anew: space, licence and earlier together"})
    local = fields.Integer()
    camera = fields.Integer()
    space = fields.Integer()
    licence = fields.Integer()
    earlier = fields.Integer()


class RefilingIn(Schema):
    """In which way to file again; as before if left out."""

    mode = Text(load_default=None, allow_none=True, validate=validate.OneOf(words.MODES))


# --- payment, advice --------------------------------------------------------------------------------------------------


class PaidIn(Schema):
    """What the payment provider reports."""

    provider_ref = Text(required=True, validate=validate.Length(1, 100))
    amount_fen = fields.Integer(required=True, strict=True, validate=validate.Range(1))


class PaidOut(Schema):
    """That it was taken note of."""

    payment_no = Text()
    paid_at = fields.AwareDateTime()


class AdviceOut(Schema):
    """How the hall advises to hand in and to collect (FIL-99)."""

    recommended = Text(allow_none=True, metadata={"description": "courier, or null"})
    notice = Text(allow_none=True)
    ways = fields.List(Text(), metadata={"description": "all ways that stay open"})


# --- exchange ---------------------------------------------------------------------------------------------------------


class PushArgs(PageArgs):
    """Which pushes to list."""

    confirmed = fields.Boolean(load_default=False, metadata={"description": "false: the difference, still to confirm"})


class PushRow(Schema):
    """One push of an ended case to one supervising office (SUP-03)."""

    case_no = Text()
    kind = Text(metadata={"description": "completed or revoked"})
    item_code = Text()
    item_name = Text()
    approving_org = Text()
    supervising_org = Text()
    pushed_at = fields.AwareDateTime()
    sent_at = fields.AwareDateTime(metadata={"description": "the last time"})
    repeats = fields.Integer(metadata={"description": "how often it was sent again"})
    confirmed_at = fields.AwareDateTime(allow_none=True)
