"""Public pages as they were made a moment ago: a crowd at the front door asks the services once, not once a visitor."""

import threading
from typing import Any

from flask import Flask, Response, g, request

from chassis import clock
from gateway.portal.texts import english
from gateway.portal.visitor import visitor

SECONDS = 2.0
MOST = 256  # pages
VARIES = ("site", "elder")  # cookies that change a page for who is not logged in; the language besides


def install(app: Flask) -> None:
    """Answer from the pages of the last moment, with an ETag. Comes behind whatever may refuse a request."""
    pages: dict[Any, tuple[float, bytes, str]] = {}
    lock = threading.Lock()

    def key() -> Any:
        return request.full_path, english(), *(request.cookies.get(name) for name in VARIES)

    @app.before_request
    def look() -> Response | None:
        if request.method != "GET" or visitor().kind != "anonymous":
            return None
        made, body, control = pages.get(key(), (float("-inf"), b"", ""))
        if clock.monotonic() - made > SECONDS:
            return None
        response = Response(body, content_type="text/html; charset=utf-8")
        response.headers["Cache-Control"], response.headers["Vary"] = control, "Cookie"
        return _dated(response)

    @app.after_request
    def keep(response: Response) -> Response:
        control = response.headers.get("Cache-Control", "")
        html = response.status_code == 200 and response.mimetype == "text/html"
        if not html or not control.startswith("public") or "form_token" in g or "ETag" in response.headers:
            return response
        now = clock.monotonic()
        with lock:
            if len(pages) >= MOST:
                for old in [name for name, (made, _, _) in pages.items() if now - made > SECONDS]:
                    del pages[old]
            if len(pages) < MOST:
                pages[key()] = now, response.get_data(), control
        return _dated(response)

    def _dated(response: Response) -> Response:
        response.add_etag()
        response.make_conditional(request)
        return response
