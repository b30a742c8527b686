"""A short cut through marshmallow for data that are in order.

``compiled(schema)`` turns the fields of a schema into plain type checks. Data that pass come back as the schema itself
would have loaded them, about ten times faster; anything else raises ``NotPlain`` and goes the long way, where
marshmallow finds the words for what is wrong. The schema stays the only place where a contract is written down.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields
from marshmallow.validate import Length, OneOf, Range, Regexp

from contracts.fields import Day, Instant, is_day, is_instant

Check = Callable[[Any], Any]


class NotPlain(Exception):
    """The short cut cannot judge these data."""


def compiled(schema: Schema) -> Check:
    """The short cut for a schema, as strict or as tolerant as the schema is."""
    checks = [(name, _field(field), field.required) for name, field in schema.fields.items()]
    known = frozenset(schema.fields)
    exclude = schema.unknown == EXCLUDE

    def load(data: Any) -> dict[str, Any]:
        if type(data) is not dict:
            raise NotPlain
        loaded = {}
        for name, check, required in checks:
            if name in data:
                loaded[name] = check(data[name])
            elif required:
                raise NotPlain
        if not exclude and not known.issuperset(data):
            raise NotPlain
        return loaded

    return load


def _field(field: fields.Field) -> Check:
    check = _limited(_bare(field), field.validators)
    if not field.allow_none:
        return check
    return lambda value: None if value is None else check(value)


def _bare(field: fields.Field) -> Check:
    match field:
        case fields.Nested():
            inner: Schema = field.schema
            return compiled(inner) if field.unknown in (None, inner.unknown) else compiled(_like(inner, field.unknown))
        case fields.List():
            return _each(_field(field.inner))
        case fields.Dict():
            return _words
        case Day():
            return _text(is_day)
        case Instant():
            return _instant
        case fields.String():
            return _of(str)
        case fields.Boolean():
            return _of(bool)
        case fields.Integer():
            return _of(int)
        case fields.Float():
            return _of(int, float)
    return _refuse


def _like(schema: Schema, unknown: Any) -> Schema:
    schema.unknown = unknown
    return schema


def _of(*kinds: type) -> Check:
    def check(value: Any) -> Any:
        if type(value) in kinds:
            return value
        raise NotPlain

    return check


def _instant(value: Any) -> str:
    if type(value) is datetime and value.tzinfo is not None:
        return value.isoformat()
    if type(value) is str and is_instant(value):
        return value
    raise NotPlain


def _text(fits: Callable[[str], Any]) -> Check:
    def check(value: Any) -> Any:
        if type(value) is str and fits(value):
            return value
        raise NotPlain

    return check


def _each(check: Check) -> Check:
    def check_all(value: Any) -> Any:
        if type(value) is not list:
            raise NotPlain
        return [check(item) for item in value]

    return check_all


def _words(value: Any) -> Any:
    if isinstance(value, Mapping) and all(type(k) is str and type(v) is str for k, v in value.items()):
        return dict(value)
    raise NotPlain


def _refuse(value: Any) -> Any:
    raise NotPlain


def _limited(check: Check, validators: list[Any]) -> Check:
    tests = [_test(validator) for validator in validators]
    if not tests:
        return check
    if len(tests) == 1:
        only = tests[0]

        def one(value: Any) -> Any:
            checked = check(value)
            if only(checked):
                return checked
            raise NotPlain

        return one

    def several(value: Any) -> Any:
        checked = check(value)
        if all(test(checked) for test in tests):
            return checked
        raise NotPlain

    return several


def _test(validator: Any) -> Callable[[Any], Any]:
    match validator:
        case OneOf():
            return frozenset(validator.choices).__contains__
        case Regexp():
            return validator.regex.match
        case Range(min=None, max=most):
            return lambda value: value <= most
        case Range(min=least, max=None):
            return lambda value: value >= least
        case Range(min=least, max=most):
            return lambda value: least <= value <= most
        case Length(equal=int(size)):
            return lambda value: len(value) == size
    return _raising(validator)


def _raising(validator: Callable[[Any], Any]) -> Callable[[Any], bool]:
    def passes(value: Any) -> bool:
        try:
            validator(value)
        except ValidationError:
            return False
        return True

    return passes
