"""Findings of daily supervision, and formal proposals to revoke (SUP-10…14)."""

from datetime import datetime
from typing import Any

from chassis import clock, deadlines, workdays
from chassis.auth import actor
from chassis.errors import Refusal
from chassis.outbox import emit
from contracts.events import supervision as events
from services.supervision import pushes, violations, warnings
from services.supervision.models import Finding, Proposal, database


def report(
    *,
    kind: str,
    description: str,
    discovered_at: datetime,
    evidence: list[str],
    case_no: str | None,
    subject_ref: str | None,
    penalty_no: str | None,
) -> Any:
    """Report a finding to the approving side within 1 wd of its discovery; a later one counts as late (SUP-10, 14)."""
    with database.transaction():
        now = clock.now()
        if discovered_at > now:
            raise Refusal(
                "supervision.discovered-in-future",
                status=422,
                rule="SUP-14",
                zh="发现时间不能晚于现在。",
                en="The time of discovery lies in the future.",
                next_zh="请填写实际发现问题的时间。",
                next_en="Enter the time at which the problem was discovered.",
            )
        if kind == "business_suspension" and not penalty_no:
            raise Refusal(
                "supervision.penalty-number",
                status=422,
                rule="SUP-12",
                zh="停产停业处罚须填写处罚决定书文号。",
                en="A suspension of business needs the number of the penalty decision.",
                next_zh="请补填处罚决定书文号。",
                next_en="Enter the number of the penalty decision.",
            )
        file = _file(case_no, subject_ref)
        limit = workdays.due_for("supervision.feedback_finding", discovered_at)
        finding = Finding.create(
            subject_ref=file.subject_ref,
            case_no=case_no,
            kind=kind,
            approving_org=file.approving_org,
            supervising_org=file.org,
            description=description,
            evidence=evidence,
            penalty_no=penalty_no,
            discovered_at=discovered_at,
            reported_at=now,
            reported_by=actor().id,
            late=now >= limit.at,
        )
        if finding.late:  # counted against the office (SUP-14)
            violations.note_own("finding", finding, finding.supervising_org)
        data = {
            "subject_ref": file.subject_ref,
            "subject_type": file.subject_type,
            "subject_name_masked": file.subject_name_masked,
            "finding_id": finding.id,
            "kind": kind,
            "case_id": file.case_id if case_no else None,
            "case_no": case_no,
            "item_code": file.item_code if case_no else None,
            "licence_no": file.licence_no if case_no else None,
            "approving_org": file.approving_org,
            "supervising_org": file.org,
            "description": description,
            "evidence_refs": evidence,
            "penalty_no": penalty_no,
            "discovered_at": clock.local(discovered_at),
            "reported_at": now,
            "late": finding.late,
        }
        emit(events.FindingReported, finding.id, data, correlation=case_no, org=file.org)
        return finding


def propose_revocation(
    *, case_no: str, opinion: str, document_ref: str | None, document_no: str | None, evidence: list[str]
) -> Any:
    """Propose by formal document that a result be revoked; without the document it is refused (SUP-13)."""
    with database.transaction():
        if not document_ref or not document_no:
            raise Refusal(
                "supervision.document-needed",
                status=422,
                rule="SUP-13",
                zh="建议撤销须以正式行文提出，请附正式文件及文号。",
                en="A proposal to revoke needs the formal document and its number.",
                next_zh="请上传正式文件并填写文号后再提交。",
                next_en="Attach the formal document with its number and send again.",
            )
        file = _file(case_no, None)
        now = clock.now()
        due = workdays.due_for("supervision.proposal_reply", now)
        proposal = Proposal.create(
            case_id=file.case_id,
            case_no=case_no,
            approving_org=file.approving_org,
            supervising_org=file.org,
            opinion=opinion,
            document_ref=document_ref,
            document_no=document_no,
            proposed_by=actor().id,
            proposed_at=now,
            reply_due=due.date,
            state="proposed",
        )
        deadlines.set("proposal_reply", proposal.id, due)
        warnings.watch("proposal_reply", proposal, due.date, due.n, file.item_name)
        data = {
            "subject_ref": file.subject_ref,
            "subject_type": file.subject_type,
            "subject_name_masked": file.subject_name_masked,
            "proposal_id": proposal.id,
            "case_id": file.case_id,
            "case_no": case_no,
            "item_code": file.item_code,
            "approving_org": file.approving_org,
            "supervising_org": file.org,
            "document_ref": document_ref,
            "document_no": document_no,
            "opinion": opinion,
            "evidence_refs": evidence,
            "proposed_at": now,
            "reply_due": due.date,
        }
        emit(events.RevocationProposed, proposal.id, data, correlation=case_no, org=file.org)
        return proposal


def answered(proposal_id: str, state: str, explanation: str | None = None) -> None:
    """The approving side has revoked, or has explained in writing why not (FIL-78)."""
    proposal = Proposal.locked(proposal_id)
    if proposal is not None and proposal.state == "proposed":
        proposal.state, proposal.explanation = state, explanation
        proposal.save()
        deadlines.cancel("proposal_reply", proposal.id)


def reply_overdue(proposal_id: str) -> None:
    """Five working days without an answer to a proposal: red."""
    proposal = Proposal.locked(proposal_id)
    if proposal.state == "proposed":
        proposal.reply_overdue = True
        proposal.save()
        violations.note_own("proposal_reply", proposal, proposal.approving_org)


def _file(case_no: str | None, subject_ref: str | None) -> Any:
    file = pushes.known(case_no=case_no, subject_ref=subject_ref)
    if file is None:
        raise Refusal(
            "supervision.file-unknown",
            status=404,
            rule="SUP-11",
            zh="本单位没有收到过该办件或该相对人的推送，无法反馈。",
            en="No file of this case or party was pushed to your office.",
            next_zh="请核对办件编号；确属本单位监管的，请联系审管协调员。",
            next_en="Check the case number; if it is yours to supervise, ask the linkage coordinator.",
        )
    return file
