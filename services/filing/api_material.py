"""HTTP interface of giving material: uploads in parts, the personal space, the licence library, never twice."""

from typing import Any

from flask import Response, request, send_file
from flask_smorest import Blueprint

from chassis import etag
from chassis.auth import Citizen, Public, Staff, allow
from chassis.idempotency import HEADER, idempotent
from chassis.paging import PageArgs, page, page_schema
from contracts import words
from services.filing import (
    agencies,
    extras,
    fetching,
    options,
    payments,
    refiling,
    reuse,
    schemas,
    space,
    storage,
    uploads,
    views,
)
from services.filing.api import APPLICANT, body_stream, shown
from services.filing.cases import HANDLERS, OVERSEERS
from services.filing.models import SpaceFile

giving = Blueprint("giving", __name__, description="交材料 giving material")
giving.before_request(agencies.look_up)

OFFSET = "Upload-Offset"
_BODY = {"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string"}}}}}
_PIECE = _BODY | {
    "parameters": [
        {"in": "header", "name": OFFSET, "schema": {"type": "integer"}, "description": "where this piece begins"}
    ]
}


def _told(case: Any, stored: Any) -> Any:
    etag.set(case)
    return views.file_facts(stored)


def _progress(row: Any, stored: Any = None) -> tuple[dict[str, Any], dict[str, str]]:
    come = row.size if stored else uploads.offset(row)
    facts = {name: getattr(row, name) for name in ("id", "name", "size", "expires_at")}
    headers = {OFFSET: str(come), "Upload-Length": str(row.size), "Cache-Control": "no-store"}
    return facts | {"offset": come, "file_id": stored.id if stored else None}, headers


# --- uploads in parts -------------------------------------------------------------------------------------------------


@giving.post("/uploads")
@allow(*APPLICANT)
@giving.arguments(schemas.UploadIn)
@giving.response(201, schemas.UploadOut)
def begin_upload(body: dict[str, Any]) -> Any:
    """Announce an upload of less than 300 MB with its size and hash (FIL-07)"""
    facts, headers = _progress(uploads.begin(**body))
    return facts, 201, headers


@giving.get("/uploads/<upload_id>")
@allow(*APPLICANT)
@giving.response(200, schemas.UploadOut)
def see_upload(upload_id: str) -> Any:
    """How much has come; HEAD answers the same in its headers (FIL-07)"""
    facts, headers = _progress(uploads.own(upload_id))
    return facts, 200, headers


@giving.patch("/uploads/<upload_id>")
@allow(*APPLICANT)
@giving.doc(**_PIECE)
@giving.response(200, schemas.UploadOut)
def continue_upload(upload_id: str) -> Any:
    """The next piece, streamed; with the last one the file goes to its place (FIL-07)"""
    at = request.headers.get(OFFSET, "")
    row, stored = uploads.append(upload_id, int(at) if at.isdecimal() else None, body_stream()[0])
    facts, headers = _progress(row, stored)
    return facts, 200, headers


@giving.delete("/uploads/<upload_id>")
@allow(*APPLICANT)
@giving.response(204)
def cancel_upload(upload_id: str) -> None:
    """Give an upload up"""
    uploads.cancel(upload_id)


# --- the personal space -----------------------------------------------------------------------------------------------


@giving.get("/space")
@allow(Citizen(verified=True))
@giving.response(200, schemas.SpaceOut)
def see_space() -> Any:
    """How full the caller's personal space is (FIL-05)"""
    return space.usage()


@giving.get("/space/files")
@allow(Citizen(verified=True))
@giving.arguments(PageArgs, location="query")
@giving.response(200, page_schema(schemas.SpaceFileOut))
def list_space_files(arguments: dict[str, Any]) -> Any:
    """The files of the caller's personal space, newest first (FIL-05)"""
    return page(space.mine(), [SpaceFile.created_at], **arguments)


@giving.post("/space/files")
@allow(Citizen(verified=True))
@giving.doc(**_BODY)
@giving.arguments(schemas.FileNameIn, location="query")
@giving.response(201, schemas.SpaceFileOut)
def upload_space_file(arguments: dict[str, Any]) -> Any:
    """Store a file in the personal space, streamed (FIL-05)"""
    return space.upload(arguments["name"], *body_stream())


@giving.get("/space/files/<space_file_id>")
@allow(Citizen(verified=True))
def download_space_file(space_file_id: str) -> Response:
    """Download a file of the personal space"""
    row = space.own(space_file_id)
    path = storage.locate(row.path).resolve()
    response = send_file(path, mimetype=row.mime, as_attachment=True, download_name=row.name, etag=row.sha256)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@giving.patch("/space/files/<space_file_id>")
@allow(Citizen(verified=True))
@giving.arguments(schemas.FileNameIn)
@giving.response(200, schemas.SpaceFileOut)
def rename_space_file(body: dict[str, Any], space_file_id: str) -> Any:
    """Give a file of the personal space another name"""
    return space.rename(space_file_id, body["name"])


@giving.delete("/space/files/<space_file_id>")
@allow(Citizen(verified=True))
@giving.response(204)
def delete_space_file(space_file_id: str) -> None:
    """Delete a file of the personal space; cases keep what they were given"""
    space.delete(space_file_id)


@giving.post("/cases/<case_no>/materials/<code>/space-file")
@allow(Citizen(verified=True))
@giving.arguments(schemas.SpaceFileIn)
@giving.response(201, schemas.FileOut)
def give_space_file(body: dict[str, Any], case_no: str, code: str) -> Any:
    """Give a file of the personal space as material (FIL-05)"""
    return _told(*space.give(case_no, code, body["space_file_id"]))


# --- the licence library ----------------------------------------------------------------------------------------------


@giving.post("/licences/<licence_id>/code")
@allow(Citizen(verified=True))
@giving.response(201, schemas.LicenceCodeOut)
def give_licence_code(licence_id: str) -> Any:
    """A code with which the caller's e-licence can be fetched once, within ten minutes (FIL-06)"""
    return fetching.give_code(licence_id)


@giving.post("/cases/<case_no>/materials/<code>/licence")
@allow(*APPLICANT)
@giving.arguments(schemas.LicenceCodeIn)
@giving.response(201, schemas.FileOut)
def fetch_licence(body: dict[str, Any], case_no: str, code: str) -> Any:
    """Attach an e-licence of the library by the code of its holder (FIL-06)"""
    return _told(*fetching.fetch(case_no, code, body["licence_code"]))


# --- beyond the guide, and never twice --------------------------------------------------------------------------------


@giving.post("/cases/<case_no>/extra-materials")
@allow(*APPLICANT)
@giving.arguments(schemas.ExtraIn)
@giving.response(201, schemas.CaseOut)
def add_extra(body: dict[str, Any], case_no: str) -> Any:
    """Add a material beyond the guide, after asking the staff (FIL-11)"""
    return shown(extras.add(case_no, **body))


@giving.delete("/cases/<case_no>/extra-materials/<code>")
@allow(*APPLICANT)
@giving.response(200, schemas.CaseOut)
def remove_extra(case_no: str, code: str) -> Any:
    """Take such a material back"""
    return shown(extras.remove(case_no, code))


@giving.get("/cases/<case_no>/offers")
@allow(*APPLICANT)
@giving.response(200, schemas.OffersOut)
def list_offers(case_no: str) -> Any:
    """What the hall holds already for the missing materials (FIL-20)"""
    return {"items": reuse.offers(case_no)}


@giving.post("/cases/<case_no>/materials/<code>/earlier-file")
@allow(*APPLICANT)
@giving.arguments(schemas.EarlierFileIn)
@giving.response(201, schemas.FileOut)
def give_earlier_file(body: dict[str, Any], case_no: str, code: str) -> Any:
    """Give a file of an earlier case again (FIL-20)"""
    return _told(*reuse.give(case_no, code, body["file_id"]))


@giving.get("/reuse-statistics")
@allow(Staff(*HANDLERS, *OVERSEERS))
@giving.response(200, schemas.ReuseOut)
def count_reuse() -> Any:
    """How often nobody was asked twice, in the cases of the caller's organisations (FIL-20)"""
    return reuse.counted()


@giving.post("/cases/<case_no>/refiling")
@allow(*APPLICANT)
@idempotent(atomic=False)
@giving.arguments(schemas.RefilingIn)
@giving.response(201, schemas.CaseOut)
def refile_case(body: dict[str, Any], case_no: str) -> Any:
    """A new draft, prefilled from an ended case, with its materials (FIL-48)"""
    return shown(refiling.refile(case_no, body["mode"], request.headers.get(HEADER)))


# --- payment, advice --------------------------------------------------------------------------------------------------


@giving.post("/payments/<payment_no>/receipt")
@allow(payments.Provider())
@giving.arguments(schemas.PaidIn)
@giving.response(200, schemas.PaidOut)
def receive_payment(body: dict[str, Any], payment_no: str) -> Any:
    """The signed report of the payment provider (FIL-98)"""
    return payments.report(payment_no, **body)


@giving.get("/delivery-advice")
@allow(Public())
@giving.response(200, schemas.AdviceOut)
def advise_delivery() -> Any:
    """Whether the hall advises to use the courier; the window stays open (FIL-99)"""
    notice = options.current.courier_notice or None
    return {"recommended": "courier" if notice else None, "notice": notice, "ways": list(words.DELIVERIES)}
