"""Publicity (公示): a result on the hall's page for three working days, names masked (CRE-24, CRE-34, AMB-14)."""

from typing import Any

from chassis import clock, deadlines, workdays
from chassis.auth import actor
from chassis.outbox import emit
from contracts.events import credit as events
from services.credit.models import Notice, Subject

WORDS = {
    "maintain": "异议不成立，维持原记录",
    "modify": "异议成立，修改原记录",
    "delete": "异议成立，删除原记录",
    "granted": "准予信用修复",
}


def post(application: Any, record: Any) -> Any:
    """Post the result; day 0 is the day of the decision."""
    application.publicities += 1
    due = workdays.due_for(f"credit.{application.kind}_publicity", clock.now())
    subject = Subject.get(Subject.ref == record.subject_ref)
    what = "失信记录" if record.category == "failing" else "预约失约记录"
    notice = Notice.create(
        application_id=application.id,
        record_id=record.id,
        text=f"{subject.name_masked}的{what}{record.record_no}：{WORDS[application.result]}。",
        from_date=clock.today(),
        to_date=due.date,
        state="running",
    )
    deadlines.set("publicity_end", application.id, due)
    _tell(events.PublicityStarted, notice, application, record)
    return notice


def get(notice_id: str) -> Any:
    """A notice, or the 404 problem."""
    return Notice.get_or_refuse(notice_id)


def oppose(notice: Any, application: Any, record: Any, reasons: str, due: workdays.Due) -> None:
    """Stop the publicity that runs; the application is locked by the caller."""
    notice.state, notice.opposed_by, notice.opposition = "opposed", actor().id, reasons
    notice.save()
    deadlines.cancel("publicity_end", application.id)
    _tell(events.PublicityOpposed, notice, application, record, opposed_at=clock.now(), due=due.date)


def end(application: Any, record: Any) -> None:
    """The last day is over and nobody opposed."""
    notice = Notice.get(Notice.application_id == application.id, Notice.state == "running")
    notice.state = "ended"
    notice.save()
    limit = workdays.due_for("credit.update_after_publicity", notice.to_date)
    _tell(events.PublicityEnded, notice, application, record, ended_at=clock.now(), update_due=limit.date)


def running() -> Any:
    """What is posted now."""
    return Notice.select().where(Notice.state == "running")


def _tell(event_type: Any, notice: Any, application: Any, record: Any, **facts: Any) -> None:
    data = {
        "notice_id": notice.id,
        "about": application.kind,
        "about_id": application.id,
        "record_id": record.id,
        "record_no": record.record_no,
        "subject_ref": record.subject_ref,
        "judging_org": application.judging_org,
        "masked_text": notice.text,
        "from_date": notice.from_date,
        "to_date": notice.to_date,
    }
    emit(event_type, notice.id, data | facts, correlation=record.case_no, org=application.judging_org)
