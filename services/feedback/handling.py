"""What the unit does with a letter: opened, contacted, declared special, answered (FEE-23…26)."""

from datetime import datetime
from typing import Any

from chassis import clock, deadlines, etag, workdays
from chassis.auth import actor
from chassis.errors import Refusal
from contracts.events import feedback as events
from services.feedback import letters
from services.feedback.models import Answer, database
from services.feedback.transitions import LETTER


def open_letter(letter_no: str, first_contact_at: datetime | None, evidence: str | None) -> Any:
    """Take a letter in hand; for a complaint the first contact may be recorded at once (FEE-23, FEE-27)."""
    with database.transaction():
        letter = letters.mine(letter_no)
        letters.move(letter, "open")
        letter.handler, letter.opened_at = actor().id, clock.now()
        if first_contact_at is not None:
            _note_contact(letter, first_contact_at, evidence)
        letter.save()
        letters.report(
            events.LetterOpened,
            letter,
            opened_at=letter.opened_at,
            handler_ref=letter.handler,
            first_contact_at=clock.local(first_contact_at) if first_contact_at else None,
        )
        return letter


def record_contact(letter_no: str, contacted_at: datetime, evidence: str | None) -> Any:
    """Record when the complainant was first contacted, what was verified and taken as evidence (FEE-23, FEE-24)."""
    with database.transaction():
        letter = letters.mine(letter_no)
        if letter.first_contact_at is not None:
            raise Refusal(
                "feedback.contact-recorded",
                rule="FEE-24",
                zh="首次联系时间已经记录，不能更改。",
                en="The first contact is recorded and does not change.",
                next_zh="请继续办理。",
                next_en="Go on with the letter.",
            )
        letters.move(letter, "record_contact")
        _note_contact(letter, contacted_at, evidence)
        letter.save()
        return letter


def extend(letter_no: str, reason: str, interim_answer: str) -> Any:
    """Declare a complaint special, with the unit leader's approval, before its 5 wd run out: 30 wd from receipt, and an
    interim answer (FEE-24, AMB-33)."""
    with database.transaction():
        letter = letters.get(letter_no, lock=True)
        letters.check_not_named(letter)
        actor().require_role("unit_leader", org=letter.org)
        etag.check(letter)
        LETTER.step(letter.state, "extend")
        if letter.kind != "complaint" or letter.special or letter.reopens:
            raise Refusal(
                "feedback.not-extendable",
                rule="FEE-24",
                zh="只有首次办理中的投诉可以申明情况特殊，且只能申明一次。",
                en="Only a complaint in its first handling can be declared special, and only once.",
                next_zh="请在现有期限内答复。",
                next_en="Answer within the limit there is.",
            )
        if clock.now() >= clock.end_of(letter.due):
            raise Refusal(
                "feedback.extension-too-late",
                rule="FEE-24",
                zh=f"情况特殊须在答复期限({letter.due.isoformat()} 24:00)届满前申明。",
                en=f"A complaint is declared special before its limit ends ({letter.due.isoformat()} 24:00).",
                next_zh="请尽快答复；该信件已逾期。",
                next_en="Answer at once; the letter is late.",
            )
        due = workdays.due_for("feedback.complaint_special", letter.received_at)
        previous, now = letter.due, clock.now()
        letters.move(letter, "extend", opinion=reason, details={"previous_due": previous.isoformat()})
        letter.due = due.date
        letter.special = {
            "reason": reason,
            "interim_answer": interim_answer,
            "approver": actor().id,
            "declared_at": now.isoformat(),
            "previous_due": previous.isoformat(),
        }
        letter.save()
        deadlines.set("letter_answer", letter.id, due)
        more = {"reason": reason, "approver_ref": actor().id, "previous_due": previous, "extended_at": now}
        letters.report(events.LetterExtended, letter, **more)
        return letter


def answer(letter_no: str, text: str, adoption: str | None) -> Any:
    """Answer the letter: a complaint after contact with its sender, a suggestion with its adoption (FEE-23…26)."""
    with database.transaction():
        letter = letters.mine(letter_no)
        LETTER.step(letter.state, "answer")
        _check_answer(letter, adoption)
        letters.move(letter, "answer", details={"adoption": adoption} if adoption else None)
        now = clock.now()
        late = now >= clock.end_of(letter.due)
        Answer.create(
            letter_id=letter.id,
            number=letter.reopens + 1,
            text=text.strip(),
            adoption=adoption,
            answered_by=actor().id,
            answered_at=now,
            late=late,
        )
        limit = workdays.due_for("feedback.letter_reopen", now, side="applicant")
        letter.verdict_due = limit.date
        letter.save()
        deadlines.cancel("letter_answer", letter.id)
        deadlines.set("letter_close", letter.id, limit)
        more = {"answered_at": now, "answered_by": actor().id, "adoption": adoption, "late": late}
        letters.report(events.LetterAnswered, letter, **more)
        return letter


def _check_answer(letter: Any, adoption: str | None) -> None:
    if letter.kind == "complaint" and letter.first_contact_at is None:
        raise Refusal(
            "feedback.contact-first",
            rule="FEE-23",
            zh="答复投诉前须与投诉人联系核实，并记录首次联系时间。",
            en="The complainant is contacted before a complaint is answered; record the first contact.",
            next_zh="请先登记首次联系时间，再答复。",
            next_en="Record the first contact, then answer.",
        )
    if (letter.kind == "suggestion") != (adoption is not None):
        raise Refusal(
            "feedback.adoption",
            status=422,
            rule="FEE-25",
            zh="答复建议须说明采纳情况(采纳、部分采纳、不采纳)和理由；其他信件无此项。",
            en="The answer to a suggestion says whether it is adopted, and why; other letters have no such result.",
            next_zh="请核对采纳情况后再提交。",
            next_en="Correct the adoption result and send again.",
            fields={"adoption": ["答复建议时必填，其他信件不填 / needed for a suggestion, only there"]},
        )


def _note_contact(letter: Any, contacted_at: datetime, evidence: str | None) -> None:
    if letter.kind != "complaint" or not letter.received_at <= contacted_at <= clock.now():
        raise Refusal(
            "feedback.contact-time",
            status=422,
            rule="FEE-24",
            zh="首次联系时间只用于投诉，且须在收件之后、现在之前。",
            en="The first contact belongs to a complaint and lies between its receipt and now.",
            next_zh="请填写实际联系时间。",
            next_en="Enter the time at which the complainant was contacted.",
        )
    letter.first_contact_at, letter.evidence = contacted_at, (evidence or "").strip() or None
