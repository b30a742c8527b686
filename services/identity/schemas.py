"""What comes in and what goes out over HTTP."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from chassis.paging import PageArgs
from services.identity import codes, grants, numbers, posts, providers, questions

MOBILE = validate.Regexp(r"^1[3-9]\d{9}$", error="须为 11 位手机号 / a mobile number of 11 digits")
ACCOUNT = validate.Regexp(
    r"^[A-Za-z][A-Za-z0-9_.-]{3,31}$", error="须为 4 至 32 位，字母开头 / 4 to 32 letters, digits, _.-, a letter first"
)
KINDS = validate.OneOf(["person", "legal", "staff"])
REGION = validate.Regexp(r"^\d{6}(\d{3}){0,2}$")
PROOF = validate.Regexp(
    r"^([0-9]{6}|[A-Za-z2-9]{5}-?[A-Za-z2-9]{5})$", error="须为 6 位动态码或恢复码 / 6 digits or a recovery code"
)


PHONE = validate.Regexp(r"^[0-9+][0-9-]{5,19}$")


def text(most: int = 100, **options: Any) -> fields.String:
    """A short text that is not blank."""
    return fields.String(validate=[validate.Length(1, most), validate.Regexp(r"\S")], **options)


def password(**options: Any) -> fields.String:
    """A password; its rules are checked by the verb."""
    return fields.String(validate=validate.Length(1, 256), **options)


def code() -> fields.String:
    """An SMS code."""
    return fields.String(required=True, validate=validate.Regexp(r"^\d{4,8}$"))


class SmsCodeIn(Schema):
    purpose = fields.String(required=True, validate=validate.OneOf(codes.PURPOSES))
    mobile = fields.String(required=True, validate=MOBILE)


class SmsCodeOut(Schema):
    id = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)


class PersonIn(Schema):
    account = fields.String(required=True, validate=ACCOUNT)
    password = password(required=True)
    name = text(50, required=True)
    mobile = fields.String(required=True, validate=MOBILE)
    code = code()
    id_type = fields.String(load_default="identity_card", validate=validate.OneOf(list(numbers.ID_TYPES)))
    id_no = text(30, required=True)
    agreed = fields.Boolean(required=True)
    region = fields.String(validate=REGION)


class RepresentativeIn(Schema):
    account = text(64, required=True)
    password = password(required=True)
    name = text(50, metadata={"description": "with document and card: the account is opened with the unit's (ID-14)"})
    id_type = fields.String(load_default="identity_card", validate=validate.OneOf(list(numbers.ID_TYPES)))
    id_no = text(30)
    card_no = text(30, metadata={"description": "bank card; verifies the account on the way when it is not yet"})

    @validates_schema
    def whole_identity(self, data: dict[str, Any], **_: Any) -> None:
        """Who has no account yet gives name, document and card together (ID-14)."""
        if data.get("name") or data.get("id_no"):
            missing = [name for name in ("name", "id_no", "card_no") if not data.get(name)]
            if missing:
                raise ValidationError({name: ["Missing data for required field."] for name in missing})


class LegalIn(Schema):
    account = fields.String(required=True, validate=ACCOUNT)
    password = password(required=True)
    enterprise_type = text(50, required=True)
    name = text(100, required=True)
    uscc = fields.String(validate=validate.Length(equal=18))
    reg_no = fields.String(validate=validate.Regexp(r"^\d{15}$"))
    registered_on = fields.Date(required=True)
    representative = fields.Nested(RepresentativeIn, required=True)
    mobile = fields.String(required=True, validate=MOBILE)
    code = code()
    agreed = fields.Boolean(required=True)
    region = fields.String(validate=REGION)

    @validates_schema
    def one_number(self, data: dict[str, Any], **_: Any) -> None:
        """Either the USCC or the legacy registration number (ID-13)."""
        if bool(data.get("uscc")) == bool(data.get("reg_no")):
            raise ValidationError("统一社会信用代码或工商注册号填其一 / either uscc or reg_no", "uscc")


class VerificationWayOut(Schema):
    method = fields.String(required=True)
    path = fields.String(required=True, metadata={"description": "where to POST it"})


class EntranceOut(Schema):
    zh = fields.String(required=True)
    en = fields.String(required=True)
    ways = fields.List(fields.Nested(VerificationWayOut), required=True)


class RegisteredOut(Schema):
    user_id = fields.String(required=True)
    ref = fields.String(required=True)
    level = fields.Integer(required=True)
    verification = fields.Nested(EntranceOut, allow_none=True)
    warnings = fields.List(fields.String())


class LoginIn(Schema):
    kind = fields.String(required=True, validate=KINDS)
    account = text(64)
    password = password()
    mobile = fields.String(validate=MOBILE)
    code = fields.String(validate=validate.Regexp(r"^\d{4,8}$"))
    second_factor = fields.String(validate=PROOF)

    @validates_schema
    def one_way(self, data: dict[str, Any], **_: Any) -> None:
        """Account and password, or mobile number and code (ID-16)."""
        given = data.keys() - ({"kind", "second_factor"} if data["kind"] == "staff" else {"kind"})
        if given == {"mobile", "code"} and data["kind"] == "staff":
            raise ValidationError("工作人员须用账号密码登录 / staff log in by account and password", "kind")
        if given not in ({"account", "password"}, {"mobile", "code"}):
            raise ValidationError(
                "填账号和密码，或手机号和验证码 / account and password, or mobile and code", "account"
            )


class RefreshIn(Schema):
    refresh_token = text(200, required=True)


class AccessOut(Schema):
    access_token = fields.String(required=True)
    token_type = fields.String()
    expires_in = fields.Integer(required=True)


class TokensOut(AccessOut):
    refresh_token = fields.String(required=True)
    idle_seconds = fields.Integer(required=True)
    must_change_password = fields.Boolean(required=True)
    must_add_second_factor = fields.Boolean()
    ref = fields.String(required=True)
    kind = fields.String(required=True)
    level = fields.Integer(required=True)


class ResetIn(Schema):
    kind = fields.String(required=True, validate=validate.OneOf(["person", "legal"]))
    account = text(64, required=True)
    mobile = fields.String(required=True, validate=MOBILE)
    code = code()
    password = password(required=True)


class MeOut(Schema):
    ref = fields.String(required=True)
    kind = fields.String(required=True)
    account = fields.String(required=True)
    level = fields.Integer(required=True)
    name = fields.String(required=True)
    mobile = fields.String(allow_none=True)
    must_change_password = fields.Boolean()
    id_type = fields.String()
    id_no = fields.String()
    verified_at = fields.AwareDateTime(allow_none=True)
    verify_method = fields.String(allow_none=True)
    verification = fields.Nested(EntranceOut, allow_none=True)
    uscc = fields.String(allow_none=True)
    reg_no = fields.String(allow_none=True)
    enterprise_type = fields.String()
    representative_ref = fields.String()
    org = fields.String()
    post = fields.String(allow_none=True)


class ProfileIn(Schema):
    name = text(50)
    id_type = fields.String(validate=validate.OneOf(list(numbers.ID_TYPES)))
    id_no = text(30)


class PasswordIn(Schema):
    old = password(required=True)
    new = password(required=True)


class MobileIn(Schema):
    password = password(required=True)
    mobile = fields.String(required=True, validate=MOBILE)
    code = code()


class VerificationIn(Schema):
    method = fields.String(required=True, validate=validate.OneOf(list(providers.VERIFIERS)))
    card_no = text(30, required=True)


class VerificationOut(AccessOut):
    level = fields.Integer(required=True)


class AddressIn(Schema):
    recipient = text(50, required=True)
    phone = fields.String(required=True, validate=PHONE)
    region = fields.String(required=True, validate=REGION)
    detail = text(200, required=True)
    is_default = fields.Boolean()


class AddressChangeIn(Schema):
    recipient = text(50)
    phone = fields.String(validate=PHONE)
    region = fields.String(validate=REGION)
    detail = text(200)
    is_default = fields.Boolean(validate=validate.Equal(True, error="请另设默认地址 / name another default instead"))


class AddressOut(Schema):
    id = fields.String(required=True)
    ref = fields.String(required=True)
    recipient = fields.String(required=True)
    phone = fields.String(required=True)
    region = fields.String(required=True)
    detail = fields.String(required=True)
    is_default = fields.Boolean(required=True)


class AddressesOut(Schema):
    items = fields.List(fields.Nested(AddressOut), required=True)
    next = fields.String(allow_none=True, required=True)


class ReadIn(Schema):
    recipient = text(120, required=True)
    reason = text(100, load_default=None, allow_none=True)
    case_no = text(40, load_default=None, allow_none=True)


class ResolutionIn(Schema):
    recipients = fields.List(text(120), required=True, validate=validate.Length(1, 200))
    reads = fields.List(
        fields.Nested(ReadIn),
        load_default=(),
        validate=validate.Length(max=200),
        metadata={"description": "what each read is for, when not all are for the same"},
    )
    reason = text(100, load_default=None, allow_none=True)
    case_no = text(40, load_default=None, allow_none=True)


class AddressResolutionIn(Schema):
    address_ref = fields.String(required=True, validate=validate.Regexp(r"^address:[A-Za-z0-9._-]+$"))
    reason = text(100, load_default=None, allow_none=True)
    case_no = text(40, load_default=None, allow_none=True)


class WholeAddressOut(Schema):
    address_ref = fields.String(required=True)
    owner = fields.String(required=True)
    recipient = fields.String(required=True)
    phone = fields.String(required=True)
    region = fields.String(required=True)
    detail = fields.String(required=True)


class AddressOwnerOut(Schema):
    address_ref = fields.String(required=True)
    owner = fields.String(required=True)
    region = fields.String(required=True)


class SubjectOut(Schema):
    ref = fields.String(required=True)
    type = fields.String(required=True)
    level = fields.Integer(required=True)
    verified = fields.Boolean(required=True)
    region = fields.String(allow_none=True)
    name_masked = fields.String(required=True)
    mobile_masked = fields.String(allow_none=True)
    id_type = fields.String()
    id_no_masked = fields.String()
    uscc = fields.String(allow_none=True)
    reg_no = fields.String(allow_none=True)
    enterprise_type = fields.String()
    representative_ref = fields.String()
    org = fields.String()


class DisclosureIn(Schema):
    reason = text(100, required=True)
    case_no = text(40, required=True)


class DisclosureOut(Schema):
    ref = fields.String(required=True)
    name = fields.String(required=True)
    number_type = fields.String(required=True)
    number = fields.String(required=True)


class GrantIn(Schema):
    staff = fields.String(required=True, validate=validate.Regexp(r"^(staff:)?[A-Za-z0-9-]+$"))
    role = fields.String(required=True, validate=validate.OneOf(grants.STAFF_ROLES))
    org = text(40, required=True)
    items = fields.List(text(80), load_default=None, allow_none=True, validate=validate.Length(1, 500))
    single_reviewer = fields.Boolean(load_default=False)
    valid_from = fields.Date(load_default=None, allow_none=True)
    valid_until = fields.Date(load_default=None, allow_none=True)
    reported_by = text(100, load_default=None, allow_none=True)
    filed_by = text(100, load_default=None, allow_none=True)

    @validates_schema
    def order(self, data: dict[str, Any], **_: Any) -> None:
        """A grant ends after it begins."""
        first, last = data.get("valid_from"), data.get("valid_until")
        if first and last and last < first:
            raise ValidationError("终止日期早于起始日期 / ends before it begins", "valid_until")


class GrantOut(Schema):
    id = fields.String(required=True)
    staff = fields.String(required=True)
    role = fields.String(required=True)
    org = fields.String(required=True)
    items = fields.List(fields.String(), allow_none=True)
    grantor = fields.String(required=True)
    valid_from = fields.Date(required=True)
    valid_until = fields.Date(allow_none=True)
    reported_by = fields.String(allow_none=True)
    filed_by = fields.String(allow_none=True)
    revoked_at = fields.AwareDateTime(allow_none=True)


class RevocationArgs(Schema):
    reason = text(200, required=True)


class StaffArgs(PageArgs):
    org = text(40, load_default=None)
    role = fields.String(load_default=None, validate=validate.OneOf(grants.STAFF_ROLES))


class StaffIn(Schema):
    account = fields.String(required=True, validate=ACCOUNT)
    display_name = text(100, required=True)
    org = text(40, required=True)
    post = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(["A", "B"]))
    mobile = fields.String(load_default=None, allow_none=True, validate=MOBILE)


class StaffMobileIn(Schema):
    mobile = fields.String(required=True, validate=MOBILE)


class StaffOut(Schema):
    id = fields.String(required=True)
    ref = fields.String(required=True)
    display_name = fields.String(required=True)
    org = fields.String(required=True)
    post = fields.String(allow_none=True)
    sample = fields.Boolean()
    grants = fields.List(fields.Nested(GrantOut))


class StaffPageOut(Schema):
    items = fields.List(fields.Nested(StaffOut), required=True)
    next = fields.String(allow_none=True, required=True)


class OneTimePasswordOut(Schema):
    one_time_password = fields.String(required=True)


class KeyOut(Schema):
    kid = fields.String(required=True)


class _RecordArgs(PageArgs):
    case_no = text(40, load_default=None)
    since = fields.Date(load_default=None, metadata={"description": "first day"})
    until = fields.Date(load_default=None, metadata={"description": "last day, included"})

    @validates_schema
    def order(self, data: dict[str, Any], **_: Any) -> None:
        """The last day is not before the first."""
        if data["since"] and data["until"] and data["until"] < data["since"]:
            raise ValidationError("终止日期早于起始日期 / ends before it begins", "until")


class AuditArgs(_RecordArgs):
    subject = text(80, load_default=None)
    actor = text(80, load_default=None)
    action = text(80, load_default=None)


class AuditOut(Schema):
    id = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    actor = fields.String(required=True)
    action = fields.String(required=True)
    subject = fields.String(required=True)
    reason = fields.String(allow_none=True)
    case_no = fields.String(allow_none=True)
    details = fields.Raw(allow_none=True)


class LoginLogArgs(_RecordArgs):
    user = text(80, load_default=None)
    account = text(64, load_default=None)
    kind = fields.String(load_default=None, validate=KINDS)
    outcome = text(40, load_default=None)
    reason = text(200, load_default=None, metadata={"description": "why one account's logins are looked at"})


class LoginLogOut(Schema):
    id = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    kind = fields.String(required=True)
    user_id = fields.String(allow_none=True)
    outcome = fields.String(required=True)
    session_id = fields.String(allow_none=True)
    device = fields.String(allow_none=True)


class FactorIn(Schema):
    password = password(required=True)
    second_factor = fields.String(load_default=None, allow_none=True, validate=PROOF)


class FactorSecretOut(Schema):
    secret = fields.String(required=True)
    provisioning_uri = fields.String(required=True)


class FactorCodeIn(Schema):
    code = fields.String(required=True, validate=validate.Regexp(r"^[0-9]{6}$"))


class FactorConfirmedOut(AccessOut):
    recovery_codes = fields.List(fields.String(), required=True)


class FactorOut(Schema):
    enrolled = fields.Boolean(required=True)
    confirmed_at = fields.AwareDateTime(allow_none=True, required=True)
    recovery_codes_left = fields.Integer(required=True)
    required = fields.Boolean(required=True)


class RevocationsArgs(Schema):
    since = fields.Float(load_default=0.0, validate=validate.Range(0, 1e11))


class RevocationsOut(Schema):
    now = fields.Float(required=True)
    lasts = fields.Float(required=True)
    sessions = fields.List(fields.String(), required=True)
    rights = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class CoordinatorArgs(PageArgs):
    region = fields.String(load_default=None, validate=REGION)
    org = text(40, load_default=None)
    side = fields.String(load_default=None, validate=validate.OneOf(["approval", "supervision"]))


class CoordinatorOut(Schema):
    org = fields.String(required=True)
    org_name = fields.String(required=True)
    parent = fields.String(allow_none=True, required=True)
    region = fields.String(required=True)
    side = fields.String(required=True)
    display_name = fields.String(required=True)
    since = fields.Date(required=True)


class VacancyArgs(PageArgs):
    vacant = fields.String(load_default=None, validate=validate.OneOf(posts.VACANCIES))


class VacancyOut(Schema):
    org = fields.String(required=True)
    org_name = fields.String(required=True)
    region = fields.String(required=True)
    kind = fields.String(required=True)
    vacant = fields.List(fields.String(), required=True)


class ConflictOut(Schema):
    staff = fields.String(required=True)
    org = fields.String(required=True)
    deciding_grant = fields.String(required=True)
    accepting_grant = fields.String(required=True)
    deciding_items = fields.List(fields.String(), allow_none=True, required=True)
    accepting_items = fields.List(fields.String(), allow_none=True, required=True)
    grantor = fields.String(required=True)


class SessionOut(Schema):
    id = fields.String(required=True)
    device = fields.String(allow_none=True, required=True)
    started_at = fields.AwareDateTime(required=True)
    last_seen_at = fields.AwareDateTime(required=True)
    network = fields.String(allow_none=True, required=True)
    network_class = fields.String(allow_none=True, required=True)
    current = fields.Boolean(required=True)


class TicketKindIn(Schema):
    kind = fields.String(required=True, validate=validate.OneOf(["person", "legal"]))


class TicketOut(Schema):
    ticket = fields.String(required=True)
    secret = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)


class CollectIn(Schema):
    ticket = text(64, required=True)
    secret = text(64, required=True)


class CollectOut(Schema):
    state = fields.String(required=True)
    tokens = fields.Nested(TokensOut, required=True, allow_none=True)


class ScanIn(Schema):
    ticket = text(64, required=True)


class ScanOut(Schema):
    device = fields.String(allow_none=True, required=True)
    network = fields.String(allow_none=True, required=True)
    network_class = fields.String(allow_none=True, required=True)
    asked_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)


class TicketAnswerIn(Schema):
    ticket = text(64, required=True)
    approved = fields.Boolean(required=True)


class QuestionOut(Schema):
    question = fields.String(required=True)
    zh = fields.String(required=True)
    en = fields.String(required=True)


class QuestionsOut(Schema):
    items = fields.List(fields.Nested(QuestionOut), required=True)
    next = fields.String(allow_none=True, required=True)


class MyQuestionOut(Schema):
    question = fields.String(allow_none=True, required=True)


class MyQuestionIn(Schema):
    password = password(required=True)
    question = fields.String(required=True, validate=validate.OneOf(list(questions.QUESTIONS)))
    answer = text(100, required=True)


class RecoveryIn(Schema):
    kind = fields.String(required=True, validate=validate.OneOf(["person", "legal"]))
    account = text(64, required=True)


class AnswerIn(RecoveryIn):
    answer = text(100, required=True)
    password = password(required=True)


class AgentIn(Schema):
    account = text(64, required=True)
    name = text(50, required=True)
    items = fields.List(text(80), load_default=None, allow_none=True, validate=validate.Length(1, 500))
    valid_from = fields.Date(load_default=None, allow_none=True)
    valid_until = fields.Date(required=True)


class AgentOut(Schema):
    id = fields.String(required=True)
    principal_ref = fields.String(required=True)
    principal_name = fields.String(required=True)
    agent_ref = fields.String(required=True)
    agent_name_masked = fields.String(required=True)
    items = fields.List(fields.String(), allow_none=True, required=True)
    valid_from = fields.Date(required=True)
    valid_until = fields.Date(required=True)
    revoked_at = fields.AwareDateTime(allow_none=True, required=True)
    in_force = fields.Boolean(required=True)


class AgencyEndArgs(Schema):
    reason = text(200, load_default=None, allow_none=True)


class StandingArgs(Schema):
    item = text(80, load_default=None, allow_none=True)


class StandingOut(Schema):
    principal_ref = fields.String(required=True)
    agent_ref = fields.String(required=True)
    allowed = fields.Boolean(required=True)
    acts_as = fields.String(allow_none=True, required=True)
    agency_id = fields.String(allow_none=True, required=True)
    valid_until = fields.Date(allow_none=True, required=True)


class ProofIn(Schema):
    password = password(required=True)


class ExportOut(Schema):
    exported_at = fields.String(required=True)
    account = fields.Dict(required=True)
    person = fields.Dict()
    legal = fields.Dict()
    security_question = fields.String(allow_none=True, required=True)
    addresses = fields.List(fields.Dict(), required=True)
    agents = fields.List(fields.Dict(), required=True)
    agencies = fields.List(fields.Dict(), required=True)
    sessions = fields.List(fields.Dict(), required=True)
    logins = fields.List(fields.Dict(), required=True)
    reads_and_changes = fields.List(fields.Dict(), required=True)


class RedirectIn(Schema):
    method = fields.String(required=True, validate=validate.OneOf(list(providers.REDIRECTS)))
    return_path = fields.String(
        load_default="/me",
        validate=validate.Regexp(r"^/(?![/\\])[A-Za-z0-9/_.?=&-]{0,199}\Z", error="须为站内路径 / a path"),
    )


class RedirectOut(Schema):
    redirect_url = fields.String(required=True)
    state = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)


class RedirectBackIn(Schema):
    state = text(64, required=True)
    code = text(200, required=True)


class KeySetOut(Schema):
    keys = fields.List(fields.Dict(), required=True)


# By recipient, which is a name that no schema class can hold.
RESOLVED = {"type": "object", "additionalProperties": {"type": ["object", "null"]}}


class CardIn(Schema):
    id_no = text(18, required=True)


class CardHolderOut(Schema):
    ref = fields.String(required=True)
    items = fields.List(fields.String(), allow_none=True, required=True)


class CardOut(Schema):
    holders = fields.List(fields.Nested(CardHolderOut), required=True)
