"""Consumed events → verbs. Every handler reaches the same state in whatever order its events come, and when doubled."""

from typing import Any

from chassis import clock, deadlines
from services.filing import cases, clocks, delivery, duties, items, pushes, revocations, samecity, standing, suspension
from services.filing.models import Case, Order, Org, Task

# --- credit (domain 2.3; FIL-74, FIL-76, FIL-81) ----------------------------------------------------------------------


def subject_listed(event: Any) -> None:
    """The party is listed, or has become a serious one: suspend, notice, bar (FIL-74, FIL-76)."""
    row = standing.locked(event.subject_ref)
    if event.sequence <= row.status_sequence:
        return
    row.status, row.status_sequence = event.status, event.sequence
    row.record_id, row.article = event.record_id, event.article
    standing.restrict(row, _kinds(event), event.sequence, whole=True)
    row.save()
    if event.record_id in row.deleted_records:
        return
    suspension.suspend_all(event.subject_ref, event.record_id)
    serious = event.status == "serious"
    revocations.collateral(event.subject_ref, serious=serious, record_id=event.record_id, own_case=event.case_id)


def subject_restored(event: Any) -> None:
    """The party's status has become better; what is no longer restricted goes on (FIL-81, AMB-41)."""
    row = standing.locked(event.subject_ref)
    if event.sequence <= row.status_sequence:
        return
    row.status, row.status_sequence = event.status, event.sequence
    standing.restrict(row, _kinds(event), event.sequence, whole=True)
    row.save()
    if event.status == "good" or not standing.barred_until(row):
        _let_go_on(event.subject_ref, "failing_deleted" if event.reason == "deleted" else "restriction_ended")


def restriction_started(event: Any) -> None:
    """A restriction begins or is prolonged (FIL-75)."""
    row = standing.locked(event.subject_ref)
    standing.restrict(row, dict.fromkeys(event.kinds, event.until), event.sequence, whole=False)
    row.save()


def restriction_ended(event: Any) -> None:
    """A restriction has ended: at the latest now the suspended cases go on (AMB-41)."""
    row = standing.locked(event.subject_ref)
    standing.lift(row, event.kinds, event.sequence)
    row.save()
    if standing.COMMIT in event.kinds and not standing.barred_until(row):
        _let_go_on(event.subject_ref, "failing_deleted" if event.reason == "deleted" else "restriction_ended")


def _let_go_on(subject_ref: str, ground: str) -> None:
    suspension.resume_all(subject_ref, ground)
    revocations.drop_all_collateral(subject_ref, "申请人已移出诚信档案名单或限制已届满")


def record_deleted(event: Any) -> None:
    """An objection has deleted the failing: what rested on it alone is decided again (FIL-81)."""
    row = standing.locked(event.subject_ref)
    if event.record_id not in row.deleted_records:
        row.deleted_records = [*row.deleted_records, event.record_id]
        row.save()
    revocations.reopen(event.subject_ref, event.record_id, event.case_id)


def _kinds(event: Any) -> dict[str, str]:
    return {entry["kind"]: entry["until"] for entry in event.restrictions}


# --- supervision ------------------------------------------------------------------------------------------------------


def rectification_failed(event: Any) -> None:
    """Still not conforming: the commit result is revoked, mechanically (FIL-79, SUP-24)."""
    case = Case.locked(event.case_id)
    if case and revocations.is_revocable(case):
        found = "；".join(f"{problem['promise']}：{problem['found']}" for problem in event.problems)
        revocations.revoke(
            case, "rectification_failed", evidence=event.evidence_refs, opinion=found, task_id=event.task_id
        )


def task_changed(event: Any) -> None:
    """Where the verification stands, for the timeline of the case; only what is newer counts."""
    case = Case.locked(event.case_id)
    if case is None:
        return
    row = Task.locked(Task.task_id == event.task_id)
    if row and event.sequence <= row.sequence:
        return
    state = event.type.removeprefix("supervision.").replace("task.", "").replace("rectification.", "rectification_")
    due = event.due if "rectification" in event.type else event.finish_due
    facts = {"state": state, "due": due, "sequence": event.sequence, "told_at": event.time}
    if row is None:
        Task.create(task_id=event.task_id, case=case.id, supervising_org=event.supervising_org, **facts)
    else:
        row.state, row.due, row.sequence, row.told_at = state, due, event.sequence, clock.parse(event.time)
        row.save()
    cases.note(case, event.type, org=event.supervising_org, details={"task_id": event.task_id, "due": due})


def push_acknowledged(event: Any) -> None:
    """A supervising organisation has the file (FIL-46, SUP-03)."""
    pushes.confirm(event)


def revocation_proposed(event: Any) -> None:
    """Supervision proposes to revoke (FIL-78)."""
    revocations.receive_proposal(event)


def finding_reported(event: Any) -> None:
    """A finding about a holder, for the timeline of the case; judging it is the credit archive's matter (CRE-05)."""
    case = Case.locked(event.case_id) if event.case_id else None
    if case:
        facts = {"finding_id": event.finding_id, "kind": event.kind}
        cases.note(case, event.type, opinion=event.description, org=event.supervising_org, details=facts)


def order_issued(event: Any) -> None:
    """A supervising order (督办) reaches the handler of the case, as an event or as a command, once (FIL-42)."""
    case = Case.locked(event.case_id) if event.case_id else None
    if case is None:
        return
    row = Order(
        order_id=event.order_id,
        case=case.id,
        order_no=event.order_no,
        kind=event.kind,
        target_org=event.target_org,
        content=event.content,
        due=event.due,
        issued_at=event.issued_at,
    )
    if Order.insert(**row.__data__).on_conflict(action="nothing").as_rowcount().execute():
        cases.note(case, "order", opinion=event.content, org=event.target_org, details={"order_no": event.order_no})


# --- notifier ---------------------------------------------------------------------------------------------------------


def sms_sent(event: Any) -> None:
    """The clock of the second 15 minutes starts when the first warning went out (FIL-59)."""
    if event.case_id and event.cause_type == "filing.case.view_warned":
        samecity.message_sent(event.case_id, event.cause_event, clock.parse(event.sent_at))


def shipment_ordered(event: Any) -> None:
    """The result is on its way (C28)."""
    delivery.shipped(event)


def shipment_delivered(event: Any) -> None:
    """The result is there (C30), or the paper of a same-city case was scanned (FIL-63)."""
    if event.direction == "paper":
        samecity.paper_scanned(event)
    else:
        delivery.arrived(event)


def shipment_returned(event: Any) -> None:
    """The result comes back (C30)."""
    delivery.returned(event)


def shipment_failed(event: Any) -> None:
    """The courier could not be ordered."""
    delivery.order_failed(event)


# --- feedback ---------------------------------------------------------------------------------------------------------


def rated(event: Any) -> None:
    """The case is rated (已评价); a default never takes the place of what the applicant has said (FIL-17)."""
    case = Case.locked(event.case_id)
    if case is None or (case.rating_source and event.rating_source != "user"):
        return
    case.rating_level, case.rating_source = event.level, event.rating_source
    case.save()


# --- catalog ----------------------------------------------------------------------------------------------------------


def item_changed(event: Any) -> None:
    """A version is in force (CAT-24)."""
    items.project(event)


def item_retired(event: Any) -> None:
    """An item takes no new cases."""
    items.project(event, retired=True)


def org_changed(event: Any) -> None:
    """Names, leaders and opening hours; only what is newer counts (CAT-40)."""
    row = Org(code=event.org_code, name=event.org_name, region=event.region_code, sequence=0)
    Org.insert(**row.__data__).on_conflict(action="nothing").execute()
    row = Org.locked(Org.code == event.org_code)
    if event.sequence <= row.sequence:
        return
    row.sequence, row.name, row.region, row.parent = (
        event.sequence,
        event.org_name,
        event.region_code,
        event.parent_code,
    )
    row.deputy_leader, row.unit_leader = event.deputy_leader_ref, event.unit_leader_ref
    row.in_city_centre = event.in_city_centre is not False
    row.opens, row.closes = event.opens, event.closes
    row.save()
    duties.arm(row)


def year_published(event: Any) -> None:
    """After the limits were computed again: bring the dates on our rows in step (TIM-07)."""
    for row in deadlines.open_on_year(event.year):
        if row.kind in clocks.LABELS or row.kind == "parallel":
            before = clocks.told(row)
            clocks.moved(row)
            if before and before != row.due_date:
                clocks.tell_moved(row, before)
