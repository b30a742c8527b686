"""Sample people and papers for stories and tests: valid in form, and nobody's."""

import secrets
from typing import Any

from stdnum import luhn
from stdnum.cn import uscc as stdnum_uscc

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
PDF = b"%PDF-1.4\n% sample document\n" + b"0" * 256 + b"\n%%EOF\n"


def id_no() -> str:
    """An identity number that passes every check."""
    birth = f"19{60 + secrets.randbelow(40)}{1 + secrets.randbelow(12):02d}{1 + secrets.randbelow(28):02d}"
    body = f"1201{1 + secrets.randbelow(6):02d}{birth}{secrets.randbelow(1000):03d}"
    return body + _check_digit(body)


def is_id_no(text: str) -> bool:
    """Whether a number has the right check digit, as a simulated provider looks at it."""
    return len(text) == 18 and text[:17].isdigit() and text[17].upper() == _check_digit(text[:17])


def _check_digit(body: str) -> str:
    return "10X98765432"[sum(w * int(c) for w, c in zip(_WEIGHTS, body, strict=True)) % 11]


def mobile() -> str:
    """A mobile number of a range kept for samples here."""
    return f"139{secrets.randbelow(10**8):08d}"


def card() -> str:
    """A bank card number that the simulated verifier takes as the holder's own."""
    body = f"622202{secrets.randbelow(10**12):012d}"
    return body + luhn.calc_check_digit(body)


def company_code() -> str:
    """A unified social credit code that passes its check."""
    body = f"91120000MA{secrets.randbelow(10**7):07d}"
    return body + stdnum_uscc.calc_check_digit(body)


def form(guide: dict[str, Any], project_name: str) -> dict[str, Any]:
    """A filled form for a guide: every required field, and one of each group of which at least one is needed."""
    filled: dict[str, Any] = {}
    groups: set[str] = set()
    for entry in guide["form_fields"]:
        group = entry.get("any_of_group")
        if not entry.get("required") and (not group or group in groups):
            continue
        if group:
            groups.add(group)
        filled[entry["key"]] = project_name if entry["key"] == "project_name" else _value(entry)
    return filled


def _value(entry: dict[str, Any]) -> Any:
    options, validator = entry.get("options"), entry.get("validator") or ""
    if options:
        return [options[0]] if entry["type"] == "multiselect" else options[0]
    if validator == "uscc_or_reg_no":
        return company_code()
    if validator == "id_no" or entry["type"] == "id_number":
        return id_no()
    if validator in {"phone", "mobile"}:
        return mobile() if validator == "mobile" else "022-00000000"
    if validator.startswith("number"):
        return 80
    if validator == "region":
        return "120101"
    if validator == "hall":
        return "H120000"
    if entry["type"] == "date":
        return "2026-01-05"
    return f"样本{entry['label']}"
