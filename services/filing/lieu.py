"""以函代证: a department's letter stands for a certificate that is missing, where the item allows it (FIL-41)."""

from typing import Any

from chassis.errors import Refusal
from services.filing import cases, items, materials, standing
from services.filing.models import Material, database


def use(case_no: str, code: str, letter_no: str, letter_from: str) -> Any:
    """Say that what was uploaded for this material is the department's letter."""
    before = cases.get(case_no)
    cases.require_own(before)
    answer = standing.ask(before.subject_ref)
    with database.transaction():
        case = cases.lock(case_no)
        row = Material.get_or_refuse((Material.case == case.id) & (Material.code == code), lock=True)
        if not items.switches(items.of(case)).get("letter_in_lieu"):
            raise cases.invalid(
                "filing.item-without-letter",
                "该事项不适用以函代证。",
                "This item takes no letter in lieu of a certificate.",
                "FIL-41",
            )
        standing.check_letter(case.subject_ref, answer, closed=False)
        if case.status != "draft" or row.state not in {"supplied", "letter"}:
            raise Refusal(
                "filing.letter-missing",
                rule="FIL-41",
                zh="请在申报前先上传部门出具的函件，再登记以函代证。",
                en="Upload the department's letter to the draft first.",
                next_zh="在该材料下上传函件。",
                next_en="Upload it to this material.",
                state=case.status,
            )
        row.state, row.letter_no, row.letter_from = "letter", letter_no, letter_from
        row.save()
        case.save()
        cases.note(case, "letter_in_lieu", details={"material": code, "letter_no": letter_no, "from": letter_from})
    return case


def used(case: Any, known: list[Any] | None = None) -> bool:
    """Whether a letter stands for a certificate in this case, whose materials may be known already."""
    return any(row.state == "letter" for row in known or materials.of(case))


def check(case: Any, answer: list[dict[str, Any]] | None, known: list[Any] | None = None) -> None:
    """Refuse a restricted party's letters, again at the submission and at the decision (FIL-75)."""
    if used(case, known):
        standing.check_letter(case.subject_ref, answer, closed=True)
