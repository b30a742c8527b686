"""HTTP interface of linkage work: daily sheets, weekly records, monthly meetings."""

from typing import Any

from flask_smorest import Blueprint

from chassis.auth import Staff, allow
from chassis.idempotency import idempotent
from chassis.paging import PageArgs, page, page_schema
from services.supervision import meetings, pairs, schemas, sheets, weeks
from services.supervision.models import DailySheet, ExchangeWarning, Meeting, SheetProblem, WeeklyRecord

linkage = Blueprint("linkage", __name__, description="审管联动 linkage work of two offices")

COORDINATOR = Staff("coordinator")
READER = Staff("coordinator", "auditor")


@linkage.get("/sheets")
@allow(READER)
@linkage.arguments(schemas.SheetArgs, location="query")
@linkage.response(200, page_schema(schemas.SheetOut))
def list_sheets(arguments: dict[str, Any]) -> Any:
    """Daily sheets of the caller's offices, on either side (SUP-04)"""
    query = DailySheet.select().where(pairs.own(DailySheet))
    if arguments["state"]:
        query = query.where(DailySheet.state == arguments["state"])
    return page(query, [DailySheet.day], limit=arguments["limit"], cursor=arguments["cursor"])


@linkage.post("/sheets/<sheet_id>/signature")
@allow(COORDINATOR)
@linkage.response(200, schemas.SheetOut)
def sign_sheet(sheet_id: str) -> Any:
    """Sign the numbers of the day for one's own side (SUP-04)"""
    return sheets.sign(sheet_id)


@linkage.post("/sheets/<sheet_id>/problems")
@allow(COORDINATOR)
@idempotent
@linkage.arguments(schemas.ProblemIn)
@linkage.response(201, schemas.ProblemOut)
def add_problem(body: dict[str, Any], sheet_id: str) -> Any:
    """Note a problem with its owner and the day of follow-up (SUP-04)"""
    return sheets.add_problem(sheet_id, **body)


@linkage.get("/problems")
@allow(READER)
@linkage.arguments(PageArgs, location="query")
@linkage.response(200, page_schema(schemas.ProblemOut))
def list_problems(arguments: dict[str, Any]) -> Any:
    """Problems of the exchange of the caller's offices (SUP-04)"""
    own = DailySheet.select(DailySheet.id).where(pairs.own(DailySheet))
    query = SheetProblem.select().where(SheetProblem.sheet_id.in_(own))
    return page(query, [SheetProblem.created_at], limit=arguments["limit"], cursor=arguments["cursor"])


@linkage.post("/problems/<problem_id>/report")
@allow(COORDINATOR)
@linkage.arguments(schemas.ProblemReport)
@linkage.response(200, schemas.ProblemOut)
def report_problem(body: dict[str, Any], problem_id: str) -> Any:
    """Report a problem upwards that the two offices cannot settle (SUP-04)"""
    return sheets.report_problem(problem_id, **body)


@linkage.post("/problems/<problem_id>/outcome")
@allow(COORDINATOR)
@linkage.arguments(schemas.ProblemOutcome)
@linkage.response(200, schemas.ProblemOut)
def settle_problem(body: dict[str, Any], problem_id: str) -> Any:
    """Say how a problem was solved (SUP-04)"""
    return sheets.settle_problem(problem_id, body["text"])


@linkage.get("/weekly-records")
@allow(READER)
@linkage.arguments(PageArgs, location="query")
@linkage.response(200, page_schema(schemas.WeeklyOut))
def list_weekly_records(arguments: dict[str, Any]) -> Any:
    """Weekly records of the caller's offices: owed, filed, missing (SUP-05)"""
    query = WeeklyRecord.select().where(pairs.own(WeeklyRecord))
    return page(query, [WeeklyRecord.meeting_day], limit=arguments["limit"], cursor=arguments["cursor"])


@linkage.put("/weekly-records/<record_id>")
@allow(COORDINATOR)
@linkage.arguments(schemas.WeeklyIn)
@linkage.response(200, schemas.WeeklyOut)
def file_weekly_record(body: dict[str, Any], record_id: str) -> Any:
    """File the record of the weekly meeting (SUP-05)"""
    return weeks.file(record_id, **body)


@linkage.get("/meetings")
@allow(READER)
@linkage.arguments(PageArgs, location="query")
@linkage.response(200, page_schema(schemas.MeetingOut))
def list_meetings(arguments: dict[str, Any]) -> Any:
    """Monthly meetings that the caller's offices convene or attended (SUP-06)"""
    query = Meeting.select().where(meetings.own())
    return page(query, [Meeting.month, Meeting.number], limit=arguments["limit"], cursor=arguments["cursor"])


@linkage.post("/meetings")
@allow(COORDINATOR)
@idempotent
@linkage.arguments(schemas.MeetingIn)
@linkage.response(201, schemas.MeetingOut)
def hold_meeting(body: dict[str, Any]) -> Any:
    """Record a monthly meeting and hand its minutes to every participant (SUP-06)"""
    return meetings.hold(**body)


@linkage.post("/meetings/<meeting_id>/reading")
@allow(COORDINATOR)
@linkage.response(200, schemas.MeetingOut)
def read_minutes(meeting_id: str) -> Any:
    """Take note of the minutes for one's own office (SUP-06)"""
    return meetings.read(meeting_id)


@linkage.get("/warnings")
@allow(READER)
@linkage.arguments(PageArgs, location="query")
@linkage.response(200, page_schema(schemas.WarningOut))
def list_warnings(arguments: dict[str, Any]) -> Any:
    """What is or was about to be overdue between the caller's offices and others (SUP-08)"""
    query = ExchangeWarning.select().where(pairs.own(ExchangeWarning))
    return page(query, [ExchangeWarning.warned_at], limit=arguments["limit"], cursor=arguments["cursor"])
