"""Event and command types: one marshmallow schema class per type, declared with ``@event`` or ``@command``.

    @event("filing.case.completed", consumers=("supervision", "feedback"))
    class CaseCompleted(CaseEvent):
        \"\"\"The case has its decision and result.\"\"\"

The decorator writes on the class: ``type``, ``version``, ``owner`` (the service whose module declares it),
``consumers`` (services that get it in their queue), ``readers`` (who looks at it without a queue of its own),
``channel`` (``events`` or ``commands``), ``published`` and ``dataschema``.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, ClassVar

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields
from marshmallow.validate import OneOf

from contracts.fastpath import NotPlain, compiled

SERVICES = ("identity", "catalog", "filing", "credit", "booking", "feedback", "supervision", "notifier")


class EventType(Schema):
    """What every event and command type is."""

    type: ClassVar[str]
    version: ClassVar[int] = 1
    owner: ClassVar[str]
    consumers: ClassVar[tuple[str, ...]] = ()
    readers: ClassVar[tuple[str, ...]] = ()
    channel: ClassVar[str] = "events"
    published: ClassVar[bool] = True
    dataschema: ClassVar[str]


class InvalidData(ValueError):
    """The data a producer wants to send is not what the contract says."""

    def __init__(self, type_: str, errors: Mapping[str, Any]):
        self.type = type_
        self.errors = dict(errors)
        super().__init__(f"{type_}: " + "; ".join(_lines(errors)))


_types: dict[str, type[EventType]] = {}


def event(
    type_: str,
    *,
    consumers: Iterable[str] = (),
    readers: Iterable[str] = (),
    published: bool = True,
    version: int = 1,
) -> Callable[[type[EventType]], type[EventType]]:
    """Declare an event type; ``published=False`` keeps it inside its own service."""

    def declare(cls: type[EventType]) -> type[EventType]:
        owner = cls.__module__.rpartition(".")[2]
        return _register(cls, type_, owner, "events", tuple(consumers), tuple(readers), published, version)

    return declare


def command(type_: str, *, version: int = 1) -> Callable[[type[EventType]], type[EventType]]:
    """Declare a command type: a request to the one service its name begins with."""

    def declare(cls: type[EventType]) -> type[EventType]:
        owner = cls.__module__.rpartition(".")[2]
        return _register(cls, type_, owner, "commands", (owner,), (), True, version)

    return declare


def _register(
    cls: type[EventType],
    type_: str,
    owner: str,
    channel: str,
    consumers: tuple[str, ...],
    readers: tuple[str, ...],
    published: bool,
    version: int,
) -> type[EventType]:
    if type_ in _types and _types[type_].__qualname__ != cls.__qualname__:
        raise TypeError(f"{type_} is declared twice")
    strangers = set(consumers) - set(SERVICES)
    if strangers:
        raise TypeError(f"{type_} names consumers that are no service: {sorted(strangers)}")
    cls.type, cls.version, cls.owner, cls.channel = type_, version, owner, channel
    cls.consumers, cls.readers, cls.published = consumers, readers, published
    cls.dataschema = f"contracts/{type_}/v{version}"
    _types[type_] = cls
    return cls


@cache
def _load_all() -> None:
    for package in ("contracts.events", "contracts.commands"):
        for found in pkgutil.iter_modules(importlib.import_module(package).__path__):
            importlib.import_module(f"{package}.{found.name}")


def all_types() -> dict[str, type[EventType]]:
    """Every declared type, events and commands, by name."""
    _load_all()
    return dict(sorted(_types.items()))


def find(type_: str) -> type[EventType] | None:
    """The class of a type name, or None for a type this release does not know."""
    found = _types.get(type_)
    if found is None:
        _load_all()
        found = _types.get(type_)
    return found


@cache
def strict(cls: type[EventType]) -> Schema:
    """The producer's reading: an unknown field is an error."""
    return cls(unknown=RAISE)


@cache
def tolerant(cls: type[EventType]) -> Schema:
    """The consumer's reading: unknown fields are left out at every depth, and new words of a list are let through."""
    schema = cls(unknown=EXCLUDE)
    _tolerate(schema)
    return schema


def _tolerate(schema: Schema) -> None:
    for declared in schema.fields.values():
        field = declared
        while isinstance(field, fields.List):
            field = field.inner
        field.validators = [check for check in field.validators if not isinstance(check, OneOf)]
        if isinstance(field, fields.Nested):
            field.unknown = EXCLUDE
            _tolerate(field.schema)


@cache
def _strict_fast(cls: type[EventType]) -> Callable[[Any], dict[str, Any]]:
    return compiled(strict(cls))


@cache
def _tolerant_fast(cls: type[EventType]) -> Callable[[Any], dict[str, Any]]:
    return compiled(tolerant(cls))


def validate_data(event_type: type[EventType], data: Mapping[str, Any]) -> dict[str, Any]:
    """Check a producer's data against the contract and return it as plain JSON values; InvalidData names each fault."""
    try:
        return _strict_fast(event_type)(data)
    except NotPlain:
        return _the_long_way(strict(event_type), event_type, data)


def read_data(event_type: type[EventType], data: Mapping[str, Any]) -> dict[str, Any]:
    """Read data as a consumer: without what this release does not know; InvalidData names what is missing or wrong."""
    try:
        return _tolerant_fast(event_type)(data)
    except NotPlain:
        return _the_long_way(tolerant(event_type), event_type, data)


def _the_long_way(schema: Schema, event_type: type[EventType], data: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return schema.load(data)
    except ValidationError as error:
        raise InvalidData(event_type.type, error.normalized_messages()) from None


def _lines(errors: Any, path: str = "") -> list[str]:
    if isinstance(errors, Mapping):
        return [line for key, value in errors.items() for line in _lines(value, f"{path}.{key}" if path else str(key))]
    if isinstance(errors, list):
        return [line for value in errors for line in _lines(value, path)]
    return [f"{path}: {errors}"]
