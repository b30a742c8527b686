"""100,000 notifications due at once: from the commands in the broker to the carrier's receipts.

PostgreSQL, RabbitMQ, the carrier and all parts of the notifier are processes of their own; identity is a stand-in that
answers at once. The carrier speaks as Aliyun does, signatures and receipts in lists included. First everything is
queued, then the senders start; while they work, a login code is ordered twice a second, and its way from the broker to
the carrier is measured. YWT_BENCH_SCALE shrinks the number, YWT_BENCH_SENDERS says how many sending processes there
are. Beside the rates stands what each process spent on a message, which says as much on a busy machine.
"""

import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

import psycopg2

from chassis import bus, clock
from chassis.ids import new_id
from contracts import envelope
from contracts.commands.notifier import SendSms
from contracts.topology import COMMANDS
from services.notifier import signatures
from tests.benchmarks.world import ROOT
from tests.harness import postgres, rabbitmq
from tests.harness.processes import Program, eventually, free_port, wait_http
from tests.support import PEER_SECRET, PeerServer

NUMBER = max(100, int(100_000 * float(os.environ.get("YWT_BENCH_SCALE", "1"))))
SENDERS = int(os.environ.get("YWT_BENCH_SENDERS", "1"))
TOGETHER = 500  # commands in one publishing
CODE_EVERY = 0.5
CARRIER = "aliyun"
TARGETS = {"code lane p99 s": 10.0}
WAIT = 3600.0


class Place:
    """The hall around the notifier, as far as its messages go."""

    def __init__(self, stack: ExitStack, folder: Path):
        servers = postgres.start(), rabbitmq.start()
        for server in servers:
            stack.callback(server.close)
        self.url, vhost = servers[0].create_database(), servers[1].create_vhost()
        self.amqp = servers[1].url(vhost)
        self.bus = bus.connect(self.amqp)
        identity = PeerServer({"POST /api/identity/v1/recipients/resolution": resolve})
        stack.callback(identity.close)
        web, sms, secret = free_port(), free_port(), token_hex(16)
        self.sms = f"http://127.0.0.1:{sms}"
        account = {"name": CARRIER, "dialect": CARRIER, "url": self.sms, "key_id": "bench", "secret": secret}
        (folder / "accounts.json").write_text(json.dumps([account]))
        clock.allow_travel(folder / "clock.json")
        clock.travel_to((clock.now() + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0))
        self.environment = {
            "YWT_MODE": "test",
            "YWT_VAR": str(folder),
            "YWT_CLOCK_FILE": str(folder / "clock.json"),  # ten in the morning, whenever this runs
            "DATABASE_URL": self.url,
            "BUS_URL": self.amqp,
            "YWT_PEERS": f"identity={identity.url}",
            "YWT_PEER_SECRET": PEER_SECRET,
            "YWT_JWKS_URL": f"{identity.url}/jwks",
            "YWT_SMS_ACCOUNTS": str(folder / "accounts.json"),
            "YWT_SMS_KEY_ID": "bench",
            "YWT_SMS_KEY_SECRET": secret,
            "YWT_SMS_PUSH_URL": f"http://127.0.0.1:{web}/api/notifier/v1/sms-receipts/{CARRIER}/"
            + signatures.address(secret, CARRIER),
            "YWT_CALLBACK_SECRET": secret,
            "YWT_LOG_LEVEL": "error",
        }
        self.stack, self.folder, self.programs = stack, folder, dict[str, Program]()
        self.run("migrate", "-m", "services.notifier", "migrate").wait(60)
        self.programs = {"postgres": servers[0].program, "rabbitmq": servers[1].program}  # type: ignore[attr-defined]
        self.run("sms", "-m", "deploy.simulators.sms", port=sms)
        wait_http(f"{self.sms}/readyz")
        self.run("web", "-m", "services.notifier", "web", port=web)
        self.bus.declare()
        connection = psycopg2.connect(self.url)
        connection.autocommit = True
        stack.callback(connection.close)
        self._cursor = connection.cursor()

    def run(self, name: str, *command: str, port: int = 0) -> Program:
        """One more process."""
        environment = self.environment | {"YWT_PORT": str(port)}
        log = self.folder / f"{name}.log"
        program = Program([sys.executable, *command], log=log, env=environment, cwd=ROOT).start()
        self.stack.callback(program.stop)
        self.programs[name] = program
        return program

    def part(self, role: str, number: int = 0) -> Program:
        """One more process of the notifier's worker."""
        return self.run(f"{role}-{number}", "-m", "services.notifier", role)

    def cost(self) -> dict[str, tuple[float, float]]:
        """Seconds of processor time and MiB of memory of each program until now, its children included."""
        found = {name: spent(program.pid) for name, program in self.programs.items()}
        return {"this": spent(os.getpid(), alone=True), **found}

    def rows(self, where: str, what: str = "count(*)") -> Any:
        """What a query says about the messages."""
        self._cursor.execute(f"SELECT {what} FROM notifier_message WHERE {where}")
        return self._cursor.fetchall()

    def until(self, where: str, number: int) -> float:
        """Wait for so many messages; the moment."""
        eventually(lambda: self.rows(where)[0][0] >= number, WAIT, every=0.5, what=f"{number} messages {where}")
        return time.monotonic()


def spent(pid: int, *, alone: bool = False) -> tuple[float, float]:
    """Seconds of processor time and MiB of memory of a process and of its children."""
    facts = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            facts[int(path.parent.name)] = path.read_text().rpartition(")")[2].split()
    family = [pid]
    for parent in () if alone else family:
        family += [child for child, fields in facts.items() if int(fields[1]) == parent]
    own = [facts[member] for member in family if member in facts]
    ticks = sum(int(fields[column]) for fields in own for column in ((11, 12) if alone else (11, 12, 13, 14)))
    pages = sum(int(fields[21]) for fields in own)
    return ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def resolve(body: dict[str, Any]) -> tuple[int, Any]:
    """Identity: everybody has a number, and every code is the same."""
    found = {}
    for recipient in body["recipients"]:
        params = {"code": "482913", "minutes": "5"} if recipient.startswith("sms-code:") else {}
        number = int(recipient.rpartition("-")[2])
        member = {"recipient": recipient, "mobile": f"13{number:09d}", "name_masked": "", "params": params}
        found[recipient] = member | {"members": [member]}
    return 200, found


def command(recipient: str, template: str, params: dict[str, str], urgent: bool) -> bus.Message:
    """A command as it comes out of an outbox."""
    event_id = new_id()
    data = {"template": template, "recipient": recipient, "params": params, "urgent": urgent, "mandatory": True}
    data |= {"dedupe_key": f"{event_id}:{recipient}"}
    sealed = envelope.seal(SendSms, recipient, data, id=event_id, time=clock.now(), sequence=1, source="/filing")
    return bus.Message(event_id, COMMANDS, SendSms.type, envelope.dumps(sealed))


def reminders() -> Iterator[bus.Message]:
    """What is due at once."""
    for number in range(NUMBER):
        case_no = f"2026030210000{number:07d}"
        yield command(f"person:bench-{number}", "feedback.replied", {"case_no": case_no}, urgent=False)


def order_codes(amqp: str, stop: threading.Event, ordered: dict[str, datetime]) -> None:
    """A code now and then, until told to stop; by a connection of its own, for one that has been silent is cut."""
    line = bus.connect(amqp)
    for number in range(1_000_000):
        if stop.wait(CODE_EVERY):
            line.close()
            return
        recipient = f"sms-code:bench-{NUMBER + number}"
        moment = clock.now()
        line.publish([command(recipient, "identity.sms_code", {"minutes": "5"}, urgent=True)])
        ordered[recipient] = moment


def run() -> dict[str, Any]:
    """Queue, send, hear; the table."""
    with ExitStack() as stack:
        place = Place(stack, Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ywt-bench-"))))
        place.part("consume")
        batch: list[bus.Message] = []
        began = time.monotonic()
        for message in reminders():
            batch.append(message)
            if len(batch) == TOGETHER:
                place.bus.publish(batch)
                batch = []
        if batch:
            place.bus.publish(batch)
        place.bus.close()
        queued = place.until("state = 'queued'", NUMBER) - began
        before = place.cost()
        for role in ("tick", "relay"):
            place.part(role)
        ordered: dict[str, datetime] = {}
        stop = threading.Event()
        began = time.monotonic()
        for number in range(SENDERS):
            place.part("loops", number)
        place.until("accepted_at IS NOT NULL", 1)
        first_sent = time.monotonic()
        codes = threading.Thread(target=order_codes, args=(place.amqp, stop, ordered))
        codes.start()
        sent = place.until("accepted_at IS NOT NULL AND lane = 2", NUMBER) - first_sent
        stop.set()
        codes.join()
        place.until("accepted_at IS NOT NULL", NUMBER + len(ordered))
        received = place.until("delivered_at IS NOT NULL", NUMBER + len(ordered)) - began
        after = place.cost()
        taken = json.loads(wait_http(f"{place.sms}/count"))
        taken_at = dict(place.rows("lane = 0", "recipient_ref, accepted_at"))
    waits = sorted((taken_at[who] - at).total_seconds() for who, at in ordered.items())
    found = {
        "messages": NUMBER,
        "queued /s": NUMBER / queued,
        "sent /s": NUMBER / sent,
        "receipted /s, from the first sent": NUMBER / received,
        "taken twice or not at all": abs(taken["taken"] - NUMBER - len(ordered)) + taken["taken"] - taken["different"],
        "codes meanwhile": len(waits),
        "code lane p50 s": statistics.median(waits),
        "code lane p99 s": waits[min(int(len(waits) * 0.99), len(waits) - 1)],
    }
    print(f"\n{'notifier':<36}{'':>10}{'target':>10}")
    for name, value in found.items():
        target = f"≤ {TARGETS[name]:g}" if name in TARGETS else ""
        print(f"{name:<36}{value:>10,.4g}{target:>10}")
    print(f"\n{'':<18}{'ms a message: queued':>24}{'sent, receipted':>18}{'MiB':>8}")
    for name, (seconds, memory) in after.items():
        first, then = before.get(name, (0.0, 0.0))[0], seconds - before.get(name, (0.0, 0.0))[0]
        print(f"{name:<18}{first / NUMBER * 1000:>24.3f}{then / NUMBER * 1000:>18.3f}{memory:>8.0f}")
    return {"found": found, "targets": TARGETS, "senders": SENDERS, "spent": {"queued": before, "all": after}}
