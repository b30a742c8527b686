"""The tables of the credit archive."""

from peewee import BooleanField, DateField, TextField

from chassis.db import Database, InstantField, JsonField

database = Database("credit")


class Subject(database.Model):
    """A party that the archive knows; locked by every verb that changes its records."""

    ref = TextField(unique=True)
    type = TextField()
    name_masked = TextField()

    class Meta:
        table_name = "credit_subject"


class Record(database.Model):
    """One failing or one entry for no-shows (domain 2.3)."""

    record_no = TextField(unique=True)
    origin_key = TextField(unique=True)  # one promise, finding or third no-show yields one record (CRE-08)
    subject_ref = TextField(index=True)
    category = TextField()  # failing | booking_no_show
    grade = TextField()
    cause = TextField(null=True)
    source = TextField()  # lapse | finding | penalty | rectification | manual | no_show
    state = TextField()
    judging_org = TextField()
    case_id = TextField(null=True)
    case_no = TextField(null=True)
    item_code = TextField(null=True)
    origin_id = TextField(null=True)
    description = TextField()
    evidence = JsonField(default=list)
    opinion = TextField(null=True)
    determined_by = TextField(null=True)
    determined_at = InstantField(null=True)
    determination_overdue = BooleanField(default=False)
    listed_at = InstantField(null=True)
    restriction_until = DateField(null=True)

    class Meta:
        table_name = "credit_record"
        indexes = ((("judging_org", "state", "created_at"), False),)


class NoShow(database.Model):
    """One missed booking; three within a year make a record (CRE-16)."""

    booking_id = TextField(unique=True)
    subject_ref = TextField()
    missed_on = DateField()
    excused = BooleanField(default=False)
    record_id = TextField(null=True)  # the entry that used it up (BOO-23)

    class Meta:
        table_name = "credit_no_show"
        indexes = ((("subject_ref", "missed_on"), False),)


class Revocation(database.Model):
    """What filing revoked, kept to be shown beside the record of the same case."""

    case_id = TextField(unique=True)
    decision_no = TextField()
    ground = TextField()
    revoked_at = InstantField()

    class Meta:
        table_name = "credit_revocation"


class Share(database.Model):
    """A decision that the exchange platform must have within 7 working days (FIL-45, CRE-42)."""

    case_id = TextField(unique=True)
    case_no = TextField()
    decision_no = TextField()
    decision = TextField()
    item_code = TextField()
    org = TextField()
    due = DateField()
    shared_at = InstantField(null=True)
    receipt = TextField(null=True)

    class Meta:
        table_name = "credit_share"
        indexes = ((("shared_at", "due"), False),)


class Consultation(database.Model):
    """Who read whose archive, when and why (ID-38, CRE-41)."""

    subject_ref = TextField(index=True)
    reader = TextField()
    reason = TextField()
    at = InstantField()

    class Meta:
        table_name = "credit_consultation"
