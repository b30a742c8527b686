"""What the catalog says of items: who decides, who supervises."""

from typing import Any

from services.supervision.models import Item


def follow(event: Any) -> None:
    """Keep every version: a case is held against the one under which it was filed."""
    Item.insert(
        code=event.item_code,
        version_no=event.item_version,
        approving_org=event.approving_org,
        supervising_orgs=event.supervising_orgs,
    ).on_conflict_ignore().execute()


def find(code: str, version_no: int) -> Any:
    """The version of the item, or None when the catalog has not told us of it."""
    return Item.get_or_none(Item.code == code, Item.version_no == version_no)


def approvers(cases: list[Any]) -> dict[tuple[str, int], str]:
    """Who decides under the versions under which these cases were filed, as far as the catalog has told."""
    rows = Item.select().where(Item.code.in_(list({case.item_code for case in cases})))
    return {(row.code, row.version_no): row.approving_org for row in rows}
