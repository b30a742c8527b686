"""Identity numbers: GB 11643 for people, GB 32100 for units (ID-20, ID-21)."""

import re
from dataclasses import dataclass
from datetime import date

from stdnum.cn import uscc as _uscc

from chassis import clock
from chassis.errors import Refusal

ID_TYPES = {
    "identity_card": "居民身份证",
    "residence_permit": "港澳台居民居住证",
    "permanent_residence": "外国人永久居留身份证",
    "passport": "护照",
}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for code in range(first, last + 1)
)
_PERMITS = ("810000", "820000", "830000")
# Counties of the city, past and present: old codes live on in numbers, whenever their holder was born.
_COUNTIES = frozenset(
    [f"1201{n:02}" for n in range(1, 20)] + ["120221", "120222", "120223", "120224", "120225", "120100", "120200"]
)


@dataclass(frozen=True)
class IdNumber:
    """What a document number says about its holder."""

    number: str
    birth: date | None = None
    sex: str | None = None
    warnings: tuple[str, ...] = ()


def id_number(id_type: str, number: str) -> IdNumber:
    """Check a document number; ValueError says what is wrong with it (ID-20)."""
    text = number.strip().upper()
    if id_type in {"identity_card", "residence_permit"}:
        return _resident(id_type, text)
    if id_type == "permanent_residence" and re.fullmatch(r"[A-Z0-9]{15}|9\d{16}[\dX]", text):
        return IdNumber(text)
    if id_type == "passport" and re.fullmatch(r"[A-Z0-9]{5,20}", text):
        return IdNumber(text)
    raise ValueError("form")


def _resident(id_type: str, text: str) -> IdNumber:
    """GB 11643: 18 characters, known province, a real past birth date, check character. The county only warns."""
    if not re.fullmatch(r"[0-9]{17}[0-9X]", text):
        raise ValueError("form")
    permit = text.startswith(_PERMITS)
    if text[:2] not in _PROVINCES or permit != (id_type == "residence_permit"):
        raise ValueError("region")
    try:
        birth = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        raise ValueError("birth") from None
    if not date(1880, 1, 1) <= birth <= clock.today():
        raise ValueError("birth")
    if _CHECK[sum(w * int(c) for w, c in zip(_WEIGHTS, text[:17], strict=True)) % 11] != text[17]:
        raise ValueError("check")
    warnings = ("county-unknown",) if text[:2] == "12" and text[:6] not in _COUNTIES else ()
    return IdNumber(text, birth, "male" if int(text[16]) % 2 else "female", warnings)


def require_id_number(id_type: str, number: str, field: str = "id_no") -> IdNumber:
    """Like `id_number`, refusing with the problem document."""
    try:
        return id_number(id_type, number)
    except ValueError as error:
        part_zh, part_en = {
            "form": ("位数或字符", "length or characters"),
            "region": ("地区码", "region prefix"),
            "birth": ("出生日期", "birth date"),
            "check": ("校验码", "check character"),
        }[str(error)]
        raise Refusal(
            "identity.id-number-invalid",
            status=422,
            rule="ID-20",
            zh=f"证件号码不正确：{part_zh}有误。",
            en=f"The document number is not valid: {part_en}.",
            next_zh="请对照证件核对后重新填写。",
            next_en="Compare it with the document and enter it again.",
            fields={field: [str(error)]},
        ) from None


def uscc_is_valid(code: str) -> bool:
    """GB 32100: 18 of 31 signs and the right check sign (ID-20)."""
    return bool(_uscc.is_valid(code))


def require_uscc(text: str) -> str:
    """The unified social credit code in its normal form, or a refusal (GB 32100; ID-20)."""
    code = text.strip().upper()
    if not uscc_is_valid(code):
        raise Refusal(
            "identity.uscc-invalid",
            status=422,
            rule="ID-20",
            zh="统一社会信用代码不正确。",
            en="The unified social credit code is not valid.",
            next_zh="请对照营业执照核对 18 位代码。",
            next_en="Compare all 18 characters with the business licence.",
            fields={"uscc": ["check"]},
        )
    return code


def luhn(card: str) -> bool:
    """Whether a bank card number has 16 to 19 digits and the right check digit."""
    if not re.fullmatch(r"[0-9]{16,19}", card):
        return False
    digits = [int(c) for c in reversed(card)]
    return (sum(digits[0::2]) + sum(sum(divmod(2 * d, 10)) for d in digits[1::2])) % 10 == 0
