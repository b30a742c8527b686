"""The e-archive (电子档案): completed cases, and the package of each: metadata, documents, files, checksums (FIL-43).

The field names follow GB/T 42727 (DA/T 85). The same state of a case gives the same bytes, so that two copies can be
compared; what is packed has been checked against the recorded hashes first.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chassis import clock, history
from chassis.auth import actor, forbidden
from chassis.errors import Refusal
from services.filing import cases, documents, integrity, items, materials, papers, storage, transitions
from services.filing.models import ArchiveEntry

RETENTION = "30年"  # 保管期限, where the guide names none
_RECORD = ("number", "verb", "source", "target", "actor", "org", "opinion", "details", "previous_hash", "hash")


def register(case: Any) -> None:
    """Enter the case that is being completed; a case decided again keeps its number. The case must be locked."""
    if ArchiveEntry.get_or_none(ArchiveEntry.case == case.id):
        return
    now = clock.now()
    ArchiveEntry.create(
        case=case.id,
        case_no=case.case_no,
        archive_no=f"{case.approving_org}-{now.year}-{case.item_code}-{case.case_no}",
        title=f"{case.item_name}（{case.project_name}）",
        org=case.approving_org,
        item_code=case.item_code,
        archived_at=now,
    )


def visible() -> Any:
    """The archive of the organisations that the caller works in or oversees."""
    return ArchiveEntry.select().where(cases.handled(ArchiveEntry.org, ArchiveEntry.item_code))


def package(case_no: str) -> tuple[str, Iterator[bytes]]:
    """Name and bytes of the package, for the organisation's own staff and for the applicant."""
    case = cases.get(case_no)
    own_staff = any(actor().has_role(role, case.approving_org, case.item_code) for role in cases.HANDLERS)
    if not (cases.is_own(case) or own_staff):
        raise forbidden("neither your case nor your archive's")
    entry = ArchiveEntry.get_or_none(ArchiveEntry.case == case.id)
    if entry is None:
        raise Refusal(
            "filing.not-archived",
            rule="FIL-43",
            zh="该办件尚未办结，没有归档。",
            en="This case is not completed and not in the archive.",
            next_zh="请在办结后下载归档包。",
            next_en="Fetch the package once the case is completed.",
            state=case.status,
        )
    issued = [(row, papers.of(row)) for row in documents.of(case)]
    facts = integrity.check(case)
    if not facts["whole"]:
        raise Refusal(
            "filing.case-damaged",
            rule="FIL-33",
            zh="该办件的记录或文件与登记的校验值不符，不能打包归档。",
            en="Records or files of this case are not what was recorded; it cannot be packed.",
            next_zh="请联系系统管理员核查，并从备份恢复。",
            next_en="Let the administrator look into it and restore from the backup.",
            faults=facts["faults"],
        )
    files = list(_files(case, issued))
    members = {"metadata.json": _json(_metadata(case, entry, files)), "history.json": _json(_history(case))}
    listed = [(hashlib.sha256(data).hexdigest(), name) for name, data in members.items()]
    listed += [(file["sha256"], file["path"]) for file in files]
    members["checksums.sha256"] = "".join(f"{digest}  {name}\n" for digest, name in listed).encode()
    sources = [(file["path"], storage.locate(file["row"].path)) for file in files]
    return f"{entry.archive_no}.zip", _stream(case, members, sources)


def _files(case: Any, issued: list[tuple[Any, Any]]) -> Iterator[dict[str, Any]]:
    for number, (document, paper) in enumerate(issued, start=1):
        yield _file(f"documents/{number:02}-{document.title}.pdf", "文书", document.number, paper)
    named = {row.id: row for row in materials.of(case)}
    for row in materials.files(case):
        material = named.get(row.material)
        folder = f"materials/{material.code}" if material else "commitment"
        path = f"{folder}/{row.stage.replace(':', '-')}/{row.name}"
        yield _file(path, "申请材料" if material else "承诺书", material.name if material else "承诺书", row)


def _file(path: str, kind: str, title: str, row: Any) -> dict[str, Any]:
    return {"path": path, "kind": kind, "title": title, "sha256": row.sha256, "size": row.size, "row": row}


def _metadata(case: Any, entry: Any, files: list[dict[str, Any]]) -> dict[str, Any]:
    guide = items.of(case)
    return {
        "档号": entry.archive_no,
        "题名": entry.title,
        "责任者": documents.org_name(case.approving_org),
        "保管期限": guide.get("retention") or RETENTION,
        "归档时间": _at(entry.archived_at),
        "政务服务事项名称": case.item_name,
        "政务服务事项编码": case.item_code,
        "政务服务事项版本": case.item_version,
        "业务办理项编码": case.case_no,
        "申请人名称": cases.form(case).get("applicant_name") or case.subject_name_masked,
        "申请人标识": case.subject_ref,
        "申请时间": _at(case.submitted_at),
        "受理时间": _at(case.accepted_at),
        "办结时间": _at(case.completed_at),
        "办理状态": transitions.STATES[case.status],
        "办理结果": {"granted": "准予", "refused": "不予"}[case.decision],
        "决定文号": case.decision_no,
        "证照编号": case.licence_no,
        "撤销时间": _at(case.revoked_at),
        "文件数量": len(files),
        "文件": [
            {
                "顺序号": number,
                "类别": file["kind"],
                "题名": file["title"],
                "计算机文件名": file["path"],
                "计算机文件大小": file["size"],
                "数字摘要算法": "SHA-256",
                "数字摘要值": file["sha256"],
            }
            for number, file in enumerate(files, start=1)
        ],
    }


def _history(case: Any) -> list[dict[str, Any]]:
    return [{name: getattr(row, name) for name in _RECORD} | {"at": _at(row.at)} for row in history.of(case.id)]


def _stream(case: Any, members: dict[str, bytes], sources: list[tuple[str, Path]]) -> Iterator[bytes]:
    """The zip as it grows; nothing is compressed, since nearly all of it is already."""
    made = clock.local(case.completed_at).timetuple()[:6]
    out = _Outlet()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            with archive.open(_member(name, made, len(data)), "w") as file:
                file.write(data)
            yield out.take()
        for name, path in sources:
            with path.open("rb") as source, archive.open(_member(name, made, path.stat().st_size), "w") as file:
                while chunk := source.read(storage.CHUNK):
                    file.write(chunk)
                    yield out.take()
    yield out.take()


def _member(name: str, made: Any, size: int) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, made)
    member.create_system, member.external_attr, member.file_size = 3, 0o644 << 16, size
    return member


class _Outlet(io.RawIOBase):
    """What the zip writer has written and nobody has taken yet."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._waiting += data
        return len(data)

    def take(self) -> bytes:
        taken = bytes(self._waiting)
        self._waiting.clear()
        return taken


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=False) + "\n").encode()


def _at(moment: Any) -> str | None:
    return clock.local(moment).isoformat(timespec="seconds") if moment else None
