"""Consumed events → verbs."""

from typing import Any

from chassis import clock, deadlines
from contracts import rules
from services.credit import archive, noshows, records, shares
from services.credit.models import Application, Notice
from services.credit.records import Failing, promise_key


def promise_lapsed(event: Any) -> None:
    """The promise has lapsed: established by the system itself, unless the switch leaves it to the organ (CRE-07)."""
    known = rules.value("credit.auto_confirm_lapse").value
    establish = records.list_at_once if known else records.propose
    establish(_failing(event, "lapse", "promise_lapsed", event.lapsed_at, "承诺的材料到期未补交", event.commitment_id))


def promise_failed(event: Any) -> None:
    """The supplied material does not meet the statutory conditions (CRE-03(2)): for the judging organ (CRE-07)."""
    records.propose(
        _failing(event, "manual", "material_not_conforming", event.failed_at, event.reason, event.commitment_id)
    )


def rectification_failed(event: Any) -> None:
    """A promise found untrue was not corrected (SUP-24, AMB-20)."""
    found = "；".join(problem["found"] for problem in event.problems)
    records.list_at_once(
        _failing(event, "rectification", "violation", event.failed_at, f"承诺不实且整改未通过：{found}", event.task_id)
    )


def finding_reported(event: Any) -> None:
    """停产停业 is listed without discretion (CRE-06); any other finding awaits the judging organ (CRE-05)."""
    failing = Failing(
        origin_key=f"finding:{event.finding_id}",
        subject_ref=event.subject_ref,
        subject_type=event.subject_type,
        subject_name_masked=event.subject_name_masked,
        source="penalty" if event.kind == "business_suspension" else "finding",
        cause="violation",
        judging_org=event.approving_org,
        description=event.description,
        established_at=clock.parse(event.reported_at),
        case_id=event.case_id,
        case_no=event.case_no,
        item_code=event.item_code,
        origin_id=event.finding_id,
        evidence=event.evidence_refs,
    )
    if event.kind == "business_suspension":
        records.list_at_once(failing)
    else:
        records.propose(failing)


def case_revoked(event: Any) -> None:
    """Keep the decision number beside the record of the case."""
    archive.revoked(event)


def case_completed(event: Any) -> None:
    """The decision is to be shared within 7 working days (FIL-45)."""
    shares.open_share(event)


def booking_missed(event: Any) -> None:
    """Count a no-show (CRE-16)."""
    noshows.missed(event)


def booking_excused(event: Any) -> None:
    """Take a no-show back (BOO-24)."""
    noshows.excuse(event)


def year_published(event: Any) -> None:
    """After the limits were computed again: bring the dates that are shown in step (TIM-07)."""
    for row in deadlines.open_on_year(event.year):
        if row.kind == "application_review":
            Application.update(due=row.due_date).where(Application.id == row.subject).execute()
        elif row.kind == "publicity_end":
            running = (Notice.application_id == row.subject) & (Notice.state == "running")
            Notice.update(to_date=row.due_date).where(running).execute()


def _failing(event: Any, source: str, cause: str, at: str, description: str, origin: str) -> Failing:
    return Failing(
        origin_key=promise_key(event.subject_ref, event.case_no),
        subject_ref=event.subject_ref,
        subject_type=event.subject_type,
        subject_name_masked=event.subject_name_masked,
        source=source,
        cause=cause,
        judging_org=event.approving_org,
        description=description,
        established_at=clock.parse(at),
        case_id=event.case_id,
        case_no=event.case_no,
        item_code=event.item_code,
        item_name=event.data.get("item_name"),
        origin_id=origin,
        evidence=event.evidence_refs,
    )
