"""From template and parameters to the text that goes out: filled in, freed of what must not be in it, cut to fit."""

import re
from typing import Any
from urllib.parse import urlsplit

from chassis import privacy
from contracts import rules
from services.notifier import options
from services.notifier.templates import Template

MOST_PARTS = 3
LONGEST_VALUE = 60  # characters of one parameter in a message to a phone, unless it is elastic
LONGEST_SAID = 1000  # and in the own space
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_INVISIBLE = re.compile(r"[\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")
_ID_NO = re.compile(r"(?<!\d)[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)")
# What a phone makes tappable: an address with or without its scheme.
_LINK = re.compile(
    r"(?:(?<![a-z0-9+.-])[a-z0-9+.-]+://|www\.)[^\s，。；、）]+"
    r"|(?<![a-z0-9.-])[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|cn|net|org|top|xyz|cc|vip|info|me|io|ru|tk|app|link|site|shop)"
    r"(?![a-z0-9-])[^\s，。；、）]*",
    re.IGNORECASE | re.ASCII,
)


class BadParams(Exception):
    """A parameter of the template is missing; no further attempt would help."""


def fill(template: Template, params: dict[str, Any], language: str) -> str:
    """The text in `zh` or `en`; a parameter is one text, or a pair [Chinese, English]."""
    chosen = {name: _word(value, language) for name, value in params.items()}
    try:
        return getattr(template, language).format_map(chosen)
    except KeyError as missing:
        raise BadParams(f"{template.code} needs {missing.args[0]}") from None


def sms(template: Template, params: dict[str, Any]) -> tuple[str, int]:
    """The Chinese text without the signature, and in how many parts it goes out (NOT-03)."""
    room = capacity(MOST_PARTS if template.elastic is None else 2) - len(options.current.sign)
    name = template.elastic
    params = {key: value if key == name else cut(_word(value, "zh"), LONGEST_VALUE) for key, value in params.items()}
    if name:
        rest = len(fill(template, params | {name: ""}, "zh"))
        params = params | {name: cut(_word(params.get(name, ""), "zh"), max(room - rest, 1))}
    text = cut(fill(template, params, "zh"), room)
    return text, parts(options.current.sign + text)


def parts(text: str) -> int:
    """70 characters in one, 67 each when it has to be split (NOT-03)."""
    single, each = _sizes()
    return 1 if len(text) <= single else -(-len(text) // each)


def capacity(count: int) -> int:
    """Characters that fit into so many parts."""
    single, each = _sizes()
    return single if count == 1 else each * count


def cut(text: str, room: int) -> str:
    """The text, or its beginning with an ellipsis."""
    return text if len(text) <= room else text[: max(room - 1, 0)] + "…"


def safe(params: dict[str, Any]) -> dict[str, Any]:
    """Parameters as they are kept: nothing in them acts, leads away or names a number of somebody (NOT-04).

    Of our own numbers (`case_no`, `waybill`) only what is certainly an identity number is masked.
    """
    return {name: _safe(name, value) for name, value in params.items()}


def _safe(name: str, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_safe(name, one) for one in value]
    if name.endswith("_no") or name == "waybill":
        return cut(
            _ID_NO.sub(lambda found: privacy.mask_id_no(found.group()) or "", _unlinked(str(value))), LONGEST_VALUE
        )
    return cut(clean(str(value)), LONGEST_SAID)


def tidy(text: str) -> str:
    """Without characters that cannot be seen: control characters, line breaks, changes of direction."""
    return _CONTROL.sub(" ", _INVISIBLE.sub("", text)).strip()


def clean(text: str) -> str:
    """Free words of people: no numbers of documents or phones, no link but to the official host (NOT-04)."""
    return privacy.scrub_text(_unlinked(text)).strip()


def _unlinked(text: str) -> str:
    return _LINK.sub(lambda found: found.group() if _official(found.group()) else "", tidy(text).translate(_WIDE))


def strange_link(text: str) -> str | None:
    """The first link to another than the official host, or None (NOT-04)."""
    return next((found.group() for found in _LINK.finditer(text) if not _official(found.group())), None)


def _official(link: str) -> bool:
    host = options.current.official_host.lower()
    try:
        named = urlsplit(link if "://" in link else f"//{link}")
        return bool(host) and named.scheme in {"", "http", "https"} and named.hostname == host and not named.username
    except ValueError:
        return False


def _word(value: Any, language: str) -> str:
    return str(value if not isinstance(value, list | tuple) else value[0 if language == "zh" else 1])


def _sizes() -> tuple[int, int]:
    return rules.value("notifier.sms_single_chars").value, rules.value("notifier.sms_part_chars").value
