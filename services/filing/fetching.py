"""Fetching an e-licence as material, with the 8-digit code of its holder (证照库文件, FIL-05, FIL-06)."""

import re
from datetime import timedelta
from typing import Any

from peewee import IntegrityError

from chassis import clock, privacy
from chassis.auth import actor
from chassis.errors import Refusal
from chassis.ids import random_digits
from contracts import rules
from services.filing import blobs, items, licences, materials, papers
from services.filing.models import Document, FetchTry, Licence, LicenceCode, Paper, database

LIFE = timedelta(minutes=10)


def give_code(licence_id: str) -> dict[str, Any]:
    """A fresh code for the holder, good for one fetch; the one before it ends."""
    licence = Licence.get_or_refuse((Licence.licence_id == licence_id) & (Licence.holder_ref == actor().id))
    _require_valid(licence)
    digits = rules.value("filing.licence_fetch_code_len").value
    for _ in range(20):
        code = random_digits(digits)
        try:
            with database.transaction():
                gone = LicenceCode.valid_until <= clock.wall()
                LicenceCode.delete().where(gone | (LicenceCode.licence == licence.id)).execute()
                row = LicenceCode.create(licence=licence.id, code=_hash(code), valid_until=clock.wall() + LIFE)
        except IntegrityError:  # another licence has this code, or the holder has asked twice
            continue
        return {"code": code, "valid_until": row.valid_until}
    raise RuntimeError("no free code was found")


def fetch(case_no: str, code: str, digits: str) -> tuple[Any, Any]:
    """Attach the e-licence of this code to a material; a wrong or ended code attaches nothing and is counted."""
    case, stage = materials.opened(case_no, code)
    asked = materials.terms(case, code, "licence")
    guide = items.material(items.of(case), code) or {}
    _count_a_try()
    found = LicenceCode.get_or_none((LicenceCode.code == _hash(digits)) & (LicenceCode.valid_until > clock.wall()))
    licence = found and Licence.get_by_id(found.licence)
    # A code opens what belongs to the party of the case, so that guessing cannot lead to anybody else's licence.
    if not licence or licence.holder_ref != case.subject_ref:
        raise _wrong()
    _forget_tries()
    _require_valid(licence)
    if guide.get("licence_type") not in (None, licence.name):
        raise _refusal(
            "licence-other-type",
            f"该材料要求的证照是“{guide['licence_type']}”，验证码对应的是“{licence.name}”。",
            "The code is of another kind of licence than this material.",
        )
    paper = papers.of(Document.get_by_id(licence.document))
    with database.transaction():
        if not LicenceCode.delete().where(LicenceCode.id == found.id).execute():
            raise _wrong()
        paper = Paper.locked(paper.id)
        serial = re.sub(r"[^0-9A-Za-z-]+", "-", licence.number).strip("-")
        received = blobs.received(paper)
        if received.size >= asked.below:
            raise _refusal("licence-too-large", "证照文件超过该材料的大小限制。", "The licence is too large for it.")
        return materials.take(case_no, code, received, f"{licence.name}{serial}.pdf", "licence", stage)


def _count_a_try() -> None:
    """Take one of the tries of the account before looking, so that many at once get no more than that (FIL-06)."""
    most = rules.value("filing.licence_fetch_tries").value
    window = timedelta(minutes=rules.value("filing.licence_fetch_window").value)
    with database.transaction():
        fresh = FetchTry(account=actor().id, since=clock.wall())
        FetchTry.insert(**fresh.__data__).on_conflict(action="nothing").execute()
        row = FetchTry.locked(FetchTry.account == actor().id)
        if clock.wall() - row.since >= window:
            row.tries, row.since = 0, clock.wall()
        if row.tries >= most:
            left = row.since + window - clock.wall()
            raise Refusal(
                "filing.too-many-tries",
                status=429,
                rule="FIL-06",
                zh="验证码错误次数过多。",
                en="Too many wrong codes.",
                next_zh=f"请在{window.seconds // 60}分钟后再试，或改为上传文件。",
                next_en=f"Try again in {window.seconds // 60} minutes, or upload the file.",
                headers={"Retry-After": str(max(1, int(left.total_seconds())))},
            )
        row.tries += 1
        row.save()


def _forget_tries() -> None:
    FetchTry.update(tries=0).where(FetchTry.account == actor().id).execute()


def _require_valid(licence: Any) -> None:
    standing = licences.standing(licence)
    if standing != "valid":
        raise _refusal(
            "licence-not-valid",
            "该证照已被撤销。" if standing == "revoked" else "该证照已过有效期。",
            f"The licence is {standing}.",
        )


def _wrong() -> Refusal:
    return _refusal("licence-code-wrong", "验证码不正确或者已经失效。", "The code is wrong or has ended.")


def _refusal(code: str, zh: str, en: str) -> Refusal:
    return Refusal(
        f"filing.{code}",
        rule="FIL-06",
        zh=zh,
        en=en,
        next_zh="请持证人在“个人空间—证照”中重新获取验证码，或改为上传文件。",
        next_en="Let the holder take a new code in the personal space, or upload the file.",
    )


def _hash(code: str) -> str:
    return privacy.lookup(code, "licence-code")
