"""The five ways in which two offices work together from their first case in common on (审管联动, SUP-01)."""

from typing import Any

from chassis import clock
from services.supervision import meetings, sheets, weeks
from services.supervision.models import Linkage


def enter(push: Any) -> None:
    """A pushed file (时推送) stands on the sheet of its day (日互动); the pair meets weekly and monthly from now on."""
    pair = {"approving_org": push.approving_org, "supervising_org": push.org}
    if Linkage.insert(**pair).on_conflict_ignore().as_rowcount().execute():
        weeks.owe(push.approving_org, push.org, clock.today())
        meetings.owe_next(push.approving_org)
    push.sheet_id = sheets.of(push.approving_org, push.org).id
    push.save()
