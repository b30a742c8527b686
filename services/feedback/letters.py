"""Letters (domain 2.8): written, read, overdue; what the verbs of transfers, handling and verdicts share."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from chassis import clock, deadlines, etag, workdays
from chassis.auth import actor, forbidden, forget_caller
from chassis.errors import Refusal
from chassis.history import append
from chassis.outbox import emit
from contracts.events import feedback as events
from services.feedback import cases, directory, facts, passwords
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
    case = cases.find(case_no)
    if cases.is_party(case, sender and sender.id):  # of a stranger's case the number alone tells nothing
        item_code, org = item_code or case.item_code, org or case.org
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
        report(events.LetterReceived, letter, received_at=now)
        return letter, password


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


def with_case(letter: Any) -> Any:
    """The letter with the timeline of its case and what the records say to the complaint (FEE-33)."""
    case = cases.find(letter.case_no)
    letter.timeline = cases.timeline(case) if case else []
    letter.sender_is_party = cases.is_party(case, letter.sender_ref) if case else None
    letter.check = facts.examine(letter)
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
    report(events.LetterOverdue, letter)


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


def mine(letter_no: str) -> Any:
    """The letter, locked, of a unit in which the caller is handler (A or B), and not about herself."""
    letter = get(letter_no, lock=True)
    check_not_named(letter)
    actor().require_role("letters_handler", org=letter.org)
    etag.check(letter)
    return letter


def _check_reader(letter: Any) -> None:
    check_not_named(letter)
    if actor().has_role("auditor") or directory.is_office_of(letter.region):
        return
    actor().require_role(*READERS, org=letter.org)


def check_not_named(letter: Any) -> None:
    """Nobody handles a letter about herself (ID-36)."""
    if letter.staff_ref is not None and letter.staff_ref == actor().id:
        raise Refusal(
            "feedback.named-in-complaint",
            status=403,
            rule="ID-36",
            zh="信件反映的是您本人，您不能办理。",
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
            zh="投诉须登录后实名提出，以便承办单位立即与您联系核实；建议和咨询可以匿名。",
            en="A complaint is made after login, so that you can be contacted at once; suggestions and consultations "
            "may be anonymous.",
            next_zh="请登录后提交投诉。",
            next_en="Log in and send the complaint again.",
            also="AMB-12",
        )
    forget_caller()
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
        fields={"item_code": ["事项、办件、工作人员至少填一项 / an item, a case or a member of staff is needed"]},
    )


def report(event_type: type[Any], letter: Any, **more: Any) -> None:
    """Tell what happened to the letter; its text stays here."""
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
