"""What objection and repair have in common (domain 2.4, 2.5): submitted in person, reviewed in 3 working days by
somebody else than who listed, 3 working days of publicity, opposition once, then in force.

Lock order: party, record, application."""

from dataclasses import dataclass
from typing import Any

from peewee import IntegrityError
from stdnum.cn import uscc

from chassis import clock, deadlines, etag, workdays
from chassis.auth import actor
from chassis.errors import Refusal
from chassis.history import append
from chassis.ids import random_digits
from chassis.outbox import emit
from contracts import rules
from contracts.events import credit as events
from services.credit import corrections, effects, forms, notices, papers, records
from services.credit.models import Application, Record, Subject, database
from services.credit.transitions import APPLICATION

RULES = {"objection": "CRE-22", "repair": "CRE-33"}
_SUBMITTED = {"objection": events.ObjectionSubmitted, "repair": events.RepairSubmitted}
_DECIDED = {"objection": events.ObjectionDecided, "repair": events.RepairDecided}
_OVERDUE = {"objection": events.ObjectionOverdue, "repair": events.RepairOverdue}
_SIGNS = {"objection": "YY", "repair": "XF"}


@dataclass(frozen=True)
class Verdict:
    """A decision as the reviewer makes it."""

    result: str
    reasons: str
    same_person: str | None  # why the one who listed also reviews, where nobody else can
    grade: str | None = None
    cause: str | None = None


def submit(kind: str, subject: Any, record: Any, form: dict[str, Any], conditions: list[dict[str, Any]]) -> Any:
    """Take an application, with party and record locked and the guards of its kind passed."""
    legal = subject.type == "legal"
    channel = require_in_person(record, form["identity_checked"])
    _check_number(form["id_no"], legal=legal)
    papers.check(form["signature"], form["seal"], legal=legal)
    now = clock.now()
    due = workdays.due_for(f"credit.{kind}_review", now)
    application = Application(
        application_no=f"{_SIGNS[kind]}{now:%Y%m%d}{random_digits(8)}",
        kind=kind,
        record_id=record.id,
        active_key=record.id,
        subject_ref=record.subject_ref,
        judging_org=record.judging_org,
        state="submitted",
        channel=channel,
        conditions=conditions,
        received_at=now,
        due=due.date,
        **{
            name: form[name]
            for name in (
                "applicant_name",
                "id_no",
                "reason",
                "booking_no",
                "new_facts",
                "promise",
                "signature",
                "seal",
            )
        },
    )
    try:
        with database.transaction():
            application.save(force_insert=True)
    except IntegrityError:
        raise _one_is_open() from None
    deadlines.set("application_review", application.id, due)
    append(application.id, "submit", target="submitted", org=record.judging_org, details={"channel": channel})
    records.annotate(record, subject, f"{kind}_pending")
    _tell(_SUBMITTED[kind], application, subject, record, submitted_at=now)
    return application


def take(application_id: str) -> Any:
    """A credit administrator of the judging organ opens it."""
    with database.transaction():
        _, record, application = locked(application_id)
        records.require_judge(record)
        etag.check(application)
        _move(application, "open")
        application.save()
        return application


def decide(subject: Any, record: Any, application: Any, verdict: Verdict) -> Any:
    """The written decision (CRE-22, CRE-33); whatever it is but a refused repair, it is posted before it holds."""
    records.require_judge(record)
    etag.check(application)
    second = application.state == "opposed"
    verb = "refuse" if verdict.result == "refused" else "decide"
    APPLICATION.step(application.state, verb)
    _check_reviewer(application, record, verdict.same_person)
    now = clock.now()
    application.result, application.reasons = verdict.result, verdict.reasons
    application.new_grade, application.new_cause = verdict.grade, verdict.cause
    application.decided_by, application.decided_at = actor().id, now
    application.decision = forms.decision(application, record)
    details = {"result": verdict.result, "second": second, "same_person": verdict.same_person}
    _move(application, verb, opinion=verdict.reasons, details=details)
    deadlines.cancel("application_review", application.id)
    _tell(
        _DECIDED[application.kind],
        application,
        subject,
        record,
        result=verdict.result,
        reasons_ref=f"credit-application:{application.id}",
        decided_at=now,
        decided_by=actor().id,
        final=second,
    )
    if verb == "refuse":
        _finish(application)
        records.annotate(record, subject, "none")
    elif application.publicities <= rules.value("credit.publicity_repeats").value:
        notices.post(application, record)
    else:
        over(subject, record, application)
    application.save()
    return application


def oppose(notice_id: str, reasons: str) -> Any:
    """Anybody, with reasons, within the days of publicity: the update stops, another reviewer decides (CRE-25)."""
    with database.transaction():
        notice = notices.get(notice_id)
        _, record, application = locked(notice.application_id)
        APPLICATION.step(application.state, "oppose")
        if application.publicities > rules.value("credit.publicity_repeats").value:
            raise Refusal(
                "credit.decision-final",
                rule="CRE-25",
                zh="该结果已经复核，不再接受公示异议。",
                en="This result has been decided a second time and is final.",
                next_zh="不服的，可以依法申请行政复议或者提起行政诉讼。",
                next_en="It may still be taken to administrative review or to court.",
            )
        due = workdays.due_for("credit.opposed_review", clock.now())
        notices.oppose(notice, application, record, reasons, due)
        application.due, application.overdue = due.date, False
        _move(application, "oppose", details={"by": actor().id})
        deadlines.set("application_review", application.id, due)
        application.save()
        return notice


def withdraw(application_id: str) -> Any:
    """The party takes it back before it is decided."""
    with database.transaction():
        subject, record, application = locked(application_id)
        corrections.require_party(record)
        etag.check(application)
        _move(application, "withdraw")
        deadlines.cancel("application_review", application.id)
        _finish(application)
        records.annotate(record, subject, "none")
        application.save()
        return application


def mark_overdue(application_id: str) -> None:
    """Three working days without a decision: red, told upwards; silence deletes and grants nothing (CRE-26)."""
    subject, record, application = locked(application_id)
    if application.state in {"submitted", "reviewing", "opposed"}:
        application.overdue = True
        application.save()
        _tell(_OVERDUE[application.kind], application, subject, record)


def publicity_over(application_id: str) -> None:
    """The third working day has ended without opposition: the archive is updated at once (CRE-24, CRE-34)."""
    subject, record, application = locked(application_id)
    if application.state == "publicity":
        notices.end(application, record)
        over(subject, record, application)
        application.save()


def over(subject: Any, record: Any, application: Any) -> None:
    """What was decided takes effect."""
    _move(application, "end")
    _finish(application)
    if application.kind == "objection":
        effects.of_objection(subject, record, application)
    else:
        effects.of_repair(subject, record, application)
        _tell(events.RepairEffective, application, subject, record, effective_at=clock.now())


def locked(application_id: str) -> tuple[Any, Any, Any]:
    """Party, record and application FOR UPDATE."""
    found = Application.get_or_refuse(application_id)
    subject = Subject.locked(Subject.ref == found.subject_ref)
    record = Record.locked(found.record_id)
    return subject, record, Application.locked(application_id)


def require_in_person(record: Any, identity_checked: bool) -> str:
    """Through the hall by the party itself, or on site before the judging organ, which checks who comes (CRE-20)."""
    if actor().kind != "staff":
        corrections.require_party(record)
        return "online"
    records.require_judge(record)
    if not identity_checked:
        raise corrections.in_person()
    return "onsite"


def require_kind(application: Any, kind: str) -> None:
    """An objection is decided as an objection, a repair as a repair."""
    if application.kind != kind:
        raise Refusal(
            "credit.other-kind",
            status=404,
            zh="没有找到您要的申请。",
            en=f"This application is no {kind}.",
            next_zh="请核对申请编号。",
            next_en="Check the number of the application.",
        )


def _check_number(number: str, *, legal: bool) -> None:
    if legal and not uscc.is_valid(number):
        raise Refusal(
            "credit.uscc",
            status=422,
            rule="CRE-21",
            zh="统一社会信用代码不正确。",
            en="This is no unified social credit code.",
            next_zh="请核对营业执照上的 18 位代码。",
            next_en="Compare it with the 18 characters on the business licence.",
            fields={"id_no": ["invalid"]},
        )


def _check_reviewer(application: Any, record: Any, same_person: str | None) -> None:
    if application.state == "opposed" and actor().id == application.decided_by:
        raise Refusal(
            "credit.second-reviewer",
            status=403,
            rule="CRE-25",
            zh="公示期有异议的，须由另一名审核人员重新决定。",
            en="After an opposition another reviewer must decide.",
            next_zh="请由本单位其他诚信档案管理员办理。",
            next_en="Let another credit administrator of your unit decide.",
        )
    if actor().id == record.determined_by and not same_person:
        raise Refusal(
            "credit.same-person",
            status=403,
            rule="CRE-22",
            zh="该失信由您本人认定，一般应由其他人员审核。",
            en="You determined this failing yourself; somebody else should review it.",
            next_zh="请由其他诚信档案管理员办理；确无他人的，请写明原因。",
            next_en="Let another credit administrator do it; if there is none, say so in `same_person`.",
            fields={"same_person": ["needed"]},
        )


def _move(application: Any, verb: str, *, opinion: str | None = None, details: dict[str, Any] | None = None) -> None:
    before, step = application.state, APPLICATION.step(application.state, verb)
    application.state = step.target
    append(
        application.id,
        verb,
        source=before,
        target=step.target,
        org=application.judging_org,
        opinion=opinion,
        details=details,
    )


def _finish(application: Any) -> None:
    application.active_key, application.closed_at = None, clock.now()


def _tell(event_type: Any, application: Any, subject: Any, record: Any, **facts: Any) -> None:
    data = {
        "subject_ref": subject.ref,
        "subject_type": subject.type,
        "subject_name_masked": subject.name_masked,
        "record_id": record.id,
        "record_no": record.record_no,
        "category": record.category,
        "judging_org": application.judging_org,
        "case_no": record.case_no,
        f"{application.kind}_id": application.id,
        "due": application.due,
    }
    emit(event_type, application.id, data | facts, correlation=record.case_no, org=application.judging_org)


def _one_is_open() -> Refusal:
    return Refusal(
        "credit.application-open",
        rule="CRE-27",
        zh="该记录已有一件正在办理的异议或修复申请。",
        en="An objection or repair on this record is under way.",
        next_zh="请等待结果，或先撤回再重新申请。",
        next_en="Wait for its result, or withdraw it first.",
    )
