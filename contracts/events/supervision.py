"""What supervision reports: verification, rectification, findings, proposals, orders, linkage work."""

from contracts import words
from contracts.events._parts import SubjectEvent
from contracts.fields import Day, Flag, Instant, Many, Number, Record, Reference, Text, Whole
from contracts.registry import EventType, event


def _evidence() -> Many:
    return Many("References of the evidence.", Text("File reference."))


@event("supervision.push.acknowledged", consumers=("filing",))
class PushAcknowledged(EventType):
    """A supervising organisation has taken the file that was pushed to it."""

    case_id = Text("Case.")
    case_no = Text("Number of the case.")
    supervising_org = Text("Organisation that has it.")
    push_kind = Text("What was pushed.", one_of=("completed", "revoked"))
    pushed_event = Text("Id of the event that carried it.")
    acknowledged_at = Instant("When.")


class TaskEvent(SubjectEvent):
    """What every event about a verification task says; the envelope's subject is the task id."""

    task_id = Text("Id of the task.")
    case_id = Text("Case to be verified.")
    case_no = Text("Number of the case.")
    item_code = Text("Item.")
    approving_org = Text("Organisation that decided the case.")
    supervising_org = Text("Organisation that verifies.")
    decided_at = Instant("The decision; day 0 of all three limits.")
    start_due = Day("Last day for the start (3 wd).")
    finish_due = Day("Last day for the finish (50 wd).")
    cap_due = Day("Latest date that may be set for rectification (60 wd).")


@event("supervision.task.created", consumers=("filing", "notifier"))
class TaskCreated(TaskEvent):
    """A commit decision is to be verified (核查)."""


@event("supervision.task.started", consumers=("filing", "notifier"))
class TaskStarted(TaskEvent):
    """An inspector is assigned and the plan is saved (启动核查)."""

    inspector_ref = Reference("Inspector.")
    planned_on = Day("Planned date.")
    started_at = Instant("When.")


@event("supervision.task.passed", consumers=("filing", "notifier"))
class TaskPassed(TaskEvent):
    """Every promised point is true (属实)."""

    passed_at = Instant("When.")


@event("supervision.task.start_overdue", consumers=("filing", "notifier"))
class TaskStartOverdue(TaskEvent):
    """The verification was not started in time."""


@event("supervision.task.finish_overdue", consumers=("filing", "notifier"))
class TaskFinishOverdue(TaskEvent):
    """The verification was not finished in time."""


@event("supervision.task.cancelled", consumers=("filing", "notifier"))
class TaskCancelled(TaskEvent):
    """The case has ended otherwise; there is nothing left to verify."""

    reason = Text("Why.")
    cancelled_at = Instant("When.")


class RectificationEvent(TaskEvent):
    """What every event about a rectification (限期整改) says."""

    rectification_id = Text("Id of the order.")
    problems = Many(
        "What was found not true.",
        Record(
            "One problem.",
            {
                "code": Text("Code of the promised point."),
                "promise": Text("What was promised."),
                "found": Text("What was found."),
            },
        ),
    )
    due = Day("Date set for the correction, ends 24:00.")
    stop_activity = Flag("Whether the licensed activity must stop.")
    evidence_refs = _evidence()


@event("supervision.rectification.ordered", consumers=("filing", "credit", "notifier"))
class RectificationOrdered(RectificationEvent):
    """The party must correct by a date and stop the activity until then."""

    ordered_at = Instant("When.")
    ordered_by = Reference("Who.")


@event("supervision.rectification.passed", consumers=("filing", "credit", "notifier"))
class RectificationPassed(RectificationEvent):
    """The re-check conforms; the stop order is lifted and there is no failing."""

    passed_at = Instant("When.")


@event("supervision.rectification.failed", consumers=("filing", "credit", "notifier"))
class RectificationFailed(RectificationEvent):
    """Still not conforming, or the date has passed: the approving side revokes and the failing is recorded."""

    reason = Text("Why it failed.", one_of=("not_conforming", "date_passed"))
    failed_at = Instant("When it was established.")
    decided_on = Day("Day on which the supervising side decided.")
    decided_by = Reference("Who; service:supervision when the date simply passed.")
    report_ref = Text("Reference of the written report.", optional=True)


@event("supervision.finding.reported", consumers=("credit", "filing", "notifier"))
class FindingReported(SubjectEvent):
    """Daily supervision has found that a holder does not keep the law or its promise."""

    finding_id = Text("Id of the finding.")
    kind = Text("What was found.", one_of=words.FINDING_KINDS)
    case_id = Text("Case it concerns.", optional=True)
    case_no = Text("Number of that case.", optional=True)
    item_code = Text("Item.", optional=True)
    licence_no = Text("Licence it concerns.", optional=True)
    approving_org = Text("Organisation that has to judge.")
    supervising_org = Text("Organisation that found it.")
    description = Text("What was found.")
    evidence_refs = _evidence()
    penalty_no = Text("Number of the penalty decision, for a suspension of business.", optional=True)
    discovered_at = Instant("When it was discovered; day 0.")
    reported_at = Instant("When it was reported.")
    late = Flag("Whether it was reported later than one working day.")


@event("supervision.revocation.proposed", consumers=("filing", "notifier"))
class RevocationProposed(SubjectEvent):
    """Supervision proposes by formal document that a result be revoked."""

    proposal_id = Text("Id of the proposal.")
    case_id = Text("Case.")
    case_no = Text("Number of the case.")
    item_code = Text("Item.")
    approving_org = Text("Organisation that has to answer.")
    supervising_org = Text("Organisation that proposes.")
    finding_id = Text("Finding behind it.", optional=True)
    document_ref = Text("Reference of the formal document (正式行文).")
    document_no = Text("Number of the document.")
    opinion = Text("Opinion.")
    evidence_refs = _evidence()
    proposed_at = Instant("When; day 0.")
    reply_due = Day("Last day for the answer.")


@event("supervision.order.issued", consumers=("filing", "feedback", "notifier"))
class OrderIssued(EventType):
    """A supervising order (督办) has been issued."""

    order_id = Text("Id of the order.")
    order_no = Text("Number of the order.")
    kind = Text("Kind of order.", one_of=words.ORDER_KINDS)
    target_org = Text("Organisation that has to act.")
    case_id = Text("Case it is about.", optional=True)
    case_no = Text("Number of that case.", optional=True)
    letter_no = Text("Letter it is about.", optional=True)
    rating_id = Text("Rating it is about.", optional=True)
    content = Text("What is to be done.")
    issued_at = Instant("When.")
    issued_by = Reference("Who; service:supervision when issued of itself.")
    due = Day("Last day for acting.")


@event("supervision.linkage.missing", consumers=("notifier",), readers=("gateway",))
class LinkageMissing(EventType):
    """A daily sheet, weekly record or monthly meeting is missing."""

    linkage_id = Text("Id of the sheet, record or meeting.")
    kind = Text("What is missing.", one_of=words.LINKAGE_KINDS)
    org_code = Text("Organisation that owes it.")
    peer_org = Text("Organisation on the other side.", optional=True)
    period = Text("Day, week or month: 2026-03-02, 2026-W10, 2026-03.")
    missing_at = Instant("When it was established.")


@event("supervision.assessment.published", consumers=("notifier",), readers=("gateway",))
class AssessmentPublished(EventType):
    """The annual linkage scores (年考核) are published."""

    assessment_id = Text("Id of the assessment.")
    year = Whole("Year assessed.", least=2000)
    scores = Many(
        "Scores.",
        Record(
            "One organisation.",
            {
                "org_code": Text("Organisation."),
                "random": Number("Score of the random checks."),
                "year_end": Number("Score of the year-end check."),
                "total": Number("Weighted sum."),
            },
        ),
    )
    published_at = Instant("When.")
