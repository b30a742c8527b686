"""What the credit archive (政务服务诚信档案) reports: records, status of parties, objection, repair, publicity."""

from contracts import words
from contracts.events._parts import SubjectEvent, restrictions
from contracts.fields import Day, Flag, Instant, Many, Reference, Text, Whole
from contracts.registry import EventType, event

RECORD_CONSUMERS = ("filing", "supervision", "booking", "notifier")
SUBJECT_CONSUMERS = ("filing", "booking", "supervision", "notifier")


class RecordEvent(SubjectEvent):
    """What every event about a record says; the envelope's subject is the record id."""

    record_id = Text("Id of the record.")
    record_no = Text("Number of the record (系统内编码).")
    category = Text("Failing, or booking no-show.", one_of=words.RECORD_CATEGORIES)
    grade = Text("Grade.", one_of=words.GRADES)
    cause = Text("Cause of the failing; absent for a booking no-show.", one_of=words.FAILING_CAUSES, optional=True)
    record_source = Text("What led to it.", one_of=words.RECORD_SOURCES)
    state = Text("State of the record after the event.", one_of=words.RECORD_STATES)
    judging_org = Text("Organ that judges the failing (判定机关).")
    case_id = Text("Case it comes from.", optional=True)
    case_no = Text("Number of that case.", optional=True)
    item_code = Text("Item of that case.", optional=True)
    booking_no = Text("Booking it comes from.", optional=True)
    origin_id = Text("Id of the promise, finding or verification task it comes from.", optional=True)
    evidence_refs = Many("References of the evidence.", Text("File reference."))
    listed_at = Instant("When it was listed; absent while pending.", optional=True)
    restriction_until = Day("Last day of the restriction it carries.", optional=True)


@event("credit.record.proposed", consumers=RECORD_CONSUMERS)
class RecordProposed(RecordEvent):
    """A failing is put before the judging organ (待认定)."""

    description = Text("What was found.")
    due = Day("Last day for the determination.")


@event("credit.record.listed", consumers=RECORD_CONSUMERS)
class RecordListed(RecordEvent):
    """A record is confirmed and listed (列入)."""

    determined_by = Reference("Who determined it; service:credit when it followed of itself.")
    article = Text("Article on which it rests, in Chinese citation form.")
    countable = Flag("Whether it counts toward a serious failing.")


@event("credit.record.dismissed", consumers=RECORD_CONSUMERS)
class RecordDismissed(RecordEvent):
    """The judging organ finds no failing."""

    reason = Text("Why; goes back to supervision.")
    dismissed_at = Instant("When.")
    dismissed_by = Reference("Who.")


@event("credit.record.annotated", consumers=RECORD_CONSUMERS)
class RecordAnnotated(RecordEvent):
    """An annotation (标注) was put on the record or taken off."""

    annotation = Text("The annotation now shown.", one_of=words.ANNOTATIONS)
    annotated_at = Instant("When.")


@event("credit.record.modified", consumers=RECORD_CONSUMERS)
class RecordModified(RecordEvent):
    """An objection has changed grade or cause."""

    objection_id = Text("The objection.")
    previous_grade = Text("Grade before.", one_of=words.GRADES)
    previous_cause = Text("Cause before.", one_of=words.FAILING_CAUSES, optional=True)
    modified_at = Instant("When it took effect.")


@event("credit.record.deleted", consumers=RECORD_CONSUMERS)
class RecordDeleted(RecordEvent):
    """An objection has taken the record out of the list; what rested on it alone is opened again."""

    objection_id = Text("The objection.")
    deleted_at = Instant("When it took effect.")


@event("credit.record.repaired", consumers=RECORD_CONSUMERS)
class RecordRepaired(RecordEvent):
    """The record is repaired (信用修复); it stays in the archive with that label."""

    repair_id = Text("The repair.")
    repaired_at = Instant("When it took effect.")


@event("credit.record.corrected", consumers=RECORD_CONSUMERS)
class RecordCorrected(RecordEvent):
    """The judging organ has recorded the day of correction."""

    correction_date = Day("Day on which the failing was corrected; day 0 of the clean year.")
    repair_from = Day("First day on which repair may be applied for.")


# -- status of a party --------------------------------------------------------------------------------------------


class SubjectStatusEvent(SubjectEvent):
    """What every change of a party's status says; the envelope's subject is the party."""

    status = Text("Status after the event.", one_of=words.SUBJECT_STATUSES)
    grade = Text("Highest grade now in the archive; absent when there is none.", one_of=words.GRADES, optional=True)
    countable = Whole("Ordinary failings that count.")
    restrictions = restrictions()
    record_id = Text("Record that made the change.")
    record_no = Text("Number of that record.")
    case_id = Text("Case that record comes from.", optional=True)
    case_no = Text("Number of that case.", optional=True)
    judging_org = Text("Organ that judged.")
    changed_at = Instant("When.")


@event("credit.subject.listed", consumers=SUBJECT_CONSUMERS)
class SubjectListed(SubjectStatusEvent):
    """A party is on the list (列入), or a further record was added for it; restrictions hold from now."""

    cause = Text("Cause of the record.", one_of=words.FAILING_CAUSES)
    article = Text("Article on which the listing rests, in Chinese citation form.")


@event("credit.subject.upgraded", consumers=SUBJECT_CONSUMERS)
class SubjectUpgraded(SubjectStatusEvent):
    """A listed party has become a serious one (严重失信)."""

    cause = Text("Cause of the upgrade.", one_of=words.FAILING_CAUSES)
    article = Text("Article on which the upgrade rests, in Chinese citation form.")


@event("credit.subject.restored", consumers=SUBJECT_CONSUMERS)
class SubjectRestored(SubjectStatusEvent):
    """A party's status has become better; the restrictions left are in the list."""

    reason = Text("Why.", one_of=("repaired", "deleted", "modified"))


class _Restriction(SubjectEvent):
    kinds = Many("What it covers.", Text("Restricted use.", one_of=words.RESTRICTIONS))
    until = Day("Last day, ends 24:00.")
    record_id = Text("Record it comes from.")


@event("credit.restriction.started", consumers=("filing", "booking", "notifier"))
class RestrictionStarted(_Restriction):
    """A restriction begins, or is prolonged by a later record."""

    started_on = Day("First day.")


@event("credit.restriction.ended", consumers=("filing", "booking", "notifier"))
class RestrictionEnded(_Restriction):
    """A restriction has ended."""

    ended_at = Instant("When.")
    reason = Text("Why.", one_of=("expired", "repaired", "deleted", "modified"))


# -- objection, repair, publicity ---------------------------------------------------------------------------------


class _Application(SubjectEvent):
    record_id = Text("Record it is about.")
    record_no = Text("Number of that record.")
    category = Text("Category of that record.", one_of=words.RECORD_CATEGORIES)
    judging_org = Text("Organ that reviews.")
    case_no = Text("Case the record comes from.", optional=True)


class _Objection(_Application):
    objection_id = Text("Id of the objection.")
    due = Day("Last day for the review.")


@event("credit.objection.submitted", consumers=("notifier", "supervision"))
class ObjectionSubmitted(_Objection):
    """The party objects to a record (异议)."""

    submitted_at = Instant("When.")


@event("credit.objection.decided", consumers=("notifier", "supervision"))
class ObjectionDecided(_Objection):
    """The objection is decided; it takes effect after publicity."""

    result = Text("Result.", one_of=words.OBJECTION_RESULTS)
    reasons_ref = Text("Reference of the written decision.")
    decided_at = Instant("When.")
    decided_by = Reference("Who.")
    final = Flag("True for the second decision after an opposition.")


@event("credit.objection.overdue", consumers=("notifier", "supervision"))
class ObjectionOverdue(_Objection):
    """The review of an objection is late; nothing is deleted of itself."""


class _Repair(_Application):
    repair_id = Text("Id of the repair.")
    due = Day("Last day for the decision.")


@event("credit.repair.submitted", consumers=("notifier", "supervision"))
class RepairSubmitted(_Repair):
    """The party applies for repair (信用修复)."""

    submitted_at = Instant("When.")


@event("credit.repair.decided", consumers=("notifier", "supervision"))
class RepairDecided(_Repair):
    """The repair is granted or refused."""

    result = Text("Result.", one_of=words.REPAIR_RESULTS)
    reasons_ref = Text("Reference of the written decision.")
    decided_at = Instant("When.")
    decided_by = Reference("Who.")
    final = Flag("True for the second decision after an opposition.")


@event("credit.repair.effective", consumers=("notifier", "supervision"))
class RepairEffective(_Repair):
    """The granted repair has passed publicity and is in the archive."""

    effective_at = Instant("When.")


@event("credit.repair.overdue", consumers=("notifier", "supervision"))
class RepairOverdue(_Repair):
    """The decision on a repair is late."""


class _Publicity(EventType):
    notice_id = Text("Id of the notice.")
    about = Text("What is published.", one_of=("objection", "repair"))
    about_id = Text("Id of the objection or repair.")
    record_id = Text("Record it is about.")
    record_no = Text("Number of that record.")
    subject_ref = Reference("The party, for the notifier; not shown.")
    judging_org = Text("Organ that decided.")
    masked_text = Text("Text shown on the hall, names masked.")
    from_date = Day("First day of publicity.")
    to_date = Day("Last day of publicity, ends 24:00.")


@event("credit.publicity.started", consumers=("notifier",), readers=("gateway",))
class PublicityStarted(_Publicity):
    """A result is posted on the hall (公示)."""


@event("credit.publicity.opposed", consumers=("notifier",), readers=("gateway",))
class PublicityOpposed(_Publicity):
    """Somebody opposes the posted result; it is decided again by another reviewer."""

    opposed_at = Instant("When.")
    due = Day("Last day for the second decision.")


@event("credit.publicity.ended", consumers=("notifier",), readers=("gateway",))
class PublicityEnded(_Publicity):
    """Publicity has ended unopposed."""

    ended_at = Instant("When.")
    update_due = Day("Last day for updating the archive.")


# -- booking no-shows ---------------------------------------------------------------------------------------------


@event("credit.noshow.entered", consumers=("booking", "notifier"))
class NoShowEntered(SubjectEvent):
    """Three no-shows within a year: entry in the archive and no booking for six months."""

    record_id = Text("Record of the entry.")
    booking_ids = Many("The three bookings.", Text("Booking id."), length=3)
    entered_at = Instant("When.")
    until = Day("Last day of the ban, ends 24:00.")


@event("credit.noshow.exited", consumers=("booking", "notifier"))
class NoShowExited(SubjectEvent):
    """The entry for no-shows has ended; booking is open again."""

    record_id = Text("Record of the entry.")
    booking_ids = Many("The three bookings.", Text("Booking id."), length=3)
    exited_at = Instant("When.")
    reason = Text("Why.", one_of=("expired", "excused", "deleted"))
