"""The library of e-licences (证照库): what a decision grants is stored there by itself (FIL-43)."""

import re
from datetime import date
from typing import Any

from stdnum.iso7064 import mod_37_36

from chassis import clock
from chassis.auth import actor
from services.filing import cases
from services.filing.models import Licence

_ROOT = "1.2.156.3005.2"  # of all e-licences (GB/T 36904)


def store(case: Any, document: Any, name: str, valid_to: date | None) -> Any:
    """Put the licence that is being granted into the library, in the transaction of the decision."""
    return Licence.create(
        licence_id=identifier(case.item_code, case.approving_org, case.licence_no),
        number=case.licence_no,
        name=name,
        case=case.id,
        case_no=case.case_no,
        document=document.id,
        item_code=case.item_code,
        holder_ref=case.subject_ref,
        holder_name_masked=case.subject_name_masked,
        issuer=case.approving_org,
        valid_from=clock.today(),
        valid_to=valid_to,
    )


def revoke(case: Any) -> None:
    """The result is revoked: its licence stays in the library and says so (FIL-77)."""
    Licence.update(revoked_at=clock.now()).where(Licence.case == case.id, Licence.revoked_at.is_null()).execute()


def visible() -> Any:
    """The caller's own licences; for staff those of the organisations that it works in or oversees."""
    who = actor()
    if who.kind != "staff":
        return Licence.select().where(Licence.holder_ref == who.id)
    return Licence.select().where(cases.handled(Licence.issuer, Licence.item_code))


def standing(row: Any) -> str:
    """valid, expired or revoked, today."""
    if row.revoked_at is not None:
        return "revoked"
    return "expired" if row.valid_to is not None and clock.today() > row.valid_to else "valid"


def shown(row: Any) -> dict[str, Any]:
    """A row of the library list."""
    return row.__data__ | {"standing": standing(row)}


def identifier(kind: str, issuer: str, number: str) -> str:
    """Root, kind, issuer, serial, version and check character, in the shape of GB/T 36904."""
    parts = [re.sub(r"[^0-9A-Z]", "", part.upper()) for part in (kind, issuer, number)] + ["001"]
    return ".".join([_ROOT, *parts, mod_37_36.calc_check_digit("".join(parts))])
