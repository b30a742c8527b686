"""From template and parameters to the text that goes out: filled in, freed of what must not be in it, cut to fit."""

import re
from typing import Any

from chassis import privacy
from contracts import rules
from services.notifier import options
from services.notifier.templates import Template

MOST_PARTS = 3
_LINK = re.compile(r"(?:https?://|www\.)[^\s，。；、）]+", re.IGNORECASE)


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
    if name:
        rest = len(fill(template, params | {name: ""}, "zh"))
        params = params | {name: cut(_word(params.get(name, ""), "zh"), max(room - rest, 1))}
    text = fill(template, params, "zh")
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


def clean(text: str) -> str:
    """Free words of people: no numbers of documents or phones, no link but to the official host (NOT-04)."""
    host = options.current.official_host

    def only_ours(found: re.Match[str]) -> str:
        named = re.sub(r"^https?://", "", found.group(), flags=re.IGNORECASE).split("/")[0].split(":")[0].lower()
        return found.group() if host and named == host.lower() else ""

    return privacy.scrub_text(_LINK.sub(only_ours, text)).strip()


def _word(value: Any, language: str) -> str:
    return str(value if not isinstance(value, list | tuple) else value[0 if language == "zh" else 1])


def _sizes() -> tuple[int, int]:
    return rules.value("notifier.sms_single_chars").value, rules.value("notifier.sms_part_chars").value
