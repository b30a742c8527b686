"""HTTP interface of the notifier: messages that people write, notices, and what is unread."""

from typing import Any

from flask_smorest import Blueprint

from chassis.auth import Citizen, Staff, actor, allow
from chassis.idempotency import idempotent
from chassis.paging import PageArgs, page, page_schema
from services.notifier import bulletins, notes, schemas
from services.notifier.models import Bulletin, InboxMessage, Note

inbox = Blueprint("notifier_inbox", __name__, description="站内消息与公告 messages between people, notices")

EVERYBODY = (Citizen(), Staff())
NOTICE = "a notice is for many; what changes is the caller's own read mark (FIL-92)"


@inbox.get("/me/messages/counts")
@allow(*EVERYBODY)
@inbox.response(200, schemas.UnreadOut)
def count_unread() -> Any:
    """How much the caller has not read (NOT-09)"""
    unread = (InboxMessage.recipient_ref == actor().id) & InboxMessage.read_at.is_null()
    return {
        "messages": InboxMessage.select().where(unread).count(),
        "important": InboxMessage.select().where(unread, InboxMessage.important).count(),
        "notices": bulletins.current(unread=True).count(),
    }


@inbox.post("/me/messages/<message_id>/answer")
@allow(*EVERYBODY)
@inbox.arguments(schemas.AnswerIn)
@inbox.response(201, schemas.NoteOut)
def answer_message(body: dict[str, Any], message_id: str) -> Any:
    """Answer a message that somebody wrote, once (FIL-92)"""
    return notes.answer(message_id, body["text"])


@inbox.post("/me/sent")
@allow(Staff())
@idempotent(atomic=False)
@inbox.arguments(schemas.NoteIn)
@inbox.response(201, schemas.NoteOut)
def send_note(body: dict[str, Any]) -> Any:
    """Write to colleagues, posts, or parties of an own case (发消息, FIL-92)"""
    return notes.send(body["to"], body["title"], body["text"], body["case_no"])


@inbox.get("/me/sent")
@allow(*EVERYBODY)
@inbox.arguments(PageArgs, location="query")
@inbox.response(200, page_schema(schemas.NoteOut))
def list_sent(arguments: dict[str, Any]) -> Any:
    """What the caller has written, with read marks (FIL-92)"""
    found = page(notes.sent(), [Note.created_at], limit=arguments["limit"], cursor=arguments["cursor"])
    return {"items": notes.with_marks(found["items"]), "next": found["next"]}


@inbox.get("/me/sent/<note_id>/readers")
@allow(*EVERYBODY)
@inbox.response(200, schemas.ReadersOut)
def list_readers(note_id: str) -> Any:
    """Who has read an own message (FIL-92)"""
    return {"items": notes.marks(note_id)}


@inbox.get("/me/notices")
@allow(*EVERYBODY)
@inbox.arguments(schemas.InboxArgs, location="query")
@inbox.response(200, page_schema(schemas.BulletinOut))
def own_notices(arguments: dict[str, Any]) -> Any:
    """The notices that hold today for the caller (收公告, FIL-92)"""
    query = bulletins.current(unread=arguments["unread"])
    return page(query, [Bulletin.created_at], limit=arguments["limit"], cursor=arguments["cursor"])


@inbox.post("/me/notices/<bulletin_id>/read")
@allow(Citizen(shared=NOTICE), Staff(shared=NOTICE))
@inbox.response(204)
def read_notice(bulletin_id: str) -> None:
    """Mark a notice as read"""
    bulletins.read(bulletin_id)


@inbox.get("/notices")
@allow(Staff(*bulletins.EVERYWHERE, *bulletins.AT_HOME))
@inbox.arguments(PageArgs, location="query")
@inbox.response(200, page_schema(schemas.PublishedOut))
def list_notices(arguments: dict[str, Any]) -> Any:
    """The notices that the caller looks after, with how many have read them"""
    return page(bulletins.published(), [Bulletin.created_at], limit=arguments["limit"], cursor=arguments["cursor"])


@inbox.post("/notices")
@allow(Staff(*bulletins.EVERYWHERE, *bulletins.AT_HOME))
@idempotent
@inbox.arguments(schemas.BulletinIn)
@inbox.response(201, schemas.PublishedOut)
def publish_notice(body: dict[str, Any]) -> Any:
    """Publish a notice (FIL-92)"""
    return bulletins.publish(**body)


@inbox.post("/notices/<bulletin_id>/withdrawal")
@allow(Staff(*bulletins.EVERYWHERE, *bulletins.AT_HOME))
@inbox.response(200, schemas.PublishedOut)
def withdraw_notice(bulletin_id: str) -> Any:
    """Take a notice back"""
    return bulletins.withdraw(bulletin_id)
