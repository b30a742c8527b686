"""Ratings: opened by a completed case, given, defaulted, replied to, followed up, closed (domain 2.9)."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from peewee import fn

from chassis import clock, deadlines, etag, workdays
from chassis.auth import actor, forbidden
from chassis.errors import Refusal
from chassis.history import append
from chassis.ids import new_id
from chassis.outbox import emit
from contracts import rules
from contracts.events import feedback as events
from services.feedback import cases
from services.feedback.models import Rating, Reply, RevokedCase, database
from services.feedback.transitions import RATING

# What may be ticked beside the level, by the channel of the rating (FEE-10).
ONLINE_TICKS = {
    "efficiency": "办事效率",
    "guide": "办事指南准确度",
    "convenience": "办事便捷度",
    "platform": "平台操作性",
}
WINDOW_TICKS = {"efficiency": "服务效率", "level": "服务水平", "attitude": "服务态度"}


# --- opened and ended by others -------------------------------------------------------------------------------------


def open_rating(event: Any) -> None:
    """A completed case waits for its rating; unrated it gets the default at 24:00 of day 7 (FEE-01, FEE-05).

    A same-city case is rated when its result has arrived: the days run from there, at the latest from the last day for
    the delivery (FEE-12).
    """
    completed = clock.parse(event.completed_at)
    posted = event.same_city and event.physical_result
    arrived = cases.result_at(event.case_id) if posted else None
    expected = clock.start_of(date.fromisoformat(event.delivery_due)) if posted else completed
    due = workdays.due_for("feedback.rating_default", arrived or max(completed, expected))
    fields = {
        "id": new_id(),
        "case_id": event.case_id,
        "case_no": event.case_no,
        "subject_ref": event.subject_ref,
        "subject_type": event.subject_type,
        "subject_name_masked": event.subject_name_masked,
        "applicant_ref": event.data.get("applicant_ref"),
        "org": event.handling_org,
        "region": event.region_code,
        "item_code": event.item_code,
        "item_name": event.item_name,
        "case_source": event.case_source,
        "same_city": event.same_city,
        "completed_at": completed,
        "result_at": arrived,
        "due_default": due.date,
        "state": "open",
    }
    if not Rating.insert(fields).on_conflict_ignore().as_rowcount().execute():
        return
    rating = Rating.locked(fields["id"])
    append(rating.id, "open", target="open", org=rating.org)
    if RevokedCase.select().where(RevokedCase.case_id == event.case_id).exists():
        _close(rating)
    else:
        deadlines.set("rating_default", rating.id, due)


def result_arrived(event: Any) -> None:
    """The days to rate a same-city case run from the arrival of its result, once (FEE-12, FIL-62)."""
    rating = Rating.locked(Rating.case_id == event.case_id)
    arrived = cases.result_at(event.case_id)
    if rating is None or arrived is None or not rating.same_city or rating.result_at or rating.state != "open":
        return
    due = workdays.due_for("feedback.rating_default", arrived)
    rating.result_at, rating.due_default = arrived, due.date
    rating.save()
    deadlines.set("rating_default", rating.id, due)


def case_revoked(event: Any) -> None:
    """The result is cancelled: a rating that was not given is no longer waited for; a given one stands (FEE-13)."""
    RevokedCase.insert(case_id=event.case_id, revoked_at=clock.parse(event.revoked_at)).on_conflict_ignore().execute()
    rating = Rating.locked(Rating.case_id == event.case_id)
    if rating is not None and rating.state == "open":
        deadlines.cancel("rating_default", rating.id)
        _close(rating)


def default(rating_id: str) -> None:
    """Seven days without a rating: level 3 by default, outside every satisfaction rate (FEE-05, AMB-09, AMB-10)."""
    rating = Rating.locked(rating_id)
    if rating.state != "open":
        return
    move(rating, "default")
    rating.level, rating.source = rules.value("feedback.rating_default_level").value, "system_default"
    rating.channel, rating.rated_at = "online", clock.end_of(rating.due_default)
    rating.save()
    _report(events.RatingDefaulted, rating, defaulted_at=rating.rated_at)


def mark_overdue(rating_id: str) -> None:
    """Fifteen days without a reply: red, and reported (FEE-09)."""
    rating = Rating.locked(rating_id)
    if "mark_overdue" not in RATING.allowed(rating.state):
        return
    move(rating, "mark_overdue")
    rating.reply_overdue = True
    rating.save()
    _report(events.RatingReplyOverdue, rating, reply_due=rating.reply_due)


# --- the applicant --------------------------------------------------------------------------------------------------


def rate(case_no: str, level: int, text: str, ticks: list[str], channel: str) -> Any:
    """Rate a completed case: the applicant, once, for good (FEE-01…04, FEE-06, FEE-07)."""
    with database.transaction():
        rating = own(case_no, lock=True)
        etag.check(rating)
        _check_still_open(rating)
        negative = level <= rules.value("feedback.rating_negative_level").value
        if negative:
            _check_text(text)
        _check_ticks(ticks, channel)
        move(rating, "rate_negative" if negative else "rate", details={"level": level})
        rating.level, rating.source, rating.channel = level, "user", channel
        rating.text, rating.ticks, rating.rated_at = text.strip() or None, ticks, clock.now()
        if negative:
            _expect_reply(rating, "feedback.negative_reply")
        rating.save()
        deadlines.cancel("rating_default", rating.id)
        _report(events.RatingSubmitted, rating, submitted_at=rating.rated_at)
        if negative:
            _report(events.RatingNegative, rating, submitted_at=rating.rated_at, reply_due=rating.reply_due)
        return rating


def follow_up(case_no: str, text: str) -> Any:
    """Come back once on the reply to a negative rating (追评, FEE-09)."""
    with database.transaction():
        rating = own(case_no, lock=True)
        etag.check(rating)
        if rating.follow_ups >= rules.value("feedback.follow_ups").value:
            raise Refusal(
                "feedback.followed-up-already",
                rule="FEE-09",
                zh="每条差评只能追评一次。",
                en="A negative rating can be followed up once.",
                next_zh="如仍有意见，可就该办件提出投诉。",
                next_en="If you still disagree, you can complain about the case.",
            )
        _check_text(text)
        move(rating, "follow_up")
        rating.follow_ups += 1
        rating.follow_up, rating.followed_up_at = text.strip(), clock.now()
        _expect_reply(rating, "feedback.follow_up_reply")
        rating.save()
        _report(events.RatingFollowedUp, rating, followed_up_at=rating.followed_up_at, reply_due=rating.reply_due)
        return rating


def own(case_no: str, *, lock: bool = False) -> Any:
    """The rating of the caller's own completed case (FEE-01)."""
    rating = get(case_no, lock=lock)
    if actor().id not in {rating.subject_ref, rating.applicant_ref}:
        raise forbidden("only the applicant rates the case")
    return rating


def owned() -> Any:
    """Query of the ratings of the caller's cases, open ones among them (FEE-08, FEE-11)."""
    return Rating.select().where((Rating.subject_ref == actor().id) | (Rating.applicant_ref == actor().id))


def can_rate(rating: Any) -> bool:
    """Whether a rating may be given now (FEE-05, FEE-06)."""
    return _after_default() if _lapsed(rating) else rating.state == "open"


# --- the department -------------------------------------------------------------------------------------------------


def reply(case_no: str, kind: str, text: str) -> Any:
    """Answer a negative rating or its follow-up: what was verified, corrected or is explained (FEE-07, FEE-09)."""
    with database.transaction():
        rating = get(case_no, lock=True)
        actor().require_role("letters_handler", org=rating.org)
        etag.check(rating)
        move(rating, "reply")
        now = clock.now()
        late = now >= clock.end_of(rating.reply_due)
        Reply.create(
            rating_id=rating.id,
            number=rating.follow_ups + 1,
            kind=kind,
            text=text.strip(),
            replied_by=actor().id,
            replied_at=now,
            late=late,
        )
        rating.save()
        deadlines.cancel("rating_reply", rating.id)
        _report(events.RatingReplied, rating, replied_at=now, replied_by=actor().id, late=late)
        return rating


def get(case_no: str, *, lock: bool = False) -> Any:
    """The rating of a case; there is none before the case is completed (FEE-01)."""
    condition = Rating.case_no == case_no
    rating = Rating.locked(condition) if lock else Rating.get_or_none(condition)
    if rating is None:
        raise Refusal(
            "feedback.not-completed",
            status=404,
            rule="FEE-01",
            zh="只有办结件可以评价；没有找到该办结件。",
            en="Only a completed case can be rated; there is no completed case with this number.",
            next_zh="请核对业务编号，或待办件办结后再评价。",
            next_en="Check the number, or rate when the case is completed.",
        )
    return rating


def with_replies(ratings: Iterable[Any]) -> list[Any]:
    """The same rows, each with its replies, by one query."""
    rows = list(ratings)
    found: dict[str, list[Any]] = {row.id: [] for row in rows}
    for answer in Reply.select().where(Reply.rating_id.in_(list(found))).order_by(Reply.rating_id, Reply.number):
        found[answer.rating_id].append(answer)
    for row in rows:
        row.replies = found[row.id]
    return rows


# --- everybody ------------------------------------------------------------------------------------------------------


def statistics(org: str | None, item_code: str | None, since: date | None, until: date | None) -> list[dict[str, Any]]:
    """Per organisation: ratings by level and the satisfaction rate; defaults are counted apart (FEE-05, FEE-09)."""
    query = Rating.select(Rating.org, Rating.source, Rating.level, fn.COUNT(Rating.id)).where(
        Rating.source.is_null(False)
    )
    if org:
        query = query.where(Rating.org == org)
    if item_code:
        query = query.where(Rating.item_code == item_code)
    if since:
        query = query.where(Rating.rated_at >= clock.start_of(since))
    if until:
        query = query.where(Rating.rated_at < clock.end_of(until))
    found: dict[str, dict[str, Any]] = {}
    for code, source, level, count in query.group_by(Rating.org, Rating.source, Rating.level).tuples():
        entry = found.setdefault(code, {"org": code, "defaulted": 0, "levels": {str(n): 0 for n in range(5, 0, -1)}})
        if source == "user":
            entry["levels"][str(level)] += count
        else:
            entry["defaulted"] += count
    negative = rules.value("feedback.rating_negative_level").value
    for entry in found.values():
        entry["rated"] = sum(entry["levels"].values())
        satisfied = sum(count for level, count in entry["levels"].items() if int(level) > negative)
        entry["satisfied"] = satisfied
        entry["satisfaction"] = round(100 * satisfied / entry["rated"], 1) if entry["rated"] else None
    return sorted(found.values(), key=lambda entry: entry["org"])


# --- inside ---------------------------------------------------------------------------------------------------------


def move(rating: Any, verb: str, *, details: dict[str, Any] | None = None) -> None:
    """Take the rating along the table and write its history; the caller saves it."""
    row = RATING.step(rating.state, verb)
    target = row.target or rating.state
    append(rating.id, verb, source=rating.state, target=target, org=rating.org, details=details)
    rating.state = target


def _close(rating: Any) -> None:
    move(rating, "close")
    rating.save()


def _expect_reply(rating: Any, limit: str) -> None:
    due = workdays.due_for(limit, clock.now())
    rating.reply_due, rating.reply_overdue = due.date, False
    deadlines.set("rating_reply", rating.id, due)


def _lapsed(rating: Any) -> bool:
    passed = rating.state == "open" and clock.now() >= clock.end_of(rating.due_default)
    return passed or rating.state == "defaulted"


def _after_default() -> bool:
    return bool(rules.value("feedback.rating_allow_after_default").value)


def _check_still_open(rating: Any) -> None:
    if rating.source == "user":
        raise Refusal(
            "feedback.rated-already",
            rule="FEE-04",
            zh="该办件已经评价；评价提交后不能修改。",
            en="The case is rated; a rating cannot be changed after submission.",
            next_zh="可在“已评价”中查看评价和部门回复。",
            next_en="Look at your rating and the department's reply under the rated cases.",
        )
    if _lapsed(rating) and not _after_default():
        raise Refusal(
            "feedback.rating-defaulted",
            rule="FEE-06",
            zh=f"评价期限已于 {rating.due_default.isoformat()} 24:00 届满，系统已作默认评价。",
            en=f"The time to rate ended at 24:00 of {rating.due_default.isoformat()}; the default stands.",
            next_zh="对办理有意见的，可提出投诉或建议。",
            next_en="You can still send a complaint or a suggestion.",
        )


def _check_text(text: str) -> None:
    least = rules.value("feedback.rating_min_chars").value
    if len("".join(text.split())) < least:
        raise Refusal(
            "feedback.text-needed",
            status=422,
            rule="FEE-03",
            zh=f"选择“不满意”或“非常不满意”的，须填写至少 {least} 个字的文字说明。",
            en=f"A negative rating needs a text of at least {least} characters; blanks do not count.",
            next_zh="请写明不满意的具体情况后再提交。",
            next_en="Say what was wrong and send again.",
            fields={"text": [f"至少 {least} 个字 / at least {least} characters"]},
        )


def _check_ticks(ticks: list[str], channel: str) -> None:
    known = WINDOW_TICKS if channel == "window" else ONLINE_TICKS
    if not set(ticks) <= known.keys():
        raise Refusal(
            "feedback.tick-unknown",
            status=422,
            rule="FEE-10",
            zh=f"可选的评价指标：{'、'.join(known.values())}。",
            en=f"The indicators to tick are: {', '.join(known)}.",
            next_zh="请重新勾选。",
            next_en="Tick again.",
            fields={"ticks": ["unknown"]},
        )


def _report(event_type: type[Any], rating: Any, **more: Any) -> None:
    data = {
        "subject_ref": rating.subject_ref,
        "subject_type": rating.subject_type,
        "subject_name_masked": rating.subject_name_masked,
        "rating_id": rating.id,
        "case_id": rating.case_id,
        "case_no": rating.case_no,
        "item_code": rating.item_code,
        "handling_org": rating.org,
        "level": rating.level,
        "rating_source": rating.source,
        "rating_channel": rating.channel,
    }
    emit(event_type, rating.id, data | more, correlation=rating.case_no, org=rating.org, region=rating.region)
