"""How all routes read what comes in: JSON only, and no text or number that the databases cannot hold.

Importing this module makes flask-smorest read so; `chassis.web` does, and every service imports it before its routes.
"""

import math
from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Any

import flask
from flask import Flask, request
from flask_smorest.arguments import ArgumentsMixin
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import NotFound

from chassis.errors import Refusal

LARGEST = 2**63 - 1


class Parser(FlaskParser):
    """webargs, stricter."""

    def use_args(self, argmap: Any, *args: Any, **kwargs: Any) -> Any:
        """One schema for all requests: to make a new one takes longer than to read by it."""
        if isinstance(argmap, type):
            return super().use_args(lambda _request: _kept(argmap), *args, **kwargs)
        return super().use_args(argmap, *args, **kwargs)

    def load_json(self, req: flask.Request, schema: Schema) -> Any:
        """The JSON body; a body of another kind is refused instead of passed over."""
        if not req.is_json and req.get_data(cache=True):
            raise Refusal(
                "not-json",
                status=415,
                zh="请求内容不是 JSON。",
                en="The body is not sent as JSON.",
                next_zh="请以 Content-Type: application/json 发送。",
                next_en="Send it with Content-Type: application/json.",
            )
        try:
            return super().load_json(req, schema)
        except (ValueError, RecursionError) as error:  # a number of 5000 digits, 100,000 brackets
            self._handle_invalid_json_error(error, req)

    def _handle_invalid_json_error(self, error: Exception, req: flask.Request, *args: Any, **kwargs: Any) -> Any:
        raise Refusal(
            "json-invalid",
            status=400,
            zh="请求内容不是有效的 JSON。",
            en="The body is not valid JSON.",
            next_zh="请检查 JSON 语法和 UTF-8 编码后重发。",
            next_en="Check the syntax and the UTF-8 encoding, then send again.",
            fields={"json": ["不是有效的 JSON / not valid JSON"]},
        ) from None

    def pre_load(self, location_data: Any, *, schema: Schema, req: flask.Request, location: str) -> Any:
        """Refuse what no database can hold, by the name of its field."""
        if location == "json" and (found := unfit(location_data)):
            raise ValidationError(found)
        return location_data


ArgumentsMixin.ARGUMENTS_PARSER = Parser()


@cache
def _kept(schema: type[Schema]) -> Schema:
    return schema()


def unfit(value: Any) -> Any:
    """What of a JSON value no database can hold, as messages by field; None when all of it is fit."""
    if isinstance(value, str):
        fit = "\0" not in value and (value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value))
        return None if fit else ["含有无法保存的字符 / holds characters that cannot be kept"]
    if isinstance(value, (int, float)):
        fit = abs(value) <= LARGEST if isinstance(value, int) else math.isfinite(value)
        return None if fit else ["数值超出范围 / not a number that can be kept"]
    if isinstance(value, Mapping):
        parts: Any = value.items()
        strange = [name for name in value if unfit(name)]
        if strange:
            return ["含有无法保存的字段名 / holds a name that cannot be kept"]
    elif isinstance(value, list):
        parts = enumerate(value)
    else:
        return None
    return {name: found for name, part in parts if (found := unfit(part))} or None


def at_most(size: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Admit a body of so many bytes; stands above `@idempotent`, which reads the body too."""

    def declare(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def admitted(*args: Any, **kwargs: Any) -> Any:
            request.max_content_length = size
            return view(*args, **kwargs)

        return admitted

    return declare


def install(app: Flask) -> None:
    """Look at address and query of every request: they may hold a NUL or a number too large as well."""

    @app.before_request
    def check_address() -> None:
        for value in (request.view_args or {}).values():
            if unfit(value):
                raise NotFound
        for name, value in request.args.items(multi=True):
            if unfit(value):
                raise ValidationError({"query": {name: unfit(value)}})
