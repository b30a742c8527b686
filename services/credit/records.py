"""Failings: proposed, listed, dismissed (domain 2.3). Every verb runs under the lock of the party's row."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from chassis import clock, deadlines, workdays
from chassis.auth import actor
from chassis.errors import Refusal
from chassis.history import append
from chassis.ids import new_id, random_digits
from chassis.outbox import emit
from chassis.privacy import mask_name
from contracts import rules
from contracts.events import credit as events
from services.credit import grades, shares, standing
from services.credit.models import Record, Subject, database
from services.credit.transitions import RECORD

ORDINARY_CAUSES = ("promise_lapsed", "material_not_conforming", "violation", "other")
PROMISE_CAUSES = ORDINARY_CAUSES[:2]  # both break the one promise of a case
SERIOUS_CAUSES = ("false_material", "repeated", "major_consequence", "other_serious")
_CAUSE_RULES = dict.fromkeys(ORDINARY_CAUSES, "CRE-03") | dict.fromkeys(SERIOUS_CAUSES, "CRE-04")


@dataclass(frozen=True)
class Failing:
    """What is known of a failing when it reaches the archive."""

    origin_key: str
    subject_ref: str
    subject_type: str
    subject_name_masked: str
    source: str
    cause: str
    judging_org: str
    description: str
    established_at: datetime
    case_id: str | None = None
    case_no: str | None = None
    item_code: str | None = None
    origin_id: str | None = None
    evidence: list[str] = field(default_factory=list)
    grade: str = "ordinary"
    item_name: str | None = None


def promise_key(subject_ref: str, case_no: str) -> str:
    """One promise yields at most one failing, whatever breaks it first (CRE-08)."""
    return f"promise:{subject_ref}:{case_no}"


def list_at_once(failing: Failing) -> Any:
    """List a failing that needs no judgement: a lapse (CRE-07), a failed rectification (SUP-24), a 停产停业 penalty
    (CRE-06). Doing it again, or for the same promise, changes nothing (CRE-08); a pending record of it is listed."""
    with database.transaction():
        subject = lock_subject(failing.subject_ref, failing.subject_type, failing.subject_name_masked)
        record = Record.locked(Record.origin_key == failing.origin_key)
        if record is None:
            record = _new(failing, "pending")
        elif record.state != "pending":
            return record
        record.cause, record.grade, record.source = failing.cause, failing.grade, failing.source
        _list(record, subject, failing.established_at)
        return record


def propose(failing: Failing) -> Any:
    """Put a failing before the judging organ, which has 5 working days (CRE-05)."""
    with database.transaction():
        subject = lock_subject(failing.subject_ref, failing.subject_type, failing.subject_name_masked)
        known = Record.locked(Record.origin_key == failing.origin_key)
        if known is not None:
            return known
        record = _new(failing, "pending")
        due = workdays.due_for("credit.determination", failing.established_at)
        deadlines.set("determination", record.id, due)
        append(record.id, "propose", target="pending", org=record.judging_org, opinion=failing.description)
        data = data_of(record, subject) | {"description": record.description, "due": due.date}
        emit(events.RecordProposed, record.id, data, correlation=record.case_no, org=record.judging_org)
        return record


def propose_by_hand(
    *, subject_ref: str, subject_name: str, judging_org: str, case_id: str | None, case_no: str | None, **facts: Any
) -> Any:
    """A member of the judging organ puts a failing before it; the same cause of the same case only once (CRE-05)."""
    actor().require_role("credit_admin", "reviewer", "decider", org=judging_org, item=facts["item_code"])
    origin_key = f"manual:{subject_ref}:{case_no or case_id or new_id()}:{facts['cause']}"
    if facts["cause"] in PROMISE_CAUSES and case_no:
        origin_key = promise_key(subject_ref, case_no)
    elif facts["cause"] in PROMISE_CAUSES:
        raise Refusal(
            "credit.case-needed",
            status=422,
            rule="CRE-08",
            zh="未兑现承诺或材料不符合条件的失信须写明所属办件。",
            en="A failing by a broken promise or by material needs the case it belongs to.",
            next_zh="请填写该办件的业务编号。",
            next_en="Enter the number of the case.",
            fields={"case_no": ["needed"]},
        )
    return propose(
        Failing(
            origin_key=origin_key,
            subject_ref=subject_ref,
            subject_type=subject_ref.partition(":")[0],
            subject_name_masked=mask_name(subject_name) or "",
            source="manual",
            judging_org=judging_org,
            established_at=clock.now(),
            case_id=case_id,
            case_no=case_no,
            **facts,
        )
    )


def require_judge(record: Any) -> None:
    """The credit administrator of the organ that judges the record, for its item (CRE-05, ID-35)."""
    actor().require_role("credit_admin", org=record.judging_org, item=record.item_code)


def determine(
    record_id: str,
    *,
    confirm: bool,
    opinion: str,
    cause: str | None,
    grade: str | None,
    consequence_major: bool = False,
) -> Any:
    """The judging organ's credit administrator confirms or dismisses a pending failing (CRE-05)."""
    with database.transaction():
        found = Record.get_or_refuse(record_id)
        subject = Subject.locked(Subject.ref == found.subject_ref)
        record = Record.get_or_refuse(record_id, lock=True)
        require_judge(record)
        step = RECORD.step(record.state, "confirm" if confirm else "dismiss")
        deadlines.cancel("determination", record.id)
        record.opinion, record.determined_by, record.determined_at = opinion, actor().id, clock.now()
        if confirm:
            record.cause = cause or record.cause
            record.grade = grade or record.grade
            check_cause(record.cause, record.grade)
            record.consequence_major = consequence_major or record.cause == "major_consequence"
            _list(record, subject, clock.now())
            return record
        append(record.id, step.verb, source=record.state, target=step.target, org=record.judging_org, opinion=opinion)
        record.state = step.target
        record.save()
        data = data_of(record, subject)
        data |= {"reason": opinion, "dismissed_at": clock.now(), "dismissed_by": actor().id}
        emit(events.RecordDismissed, record.id, data, correlation=record.case_no, org=record.judging_org)
        return record


def mark_determination_overdue(record_id: str) -> None:
    """Five working days passed without a determination: shown red, nothing is decided by silence (CRE-05)."""
    record = Record.locked(record_id)
    if record is not None and record.state == "pending":
        record.determination_overdue = True
        record.save()


def lock_subject(ref: str, type_: str, name_masked: str) -> Any:
    """The party's row, made when it is new, locked for this transaction."""
    new = {Subject.ref: ref, Subject.type: type_, Subject.name_masked: name_masked}
    Subject.insert(new).on_conflict_ignore().execute()
    subject = Subject.locked(Subject.ref == ref)
    if subject.name_masked != name_masked:
        subject.name_masked = name_masked
        subject.save()
    return subject


def event_data(record: Any) -> dict[str, Any]:
    """What every credit.record.* event says."""
    return data_of(record, Subject.get(Subject.ref == record.subject_ref))


def restriction_of(record: Any) -> date:
    """Last day of the restriction that a listing carries, by its grade (CRE-11)."""
    return workdays.due_for(grades.restriction(record.grade), record.listed_at).date


def annotate(record: Any, subject: Any, annotation: str) -> None:
    """Put a note beside the record, or take it off; the information stays in use meanwhile (CRE-23, CRE-35)."""
    record.annotation = annotation
    record.save()
    if record.state == "expired":  # an entry for no-shows that has ended: nobody uses it any more
        return
    data = data_of(record, subject) | {"annotation": annotation, "annotated_at": clock.now()}
    emit(events.RecordAnnotated, record.id, data, correlation=record.case_no, org=record.judging_org)


def _new(failing: Failing, state: str) -> Any:
    check_cause(failing.cause, failing.grade)
    return Record.create(
        record_no=f"CR{clock.now():%Y%m%d}{random_digits(8)}",
        origin_key=failing.origin_key,
        subject_ref=failing.subject_ref,
        category="failing",
        grade=failing.grade,
        cause=failing.cause,
        source=failing.source,
        state=state,
        judging_org=failing.judging_org,
        case_id=failing.case_id,
        case_no=failing.case_no,
        item_code=failing.item_code,
        item_name=failing.item_name,
        origin_id=failing.origin_id,
        description=failing.description,
        evidence=failing.evidence,
    )


def _list(record: Any, subject: Any, established_at: datetime) -> None:
    """Put the record on the list; the year runs from the day the failing was established, never from a later one."""
    before = standing.of(subject.ref)
    step = RECORD.step(record.state, "confirm")
    record.state = step.target
    record.listed_at = established_at
    record.determined_by = record.determined_by or actor().id
    record.determined_at = record.determined_at or clock.now()
    record.restriction_until = restriction_of(record)
    record.save()
    deadlines.cancel("determination", record.id)
    append(record.id, "list", source="pending", target="listed", org=record.judging_org, opinion=record.opinion)
    article = rules.article(_CAUSE_RULES[record.cause])
    shares.open_record(record)
    data = data_of(record, subject)
    data |= {"determined_by": record.determined_by, "article": article, "countable": record.grade == "ordinary"}
    emit(events.RecordListed, record.id, data, correlation=record.case_no, org=record.judging_org)
    standing.listed(subject, record, before, article)


def data_of(record: Any, subject: Any) -> dict[str, Any]:
    """The same, with the party's row in hand."""
    return {
        "subject_ref": subject.ref,
        "subject_type": subject.type,
        "subject_name_masked": subject.name_masked,
        "record_id": record.id,
        "record_no": record.record_no,
        "category": record.category,
        "grade": record.grade,
        "cause": record.cause,
        "record_source": record.source,
        "state": record.state,
        "judging_org": record.judging_org,
        "case_id": record.case_id,
        "case_no": record.case_no,
        "item_code": record.item_code,
        "origin_id": record.origin_id,
        "evidence_refs": record.evidence,
        "listed_at": record.listed_at and clock.local(record.listed_at),
        "restriction_until": record.restriction_until,
    }


def check_cause(cause: str, grade: str) -> None:
    """Refuse a grade that the rule pack does not know, and a cause that does not belong to the grade (CRE-02…04)."""
    if grade not in grades.known():
        raise Refusal(
            "credit.grade-unknown",
            status=422,
            rule="CRE-02",
            zh="现行规则没有这一失信等级。",
            en=f"The rules in use know no grade {grade}.",
            next_zh=f"可选等级：{'、'.join(grades.known())}。",
            next_en=f"Grades: {', '.join(grades.known())}.",
        )
    fitting = SERIOUS_CAUSES if grade == "serious" else ORDINARY_CAUSES
    if cause not in fitting:
        raise Refusal(
            "credit.cause-and-grade",
            status=422,
            rule=_CAUSE_RULES.get(cause, "CRE-03"),
            zh="失信情形与失信等级不一致。",
            en=f"The cause {cause} does not belong to the grade {grade}.",
            next_zh=f"该等级的情形为：{'、'.join(fitting)}。",
            next_en=f"Causes of this grade: {', '.join(fitting)}.",
        )
