"""HTTP interface of objection, repair and publicity."""

from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from chassis import etag
from chassis.auth import Citizen, Public, Staff, actor, allow, forbidden
from chassis.errors import Refusal
from chassis.idempotency import idempotent
from chassis.paging import PageArgs, page, page_schema
from services.credit import access, applications, archive, forms, notices, objections, papers, repairs, schemas
from services.credit.api import own_organs
from services.credit.applications import Verdict
from services.credit.models import Application, Notice, Record

procedures = Blueprint("procedures", __name__, description="异议、信用修复、公示 objection, repair, publicity")

PARTY = Citizen(verified=True)
ADMIN = Staff("credit_admin")
ANYBODY = "a posted result is opposed by anybody who has reasons (CRE-25)"
PAPER_BODY = {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string"}}}}
READERS = (PARTY, Staff("credit_admin", "service_office"))


@procedures.post("/papers")
@allow(PARTY, Staff("credit_admin", shared="one's own pages; only who uploaded one can name it in an application"))
@procedures.doc(requestBody=PAPER_BODY)
@procedures.arguments(schemas.PaperArgs, location="query")
@procedures.response(201, schemas.PaperOut)
def upload_paper(arguments: dict[str, Any]) -> Any:
    """Upload a signed or sealed page as the raw body (CRE-21)"""
    request.max_content_length = papers.MOST + 1
    return papers.upload(arguments["name"], request.get_data(cache=False))


@procedures.get("/records/<record_id>/forms/<kind>")
@allow(*READERS)
def print_form(record_id: str, kind: str) -> Response:
    """The form to print and sign: `objection` or `repair` (CRE-21, CRE-32)"""
    record = Record.get_or_refuse(record_id)
    _may_read(record)
    if kind not in applications.RULES:
        raise _nothing()
    return _html(forms.blank(kind, record))


@procedures.post("/records/<record_id>/objections")
@allow(PARTY, ADMIN)
@idempotent
@procedures.arguments(schemas.ApplicationIn)
@procedures.response(201, schemas.ApplicationOut)
def object_to(body: dict[str, Any], record_id: str) -> Any:
    """Object to a record, in person (CRE-20…23)"""
    return _tagged(objections.submit(record_id, body))


@procedures.post("/records/<record_id>/repairs")
@allow(PARTY, ADMIN)
@idempotent(atomic=False)
@procedures.arguments(schemas.ApplicationIn)
@procedures.response(201, schemas.ApplicationOut)
def apply_for_repair(body: dict[str, Any], record_id: str) -> Any:
    """Apply for repair, in person (CRE-30…32)"""
    return _tagged(repairs.submit(record_id, body))


@procedures.get("/applications")
@allow(Staff("credit_admin", "service_office"))
@procedures.arguments(schemas.ApplicationArgs, location="query")
@procedures.response(200, page_schema(schemas.ApplicationOut))
def list_applications(arguments: dict[str, Any]) -> Any:
    """Objections and repairs of the caller's organs, newest first (CRE-22, CRE-26)"""
    mine = Application.select().join(Record, on=(Record.id == Application.record_id))
    query = own_organs(mine, Application.judging_org, Record.item_code)
    for name in ("kind", "state"):
        if arguments[name]:
            query = query.where(getattr(Application, name) == arguments[name])
    if arguments["overdue"]:
        query = query.where(Application.overdue, Application.closed_at.is_null())
    return page(query, [Application.received_at], limit=arguments["limit"], cursor=arguments["cursor"])


@procedures.get("/applications/<application_id>")
@allow(*READERS)
@procedures.response(200, schemas.ApplicationOut)
def get_application(application_id: str) -> Any:
    """One application, for its party and its organ"""
    return _tagged(_read(application_id))


@procedures.get("/applications/<application_id>/<page_name>")
@allow(*READERS)
def get_page(application_id: str, page_name: str) -> Response:
    """The `form` as submitted, the `signature` and `seal` pages, the written `decision` (CRE-21, CRE-22)"""
    application = _read(application_id)
    if page_name == "form":
        return _html(forms.filled(application, Record.get_by_id(application.record_id)))
    found = getattr(application, page_name) if page_name in {"decision", "signature", "seal"} else None
    if not found:
        raise _nothing()
    if page_name == "decision":
        return _html(found)
    content, mime = papers.content(found)
    return Response(content, mimetype=mime)


@procedures.post("/applications/<application_id>/opening")
@allow(ADMIN)
@procedures.response(200, schemas.ApplicationOut)
def take(application_id: str) -> Any:
    """Open it for review"""
    return _tagged(applications.take(application_id))


@procedures.post("/applications/<application_id>/objection-decision")
@allow(ADMIN)
@procedures.arguments(schemas.ObjectionDecision)
@procedures.response(200, schemas.ApplicationOut)
def decide_objection(body: dict[str, Any], application_id: str) -> Any:
    """Maintain, modify or delete (CRE-22)"""
    return _tagged(objections.decide(application_id, Verdict(**body)))


@procedures.post("/applications/<application_id>/repair-decision")
@allow(ADMIN)
@procedures.arguments(schemas.RepairDecision)
@procedures.response(200, schemas.ApplicationOut)
def decide_repair(body: dict[str, Any], application_id: str) -> Any:
    """Grant or refuse (CRE-33, CRE-34)"""
    findings = {name: body.pop(name) for name in ("intentional", "conditions_met")}
    return _tagged(repairs.decide(application_id, Verdict(**body), **findings))


@procedures.delete("/applications/<application_id>")
@allow(PARTY)
@procedures.response(200, schemas.ApplicationOut)
def withdraw(application_id: str) -> Any:
    """Take an application back before it is decided"""
    return _tagged(applications.withdraw(application_id))


@procedures.get("/notices")
@allow(Public())
@procedures.arguments(PageArgs, location="query")
@procedures.response(200, page_schema(schemas.NoticeOut))
def list_notices(arguments: dict[str, Any]) -> Any:
    """Results that are posted now, names masked (CRE-24)"""
    return page(notices.running(), [Notice.created_at], limit=arguments["limit"], cursor=arguments["cursor"])


@procedures.post("/notices/<notice_id>/opposition")
@allow(Citizen(verified=True, shared=ANYBODY), Staff(shared=ANYBODY))
@procedures.arguments(schemas.Opposition)
@procedures.response(200, schemas.NoticeOut)
def oppose(body: dict[str, Any], notice_id: str) -> Any:
    """Oppose a posted result, with reasons (CRE-25)"""
    return applications.oppose(notice_id, body["reasons"])


def _read(application_id: str) -> Any:
    application = Application.get_or_refuse(application_id)
    _may_read(Record.get_by_id(application.record_id))
    if actor().kind == "staff":
        archive.note_reading(application.subject_ref, f"办理{application.application_no}")
    return application


def _may_read(record: Any) -> None:
    who = actor()
    judge = who.has_role("credit_admin", record.judging_org, record.item_code)
    if who.id != record.subject_ref and not judge and not access.is_owner():
        raise forbidden("another party's archive")


def _tagged(application: Any) -> Any:
    etag.set(application)
    return application


def _html(body: str) -> Response:
    response = Response(body, mimetype="text/html")
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response


def _nothing() -> Refusal:
    return Refusal(
        "not-found",
        status=404,
        zh="没有找到您要的页面。",
        en="There is no such page.",
        next_zh="请核对后再试。",
        next_en="Check the address and try again.",
    )
