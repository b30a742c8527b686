"""The gateway's own addresses: first page, state of the hall, joined API documents, and the demo hall's time machine."""

from flask import Blueprint, Response, current_app, jsonify, render_template, request

from chassis import clock
from chassis.auth import Public, allow
from chassis.errors import Refusal
from gateway.hall import Hall

pages = Blueprint("pages", __name__, template_folder="templates", static_folder="static", static_url_path="/static")


def _hall() -> Hall:
    return current_app.extensions["ywt_hall"]


@pages.get("/")
@allow(Public())
def home() -> str:
    """The plain first page: the hall is alive (GW-02 comes with the portal)."""
    english = request.args.get("lang") == "en"
    settings = _hall().settings
    simulators = {} if settings.production else {n: u for n, u in settings.peers.items() if n in {"sms", "ems"}}
    return render_template(
        "home.html", states=_hall().states(), now=clock.now(), english=english, mode=settings.mode, simulators=simulators
    )


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
    """The hall's legal time, and whether it may be moved."""
    return jsonify(now=clock.now().isoformat(), travels=clock.travelling())


@pages.put("/api/demo/clock")
@allow(Public())
def move_clock() -> Response:
    """Move a demo hall forward in time: {"to": "2026-12-01T09:00"}. There is no such door in production."""
    if not clock.travelling():
        raise Refusal(
            "no-time-machine",
            status=404,
            zh="正式运行的大厅没有时间机器。",
            en="A real hall has no time machine.",
        )
    try:
        moved = clock.travel_to(clock.parse((request.get_json(silent=True) or {})["to"]))
    except (KeyError, TypeError, ValueError) as error:
        raise Refusal(
            "bad-time",
            status=422,
            zh="目标时间不正确:须为 ISO 格式且不早于当前时间。",
            en=f"Not a usable time: {error}.",
            next_zh='请发送 {"to": "2026-12-01T09:00"} 这样的内容。',
            next_en='Send, for example, {"to": "2026-12-01T09:00"}.',
        ) from None
    return jsonify(now=moved.isoformat(), travels=True)


@pages.app_errorhandler(Refusal)
def refused(error: Refusal) -> Response:
    """Refusals of the gateway's own addresses are problem documents like everywhere."""
    response = jsonify(error.problem())
    response.status_code = error.status
    response.content_type = "application/problem+json"
    response.headers.update(error.headers)
    return response


@pages.app_errorhandler(404)
def lost(error: Exception) -> tuple[str, int]:
    """An unknown page says what to do next (GW-11)."""
    return render_template("lost.html", english=request.args.get("lang") == "en"), 404
