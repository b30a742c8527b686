"""Screens: pages of lists and facts, made from declarations, for whoever works with many rows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request
from markupsafe import Markup, escape

from gateway.portal import orgs, texts, visitor, words
from gateway.portal.addresses import fill, places_of
from gateway.portal.ask import Problem
from gateway.portal.forms import Field, Form
from gateway.portal.rows import Row, at
from gateway.portal.texts import Both
from gateway.portal.verbs import REGISTRY

PLAIN = {"day": texts.day, "moment": texts.moment, "left": texts.left, "money": texts.money, "size": texts.size}


@dataclass(frozen=True)
class Column:
    """One column or fact: a label, a (dotted) key of the row, and how the value is written.

    Kinds: text, name (both languages), day, moment, left (days until), money, size, yes, list, number, org (a code that
    is shown as the name of its organisation), or the name of a table of words (`case`, …: see `words.TABLES`).
    """

    label: Both
    key: str
    kind: str = "text"
    link: str = ""  # address with places of the row

    def shown(self, row: Row) -> Any:
        """The cell."""
        value = written(at(row, self.key), self.kind, row, self.key)
        if self.link and value not in ("", "—"):
            return Markup('<a href="{}">{}</a>').format(fill(self.link, row), value)
        return value


@dataclass(frozen=True)
class Deed:
    """A link to a verb beside a row: its places by keys of the row, and when it is offered at all."""

    verb: str
    places: Mapping[str, str] = field(default_factory=dict)  # place -> key of the row
    when: Callable[[Row], bool] = lambda row: True
    roles: tuple[str, ...] = ()

    def link(self, row: Row) -> tuple[str, str, bool] | None:
        """Address, label, danger; None when not offered."""
        if not visitor.holds(self.roles) or not self.when(row):
            return None
        verb = REGISTRY[self.verb]
        places = {place: at(row, self.places.get(place, place)) for place in {*places_of(verb.path), *self.places}}
        return verb.href(**places, back=request.full_path.rstrip("?")), texts.t(verb.title), verb.danger


@dataclass(frozen=True)
class Listing:
    """A list of rows of a service, with filters, deeds and the next page."""

    title: Both
    service: str
    path: str
    columns: tuple[Column, ...]
    query: Mapping[str, Any] = field(default_factory=dict)
    deeds: tuple[Deed, ...] = ()
    filters: tuple[Field, ...] = ()
    empty: Both = ("目前没有。", "Nothing here at the moment.")
    rows: str = "items"  # the key of the rows in the answer
    limit: int = 20
    roles: tuple[str, ...] = ()  # who sees this part of a screen; none named: whoever sees the screen


@dataclass(frozen=True)
class Facts:
    """One thing with its facts and deeds."""

    title: Both
    service: str
    path: str
    columns: tuple[Column, ...]
    deeds: tuple[Deed, ...] = ()
    lists: tuple[tuple[Both, str, tuple[Column, ...]], ...] = ()  # title, key of rows inside, columns
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Screen:
    """A page at an address, for staff with one of the roles (none named: any staff)."""

    address: str  # with places like <case_no>
    title: Both
    parts: tuple[Listing | Facts, ...]
    roles: tuple[str, ...] = ()
    who: str = "staff"  # staff | citizen | public
    lead: Both | None = None
    deeds: tuple[Deed, ...] = ()  # beside the title
    menu: Both | None = None  # the group of the menu under which it is listed; None: reached from another page


def written(value: Any, kind: str, row: Row | None = None, key: str = "") -> Any:
    """A value as a page shows it."""
    if kind == "name":
        holder = at(row, key.rpartition(".")[0]) if "." in key else row
        return texts.of(holder, key.rpartition(".")[2]) or "—"
    if value is None or value == "" or value == []:
        return "—"
    if kind in words.TABLES:
        if isinstance(value, list):
            return texts.t("、", ", ").join(words.word(kind, one) for one in value)
        return words.tag(kind, value)
    if kind in PLAIN:
        return PLAIN[kind](value)
    if kind == "yes" or isinstance(value, bool):
        return texts.t("是", "yes") if value else texts.t("否", "no")
    if isinstance(value, list):
        return texts.t("、", ", ").join(str(one) for one in value)
    return escape(value)


def read(screen: Screen, places: Mapping[str, str]) -> list[dict[str, Any]]:
    """What the parts of a screen show; a part that was refused carries its problem, the others are still there."""
    parts = [(index, part) for index, part in enumerate(screen.parts) if visitor.holds(part.roles)]
    answers = visitor.get_all(*(_question(part, places, index) for index, part in parts))
    return [_shown(part, answer, index) for (index, part), answer in zip(parts, answers, strict=True)]


def _question(part: Listing | Facts, places: Mapping[str, str], index: int) -> tuple[str, str, dict[str, Any]]:
    path = fill(part.path, places)
    if isinstance(part, Facts):
        return part.service, path, {}
    query: dict[str, Any] = {name: fill(str(value), places) for name, value in part.query.items()}
    query |= {filter.name: request.args.get(filter.name, filter.default) for filter in part.filters}
    if part.limit:
        query["limit"] = part.limit
    return part.service, path, query | {"cursor": request.args.get(f"cursor{index or ''}", "")}


def _shown(part: Listing | Facts, answer: Any, index: int) -> dict[str, Any]:
    if isinstance(answer, Problem):
        return {"part": part, "problem": answer, "kind": "problem"}
    if isinstance(part, Facts):
        return {"part": part, "kind": "facts", "row": answer, "deeds": links(part.deeds, answer)}
    rows = answer if isinstance(answer, list) else at(answer, part.rows) or []
    cursor = answer.get("next") if isinstance(answer, dict) else None
    return {
        "part": part,
        "kind": "listing",
        "rows": [(shown, links(part.deeds, row)) for shown, row in zip(_named(part, rows), rows, strict=True)],
        "next": (f"cursor{index or ''}", cursor) if cursor else None,
        "form": Form(part.filters) if part.filters else None,
    }


def _named(part: Listing, rows: list[Row]) -> list[Row]:
    """The rows with organisations by their names; deeds and addresses go on by their codes."""
    keys = [column.key for column in part.columns if column.kind == "org"]
    if not keys:
        return rows
    called = orgs.names(row[key] for row in rows for key in keys if row.get(key))
    return [{**row, **{key: called.get(row.get(key) or "", "") for key in keys}} for row in rows]


def links(deeds: Iterable[Deed], row: Row) -> list[tuple[str, str, bool]]:
    """The deeds that are offered beside a row."""
    return [link for deed in deeds if (link := deed.link(row)) is not None]
