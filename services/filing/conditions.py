"""The conditions of an item that a machine can check: a small declarative language over known facts (FIL-40).

A check is one of
    {"field": "area_m2", "op": "at_most", "value": 60}   ops: equals, one_of, at_least, at_most, present
    {"standing": "unrestricted"}                         the party's standing in the credit archive
    {"licence": "000149032000"}                          a licence held today, by item code or by name
    {"material": "M01"}                                  a material that lies in the file
    {"all": [check, …]}, {"any": [check, …]}, {"not": check}
and gives true, false, or None where the fact is not known. None is never taken for true.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Facts:
    """What is known when the conditions are evaluated."""

    form: dict[str, Any]
    restricted: bool | None  # None: the credit archive could not be asked
    licences: frozenset[str]  # names and item codes of the licences valid today
    materials: frozenset[str]  # codes of the materials that are there


def evaluate(check: Any, facts: Facts) -> bool | None:
    """True, false, or None when a fact is missing or the check is not understood."""
    if not isinstance(check, dict):
        return None
    if "op" in check:
        return _field(check, facts.form.get(check.get("field", "")))
    for name, rule in _RULES.items():
        if set(check) == {name}:
            return rule(check[name], facts)
    return None


def _field(check: dict[str, Any], value: Any) -> bool | None:
    op, wanted = check["op"], check.get("value")
    if op == "present":
        return value not in (None, "", [])
    if value in (None, "", []):
        return None
    if op == "equals":
        return bool(str(value) == str(wanted))
    if op == "one_of":
        return str(value) in [str(one) for one in wanted] if isinstance(wanted, list) else None
    if op in {"at_least", "at_most"}:
        try:
            left, right = float(value), float(wanted)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return None
        return left >= right if op == "at_least" else left <= right
    return None


def _all(checks: Any, facts: Facts) -> bool | None:
    found = [evaluate(check, facts) for check in checks] if isinstance(checks, list) else [None]
    if False in found:
        return False
    return None if None in found or not found else True


def _any(checks: Any, facts: Facts) -> bool | None:
    found = [evaluate(check, facts) for check in checks] if isinstance(checks, list) else [None]
    if True in found:
        return True
    return None if None in found or not found else False


def _not(check: Any, facts: Facts) -> bool | None:
    found = evaluate(check, facts)
    return None if found is None else not found


def _standing(wanted: Any, facts: Facts) -> bool | None:
    if wanted != "unrestricted" or facts.restricted is None:
        return None
    return not facts.restricted


_RULES: dict[str, Callable[[Any, Facts], bool | None]] = {
    "all": _all,
    "any": _any,
    "not": _not,
    "standing": _standing,
    "licence": lambda wanted, facts: wanted in facts.licences,
    "material": lambda wanted, facts: wanted in facts.materials,
}
