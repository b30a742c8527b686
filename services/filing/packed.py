"""A look at the table of contents of a zip (also docx, xlsx, ofd), without unpacking anything (FIL-07)."""

import struct
import zipfile
from pathlib import PurePosixPath
from typing import BinaryIO

NOT_WHAT_IT_SAYS, PATHS, BOMB = "not-what-it-says", "paths", "bomb"

MOST_MEMBERS = 10_000
MOST_CONTENTS = 4 * 1024 * 1024  # of the table itself: reading it must not take much memory
MOST_UNPACKED = 2 * 1024 * 1024 * 1024
MOST_RATIO, SMALL = 100, 64 * 1024 * 1024  # a small text may well be packed to a hundredth
_END, _END64 = b"PK\x05\x06", b"PK\x06\x07"
_TAIL = 22 + 65_535  # the record at the end and the longest comment
# A member that each kind of document must have.
_PARTS = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "ofd": "OFD.xml"}


def fault(file: BinaryIO, ending: str) -> str | None:
    """What is wrong with the archive; None when nothing is."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL))
    tail = file.read()
    place = tail.rfind(_END)
    if place < 0 or len(tail) - place < 22:
        return NOT_WHAT_IT_SAYS
    members, contents = struct.unpack("<HI", tail[place + 10 : place + 16])
    if members > MOST_MEMBERS or contents > MOST_CONTENTS or _END64 in tail[max(0, place - 20) : place]:
        return BOMB
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    # What zipfile raises for a broken table; NotImplementedError is its word for a format version it cannot read.
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, struct.error):
        return NOT_WHAT_IT_SAYS
    if any(_leads_out(entry.orig_filename) for entry in entries):
        return PATHS
    unpacked, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    # More packed bytes than the file has: members that share the same bytes.
    if len(entries) > MOST_MEMBERS or packed > size or unpacked > MOST_UNPACKED:
        return BOMB
    if unpacked > SMALL and unpacked > MOST_RATIO * size:
        return BOMB
    needed = _PARTS.get(ending)
    return NOT_WHAT_IT_SAYS if needed and needed not in {entry.filename for entry in entries} else None


def _leads_out(name: str) -> bool:
    """Whether unpacking this member by its name could write outside the folder."""
    plain = name.replace("\\", "/")
    return plain.startswith("/") or "\0" in name or plain[1:2] == ":" or ".." in PurePosixPath(plain).parts
