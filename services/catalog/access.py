"""Who may change what: the editor of the item's own organisation, or the one of the service office (CAT-35)."""

from chassis.auth import actor, forbidden
from contracts.words import CITY_OFFICE
from services.catalog.models import Org

EDITOR = "catalog_editor"


def may_edit(org_code: str, item_code: str | None = None) -> bool:
    """Whether the caller edits items of this organisation: its own editor, its department's, or the office's."""
    who = actor()
    if who.has_role(EDITOR, CITY_OFFICE, item_code) or who.has_role(EDITOR, org_code, item_code):
        return True
    org = Org.get_or_none(Org.code == org_code)
    return bool(org and org.parent and who.has_role(EDITOR, org.parent, item_code))


def require_editor(org_code: str, item_code: str | None = None) -> None:
    """Refuse who does not edit items of this organisation (ID-35, CAT-35)."""
    if not may_edit(org_code, item_code):
        raise forbidden(f"need {EDITOR} at {org_code} or {CITY_OFFICE}")


def editable_orgs() -> set[str] | None:
    """Organisations whose items the caller edits; None means all."""
    held = actor().orgs(EDITOR)
    if CITY_OFFICE in held or "*" in held:
        return None
    below = {org.code for org in Org.select(Org.code).where(Org.parent.in_(held))} if held else set()
    return held | below
