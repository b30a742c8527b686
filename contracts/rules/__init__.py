"""The rules as data: constants in packs, and the catalogue that every refusal, deadline and test cites.

    rules.value("filing.correction_notice").value   -> 5
    rules.value("filing.correction_notice").article -> 《中华人民共和国行政许可法》第三十二条…
    rules.article("SUP-23")                         -> 津政务发〔2019〕7号《…联动办法（试行）》第十七条

A pack may extend another and then holds only what differs. ``tianjin-2019`` is in use unless told otherwise.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
DEFAULT = "tianjin-2019"

_in_use = DEFAULT


@dataclass(frozen=True, slots=True)
class Constant:
    """A number (or word, or list) of the law, with where it comes from.

    ``unit`` is one of wd, nd, month, year, h, min, s, time, weekday, count, bytes, digits, chars, percent, level,
    flag, word, words; ``anchor`` says what day 0 is, or what is counted.
    """

    key: str
    value: Any
    unit: str
    anchor: str | None
    rule: str
    article: str
    source: str
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """An entry of the catalogue.

    ``kind`` is rule, reading (of an ambiguity) or vector (a boundary test); ``tag`` is its strength: M mandatory,
    F feature, D reading, L law, X not copied; ``status`` is applies or declined, then with a ``reason``.
    """

    id: str
    kind: str
    sentence: str
    tag: str
    tags: tuple[str, ...]
    source: str
    article: str
    status: str
    reason: str | None
    problem: str | None
    rules: tuple[str, ...]


class UnknownRule(KeyError):
    """No such key in the pack, or no such rule in the catalogue."""

    def __str__(self) -> str:
        return str(self.args[0])


def use(pack_name: str) -> None:
    """Take the constants from this pack from now on, in this process."""
    constants(pack_name)
    global _in_use
    _in_use = pack_name


def in_use() -> str:
    """Name of the pack in use."""
    return _in_use


def packs() -> tuple[str, ...]:
    """Names of the packs there are."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.json") if path.stem != "catalogue"))


def value(key: str) -> Constant:
    """A constant of the pack in use."""
    try:
        return constants(_in_use)[key]
    except KeyError:
        raise UnknownRule(f"{key} is not in rule pack {_in_use}") from None


@cache
def constants(pack_name: str = DEFAULT) -> Mapping[str, Constant]:
    """All constants of a pack, with those of the pack it extends."""
    path = FOLDER / f"{pack_name}.json"
    if pack_name not in packs():
        raise UnknownRule(f"there is no rule pack {pack_name}; there are {', '.join(packs())}")
    pack = json.loads(path.read_text(encoding="utf-8"))
    found: dict[str, Constant] = dict(constants(pack["extends"])) if "extends" in pack else {}
    for entry in pack["constants"]:
        found[entry["key"]] = Constant(
            key=entry["key"],
            value=entry["value"],
            unit=entry["unit"],
            anchor=entry["anchor"],
            rule=entry["rule"],
            article=entry["article"],
            source=entry["source"],
            rules=tuple(entry["rules"]),
        )
    return found


def rule(rule_id: str) -> Rule:
    """An entry of the catalogue."""
    try:
        return catalogue()[rule_id]
    except KeyError:
        raise UnknownRule(f"{rule_id} is not in the rule catalogue") from None


def article(rule_id: str) -> str:
    """The article behind a rule, in Chinese citation form."""
    return rule(rule_id).article


@cache
def catalogue() -> Mapping[str, Rule]:
    """Every rule, reading and boundary test, by id."""
    entries = json.loads((FOLDER / "catalogue.json").read_text(encoding="utf-8"))["rules"]
    return {
        entry["id"]: Rule(
            id=entry["id"],
            kind=entry["kind"],
            sentence=entry["sentence"],
            tag=entry["tags"][0],
            tags=tuple(entry["tags"]),
            source=entry["source"],
            article=entry["article"],
            status="declined" if entry["declined"] else "applies",
            reason=entry["declined"],
            problem=entry.get("problem"),
            rules=tuple(entry.get("rules", ())),
        )
        for entry in entries
    }
