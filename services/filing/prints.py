"""Printing at another hall (异地打证): with a code of the applicant any window prints; the history says so (FIL-97)."""

import hmac
from datetime import timedelta
from typing import Any

from chassis import clock, privacy
from chassis.auth import actor
from chassis.errors import Refusal
from chassis.ids import random_digits
from services.filing import cases
from services.filing.models import Case, Document, PrintCode, database

DIGITS, TRIES, LIFE = 8, 5, timedelta(hours=24)


def give_code(case_no: str) -> dict[str, Any]:
    """A fresh code for the applicant; the one before it ends."""
    with database.transaction():
        case = cases.lock(case_no, compare=False)
        cases.require_own(case)
        code = random_digits(DIGITS)
        PrintCode.delete().where(PrintCode.case == case.id).execute()
        row = PrintCode.create(case=case.id, code=_hash(case, code), valid_until=clock.wall() + LIFE)
        cases.note(case, "give_print_code")
    return {"code": code, "valid_until": row.valid_until}


def admit(case_no: str, code: str, org: str, number: str | None) -> Any:
    """The document that the holder of the code may have printed at this window; wrong codes are counted."""
    actor().require_role("window_clerk", org=org)
    case = Case.get_or_none(Case.case_no == case_no)
    if case is None or not _is_right(case, code):
        raise Refusal(
            "filing.print-code-wrong",
            status=403,
            rule="FIL-97",
            zh="打印码不正确或者已经失效。",
            en="The print code is wrong or has ended.",
            next_zh="请申请人登录后重新获取打印码；输错五次后原码失效。",
            next_en="Let the applicant log in and take a new code; after five wrong tries a code ends.",
        )
    wanted = Document.case == case.id
    wanted &= Document.number == number if number else Document.kind.in_(("licence", "refusal", "revocation"))
    row = Document.select().where(wanted).order_by(Document.id.desc()).first()
    if row is None:
        raise Refusal(
            "not-found",
            status=404,
            rule="FIL-97",
            zh="该办件没有这份文书。",
            en="The case has no such document.",
            next_zh="请核对文号；未办结的办件没有办理结果可以打印。",
            next_en="Compare the number; a case that is not decided has no result to print.",
        )
    return row


def record(document: Any, org: str) -> None:
    """Who printed what, where and when, for the applicant to see."""
    with database.transaction():
        case = Case.locked(document.case)
        cases.note(case, "print_elsewhere", details={"document": document.number}, org=org)


def _is_right(case: Any, code: str) -> bool:
    with database.transaction():
        row = PrintCode.locked(PrintCode.case == case.id)
        if row is None or row.tries >= TRIES or clock.wall() >= row.valid_until:
            return False
        if hmac.compare_digest(row.code, _hash(case, code)):
            return True
        row.tries += 1
        row.save()
        return False


def _hash(case: Any, code: str) -> str:
    return privacy.lookup(f"{case.case_no}|{code}", "print-code")
