"""What the identity service reports: accounts, verification, grants."""

from contracts import words
from contracts.fields import Day, Instant, Many, Reference, Text, Whole
from contracts.registry import SERVICES, EventType, event

EVERYBODY_ELSE = tuple(name for name in SERVICES if name != "identity")


@event("identity.user.registered", consumers=("notifier", "supervision"))
class UserRegistered(EventType):
    """A citizen or a legal person has opened an account."""

    user_ref = Reference("The new account's party.")
    account_type = Text("Kind of account.", one_of=("personal", "legal"))
    region_code = Text("Site on which the account was opened.")
    registered_at = Instant("When.")


@event("identity.user.verified", consumers=("filing",), readers=("gateway",))
class UserVerified(EventType):
    """An account has passed real-name verification (实名认证)."""

    user_ref = Reference("The verified party.")
    method = Text("By which verifier, such as alipay or unionpay.")
    level = Whole("Level reached: 0 registered, 1 real-name, 2 bound legal person.", most=2)
    verified_at = Instant("When.")


@event("identity.legal.bound", consumers=("filing",))
class LegalBound(EventType):
    """A legal person's account is bound to its verified representative."""

    legal_ref = Reference("The legal person.")
    uscc_hash = Text("Keyed hash of the unified social credit code.")
    representative_ref = Reference("The legal representative.")
    bound_at = Instant("When.")


@event("identity.user.updated", consumers=("notifier", "filing"))
class UserUpdated(EventType):
    """An account's data have changed; the new values stay with identity."""

    user_ref = Reference("The account's party.")
    changed = Many(
        "What has changed.",
        Text("One changed part.", one_of=("mobile", "address", "password", "name", "document", "security_question")),
    )
    updated_at = Instant("When.")


class _Grant(EventType):
    grant_id = Text("Id of the grant.")
    staff_ref = Reference("Who has the role.")
    role = Text("The role.", one_of=words.ROLES)
    org_code = Text("Organisation in which it holds.")
    item_codes = Many("Items it is limited to; empty means all.", Text("Item code."))
    grantor_ref = Reference("Who gave or took it.")


@event("identity.staff.granted", consumers=EVERYBODY_ELSE)
class StaffGranted(_Grant):
    """A member of staff has got a role in an organisation."""

    valid_from = Day("First day.")
    valid_until = Day("Last day, absent when open.", optional=True)


@event("identity.staff.revoked", consumers=EVERYBODY_ELSE)
class StaffRevoked(_Grant):
    """A member of staff has lost a role."""

    revoked_at = Instant("When.")
    reason = Text("Why.", optional=True)


@event("identity.security.locked", consumers=("notifier",))
class SecurityLocked(EventType):
    """An account is locked after too many failures."""

    user_ref = Reference("The locked account's party.")
    account_type = Text("Kind of account.", one_of=words.ACCOUNT_TYPES)
    reason = Text("Why.", one_of=("failed_logins", "failed_codes", "administrator"))
    locked_until = Instant("When it opens again, absent when an administrator must open it.", optional=True)
