"""Reading the archive: a party sees all of its own, and who read it; every other reading is noted (CRE-41, ID-38)."""

from typing import Any

from chassis import clock
from chassis.auth import actor, forbidden
from services.credit import standing
from services.credit.models import Consultation, NoShow, Record, Revocation, Subject, database


def restrictions(subject_ref: str) -> dict[str, Any]:
    """What the party may not use now, and until when; for the party itself and for other services."""
    if actor().kind != "service" and actor().id != subject_ref:
        raise forbidden("another party's restrictions")
    now = standing.of(subject_ref)
    return {
        "subject_ref": subject_ref,
        "status": now.status,
        "grade": now.grade,
        "restrictions": [entry | {"record_id": now.record_id} for entry in now.restrictions],
    }


def own() -> dict[str, Any]:
    """The caller's own archive: records, no-shows, who consulted it."""
    ref = actor().id
    records = Record.select().where(Record.subject_ref == ref).order_by(Record.created_at.desc())
    return restrictions(ref) | {
        "records": [shown(record) for record in records],
        "no_shows": list(NoShow.select().where(NoShow.subject_ref == ref).order_by(NoShow.missed_on.desc())),
        "consultations": list(
            Consultation.select().where(Consultation.subject_ref == ref).order_by(Consultation.at.desc()).limit(100)
        ),
    }


def consult(subject_ref: str, reason: str) -> dict[str, Any]:
    """A credit administrator or the service office reads a party's archive; it is noted with the reason."""
    with database.transaction():
        Consultation.create(subject_ref=subject_ref, reader=actor().id, reason=reason, at=clock.now())
        subject = Subject.get_or_refuse(Subject.ref == subject_ref)
        now = standing.of(subject_ref)
        records = Record.select().where(Record.subject_ref == subject_ref).order_by(Record.created_at.desc())
        return {
            "subject_ref": subject_ref,
            "subject_name_masked": subject.name_masked,
            "status": now.status,
            "grade": now.grade,
            "restrictions": [entry | {"record_id": now.record_id} for entry in now.restrictions],
            "records": [shown(record) for record in records],
        }


def shown(record: Any) -> Any:
    """A record together with the revocation of its case, if there was one."""
    found = Revocation.get_or_none(Revocation.case_id == record.case_id) if record.case_id else None
    record.revocation_no = found.decision_no if found else None
    return record


def revoked(event: Any) -> None:
    """Keep the number of a revocation decision for the record of the same case."""
    Revocation.insert(
        case_id=event.case_id,
        decision_no=event.decision_no,
        ground=event.ground_code,
        revoked_at=clock.parse(event.revoked_at),
    ).on_conflict_ignore().execute()
