"""Whose linkage work it is, on which side the caller stands, and who owes what (SUP-02)."""

from datetime import datetime
from typing import Any

from chassis.auth import actor, forbidden
from chassis.outbox import emit
from contracts.events import supervision as events

SIDES = ("approving", "supervising")


def own(model: Any) -> Any:
    """The condition of rows of pairs in which the caller coordinates; electronic supervision reads all."""
    if actor().has_role("auditor"):
        return model.id.is_null(False)
    orgs = actor().orgs("coordinator")
    return model.approving_org.in_(orgs) | model.supervising_org.in_(orgs)


def side(row: Any) -> str:
    """The side of the pair for which the caller acts."""
    for name in SIDES:
        if actor().has_role("coordinator", getattr(row, f"{name}_org")):
            return name
    raise forbidden("only the coordinators of the two offices do their linkage work")


def missing(row: Any, kind: str, period: str, at: datetime, owing: str, peer: str | None = None) -> None:
    """Tell that an office owes a sheet, a record or a meeting (domain 2.13)."""
    data = {"linkage_id": row.id, "kind": kind, "org_code": owing, "peer_org": peer, "period": period}
    emit(events.LinkageMissing, row.id, data | {"missing_at": at}, org=owing)
