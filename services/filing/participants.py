"""Organisations that were asked about a case, in parallel approval or from above, and read it from then on (FIL-38,
FIL-42)."""

from collections.abc import Sequence
from typing import Any

from chassis.paging import Along
from services.filing.models import Case, Participant


def ask(case: Any, org: str) -> None:
    """Let the organisation read the case."""
    Participant.create_all([{"case": case.id, "org": org, "opened_at": case.opened_at}], unless_there=True)


def of(case: Any) -> list[str]:
    """The organisations that were asked."""
    return [org for (org,) in Participant.select(Participant.org).where(Participant.case == case.id).tuples()]


def asked(org: str, items: Sequence[str] | None) -> Along:
    """The way to the cases about which the organisation was asked, of these items where some are named."""
    here = Participant.org == org
    here = here if items is None else here & Case.item_code.in_(items)
    return Along((Participant.opened_at, Participant.case), here)
