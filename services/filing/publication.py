"""办件公告: what was decided, published without naming anybody (FIL-95)."""

from typing import Any

from chassis import clock
from services.filing import documents
from services.filing.models import ArchiveEntry, Case


def listed(org: str | None, item_code: str | None) -> Any:
    """Completed cases of the archive, for everybody."""
    query = ArchiveEntry.select(ArchiveEntry, Case).join(Case, on=(Case.id == ArchiveEntry.case), attr="of")
    if org:
        query = query.where(ArchiveEntry.org == org)
    if item_code:
        query = query.where(ArchiveEntry.item_code == item_code)
    return query


def rows(entries: list[Any]) -> list[dict[str, Any]]:
    """One line each: no reference, no whole number, no project, no whole name."""
    names = documents.org_names(entry.of.approving_org for entry in entries)
    return [_row(entry, entry.of, names) for entry in entries]


def _row(entry: Any, case: Any, names: dict[str, str]) -> dict[str, Any]:
    return {
        "case_no_masked": f"{case.case_no[:8]}********{case.case_no[-4:]}",
        "item_code": case.item_code,
        "item_name": case.item_name,
        "approving_org": case.approving_org,
        "approving_org_name": names[case.approving_org],
        "subject_name_masked": case.subject_name_masked,
        "decision": "revoked" if case.status == "revoked" else case.decision,
        "decision_no": case.decision_no,
        "decided_on": clock.local(entry.archived_at).date(),
    }
