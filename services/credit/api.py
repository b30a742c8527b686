"""HTTP interface of the credit archive."""

from typing import Any

from flask_smorest import Blueprint

from chassis.auth import Citizen, Peer, Staff, actor, allow
from chassis.paging import page, page_schema
from chassis.scope import covered
from services.credit import archive, records, schemas, shares
from services.credit.models import Record, Share

archives = Blueprint("archives", __name__, description="诚信档案 the credit archive")

OFFICE = Staff("service_office", shared="the offices serve one exchange platform, without personal data (CRE-42)")


@archives.get("/restrictions/<subject_ref>")
@allow(Peer(), Citizen())
@archives.response(200, schemas.Restrictions)
def restrictions(subject_ref: str) -> Any:
    """What a party may not use now, and until when (CRE-11)"""
    return archive.restrictions(subject_ref)


@archives.get("/subjects/me")
@allow(Citizen())
@archives.response(200, schemas.Archive)
def own_archive() -> Any:
    """The caller's whole own archive, with every reader of it (CRE-41)"""
    return archive.own()


@archives.get("/subjects/<subject_ref>")
@allow(Staff("credit_admin", "service_office", shared="one archive for the city; the party sees each reader (CRE-41)"))
@archives.arguments(schemas.ConsultArgs, location="query")
@archives.response(200, schemas.ConsultedArchive)
def consult(arguments: dict[str, Any], subject_ref: str) -> Any:
    """Another party's archive; the reading is noted with its reason (ID-38)"""
    return archive.consult(subject_ref, arguments["reason"])


@archives.get("/records")
@allow(Staff("credit_admin"))
@archives.arguments(schemas.RecordArgs, location="query")
@archives.response(200, page_schema(schemas.RecordOut))
def list_records(arguments: dict[str, Any]) -> Any:
    """Records that the caller's organs have to judge or have judged (CRE-05)"""
    own = covered(actor(), ("credit_admin",), Record.judging_org, Record.item_code)
    query = Record.select().where(Record.state == arguments["state"], own)
    return page(query, [Record.created_at], archive.shown, limit=arguments["limit"], cursor=arguments["cursor"])


@archives.post("/records/<record_id>/determination")
@allow(Staff("credit_admin"))
@archives.arguments(schemas.Determination)
@archives.response(200, schemas.RecordOut)
def determine(body: dict[str, Any], record_id: str) -> Any:
    """Confirm or dismiss a pending failing (CRE-05)"""
    return records.determine(record_id, **body)


@archives.get("/shares")
@allow(Staff("credit_admin"), OFFICE)
@archives.arguments(schemas.ShareArgs, location="query")
@archives.response(200, page_schema(schemas.ShareOut))
def list_shares(arguments: dict[str, Any]) -> Any:
    """Decisions that the exchange platform must have within 7 working days; a unit sees its own (FIL-45)"""
    query = Share.select().where(Share.shared_at.is_null(arguments["open"]))
    if not actor().has_role("service_office"):
        query = query.where(covered(actor(), ("credit_admin",), Share.org, Share.item_code))
    return page(query, [Share.due], limit=arguments["limit"], cursor=arguments["cursor"], newest_first=False)


@archives.post("/shares/<share_id>/receipt")
@allow(OFFICE)
@archives.arguments(schemas.Receipt)
@archives.response(200, schemas.ShareOut)
def receipt(body: dict[str, Any], share_id: str) -> Any:
    """Note the platform's receipt of a decision (CRE-42)"""
    return shares.receipt(share_id, body["number"])
