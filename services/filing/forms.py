"""Is a form complete and plausible? The fields of the guide say what is asked for (FIL-03, CAT-29)."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

_PHONE = re.compile(r"^(1[3-9]\d{9}|(\d{3,4}-?)?\d{7,8}(-\d{1,6})?)$")
_MOBILE = re.compile(r"^1[3-9]\d{9}$")
_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def faults(fields: list[dict[str, Any]], form: dict[str, Any]) -> dict[str, list[str]]:
    """What is missing or wrong, by field; empty when the form can be sent."""
    found: dict[str, list[str]] = {}
    groups: dict[str, list[dict[str, Any]]] = {}
    for field in fields:
        value = form.get(field["key"])
        if field.get("any_of_group"):
            groups.setdefault(field["any_of_group"], []).append(field)
        if value in (None, "", []):
            if field.get("required"):
                found[field["key"]] = [f"请填写{field['label']} / required"]
            continue
        fault = _fault(field, value)
        if fault:
            found[field["key"]] = [fault]
    for members in groups.values():
        if not any(form.get(field["key"]) for field in members):
            labels = "、".join(field["label"] for field in members)
            for field in members:
                found[field["key"]] = [f"{labels}至少填写一项 / fill in at least one"]
    return found


def _fault(field: dict[str, Any], value: Any) -> str | None:
    options = field.get("options")
    if options:
        chosen = value if isinstance(value, list) else [value]
        return None if all(one in options for one in chosen) else "不在可选范围内 / not one of the options"
    name, _, argument = (field.get("validator") or "").partition(":")
    check = _CHECKS.get(name)
    return check(str(value), argument) if check else None


def _length(text: str, argument: str) -> str | None:
    least, most = map(int, argument.split("-"))
    return None if least <= len(text.strip()) <= most else f"须为{least}至{most}字 / {least} to {most} characters"


def _number(text: str, argument: str) -> str | None:
    least, most = map(float, argument.split("-"))
    try:
        good = least <= float(text) <= most
    except ValueError:
        good = False
    return None if good else f"须为{least:g}至{most:g}之间的数 / a number from {least:g} to {most:g}"


def _date(text: str, _: str) -> str | None:
    try:
        date.fromisoformat(text)
    except ValueError:
        return "日期格式须为 2026-03-02 / a date like 2026-03-02"
    return None


def _matches(pattern: re.Pattern[str], fault: str) -> Callable[[str, str], str | None]:
    return lambda text, _: None if pattern.fullmatch(text.strip()) else fault


def is_citizen_id(text: str) -> bool:
    """GB 11643: 18 places with a check digit."""
    if not re.fullmatch(r"\d{17}[\dX]", text):
        return False
    weights = [pow(2, 17 - place, 11) for place in range(17)]
    total = sum(int(digit) * weight for digit, weight in zip(text[:17], weights, strict=True))
    return "10X98765432"[total % 11] == text[17]


def is_uscc(text: str) -> bool:
    """GB 32100: 18 places with a check character."""
    if len(text) != 18 or any(char not in _USCC for char in text):
        return False
    total = sum(_USCC.index(char) * pow(3, place, 31) for place, char in enumerate(text[:17]))
    return _USCC[(31 - total % 31) % 31] == text[17]


def _citizen_id(text: str, _: str) -> str | None:
    return None if is_citizen_id(text.strip().upper()) else "证件号有误 / the number is not valid"


def _uscc(text: str, _: str) -> str | None:
    number = text.strip().upper()
    good = is_uscc(number) or re.fullmatch(r"\d{15}", number)
    return None if good else "证件号有误 / the number is not valid"


_CHECKS: dict[str, Callable[[str, str], str | None]] = {
    "length": _length,
    "number": _number,
    "date": _date,
    "phone": _matches(_PHONE, "电话号码有误 / not a phone number"),
    "mobile": _matches(_MOBILE, "手机号码有误 / not a mobile number"),
    "un_no": _matches(re.compile(r"^(UN)?\s?\d{4}$"), "须为四位联合国编号 / a four-digit UN number"),
    "cn_id": _citizen_id,
    "uscc_or_reg_no": _uscc,
}
