"""What peers may know: where to send a message or a letter, who a subject is. Every read is audited (ID-38)."""

import re
from collections.abc import Sequence
from typing import Any

from chassis import privacy
from services.identity import audit, codes, grants
from services.identity.models import Address, Legal, Person, Staff, User, database

_ROLE = re.compile(r"role:(?P<role>[a-z_]+)@(?P<org>[A-Za-z0-9_-]+)|org:(?P<org2>[A-Za-z0-9_-]+)/(?P<role2>[a-z_]+)")


def resolve_recipients(
    recipients: list[str],
    *,
    reason: str | None = None,
    case_no: str | None = None,
    reads: Sequence[dict[str, Any]] = (),
) -> dict[str, dict[str, Any] | None]:
    """Where messages to these recipients go now; None for one who cannot be reached.

    `person:` `legal:` `staff:` `sms-code:` are one member each; `role:<role>@<org>` (also `org:<org>/<role>`)
    are all who hold the role there today. `members` lists them; `mobile` and `name_masked` are those of the first.
    `reads` names reason and case of each read, where one recipient may be read for several; others are read once.
    """
    named = {read["recipient"] for read in reads}
    rest = [{"recipient": one, "reason": reason, "case_no": case_no} for one in dict.fromkeys(recipients)]
    with database.transaction():
        found = {recipient: _members(recipient) for recipient in dict.fromkeys(recipients)}
        for read in [*reads, *(read for read in rest if read["recipient"] not in named)]:
            recipient = read["recipient"]
            for member in found.get(recipient, []):
                details = {"as": recipient} if member["recipient"] != recipient else None
                about = {"reason": read["reason"], "case_no": read["case_no"], "details": details}
                audit.note("mobile.read", member["recipient"], **about)
        return {name: members[0] | {"members": members} if members else None for name, members in found.items()}


def resolve_address(
    address_ref: str, *, reason: str | None = None, case_no: str | None = None
) -> dict[str, Any] | None:
    """The whole address for a label; None when there is none."""
    with database.transaction():
        row = Address.get_or_none(Address.id == address_ref.removeprefix("address:"))
        if row is None:
            return None
        audit.note("address.read", _owner(row), reason=reason, case_no=case_no, details={"address": row.id})
        return {
            "address_ref": f"address:{row.id}",
            "owner": _owner(row),
            "recipient": row.recipient,
            "phone": row.phone,
            "region": row.region,
            "detail": row.detail,
        }


def address_owner(address_ref: str) -> dict[str, Any] | None:
    """Whose an address is and in which region, without the address itself."""
    row = Address.get_or_none(Address.id == address_ref.removeprefix("address:"), Address.removed_at.is_null())
    return {"address_ref": f"address:{row.id}", "owner": _owner(row), "region": row.region} if row else None


def subject(ref: str) -> dict[str, Any] | None:
    """Who a reference is, masked: kind, level, name and number as others may see them (ID-21)."""
    user = _user(ref)
    if user is None:
        return None
    found = {
        "ref": user.ref,
        "type": user.kind,
        "level": user.level,
        "verified": user.level >= 1,
        "region": user.region,
        "mobile_masked": privacy.mask_mobile(user.mobile),
        "name_masked": name_masked(user),
    }
    if user.kind == "person":
        person = Person.get_by_id(user.id)
        found |= {"id_type": person.id_type, "id_no_masked": privacy.mask_id_no(person.id_no)}
    elif user.kind == "legal":
        legal = Legal.get_by_id(user.id)
        found |= {
            "uscc": legal.uscc,
            "reg_no": legal.reg_no,
            "enterprise_type": legal.enterprise_type,
            "representative_ref": f"person:{legal.representative}",
        }
    else:
        found |= {"org": Staff.get_by_id(user.id).org}
    return found


def disclose(ref: str, *, reason: str, case_no: str) -> dict[str, Any] | None:
    """Full name and number of a subject, for a document that has to print them; audited with the case (ID-38)."""
    with database.transaction():
        user = _user(ref)
        if user is None or user.kind == "staff":
            return None
        audit.note("subject.disclosed", user.ref, reason=reason, case_no=case_no)
        if user.kind == "person":
            person = Person.get_by_id(user.id)
            return {"ref": ref, "name": person.name, "number_type": person.id_type, "number": person.id_no}
        legal = Legal.get_by_id(user.id)
        number = legal.uscc or legal.reg_no or legal.former_number
        return {
            "ref": ref,
            "name": legal.name,
            "number_type": "reg_no" if len(number) == 15 else "uscc",
            "number": number,
        }


def name_masked(user: User) -> str:
    """The name as others see it: a person masked, a unit or a post in full."""
    if user.kind == "person":
        return privacy.mask_name(Person.get_by_id(user.id).name) or ""
    return Legal.get_by_id(user.id).name if user.kind == "legal" else Staff.get_by_id(user.id).display_name


def _members(recipient: str) -> list[dict[str, Any]]:
    role = _ROLE.fullmatch(recipient)
    if role:
        holders = grants.holders(role["role"] or role["role2"], role["org"] or role["org2"])
        return [member for holder in holders for member in _members(f"staff:{holder}")]
    if recipient.startswith("sms-code:"):
        code = codes.for_sending(recipient.removeprefix("sms-code:"))
        if code is None:
            return []
        mobile, params = code
        return [{"recipient": recipient, "mobile": mobile, "name_masked": "", "params": params}]
    user = _user(recipient)
    if user is None or not user.active or user.mobile is None:
        return []
    return [{"recipient": recipient, "mobile": user.mobile, "name_masked": name_masked(user), "params": {}}]


def _user(ref: str) -> User | None:
    kind, _, user_id = ref.partition(":")
    return User.get_or_none(User.id == user_id, User.kind == kind)


def _owner(row: Address) -> str:
    user = User.get_by_id(row.user_id)
    return user.ref
