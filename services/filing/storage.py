"""Where files lie: one small interface over a folder. Streamed, hashed, measured and looked into (FIL-07)."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from flask import current_app

from chassis.errors import Refusal
from chassis.ids import new_id

CHUNK = 256 * 1024
_NAME = re.compile(r"^[\w一-鿿()（）\[\]【】《》、,，+ .&@#=-]{1,120}$")

# Extension -> (media type, how a file of this kind begins).
_KINDS: dict[str, tuple[str, Callable[[bytes], bool]]] = {
    "pdf": ("application/pdf", lambda head: b"%PDF-" in head[:1024]),
    "png": ("image/png", lambda head: head.startswith(b"\x89PNG\r\n\x1a\n")),
    "jpg": ("image/jpeg", lambda head: head.startswith(b"\xff\xd8\xff")),
    "gif": ("image/gif", lambda head: head.startswith((b"GIF87a", b"GIF89a"))),
    "bmp": ("image/bmp", lambda head: head.startswith(b"BM")),
    "tif": ("image/tiff", lambda head: head.startswith((b"II*\0", b"MM\0*"))),
    "zip": ("application/zip", lambda head: head.startswith(b"PK\x03\x04")),
    "ofd": ("application/ofd", lambda head: head.startswith(b"PK\x03\x04")),
    "docx": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        lambda h: h[:4] == b"PK\x03\x04",
    ),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", lambda h: h[:4] == b"PK\x03\x04"),
    "doc": ("application/msword", lambda head: head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")),
    "xls": ("application/vnd.ms-excel", lambda head: head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")),
}
_SAME = {"jpeg": "jpg", "tiff": "tif"}


@dataclass(frozen=True)
class Received:
    """A file that lies on disk and is not yet bound to anything."""

    path: str
    sha256: str
    size: int
    mime: str


def safe_name(name: str) -> str:
    """The name if it is a plain file name with a known ending; refused otherwise."""
    if not _NAME.fullmatch(name) or name.startswith(".") or ".." in name or _ending(name) not in _KINDS:
        raise _refused(
            "file-name",
            "文件名不合规，或不支持这种类型的文件。",
            "The file name is not a plain one, or this kind of file is not taken.",
            allowed=sorted(_KINDS),
        )
    return name


def receive(
    case_id: str, name: str, stream: BinaryIO, *, below: int, announced: int | None, formats: list[str]
) -> Received:
    """Stream a body to disk; refuses too large, empty and disguised files and leaves nothing of them behind."""
    ending = _ending(safe_name(name))
    if formats and ending not in {_SAME.get(one, one) for one in formats}:
        raise _refused(
            "file-format", f"该材料只接受：{'、'.join(formats)}。", f"This material takes {', '.join(formats)} only."
        )
    if announced is not None and announced >= below:
        raise _too_large(below)
    relative = f"{case_id}/{new_id()}"
    target = _root() / relative
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size, head = hashlib.sha256(), 0, b""
    mime, looks_right = _KINDS[ending]
    try:
        with target.open("xb") as out:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                if size >= below:
                    raise _too_large(below)
                if len(head) < 1024:
                    head += chunk[: 1024 - len(head)]
                digest.update(chunk)
                out.write(chunk)
        if not size or (announced is not None and size != announced):
            raise _refused("file-incomplete", "文件为空或没有传完。", "The file is empty or did not arrive whole.")
        if not looks_right(head):
            raise _refused(
                "file-disguised",
                f"文件内容不是 {ending} 格式，请勿改后缀名上传。",
                f"The content is not {ending}; do not rename files of another kind.",
            )
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return Received(relative, digest.hexdigest(), size, mime)


def keep(case_id: str, data: bytes, mime: str) -> Received:
    """Lay down what the hall itself has made."""
    relative = f"{case_id}/{new_id()}"
    target = _root() / relative
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("xb") as out:
            out.write(data)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return Received(relative, hashlib.sha256(data).hexdigest(), len(data), mime)


def locate(relative: str) -> Path:
    """Where a stored file lies."""
    return _root() / relative


def remove(*relatives: str) -> None:
    """Delete stored files and folders that became empty."""
    for relative in relatives:
        path = _root() / relative
        path.unlink(missing_ok=True)
        try:
            path.parent.rmdir()
        except OSError:
            continue  # other files of the case are still there


def _root() -> Path:
    return current_app.extensions["ywt_settings"].files_path


def _ending(name: str) -> str:
    ending = name.rpartition(".")[2].lower()
    return _SAME.get(ending, ending)


def _too_large(below: int) -> Refusal:
    size = f"{below // 1024 // 1024} MB" if below >= 1024 * 1024 else f"{below // 1024} KB"
    return Refusal(
        "filing.file-too-large",
        status=413,
        rule="FIL-07",
        zh=f"单个文件必须小于 {size}。",
        en=f"One file must be smaller than {size}.",
        next_zh="请压缩或拆成几个文件分次上传。",
        next_en="Compress it, or upload it in several files.",
        below=below,
    )


def _refused(code: str, zh: str, en: str, **extra: Any) -> Refusal:
    return Refusal(
        f"filing.{code}",
        status=422,
        rule="FIL-07",
        zh=zh,
        en=en,
        next_zh="请更换文件后重新上传。",
        next_en="Choose another file and upload again.",
        **extra,
    )
