"""HTTP interface of the back office: work lists, statistics, clock, rules, reports, imports, publication."""

from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from chassis import etag, sheets
from chassis.arguments import at_most
from chassis.auth import Peer, Public, Staff, allow
from chassis.idempotency import idempotent
from chassis.paging import page, page_schema
from services.filing import (
    handling,
    import_files,
    imports,
    instant,
    ledgers,
    lieu,
    originals,
    parallel,
    publication,
    pushes,
    reports,
    schemas,
    statistics,
    views,
    worklists,
)
from services.filing.api import APPLICANT, READING, shown
from services.filing.cases import HANDLERS, OVERSEERS
from services.filing.models import ArchiveEntry, Push

backoffice = Blueprint("backoffice", __name__, description="后台 work lists, statistics, exchange")

OFFICE = Staff(*HANDLERS, *OVERSEERS)


# --- lists ------------------------------------------------------------------------------------------------------------


@backoffice.get("/queues")
@allow(OFFICE)
@backoffice.response(200, schemas.QueueCounts)
def queue_counts() -> Any:
    """How many cases wait in each step of the caller's work (FIL-90)"""
    return {"counts": worklists.counts()}


@backoffice.get("/worklist")
@allow(OFFICE)
@backoffice.arguments(schemas.WorklistArgs, location="query")
@backoffice.response(200, page_schema(schemas.WorkRow))
def worklist(arguments: dict[str, Any]) -> Any:
    """待办 (green channel first, then oldest), 已办, 退回, 在办, 办结, exceptions, orders, 综合查询 (FIL-90, FIL-42)"""
    walk = worklists.walk(arguments["list"], arguments)
    limits = {"limit": arguments["limit"], "cursor": arguments["cursor"]}
    found = page(walk.query, walk.keys, **limits, newest_first=walk.newest_first, ways=walk.ways, kept=walk.kept)
    return found | {"items": worklists.rows(found["items"])}


@backoffice.get("/statistics")
@allow(OFFICE)
@backoffice.arguments(schemas.StatisticArgs, location="query")
@backoffice.response(200, schemas.StatisticOut)
def statistic(arguments: dict[str, Any]) -> Any:
    """One of the seven statistics of the caller's organisations (FIL-91)"""
    return statistics.of(**arguments)


@backoffice.get("/publications")
@allow(Public())
@backoffice.arguments(schemas.PublicationArgs, location="query")
@backoffice.response(200, page_schema(schemas.PublicationRow))
def publish(arguments: dict[str, Any]) -> Any:
    """What was decided, naming nobody (FIL-95)"""
    query = publication.listed(arguments.get("org"), arguments.get("item_code"))
    found = page(query, [ArchiveEntry.archived_at], limit=arguments["limit"], cursor=arguments["cursor"])
    return found | {"items": publication.rows(found["items"])}


@backoffice.get("/pushes")
@allow(Staff("coordinator", *OVERSEERS))
@backoffice.arguments(schemas.PushArgs, location="query")
@backoffice.response(200, page_schema(schemas.PushRow))
def push_list(arguments: dict[str, Any]) -> Any:
    """Ended cases on their way to supervision: which office has not confirmed what (SUP-03)"""
    query = pushes.listed(confirmed=arguments["confirmed"])
    return page(query, [Push.pushed_at], limit=arguments["limit"], cursor=arguments["cursor"])


# --- one case ---------------------------------------------------------------------------------------------------------


@backoffice.get("/cases/<case_no>/clock")
@allow(*READING)
@backoffice.response(200, schemas.LedgerOut)
def clock_ledger(case_no: str) -> Any:
    """Every limit of the case as a ledger in words: started, stopped, resumed, extended, computed again (TIM-10)"""
    return {"items": ledgers.of(views.read(case_no))}


@backoffice.get("/cases/<case_no>/evaluations")
@allow(*READING)
@backoffice.response(200, schemas.EvaluationList)
def evaluations(case_no: str) -> Any:
    """What the rules found, condition by condition (FIL-40)"""
    return {"items": instant.of(views.read(case_no))}


@backoffice.post("/cases/<case_no>/materials/<code>/letter-in-lieu")
@allow(*APPLICANT)
@backoffice.arguments(schemas.LetterInLieuIn)
@backoffice.response(200, schemas.CaseOut)
def use_letter(body: dict[str, Any], case_no: str, code: str) -> Any:
    """The department's letter that was uploaded stands for the certificate (FIL-41)"""
    return shown(lieu.use(case_no, code, **body))


@backoffice.post("/cases/<case_no>/green-channel")
@allow(Staff(*handling.GREEN_KEEPERS))
@backoffice.arguments(schemas.GreenIn)
@backoffice.response(200, schemas.CaseOut)
def green_channel(body: dict[str, Any], case_no: str) -> Any:
    """Before the others in every work list, or no longer (FIL-42)"""
    return shown(handling.set_green(case_no, body["reason"], wanted=body["wanted"]))


@backoffice.post("/cases/<case_no>/report")
@allow(Staff("reviewer", "decider", "unit_leader"))
@backoffice.arguments(schemas.ReportIn)
@backoffice.response(200, schemas.CaseOut)
def lay_report(body: dict[str, Any], case_no: str) -> Any:
    """Lay the case before the higher level (FIL-42)"""
    return shown(reports.lay(case_no, **body))


@backoffice.post("/cases/<case_no>/report/answer")
@allow(Staff("reviewer", "decider", "unit_leader"))
@backoffice.arguments(schemas.OpinionIn)
@backoffice.response(200, schemas.CaseOut)
def answer_report(body: dict[str, Any], case_no: str) -> Any:
    """The higher level's opinion; the case goes on (FIL-42)"""
    return shown(reports.answer(case_no, **body))


@backoffice.post("/cases/<case_no>/joint-meetings")
@allow(Staff("reviewer", "decider"))
@backoffice.arguments(schemas.MeetingIn)
@backoffice.response(200, schemas.CaseOut)
def hold_meeting(body: dict[str, Any], case_no: str) -> Any:
    """Record a joint meeting of the participants (FIL-38)"""
    return shown(parallel.meet(case_no, **body))


@backoffice.post("/cases/<case_no>/originals")
@allow(Staff("window_clerk"))
@backoffice.arguments(schemas.OriginalsIn)
@backoffice.response(200, schemas.CaseOut)
def receive_originals(body: dict[str, Any], case_no: str) -> Any:
    """The originals are here and have been compared (FIL-49)"""
    return shown(originals.receive(case_no, **body))


# --- other systems ----------------------------------------------------------------------------------------------------


@backoffice.put("/imports/<number>")
@allow(Peer())
@backoffice.arguments(schemas.ImportIn)
@backoffice.response(200, schemas.CaseOut)
def import_case(body: dict[str, Any], number: str) -> Any:
    """Record a case of the calling system, or what is new of it (FIL-93)"""
    case, outcome = imports.take(number, body)
    etag.set(case)
    return views.whole(case), 201 if outcome == "recorded" else 200


@backoffice.get("/imports/<number>")
@allow(Peer())
@backoffice.response(200, schemas.CaseOut)
def read_import(number: str) -> Any:
    """The case that the calling system sent under this number, as it stands here (FIL-93)"""
    return shown(imports.of(number))


@backoffice.post("/case-imports")
@allow(Staff(*import_files.IMPORTERS))
@at_most(import_files.MOST_BYTES)
@idempotent
@backoffice.doc(requestBody=schemas.file_of(sheets.JSON, sheets.XLSX))
@backoffice.arguments(schemas.CaseImportArgs, location="query")
@backoffice.response(200, schemas.CaseImportOut)
def import_cases(arguments: dict[str, Any]) -> Any:
    """Record the cases of another system from a JSON or .xlsx file, all or none, with a report row by row (FIL-93)"""
    return import_files.take_in(request.get_data(cache=False), request.mimetype, **arguments)


@backoffice.get("/case-imports/blank")
@allow(Staff(*import_files.IMPORTERS))
@backoffice.response(200, schemas.BINARY, content_type=sheets.XLSX)
def blank_import() -> Any:
    """The blank workbook for cases of another system (FIL-93)"""
    response = Response(import_files.blank(), content_type=sheets.XLSX)
    response.headers["Content-Disposition"] = 'attachment; filename="cases.xlsx"'
    return response
