"""Lists page by page: a keyset cursor instead of an offset, so that no row is skipped or doubled while others write."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Any

from marshmallow import Schema, fields, missing, validate
from peewee import BooleanField, DateField, Field, IntegerField, SqliteDatabase, Tuple, Value

from chassis.db import InstantField
from chassis.errors import Refusal
from chassis.privacy import EncryptedField
from chassis.rows import ask, columns

DEFAULT, MOST = 20, 100


class PageArgs(Schema):
    """Query arguments of a list; filters are added in a subclass."""

    limit = fields.Integer(
        load_default=DEFAULT, validate=validate.Range(1, MOST), metadata={"description": "rows per page"}
    )
    cursor = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=1000),
        metadata={"description": "`next` of the page before"},
    )


class _Rows(fields.List):
    """The rows of a page. Most are dicts of what JSON knows already, for which marshmallow takes six calls a field."""

    _PLAIN: dict[Any, tuple[type, ...]] = {fields.String: (str,), fields.Integer: (int,), fields.Boolean: (bool,)}

    @cached_property
    def _ways(self) -> list[tuple[str, Any, tuple[type, ...]]] | None:
        """Name, field, and the types that it sends as they are; None for a schema that renames or computes."""
        schema: Schema = self.inner.schema  # type: ignore[attr-defined]
        found = schema.dump_fields.items()
        if any(schema._hooks.values()) or any(
            one.attribute or one.data_key or one.dump_default is not missing or not one._CHECK_ATTRIBUTE
            for _, one in found
        ):
            return None
        return [(name, one, (type(None), *self._PLAIN.get(type(one), ()))) for name, one in found]

    def _serialize(self, value: Any, attr: str | None, obj: Any, **options: Any) -> list[Any] | None:
        ways = self._ways
        if ways is None or not all(type(row) is dict for row in value):
            return super()._serialize(value, attr, obj, **options)
        return [
            {
                name: row[name] if type(row[name]) in plain else one._serialize(row[name], name, row)
                for name, one, plain in ways
                if name in row
            }
            for row in value
        ]


@cache
def page_schema(item: type[Schema]) -> type[Schema]:
    """The schema of one page of these items, for the answer and for OpenAPI."""
    name = item.__name__.removesuffix("Schema") + "Page"
    body = {
        "__doc__": f"One page of {item.__name__}.",
        "items": _Rows(fields.Nested(item), required=True),
        "next": fields.String(
            allow_none=True, required=True, metadata={"description": "cursor; null on the last page"}
        ),
    }
    return type(name, (Schema,), body)


@dataclass(frozen=True)
class Along:
    """A way along another table: its rows that meet the condition. It repeats the keys of the list, whose order its own
    index keeps, and its last key is the primary key of the list's row; a row is in it once."""

    keys: tuple[Field, ...]
    condition: Any


def page(
    query: Any,
    key_fields: Sequence[Field],
    dump: Callable[[Any], Any] | None = None,
    *,
    limit: int = DEFAULT,
    cursor: str | None = None,
    newest_first: bool = True,
    ways: Sequence[Any] = (),
    kept: bool = False,
) -> dict[str, Any]:
    """One page of the query in the order of the key fields (the primary key is added as the last one).

    `dump` turns a row into what is sent; leave it out when the route's response schema (`page_schema`) does that.
    `ways` are further conditions of which a row has to meet one, or are `Along` another table. Each is walked for
    itself, along its own index and no further than the page: a database that is given their OR reads and sorts all
    that meets it.
    `kept` lets PostgreSQL plan the first page once, whatever the values. It is for lists of own columns that are asked
    for all the time, and needs an index that begins with what each way compares and goes on with all keys of the order:
    a plan that does not know the values may otherwise sort all that meets a way. Pages of another length are not kept:
    the plan has to know how few rows are wanted.
    """
    keys = _keys(query.model, key_fields)
    order = f"{'-' if newest_first else ''}{','.join(field.name for field in keys)}"
    limit = min(max(limit, 1), MOST)
    values = None if cursor is None else _read(cursor, order, keys)

    def turned(some: Any, along: Sequence[Field]) -> Any:
        """The query, from the cursor on for one page."""
        if values is not None:
            some = some.where(_beyond(along, values, newest_first))
        return some.order_by(*(field.desc() if newest_first else field.asc() for field in along)).limit(limit + 1)

    kept = kept and values is None and limit == DEFAULT
    if ways[1:] or (ways and isinstance(ways[0], Along)):
        rows = ask(query, *_merged(query, keys, ways, turned, newest_first, limit + 1), kept=kept)
    else:
        found = turned(query.where(*ways) if ways else query, keys)
        rows = ask(found, *_of_length(found), kept=True) if kept else list(found)
    more, rows = len(rows) > limit, rows[:limit]
    return {
        "items": [dump(row) for row in rows] if dump else rows,
        "next": _write(order, keys, rows[-1]) if more else None,
    }


def sealed(content: list[Any]) -> str:
    """A cursor that holds these plain values."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def opened(cursor: str) -> list[Any]:
    """The values of a cursor, which anybody may have forged; ValueError or RecursionError when it is none."""
    content = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    if not isinstance(content, list):
        raise ValueError("not a list")
    return content


def invalid() -> Refusal:
    """The refusal of a cursor."""
    return Refusal(
        "cursor-invalid",
        status=422,
        zh="翻页标记无效。",
        en="The cursor is not one of this list.",
        next_zh="请从第一页重新开始。",
        next_en="Start again from the first page.",
        fields={"cursor": ["invalid"]},
    )


def _keys(model: type[Any], key_fields: Sequence[Field]) -> list[Field]:
    keys = list(key_fields)
    primary = model._meta.primary_key
    if not any(field is primary for field in keys):
        keys.append(primary)
    for field in keys:
        if field.null or isinstance(field, EncryptedField):
            raise ValueError(f"{field.name} cannot order pages: it may be null or is encrypted")
    return keys


def _merged(
    query: Any, keys: Sequence[Field], ways: Sequence[Any], turned: Callable[..., Any], newest_first: bool, most: int
) -> tuple[str, list[Any]]:
    """The statement of the first rows of all ways, each limited and ordered as the query is; a row to which several
    lead is there once."""
    database, texts, params = query.model._meta.database, [], []
    for way in ways:
        if isinstance(way, Along):
            joined = query.join(way.keys[-1].model, on=(way.keys[-1] == keys[-1]))
            text, own = _of_length(turned(joined.where(way.condition), way.keys))
        else:
            text, own = _of_length(turned(query.where(way), keys))
        texts.append(f"SELECT way.* FROM ({text}) AS way")
        params += own
    shown = [f'"found"."{field.column_name}"' for field in keys]
    if isinstance(database.obj, SqliteDatabase):
        one, together = "", " UNION "
    else:  # which merges the ways as they come, instead of comparing all columns of all rows
        one, together = f"DISTINCT ON ({', '.join(shown)}) ", " UNION ALL "
    order = ", ".join(f"{key} {'DESC' if newest_first else 'ASC'}" for key in shown)
    sql = f"SELECT {one}{columns('found', query._returning)} FROM ({together.join(texts)}) AS found ORDER BY {order}"
    return f"{sql} LIMIT {most}", params


def _of_length(query: Any) -> tuple[str, list[Any]]:
    """The statement of a limited query and its values, the limit in the text."""
    sql, params = query.sql()
    return f"{sql.rpartition(' LIMIT ')[0]} LIMIT {int(params[-1])}", list(params[:-1])


def _beyond(keys: Sequence[Field], values: list[Any], newest_first: bool) -> Any:
    """Rows after the given one. Compared as one: to a place that an index can go to, however deep in the list."""
    here = Tuple(*keys)
    there = Tuple(*(Value(value, converter=field.db_value) for field, value in zip(keys, values, strict=True)))
    return here < there if newest_first else here > there


def _write(order: str, keys: list[Field], row: Any) -> str:
    values = [_plain(getattr(row, field.name), field) for field in keys]
    return sealed([order, *values])


def _plain(value: Any, field: Field) -> Any:
    if isinstance(field, InstantField):
        return field.db_value(value)
    return value.isoformat() if isinstance(value, date) else value


def _read(cursor: str, order: str, keys: list[Field]) -> list[Any]:
    try:
        content = opened(cursor)
        if len(content) != len(keys) + 1 or content[0] != order:
            raise ValueError("a cursor of another list")
        return [_checked(value, field) for value, field in zip(content[1:], keys, strict=True)]
    except (ValueError, OverflowError, RecursionError):
        raise invalid() from None


def _checked(value: Any, field: Field) -> Any:
    """The value, if it is one that this field can hold: a forged cursor must not reach the database as an error."""
    if isinstance(field, BooleanField):
        good = isinstance(value, bool)
    elif isinstance(field, IntegerField):
        good = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
    elif isinstance(value, str) and "\0" not in value:
        value.encode()  # a lone surrogate is a ValueError here, not in the driver
        if isinstance(field, InstantField):
            field.db_value(value)
        elif isinstance(field, DateField):
            date.fromisoformat(value)
        good = True
    else:
        good = False
    if not good:
        raise ValueError(f"{field.name}: wrong type")
    return value
