"""The guide of an item in a form, section by section, with what the validator says beside it (CAT-12…34)."""

import json
import re
from copy import deepcopy
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from flask import Response, abort, redirect, request

from chassis.errors import Refusal
from gateway.portal import guard
from gateway.portal.addresses import fill
from gateway.portal.ask import Problem
from gateway.portal.forms import Field, Form
from gateway.portal.guide_findings import Finding, notes, placed
from gateway.portal.guide_form import PartForm, filled_in, reach, told
from gateway.portal.guide_sections import PARTS, SECTIONS, STAR, Rows, Section
from gateway.portal.page import route, show
from gateway.portal.pages.staff_catalog import EDITORS
from gateway.portal.rows import at
from gateway.portal.visitor import get, send, stream

NEW = "new"  # the place of a row that is being added
_NUMBER = re.compile("[0-9]{1,4}")
MOVES = {"up": -1, "down": 1}
NO_DRAFT = '"none"'  # what somebody has seen who begins a draft
CHANGED = 412  # somebody else has saved meanwhile


@dataclass(frozen=True)
class Draft:
    """The guide as it stands in the draft, else as published; `version` is empty while there is no draft."""

    code: str
    guide: dict[str, Any]
    version: str
    findings: tuple[Finding, ...]

    def save(self, guide: dict[str, Any]) -> None:
        """Write the whole guide back, if the draft is still the one that the visitor has seen."""
        seen = request.form.get("over") or request.form.get("version") or NO_DRAFT
        send("PUT", "catalog", fill("/items/{code}/draft", {"code": self.code}), guide, If_Match=seen)


def _draft(code: str) -> Draft:
    path = fill("/items/{code}", {"code": code})
    try:
        with stream("GET", "catalog", f"{path}/draft") as answer:
            guide, version = answer.json()["guide"], answer.headers.get("ETag", "")
    except Problem as problem:
        if problem.status != 404:
            raise
        return Draft(code, get("catalog", path)["guide"], "", ())
    return Draft(code, guide, version, tuple(placed(get("catalog", f"{path}/draft/findings"), guide)))


@route("/staff/drafts/<code>")
@guard.staff(*EDITORS)
def staff_draft(code: str) -> Response:
    """The sections of a guide, and what would keep the draft from being published."""
    draft = _draft(code)
    counts = {
        name: [sum(one.section is section and one.fault is fault for one in draft.findings) for fault in (True, False)]
        for name, section in SECTIONS.items()
    }
    return show("portal/staff_draft.html", draft=draft, sections=SECTIONS, counts=counts)


@route("/staff/drafts/<code>/json", methods=("GET", "POST"))
@guard.staff(*EDITORS)
def staff_guide_json(code: str) -> Any:
    """The whole guide as JSON, for experts who bring it from elsewhere."""
    draft = _draft(code)
    text = json.dumps(draft.guide, ensure_ascii=False, indent=1)
    form = Form((Field("guide", ("办事指南(JSON)", "The guide (JSON)"), "long"),), {"guide": text}, PARTS)
    if form.sent:
        with form.attempt():
            draft.save(_parsed(request.form.get("guide", "")))
            return redirect(fill("/staff/drafts/{code}", {"code": code}) + "?saved=1")
    return show("portal/staff_guide_json.html", form.status, draft=draft, form=form)


@route("/staff/drafts/<code>/<section>", methods=("GET", "POST"))
@guard.staff(*EDITORS)
def staff_guide_section(code: str, section: str) -> Any:
    """One section: its questions, and its lists with the order of their rows."""
    draft, part = _draft(code), SECTIONS.get(section) or abort(404)
    form = PartForm(part.cells, draft.guide, notes=notes(draft.findings))
    if request.method == "POST":
        with form.attempt():
            draft.save(_section_filled(draft, part) if form.sent else _moved(draft, form.pressed))
            return redirect(_address(code, part) + "?saved=1")
    conflict = form.sent and form.status == CHANGED
    if conflict:
        form.compare(draft.guide)
    names = list(SECTIONS)
    following = names.index(section) + 1
    return show(
        "portal/staff_guide_section.html",
        form.status,
        draft=draft,
        section=part,
        form=form,
        star=STAR,
        lists=[_listed(draft, rows) for rows in part.lists],
        findings=[one for one in draft.findings if one.section is part],
        conflict=conflict,
        following=SECTIONS[names[following]] if following < len(names) else None,
    )


def _section_filled(draft: Draft, section: Section) -> dict[str, Any]:
    guide = filled_in(draft.guide, section.cells)
    if guide != draft.guide:
        for rows in section.lists:
            *path, last = rows.path.split(".")
            holder = at(guide, ".".join(path)) if path else guide
            if isinstance(holder, dict):
                holder.setdefault(last, [])
    return guide


def _moved(draft: Draft, pressed: str) -> dict[str, Any]:
    """The guide with a row one place up or down."""
    guide = deepcopy(draft.guide)
    move, path, place = [*pressed.split(), "", "", ""][:3]
    rows = at(guide, path)
    if move not in MOVES or not isinstance(rows, list) or not _NUMBER.fullmatch(place):
        abort(404)
    here, there = int(place), int(place) + MOVES[move]
    if {here, there} <= {*range(len(rows))}:
        rows[here], rows[there] = rows[there], rows[here]
    return guide


def _listed(draft: Draft, rows: Rows) -> dict[str, Any]:
    """A list of the guide as a table: each row with its cells in words and how much is wrong with it."""
    columns = PartForm([next(cell for cell in rows.cells if cell.name == name) for name in rows.columns], {}).fields
    found = [one for one in draft.findings if one.rows is rows]
    lines = [
        ([told(cell, at(row, cell.name)) for cell in columns], sum(one.place == place for one in found))
        for place, row in enumerate(at(draft.guide, rows.path) or ())
    ]
    return {"rows": rows, "columns": columns, "lines": lines}


@route("/staff/drafts/<code>/<section>/<rows>/<place>", methods=("GET", "POST"))
@guard.staff(*EDITORS)
def staff_guide_row(code: str, section: str, rows: str, place: str) -> Any:
    """One row of a list: add it, change it, take it out."""
    draft, part = _draft(code), SECTIONS.get(section) or abort(404)
    asked = next((one for one in part.lists if one.path == rows), None) or abort(404)
    present = at(draft.guide, rows) or []
    where = len(present) if place == NEW else _found(present, place)
    if where is None and not request.form:
        abort(404)
    row: dict[str, Any] = present[where] if where is not None and where < len(present) else {}
    form = PartForm(
        asked.cells,
        asked.fresh if place == NEW else row,
        (*rows.split("."), str(where)),
        notes(draft.findings, asked, where) if row else None,
    )
    if form.sent:
        with form.attempt():
            draft.save(_row_filled(draft, asked, where, removed=form.pressed == "remove"))
            return redirect(_address(code, part) + "?saved=1")
    return show(
        "portal/staff_guide_row.html",
        form.status,
        draft=draft,
        section=part,
        rows=asked,
        where=where,
        new=place == NEW,
        form=form,
        star=STAR,
        mark=request.form.get("row") or _mark(row),
        findings=[one for one in draft.findings if row and one.rows is asked and one.place == where],
        conflict=form.status == CHANGED and where is not None,
    )


def _found(present: list[dict[str, Any]], place: str) -> int | None:
    """Where the row that the visitor has seen stands by now: somebody may have moved it, or changed it."""
    if not _NUMBER.fullmatch(place):
        return None
    seen = request.form.get("row")
    if seen is None:
        return int(place) if int(place) < len(present) else None
    alike = [number for number, row in enumerate(present) if _mark(row) == seen]
    return int(place) if int(place) in alike else next(iter(alike), None)


def _row_filled(draft: Draft, rows: Rows, where: int | None, *, removed: bool) -> dict[str, Any]:
    guide = deepcopy(draft.guide)
    *path, last = rows.path.split(".")
    holder = reach(guide, path)
    present = holder[last] = list(holder.get(last) or ())
    if where is None:  # it is no longer there as it was seen; the catalog refuses what was seen before
        return guide
    row, new = (present[where], False) if where < len(present) else ({}, True)
    present[where : where + 1] = [] if removed else [filled_in(row, rows.cells, new=new)]
    return guide


def _mark(row: dict[str, Any]) -> str:
    return sha256(json.dumps(row, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]


def _address(code: str, section: Section) -> str:
    return fill("/staff/drafts/{code}/{section}", {"code": code, "section": section.name})


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Problem.of(
            Refusal(
                "json-invalid",
                status=422,
                zh=f"内容不是有效的 JSON：{error}",
                en=f"The text is not valid JSON: {error}",
                fields={"guide": [str(error)]},
            )
        ) from None
