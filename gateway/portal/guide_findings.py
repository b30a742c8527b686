"""Where on the form of a guide a finding of the catalog's validator belongs (CAT-12…34)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.portal.guide_sections import SECTIONS, Cell, Rows, Section
from gateway.portal.rows import at
from gateway.portal.texts import t


@dataclass(frozen=True)
class Finding:
    """What the validator says, and of what: a section, in it perhaps a row and a question."""

    said: Mapping[str, str]
    fault: bool  # else a warning, which does not keep the guide from being published
    section: Section | None = None
    rows: Rows | None = None
    place: int | None = None
    cell: Cell | None = None

    @property
    def text(self) -> str:
        """In the language of the page."""
        return t(self.said["zh"], self.said["en"])

    @property
    def about(self) -> str:
        """What it is about, in words."""
        if self.section is None:
            return self.said["field"]
        row = [f"{t(self.rows.one)} {self.place + 1}"] if self.rows and self.place is not None else []
        return " · ".join([t(self.section.title), *row, *([t(self.cell.label)] if self.cell else [])])

    def href(self, code: str) -> str:
        """The page where it is mended, at the question."""
        if self.section is None:
            return f"/staff/drafts/{code}/json"
        row = f"/{self.rows.path}/{self.place}" if self.rows and self.place is not None else ""
        return f"/staff/drafts/{code}/{self.section.name}{row}" + (f"#{self.cell.id}" if self.cell else "")


def placed(said: Mapping[str, Any], guide: Mapping[str, Any]) -> list[Finding]:
    """All that the validator found, faults first."""
    faults = [_placed(one, True, guide) for one in said["failures"]]
    return faults + [_placed(one, False, guide) for one in said["warnings"]]


def notes(findings: Iterable[Finding], rows: Rows | None = None, place: int | None = None) -> dict[str, list[str]]:
    """Question → what is said of it, for one row or for what stands outside of rows."""
    found: dict[str, list[str]] = {}
    for one in findings:
        if one.cell and (one.rows, one.place) == (rows, place):
            found.setdefault(one.cell.name, []).append(one.text if one.fault else t("提示：", "Mind: ") + one.text)
    return found


def _placed(said: Mapping[str, str], fault: bool, guide: Mapping[str, Any]) -> Finding:
    field = said["field"]
    for section in SECTIONS.values():
        for rows in section.lists:
            if field == rows.path:
                return Finding(said, fault, section, rows)
            if field.startswith(f"{rows.path}."):
                name, _, rest = field[len(rows.path) + 1 :].partition(".")
                return Finding(said, fault, section, rows, _row(rows, name, guide), _cell(rows.cells, rest))
    for section in SECTIONS.values():
        cell = _cell(section.cells, field)
        if cell is not None:
            return Finding(said, fault, section, cell=cell)
    return Finding(said, fault)


def _row(rows: Rows, name: str, guide: Mapping[str, Any]) -> int | None:
    present = at(guide, rows.path) or []
    for place, row in enumerate(present):
        if (str(row.get(rows.named_by)) if rows.named_by else str(place)) == name:
            return place
    return None


def _cell(cells: Iterable[Cell], field: str) -> Cell | None:
    """The question that is meant, or the first inside of what is meant."""
    for cell in cells:
        if field and (cell.name == field or field.startswith(f"{cell.name}.") or cell.name.startswith(f"{field}.")):
            return cell
    return None
