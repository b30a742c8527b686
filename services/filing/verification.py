"""Whether a document is genuine and still stands: for anybody who holds it, without telling whom it is about."""

import hashlib
from typing import IO, Any

from chassis import clock
from chassis.errors import Refusal
from services.filing import documents, papers, storage
from services.filing.models import Case, Document, Revocation, database

LARGEST = 50_000_000  # bytes of an uploaded document
_DECISIONS = ("licence", "refusal", "revocation")
STANDINGS = {
    "valid": "有效",
    "revoked": "已撤销",
    "superseded": "已被后续决定取代",
    "reconsidered": "正在重新审查",
}


def by_code(number: str, code: str) -> dict[str, Any]:
    """By the number and the check code on the paper."""
    row = documents.with_code(number, code)
    if row is None:
        raise Refusal(
            "filing.document-unknown",
            status=404,
            rule="FIL-30",
            zh="没有文号与验证码相符的文书。",
            en="There is no document with this number and check code.",
            next_zh="请核对文书左下角的验证码；仍不相符的，请勿采信，并向出具单位核实。",
            next_en="Look at the code at the lower left of the paper; if it still differs, do not rely on it.",
        )
    return shown(row)


def by_file(stream: IO[bytes]) -> dict[str, Any]:
    """By the file itself: only the very bytes that the hall sealed are genuine."""
    sha256, size = hashlib.sha256(), 0
    database.release()
    while chunk := stream.read(storage.CHUNK):
        size += len(chunk)
        if size > LARGEST:
            break
        sha256.update(chunk)
    row = papers.with_hash(sha256.hexdigest()) if size <= LARGEST else None
    if row is None:
        raise Refusal(
            "filing.document-not-genuine",
            status=404,
            rule="FIL-30",
            zh="该文件不是本厅出具的盖章文书，或者内容已被改动。",
            en="This file is not a sealed document of this hall, or it has been changed.",
            next_zh="请上传下载的原文件，不要上传打印后的扫描件；纸质文书请用文号和验证码核验。",
            next_en="Upload the file as it was downloaded, no scan; for a paper use its number and check code.",
        )
    return shown(row)


def shown(row: Any) -> dict[str, Any]:
    """What anybody may know."""
    case = Case.get(Case.id == row.case)
    state = standing(row)
    return {
        "number": row.number,
        "title": row.title,
        "org_name": documents.org_name(case.approving_org),
        "item_name": case.item_name,
        "holder_masked": case.subject_name_masked,
        "issued_on": clock.local(row.issued_at).date(),
        "standing": state,
        "standing_zh": STANDINGS[state],
        "sha256": row.sha256,
    }


def standing(row: Any) -> str:
    """Whether the document still stands, by the decisions that came after it."""
    if row.kind not in _DECISIONS:
        return "valid"
    later = (Document.case == row.case) & Document.kind.in_(_DECISIONS) & (Document.id > row.id)
    newest = Document.select().where(later).order_by(Document.id.desc()).first()
    if newest is not None:
        return "revoked" if newest.kind == "revocation" else "superseded"
    if row.kind == "revocation" and Revocation.get_or_none(
        (Revocation.decision_no == row.number) & (Revocation.state == "reopened")
    ):
        return "reconsidered"
    return "valid"
