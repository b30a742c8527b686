"""Objection (异议): in person, to the organ that judged; maintained, modified or deleted (CRE-20…27)."""

from typing import Any

from chassis.errors import Refusal
from services.credit import applications, corrections, grades, records
from services.credit.applications import Verdict
from services.credit.models import Application, NoShow, database
from services.credit.transitions import RECORD


def submit(record_id: str, form: dict[str, Any]) -> Any:
    """Object to a record; again only with new facts (CRE-27)."""
    with database.transaction():
        subject, record = corrections.lock(record_id, failing=False)
        applications.require_in_person(record, form["identity_checked"])
        RECORD.step(record.state, "object")
        if record.category == "booking_no_show":
            _require_its_booking(record, form["booking_no"])
        decided = Application.select().where(
            Application.record_id == record.id, Application.kind == "objection", Application.state == "closed"
        )
        if decided.exists() and not form["new_facts"]:
            raise Refusal(
                "credit.no-new-facts",
                rule="CRE-27",
                zh="对该记录的异议已经办结，再次提出须有新的事实。",
                en="An objection to this record has been decided; another one needs new facts.",
                next_zh="请写明新的事实和证据；不服处理结果的，可以依法申请行政复议或者提起行政诉讼。",
                next_en="State the new facts, or take the result to administrative review or to court.",
                fields={"new_facts": ["needed"]},
            )
        return applications.submit("objection", subject, record, form, [])


def decide(application_id: str, verdict: Verdict) -> Any:
    """Maintain, modify or delete; the party's own objection never makes it worse."""
    with database.transaction():
        subject, record, application = applications.locked(application_id)
        applications.require_kind(application, "objection")
        if verdict.result == "modify":
            _check_change(record, verdict)
        return applications.decide(subject, record, application, verdict)


def _require_its_booking(record: Any, booking_no: str | None) -> None:
    """The party says which of the three was none (BOO-24)."""
    three = list(NoShow.select().where(NoShow.record_id == record.id).order_by(NoShow.missed_on))
    if booking_no in [row.booking_no for row in three]:
        return
    numbers = ", ".join(row.booking_no or row.missed_on.isoformat() for row in three)
    raise Refusal(
        "credit.which-booking",
        status=422,
        rule="BOO-24",
        zh="请写明对哪一次预约失约有异议。",
        en="Say which of the missed bookings the objection is about.",
        next_zh=f"该记录所依据的预约：{numbers}。",
        next_en=f"The bookings behind this record: {numbers}.",
        fields={"booking_no": ["needed"]},
    )


def _check_change(record: Any, verdict: Verdict) -> None:
    corrections.require_failing(record)
    grade, cause = verdict.grade or record.grade, verdict.cause or record.cause
    records.check_cause(cause, grade)
    if grades.worse(grade, record.grade) or (grade, cause) == (record.grade, record.cause):
        raise Refusal(
            "credit.no-change",
            status=422,
            rule="CRE-22",
            zh="修改须改变失信等级或失信情形，且不得因本人异议加重。",
            en="A modification changes the grade or the cause, and an objection never makes it graver.",
            next_zh="请选择修改后的等级或情形，或者改为维持、删除。",
            next_en="Choose the grade or cause it should have, or maintain or delete it.",
        )
