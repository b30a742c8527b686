"""Where the parts of a hall on one machine live: ports, files, and the environment that each process needs."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SERVICES = ("identity", "catalog", "filing", "credit", "booking", "feedback", "supervision", "notifier")
SIMULATORS = ("sms", "ems", "verifier")
GUESTS = {"payment": "verifier"}  # simulators that live in the process of another, with a port of their own
GATEWAY_PORT = 8000
_OFFSETS = {name: 101 + number for number, name in enumerate(SERVICES)} | {
    name: 201 + number for number, name in enumerate((*SIMULATORS, *GUESTS))
}
CITY = Path(__file__).resolve().parent / "city"


def default_ports(gateway: int = GATEWAY_PORT) -> dict[str, int]:
    """The gateway's port and, counted from it, those of services (+101…) and simulators (+201…)."""
    return {"gateway": gateway} | {name: gateway + offset for name, offset in _OFFSETS.items()}


@dataclass
class Layout:
    """One hall on one machine. Without database and bus addresses it uses SQLite and the embedded bus in `var`."""

    var: Path
    ports: Mapping[str, int] = field(default_factory=default_ports)
    host: str = "127.0.0.1"
    database_urls: Mapping[str, str] = field(default_factory=dict)
    bus_url: str = ""
    city: Path | None = CITY
    extra: Mapping[str, str] = field(default_factory=dict)

    def url(self, name: str) -> str:
        """The base address of a part."""
        return f"http://{self.host}:{self.ports[name]}"

    def environment(self, name: str) -> dict[str, str]:
        """All variables of one process."""
        keep = {key: value for key, value in os.environ.items() if not key.startswith(("YWT_", "DATABASE_", "BUS_"))}
        own = {
            "YWT_MODE": "demo",
            "YWT_VAR": str(self.var),
            "YWT_HOST": self.host,
            "YWT_PORT": str(self.ports[name]),
            "YWT_PEERS": ",".join(f"{peer}={self.url(peer)}" for peer in (*SERVICES, *SIMULATORS, *GUESTS)),
            "YWT_JWKS_URL": f"{self.url('identity')}/api/identity/v1/jwks",
            "YWT_CLOCK_FILE": str(self.var / "clock.json"),
            "YWT_PUBLIC_URL": self.url("gateway"),
            "YWT_SMS_PUSH_URL": f"{self.url('notifier')}/api/notifier/v1/sms-receipts",
            "YWT_SMS_REPLY_URL": f"{self.url('notifier')}/api/notifier/v1/sms-replies",
            "YWT_EMS_PUSH_URL": f"{self.url('notifier')}/api/notifier/v1/courier-tracks",
            "YWT_PAYMENT_PORT": str(self.ports["payment"]),
            "YWT_PAYMENT_URL": f"{self.url('payment')}/pay/{{payment_no}}?amount_fen={{amount_fen}}",
            "YWT_PAYMENT_PUSH_URL": f"{self.url('filing')}/api/filing/v1/payments/{{payment_no}}/receipt",
            "PYTHONUNBUFFERED": "1",
            # Keeps a small machine's memory small: few arenas, and what password hashing took is given back.
            "MALLOC_ARENA_MAX": "2",
            "MALLOC_MMAP_THRESHOLD_": "131072",
            "MALLOC_TRIM_THRESHOLD_": "131072",
        }
        if "YWT_PDF_FONT" in os.environ:  # what this machine has, not what a hall is
            own["YWT_PDF_FONT"] = os.environ["YWT_PDF_FONT"]
        if name in self.database_urls:
            own["DATABASE_URL"] = self.database_urls[name]
        if self.bus_url:
            own["BUS_URL"] = self.bus_url
        if self.city is not None:
            own["YWT_CITY"] = str(self.city)
        return keep | own | self.secrets() | dict(self.extra)

    def secrets(self) -> dict[str, str]:
        """The hall's own random keys, made once and kept in `var` for its owner only."""
        path = self.var / "secrets.json"
        if not path.exists():
            self.var.mkdir(parents=True, exist_ok=True)
            made = {
                "YWT_PEER_SECRET": secrets.token_hex(32),
                "YWT_LOOKUP_KEY": secrets.token_hex(32),
                "YWT_DATA_KEYS": "v1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
                "YWT_CALLBACK_SECRET": secrets.token_hex(32),
            }
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                json.dump(made, file)
        return json.loads(path.read_text())
