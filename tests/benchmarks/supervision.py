"""Electronic supervision under 500 events of cases a second: whether it keeps up, and how late it is.

PostgreSQL and RabbitMQ are private, and the worker of supervision is the real one (relay, consumer, sweeper). The
events are the lives of cases of 24 pairs of offices, every tenth of them with a verification; so many cases run side by
side that a batch rarely meets one of them twice. They go to supervision's queue, for nobody else listens here. How late
an event is counts from its sending to the commit of its effects, by the clock of PostgreSQL.

YWT_BENCH_SCALE shrinks the time, YWT_BENCH_RATE is how many events there are a second.
"""

import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from chassis import bus, clock
from chassis.ids import new_id
from contracts.events import catalog, filing, identity
from tests.benchmarks.gateway import cpu_seconds
from tests.benchmarks.hall import Hall, message
from tests.harness.processes import eventually
from tests.supervision.conftest import example

RATE = int(os.environ.get("YWT_BENCH_RATE", "500"))
SECONDS = max(5, int(60 * float(os.environ.get("YWT_BENCH_SCALE", "1"))))
SIDE_BY_SIDE = 700  # cases under way: between two events of one there are as many of others
TOGETHER = 0.05  # seconds whose events are sent together
ITEMS = [f"{number:012}" for number in range(24)]
TARGETS = {"backlog at the end": float(RATE)}  # a second's worth: it does not grow
WAIT = 600.0

Told = tuple[type[Any], str, dict[str, Any], int]  # type, subject, data, sequence


def run() -> dict[str, Any]:
    """Send at the rate, then look what has arrived when; the table."""
    with ExitStack() as stack:
        hall = Hall(stack, Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ywt-bench-"))), ["supervision"])
        known = [message("supervision", *one) for one in _city()]
        hall.bus.publish(known)
        worker = hall.run("supervision", "worker")
        _await(hall, len(known))
        told = [message("supervision", *one) for one in _lives(RATE * SECONDS)]
        before = cpu_seconds(worker)
        sent = _send(hall, told)
        backlog = sum(hall.bus.depths("supervision").values())
        _await(hall, len(known) + len(told))
        spent = cpu_seconds(worker) - before
        committed = _committed(hall)
        parked = len(hall.bus.parked("supervision"))
    waits = sorted(1000 * (committed[number] - at) for number, at in sent.items())
    first, last = min(sent.values()), max(sent.values())
    found = {
        "events": len(told),
        "sent /s": len(told) / (last - first),
        "handled /s": len(told) / (max(committed[number] for number in sent) - first),
        "backlog at the end": float(backlog),
        "lag p50 ms": statistics.median(waits),
        "lag p99 ms": waits[int(len(waits) * 0.99)],
        "lag at most ms": waits[-1],
        "parked": parked,
        "worker's processor ms an event": 1000 * spent / len(told),
    }
    print(f"\n{'supervision':<36}{'':>10}{'target':>10}")
    for name, value in found.items():
        target = f"≤ {TARGETS[name]:g}" if name in TARGETS else ""
        print(f"{name:<36}{value:>10,.4g}{target:>10}")
    return {"found": found, "targets": TARGETS, "rate": RATE}


def _send(hall: Hall, told: list[bus.Message]) -> dict[str, float]:
    """All of it at the rate; when each was sent."""
    sent: dict[str, float] = {}
    together, begin = max(1, int(RATE * TOGETHER)), time.time()
    for turn, start in enumerate(range(0, len(told), together)):
        time.sleep(max(0.0, begin + turn * together / RATE - time.time()))
        now, some = time.time(), told[start : start + together]
        hall.bus.publish(some)
        sent |= dict.fromkeys((message.id for message in some), now)
    return sent


def _await(hall: Hall, number: int) -> None:
    query = "SELECT count(*) FROM chassis_inbox"
    eventually(lambda: hall.value("supervision", query) >= number, WAIT, every=0.2, what=f"{number} events handled")


def _committed(hall: Hall) -> dict[str, float]:
    """When the transaction of each event was committed."""
    with hall.cursor("supervision") as cursor:
        cursor.execute("SELECT event_id, extract(epoch FROM pg_xact_commit_timestamp(xmin)) FROM chassis_inbox")
        return {number: float(at) for number, at in cursor}


# --- what is told -----------------------------------------------------------------------------------------------------


def _offices(item: str) -> tuple[str, str]:
    number = int(item) + 40
    return f"TZJ{number:03}-SP", f"TZJ{number:03}-JG"


def _decider(item: str) -> str:
    return f"staff:decider-{item}"


def _city() -> Iterator[Told]:
    """Items, and who may decide about them."""
    day = (clock.today() - timedelta(days=100)).isoformat()
    for item in ITEMS:
        approving, supervising = _offices(item)
        facts: dict[str, Any] = {
            "item_code": item,
            "item_version": 1,
            "approving_org": approving,
            "supervising_orgs": [supervising],
        }
        yield catalog.ItemPublished, item, example(catalog.ItemPublished.type) | facts, 1
        grant: dict[str, Any] = {
            "grant_id": f"grant-{item}",
            "staff_ref": _decider(item),
            "role": "decider",
            "org_code": approving,
        }
        grant |= {"item_codes": [], "valid_from": day}
        yield identity.StaffGranted, _decider(item), example(identity.StaffGranted.type) | grant, 1


def _lives(number: int) -> list[Told]:
    """So many events of cases, in an order in which a city might tell them."""
    chance = random.Random(5)
    placed: list[tuple[float, int, Told]] = []
    case = 0
    while len(placed) < number:
        begin = len(placed)
        for step, told in enumerate(_life(case, chance)):
            at = begin + step * SIDE_BY_SIDE + chance.random() * SIDE_BY_SIDE / 2
            placed.append((at, len(placed), told))
        case += 1
    return [told for _, _, told in sorted(placed, key=lambda one: one[:2])][:number]


def _life(number: int, chance: random.Random) -> Iterator[Told]:
    """One case: most are granted, some are corrected, late or withdrawn, some are promises."""
    item, now = chance.choice(ITEMS), clock.now().isoformat()
    approving, supervising = _offices(item)
    commit, withdrawn = chance.random() < 0.1, chance.random() < 0.02
    about: dict[str, Any] = {
        "case_id": new_id(),
        "case_no": f"20260302{number:012}",
        "item_code": item,
        "item_version": 1,
    }
    about |= {"approving_org": approving, "mode": "commit" if commit else "ordinary"}
    about |= {"subject_ref": f"legal:{number % 3000}", "subject_type": "legal"}
    decision: dict[str, Any] = {
        "decision": "granted",
        "decided_at": now,
        "completed_at": now,
        "decided_by": _decider(item),
    }
    decision |= {"supervising_orgs": [supervising], "status": "completed"}
    steps: list[tuple[type[Any], dict[str, Any]]] = [
        (filing.CaseSubmitted, {"status": "submitted"}),
        (filing.CaseViewed, {"status": "pre_review", "accepting_org": approving}),
    ]
    if chance.random() < 0.1:
        steps.append((filing.CaseCorrectionRequested, {"status": "correction"}))
    steps.append((filing.CaseAccepted, {"status": "accepted"}))
    if chance.random() < 0.02:
        facts = {"status": "reviewing", "deadline_kind": "committed", "responsible_org": approving}
        steps.append((filing.DeadlineOverdue, facts))
    if withdrawn:
        steps.append((filing.CaseWithdrawn, {"status": "withdrawn"}))
    else:
        steps += [
            (filing.CaseReviewed, {"status": "deciding"}),
            (filing.CaseCompleted, decision),
            (filing.ResultReady, {"status": "completed"}),
            (filing.ResultCollected, {"status": "completed"}),
        ]
    for sequence, (event_type, facts) in enumerate(steps, 1):
        yield event_type, about["case_id"], example(event_type.type) | about | facts, sequence
