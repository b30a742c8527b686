"""Reading the archive: a party sees all of its own, and who read it; every other reading is noted (CRE-41, ID-38)."""

from typing import Any

from chassis import clock, deadlines, history, workdays
from chassis.auth import actor, forbidden
from contracts import rules
from services.credit import corrections, standing
from services.credit.models import Application, Consultation, NoShow, Record, Revocation, Subject, database
from services.credit.transitions import LISTED


def restrictions(subject_ref: str) -> dict[str, Any]:
    """What the party may not use now, and until when; for the party itself and for other services."""
    if actor().kind != "service" and actor().id != subject_ref:
        raise forbidden("another party's restrictions")
    return _restrictions(subject_ref, standing.of(subject_ref))


def _restrictions(subject_ref: str, now: standing.Standing) -> dict[str, Any]:
    return {
        "subject_ref": subject_ref,
        "status": now.status,
        "grade": now.grade,
        "restrictions": [entry | {"record_id": now.record_id} for entry in now.restrictions],
    }


def own() -> dict[str, Any]:
    """The caller's own archive: every record with its notes, history, limits and applications, who consulted it."""
    ref = actor().id
    records = list(Record.select().where(Record.subject_ref == ref).order_by(Record.created_at.desc()))
    return _restrictions(ref, standing.among(records)) | {
        "records": in_full(ref, records),
        "no_shows": list(NoShow.select().where(NoShow.subject_ref == ref).order_by(NoShow.missed_on.desc())),
        "consultations": list(readers(ref).order_by(Consultation.at.desc()).limit(100)),
    }


def readers(ref: str) -> Any:
    """Everybody who read the party's archive (CRE-41)."""
    return Consultation.select().where(Consultation.subject_ref == ref)


def note_reading(subject_ref: str, reason: str) -> None:
    """Keep who reads a party's archive, and why (ID-38)."""
    with database.transaction():
        Consultation.create(subject_ref=subject_ref, reader=actor().id, reason=reason, at=clock.now())


def consult(subject_ref: str, reason: str) -> dict[str, Any]:
    """A credit administrator or the service office reads a party's archive; it is noted with the reason."""
    with database.transaction():
        note_reading(subject_ref, reason)
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


def in_full(subject_ref: str, records: list[Any]) -> list[Any]:
    """The records of a party as itself sees them: nothing is kept back (CRE-38, CRE-41). All are read together."""
    ids = [record.id for record in records]
    applications = list(
        Application.select().where(Application.record_id.in_(ids)).order_by(Application.received_at) if ids else ()
    )
    limits = deadlines.of_all([*ids, *(application.id for application in applications)], "open")
    histories, failings = history.of_all(ids), corrections.failings(subject_ref, records)
    cases = [record.case_id for record in records if record.case_id]
    revoked = dict(
        Revocation.select(Revocation.case_id, Revocation.decision_no).where(Revocation.case_id.in_(cases)).tuples()
        if cases
        else ()
    )
    for record in records:
        record.applications = [one for one in applications if one.record_id == record.id]
        record.history = histories.get(record.id, [])
        mine = [record.id, *(one.id for one in record.applications)]
        record.deadlines = [_limit(row) for subject in mine for row in limits.get(subject, ())]
        listed = record.category == "failing" and record.state in LISTED
        record.repair = corrections.outlook(record, failings) if listed else None
        record.revocation_no = revoked.get(record.case_id)
    return records


def listings(*, public: bool) -> Any:
    """Failings on the list: to staff for reference (CRE-12); to everybody only those of legal persons (CRE-41)."""
    query = Record.select().where(Record.category == "failing", Record.state.in_(LISTED))
    if public:
        query = query.where(
            Record.subject_ref.startswith("legal:"), Record.grade.in_(rules.value("credit.public_grades").value)
        )
        if not rules.value("credit.public_after_restriction").value:
            query = query.where(Record.restriction_until >= clock.today())
    return query


def named(record: Any) -> Any:
    """A listed record with the masked name of its party."""
    record.subject_name_masked = Subject.get(Subject.ref == record.subject_ref).name_masked
    return record


def _limit(row: Any) -> dict[str, Any]:
    counted = row.unit != deadlines.INSTANT
    return {
        "kind": row.kind,
        "due": row.due_date,
        "light": workdays.light(row) if counted else "green",
        "explanation": row.explain(),
    }


def revoked(event: Any) -> None:
    """Keep the number of a revocation decision for the record of the same case."""
    Revocation.insert(
        case_id=event.case_id,
        decision_no=event.decision_no,
        ground=event.ground_code,
        revoked_at=clock.parse(event.revoked_at),
    ).on_conflict_ignore().execute()
