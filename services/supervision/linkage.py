"""The five ways in which two offices work together from their first case in common on (审管联动, SUP-01)."""

from typing import Any

from chassis import clock
from services.supervision import meetings, sheets, weeks
from services.supervision.models import Linkage


def enter(pairs: set[tuple[str, str]]) -> dict[tuple[str, str], Any]:
    """Pushed files (时推送) of these pairs, the approving office first, stand on the sheet of their day (日互动), which
    is returned; from now on the pair meets weekly and monthly."""
    known = Linkage.select(Linkage.approving_org, Linkage.supervising_org)
    known = known.where(Linkage.approving_org.in_([approving for approving, _ in pairs]))
    for approving, supervising in sorted(pairs - set(known.tuples())):
        pair = {"approving_org": approving, "supervising_org": supervising}
        if Linkage.insert(**pair).on_conflict_ignore().as_rowcount().execute():
            weeks.owe(approving, supervising, clock.today())
            meetings.owe_next(approving)
    return sheets.of_all(pairs)
