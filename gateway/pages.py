"""The gateway's own addresses: first page, state of the hall, joined API documents, the demo hall's time machine."""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template, request, send_from_directory
from werkzeug.exceptions import HTTPException

from chassis import clock
from chassis.auth import Public, allow
from chassis.errors import Refusal
from chassis.observability import log
from gateway.hall import Hall
from gateway.portal.ask import Problem
from gateway.portal.page import STATIC, show_problem

KEPT_SECONDS, CHANGING_SECONDS = 365 * 86400, 3600  # of a file whose address changes with it, of another one
OWN = frozenset({"docs", "openapi.json", "hall", "demo"})  # what under /api/ is no service
SIMULATED = ("sms", "verifier", "ems", "payment")
pages = Blueprint("pages", __name__, template_folder="templates")


def _hall() -> Hall:
    return current_app.extensions["ywt_hall"]


@pages.get("/status")
@allow(Public())
def status() -> str:
    """How the services of the hall are."""
    settings = _hall().settings
    simulators = {} if settings.production else {n: settings.peers[n] for n in SIMULATED if n in settings.peers}
    return render_template(
        "status.html",
        states=_hall().states(),
        simulators=simulators,
    )


@pages.get("/static/<path:name>")
@allow(Public())
def static(name: str) -> Response:
    """Style sheets and pictures."""
    return send_from_directory(STATIC, name, max_age=KEPT_SECONDS if "v" in request.args else CHANGING_SECONDS)


@pages.get("/api/hall")
@allow(Public())
def hall() -> Response:
    """The state of every service and the hall's legal time."""
    states = [{"service": s.name, "name": s.zh, "name_en": s.en, "state": s.state} for s in _hall().states()]
    return jsonify(now=clock.now().isoformat(), mode=_hall().settings.mode, services=states)


@pages.get("/api/openapi.json")
@allow(Public())
def openapi() -> Response:
    """The joined OpenAPI document."""
    return jsonify(_hall().openapi())


@pages.get("/api/docs")
@allow(Public())
def docs() -> str:
    """The joined API documents as one readable page, without script."""
    return render_template("docs.html", document=_hall().openapi())


@pages.get("/api/demo/clock")
@allow(Public())
def read_clock() -> Response:
    """The legal time of a demo hall."""
    _need_time_machine()
    return jsonify(now=clock.now().isoformat(), travels=True)


@pages.put("/api/demo/clock")
@allow(Public())
def move_clock() -> Response:
    """Move a demo hall forward in time: {"to": "2026-12-01T09:00"}."""
    _need_time_machine()
    try:
        moved = clock.travel_to(clock.parse((request.get_json(silent=True) or {})["to"]))
    except (KeyError, TypeError, ValueError) as error:
        raise Refusal(
            "bad-time",
            status=422,
            zh="目标时间不正确：须为 ISO 格式且不早于当前时间。",
            en=f"Not a usable time: {error}.",
            next_zh='请发送 {"to": "2026-12-01T09:00"} 这样的内容。',
            next_en='Send, for example, {"to": "2026-12-01T09:00"}.',
        ) from None
    return jsonify(now=moved.isoformat(), travels=True)


def _need_time_machine() -> None:
    if not clock.travelling():
        raise Refusal(
            "no-time-machine",
            status=404,
            zh="正式运行的大厅没有时间机器。",
            en="A real hall has no time machine.",
        )


@pages.app_errorhandler(Refusal)
def refused(error: Refusal) -> Any:
    """Refusals of the gateway's own addresses are problem documents like everywhere; a page shows them as a page."""
    if not request.path.startswith("/api/"):
        return show_problem(Problem.of(error))
    response = jsonify(error.problem())
    response.status_code = error.status
    response.content_type = "application/problem+json"
    response.headers.update(error.headers)
    return response


@pages.app_errorhandler(HTTPException)
def lost(error: HTTPException) -> Any:
    """An unknown page, or a known one used wrongly, says what to do next (GW-11)."""
    status = error.code or 500
    if status < 400:
        return error
    if request.path.startswith("/api/"):
        return refused(
            Refusal(
                "no-such-address" if status == 404 else error.name.lower().replace(" ", "-"),
                status=status,
                zh="没有这个地址。" if status == 404 else "请求的格式不对。",
                en=error.description or error.name,
                next_zh="全部接口见 /api/docs。",
                next_en="All interfaces are listed at /api/docs.",
            )
        )
    return render_template("lost.html", status=status), status


@pages.app_errorhandler(Exception)
def crashed(error: Exception) -> tuple[str, int]:
    """An error of ours is logged; the page tells the way back (GW-11)."""
    log.error("crashed", exc_info=error, path=request.path)
    return render_template("lost.html", status=500), 500
