"""Letters: written, passed on, opened, extended, answered, judged, closed (domain 2.8)."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from chassis import clock, deadlines, etag, workdays
from chassis.auth import actor, forbidden
from chassis.errors import Refusal
from chassis.history import append
from chassis.outbox import emit
from contracts import rules
from contracts.events import feedback as events
from services.feedback import directory, passwords
from services.feedback.models import Answer, Letter, Order, database
from services.feedback.transitions import LETTER

LIMITS = {
    "complaint": "feedback.complaint_reply",
    "suggestion": "feedback.suggestion_reply",
    "consultation": "feedback.consult_reply",
}
READERS = ("letters_handler", "unit_leader")  # of the letter's own unit


# --- the sender -----------------------------------------------------------------------------------------------------


def write(
    *,
    kind: str,
    category: str | None,
    org: str | None,
    item_code: str | None,
    case_no: str | None,
    staff_ref: str | None,
    title: str,
    text: str,
    contact: str | None,
    anonymous: bool,
) -> tuple[Any, str | None]:
    """Send a letter to a unit; an anonymous one gets a password besides its number (FEE-20…26, FEE-30, AMB-12)."""
    sender = _sender(kind, anonymous)
    if kind == "complaint" and not (item_code or case_no or staff_ref):
        raise _nothing_concrete()
    item = directory.item(item_code) if item_code else None
    unit = directory.unit(org or (item.approving_org if item else None))
    number = passwords.new_number()
    password = None if sender else passwords.new_password()
    now = clock.now()
    due = workdays.due_for(LIMITS[kind], now)
    with database.transaction():
        letter = Letter.create(
            letter_no=number,
            kind=kind,
            category=(category or "general") if kind == "complaint" else None,
            anonymous=sender is None,
            password_hash=passwords.hashed(number, password) if password else None,
            sender_ref=sender.id if sender else None,
            sender_name_masked=sender.name_masked if sender else None,
            contact=contact,
            org=unit.code,
            region=unit.region,
            item_code=item_code,
            item_name=item.name if item else None,
            case_no=case_no,
            staff_ref=staff_ref,
            title=title.strip(),
            text=text.strip(),
            received_at=now,
            due=due.date,
            state="received",
        )
        append(letter.id, "write", target="received", org=letter.org)
        deadlines.set("letter_answer", letter.id, due)
        _report(events.LetterReceived, letter, received_at=now)
        return letter, password


def judge(letter_no: str, satisfied: bool, reason: str, password: str | None) -> Any:
    """Say whether the answer satisfies: yes closes, no opens the letter again, once, within 7 days (FEE-31)."""
    if password is not None:
        passwords.check(letter_no, password)
    with database.transaction():
        letter = get(letter_no, lock=True)
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
            move(letter, "accept" if satisfied else "reject")
            _close(letter, clock.now(), satisfied)
        return letter


def own(letter_no: str) -> Any:
    """The caller's own letter."""
    letter = get(letter_no)
    if letter.anonymous or actor().id != letter.sender_ref:
        raise forbidden("another person's letter")
    return letter


# --- the unit -------------------------------------------------------------------------------------------------------


def readable() -> Any:
    """Query of the letters the caller may see: A/B handlers and leaders those of their units, service offices those of
    their region; nobody a complaint about herself (FEE-27, ID-36)."""
    query = Letter.select().where(Letter.staff_ref.is_null() | (Letter.staff_ref != actor().id))
    orgs = actor().orgs(*READERS)
    if "*" in orgs or actor().has_role("auditor"):
        return query
    mine = Letter.org.in_(list(orgs))
    for beginning in directory.office_reach():
        mine |= Letter.region.startswith(beginning)
    return query.where(mine)


def read(letter_no: str) -> Any:
    """Look at a letter with its sender's contact; every reading is noted with who and when (ID-38)."""
    with database.transaction():
        letter = get(letter_no, lock=True)
        _check_reader(letter)
        append(letter.id, "read", source=letter.state, target=letter.state, org=letter.org)
        return letter


def transfer(letter_no: str, to_org: str, reason: str) -> Any:
    """Pass a misdirected letter on. Its clock goes on; from the second time the service office decides (FEE-27)."""
    with database.transaction():
        letter = get(letter_no, lock=True)
        _check_not_named(letter)
        if not directory.is_office_of(letter.region):
            actor().require_role("letters_handler", org=letter.org)
            if letter.transfers >= rules.value("feedback.letter_transfers").value:
                raise _office_decides()
        etag.check(letter)
        unit = directory.unit(to_org)
        if unit.code == letter.org:
            raise Refusal(
                "feedback.same-unit",
                status=422,
                rule="FEE-27",
                zh="该信件已在这个单位。",
                en="The letter is with this unit already.",
                next_zh="请选择应当办理的单位。",
                next_en="Choose the unit that has to answer.",
                fields={"to_org": ["the same unit"]},
            )
        came_from = letter.org
        move(letter, "transfer", opinion=reason, details={"from": came_from, "to": unit.code})
        letter.org, letter.region = unit.code, unit.region
        letter.transfers += 1
        letter.save()
        _report(
            events.LetterTransferred,
            letter,
            from_org=came_from,
            reason=reason,
            transfers=letter.transfers,
            transferred_at=clock.now(),
        )
        return letter


def open_letter(letter_no: str, first_contact_at: datetime | None) -> Any:
    """Take a letter in hand; for a complaint the first contact may be recorded at once (FEE-23, FEE-27)."""
    with database.transaction():
        letter = _mine(letter_no)
        move(letter, "open")
        letter.handler, letter.opened_at = actor().id, clock.now()
        if first_contact_at is not None:
            _note_contact(letter, first_contact_at)
        letter.save()
        _report(
            events.LetterOpened,
            letter,
            opened_at=letter.opened_at,
            handler_ref=letter.handler,
            first_contact_at=clock.local(first_contact_at) if first_contact_at else None,
        )
        return letter


def record_contact(letter_no: str, contacted_at: datetime) -> Any:
    """Record when the complainant was first contacted (FEE-23, FEE-24)."""
    with database.transaction():
        letter = _mine(letter_no)
        if letter.first_contact_at is not None:
            raise Refusal(
                "feedback.contact-recorded",
                rule="FEE-24",
                zh="首次联系时间已经记录,不能更改。",
                en="The first contact is recorded and does not change.",
                next_zh="请继续办理。",
                next_en="Go on with the letter.",
            )
        move(letter, "record_contact")
        _note_contact(letter, contacted_at)
        letter.save()
        return letter


def extend(letter_no: str, reason: str, interim_answer: str) -> Any:
    """Declare a complaint special, with the unit leader's approval, before its 5 wd run out: 30 wd from receipt, and an
    interim answer (FEE-24, AMB-33)."""
    with database.transaction():
        letter = get(letter_no, lock=True)
        _check_not_named(letter)
        actor().require_role("unit_leader", org=letter.org)
        etag.check(letter)
        LETTER.step(letter.state, "extend")
        if letter.kind != "complaint" or letter.special or letter.reopens:
            raise Refusal(
                "feedback.not-extendable",
                rule="FEE-24",
                zh="只有首次办理中的投诉可以申明情况特殊,且只能申明一次。",
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
                next_zh="请尽快答复;该信件已逾期。",
                next_en="Answer at once; the letter is late.",
            )
        due = workdays.due_for("feedback.complaint_special", letter.received_at)
        previous, now = letter.due, clock.now()
        move(letter, "extend", opinion=reason, details={"previous_due": previous.isoformat()})
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
        _report(events.LetterExtended, letter, **more)
        return letter


def answer(letter_no: str, text: str, adoption: str | None) -> Any:
    """Answer the letter: a complaint after contact with its sender, a suggestion with its adoption (FEE-23…26)."""
    with database.transaction():
        letter = _mine(letter_no)
        LETTER.step(letter.state, "answer")
        _check_answer(letter, adoption)
        move(letter, "answer", details={"adoption": adoption} if adoption else None)
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
        _report(events.LetterAnswered, letter, **more)
        return letter


# --- time -----------------------------------------------------------------------------------------------------------


def mark_overdue(letter_id: str) -> None:
    """The limit of the answer has passed: red, and reported; the letter still has to be answered."""
    letter = Letter.locked(letter_id)
    if "mark_overdue" not in LETTER.allowed(letter.state):
        return
    move(letter, "mark_overdue")
    letter.overdue = True
    letter.save()
    _report(events.LetterOverdue, letter)


def lapse(letter_id: str) -> None:
    """The sender was silent for 7 days after the answer: closed (FEE-31)."""
    letter = Letter.locked(letter_id)
    if letter.state != "answered":
        return
    move(letter, "lapse")
    _close(letter, clock.end_of(letter.verdict_due), None)


def follow_calendar(_event: Any) -> None:
    """The days of the year were set anew: show the dates on which the running limits now end (TIM-07)."""
    for kind, column in (("letter_answer", "due"), ("letter_close", "verdict_due")):
        for letter in list(Letter.select(Letter.id).where(Letter.state != "closed")):
            limit = deadlines.find(kind, letter.id)
            if limit is None:
                continue
            row = Letter.locked(letter.id)
            if getattr(row, column) != limit.due_date:
                setattr(row, column, limit.due_date)
                row.save()


# --- inside ---------------------------------------------------------------------------------------------------------


def get(letter_no: str, *, lock: bool = False) -> Any:
    """The letter with this number, or 404."""
    return Letter.get_or_refuse(Letter.letter_no == letter_no.upper(), lock=lock)


def with_answers(letters: Iterable[Any]) -> list[Any]:
    """The same rows, each with its answers and the orders about it, by two queries."""
    rows = list(letters)
    by_id: dict[str, Any] = {row.id: row for row in rows}
    by_number: dict[str, Any] = {row.letter_no: row for row in rows}
    for row in rows:
        row.answers, row.orders = [], []
    for one in Answer.select().where(Answer.letter_id.in_(list(by_id))).order_by(Answer.letter_id, Answer.number):
        by_id[one.letter_id].answers.append(one)
    for order in Order.select().where(Order.letter_no.in_(list(by_number))).order_by(Order.issued_at):
        by_number[order.letter_no].orders.append(order)
    return rows


def move(letter: Any, verb: str, *, opinion: str | None = None, details: dict[str, Any] | None = None) -> None:
    """Take the letter along the table and write its history; the caller saves it."""
    row = LETTER.step(letter.state, verb)
    target = row.target or letter.state
    append(letter.id, verb, source=letter.state, target=target, org=letter.org, opinion=opinion, details=details)
    letter.state = target


def _mine(letter_no: str) -> Any:
    """The letter, locked, of a unit in which the caller is handler (A or B), and not about herself."""
    letter = get(letter_no, lock=True)
    _check_not_named(letter)
    actor().require_role("letters_handler", org=letter.org)
    etag.check(letter)
    return letter


def _check_reader(letter: Any) -> None:
    _check_not_named(letter)
    if actor().has_role("auditor") or directory.is_office_of(letter.region):
        return
    actor().require_role(*READERS, org=letter.org)


def _check_not_named(letter: Any) -> None:
    if letter.staff_ref is not None and letter.staff_ref == actor().id:
        raise Refusal(
            "feedback.named-in-complaint",
            status=403,
            rule="ID-36",
            zh="信件反映的是您本人,您不能办理。",
            en="The letter is about yourself; you may not handle it.",
            next_zh="请由本单位另一岗(A/B 岗)办理。",
            next_en="Let the other handler (A/B post) of your unit handle it.",
        )


def _sender(kind: str, anonymous: bool) -> Any:
    """Who signs the letter; None for an anonymous one. A complaint needs login (FEE-20, FEE-22, AMB-12)."""
    who = actor()
    if who.kind not in {"person", "legal", "anonymous"}:
        raise forbidden("letters are written with a citizen's account")
    if who.kind != "anonymous" and not anonymous:
        return who
    if kind == "complaint":
        raise Refusal(
            "feedback.complaint-needs-login",
            status=401 if who.kind == "anonymous" else 422,
            rule="FEE-20",
            zh="投诉须登录后实名提出,以便承办单位立即与您联系核实;建议和咨询可以匿名。",
            en="A complaint is made after login, so that you can be contacted at once; suggestions and consultations "
            "may be anonymous.",
            next_zh="请登录后提交投诉。",
            next_en="Log in and send the complaint again.",
            also="AMB-12",
        )
    return None


def _nothing_concrete() -> Refusal:
    return Refusal(
        "feedback.complaint-about-what",
        status=422,
        rule="FEE-20",
        zh="投诉须针对具体事项、办件或工作人员。",
        en="A complaint is about a concrete item, case or member of staff.",
        next_zh="请选择事项、填写业务编号或指明工作人员。",
        next_en="Choose the item, give the case number or name the member of staff.",
        fields={"item_code": ["one of item_code, case_no, staff_ref is needed"]},
    )


def _office_decides() -> Refusal:
    return Refusal(
        "feedback.office-decides",
        status=403,
        rule="FEE-27",
        zh="该信件已转办过一次;再次转办须由政务服务办决定。",
        en="The letter was passed on before; the service office decides on passing it on again.",
        next_zh="请报请政务服务办确定承办单位,办理期限继续计算。",
        next_en="Ask the service office which unit answers; the clock goes on.",
    )


def _too_late_to_judge(letter: Any) -> Refusal:
    return Refusal(
        "feedback.verdict-too-late",
        rule="FEE-31",
        zh=f"对答复的评价期限已于 {letter.verdict_due.isoformat()} 24:00 届满。",
        en=f"The time to judge the answer ended at 24:00 of {letter.verdict_due.isoformat()}.",
        next_zh="仍有问题的,请另行写信。",
        next_en="If something is still open, please write a new letter.",
    )


def _check_answer(letter: Any, adoption: str | None) -> None:
    if letter.kind == "complaint" and letter.first_contact_at is None:
        raise Refusal(
            "feedback.contact-first",
            rule="FEE-23",
            zh="答复投诉前须与投诉人联系核实,并记录首次联系时间。",
            en="The complainant is contacted before a complaint is answered; record the first contact.",
            next_zh="请先登记首次联系时间,再答复。",
            next_en="Record the first contact, then answer.",
        )
    if (letter.kind == "suggestion") != (adoption is not None):
        raise Refusal(
            "feedback.adoption",
            status=422,
            rule="FEE-25",
            zh="答复建议须说明采纳情况(采纳、部分采纳、不采纳)和理由;其他信件无此项。",
            en="The answer to a suggestion says whether it is adopted, and why; other letters have no such result.",
            next_zh="请核对采纳情况后再提交。",
            next_en="Correct the adoption result and send again.",
            fields={"adoption": ["needed for a suggestion, only there"]},
        )


def _note_contact(letter: Any, contacted_at: datetime) -> None:
    if letter.kind != "complaint" or not letter.received_at <= contacted_at <= clock.now():
        raise Refusal(
            "feedback.contact-time",
            status=422,
            rule="FEE-24",
            zh="首次联系时间只用于投诉,且须在收件之后、现在之前。",
            en="The first contact belongs to a complaint and lies between its receipt and now.",
            next_zh="请填写实际联系时间。",
            next_en="Enter the time at which the complainant was contacted.",
        )
    letter.first_contact_at = contacted_at


def _last_answer(letter: Any) -> Any:
    return Answer.locked(Answer.letter_id == letter.id, Answer.number == letter.reopens + 1)


def _reopen(letter: Any, reason: str) -> None:
    if not reason.strip():
        raise Refusal(
            "feedback.reason-needed",
            status=422,
            rule="FEE-31",
            zh="对答复不满意的,请说明理由。",
            en="Say what the answer leaves open.",
            next_zh="请写明理由后再提交,信件将重新办理一次。",
            next_en="Give the reason; the letter is then handled once more.",
            fields={"reason": ["needed"]},
        )
    now = clock.now()
    due = workdays.due_for("feedback.reopened_reply", now)
    move(letter, "reopen")
    letter.reopens += 1
    letter.due, letter.overdue, letter.verdict_due = due.date, False, None
    letter.save()
    deadlines.set("letter_answer", letter.id, due)
    _report(events.LetterReopened, letter, reopened_at=now)


def _close(letter: Any, closed_at: datetime, satisfied: bool | None) -> None:
    letter.closed_at, letter.satisfied = closed_at, satisfied
    letter.save()
    _report(events.LetterClosed, letter, closed_at=clock.local(closed_at), satisfied=satisfied)


def _report(event_type: type[Any], letter: Any, **more: Any) -> None:
    due: date = letter.due
    data = {
        "letter_id": letter.id,
        "letter_no": letter.letter_no,
        "kind": letter.kind,
        "category": letter.category,
        "handling_org": letter.org,
        "anonymous": letter.anonymous,
        "sender_ref": letter.sender_ref,
        "item_code": letter.item_code,
        "case_no": letter.case_no,
        "staff_ref": letter.staff_ref,
        "due": due,
    }
    correlation = letter.case_no or letter.letter_no
    emit(event_type, letter.id, data | more, correlation=correlation, org=letter.org, region=letter.region)
