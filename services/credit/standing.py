"""A party's status and restrictions: always computed from its records, never stored by hand (domain 2.3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis import clock, deadlines
from chassis.outbox import emit
from contracts import rules
from contracts.events import credit as events
from services.credit.models import Record, Subject
from services.credit.transitions import LISTED

_NEEDED = (Record.id, Record.category, Record.state, Record.grade, Record.restriction_until)


@dataclass(frozen=True)
class Standing:
    """What the archive says of a party now."""

    status: str  # good | listed | serious
    grade: str | None
    countable: int
    until: date | None  # last day of the restriction, when one is in force
    record_id: str | None  # the record that carries it

    @property
    def restrictions(self) -> list[dict[str, Any]]:
        """The restrictions in force, as events and answers carry them (CRE-11)."""
        return [{"kind": kind, "until": self.until} for kind in kinds()] if self.until else []


def kinds() -> list[str]:
    """What a listed party may not use (CRE-11; booking by switch, AMB-06)."""
    wanted = rules.value("credit.restriction_kinds").value
    return [kind for kind in wanted if kind != "booking" or rules.value("credit.restrict_booking").value]


def of(subject_ref: str, on: date | None = None) -> Standing:
    """The standing of a party, by what is on the list."""
    on_the_list = Record.select(*_NEEDED).where(
        Record.subject_ref == subject_ref, Record.category == "failing", Record.state.in_(LISTED)
    )
    return among(on_the_list, on)


def among(records: Iterable[Any], on: date | None = None) -> Standing:
    """The standing by these records of one party: `good`, `listed` from one countable failing, `serious` from two or
    any serious one (CRE-04, CRE-10); the restriction is that of the latest listing and ends with its day (CRE-11,
    CRE-15)."""
    today = on or clock.today()
    found = [record for record in records if record.category == "failing" and record.state in LISTED]
    records = sorted(found, key=lambda record: (record.restriction_until, record.id))
    countable = sum(record.grade == "ordinary" for record in records)
    serious = any(record.grade == "serious" for record in records)
    serious = serious or countable >= rules.value("credit.serious_threshold").value
    status = "serious" if serious else "listed" if records else "good"
    ordinary = "ordinary" if countable else "minor" if records else None
    last = records[-1] if records else None
    running = last is not None and last.restriction_until >= today
    return Standing(
        status=status,
        grade="serious" if serious else ordinary,
        countable=countable,
        until=last.restriction_until if last and running else None,
        record_id=last.id if last and running else None,
    )


def listed(subject: Any, record: Any, before: Standing, article: str) -> None:
    """Tell what a new record changed: the listing, the upgrade to serious, and the restriction with its end."""
    after = of(subject.ref)
    data = _data(subject, record, after) | {"cause": record.cause, "article": article}
    emit(events.SubjectListed, subject.ref, data, correlation=record.case_no, org=record.judging_org)
    if after.status == "serious" and before.status != "serious":
        if record.grade == "ordinary":  # the second failing makes it serious, whatever its own cause (CRE-10)
            data |= {"cause": "repeated", "article": rules.article("CRE-10")}
        emit(events.SubjectUpgraded, subject.ref, data, correlation=record.case_no, org=record.judging_org)
    if after.until is not None and after.until != before.until:
        started = _restriction(subject, after.until, record.id) | {"started_on": clock.local(record.listed_at).date()}
        emit(events.RestrictionStarted, subject.ref, started, correlation=record.case_no)
        deadlines.at("restriction_end", subject.ref, clock.end_of(after.until), {"record_id": record.id})


def lightened(subject: Any, record: Any, before: Standing, reason: str) -> None:
    """Tell what a repaired, deleted or modified record changed: status, count, and the restriction that is left."""
    after = of(subject.ref)
    if after != before:
        data = _data(subject, record, after) | {"reason": reason}
        emit(events.SubjectRestored, subject.ref, data, correlation=record.case_no, org=record.judging_org)
    if after.until is not None:
        deadlines.at("restriction_end", subject.ref, clock.end_of(after.until), {"record_id": after.record_id})
    elif before.until is not None and before.record_id is not None:
        deadlines.cancel("restriction_end", subject.ref)
        data = _restriction(subject, before.until, before.record_id)
        data |= {"ended_at": clock.now(), "reason": reason}
        emit(events.RestrictionEnded, subject.ref, data, correlation=record.case_no)


def end_restriction(subject_ref: str, record_id: str) -> None:
    """The last day is over: commit approval and booking are open again (CRE-11); the listing stays (CRE-15)."""
    subject = Subject.locked(Subject.ref == subject_ref)
    record = Record.get_by_id(record_id)
    data = _restriction(subject, record.restriction_until, record.id)
    data |= {"ended_at": clock.end_of(record.restriction_until), "reason": "expired"}
    emit(events.RestrictionEnded, subject.ref, data)


def _data(subject: Any, record: Any, standing: Standing) -> dict[str, Any]:
    return {
        "subject_ref": subject.ref,
        "subject_type": subject.type,
        "subject_name_masked": subject.name_masked,
        "status": standing.status,
        "grade": standing.grade,
        "countable": standing.countable,
        "restrictions": standing.restrictions,
        "record_id": record.id,
        "record_no": record.record_no,
        "case_id": record.case_id,
        "case_no": record.case_no,
        "judging_org": record.judging_org,
        "changed_at": clock.now(),
    }


def _restriction(subject: Any, until: date, record_id: str) -> dict[str, Any]:
    return {
        "subject_ref": subject.ref,
        "subject_type": subject.type,
        "subject_name_masked": subject.name_masked,
        "kinds": kinds(),
        "until": until,
        "record_id": record_id,
    }
