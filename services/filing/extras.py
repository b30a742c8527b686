"""Material beyond the list of the guide, added after asking the staff (FIL-11)."""

from typing import Any

from chassis.errors import Refusal
from services.filing import cases, materials
from services.filing.models import Material, StoredFile, database

MOST = 20


def add(case_no: str, name: str, consulted: str) -> Any:
    """Add a place for such a material to the draft; who advised it stays with it. No item may require it."""
    with database.transaction():
        case = _draft(case_no)
        taken = {row.code for row in _of(case)}
        places = [f"X{number:02}" for number in range(1, MOST + 1)]
        code = next((place for place in places if place not in taken), None)
        if code is None:
            raise cases.invalid(
                "filing.too-many-extras", f"补充材料最多{MOST}项。", f"At most {MOST} such materials.", "FIL-11"
            )
        Material.create(case=case.id, code=code, name=name, required=False, deferrable=False, consulted=consulted)
        case.save()
    return case


def remove(case_no: str, code: str) -> Any:
    """Take it back, with its files."""
    with database.transaction():
        case = _draft(case_no)
        row = Material.get_or_refuse(
            (Material.case == case.id) & (Material.code == code) & Material.consulted.is_null(False)
        )
        for stored in list(StoredFile.select().where(StoredFile.material == row.id)):
            materials.discard(stored)
        row.delete_instance()
        case.save()
    return case


def _of(case: Any) -> Any:
    return Material.select().where(Material.case == case.id, Material.consulted.is_null(False))


def _draft(case_no: str) -> Any:
    case = cases.lock(case_no)
    cases.require_own(case)
    if case.status != "draft":
        raise Refusal(
            "filing.case.wrong-state",
            rule="FIL-13",
            zh="申报后不能再增减材料。",
            en="After submission no material is added or removed.",
            next_zh="如需补充，请联系受理窗口；需要补正的由窗口一次性告知。",
            next_en="Ask the window; what has to be corrected it names at once.",
            state=case.status,
        )
    return case
