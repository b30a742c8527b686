"""What OpenAPI says of every route beside its own arguments and answers: who may call it, how it refuses."""

import re
from http import HTTPStatus
from typing import Any

from flask import Flask
from flask_smorest import Api
from marshmallow import INCLUDE, Schema, fields

from chassis.errors import TITLES

CONTENT_TYPE = "application/problem+json"
# 401 and 403 of public routes too: a token that has expired or must first change its password is refused everywhere.
EVERYWHERE = (401, 403, 404, 422, 429)
CHANGES = (400, 409, 412, 413, 415, 428)


class ProblemSchema(Schema):
    """application/problem+json (RFC 9457)."""

    type = fields.String(required=True)
    status = fields.Integer(required=True)
    title = fields.String(required=True)
    title_en = fields.String(required=True)
    detail = fields.String(required=True)
    detail_en = fields.String(required=True)
    rule = fields.String()
    article = fields.String()
    next = fields.String(allow_none=True)
    next_en = fields.String(allow_none=True)
    instance = fields.String()
    fields_ = fields.Dict(data_key="fields", metadata={"description": "what is wrong, by the name of the field"})

    class Meta:
        unknown = INCLUDE  # a problem may say more


class DocumentedApi(Api):
    """flask-smorest, with problem documents instead of its own errors."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None  # each status is said by itself

    def _register_error_handlers(self) -> None:
        """Problem documents are made by `chassis.web`, for all routes alike."""

    def _register_responses(self) -> None:
        """By the name of its status each problem can be documented: `alt_response(410, "GONE")`."""
        problem = {CONTENT_TYPE: {"schema": ProblemSchema}}
        for status in HTTPStatus:
            response: dict[str, Any] = {"description": status.phrase}
            if status >= 400:
                response = {"description": " ".join(TITLES.get(status, [status.phrase])), "content": problem}
            self.spec.components.response(status.name, response, lazy=status not in EVERYWHERE + CHANGES)
        self.spec.components.response("SERVER_ERROR", {"description": " ".join(TITLES[500]), "content": problem})


def document(app: Flask, api: Api) -> None:
    """Add to each operation what decorators know (callers, headers) and the problems that any route may answer."""
    for rule in app.url_map.iter_rules():
        view: Any = app.view_functions[rule.endpoint]
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in rule.methods or ():
            operation = api.spec._paths.get(path, {}).get(method.lower())
            if operation is not None:
                operation["x-allowed"] = [repr(who) for who in getattr(view, "allowed", ())]
                operation.setdefault("parameters", []).extend(getattr(view, "openapi_parameters", ()))
                answers = operation.setdefault("responses", {})
                for status in EVERYWHERE if method == "GET" else sorted(EVERYWHERE + CHANGES):
                    answers.setdefault(str(status), _reference(HTTPStatus(status).name))
                answers["5XX"] = _reference("SERVER_ERROR")
                for parameter in operation["parameters"]:
                    _leave_out_null(parameter)


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/responses/{name}"}


def _leave_out_null(parameter: dict[str, Any]) -> None:
    """An argument of the query that may be left out is not one that may be null."""
    schema = parameter["schema"]
    if isinstance(schema.get("type"), list):
        schema["type"] = next(name for name in schema["type"] if name != "null")
        if None in schema.get("enum", ()):
            schema["enum"].remove(None)
        if schema.get("default", "") is None:
            del schema["default"]
