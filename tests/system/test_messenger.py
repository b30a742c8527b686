"""The messenger's fault drills over the wire: carriers that fail in every way, a sender that is killed 100 times."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from chassis import clock
from contracts.events import notifier as events
from services.notifier import messages
from services.notifier.models import CarrierChange, CarrierState, Message
from services.notifier.service import service
from tests.harness.processes import PATIENCE, eventually
from tests.notifier.conftest import ROOT, Carrier, Office
from tests.support import bench

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("YWT_TEST_KILLS", "100"))
REMINDERS, CODES = 5000, 40
EACH = 4  # messages that are on their way when the sender is killed
ALWAYS = 1_000_000
# Short leases: a killed sender is succeeded soon, yet longer than a carrier takes to note a call.
SUCCEEDED_SOON = {"sending.LEASE": 4, "sending.LONGEST_CALL": 1, "sending.CLAIM_LEASE": 1, "providers.TIMEOUT": 1.0}
ASKED_SOON = {"sending.LEASE": 20}  # what became of a call that was not answered


class Sender:
    """Starts and kills senders."""

    def __init__(self, folder: Path, environment: dict[str, str], **settings: Any):
        self._log = (folder / "sender.log").open("wb")
        command = [sys.executable, "-m", "tests.system.sender", json.dumps(settings)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environment}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self._log, text=True, bufsize=1,
        )  # fmt: skip

    def __enter__(self) -> "Sender":
        return self

    def __exit__(self, *exc: object) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._process.stdout.close()
        self._log.close()

    def do(self, what: str) -> None:
        """`start` or `kill`, and wait until it is so."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{what}\n")
        assert self._process.stdout.readline() == "done\n"


@contextmanager
def messenger(folder: Path, url: str | None, **settings: Any) -> Iterator[tuple[Office, Sender, Carrier, Carrier]]:
    """Two carriers, a notifier with its database, and senders in processes of their own."""
    key = token_hex(16)
    with ExitStack() as stack:
        two = []
        for name in ("a", "b"):
            (folder / name).mkdir()
            keys = {"YWT_SMS_KEY_ID": "drill", "YWT_SMS_KEY_SECRET": key}
            two.append(stack.enter_context(Carrier("sms", folder / name, **keys)))
        dialects = zip(("a", "b"), ("aliyun", "plain"), two, strict=True)
        accounts = [
            {"name": name, "dialect": dialect, "url": carrier.url, "key_id": "drill", "secret": key}
            for name, dialect, carrier in dialects
        ]
        (folder / "accounts.json").write_text(json.dumps(accounts))
        office = Office(stack.enter_context(bench(service, folder, url)), two[0].url)
        environment = {
            "YWT_MODE": "test",
            "YWT_VAR": str(folder),
            "DATABASE_URL": url or f"sqlite:///{folder}/notifier.db",
            "YWT_PEERS": ",".join(f"{name}={address}" for name, address in office.bench.peers.items()),
            "YWT_SMS_ACCOUNTS": str(folder / "accounts.json"),
            "YWT_SMS_RETRY_SECONDS": "0.3,0.3,0.3,0.3,0.3,0.3,0.3,0.3,0.3,0.3",
            "YWT_LOG_LEVEL": "warning",
        }
        sender = stack.enter_context(Sender(folder, environment, **settings))
        yield office, sender, two[0], two[1]


def order(office: Office, number: int) -> None:
    """One urgent message to a number of its own: the hour of the day does not matter."""
    office.knows(f"person:d-{number}", number)
    office.order(f"person:d-{number}", f"key-{number}", urgent=True)


def settled() -> bool:
    """Whether every message has been taken."""
    return not Message.select().where(Message.state.not_in(("accepted", "delivered"))).exists()


def count(*carriers: Carrier) -> int:
    """How many messages the carriers have."""
    return sum(int(carrier.get("/count")["taken"]) for carrier in carriers)


def taken(*carriers: Carrier) -> tuple[int, int]:
    """How many messages the carriers have, and how many different ones."""
    items = [item["out_id"] for carrier in carriers for item in carrier.get("/messages?limit=100000")["items"]]
    return len(items), len(set(items))


@pytest.mark.rule("NOT-05", "T38")
def test_a_sender_killed_a_hundred_times_between_call_and_record_sends_everything_once(
    tmp_path: Path, database_url: str
) -> None:
    with messenger(tmp_path, database_url, **SUCCEEDED_SOON) as (office, sender, first, second):
        cut_off = 0
        for turn in range(KILLS):
            for carrier in (first, second):
                carrier.faults(hang_next=EACH, hang_seconds=1.5)
            before = count(first, second)
            for number in range(turn * EACH, turn * EACH + EACH):
                order(office, number)
            sender.do("start")
            eventually(lambda before=before: count(first, second) > before, what="a call that hangs")  # type: ignore[misc]
            sender.do("kill")
            cut_off += Message.select().where(Message.state == "sending", Message.called_at.is_null(False)).count() > 0
        for carrier in (first, second):
            carrier.faults(hang_next=0)
        sender.do("start")
        eventually(settled, what="everything taken")
        sender.do("kill")
        number = KILLS * EACH
        assert taken(first, second) == (number, number)  # none missing, none twice
        sent = office.bench.emitted(events.SmsSent)
        assert (len(sent), len({event.message_id for event in sent})) == (number, number)
        print(f"\n{number} messages, {KILLS} kills, {cut_off} of them with calls that nobody had recorded")
        assert cut_off >= KILLS * 0.9


@pytest.mark.rule("NOT-06")
def test_codes_do_not_wait_for_five_thousand_reminders(tmp_path: Path, database_url: str) -> None:
    with messenger(tmp_path, database_url) as (office, sender, _, _):
        for number in range(REMINDERS):
            office.knows(f"staff:r-{number}", number)  # staff are written to at every hour
            office.order(f"staff:r-{number}", f"reminder-{number}")
        codes = Message.select().where(Message.lane == messages.CODES)
        waiting = Message.select().where(Message.lane == messages.ORDINARY, Message.state == "queued")
        sender.do("start")
        eventually(lambda: waiting.count() < REMINDERS, what="the first reminders on their way")
        for number in range(CODES):
            office.knows(f"sms-code:{number}", REMINDERS + number)
            code = {"template": "identity.sms_code", "params": {"minutes": "5"}, "urgent": True}
            office.order(f"sms-code:{number}", f"code-{number}", **code)
            eventually(lambda number=number: codes.where(Message.state == "accepted").count() > number, what="a code")  # type: ignore[misc]
        assert waiting.count() > 0
        sender.do("kill")
        took = sorted(row.took_ms for row in codes)
        print(f"\n{CODES} codes, the slowest after {took[-1]} ms, {took[CODES // 2]} ms at the median")


@pytest.mark.rule("NOT-05", "NOT-07")
def test_a_carrier_refuses_then_hangs_then_is_slow_and_every_message_goes_out_once(tmp_path: Path) -> None:
    with messenger(tmp_path, None, **ASKED_SOON) as (office, sender, first, second):
        sender.do("start")
        total = 0
        for fault, reason in (
            ({"account_next": ALWAYS}, "isv.AMOUNT_NOT_ENOUGH"),
            ({"account_next": 0, "hang_next": ALWAYS, "hang_seconds": 6}, "failed, the last one"),
            ({"hang_next": 0, "slow_next": ALWAYS, "slow_ms": 3000}, "calls slow"),
        ):
            well_since = clock.wall() - timedelta(hours=2)
            CarrierState.update(share=100, changed_at=well_since, calls=0, bad=0, slow=0).execute()
            seen = CarrierChange.select().count()
            first.faults(**fault)
            for number in range(total, total + 60):
                order(office, number)
            total += 60
            eventually(lambda seen=seen: CarrierChange.select().count() > seen, what=f"the fall: {reason}")  # type: ignore[misc]
            change = CarrierChange.select().order_by(CarrierChange.id.desc()).first()
            assert (change.name, change.old) == ("a", 100)
            assert reason in change.reason
            if fault.get("hang_next"):
                first.faults(hang_next=0)
            eventually(settled, what="everything taken")
        sender.do("kill")
        assert taken(first, second) == (total, total)
        assert len(office.bench.emitted(events.SmsSent)) == total
        assert not CarrierChange.select().where(CarrierChange.name == "b").exists()
