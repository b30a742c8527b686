"""Uploads in parts, in the manner of tus: announced with size and hash, sent in pieces, resumed after a cut (FIL-07).

How much has come is the size of the file itself, so that nothing a dead process wrote is lost or believed. Who writes
holds a lock on the file; the system takes it back when the process dies.
"""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, BinaryIO

from chassis import clock
from chassis.auth import actor
from chassis.errors import Refusal
from contracts import rules
from services.filing import blobs, materials, space, storage
from services.filing.models import Upload, database

LIFE = timedelta(hours=24)  # after the last piece
MOST_OPEN = 20  # of one account
RESERVE = 256 * 1024 * 1024  # of the disk, for everything else


def begin(name: str, size: int, sha256: str, way: str, case_no: str | None, code: str | None) -> Any:
    """Announce an upload to a material, or to the personal space; what cannot be taken is refused now."""
    folder = None
    if case_no and code:
        case, _ = materials.opened(case_no, code)
        materials.terms(case, code, way).admit(name, size)
        folder = case.id
    elif actor().kind == "staff" or case_no or code:
        raise storage.refused(
            "upload-without-material", "请先选择材料，再上传文件。", "Choose the material before uploading to it."
        )
    else:
        storage.admit(name, size, below=rules.value("filing.upload_max_bytes").value, formats=[])
    storage.require_free(size + RESERVE)
    with database.transaction():
        own_space = space.locked()
        if folder is None:
            space.require_room(own_space, size)
        if Upload.select().where(Upload.owner == own_space.owner).count() >= MOST_OPEN:
            raise _too_many()
        return Upload.create(
            owner=own_space.owner,
            case_no=case_no,
            code=code,
            way=way,
            name=name,
            size=size,
            sha256=sha256,
            path=storage.reserve(folder or space.folder(own_space)),
            expires_at=clock.wall() + LIFE,
        )


def own(upload_id: str) -> Any:
    """An upload of the caller's that still runs, or 404."""
    return Upload.get_or_refuse(
        (Upload.id == upload_id) & (Upload.owner == actor().id) & (Upload.expires_at > clock.wall())
    )


def offset(row: Any) -> int:
    """How many bytes have come."""
    path = storage.locate(row.path)
    return path.stat().st_size if path.exists() else 0


def append(upload_id: str, at: int | None, stream: BinaryIO) -> tuple[Any, Any]:
    """Take the next piece; with the last one the file goes to its place. The upload, and the stored file or None."""
    row = own(upload_id)
    database.release()  # a long piece must not keep a connection
    with _writing(row) as file:
        have = file.seek(0, 2)
        if at != have:
            raise _elsewhere(have)
        try:
            with storage.refusing_when_full():
                while chunk := stream.read(storage.CHUNK):
                    have += len(chunk)
                    if have > row.size:
                        raise storage.refused(
                            "upload-too-long", "收到的内容超过了申报的长度。", "More has come than was announced."
                        )
                    file.write(chunk)
                file.flush()
        except Refusal:
            with storage.refusing_when_full():
                file.truncate(at)
            raise
        Upload.update(expires_at=clock.wall() + LIFE).where(Upload.id == row.id).execute()
        return row, _finish(row) if have == row.size else None


def cancel(upload_id: str) -> None:
    """Give an upload up."""
    _forget(own(upload_id))


def sweep() -> int:
    """Remove uploads that were given up, and files that a process left behind when it was killed."""
    old = list(Upload.select().where(Upload.expires_at <= clock.wall()).limit(100))
    for row in old:
        _forget(row)
    left = list(storage.unsettled(LIFE.total_seconds()))
    for path in left:
        if blobs.is_named(path):
            storage.settle(path)
        else:
            storage.remove(path)
    return len(old)


def _forget(row: Any) -> None:
    with database.transaction():
        row.delete_instance()
        blobs.release(row.path)


def _claim(row: Any) -> None:
    """The upload ends in the transaction in hand, unless it was cancelled meanwhile."""
    if not row.delete_instance():
        own(row.id)


def _finish(row: Any) -> Any:
    """All has come: compare, look into it, and bind it. What is not what was announced is thrown away."""
    try:
        with storage.locate(row.path).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != row.sha256:
                raise storage.refused(
                    "upload-altered", "文件内容与申报的校验值不符。", "The content is not what was announced."
                )
        received = storage.Received(row.path, row.sha256, row.size, storage.look_into(row.path, row.name))
    except Refusal:
        _forget(row)
        raise
    if row.case_no is None:
        with database.transaction():
            _claim(row)
            return space.add(received, row.name)
    case, stage = materials.opened(row.case_no, row.code)
    asked = materials.terms(case, row.code, row.way)
    try:
        kept, name = asked.fit(received, row.name)
    except Refusal:
        _forget(row)
        raise
    try:
        with database.transaction():
            _claim(row)
            if kept is not received:
                blobs.release(row.path)
            return materials.take(row.case_no, row.code, kept, name, row.way, stage)[1]
    except BaseException:
        if kept is not received:
            storage.remove(kept.path)
        raise


@contextmanager
def _writing(row: Any) -> Iterator[Any]:
    path = storage.locate(row.path)
    with storage.refusing_when_full():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    with path.open("r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refusal(
                "filing.upload-busy",
                rule="FIL-07",
                zh="该文件正在上传，请勿同时重复上传。",
                en="A piece of this upload is just coming in.",
                next_zh="请等待当前上传结束或中断后再续传。",
                next_en="Wait until it has come or broken off, then go on.",
                headers={"Retry-After": "1"},
            ) from None
        yield file


def _elsewhere(have: int) -> Refusal:
    return Refusal(
        "filing.upload-offset",
        rule="FIL-07",
        zh=f"已收到 {have} 字节，请从该处续传。",
        en=f"{have} bytes have come; go on from there.",
        next_zh="请查询已收到的长度后续传。",
        next_en="Ask how much has come and send the rest.",
        headers={"Upload-Offset": str(have)},
        offset=have,
    )


def _too_many() -> Refusal:
    return Refusal(
        "filing.too-many-uploads",
        status=429,
        rule="FIL-07",
        zh=f"同时进行的上传不能超过{MOST_OPEN}个。",
        en=f"At most {MOST_OPEN} uploads run at the same time.",
        next_zh="请先完成或取消其他上传。",
        next_en="Finish or cancel the others first.",
    )
