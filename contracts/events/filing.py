"""What filing reports: the life of a case from draft to revocation."""

from contracts import words
from contracts.events._parts import SubjectEvent
from contracts.fields import AddressReference, Day, Flag, Instant, Many, Recipient, Record, Reference, Text, Whole
from contracts.registry import event


class CaseEvent(SubjectEvent):
    """What every event about a case (办件) says; the envelope's subject is the case id."""

    case_id = Text("Id of the case.")
    case_no = Text("Case number (业务编号).", pattern=r"^\d{18,20}$")
    item_code = Text("Service item.")
    item_version = Whole("Version of the item under which the case was filed.", least=1)
    item_name = Text("Name of the item.")
    kind = Text("Case kind.", one_of=words.KINDS)
    mode = Text("Ordinary or by commit approval (承诺审批).", one_of=words.MODES)
    case_source = Text("Where the case came from (来源).", one_of=words.CASE_SOURCES)
    same_city = Flag("Same-city handling (同城通办).")
    region_code = Text("Region of the site or hall.")
    approving_org = Text("Organisation that decides.")
    applicant_ref = Reference("Account that filed, when it is not the party's own.", optional=True)
    status = Text("State of the case after the event.", one_of=words.CASE_STATUSES)


def _materials(description: str, *, optional: bool = False) -> Many:
    return Many(
        description,
        Record(
            "One material.",
            {
                "code": Text("Code of the material in the item's guide."),
                "state": Text("How it stands.", one_of=words.MATERIAL_STATES),
            },
        ),
        optional=optional,
    )


def _deferred(description: str) -> Many:
    return Many(
        description,
        Record(
            "One deferred material (容缺后补).",
            {
                "code": Text("Code of the material."),
                "material": Text("Name of the material in the guide."),
                "due": Day("Promised date, ends 24:00."),
            },
        ),
    )


def _evidence(*, optional: bool = False) -> Many:
    return Many("References of the evidence files.", Text("File reference."), optional=optional)


# -- applying -----------------------------------------------------------------------------------------------------


@event("filing.case.drafted", published=False)
class CaseDrafted(CaseEvent):
    """A form has been opened; stays inside filing."""

    drafted_at = Instant("When.")


@event("filing.case.submitted", consumers=("supervision", "notifier", "feedback"))
class CaseSubmitted(CaseEvent):
    """The applicant has sent the case (申办)."""

    submitted_at = Instant("When it was received; day 0 of the correction notice.")
    materials = _materials("Materials and how they stand.")
    delivery_in = Text("How paper material comes in.", one_of=words.DELIVERIES, optional=True)
    delivery_out = Text("How the result goes out.", one_of=words.DELIVERIES, optional=True)
    commitment_due = Day("Due date of the promise, for a commit case with deferred material.", optional=True)
    notice_due = Day("Last day for a correction notice before the case counts as accepted.")


@event("filing.case.dispatched", consumers=("notifier", "supervision", "feedback"))
class CaseDispatched(CaseEvent):
    """The receiving window has pushed the material to the accepting window."""

    receiving_org = Text("Organisation of the receiving window.")
    receiving_window = Text("Receiving window (接件窗口).")
    receiving_clerk_ref = Reference("Receiving clerk.")
    accepting_org = Text("Organisation of the accepting window.")
    accepting_window = Text("Accepting window (受理窗口).")
    accepting_clerk_ref = Reference("Accepting clerk, when one is on duty by name.", optional=True)
    dispatched_at = Instant("When the material arrived at the accepting window.")
    view_due = Instant("When the first warning is given.")
    paper_due = Day("Last day for moving the paper.", optional=True)
    round = Whole("How often the case has been dispatched, 1 for the first time.", least=1)


@event("filing.case.viewed", consumers=("supervision", "feedback"))
class CaseViewed(CaseEvent):
    """The accepting clerk has opened the material (接收查看)."""

    viewed_by = Reference("Who opened it.")
    viewed_at = Instant("When.")
    waited_seconds = Whole("Seconds of service time between arrival and view.")
    accepting_org = Text("Organisation of the accepting window.", optional=True)


class _NotViewed(CaseEvent):
    waited_seconds = Whole("Seconds of service time without a view.")
    leader_ref = Recipient("The leader to be told, by name or by post (role:deputy_leader@TZJ049).")
    accepting_org = Text("Organisation of the accepting window.")
    accepting_window = Text("Accepting window.")
    dispatched_at = Instant("When the material arrived.")


@event("filing.case.view_warned", consumers=("notifier", "supervision", "feedback"))
class CaseViewWarned(_NotViewed):
    """Not viewed within 15 minutes: the deputy leader (分管领导) is told."""

    level = Whole("Step of the escalation: 1.", least=1, most=1)


@event("filing.case.view_overdue", consumers=("notifier", "supervision", "feedback"))
class CaseViewOverdue(_NotViewed):
    """Not viewed 15 minutes after the warning: an overdue case; the unit leader (主要领导) is told."""

    level = Whole("Step of the escalation: 2.", least=2, most=2)
    warned_at = Instant("When the warning went out; the second clock's start.")
    clock_assumed = Flag("True when no report of sending came and the clock started without it.")


@event("filing.case.returned", consumers=("notifier", "supervision", "feedback"))
class CaseReturned(CaseEvent):
    """Not this department's case: it goes back to the receiving window (退回)."""

    opinion = Text("Return opinion.")
    returned_by = Reference("Who returned it.")
    from_org = Text("Organisation that returned it.")
    to_window = Text("Receiving window it goes back to.")
    returned_at = Instant("When.")
    returns = Whole("How often the case has been returned.", least=1)


@event("filing.case.correction_requested", consumers=("notifier", "supervision", "feedback"))
class CaseCorrectionRequested(CaseEvent):
    """The applicant is told once what has to be corrected (补正告知)."""

    defects = Many(
        "Everything that is needed.",
        Record(
            "One defect.",
            {
                "code": Text("Code of the material in the guide."),
                "material": Text("Name of the material in the guide."),
                "reason": Text("What is wrong with it."),
            },
        ),
    )
    round = Whole("1 for the first notice.", least=1)
    due = Day("Last day for the applicant.")
    requested_at = Instant("When.")


@event("filing.case.corrected", consumers=("supervision", "feedback"))
class CaseCorrected(CaseEvent):
    """Corrected material is in (补交受理)."""

    round = Whole("Notice that was answered.", least=1)
    via = Text("How it came in.", one_of=("online", "window"))
    corrected_at = Instant("When.")
    check_due = Day("Last day for checking it.")


@event("filing.case.accepted", consumers=("notifier", "supervision", "feedback"))
class CaseAccepted(CaseEvent):
    """The case is accepted (受理); the processing limits run."""

    accepted_at = Instant("Day 0 of the limits; the day of receipt when accepted by lapse.")
    committed_due = Day("Last day by the committed limit.")
    statutory_due = Day("Last day by the statutory limit.")
    provisional = Flag("True when a date rests on a calendar year not yet official.", optional=True)
    by_lapse = Flag("True when nothing was said in time and the law accepts the case.")
    receipt_no = Text("Number of the acceptance receipt (受理回执).")
    receiving_org = Text("Organisation of the receiving window, for same-city cases.", optional=True)
    receiving_window = Text("Receiving window to be told, for same-city cases.", optional=True)


@event("filing.case.not_accepted", consumers=("notifier", "supervision", "feedback"))
class CaseNotAccepted(CaseEvent):
    """The case is not accepted (不予受理)."""

    reason_code = Text("Ground from the closed list.", one_of=words.NOT_ACCEPTED_REASONS)
    notice_no = Text("Number of the written notice.")
    not_accepted_at = Instant("When.")


# -- handling -----------------------------------------------------------------------------------------------------


class _Step(CaseEvent):
    step = Text("State entered.", one_of=words.CASE_STATUSES)
    actor_ref = Reference("Who acted.")
    opinion_code = Text("Opinion given.", optional=True)
    at = Instant("When.")


@event("filing.case.step_entered", consumers=("supervision",))
class CaseStepEntered(_Step):
    """The case has entered a step of handling."""

    from_step = Text("State left.", one_of=words.CASE_STATUSES)


@event("filing.case.reviewed", consumers=("supervision",))
class CaseReviewed(_Step):
    """The review (审查) is done; the case waits for its decision."""


@event("filing.special.started", consumers=("notifier", "supervision", "feedback"))
class SpecialStarted(CaseEvent):
    """A special procedure (特别程序) stops the clock."""

    special_id = Text("Id of the procedure.")
    special_kind = Text("Kind of procedure.", one_of=words.SPECIAL_KINDS)
    reason = Text("Why.")
    expected_wd = Whole("Working days it is expected to take.")
    started_on = Day("The day the clock stopped; counts as used.")


@event("filing.special.finished", consumers=("notifier", "supervision", "feedback"))
class SpecialFinished(CaseEvent):
    """The special procedure has its result; the clock runs again."""

    special_id = Text("Id of the procedure.")
    special_kind = Text("Kind of procedure.", one_of=words.SPECIAL_KINDS)
    result = Text("Result.")
    paused_wd = Whole("Working days not counted.")
    finished_on = Day("The day the clock resumed; the new day 0.")
    committed_due = Day("New last day by the committed limit.")
    statutory_due = Day("New last day by the statutory limit.")


@event("filing.case.extended", consumers=("notifier", "supervision", "feedback"))
class CaseExtended(CaseEvent):
    """The organ's leader has extended the limit once (延期)."""

    days = Whole("Working days added.", least=1)
    reason = Text("Why; told to the applicant.")
    approver_ref = Reference("The leader who approved.")
    new_due = Day("New last day by the statutory limit.")
    committed_due = Day("New last day by the committed limit.")


class _Parallel(CaseEvent):
    parallel_task_id = Text("Id of the participant's task.")
    participant_org = Text("Participant asked for its opinion.")
    due = Day("Last day for the opinion.")


@event("filing.parallel.task_opened", consumers=("notifier", "supervision"))
class ParallelTaskOpened(_Parallel):
    """A participant of a parallel approval (并联审批) is asked for its opinion."""


@event("filing.parallel.opinion_given", consumers=("notifier", "supervision"))
class ParallelOpinionGiven(_Parallel):
    """A participant has given its opinion."""

    opinion = Text("The opinion.", one_of=words.PARALLEL_OPINIONS)
    given_at = Instant("When.")


@event("filing.parallel.overdue", consumers=("notifier", "supervision"))
class ParallelOverdue(_Parallel):
    """A participant is silent past its limit; silence is not consent."""


@event(
    "filing.case.completed",
    consumers=("supervision", "feedback", "notifier", "credit", "booking"),
)
class CaseCompleted(CaseEvent):
    """The case is decided and closed (办结); this is also the push of the file to supervision (时推送)."""

    decision = Text("Granted or refused (准予, 不予).", one_of=words.DECISIONS)
    decided_at = Instant("When it was decided; anchor of verification, sharing and delivery.")
    completed_at = Instant("When the case was closed; anchor of the rating.")
    decided_by = Reference("Who decided; service:filing when rules alone did.")
    decision_no = Text("Number of the decision.")
    refusal_reason = Text("Reason, basis and remedies of a refusal.", optional=True)
    result = Record(
        "The result document.",
        {
            "doc_id": Text("Reference of the document."),
            "licence_no": Text("Number of the licence.", optional=True),
            "valid_from": Day("First day of validity.", optional=True),
            "valid_to": Day("Last day of validity.", optional=True),
        },
    )
    physical_result = Flag("Whether there is paper to hand over.")
    delivery_out = Text("How the result goes out.", one_of=words.DELIVERIES)
    delivery_address_ref = AddressReference("Where a courier brings it.", optional=True)
    delivery_hall = Text("Hall where it is collected, or from which it is sent.", optional=True)
    delivery_due = Day("Last day for delivery or collection.")
    share_due = Day("Last day for sharing the decision.")
    material_refs = Many(
        "The materials of the file.",
        Record(
            "One material.",
            {
                "code": Text("Code of the material."),
                "state": Text("How it stands.", one_of=words.MATERIAL_STATES),
                "files": Many("File references.", Text("File reference.")),
            },
        ),
    )
    commitment_letter_ref = Text("File reference of the signed commitment letter, for commit cases.", optional=True)
    commitment_due = Day("Due date of the promise, for commit cases.", optional=True)
    deferred = Many(
        "Materials still deferred; empty when nothing is open.",
        Record(
            "One deferred material.",
            {
                "code": Text("Code of the material."),
                "material": Text("Name of the material in the guide."),
                "due": Day("Promised date."),
            },
        ),
    )
    promised_points = Many(
        "What was promised and is to be verified, for commit cases.",
        Record("One point.", {"code": Text("Code of the point."), "promise": Text("What was promised.")}),
    )
    supervising_orgs = Many("Organisations that get the file.", Text("Organisation code."))
    supervision_kind = Text("Supervision kind by which the file is sorted.")
    handling_org = Text("Organisation that is rated.")
    elapsed_wd = Whole("Working days from acceptance to decision, pauses left out.")
    committed_wd = Whole("Committed limit in working days.")
    statutory_wd = Whole("Statutory limit in working days.")
    booking_no = Text("Booking by which the applicant came, if any.", optional=True)


# -- promise ------------------------------------------------------------------------------------------------------


class _Commitment(CaseEvent):
    commitment_id = Text("Id of the promise.")
    due = Day("Due date of the promise, ends 24:00.")


@event("filing.commitment.opened", consumers=("notifier", "supervision"))
class CommitmentOpened(_Commitment):
    """The granted commit case has materials to be supplied (承诺补正件)."""

    deferred = _deferred("What is to be supplied, and by when.")
    signed_at = Instant("Signature of the promise; day 0.")


@event("filing.commitment.supplied", consumers=("supervision", "notifier"))
class CommitmentSupplied(_Commitment):
    """Deferred material has come in."""

    materials = _materials("What was supplied.")
    supplied_at = Instant("When.")
    check_due = Day("Last day for checking it.")


@event("filing.commitment.fulfilled", consumers=("supervision", "notifier"))
class CommitmentFulfilled(_Commitment):
    """Everything promised has been supplied and conforms."""

    materials = _materials("What was checked.")
    fulfilled_at = Instant("When.")


@event("filing.commitment.rejected", consumers=("supervision", "notifier"))
class CommitmentRejected(_Commitment):
    """Supplied material does not conform; it may be supplied once more before the due date."""

    materials = _materials("What was checked.")
    reason = Text("What is wrong.")
    rejected_at = Instant("When.")


class _BrokenPromise(_Commitment):
    deferred = _deferred("What was promised and is missing or does not conform.")
    evidence_refs = _evidence()
    supervising_orgs = Many("Organisations to be told.", Text("Organisation code."), optional=True)


@event("filing.commitment.lapsed", consumers=("credit", "supervision", "notifier"))
class CommitmentLapsed(_BrokenPromise):
    """The due date has passed and the promised material is not there (cause 1)."""

    cause = Text("Cause of the failing.", one_of=("promise_lapsed",))
    lapsed_at = Instant("00:00 of the day after the due date.")


@event("filing.commitment.failed", consumers=("credit", "supervision", "notifier"))
class CommitmentFailed(_BrokenPromise):
    """The supplied material does not meet the statutory conditions (cause 2)."""

    cause = Text("Cause of the failing.", one_of=("material_not_conforming",))
    failed_at = Instant("When it was found.")
    found_by = Reference("Who found it.")
    reason = Text("What does not conform.")


# -- suspension, revocation, other ends ---------------------------------------------------------------------------


@event("filing.case.suspended", consumers=("notifier", "supervision", "feedback"))
class CaseSuspended(CaseEvent):
    """The case is suspended (中止); the clock stops."""

    ground = Text("Why.", one_of=words.SUSPENSION_GROUNDS)
    record_id = Text("Credit record behind it.", optional=True)
    suspended_at = Instant("When.")


@event("filing.case.resumed", consumers=("notifier", "supervision", "feedback"))
class CaseResumed(CaseEvent):
    """A suspended case goes on; the clock runs again."""

    ground = Text("Why.", one_of=words.RESUMPTION_GROUNDS)
    record_id = Text("Credit record behind the suspension.", optional=True)
    resumed_at = Instant("When.")
    new_due = Day("New last day by the committed limit, once the case is accepted.", optional=True)


@event("filing.case.revoked", consumers=("supervision", "credit", "notifier", "feedback"))
class CaseRevoked(CaseEvent):
    """The granted result is cancelled (撤销); this is also the push of the revocation to supervision."""

    ground_code = Text("Ground of the revocation.", one_of=words.REVOCATION_GROUNDS)
    article = Text("Article on which it rests, in Chinese citation form.")
    decision_no = Text("Number of the revocation decision (撤销结果决定书).")
    decision_doc_id = Text("Reference of the revocation decision.")
    revoked_at = Instant("When.")
    revoked_by = Reference("Who decided; service:filing for a mechanical lapse.")
    licence_no = Text("Licence that is cancelled.", optional=True)
    evidence_refs = _evidence()
    collateral = Flag("True when the ground lies in another case of the same party.")
    commitment_id = Text("Promise that was broken.", optional=True)
    task_id = Text("Verification task that failed.", optional=True)
    proposal_id = Text("Supervision's proposal that was followed.", optional=True)
    record_id = Text("Credit record behind a collateral revocation.", optional=True)
    material_refs = Many("File references of the file pushed.", Text("File reference."))
    commitment_letter_ref = Text("File reference of the commitment letter.", optional=True)
    supervising_orgs = Many("Organisations that get the file.", Text("Organisation code."))
    supervision_kind = Text("Supervision kind by which the file is sorted.")


def _repeats() -> Whole:
    return Whole("How often the push has been sent again; its first sending was the event of the end itself.", least=1)


@event("filing.case.completed_repeated", consumers=("supervision",))
class CaseCompletedRepeated(CaseCompleted):
    """A supervising office has not confirmed the file of a completed case: it alone gets it once more (SUP-03)."""

    repeats = _repeats()


@event("filing.case.revoked_repeated", consumers=("supervision",))
class CaseRevokedRepeated(CaseRevoked):
    """A supervising office has not confirmed the file of a revoked case: it alone gets it once more (SUP-03)."""

    repeats = _repeats()


@event("filing.revocation.declined", consumers=("supervision", "notifier"))
class RevocationDeclined(CaseEvent):
    """The approving side does not follow a proposal to revoke and explains why."""

    proposal_id = Text("The proposal.")
    explanation_doc = Text("Reference of the written explanation.")
    explanation = Text("The reasons in short.")
    supervising_org = Text("Organisation that proposed it.")
    declined_at = Instant("When.")
    declined_by = Reference("Who.")


@event("filing.case.withdrawn", consumers=("supervision", "notifier", "feedback"))
class CaseWithdrawn(CaseEvent):
    """The applicant has withdrawn the case (撤回) before the decision."""

    reason = Text("Why, when the applicant says so.", optional=True)
    withdrawn_at = Instant("When.")


@event("filing.case.lapsed", consumers=("supervision", "notifier", "feedback"))
class CaseLapsed(CaseEvent):
    """The correction was not answered in time and the case is closed (退件); not a failing."""

    reason = Text("Which notice went unanswered.")
    lapsed_at = Instant("When.")


# -- result and paper ---------------------------------------------------------------------------------------------


@event("filing.result.ready", consumers=("notifier", "feedback", "supervision"))
class ResultReady(CaseEvent):
    """The result can be collected or sent."""

    way = Text("How it goes out.", one_of=words.DELIVERIES)
    place = Text("Hall where it lies.")
    address_ref = AddressReference("Where a courier brings it.", optional=True)
    doc_id = Text("Reference of the result document.")
    ready_at = Instant("When.")
    due = Day("Last day for delivery or collection.")


@event("filing.result.collected", consumers=("notifier", "feedback", "supervision"))
class ResultCollected(CaseEvent):
    """The result has been handed over at a window (领取登记)."""

    way = Text("How it went out.", one_of=words.DELIVERIES)
    place = Text("Hall where it was handed over.")
    collector_ref = Reference("Who collected it, when it has an account.", optional=True)
    document_checked = Flag("Whether the collector's identity document was checked.")
    collected_at = Instant("When.")


@event("filing.result.delivered", consumers=("notifier", "feedback", "supervision"))
class ResultDelivered(CaseEvent):
    """The courier has reported the end of the way: handed over, or not deliverable."""

    way = Text("How it went out.", one_of=words.DELIVERIES)
    shipment_id = Text("The shipment.")
    waybill_no = Text("Waybill number.")
    outcome = Text("How it ended.", one_of=("delivered", "undeliverable"))
    delivered_at = Instant("When.")


@event("filing.case.visits_exceeded", consumers=("supervision",))
class CaseVisitsExceeded(CaseEvent):
    """Somebody has been made to come to a hall once more than one matter may ask for."""

    visits = Whole("Visits so far, this one included.", least=1)
    most = Whole("How many the item allows.")
    accepting_org = Text("Organisation at whose window it was.")
    visited_at = Instant("When.")


class _Paper(CaseEvent):
    from_hall = Text("Receiving hall.")
    to_org = Text("Department that handles and archives the case.")
    received_at = Instant("When the paper was received at the counter; day 0.")
    due = Day("Last day for the transfer.")


@event("filing.paper.transferred", consumers=("supervision", "notifier"))
class PaperTransferred(_Paper):
    """The paper of a same-city case has reached the department."""

    transferred_at = Instant("When it was receipted.")
    shipment_id = Text("Batch shipment that carried it.", optional=True)


@event("filing.paper.transfer_overdue", consumers=("supervision", "notifier"))
class PaperTransferOverdue(_Paper):
    """The paper of a same-city case has not been moved in time."""


# -- deadlines ----------------------------------------------------------------------------------------------------


class _Deadline(CaseEvent):
    deadline_kind = Text("Which limit.", one_of=words.DEADLINE_KINDS)
    due = Day("Its last day, ends 24:00.")
    responsible_org = Text("Organisation that has to act.", optional=True)
    responsible_ref = Reference("Person who has to act.", optional=True)
    rule = Text("Rule behind it, such as FIL-34.")


@event("filing.deadline.warned", consumers=("notifier", "supervision"))
class DeadlineWarned(_Deadline):
    """A limit is near (yellow)."""

    remaining_wd = Whole("Working days left.")


@event("filing.deadline.overdue", consumers=("notifier", "supervision", "feedback"))
class DeadlineOverdue(_Deadline):
    """A limit has passed (red)."""


@event("filing.deadline.moved", consumers=("notifier",))
class DeadlineMoved(_Deadline):
    """A change of the working calendar has moved a limit (TIM-07)."""

    former_due = Day("Its last day before.")
