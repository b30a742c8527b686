"""Favourites 我的收藏: the items that a citizen keeps at hand (CAT-05)."""

from typing import Any

from peewee import JOIN

from chassis.errors import Refusal
from services.catalog.models import Favourite, Item, Org, Region, database

MOST = 200


def mine(owner: str) -> Any:
    """The own favourites; an item that has been retired stays, with its state."""
    return (
        Favourite.select(
            Favourite,
            Item.name,
            Item.name_en,
            Item.state,
            Item.org,
            Item.region,
            Org.name.alias("org_name"),
            Region.name.alias("region_name"),
        )
        .join(Item, on=(Item.code == Favourite.item_code))
        .join(Org, JOIN.LEFT_OUTER, on=(Org.code == Item.org))
        .join(Region, JOIN.LEFT_OUTER, on=(Region.code == Item.region))
        .where(Favourite.owner == owner)
        .objects()
    )


def add(owner: str, code: str) -> None:
    """Keep a published item; once is enough."""
    with database.transaction():
        Item.get_or_refuse(Item.code == code, Item.state == "published")
        mine = Favourite.select().where(Favourite.owner == owner)
        if mine.count() >= MOST and not mine.where(Favourite.item_code == code).exists():
            raise Refusal(
                "catalog.favourites-full",
                rule="CAT-05",
                zh=f"最多收藏 {MOST} 个事项。",
                en=f"You can keep at most {MOST} items.",
                next_zh="请先移除不再需要的收藏。",
                next_en="Remove some that you no longer need.",
            )
        Favourite.insert(owner=owner, item_code=code).on_conflict_ignore().execute()


def remove(owner: str, code: str) -> None:
    """Forget an item; one that was not kept is no fault."""
    Favourite.delete().where(Favourite.owner == owner, Favourite.item_code == code).execute()
