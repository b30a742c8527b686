"""The search index of the published items: written with the publication, in the same transaction (CAT-02, CAT-03)."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from services.catalog import tokens
from services.catalog.models import Item, Org, Region, SearchEntry, database

BATCH = 500
ENTRY_BITS = 40  # a place in the index: the length of the name, then the number of the entry in so many bits
ENTRY = (1 << ENTRY_BITS) - 1


def write(items: Sequence[Any]) -> None:
    """Make these published items findable as they are now; needs a transaction."""
    remove([item.code for item in items])
    orgs = _orgs({item.org for item in items})
    regions = {row.code: row for row in Region.select().where(Region.code.in_({item.region for item in items}))}
    entries = [
        {"item_code": item.code, "length": len(tokens.tight(item.name)), "region": item.region, "format": tokens.FORMAT}
        for item in items
    ]
    SearchEntry.insert_many(entries).execute()
    written = {item.code: _tokens(item, orgs, regions.get(item.region)) for item in items}
    rows = [(place, written[code]) for code, place in _places([*written]).items()]
    mark, cast = database.proxy.param, "::tsvector" if database.dialect == "postgresql" else ""
    values = ", ".join([f"({mark}, {mark}{cast})"] * len(rows))
    flat = [value for row in rows for value in row]
    database.proxy.execute_sql(f"INSERT INTO catalog_search_tokens (rowid, tokens) VALUES {values}", flat)


def remove(codes: Sequence[str]) -> None:
    """Make these items unfindable; needs a transaction."""
    known = _places(codes)
    if known:
        marks = ", ".join([database.proxy.param] * len(known))
        database.proxy.execute_sql(f"DELETE FROM catalog_search_tokens WHERE rowid IN ({marks})", [*known.values()])
        SearchEntry.delete().where(SearchEntry.item_code.in_([*known])).execute()


def _places(codes: Sequence[str]) -> dict[str, int]:
    query = SearchEntry.select(SearchEntry.id, SearchEntry.item_code, SearchEntry.length)
    return {row.item_code: row.length << ENTRY_BITS | row.id for row in query.where(SearchEntry.item_code.in_(codes))}


def follow_orgs(named: Sequence[str]) -> None:
    """Organisations have new names: write the items anew that are found by them."""
    if not named:
        return
    below = Org.select(Org.code).where(Org.parent.in_(named))
    _write_all(Item.select().where(Item.state == "published", Item.org.in_(named) | Item.org.in_(below)))


def complete() -> int:
    """Write what is published and not in the index, or there in an older format; returns how many."""
    current = SearchEntry.select(SearchEntry.item_code).where(SearchEntry.format == tokens.FORMAT)
    number = _write_all(Item.select().where(Item.state == "published", Item.code.not_in(current)))
    _join()
    return number


def _join() -> None:
    """FTS5 keeps what was written at different times in pieces, and every query reads all of them; nothing to do for
    what is in one piece."""
    if database.dialect == "sqlite":
        with database.transaction():
            database.proxy.execute_sql("INSERT INTO catalog_search_tokens (catalog_search_tokens) VALUES ('optimize')")


def _write_all(query: Any) -> int:
    number, rows = 0, iter(list(query.order_by(Item.code)))
    while batch := list(islice(rows, BATCH)):
        with database.transaction():
            write(batch)
        number += len(batch)
    return number


def _tokens(item: Any, orgs: dict[str, Any], region: Any) -> str:
    themes = item.summary.get("themes") or []
    return tokens.of_item(
        item.name,
        [item.name_en or "", item.code],
        [*_org_names(orgs, item.org), *([region.name] if region else []), *themes],
        region=item.region,
        org=item.org,
        themes=themes,
        flags=_flags(item),
    )


def _flags(item: Any) -> list[str]:
    objects = [name for name, here in (("person", item.for_person), ("legal", item.for_legal)) if here]
    return [*objects, "bookable" if item.bookable else "unbookable"]


def _org_names(orgs: dict[str, Any], code: str) -> Iterator[str]:
    """Names and other names of an organisation and of the department above it."""
    org = orgs.get(code)
    for one in (org, orgs.get(org.parent)) if org else ():
        if one:
            yield one.name
            yield from one.aliases


def _orgs(codes: set[str]) -> dict[str, Any]:
    own = {row.code: row for row in Org.select().where(Org.code.in_(codes))}
    above = {row.parent for row in own.values() if row.parent} - own.keys()
    return own | ({row.code: row for row in Org.select().where(Org.code.in_(above))} if above else {})
