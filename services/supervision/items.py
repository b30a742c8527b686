"""What the catalog says of items: who decides, who supervises."""

from typing import Any

from services.supervision.models import Item


def follow(event: Any) -> None:
    """Keep the newest version of an item."""
    facts = {
        "name": event.item_name,
        "approving_org": event.approving_org,
        "supervising_orgs": event.supervising_orgs,
        "sequence": event.sequence,
    }
    Item.insert(code=event.item_code, **facts).on_conflict_ignore().execute()
    item = Item.locked(Item.code == event.item_code)
    if event.sequence > item.sequence:
        for name, value in facts.items():
            setattr(item, name, value)
        item.save()
