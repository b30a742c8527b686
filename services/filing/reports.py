"""上报: a case is laid before the higher level, which answers; until then nothing is decided (FIL-42)."""

from typing import Any

from chassis import clock
from chassis.auth import actor
from chassis.errors import Refusal
from services.filing import cases, participants, transitions
from services.filing.models import Org, Report, database


def of(case: Any) -> list[Any]:
    """All reports of a case, oldest first."""
    return list(Report.select().where(Report.case == case.id).order_by(Report.number))


def lay(case_no: str, reason: str, to_org: str | None) -> Any:
    """Lay the case before the organisation above, or before the one named."""
    with database.transaction():
        case = cases.lock(case_no)
        cases.require(case, "reviewer", "decider", "unit_leader")
        if case.status not in transitions.HANDLING.split() or _open(case):
            raise _wrong(
                "只有受理后、决定前的办件可以上报，且同一时间只能上报一次。",
                "It is not in handling, or reported already.",
            )
        own = Org.get_or_none(Org.code == case.approving_org)
        above = to_org or (own.parent if own else None)
        if above is None or above == case.approving_org:
            raise cases.invalid(
                "filing.no-higher-level", "请写明上报的上级机关。", "Name the higher organisation.", "FIL-42",
                fields={"to_org": ["必填 / required"]},
            )  # fmt: skip
        Report.create(
            case=case.id,
            number=len(of(case)) + 1,
            from_org=case.approving_org,
            to_org=above,
            reason=reason,
            reported_by=actor().id,
            reported_at=clock.now(),
        )
        participants.ask(case, above)
        case.save()
        cases.note(case, "report", opinion=reason, org=case.approving_org, details={"to_org": above})
    return case


def answer(case_no: str, opinion: str) -> Any:
    """The higher level gives its opinion; the case goes on where it was."""
    with database.transaction():
        case = cases.lock(case_no)
        row = _open(case)
        asked = row.to_org if row else case.approving_org
        actor().require_role("reviewer", "decider", "unit_leader", org=asked, item=case.item_code)
        if row is None:
            raise _wrong("该办件没有待答复的上报。", "No report of this case waits for an answer.")
        row.opinion, row.answered_by, row.answered_at = opinion, actor().id, clock.now()
        row.save()
        case.save()
        cases.note(case, "answer_report", opinion=opinion, org=row.to_org)
    return case


def require_answered(case: Any) -> None:
    """Nothing is decided over the head of the higher level."""
    row = _open(case)
    if row:
        raise _wrong(
            f"该办件已上报（{row.to_org}），尚未答复，不能作出决定。",
            f"Laid before {row.to_org}, which has not answered.",
        )


def _open(case: Any) -> Any:
    return Report.locked(Report.case == case.id, Report.answered_at.is_null())


def _wrong(zh: str, en: str) -> Refusal:
    return Refusal(
        "filing.report-state",
        rule="FIL-42",
        zh=zh,
        en=en,
        next_zh="请查看办件的上报记录。",
        next_en="Look at the reports of the case.",
    )
