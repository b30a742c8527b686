"""A part of a guide as a form, and back: what was not changed stays in the guide to the last null."""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

from flask import request

from gateway.portal.forms import Field, Form
from gateway.portal.guide_sections import PARTS, Cell
from gateway.portal.rows import at
from gateway.portal.screens import written
from gateway.portal.texts import t

PROVENANCE = {"source", "sample", "sample_fields"}  # where a part comes from: nothing of its own
LISTS = ("choices", "lines")


class PartForm(Form):
    """The questions about a part of the guide; `path` leads there, `notes` is what the validator says of each."""

    def __init__(
        self,
        cells: Iterable[Cell],
        part: Mapping[str, Any],
        path: Sequence[str] = (),
        notes: Mapping[str, Sequence[str]] | None = None,
    ):
        asked = [replace(cell, options=_offered(cell, at(part, cell.name))) for cell in cells]
        super().__init__(asked, {cell.name: typed(cell, at(part, cell.name)) for cell in asked}, PARTS)
        self._path = tuple(path)
        self.notes = {name: list(said) for name, said in (notes or {}).items()}

    @property
    def sent(self) -> bool:
        """Whether its questions were answered: a list on the same page is sent without them."""
        return super().sent and any(cell.name in request.form for cell in self.fields)

    def place(self, field: Field) -> list[str]:
        """Where in the guide a refusal speaks of the field."""
        return [*self._path, *super().place(field)]

    def error(self, field: Field) -> str:
        """What a refusal and the validator say of a field."""
        return t("；", "; ").join(filter(None, (super().error(field), *self.notes.get(field.name, ()))))

    def compare(self, part: Mapping[str, Any]) -> None:
        """Beside what was typed otherwise: what stands in the guide by now."""
        for cell in self.fields:
            now = at(part, cell.name)
            if not _same(cell, now, cell.read(request.form)):
                said = t(f"草稿现在是：{told(cell, now)}", f"The draft says now: {told(cell, now)}")
                self.notes.setdefault(cell.name, []).append(said)


def typed(cell: Field, value: Any) -> Any:
    """A value of the guide as it stands in a field."""
    if cell.kind == "choices":
        return value or []
    if cell.kind == "lines":
        return "\n".join(value or ())
    if cell.kind == "yesno":
        return "" if value is None else str(value).lower()
    return "" if value is None else str(value)


def told(cell: Field, value: Any) -> Any:
    """A value of the guide in words."""
    words = {key: t(label) for key, label in cell.choices()} if cell.kind != "yesno" else {}
    if isinstance(value, list):
        return written([words.get(one, one) for one in value], "list")
    return written(words.get(value, value), "text")


def filled_in(part: Mapping[str, Any], cells: Iterable[Cell], *, new: bool = False) -> dict[str, Any]:
    """The part with what was changed on the form; of a new one everything is written down."""
    found = deepcopy(dict(part))
    for cell in cells:
        value = cell.read(request.form)
        if new or not _same(cell, at(part, cell.name), value):
            _put(found, cell, value)
    if found != part:
        for cell in cells:
            _clear(found, cell.name.split(".")[:-1])
    return found


def reach(part: dict[str, Any], path: Iterable[str]) -> dict[str, Any]:
    """What stands at a place inside the part, made where there is nothing yet."""
    for step in path:
        if not isinstance(part.get(step), dict):
            part[step] = {}
        part = part[step]
    return part


def _put(part: dict[str, Any], cell: Cell, value: Any) -> None:
    *path, last = cell.name.split(".")
    holder = reach(part, path)
    if cell.kind in LISTS:
        given = value or []
        kept = [one for one in holder.get(last) or () if one in given] if cell.kind == "choices" else []
        holder[last] = [*kept, *(one for one in given if one not in kept)]
    elif value is None and not cell.null:
        holder.pop(last, None)
    else:
        holder[last] = value


def _clear(part: dict[str, Any], path: list[str]) -> None:
    """Parts that say nothing any more are none, from the inside out."""
    for depth in range(len(path), 0, -1):
        holder = at(part, ".".join(path[: depth - 1])) if depth > 1 else part
        if isinstance(holder, dict) and path[depth - 1] in holder and _bare(holder[path[depth - 1]]):
            holder[path[depth - 1]] = None


def _same(cell: Field, old: Any, new: Any) -> bool:
    """Whether a field still says what it was shown with. A browser rewrites line ends, the form ends of lines."""
    if cell.kind == "choices":
        return set(old or ()) == set(new or ())
    if cell.kind == "lines":
        return _lines(old or ()) == (new or [])
    if isinstance(new, str) or isinstance(old, str):
        return _plain(cell, old) == _plain(cell, new)
    return bool(old == new)


def _plain(cell: Field, text: Any) -> str:
    ends = "\n" if cell.kind == "long" else ""
    return str(text if text is not None else "").replace("\r\n", "\n").replace("\r", "\n").replace("\n", ends).strip()


def _lines(values: Iterable[str]) -> list[str]:
    return [line.strip() for value in values for line in value.splitlines() if line.strip()]


def _bare(value: Any) -> bool:
    """Whether a part says nothing."""
    if isinstance(value, dict):
        return all(_bare(inner) for name, inner in value.items() if name not in PROVENANCE)
    return value is None or value == "" or value == []


def _offered(cell: Cell, value: Any) -> Any:
    """What can be chosen, and what is chosen although nobody offers it any more."""
    if cell.kind not in ("pick", "choices"):
        return cell.options
    options = list(cell.choices())
    known = {key for key, _ in options}
    present = value if isinstance(value, list) else [value]
    options += [(one, (one, one)) for one in present if one and one not in known]
    if cell.kind == "choices" and callable(cell.options):  # many: what is chosen stands first
        options.sort(key=lambda option: option[0] not in present)
    return options
