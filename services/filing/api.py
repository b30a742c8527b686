"""HTTP interface of filing: parse, authorise, call the verb, dump. No rule lives here."""

import sys
from typing import Any

from flask import Response, request, send_file
from flask_smorest import Blueprint

from chassis import etag
from chassis.auth import Citizen, Peer, Public, Staff, allow
from chassis.idempotency import HEADER, idempotent
from chassis.paging import page, page_schema
from services.filing import (
    agencies,
    commitments,
    corrections,
    decisions,
    delivery,
    documents,
    drafts,
    handling,
    intake,
    letters,
    materials,
    parallel,
    revocations,
    samecity,
    schemas,
    special,
    storage,
    submission,
    suspension,
    views,
)
from services.filing.cases import OVERSEERS, READERS, SUPERVISORS
from services.filing.models import Case, Document

applying = Blueprint("applying", __name__, description="申报 applying")
windows = Blueprint("windows", __name__, description="受理 intake and same-city handling")
handling_ = Blueprint("handling", __name__, description="审查、决定 handling and decision")
results = Blueprint("results", __name__, description="承诺、送达、撤销 promise, delivery, revocation")
blueprints = (applying, windows, handling_, results)
for blueprint in blueprints:
    blueprint.before_request(agencies.look_up)

APPLICANT = (Citizen(verified=True), Staff("window_clerk"))
ANY_WINDOW = Staff("window_clerk", shared="a window takes applications for every department of the city (FIL-50)")
READING = (Citizen(), Staff(*READERS, *OVERSEERS, *SUPERVISORS), Peer())
_FILE = {"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string"}}}}}


def shown(case: Any) -> Any:
    """A case as the answer of a verb."""
    etag.set(case)
    return views.whole(case)


def body_stream() -> tuple[Any, int | None]:
    """The raw body, not read yet; the limit is the storage's, not the one of JSON bodies."""
    request.max_content_length = sys.maxsize
    return request.stream, request.content_length


# --- applying ---------------------------------------------------------------------------------------------------------


@applying.post("/cases")
@allow(Citizen(verified=True), ANY_WINDOW)
@idempotent(atomic=False)
@applying.arguments(schemas.CaseIn)
@applying.response(201, schemas.CaseOut)
def open_case(body: dict[str, Any]) -> Any:
    """Open a draft; the case number is given here (FIL-19)"""
    return shown(drafts.open_draft(**body, key=request.headers.get(HEADER)))


@applying.get("/cases")
@allow(*READING)
@applying.arguments(schemas.ListArgs, location="query")
@applying.response(200, page_schema(schemas.CaseBrief))
def list_cases(arguments: dict[str, Any]) -> Any:
    """The caller's cases, newest application first (FIL-14, FIL-16, FIL-17)"""
    query, ways, own = views.listed(arguments)
    limits = {"limit": arguments["limit"], "cursor": arguments["cursor"]}
    found = page(query, [Case.opened_at], **limits, ways=ways, kept=own)
    return found | {"items": views.briefs(found["items"])}


@applying.get("/progress")
@allow(Public())
@applying.arguments(schemas.ProgressArgs, location="query")
@applying.response(200, schemas.ProgressOut)
def progress(arguments: dict[str, Any]) -> Any:
    """Progress by case number and the last four digits of the phone (FIL-21)"""
    return views.progress(**arguments)


@applying.get("/cases/<case_no>")
@allow(*READING)
@applying.response(200, schemas.CaseOut)
def get_case(case_no: str) -> Any:
    """One case with everything that belongs to it (FIL-14)"""
    return shown(views.read(case_no))


@applying.patch("/cases/<case_no>")
@allow(*APPLICANT)
@applying.arguments(schemas.CaseChange)
@applying.response(200, schemas.CaseOut)
def change_case(body: dict[str, Any], case_no: str) -> Any:
    """Save what has been filled in (FIL-13)"""
    return shown(drafts.change(case_no, body))


@applying.delete("/cases/<case_no>")
@allow(*APPLICANT)
@applying.response(204)
def delete_case(case_no: str) -> None:
    """Delete the draft and its files (C2)"""
    drafts.delete(case_no)


@applying.get("/cases/<case_no>/history")
@allow(*READING)
@applying.response(200, schemas.HistoryList)
def get_history(case_no: str) -> Any:
    """Every step: who, when, with what opinion (FIL-33)"""
    return views.timeline(views.read(case_no))


@applying.get("/cases/<case_no>/deadlines")
@allow(*READING)
@applying.response(200, schemas.DeadlineList)
def get_deadlines(case_no: str) -> Any:
    """Every limit with its explanation (TIM-10)"""
    return views.limits(views.read(case_no))


@applying.put("/cases/<case_no>/materials/<code>/files/<name>")
@allow(*APPLICANT)
@applying.doc(**_FILE)
@applying.arguments(schemas.WayArgs, location="query")
@applying.response(201, schemas.FileOut)
def upload_file(arguments: dict[str, Any], case_no: str, code: str, name: str) -> Any:
    """Upload one file of a material, streamed; under 300 MB (FIL-07)"""
    case, stored = materials.upload(case_no, code, name, *body_stream(), **arguments)
    etag.set(case)
    return views.file_facts(stored)


@applying.delete("/cases/<case_no>/materials/<code>/files/<name>")
@allow(*APPLICANT)
@applying.response(200, schemas.CaseOut)
def delete_file(case_no: str, code: str, name: str) -> Any:
    """Take back a file that has not been sent yet (FIL-13)"""
    return shown(materials.delete_file(case_no, code, name))


@applying.get("/cases/<case_no>/files/<file_id>")
@allow(*READING)
def download_file(case_no: str, file_id: str) -> Response:
    """Download a file of the case (FIL-14)"""
    row = materials.readable(views.read(case_no), file_id)
    path = storage.locate(row.path).resolve()
    response = send_file(path, mimetype=row.mime, as_attachment=True, download_name=row.name, etag=row.sha256)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@applying.get("/cases/<case_no>/documents/<document_id>")
@allow(*READING)
def read_document(case_no: str, document_id: str) -> Response:
    """A document that the hall issued, as HTML (FIL-30)"""
    case = views.read(case_no)
    row = Document.get_or_refuse((Document.id == document_id) & (Document.case == case.id))
    response = Response(documents.page(row), mimetype="text/html")
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response


@applying.post("/cases/<case_no>/materials/<code>/deferral")
@allow(*APPLICANT)
@applying.arguments(schemas.DeferralIn)
@applying.response(200, schemas.CaseOut)
def defer_material(body: dict[str, Any], case_no: str, code: str) -> Any:
    """Promise to supply the material later, or take that back (FIL-09)"""
    return shown(materials.defer(case_no, code, wanted=body["deferred"]))


@applying.get("/cases/<case_no>/commitment-letter")
@allow(*READING)
@applying.response(200, schemas.LetterOut)
def read_letter(case_no: str) -> Any:
    """The text of the commitment letter to sign (FIL-10)"""
    return letters.text(views.read(case_no))


@applying.put("/cases/<case_no>/commitment-letter")
@allow(*APPLICANT)
@applying.doc(
    parameters=[{"in": "query", "name": "name", "schema": {"type": "string"}, "description": "file name"}], **_FILE
)
@applying.response(200, schemas.CaseOut)
def sign_letter(case_no: str) -> Any:
    """Upload the signed commitment letter; the promise runs from now (FIL-10)"""
    return shown(letters.sign(case_no, request.args.get("name", "承诺书.pdf"), *body_stream()))


@applying.post("/cases/<case_no>/submission")
@allow(*APPLICANT)
@applying.response(200, schemas.CaseOut)
def submit_case(case_no: str) -> Any:
    """Send the case (C3)"""
    return shown(submission.submit(case_no))


@applying.post("/cases/<case_no>/withdrawal")
@allow(*APPLICANT)
@applying.arguments(schemas.WithdrawalIn)
@applying.response(200, schemas.CaseOut)
def withdraw_case(body: dict[str, Any], case_no: str) -> Any:
    """Take the case back before the decision (C24)"""
    return shown(handling.withdraw(case_no, body["reason"]))


@applying.post("/cases/<case_no>/conversion")
@allow(*APPLICANT)
@applying.response(200, schemas.CaseOut)
def convert_case(case_no: str) -> Any:
    """Go on in the ordinary way, with all material (C26)"""
    return shown(suspension.convert(case_no))


# --- windows ----------------------------------------------------------------------------------------------------------


@windows.post("/cases/<case_no>/view")
@allow(Staff("window_clerk"))
@windows.response(200, schemas.CaseOut)
def view_case(case_no: str) -> Any:
    """Open the pushed material; stops the 15-minute clocks (C5, C6)"""
    return shown(intake.view(case_no))


@windows.post("/cases/<case_no>/acceptance")
@allow(Staff("window_clerk"))
@windows.arguments(schemas.AcceptanceIn)
@windows.response(200, schemas.CaseOut)
def accept_case(body: dict[str, Any], case_no: str) -> Any:
    """Accept (C11); what is only to be put right on paper may wait until the result is collected (FIL-31)"""
    at_pickup = [{"code": entry["material"], "reason": entry["reason"]} for entry in body["at_pickup"]]
    return shown(intake.accept(case_no, body["opinion"], at_pickup))


@windows.post("/cases/<case_no>/refusal-to-accept")
@allow(Staff("window_clerk"))
@windows.arguments(schemas.RefusalToAcceptIn)
@windows.response(200, schemas.CaseOut)
def refuse_to_accept(body: dict[str, Any], case_no: str) -> Any:
    """Not accepted, with a reason of the closed list (C15)"""
    return shown(intake.not_accept(case_no, **body))


@windows.post("/cases/<case_no>/correction")
@allow(Staff("window_clerk", "unit_leader"))
@windows.arguments(schemas.CorrectionIn)
@windows.response(200, schemas.CaseOut)
def request_correction(body: dict[str, Any], case_no: str) -> Any:
    """Tell the applicant once everything that has to be corrected (C12)"""
    defects = [{"code": entry["material"], "reason": entry["reason"]} for entry in body["defects"]]
    return shown(corrections.request(case_no, defects, body["justification"]))


@windows.post("/cases/<case_no>/corrections-answer")
@allow(*APPLICANT)
@windows.arguments(schemas.AnswerIn)
@windows.response(200, schemas.CaseOut)
def answer_correction(body: dict[str, Any], case_no: str) -> Any:
    """Send in the corrected material (C13)"""
    return shown(corrections.answer(case_no, body["remarks"]))


@windows.post("/cases/<case_no>/correction-extension")
@allow(*APPLICANT)
@windows.arguments(schemas.ReasonIn)
@windows.response(200, schemas.CaseOut)
def extend_correction(body: dict[str, Any], case_no: str) -> Any:
    """More time for the correction, once (FIL-28)"""
    return shown(corrections.extend(case_no, body["reason"]))


@windows.post("/cases/<case_no>/agreed-reply")
@allow(Staff("window_clerk"))
@windows.arguments(schemas.AgreedReplyIn)
@windows.response(200, schemas.CaseOut)
def agree_reply(body: dict[str, Any], case_no: str) -> Any:
    """When the accepting window will answer (FIL-56)"""
    return shown(intake.agree_reply(case_no, body["at"]))


@windows.post("/cases/<case_no>/dispatch")
@allow(Staff("window_clerk", "window_manager"))
@windows.arguments(schemas.DispatchIn)
@windows.response(200, schemas.CaseOut)
def dispatch_case(body: dict[str, Any], case_no: str) -> Any:
    """Push a counter filing to the accepting window, or again after a return (C4, C10)"""
    return shown(samecity.dispatch(case_no, **body))


@windows.post("/cases/<case_no>/return")
@allow(Staff("window_clerk"))
@windows.arguments(schemas.ReturnIn)
@windows.response(200, schemas.CaseOut)
def return_case(body: dict[str, Any], case_no: str) -> Any:
    """Not this department's case (C9)"""
    return shown(samecity.give_back(case_no, body["opinion"]))


@windows.post("/cases/<case_no>/paper-transfer")
@allow(Staff("window_clerk"))
@windows.response(200, schemas.CaseOut)
def transfer_paper(case_no: str) -> Any:
    """The paper of a same-city case has come to the department (FIL-63)"""
    return shown(samecity.transfer_paper(case_no))


# --- handling ---------------------------------------------------------------------------------------------------------


@handling_.post("/cases/<case_no>/examination")
@allow(Staff("reviewer"))
@handling_.response(200, schemas.CaseOut)
def take_case(case_no: str) -> Any:
    """Take the case for review (C16)"""
    return shown(handling.take(case_no))


@handling_.post("/cases/<case_no>/review")
@allow(Staff("reviewer"))
@handling_.arguments(schemas.ReviewIn)
@handling_.response(200, schemas.CaseOut)
def review_case(body: dict[str, Any], case_no: str) -> Any:
    """Give the review opinion (C17)"""
    return shown(handling.review(case_no, **body))


@handling_.post("/cases/<case_no>/sending-back")
@allow(Staff("decider"))
@handling_.arguments(schemas.ReasonIn)
@handling_.response(200, schemas.CaseOut)
def send_back(body: dict[str, Any], case_no: str) -> Any:
    """Back to the reviewer (C18)"""
    return shown(handling.send_back(case_no, body["reason"]))


@handling_.post("/cases/<case_no>/decision")
@allow(Staff("decider"))
@handling_.arguments(schemas.DecisionIn)
@handling_.response(200, schemas.CaseOut)
def decide_case(body: dict[str, Any], case_no: str) -> Any:
    """Grant or refuse (C22, C23)"""
    return shown(decisions.decide(case_no, **body))


@handling_.post("/cases/<case_no>/special-procedure")
@allow(Staff("reviewer", "decider"))
@handling_.arguments(schemas.SpecialIn)
@handling_.response(200, schemas.CaseOut)
def propose_special(body: dict[str, Any], case_no: str) -> Any:
    """Ask for a special procedure; a decider's own request starts it (C19)"""
    return shown(special.propose(case_no, **body))


@handling_.post("/cases/<case_no>/special-procedure/approval")
@allow(Staff("decider"))
@handling_.arguments(schemas.ApprovalIn)
@handling_.response(200, schemas.CaseOut)
def approve_special(body: dict[str, Any], case_no: str) -> Any:
    """Approve or refuse it (C19)"""
    return shown(special.decide(case_no, **body))


@handling_.post("/cases/<case_no>/special-procedure/result")
@allow(Staff("reviewer", "decider"))
@handling_.arguments(schemas.ResultIn)
@handling_.response(200, schemas.CaseOut)
def finish_special(body: dict[str, Any], case_no: str) -> Any:
    """Its result; the clock runs again (C20)"""
    return shown(special.finish(case_no, body["result"]))


@handling_.post("/cases/<case_no>/extension")
@allow(Staff("unit_leader"))
@handling_.arguments(schemas.ExtensionIn)
@handling_.response(200, schemas.CaseOut)
def extend_case(body: dict[str, Any], case_no: str) -> Any:
    """Extend the limit once (C21)"""
    return shown(handling.extend(case_no, **body))


@handling_.post("/cases/<case_no>/parallel-opinions/<org>")
@allow(Staff("reviewer", "decider"))
@handling_.arguments(schemas.ParallelIn)
@handling_.response(200, schemas.CaseOut)
def give_parallel_opinion(body: dict[str, Any], case_no: str, org: str) -> Any:
    """A participant's opinion (C31)"""
    return shown(parallel.answer(case_no, org, **body))


# --- promise, delivery, revocation ------------------------------------------------------------------------------------


@results.post("/cases/<case_no>/supply")
@allow(*APPLICANT)
@results.response(200, schemas.CaseOut)
def supply_materials(case_no: str) -> Any:
    """Send in the promised material that was uploaded (FIL-70)"""
    return shown(commitments.supply(case_no))


@results.post("/cases/<case_no>/supply-check")
@allow(Staff("reviewer"))
@results.arguments(schemas.SupplyCheckIn)
@results.response(200, schemas.CaseOut)
def check_supply(body: dict[str, Any], case_no: str) -> Any:
    """Check what was supplied (FIL-71, FIL-73)"""
    return shown(commitments.check(case_no, body["results"]))


@results.post("/cases/<case_no>/readiness")
@allow(Staff("window_clerk"))
@results.response(200, schemas.CaseOut)
def make_ready(case_no: str) -> Any:
    """Let the result be collected at the window after all (C28)"""
    return shown(delivery.make_ready(case_no))


@results.post("/cases/<case_no>/collection")
@allow(Staff("window_clerk"))
@results.arguments(schemas.CollectionIn)
@results.response(200, schemas.CaseOut)
def collect_result(body: dict[str, Any], case_no: str) -> Any:
    """Hand the result over (C29)"""
    return shown(delivery.collect(case_no, **body))


@results.post("/cases/<case_no>/revocation")
@allow(Staff("decider"))
@results.arguments(schemas.RevocationIn)
@results.response(200, schemas.CaseOut)
def propose_revocation(body: dict[str, Any], case_no: str) -> Any:
    """Tell the party that its result is to be revoked; it is heard for three working days (FIL-80)"""
    return shown(revocations.propose(case_no, **body))


@results.post("/cases/<case_no>/revocation/defence")
@allow(Citizen(verified=True))
@results.arguments(schemas.StatementIn)
@results.response(200, schemas.CaseOut)
def defend(body: dict[str, Any], case_no: str) -> Any:
    """The party's statement and defence (FIL-80)"""
    return shown(revocations.defend(case_no, body["statement"]))


@results.post("/cases/<case_no>/revocation/decision")
@allow(Staff("decider"))
@results.arguments(schemas.FollowIn)
@results.response(200, schemas.CaseOut)
def decide_revocation(body: dict[str, Any], case_no: str) -> Any:
    """Revoke after the hearing, or drop it (C27)"""
    return shown(revocations.decide(case_no, **body))


@results.post("/cases/<case_no>/revocation-proposals/<proposal_id>/answer")
@allow(Staff("decider"))
@results.arguments(schemas.FollowIn)
@results.response(200, schemas.CaseOut)
def answer_proposal(body: dict[str, Any], case_no: str, proposal_id: str) -> Any:
    """Follow supervision's proposal at once, or explain why not (FIL-78)"""
    return shown(revocations.answer_proposal(case_no, proposal_id, **body))
