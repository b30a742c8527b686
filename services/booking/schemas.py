"""Request and response schemas of booking and queue."""

from marshmallow import Schema, fields, validate

from services.booking.transitions import BOOKING, TICKET

_TIME = validate.Regexp(r"^\d\d:\d\d$")


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
