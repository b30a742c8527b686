"""Quarterly forums of service users and satisfaction surveys, and what became of the opinions (FEE-32)."""

from datetime import date
from typing import Any

from peewee import fn

from chassis import clock, etag
from chassis.auth import actor
from chassis.errors import Refusal
from services.feedback import directory, publications
from services.feedback.models import Meeting, database

KINDS = {"forum": "服务对象座谈会", "survey": "满意度测评"}


def record(
    kind: str,
    org: str,
    held_on: date,
    title: str,
    participants: int,
    satisfaction: int | None,
    summary: str,
    opinions: list[dict[str, Any]],
) -> Any:
    """Keep the record of a forum or survey that has taken place; it counts for the quarter of its day."""
    unit = directory.unit(org)
    actor().require_role("service_office", org=unit.code)
    if held_on > clock.today() or (kind == "survey") != (satisfaction is not None):
        raise Refusal(
            "feedback.meeting-record",
            status=422,
            rule="FEE-32",
            zh="只记录已经举行的座谈会或测评；满意度属于测评，座谈会没有。",
            en="What has taken place is recorded; a satisfaction rate belongs to a survey, a forum has none.",
            next_zh="请核对日期和满意度后再提交。",
            next_en="Correct day and rate, and send again.",
            fields={
                "held_on": ["不晚于今天 / not after today"],
                "satisfaction": ["只用于问卷 / of a survey, only there"],
            },
        )
    said = " ".join(opinion["text"] for opinion in opinions)
    publications.check_public(None, title=title, summary=summary, opinions=said)
    return Meeting.create(
        kind=kind,
        org=unit.code,
        region=unit.region,
        year=held_on.year,
        quarter=quarter(held_on),
        held_on=held_on,
        title=title.strip(),
        participants=participants,
        satisfaction=satisfaction,
        summary=summary.strip(),
        opinions=[{"number": number, "measure": None} | opinion for number, opinion in enumerate(opinions, start=1)],
        recorded_by=actor().id,
    )


def respond(meeting_id: str, number: int, measure: str) -> Any:
    """Say what was done about an opinion, once."""
    publications.check_public(None, measure=measure)
    with database.transaction():
        meeting = Meeting.get_or_refuse(meeting_id, lock=True)
        actor().require_role("service_office", org=meeting.org)
        etag.check(meeting)
        opinion = next((one for one in meeting.opinions if one["number"] == number), None)
        if opinion is None or opinion["measure"] is not None:
            raise Refusal(
                "feedback.opinion-answered",
                rule="FEE-32",
                zh="没有这条意见，或已经回应。",
                en="There is no such opinion, or it was answered.",
                next_zh="请核对意见序号。",
                next_en="Check the number of the opinion.",
            )
        changed = opinion | {"measure": measure.strip(), "measured_on": clock.today().isoformat()}
        meeting.opinions = [changed if one is opinion else one for one in meeting.opinions]
        meeting.save()
        return meeting


def listed(kind: str | None, region: str | None, year: int | None) -> Any:
    """The records, for everybody."""
    query = Meeting.select()
    for column, wanted in ((Meeting.kind, kind), (Meeting.region, region), (Meeting.year, year)):
        query = query.where(column == wanted) if wanted else query
    return query


def quarters(region: str, year: int) -> list[dict[str, Any]]:
    """Quarter by quarter: held, still to come, or missing once the quarter is over."""
    query = Meeting.select(Meeting.quarter, Meeting.kind, fn.COUNT(Meeting.id), fn.AVG(Meeting.satisfaction))
    query = query.where(Meeting.region == region, Meeting.year == year).group_by(Meeting.quarter, Meeting.kind)
    found = {(number, kind): (count, rate) for number, kind, count, rate in query.tuples()}
    today = clock.today()
    rows = []
    for number in range(1, 5):
        (forums, _), (surveys, rate) = (found.get((number, kind), (0, None)) for kind in KINDS)
        over = (year, number) < (today.year, quarter(today))
        state = "held" if forums and surveys else "missing" if over else "due"
        satisfaction = round(float(rate), 1) if rate is not None else None
        rows.append(
            {"quarter": number, "forums": forums, "surveys": surveys, "satisfaction": satisfaction, "state": state}
        )
    return rows


def quarter(day: date) -> int:
    """The quarter of a day."""
    return (day.month + 2) // 3
