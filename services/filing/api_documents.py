"""HTTP interface of the documents of a case: print versions, verification, licences, archive."""

from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from chassis.auth import Citizen, Public, Staff, allow
from chassis.errors import Refusal
from chassis.paging import PageArgs, page, page_schema
from services.filing import (
    archives,
    integrity,
    letters,
    licences,
    papers,
    printing,
    prints,
    schemas,
    seals,
    verification,
    verification_page,
    views,
)
from services.filing.api import APPLICANT, READING, body_stream
from services.filing.cases import HANDLERS, OVERSEERS
from services.filing.models import ArchiveEntry, Document, Licence

papers_ = Blueprint("papers", __name__, description="文书、核验、归档 documents, verification, archive")

_PDF = {"responses": {"200": {"description": "PDF", "content": {"application/pdf": {}}}}}
_PAGE = {"responses": {"200": {"description": "a page for people", "content": {"text/html": {}}}}}
_PEM = {"responses": {"200": {"description": "a certificate", "content": {"application/x-pem-file": {}}}}}
_FILE = {"requestBody": {"required": True, "content": {"application/pdf": {"schema": {"type": "string"}}}}}


@papers_.get("/cases/<case_no>/documents/<document_id>/paper")
@allow(*READING)
@papers_.doc(**_PDF)
def read_paper(case_no: str, document_id: str) -> Response:
    """The sealed print version of a document (FIL-30)"""
    case = views.read(case_no)
    return papers.answer(Document.get_or_refuse((Document.id == document_id) & (Document.case == case.id)))


@papers_.get("/cases/<case_no>/commitment-letter/paper")
@allow(*READING)
@papers_.doc(**_PDF)
def print_letter(case_no: str) -> Response:
    """The commitment letter to print and sign (FIL-10)"""
    content = letters.printable(views.read(case_no))
    return Response(printing.render(content), mimetype="application/pdf")


@papers_.get("/cases/<case_no>/integrity")
@allow(*READING)
@papers_.response(200, schemas.IntegrityOut)
def check_integrity(case_no: str) -> Any:
    """Whether history, documents and files are as they were written; the first broken record is named (FIL-33)"""
    return integrity.check(views.read(case_no))


@papers_.get("/verifications")
@allow(Public())
@papers_.arguments(schemas.VerificationArgs, location="query")
@papers_.response(200, schemas.VerificationOut)
def verify_code(arguments: dict[str, Any]) -> Any:
    """Whether a document is genuine, by its number and check code"""
    return verification.by_code(**arguments)


@papers_.post("/verifications")
@allow(Public())
@papers_.doc(**_FILE)
@papers_.response(200, schemas.VerificationOut)
def verify_file() -> Any:
    """Whether a file is a document of this hall, unchanged; the file is the body and is not kept"""
    return verification.by_file(body_stream()[0])


@papers_.get("/verification")
@allow(Public())
@papers_.doc(**_PAGE)
def verification_form() -> Response:
    """The page for people; the QR code on a document leads here"""
    number, code = request.args.get("number", ""), request.args.get("code", "")
    if not number:
        return verification_page.page()
    try:
        return verification_page.page(verification.by_code(number, code), number=number, code=code)
    except Refusal as refusal:
        return verification_page.page(problem=refusal.problem(), number=number, code=code)


@papers_.post("/verification")
@allow(Public())
@papers_.doc(**_PAGE)
def verify_uploaded() -> Response:
    """The page's answer to an uploaded file"""
    request.max_content_length = verification.LARGEST
    try:
        return verification_page.page(verification.by_file(request.files["file"].stream))
    except Refusal as refusal:
        return verification_page.page(problem=refusal.problem())


@papers_.get("/seals/root")
@allow(Public())
@papers_.doc(**_PEM)
def seal_root() -> Response:
    """The certificate that the seals of a hall with keys of its own are checked against (PEM)"""
    return Response(seals.current().root(), mimetype="application/x-pem-file")


@papers_.get("/licences")
@allow(Citizen(), Staff(*HANDLERS, *OVERSEERS))
@papers_.arguments(PageArgs, location="query")
@papers_.response(200, page_schema(schemas.LicenceOut))
def list_licences(arguments: dict[str, Any]) -> Any:
    """The caller's e-licences; for staff those that its organisations have issued (FIL-43)"""
    return page(licences.visible(), [Licence.valid_from], licences.shown, **arguments)


@papers_.get("/archive")
@allow(Staff(*HANDLERS, *OVERSEERS))
@papers_.arguments(PageArgs, location="query")
@papers_.response(200, page_schema(schemas.ArchiveOut))
def list_archive(arguments: dict[str, Any]) -> Any:
    """The e-archive of the caller's organisations (FIL-43)"""
    return page(archives.visible(), [ArchiveEntry.archived_at], **arguments)


@papers_.get("/cases/<case_no>/archive")
@allow(Citizen(), Staff(*HANDLERS))
@papers_.doc(responses={"200": {"description": "zip", "content": {"application/zip": {}}}})
def download_archive(case_no: str) -> Response:
    """The archive package of a completed case: metadata, documents, files, checksums (FIL-43)"""
    name, stream = archives.package(case_no)
    response = Response(stream, mimetype="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@papers_.post("/cases/<case_no>/print-code")
@allow(*APPLICANT)
@papers_.response(201, schemas.PrintCodeOut)
def give_print_code(case_no: str) -> Any:
    """A code with which any hall may print the documents of the case (FIL-97)"""
    return prints.give_code(case_no)


@papers_.post("/cases/<case_no>/prints")
@allow(Staff("window_clerk", shared="any hall prints for who brings the applicant's code (FIL-97)"))
@papers_.arguments(schemas.PrintIn)
@papers_.doc(**_PDF)
def print_elsewhere(body: dict[str, Any], case_no: str) -> Response:
    """Print a document at another hall, with the applicant's code; the history of the case says so (FIL-97)"""
    document = prints.admit(case_no, **body)
    response = papers.answer(document)
    prints.record(document, body["org"])
    return response
