"""HTTP interface of booking and queue."""

from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from chassis import clock
from chassis.auth import Citizen, Public, Staff, actor, allow
from chassis.idempotency import idempotent
from chassis.paging import PageArgs, page, page_schema
from services.booking import (
    bookings,
    closures,
    contests,
    holds,
    live,
    machines,
    offers,
    queues,
    schemas,
    waits,
)
from services.booking.models import Booking, Closure, Contest, Hold, Offer, Wait

booking = Blueprint("booking", __name__, description="网上预约与叫号 booking and queue")

OPERATOR = Staff("hall_operator", "window_clerk")


@booking.get("/offers")
@allow(Public())
@booking.response(200, schemas.Offers)
def list_offers() -> Any:
    """Everything that can be booked (BOO-02)"""
    return {"items": list(Offer.select().order_by(Offer.item_code, Offer.hall_code))}


@booking.get("/slots")
@allow(Public())
@booking.arguments(schemas.SlotArgs, location="query")
@booking.response(200, schemas.Slots)
def list_slots(arguments: dict[str, Any]) -> Any:
    """Free places of an item in a hall on the next five working days (BOO-03)"""
    return {"items": offers.free_slots(offers.get(arguments["item"], arguments["hall"]))}


@booking.post("/bookings")
@allow(Citizen())
@idempotent
@booking.arguments(schemas.BookingIn)
@booking.response(201, schemas.BookingOut)
def book(body: dict[str, Any]) -> Any:
    """Book a slot (BOO-04…07, BOO-11)"""
    return bookings.book(body["item_code"], body["hall"], body["date"], body["slot"])


@booking.get("/bookings")
@allow(Citizen())
@booking.arguments(PageArgs, location="query")
@booking.response(200, page_schema(schemas.BookingOut))
def own_bookings(arguments: dict[str, Any]) -> Any:
    """The caller's own bookings, newest first (BOO-08)"""
    query = Booking.select().where(Booking.subject_ref == actor().id)
    return page(query, [Booking.created_at], limit=arguments["limit"], cursor=arguments["cursor"])


@booking.delete("/bookings/<booking_no>")
@allow(Citizen())
@booking.response(200, schemas.BookingOut)
def cancel(booking_no: str) -> Any:
    """Cancel until 24:00 of the day before (BOO-09)"""
    return bookings.cancel(booking_no)


@booking.post("/bookings/<booking_no>/hall-cancellation")
@allow(OPERATOR)
@booking.arguments(schemas.Reason)
@booking.response(200, schemas.BookingOut)
def cancel_by_hall(body: dict[str, Any], booking_no: str) -> Any:
    """The hall cancels; never a no-show (BOO-12)"""
    return bookings.cancel_by_hall(booking_no, body["reason"])


@booking.post("/bookings/<booking_no>/arrival")
@allow(OPERATOR)
@booking.response(201, schemas.TicketOut)
def arrive(booking_no: str) -> Any:
    """Take a booked number on the booked date (BOO-13, BOO-14)"""
    return queues.arrive(booking_no)


@booking.post("/bookings/<booking_no>/excuse")
@allow(OPERATOR)
@booking.arguments(schemas.Reason)
@booking.response(200, schemas.BookingOut)
def excuse(body: dict[str, Any], booking_no: str) -> Any:
    """Take a no-show back (BOO-24)"""
    return bookings.excuse(booking_no, body["reason"])


@booking.get("/bookings/<booking_no>")
@allow(Citizen(), OPERATOR)
@booking.response(200, schemas.BookingStanding)
def one_booking(booking_no: str) -> Any:
    """One booking and where its number stands, for its party and for the hall (BOO-08, BOO-13)"""
    found = bookings.get(booking_no)
    found.standing = live.of_booking(found.id)
    return found


@booking.get("/halls/<hall>/bookings")
@allow(OPERATOR)
@booking.arguments(schemas.DayArgs, location="query")
@booking.response(200, page_schema(schemas.HallBookingOut))
def hall_bookings(arguments: dict[str, Any], hall: str) -> Any:
    """Whom the hall expects on a day, slot by slot (BOO-05)"""
    bookings.require_operator(hall)
    query = Booking.select().where(Booking.hall_code == hall, Booking.day == (arguments["date"] or clock.today()))
    keys = [Booking.slot_from, Booking.created_at]
    return page(query, keys, limit=arguments["limit"], cursor=arguments["cursor"], newest_first=False)


@booking.post("/holds")
@allow(Citizen())
@booking.arguments(schemas.BookingIn)
@booking.response(201, schemas.HoldOut)
def keep_place(body: dict[str, Any]) -> Any:
    """Keep a place for a few minutes while the form is open (BOO-06)"""
    return holds.keep(body["item_code"], body["hall"], body["date"], body["slot"])


@booking.get("/holds")
@allow(Citizen())
@booking.response(200, schemas.Holds)
def own_holds() -> Any:
    """The places kept for the caller, among them first choices after the hall cancelled (BOO-12)"""
    return {"items": list(Hold.select().where(Hold.subject_ref == actor().id).order_by(Hold.until))}


@booking.delete("/holds/<hold_id>")
@allow(Citizen())
@booking.response(204)
def drop_hold(hold_id: str) -> None:
    """Give a kept place back"""
    holds.drop(hold_id)


@booking.post("/waits")
@allow(Citizen())
@idempotent
@booking.arguments(schemas.WaitIn)
@booking.response(201, schemas.WaitOut)
def join_waiting_list(body: dict[str, Any]) -> Any:
    """Wait for a full slot or day; a place that becomes free is booked for the first in line (BOO-06)"""
    return waits.join(body["item_code"], body["hall"], body["date"], body["slot"])


@booking.get("/waits")
@allow(Citizen())
@booking.arguments(PageArgs, location="query")
@booking.response(200, page_schema(schemas.WaitOut))
def own_waits(arguments: dict[str, Any]) -> Any:
    """The caller's own places in waiting lists, newest first"""
    query = Wait.select().where(Wait.subject_ref == actor().id)
    return page(query, [Wait.created_at], limit=arguments["limit"], cursor=arguments["cursor"])


@booking.delete("/waits/<wait_id>")
@allow(Citizen())
@booking.response(200, schemas.WaitOut)
def leave_waiting_list(wait_id: str) -> Any:
    """Wait no more"""
    return waits.leave(wait_id)


@booking.post("/halls/<hall>/closures")
@allow(OPERATOR)
@idempotent
@booking.arguments(schemas.ClosureIn)
@booking.response(201, schemas.ClosureOut)
def close_hall(body: dict[str, Any], hall: str) -> Any:
    """The hall takes nobody on these days: what is booked is cancelled, with first choice of new slots (BOO-12)"""
    return closures.close(hall, body["first"], body["last"], body["reason"])


@booking.get("/halls/<hall>/closures")
@allow(Public())
@booking.response(200, schemas.Closures)
def list_closures(hall: str) -> Any:
    """The days, from today on, on which the hall takes nobody (BOO-12)"""
    query = Closure.select().where(Closure.hall_code == hall, Closure.last >= clock.today())
    return {"items": list(query.order_by(Closure.first))}


@booking.delete("/closures/<closure_id>")
@allow(OPERATOR)
@booking.response(204)
def reopen_hall(closure_id: str) -> None:
    """The hall takes people again"""
    closures.reopen(closure_id)


@booking.post("/bookings/<booking_no>/contest")
@allow(Citizen())
@booking.arguments(schemas.Reason)
@booking.response(201, schemas.ContestOut)
def contest(body: dict[str, Any], booking_no: str) -> Any:
    """Say why a no-show must not count (BOO-24)"""
    return contests.contest(booking_no, body["reason"])


@booking.get("/halls/<hall>/contests")
@allow(OPERATOR)
@booking.arguments(PageArgs, location="query")
@booking.response(200, page_schema(schemas.ContestOut))
def hall_contests(arguments: dict[str, Any], hall: str) -> Any:
    """Contests that await the hall's answer (BOO-24)"""
    bookings.require_operator(hall)
    query = contests.numbered().where(Contest.hall_code == hall, Contest.state == "open")
    keys = [Contest.due_date]
    return page(query, keys, limit=arguments["limit"], cursor=arguments["cursor"], newest_first=False)


@booking.post("/bookings/<booking_no>/contest/answer")
@allow(OPERATOR)
@booking.arguments(schemas.Answer)
@booking.response(200, schemas.ContestOut)
def answer_contest(body: dict[str, Any], booking_no: str) -> Any:
    """The hall answers; an upheld contest takes the no-show back (BOO-24)"""
    return contests.decide(booking_no, body["upheld"], body["answer"])


@booking.get("/queues/<hall>/<queue_group>")
@allow(Public())
@booking.response(200, schemas.QueueOut)
def show_queue(hall: str, queue_group: str) -> Any:
    """The queue of today, for screens and phones"""
    return queues.shown(hall, queue_group)


@booking.post("/queues/<hall>/<queue_group>/tickets")
@allow(OPERATOR)
@booking.response(201, schemas.TicketOut)
def issue(hall: str, queue_group: str) -> Any:
    """Take an ordinary number"""
    return queues.issue(hall, queue_group)


@booking.post("/queues/<hall>/<queue_group>/call")
@allow(OPERATOR)
@booking.arguments(schemas.Call)
@booking.response(200, schemas.TicketOut)
def call(body: dict[str, Any], hall: str, queue_group: str) -> Any:
    """Call the next number to a window (BOO-17)"""
    return queues.call(hall, queue_group, body["window"])


@booking.post("/tickets/<ticket_id>/call")
@allow(OPERATOR)
@booking.response(200, schemas.TicketOut)
def call_again(ticket_id: str) -> Any:
    """Call the same number again; after three calls it is missed (BOO-17)"""
    return queues.call_again(ticket_id)


@booking.post("/tickets/<ticket_id>/service")
@allow(OPERATOR)
@booking.response(200, schemas.TicketOut)
def serve(ticket_id: str) -> Any:
    """The person is at the window"""
    return queues.serve(ticket_id)


@booking.post("/tickets/<ticket_id>/end")
@allow(OPERATOR)
@booking.response(200, schemas.TicketOut)
def finish(ticket_id: str) -> Any:
    """The window is free again"""
    return queues.finish(ticket_id)


@booking.post("/tickets/<ticket_id>/transfer")
@allow(OPERATOR)
@booking.arguments(schemas.Call)
@booking.response(200, schemas.TicketOut)
def transfer(body: dict[str, Any], ticket_id: str) -> Any:
    """Another window of the queue takes the person over (BOO-17)"""
    return queues.transfer(ticket_id, body["window"])


@booking.post("/tickets/<ticket_id>/cancellation")
@allow(OPERATOR)
@booking.response(200, schemas.TicketOut)
def give_up(ticket_id: str) -> Any:
    """The person hands the number back"""
    return queues.give_up(ticket_id)


@booking.get("/tickets/<ticket_id>")
@allow(Public())
@booking.response(200, schemas.TicketStanding)
def show_ticket(ticket_id: str) -> Any:
    """How many are ahead of a number, and about how long it will take"""
    return live.of_ticket(ticket_id)


@booking.get("/queues/<hall>/<queue_group>/live")
@allow(Public())
@booking.response(200, content_type="text/event-stream")
def live_queue(hall: str, queue_group: str) -> Any:
    """The queue as a server-sent event; `retry` makes the browser ask again, `Last-Event-ID` spares the unchanged"""
    text = live.stream(hall, queue_group, request.headers.get("Last-Event-ID", ""))
    return Response(text, mimetype="text/event-stream", headers={"Cache-Control": "no-store"})


@booking.post("/queues/<hall>/<queue_group>/closing")
@allow(OPERATOR)
@booking.response(200, schemas.QueueState)
def close_queue(hall: str, queue_group: str) -> Any:
    """No more numbers today; what waits lapses (BOO-17)"""
    return queues.end_day(hall, queue_group)


@booking.post("/halls/<hall>/card-arrivals")
@allow(OPERATOR)
@booking.arguments(schemas.Card)
@booking.response(201, schemas.TicketOut)
def arrive_by_card(body: dict[str, Any], hall: str) -> Any:
    """The machine has read an identity card: the booked number of its holder (BOO-13, BOO-14)"""
    return machines.read_card(hall, body["id_no"])


@booking.post("/queues/<hall>/<queue_group>/blocks")
@allow(OPERATOR)
@idempotent
@booking.arguments(schemas.BlockIn)
@booking.response(201, schemas.BlockOut)
def reserve_numbers(body: dict[str, Any], hall: str, queue_group: str) -> Any:
    """Numbers that a machine may give out while offline (BOO-18)"""
    return machines.reserve(hall, queue_group, body["machine"], body["kind"], body["size"])


@booking.post("/queues/<hall>/<queue_group>/offline-tickets")
@allow(OPERATOR)
@booking.arguments(schemas.SyncIn)
@booking.response(200, schemas.Tickets)
def sync_machine(body: dict[str, Any], hall: str, queue_group: str) -> Any:
    """Enter what a machine gave out while offline; sending it again changes nothing (BOO-18)"""
    return {"items": machines.sync(hall, queue_group, body["machine"], body["date"], body["tickets"])}
