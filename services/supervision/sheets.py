"""Daily sheets: both sides check the cases of the day, sign, and follow the problems they found (日互动, SUP-04)."""

from datetime import date, datetime, time
from typing import Any

from chassis import clock, deadlines, workdays
from chassis.auth import actor
from chassis.errors import Refusal
from chassis.history import append
from contracts import rules
from services.supervision import pairs
from services.supervision.models import DailySheet, Push, SheetProblem, UnpushedCase, database
from services.supervision.transitions import PROBLEM, SHEET


def of(approving_org: str, supervising_org: str) -> Any:
    """The open sheet on which a case of these offices stands now, locked; what comes after a signature or after office
    hours stands on the sheet of the next working day."""
    day = _day(clock.now())
    while True:
        pair = {"approving_org": approving_org, "supervising_org": supervising_org, "day": day}
        if DailySheet.insert(**pair, state="open", signatures={}).on_conflict_ignore().as_rowcount().execute():
            sheet = _find(pair)
            deadlines.at("sheet", sheet.id, clock.end_of(day), rule="SUP-04")
            return sheet
        sheet = _find(pair)
        if sheet.state == "open":
            return sheet
        day = workdays.add_workdays(day, 1)


def of_all(pairs: set[tuple[str, str]]) -> dict[tuple[str, str], Any]:
    """As `of`, for several pairs: most of their sheets of the day are there and open."""
    approving, day = [one for one, _ in pairs], _day(clock.now())
    there = DailySheet.locked_all(DailySheet.approving_org.in_(approving), DailySheet.day == day) if pairs else []
    found = {(sheet.approving_org, sheet.supervising_org): sheet for sheet in there if sheet.state == "open"}
    return {pair: found.get(pair) or of(*pair) for pair in sorted(pairs)}


def counts(sheet: Any) -> dict[str, int]:
    """Pushed and acknowledged files of the day, those that somebody has opened, and those that never came."""
    files = Push.select().where(Push.sheet_id == sheet.id)
    return {
        "pushed": files.count(),
        "acknowledged": files.where(Push.acknowledged_at.is_null(False)).count(),
        "opened": files.where(Push.seen_at.is_null(False)).count(),
        "missing": UnpushedCase.select()
        .where(UnpushedCase.sheet_id == sheet.id, UnpushedCase.state == "missing")
        .count(),
    }


def sign(sheet_id: str) -> Any:
    """Sign the numbers of the day for one side; the two sides are two people (SUP-02, SUP-04)."""
    with database.transaction():
        sheet = DailySheet.get_or_refuse(sheet_id, lock=True)
        side = pairs.side(sheet)
        verb = "sign" if sheet.state == "open" else "countersign"
        step = SHEET.step(sheet.state, verb)
        if side in sheet.signatures:
            raise _signed_already()
        if actor().id in {signature["by"] for signature in sheet.signatures.values()}:
            raise _one_person()
        signature = {"by": actor().id, "at": clock.now().isoformat(), "counts": counts(sheet)}
        append(sheet.id, verb, source=sheet.state, target=step.target, org=getattr(sheet, f"{side}_org"))
        sheet.state, sheet.signatures = step.target, sheet.signatures | {side: signature}
        sheet.save()
        if sheet.state == "signed":
            deadlines.cancel("sheet", sheet.id)
        return sheet


def day_passed(sheet_id: str) -> None:
    """Next day 00:00: every side that has not signed owes the sheet."""
    sheet = DailySheet.locked(sheet_id)
    append(sheet.id, "day_passed", source=sheet.state, target="missing")
    sheet.state = SHEET.step(sheet.state, "day_passed").target
    sheet.save()
    for side, other in zip(pairs.SIDES, reversed(pairs.SIDES), strict=True):
        if side not in sheet.signatures:
            owing, peer = getattr(sheet, f"{side}_org"), getattr(sheet, f"{other}_org")
            pairs.missing(sheet, "daily_sheet", sheet.day.isoformat(), clock.end_of(sheet.day), owing, peer)


def add_problem(sheet_id: str, description: str, owner: str, follow_up_on: date) -> Any:
    """Note a problem of the exchange, who sees to it, and when it is looked at again (SUP-04)."""
    with database.transaction():
        sheet = DailySheet.get_or_refuse(sheet_id)
        side = pairs.side(sheet)
        problem = SheetProblem.create(
            sheet_id=sheet.id, description=description, owner=owner, follow_up_on=follow_up_on, state="open"
        )
        append(problem.id, "note", target="open", org=getattr(sheet, f"{side}_org"), opinion=description)
        return problem


def report_problem(problem_id: str, reported_to: str, text: str) -> Any:
    """What the two cannot settle goes to the head office or the district government and stays on the list (SUP-04)."""
    return _follow(problem_id, "report", text, reported_to=reported_to)


def settle_problem(problem_id: str, text: str) -> Any:
    """The problem is solved."""
    return _follow(problem_id, "settle", text, outcome=text)


def _follow(problem_id: str, verb: str, text: str, **facts: str) -> Any:
    with database.transaction():
        problem = SheetProblem.get_or_refuse(problem_id, lock=True)
        sheet = DailySheet.get_by_id(problem.sheet_id)
        side = pairs.side(sheet)
        step = PROBLEM.step(problem.state, verb)
        append(
            problem.id,
            verb,
            source=problem.state,
            target=step.target,
            org=getattr(sheet, f"{side}_org"),
            opinion=text,
        )
        problem.state = step.target
        for name, value in facts.items():
            setattr(problem, name, value)
        problem.save()
        return problem


def _day(now: datetime) -> date:
    closes = time.fromisoformat(rules.value("deadline.service_closes").value)
    today = clock.local(now).date()
    if workdays.is_workday(today) and clock.local(now).time() < closes:
        return today
    return workdays.add_workdays(today, 1)


def _find(pair: dict[str, Any]) -> Any:
    return DailySheet.locked(*(getattr(DailySheet, name) == value for name, value in pair.items()))


def _signed_already() -> Refusal:
    return Refusal(
        "supervision.sheet-signed",
        rule="SUP-04",
        zh="本方已签署当日核对表。",
        en="Your side has signed this sheet.",
        next_zh="请等待对方审管协调员签署。",
        next_en="The coordinator of the other side has to sign now.",
    )


def _one_person() -> Refusal:
    return Refusal(
        "supervision.sheet-one-person",
        rule="SUP-02",
        zh="审批、监管双方各负其责，同一人不能代表双方签署。",
        en="Each side bears its own responsibility: one person does not sign for both.",
        next_zh="请由另一方的审管协调员签署。",
        next_en="Let a coordinator of the other side sign.",
    )
