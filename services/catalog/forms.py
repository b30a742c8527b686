"""Printable blank forms and filled samples that materials name (CAT-13)."""

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

from chassis.errors import Refusal
from services.catalog.models import FormFile, database

MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
NAME = re.compile(r"forms/[A-Za-z0-9][A-Za-z0-9._-]{0,98}")


def put(name: str, content: bytes) -> Any:
    """Keep a form under a new name. A name means one content for ever: published guides refer to it."""
    _check(name, content)
    digest = hashlib.sha256(content).hexdigest()
    with database.transaction():
        row = FormFile(
            name=name, media_type=_media_type(name), sha256=digest, content=base64.b64encode(content).decode()
        )
        FormFile.insert(**row.__data__).on_conflict(action="nothing").execute()
        kept = FormFile.get(FormFile.name == name)
        if kept.sha256 != digest:
            raise Refusal(
                "catalog.form-name-taken",
                status=409,
                rule="CAT-24",
                zh="这个文件名已用于另一份表格，已发布的指南可能引用它，不能覆盖。",
                en="Another form has this name; published guides may refer to it, so it is not overwritten.",
                next_zh="请换一个文件名上传。",
                next_en="Upload it under another name.",
            )
    return kept


def load(folder: Path) -> int:
    """Take over the forms of a city folder; returns how many were new or changed."""
    changed = 0
    with database.transaction():
        known = {row.name: row for row in FormFile.select()}
        for path in sorted(folder.glob("*")):
            if path.suffix not in MEDIA_TYPES:
                continue
            name, content = f"forms/{path.name}", path.read_bytes()
            values = {"media_type": _media_type(name), "sha256": hashlib.sha256(content).hexdigest()}
            row = known.get(name)
            if row is None:
                FormFile.create(name=name, content=base64.b64encode(content).decode(), **values)
            elif row.sha256 != values["sha256"]:
                row.content, row.sha256 = base64.b64encode(content).decode(), values["sha256"]
                row.save()
            else:
                continue
            changed += 1
    return changed


def content(row: Any) -> bytes:
    """The file itself."""
    return base64.b64decode(row.content)


def _media_type(name: str) -> str:
    return MEDIA_TYPES[Path(name).suffix]


def _check(name: str, content: bytes) -> None:
    signatures = {".pdf": b"%PDF-", ".docx": b"PK\x03\x04", ".xlsx": b"PK\x03\x04"}
    suffix = Path(name).suffix
    # A page that an editor wrote is not taken: it would be served from the hall's own address.
    if not NAME.fullmatch(name) or suffix not in signatures or not content.startswith(signatures[suffix]):
        raise Refusal(
            "catalog.form-invalid",
            status=422,
            rule="CAT-13",
            zh="表格须为 pdf、docx 或 xlsx 文件，文件名用字母、数字、点和短横线。",
            en="A form is a pdf, docx or xlsx file; its name has letters, digits, dots and hyphens.",
            next_zh="请换用符合要求的文件。",
            next_en="Send such a file.",
        )
