"""Request and response schemas of booking and queue."""

from marshmallow import Schema, fields, validate

from chassis.paging import PageArgs
from contracts.words import TICKET_KINDS
from services.booking.transitions import BOOKING, CONTEST, TICKET, WAIT

_TIME = validate.Regexp(r"^\d\d:\d\d$")
_MACHINE = validate.Regexp(r"^[A-Za-z0-9-]{1,20}$")


class OfferOut(Schema):
    """An item that can be booked in a hall."""

    item_code = fields.String()
    item_name = fields.String()
    hall_code = fields.String()
    hall_name = fields.String()
    daily_number = fields.Integer()
    slots = fields.List(fields.Dict())


class Offers(Schema):
    """All bookable items."""

    items = fields.List(fields.Nested(OfferOut))


class SlotArgs(Schema):
    """Which slots are asked for."""

    item = fields.String(required=True)
    hall = fields.String(required=True)


class Slot(Schema):
    """A slot with its free places."""

    date = fields.Date()
    from_ = fields.String(data_key="from", attribute="from")
    to = fields.String()
    free = fields.Integer()


class Slots(Schema):
    """The slots within the horizon."""

    items = fields.List(fields.Nested(Slot))


class BookingIn(Schema):
    """A wish to book."""

    item_code = fields.String(required=True, validate=validate.Length(max=40))
    hall = fields.String(required=True, validate=validate.Length(max=40))
    date = fields.Date(required=True)
    slot = fields.String(required=True, validate=_TIME, metadata={"description": "start of the slot, 09:00"})


class BookingOut(Schema):
    """A booking."""

    booking_no = fields.String()
    item_code = fields.String()
    item_name = fields.String()
    hall = fields.String(attribute="hall_code")
    hall_name = fields.String()
    date = fields.Date(attribute="day")
    slot_from = fields.String()
    slot_to = fields.String()
    queue_group = fields.String(metadata={"description": "the queue in which its number will wait"})
    state = fields.String()
    state_name = fields.Function(lambda booking: BOOKING.states[booking.state])
    created_at = fields.AwareDateTime()


class Reason(Schema):
    """Why."""

    reason = fields.String(required=True, validate=validate.Length(min=2, max=500))


class TicketOut(Schema):
    """A queue ticket."""

    id = fields.String()
    ticket_no = fields.String()
    kind = fields.String()
    place = fields.Integer()
    state = fields.String()
    state_name = fields.Function(lambda ticket: TICKET.states[ticket.state])
    window = fields.String(allow_none=True)


class QueueOut(Schema):
    """A queue as a screen shows it."""

    hall = fields.String()
    queue_group = fields.String()
    date = fields.Date()
    called = fields.List(fields.Nested(TicketOut))
    waiting = fields.List(fields.Nested(TicketOut))


class Call(Schema):
    """Which window calls."""

    window = fields.String(required=True, validate=validate.Length(min=1, max=20))


class DayArgs(PageArgs):
    """Which day; today when none is named."""

    date = fields.Date(load_default=None, allow_none=True)


class HallBookingOut(BookingOut):
    """A booking as the hall sees it."""

    subject_name = fields.String(attribute="subject_name_masked")


class HoldOut(Schema):
    """A place kept for the caller."""

    id = fields.String()
    item_code = fields.String()
    hall = fields.String(attribute="hall_code")
    date = fields.Date(attribute="day")
    slot = fields.String(attribute="slot_from")
    purpose = fields.String(metadata={"description": "form, or first_choice after the hall cancelled"})
    until = fields.AwareDateTime()


class Holds(Schema):
    """All places kept for the caller."""

    items = fields.List(fields.Nested(HoldOut))


class WaitIn(Schema):
    """A wish to wait for a full slot, or for any slot of a full day."""

    item_code = fields.String(required=True, validate=validate.Length(max=40))
    hall = fields.String(required=True, validate=validate.Length(max=40))
    date = fields.Date(required=True)
    slot = fields.String(load_default="", validate=validate.Regexp(r"^(\d\d:\d\d)?$"))


class WaitOut(Schema):
    """A place in the waiting list."""

    id = fields.String()
    item_code = fields.String()
    hall = fields.String(attribute="hall_code")
    date = fields.Date(attribute="day")
    slot = fields.String(attribute="slot_from")
    state = fields.String()
    state_name = fields.Function(lambda wait: WAIT.states[wait.state])
    booking_no = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()


class ClosureIn(Schema):
    """Days on which the hall takes nobody."""

    first = fields.Date(required=True)
    last = fields.Date(required=True)
    reason = fields.String(required=True, validate=validate.Length(min=2, max=500))


class ClosureOut(ClosureIn):
    """A closure."""

    id = fields.String()
    hall = fields.String(attribute="hall_code")


class Closures(Schema):
    """The closures of a hall."""

    items = fields.List(fields.Nested(ClosureOut))


class Answer(Schema):
    """The hall's answer to a contest."""

    upheld = fields.Boolean(required=True)
    answer = fields.String(required=True, validate=validate.Length(min=2, max=500))


class ContestOut(Schema):
    """A contested no-show."""

    booking_id = fields.String()
    booking_no = fields.String()
    reason = fields.String()
    state = fields.String()
    state_name = fields.Function(lambda contest: CONTEST.states[contest.state])
    due_date = fields.Date()
    overdue = fields.Boolean()
    answer = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()


class Card(Schema):
    """What the machine has read from an identity card; it is not kept."""

    id_no = fields.String(required=True, validate=validate.Length(max=18))


class BlockIn(Schema):
    """How many numbers a machine wants in reserve."""

    machine = fields.String(required=True, validate=_MACHINE)
    kind = fields.String(required=True, validate=validate.OneOf(TICKET_KINDS))
    size = fields.Integer(required=True, strict=True, validate=validate.Range(1, 200))


class BlockOut(Schema):
    """Numbers that only this machine gives out today."""

    machine = fields.String()
    kind = fields.String()
    first = fields.Integer()
    last = fields.Integer()


class Given(Schema):
    """A number given out while offline, and for which card or booking."""

    ticket_no = fields.String(required=True, validate=validate.Regexp(r"^[NB]\d{3,5}$"))
    issued_at = fields.AwareDateTime(required=True)
    id_no = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=18))
    booking_no = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=40))


class SyncIn(Schema):
    """What a machine gave out while offline."""

    machine = fields.String(required=True, validate=_MACHINE)
    date = fields.Date(required=True)
    tickets = fields.List(fields.Nested(Given), required=True, validate=validate.Length(1, 200))


class Tickets(Schema):
    """Tickets in the order in which they were given out."""

    items = fields.List(fields.Nested(TicketOut))


class EstimateOut(Schema):
    """About how long the wait will be, and what the estimate rests on."""

    least_minutes = fields.Integer()
    most_minutes = fields.Integer()
    measured = fields.Integer(metadata={"description": "services that were measured"})
    windows = fields.Integer(metadata={"description": "windows at work"})


class TicketStanding(Schema):
    """Where a number stands."""

    ticket = fields.Nested(TicketOut)
    ahead = fields.Integer(allow_none=True)
    estimate = fields.Nested(EstimateOut, allow_none=True)


class BookingStanding(BookingOut):
    """A booking with the number that was taken for it."""

    standing = fields.Nested(TicketStanding, allow_none=True, metadata={"description": "null: no number yet"})


class QueueState(Schema):
    """Whether a queue still gives out numbers."""

    hall = fields.String(attribute="hall_code")
    queue_group = fields.String()
    date = fields.Date(attribute="day")
    closed_at = fields.AwareDateTime(allow_none=True)
