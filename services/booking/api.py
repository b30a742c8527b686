"""HTTP interface of booking and queue."""

from typing import Any

from flask_smorest import Blueprint

from chassis.auth import Citizen, Public, Staff, actor, allow
from chassis.idempotency import idempotent
from chassis.paging import PageArgs, page, page_schema
from services.booking import bookings, offers, queues, schemas
from services.booking.models import Booking, Offer

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
