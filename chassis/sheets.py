"""Workbooks in which offices keep records: one row per record, one sheet per list (CAT-24, FIL-93).

The sheets follow a schema: the first sheet has the single values of a record, every other sheet a list (materials,
steps, …) whose rows name their record. Row 1 says the field, row 2 says it in words, data begin below.
openpyxl is imported when a workbook is in hand: it is some megabytes of every process otherwise.
"""

import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from marshmallow import Schema, ValidationError, fields

from chassis import clock
from chassis.messages import parts

JSON, XLSX = "application/json", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FIRST_ROW = 3
MOST_ROWS = 50_000  # of one sheet
MOST_COLUMNS = 200
MOST_UNPACKED = 200_000_000  # bytes; a workbook is a zip archive and may be a bomb
EXACT = 10**15  # a number of more digits is not what was typed
MOST_CELL = 32_767  # what a cell of the format holds
UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # characters that it cannot hold
YES, NO = "是", "否"


class Unreadable(Exception):
    """The file is no workbook of this form; says why in both languages."""

    def __init__(self, zh: str, en: str):
        super().__init__(en)
        self.zh, self.en = zh, en


class Unwritable(Exception):
    """A record has text that no cell can hold without loss."""


@dataclass
class Line:
    """A record read from a file: its document, where each part stands, and what could not be read."""

    sheet: str
    row: int
    document: dict[str, Any]
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    faults: list[dict[str, Any]] = field(default_factory=list)

    def fault(self, path: str, zh: str, en: str) -> dict[str, Any]:
        """What is wrong with a part, with the sheet and row in which it stands."""
        place = path
        while place and place not in self.places:
            place = place.rpartition(".")[0]
        return _fault(*self.places.get(place, (self.sheet, self.row)), path, zh, en)

    def unfit(self, error: ValidationError) -> list[dict[str, Any]]:
        """What a schema says of it, part by part."""
        return [self.fault(path, *parts(text)) for path, text in _flat(error.normalized_messages())]


class Layout:
    """How the records of a schema lie in a workbook.

    `titles` names the sheet of each list by its path (the empty path: the first sheet), `words` says the columns in
    words; rows of lists name their record in the column `key`, which is called `own_key` in the record itself.
    """

    def __init__(self, schema: Schema, *, titles: Mapping[str, str], words: Mapping[str, str], key: str, own_key: str):
        self.words, self.key, self.own_key = words, key, own_key
        self.main = titles[""]
        self.tables: dict[str, dict[str, fields.Field]] = {"": {}}  # columns of every sheet, by the path of its list
        self._walk(schema, "", "")
        self.tables[""] = {own_key: self.tables[""][own_key]} | self.tables[""]  # first, whatever the schema says
        self.sheets = {titles[path]: path for path in self.tables}

    def _walk(self, schema: Any, table: str, prefix: str) -> None:
        for name, spec in schema.fields.items():
            path = f"{prefix}{name}"
            if isinstance(spec, fields.Nested):
                self._walk(spec.schema, table, f"{path}.")
            elif isinstance(spec, fields.List) and isinstance(spec.inner, fields.Nested):
                self.tables[path] = {}
                self._walk(spec.inner.schema, path, "")
            else:
                self.tables[table][path] = spec


# --- writing ----------------------------------------------------------------------------------------------------------


def write(layout: Layout, documents: Iterable[dict[str, Any]]) -> bytes:
    """A workbook with these records; `Unwritable` before anything is written when it would lose text."""
    from openpyxl import Workbook

    found = list(documents)
    tables = {title: list(_lines_of(layout, found, path)) for title, path in layout.sheets.items()}
    book = Workbook(write_only=True)
    for title, path in layout.sheets.items():
        sheet = book.create_sheet(title)
        heads = [*layout.tables[path]] if path == "" else [layout.key, *layout.tables[path]]
        sheet.freeze_panes = f"B{FIRST_ROW}"
        for row in (heads, [layout.words.get(head, head) for head in heads], *tables[title]):
            sheet.append([_cell(sheet, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _lines_of(layout: Layout, documents: list[dict[str, Any]], path: str) -> Iterator[list[Any]]:
    columns = layout.tables[path]
    for document in documents:
        if path == "":
            yield [_plain(_dig(document, column)) for column in columns]
            continue
        for row in _dig(document, path) or ():
            yield [document[layout.own_key], *(_plain(_dig(row, column)) for column in columns)]


def _dig(node: Any, path: str) -> Any:
    for name in path.split("."):
        node = node.get(name) if isinstance(node, dict) else None
    return node


def _plain(value: Any) -> Any:
    """What a cell shows: yes and no in words, a list line by line."""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, list):
        if any("\n" in part for part in value):
            raise Unwritable("a line break within an entry")
        value = "\n".join(value)
    if isinstance(value, str) and (len(value) > MOST_CELL or UNFIT.search(value)):
        raise Unwritable("too long, or with a control character")
    return value


def _cell(sheet: Any, value: Any) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, value=value)
    cell.data_type, cell.number_format = "s", "@"  # never a formula, and no code loses its zeros
    return cell


# --- reading ----------------------------------------------------------------------------------------------------------


def lines_of(layout: Layout, content: bytes, media_type: str, *, rows: str, most: int) -> list[Line]:
    """The records of a file, a workbook or JSON with the list `rows`; `Unreadable` when it is neither, or too long."""
    if media_type == XLSX:
        lines = read(layout, content)
    elif media_type == JSON:
        lines = _from_json(content, rows)
    else:
        raise Unreadable("请上传 JSON 或 .xlsx 文件。", "Send JSON or an .xlsx workbook.")
    if not lines:
        raise Unreadable("文件中没有记录。", "There is nothing in the file.")
    if len(lines) > most:
        raise Unreadable(f"一次最多导入 {most} 条。", f"One import holds at most {most} records.")
    return lines


def _from_json(content: bytes, rows: str) -> list[Line]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise Unreadable("不是有效的 JSON。", "It is not valid JSON.") from None
    entries = found.get(rows) if isinstance(found, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Unreadable(f"缺少列表 {rows}。", f"The list `{rows}` is missing.")
    return [Line(rows, number, entry, {"": (rows, number)}) for number, entry in enumerate(entries, start=1)]


def read(layout: Layout, content: bytes) -> list[Line]:
    """The records of a workbook, each with the faults of its cells; `Unreadable` when it is not of this form."""
    try:
        return _read(layout, _open(content))
    except (ElementTree.ParseError, zipfile.BadZipFile, zlib.error, EOFError, ValueError) as error:
        raise Unreadable("表格内容已损坏。", "The workbook is damaged.") from error


def _read(layout: Layout, book: Any) -> list[Line]:
    if layout.main not in book.sheetnames:
        raise Unreadable(f"缺少工作表“{layout.main}”。", f"The sheet {layout.main} is missing.")
    unknown = [title for title in book.sheetnames if title not in layout.sheets]
    if unknown:
        raise Unreadable(f"不认识工作表“{unknown[0]}”。", f"There is no sheet {unknown[0]} in this form.")
    lines: list[Line] = []
    by_key: dict[Any, Line] = {}
    for number, cells, faults in _rows(book[layout.main], layout.main, layout.tables[""]):
        line = Line(layout.main, number, _nest(cells), {"": (layout.main, number)}, faults)
        lines.append(line)
        by_key.setdefault(line.document.get(layout.own_key), line)
    for title, path in layout.sheets.items():
        if path and title in book.sheetnames:
            for number, cells, faults in _rows(book[title], title, layout.tables[path] | {layout.key: fields.String()}):
                key = cells.pop(layout.key, None)
                owner = by_key.get(key)
                if owner is None:
                    stray = _fault(
                        title,
                        number,
                        layout.key,
                        f"工作表“{layout.main}”中没有{layout.main} {key}。",
                        f"There is no {key} in sheet {layout.main}.",
                    )
                    lines.append(Line(title, number, {layout.own_key: key}, faults=[*faults, stray]))
                    continue
                rows = _list_at(owner.document, path)
                owner.places[f"{path}.{len(rows)}"] = (title, number)
                owner.faults += faults
                rows.append(_nest(cells))
    return lines


def _open(content: bytes) -> Any:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED:
                raise Unreadable("表格解压后过大。", "The workbook is too large once unpacked.")
        return load_workbook(io.BytesIO(content), read_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, SyntaxError) as error:
        raise Unreadable("文件不是可以读取的 .xlsx 表格。", "The file is not a readable .xlsx workbook.") from error


def _rows(
    sheet: Any, title: str, columns: dict[str, fields.Field]
) -> Iterator[tuple[int, dict[str, Any], list[dict[str, Any]]]]:
    heads: list[Any] = []
    sheet.reset_dimensions()  # what the file says about its own size is not believed
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), start=1):
        if number == 1:
            heads = [cell.value for cell in row]
            for head in heads:
                if head is not None and head not in columns:
                    raise Unreadable(
                        f"工作表“{title}”不认识列 {head}。", f"Sheet {title} has an unknown column {head}."
                    )
            if len([head for head in heads if head]) != len({head for head in heads if head}):
                raise Unreadable(f"工作表“{title}”有重复的列。", f"Sheet {title} has a column twice.")
            continue
        if number > MOST_ROWS:
            raise Unreadable(f"工作表“{title}”超过 {MOST_ROWS} 行。", f"Sheet {title} has more than {MOST_ROWS} rows.")
        if number < FIRST_ROW or all(cell.value in (None, "") for cell in row):
            continue
        cells: dict[str, Any] = {}
        faults = []
        for head, cell in zip(heads, row, strict=False):
            if head is None or cell.value in (None, ""):
                continue
            if cell.data_type in {"f", "e"}:
                faults.append(
                    _fault(
                        title,
                        number,
                        head,
                        "单元格是公式或错误值，请填写数值。",
                        "Write a value, not a formula or error.",
                    )
                )
                continue
            if isinstance(cell.value, int | float) and abs(cell.value) >= EXACT:
                faults.append(
                    _fault(
                        title,
                        number,
                        head,
                        "长数字在表格中会丢失末位，请把单元格设为文本后重新填写。",
                        "Long numbers lose their last digits: make the cell text and write it again.",
                    )
                )
                continue
            cells[head] = _value(columns[head], cell.value)
        yield number, cells, faults


def _value(spec: fields.Field, raw: Any) -> Any:
    """The value of a cell as the schema wants it; what does not fit stays as it is and the schema says so."""
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    if isinstance(spec, fields.List):
        return [part.strip() for part in str(raw).splitlines() if part.strip()]
    if isinstance(spec, fields.Boolean):
        return {YES: True, NO: False}.get(raw, raw)
    if isinstance(spec, fields.AwareDateTime):
        return _instant(str(raw))
    if isinstance(spec, fields.Integer):
        return int(raw) if isinstance(raw, str) and raw.strip().isdecimal() else raw
    return raw if isinstance(raw, str) else str(raw)


def _instant(text: str) -> str:
    """A time without a zone is the hall's."""
    try:
        return clock.parse(text).isoformat()
    except ValueError:
        return text


def _nest(cells: dict[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for path, value in cells.items():
        *above, name = path.split(".")
        node = nested
        for step in above:
            node = node.setdefault(step, {})
        node[name] = value
    return nested


def _list_at(document: dict[str, Any], path: str) -> list[Any]:
    *above, name = path.split(".")
    node = document
    for step in above:
        node = node.setdefault(step, {})
    return node.setdefault(name, [])


def _fault(sheet: str, row: int, field_name: str, zh: str, en: str) -> dict[str, Any]:
    return {"sheet": sheet, "row": row, "field": field_name, "zh": zh, "en": en}


def _flat(messages: Any, path: str = "") -> list[tuple[str, str]]:
    if isinstance(messages, dict):
        return [
            pair for name, part in messages.items() for pair in _flat(part, f"{path}.{name}" if path else str(name))
        ]
    return [(path, " ".join(map(str, messages)) if isinstance(messages, list) else str(messages))]
