"""Organisations that were asked about a case, in parallel approval or from above, and read it from then on (FIL-38,
FIL-42)."""

from collections.abc import Sequence
from typing import Any

from chassis.paging import Along
from services.filing.models import Participant


def ask(case: Any, org: str) -> None:
    """Let the organisation read the case."""
    facts = {"case": case.id, "org": org, "opened_at": case.opened_at, "item_code": case.item_code}
    Participant.create_all([facts], unless_there=True)


def of(case: Any) -> list[str]:
    """The organisations that were asked."""
    return [org for (org,) in Participant.select(Participant.org).where(Participant.case == case.id).tuples()]


def asked(org: str, items: Sequence[str] | None, item: str | None = None) -> Along:
    """The way to the cases about which the organisation was asked, of these items where some are named; of one item,
    for a list of its cases."""
    here = Participant.org == org
    here = here if item is None else here & (Participant.item_code == item)
    here = here if items is None else here & Participant.item_code.in_(items)
    return Along((Participant.opened_at, Participant.case), here)
