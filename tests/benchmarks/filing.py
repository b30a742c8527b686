"""Filing with 1,000,000 cases beside filing with 10,000: work lists, own lists, counters, statistics, submission.

PostgreSQL and filing's web are programs of their own, asked over HTTP with signed tokens. The web has a process for
each processor (YWT_WEB_WORKERS; without it, it has one). Every user asks again as soon as the answer is there, each
time as another of the callers. The staff are those of the largest organisation, the company has two cases in a
thousand; "far down" is the page after half of the cases. "cpu ms" is the processor time of one request with one user,
of filing and of PostgreSQL; it says more than the rest where other work goes on beside.

YWT_BENCH_SCALE=0.1 makes both cities smaller; BENCH_SECONDS is how long the users ask for one kind of thing.
"""

import http.client
import json
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis import clock, config
from chassis.paging import sealed
from services.filing.models import database
from services.filing.service import service
from services.filing.statistics import TITLES
from tests.benchmarks import filing_seed
from tests.benchmarks.gateway import cpu_seconds
from tests.benchmarks.world import ROOT
from tests.filing.hall import PDF
from tests.harness import postgres
from tests.harness.processes import Program, free_port, wait_http
from tests.support import PEER_SECRET, PeerServer

SCALE = float(os.environ.get("YWT_BENCH_SCALE", "1"))
SIZES = [max(1000, int(number * SCALE)) for number in (10_000, 1_000_000)]
SECONDS, CROWD, SUBMISSIONS = float(os.environ.get("BENCH_SECONDS", "1.5")), 16, 50
WORKERS = os.cpu_count() or 1
LIST_MS, LIST_CROWD_MS, SUBMIT_MS = 20, 60, 30
API = "/api/filing/v1"


@dataclass(frozen=True)
class Ask:
    """One kind of question: its path, who asks, and how long it may take one user and the crowd (p50)."""

    name: str
    path: str
    callers: tuple[str, ...]
    targets: tuple[float, float] | None = None


def run() -> dict[str, Any]:
    """Measure both cities; print them side by side."""
    results: dict[str, Any] = {}
    server = postgres.start()
    try:
        for setting in ("wal_level = minimal", "max_wal_senders = 0", "max_wal_size = '8GB'"):  # for the seeding
            server.sql(f"ALTER SYSTEM SET {setting}")
        server.restart()
        for cases in SIZES:
            with ExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ywt-bench-")))
                results[str(cases)] = _city(stack, folder, server, cases)
    finally:
        server.close()
    return {"cases": SIZES, "crowd": CROWD, "web_workers": WORKERS, "cities": results, "met": _show(results)}


def _city(stack: ExitStack, folder: Path, server: Any, cases: int) -> dict[str, Any]:
    town = Town(stack, folder, server)
    began = time.perf_counter()
    filing_seed.seed(town.url, cases)
    seeded = time.perf_counter() - began
    print(f"{cases} cases seeded in {seeded:.0f} s", flush=True)
    town.open()
    return {"seed_seconds": round(seeded, 1), "asked": {ask.name: town.measure(ask) for ask in town.asks()}} | {
        "submission": town.submissions()
    }


class Town:
    """One database, filing's web process on it, and a stand-in for the services around it."""

    def __init__(self, stack: ExitStack, folder: Path, server: Any):
        self.stack, self.folder, self.server, self.url = stack, folder, server, server.create_database()
        self.key = Ed25519PrivateKey.generate()
        public = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(self.key.public_key())) | {"kid": "bench"}
        peers = PeerServer({"GET /api/identity/v1/jwks": {"keys": [public]}})
        stack.callback(peers.close)
        self.environment = {
            "YWT_MODE": "test",
            "YWT_VAR": str(folder),
            "DATABASE_URL": self.url,
            "YWT_PEERS": f"catalog={peers.url},identity={peers.url},credit={peers.url}",
            "YWT_PEER_SECRET": PEER_SECRET,
            "YWT_JWKS_URL": f"{peers.url}/api/identity/v1/jwks",
            "YWT_LOG_LEVEL": "error",
        }
        service.configure(config.load("filing", self.environment))
        stack.callback(database.close)
        service.migrate()

    def open(self) -> None:
        """Start the web."""
        self.port = free_port()
        keep = {name: value for name, value in os.environ.items() if not name.startswith(("YWT_", "DATABASE_"))}
        program = Program(
            [sys.executable, "-m", "services.filing", "web"],
            log=self.folder / "web.log",
            env=keep | self.environment | {"YWT_PORT": str(self.port), "YWT_WEB_WORKERS": str(WORKERS)},
            cwd=ROOT,
        )
        self.web = self.stack.enter_context(program)
        wait_http(f"http://127.0.0.1:{self.port}/readyz", timeout=60)

    def token(self, ref: str, *roles: str, org: str = "") -> str:
        """A token of this party, or of this member of staff."""
        claims = {"sub": ref, "kind": ref.partition(":")[0], "level": 2, "name": "张*", "aud": "hall"}
        claims |= {"grants": [{"role": role, "org": org, "items": None} for role in roles]}
        claims |= {"exp": int((datetime.now(UTC) + timedelta(hours=3)).timestamp())}
        return jwt.encode(claims, self.key, algorithm="EdDSA", headers={"kid": "bench"})

    def asks(self) -> list[Ask]:
        """What is asked, with its targets."""
        largest = filing_seed.org(0)

        def staff(*roles: str) -> tuple[str, ...]:
            each = range(filing_seed.STAFF_EACH)
            return tuple(self.token(filing_seed.staff_ref(0, which), *roles, org=largest) for which in each)

        clerks, leaders = staff("window_clerk"), staff("unit_leader")
        auditor = (self.token("staff:auditor", "auditor", org="*"),)
        persons = tuple(self.token(filing_seed.party(number)) for number in range(1, 400) if number % 4 > 1)
        company = (self.token(filing_seed.COMPANY),)
        limits = LIST_MS, LIST_CROWD_MS
        found = [
            Ask("clerk: 待办 to do", "/worklist?list=todo", clerks, limits),
            Ask("clerk: 待办 of one step", "/worklist?list=todo&step=accept", clerks, limits),
            Ask("reviewer: 待办 to do", "/worklist?list=todo", staff("reviewer"), limits),
            Ask("clerk: queue 办结 closed", "/cases?queue=closed", clerks, limits),
        ]
        for name in ("done", "running", "closed", "exceptions", "orders", "returned"):
            found.append(Ask(f"clerk: list {name}", f"/worklist?list={name}", clerks, limits))
        for name in ("check", "revoke", "opinion", "report"):
            found.append(Ask(f"leader: list {name}", f"/worklist?list={name}", leaders, limits))
        found += [
            Ask("citizen: own list", "/cases", persons, limits),
            Ask("citizen: own, in progress", "/cases?tab=in_progress", persons, limits),
            Ask("company: own list", "/cases", company, limits),
            Ask("company: own, closed", "/cases?tab=closed", company, limits),
            Ask("clerk: 综合查询 all", "/worklist?list=all", clerks, limits),
            Ask("clerk: 综合查询 by state", "/worklist?list=all&status=withdrawn", clerks),
            Ask("clerk: 综合查询 by item", f"/worklist?list=all&item_code={filing_seed.item(0, 3)}", clerks),
            Ask("auditor: 综合查询 all", "/worklist?list=all", auditor),
            Ask("clerk: counters", "/queues", clerks),
            Ask("leader: counters", "/queues", leaders),
        ]
        middle = clock.now() - timedelta(days=filing_seed.DAYS / 2)
        half = sealed(["-opened_at,id", middle.astimezone(UTC).isoformat(timespec="microseconds"), ""])
        found += [
            Ask("clerk: list closed, far down", f"/worklist?list=closed&cursor={half}", clerks, limits),
            Ask("company: own list, far down", f"/cases?cursor={half}", company, limits),
        ]
        last = clock.today()
        period = f"first={last - timedelta(days=30)}&last={last}"
        for kind, title in TITLES.items():
            found.append(Ask(f"leader: 统计 {title}", f"/statistics?kind={kind}&{period}", leaders))
        for kind, title in TITLES.items():
            found.append(Ask(f"auditor: 统计 {title}", f"/statistics?kind={kind}&{period}", auditor))
        return found

    def measure(self, ask: Ask) -> dict[str, float]:
        """Times of one user, then of the crowd, and what one request costs."""
        self._users(ask, WORKERS, SECONDS / 5)  # warms up
        before = self._spent()
        alone = self._users(ask, 1, SECONDS if ask.targets else SECONDS / 2)
        cost = [(now - then) * 1000 / len(alone) for now, then in zip(self._spent(), before, strict=True)]
        crowd = self._users(ask, CROWD, SECONDS) if ask.targets else []
        found = {"p50": statistics.median(alone), "p95": sorted(alone)[len(alone) * 95 // 100], "cpu": cost[0]}
        found |= {"cpu_postgres": cost[1]}
        found |= {"crowd_p50": statistics.median(crowd), "crowd_rate": len(crowd) / SECONDS} if crowd else {}
        return {name: round(value, 2) for name, value in found.items()}

    def _spent(self) -> tuple[float, float]:
        program = getattr(self.server, "program", None)  # a server in a container does not tell
        return cpu_seconds(self.web), cpu_seconds(program) if program else 0.0

    def _users(self, ask: Ask, number: int, seconds: float) -> list[float]:
        """Milliseconds of every answer; each user gets one at least."""
        until = time.perf_counter() + seconds
        took: list[float] = []

        def work() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            began = time.perf_counter()
            while True:
                _answer(connection, "GET", ask.path, random.choice(ask.callers), 200)
                ended = time.perf_counter()
                took.append((ended - began) * 1000)
                began = ended
                if ended > until:
                    break
            connection.close()

        users = [threading.Thread(target=work) for _ in range(number)]
        for user in users:
            user.start()
        for user in users:
            user.join()
        return took

    def submissions(self) -> dict[str, float]:
        """Submitting drafts that are ready, one after the other."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        owner = self.token(filing_seed.party(1))
        ready = [self._draft(connection, owner, number) for number in range(SUBMISSIONS + 5)]
        took = []
        for turn, case_no in enumerate(ready):
            if turn == 5:
                before = self._spent()  # the first ones warm up
            began = time.perf_counter()
            _answer(connection, "POST", f"/cases/{case_no}/submission", owner, 200)
            took.append((time.perf_counter() - began) * 1000)
        cost = [(now - then) * 1000 / SUBMISSIONS for now, then in zip(self._spent(), before, strict=True)]
        took = took[5:]
        found = {"p50": statistics.median(took), "p95": sorted(took)[len(took) * 95 // 100], "cpu": cost[0]}
        return {name: round(value, 2) for name, value in (found | {"cpu_postgres": cost[1]}).items()}

    def _draft(self, connection: http.client.HTTPConnection, owner: str, number: int) -> str:
        wish = {"item_code": filing_seed.item(0, 0), "mode": "ordinary", "project_name": f"新项目{number}"}
        case_no = _answer(connection, "POST", "/cases", owner, 201, json.dumps(wish))["case_no"]
        form = {"applicant_name": "样例申请单位", "mobile": "13800000000"}
        ways = {"agreed": True, "delivery_in": "window", "delivery_out": "window", "hall": "H120000"}
        _answer(connection, "PATCH", f"/cases/{case_no}", owner, 200, json.dumps(ways | {"form": form}))
        for code in ("M01", "M02", "M03"):
            _answer(connection, "PUT", f"/cases/{case_no}/materials/{code}/files/a.pdf", owner, 201, PDF)
        return case_no


def _answer(
    connection: http.client.HTTPConnection, method: str, path: str, token: str, status: int, body: Any = None
) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    if body is not None:
        headers["Content-Type"] = "application/json" if isinstance(body, str) else "application/octet-stream"
    connection.request(method, API + path, body=body, headers=headers)
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status == status, f"{method} {path}: {answer.status} {content[:500]!r}"
    return json.loads(content)


def _show(results: dict[str, Any]) -> bool:
    """Both cities side by side; whether every target is met in both."""
    cities = list(results.values())
    columns = ("p50 ms", f"p50 x{CROWD}", "cpu ms", "cpu pg")
    print(f"\nfiling with {' and '.join(results)} cases, seeded in {cities[-1]['seed_seconds']} s")
    print(f"{'':30}" + "".join(f"{number:>10}{'':30}" for number in results))
    print(f"{'':30}" + "".join(f"{column:>10}" for column in columns) * len(results))
    asked = cities[0]["asked"]
    for name in (*asked, "submission"):
        found = [city["submission"] if name == "submission" else city["asked"][name] for city in cities]
        cells = "".join(
            f"{one['p50']:10.1f}{one.get('crowd_p50', float('nan')):10.1f}{one['cpu']:10.1f}{one['cpu_postgres']:10.1f}"
            for one in found
        ).replace("nan", "  -")
        missed = [one for one in found if not _met(name, one)]
        print(f"{name:30}{cells}{'  MISSED' if missed else ''}")
    met = all(
        _met(name, one) for city in cities for name, one in (*city["asked"].items(), ("submission", city["submission"]))
    )
    verdict = "met" if met else "MISSED"
    print(f"p50: lists {LIST_MS} ms, with {CROWD} users {LIST_CROWD_MS} ms, submission {SUBMIT_MS} ms: {verdict}")
    return met


def _met(name: str, found: dict[str, float]) -> bool:
    if name == "submission":
        return found["p50"] <= SUBMIT_MS
    return "crowd_p50" not in found or (found["p50"] <= LIST_MS and found["crowd_p50"] <= LIST_CROWD_MS)
