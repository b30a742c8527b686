"""The tables of feedback."""

from peewee import BigIntegerField, BooleanField, DateField, IntegerField, TextField

from chassis import clock
from chassis.db import Database, InstantField, JsonField
from chassis.privacy import EncryptedField

database = Database("feedback")


class Rating(database.Model):
    """The one rating of a completed case (一事一评, FEE-01); open until given or defaulted."""

    case_id = TextField(unique=True)
    case_no = TextField(unique=True)
    subject_ref = TextField()
    subject_type = TextField()
    subject_name_masked = TextField()
    applicant_ref = TextField(null=True)
    org = TextField()
    region = TextField()
    item_code = TextField()
    item_name = TextField()
    case_source = TextField()
    same_city = BooleanField(default=False)
    completed_at = InstantField()
    result_at = InstantField(null=True)  # of a same-city case: when the applicant had the result (FEE-12)
    due_default = DateField()
    state = TextField()
    level = IntegerField(null=True)
    source = TextField(null=True)  # user | system_default
    channel = TextField(null=True)
    ticks = JsonField(default=list)
    text = EncryptedField(null=True)
    rated_at = InstantField(null=True)
    reply_due = DateField(null=True)
    reply_overdue = BooleanField(default=False)
    follow_ups = IntegerField(default=0)
    follow_up = EncryptedField(null=True)
    followed_up_at = InstantField(null=True)

    class Meta:
        table_name = "feedback_rating"
        indexes = (
            (("org", "completed_at"), False),
            (("subject_ref", "completed_at"), False),
            (("applicant_ref", "completed_at"), False),
            (("org", "rated_at"), False),
        )


class Reply(database.Model):
    """What the department has answered to a negative rating or to its follow-up (FEE-07, FEE-09)."""

    rating_id = TextField()
    number = IntegerField()
    kind = TextField()  # verification | correction | explanation
    text = EncryptedField()
    replied_by = TextField()
    replied_at = InstantField()
    late = BooleanField()

    class Meta:
        table_name = "feedback_reply"
        indexes = ((("rating_id", "number"), True),)


class RevokedCase(database.Model):
    """A case whose revocation reached us, so that a late completion opens no rating."""

    case_id = TextField(unique=True)
    revoked_at = InstantField()

    class Meta:
        table_name = "feedback_revoked_case"


class Letter(database.Model):
    """A complaint, a suggestion or a consultation (domain 2.8)."""

    letter_no = TextField(unique=True)
    kind = TextField()
    category = TextField(null=True)
    anonymous = BooleanField()
    password_hash = TextField(null=True)
    sender_ref = TextField(null=True)
    sender_name_masked = TextField(null=True)
    contact = EncryptedField(null=True)
    org = TextField()
    region = TextField()
    item_code = TextField(null=True)
    item_name = TextField(null=True)
    case_no = TextField(null=True, index=True)
    staff_ref = TextField(null=True)
    title = EncryptedField()
    text = EncryptedField()
    received_at = InstantField()
    due = DateField()
    state = TextField()
    overdue = BooleanField(default=False)  # of the round in hand; a late answer keeps its own mark
    transfers = IntegerField(default=0)
    handler = TextField(null=True)
    opened_at = InstantField(null=True)
    first_contact_at = InstantField(null=True)
    evidence = EncryptedField(null=True)  # what was verified and taken as evidence
    special = JsonField(null=True)
    reopens = IntegerField(default=0)
    verdict_due = DateField(null=True)
    satisfied = BooleanField(null=True)
    closed_at = InstantField(null=True)

    class Meta:
        table_name = "feedback_letter"
        indexes = (
            (("org", "state", "received_at"), False),
            (("region", "received_at"), False),
            (("sender_ref", "received_at"), False),
        )


class Answer(database.Model):
    """One answer to a letter and what its sender says of it; a letter opened again has two (FEE-31)."""

    letter_id = TextField()
    number = IntegerField()
    text = EncryptedField()
    adoption = TextField(null=True)
    answered_by = TextField()
    answered_at = InstantField()
    late = BooleanField()
    satisfied = BooleanField(null=True)
    verdict = EncryptedField(null=True)

    class Meta:
        table_name = "feedback_answer"
        indexes = ((("letter_id", "number"), True),)


class AttemptGuard(database.Model):
    """Wrong passwords in a row for one letter number; id = keyed hash, so unknown numbers are guarded too (FEE-30)."""

    failures = IntegerField(default=0)
    locked_until = InstantField(null=True)
    last_at = InstantField(default=clock.now, index=True)

    class Meta:
        table_name = "feedback_attempt_guard"


class Org(database.Model):
    """An organisation, as the catalog has published it."""

    code = TextField(unique=True)
    name = TextField()
    kind = TextField()
    region = TextField()
    run_by = TextField(null=True)
    active = BooleanField()
    sequence = BigIntegerField()

    class Meta:
        table_name = "feedback_org"


class Item(database.Model):
    """A service item, as the catalog has published it."""

    code = TextField(unique=True)
    name = TextField()
    approving_org = TextField()
    sequence = BigIntegerField()

    class Meta:
        table_name = "feedback_item"


class Order(database.Model):
    """A supervising order (督办) about a letter or a rating."""

    order_id = TextField(unique=True)
    order_no = TextField()
    kind = TextField()
    org = TextField()
    letter_no = TextField(null=True, index=True)
    rating_id = TextField(null=True, index=True)
    content = TextField()
    issued_at = InstantField()
    due = DateField()

    class Meta:
        table_name = "feedback_order"
        indexes = ((("org", "issued_at"), False),)


class Case(database.Model):
    """What a complaint about a case is checked against: the case as filing has reported it last (FEE-33)."""

    case_id = TextField(unique=True)
    case_no = TextField(unique=True)
    subject_ref = TextField()
    applicant_ref = TextField(null=True)
    item_code = TextField()
    org = TextField()
    sequence = BigIntegerField()

    class Meta:
        table_name = "feedback_case"


class CaseStep(database.Model):
    """One step of a case with the facts of its event, never changed (FEE-33)."""

    case_id = TextField()
    sequence = BigIntegerField()
    event_type = TextField()
    at = InstantField()
    facts = JsonField()

    class Meta:
        table_name = "feedback_case_step"
        indexes = ((("case_id", "sequence"), True),)


class Callback(database.Model):
    """The one telephone call-back about a completed case (一件一回访, FEE-12)."""

    rating_id = TextField(unique=True)
    state = TextField()  # unreached | done
    attempts = IntegerField()
    outcome = TextField()
    satisfied = BooleanField(null=True)
    opinion = EncryptedField(null=True)
    called_by = TextField()
    called_at = InstantField()

    class Meta:
        table_name = "feedback_callback"


class PublicAnswer(database.Model):
    """An answered letter as everybody may read it, rewritten by the unit (信件答复, FEE-29)."""

    letter_id = TextField(unique=True)
    kind = TextField()
    org = TextField()
    region = TextField()
    item_code = TextField(null=True)
    title = TextField()
    question = TextField()
    answer = TextField()
    state = TextField()  # published | withdrawn
    published_by = TextField()
    published_at = InstantField()
    withdrawn_reason = TextField(null=True)

    class Meta:
        table_name = "feedback_public_answer"
        indexes = ((("state", "published_at"), False),)


class Exposure(database.Model):
    """A difficulty made public until it is put right (曝光纠错, GW-12)."""

    letter_id = TextField(unique=True)
    org = TextField()
    region = TextField()
    item_code = TextField(null=True)
    title = TextField()
    problem = TextField()
    state = TextField()
    due = DateField()
    exposed_by = TextField()
    exposed_at = InstantField()
    result = TextField(null=True)
    reported_by = TextField(null=True)
    reported_at = InstantField(null=True)
    late = BooleanField(default=False)
    returns = IntegerField(default=0)
    remark = TextField(null=True)
    corrected_at = InstantField(null=True)

    class Meta:
        table_name = "feedback_exposure"
        indexes = ((("exposed_at",), False), (("org", "state"), False))


class Meeting(database.Model):
    """A quarterly forum of service users, or a satisfaction survey, with what became of the opinions (FEE-32)."""

    kind = TextField()
    org = TextField()
    region = TextField()
    year = IntegerField()
    quarter = IntegerField()
    held_on = DateField()
    title = TextField()
    participants = IntegerField()
    satisfaction = IntegerField(null=True)  # percent, of a survey
    summary = TextField()
    opinions = JsonField(default=list)
    recorded_by = TextField()

    class Meta:
        table_name = "feedback_meeting"
        indexes = ((("region", "year", "quarter"), False), (("held_on",), False))


class Guide(database.Model):
    """The guide of an item as the question robot quotes it; `wanted` runs ahead until it is fetched (FEE-29)."""

    item_code = TextField(unique=True)
    wanted = IntegerField()
    number = IntegerField(default=0)
    body = JsonField(null=True)

    class Meta:
        table_name = "feedback_guide"
        indexes = ((("wanted", "number"), False),)


class Passage(database.Model):
    """Something that the question robot can find: an item, a question of its guide, a published answer (FEE-29)."""

    source = TextField()  # guide | faq | answer
    ref = TextField()
    title = TextField()
    text = TextField(null=True)
    region = TextField()
    length = IntegerField()

    class Meta:
        table_name = "feedback_passage"
        indexes = ((("source", "ref"), False),)


class Term(database.Model):
    """How often a word stands in a passage."""

    term = TextField()
    passage_id = TextField(index=True)
    count = IntegerField()

    class Meta:
        table_name = "feedback_term"
        indexes = ((("term", "passage_id"), True),)
