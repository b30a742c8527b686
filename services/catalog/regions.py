"""Regions and sites: one city, its districts, their streets and villages (CAT-01)."""

from typing import Any

from services.catalog.models import Region, database

SITE_DIGITS = 6
FIELDS = ("name", "name_en", "level", "parent", "site_enabled")


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


def lock(entry: dict[str, Any]) -> None:
    """Hold the row of a region until the end of the transaction, whether it is there already or not."""
    row = Region(code=entry["code"], **{name: entry.get(name) for name in FIELDS})
    Region.insert(**row.__data__).on_conflict(action="nothing").execute()
    Region.locked(Region.code == entry["code"])


def load(rows: list[dict[str, Any]]) -> int:
    """Take over the rows of a city file; returns how many were new or changed."""
    changed = 0
    with database.transaction():
        known = {region.code: region for region in Region.select()}
        for entry in rows:
            values = {name: entry.get(name) for name in FIELDS}
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
