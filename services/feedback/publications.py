"""Answers that everybody may read (信件答复, FEE-29), and the check that nothing personal is made public (ID-21)."""

from typing import Any

from peewee import IntegrityError

from chassis import clock, etag, privacy
from chassis.auth import actor
from chassis.errors import Refusal
from chassis.history import append
from services.feedback import letters, retrieval
from services.feedback.models import PublicAnswer, database


def publish(letter_no: str, title: str, question: str, answer: str) -> Any:
    """Publish an answered consultation or suggestion in words of the unit, once (FEE-29)."""
    try:
        with database.transaction():
            letter = letters.mine(letter_no)
            if letter.kind == "complaint" or letter.state not in {"answered", "closed"}:
                raise Refusal(
                    "feedback.not-publishable",
                    rule="FEE-29",
                    zh="只有已答复的咨询和建议可以公开；投诉涉及具体人员，不公开答复。",
                    en="Answered consultations and suggestions are published; complaints concern persons and are not.",
                    next_zh="请先答复信件；反映的难点可由政务服务办列入曝光纠错。",
                    next_en="Answer the letter first; a difficulty can be exposed by the service office.",
                )
            check_public(letter.contact, title=title, question=question, answer=answer)
            append(letter.id, "publish", source=letter.state, target=letter.state, org=letter.org)
            row = PublicAnswer.create(
                letter_id=letter.id,
                kind=letter.kind,
                org=letter.org,
                region=letter.region,
                item_code=letter.item_code,
                title=title.strip(),
                question=question.strip(),
                answer=answer.strip(),
                state="published",
                published_by=actor().id,
                published_at=clock.now(),
            )
            passage = {"title": row.title, "text": row.answer, "region": row.region}
            retrieval.put("answer", row.id, [passage | {"indexed": f"{row.title} {row.question}"}])
            return row
    except IntegrityError:
        raise published_already() from None


def withdraw(answer_id: str, reason: str) -> Any:
    """Take a published answer back; it stays on record."""
    with database.transaction():
        row = PublicAnswer.get_or_refuse(answer_id, PublicAnswer.state == "published", lock=True)
        actor().require_role("letters_handler", "unit_leader", org=row.org)
        etag.check(row)
        row.state, row.withdrawn_reason = "withdrawn", reason.strip()
        row.save()
        retrieval.remove("answer", row.id)
        append(row.letter_id, "withdraw_answer", org=row.org, opinion=reason)
        return row


def published(kind: str | None, org: str | None, item_code: str | None) -> Any:
    """Query of what everybody may read."""
    query = PublicAnswer.select().where(PublicAnswer.state == "published")
    for column, wanted in ((PublicAnswer.kind, kind), (PublicAnswer.org, org), (PublicAnswer.item_code, item_code)):
        query = query.where(column == wanted) if wanted else query
    return query


def check_public(contact: str | None, **texts: str) -> None:
    """Refuse to publish identity and telephone numbers, and the contact that the sender has left (ID-21)."""
    number = _digits(contact or "")
    found = [
        name for name, text in texts.items() if privacy.scrub_text(text) != text or (number and number in _digits(text))
    ]
    if found:
        raise Refusal(
            "feedback.personal-data",
            status=422,
            rule="ID-21",
            zh="公开的文字含有证件号码、手机号码或来信人的联系方式。",
            en="The text to be published holds an identity number, a mobile number or the sender's contact.",
            next_zh="请删去个人信息后再公开。",
            next_en="Take the personal data out and send again.",
            fields={name: ["personal data"] for name in found},
        )


def published_already() -> Refusal:
    """The refusal of a second publication of the same letter."""
    return Refusal(
        "feedback.published-already",
        rule="FEE-29",
        zh="该信件已经公开过。",
        en="This letter was published before.",
        next_zh="请在公开栏目中查看。",
        next_en="Look at what is published.",
    )


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())
