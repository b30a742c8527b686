"""The few kinds of field that events are made of.

One rule for time: on the wire and in every handler a date is the string ``2026-03-02`` and an instant the string
``2026-03-02T10:00:00+08:00``. A producer may hand in ``date`` and aware ``datetime`` objects; validation turns them
into those strings. Every other value is plain JSON as well.

A field is required unless it says ``optional=True``; an optional one may be absent or null.
"""

import datetime
import re
from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import Schema, fields
from marshmallow.validate import Length, OneOf, Range, Regexp

DAY = r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"
INSTANT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$"
REFERENCE = r"^(person|legal|staff|service):[A-Za-z0-9._-]+$"
RECIPIENT = r"^((person|legal|staff|sms-code):[A-Za-z0-9._-]+|role:[a-z_]+@[A-Za-z0-9_-]+)$"
ADDRESS = r"^address:[A-Za-z0-9._-]+$"

is_day = re.compile(DAY).match
is_instant = re.compile(INSTANT).match


def _options(description: str, optional: bool, validate: Any = None) -> dict[str, Any]:
    options: dict[str, Any] = {
        "required": not optional,
        "allow_none": optional,
        "metadata": {"description": description},
    }
    if validate is not None:
        options["validate"] = validate
    return options


class Text(fields.String):
    """A string; ``one_of`` closes the list of words, ``pattern`` fixes the shape."""

    def __init__(
        self,
        description: str,
        *,
        one_of: Iterable[str] | None = None,
        pattern: str | None = None,
        optional: bool = False,
    ):
        validate: Any = None
        if one_of is not None:
            validate = OneOf(tuple(one_of))
        elif pattern is not None:
            validate = Regexp(pattern)
        super().__init__(**_options(description, optional, validate))


class Reference(Text):
    """Who: ``person:<id>``, ``legal:<id>``, ``staff:<id>`` or ``service:<name>``; never a name or a number."""

    def __init__(self, description: str, *, optional: bool = False):
        super().__init__(description, pattern=REFERENCE, optional=optional)


class Recipient(Text):
    """Whom to reach; the notifier resolves it at the identity service when it sends."""

    def __init__(self, description: str, *, optional: bool = False):
        super().__init__(description, pattern=RECIPIENT, optional=optional)


class AddressReference(Text):
    """Where to: ``address:<id>``, resolved by its owner when the label is printed; never the address itself."""

    def __init__(self, description: str, *, optional: bool = False):
        super().__init__(description, pattern=ADDRESS, optional=optional)


class Flag(fields.Boolean):
    """True or false, nothing that merely resembles it."""

    def __init__(self, description: str, *, optional: bool = False):
        super().__init__(**_options(description, optional))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if value is True or value is False:
            return value
        raise self.make_error("invalid", input=value)


class Whole(fields.Integer):
    """A whole number, zero or more unless ``least`` says otherwise."""

    def __init__(self, description: str, *, least: int | None = 0, most: int | None = None, optional: bool = False):
        validate = None if least is None and most is None else Range(min=least, max=most)
        super().__init__(strict=True, **_options(description, optional, validate))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if type(value) is int:
            return value
        raise self.make_error("invalid", input=value)


class Number(fields.Float):
    """A number that need not be whole."""

    def __init__(self, description: str, *, optional: bool = False):
        super().__init__(**_options(description, optional))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if type(value) in (int, float):
            return value
        raise self.make_error("invalid", input=value)


class Day(fields.String):
    """A civil date of Asia/Shanghai, ``2026-03-02``."""

    default_error_messages = {"invalid": "Not a date like 2026-03-02."}

    def __init__(self, description: str, *, optional: bool = False):
        super().__init__(**_options(description, optional))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
            return value.isoformat()
        if isinstance(value, str) and is_day(value):
            return value
        raise self.make_error("invalid")


class Instant(fields.String):
    """A moment with its offset, ``2026-03-02T10:00:00+08:00``."""

    default_error_messages = {"invalid": "Not an instant with offset like 2026-03-02T10:00:00+08:00."}

    def __init__(self, description: str, *, optional: bool = False):
        super().__init__(**_options(description, optional))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, datetime.datetime) and value.tzinfo is not None:
            return value.isoformat()
        if isinstance(value, str) and is_instant(value):
            return value
        raise self.make_error("invalid")


class Many(fields.List):
    """A list; what stands in it is given as a field."""

    def __init__(self, description: str, inner: fields.Field, *, length: int | None = None, optional: bool = False):
        super().__init__(inner, **_options(description, optional, None if length is None else Length(equal=length)))


class Record(fields.Nested):
    """A small object inside the data; its parts are given as fields."""

    def __init__(self, description: str, parts: Mapping[str, fields.Field], *, optional: bool = False):
        super().__init__(Schema.from_dict(dict(parts), name="Record"), **_options(description, optional))


class Words(fields.Dict):
    """Named short texts, as the parameters of a message template."""

    def __init__(self, description: str, *, validate: Any = None, optional: bool = False):
        super().__init__(keys=fields.String(), values=fields.String(), **_options(description, optional, validate))
