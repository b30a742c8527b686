"""Where files lie: one small interface over a folder. Streamed, hashed, measured and looked into (FIL-07).

Beside each new file lies an empty mark until its row is committed: what a killed process leaves behind is found by its
mark and swept.
"""

import errno
import hashlib
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from flask import current_app, has_app_context

from chassis import clock, config
from chassis.errors import Refusal
from chassis.ids import new_id
from services.filing import packed

CHUNK = 256 * 1024
_MARKS = "unsettled"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
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
    if not _NAME.fullmatch(name) or name.startswith(".") or ".." in name or ending_of(name) not in _KINDS:
        raise refused(
            "file-name",
            "文件名不合规，或不支持这种类型的文件。",
            "The file name is not a plain one, or this kind of file is not taken.",
            allowed=sorted(_KINDS),
        )
    return name


def admit(name: str, size: int | None, *, below: int, formats: list[str]) -> str:
    """The ending of a file that may come in by name, announced size and the formats of its material."""
    ending = ending_of(safe_name(name))
    if formats and ending not in {_SAME.get(one, one) for one in formats}:
        raise refused(
            "file-format", f"该材料只接受：{'、'.join(formats)}。", f"This material takes {', '.join(formats)} only."
        )
    if size is not None and size >= below:
        raise too_large(below)
    return ending


def receive(
    case_id: str, name: str, stream: BinaryIO, *, below: int, announced: int | None, formats: list[str]
) -> Received:
    """Stream a body to disk; refuses too large, empty and disguised files and leaves nothing of them behind."""
    admit(name, announced, below=below, formats=formats)
    relative = reserve(case_id)
    digest, size = hashlib.sha256(), 0
    try:
        with refusing_when_full(), locate(relative).open("xb") as out:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                if size >= below:
                    raise too_large(below)
                digest.update(chunk)
                out.write(chunk)
        if not size or (announced is not None and size != announced):
            raise refused("file-incomplete", "文件为空或没有传完。", "The file is empty or did not arrive whole.")
        mime = look_into(relative, name)
    except BaseException:
        remove(relative)
        raise
    return Received(relative, digest.hexdigest(), size, mime)


def look_into(relative: str, name: str) -> str:
    """The media type of a file whose content is what its name says; refused otherwise."""
    ending = ending_of(name)
    mime, looks_right = _KINDS[ending]
    with locate(relative).open("rb") as file:
        head = file.read(1024)
        disguised = not looks_right(head)
        fault = packed.fault(file, ending) if not disguised and head.startswith(b"PK") else None
    if disguised or fault == packed.NOT_WHAT_IT_SAYS:
        raise refused(
            "file-disguised",
            f"文件内容不是 {ending} 格式，请勿改后缀名上传。",
            f"The content is not {ending}; do not rename files of another kind.",
        )
    if fault == packed.PATHS:
        raise refused(
            "archive-paths",
            "压缩包内有带路径跳转的文件名，不能接收。",
            "The archive has names that lead out of it; it is not taken.",
        )
    if fault == packed.BOMB:
        raise refused(
            "archive-bomb",
            "压缩包解开后过大或文件过多，不能接收。",
            "What the archive unpacks to is too large or too many; it is not taken.",
        )
    return mime


def keep(case_id: str, data: bytes, mime: str) -> Received:
    """Lay down what the hall itself has made."""
    relative = reserve(case_id)
    try:
        with refusing_when_full(), locate(relative).open("xb") as out:
            out.write(data)
    except BaseException:
        remove(relative)
        raise
    return Received(relative, hashlib.sha256(data).hexdigest(), len(data), mime)


def reserve(folder: str) -> str:
    """The place of a new file in this folder, marked as not settled."""
    relative = f"{folder}/{new_id()}"
    target = locate(relative)
    with refusing_when_full():
        target.parent.mkdir(parents=True, exist_ok=True)
        _mark(relative).parent.mkdir(exist_ok=True)
        _mark(relative).touch()
    return relative


def settle(relative: str) -> None:
    """The row of this file is committed."""
    _mark(relative).unlink(missing_ok=True)


def unsettled(seconds: float) -> Iterator[str]:
    """Files that have had no row for so long; the process that wrote them is gone."""
    folder = _root() / _MARKS
    before = clock.wall().timestamp() - seconds
    for mark in folder.iterdir() if folder.is_dir() else ():
        if mark.stat().st_mtime <= before:
            yield mark.name.replace("~", "/")


def require_free(size: int) -> None:
    """Refuse what the disk has no room for."""
    root = _root()
    root.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(root).free < size:
        raise _disk_full()


@contextmanager
def refusing_when_full() -> Iterator[None]:
    """A full disk is said in plain words."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise _disk_full() from None


def _disk_full() -> Refusal:
    return Refusal(
        "filing.disk-full",
        status=507,
        rule="FIL-07",
        zh="平台存储空间不足，文件没有保存。",
        en="The hall's disk is full; the file was not kept.",
        next_zh="请稍后再试，已填写的内容不受影响。",
        next_en="Try again later; what you have filled in is safe.",
        headers={"Retry-After": "600"},
    )


def locate(relative: str) -> Path:
    """Where a stored file lies."""
    return _root() / relative


def remove(*relatives: str) -> None:
    """Delete stored files and folders that became empty."""
    for relative in relatives:
        path = locate(relative)
        path.unlink(missing_ok=True)
        settle(relative)
        try:
            path.parent.rmdir()
        except OSError:
            continue  # other files of the case are still there


def _root() -> Path:
    if has_app_context():
        return current_app.extensions["ywt_settings"].files_path
    return config.load("filing").files_path  # a worker has settings, but no application


def _mark(relative: str) -> Path:
    return _root() / _MARKS / relative.replace("/", "~")


def ending_of(name: str) -> str:
    """The ending that says what kind a file is."""
    ending = name.rpartition(".")[2].lower()
    return _SAME.get(ending, ending)


def too_large(below: int) -> Refusal:
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


def refused(code: str, zh: str, en: str, **extra: Any) -> Refusal:
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
