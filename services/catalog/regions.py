"""Regions and sites: one city, its districts, their streets and villages (CAT-01)."""

from typing import Any

from services.catalog.models import Region, database

SITE_DIGITS = 6


def site_of(code: str) -> str:
    """The site (city or district) that serves a region: a street or village belongs to its district's site."""
    return code[:SITE_DIGITS]


def listing(parent: str | None = None, level: str | None = None) -> Any:
    """Regions below a parent or of a level."""
    query = Region.select()
    if parent:
        query = query.where(Region.parent == parent)
    if level:
        query = query.where(Region.level == level)
    return query


def load(rows: list[dict[str, Any]]) -> int:
    """Take over the rows of a city file; returns how many were new or changed."""
    names = ("name", "name_en", "level", "parent", "site_enabled")
    changed = 0
    with database.transaction():
        known = {region.code: region for region in Region.select()}
        for entry in rows:
            values = {name: entry.get(name) for name in names}
            region = known.get(entry["code"])
            if region is None:
                Region.create(code=entry["code"], **values)
            elif any(getattr(region, name) != value for name, value in values.items()):
                for name, value in values.items():
                    setattr(region, name, value)
                region.save()
            else:
                continue
            changed += 1
    return changed
