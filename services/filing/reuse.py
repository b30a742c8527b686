"""Never ask twice: what the hall holds already is offered at the draft, given without a copy, and counted (FIL-20)."""

from typing import Any

from peewee import fn

from chassis.auth import actor
from services.filing import blobs, cases, items, licences, materials, storage
from services.filing.models import Case, Licence, Material, SpaceFile, StoredFile, database

MOST = 3  # offers of one kind for one material, the newest
HELD = ("space", "licence", "earlier")  # ways in which nothing had to be made or found anew


def offers(case_no: str) -> list[dict[str, Any]]:
    """For each material that is still missing: licences, files of earlier cases, files of the personal space."""
    case = cases.get(case_no)
    cases.require_own(case)
    guide = items.of(case)
    found = []
    for row in materials.of(case):
        if row.state in {"missing", "deferred", "rejected"}:
            wanted = (items.material(guide, row.code) or {}).get("licence_type") or row.name
            held = [*_licences(case, wanted), *_earlier(case, row.name), *_in_space(row.name)]
            found.append({"code": row.code, "material": row.name, "offers": held})
    return found


def give(case_no: str, code: str, file_id: str) -> tuple[Any, Any]:
    """Give a file of an earlier case of the same party again."""
    case, _ = materials.opened(case_no, code)
    asked = materials.terms(case, code, "earlier")
    with database.transaction():
        allowed = StoredFile.case.in_(_cases(case).select(Case.id)) & StoredFile.material.is_null(False)
        row = StoredFile.get_or_refuse((StoredFile.id == file_id) & allowed, lock=True)
        storage.admit(row.name, row.size, below=asked.below, formats=asked.formats)
        return materials.take(case_no, code, blobs.received(row), row.name, "earlier")


def counted() -> dict[str, int]:
    """How many files of the caller's cases came in which way, and how many of them were held already."""
    mine = cases.handled(Case.approving_org, Case.item_code) & (Case.status != "draft")
    rows = (
        StoredFile.select(StoredFile.way, fn.COUNT(StoredFile.id).alias("files"))
        .where(StoredFile.stage == "filing", StoredFile.case.in_(Case.select(Case.id).where(mine)))
        .group_by(StoredFile.way)
        .dicts()
    )
    found = {row["way"]: row["files"] for row in rows}
    return {"files": sum(found.values()), "held": sum(found.get(way, 0) for way in HELD)} | {
        way: found.get(way, 0) for way in ("local", "camera", *HELD)
    }


def _cases(case: Any) -> Any:
    """Earlier cases of the party; who files for it sees those that he has filed."""
    earlier = (Case.subject_ref == case.subject_ref) & (Case.status != "draft") & (Case.id != case.id)
    if actor().id != case.subject_ref:
        earlier &= Case.applicant_ref == actor().id
    return Case.select().where(earlier)


def _licences(case: Any, wanted: str) -> list[dict[str, Any]]:
    query = Licence.select().where(Licence.holder_ref == case.subject_ref, Licence.name == wanted)
    valid = [row for row in query.order_by(Licence.valid_from.desc()) if licences.standing(row) == "valid"]
    return [{"source": "licence", "id": row.licence_id, "name": f"{row.name} {row.number}"} for row in valid[:MOST]]


def _earlier(case: Any, name: str) -> list[dict[str, Any]]:
    query = (
        StoredFile.select(StoredFile.id, StoredFile.name, Case.case_no)
        .join(Material, on=(Material.id == StoredFile.material))
        .join(Case, on=(Case.id == StoredFile.case))
        .where(Case.id.in_(_cases(case).select(Case.id)), Material.name == name, Material.state.in_(materials.PRESENT))
        .order_by(StoredFile.id.desc())
        .limit(MOST)
    )
    return [{"source": "earlier"} | row for row in query.dicts()]


def _in_space(name: str) -> list[dict[str, Any]]:
    query = SpaceFile.select().where(SpaceFile.owner == actor().id, SpaceFile.name.contains(name))
    newest = query.order_by(SpaceFile.id.desc()).limit(MOST)
    return [{"source": "space", "id": row.id, "name": row.name} for row in newest]
