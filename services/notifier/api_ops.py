"""HTTP interface of the notifier for operators: wordings, the delivery board, costs."""

from typing import Any

from flask_smorest import Blueprint

from chassis.auth import Staff, allow
from chassis.idempotency import idempotent
from services.notifier import access, board, costs, messages, schemas, wordings
from services.notifier.models import Tariff

operations = Blueprint("notifier_operations", __name__, description="短信与邮政速递运维 templates, board, costs")

WRITERS = ("system_admin", "service_office")
NUMBERS = "what organisations pay from public money, without persons (FIL-61)"
ALIKE = "the words of the messages are the same for everybody, and no secret (NOT-03)"


@operations.get("/templates")
@allow(Staff(*WRITERS, "auditor", shared=ALIKE))
@operations.response(200, schemas.TemplatesOut)
def list_templates() -> Any:
    """Every message of the hall in the words that hold now (NOT-03)"""
    return {"items": wordings.current()}


@operations.get("/templates/<code>/versions")
@allow(Staff(*WRITERS, "auditor", shared=ALIKE))
@operations.response(200, schemas.WordingsOut)
def list_wordings(code: str) -> Any:
    """All versions of a template, newest first (NOT-03)"""
    return {"items": wordings.history(code)}


@operations.post("/templates/<code>/versions")
@allow(Staff(*WRITERS))
@idempotent
@operations.arguments(schemas.WordingIn)
@operations.response(201, schemas.WordingOut)
def draft_wording(body: dict[str, Any], code: str) -> Any:
    """Draft a new wording (NOT-03)"""
    access.require_hall_wide()
    return wordings.draft(code, body)


@operations.post("/templates/<code>/preview")
@allow(Staff(*WRITERS, "auditor", shared=ALIKE))
@operations.arguments(schemas.PreviewIn)
@operations.response(200, schemas.PreviewOut)
def preview_wording(body: dict[str, Any], code: str) -> Any:
    """How a message would look, and in how many parts it would go out (NOT-03)"""
    return wordings.preview(code, body["words"], body["params"])


@operations.post("/templates/<code>/versions/<int:number>/publication")
@allow(Staff(*WRITERS))
@operations.response(200, schemas.WordingOut)
def publish_wording(code: str, number: int) -> Any:
    """Publish a draft: from now on these words are sent (NOT-03)"""
    access.require_hall_wide()
    return wordings.publish(code, number)


# --- the board and the costs --------------------------------------------------------------------------------------


@operations.get("/board")
@allow(Staff("system_admin", "auditor"))
@operations.arguments(schemas.BoardArgs, location="query")
@operations.response(200, schemas.BoardOut)
def show_board(arguments: dict[str, Any]) -> Any:
    """How quickly messages go out in each lane, what waits and what has gone wrong (NOT-07)"""
    return board.show(arguments["hours"])


@operations.post("/dead-letters/resend")
@allow(Staff("system_admin"))
@idempotent
@operations.arguments(schemas.ResendIn)
@operations.response(200, schemas.ResentOut)
def resend_dead_letters(body: dict[str, Any]) -> Any:
    """Let the dead letters of one cause try again, after the cause is mended; the carrier is asked first (NOT-07)"""
    return {"resent": messages.retry_dead(body["error"], body["most"])}


@operations.get("/tariffs")
@allow(Staff(*WRITERS, "auditor", shared=NUMBERS))
@operations.response(200, schemas.TariffsOut)
def list_tariffs() -> Any:
    """What a part of a message and a parcel cost, and from when"""
    return {"items": Tariff.select().order_by(Tariff.kind, Tariff.from_date)}


@operations.put("/tariffs")
@allow(Staff(*WRITERS))
@operations.arguments(schemas.TariffIn)
@operations.response(200, schemas.TariffOut)
def set_tariff(body: dict[str, Any]) -> Any:
    """Set a price from a day on"""
    access.require_hall_wide()
    return costs.set_tariff(body["kind"], body["from_date"], body["fen"])


@operations.get("/costs")
@allow(Staff(*WRITERS, "auditor", shared=NUMBERS))
@operations.arguments(schemas.CostArgs, location="query")
@operations.response(200, schemas.CostsOut)
def list_costs(arguments: dict[str, Any]) -> Any:
    """What messages and parcels have cost each organisation"""
    return {"items": costs.of(arguments["from_date"], arguments["until_date"])}
