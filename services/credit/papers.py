"""Signed and sealed pages: uploaded first, then named in the application (CRE-21)."""

import base64
import hashlib
from typing import Any

from chassis import media
from chassis.auth import actor
from chassis.errors import Refusal
from services.credit.models import Paper, database

MOST = 2 * 1024 * 1024


def upload(name: str, content: bytes) -> Any:
    """Keep one page of the caller: a pdf, png or jpg of at most 2 MB, told by its content and not by its name."""
    mime = media.kind_of(content, (media.PDF, media.PNG, media.JPEG))
    if mime is None or len(content) > MOST:
        raise Refusal(
            "credit.paper",
            status=422,
            rule="CRE-21",
            zh="签字、盖章页须为 pdf、png 或 jpg 文件，不超过 2 MB。",
            en="A signed or sealed page is a pdf, png or jpg of at most 2 MB.",
            next_zh="请重新扫描或拍照后上传。",
            next_en="Scan or photograph it again.",
        )
    with database.transaction():
        return Paper.create(
            owner=actor().id,
            name=name,
            mime=mime,
            sha256=hashlib.sha256(content).hexdigest(),
            content=base64.b64encode(content).decode(),
        )


def check(signature: str | None, seal: str | None, *, legal: bool) -> None:
    """Natural persons sign; legal persons sign by their representative and seal (CRE-21, CRE-32)."""
    missing = [name for name, ref in (("signature", signature), ("seal", seal if legal else "-")) if not ref]
    refs = [ref for ref in (signature, seal) if ref]
    own = Paper.select().where(Paper.id.in_(refs), Paper.owner == actor().id).count() == len(set(refs))
    if missing or not own or (seal and seal == signature):
        raise Refusal(
            "credit.not-signed",
            status=422,
            rule="CRE-21",
            zh="法人的申请须有法定代表人签字页和单位盖章页。" if legal else "申请须由本人签字。",
            en="A legal person's application needs the representative's signature and the seal, each uploaded."
            if legal
            else "The application must be signed by the person, and the signed page uploaded.",
            next_zh="请打印申请书，签字(盖章)后上传，再提交。",
            next_en="Print the form, sign (and seal) it, upload the pages, and send again.",
            fields={name: ["needed"] for name in missing},
        )


def content(paper_id: str) -> tuple[bytes, str]:
    """The page and its media type."""
    paper = Paper.get_or_refuse(paper_id)
    return base64.b64decode(paper.content), paper.mime
