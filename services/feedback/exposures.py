"""曝光纠错: a difficulty that a letter reports is made public, put right by its unit and confirmed (GW-12, FEE-29)."""

from typing import Any

from peewee import IntegrityError

from chassis import clock, etag, workdays
from chassis.auth import actor, forbidden
from chassis.errors import Refusal
from chassis.history import append
from services.feedback import directory, letters, publications
from services.feedback.models import Exposure, Letter, database
from services.feedback.transitions import EXPOSURE

LIMIT = "feedback.complaint_reply"  # a difficulty made public is answered like the complaint it was


def expose(letter_no: str, title: str, problem: str) -> Any:
    """Make the difficulty public in words of the service office; the unit has to put it right (GW-12)."""
    try:
        with database.transaction():
            letter = letters.get(letter_no, lock=True)
            _check_office(letter)
            if letter.kind == "consultation":
                raise Refusal(
                    "feedback.not-a-difficulty",
                    rule="GW-12",
                    zh="曝光纠错公开的是群众反映的难点问题；咨询不列入。",
                    en="The column shows difficulties that people report; a consultation is none.",
                    next_zh="咨询的答复可由承办单位公开。",
                    next_en="The unit can publish its answer to a consultation.",
                )
            publications.check_public(letter.contact, title=title, problem=problem)
            now = clock.now()
            exposure = Exposure.create(
                letter_id=letter.id,
                org=letter.org,
                region=letter.region,
                item_code=letter.item_code,
                title=title.strip(),
                problem=problem.strip(),
                state="rectifying",
                due=workdays.due_for(LIMIT, now).date,
                exposed_by=actor().id,
                exposed_at=now,
            )
            append(letter.id, "expose", source=letter.state, target=letter.state, org=letter.org)
            append(exposure.id, "expose", target="rectifying", org=letter.org)
            return exposure
    except IntegrityError:
        raise publications.published_already() from None


def report(exposure_id: str, result: str) -> Any:
    """The unit says what it has put right; public once the service office has confirmed it."""
    with database.transaction():
        exposure = get(exposure_id, lock=True)
        actor().require_role("letters_handler", org=exposure.org)
        etag.check(exposure)
        _move(exposure, "report")
        exposure.result, exposure.reported_by, exposure.reported_at = result.strip(), actor().id, clock.now()
        exposure.late = exposure.late or is_late(exposure.due)
        exposure.save()
        return exposure


def confirm(exposure_id: str) -> Any:
    """Put right: the result becomes public beside the difficulty, and the loop is closed (GW-12)."""
    with database.transaction():
        exposure = get(exposure_id, lock=True)
        _check_office(exposure)
        etag.check(exposure)
        _check_result(exposure)
        _move(exposure, "confirm")
        exposure.corrected_at = clock.now()
        exposure.save()
        return exposure


def send_back(exposure_id: str, remark: str) -> Any:
    """Not put right: the unit gets it again with a remark and a new limit."""
    with database.transaction():
        exposure = get(exposure_id, lock=True)
        _check_office(exposure)
        etag.check(exposure)
        _move(exposure, "send_back", opinion=remark)
        exposure.remark, exposure.returns = remark.strip(), exposure.returns + 1
        exposure.due = workdays.due_for(LIMIT, clock.now()).date
        exposure.save()
        return exposure


def get(exposure_id: str, *, lock: bool = False) -> Any:
    """The entry of the column, or 404."""
    return Exposure.get_or_refuse(exposure_id, lock=lock)


def is_late(due: Any) -> bool:
    """Whether the limit has passed."""
    return clock.now() >= clock.end_of(due)


def _check_result(exposure: Any) -> None:
    EXPOSURE.step(exposure.state, "confirm")
    publications.check_public(Letter.get_by_id(exposure.letter_id).contact, result=exposure.result)


def _check_office(row: Any) -> None:
    if not directory.is_office_of(row.region):
        raise forbidden("the service office of another region")


def _move(exposure: Any, verb: str, *, opinion: str | None = None) -> None:
    row = EXPOSURE.step(exposure.state, verb)
    append(exposure.id, verb, source=exposure.state, target=row.target, org=exposure.org, opinion=opinion)
    exposure.state = row.target
