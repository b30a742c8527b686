"""What the sender says of the answer: closed, or opened again once (FEE-31)."""

from datetime import datetime
from typing import Any

from chassis import clock, deadlines, etag, workdays
from chassis.auth import actor, forbidden, forget_caller
from chassis.errors import Refusal
from contracts import rules
from contracts.events import feedback as events
from services.feedback import letters, passwords
from services.feedback.models import Answer, Letter, database
from services.feedback.transitions import LETTER


def judge(letter_no: str, satisfied: bool, reason: str, password: str | None) -> Any:
    """Say whether the answer satisfies: yes closes, no opens the letter again, once, within 7 days (FEE-31)."""
    if password is not None:
        passwords.check(letter_no, password)
        forget_caller()
    with database.transaction():
        letter = letters.get(letter_no, lock=True)
        mine = password is not None if letter.anonymous else actor().id == letter.sender_ref
        if not mine:
            raise forbidden("only the sender judges the answer")
        etag.check(letter)
        LETTER.step(letter.state, "accept")
        if clock.now() >= clock.end_of(letter.verdict_due):
            raise _too_late_to_judge(letter)
        answer = _last_answer(letter)
        answer.satisfied, answer.verdict = satisfied, reason.strip() or None
        answer.save()
        deadlines.cancel("letter_close", letter.id)
        if not satisfied and letter.reopens < rules.value("feedback.letter_reopens").value:
            _reopen(letter, reason)
        else:
            letters.move(letter, "accept" if satisfied else "reject")
            _close(letter, clock.now(), satisfied)
        return letter


def lapse(letter_id: str) -> None:
    """The sender was silent for 7 days after the answer: closed (FEE-31)."""
    letter = Letter.locked(letter_id)
    if letter.state != "answered":
        return
    letters.move(letter, "lapse")
    _close(letter, clock.end_of(letter.verdict_due), None)


def _last_answer(letter: Any) -> Any:
    return Answer.locked(Answer.letter_id == letter.id, Answer.number == letter.reopens + 1)


def _reopen(letter: Any, reason: str) -> None:
    if not reason.strip():
        raise Refusal(
            "feedback.reason-needed",
            status=422,
            rule="FEE-31",
            zh="对答复不满意的，请说明理由。",
            en="Say what the answer leaves open.",
            next_zh="请写明理由后再提交，信件将重新办理一次。",
            next_en="Give the reason; the letter is then handled once more.",
            fields={"reason": ["needed"]},
        )
    now = clock.now()
    due = workdays.due_for("feedback.reopened_reply", now)
    letters.move(letter, "reopen")
    letter.reopens += 1
    letter.due, letter.overdue, letter.verdict_due = due.date, False, None
    letter.save()
    deadlines.set("letter_answer", letter.id, due)
    letters.report(events.LetterReopened, letter, reopened_at=now)


def _close(letter: Any, closed_at: datetime, satisfied: bool | None) -> None:
    letter.closed_at, letter.satisfied = closed_at, satisfied
    letter.save()
    letters.report(events.LetterClosed, letter, closed_at=clock.local(closed_at), satisfied=satisfied)


def _too_late_to_judge(letter: Any) -> Refusal:
    return Refusal(
        "feedback.verdict-too-late",
        rule="FEE-31",
        zh=f"对答复的评价期限已于 {letter.verdict_due.isoformat()} 24:00 届满。",
        en=f"The time to judge the answer ended at 24:00 of {letter.verdict_due.isoformat()}.",
        next_zh="仍有问题的，请另行写信。",
        next_en="If something is still open, please write a new letter.",
    )
