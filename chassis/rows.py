"""SELECT of whole rows without what peewee does anew each time: composing the statement and finding out its columns.

Composing a statement takes several times as long as running it, and a row of many columns several calls a column. What
is asked most is simple: columns of one table, or of two joined by a key, compared with values. That is written here at
once; all else is left to peewee, which says the same in more time.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import peewee
from peewee import JOIN, SQL, Expression, Field, Join, Node, NodeList, Ordering, Value

_COMPARED = frozenset({"=", "!=", "<", "<=", ">", ">="})
_AS_THEY_ARE = {peewee.TextField, peewee.IntegerField, peewee.BigIntegerField}  # both databases return what was stored
_lists: dict[tuple[str, tuple[str, ...]], str] = {}
_readers: dict[tuple[type[Any], tuple[str, ...]], tuple[tuple[str, ...], list[tuple[str, Callable[[Any], Any]]]]] = {}


class WholeRows(peewee.ModelSelect):
    """SELECT of own columns of a table, whole rows or many columns of them."""

    _is_default: bool
    _limit: int | None
    _offset: int | None
    _simple_distinct: Any
    _returning: Sequence[Field]
    _from_list: list[Any]

    def __init__(self, model: type[Any], fields: Sequence[Field]):
        self.model = self._join_ctx = model
        self._joins: dict[Any, Any] = {}
        self._is_default = True
        super(peewee.ModelSelect, self).__init__([model], fields)  # past what looks at each field

    def __sql__(self, ctx: Any) -> Any:
        found = None if ctx.stack or ctx._sql else plain(self, ctx.state.param)
        if found is None:
            return super().__sql__(ctx)
        sql, values = found
        ctx._values.extend(values)
        return ctx.literal(sql)

    def count(self, database: Any = None, clear_limit: bool = False) -> int:
        """How many rows there are; as peewee's, without asking for the rows to count them."""
        bound = database or self.model._meta.database
        if self._limit is None and self._offset is None and not self._simple_distinct:
            found = plain(self.order_by(), bound.param)
            if found is not None:
                source = found[0].partition(" FROM ")[2]
                return bound.execute_sql(f"SELECT COUNT(*) FROM {source}", found[1]).fetchone()[0]
        return super().count(database, clear_limit)

    def __sql_selection__(self, ctx: Any, is_subquery: bool = False) -> Any:
        if not self._is_default or is_subquery:
            return super().__sql_selection__(ctx, is_subquery)
        return ctx.literal(columns(ctx.alias_manager[self.model._meta.table], self._returning))

    def _get_model_cursor_wrapper(self, cursor: Any) -> Any:
        if self._is_default and not self._joins and self._from_list == [self.model]:
            return _Read(cursor, self.model, self._returning)
        return super()._get_model_cursor_wrapper(cursor)  # type: ignore[misc]


def columns(alias: str, fields: Sequence[Field]) -> str:
    """The list of these columns."""
    names = tuple(field.column_name for field in fields)
    if (found := _lists.get((alias, names))) is None:
        found = _lists[alias, names] = ", ".join(f'"{alias}"."{name}"' for name in names)
    return found


def plain(query: Any, mark: str) -> tuple[str, list[Any]] | None:
    """The statement of a simple query and its values; None for any other."""
    strange = (
        query._cte_list or query._group_by or query._having or query._windows or query._distinct
        or query._lateral or query._alias or query.model._meta.schema or not query._is_default
    )  # fmt: skip
    tables = None if strange else _tables(query)
    if tables is None:
        return None
    source, names = tables
    values: list[Any] = []
    word = "SELECT DISTINCT" if query._simple_distinct or query._distinct is not None else "SELECT"
    sql = f"{word} {columns('t1', query._returning)} FROM {source}"
    if query._where is not None:
        where = condition(query._where, names, mark, values)
        if where is None:
            return None
        sql = f"{sql} WHERE {where}"
    if query._order_by:
        order = [found for one in query._order_by if (found := _ordered(one, names))]
        if len(order) < len(query._order_by):
            return None
        sql = f"{sql} ORDER BY {', '.join(order)}"
    for word, number in (("LIMIT", query._limit), ("OFFSET", query._offset)):
        if number is not None:
            sql = f"{sql} {word} {mark}"
            values.append(number)
    if (lock := query._for_update) is not None:
        if lock._of is not None or lock._nowait:
            return None
        sql = f"{sql} {lock._expr}{' SKIP LOCKED' if lock._skip_locked else ''}"
    return sql, values


def _tables(query: Any) -> tuple[str, dict[type[Any], str]] | None:
    """What stands behind FROM, and the alias of each model: one table, or a second one joined by equal columns."""
    first = f'"{query.model._meta.table_name}" AS "t1"'
    if query._from_list == [query.model]:
        return first, {query.model: "t1"}
    joined: Any = query._from_list[0]
    if (
        len(query._from_list) > 1
        or type(joined) is not Join
        or joined.lhs is not query.model
        or joined.join_type != JOIN.INNER
    ):
        return None
    on: Any = joined._on  # type: ignore[attr-defined]
    other: Any = joined.rhs
    if not isinstance(other, type) or other is query.model or type(on) is not Expression or on.op != "=":
        return None
    names: dict[Any, str] = {query.model: "t1", other: "t2"}
    sides = [_column(side, names) for side in (on.lhs, on.rhs)]
    if None in sides:
        return None
    return f'{first} INNER JOIN "{joined.rhs._meta.table_name}" AS "t2" ON {sides[0]} = {sides[1]}', names


def _column(field: Any, names: dict[type[Any], str]) -> str | None:
    if not isinstance(field, Field) or field.model not in names:
        return None
    return f'"{names[field.model]}"."{field.column_name}"'


def condition(node: Any, names: dict[type[Any], str], mark: str, values: list[Any]) -> str | None:
    """A condition of columns of the models of these aliases, compared with values that are added to `values`, or found
    in another simple query; text without values as it is; None for any other."""
    if type(node) is SQL and not node.params:
        return node.sql
    if type(node) is not Expression:
        return None
    left, op, right = node.lhs, node.op, node.rhs
    if op in ("AND", "OR"):
        first = condition(left, names, mark, values)
        second = condition(right, names, mark, values) if first is not None else None
        return None if second is None else f"({first} {op} {second})"
    if isinstance(left, NodeList) and isinstance(right, NodeList) and op in _COMPARED:
        return _as_one(left, op, right, names, mark, values)
    column = _column(left, names)
    if column is None:
        return None
    if op == "IN" and type(right) is WholeRows:
        inner = plain(right, mark)  # its aliases hide those of this query, of which it needs none
        values += inner[1] if inner else ()
        return inner and f"{column} IN ({inner[0]})"
    if op in _COMPARED:
        found = [right]
        text = f"{column} {op} {mark}"
    elif op == "IN" and isinstance(right, (list, tuple)) and right:
        found = list(right)
        text = f"{column} IN ({', '.join([mark] * len(found))})"
    elif op in ("IS", "IS NOT") and right is None:
        return f"{column} {op} NULL"
    else:
        return None
    if any(value is None or isinstance(value, (Node, type, list, tuple, set, frozenset)) for value in found):
        return None
    values += map(left.db_value, found)
    return text


def _as_one(left: Any, op: str, right: Any, names: dict[type[Any], str], mark: str, values: list[Any]) -> str | None:
    """Columns compared as one: the place in a list from which a page goes on."""
    found = [_column(one, names) for one in left.nodes]
    if None in found or not all(type(one) is Value and one.converter for one in right.nodes):
        return None
    values += [one.converter(one.value) for one in right.nodes]
    marks = ", ".join([mark] * len(right.nodes))
    return f"({', '.join(map(str, found))}) {op} ({marks})"


def _ordered(one: Any, names: dict[type[Any], str]) -> str | None:
    direction = ""
    if type(one) is Ordering and not one.collation and not one.nulls:
        one, direction = one.node, f" {one.direction}"
    column = _column(one, names)
    return column and f"{column}{direction}"


class _Read(peewee.CursorWrapper):
    """The rows of a cursor as objects of the model, read at once."""

    def __init__(self, cursor: Any, model: type[Any], fields: Sequence[Field]):
        super().__init__(cursor)
        self.row_cache = read(cursor, model, fields)
        self.count, self.populated, self.initialized = len(self.row_cache), True, True

    def iterator(self) -> Any:
        return iter(self.row_cache)


def ask(query: Any, sql: str, params: Sequence[Any], *, kept: bool) -> list[Any]:
    """The rows that the statement returns for the columns of the query; `kept`: PostgreSQL plans it once."""
    database = query.model._meta.database
    if kept:
        cursor = database.execute_kept(f"kept_{hashlib.sha256(sql.encode()).hexdigest()[:32]}", sql, params)
    else:
        cursor = database.execute_sql(sql, params)
    return read(cursor, query.model, query._returning)


def read(cursor: Any, model: type[Any], fields: Sequence[Field]) -> list[Any]:
    """The rows of these columns as objects of the model."""
    key = model, tuple(field.name for field in fields)
    if (found := _readers.get(key)) is None:
        converted = [(field.name, field.python_value) for field in fields if type(field) not in _AS_THEY_ARE]
        found = _readers[key] = key[1], converted
    names, converted = found
    rows = []
    for values in cursor.fetchall():
        data = dict(zip(names, values, strict=True))
        for name, convert in converted:
            if data[name] is not None:
                data[name] = convert(data[name])
        row = object.__new__(model)
        row.__data__, row._dirty, row.__rel__ = data, set(), {}
        rows.append(row)
    cursor.close()
    return rows
