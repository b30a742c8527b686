"""HTTP interface of feedback for those who oversee the units: call-backs, forums and surveys."""

from typing import Any

from flask_smorest import Blueprint

from chassis import etag
from chassis.auth import Public, Staff, allow
from chassis.idempotency import idempotent
from chassis.paging import page, page_schema
from services.feedback import callbacks, meetings, schemas, schemas_oversight
from services.feedback.models import Meeting, Rating

oversight = Blueprint("feedback-oversight", __name__, description="回访、座谈与测评 call-backs, forums, surveys")

OVERSEER = Staff("service_office", "auditor")


# --- call-backs -----------------------------------------------------------------------------------------------------


@oversight.get("/callbacks")
@allow(OVERSEER)
@oversight.arguments(schemas_oversight.CallbackArgs, location="query")
@oversight.response(200, page_schema(schemas_oversight.CallbackOut))
def list_callbacks(arguments: dict[str, Any]) -> Any:
    """Completed cases to call about (一件一回访, FEE-12)"""
    query = callbacks.listed(*(arguments[name] for name in ("state", "negative", "org")))
    return page(query, [Rating.completed_at], limit=arguments["limit"], cursor=arguments["cursor"])


@oversight.post("/callbacks/<case_no>")
@allow(OVERSEER)
@idempotent
@oversight.arguments(schemas_oversight.CallbackIn)
@oversight.response(201, schemas_oversight.CallbackOut)
def record_callback(body: dict[str, Any], case_no: str) -> Any:
    """Record a call-back, once for a case (FEE-12)"""
    return callbacks.record(case_no, **body)


@oversight.get("/statistics/callbacks")
@allow(OVERSEER)
@oversight.arguments(schemas.Period, location="query")
@oversight.response(200, schemas_oversight.CallbackReport)
def callback_statistics(arguments: dict[str, Any]) -> Any:
    """Call-backs per organisation as numbers (FEE-12)"""
    return {"items": callbacks.statistics(**arguments)}


# --- forums and surveys ---------------------------------------------------------------------------------------------


@oversight.post("/meetings")
@allow(Staff("service_office"))
@idempotent
@oversight.arguments(schemas_oversight.MeetingIn)
@oversight.response(201, schemas_oversight.MeetingOut)
def record_meeting(body: dict[str, Any]) -> Any:
    """Record a forum of service users or a satisfaction survey (FEE-32)"""
    meeting = meetings.record(**body)
    etag.set(meeting)
    return meeting


@oversight.post("/meetings/<meeting_id>/opinions/<int:number>/measure")
@allow(Staff("service_office"))
@oversight.arguments(schemas_oversight.MeasureIn)
@oversight.response(200, schemas_oversight.MeetingOut)
def respond(body: dict[str, Any], meeting_id: str, number: int) -> Any:
    """Say what was done about an opinion (FEE-32)"""
    meeting = meetings.respond(meeting_id, number, body["measure"])
    etag.set(meeting)
    return meeting


@oversight.get("/meetings")
@allow(Public())
@oversight.arguments(schemas_oversight.MeetingArgs, location="query")
@oversight.response(200, page_schema(schemas_oversight.MeetingOut))
def list_meetings(arguments: dict[str, Any]) -> Any:
    """Forums and surveys, newest first (FEE-32)"""
    query = meetings.listed(*(arguments[name] for name in ("kind", "region", "year")))
    return page(query, [Meeting.held_on], limit=arguments["limit"], cursor=arguments["cursor"])


@oversight.get("/statistics/meetings")
@allow(Public())
@oversight.arguments(schemas_oversight.QuarterArgs, location="query")
@oversight.response(200, schemas_oversight.QuarterList)
def meeting_statistics(arguments: dict[str, Any]) -> Any:
    """Which quarters had their forum and survey (FEE-32)"""
    return {"items": meetings.quarters(**arguments)}
