"""The personal space (个人空间): an account's own files, given to any of its cases without a second copy (FIL-05)."""

from typing import Any, BinaryIO

from chassis.auth import actor
from chassis.errors import Refusal
from contracts import rules
from services.filing import blobs, materials, storage
from services.filing.models import Space, SpaceFile, database

QUOTA = 1024 * 1024 * 1024


def mine() -> Any:
    """The caller's files."""
    return SpaceFile.select().where(SpaceFile.owner == actor().id)


def usage() -> dict[str, int]:
    """How much the caller's space holds and may hold."""
    row = Space.get_or_none(Space.owner == actor().id)
    return {"used": row.used if row else 0, "quota": QUOTA}


def own(file_id: str, *, lock: bool = False) -> Any:
    """A file of the caller's, or 404."""
    return SpaceFile.get_or_refuse((SpaceFile.id == file_id) & (SpaceFile.owner == actor().id), lock=lock)


def locked() -> Any:
    """The row of the caller's space, for whoever counts."""
    fresh = Space(owner=actor().id)
    Space.insert(**fresh.__data__).on_conflict(action="nothing").execute()
    return Space.locked(Space.owner == actor().id)


def upload(name: str, stream: BinaryIO, announced: int | None) -> Any:
    """Store one file in the space, streamed."""
    with database.transaction():
        space = locked()
        require_room(space, announced or 0)
    database.release()
    below = rules.value("filing.upload_max_bytes").value
    received = storage.receive(folder(space), name, stream, below=below, announced=announced, formats=[])
    try:
        with database.transaction():
            return add(received, name)
    except BaseException:
        storage.remove(received.path)
        raise


def add(received: storage.Received, name: str) -> Any:
    """Enter a file that has come, in the transaction in hand; what the space holds already is not kept twice."""
    space = locked()
    _require_free(name)
    same = mine().where(SpaceFile.sha256 == received.sha256).first()
    if same is None:
        require_room(space, received.size)
        space.used += received.size
        space.save()
        blobs.settle(received.path)
    else:
        blobs.release(received.path)
    return SpaceFile.create(
        owner=space.owner,
        name=name,
        sha256=received.sha256,
        size=received.size,
        mime=received.mime,
        path=same.path if same else received.path,
    )


def rename(file_id: str, name: str) -> Any:
    """Give a file another name of the same kind."""
    with database.transaction():
        locked()
        row = own(file_id, lock=True)
        if storage.ending_of(storage.safe_name(name)) != storage.ending_of(row.name):
            raise storage.refused("file-kind", "不能更改文件的类型。", "The kind of a file cannot be changed.")
        if name != row.name:
            _require_free(name)
            row.name = name
            row.save()
    return row


def delete(file_id: str) -> None:
    """Delete a file of the space; cases that it was given to keep it."""
    with database.transaction():
        space, row = locked(), own(file_id, lock=True)
        row.delete_instance()
        if not mine().where(SpaceFile.path == row.path).exists():
            space.used -= row.size
            space.save()
        blobs.release(row.path)


def give(case_no: str, code: str, file_id: str) -> tuple[Any, Any]:
    """Give a file of the space as material (FIL-05)."""
    case, _ = materials.opened(case_no, code)
    asked = materials.terms(case, code, "space")
    with database.transaction():
        row = own(file_id, lock=True)
        storage.admit(row.name, row.size, below=asked.below, formats=asked.formats)
        return materials.take(case_no, code, blobs.received(row), row.name, "space")


def folder(space: Any) -> str:
    """Where the files of a space lie."""
    return f"space-{space.id}"


def require_room(space: Any, size: int) -> None:
    """Refuse what would not fit; the row of the space is locked."""
    if space.used + size > QUOTA:
        raise Refusal(
            "filing.space-full",
            rule="FIL-05",
            zh=f"个人空间已满（共{QUOTA // 1024 // 1024} MB）。",
            en="The personal space is full.",
            next_zh="请删除不再需要的文件后再上传。",
            next_en="Delete what you no longer need and upload again.",
            used=space.used,
            quota=QUOTA,
        )


def _require_free(name: str) -> None:
    if mine().where(SpaceFile.name == name).exists():
        raise Refusal(
            "filing.name-taken",
            rule="FIL-05",
            zh=f"个人空间中已有名为“{name}”的文件。",
            en="The personal space has a file of this name.",
            next_zh="请换一个文件名，或先删除原文件。",
            next_en="Choose another name, or delete that file first.",
        )
