"""HTTP interface of feedback for those who oversee the units: call-backs."""

from typing import Any

from flask_smorest import Blueprint

from chassis.auth import Staff, allow
from chassis.idempotency import idempotent
from chassis.paging import page, page_schema
from services.feedback import callbacks, schemas
from services.feedback.models import Rating

oversight = Blueprint("feedback-oversight", __name__, description="回访 call-backs")

OVERSEER = Staff("service_office", "auditor")


# --- call-backs -----------------------------------------------------------------------------------------------------


@oversight.get("/callbacks")
@allow(OVERSEER)
@oversight.arguments(schemas.CallbackArgs, location="query")
@oversight.response(200, page_schema(schemas.CallbackOut))
def list_callbacks(arguments: dict[str, Any]) -> Any:
    """Completed cases to call about (一件一回访, FEE-12)"""
    query = callbacks.listed(*(arguments[name] for name in ("state", "negative", "org")))
    return page(query, [Rating.completed_at], limit=arguments["limit"], cursor=arguments["cursor"])


@oversight.post("/callbacks/<case_no>")
@allow(OVERSEER)
@idempotent
@oversight.arguments(schemas.CallbackIn)
@oversight.response(201, schemas.CallbackOut)
def record_callback(body: dict[str, Any], case_no: str) -> Any:
    """Record a call-back, once for a case (FEE-12)"""
    return callbacks.record(case_no, **body)


@oversight.get("/statistics/callbacks")
@allow(OVERSEER)
@oversight.arguments(schemas.Period, location="query")
@oversight.response(200, schemas.CallbackReport)
def callback_statistics(arguments: dict[str, Any]) -> Any:
    """Call-backs per organisation as numbers (FEE-12)"""
    return {"items": callbacks.statistics(**arguments)}
