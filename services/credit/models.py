"""The tables of the credit archive."""

from peewee import BooleanField, DateField, IntegerField, TextField

from chassis import clock
from chassis.db import Database, InstantField, JsonField
from chassis.privacy import EncryptedField

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
    item_name = TextField(null=True)
    annotation = TextField(default="none")  # what stands beside it now (CRE-23, CRE-35)
    consequence_major = BooleanField(default=False)  # bars repair (CRE-31)
    correction_date = DateField(null=True)  # day 0 of the clean year, set by the judging organ (CRE-36)
    correction_evidence = JsonField(null=True)
    correction_asked = EncryptedField(null=True)  # why the party says that it has corrected

    class Meta:
        table_name = "credit_record"
        indexes = ((("judging_org", "state", "created_at"), False), (("state", "created_at"), False))


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
    """A decision, or a change of a failing, that the exchange platform must have within 7 working days (CRE-42)."""

    kind = TextField()  # decision | record
    about = TextField()  # the case, or the record
    state = TextField()  # the decision, or what became of the record
    case_no = TextField(null=True)
    number = TextField()  # of the decision, or of the record
    item_code = TextField(null=True)
    org = TextField()
    due = DateField()
    shared_at = InstantField(null=True)
    receipt = TextField(null=True)

    class Meta:
        table_name = "credit_share"
        indexes = ((("kind", "about", "state", "due"), True), (("shared_at", "due"), False))

    @property
    def overdue(self) -> bool:
        """Whether its last day is over and the platform has not taken it."""
        return self.shared_at is None and self.due < clock.today()


class Consultation(database.Model):
    """Who read whose archive, when and why (ID-38, CRE-41)."""

    subject_ref = TextField(index=True)
    reader = TextField()
    reason = TextField()
    at = InstantField()

    class Meta:
        table_name = "credit_consultation"


class Paper(database.Model):
    """A signed or sealed page, as uploaded; small, and personal, so it lies encrypted beside what it belongs to."""

    owner = TextField(index=True)
    name = TextField()
    mime = TextField()
    sha256 = TextField()
    content = EncryptedField()  # base64

    class Meta:
        table_name = "credit_paper"


class Application(database.Model):
    """An objection (异议) or an application for repair (信用修复), domain 2.4 and 2.5."""

    application_no = TextField(unique=True)
    kind = TextField()  # objection | repair
    record_id = TextField(index=True)
    active_key = TextField(unique=True, null=True)  # the record, while open: one at a time (CRE-27)
    subject_ref = TextField(index=True)
    judging_org = TextField()
    state = TextField()
    channel = TextField()  # online | onsite
    applicant_name = EncryptedField()
    id_no = EncryptedField()
    reason = EncryptedField()
    new_facts = EncryptedField(null=True)
    promise = BooleanField(default=False)  # of the national rule (CRE-43)
    conditions = JsonField(default=list)  # repair conditions of the item, as they stood (CRE-37)
    signature = TextField()
    seal = TextField(null=True)
    received_at = InstantField()
    due = DateField()
    overdue = BooleanField(default=False)
    result = TextField(null=True)
    new_grade = TextField(null=True)
    new_cause = TextField(null=True)
    reasons = EncryptedField(null=True)
    decided_by = TextField(null=True)
    decided_at = InstantField(null=True)
    decision = EncryptedField(null=True)  # the written decision, as a page
    publicities = IntegerField(default=0)
    closed_at = InstantField(null=True)

    class Meta:
        table_name = "credit_application"
        indexes = ((("judging_org", "state", "received_at"), False), (("state", "received_at"), False))


class Notice(database.Model):
    """A result on the hall's page for three working days, names masked (公示, CRE-24)."""

    application_id = TextField(index=True)
    record_id = TextField()
    text = TextField()
    from_date = DateField()
    to_date = DateField()
    state = TextField()  # running | opposed | ended
    opposed_by = TextField(null=True)
    opposition = EncryptedField(null=True)

    class Meta:
        table_name = "credit_notice"
        indexes = ((("state", "created_at"), False),)


class ForeignFailing(database.Model):
    """A failing in another department's credit system; it breaks the clean year (CRE-31)."""

    subject_ref = TextField(index=True)
    source = TextField()
    reference = TextField()
    occurred_on = DateField()
    reported_by = TextField()

    class Meta:
        table_name = "credit_foreign_failing"
        indexes = ((("source", "reference"), True),)
