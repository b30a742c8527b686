"""What an objection or a repair changes in the archive once its publicity is over (CRE-24, CRE-34, CRE-35)."""

from typing import Any

from chassis import clock, deadlines
from chassis.history import append
from chassis.outbox import emit
from contracts.events import credit as events
from services.credit import records, shares, standing
from services.credit.transitions import RECORD


def of_objection(subject: Any, record: Any, application: Any) -> None:
    """Maintained: only the note goes; modified: grade or cause; deleted: off the list."""
    if application.result == "modify":
        _modify(subject, record, application)
    elif application.result == "delete":
        _leave(subject, record, application, "delete", "none")
    else:
        records.annotate(record, subject, "none")


def of_repair(subject: Any, record: Any, application: Any) -> None:
    """Off the list, never out of the archive: it stays with the note 信用修复 (CRE-35)."""
    _leave(subject, record, application, "repair", "repaired")


def _modify(subject: Any, record: Any, application: Any) -> None:
    before, previous = standing.of(subject.ref), (record.grade, record.cause)
    _step(record, "modify", application)
    record.grade = application.new_grade or record.grade
    record.cause = application.new_cause or record.cause
    record.restriction_until = records.restriction_of(record)
    records.annotate(record, subject, "none")
    data = {"objection_id": application.id, "previous_grade": previous[0], "previous_cause": previous[1]}
    _tell(events.RecordModified, subject, record, data | {"modified_at": clock.now()})
    standing.lightened(subject, record, before, "modified")


def _leave(subject: Any, record: Any, application: Any, verb: str, annotation: str) -> None:
    before = standing.of(subject.ref)
    _step(record, verb, application)
    deadlines.cancel("repair_reminder", record.id)
    records.annotate(record, subject, annotation)
    if verb == "delete":
        facts = {"objection_id": application.id, "deleted_at": clock.now()}
        _tell(events.RecordDeleted, subject, record, facts)
    else:
        facts = {"repair_id": application.id, "repaired_at": clock.now()}
        _tell(events.RecordRepaired, subject, record, facts)
    standing.lightened(subject, record, before, record.state)


def _step(record: Any, verb: str, application: Any) -> None:
    before, step = record.state, RECORD.step(record.state, verb)
    record.state = step.target
    details = {"application_no": application.application_no}
    append(record.id, verb, source=before, target=step.target, org=record.judging_org, details=details)
    record.save()
    shares.open_record(record)


def _tell(event_type: Any, subject: Any, record: Any, facts: dict[str, Any]) -> None:
    data = records.data_of(record, subject) | facts
    emit(event_type, record.id, data, correlation=record.case_no, org=record.judging_org)
