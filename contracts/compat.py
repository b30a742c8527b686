"""Whether a schema still keeps what its published version promised: within a version only additions are allowed."""

from typing import Any

Json = dict[str, Any]


def incompatibilities(old: Json, new: Json, path: str = "") -> list[str]:
    """Each way in which ``new`` breaks those who rely on ``old``; an empty list when it only adds.

    A consumer must still find every property with its type, a producer must still be allowed to send what it sends:
    nothing is removed, newly required, retyped, or narrowed.
    """
    broken: list[str] = []
    here = path or "data"
    if (change := _retyped(old, new)) is not None:
        return [f"{here}: type changed from {change[0]} to {change[1]}"]

    missing_words = _words(old) - _words(new) if "enum" in new else set()
    if "enum" in new and "enum" not in old:
        broken.append(f"{here}: is now limited to a list of words")
    elif missing_words:
        broken.append(f"{here}: words removed: {', '.join(sorted(map(str, missing_words)))}")
    broken.extend(_tightened(old, new, here))

    old_parts, new_parts = old.get("properties", {}), new.get("properties", {})
    for name, was in old_parts.items():
        below = f"{path}.{name}" if path else name
        if name not in new_parts:
            broken.append(f"{below}: removed")
        else:
            broken.extend(incompatibilities(was, new_parts[name], below))
    for name in new.get("required", []):
        if name not in old.get("required", []):
            broken.append(f"{path}.{name}: newly required" if path else f"{name}: newly required")
    for name in old.get("required", []):
        if name in new_parts and name not in new.get("required", []):
            broken.append(f"{path}.{name}: no longer certain to be there" if path else f"{name}: no longer certain")
    if "items" in old and "items" in new:
        broken.extend(incompatibilities(old["items"], new["items"], f"{path}[]"))
    return broken


def _types(schema: Json) -> set[str]:
    kind = schema.get("type", ())
    return {kind} if isinstance(kind, str) else set(kind)


def _words(schema: Json) -> set[Any]:
    return set(schema.get("enum", ()))


def _retyped(old: Json, new: Json) -> tuple[str, str] | None:
    if _types(old) == _types(new):
        return None
    return "/".join(sorted(_types(old))), "/".join(sorted(_types(new)))


def _tightened(old: Json, new: Json, here: str) -> list[str]:
    broken = [
        f"{here}: {key} changed from {old.get(key)} to {new[key]}"
        for key in ("pattern", "format")
        if key in new and new[key] != old.get(key)
    ]
    for key, worse in (("minimum", 1), ("minItems", 1), ("maximum", -1), ("maxItems", -1)):
        if key in new and (key not in old or (new[key] - old[key]) * worse > 0):
            broken.append(f"{here}: {key} tightened to {new[key]}")
    return broken
