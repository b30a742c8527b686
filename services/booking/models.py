"""The tables of booking and queue."""

from peewee import BooleanField, DateField, IntegerField, TextField

from chassis.db import Database, InstantField, JsonField

database = Database("booking")


class Hall(database.Model):
    """A service centre, as the catalog reports it."""

    code = TextField(unique=True)
    name = TextField()
    org = TextField(null=True)
    closes = TextField(null=True)
    active = BooleanField()
    sequence = IntegerField()

    class Meta:
        table_name = "booking_hall"


class Offer(database.Model):
    """An item that can be booked in a hall, with its slots and daily number (BOO-02)."""

    item_code = TextField()
    item_name = TextField()
    hall_code = TextField()
    hall_name = TextField()
    queue_group = TextField()
    valid_from = DateField()
    valid_until = DateField(null=True)
    daily_number = IntegerField()
    slots = JsonField()
    sequence = IntegerField()

    class Meta:
        table_name = "booking_offer"
        indexes = ((("item_code", "hall_code"), True),)


class Place(database.Model):
    """How many places of one slot, or of a whole day (slot_from ''), are taken; never more than the quota (BOO-06)."""

    item_code = TextField()
    hall_code = TextField()
    day = DateField()
    slot_from = TextField()
    taken = IntegerField(default=0)

    class Meta:
        table_name = "booking_place"
        indexes = ((("item_code", "hall_code", "day", "slot_from"), True),)


class Party(database.Model):
    """What booking must know of a party: restriction and ban from credit; also the lock of its bookings."""

    ref = TextField(unique=True)
    restricted_until = DateField(null=True)
    restriction_sequence = IntegerField(default=0)
    banned_until = DateField(null=True)
    ban_sequence = IntegerField(default=0)

    class Meta:
        table_name = "booking_party"


class Booking(database.Model):
    """One booking (domain 2.6)."""

    booking_no = TextField(unique=True)
    active_key = TextField(unique=True, null=True)  # party × item × day while active (BOO-07)
    subject_ref = TextField()
    subject_type = TextField()
    subject_name_masked = TextField()
    item_code = TextField()
    item_name = TextField()
    hall_code = TextField()
    hall_name = TextField()
    queue_group = TextField()
    day = DateField()
    slot_from = TextField()
    slot_to = TextField()
    state = TextField()
    cancelled_by = TextField(null=True)
    reminded_at = InstantField(null=True)
    arrived_at = InstantField(null=True)
    noshow_id = TextField(null=True)

    class Meta:
        table_name = "booking_booking"
        indexes = ((("subject_ref", "created_at"), False), (("hall_code", "day"), False))


class Queue(database.Model):
    """One waiting queue of a hall on one day; its row is the lock of all its tickets."""

    hall_code = TextField()
    queue_group = TextField()
    day = DateField()
    last_ordinary = IntegerField(default=0)
    last_booked = IntegerField(default=0)

    class Meta:
        table_name = "booking_queue"
        indexes = ((("hall_code", "queue_group", "day"), True),)


class Ticket(database.Model):
    """One number (domain 2.7)."""

    queue_id = TextField()
    ticket_no = TextField()
    kind = TextField()  # N | B
    booking_id = TextField(unique=True, null=True)
    place = IntegerField()  # order among the waiting
    state = TextField()
    calls = IntegerField(default=0)
    reentered = BooleanField(default=False)
    window = TextField(null=True)
    issued_at = InstantField()
    called_at = InstantField(null=True)
    served_at = InstantField(null=True)

    class Meta:
        table_name = "booking_ticket"
        indexes = ((("queue_id", "state", "place"), False), (("queue_id", "ticket_no"), True))
