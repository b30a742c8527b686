"""Finding items: by site, name, theme, department, party and booking; a miss says where else it lives (CAT-02…04)."""

from typing import Any

from peewee import JOIN, fn

from services.catalog import ranking
from services.catalog.models import Item, ItemTheme, Org, Region
from services.catalog.regions import site_of


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
    similar = False
    for similar in (False, True) if after is None else (after.circle >= ranking.SIMILAR,):
        found = ranking.best(asked, region=site, after=after, limit=limit + 1, similar=similar)
        if site and not found and after is None:
            others = _sites(ranking.elsewhere(asked, site, similar=similar))
        if found or others:
            break
    page = found[:limit]
    rows = {row.code: row for row in _rows().where(Item.code.in_([place.code for place in page]))} if page else {}
    return {
        "items": [rows[place.code] for place in page if place.code in rows and rows[place.code].state == "published"],
        "next": ranking.write_cursor(page[-1]) if len(found) > limit else None,
        "elsewhere": others,
        "similar": similar and bool(found or others),
    }


def _sites(found: list[tuple[str, int, list[str]]]) -> list[dict[str, Any]]:
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
