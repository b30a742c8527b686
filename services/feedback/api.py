"""HTTP interface of feedback."""

from typing import Any

from flask_smorest import Blueprint

from chassis import etag, history
from chassis.auth import Citizen, Public, Staff, actor, allow
from chassis.idempotency import idempotent
from chassis.paging import PageArgs, page, page_schema
from services.feedback import handling, letters, orders, passwords, ratings, reports, schemas, transfers, verdicts
from services.feedback.models import Letter, Order, Rating

feedback = Blueprint("feedback", __name__, description="好差评与投诉建议咨询 ratings and letters")

UNIT = Staff("letters_handler", "unit_leader")
READER = Staff("letters_handler", "unit_leader", "service_office", "auditor")


# --- ratings --------------------------------------------------------------------------------------------------------


def _rating(rating: Any) -> Any:
    etag.set(rating)
    return ratings.with_replies([rating])[0]


@feedback.get("/me/ratings")
@allow(Citizen())
@feedback.arguments(schemas.OwnRatingArgs, location="query")
@feedback.response(200, page_schema(schemas.OwnRatingOut))
def own_ratings(arguments: dict[str, Any]) -> Any:
    """The caller's completed cases, rated and to be rated, from every source (FEE-08, FEE-11)"""
    query = ratings.owned()
    if arguments["state"]:
        query = query.where(Rating.state == arguments["state"])
    rows = page(query, [Rating.completed_at], limit=arguments["limit"], cursor=arguments["cursor"])
    ratings.with_replies(rows["items"])
    return rows


@feedback.get("/me/ratings/<case_no>")
@allow(Citizen())
@feedback.response(200, schemas.OwnRatingOut)
def own_rating(case_no: str) -> Any:
    """The rating of one own case with the department's reply (FEE-08)"""
    return _rating(ratings.own(case_no))


@feedback.post("/cases/<case_no>/rating")
@allow(Citizen())
@idempotent
@feedback.arguments(schemas.RatingIn)
@feedback.response(201, schemas.OwnRatingOut)
def rate(body: dict[str, Any], case_no: str) -> Any:
    """Rate a completed case, once (FEE-01…04)"""
    return _rating(ratings.rate(case_no, **body))


@feedback.post("/cases/<case_no>/rating/follow-up")
@allow(Citizen())
@idempotent
@feedback.arguments(schemas.FollowUpIn)
@feedback.response(201, schemas.OwnRatingOut)
def follow_up(body: dict[str, Any], case_no: str) -> Any:
    """Come back once on the reply (追评, FEE-09)"""
    return _rating(ratings.follow_up(case_no, body["text"]))


@feedback.post("/cases/<case_no>/rating/reply")
@allow(Staff("letters_handler"))
@idempotent
@feedback.arguments(schemas.ReplyIn)
@feedback.response(201, schemas.RatingOut)
def reply(body: dict[str, Any], case_no: str) -> Any:
    """Reply to a negative rating (FEE-07)"""
    return _rating(ratings.reply(case_no, **body))


@feedback.get("/ratings")
@allow(UNIT)
@feedback.arguments(schemas.RatingArgs, location="query")
@feedback.response(200, page_schema(schemas.RatingOut))
def list_ratings(arguments: dict[str, Any]) -> Any:
    """Ratings of the caller's units, without the raters (FEE-13)"""
    orgs = actor().orgs("letters_handler", "unit_leader")
    query = Rating.select() if "*" in orgs else Rating.select().where(Rating.org.in_(list(orgs)))
    if arguments["org"]:
        query = query.where(Rating.org == arguments["org"])
    if arguments["state"]:
        query = query.where(Rating.state == arguments["state"])
    if arguments["overdue"] is not None:
        query = query.where(Rating.reply_overdue == arguments["overdue"])
    rows = page(query, [Rating.completed_at], limit=arguments["limit"], cursor=arguments["cursor"])
    ratings.with_replies(rows["items"])
    return rows


@feedback.get("/cases/<case_no>/rating")
@allow(UNIT)
@feedback.response(200, schemas.RatingOut)
def get_rating(case_no: str) -> Any:
    """The rating of a case of the caller's unit, without the rater (FEE-13)"""
    rating = ratings.get(case_no)
    actor().require_role("letters_handler", "unit_leader", org=rating.org)
    return _rating(rating)


@feedback.get("/statistics/ratings")
@allow(Public())
@feedback.arguments(schemas.StatisticArgs, location="query")
@feedback.response(200, schemas.RatingStatistics)
def rating_statistics(arguments: dict[str, Any]) -> Any:
    """Public numbers per organisation; defaults are outside every rate (FEE-05, FEE-09)"""
    return {"items": ratings.statistics(**arguments)}


# --- letters --------------------------------------------------------------------------------------------------------


def _letter(letter: Any) -> Any:
    etag.set(letter)
    return letters.with_answers([letter])[0]


@feedback.post("/letters")
@allow(Public())
@idempotent
@feedback.arguments(schemas.LetterIn)
@feedback.response(201, schemas.NewLetterOut)
def write(body: dict[str, Any]) -> Any:
    """Send a complaint (after login), a suggestion or a consultation (FEE-20…26)"""
    letter, password = letters.write(**body)
    letter = _letter(letter)
    letter.password = password
    return letter


@feedback.get("/me/letters")
@allow(Citizen())
@feedback.arguments(schemas.OwnLetterArgs, location="query")
@feedback.response(200, page_schema(schemas.OwnLetterOut))
def own_letters(arguments: dict[str, Any]) -> Any:
    """The caller's own letters, newest first (FEE-22)"""
    query = _filtered(Letter.select().where(Letter.sender_ref == actor().id), arguments)
    rows = page(query, [Letter.received_at], limit=arguments["limit"], cursor=arguments["cursor"])
    letters.with_answers(rows["items"])
    return rows


@feedback.get("/me/letters/<letter_no>")
@allow(Citizen())
@feedback.response(200, schemas.OwnLetterOut)
def own_letter(letter_no: str) -> Any:
    """One own letter with its answers (FEE-22)"""
    return _letter(letters.own(letter_no))


@feedback.post("/letters/<letter_no>/lookup")
@allow(Public())
@feedback.arguments(schemas.PasswordIn)
@feedback.response(200, schemas.OwnLetterOut)
def look_up(body: dict[str, Any], letter_no: str) -> Any:
    """An anonymous letter by its number and password (FEE-22, FEE-30)"""
    return _letter(passwords.check(letter_no, body["password"]))


@feedback.post("/letters/<letter_no>/satisfaction")
@allow(Public())
@feedback.arguments(schemas.SatisfactionIn)
@feedback.response(200, schemas.OwnLetterOut)
def judge(body: dict[str, Any], letter_no: str) -> Any:
    """Say whether the answer satisfies; no opens the letter again, once, within 7 days (FEE-31)"""
    return _letter(verdicts.judge(letter_no, **body))


@feedback.get("/letters")
@allow(READER)
@feedback.arguments(schemas.LetterArgs, location="query")
@feedback.response(200, page_schema(schemas.LetterLine))
def list_letters(arguments: dict[str, Any]) -> Any:
    """Letters to the caller's units, for A and B post alike (FEE-27)"""
    query = _filtered(letters.readable(), arguments)
    if arguments["org"]:
        query = query.where(Letter.org == arguments["org"])
    if arguments["overdue"] is not None:
        query = query.where(Letter.overdue == arguments["overdue"])
    return page(query, [Letter.received_at], limit=arguments["limit"], cursor=arguments["cursor"])


def _filtered(query: Any, arguments: dict[str, Any]) -> Any:
    if arguments["kind"]:
        query = query.where(Letter.kind == arguments["kind"])
    if arguments["state"]:
        query = query.where(Letter.state == arguments["state"])
    return query


@feedback.get("/letters/<letter_no>")
@allow(READER)
@feedback.response(200, schemas.LetterFileOut)
def read(letter_no: str) -> Any:
    """One letter with its sender's contact and its case; the reading is noted (FEE-33, ID-38)"""
    return letters.with_case(_letter(letters.read(letter_no)))


@feedback.get("/letters/<letter_no>/history")
@allow(READER)
@feedback.response(200, schemas.HistoryList)
def letter_history(letter_no: str) -> Any:
    """Everything that was done with a letter, readings included (FIL-33)"""
    return {"items": history.of(letters.read(letter_no).id)}


@feedback.post("/letters/<letter_no>/transfer")
@allow(Staff("letters_handler", "service_office"))
@feedback.arguments(schemas.TransferIn)
@feedback.response(200, schemas.LetterOut)
def transfer(body: dict[str, Any], letter_no: str) -> Any:
    """Pass a misdirected letter on; its clock goes on (FEE-27)"""
    return _letter(transfers.transfer(letter_no, **body))


@feedback.post("/letters/<letter_no>/opening")
@allow(Staff("letters_handler"))
@feedback.arguments(schemas.OpenIn)
@feedback.response(200, schemas.LetterOut)
def open_letter(body: dict[str, Any], letter_no: str) -> Any:
    """Take a letter in hand (FEE-27)"""
    return _letter(handling.open_letter(letter_no, **body))


@feedback.post("/letters/<letter_no>/contact")
@allow(Staff("letters_handler"))
@feedback.arguments(schemas.ContactIn)
@feedback.response(200, schemas.LetterOut)
def record_contact(body: dict[str, Any], letter_no: str) -> Any:
    """Record the first contact with the complainant (FEE-23)"""
    return _letter(handling.record_contact(letter_no, **body))


@feedback.post("/letters/<letter_no>/extension")
@allow(Staff("unit_leader"))
@feedback.arguments(schemas.ExtensionIn)
@feedback.response(200, schemas.LetterOut)
def extend(body: dict[str, Any], letter_no: str) -> Any:
    """Declare a complaint special before its limit ends: 30 working days from receipt (FEE-24)"""
    return _letter(handling.extend(letter_no, **body))


@feedback.post("/letters/<letter_no>/answer")
@allow(Staff("letters_handler"))
@feedback.arguments(schemas.AnswerIn)
@feedback.response(200, schemas.LetterOut)
def answer(body: dict[str, Any], letter_no: str) -> Any:
    """Answer a letter (FEE-23…26)"""
    return _letter(handling.answer(letter_no, **body))


@feedback.get("/statistics/letters")
@allow(READER)
@feedback.arguments(schemas.Period, location="query")
@feedback.response(200, schemas.LetterReport)
def letter_statistics(arguments: dict[str, Any]) -> Any:
    """The log report of the letters the caller may see (FEE-28)"""
    return {"items": reports.letter_report(**arguments)}


# --- orders ---------------------------------------------------------------------------------------------------------


@feedback.get("/orders")
@allow(UNIT)
@feedback.arguments(PageArgs, location="query")
@feedback.response(200, page_schema(schemas.OrderOut))
def list_orders(arguments: dict[str, Any]) -> Any:
    """Supervising orders to the caller's units about letters and ratings"""
    return page(orders.readable(), [Order.issued_at], limit=arguments["limit"], cursor=arguments["cursor"])
