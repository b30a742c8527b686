"""A bench for identity with the real verifier simulator behind it, and the short ways its tests go."""

import importlib
import json
import secrets
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from stdnum.cn import uscc as stdnum_uscc

from chassis import http
from chassis.clock import clock_at
from services.identity import passwords, seed, sessions
from services.identity.models import Org, Staff, User
from services.identity.service import service
from tests.identity.hashing import CHEAP
from tests.support import Bench, bench, peer

API = "/api/identity/v1"
PASSWORD = f"Pw{secrets.token_hex(8)}"
MONDAY = "2026-03-02 10:00"
CITY = Path(__file__).resolve().parents[2] / "deploy" / "city"


def luhn_card(head: str) -> str:
    """A card number of 19 digits with this head."""
    body = head.ljust(18, "0")
    digits = [int(c) for c in reversed(body)]
    total = sum(sum(divmod(2 * d, 10)) for d in digits[0::2]) + sum(digits[1::2])
    return body + str(-total % 10)


CARD, SOMEBODY_ELSES_CARD = luhn_card("622202"), luhn_card("62000000")


REAL_HASHER = passwords._hasher


@contextmanager
def small_hashing() -> Iterator[None]:
    """For as long as the block lasts."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CHEAP.items():
            patch.setattr(passwords, name, value)
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_hashing() -> Iterator[None]:
    """For all tests of this folder."""
    with small_hashing():
        yield


def id_no(serial: int = 123, birth: str = "19900315", region: str = "120101") -> str:
    """A document number that passes every check; it is nobody's."""
    body = f"{region}{birth}{serial:03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(w * int(c) for w, c in zip(weights, body, strict=True)) % 11]


def uscc(serial: int = 1) -> str:
    """A valid unified social credit code."""
    body = f"91120000MA{serial:07d}"
    return body + stdnum_uscc.calc_check_digit(body)


def assert_problem(answer: Any, code: str, status: int) -> dict[str, Any]:
    """The answer is this problem document; returns it."""
    body = answer.get_json()
    assert (answer.status_code, body.get("type")) == (status, f"/problems/{code}"), body
    return body


class Hall:
    """The bench, and what citizens and staff do on it again and again."""

    def __init__(self, b: Bench):
        self.bench = b
        self.public = b.client()
        self.notifier = b.client(peer("notifier"))

    def post(self, path: str, body: Any = None, client: FlaskClient | None = None, **options: Any) -> Any:
        """POST to the service."""
        return (client or self.public).post(f"{API}{path}", json=body, **options)

    def ask_code(self, mobile: str, purpose: str = "register") -> str:
        """Ask for a code and return its id."""
        answer = self.post("/sms-codes", {"purpose": purpose, "mobile": mobile})
        assert answer.status_code == 202, answer.get_json()
        return answer.get_json()["id"]

    def code(self, mobile: str, purpose: str = "register") -> str:
        """Ask for a code and read it as the notifier would."""
        recipient = f"sms-code:{self.ask_code(mobile, purpose)}"
        answer = self.post("/recipients/resolution", {"recipients": [recipient]}, self.notifier).get_json()
        assert answer[recipient]["mobile"] == mobile
        return answer[recipient]["params"]["code"]

    def person_form(self, serial: int = 123, **changes: Any) -> dict[str, Any]:
        """A complete form of personal registration, with a fresh code unless one is given."""
        mobile = changes.get("mobile", f"138000{serial:05}")
        form = {
            "account": f"citizen{serial}",
            "password": PASSWORD,
            "name": "样本代表人",
            "mobile": mobile,
            "id_type": "identity_card",
            "id_no": id_no(serial),
            "agreed": True,
        } | changes
        return form if "code" in form else form | {"code": self.code(mobile)}

    def register(self, serial: int = 123, **changes: Any) -> str:
        """Open a personal account; returns its ref."""
        answer = self.post("/registrations/person", self.person_form(serial, **changes))
        assert answer.status_code == 201, answer.get_json()
        return answer.get_json()["ref"]

    def log_in(self, account: str, kind: str = "person", password: str = PASSWORD) -> dict[str, Any]:
        """Log in; returns the tokens."""
        answer = self.post("/sessions", {"kind": kind, "account": account, "password": password})
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()

    def verified(self, serial: int = 123, **changes: Any) -> FlaskClient:
        """A registered and verified citizen; returns a client with the new token."""
        self.register(serial, **changes)
        client = self.bench.client(self.log_in(f"citizen{serial}")["access_token"])
        answer = self.post("/me/verification", {"method": "unionpay", "card_no": CARD}, client)
        assert answer.status_code == 200, answer.get_json()
        return self.bench.client(answer.get_json()["access_token"])

    def staff(self, account: str, role: str, org: str) -> FlaskClient:
        """A post that holds a role, logged in (made directly: somebody must be first)."""
        from services.identity import grants

        with self.bench.database.transaction():
            user = User.create(kind="staff", account=account, password_hash=passwords.hashed(PASSWORD))
            post = Staff.create(id=user.id, display_name=account, org=org, created_by="service:identity")
            grants.record(post, role, org, None, grantor="service:identity", valid_from="2020-01-01")
            tokens = sessions.open_for(user)
        return self.bench.client(tokens["access_token"])

    def orgs(self) -> None:
        """City office, a city department with its approving office, two districts."""
        for code, region, parent in (
            ("TZJ077", "120000", None),
            ("TZJ049", "120000", None),
            ("TZJ049-SP", "120000", "TZJ049"),
            ("TZJ001", "120101", None),
            ("TZJ001-ZWB", "120101", "TZJ001"),
            ("TZJ002-ZWB", "120102", "TZJ002"),
        ):
            Org.create(id=code, name=code, kind="approving", region=region, parent=parent)

    def seed(self) -> None:
        """Load the demo city."""
        seed.load(CITY)

    def seed_office(self, folder: Path) -> None:
        """Load one approving office of the demo city."""
        staff = json.loads((CITY / "staff.json").read_text(encoding="utf-8"))
        staff["staff"] = [entry for entry in staff["staff"] if entry["org"] == "TZJ049-SP"]
        (folder / "staff.json").write_text(json.dumps(staff), encoding="utf-8")
        shutil.copy(CITY / "orgs.json", folder)
        seed.load(folder)


@pytest.fixture
def hall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hall]:
    """Identity on SQLite, on Monday 2026-03-02 at 10:00."""
    monkeypatch.setenv("YWT_VAR", str(tmp_path))
    with clock_at(MONDAY), bench(service, tmp_path) as b:
        yield Hall(b)


@pytest.fixture
def hall_on_both(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hall]:
    """The same, once on SQLite and once on PostgreSQL: for what happens at the same moment."""
    monkeypatch.setenv("YWT_VAR", str(tmp_path))
    with clock_at(MONDAY), bench(service, tmp_path, database_url) as b:
        yield Hall(b)


@pytest.fixture
def verifier(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The verifier simulator, served over HTTP and known to the bench of the test."""
    name = "hall_on_both" if "hall_on_both" in request.fixturenames else "hall"
    hall: Hall = request.getfixturevalue(name)
    sys.modules.pop("deploy.simulators.verifier", None)
    module = importlib.import_module("deploy.simulators.verifier")
    from deploy.simulators import base

    server = ThreadingHTTPServer(("127.0.0.1", 0), base._handler(module.simulator))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    hall.bench.peers["verifier"] = f"http://127.0.0.1:{server.server_address[1]}"
    assert service.gate is not None
    http.configure(hall.bench.peers, service.gate.peer_token)
    yield module.simulator
    server.shutdown()
    server.server_close()
