"""What people answer to our messages by SMS (BOO-09): one word of it travels, the text stays here, encrypted.

A carrier names the number only. The answer is taken to mean the newest message to it; a clear "取消" means the newest
one about a booking, since nothing else can be cancelled by SMS.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chassis import clock, privacy
from chassis.observability import log
from services.notifier import messages, receipts
from services.notifier.models import Message, SmsReply, database

ANSWERED_WITHIN = timedelta(days=7)
SAME_MOMENT = timedelta(minutes=10)  # messages of one morning: which of them was answered, nobody can say
KEPT = timedelta(days=30)
CANCEL = frozenset({"取消", "取消预约"})
UNSUBSCRIBE = frozenset({"TD", "T", "退订"})  # of whatever came last
REACHED = ("sending", "unknown", "accepted", "delivered")


@dataclass(frozen=True)
class Reply:
    """One answer, whoever's words it came in."""

    mobile: str
    text: str
    at: datetime | None = None
    number: str = ""  # the carrier's own, where it has one


def from_plain(entry: Mapping[str, Any]) -> Reply:
    """Our own dialect."""
    return Reply(entry["mobile"], entry["text"], entry["at"], entry["id"])


def from_aliyun(entry: Mapping[str, Any]) -> Reply:
    """SmsUp."""
    at = receipts.moment(entry["send_time"])
    return Reply(entry["phone_number"], entry["content"], at, entry["sequence_id"])


def from_tencent(entry: Mapping[str, Any]) -> Reply:
    """The reply call-back, which numbers nothing."""
    return Reply(entry["mobile"], entry["text"], datetime.fromtimestamp(entry["time"], clock.SHANGHAI))


def take(carrier: str, reply: Reply) -> bool:
    """Keep an answer, any number of times, and tell what it means; False when it answers no message of ours."""
    mobile = re.sub(r"\D", "", reply.mobile)[-11:]
    at = reply.at or clock.now()
    with database.transaction():
        answered, reference, word = _meant(privacy.lookup(mobile, "mobile"), _word(reply.text))
        row = SmsReply(
            carrier=carrier,
            number=reply.number or privacy.lookup(f"{mobile}|{at.isoformat()}|{reply.text}", "sms-reply"),
            mobile=mobile,
            mobile_masked=privacy.mask_mobile(mobile),
            text=reply.text,
            reply=word,
            message=answered.id if answered else None,
            at=at,
        )
        values = {field: getattr(row, field.name) for field in SmsReply._meta.sorted_fields}
        SmsReply.insert(values).on_conflict_ignore().execute()
        if SmsReply.locked(row.id) is None:  # told before
            return answered is not None
        if answered is None:
            log.warning("sms_reply_unknown", carrier=carrier, reply=row.id)
            return False
        messages.replied(answered, word, reference, at)
        return True


def forget() -> int:
    """Numbers and texts of answers of long ago; returns how many."""
    old = (SmsReply.created_at < clock.now() - KEPT) & SmsReply.text.is_null(False)
    return int(SmsReply.update(mobile=None, text=None).where(old).execute())


def _meant(key: str, word: str) -> tuple[Any, str | None, str]:
    """The message that was answered, the number it was about, and what the answer comes to."""
    query = Message.select().where(
        Message.mobile_key == key,
        Message.called_at > clock.wall() - ANSWERED_WITHIN,
        Message.lane != messages.CODES,
        Message.state.in_(REACHED),
    )
    sent = list(query.order_by(Message.called_at.desc(), Message.id.desc()).limit(50))
    about = [row for row in sent if _booking(row)]
    if word in UNSUBSCRIBE:
        about = [row for row in about if row is sent[0]]
    if word not in CANCEL | UNSUBSCRIBE or not about:
        return (sent[0], _booking(sent[0]) or sent[0].case_no, "other") if sent else (None, None, "other")
    together = {_booking(row) for row in sent if _booking(row) and about[0].called_at - row.called_at < SAME_MOMENT}
    return about[0], together.pop() if len(together) == 1 else None, "cancel"


def _booking(row: Any) -> str | None:
    number: str | None = row.params.get("booking_no") if row.template.startswith("booking.") else None
    return number


def _word(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(character for character in folded if character.isalnum())
