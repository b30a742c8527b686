"""HTTP interface of the credit archive."""

from typing import Any

from flask_smorest import Blueprint

from chassis import clock
from chassis.auth import Citizen, Peer, Public, Staff, actor, allow
from chassis.idempotency import idempotent
from chassis.paging import PageArgs, page, page_schema
from chassis.scope import covered
from services.credit import access, archive, corrections, records, schemas, shares
from services.credit.models import Consultation, Record, Share

archives = Blueprint("archives", __name__, description="诚信档案 the credit archive")

OFFICE = Staff("service_office", shared="the offices serve one exchange platform, without personal data (CRE-42)")


def own_organs(query: Any, org: Any, item: Any) -> Any:
    """Rows of organs and items that the caller is credit administrator of; the archive's owner sees all (CRE-40)."""
    if access.is_owner():
        return query
    return query.where(covered(actor(), ("credit_admin",), org, item))


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
@allow(Staff("credit_admin", "service_office"))
@archives.arguments(schemas.RecordArgs, location="query")
@archives.response(200, page_schema(schemas.RecordOut))
def list_records(arguments: dict[str, Any]) -> Any:
    """Records that the caller's organs have to judge or have judged (CRE-05); all for the city's office (CRE-40)"""
    query = own_organs(Record.select().where(Record.state == arguments["state"]), Record.judging_org, Record.item_code)
    if arguments["correction_asked"]:
        query = query.where(Record.correction_asked.is_null(False))
    return page(query, [Record.created_at], archive.shown, limit=arguments["limit"], cursor=arguments["cursor"])


@archives.post("/records/<record_id>/determination")
@allow(Staff("credit_admin"))
@archives.arguments(schemas.Determination)
@archives.response(200, schemas.RecordOut)
def determine(body: dict[str, Any], record_id: str) -> Any:
    """Confirm or dismiss a pending failing (CRE-05)"""
    return archive.shown(records.determine(record_id, **body))


@archives.post("/records")
@allow(Staff("credit_admin", "reviewer", "decider"))
@idempotent
@archives.arguments(schemas.Proposal)
@archives.response(201, schemas.RecordOut)
def propose(body: dict[str, Any]) -> Any:
    """Put a failing before the judging organ (CRE-03, CRE-05)"""
    return archive.shown(records.propose_by_hand(**body))


@archives.post("/records/<record_id>/correction")
@allow(Staff("credit_admin"))
@archives.arguments(schemas.CorrectionIn)
@archives.response(200, schemas.RecordOut)
def record_correction(body: dict[str, Any], record_id: str) -> Any:
    """Record the day of correction with evidence (CRE-36)"""
    return archive.shown(corrections.record_correction(record_id, **body))


@archives.post("/records/<record_id>/correction-request")
@allow(Citizen(verified=True))
@archives.arguments(schemas.Text)
@archives.response(200, schemas.RecordOut)
def ask_for_correction(body: dict[str, Any], record_id: str) -> Any:
    """Ask the judging organ to record that the failing is corrected (CRE-36)"""
    return archive.shown(corrections.ask(record_id, body["text"]))


@archives.get("/subjects/me/consultations")
@allow(Citizen())
@archives.arguments(PageArgs, location="query")
@archives.response(200, page_schema(schemas.ConsultationOut))
def own_readers(arguments: dict[str, Any]) -> Any:
    """Everybody who read the caller's archive (CRE-41)"""
    query = archive.readers(actor().id)
    return page(query, [Consultation.at], limit=arguments["limit"], cursor=arguments["cursor"])


@archives.get("/listings")
@allow(Staff(shared="the list is there for every organ to refer to (CRE-12)"))
@archives.arguments(schemas.ListingArgs, location="query")
@archives.response(200, page_schema(schemas.ListingOut))
def list_listings(arguments: dict[str, Any]) -> Any:
    """The list, for reference by every organ (CRE-12)"""
    query = archive.listings(public=False)
    if arguments["subject_ref"]:
        query = query.where(Record.subject_ref == arguments["subject_ref"])
    return page(query, [Record.created_at], archive.named, limit=arguments["limit"], cursor=arguments["cursor"])


@archives.get("/public/listings")
@allow(Public())
@archives.arguments(schemas.PublicArgs, location="query")
@archives.response(200, page_schema(schemas.ListingOut))
def public_listings(arguments: dict[str, Any]) -> Any:
    """Listed legal persons, names masked; natural persons are never shown here (CRE-41)"""
    query = archive.listings(public=True)
    if arguments["record_no"]:
        query = query.where(Record.record_no == arguments["record_no"])
    return page(query, [Record.created_at], archive.named, limit=arguments["limit"], cursor=arguments["cursor"])


@archives.post("/foreign-failings")
@allow(Staff("service_office"), Peer("exchange"))
@archives.arguments(schemas.ForeignIn)
@archives.response(201, schemas.ForeignOut)
def report_foreign(body: dict[str, Any]) -> Any:
    """A failing in another department's credit system, which breaks the clean year (CRE-31)"""
    return corrections.report_foreign(**body)


@archives.get("/shares")
@allow(Staff("credit_admin"), OFFICE, Peer("exchange"))
@archives.arguments(schemas.ShareArgs, location="query")
@archives.response(200, page_schema(schemas.ShareOut))
def list_shares(arguments: dict[str, Any]) -> Any:
    """What the exchange platform must have within 7 working days; a unit sees its own (FIL-45, CRE-42)"""
    query = Share.select().where(Share.shared_at.is_null(arguments["open"]))
    if actor().kind == "staff" and not actor().has_role("service_office"):  # the platform takes everything
        query = own_organs(query, Share.org, Share.item_code)
    if arguments["overdue"]:
        query = query.where(Share.shared_at.is_null(), Share.due < clock.today())
    return page(
        query, [Share.due], shares.shown, limit=arguments["limit"], cursor=arguments["cursor"], newest_first=False
    )


@archives.post("/shares/<share_id>/receipt")
@allow(OFFICE, Peer("exchange"))
@archives.arguments(schemas.Receipt)
@archives.response(200, schemas.ShareOut)
def receipt(body: dict[str, Any], share_id: str) -> Any:
    """Note the platform's receipt (CRE-42)"""
    return shares.receipt(share_id, body["number"])
