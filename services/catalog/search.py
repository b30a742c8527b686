"""Finding items: by site, name, theme, department, party and booking; a miss says where else it lives (CAT-02…04)."""

import json
from typing import Any, NamedTuple

from peewee import JOIN, fn

from services.catalog import ranking
from services.catalog.models import Item, ItemTheme, Org, Region, database
from services.catalog.regions import site_of

SUMMARY = (  # of the guide, kept beside the item
    *("power_type", "kind", "service_object", "themes"),
    *("switches", "limits", "online_level", "visits_max"),
)


def query(
    region: str | None = None,
    org: str | None = None,
    theme: str | None = None,
    service_object: str | None = None,
    bookable: bool | None = None,
) -> Any:
    """Published items with the names of their organisation and site."""
    found = _rows().where(Item.state == "published")
    if region:
        found = found.where(Item.region == site_of(region))
    if org:
        found = found.where((Item.org == org) | (Org.parent == org))
    if theme:
        found = found.where(Item.code.in_(ItemTheme.select(ItemTheme.item_code).where(ItemTheme.theme == theme)))
    if service_object:
        found = found.where(Item.for_person if service_object == "person" else Item.for_legal)
    if bookable is not None:
        found = found.where(Item.bookable == bookable)
    return found


def ranked(
    q: str,
    *,
    region: str | None,
    near: str | None = None,
    limit: int,
    cursor: str | None,
    **filters: Any,
) -> dict[str, Any]:
    """Published items for typed words, best first; near misses only when no site has a hit (CAT-02, CAT-03)."""
    after = ranking.read_cursor(cursor) if cursor is not None else None
    site = site_of(region) if region else None
    asked = ranking.question(q, near=site_of(near) if near else "", **filters)
    if asked is None:
        return {"items": [], "next": None, "elsewhere": [], "similar": False}
    found: list[ranking.Place] = []
    others: list[dict[str, Any]] = []
    phase = 0
    for phase in range(len(ranking.PHASES)) if after is None else (ranking.phase_of(after),):
        found = ranking.best(asked, region=site, after=after, limit=limit + 1, phase=phase)
        if site and not found and after is None:
            others = _sites(ranking.elsewhere(asked, site, phase=phase))
        if found or others:
            break
    page = found[:limit]
    return {
        "items": _listed(page) if page else [],
        "next": ranking.write_cursor(page[-1]) if len(found) > limit else None,
        "elsewhere": others,
        "similar": phase > 0 and bool(found or others),
    }


def shown(row: Any) -> dict[str, Any]:
    """A row of a list of items, as it is sent."""
    summary = row.summary
    return {
        "code": row.code,
        "name": row.name,
        "name_en": row.name_en,
        "parent": row.parent,
        "leaf": bool(row.leaf),
        "version": row.current_version,
        "region": row.region,
        "region_name": row.region_name,
        "region_level": row.region_level,
        "approving_org": row.org,
        "approving_org_name": row.org_name,
        "bookable": bool(row.bookable),
    } | {name: summary.get(name) for name in SUMMARY}


class Row(NamedTuple):
    """What `shown` needs, in the order of the statement below."""

    code: str
    name: str
    name_en: str | None
    parent: str | None
    leaf: bool
    current_version: int
    region: str
    org: str
    bookable: bool
    org_name: str | None
    region_name: str | None
    region_level: str | None
    summary: dict[str, Any]


def _listed(places: list[ranking.Place]) -> list[dict[str, Any]]:
    """The rows at these places, without what was withdrawn a moment ago.

    Written by hand: peewee needs longer to write this statement than the databases to answer it.
    """
    entries = [ranking.entry(place) for place in places]
    postgresql = database.dialect == "postgresql"
    wanted = "= ANY (%s)" if postgresql else f"IN ({', '.join('?' * len(entries))})"
    rows = database.proxy.execute_kept(
        "catalog_search_rows",
        "SELECT e.id, i.state, i.code, i.name, i.name_en, i.parent, i.leaf, i.current_version, i.region, i.org, "
        "i.bookable, o.name, r.name, r.level, i.summary FROM catalog_search_entry AS e "
        "JOIN catalog_item AS i ON i.code = e.item_code LEFT JOIN catalog_org AS o ON o.code = i.org "
        f"LEFT JOIN catalog_region AS r ON r.code = i.region WHERE e.id {wanted}",
        [entries] if postgresql else entries,
    )
    found = {}
    for entry, state, *columns in rows.fetchall():
        if state == "published":
            columns[-1] = json.loads(columns[-1])
            found[entry] = shown(Row(*columns))
    return [found[entry] for entry in entries if entry in found]


def _sites(found: list[tuple[str, int, list[str]]]) -> list[dict[str, Any]]:
    if not found:
        return []
    regions = {row.code: row for row in Region.select().where(Region.code.in_([region for region, _, _ in found]))}
    codes = [code for _, _, some in found for code in some]
    items = {row.code: row for row in Item.select(Item.code, Item.name, Item.name_en).where(Item.code.in_(codes))}
    return [
        {
            "region": region,
            "region_name": regions[region].name if region in regions else None,
            "level": regions[region].level if region in regions else None,
            "count": number,
            "items": [{"code": code, "name": items[code].name, "name_en": items[code].name_en} for code in some],
        }
        for region, number, some in found
    ]


def _rows() -> Any:
    return (
        Item.select(
            Item, Org.name.alias("org_name"), Region.name.alias("region_name"), Region.level.alias("region_level")
        )
        .join(Org, JOIN.LEFT_OUTER, on=(Org.code == Item.org))
        .join(Region, JOIN.LEFT_OUTER, on=(Region.code == Item.region))
        .objects()
    )


def elsewhere(region: str, **filters: Any) -> list[dict[str, Any]]:
    """Other sites that list what this one does not, with the first few of their items (CAT-02)."""
    found: dict[str, list[str]] = {}
    for item in query(**filters).where(Item.region != site_of(region)).order_by(Item.region, Item.code):
        found.setdefault(item.region, []).append(item.code)
    return _sites([(site, len(codes), codes[: ranking.MOST_PER_SITE]) for site, codes in found.items()])


def themes(region: str | None = None, service_object: str | None = None) -> list[dict[str, Any]]:
    """Themes with how many published items each has (CAT-03)."""
    found = (
        ItemTheme.select(ItemTheme.theme, fn.COUNT(ItemTheme.item_code).alias("items"))
        .join(Item, on=(Item.code == ItemTheme.item_code))
        .where(Item.state == "published")
        .group_by(ItemTheme.theme)
        .order_by(ItemTheme.theme)
    )
    if region:
        found = found.where(Item.region == site_of(region))
    if service_object:
        found = found.where(Item.for_person if service_object == "person" else Item.for_legal)
    return [{"theme": row.theme, "items": row.items} for row in found]
