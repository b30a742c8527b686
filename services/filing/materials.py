"""Materials and their files: uploading, deferring, and what is still missing (FIL-05, FIL-07, FIL-08, FIL-09)."""

from typing import Any, BinaryIO

from chassis import clock
from chassis.auth import actor
from chassis.errors import Refusal
from contracts import rules
from services.filing import cases, items, storage
from services.filing.models import Commitment, CommitmentItem, Correction, Material, StoredFile, database

PRESENT = frozenset({"supplied", "licence", "letter", "checked"})


def of(case: Any) -> list[Any]:
    """The materials of a case in the order of the guide."""
    return list(Material.select().where(Material.case == case.id).order_by(Material.code))


def files(case: Any) -> list[Any]:
    """Everything that was uploaded to a case, oldest first."""
    return list(StoredFile.select().where(StoredFile.case == case.id).order_by(StoredFile.id))


def missing(case: Any) -> list[Any]:
    """Required materials that are neither there nor deferred (FIL-08)."""
    return [row for row in of(case) if row.required and row.state not in PRESENT and row.state != "deferred"]


def states(case: Any) -> list[dict[str, str]]:
    """Code and state of each material, for events."""
    return [{"code": row.code, "state": row.state} for row in of(case)]


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


def upload(case_no: str, code: str, name: str, stream: BinaryIO, announced: int | None) -> tuple[Any, Any]:
    """Store one file of a material; a file of the same name in the same step is replaced (FIL-07)."""
    case = cases.get(case_no)
    material = _material(case, code)
    stage = open_stage(case, material)
    guide = items.material(items.of(case), code) or {}
    below = rules.value("filing.upload_max_bytes").value
    if guide.get("max_bytes"):
        below = min(below, guide["max_bytes"] + 1)
    database.release()  # a long upload must not keep a connection
    received = storage.receive(
        case.id, name, stream, below=below, announced=announced, formats=guide.get("formats") or []
    )
    try:
        with database.transaction():
            case = cases.lock(case_no)
            material = Material.locked(material.id)
            if material is None or open_stage(case, material) != stage:
                raise _closed(case)
            stored = bind(case, received, name, stage, material)
            if stage == "filing":
                material.state = "supplied"
                material.save()
            case.save()
    except BaseException:
        storage.remove(received.path)
        raise
    return case, stored


def bind(case: Any, received: storage.Received, name: str, stage: str, material: Any = None) -> Any:
    """Write the row of a received file; the one it replaces is deleted once this is committed."""
    same = (StoredFile.case == case.id) & (StoredFile.stage == stage) & (StoredFile.name == name)
    same &= StoredFile.material == material.id if material else StoredFile.material.is_null()
    for old in list(StoredFile.select().where(same)):
        discard(old)
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
    path = row.path
    row.delete_instance()
    database.on_commit(lambda: storage.remove(path))


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
