"""The day of correction, and when repair may be applied for (CRE-31, CRE-36, CRE-38)."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from chassis import clock, deadlines, workdays
from chassis.auth import actor, forbidden
from chassis.errors import Refusal
from chassis.history import append
from chassis.outbox import emit
from contracts import rules
from contracts.commands import notifier
from contracts.events import credit as events
from services.credit import access, grades, standing
from services.credit.models import ForeignFailing, Record, Subject, database
from services.credit.records import data_of, require_judge
from services.credit.transitions import LISTED, RECORD


@dataclass(frozen=True)
class Outlook:
    """Whether and when a failing can be repaired; `code` names what stands in the way for good or for now."""

    first_day: date | None  # of applying; None when it can never be or nothing is recorded yet
    code: str | None  # serious | consequence | not-corrected
    assumed: bool = False  # the day holds if the correction is recorded today


@dataclass(frozen=True)
class Failings:
    """Everything that weighs on a party's clean year: its records here, and what other credit systems know."""

    records: list[Any]
    foreign: list[Any]


def failings(subject_ref: str, records: list[Any] | None = None) -> Failings:
    """The failings of a party; its records are read unless they are at hand."""
    if records is None:
        records = list(Record.select().where(Record.subject_ref == subject_ref))
    return Failings(records, list(ForeignFailing.select().where(ForeignFailing.subject_ref == subject_ref)))


def outlook(record: Any, known: Failings | None = None) -> Outlook:
    """What the party can expect, from day one (CRE-38)."""
    known = known or failings(record.subject_ref)
    serious = record.grade == "serious" or standing.among(known.records).status == "serious"
    if serious and not rules.value("credit.repair_of_serious").value:
        return Outlook(None, "serious")
    if record.consequence_major:
        return Outlook(None, "consequence")
    if record.correction_date is None:
        return Outlook(_first_day(record, clock.today(), known), "not-corrected", assumed=True)
    return Outlook(_first_day(record, record.correction_date, known), None)


def record_correction(record_id: str, *, on: date, evidence: list[str], opinion: str) -> Any:
    """The judging organ records the day of correction with its evidence (CRE-36); a later entry replaces it."""
    with database.transaction():
        subject, record = lock(record_id)
        require_judge(record)
        RECORD.step(record.state, "correct")
        require_repairable(outlook(record))
        if not clock.local(record.listed_at).date() <= on <= clock.today():
            raise Refusal(
                "credit.correction-date",
                status=422,
                rule="CRE-36",
                zh="纠正之日不能早于列入之日，也不能晚于今天。",
                en="The day of correction lies before the listing or in the future.",
                next_zh="请按证据填写实际纠正的日期。",
                next_en="Enter the day that the evidence shows.",
            )
        record.correction_date, record.correction_evidence, record.correction_asked = on, evidence, None
        record.save()
        details = {"correction_date": on.isoformat(), "evidence": evidence}
        append(record.id, "correct", org=record.judging_org, opinion=opinion, details=details)
        first = _first_day(record, on, failings(record.subject_ref))
        data = data_of(record, subject) | {"correction_date": on, "repair_from": first}
        emit(events.RecordCorrected, record.id, data, correlation=record.case_no, org=record.judging_org)
        if first > clock.today():
            deadlines.at("repair_reminder", record.id, clock.start_of(first))
        return record


def ask(record_id: str, text: str) -> Any:
    """The party says that it has corrected and asks to have it recorded (CRE-36)."""
    with database.transaction():
        _, record = lock(record_id)
        require_party(record)
        RECORD.step(record.state, "correct")
        record.correction_asked = text
        record.save()
        append(record.id, "ask_for_correction", org=record.judging_org)
        return record


def remind(record_id: str) -> None:
    """The day has come: tell the party, or wait on when a newer failing has moved it (CRE-38)."""
    record = Record.locked(record_id)
    if record.state not in LISTED:
        return
    first = outlook(record).first_day
    if first is None:
        return
    if first > clock.today():
        deadlines.at("repair_reminder", record.id, clock.start_of(first))
        return
    emit(
        notifier.SendSms,
        record.id,
        {
            "template": "credit.repair_possible",
            "recipient": record.subject_ref,
            "params": {"record_no": record.record_no, "begin": first.isoformat()},
            "urgent": False,
            "mandatory": False,
            "dedupe_key": f"repair-possible:{record.id}:{first.isoformat()}",
        },
    )


def report_foreign(*, subject_ref: str, source: str, reference: str, occurred_on: date) -> Any:
    """A failing in another department's credit system, known once by its number there (CRE-31)."""
    if actor().kind != "service" and not access.is_owner():
        raise forbidden("the archive belongs to the service office of the city")
    row = ForeignFailing(
        subject_ref=subject_ref,
        source=source,
        reference=reference,
        occurred_on=occurred_on,
        reported_by=actor().id,
    )
    ForeignFailing.insert(**row.__data__).on_conflict_ignore().execute()
    return ForeignFailing.get(ForeignFailing.source == source, ForeignFailing.reference == reference)


def lock(record_id: str, *, failing: bool = True) -> tuple[Any, Any]:
    """Party and record FOR UPDATE, in the order of all verbs; an entry for no-shows only where the verb knows it."""
    found = Record.get_or_refuse(record_id)
    subject = Subject.locked(Subject.ref == found.subject_ref)
    record = Record.get_or_refuse(record_id, lock=True)
    if failing:
        require_failing(record)
    return subject, record


def require_failing(record: Any) -> None:
    """Refuse what makes no sense for an entry for no-shows (CRE-16)."""
    if record.category != "failing":
        raise Refusal(
            "credit.no-failing",
            rule="CRE-16",
            zh="预约失约记录不是失信，六个月后自动退出，不能更正、修改或修复。",
            en="An entry for missed bookings is no failing; it ends by itself after six months.",
            next_zh="其中有一次不应计为失约的，可以对该次预约提出异议。",
            next_en="If one of the bookings was not missed by your fault, object to it by its booking number.",
        )


def require_party(record: Any) -> None:
    """Only the party itself, never an agent (CRE-20)."""
    if actor().id != record.subject_ref:
        raise in_person()


def in_person() -> Refusal:
    """The refusal of anybody who is not the party itself."""
    return Refusal(
        "credit.in-person",
        status=403,
        rule="CRE-20",
        zh="须由行政相对人本人亲自提出，不能由他人代办。",
        en="Only the party itself may do this, in person; nobody may act for it.",
        next_zh="请本人登录办理，或本人持有效证件到判定机关现场办理。",
        next_en="Log in as the party, or come to the judging organ with an identity document.",
    )


def require_repairable(found: Outlook) -> None:
    """Refuse what can never be repaired, article named: no way leads from there to the day of correction either."""
    ways = ("对列入有异议的，可以提出异议。", "The party may object to the listing.")
    if found.code == "serious":
        zh, en = "严重失信不得申请信用修复。", "A serious failing cannot be repaired."
        raise refused("credit.serious-not-repairable", "CRE-14", zh, en, *ways)
    if found.code == "consequence":
        zh, en = (
            "该失信造成重大政治、经济或法律后果，不得申请信用修复。",
            "A failing with major consequences cannot be repaired.",
        )
        raise refused("credit.major-consequence", "CRE-31", zh, en, *ways)


def refused(
    code: str, rule: str, zh: str, en: str, next_zh: str, next_en: str, earliest: date | None = None
) -> Refusal:
    """The refusal of a repair, with the earliest date where there is one."""
    extra: dict[str, Any] = {"earliest": earliest.isoformat()} if earliest else {}
    return Refusal(code, status=409, rule=rule, zh=zh, en=en, next_zh=next_zh, next_en=next_en, **extra)


def _first_day(record: Any, corrected_on: date, known: Failings) -> date:
    """The first day of applying: the clean period must have passed wholly (TIM-05); a newer failing begins it anew."""
    anchor = clock.local(record.listed_at).date()
    if rules.value("credit.repair_anchor").value == "correction":
        anchor = max([corrected_on, *_newer_failings(record, corrected_on, known)])
    limit = workdays.due_for(grades.clean_period(record.grade), anchor)
    return max(corrected_on, limit.date + timedelta(days=1) if limit.n else anchor)


def _newer_failings(record: Any, since: date, known: Failings) -> list[date]:
    """Failings after the day of correction, here (also those repaired since) and in other credit systems."""
    here = [
        clock.local(other.listed_at).date()
        for other in known.records
        if other.id != record.id and other.category == "failing" and other.state in (*LISTED, "repaired")
    ]
    return [day for day in here + [row.occurred_on for row in known.foreign] if day > since]
