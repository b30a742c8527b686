"""HTTP interface of the notifier for operators: wordings, the delivery board, costs."""

from typing import Any

from flask_smorest import Blueprint

from chassis.auth import Staff, allow
from chassis.idempotency import idempotent
from services.notifier import schemas, wordings

operations = Blueprint("notifier_operations", __name__, description="短信与邮政速递运维 templates, board, costs")

WRITERS = ("system_admin", "service_office")


@operations.get("/templates")
@allow(Staff(*WRITERS, "auditor"))
@operations.response(200, schemas.TemplatesOut)
def list_templates() -> Any:
    """Every message of the hall in the words that hold now (NOT-03)"""
    return {"items": wordings.current()}


@operations.get("/templates/<code>/versions")
@allow(Staff(*WRITERS, "auditor"))
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
    return wordings.draft(code, body)


@operations.post("/templates/<code>/preview")
@allow(Staff(*WRITERS, "auditor"))
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
    return wordings.publish(code, number)
