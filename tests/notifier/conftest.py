"""The notifier on the bench: the real carrier simulators beside it, a directory that stands for identity."""

import dataclasses
import json
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.request import Request, urlopen

import pytest

from chassis import http
from chassis.clock import clock_at
from contracts import envelope
from contracts.commands import notifier as commands
from services.notifier import options, providers, sending, signatures
from services.notifier.models import Message
from services.notifier.options import Account
from services.notifier.service import service
from tests.harness.processes import Program, free_port, wait_http
from tests.support import Bench, bench

API = "/api/notifier/v1"
ROOT = Path(__file__).resolve().parents[2]
CITIZEN, LEADER, CLERK = "person:citizen-1", "staff:leader-1", "staff:clerk-1"
MONDAY = "2026-03-02 10:00"
SECRET = "only-for-a-demo-hall-ywt_callback_secret"
CARRIER = {"X-Callback-Secret": SECRET}


class Carrier:
    """A running simulator."""

    def __init__(self, name: str, folder: Path, **env: str):
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        environ = {
            "YWT_VAR": str(folder),
            "YWT_PORT": str(port),
            "YWT_CLOCK_FILE": "",
            f"YWT_{name.upper()}_PUSH_URL": "",
        }
        module = ["-m", f"deploy.simulators.{name}"]
        self.program = Program([sys.executable, *module], log=folder / f"{name}.log", env=environ | env, cwd=ROOT)

    def __enter__(self) -> "Carrier":
        self.program.start()
        wait_http(f"{self.url}/readyz")
        return self

    def __exit__(self, *exc: object) -> None:
        self.program.stop()

    def get(self, path: str) -> Any:
        """What a page of the simulator says."""
        with urlopen(self.url + path) as answer:
            return json.load(answer)

    def post(self, path: str, body: Any) -> int:
        """Ask something of the simulator; returns the status."""
        request = Request(self.url + path, json.dumps(body).encode(), method="POST")
        with urlopen(request) as answer:
            return answer.status

    def faults(self, **faults: Any) -> None:
        """Order faults."""
        request = Request(f"{self.url}/faults", json.dumps(faults).encode(), method="PUT")
        with urlopen(request) as answer:
            assert answer.status == 200


@pytest.fixture(scope="session")
def sms_carrier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Carrier]:
    """The simulated carrier of messages, without call-backs."""
    with Carrier("sms", tmp_path_factory.mktemp("sms")) as carrier:
        yield carrier


KEY_ID, KEY = "key-of-the-tests", token_hex(16)  # what the strict carriers know


@pytest.fixture(scope="session")
def strict_carriers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Carrier, Carrier]]:
    """Two simulated carriers that take nothing unsigned."""
    keys = {"YWT_SMS_KEY_ID": KEY_ID, "YWT_SMS_KEY_SECRET": KEY}
    with ExitStack() as stack:
        folders = (tmp_path_factory.mktemp("strict") for _ in range(2))
        first, second = (stack.enter_context(Carrier("sms", folder, **keys)) for folder in folders)
        yield first, second


NO_FAULTS = dict.fromkeys(
    ("fail_next", "refuse_next", "reject_next", "rate_next", "account_next", "hang_next", "slow_next", "miss_next"), 0
)


@pytest.fixture
def pair(strict_carriers: tuple[Carrier, Carrier]) -> Iterator[tuple[Carrier, Carrier]]:
    """The strict carriers without faults, before and after."""
    for carrier in strict_carriers:
        carrier.faults(**NO_FAULTS, push_delay_ms=0, hang_queries=0)
    yield strict_carriers
    for carrier in strict_carriers:
        carrier.faults(**NO_FAULTS)


def account(carrier: Carrier, dialect: str, name: str | None = None, **changes: Any) -> Account:
    """An account with a strict carrier."""
    return Account(name or dialect, dialect, carrier.url, key_id=KEY_ID, secret=KEY, app="1400006666", **changes)


def use(monkeypatch: pytest.MonkeyPatch, *accounts: Account) -> None:
    """Let the sender have these accounts."""
    monkeypatch.setattr(options, "current", dataclasses.replace(options.current, accounts=accounts))


def to(carrier: Carrier, mobile: str) -> list[dict[str, Any]]:
    """What the carrier has taken for a number."""
    return list(carrier.get(f"/messages?mobile={mobile}")["items"])


class Office:
    """The bench, what identity knows, and the short ways of these tests."""

    def __init__(self, b: Bench, sms: str, ems: str = "http://127.0.0.1:9"):
        self.bench, self.members, self.addresses = b, dict[str, list[str]](), dict[str, dict[str, str]]()
        self.code = "482913"
        self.away = False
        self.identity = b.peer(
            "identity",
            {
                "POST /api/identity/v1/recipients/resolution": self._resolve,
                "POST /api/identity/v1/addresses/resolution": self._address,
            },
        )
        self.carriers(sms=sms, ems=ems)

    def carriers(self, **urls: str) -> None:
        """Say where the carriers are."""
        self.bench.peers.update(urls)
        assert service.gate is not None
        http.configure(self.bench.peers, service.gate.peer_token)

    def knows(self, ref: str, number: int) -> str:
        """Give a reference a mobile number; returns it."""
        mobile = f"139{number:08d}"
        self.members[ref] = [mobile]
        return mobile

    def event(self, event_type: type[Any], **changes: Any) -> Any:
        """The golden example of a type with other data."""
        raw = json.loads((ROOT / f"contracts/examples/{event_type.type}.json").read_text())
        data = raw["data"] | changes
        data = {name: value for name, value in data.items() if value is not None}
        return self.bench.event(event_type, raw["subject"], data, correlation=raw.get("correlationid"), org="TZJ092")

    def deliver(self, event_type: type[Any], **changes: Any) -> Any:
        """Bring it through the inbox."""
        event = self.event(event_type, **changes)
        self.bench.redeliver(event)
        return event

    def order(self, recipient: str = CITIZEN, key: str = "key-1", **changes: Any) -> Any:
        """A command to send a message of a case."""
        data = {
            "template": "feedback.replied",
            "recipient": recipient,
            "params": {"case_no": "20260302100000000001"},
            "urgent": False,
            "mandatory": True,
            "dedupe_key": key,
        }
        return self.bench.deliver(commands.SendSms, key, data | changes, org="TZJ049-SP")

    def states(self) -> list[str]:
        """The states of all messages, oldest first."""
        return [row.state for row in Message.select().order_by(Message.id)]

    def run(self, turns: int = 8) -> None:
        """Let the loops of the sender turn."""
        for _ in range(turns):
            sending.send_waiting()
            sending.ask_waiting()

    def _resolve(self, body: dict[str, Any]) -> tuple[int, Any]:
        if self.away:
            return 503, {}
        return 200, {ref: self._found(ref) for ref in body["recipients"]}

    def _found(self, ref: str) -> Any:
        params = {"code": self.code, "minutes": "5"} if ref.startswith("sms-code:") else {}
        known = self.members.get(ref, [])
        if ref.startswith("role:"):
            members = [one for member in known for one in self._found(member)["members"]]
        else:
            members = [{"recipient": ref, "mobile": mobile, "name_masked": "", "params": params} for mobile in known]
        return members[0] | {"members": members} if members else None

    def _address(self, body: dict[str, Any]) -> tuple[int, Any]:
        if self.away:
            return 503, {}
        found = self.addresses.get(body["address_ref"])
        return (200, found) if found else (404, {})


def signed(body: bytes, secret: str = SECRET, *, at: float | None = None) -> dict[str, str]:
    """The headers of a call-back that is signed at this moment, or then."""
    stamp = str(int(time.time() if at is None else at))
    return {
        "X-Callback-Timestamp": stamp,
        "X-Callback-Signature": signatures.ours(secret, stamp, body),
        "Content-Type": "application/json",
    }


@contextmanager
def impatient() -> Iterator[None]:
    """A short patience with carriers, for the one call that hangs: under load any other could outlast it too."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(providers, "TIMEOUT", 0.3)
        yield


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pauses between attempts."""
    monkeypatch.setattr(options, "current", dataclasses.replace(options.current, retry_seconds=(0, 0, 0)))


@pytest.fixture
def office(tmp_path: Path, sms_carrier: Carrier, quick: None) -> Iterator[Office]:
    """The service with an empty database, on Monday 2026-03-02 10:00."""
    with ExitStack() as stack:
        stack.enter_context(clock_at(MONDAY))
        made = Office(stack.enter_context(bench(service, tmp_path)), sms_carrier.url)
        assert made.bench.settings.callback_secret == SECRET
        yield made


def golden(event_type: type[Any]) -> Any:
    """The golden example of a type, opened."""
    return envelope.read((ROOT / f"contracts/examples/{event_type.type}.json").read_bytes())


@pytest.fixture(scope="session")
def ems_carrier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Carrier]:
    """The simulated courier, whose parcels never move by themselves."""
    with Carrier("ems", tmp_path_factory.mktemp("ems"), YWT_EMS_NODE_SECONDS="3600") as carrier:
        yield carrier


@pytest.fixture
def hall(office: Office, ems_carrier: Carrier) -> Office:
    """The office with a courier and an address."""
    office.carriers(ems=ems_carrier.url)
    office.addresses["address:a-1"] = {
        "address_ref": "address:a-1",
        "owner": CITIZEN,
        "recipient": "收件人",
        "phone": "13900000099",
        "region": "120101",
        "detail": "样例路 1 号",
    }
    return office
