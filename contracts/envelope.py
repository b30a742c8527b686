"""The envelope: CloudEvents 1.0, structured JSON, with the extension attributes of this suite.

``seal`` and ``dumps`` write one, ``read`` opens one. Opening looks at the envelope only; the data are checked when a
handler first asks for them, so that an event nobody handles costs almost nothing.
"""

import datetime
import json
import re
from typing import Any

from contracts.registry import (
    EventType,
    InvalidData,
    all_types,
    command,
    event,
    find,
    read_data,
    validate_data,
)

__all__ = [
    "CONTENT_TYPE",
    "BrokenEnvelope",
    "Event",
    "EventType",
    "InvalidData",
    "TooNew",
    "all_types",
    "command",
    "dumps",
    "event",
    "find",
    "read",
    "read_data",
    "seal",
    "validate_data",
]

CONTENT_TYPE = "application/cloudevents+json"
SPEC_VERSION = "1.0"

EventClass = type[EventType]

_required = ("id", "source", "specversion", "type", "subject", "time", "sequence")
_major = re.compile(r"/v(\d+)(?:\.\d+)*(?:\.json)?$").search
_type_major = re.compile(r"^(.+)\.v(\d+)$").match
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class BrokenEnvelope(ValueError):
    """Not an event: no attempt will ever succeed, so it is parked at once."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(reason)


class TooNew(BrokenEnvelope):
    """An event of a later major version than this release understands."""


class Event:
    """An event as a handler sees it; the fields of the data can be read as attributes.

    An optional field that is absent reads as None. ``subject`` is the id of the aggregate; the party is
    ``subject_ref`` in the data. ``time`` is an ISO string like every time in the data.
    """

    __slots__ = (
        "_data",
        "_raw",
        "actor",
        "attempt",
        "causation",
        "correlation",
        "dataschema",
        "id",
        "org",
        "region",
        "schema",
        "sequence",
        "source",
        "subject",
        "time",
        "traceparent",
        "type",
    )

    id: str
    type: str
    source: str
    subject: str
    sequence: int
    time: str
    correlation: str | None
    causation: str | None
    actor: str | None
    org: str | None
    region: str | None
    traceparent: str | None
    dataschema: str | None
    schema: EventClass | None
    attempt: int

    def __init__(self, envelope: dict[str, Any], schema: EventClass | None, attempt: int = 1):
        get = envelope.get
        self.id = envelope["id"]
        self.type = envelope["type"]
        self.source = envelope["source"]
        self.subject = envelope["subject"]
        self.sequence = envelope["sequence"]
        self.time = envelope["time"]
        self.correlation = get("correlationid")
        self.causation = get("causationid")
        self.actor = get("actorid")
        self.org = get("orgid")
        self.region = get("regionid")
        self.traceparent = get("traceparent")
        self.dataschema = get("dataschema")
        self.schema = schema
        self.attempt = attempt
        self._raw: dict[str, Any] = envelope["data"]
        self._data: dict[str, Any] | None = None

    @property
    def known(self) -> bool:
        """Whether this release has a contract for the type."""
        return self.schema is not None

    @property
    def data(self) -> dict[str, Any]:
        """The data as the contract says, without fields this release does not know."""
        return self.load() if self._data is None else self._data

    def load(self) -> dict[str, Any]:
        """Read the data by the contract; data that break it make the envelope a broken one."""
        if self._data is None:
            if self.schema is None:
                self._data = self._raw
            else:
                try:
                    self._data = read_data(self.schema, self._raw)
                except InvalidData as fault:
                    raise BrokenEnvelope(str(fault)) from None
        return self._data

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        data = self.load()
        if name in data:
            return data[name]
        if self.schema is not None and name in self.schema._declared_fields:
            return None
        raise AttributeError(f"{self.type} has no field {name!r}")

    def __repr__(self) -> str:
        return f"<Event {self.type} {self.subject}#{self.sequence} {self.id}>"


def seal(
    event_type: type[EventType],
    subject: str,
    data: dict[str, Any],
    *,
    id: str,
    time: datetime.datetime | str,
    sequence: int,
    source: str,
    correlation: str | None = None,
    causation: str | None = None,
    actor: str | None = None,
    org: str | None = None,
    region: str | None = None,
    traceparent: str | None = None,
) -> dict[str, Any]:
    """Put already validated data into an envelope; ``source`` is a path such as ``/filing``."""
    envelope: dict[str, Any] = {
        "specversion": SPEC_VERSION,
        "id": id,
        "source": source,
        "type": event_type.type,
        "subject": subject,
        "time": time if isinstance(time, str) else time.isoformat(),
        "datacontenttype": "application/json",
        "dataschema": event_type.dataschema,
        "sequence": sequence,
    }
    if correlation is not None:
        envelope["correlationid"] = correlation
    if causation is not None:
        envelope["causationid"] = causation
    if actor is not None:
        envelope["actorid"] = actor
    if org is not None:
        envelope["orgid"] = org
    if region is not None:
        envelope["regionid"] = region
    if traceparent is not None:
        envelope["traceparent"] = traceparent
    envelope["data"] = data
    return envelope


def dumps(envelope: dict[str, Any]) -> bytes:
    """The envelope as compact UTF-8 JSON."""
    return _encode(envelope).encode()


def read(body: bytes | str, attempt: int = 1) -> Event:
    """Open an envelope; BrokenEnvelope or TooNew say why it can never be handled.

    A type without a contract here comes back with ``known`` False.
    """
    try:
        envelope = json.loads(body)
    except (ValueError, UnicodeDecodeError) as error:
        raise BrokenEnvelope(f"not JSON: {error}") from None
    if not isinstance(envelope, dict):
        raise BrokenEnvelope("not a JSON object")
    version = envelope.get("specversion")
    if version != SPEC_VERSION and version is not None:
        raise BrokenEnvelope(f"specversion is {version!r}, not {SPEC_VERSION!r}")
    missing = [name for name in _required if envelope.get(name) in (None, "")]
    if missing:
        raise BrokenEnvelope("missing " + ", ".join(missing))
    if type(envelope["sequence"]) is not int:
        raise BrokenEnvelope("sequence is not a whole number")
    for name in ("id", "source", "type", "subject", "time"):
        if type(envelope[name]) is not str:
            raise BrokenEnvelope(f"{name} is not a string")
    if not isinstance(envelope.get("data"), dict):
        raise BrokenEnvelope("data is not an object")
    return Event(envelope, _contract_of(envelope), attempt)


def _contract_of(envelope: dict[str, Any]) -> type[EventType] | None:
    name = envelope["type"]
    schema = find(name)
    if schema is None:
        renamed = _type_major(name)
        base = find(renamed[1]) if renamed else None
        if renamed and base is not None and int(renamed[2]) > base.version:
            raise TooNew(f"{name} is newer than {base.type} version {base.version}")
        return None
    dataschema = envelope.get("dataschema")
    if dataschema is None or dataschema == schema.dataschema:
        return schema
    if not isinstance(dataschema, str):
        raise BrokenEnvelope("dataschema is not a string")
    major = _major(dataschema)
    if major and int(major[1]) > schema.version:
        raise TooNew(f"{name} has version {major[1]}, this release reads up to {schema.version}")
    return schema
