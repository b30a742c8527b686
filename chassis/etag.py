"""Row versions over HTTP: `ETag` on every answer about one row, `If-Match` on changes, `If-None-Match` on reads."""

from typing import Any

from flask import Flask, Response, g, request

from chassis.errors import Refusal


def of(row: Any) -> str:
    """The strong tag of a row as it is now, without quotes."""
    return f"{row.id}-{row.version}"


def set(row: Any) -> None:
    """Send the row's tag with the answer in hand; call it after the last save."""
    g.etag = of(row)


def check(row: Any) -> None:
    """Refuse with 412 when the caller names another version in `If-Match`; without the header nothing is compared."""
    if "If-Match" in request.headers and not request.if_match.contains(of(row)):
        raise Refusal(
            "changed-meanwhile",
            status=412,
            zh="这条记录在您打开之后已被修改，您的操作没有生效。",
            en="The record was changed after you opened it; nothing of yours was saved.",
            next_zh="请重新打开记录，核对最新内容后再办理。",
            next_en="Open the record again, look at what is there now, and send with its new ETag in If-Match.",
        )


def require(row: Any) -> None:
    """Like `check`, but refuse with 428 when the caller names no version at all."""
    if "If-Match" not in request.headers:
        raise Refusal(
            "version-needed",
            status=428,
            zh="请求没有写明您看到的是哪个版本。",
            en="The request does not say which version you have seen.",
            next_zh="请先打开记录，并在 If-Match 中带上其 ETag。",
            next_en="Read the record first and send its ETag in If-Match.",
        )
    check(row)


def apply(response: Response) -> Response:
    """Put the tag that `set` noted on a successful answer."""
    tag = g.get("etag")
    if tag and response.status_code < 400:
        response.set_etag(tag)
    return response


def install(app: Flask) -> None:
    """Send the noted tag, and answer 304 when a reader already holds that version."""

    @app.after_request
    def tag_answer(response: Response) -> Response:
        apply(response)
        tag = g.get("etag")
        reads = request.method in {"GET", "HEAD"} and response.status_code == 200
        if tag and reads and request.if_none_match.contains_weak(tag):
            response.status_code = 304
            response.set_data(b"")
            for name in ("Content-Length", "Content-Type"):
                response.headers.pop(name, None)
        return response
