"""A listing that stops 1,000 cases: from the news that a promise has lapsed to the last message that waits for sending.

Credit, filing and the notifier are real processes. The cases are copies of a few that were filed and handled over the
API; each has its papers, clocks and history, and its suspension is told to the company and to the agent who filed.
"""

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from contracts.events import filing
from tests.benchmarks.gateway import cpu_seconds
from tests.benchmarks.hall import Hall
from tests.credit.conftest import lapse
from tests.filing.hall import Hall as FilingHall
from tests.harness.processes import eventually
from tests.support import legal

CASES = max(8, int(1000 * float(os.environ.get("YWT_BENCH_SCALE", "1"))))
STATES = ("submitted", "viewed", "accepted", "reviewed")
AGENT = "person:agent"
WAIT = 300.0
OWN = ("id", "case_id", "material", "duplicate_key", "draft_key", "subject")  # what each copy has for itself
TOLD = "notifier_message WHERE template = 'filing.suspended'"
STOPPED = "filing_case WHERE status = 'suspended'"


def measure(hall: Hall) -> dict[str, Any]:
    """Seconds until the cases stand still and until their messages wait; processor time of each part."""
    company = _cases(hall)
    parts = {
        "credit": hall.run("credit", "worker"),
        "filing": hall.run("filing", "worker"),
        "notifier": hall.run("notifier", "consume"),
    }
    hall.tell("credit", filing.CommitmentLapsed, "warming", lapse(1, legal().ref))
    eventually(
        lambda: hall.value("notifier", "SELECT count(*) FROM notifier_message") >= 1, WAIT, what="a first listing"
    )
    before = {name: cpu_seconds(part) for name, part in parts.items()}
    began = time.time()
    hall.tell("credit", filing.CommitmentLapsed, "lapsed", lapse(2, company))
    eventually(
        lambda: hall.value("notifier", f"SELECT count(*) FROM {TOLD}") >= 2 * CASES,
        WAIT,
        every=0.2,
        what="the messages",
    )
    queued = hall.value("notifier", f"SELECT count(*) FROM {TOLD} AND state = 'queued'")
    return {
        "cases suspended": hall.value("filing", f"SELECT count(*) FROM {STOPPED}"),
        "messages queued": queued,
        "suspended after s": _last(hall, "filing", STOPPED) - began,
        "listing, all queued s": _last(hall, "notifier", TOLD) - began,
        **{
            f"{name}, processor ms a case": 1000 * (cpu_seconds(part) - before[name]) / CASES
            for name, part in parts.items()
        },
    }


def _last(hall: Hall, service: str, rows: str) -> float:
    table, where = rows.split(" WHERE ")
    query = f"SELECT extract(epoch FROM max(pg_xact_commit_timestamp(xmin))) FROM {table} WHERE {where}"
    return float(hall.value(service, query))


def _cases(hall: Hall) -> str:
    """Commit cases of one company in four states, and their party."""
    with tempfile.TemporaryDirectory(prefix="ywt-bench-") as folder:
        office = FilingHall(Path(folder), hall.layout.database_urls["filing"])
        office.citizen = legal()
        models = [getattr(office, state)("commit") for state in STATES]
        office.close()
    with hall.cursor("filing") as cursor:
        cursor.execute(
            "SELECT table_name, array_agg(column_name::text) FROM information_schema.columns"
            " WHERE table_schema = 'public' GROUP BY table_name"
        )
        tables = dict(cursor.fetchall())
        cursor.execute("SELECT id FROM filing_case WHERE case_no = ANY(%s)", (models,))
        ids = [number for (number,) in cursor]
        for table, columns in tables.items():
            mine = "id" if table == "filing_case" else "case_id" if "case_id" in columns else "subject"
            if mine in columns and table not in {"chassis_outbox", "filing_licence"}:
                _copy(cursor, table, columns, mine, ids)
        cursor.execute("UPDATE filing_case SET applicant_ref = %s", (AGENT,))
        cursor.execute("ANALYZE")
    return office.citizen.ref


def _copy(cursor: Any, table: str, columns: list[str], mine: str, ids: list[str]) -> None:
    """So many copies of the rows of each case, with keys of their own."""

    def value(column: str) -> str:
        if column in OWN or (table, column) == ("filing_document", "number"):
            return f"{column} || '-' || copy_no"
        if column == "case_no":  # 20 digits
            return f"left({column}, 12) || lpad((copy_no * 10 + array_position(%(ids)s, id))::text, 8, '0')"
        return f'"{column}"'

    names, values = ", ".join(f'"{column}"' for column in columns), ", ".join(value(column) for column in columns)
    copies = CASES // len(STATES) - 1
    cursor.execute(
        f"INSERT INTO {table} ({names}) SELECT {values} FROM {table}, generate_series(1, {copies}) AS copy_no"
        f" WHERE {mine} = ANY(%(ids)s)",
        {"ids": ids},
    )
