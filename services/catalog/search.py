"""Finding items: by site, name, theme, department, party and booking; a miss says where else it lives (CAT-02…04)."""

from typing import Any

from peewee import JOIN, fn

from services.catalog.models import Item, ItemTheme, Org, Region
from services.catalog.regions import site_of

ELSEWHERE_ITEMS = 5


def query(
    q: str | None = None,
    region: str | None = None,
    org: str | None = None,
    theme: str | None = None,
    service_object: str | None = None,
    bookable: bool | None = None,
) -> Any:
    """Published items with the names of their organisation and site; every word of `q` must occur."""
    found = (
        Item.select(Item, Org.name.alias("org_name"), Region.name.alias("region_name"))
        .join(Org, JOIN.LEFT_OUTER, on=(Org.code == Item.org))
        .join(Region, JOIN.LEFT_OUTER, on=(Region.code == Item.region))
        .where(Item.state == "published")
    )
    for word in (q or "").lower().split():
        found = found.where(Item.search_text.contains(word))
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
    return found.objects()


def elsewhere(region: str, **filters: Any) -> list[dict[str, Any]]:
    """Other sites that list what this one does not, with the first few of their items (CAT-02)."""
    sites: dict[str, dict[str, Any]] = {}
    levels = {row.code: row.level for row in Region.select().where(Region.level.in_(("city", "district")))}
    for item in query(**filters).where(Item.region != site_of(region)).order_by(Item.region, Item.code):
        site = sites.setdefault(
            item.region,
            {
                "region": item.region,
                "region_name": item.region_name,
                "level": levels.get(item.region),
                "count": 0,
                "items": [],
            },
        )
        site["count"] += 1
        if len(site["items"]) < ELSEWHERE_ITEMS:
            site["items"].append({"code": item.code, "name": item.name, "name_en": item.name_en})
    return list(sites.values())


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
