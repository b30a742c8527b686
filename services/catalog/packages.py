"""Theme packages (一事全办): the merged form and the one material set of the items a citizen needs (CAT-26).

What two items ask alike is asked once, by the stricter of their rules: required if one requires it, deferrable only if
each allows it, as many copies as the one that wants most.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from chassis.errors import Refusal
from services.catalog import contents, tokens
from services.catalog.models import Item, ItemVersion

Asked = tuple[str, dict[str, Any]]  # the item that asks, and the material or field it asks for
IF_ONE = ("required", "needs_signature", "needs_seal", "scan_required", "check_original_at_pickup")
IF_ALL = ("deferrable", "promise_replaceable")
LEAST = ("max_bytes", "defer_days")


def read(code: str, answers: list[int]) -> dict[str, Any]:
    """The package for somebody who answers these questions (by number, from 0) with yes."""
    row = contents.read(code)
    if row.kind != "theme_package" or row.state != "published":
        raise Refusal(
            "catalog.no-package",
            status=404,
            rule="CAT-26",
            zh=f"{code} 不是已发布的主题套餐。",
            en=f"{code} is not a published theme package.",
            next_zh="请从主题套餐列表中选择。",
            next_en="Choose one from the list of theme packages.",
        )
    guides = _guides(_chosen(row.document, answers))
    materials = list(_materials(guides))
    fields = [
        ((part["key"], part["type"]), (guide["code"], part)) for guide in guides for part in _of(guide, "form_fields")
    ]
    merged = [_material(alike) for alike in _alike(materials)]
    return {
        "code": row.code,
        "title": row.title,
        "version": row.number,
        "limit": row.document.get("limit"),
        "items": guides,
        "materials": merged,
        "form_fields": [_field(alike) for alike in _alike(fields)],
        "materials_spared": len(materials) - len(merged),
    }


def _chosen(document: dict[str, Any], answers: list[int]) -> list[str]:
    """The items nobody has to be asked about, and those of the questions answered with yes."""
    questions = document.get("questions") or []
    wrong = [answer for answer in answers if answer >= len(questions)]
    if wrong:
        raise Refusal(
            "catalog.no-question",
            status=422,
            rule="CAT-26",
            zh=f"本主题没有第 {wrong[0]} 个问题(从 0 数起)。",
            en=f"The package has no question {wrong[0]} (counted from 0).",
            next_zh=f"问题编号为 0 至 {len(questions) - 1}。" if questions else "本主题不设问题，请不要作答。",
            next_en=f"Questions are 0 to {len(questions) - 1}." if questions else "It asks none: give no answer.",
            fields={"answer": ["没有这个问题 / no such question"]},
        )
    depends = {item for question in questions for item in question["yes"]}
    wanted = {item for answer in answers for item in questions[answer]["yes"]}
    return [item for item in document["items"] if item not in depends or item in wanted]


def _guides(codes: list[str]) -> list[dict[str, Any]]:
    """The guides in force; an item that was retired since the package was published has none."""
    rows = ItemVersion.select(ItemVersion.code, ItemVersion.number, ItemVersion.document).join(
        Item, on=(Item.code == ItemVersion.code) & (Item.current_version == ItemVersion.number)
    )
    found = rows.where(Item.code.in_(codes), Item.state == "published")
    here = {row.code: row.document | {"version": row.number} for row in found}
    return [here[code] for code in codes if code in here]


def _of(guide: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return guide.get(name) or []


def _materials(guides: list[dict[str, Any]]) -> Iterator[tuple[Any, Asked]]:
    """Materials are alike by name; two of one name in one item stay two."""
    for guide in guides:
        seen: Counter[str] = Counter()
        for part in _of(guide, "materials"):
            name = tokens.tight(part["name"])
            yield (name, seen[name]), (guide["code"], part)
            seen[name] += 1


def _alike(parts: Iterable[tuple[Any, Asked]]) -> list[list[Asked]]:
    groups: dict[Any, list[Asked]] = {}
    for key, asked in parts:
        groups.setdefault(key, []).append(asked)
    return list(groups.values())


def _material(alike: list[Asked]) -> dict[str, Any]:
    parts = [part for _, part in alike]
    merged = _first(parts)
    merged |= {name: any(part.get(name) for part in parts) for name in IF_ONE}
    merged |= {name: all(part.get(name) for part in parts) for name in IF_ALL}
    merged |= {name: min((part[name] for part in parts if part.get(name)), default=None) for name in LEAST}
    merged |= {name: _common(parts, name) for name in ("upload_ways", "formats")}
    copies = [part.get("copies") or {} for part in parts]
    merged["copies"] = {name: max(some.get(name) or 0 for some in copies) for name in ("original", "copy")}
    merged["requirement"] = "；".join(dict.fromkeys(part["requirement"] for part in parts if part.get("requirement")))
    merged["asked_by"] = [{"item": code, "material": part["code"]} for code, part in alike]
    return merged


def _field(alike: list[Asked]) -> dict[str, Any]:
    parts = [part for _, part in alike]
    merged = _first(parts)
    merged["required"] = any(part.get("required") for part in parts)
    merged["any_of_group"] = None if merged["required"] else merged.get("any_of_group")
    merged["options"] = _common(parts, "options")
    merged["asked_by"] = [code for code, _ in alike]
    return merged


def _common(parts: list[dict[str, Any]], name: str) -> list[str]:
    """What all that name any allow."""
    first, *others = [part[name] for part in parts if part.get(name)] or [[]]
    return [one for one in first if all(one in some for some in others)]


def _first(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Of every element the first that says something."""
    merged: dict[str, Any] = {}
    for part in reversed(parts):
        merged |= {name: value for name, value in part.items() if value not in (None, "", [])}
    return merged
