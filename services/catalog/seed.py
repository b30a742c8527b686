"""Loads the catalog's part of a city folder. Loading it again changes and reports only what differs in the files."""

import hashlib
import json
from pathlib import Path
from typing import Any

from services.catalog import forms, guide, halls, items, orgs, regions
from services.catalog.models import Item, database


def load_city(folder: Path) -> None:
    """Regions, organisations, halls with windows, forms, then items (headings before what stands below them)."""
    city_halls = _read(folder / "halls.json")["halls"]
    regions.load(_read(folder / "regions.json")["regions"])
    orgs.load(_read(folder / "orgs.json")["organisations"], halls.centre_orgs(city_halls))
    halls.load(city_halls)
    forms.load(folder / "forms")
    known = {item.code: item.seed_digest for item in Item.select(Item.code, Item.seed_digest)}
    documents = []
    for path in sorted((folder / "items").glob("*.json")):
        text = path.read_text(encoding="utf-8")
        document, digest = json.loads(text), hashlib.sha256(text.encode()).hexdigest()
        if known.get(document["code"]) != digest:
            documents.append((guide.load(document), digest))
    with database.transaction():
        for document, digest in sorted(documents, key=lambda pair: (pair[0].get("leaf", True), pair[0]["code"])):
            items.load(document, digest)


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))
