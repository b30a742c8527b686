"""Files on their way, never whole in memory: from a form to a service, and from a service to the visitor."""

from typing import IO, Any
from urllib.parse import quote

import requests
from flask import Response, stream_with_context

from chassis.errors import Refusal
from gateway.portal.ask import Problem
from gateway.portal.visitor import stream


class Sized:
    """A body on its way to a service, with its length, so that it goes on in pieces and is never whole in memory."""

    def __init__(self, source: IO[bytes], length: int):
        self._source, self._length = source, length

    def __len__(self) -> int:
        return self._length

    def read(self, amount: int = -1) -> bytes:
        """The next piece."""
        return self._source.read(amount)


def send_file(method: str, service: str, path: str, file: Any, kind: str = "application/octet-stream") -> Any:
    """Stream a file of a form to a service; its answer."""
    if file is None or not file.filename:
        raise Problem.of(
            Refusal(
                "no-file",
                status=422,
                rule="FIL-07",
                title="没有选择文件",
                title_en="No file",
                zh="请先选择文件，再点“上传”。",
                en="Choose a file before sending it.",
            )
        )
    length = file.seek(0, 2)
    file.seek(0)
    with stream(method, service, path, Sized(file.stream, length), Content_Type=kind) as answer:
        return answer.json()


def named(file: Any) -> str:
    """The name of a chosen file as part of an address."""
    return quote(file.filename if file is not None else "", safe="")


def passed_on(answer: requests.Response, name: str) -> Response:
    """A file of a service as a download of the portal."""
    headers = answer.headers
    response = Response(
        stream_with_context(answer.iter_content(65_536)),
        content_type=headers.get("Content-Type", "application/octet-stream"),
    )
    response.call_on_close(answer.close)
    for header in ("Content-Length", "Content-Disposition", "ETag"):
        if header in headers:
            response.headers[header] = headers[header]
    if "Content-Disposition" not in response.headers:
        response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response
