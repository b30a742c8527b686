"""What the rule pack in use says of each grade (CRE-02, CRE-43): as data, so that a pack can change it."""

from contracts import rules

ORDER = ("minor", "ordinary", "serious")


def known() -> list[str]:
    """The grades of the pack in use."""
    return list(rules.value("credit.grades").value)


def restriction(grade: str) -> str:
    """The constant that says how long a listing of this grade restricts (CRE-11)."""
    return _of("credit.restriction", grade)


def clean_period(grade: str) -> str:
    """The constant that says how long to wait before repair may be applied for (CRE-31)."""
    return _of("credit.repair_clean_period", grade)


def worse(one: str, other: str) -> bool:
    """Whether the one grade is graver than the other."""
    return ORDER.index(one) > ORDER.index(other)


def _of(key: str, grade: str) -> str:
    return key if grade == "ordinary" else f"{key}_{grade}"
