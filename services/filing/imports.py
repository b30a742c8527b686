"""Cases of other systems (互联互通): recorded here with their own number, process and result (FIL-93, FIL-96).

Idempotent on (system, number): the other system sends the whole record again whenever something happens, and what is
new is taken over. The case is handled where it lies; no verb of this hall touches it.
"""

import re
from typing import Any

from peewee import IntegrityError

from chassis import clock, privacy, workdays
from chassis.auth import actor
from chassis.errors import Refusal
from contracts.events import filing
from services.filing import cases, clocks, items, pushes
from services.filing.models import Case, Material, Node, database

STEPS = (
    "submitted",
    "pre_review",
    "correction",
    "resubmitted",
    "accepted",
    "reviewing",
    "special",
    "deciding",
    "completed",
    "not_accepted",
    "withdrawn",
    "lapsed",
)
_ENDED = frozenset({"not_accepted", "withdrawn", "lapsed"})


def take(number: str, sent: dict[str, Any]) -> tuple[Any, str]:
    """Record the case that the calling system sends, or what is new of it."""
    system = actor().id.removeprefix("service:")
    version, guide = items.for_new_case(sent["item_code"])
    return record(system, number, sent, version, guide)


def record(system: str, number: str, sent: dict[str, Any], version: int, guide: dict[str, Any]) -> tuple[Any, str]:
    """The case as it stands here, and whether it was recorded, changed or unchanged."""
    fresh = True
    with database.transaction():
        try:
            with database.transaction():
                _open(system, number, sent, version, guide)
        except IntegrityError:
            fresh = False
        case = Case.locked(Case.source_system == system, Case.external_no == number)
        if case is None:
            raise RuntimeError(f"{system} {number}: neither written nor found")
        if (case.subject_ref, case.item_code) != (sent["subject_ref"], sent["item_code"]):
            raise Refusal(
                "filing.import-changed",
                rule="FIL-93",
                zh="同一系统的同一编号已登记为另一申请人或另一事项的办件。",
                en="This number of the same system is recorded for another party or another item.",
                next_zh="请核对编号后重新发送。",
                next_en="Check the number and send again.",
                case_no=case.case_no,
            )
        if sent.get("decision"):
            _take_decision(case, sent)
        news = _take_nodes(case, sent["nodes"])
        if news:
            _follow(case, guide, sent.get("reason_code"))
    return case, "recorded" if fresh else "changed" if news else "unchanged"


def system_of(org: str, name: str) -> str:
    """What an office calls a system of its own, as a source system of this hall (FIL-93). No other office and no system
    that calls the hall itself is the same, whatever it is called: none of them touches the cases of another."""
    return f"{org}/{name}"


def of(number: str) -> Any:
    """The case that the calling system has sent under this number."""
    system = actor().id.removeprefix("service:")
    return Case.get_or_refuse((Case.source_system == system) & (Case.external_no == number))


def _open(system: str, number: str, record: dict[str, Any], version: int, guide: dict[str, Any]) -> Any:
    own_number = re.fullmatch(r"\d{18,20}", number) and not Case.get_or_none(Case.case_no == number)
    case = Case(
        case_no=number if own_number else cases.new_number(),  # kept verbatim where it is one of ours in shape (FIL-19)
        source_system=system,
        external_no=number,
        opened_at=record["opened_at"],
        submitted_at=record["opened_at"],
        item_code=record["item_code"],
        item_version=version,
        item_name=guide["name"],
        kind=guide.get("kind") or "promise",
        mode="ordinary",
        project_name=record["project_name"],
        case_source="interconnected",
        subject_ref=record["subject_ref"],
        subject_type=record["subject_ref"].partition(":")[0],
        subject_name_masked=privacy.mask_name(record["applicant_name"]) or "*",
        applicant_ref=record["subject_ref"],
        region_code=record["region_code"] or items.region(guide),
        approving_org=guide["approving_org"],
        accepting_org=guide["approving_org"],
        status="submitted",
    )
    case.save(force_insert=True)
    names = {entry["code"]: entry["name"] for entry in guide["materials"]}
    for entry in record["materials"]:
        Material.create(
            case=case.id,
            code=entry["code"],
            name=names.get(entry["code"], entry["code"]),
            required=entry["code"] in names,
            deferrable=False,
            state=entry["state"],
        )
    cases.note(case, "import", source="none", details={"system": system, "number": number})
    cases.tell(
        filing.CaseSubmitted,
        case,
        submitted_at=clock.local(case.submitted_at),
        materials=record["materials"],
        notice_due=workdays.due_for("filing.correction_notice", case.submitted_at).date,
    )
    return case


def _take_nodes(case: Any, nodes: list[dict[str, Any]]) -> bool:
    """Write the nodes that are not here yet, in whatever order they come."""
    known = {row.number for row in Node.select(Node.number).where(Node.case == case.id)}
    fresh = [node for node in sorted(nodes, key=lambda node: node["number"]) if node["number"] not in known]
    for node in fresh:
        Node.create(case=case.id, **node)
        cases.note(
            case, "import_node", opinion=node["opinion"], details={"number": node["number"], "step": node["step"]}
        )
    return bool(fresh)


def _take_decision(case: Any, record: dict[str, Any]) -> None:
    case.decision, case.decision_no = record["decision"], record.get("decision_no")
    case.licence_no, case.refusal_reason = record.get("licence_no"), record.get("refusal_reason")


def _follow(case: Any, guide: dict[str, Any], reason_code: str | None) -> None:
    """Bring the case to its last node, and tell what this hall's services go by: acceptance, result, end."""
    rows = list(Node.select().where(Node.case == case.id).order_by(Node.number))
    accepted = next((row for row in rows if row.step == "accepted"), None)
    last, before = rows[-1], case.status
    if before == "completed":
        return
    if last.step == "completed" and not (case.decision and case.decision_no):
        raise cases.invalid(
            "filing.import-without-result",
            "办结节点须同时报送办理结果和文号。",
            "A completed case comes with its decision and its number.",
            "FIL-96",
        )
    if last.step == "not_accepted" and not reason_code:
        raise cases.invalid("filing.import-without-reason", "不予受理须写明原因。", "Name the reason.", "FIL-29")
    newly_accepted = case.accepted_at is None and accepted is not None
    if accepted is not None and newly_accepted:
        committed, statutory, unit = items.limits(case, guide)
        case.accepted_at = accepted.at
        case.committed_due = clocks.limit("committed", accepted.at, committed, unit, "FIL-34").date
        case.statutory_due = clocks.limit("statutory", accepted.at, statutory, unit, "FIL-34").date
    case.status = last.step
    if last.step in _ENDED:
        case.ended_at = last.at
    if last.step == "completed":
        case.decided_at = case.completed_at = last.at
        if case.accepted_at:
            day = clock.local(last.at).date()
            case.elapsed_wd = workdays.count_workdays(clock.local(case.accepted_at).date(), day)
            case.limit_kept = clocks.kept(case, day)
    case.save()
    cases.note(case, "import_step", source=before, org=last.org)
    if newly_accepted:
        _tell_accepted(case)
    if last.step == "completed":
        _tell_completed(case, guide)
    elif last.step == "not_accepted":
        cases.tell(
            filing.CaseNotAccepted,
            case,
            reason_code=reason_code,
            notice_no=case.external_no,
            not_accepted_at=clock.local(last.at),
        )
    elif last.step == "withdrawn":
        cases.tell(filing.CaseWithdrawn, case, reason=last.opinion, withdrawn_at=clock.local(last.at))
    elif last.step == "lapsed":
        cases.tell(filing.CaseLapsed, case, reason=last.opinion or "原系统退件", lapsed_at=clock.local(last.at))


def _tell_accepted(case: Any) -> None:
    cases.tell(
        filing.CaseAccepted,
        case,
        accepted_at=clock.local(case.accepted_at),
        committed_due=case.committed_due,
        statutory_due=case.statutory_due,
        by_lapse=False,
        receipt_no=case.external_no,
    )


def _tell_completed(case: Any, guide: dict[str, Any]) -> None:
    at = clock.local(case.completed_at)
    committed, statutory, _ = items.limits(case, guide)
    pushes.send(
        filing.CaseCompleted,
        case,
        decision=case.decision,
        decided_at=at,
        completed_at=at,
        decided_by=actor().id,
        decision_no=case.decision_no,
        refusal_reason=case.refusal_reason,
        result={"doc_id": f"{case.source_system}:{case.external_no}", "licence_no": case.licence_no},
        physical_result=False,
        delivery_out="window",
        delivery_due=workdays.due_for("filing.delivery", at).date,
        share_due=workdays.due_for("filing.share_decision", at).date,
        material_refs=[
            {"code": row.code, "state": row.state, "files": []}
            for row in Material.select().where(Material.case == case.id).order_by(Material.code)
        ],
        deferred=[],
        promised_points=[],
        supervising_orgs=guide.get("supervising_orgs") or [],
        supervision_kind=items.supervision_kind(guide),
        handling_org=case.accepting_org,
        elapsed_wd=case.elapsed_wd or 0,
        committed_wd=committed,
        statutory_wd=statutory,
    )
