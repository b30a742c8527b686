"""The tables of filing: the case and what hangs on it, and the projections it keeps of catalog and credit."""

from collections.abc import Iterable
from typing import Any

from peewee import SQL, BooleanField, DateField, IntegerField, TextField

from chassis.db import Database, InstantField, JsonField
from chassis.privacy import EncryptedField
from services.filing import desks

database = Database("filing")


# --- the case -----------------------------------------------------------------------------------------------------


class Case(database.Model):
    """One case (办件), from draft to revocation."""

    case_no = TextField(unique=True)
    draft_key = TextField(unique=True, null=True)  # who drafted × Idempotency-Key: a repeated request finds its draft
    duplicate_key = TextField(unique=True, null=True)  # FIL-04: set while the case counts as filed
    opened_at = InstantField()  # order of the lists: creation of the draft, then submission

    # what and for whom
    item_code = TextField()
    item_version = IntegerField()
    item_name = TextField()
    kind = TextField()  # instant | promise | parallel | reported
    mode = TextField()  # ordinary | commit
    project_name = TextField()
    case_source = TextField()  # online | window | interconnected
    subject_ref = TextField()
    subject_type = TextField()
    subject_name_masked = TextField()
    applicant_ref = TextField()  # the account that filed
    region_code = TextField()
    form = EncryptedField(null=True)  # JSON by field key
    phone_tail = TextField(null=True)  # keyed hash, for the progress query without login (FIL-21)
    agreed = BooleanField(default=False)  # 申请须知 read and agreed (FIL-01)

    # ways in and out
    delivery_in = TextField(null=True)
    delivery_out = TextField(null=True)
    address_ref = TextField(null=True)
    hall = TextField(null=True)

    # who handles it
    approving_org = TextField()
    receiving_org = TextField(null=True)
    receiving_window = TextField(null=True)
    receiving_clerk = TextField(null=True)
    accepting_org = TextField()
    accepting_window = TextField(null=True)
    accepting_clerk = TextField(null=True)
    same_city = BooleanField(default=False)
    agreed_reply_at = InstantField(null=True)

    # where it stands
    status = TextField()
    before_special = TextField(null=True)
    before_suspension = TextField(null=True)
    commitment_status = TextField(null=True)
    delivery_status = TextField(default="none")
    decision = TextField(null=True)
    decision_no = TextField(null=True)
    licence_no = TextField(null=True)
    refusal_reason = TextField(null=True)

    # times
    submitted_at = InstantField(null=True)
    dispatched_at = InstantField(null=True)
    viewed_at = InstantField(null=True)
    view_warned_at = InstantField(null=True)
    view_warned_event = TextField(null=True)
    view_clock_started_at = InstantField(null=True)
    view_clock_assumed = BooleanField(default=False)
    view_overdue_at = InstantField(null=True)
    accepted_at = InstantField(null=True)
    accepted_by_lapse = BooleanField(default=False)
    decided_at = InstantField(null=True)
    completed_at = InstantField(null=True)
    collected_at = InstantField(null=True)
    revoked_at = InstantField(null=True)
    ended_at = InstantField(null=True)

    # limits and counts
    committed_due = DateField(null=True)
    statutory_due = DateField(null=True)
    delivery_due = DateField(null=True)
    share_due = DateField(null=True)
    extended_days = IntegerField(default=0)
    paused_wd = IntegerField(default=0)
    rounds = IntegerField(default=0)  # correction notices given
    dispatches = IntegerField(default=0)
    returns = IntegerField(default=0)
    visits = IntegerField(default=0)
    elapsed_wd = IntegerField(null=True)  # from acceptance to decision, pauses left out
    limit_kept = TextField(null=True)  # committed | statutory | none: which limit the decision kept

    # the rating that feedback keeps (FIL-17)
    rating_level = IntegerField(null=True)
    rating_source = TextField(null=True)  # user | system_default

    # where it lies: kept in step by `save`, so that a work list is one walk along an index (FIL-90)
    phase = TextField(default="draft")  # draft | running | closed
    desk = TextField(null=True)
    desk_org = TextField(null=True)
    turn = IntegerField(default=1)  # 0 green channel (绿色通道), 1 ordinary (FIL-42)

    # taken over from another system (FIL-93)
    source_system = TextField(null=True)
    external_no = TextField(null=True)

    def save(self, *args: Any, **options: Any) -> Any:
        """Keep phase and desk in step with the state."""
        self.phase, (self.desk, self.desk_org) = desks.phase(self.status), desks.of(self)
        return super().save(*args, **options)

    @classmethod
    def save_all(cls, rows: Iterable[Any]) -> None:
        """The same for many."""
        rows = list(rows)
        for row in rows:
            row.phase, (row.desk, row.desk_org) = desks.phase(row.status), desks.of(row)
        super().save_all(rows)

    class Meta:
        table_name = "filing_case"
        indexes = (
            (("desk_org", "desk", "turn", "opened_at", "id"), False),
            (("source_system", "external_no"), True),
            (("opened_at",), False),
            (("approving_org", "submitted_at"), False),
            (("approving_org", "accepted_at"), False),
            (("approving_org", "completed_at"), False),
            (("approving_org", "commitment_status"), False),
            (("subject_ref", "opened_at", "id"), False),
            (("applicant_ref", "opened_at", "id"), False),
            (("approving_org", "phase", "opened_at", "id", "status"), False),
            (("accepting_org", "phase", "opened_at", "id", "status"), False),
            (("receiving_org", "phase", "opened_at", "id", "status"), False),
        )


# What can be wrong with a case (异常处理, FIL-42): unseen, returned again, undeliverable; overdue in handling.
# As text, because an index of such rows is used for a condition that is written like its own.
TROUBLED = SQL(
    "(status = 'dispatched' AND view_overdue_at IS NOT NULL OR status = 'returned' AND returns > 1"
    " OR status = 'completed' AND delivery_status = 'undeliverable')"
)
IN_HANDLING = SQL("(status IN ('accepted', 'reviewing', 'deciding'))")
Case.add_index(Case.desk_org, Case.opened_at, Case.id, where=TROUBLED, name="filing_case_troubled")
Case.add_index(
    Case.desk_org, Case.opened_at, Case.id, Case.committed_due, where=IN_HANDLING, name="filing_case_in_handling"
)
Case.add_index(
    Case.item_code,
    Case.opened_at,
    Case.id,
    Case.approving_org,
    Case.accepting_org,
    Case.receiving_org,
    name="filing_case_item",
)


class Material(database.Model):
    """One material of the guide in one case, and how it stands."""

    case = TextField(column_name="case_id")
    code = TextField()
    name = TextField()
    required = BooleanField()
    deferrable = BooleanField(column_name="may_defer")
    state = TextField(default="missing")
    check_at_pickup = TextField(null=True)  # what the paper must show when the result is collected (FIL-31)
    letter_no = TextField(null=True)  # of the department letter that stands for it (FIL-41)
    letter_from = TextField(null=True)
    consulted = TextField(null=True)  # who advised to add it, for material beyond the guide (FIL-11)

    class Meta:
        table_name = "filing_material"
        indexes = ((("case", "code"), True),)


class StoredFile(database.Model):
    """One stored file: hashed, measured and looked into (FIL-07)."""

    case = TextField(column_name="case_id")
    material = TextField(null=True)  # id; null for the commitment letter
    stage = TextField()  # filing | letter | correction:1 | supply:1
    name = TextField()
    sha256 = TextField()
    size = IntegerField()
    mime = TextField()
    path = TextField(index=True)  # rows may share a file: blobs.py
    uploader = TextField()
    uploaded_at = InstantField()
    way = TextField(default="local")  # local | camera | space | licence | earlier (FIL-05, FIL-20)

    class Meta:
        table_name = "filing_file"
        indexes = (
            (("case", "stage"), False),
            (("material", "stage", "name"), True),
        )


class Document(database.Model):
    """A written document that the hall issued: receipt, notice, decision, revocation decision."""

    case = TextField(column_name="case_id")
    kind = TextField()
    number = TextField(unique=True)
    title = TextField()
    body = EncryptedField()  # HTML; kept with the row, so that the act and its document are one
    sha256 = TextField()
    issued_at = InstantField()

    class Meta:
        table_name = "filing_document"
        indexes = ((("case", "kind"), False),)


class Counter(database.Model):
    """The running number of one kind of document in one year."""

    kind = TextField()
    year = IntegerField()
    value = IntegerField(default=0)

    class Meta:
        table_name = "filing_counter"
        indexes = ((("kind", "year"), True),)


class ProgressTry(database.Model):
    """Wrong answers to the progress query of one case number."""

    case_no = TextField(unique=True)
    tries = IntegerField(default=0)
    since = InstantField()

    class Meta:
        table_name = "filing_progress_try"


# --- what happens on the way ----------------------------------------------------------------------------------------


class Correction(database.Model):
    """One correction notice (补正告知) and its answer."""

    case = TextField(column_name="case_id")
    round = IntegerField()
    defects = JsonField()  # [{code, material, reason}]
    justification = TextField(null=True)  # of a second notice (FIL-27)
    requested_by = TextField()
    requested_at = InstantField()
    due = DateField()
    extended = BooleanField(default=False)
    answers = JsonField(null=True)
    answered_at = InstantField(null=True)
    via = TextField(null=True)

    class Meta:
        table_name = "filing_correction"
        indexes = (
            (("case", "round"), True),
            (("requested_at",), False),
        )


class Special(database.Model):
    """One special procedure (特别程序)."""

    case = TextField(column_name="case_id")
    kind = TextField()
    reason = TextField()
    expected_wd = IntegerField()
    state = TextField()  # proposed | refused | running | finished
    proposed_by = TextField()
    approved_by = TextField(null=True)
    started_on = DateField(null=True)
    finished_on = DateField(null=True)
    paused_wd = IntegerField(default=0)
    result = TextField(null=True)

    class Meta:
        table_name = "filing_special"
        indexes = ((("case", "state"), False),)


class Commitment(database.Model):
    """The promise of a commit case: one per case (domain 2.2)."""

    case = TextField(column_name="case_id", unique=True)
    status = TextField()
    signed_at = InstantField()
    due = DateField()
    letter = TextField()  # file id
    covers = JsonField()  # codes of the materials that the signed letter names
    supplies = IntegerField(default=0)
    supplied_at = InstantField(null=True)
    closed_at = InstantField(null=True)

    class Meta:
        table_name = "filing_commitment"


class CommitmentItem(database.Model):
    """One deferred material (容缺后补) of a promise."""

    commitment = TextField()
    code = TextField()
    name = TextField()
    state = TextField()  # deferred | supplied | fulfilled | failed
    tries = IntegerField(default=0)
    supplied_at = InstantField(null=True)
    checked_at = InstantField(null=True)
    checked_by = TextField(null=True)
    opinion = TextField(null=True)

    class Meta:
        table_name = "filing_commitment_item"
        indexes = ((("commitment", "code"), True),)


class Suspension(database.Model):
    """One suspension (中止) of a case."""

    case = TextField(column_name="case_id")
    ground = TextField()
    record_id = TextField(null=True)
    suspended_at = InstantField()
    resumed_at = InstantField(null=True)
    resumed_ground = TextField(null=True)

    class Meta:
        table_name = "filing_suspension"
        indexes = ((("case", "resumed_at"), False),)


class Revocation(database.Model):
    """A revocation (撤销) on its way: notice, statement and defence, decision."""

    case = TextField(column_name="case_id")
    ground = TextField()
    state = TextField()  # noticed | revoked | dropped | reopened
    collateral = BooleanField(default=False)
    opinion = TextField(null=True)
    evidence = JsonField(default=list)
    record_id = TextField(null=True, index=True)
    task_id = TextField(null=True)
    proposal_id = TextField(null=True)
    noticed_at = InstantField()
    noticed_by = TextField()
    defence_due = DateField(null=True)
    defence = EncryptedField(null=True)
    defended_at = InstantField(null=True)
    decided_at = InstantField(null=True)
    decided_by = TextField(null=True)
    decision_no = TextField(null=True)
    outcome = TextField(null=True)  # why it was dropped or reopened

    class Meta:
        table_name = "filing_revocation"
        indexes = ((("case", "state"), False), (("state",), False))


class Proposal(database.Model):
    """Supervision's proposal to revoke, and the answer to it (FIL-78)."""

    proposal_id = TextField(unique=True)
    case = TextField(column_name="case_id", index=True)
    supervising_org = TextField()
    document_ref = TextField()
    document_no = TextField()
    opinion = TextField()
    evidence = JsonField(default=list)
    due = DateField()
    state = TextField()  # open | revoked | declined
    answered_at = InstantField(null=True)
    answer = TextField(null=True)

    class Meta:
        table_name = "filing_proposal"
        indexes = ((("state",), False),)


class ParallelTask(database.Model):
    """One participant's task in a parallel approval (并联审批)."""

    case = TextField(column_name="case_id")
    org = TextField()
    state = TextField()  # open | overdue | answered | recalled
    due = DateField()
    opinion = TextField(null=True)
    remarks = TextField(null=True)
    answered_by = TextField(null=True)
    answered_at = InstantField(null=True)

    class Meta:
        table_name = "filing_parallel_task"
        indexes = (
            (("case", "org"), True),
            (("org", "state"), False),
        )


class Participant(database.Model):
    """An organisation whose opinion on a case was asked, in parallel approval or from above: it reads the case.

    It repeats `opened_at` and `item_code`, which no longer change then, so that what it may read is one walk along an
    index.
    """

    case = TextField(column_name="case_id")
    org = TextField()
    opened_at = InstantField()
    item_code = TextField()

    class Meta:
        table_name = "filing_participant"
        indexes = (
            (("case", "org"), True),
            (("org", "opened_at", "case", "item_code"), False),
        )


class PaperTransfer(database.Model):
    """The paper of a same-city case on its way to the department (FIL-63)."""

    case = TextField(column_name="case_id", unique=True)
    from_hall = TextField()
    to_org = TextField()
    received_at = InstantField()
    due = DateField()
    transferred_at = InstantField(null=True)
    receipted_by = TextField(null=True)
    overdue = BooleanField(default=False)

    class Meta:
        table_name = "filing_paper_transfer"


class Order(database.Model):
    """A supervising order (督办) that lies before the handler of a case."""

    order_id = TextField(unique=True)
    case = TextField(column_name="case_id", index=True)
    order_no = TextField()
    kind = TextField()
    target_org = TextField()
    content = TextField()
    due = DateField()
    issued_at = InstantField()

    class Meta:
        table_name = "filing_order"
        indexes = ((("target_org", "due"), False),)


class Task(database.Model):
    """Where the verification of a commit case stands at supervision (shown on the case, never decided here)."""

    task_id = TextField(unique=True)
    case = TextField(column_name="case_id", index=True)
    supervising_org = TextField()
    state = TextField()
    due = DateField(null=True)
    sequence = IntegerField()
    told_at = InstantField()

    class Meta:
        table_name = "filing_task"


# --- projections ----------------------------------------------------------------------------------------------------


class ItemVersion(database.Model):
    """What the catalog reported about one version of an item."""

    code = TextField()
    number = IntegerField()
    sequence = IntegerField()
    name = TextField()
    switches = JsonField()
    effective_from = DateField(null=True)
    effective_to = DateField(null=True)

    class Meta:
        table_name = "filing_item_version"
        indexes = ((("code", "number"), True),)


class Guide(database.Model):
    """The full guide of one version: the snapshot that every case filed under it keeps (CAT-24)."""

    code = TextField()
    number = IntegerField()
    body = JsonField()

    class Meta:
        table_name = "filing_guide"
        indexes = ((("code", "number"), True),)


class Org(database.Model):
    """An organisation or hall: leaders, parent, opening times."""

    code = TextField(unique=True)
    name = TextField()
    parent = TextField(null=True)
    region = TextField()
    deputy_leader = TextField(null=True)
    unit_leader = TextField(null=True)
    in_city_centre = BooleanField(default=True)
    opens = TextField(null=True)
    closes = TextField(null=True)
    sequence = IntegerField()

    class Meta:
        table_name = "filing_org"


class Standing(database.Model):
    """A party's standing in the credit archive, as far as it has been reported here (FIL-75)."""

    subject_ref = TextField(unique=True)
    status = TextField(default="good")
    status_sequence = IntegerField(default=0)
    record_id = TextField(null=True)
    article = TextField(null=True)
    restrictions = JsonField(default=dict)  # kind -> {until | null, sequence}
    deleted_records = JsonField(default=list)

    class Meta:
        table_name = "filing_standing"


# --- documents of the case --------------------------------------------------------------------------------------------


class Paper(database.Model):
    """The sealed print version (PDF) of a document, made when it is first asked for."""

    document = TextField(column_name="document_id", unique=True)
    sha256 = TextField(unique=True)
    size = IntegerField()
    path = TextField(index=True)
    sealed_at = InstantField()

    class Meta:
        table_name = "filing_paper"


class PrintCode(database.Model):
    """The code with which another hall may print the documents of a case (异地打证, FIL-97)."""

    case = TextField(column_name="case_id", unique=True)
    code = TextField()  # keyed hash
    valid_until = InstantField()
    tries = IntegerField(default=0)

    class Meta:
        table_name = "filing_print_code"


class Licence(database.Model):
    """An e-licence in the library (证照库), stored by the decision that grants it (FIL-43)."""

    licence_id = TextField(unique=True)  # in the shape of GB/T 36904
    number = TextField(unique=True)
    name = TextField()
    case = TextField(column_name="case_id", index=True)
    case_no = TextField()
    document = TextField(column_name="document_id")
    item_code = TextField()
    holder_ref = TextField()
    holder_name_masked = TextField()
    issuer = TextField()
    valid_from = DateField()
    valid_to = DateField(null=True)
    revoked_at = InstantField(null=True)

    class Meta:
        table_name = "filing_licence"
        indexes = (
            (("holder_ref", "valid_from"), False),
            (("issuer", "valid_from"), False),
        )


class ArchiveEntry(database.Model):
    """A completed case in the e-archive of its organisation (FIL-43)."""

    case = TextField(column_name="case_id", unique=True)
    case_no = TextField()
    archive_no = TextField(unique=True)  # 档号
    title = TextField()  # 题名
    org = TextField()
    item_code = TextField()
    archived_at = InstantField()

    class Meta:
        table_name = "filing_archive_entry"
        indexes = (
            (("org", "archived_at"), False),
            (("archived_at",), False),
        )


# --- back office ------------------------------------------------------------------------------------------------------


class Handled(database.Model):
    """What one member of staff has done with one case (已办), once for each verb (FIL-90, FIL-91)."""

    actor = TextField()
    case = TextField(column_name="case_id")
    verb = TextField()
    org = TextField(null=True)
    at = InstantField()

    class Meta:
        table_name = "filing_handled"
        indexes = (
            (("actor", "case", "verb"), True),
            (("actor", "at", "id"), False),
            (("org", "at"), False),
        )


class Report(database.Model):
    """A case laid before the higher level (上报), and the answer (FIL-42)."""

    case = TextField(column_name="case_id")
    number = IntegerField()
    from_org = TextField()
    to_org = TextField()
    reason = TextField()
    reported_by = TextField()
    reported_at = InstantField()
    opinion = TextField(null=True)
    answered_by = TextField(null=True)
    answered_at = InstantField(null=True)

    class Meta:
        table_name = "filing_report"
        indexes = (
            (("case", "number"), True),
            (("to_org", "answered_at"), False),
        )


class Evaluation(database.Model):
    """One evaluation of an item's conditions by rules (秒批): what was asked, what was found (FIL-40)."""

    case = TextField(column_name="case_id", index=True)
    at = InstantField()
    outcome = TextField()  # granted | human
    reason = TextField()  # why a person decides, or that all conditions hold
    conditions = JsonField()  # [{text, result, facts}]

    class Meta:
        table_name = "filing_evaluation"


class Node(database.Model):
    """One step of a case that another system handles, as that system reported it (FIL-93)."""

    case = TextField(column_name="case_id")
    number = IntegerField()  # in the order of the other system
    step = TextField()
    at = InstantField()
    org = TextField(null=True)
    opinion = TextField(null=True)

    class Meta:
        table_name = "filing_node"
        indexes = ((("case", "number"), True),)


class Originals(database.Model):
    """The paper originals that an electronic filing still owes (enterprise registration, FIL-49)."""

    case = TextField(column_name="case_id", unique=True)
    due = DateField()
    state = TextField()  # awaited | conforming | differing | missed
    received_at = InstantField(null=True)
    received_by = TextField(null=True)
    differences = TextField(null=True)

    class Meta:
        table_name = "filing_originals"


# --- giving material --------------------------------------------------------------------------------------------------


class Space(database.Model):
    """The personal space (个人空间) of an account: how much it holds; its row is locked to count (FIL-05)."""

    owner = TextField(unique=True)
    used = IntegerField(default=0)

    class Meta:
        table_name = "filing_space"


class SpaceFile(database.Model):
    """A file of the personal space (空间文件)."""

    owner = TextField()
    name = TextField()
    sha256 = TextField()
    size = IntegerField()
    mime = TextField()
    path = TextField(index=True)

    class Meta:
        table_name = "filing_space_file"
        indexes = (
            (("owner", "name"), True),
            (("owner", "sha256"), False),
        )


class Upload(database.Model):
    """An upload in parts; how much has come is the size of the file (FIL-07)."""

    owner = TextField(index=True)
    case_no = TextField(null=True)  # null: into the personal space
    code = TextField(null=True)
    way = TextField()
    name = TextField()
    size = IntegerField()
    sha256 = TextField()
    path = TextField(unique=True)
    expires_at = InstantField(index=True)

    class Meta:
        table_name = "filing_upload"


class LicenceCode(database.Model):
    """The code with which a holder lets its e-licence be fetched (FIL-06)."""

    licence = TextField(column_name="licence_id", unique=True)
    code = TextField(unique=True)  # keyed hash
    valid_until = InstantField()

    class Meta:
        table_name = "filing_licence_code"


class FetchTry(database.Model):
    """Wrong codes that an account has given (FIL-06)."""

    account = TextField(unique=True)
    tries = IntegerField(default=0)
    since = InstantField()

    class Meta:
        table_name = "filing_fetch_try"


class Payment(database.Model):
    """The fee of a case, paid online (FIL-98)."""

    case = TextField(column_name="case_id", unique=True)
    payment_no = TextField(unique=True)
    amount_fen = IntegerField()
    paid_at = InstantField(null=True)
    provider_ref = TextField(null=True, unique=True)
    refund_asked_at = InstantField(null=True)
    refund_next_at = InstantField(null=True, index=True)  # of the wall clock; null when nothing is to be given back
    refunded_at = InstantField(null=True)
    refund_ref = TextField(null=True)

    class Meta:
        table_name = "filing_payment"


# --- with other services ----------------------------------------------------------------------------------------------


class Push(database.Model):
    """An ended case on its way to one supervising office (时推送), until that office has confirmed it (SUP-03)."""

    case = TextField(column_name="case_id")
    case_no = TextField()
    kind = TextField()  # completed | revoked
    item_code = TextField()
    item_name = TextField()
    approving_org = TextField()
    supervising_org = TextField()
    told = JsonField()  # the data of the event
    pushed_at = InstantField()
    sent_at = InstantField()  # last
    repeats = IntegerField(default=0)
    confirmed_at = InstantField(null=True)

    class Meta:
        table_name = "filing_push"
        indexes = (
            (("case", "kind", "supervising_org"), True),
            (("confirmed_at", "pushed_at"), False),
        )
