"""Guides as a spreadsheet, the form in which departments keep them: one row per item, one sheet per list (CAT-24).

The sheets follow the schema of the guide: the first sheet has the single values of an item, every other sheet a list
(materials, form fields, …) whose rows name their item. Row 1 says the field, row 2 says it in words, data begin below.
openpyxl is imported when a workbook is in hand: it is some megabytes of every process otherwise.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from marshmallow import fields

from services.catalog.guide import Guide

MAIN = "事项"
KEY = "item_code"
FIRST_ROW = 3
MOST_ROWS = 50_000  # of one sheet
MOST_COLUMNS = 200
MOST_UNPACKED = 200_000_000  # bytes; a workbook is a zip archive and may be a bomb
MOST_CELL = 32_767  # what a cell of the format holds
UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # characters that it cannot hold
YES, NO = "是", "否"
TITLES = {
    "": MAIN,
    "basis": "设定依据",
    "conditions": "申请条件",
    "materials": "申请材料",
    "form_fields": "申请表字段",
    "steps": "办理流程",
    "special_links": "特殊环节",
    "cautions": "注意事项",
    "faq": "常见问题",
    "switches.parallel_template.participants": "并联参与部门",
    "result_docs": "办理结果",
    "fee.by_answer": "按申请表选项收费",
    "booking.slots": "预约时段",
    "supervision.points": "监管点位",
    "supervision.standard.articles": "监管规程条文",
    "credit.dishonest": "失信标准",
    "credit.seriously": "严重失信标准",
    "credit.repair": "信用修复条件",
}
WORDS = {
    "code": "编码",
    "name": "名称",
    "name_en": "英文名称",
    "power_type": "事项类型",
    "service_object": "服务对象",
    "themes": "主题",
    "kind": "类型",
    "approving_org": "审批部门",
    "supervising_orgs": "监管部门",
    "sensitivities": "敏感情形",
    "parent": "上级事项",
    "sub_items": "子项",
    "leaf": "可申报",
    "limits.statutory": "法定时限",
    "limits.committed": "承诺时限",
    "limits.commit": "承诺审批时限",
    "limits.unit": "时限单位",
    "fee.text": "收费标准",
    "place.halls": "办理大厅",
    "place.text": "办理地点",
    "phones.enquiry": "咨询电话",
    "phones.complaint": "监督投诉电话",
    "requirement": "要求",
    "required": "必填或必要",
    "copies.original": "原件份数",
    "copies.copy": "复印件份数",
    "upload_ways": "提交方式",
    "formats": "文件格式",
    "blank_form": "空白表格",
    "sample_file": "填写样例",
    "label": "字段名",
    "role": "办理角色",
    "limit_wd": "工作日",
    "law": "法律法规",
    "article": "条款",
    "text": "内容",
    "q": "问",
    "a": "答",
    "source": "来源",
    "sample": "样例数据",
    "sample_fields": "样例字段",
    KEY: "事项编码",
}


class Unreadable(Exception):
    """The file is no workbook of this form; says why in both languages."""

    def __init__(self, zh: str, en: str):
        super().__init__(en)
        self.zh, self.en = zh, en


class Unwritable(Exception):
    """A guide has text that no cell can hold without loss."""


@dataclass
class Line:
    """An item read from a file: its document, where each part stands, and what could not be read."""

    sheet: str
    row: int
    document: dict[str, Any]
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    faults: list[dict[str, Any]] = field(default_factory=list)


def _tables() -> dict[str, dict[str, fields.Field]]:
    """The columns of every sheet, by the path of its list; the empty path is the first sheet."""
    tables: dict[str, dict[str, fields.Field]] = {"": {}}

    def walk(schema: Any, table: str, prefix: str) -> None:
        for name, spec in schema.fields.items():
            path = f"{prefix}{name}"
            if isinstance(spec, fields.Nested):
                walk(spec.schema, table, f"{path}.")
            elif isinstance(spec, fields.List) and isinstance(spec.inner, fields.Nested):
                tables[path] = {}
                walk(spec.inner.schema, path, "")
            else:
                tables[table][path] = spec

    walk(Guide(), "", "")
    return tables


TABLES = _tables()
SHEETS = {TITLES[path]: path for path in TABLES}


# --- writing ----------------------------------------------------------------------------------------------------------


def write(documents: Iterable[dict[str, Any]]) -> bytes:
    """A workbook with these guides; `Unwritable` before anything is written when it would lose text."""
    from openpyxl import Workbook

    found = list(documents)
    tables = {title: list(_lines_of(found, path)) for title, path in SHEETS.items()}
    book = Workbook(write_only=True)
    for title, path in SHEETS.items():
        sheet = book.create_sheet(title)
        heads = [*TABLES[path]] if path == "" else [KEY, *TABLES[path]]
        sheet.freeze_panes = f"B{FIRST_ROW}"
        for row in (heads, [WORDS.get(head, head) for head in heads], *tables[title]):
            sheet.append([_cell(sheet, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _lines_of(documents: list[dict[str, Any]], path: str) -> Iterator[list[Any]]:
    columns = TABLES[path]
    for document in documents:
        if path == "":
            yield [_plain(_dig(document, column)) for column in columns]
            continue
        for row in _dig(document, path) or ():
            yield [document["code"], *(_plain(_dig(row, column)) for column in columns)]


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


def read(content: bytes) -> list[Line]:
    """The items of a workbook, each with the faults of its cells; `Unreadable` when it is not of this form."""
    try:
        return _read(_open(content))
    except (ElementTree.ParseError, zipfile.BadZipFile, zlib.error, EOFError, ValueError) as error:
        raise Unreadable("表格内容已损坏。", "The workbook is damaged.") from error


def _read(book: Any) -> list[Line]:
    missing = [title for title in (MAIN,) if title not in book.sheetnames]
    if missing:
        raise Unreadable(f"缺少工作表“{MAIN}”。", f"The sheet {MAIN} is missing.")
    unknown = [title for title in book.sheetnames if title not in SHEETS]
    if unknown:
        raise Unreadable(f"不认识工作表“{unknown[0]}”。", f"There is no sheet {unknown[0]} in this form.")
    lines: list[Line] = []
    by_code: dict[Any, Line] = {}
    for number, cells, faults in _rows(book[MAIN], MAIN, TABLES[""]):
        line = Line(MAIN, number, _nest(cells), {"": (MAIN, number)}, faults)
        lines.append(line)
        by_code.setdefault(line.document.get("code"), line)
    for title, path in SHEETS.items():
        if path and title in book.sheetnames:
            for number, cells, faults in _rows(book[title], title, TABLES[path] | {KEY: fields.String()}):
                code = cells.pop(KEY, None)
                owner = by_code.get(code)
                if owner is None:
                    stray = _fault(
                        title,
                        number,
                        KEY,
                        f"工作表“{MAIN}”中没有事项 {code}。",
                        f"There is no item {code} in sheet {MAIN}.",
                    )
                    lines.append(Line(title, number, {"code": code}, faults=[*faults, stray]))
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
    if isinstance(spec, fields.Integer):
        return int(raw) if isinstance(raw, str) and raw.strip().isdecimal() else raw
    return raw if isinstance(raw, str) else str(raw)


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
