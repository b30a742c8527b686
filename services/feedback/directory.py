"""Organisations and items as the catalog publishes them: who gets a letter, and how far a service office reaches."""

from collections.abc import Iterable
from typing import Any

from chassis.auth import actor
from chassis.errors import Refusal
from chassis.regions import reach
from services.feedback.models import Item, Org


def follow_org(event: Any) -> None:
    """Keep the organisation; an older report changes nothing."""
    Org.insert(
        code=event.org_code, name="", kind="", region="", active=False, sequence=0
    ).on_conflict_ignore().execute()
    row = Org.locked(Org.code == event.org_code)
    if event.sequence > row.sequence:
        row.name, row.kind, row.region = event.org_name, event.org_kind, event.region_code
        row.run_by, row.active, row.sequence = event.data.get("run_by"), event.active, event.sequence
        row.save()


def follow_item(event: Any) -> bool:
    """Keep name and department of the item; an older version changes nothing. Says whether this one is newer."""
    Item.insert(code=event.item_code, name="", approving_org="", sequence=0).on_conflict_ignore().execute()
    row = Item.locked(Item.code == event.item_code)
    newer = event.sequence > row.sequence
    if newer:
        row.name, row.approving_org, row.sequence = event.item_name, event.approving_org, event.sequence
        row.save()
    return newer


def item(code: str) -> Any:
    """The item a letter is about; an unknown one is refused."""
    found = Item.get_or_none(Item.code == code)
    if found is None:
        raise Refusal(
            "feedback.item-unknown",
            status=422,
            rule="FEE-20",
            zh="没有这个政务服务事项。",
            en="There is no such service item.",
            next_zh="请从事项目录中选择事项，或只填写单位。",
            next_en="Choose an item from the catalogue, or name the unit only.",
            fields={"item_code": ["unknown"]},
        )
    return found


def unit(code: str | None) -> Any:
    """The unit that has to answer: the one named; for a hall or a window the unit that runs it (FEE-20, FEE-27)."""
    found = Org.get_or_none(Org.code == code, Org.active) if code else None
    if found is not None and found.run_by:
        found = Org.get_or_none(Org.code == found.run_by, Org.active)
    if found is None:
        raise Refusal(
            "feedback.org-unknown",
            status=422,
            rule="FEE-20",
            zh="信件须写给一个具体的政务服务单位。",
            en="A letter goes to one concrete service unit.",
            next_zh="请选择单位，或从事项页面写信。",
            next_en="Choose a unit, or write from the page of an item.",
            fields={"org": ["unknown"]},
        )
    return found


def office_reach() -> list[str]:
    """Beginnings of the region codes for which the caller is the service office: the city's for all, a district's for
    its own."""
    orgs = actor().orgs("service_office")
    return [""] if "*" in orgs else [reach(org.region) for org in _known(orgs)]


def is_office_of(region: str) -> bool:
    """Whether the caller is the service office of this region or of the city around it."""
    return any(region.startswith(beginning) for beginning in office_reach())


def _known(codes: Iterable[str]) -> list[Any]:
    return list(Org.select().where(Org.code.in_(list(codes)), Org.active))
