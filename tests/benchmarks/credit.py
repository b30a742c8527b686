"""The credit archive with 1,000,000 records on PostgreSQL: the status of a party, its own archive, and a great listing.

The web process is the real one and is asked over HTTP by 1 and by 8 users, each a process that asks for one party after
the other: what filing asks before a commit case goes on, and the page with everything about oneself. Records, history,
consultations and no-shows are written by COPY, half a million parties with 1 to some 20 records each. Then one more
record makes filing stop 1,000 cases (tests/benchmarks/listing.py).

YWT_BENCH_SCALE=0.1 makes all of it smaller; BENCH_SECONDS is how long the users ask.
"""

import http.client
import multiprocessing
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from chassis import clock
from tests.benchmarks import listing
from tests.benchmarks.gateway import cpu_seconds
from tests.benchmarks.hall import Hall
from tests.support import legal, peer, person

RECORDS = max(1000, int(1_000_000 * float(os.environ.get("YWT_BENCH_SCALE", "1"))))
SECONDS = int(os.environ.get("BENCH_SECONDS", "10"))
USERS = (1, 8)
TARGETS = {"status p50 ms": 5.0, "listing, all queued s": 30.0}
STATES = ["listed"] * 55 + ["modified"] * 5 + ["repaired"] * 20 + ["deleted"] * 5 + ["dismissed"] * 10 + ["pending"] * 5
ORGS = [f"TZJ{number:03}-SP" for number in range(40, 70)]


def run() -> dict[str, Any]:
    """Fill, ask, list; the table."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ywt-bench-")))
        hall = Hall(stack, folder, ("credit", "filing", "notifier"))
        began = time.perf_counter()
        parties = _fill(hall)
        found: dict[str, float] = {"records": RECORDS, "filled in s": time.perf_counter() - began}
        web = hall.run("credit", "web", wait=True)
        port = hall.layout.ports["credit"]
        for users in USERS:
            for what in ("status", "own archive"):
                before = cpu_seconds(web)
                times = _ask(what, users, port, parties)
                suffix = "" if users == 1 else f", {users} users"
                found[f"{what} p50 ms{suffix}"] = statistics.median(times)
                found[f"{what} p99 ms{suffix}"] = statistics.quantiles(times, n=100)[-1]
                found[f"{what}, processor ms{suffix}"] = 1000 * (cpu_seconds(web) - before) / len(times)
        web.stop()
        found |= listing.measure(hall)
    print(f"\n{'credit':<40}{'':>10}{'target':>10}")
    for name, value in found.items():
        target = TARGETS.get(name)  # eight users at one process wait for one another
        print(f"{name:<40}{value:>10,.4g}{f'≤ {target:g}' if target else '':>10}")
    return {"found": found, "targets": TARGETS}


# --- asking -----------------------------------------------------------------------------------------------------------


def _ask(what: str, users: int, port: int, parties: list[str]) -> list[float]:
    """Milliseconds of each answer."""
    context = multiprocessing.get_context("fork")
    answers: Any = context.Queue()
    asking = [context.Process(target=_user, args=(what, number, port, parties, answers)) for number in range(users)]
    for user in asking:
        user.start()
    times = [spent for _ in asking for spent in answers.get(timeout=SECONDS + 120)]
    for user in asking:
        user.join()
    return times


def _user(what: str, number: int, port: int, parties: list[str], answers: Any) -> None:
    chance, service = random.Random(number), peer("filing").token("credit")
    mine = [(ref, (legal if ref.startswith("legal:") else person)(ref).token("credit")) for ref in parties[number::8]]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    times: list[float] = []
    until = time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        ref, token = chance.choice(mine)
        path = "subjects/me" if what == "own archive" else f"restrictions/{ref}"
        headers = {"Authorization": f"Bearer {token if what == 'own archive' else service}"}
        began = time.perf_counter()
        connection.request("GET", f"/api/credit/v1/{path}", headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        times.append((time.perf_counter() - began) * 1000)
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {body[:300]!r}")
    answers.put(times[len(times) // 20 :])


# --- the archive ------------------------------------------------------------------------------------------------------


def _fill(hall: Hall) -> list[str]:
    """Write all tables; some parties to ask about."""
    chance = random.Random(3)
    refs = [f"{'legal' if number % 3 else 'person'}:{number:012}" for number in range(RECORDS // 2)]
    # Every party has one, the rest falls on every fifth.
    owners = refs + chance.choices(refs[::5], k=RECORDS - len(refs))
    chance.shuffle(owners)
    with hall.cursor("credit") as cursor:
        _copy(cursor, "credit_subject", "id ref type name_masked", _subjects(refs))
        _copy(cursor, "credit_record", RECORD, _records(owners))
        _copy(cursor, "chassis_history", HISTORY, _history())
        _copy(cursor, "credit_consultation", "id subject_ref reader reason at", _consultations(owners))
        _copy(cursor, "credit_no_show", "id booking_id subject_ref missed_on excused", _no_shows(owners))
        cursor.execute("ANALYZE")
    return chance.sample(refs, 800)


RECORD = (
    "id record_no origin_key subject_ref category grade cause source state judging_org case_id case_no item_code"
    " item_name description evidence determined_at determination_overdue listed_at restriction_until annotation"
    " consequence_major"
)
HISTORY = "id subject number verb target actor org at previous_hash hash"


def _subjects(refs: list[str]) -> Iterator[tuple[Any, ...]]:
    for number, ref in enumerate(refs):
        yield f"s{number:09}", ref, ref.partition(":")[0], "天津市**有限公司"


def _records(owners: list[str]) -> Iterator[tuple[Any, ...]]:
    now, chance = clock.now(), random.Random(4)
    for number, ref in enumerate(owners):
        state, org = STATES[number % len(STATES)], ORGS[number % len(ORGS)]
        listed = None if state in ("pending", "dismissed") else now - timedelta(days=chance.randrange(1, 900))
        until = None if listed is None else (listed + timedelta(days=365)).date()
        yield (
            *(f"r{number:09}", f"CR2026{number:09}", f"promise:{number}", ref, "failing"),
            *("serious" if number % 20 == 0 else "ordinary", "promise_lapsed", "lapse", state, org),
            *(f"case-{number}", f"20260302{number:012}", f"{number % 500:012}", "食品经营许可"),
            *("承诺的材料到期未补交", "[]", listed, False, listed, until, "none", False),
        )


def _history() -> Iterator[tuple[Any, ...]]:
    now = clock.now()
    for number in range(RECORDS):
        org, digest = ORGS[number % len(ORGS)], f"{number:064x}"
        yield f"h{number:09}", f"r{number:09}", 1, "propose", "pending", "service:credit", org, now, "", digest
        if STATES[number % len(STATES)] != "pending":
            yield f"i{number:09}", f"r{number:09}", 2, "list", "listed", "service:credit", org, now, digest, digest


def _consultations(owners: list[str]) -> Iterator[tuple[Any, ...]]:
    now = clock.now()
    for number in range(0, RECORDS, 5):
        yield (
            f"c{number:09}",
            owners[number],
            f"staff:{number % 300}",
            "办理承诺审批",
            now - timedelta(hours=number % 5000),
        )


def _no_shows(owners: list[str]) -> Iterator[tuple[Any, ...]]:
    today = clock.today()
    for number in range(0, RECORDS, 4):
        yield f"n{number:09}", f"b{number}", owners[number], today - timedelta(days=number % 700), False


def _copy(cursor: Any, table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """COPY rows into a table; what every row has (instants, version) is added."""
    moment = clock.now().isoformat()
    names = ", ".join([*columns.split(), "created_at", "updated_at", "version"])
    end = f"\t{moment}\t{moment}\t1\n"
    lines = ("\t".join("\\N" if value is None else str(value) for value in row) + end for row in rows)
    cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", _Lines(lines), 1 << 18)


class _Lines:
    """What COPY reads from: a file made of an iterator, a few thousand lines at a time."""

    def __init__(self, lines: Iterator[str]):
        self._lines = lines

    def read(self, size: int) -> str:
        """About so much, or nothing at the end."""
        some: list[str] = []
        room = size
        for line in self._lines:
            some.append(line)
            room -= len(line)
            if room <= 0:
                break
        return "".join(some)
