"""Halls, their windows, hours and queues (CAT-40, CAT-41, CAT-43, TIM-06)."""

from typing import Any

from services.catalog.models import Hall, Window, database
from services.catalog.orgs import tell

HALL_FIELDS = ("name", "org", "region", "level", "address", "phone", "service_hours", "queue_groups", "active")
WINDOW_FIELDS = ("name", "kind", "org", "items", "queue_group", "active")


def listing(region: str | None = None, level: str | None = None, item: str | None = None) -> Any:
    """Halls that still exist: of a region and what lies in it, of a level, or with a window for an item."""
    query = Hall.select().where(Hall.active)
    if region:
        below = region[:2] if region.endswith("0000") else region
        query = query.where(Hall.region.startswith(below))
    if level:
        query = query.where(Hall.level == level)
    if item:
        query = query.where(Hall.code.in_({window.hall for window in _windows_for(item)}))
    return query


def windows_of(hall_code: str) -> list[Any]:
    """The windows of a hall, in their order."""
    rows = Window.select().where(Window.hall == hall_code, Window.active)
    return sorted(rows, key=lambda window: (len(window.window_no), window.window_no))


def queue_group_for(item_code: str, hall_code: str) -> str | None:
    """The queue of the hall that serves an item: that of its window, else the one that takes anything (CAT-43)."""
    windows = windows_of(hall_code)
    own = [window for window in windows if window.items and item_code in window.items]
    any_item = [window for window in windows if window.items is None]
    return next((window.queue_group for window in own + any_item), None)


def centre_orgs(rows: list[dict[str, Any]]) -> set[str]:
    """Organisations that run the city centre or have a window in it (NOT: its shipments are paid there)."""
    centres = [hall for hall in rows if hall["level"] == "city"]
    return {hall["org"] for hall in centres} | {window["org"] for hall in centres for window in hall["windows"]}


def load(rows: list[dict[str, Any]]) -> int:
    """Take over the rows of a city file; returns how many halls and windows were reported."""
    changed = 0
    with database.transaction():
        halls = {hall.code: hall for hall in Hall.select()}
        windows = {(window.hall, window.window_no): window for window in Window.select()}
        for entry in rows:
            values = {
                **{name: entry.get(name) for name in ("name", "org", "region", "level", "phone")},
                "address": entry["address"]["text"],
                "service_hours": {name: entry["service_hours"][name] for name in ("days", "from", "to")},
                "queue_groups": [
                    {name: group.get(name) for name in ("code", "name", "name_en")} for group in entry["queue_groups"]
                ],
                "active": entry.get("active", True),
            }
            hall = _taken_over(Hall, halls.get(entry["code"]), {"code": entry["code"]}, HALL_FIELDS, values)
            changed += _report_hall(hall)
            for row in entry["windows"]:
                key = {"hall": hall.code, "window_no": row["no"]}
                values = {name: row.get(name) for name in ("name", "kind", "org", "items", "queue_group")}
                values["active"] = row.get("active", True)
                window = _taken_over(Window, windows.pop((hall.code, row["no"]), None), key, WINDOW_FIELDS, values)
                changed += _report_window(window, hall)
            for window in [known for known in windows.values() if known.hall == hall.code and known.active]:
                window.active = False  # the file no longer has it
                changed += _report_window(window, hall)
    return changed


def _taken_over(model: Any, row: Any, key: dict[str, Any], names: tuple[str, ...], values: dict[str, Any]) -> Any:
    if row is None:
        return model.create(**key, **values)
    for name in names:
        if getattr(row, name) != values[name]:
            setattr(row, name, values[name])
    return row


def _windows_for(item_code: str) -> list[Any]:
    return [window for window in Window.select().where(Window.active) if item_code in (window.items or ())]


def _report_hall(hall: Any) -> bool:
    said = {
        "org_code": hall.code,
        "org_name": hall.name,
        "org_kind": "hall",
        "region_code": hall.region,
        "parent_code": hall.org,
        "run_by": hall.org,
        "in_city_centre": hall.level == "city",
        "opens": hall.service_hours["from"],
        "closes": hall.service_hours["to"],
        "active": hall.active,
    }
    return tell(hall, hall.code, said, org_code=hall.org)


def _report_window(window: Any, hall: Any) -> bool:
    said = {
        "org_code": f"{hall.code}-{window.window_no}",
        "org_name": window.name,
        "org_kind": "window",
        "region_code": hall.region,
        "parent_code": hall.code,
        "run_by": window.org,
        "in_city_centre": hall.level == "city",
        "item_codes": window.items,
        "queue_group": window.queue_group,
        "active": window.active and hall.active,
    }
    return tell(window, said["org_code"], said, org_code=window.org)
