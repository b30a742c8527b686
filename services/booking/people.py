"""Whose identity card it is. Identity knows; booking keeps neither numbers nor names (ID-21)."""

import re
from typing import Any

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from chassis import clock, http
from chassis.errors import Refusal


def holder(id_no: str) -> dict[str, list[str] | None]:
    """For whom the holder of the card may take a number: reference and items, None for all. Empty for a stranger."""
    number = id_no.strip().upper()
    if not genuine(number):
        raise Refusal(
            "booking.card-not-valid",
            status=422,
            rule="BOO-13",
            zh="读到的居民身份证号码无效，不能取号。",
            en="The number read is not one of an identity card.",
            next_zh="请重新刷卡；仍不行请到咨询台凭预约编号人工取号。",
            next_en="Read the card again, or ask at the desk with the booking number.",
        )
    try:
        answer = http.json_or_raise(
            http.peer("identity").post("/api/identity/v1/cards/resolution", json={"id_no": number})
        )
    except (http.Rejected, http.Unavailable, LookupError):
        raise Refusal(
            "booking.card-cannot-be-read",
            status=503,
            rule="BOO-13",
            zh="暂时无法核对身份证。",
            en="The card cannot be checked at the moment.",
            next_zh="请到咨询台凭预约编号人工取号；今日取号即不计失约。",
            next_en="Ask at the desk with the booking number; taking a number today is never a no-show.",
            headers={"Retry-After": "5"},
        ) from None
    return {entry["ref"]: entry["items"] for entry in answer["holders"]}


def genuine(number: str) -> bool:
    """Form, birth date and check digit of GB 11643; old county codes live on, so they are not looked at."""
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return False
    try:
        born = ric.get_birth_date(number)
    except ValidationError:
        return False
    return born <= clock.today() and ric.calc_check_digit(number) == number[-1]


def may(holders: dict[str, Any], booking: Any) -> bool:
    """Whether the card's holder may take the number of this booking."""
    items = holders.get(booking.subject_ref, [])
    return items is None or booking.item_code in items
