"""Builds the WSGI application of a service: blueprints, problem documents, caller check, health, OpenAPI."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import marshmallow
from flask import Flask, Response, jsonify, request
from flask.json.provider import DefaultJSONProvider
from flask_smorest import Api
from werkzeug.exceptions import HTTPException

from chassis import arguments, auth, clock, etag, observability, openapi
from chassis.config import Settings
from chassis.db import Database, StaleRowError, is_connection_loss
from chassis.errors import Refusal, problem
from chassis.operations import operations

JSON_LIMIT = 1_000_000  # bytes of a JSON body; file uploads set their own limit on the view


class _Json(DefaultJSONProvider):
    """JSON as the hall writes it: Chinese as it is, and every day and time as ISO 8601, also inside free objects."""

    ensure_ascii = False
    sort_keys = False

    @staticmethod
    def default(o: Any) -> Any:
        """A value that JSON does not know."""
        return o.isoformat() if isinstance(o, date) else DefaultJSONProvider.default(o)


def build(name: str, title: str, blueprints: Sequence[Any], database: Database) -> tuple[Flask, Api]:
    """The application with its routes, not yet connected to anything: enough for OpenAPI and for meta-tests."""
    app = Flask(name, static_folder=None)
    app.json = _Json(app)
    prefix = f"/api/{name}/v1"
    app.config.update(
        API_TITLE=title,
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        MAX_CONTENT_LENGTH=JSON_LIMIT,
    )
    api = openapi.DocumentedApi(app)
    for blueprint in (*blueprints, operations):
        api.register_blueprint(blueprint, url_prefix=prefix)
    openapi.document(app, api)

    @app.get(f"{prefix}/openapi.json")
    @auth.allow(auth.Public())
    def own_document() -> Response:
        """The OpenAPI document of this service."""
        return jsonify(api.spec.to_dict())

    _install_errors(app, database)

    @app.after_request
    def is_what_it_says(response: Response) -> Response:
        """No browser guesses another type than the one we name, and runs what somebody has uploaded."""
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return app, api


def connect(app: Flask, settings: Settings, database: Database, gate: auth.Gate) -> None:
    """Give the application its surroundings: database per request, health pages, caller check."""

    @app.before_request
    def use_database() -> None:
        database.activate()

    @app.teardown_request
    def give_back(error: BaseException | None) -> None:
        database.release()

    observability.install(app, settings.service)
    etag.install(app)
    auth.install(app, gate)
    arguments.install(app)


def _install_errors(app: Flask, database: Database) -> None:
    def answer(body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
        response = jsonify(body)
        response.status_code = body["status"]
        response.content_type = "application/problem+json"
        response.headers.update(headers or {})
        return response

    @app.errorhandler(Refusal)
    def refused(error: Refusal) -> Response:
        return answer(error.problem() | {"instance": request.path}, error.headers)

    @app.errorhandler(marshmallow.ValidationError)
    def invalid(error: marshmallow.ValidationError) -> Response:
        return answer(_invalid(error.normalized_messages()))

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        status = error.code or 500
        messages = getattr(error, "data", {}).get("messages") if hasattr(error, "data") else None
        if status == 422 and messages:
            return answer(_invalid(messages))
        zh, en = _HTTP_TEXTS.get(status, ("请求不能完成。", error.description or error.name))
        headers = {k: v for k, v in error.get_headers() if k in {"Allow", "Retry-After", "WWW-Authenticate"}}
        body = problem(error.name.lower().replace(" ", "-"), status=status, zh=zh, en=en, instance=request.path)
        return answer(body, headers)

    @app.errorhandler(StaleRowError)
    def stale(error: StaleRowError) -> Response:
        return answer(
            problem(
                "changed-meanwhile",
                status=409,
                zh="这条记录刚刚被别人修改，您的操作没有生效。",
                en="Somebody else has just changed this record; nothing of yours was saved.",
                next_zh="请刷新后核对最新内容，再决定是否继续。",
                next_en="Reload, look at what is there now and decide again.",
            )
        )

    @app.errorhandler(Exception)
    def crashed(error: Exception) -> Response:
        if is_connection_loss(error):
            observability.log.warning("database_lost", error=str(error))
            return answer(
                problem(
                    "database-unavailable",
                    status=503,
                    # Lost during COMMIT, nobody can know whether it was done.
                    zh="数据库连接中断，您的操作可能没有生效。",
                    en="The database went away; perhaps nothing was changed.",
                    next_zh="请先查询结果；带同一幂等键重发不会重复办理。",
                    next_en="Look first; sending the same Idempotency-Key again never does it twice.",
                ),
                {"Retry-After": "2"},
            )
        observability.log.error("crashed", exc_info=error, path=request.path)
        return answer(
            problem(
                "internal",
                status=500,
                zh="系统内部错误，您的操作没有生效。",
                en="An internal error; nothing was changed.",
                next_zh="请稍后再试；仍不行请把请求编号告诉工作人员。",
                next_en="Try again; if it persists, tell the staff the request id.",
            )
        )


_HTTP_TEXTS = {
    400: ("请求的格式不对。", "The request is malformed."),
    404: ("没有这个地址。", "There is no such address."),
    405: ("这个地址不支持该操作。", "This address does not support the method."),
    413: ("内容超过大小限制。", "The body is larger than allowed here."),
    415: ("不支持这种内容格式。", "This content type is not supported here."),
}


def _invalid(messages: Any) -> dict[str, Any]:
    return problem(
        "invalid-input",
        status=422,
        zh="有内容填写不正确，没有保存。",
        en="Some fields are not valid; nothing was saved.",
        next_zh="请按各项的说明改正后再提交。",
        next_en="Correct each field as said of it, then send again.",
        fields=messages,
        time=clock.now().isoformat(timespec="seconds"),
    )
