"""Messages that people write (发消息, 收消息): from staff to staff and to the parties of their cases, and answers.

Each recipient has a copy in the own space, with a read mark that the sender sees (FIL-92, NOT-09).
"""

import re
from typing import Any

from flask import request
from peewee import IntegrityError, fn

from chassis import idempotency
from chassis.auth import actor, forbidden
from chassis.errors import Refusal
from services.notifier import directory, texts
from services.notifier.models import InboxMessage, Message, Note, database

TEMPLATE = "note"
MOST_READERS = 200
_post = re.compile(r"role:[a-z_]+@[A-Za-z0-9_-]+").fullmatch


def send(to: list[str], title: str, text: str, case_no: str | None) -> Any:
    """Write to colleagues and posts, or to the parties of an own case; a post is whoever holds it now."""
    to = list(dict.fromkeys(to))
    citizens = [ref for ref in to if ref.startswith(("person:", "legal:"))]
    if citizens and not _parties(case_no, citizens):
        raise forbidden("citizens are written to only about a case of your own organisation that they are party to")
    readers = list(dict.fromkeys(one for ref in to for one in _readers(ref, case_no)))
    if not readers or len(readers) > MOST_READERS:
        raise Refusal(
            "notifier.nobody-to-read",
            status=422,
            rule="FIL-92",
            zh="没有可接收的人员，或接收人员过多。" if readers else "所选岗位目前没有人员。",
            en=f"Nobody holds the post, or more than {MOST_READERS} would read it.",
            next_zh="请改选接收人。",
            next_en="Choose other recipients.",
            fields={"to": [f"须为 1 至 {MOST_READERS} 人 / 1 to {MOST_READERS} readers"]},
        )
    key = request.headers.get(idempotency.HEADER)
    request_key = f"{actor().id}:{key}" if key else None
    try:
        with database.transaction():
            note = _write(to, title, text, case_no, request_key=request_key)
            for reader in readers:
                _copy(note, reader)
    except IntegrityError:  # the process died before it could answer the first time
        note = Note.get(Note.request_key == request_key)
    return with_marks([note])[0]


def answer(message_id: str, text: str) -> Any:
    """Answer a message that somebody wrote, once; it goes back to the writer."""
    with database.transaction():
        copy = InboxMessage.get_or_refuse(InboxMessage.id == message_id, InboxMessage.recipient_ref == actor().id)
        if copy.sender_ref is None:
            raise Refusal(
                "notifier.no-answer-wanted",
                rule="FIL-92",
                zh="系统消息不能回复。",
                en="A message of the system cannot be answered.",
                next_zh="如需咨询，请通过“咨询投诉”提交。",
                next_en="Ask by way of a consultation.",
            )
    try:
        with database.transaction():
            note = _write([copy.sender_ref], f"回复：{copy.title_zh}"[:60], text, copy.case_no, answer_to=copy.id)
            _copy(note, copy.sender_ref)
    except IntegrityError:
        raise Refusal(
            "notifier.answered",
            rule="FIL-92",
            zh="该消息已回复。",
            en="This message is answered already.",
            next_zh="请等待对方回复。",
            next_en="Wait for the other side.",
        ) from None
    return shown(note, readers=1, read=0)


def sent() -> Any:
    """What the caller has written."""
    return Note.select().where(Note.sender_ref == actor().id)


def with_marks(rows: list[Any]) -> list[dict[str, Any]]:
    """A page of written messages, each with how many have it and how many have read it."""
    counts = (
        InboxMessage.select(InboxMessage.note, fn.COUNT(InboxMessage.id), fn.COUNT(InboxMessage.read_at))
        .where(InboxMessage.note.in_([row.id for row in rows]))
        .group_by(InboxMessage.note)
    )
    marks = {note: (readers, read) for note, readers, read in counts.tuples()}
    return [shown(row, *marks.get(row.id, (0, 0))) for row in rows]


def marks(note_id: str) -> list[dict[str, Any]]:
    """Who has an own message, and since when it is read."""
    Note.get_or_refuse(Note.id == note_id, Note.sender_ref == actor().id)
    copies = InboxMessage.select().where(InboxMessage.note == note_id).order_by(InboxMessage.id)
    return [{"recipient_ref": copy.recipient_ref, "read_at": copy.read_at} for copy in copies]


def shown(row: Any, readers: int, read: int) -> dict[str, Any]:
    """A written message with its marks."""
    names = ("id", "title", "text", "case_no", "answer_to", "created_at")
    return {name: getattr(row, name) for name in names} | {
        "to": row.recipients,
        "readers": readers,
        "read": read,
    }


def _parties(case_no: str | None, citizens: list[str]) -> bool:
    """Whether all of them were told about this case by an organisation of the caller."""
    orgs = {grant.org for grant in actor().grants}
    told = (Message.case_no == case_no) & Message.recipient_ref.in_(citizens)
    if "*" not in orgs:
        told &= Message.org.in_(orgs)
    known = {row.recipient_ref for row in Message.select(Message.recipient_ref).where(told).distinct()}
    return case_no is not None and known == set(citizens)


def _readers(ref: str, case_no: str | None) -> list[str]:
    if not _post(ref):
        return [ref]
    try:
        return [one["recipient"] for one in directory.members([(ref, "note", case_no)])[ref]]
    except directory.Away:
        raise Refusal(
            "notifier.post-unknown-now",
            status=503,
            rule="FIL-92",
            zh="暂时无法查询岗位人员，消息未发送。",
            en="Who holds the post cannot be asked at the moment; nothing was sent.",
            next_zh="请稍后再试，或直接选择人员。",
            next_en="Try again in a moment, or name persons.",
        ) from None


def _write(to: list[str], title: str, text: str, case_no: str | None, **origin: Any) -> Any:
    said = {"title": texts.clean(title), "text": texts.clean(text)}
    return Note.create(sender_ref=actor().id, recipients=to, case_no=case_no, **said, **origin)


def _copy(note: Any, reader: str) -> None:
    InboxMessage.create(
        dedupe_key=f"note:{note.id}:{reader}",
        recipient_ref=reader,
        template=TEMPLATE,
        title_zh=note.title,
        title_en=note.title,
        zh=note.text,
        en=note.text,
        case_no=note.case_no,
        sender_ref=note.sender_ref,
        sender_name=actor().name_masked or None,
        note=note.id,
    )
