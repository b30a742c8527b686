"""Supervision standards (事中事后监管操作规程): published in versions with the guide that carries them (CAT-31)."""

from typing import Any

from chassis import clock
from chassis.outbox import emit
from contracts.events import catalog
from services.catalog.models import Standard


def follow(item: Any, document: dict[str, Any]) -> bool:
    """Publish the guide's standard as a new version if basis, duty, content or anything else in it has changed."""
    standard = (document.get("supervision") or {}).get("standard")
    if not standard:
        return False
    last = latest(item.code)
    if last and last.document == standard:
        return False
    row = Standard.create(
        item_code=item.code,
        number=last.number + 1 if last else 1,
        org=document["supervising_orgs"][0],
        document=standard,
        published_at=clock.now(),
    )
    said = {
        "item_code": item.code,
        "supervising_org": row.org,
        "standard_version": row.number,
        "published_at": row.published_at,
    }
    emit(catalog.SupervisionStandardPublished, item.code, said, org=row.org, region=item.region)
    return True


def latest(item_code: str) -> Any:
    """The standard in force, or None."""
    return Standard.select().where(Standard.item_code == item_code).order_by(Standard.number.desc()).first()
