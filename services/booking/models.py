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
    noshow_record = TextField(null=True)  # entry in the credit archive that has used this no-show up (BOO-23)

    class Meta:
        table_name = "booking_booking"
        indexes = ((("subject_ref", "created_at"), False), (("hall_code", "day"), False), (("day", "state"), False))


class Queue(database.Model):
    """One waiting queue of a hall on one day; its row is the lock of all its tickets."""

    hall_code = TextField()
    queue_group = TextField()
    day = DateField()
    last_ordinary = IntegerField(default=0)
    last_booked = IntegerField(default=0)
    closed_at = InstantField(null=True)

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
    finished_at = InstantField(null=True)

    class Meta:
        table_name = "booking_ticket"
        indexes = ((("queue_id", "state", "place"), False), (("queue_id", "ticket_no"), True))


class Hold(database.Model):
    """A place kept for one party: for minutes while the form is open, or as first choice after the hall cancelled."""

    subject_ref = TextField()
    item_code = TextField()
    hall_code = TextField()
    day = DateField()
    slot_from = TextField()
    purpose = TextField()  # form | first_choice
    until = InstantField()

    class Meta:
        table_name = "booking_hold"
        indexes = ((("subject_ref", "item_code", "hall_code", "day", "slot_from"), True),)


class Wait(database.Model):
    """A party that waits for a place of a full slot, or of any slot of the day (slot_from '')."""

    active_key = TextField(unique=True, null=True)  # party × item × hall × day while waiting
    subject_ref = TextField()
    subject_type = TextField()
    subject_name_masked = TextField()
    item_code = TextField()
    hall_code = TextField()
    day = DateField()
    slot_from = TextField()
    state = TextField()
    booking_no = TextField(null=True)

    class Meta:
        table_name = "booking_wait"
        indexes = ((("item_code", "hall_code", "day", "state"), False), (("subject_ref", "created_at"), False))


class Closure(database.Model):
    """Days on which a hall takes nobody (BOO-12)."""

    hall_code = TextField()
    first = DateField()
    last = DateField()
    reason = TextField()

    class Meta:
        table_name = "booking_closure"
        indexes = ((("hall_code", "last"), False),)


class Block(database.Model):
    """Numbers that a machine may give out while it is offline (BOO-18)."""

    queue_id = TextField()
    machine = TextField()
    kind = TextField()  # N | B
    first = IntegerField()
    last = IntegerField()

    class Meta:
        table_name = "booking_block"
        indexes = ((("queue_id", "machine"), False),)


class Contest(database.Model):
    """A no-show that the applicant contests (BOO-24)."""

    booking_id = TextField(unique=True)
    hall_code = TextField()
    reason = TextField()
    state = TextField()  # open | upheld | refused
    due_date = DateField()
    overdue = BooleanField(default=False)
    answer = TextField(null=True)
    decided_by = TextField(null=True)

    class Meta:
        table_name = "booking_contest"
        indexes = ((("hall_code", "state"), False),)
