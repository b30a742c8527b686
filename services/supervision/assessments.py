"""The annual assessment: random checks and the year-end check, weighted (年考核, SUP-07)."""

from datetime import date
from typing import Any

from peewee import IntegrityError

from chassis import clock
from chassis.auth import actor
from chassis.errors import Refusal
from chassis.history import append
from chassis.outbox import emit
from contracts import rules
from contracts.events import supervision as events
from contracts.words import CITY_OFFICE
from services.supervision.models import (
    Assessment,
    AssessmentCheck,
    DailySheet,
    Meeting,
    Push,
    Violation,
    WeeklyRecord,
    database,
)
from services.supervision.performance import push_limit, share, within
from services.supervision.transitions import ASSESSMENT

# The five contents of Art. 28.
POINTS = ("standards", "pushes", "weekly_records", "monthly_meetings", "overall")
KINDS = ("random", "year_end")


def require_city_office() -> None:
    """Refuse who does not work for the service office of the city: those of the districts assess nobody (SUP-07)."""
    actor().require_role("service_office", org=CITY_OFFICE)


def begin(year: int) -> Any:
    """Open the assessment of a year, once."""
    require_city_office()
    try:
        with database.transaction():
            assessment = Assessment.create(year=year, state="collecting", opened_by=actor().id)
            append(assessment.id, "begin", target="collecting")
            return assessment
    except IntegrityError:
        raise _refusal("opened", f"{year} 年度考核已经建立。", f"The assessment of {year} is open already.") from None


def check(assessment_id: str, org: str, kind: str, points: dict[str, int], note: str) -> Any:
    """Record a check of an office by the five contents of Art. 28; a new check reopens what was computed."""
    require_city_office()
    with database.transaction():
        assessment = Assessment.get_or_refuse(assessment_id, lock=True)
        step = ASSESSMENT.step(assessment.state, "check")
        done = [one for one in checks(assessment) if (one.org, one.kind) == (org, kind)]
        if kind == "year_end" and done:
            raise _refusal("year-end-done", "该单位的年终检查已录入。", "The year-end check of this office is in.")
        AssessmentCheck.create(
            assessment_id=assessment.id,
            org=org,
            kind=kind,
            points=points,
            note=note,
            evidence=evidence(org, assessment.year),
            checked_by=actor().id,
            checked_at=clock.now(),
        )
        append(assessment.id, "check", source=assessment.state, target=step.target, org=org, details={"kind": kind})
        assessment.state, assessment.scores = step.target, None
        assessment.save()
        return assessment


def compute(assessment_id: str) -> Any:
    """The annual score of every office: its random checks on average, and the year-end check, by their weights."""
    require_city_office()
    with database.transaction():
        assessment = Assessment.get_or_refuse(assessment_id, lock=True)
        step = ASSESSMENT.step(assessment.state, "compute")
        by_org: dict[str, dict[str, list[float]]] = {}
        for one in checks(assessment):
            kinds = by_org.setdefault(one.org, {kind: [] for kind in KINDS})
            kinds[one.kind].append(sum(one.points.values()) / len(one.points))
        unfinished = sorted(org for org, kinds in by_org.items() if not all(kinds.values()))
        if unfinished or not by_org:
            orgs = "、".join(unfinished)
            raise _refusal(
                "incomplete", f"随机抽查或年终检查尚未完成：{orgs}。", f"Checks are missing: {orgs or 'all'}."
            )
        assessment.scores = [_score(org, by_org[org]) for org in sorted(by_org)]
        append(assessment.id, "compute", source=assessment.state, target=step.target)
        assessment.state = step.target
        assessment.save()
        return assessment


def publish(assessment_id: str) -> Any:
    """Publish the scores; they go into the assessment of performance as a whole."""
    require_city_office()
    with database.transaction():
        assessment = Assessment.get_or_refuse(assessment_id, lock=True)
        step = ASSESSMENT.step(assessment.state, "publish")
        append(assessment.id, "publish", source=assessment.state, target=step.target)
        assessment.state, assessment.published_at = step.target, clock.now()
        assessment.save()
        data = {"assessment_id": assessment.id, "year": assessment.year, "scores": assessment.scores}
        emit(events.AssessmentPublished, assessment.id, data | {"published_at": assessment.published_at})
        return assessment


def checks(assessment: Any) -> list[Any]:
    """The checks of an assessment, oldest first."""
    found = AssessmentCheck.select().where(AssessmentCheck.assessment_id == assessment.id)
    return list(found.order_by(AssessmentCheck.checked_at, AssessmentCheck.id))


def evidence(org: str, year: int) -> dict[str, Any]:
    """What the hall itself knows of the linkage work of an office in a year."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    pushes = Push.select().where(Push.approving_org == org, within(Push.acknowledged_at, first, last))
    late = Violation.select().where(Violation.org == org, within(Violation.detected_at, first, last))

    def states(model: Any, day: Any, low: Any, high: Any) -> dict[str, int]:
        own = (
            model.convener == org if model is Meeting else (model.approving_org == org) | (model.supervising_org == org)
        )
        found: dict[str, int] = {}
        for (state,) in model.select(model.state).where(own, day.between(low, high)).tuples():
            found[state] = found.get(state, 0) + 1
        return found

    return {
        "pushed": pushes.count(),
        "push_on_time_rate": share(pushes.where(Push.delay_seconds <= push_limit()).count(), pushes.count()),
        "daily_sheets": states(DailySheet, DailySheet.day, first, last),
        "weekly_records": states(WeeklyRecord, WeeklyRecord.meeting_day, first, last),
        "monthly_meetings": states(Meeting, Meeting.month, f"{year}-01", f"{year}-12"),
        "violations": late.count(),
    }


def _score(org: str, kinds: dict[str, list[float]]) -> dict[str, Any]:
    random, year_end = (sum(kinds[kind]) / len(kinds[kind]) for kind in KINDS)
    weights = [rules.value(f"supervision.assessment_{kind}_weight").value for kind in KINDS]
    total = (random * weights[0] + year_end * weights[1]) / sum(weights)
    return {"org_code": org, "random": round(random, 2), "year_end": round(year_end, 2), "total": round(total, 2)}


def _refusal(code: str, zh: str, en: str) -> Refusal:
    return Refusal(
        f"supervision.assessment-{code}",
        rule="SUP-07",
        zh=zh,
        en=en,
        next_zh="请在该年度考核中补充或核对检查记录。",
        next_en="Look at the checks of this year's assessment.",
    )
