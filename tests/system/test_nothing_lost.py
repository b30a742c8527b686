"""Nothing lost, nothing twice: many cases through the whole chain while everything is killed, stopped and cut.

300 cases on real servers and 100 on one small machine; YWT_TEST_CASES changes both. The ledger is printed at the end.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pytest
import requests

from chassis import clock, workdays
from deploy import story
from deploy.layout import SERVICES
from deploy.visitor import until
from tests.harness.postgres import PostgresServer
from tests.harness.rabbitmq import RabbitServer
from tests.system.hall import RealHall
from tests.system.ledger import Filed, Ledger

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3000)]

MANY, SOME = (int(os.environ.get("YWT_TEST_CASES", default)) for default in (300, 100))
THREADS = 6
CHAIN = ("supervision", "filing", "credit", "notifier", "identity")  # who acts when the date has passed
BROKER_AWAY = 30.0
SETTLE_SECONDS = 900.0  # a sender that was killed in mid-call is looked into after a minute; retries pause up to five


@dataclass
class Faults:
    """What is done to a hall, in turn, and the proof that it was done."""

    hall: RealHall
    done: Counter[str] = field(default_factory=Counter)

    def kill_each(self, names: list[str], pause: float = 0.0) -> None:
        """SIGKILL one process after the other; the next one when the last one is back."""
        for name in names:
            part = self.hall.parts[name]
            before = part.starts
            self.hall.kill(name)
            until(lambda part=part, before=before: part.starts > before and part.ready(), f"{name} again")
            self.done[f"kill {name}"] += 1
            time.sleep(pause)

    def cut_off_calls(self, sender: str) -> None:
        """Kill the notifier while carrier and courier have taken its order and it has not heard so."""
        for provider in ("sms", "ems"):
            faults = f"{self.hall.layout.url(provider)}/faults"
            requests.put(faults, json={"hang_next": 1, "hang_seconds": 5}, timeout=10).raise_for_status()
            hung = lambda faults=faults: requests.put(faults, json={}, timeout=10).json()["hang_next"] == 0  # noqa: E731
            until(hung, f"a call that hangs at {provider}")
            self.kill_each([sender])
            self.done["calls cut off in the middle"] += 1

    def cut(self, times: int, pause: float = 1.0) -> None:
        """Reset all connections to the broker."""
        assert self.hall.proxy is not None
        for _ in range(times):
            self.done["broker connections cut"] += self.hall.proxy.cut()
            self.done["cuts"] += 1
            time.sleep(pause)

    def stop_broker(self, seconds: float) -> None:
        """RabbitMQ is away for a while."""
        assert self.hall.rabbit is not None
        self.hall.rabbit.sync()
        began = time.monotonic()
        self.hall.rabbit.stop()
        time.sleep(seconds)
        self.done["events waiting for the broker"] += sum(
            self.hall.books.count(service, "chassis_outbox", "published_at IS NULL") for service in SERVICES
        )
        self.hall.rabbit.start_again()
        self.done["seconds without broker"] += round(time.monotonic() - began)
        self.done["broker restarts"] += 1

    def restart_database(self) -> None:
        """PostgreSQL rolls everybody back, stops, and starts again."""
        assert self.hall.postgres is not None
        self.hall.postgres.restart()
        self.done["database restarts"] += 1


@contextmanager
def meanwhile(work: Callable[[], None]) -> Iterator[None]:
    """Run the faults beside the block, to their end; what goes wrong in them comes out."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, name="faults")
    thread.start()
    try:
        yield
    finally:
        thread.join()
    if failed:
        raise failed[0]


class Crowd:
    """Clients that work side by side, each with an own login of the office and an own representative."""

    def __init__(self, hall: RealHall):
        self.hall = hall
        story.open_office(hall.door)  # the first login sets the passwords
        self._local = threading.local()
        self.filed: list[Filed] = []

    def file(self, due: date) -> None:
        """One company from its registration to the order to correct its licensed business."""
        firm = story.company(self.hall.door, self.hall.verifier, self._account, self._password)
        case_no = story.file_commit_case(firm)
        office = self._office
        story.handle(office, case_no)
        task = story.find_task(office, case_no, 240)
        story.find_untrue(office, task, due, due)
        self.filed.append(Filed(case_no, firm.visitor.ref, firm.mobile))

    def work(self, count: int, due: date) -> None:
        """So many companies by all clients together."""
        with ThreadPoolExecutor(THREADS, initializer=self._begin) as threads:
            list(threads.map(lambda _: self.file(due), range(count)))

    def _begin(self) -> None:
        person, self._local.account, _ = story.representative(self.hall.door)
        self._local.password, self._local.office = person.secret, story.open_office(self.hall.door)

    @property
    def _account(self) -> str:
        return self._local.account

    @property
    def _password(self) -> str:
        return self._local.password

    @property
    def _office(self) -> story.Office:
        return self._local.office


def run(hall: RealHall, cases: int, first: Callable[[], None], second: Callable[[], None]) -> Ledger:
    """File under the first faults, let the date pass under the second ones, wait for rest, check the books."""
    began = time.monotonic()
    story.office_hours(hall.door)
    today = story.now(hall.door).date()
    due = workdays.add_workdays(today, 2)
    crowd = Crowd(hall)
    unhindered = 0

    def hinder() -> None:
        nonlocal unhindered
        first()
        unhindered = cases - len(crowd.filed)

    with meanwhile(hinder):
        crowd.work(cases, due)
    filed_at = time.monotonic()
    with meanwhile(second):
        _travel(hall, due)
        _await_revocations(hall, cases)
    hall.await_ready()
    hall.settle(SETTLE_SECONDS)
    ledger = Ledger(hall, crowd.filed).check()
    ledger.notes["cases filed after the first faults were over"] = unhindered
    ledger.notes["seconds: filing"] = round(filed_at - began)
    ledger.notes["seconds: date passed, revoked, at rest"] = round(time.monotonic() - filed_at)
    return ledger


def _travel(hall: RealHall, due: date) -> None:
    """To 10:00 of the day after the date, whatever is being killed at the moment."""
    to = clock.end_of(due) + timedelta(hours=10)

    def arrived() -> bool:
        with suppress(requests.RequestException, ValueError, KeyError):
            return story.travel(hall.door, to) >= to
        return False

    until(arrived, "the journey through time")


def _await_revocations(hall: RealHall, cases: int) -> None:
    def revoked() -> bool:
        with suppress(Exception):  # the database is being restarted
            return hall.books.count("filing", "filing_case", "status = 'revoked'") >= cases
        return False

    until(revoked, f"{cases} revocations", SETTLE_SECONDS)


def conclude(hall: RealHall, ledger: Ledger, faults: Faults) -> None:
    """Print the books and judge them."""
    print(f"\n{ledger.table()}")
    print("\n".join(f"{what:<58}{number:>9}" for what, number in sorted(faults.done.items())))
    assert not ledger.bad, f"{[line.what for line in ledger.bad]}\n{ledger.table()}"
    crashed = {part.name: part.deaths for part in hall.parts.values() if part.deaths}
    assert not crashed, "\n".join(hall.parts[name].last_lines() for name in crashed)


@pytest.mark.system
@pytest.mark.rule("T38", "T39", "NOT-05", "NOT-23")
def test_on_postgresql_and_rabbitmq_every_chain_is_complete_exactly_once(
    tmp_path: Path, postgres_server: PostgresServer, rabbitmq_server: RabbitServer
) -> None:
    with RealHall(tmp_path, postgres_server, rabbitmq_server) as hall:
        faults = Faults(hall)
        workers = [name for name in hall.services if name.endswith(".worker")]
        webs = [name for name in hall.services if name.endswith(".web")]

        def while_filing() -> None:
            faults.cut_off_calls("notifier.worker")
            faults.kill_each(webs, pause=4)
            faults.cut(3, pause=4)
            faults.stop_broker(BROKER_AWAY)
            faults.kill_each(workers, pause=4)
            faults.restart_database()
            faults.cut(2, pause=4)

        def while_revoking() -> None:
            time.sleep(1)
            faults.kill_each([name for name in workers if name.split(".")[0] in CHAIN])
            faults.cut(3)
            faults.restart_database()
            faults.kill_each([name for name in webs if name.split(".")[0] in CHAIN])

        ledger = run(hall, MANY, while_filing, while_revoking)
        conclude(hall, ledger, faults)
        assert all(faults.done[f"kill {name}"] >= 1 for name in hall.services)
        assert all(hall.parts[name].kills >= 1 and hall.parts[name].starts >= 2 for name in hall.services)
        assert faults.done["seconds without broker"] >= BROKER_AWAY and faults.done["broker restarts"] == 1
        assert faults.done["events waiting for the broker"] > 0
        assert faults.done["calls cut off in the middle"] == 2
        assert faults.done["database restarts"] == 2
        assert faults.done["cuts"] == 8 and faults.done["broker connections cut"] >= 8 * 2


@pytest.mark.rule("T38", "NOT-05", "NOT-23")
def test_on_sqlite_and_the_embedded_bus_every_chain_is_complete_exactly_once(tmp_path: Path) -> None:
    with RealHall(tmp_path) as hall:
        faults = Faults(hall)

        def while_filing() -> None:
            faults.cut_off_calls("notifier")
            faults.kill_each(hall.services, pause=4)

        def while_revoking() -> None:
            time.sleep(1)
            faults.kill_each([name for name in hall.services if name in CHAIN])

        ledger = run(hall, SOME, while_filing, while_revoking)
        conclude(hall, ledger, faults)
        assert all(faults.done[f"kill {name}"] >= 1 for name in hall.services)
        assert all(faults.done[f"kill {name}"] >= 2 for name in CHAIN)
        assert faults.done["calls cut off in the middle"] == 2
