"""Consumed events → verbs."""

from typing import Any

from chassis import context
from services.supervision import findings, pushes, targets, tasks


def cases_completed(events: list[Any]) -> None:
    """Take the pushed files; open a verification for each granted commit decision (SUP-03, SUP-20)."""
    pushes.take("completed", [_result(event) for event in events])
    for event in events:
        if event.mode == "commit" and event.decision == "granted":
            with context.handling(event):
                tasks.open_task(event)


def case_revoked(event: Any) -> None:
    """Take the pushed revocation; end a verification that is still running; close the proposal behind it (SUP-27)."""
    files = {"decision": event.decision_doc_id, "materials": event.material_refs}
    pushes.take("revoked", [pushes.Pushed(event, event.revoked_at, files, "revoked", event.data.get("licence_no"))])
    tasks.case_ended(event.case_id, f"结果已撤销：{event.decision_no}")
    if event.data.get("proposal_id"):
        findings.answered(event.proposal_id, "revoked")


def case_withdrawn(event: Any) -> None:
    """Nothing is left to verify (SUP-27)."""
    tasks.case_ended(event.case_id, "申请人撤回")


def revocation_declined(event: Any) -> None:
    """The approving side has explained why it does not revoke (FIL-78)."""
    findings.answered(event.proposal_id, "declined", event.explanation)


def party_standing(event: Any) -> None:
    """Serious subjects become key targets (SUP-26)."""
    targets.follow(event)


def _result(event: Any) -> pushes.Pushed:
    files = {
        "result": event.result["doc_id"],
        "materials": event.material_refs,
        "commitment_letter": event.data.get("commitment_letter_ref"),
    }
    return pushes.Pushed(event, event.completed_at, files, event.decision, event.result.get("licence_no"))
