"""What booking reports: bookings (网上预约), no-shows (失约) and queue tickets (叫号)."""

from contracts import words
from contracts.events._parts import SubjectEvent
from contracts.fields import Day, Flag, Instant, Reference, Text, Whole
from contracts.registry import EventType, event


class BookingEvent(SubjectEvent):
    """What every event about a booking says; the envelope's subject is the booking id."""

    booking_id = Text("Id of the booking.")
    booking_no = Text("Booking number (预约编号).")
    item_code = Text("Item booked.")
    item_name = Text("Name of the item.")
    hall_code = Text("Hall.")
    hall_name = Text("Name of the hall.")
    slot_date = Day("Booked date.")
    slot_from = Text("Start of the slot.", pattern=r"^\d\d:\d\d$")
    slot_to = Text("End of the slot.", pattern=r"^\d\d:\d\d$")
    by = Text("Who acted.", one_of=words.BOOKING_ACTORS)


@event("booking.booking.created", consumers=("notifier", "supervision"))
class BookingCreated(BookingEvent):
    """An applicant has booked."""

    created_at = Instant("When.")
    with_reminder = Flag("True when success and reminder go out as one message.")


@event("booking.booking.cancelled", consumers=("notifier", "supervision"))
class BookingCancelled(BookingEvent):
    """A booking is cancelled, by the applicant or by the hall; never a no-show."""

    cancelled_at = Instant("When.")
    reason = Text("Why.", optional=True)
    held_date = Day("Day of the slot that the hall keeps for the applicant instead.", optional=True)
    held_from = Text("Start of that slot.", pattern=r"^\d\d:\d\d$", optional=True)
    held_until = Instant("Until when it is kept.", optional=True)


@event("booking.booking.reminded", consumers=("notifier", "supervision"))
class BookingReminded(BookingEvent):
    """The day before has come: the applicant is to be reminded."""

    reminded_at = Instant("When.")


@event("booking.booking.served", consumers=("notifier", "supervision"))
class BookingServed(BookingEvent):
    """The applicant has been served."""

    ticket_id = Text("Ticket.")
    served_at = Instant("When.")


@event("booking.booking.no_show", consumers=("notifier", "credit", "supervision"))
class BookingNoShow(BookingEvent):
    """The applicant did not come on the booked date (失约)."""

    noshow_id = Text("Id of the no-show.")
    decided_at = Instant("When it was established.")
    count = Whole("No-shows now counting within one year, this one included.", least=1)
    remaining = Whole("How many more within the year lead to the ban.", optional=True)


@event("booking.noshow.excused", consumers=("credit",))
class NoShowExcused(SubjectEvent):
    """A no-show does not count any more."""

    booking_id = Text("Id of the booking.")
    booking_no = Text("Booking number.")
    noshow_id = Text("Id of the no-show.")
    slot_date = Day("Booked date.")
    reason = Text("Why.")
    excused_at = Instant("When.")
    excused_by = Reference("Who.")


class TicketEvent(EventType):
    """What every event about a queue ticket says; the envelope's subject is the ticket id."""

    ticket_id = Text("Id of the ticket.")
    hall_code = Text("Hall.")
    queue_group = Text("Queue of the hall.")
    queue_date = Day("Day of the queue.")
    ticket_no = Text("Number shown, such as N012 or B003.")
    ticket_kind = Text("Ordinary or booked number.", one_of=words.TICKET_KINDS)
    position = Whole("Tickets ahead of it; 0 when it is next or called.")
    waiting = Whole("Tickets waiting in the queue.")
    window = Text("Window that calls or serves.", optional=True)
    booking_no = Text("Booking behind a booked number.", optional=True)
    at = Instant("When.")


@event("booking.ticket.issued", consumers=("supervision",), readers=("gateway",))
class TicketIssued(TicketEvent):
    """The machine has given out a number."""


@event("booking.ticket.called", consumers=("supervision",), readers=("gateway",))
class TicketCalled(TicketEvent):
    """A window calls the number."""

    call = Whole("How often it has been called.", least=1)


@event("booking.ticket.served", consumers=("supervision",), readers=("gateway",))
class TicketServed(TicketEvent):
    """The number has been served."""

    waited_seconds = Whole("Seconds between issue and service.")


@event("booking.ticket.missed", consumers=("supervision",), readers=("gateway",))
class TicketMissed(TicketEvent):
    """Nobody came after three calls (过号)."""
