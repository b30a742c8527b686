"""Materials and their files: uploading, deferring, and what is still missing (FIL-05, FIL-07, FIL-08, FIL-09)."""

from dataclasses import dataclass
from typing import Any, BinaryIO

from chassis import clock
from chassis.auth import actor
from chassis.errors import Refusal
from contracts import rules
from services.filing import blobs, cases, images, items, storage
from services.filing.models import Commitment, CommitmentItem, Correction, Material, StoredFile, database

PRESENT = frozenset({"supplied", "licence", "letter", "checked"})


def of(case: Any) -> list[Any]:
    """The materials of a case in the order of the guide."""
    return list(Material.select().where(Material.case == case.id).order_by(Material.code))


def files(case: Any) -> list[Any]:
    """Everything that was uploaded to a case, oldest first."""
    return list(StoredFile.select().where(StoredFile.case == case.id).order_by(StoredFile.id))


def missing(listed: list[Any]) -> list[Any]:
    """Of these the required ones that are neither there nor deferred (FIL-08)."""
    return [row for row in listed if row.required and row.state not in PRESENT and row.state != "deferred"]


def states(listed: list[Any]) -> list[dict[str, str]]:
    """Code and state of each, for events."""
    return [{"code": row.code, "state": row.state} for row in listed]


def refs(case: Any) -> list[dict[str, Any]]:
    """Code, state and file references of each material, for the push to supervision (FIL-46)."""
    by_material: dict[str, list[str]] = {}
    for row in files(case):
        by_material.setdefault(row.material or "", []).append(row.id)
    return [{"code": row.code, "state": row.state, "files": by_material.get(row.id, [])} for row in of(case)]


def originals_to_check(case: Any) -> bool:
    """Whether paper is looked at when the result is collected: by the guide, or left over at acceptance (FIL-31)."""
    by_guide = any(entry.get("check_original_at_pickup") for entry in items.of(case)["materials"])
    return by_guide or any(row.check_at_pickup for row in of(case))


@dataclass(frozen=True)
class Terms:
    """What the guide asks of a file of one material, given in one way (CAT-16, FIL-07)."""

    way: str
    below: int
    formats: list[str]
    incoming: int  # a photograph may come in larger than what is kept of it

    def admit(self, name: str, size: int | None) -> None:
        """Refuse what cannot be taken, before it has come."""
        storage.admit(name, size, below=self.incoming if images.is_image(name) else self.below, formats=self.formats)

    def fit(self, received: storage.Received, name: str) -> tuple[storage.Received, str]:
        """The file itself, or a smaller copy of a photograph, and its name."""
        shrinks = self.way == "camera" or received.size >= self.below
        if shrinks and images.is_image(name) and (not self.formats or {"jpg", "jpeg"} & set(self.formats)):
            return images.shrink(received, name, below=self.below)
        if received.size >= self.below:
            raise storage.too_large(self.below)
        return received, name


def terms(case: Any, code: str, way: str) -> Terms:
    """The terms for a material; refused when the guide does not take it in this way. A window scans what it gets."""
    guide = items.material(items.of(case), code) or {}
    ways = guide.get("upload_ways")
    if ways and way not in {*ways, "earlier"} and actor().kind != "staff":
        raise cases.invalid(
            "filing.material-way",
            "办事指南规定这项材料不能以这种方式提交。",
            f"By the guide this material is not given in this way: {way}.",
            "CAT-16",
            next_zh="请按办事指南所列的提交方式提交。",
            next_en="Give it in one of the ways that the guide lists.",
            ways=ways,
        )
    largest = rules.value("filing.upload_max_bytes").value
    own = guide.get("max_bytes")
    below = min(largest, own + 1) if own else largest
    photographed = way == "camera" or own
    incoming = max(below, min(images.LARGEST, largest)) if photographed else below
    formats = guide.get("formats") or []
    if way == "camera":
        formats = [one for one in formats or ["jpg", "png"] if one in {"jpg", "jpeg", "png"}] or ["jpg"]
    return Terms(way, below, formats, incoming)


def upload(
    case_no: str, code: str, name: str, stream: BinaryIO, announced: int | None, way: str = "local"
) -> tuple[Any, Any]:
    """Store one file of a material; a file of the same name in the same step is replaced (FIL-07)."""
    case, stage = opened(case_no, code)
    asked = terms(case, code, way)
    database.release()  # a long upload must not keep a connection
    below = asked.incoming if images.is_image(name) else asked.below
    received = storage.receive(case.id, name, stream, below=below, announced=announced, formats=asked.formats)
    kept = received
    try:
        kept, name = asked.fit(received, name)
        with database.transaction():
            case, stored = take(case_no, code, kept, name, way, stage)
    except BaseException:
        storage.remove(*{received.path, kept.path})
        raise
    if kept is not received:
        storage.remove(received.path)
    return case, stored


def opened(case_no: str, code: str) -> tuple[Any, str]:
    """The case, and the step in which files of this material may be given now."""
    case = cases.get(case_no)
    return case, open_stage(case, _material(case, code))


def take(
    case_no: str, code: str, received: storage.Received, name: str, way: str, stage: str | None = None
) -> tuple[Any, Any]:
    """Bind a file that has come to its material, in the transaction in hand; refused when the step has changed."""
    case = cases.lock(case_no)
    material = Material.locked(Material.id == _material(case, code).id)
    now = open_stage(case, material)
    if stage not in (None, now):
        raise _closed(case)
    stored = bind(case, received, name, now, material, way=way)
    if now == "filing":
        material.state = "licence" if way == "licence" else "supplied"
        material.save()
    case.save()
    return case, stored


def bind(
    case: Any, received: storage.Received, name: str, stage: str, material: Any = None, *, way: str = "local"
) -> Any:
    """Write the row of a received file; the one it replaces is deleted once this is committed."""
    same = (StoredFile.case == case.id) & (StoredFile.stage == stage) & (StoredFile.name == name)
    same &= StoredFile.material == material.id if material else StoredFile.material.is_null()
    for old in list(StoredFile.select().where(same)):
        discard(old)
    blobs.settle(received.path)
    return StoredFile.create(
        case=case.id,
        material=material.id if material else None,
        stage=stage,
        name=name,
        sha256=received.sha256,
        size=received.size,
        mime=received.mime,
        path=received.path,
        uploader=actor().id,
        uploaded_at=clock.now(),
        way=way,
    )


def delete_file(case_no: str, code: str, name: str) -> Any:
    """Take back a file that has not been sent yet (FIL-13)."""
    with database.transaction():
        case = cases.lock(case_no)
        material = _material(case, code)
        stage = open_stage(case, material)
        row = StoredFile.get_or_refuse(
            (StoredFile.material == material.id) & (StoredFile.stage == stage) & (StoredFile.name == name), lock=True
        )
        discard(row)
        left = StoredFile.select().where(StoredFile.material == material.id, StoredFile.stage == stage).count()
        if stage == "filing" and not left:
            material.state = "missing"
            material.save()
        case.save()
    return case


def discard(row: Any) -> None:
    """Delete the row of a file, and the file unless another row shares it."""
    row.delete_instance()
    blobs.release(row.path)


def defer(case_no: str, code: str, *, wanted: bool) -> Any:
    """Promise to supply a material later, or take that back (FIL-09)."""
    with database.transaction():
        case = cases.lock(case_no)
        cases.require_own(case)
        if case.status != "draft":
            raise _closed(case)
        material = _material(case, code)
        if wanted and (case.mode != "commit" or not material.deferrable):
            raise cases.invalid(
                "filing.material-not-deferrable",
                f"“{material.name}”不能容缺后补。",
                f"{code} cannot be supplied later.",
                "FIL-09",
                next_zh="只有选择承诺审批，且材料标注“容缺后补”的，才可以后补；请上传该材料。",
                next_en="Only material so marked, in a commit case, may come later; upload it.",
            )
        if wanted and material.state in PRESENT:
            raise cases.invalid(
                "filing.material-present", "该材料已经上传，无需后补。", "The material is there already.", "FIL-09"
            )
        if material.state in {"missing", "deferred"}:
            material.state = "deferred" if wanted else "missing"
            material.save()
        case.save()
    return case


def open_stage(case: Any, material: Any) -> str:
    """In which step files of this material may be uploaded now; refused when in none, or not by this caller."""
    if case.status == "draft":
        cases.require_own(case)
        return "filing"
    if case.status == "correction":
        notice = Correction.get((Correction.case == case.id) & (Correction.round == case.rounds))
        if any(defect["code"] == material.code for defect in notice.defects):
            _own_or_window(case)
            return f"correction:{notice.round}"
    promise = Commitment.get_or_none(Commitment.case == case.id)
    if promise and promise.status in {"signed", "open", "under_check"} and clock.now() < clock.end_of(promise.due):
        mine = (CommitmentItem.commitment == promise.id) & (CommitmentItem.code == material.code)
        item = CommitmentItem.get_or_none(mine)
        if item and item.state == "deferred":
            _own_or_window(case)
            return f"supply:{promise.supplies + 1}"
    cases.require_own(case)
    raise _closed(case)


def _own_or_window(case: Any) -> None:
    """The party online, or a clerk of the receiving or accepting window for it (FIL-26)."""
    if cases.is_own(case):
        return
    cases.require_window(case, case.receiving_org, case.accepting_org)


def in_stage(case: Any, stage: str) -> dict[str, list[Any]]:
    """Files of one step by material code."""
    codes = {row.id: row.code for row in of(case)}
    found: dict[str, list[Any]] = {}
    for row in StoredFile.select().where(StoredFile.case == case.id, StoredFile.stage == stage):
        if row.material:
            found.setdefault(codes[row.material], []).append(row)
    return found


def mark(case: Any, code: str, state: str) -> None:
    """Set the state of one material."""
    Material.update(state=state).where(Material.case == case.id, Material.code == code).execute()


def _material(case: Any, code: str) -> Any:
    row = Material.get_or_none((Material.case == case.id) & (Material.code == code))
    if row is None:
        raise Refusal(
            "filing.material-unknown",
            status=404,
            rule="CAT-14",
            zh="办事指南中没有这项材料。",
            en="The guide has no such material.",
            next_zh="请按办事指南的材料清单上传。",
            next_en="Upload by the list of materials of the guide.",
        )
    return row


def _closed(case: Any) -> Refusal:
    return Refusal(
        "filing.material-closed",
        rule="FIL-13",
        zh="现在不能上传或更改这项材料。",
        en="This material cannot be uploaded or changed now.",
        next_zh="申报后只能上传补正告知所列的材料，或在承诺期限内补交容缺材料。",
        next_en="After submission only material named in a correction notice, or promised material before its date.",
        state=case.status,
    )


def readable(case: Any, file_id: str) -> Any:
    """A file of the case, or 404."""
    return StoredFile.get_or_refuse((StoredFile.id == file_id) & (StoredFile.case == case.id))
