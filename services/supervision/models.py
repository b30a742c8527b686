"""The tables of supervision."""

from peewee import BooleanField, DateField, IntegerField, TextField

from chassis.db import Database, InstantField, JsonField
from chassis.privacy import EncryptedField

database = Database("supervision")


class Push(database.Model):
    """A completed or revoked case in the hands of one supervising office (时推送, SUP-03)."""

    case_id = TextField()
    case_no = TextField(index=True)
    kind = TextField()  # completed | revoked
    org = TextField()
    approving_org = TextField()
    subject_ref = TextField(index=True)
    subject_type = TextField()
    subject_name_masked = TextField()
    item_code = TextField()
    item_name = TextField()
    mode = TextField()
    decision = TextField()  # granted | refused | revoked
    supervision_kind = TextField()
    licence_no = TextField(null=True)
    files = JsonField()
    pushed_at = InstantField()
    seen_by = TextField(null=True)
    seen_at = InstantField(null=True)
    delay_seconds = IntegerField(null=True)  # from the end of the case to the acknowledgement
    acknowledged_at = InstantField(null=True)
    sheet_id = TextField(null=True, index=True)

    class Meta:
        table_name = "supervision_push"
        indexes = ((("case_id", "kind", "org"), True), (("org", "pushed_at"), False))


class Task(database.Model):
    """The verification of the promises behind one commit decision (承诺核查)."""

    case_id = TextField(unique=True)
    case_no = TextField(index=True)
    subject_ref = TextField(index=True)
    subject_type = TextField()
    subject_name_masked = TextField()
    item_code = TextField()
    item_name = TextField()
    approving_org = TextField()
    supervising_org = TextField()
    decided_at = InstantField()
    start_due = DateField()
    finish_due = DateField()
    cap_due = DateField()
    state = TextField()
    priority = IntegerField(default=0)  # 1 for key targets (SUP-26)
    start_overdue = BooleanField(default=False)
    finish_overdue = BooleanField(default=False)
    inspector = TextField(null=True)
    plan = JsonField(null=True)
    started_at = InstantField(null=True)
    promised = JsonField()
    points = JsonField(null=True)
    ended_at = InstantField(null=True)
    end_reason = TextField(null=True)

    class Meta:
        table_name = "supervision_task"
        indexes = ((("supervising_org", "state", "priority", "created_at"), False),)


class Rectification(database.Model):
    """The order to correct by a date and to stop the activity until then (SUP-23)."""

    task_id = TextField(unique=True)
    problems = JsonField()
    due = DateField()
    stop_activity = BooleanField(default=True)
    evidence = JsonField()
    ordered_by = TextField()
    ordered_at = InstantField()
    reported = TextField(null=True)  # what the party says it has corrected
    reported_at = InstantField(null=True)
    recheck = JsonField(null=True)
    recheck_overdue = BooleanField(default=False)

    class Meta:
        table_name = "supervision_rectification"


class Finding(database.Model):
    """Something found in daily supervision (SUP-10)."""

    subject_ref = TextField(index=True)
    case_no = TextField(null=True)
    kind = TextField()
    approving_org = TextField()
    supervising_org = TextField()
    description = TextField()
    evidence = JsonField()
    penalty_no = TextField(null=True)
    discovered_at = InstantField()
    reported_at = InstantField()
    reported_by = TextField()
    late = BooleanField()

    class Meta:
        table_name = "supervision_finding"
        indexes = ((("supervising_org", "reported_at"), False),)


class Photo(database.Model):
    """A photo of an inspection; people may be on it, so it lies encrypted."""

    case_no = TextField(index=True)
    org = TextField()
    approving_org = TextField()
    item_code = TextField()
    taken_by = TextField()
    name = TextField()
    mime = TextField()
    size = IntegerField()
    sha256 = TextField()
    content = EncryptedField()  # base64

    class Meta:
        table_name = "supervision_photo"


class Proposal(database.Model):
    """A formal proposal to revoke a result (SUP-13)."""

    case_id = TextField(index=True)
    case_no = TextField()
    approving_org = TextField()
    supervising_org = TextField()
    opinion = TextField()
    document_ref = TextField()
    document_no = TextField()
    proposed_by = TextField()
    proposed_at = InstantField()
    reply_due = DateField()
    state = TextField()  # proposed | revoked | declined
    reply_overdue = BooleanField(default=False)
    explanation = TextField(null=True)

    class Meta:
        table_name = "supervision_proposal"
        indexes = ((("supervising_org", "proposed_at"), False),)


class KeyTarget(database.Model):
    """A party that is put on top of every list (SUP-26)."""

    subject_ref = TextField(unique=True)
    serious = BooleanField()
    sequence = IntegerField()

    class Meta:
        table_name = "supervision_key_target"


class EndedCase(database.Model):
    """A case that ended before its completion reached us, so that no verification is opened late (SUP-27)."""

    case_id = TextField(unique=True)
    reason = TextField()

    class Meta:
        table_name = "supervision_ended_case"


class Violation(database.Model):
    """What electronic supervision has detected (SUP-30)."""

    event_id = TextField(unique=True)
    kind = TextField()  # over_time | over_authority | wrong_order | over_visits
    what = TextField()
    org = TextField(null=True)
    case_no = TextField(null=True)
    reference = TextField(null=True)
    detected_at = InstantField()
    case_id = TextField(null=True, index=True)

    class Meta:
        table_name = "supervision_violation"
        indexes = ((("detected_at",), False),)


class Linkage(database.Model):
    """An approving and a supervising office that have cases in common (审管联动, SUP-02)."""

    approving_org = TextField()
    supervising_org = TextField()

    class Meta:
        table_name = "supervision_linkage"
        indexes = ((("approving_org", "supervising_org"), True), (("supervising_org",), False))


class DailySheet(database.Model):
    """What two offices check with each other at the end of a day (日互动, SUP-04)."""

    approving_org = TextField()
    supervising_org = TextField()
    day = DateField()
    state = TextField()
    signatures = JsonField(default=dict)  # side -> by, at, counts

    class Meta:
        table_name = "supervision_daily_sheet"
        indexes = ((("approving_org", "supervising_org", "day"), True), (("supervising_org", "day"), False))


class SheetProblem(database.Model):
    """A problem of the exchange with its owner, followed until it is settled (SUP-04)."""

    sheet_id = TextField(index=True)
    description = TextField()
    owner = TextField()
    follow_up_on = DateField()
    state = TextField()
    reported_to = TextField(null=True)
    outcome = TextField(null=True)

    class Meta:
        table_name = "supervision_sheet_problem"


class WeeklyRecord(database.Model):
    """The record of the weekly face-to-face meeting of two offices (周见面, SUP-05)."""

    approving_org = TextField()
    supervising_org = TextField()
    week = TextField()  # 2026-W36
    meeting_day = DateField()
    state = TextField()
    met_at = InstantField(null=True)
    participants = JsonField(null=True)
    summary = TextField(null=True)
    filed_by = TextField(null=True)
    filed_at = InstantField(null=True)

    class Meta:
        table_name = "supervision_weekly_record"
        indexes = ((("approving_org", "supervising_org", "week"), True), (("supervising_org", "week"), False))


class Meeting(database.Model):
    """A monthly consultation; number 1 of a month is the one that is owed (月会商, SUP-06)."""

    convener = TextField()
    month = TextField()  # 2026-09
    number = IntegerField()
    state = TextField()
    held_at = InstantField(null=True)
    points = JsonField(null=True)
    minutes_ref = TextField(null=True)
    recorded_by = TextField(null=True)

    class Meta:
        table_name = "supervision_meeting"
        indexes = ((("convener", "month", "number"), True),)


class MeetingCopy(database.Model):
    """The minutes in the hands of one participating office (SUP-06)."""

    meeting_id = TextField()
    org = TextField(index=True)
    read_by = TextField(null=True)
    read_at = InstantField(null=True)

    class Meta:
        table_name = "supervision_meeting_copy"
        indexes = ((("meeting_id", "org"), True),)


class Item(database.Model):
    """What the catalog says of a version of an item: who decides and who supervises."""

    code = TextField()
    version_no = IntegerField()
    approving_org = TextField()
    supervising_orgs = JsonField()

    class Meta:
        table_name = "supervision_item"
        indexes = ((("code", "version_no"), True),)


class UnpushedCase(database.Model):
    """A case that ended more than an hour ago and has not been pushed (SUP-03, AMB-39)."""

    case_id = TextField()
    case_no = TextField()
    kind = TextField()  # completed | revoked
    approving_org = TextField()
    supervising_org = TextField()
    sheet_id = TextField(index=True)
    state = TextField()  # missing | arrived
    found_at = InstantField()

    class Meta:
        table_name = "supervision_unpushed_case"
        indexes = ((("case_id", "kind", "supervising_org"), True),)


class StaffGrant(database.Model):
    """Who may decide where, as identity tells it; what electronic supervision holds decisions against (SUP-30)."""

    grant_id = TextField(unique=True)
    staff = TextField(index=True)
    role = TextField()
    org = TextField()
    items = JsonField()
    valid_from = DateField(null=True)
    valid_until = DateField(null=True)
    revoked_at = InstantField(null=True)

    class Meta:
        table_name = "supervision_staff_grant"


class WatchedCase(database.Model):
    """What the events say of one case, whatever their order: each fact has one source (SUP-30, SUP-32)."""

    case_id = TextField(unique=True)
    case_no = TextField()
    item_code = TextField()
    item_version = IntegerField()
    item_name = TextField()
    approving_org = TextField()
    steps = JsonField(default=dict)  # sequence -> what happened
    decided_by = TextField(null=True, index=True)
    decided_at = InstantField(null=True)
    completed_at = InstantField(null=True)
    elapsed_wd = IntegerField(null=True)
    committed_wd = IntegerField(null=True)
    statutory_wd = IntegerField(null=True)
    corrections = IntegerField(default=0)
    returns = IntegerField(default=0)
    view_seconds = IntegerField(null=True)
    overdue = BooleanField(default=False)
    ended = BooleanField(default=False)
    suspect = BooleanField(default=False)  # something derived from the steps is on the list of violations

    class Meta:
        table_name = "supervision_watched_case"
        indexes = ((("completed_at", "item_code"), False), (("item_code", "item_version"), False))


class WatchedVoice(database.Model):
    """What the events say of one letter or rating (SUP-32)."""

    kind = TextField()  # letter | rating
    reference = TextField(unique=True)  # letter_no or rating_id
    org = TextField()
    item_code = TextField(null=True)
    staff = TextField(null=True)  # whom a letter is about
    came_at = InstantField()
    sequence = IntegerField()
    active = BooleanField(default=False)  # a rating that somebody gave
    negative = BooleanField(default=False)
    answered = BooleanField(default=False)
    answered_sequence = IntegerField(default=0)  # of the latest answer; a follow-up may ask for another
    late = BooleanField(default=False)

    class Meta:
        table_name = "supervision_watched_voice"
        indexes = ((("came_at", "kind"), False),)


class Order(database.Model):
    """A supervising order (督办, SUP-31)."""

    order_no = TextField(unique=True)
    cause = TextField(null=True, unique=True)  # the event behind it
    kind = TextField()
    target_org = TextField()
    case_id = TextField(null=True, index=True)
    case_no = TextField(null=True)
    letter_no = TextField(null=True, index=True)
    rating_id = TextField(null=True, index=True)
    item_code = TextField(null=True)
    content = TextField()
    issued_by = TextField()
    issued_at = InstantField()
    due = DateField()
    sequence = IntegerField(default=0)  # of the event behind it: what ended before a delay does not end its order
    ends_with_case = BooleanField(default=False)
    state = TextField()
    overdue = BooleanField(default=False)
    answer = TextField(null=True)
    answered_by = TextField(null=True)

    class Meta:
        table_name = "supervision_order"
        indexes = ((("target_org", "issued_at"), False),)


class Draw(database.Model):
    """A random draw of parties and inspectors (双随机) that anybody can repeat (SUP-26)."""

    org = TextField()
    title = TextField()
    item_code = TextField()
    parties = IntegerField()  # how many are to be drawn
    inspectors_each = IntegerField()
    commitment = TextField()
    seed = EncryptedField()
    state = TextField()
    announced_by = TextField()
    announced_at = InstantField()
    population = JsonField(null=True)  # of references
    inspectors = JsonField(null=True)
    population_hash = TextField(null=True)
    result = JsonField(null=True)
    drawn_at = InstantField(null=True)

    class Meta:
        table_name = "supervision_draw"
        indexes = ((("announced_at",), False), (("org",), False))


class ExchangeWarning(database.Model):
    """A limit between the two offices that is about to pass, told to the coordinators of both (SUP-08)."""

    kind = TextField()
    approving_org = TextField(index=True)
    supervising_org = TextField(index=True)
    case_no = TextField()
    item_name = TextField()
    due = DateField()
    warned_at = InstantField()

    class Meta:
        table_name = "supervision_exchange_warning"


class Assessment(database.Model):
    """The annual assessment of linkage work (年考核, SUP-07)."""

    year = IntegerField(unique=True)
    state = TextField()
    scores = JsonField(null=True)
    opened_by = TextField()
    published_at = InstantField(null=True)

    class Meta:
        table_name = "supervision_assessment"


class AssessmentCheck(database.Model):
    """A random check or the year-end check of one office, with the figures of the hall at that moment (SUP-07)."""

    assessment_id = TextField(index=True)
    org = TextField()
    kind = TextField()  # random | year_end
    points = JsonField()  # the five contents of Art. 28, 0 to 100 each
    note = TextField()
    evidence = JsonField()
    checked_by = TextField()
    checked_at = InstantField()

    class Meta:
        table_name = "supervision_assessment_check"
