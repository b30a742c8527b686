"""Tables of identity. Personal data is encrypted; what must be found again has a keyed hash beside it (ID-21)."""

from peewee import BooleanField, DateField, IntegerField, TextField

from chassis import clock
from chassis.db import Database, InstantField, JsonField
from chassis.privacy import EncryptedField

database = Database("identity")


class User(database.Model):
    """An account: how one logs in, whoever one is."""

    kind = TextField()  # person | legal | staff
    account = TextField(unique=True)  # lower case
    password_hash = TextField()
    mobile = EncryptedField(null=True)
    mobile_hash = TextField(null=True)
    level = IntegerField(default=0)  # ID-19: 0 registered, 1 real-name, 2 bound legal person
    active = BooleanField(default=True)
    must_change_password = BooleanField(default=False)
    region = TextField(null=True)
    protocol_version = TextField(null=True)
    protocol_agreed_at = InstantField(null=True)
    last_login_at = InstantField(null=True)
    closed_at = InstantField(null=True)  # by the owner, for good

    class Meta:
        table_name = "identity_user"
        indexes = ((("kind", "mobile_hash"), True),)

    @property
    def ref(self) -> str:
        """The reference id by which all services know the account."""
        return f"{self.kind}:{self.id}"


class Person(database.Model):
    """The natural person behind a personal account (same id)."""

    name = EncryptedField()
    id_type = TextField()
    id_no = EncryptedField()
    id_no_hash = TextField(index=True)
    verified_hash = TextField(null=True, unique=True)  # id_no_hash once verified: one account per number (ID-09)
    sex = TextField(null=True)
    birth = DateField(null=True)
    verified_at = InstantField(null=True)
    verify_method = TextField(null=True)
    verify_ref = TextField(null=True)

    class Meta:
        table_name = "identity_person"


class Legal(database.Model):
    """The legal person behind a legal account (same id), bound to its verified representative."""

    enterprise_type = TextField()
    name = TextField()
    uscc = TextField(null=True, unique=True)
    reg_no = TextField(null=True, unique=True)  # legacy 15 digits
    representative = TextField(index=True)  # id of the personal account
    registered_on = DateField()
    base_ref = TextField(null=True)
    bound_at = InstantField()
    former_number = TextField(null=True)  # uscc or reg_no once the account is closed: the unit may open another

    class Meta:
        table_name = "identity_legal"


class SmsCode(database.Model):
    """One code by SMS. `code_hash` checks it; `code` and `mobile` are kept only until it is used or expired (ID-04)."""

    purpose = TextField()
    mobile = EncryptedField(null=True)
    mobile_hash = TextField()
    code = EncryptedField(null=True)
    code_hash = TextField()
    requested_at = InstantField()
    expires_at = InstantField()
    tries = IntegerField(default=0)
    used_at = InstantField(null=True)

    class Meta:
        table_name = "identity_sms_code"
        indexes = ((("mobile_hash", "requested_at"), False), (("requested_at",), False))


class MobileGate(database.Model):
    """One row per number (id = its keyed hash): its lock lets code requests for the number through one at a time."""

    class Meta:
        table_name = "identity_mobile_gate"


class AttemptGuard(database.Model):
    """Failures in a row of one login or verification; id = keyed hash, so unknown accounts are guarded too (ID-17)."""

    failures = IntegerField(default=0)
    locked_until = InstantField(null=True)
    last_at = InstantField(default=clock.now, index=True)

    class Meta:
        table_name = "identity_attempt_guard"


class Session(database.Model):
    """One login on one device; its refresh tokens are one family."""

    user_id = TextField(index=True)
    device = TextField(null=True)
    started_at = InstantField()
    last_seen_at = InstantField()
    idle_until = InstantField(index=True)  # technical time (ID-25)
    ended_at = InstantField(null=True, index=True)
    ended_by = TextField(null=True)  # logout | other_device | all_devices | password | reuse | closed | administrator
    network = TextField(null=True)  # the address it was opened from, two parts of it: 36.106.*.*
    network_class = TextField(null=True)  # public | internal | this_machine

    class Meta:
        table_name = "identity_session"


class RefreshToken(database.Model):
    """One refresh token, kept as a hash; using it a second time ends the family."""

    session_id = TextField(index=True)
    token_hash = TextField(unique=True)
    expires_at = InstantField(index=True)
    used_at = InstantField(null=True)

    class Meta:
        table_name = "identity_refresh_token"


class SigningKey(database.Model):
    """A key that signs access tokens (id = kid). The old one stays published until its last token has expired."""

    private = EncryptedField()
    public = TextField()
    slot = TextField(null=True, unique=True)  # "signing" on the one that signs
    retires_at = InstantField(null=True)

    class Meta:
        table_name = "identity_signing_key"


class Address(database.Model):
    """An entry of the address book 收件地址. A removed one still resolves for a shipment that names it."""

    user_id = TextField(index=True)
    recipient = EncryptedField()
    phone = EncryptedField()
    region = TextField()
    detail = EncryptedField()
    is_default = BooleanField(default=False)
    removed_at = InstantField(null=True)

    class Meta:
        table_name = "identity_address"


class Staff(database.Model):
    """A post in a unit (same id as its account)."""

    display_name = TextField()
    org = TextField(index=True)
    post = TextField(null=True)  # A | B for handlers of letters (ID-30)
    sample = BooleanField(default=False)
    created_by = TextField()

    class Meta:
        table_name = "identity_staff"


class RoleGrant(database.Model):
    """One role × organisation × optional item set, with grantor, start and end (ID-35)."""

    staff_id = TextField(index=True)
    role = TextField()
    org = TextField()
    items = JsonField(null=True)
    grantor = TextField()
    reported_by = TextField(null=True)  # ID-31
    filed_by = TextField(null=True)
    valid_from = DateField()
    valid_until = DateField(null=True)
    revoked_at = InstantField(null=True)
    revoked_by = TextField(null=True)
    revoke_reason = TextField(null=True)
    live_key = TextField(null=True, unique=True)  # staff/role/org while it runs: no grant twice
    seat = TextField(null=True, unique=True)  # role/org/post while it runs: A and B, one administrator (ID-30, ID-32)

    class Meta:
        table_name = "identity_grant"
        indexes = ((("org", "role"), False),)


class Org(database.Model):
    """What identity keeps of an organisation (id = code): its region decides who may grant there (ID-31)."""

    name = TextField()
    kind = TextField()
    region = TextField()
    parent = TextField(null=True, index=True)
    active = BooleanField(default=True)
    sequence = IntegerField(default=0)

    class Meta:
        table_name = "identity_org"


class LoginLog(database.Model):
    """Every login and logout, good or not (ID-38)."""

    at = InstantField(index=True)
    kind = TextField()
    user_id = TextField(null=True, index=True)
    # ok | wrong | wrong_answer | factor_needed | wrong_factor | locked | refreshed_twice | or as Session.ended_by
    outcome = TextField()
    session_id = TextField(null=True)
    device = TextField(null=True)

    class Meta:
        table_name = "identity_login_log"


class AccessAudit(database.Model):
    """Every grant and every read of somebody else's personal data: who, when, what, whose, why (ID-38)."""

    at = InstantField()
    actor = TextField()
    action = TextField()
    subject = TextField()
    reason = TextField(null=True)
    case_no = TextField(null=True)
    details = JsonField(null=True)

    class Meta:
        table_name = "identity_access_audit"
        indexes = ((("at",), False), (("subject", "at"), False), (("actor", "at"), False), (("case_no", "at"), False))


class SecondFactor(database.Model):
    """The authenticator app of a staff account (same id); `pending` is shown and not confirmed yet (ID-24)."""

    secret = EncryptedField(null=True)
    pending = EncryptedField(null=True)
    last_step = IntegerField(default=0)  # no code of this step or an earlier one is taken again
    confirmed_at = InstantField(null=True)

    class Meta:
        table_name = "identity_second_factor"


class RecoveryCode(database.Model):
    """One login without the authenticator, kept as a keyed hash (ID-24)."""

    user_id = TextField(index=True)
    code_hash = TextField(unique=True)
    used_at = InstantField(null=True)

    class Meta:
        table_name = "identity_recovery_code"


class RightsChange(database.Model):
    """How often an account (same id) has lost rights, and when last: tokens of an earlier generation end (ID-35)."""

    generation = IntegerField(default=0)
    changed_at = InstantField(index=True)

    class Meta:
        table_name = "identity_rights_change"


class LoginTicket(database.Model):
    """A QR code on a login page: the ticket in the picture and the secret of the asking device, both as hashes."""

    kind = TextField()  # the page it was asked on (ID-01)
    ticket_hash = TextField(unique=True)
    secret_hash = TextField()
    device = TextField(null=True)
    network = TextField(null=True)
    network_class = TextField(null=True)
    expires_at = InstantField(index=True)  # technical time
    user_id = TextField(null=True)  # the account whose phone has read it
    session_id = TextField(null=True)  # of that phone
    approved = BooleanField(null=True)
    used_at = InstantField(null=True)

    class Meta:
        table_name = "identity_login_ticket"


class SecurityQuestion(database.Model):
    """The question by which an account can be recovered (same id), its answer as an argon2id hash (ID-18)."""

    question = TextField()
    answer_hash = TextField()

    class Meta:
        table_name = "identity_security_question"


class Agent(database.Model):
    """A personal account 经办人 that may act for a legal person: items (null = all), first and last day (ID-35)."""

    principal = TextField(index=True)  # id of the legal account
    agent = TextField(index=True)  # id of the personal account
    items = JsonField(null=True)
    valid_from = DateField()
    valid_until = DateField()
    named_by = TextField()
    revoked_at = InstantField(null=True)
    revoked_by = TextField(null=True)
    revoke_reason = TextField(null=True)
    live_key = TextField(null=True, unique=True)  # principal/agent while it runs: nobody is named twice

    class Meta:
        table_name = "identity_agent"


class RedirectTicket(database.Model):
    """A verification under way at a provider's page: our state as a hash, and what was asked there (ID-08)."""

    user_id = TextField(index=True)
    method = TextField()
    state_hash = TextField(unique=True)
    provider_ref = TextField()
    name = EncryptedField()
    id_no_hash = TextField()
    expires_at = InstantField(index=True)  # technical time
    used_at = InstantField(null=True)

    class Meta:
        table_name = "identity_redirect_ticket"
