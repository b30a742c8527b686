"""Loads the catalog's part of a city folder. Loading it again changes and reports only what differs in the files."""

import hashlib
import json
from pathlib import Path
from typing import Any

from services.catalog import contents, forms, guide, halls, indexing, items, orgs, pinyin, regions, synonyms
from services.catalog.models import Item, database


def load_city(folder: Path) -> None:
    """Regions, organisations, halls with windows, forms, items (headings first), then published texts."""
    region_rows = _read(folder / "regions.json")["regions"]
    city_halls = _read(folder / "halls.json")["halls"]
    with database.transaction():
        regions.lock(region_rows[0])  # of two processes that load at once, the second finds everything done
        regions.load(region_rows)
        orgs.load(_read(folder / "orgs.json")["organisations"], halls.centre_orgs(city_halls))
        halls.load(city_halls)
        forms.load(folder / "forms")
        for document, digest in _changed_items(folder / "items"):
            items.load(document, digest)
        contents.load(_read(folder / "contents.json")["contents"])
        synonyms.load(_read(folder / "synonyms.json")["groups"])
        indexing.complete()
    pinyin.forget()


def _changed_items(folder: Path) -> list[tuple[dict[str, Any], str]]:
    """Guides whose file is not the one that was loaded last, with the digest of the file."""
    known = {item.code: item.seed_digest for item in Item.select(Item.code, Item.seed_digest)}
    found = []
    for path in sorted(folder.glob("*.json")):
        text = path.read_text(encoding="utf-8")
        document, digest = json.loads(text), hashlib.sha256(text.encode()).hexdigest()
        if known.get(document["code"]) != digest:
            found.append((guide.load(document), digest))
    return sorted(found, key=lambda pair: (pair[0].get("leaf", True), pair[0]["code"]))


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))
