"""HTTP interface of supervision."""

from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from chassis.arguments import at_most
from chassis.auth import Citizen, Staff, actor, allow
from chassis.idempotency import idempotent
from chassis.paging import PageArgs, page, page_schema
from chassis.scope import covered
from services.supervision import findings, photos, pushes, rectifications, schemas, tasks
from services.supervision.models import Finding, Proposal, Push, Task, Violation

supervision = Blueprint("supervision", __name__, description="审管联动 approval and supervision")

ROLES = ("supervisor", "coordinator")
SIDE = Staff(*ROLES)
PHOTO_BODY = {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string"}}}}


def _own(org: Any, item: Any) -> Any:
    """The condition of rows of the caller's offices and items (ID-34, ID-35)."""
    return covered(actor(), ROLES, org, item)


def _of_own_files(model: Any) -> Any:
    """Rows of the caller's offices: of a party as a whole, or of a case of which the caller sees the file."""
    orgs = actor().orgs(*ROLES)
    query = model.select() if "*" in orgs else model.select().where(model.supervising_org.in_(orgs))
    files = Push.select(Push.case_no).where(_own(Push.org, Push.item_code))
    return query.where(model.case_no.is_null() | model.case_no.in_(files))


@supervision.get("/pushes")
@allow(SIDE)
@supervision.arguments(schemas.PushArgs, location="query")
@supervision.response(200, page_schema(schemas.PushOut))
def list_pushes(arguments: dict[str, Any]) -> Any:
    """Files pushed to the caller's offices, newest first (SUP-03, ID-34)"""
    query = Push.select().where(_own(Push.org, Push.item_code))
    if arguments["case_no"]:
        query = query.where(Push.case_no == arguments["case_no"])
    if arguments["kind"]:
        query = query.where(Push.kind == arguments["kind"])
    return page(query, [Push.pushed_at], limit=arguments["limit"], cursor=arguments["cursor"])


@supervision.post("/pushes/<push_id>/view")
@allow(SIDE)
@supervision.response(200, schemas.PushOut)
def see_push(push_id: str) -> Any:
    """Open a pushed file (SUP-04)"""
    return pushes.see(push_id)


@supervision.get("/tasks")
@allow(SIDE)
@supervision.arguments(schemas.TaskArgs, location="query")
@supervision.response(200, page_schema(schemas.TaskOut))
def list_tasks(arguments: dict[str, Any]) -> Any:
    """Verification tasks of the caller's offices, key targets on top (SUP-20, SUP-26)"""
    query = Task.select().where(_own(Task.supervising_org, Task.item_code))
    if arguments["state"]:
        query = query.where(Task.state == arguments["state"])
    if arguments["case_no"]:
        query = query.where(Task.case_no == arguments["case_no"])
    return page(query, [Task.priority, Task.created_at], limit=arguments["limit"], cursor=arguments["cursor"])


@supervision.get("/tasks/<task_id>")
@allow(SIDE, Citizen())
@supervision.response(200, schemas.TaskOut)
def get_task(task_id: str) -> Any:
    """One task, for its office and for the party itself"""
    task = Task.get_or_refuse(task_id)
    if actor().id != task.subject_ref:
        actor().require_role("supervisor", "coordinator", org=task.supervising_org, item=task.item_code)
    return task


@supervision.get("/me/tasks")
@allow(Citizen())
@supervision.arguments(PageArgs, location="query")
@supervision.response(200, page_schema(schemas.TaskOut))
def own_tasks(arguments: dict[str, Any]) -> Any:
    """Verifications that concern the caller"""
    query = Task.select().where(Task.subject_ref == actor().id)
    return page(query, [Task.created_at], limit=arguments["limit"], cursor=arguments["cursor"])


@supervision.post("/tasks/<task_id>/start")
@allow(Staff("supervisor"))
@supervision.arguments(schemas.Start)
@supervision.response(200, schemas.TaskOut)
def start(body: dict[str, Any], task_id: str) -> Any:
    """Start a verification: inspector and plan (SUP-21)"""
    return tasks.start(task_id, **body)


@supervision.post("/tasks/<task_id>/points")
@allow(Staff("supervisor"))
@supervision.arguments(schemas.Points)
@supervision.response(200, schemas.TaskOut)
def record_points(body: dict[str, Any], task_id: str) -> Any:
    """Record for every promised point whether it is true (SUP-22)"""
    return tasks.record_points(task_id, body["points"])


@supervision.post("/tasks/<task_id>/rectification")
@allow(Staff("supervisor"))
@supervision.arguments(schemas.Order)
@supervision.response(200, schemas.TaskOut)
def order_rectification(body: dict[str, Any], task_id: str) -> Any:
    """Order the correction by a date, and the stop of the activity (SUP-23)"""
    return rectifications.order(task_id, **body)


@supervision.post("/tasks/<task_id>/correction")
@allow(Citizen())
@supervision.arguments(schemas.Correction)
@supervision.response(200, schemas.TaskOut)
def report_correction(body: dict[str, Any], task_id: str) -> Any:
    """The party reports that it has corrected (SUP-24)"""
    return rectifications.report_correction(task_id, body["text"])


@supervision.post("/tasks/<task_id>/recheck")
@allow(Staff("supervisor"))
@supervision.arguments(schemas.Recheck)
@supervision.response(200, schemas.TaskOut)
def recheck(body: dict[str, Any], task_id: str) -> Any:
    """Look again after the correction (SUP-24, SUP-25)"""
    return rectifications.recheck(task_id, **body)


@supervision.post("/findings")
@allow(Staff("supervisor"))
@idempotent
@supervision.arguments(schemas.FindingIn)
@supervision.response(201, schemas.FindingOut)
def report_finding(body: dict[str, Any]) -> Any:
    """Report a finding to the approving side within one working day (SUP-10)"""
    return findings.report(**body)


@supervision.get("/findings")
@allow(SIDE)
@supervision.arguments(PageArgs, location="query")
@supervision.response(200, page_schema(schemas.FindingOut))
def list_findings(arguments: dict[str, Any]) -> Any:
    """Findings of the caller's offices"""
    query = _of_own_files(Finding)
    return page(query, [Finding.reported_at], limit=arguments["limit"], cursor=arguments["cursor"])


@supervision.post("/proposals")
@allow(Staff("supervisor"))
@idempotent
@supervision.arguments(schemas.ProposalIn)
@supervision.response(201, schemas.ProposalOut)
def propose_revocation(body: dict[str, Any]) -> Any:
    """Propose by formal document that a result be revoked (SUP-13)"""
    return findings.propose_revocation(**body)


@supervision.post("/cases/<case_no>/photos")
@allow(Staff("supervisor"))
@at_most(photos.MOST + 1)
@supervision.doc(requestBody=PHOTO_BODY)
@supervision.arguments(schemas.PhotoArgs, location="query")
@supervision.response(201, schemas.PhotoOut)
def keep_photo(arguments: dict[str, Any], case_no: str) -> Any:
    """Upload a photo as the raw body, to be named as evidence (SUP-11)"""
    return photos.keep(case_no, arguments["name"], request.get_data(cache=False))


@supervision.get("/cases/<case_no>/photos/<photo_id>")
@allow(Staff(*dict.fromkeys(photos.SUPERVISING + photos.APPROVING)))
def get_photo(case_no: str, photo_id: str) -> Response:
    """A photo, for the office that took it and for the approving side (SUP-11)"""
    content, mime = photos.read(case_no, photo_id)
    return Response(content, mimetype=mime, headers={"Cache-Control": "private, no-store"})


@supervision.get("/proposals")
@allow(SIDE)
@supervision.arguments(PageArgs, location="query")
@supervision.response(200, page_schema(schemas.ProposalOut))
def list_proposals(arguments: dict[str, Any]) -> Any:
    """Proposals of the caller's offices and their answers"""
    query = _of_own_files(Proposal)
    return page(query, [Proposal.proposed_at], limit=arguments["limit"], cursor=arguments["cursor"])


@supervision.get("/violations")
@allow(Staff("auditor"), Staff("service_office", shared="breaches of limits, without personal data (SUP-30)"))
@supervision.arguments(PageArgs, location="query")
@supervision.response(200, page_schema(schemas.ViolationOut))
def list_violations(arguments: dict[str, Any]) -> Any:
    """What electronic supervision has detected (SUP-30)"""
    return page(Violation.select(), [Violation.detected_at], limit=arguments["limit"], cursor=arguments["cursor"])
