"""Seeds filing's PostgreSQL with a city's cases of three years, in minutes: the cases by COPY, what hangs on them from
the cases by the server, each table's indexes last, and always two things at once.

The largest organisation has every eighth case; all but a few in a hundred are closed, the rest lies on somebody's desk.
"""

import io
import multiprocessing
import random
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import cache
from itertools import accumulate

import psycopg2

from chassis import clock
from services.filing import desks
from services.filing.models import Case, Guide, ItemVersion, Org, database
from tests.filing.hall import guide

DAYS, ORGS, ITEMS_EACH, STAFF_EACH, CHUNK = 1095, 300, 12, 5, 20_000
AT_ONCE = 2  # as many as a small machine has processors
# What becomes of a case in the end, and where it is in the first forty days.
CLOSED = {
    "completed": 860, "not_accepted": 40, "withdrawn": 40, "lapsed": 30, "draft": 20, "revoked": 3, "suspended": 2,
    "reviewing": 3, "special": 2,
}  # fmt: skip
RUNNING = {
    "draft": 10, "submitted": 8, "dispatched": 3, "pre_review": 15, "correction": 12, "resubmitted": 5, "returned": 2,
    "accepted": 15, "reviewing": 20, "special": 3, "deciding": 8, "suspended": 1,
}  # fmt: skip
NOT_YET = {"draft", "submitted", "dispatched", "pre_review", "correction", "resubmitted", "returned"}
NEVER = {"not_accepted", "withdrawn", "lapsed"}
DECIDED = {"completed", "revoked"}
NULL = r"\N"
OWN = {  # what differs from case to case
    "id",
    "opened_at",
    "submitted_at",
    "accepted_at",
    "committed_due",
    "statutory_due",
    "completed_at",
    "case_no",
    "duplicate_key",
    "item_code",
    "project_name",
    "subject_ref",
    "subject_type",
    "applicant_ref",
    "approving_org",
    "receiving_org",
    "desk_org",
}


def org(number: int) -> str:
    """Code of an organisation; the first is the largest."""
    return f"TZJ{number:03}-SP"


def item(number: int, kind: int) -> str:
    """Code of one of its items."""
    return f"{number:06}{kind:06}"


def staff_ref(number: int, which: int) -> str:
    """One of the staff of an organisation."""
    return f"staff:{org(number)}-{which}"


def ref(kind: str, number: int) -> str:
    """A party or an account."""
    return f"{kind}:00000000-0000-0000-0000-{number:012x}"


def party(number: int) -> str:
    """A person, or for every fourth number a legal person."""
    return ref("person" if number % 4 else "legal", number + 2)


COMPANY, AGENTS = ref("legal", 1), 10**12  # files every 500th case; the agents' numbers begin here


def seed(url: str, cases: int) -> None:
    """Fill the migrated, empty database behind `url`, to which the service is connected."""
    _catalog()
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("""SELECT tablename, indexname, indexdef FROM pg_indexes
            WHERE schemaname = 'public' AND indexname NOT IN (SELECT conname FROM pg_constraint)""")
        dropped = cursor.fetchall()
        cursor.execute(";".join(f'DROP INDEX "{name}"' for _, name, _ in dropped))
        cursor.execute("TRUNCATE filing_case")  # in the transaction that fills it: wal_level=minimal then logs nothing
        columns = ", ".join(field.column_name for field in Case._meta.sorted_fields)
        parts = [(clock.now(), cases, first) for first in range(0, cases, CHUNK)]
        with multiprocessing.get_context("fork").Pool(AT_ONCE) as pool:
            for lines in pool.imap(_cases, parts):
                cursor.copy_expert(f"COPY filing_case ({columns}) FROM STDIN (FREEZE)", io.StringIO(lines))
    filled = [(table, statement) for statement in DEPENDENTS for table in re.findall("^INSERT INTO (\\w+)", statement)]
    rest = sorted({table for table, _, _ in dropped} - dict(filled).keys())

    def finish(job: tuple[str, str]) -> None:
        table, statement = job
        fill = [f"TRUNCATE {table}; {statement}"] if statement else []
        indexes = [definition for indexed, _, definition in dropped if indexed == table]
        _run(url, *fill, *indexes, f"VACUUM ANALYZE {table}")

    with ThreadPoolExecutor(AT_ONCE) as workers:
        list(workers.map(finish, [*((table, "") for table in rest), *filled]))


def _run(url: str, *statements: str) -> None:
    connection = psycopg2.connect(url, options="-c maintenance_work_mem=256MB -c synchronous_commit=off")
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()


def _catalog() -> None:
    """Organisations and the guides of their items."""
    with database.transaction():
        facts = {"parent": None, "region": "120000", "sequence": 1}
        Org.create_all([{"code": org(n), "name": f"天津市第{n}审批处"} | facts for n in range(ORGS)])
        for n in range(ORGS):
            codes = [item(n, kind) for kind in range(ITEMS_EACH)]
            bodies = [guide(code, approving_org=org(n)) for code in codes]
            Guide.create_all([{"code": body["code"], "number": 1, "body": body} for body in bodies])
            told = {"number": 1, "sequence": 1, "name": "食品经营许可"}
            ItemVersion.create_all([told | {"code": body["code"], "switches": body["switches"]} for body in bodies])


# --- cases ------------------------------------------------------------------------------------------------------------


def _cases(part: tuple[datetime, int, int]) -> str:
    """The lines of COPY for some of so many cases; the whole is oldest first."""
    now, number, first = part
    chance = random.Random(first)
    shares = list(accumulate(1 / (place + 1.5) for place in range(ORGS)))
    fates = {running: (list(fate), list(accumulate(fate.values()))) for running, fate in ((0, CLOSED), (1, RUNNING))}
    lines = []
    for turn in range(first, min(first + CHUNK, number)):
        age = DAYS * (1 - turn / number)
        states, weights = fates[chance.random() < 1 - age / 40]
        (status,) = chance.choices(states, cum_weights=weights)
        (place,) = chance.choices(range(ORGS), cum_weights=shares)
        (delivery,) = chance.choices(("collected", "delivered", "ready"), cum_weights=(70, 98, 100))
        mode = "commit" if chance.random() < 0.2 else "ordinary"
        same_city, agent, kind = chance.random() < 0.15, chance.random() < 0.3, chance.randrange(ITEMS_EACH)
        line, desk_org = _line(status, mode, delivery, same_city, turn % 50 == 0)
        opened = now - timedelta(days=age)
        accepted = opened + timedelta(days=min(chance.uniform(1, 5), age / 2))
        ended = min(accepted + timedelta(days=chance.uniform(1, 20)), now).isoformat()
        stamp, day = opened.isoformat(), accepted.date()
        orgs = {"approving": org(place), "receiving": org(int(place == 0)) if same_city else NULL}
        subject = party(chance.randrange(number * 3 // 10)) if turn % 500 else COMPANY
        applicant = ref("person", AGENTS + chance.randrange(2000)) if agent and subject[0] == "l" else subject
        is_accepted, is_decided = status not in NOT_YET | NEVER, status in DECIDED
        made, filed = _id(opened, chance), status != "draft"
        own = {
            "id": made,
            "opened_at": stamp,
            "submitted_at": stamp if filed else NULL,
            "accepted_at": accepted.isoformat() if is_accepted else NULL,
            "committed_due": (day + timedelta(days=14)).isoformat() if is_accepted else NULL,
            "statutory_due": (day + timedelta(days=28)).isoformat() if is_accepted else NULL,
            "completed_at": ended if is_decided else NULL,
            "case_no": f"{re.sub('[-T:]', '', stamp[:19])}{turn % 1_000_000:06}",
            "duplicate_key": made if filed else NULL,
            "item_code": item(place, kind),
            "project_name": f"项目{turn}",
            "subject_ref": subject,
            "subject_type": subject.partition(":")[0],
            "applicant_ref": applicant,
            "approving_org": orgs["approving"],
            "receiving_org": orgs["receiving"],
            "desk_org": orgs.get(desk_org or "", NULL),
        }
        lines.append(line % own)
    return "".join(lines)


@cache
def _line(status: str, mode: str, delivery: str, same_city: bool, green: bool) -> tuple[str, str | None]:
    """The line that cases of one fate have in common, with places for what is their own; on whose desk they lie."""
    done = status in DECIDED
    case = Case(
        item_version=1,
        item_name="食品经营许可",
        kind="promise",
        mode=mode,
        case_source="window" if same_city else "online",
        subject_name_masked="张*",
        region_code="120000",
        form='{"applicant_name": "样例申请单位", "mobile": "13800000000"}',
        agreed=True,
        delivery_in="window",
        delivery_out="window",
        hall="H120000",
        approving_org="approving",
        accepting_org="approving",
        receiving_org="receiving",
        same_city=same_city,
        status=status,
        turn=0 if green else 1,
        commitment_status=("fulfilled" if done else "signed") if mode == "commit" and status != "draft" else None,
        delivery_status=delivery if status == "completed" else "none",
        decision="granted" if done else None,
        limit_kept="committed" if done else None,
        elapsed_wd=6 if done else None,
        visits=1,
    )
    case.phase, (case.desk, desk_org) = desks.phase(status), desks.of(case)
    same = {"accepting_org": "approving_org", "created_at": "opened_at", "updated_at": "opened_at"}
    same |= {"decided_at": "completed_at"}
    cells = []
    for field in Case._meta.sorted_fields:
        name = same.get(field.name, field.name)
        value = field.db_value(case.__data__.get(field.name))
        cells.append(f"%({name})s" if name in OWN else NULL if value is None else str(value).replace("%", "%%"))
    return "\t".join(cells) + "\n", desk_org


def _id(moment: datetime, chance: random.Random) -> str:
    """As `chassis.ids.new_id` would have made it at that moment."""
    stamp, rest = f"{int(moment.timestamp() * 1000):012x}", f"{chance.getrandbits(72):018x}"
    return f"{stamp[:8]}-{stamp[8:]}-7{rest[:3]}-8{rest[3:6]}-{rest[6:]}"


# --- what hangs on a case ---------------------------------------------------------------------------------------------

_FAR = """CASE WHEN c.status = 'draft' THEN 0 WHEN c.status IN ('submitted', 'dispatched') THEN 1
    WHEN c.accepted_at IS NULL THEN 2 WHEN c.status = 'accepted' THEN 3 WHEN c.status = 'deciding' THEN 5
    WHEN c.decided_at IS NULL THEN 4 ELSE 7 END"""
_STEPS = f"""filing_case c JOIN (VALUES (1, 'submit', 'draft', 'submitted'), (2, 'view', 'submitted', 'pre_review'),
    (3, 'accept', 'pre_review', 'accepted'), (4, 'take', 'accepted', 'reviewing'),
    (5, 'review', 'reviewing', 'deciding'), (6, 'grant', 'deciding', 'completed'),
    (7, 'make_ready', 'completed', 'completed')) AS s (number, verb, source, target) ON s.number <= {_FAR}"""
_MATERIALS = """filing_case c
    CROSS JOIN (VALUES ('M01', '申请书'), ('M02', '设施布局文件'), ('M03', '规章制度清单')) AS s (code, name)"""
_CODE = "right(s.code, 2)"
_LIMITS = """filing_case c JOIN (VALUES (1, 'correction_notice', 5, 'FIL-24'), (2, 'committed', 10, 'FIL-34'),
    (3, 'statutory', 20, 'FIL-34'), (4, 'delivery', 10, 'FIL-43')) AS s (number, kind, n, rule)
    ON c.submitted_at IS NOT NULL AND (s.kind = 'correction_notice' OR c.accepted_at IS NOT NULL)
    AND (s.kind <> 'delivery' OR c.decided_at IS NOT NULL)"""
_STATE = """CASE
    WHEN s.kind = 'correction_notice' AND c.status IN ('submitted', 'dispatched', 'pre_review') THEN 'open'
    WHEN s.kind = 'delivery' AND c.delivery_status = 'ready' THEN 'open'
    WHEN s.kind NOT IN ('committed', 'statutory') OR c.decided_at IS NOT NULL THEN 'cancelled'
    WHEN c.status IN ('special', 'suspended') THEN 'paused' ELSE 'open' END"""
_FILED, _TAKEN, _ENDED = "c.submitted_at IS NOT NULL", "c.accepted_at IS NOT NULL", "c.decided_at IS NOT NULL"
_ANCHOR = "(CASE s.kind WHEN 'correction_notice' THEN c.submitted_at ELSE c.accepted_at END)::date"
_DUE = f"{_ANCHOR} + s.n * interval '1.5 days'"
_LEDGER = f"""'[{{"what":"start","anchor":"' || {_ANCHOR} || '","n":' || s.n || ',"unit":"wd","rule":"' || s.rule ||
    '","label_zh":"' || s.kind || '","label_en":"' || s.kind || '","at":"2026-01-01T10:00:00+08:00"}}]'"""
_PARALLEL, _REPORTED = "hashtext(c.id) % 5 = 0", "hashtext(c.id) % 50 = 1"
_AT = "c.opened_at + s.number * least(interval '20 hours', (now() - c.opened_at) / 8)"
_WHO = f"'staff:' || c.approving_org || '-' || mod(abs(hashtext(c.id)), {STAFF_EACH})"
_BODY = "(SELECT form || form || form || form FROM filing_case WHERE form IS NOT NULL LIMIT 1)"  # of a like length
_HASH = "rpad(right(c.id, 17) || {}, 64, c.id)"  # of a hash's length, and as different from each other


def _key(part: str) -> str:
    return f"left(c.id, 34) || lpad({part}::text, 2, '0')"


def _insert(table: str, columns: str, values: str, source: str, part: str = "0") -> str:
    """One row for each row of the source; id and stamps are made from those of the case `c`."""
    return (
        f"INSERT INTO {table} (id, created_at, updated_at, version, {columns}) "
        f"SELECT {_key(part)}, c.opened_at, c.opened_at, 1, {values} FROM {source}"
    )


# The long ones first.
DEPENDENTS = (
    _insert(
        "chassis_history",
        "subject, number, verb, source, target, actor, org, at, details, previous_hash, hash",
        f"""c.id, s.number, s.verb, s.source, s.target, CASE s.number WHEN 1 THEN c.applicant_ref ELSE {_WHO} END,
        c.approving_org, {_AT}, '{{"row":"C3"}}', {_HASH.format("s.number - 1")}, {_HASH.format("s.number")}""",
        _STEPS,
        "s.number",
    ),
    _insert(
        "filing_handled",
        "actor, case_id, verb, org, at",
        f"{_WHO}, c.id, s.verb, c.approving_org, {_AT}",
        f"{_STEPS} AND s.number > 1",
        "s.number",
    ),
    _insert(
        "chassis_deadline",
        "kind, subject, due_at, due_date, anchor, n, unit, rule, side, ledger, provisional, state, attempts, payload",
        f"""s.kind, c.id, {_DUE}, ({_DUE})::date, {_ANCHOR}, s.n, 'wd', s.rule, 'authority', {_LEDGER}, false, {_STATE},
        0, '{{}}'""",
        _LIMITS,
        "s.number",
    ),
    _insert(
        "filing_material",
        "case_id, code, name, required, may_defer, state",
        "c.id, s.code, s.name, true, s.code <> 'M01', CASE c.status WHEN 'draft' THEN 'missing' ELSE 'supplied' END",
        _MATERIALS,
        _CODE,
    ),
    _insert(
        "filing_file",
        "case_id, material, stage, name, sha256, size, mime, path, uploader, uploaded_at, way",
        f"""c.id, {_key(_CODE)}, 'filing', 'a.pdf', {_HASH.format("s.code")}, 73,
        'application/pdf', c.id || s.code, c.applicant_ref, c.opened_at, 'local'""",
        f"{_MATERIALS} WHERE {_FILED} AND s.code <> 'M03'",
        _CODE,
    ),
    _insert(
        "filing_document",
        "case_id, kind, number, title, body, sha256, issued_at",
        f"""c.id, 'receipt', '一网通回〔' || c.case_no || '〕1号', '申报材料回执', {_BODY}, {_HASH.format(0)},
        c.submitted_at""",
        f"filing_case c WHERE {_FILED}",
    ),
    _insert(
        "filing_archive_entry",
        "case_id, case_no, archive_no, title, org, item_code, archived_at",
        """c.id, c.case_no, c.approving_org || c.case_no, c.item_name || c.project_name, c.approving_org, c.item_code,
        c.completed_at""",
        f"filing_case c WHERE {_ENDED}",
    ),
    _insert(
        "filing_correction",
        "case_id, round, defects, requested_by, requested_at, due, extended, answered_at",
        f"""c.id, 1, '[{{"code":"M01","reason":"未签字"}}]', {_WHO}, c.submitted_at,
        (c.submitted_at + interval '15 days')::date, false, c.accepted_at""",
        f"filing_case c WHERE c.status IN ('correction', 'lapsed') OR {_TAKEN} AND hashtext(c.id) % 7 = 0",
    ),
    _insert(
        "filing_commitment",
        "case_id, status, signed_at, due, letter, covers, supplies",
        """c.id, c.commitment_status, c.submitted_at, (c.submitted_at + interval '30 days')::date, c.id,
        '["M02","M03"]', 1""",
        "filing_case c WHERE c.commitment_status IS NOT NULL",
    ),
    _insert(
        "filing_standing",
        "subject_ref, status, status_sequence, restrictions, deleted_records",
        "c.subject_ref, 'good', 0, '{}', '[]'",
        f"(SELECT DISTINCT ON (subject_ref) id, subject_ref, opened_at FROM filing_case c WHERE {_FILED}) c",
    ),
    _insert(
        "filing_parallel_task",
        "case_id, org, state, due",
        "c.id, c.receiving_org, CASE WHEN c.decided_at IS NULL THEN 'open' ELSE 'answered' END, c.committed_due",
        f"filing_case c WHERE {_TAKEN} AND c.receiving_org IS NOT NULL AND {_PARALLEL}",
    ),
    _insert(
        "filing_participant",
        "case_id, org, opened_at, item_code",
        "c.id, c.receiving_org, c.opened_at, c.item_code",
        f"filing_case c WHERE {_TAKEN} AND c.receiving_org IS NOT NULL AND ({_PARALLEL} OR {_REPORTED})",
    ),
    _insert(
        "filing_report",
        "case_id, number, from_org, to_org, reason, reported_by, reported_at, answered_at",
        f"c.id, 1, c.approving_org, c.receiving_org, '重大疑难', {_WHO}, c.accepted_at, c.decided_at",
        f"filing_case c WHERE {_TAKEN} AND c.receiving_org IS NOT NULL AND {_REPORTED}",
    ),
    _insert(
        "filing_order",
        "order_id, case_id, order_no, kind, target_org, content, due, issued_at",
        "c.id, c.id, c.case_no, 'special', c.approving_org, '请加快办理', c.committed_due, c.accepted_at",
        f"filing_case c WHERE {_TAKEN} AND hashtext(c.id) % 100 = 0",
    ),
    _insert(
        "filing_revocation",
        "case_id, ground, state, collateral, evidence, noticed_at, noticed_by",
        f"""c.id, 'fraud', CASE c.status WHEN 'revoked' THEN 'revoked' ELSE 'noticed' END, false, '[]', c.decided_at,
        {_WHO}""",
        f"filing_case c WHERE {_ENDED} AND (c.status = 'revoked' OR hashtext(c.id) % 1000 = 0)",
    ),
    "INSERT INTO chassis_sequence SELECT id, 7 FROM filing_case",
)
