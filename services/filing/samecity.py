"""Same-city handling (同城通办): dispatching, the two 15-minute clocks, returning, moving the paper (FIL-50..63)."""

from datetime import datetime, timedelta
from typing import Any

from chassis import clock, deadlines, workdays
from chassis.auth import actor, forbidden
from chassis.errors import Refusal
from contracts import rules
from contracts.events import filing
from services.filing import cases, clocks, items, lieu, standing, submission
from services.filing.models import Case, Org, PaperTransfer, database

VIEW_CLOCKS = ("view_warning", "view_sent_fallback", "view_overdue")


# --- dispatching ------------------------------------------------------------------------------------------------------


def dispatch(case_no: str, accepting_org: str | None, accepting_window: str) -> Any:
    """Push the material to the window that handles it: a counter filing (C4), or again after a return (C10)."""
    before = cases.get(case_no)
    first = before.status == "draft"
    asks = first and (before.mode == "commit" or lieu.used(before))
    answer = standing.ask(before.subject_ref) if asks else None
    with database.transaction():
        standing.locked(before.subject_ref)
        case = cases.lock(case_no)
        cases.require_receiving(case, *(() if case.status == "draft" else _who_redispatches(case)))
        case.accepting_org, case.accepting_window = accepting_org or case.approving_org, accepting_window
        case.accepting_clerk, case.dispatched_at = None, clock.now()
        case.dispatches += 1
        if case.status == "draft":
            _check_same_city(case)
            case.same_city = True
            submission.file(case, "dispatch", answer, accepting_org=case.accepting_org, window=accepting_window)
            paper = _start_paper_transfer(case)
        else:
            cases.move(case, "redispatch", org=case.receiving_org, details={"accepting_org": case.accepting_org})
            paper = None
            _wake_notice(case)
        due = start_view_clock(case)
        cases.tell(
            filing.CaseDispatched,
            case,
            receiving_org=case.receiving_org,
            receiving_window=case.receiving_window or case.receiving_org,
            receiving_clerk_ref=case.receiving_clerk,
            accepting_org=case.accepting_org,
            accepting_window=accepting_window,
            dispatched_at=case.dispatched_at,
            view_due=due,
            paper_due=paper,
            round=case.dispatches,
        )
    return case


def _who_redispatches(case: Any) -> tuple[str, ...]:
    """After two returns the window manager decides (FIL-55)."""
    if case.returns >= rules.value("filing.returns_before_manager").value:
        return ("window_manager",)
    return ("window_clerk", "window_manager")


def _check_same_city(case: Any) -> None:
    switches = items.switches(items.of(case))
    if switches.get("same_city") is False:
        raise cases.invalid(
            "filing.item-without-same-city",
            "该事项未开通同城通办。",
            "This item has no same-city handling.",
            "CAT-20",
            reason=switches.get("same_city_off_reason"),
        )


def _wake_notice(case: Any) -> None:
    """The limit of the correction notice may have passed while the case lay at the receiving window."""
    if deadlines.find("correction_notice", case.id) is None:
        deadlines.at("correction_notice", case.id, clock.now(), rule="FIL-24")


# --- the two clocks ---------------------------------------------------------------------------------------------------


def start_view_clock(case: Any) -> datetime:
    """More than 15 service minutes without a view lead to a warning (FIL-58)."""
    case.view_warned_at = case.view_warned_event = case.view_clock_started_at = case.view_overdue_at = None
    case.view_clock_assumed = False
    case.save()
    due = _after(case, case.dispatched_at, rules.value("filing.samecity_view_warn").value)
    deadlines.at("view_warning", case.id, workdays.just_after(due), rule="FIL-58")
    return due


def stop_view_clocks(*stopped: Any) -> None:
    """The material was opened, or the case left the window (FIL-57)."""
    deadlines.cancel_all(VIEW_CLOCKS, [case.id for case in stopped])


def warn(deadline: Any) -> None:
    """Not viewed within 15 minutes: the deputy leader is told (C7, FIL-58)."""
    case = Case.locked(deadline.subject)
    if case is None or case.status != "dispatched":
        return
    now = clock.now()
    case.view_warned_at = now
    cases.move(case, "warn_unviewed")
    case.view_warned_event = cases.tell(filing.CaseViewWarned, case, level=1, **_unviewed(case, "deputy_leader"))
    case.save()
    seconds = rules.value("filing.samecity_sent_fallback").value
    deadlines.at("view_sent_fallback", case.id, now + timedelta(seconds=seconds), rule="FIL-59")


def message_sent(case_id: str, cause_event: str, sent_at: datetime) -> None:
    """The warning went out by SMS: from here the second 15 minutes run (FIL-59)."""
    case = Case.locked(case_id)
    if (
        case
        and case.status == "dispatched"
        and case.view_warned_event == cause_event
        and not case.view_clock_started_at
    ):
        _start_second_clock(case, sent_at, assumed=False)


def assume_sent(deadline: Any) -> None:
    """No report of sending came within a minute: the second clock starts all the same, and says so (FIL-59)."""
    case = Case.locked(deadline.subject)
    if case and case.status == "dispatched" and case.view_warned_at and not case.view_clock_started_at:
        _start_second_clock(case, deadline.due_at, assumed=True)


def _start_second_clock(case: Any, start: datetime, *, assumed: bool) -> None:
    case.view_clock_started_at, case.view_clock_assumed = start, assumed
    case.save()
    deadlines.cancel("view_sent_fallback", case.id)
    due = _after(case, start, rules.value("filing.samecity_view_overdue").value)
    deadlines.at("view_overdue", case.id, workdays.just_after(due), rule="FIL-59")


def mark_overdue(deadline: Any) -> None:
    """Still not viewed: an overdue case, and the unit leader is told (C8, FIL-59)."""
    case = Case.locked(deadline.subject)
    if case is None or case.status != "dispatched":
        return
    case.view_overdue_at = clock.now()
    cases.move(case, "mark_unviewed")
    cases.tell(
        filing.CaseViewOverdue,
        case,
        level=2,
        warned_at=clock.local(case.view_clock_started_at),
        clock_assumed=case.view_clock_assumed,
        **_unviewed(case, "unit_leader"),
    )


def _unviewed(case: Any, leader: str) -> dict[str, Any]:
    return {
        "waited_seconds": service_seconds(case, case.dispatched_at, clock.now()),
        "leader_ref": _leader(case.accepting_org, leader),
        "accepting_org": case.accepting_org,
        "accepting_window": case.accepting_window,
        "dispatched_at": clock.local(case.dispatched_at),
    }


def _leader(org_code: str, post: str) -> str:
    """The leader by name where the catalog knows one, here or at the organisation above; else the post."""
    org = Org.get_or_none(Org.code == org_code)
    while org is not None:
        if getattr(org, post):
            return getattr(org, post)
        org = Org.get_or_none(Org.code == org.parent) if org.parent else None
    return f"role:{post}@{org_code}"


# --- service time -----------------------------------------------------------------------------------------------------


def _hours(case: Any) -> list[tuple[str, str]]:
    """Opening hours of the hall of the accepting window (TIM-06)."""
    hall = Org.get_or_none(Org.code == case.hall) if case.hall else None
    opens = (hall and hall.opens) or rules.value("deadline.service_opens").value
    closes = (hall and hall.closes) or rules.value("deadline.service_closes").value
    return [(opens, closes)]


def _after(case: Any, start: datetime, minutes: int) -> datetime:
    literal = rules.value("escalation.clock").value == "wall"
    return workdays.service_minutes_after(start, minutes, _hours(case), literal=literal)


def service_seconds(case: Any, start: datetime, end: datetime) -> int:
    """Seconds of service time between two instants (FIL-57)."""
    if rules.value("escalation.clock").value == "wall":
        return max(0, int((end - start).total_seconds()))
    (opens, closes), total = _hours(case)[0], 0.0
    day, last = clock.local(start).date(), clock.local(end).date()
    while day <= last:
        if workdays.is_workday(day):
            begin = max(clock.local(start), clock.parse(f"{day}T{opens}"))
            finish = min(clock.local(end), clock.parse(f"{day}T{closes}"))
            total += max(0.0, (finish - begin).total_seconds())
        day += timedelta(days=1)
    return int(total)


# --- returning --------------------------------------------------------------------------------------------------------


def give_back(case_no: str, opinion: str) -> Any:
    """Not this department's case: back to the receiving window, with an opinion (C9, FIL-55)."""
    with database.transaction():
        case = cases.lock(case_no)
        cases.require_accepting(case)
        if case.receiving_org is None:
            raise forbidden("the case did not come over a receiving window")
        if not opinion.strip():
            raise cases.invalid(
                "filing.return-opinion", "退回须填写退回意见。", "A return needs an opinion.", "FIL-55",
                fields={"opinion": ["必填 / required"]},
            )  # fmt: skip
        case.returns += 1
        left = case.accepting_org
        cases.move(case, "return", opinion=opinion)
        stop_view_clocks(case)
        cases.tell(
            filing.CaseReturned,
            case,
            opinion=opinion,
            returned_by=actor().id,
            from_org=left,
            to_window=case.receiving_window or case.receiving_org,
            returned_at=clock.now(),
            returns=case.returns,
        )
    return case


# --- paper ------------------------------------------------------------------------------------------------------------


def _start_paper_transfer(case: Any) -> Any:
    due = clocks.start(
        "paper_transfer", case, clocks.due("paper_transfer", "filing.samecity_paper_transfer", case.submitted_at)
    )
    PaperTransfer.create(
        case=case.id,
        from_hall=case.hall or case.receiving_org,
        to_org=case.accepting_org,
        received_at=case.submitted_at,
        due=due.date,
    )
    return due.date


def transfer_paper(case_no: str) -> Any:
    """The handling department has the paper and archives it (FIL-63)."""
    with database.transaction():
        case = cases.lock(case_no)
        cases.require_accepting(case)
        transfer = PaperTransfer.locked(PaperTransfer.case == case.id)
        if transfer is None or transfer.transferred_at:
            raise Refusal(
                "filing.paper-not-under-way",
                rule="FIL-63",
                zh="该办件没有待移交的纸质材料。",
                en="No paper of this case is under way.",
                next_zh="无需登记。",
                next_en="There is nothing to register.",
            )
        _receipt(case, transfer, clock.now(), actor().id)
    return case


def paper_scanned(event: Any) -> None:
    """The batch that carried the paper was scanned at the department (FIL-63, NOT-25)."""
    case = Case.locked(event.case_id)
    transfer = PaperTransfer.locked(PaperTransfer.case == event.case_id)
    if case is not None and transfer is not None and not transfer.transferred_at:
        _receipt(case, transfer, clock.parse(event.at), "service:notifier", shipment_id=event.shipment_id)


def _receipt(case: Any, transfer: Any, at: datetime, by: str, **about: Any) -> None:
    transfer.transferred_at, transfer.receipted_by, transfer.to_org = at, by, case.accepting_org
    transfer.save()
    case.save()
    clocks.cancel(case, "paper_transfer")
    cases.note(case, "transfer_paper", details=about or None)
    cases.tell(filing.PaperTransferred, case, transferred_at=clock.local(at), **about, **_paper(transfer))


def paper_overdue(deadline: Any) -> None:
    """The paper has not been moved in time: red light for the receiving window (FIL-63)."""
    transfer = PaperTransfer.locked(PaperTransfer.case == deadline.subject)
    if transfer is None or transfer.transferred_at:
        return
    case = Case.locked(deadline.subject)
    transfer.overdue = True
    transfer.save()
    cases.tell(filing.PaperTransferOverdue, case, **_paper(transfer))


def _paper(transfer: Any) -> dict[str, Any]:
    return {
        "from_hall": transfer.from_hall,
        "to_org": transfer.to_org,
        "received_at": clock.local(transfer.received_at),
        "due": transfer.due,
    }
