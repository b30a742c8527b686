"""HTTP interface of the notifier: changes to parcels, batches of paper, who pays, nodes of unknown parcels."""

from typing import Any

from flask_smorest import Blueprint

from chassis.auth import Citizen, Staff, allow
from chassis.idempotency import idempotent
from chassis.paging import PageArgs, page, page_schema
from services.notifier import batches, changes, papers, payers, schemas, shipment_views, shipments
from services.notifier.models import Paper, PayerRule, StrayTrack

parcels = Blueprint("notifier_parcels", __name__, description="邮政速递 changes to parcels, batches of paper, payers")


@parcels.put("/shipments/<shipment_id>/address")
@allow(Citizen())
@parcels.arguments(schemas.AddressIn)
@parcels.response(200, schemas.ShipmentOut)
def redirect_shipment(body: dict[str, Any], shipment_id: str) -> Any:
    """Send the own parcel to another address, until it is ordered (NOT-26)"""
    return shipment_views.shown(changes.redirect(shipment_id, body["address_ref"]), [])


@parcels.post("/shipments/<shipment_id>/withdrawal")
@allow(Citizen(), Staff(*shipments.WINDOW, "system_admin"))
@parcels.arguments(schemas.WithdrawalIn)
@parcels.response(200, schemas.ShipmentOut)
def withdraw_shipment(body: dict[str, Any], shipment_id: str) -> Any:
    """Do not send a parcel that was not picked up yet"""
    return shipment_views.shown(changes.withdraw(shipment_id, body["reason"]), [])


@parcels.put("/shipments/<shipment_id>/choice")
@allow(Citizen())
@parcels.arguments(schemas.ChoiceIn)
@parcels.response(200, schemas.ShipmentOut)
def choose_after_return(body: dict[str, Any], shipment_id: str) -> Any:
    """Collect what came back at the window, or have it sent once more (NOT-24)"""
    return shipment_views.shown(changes.choose(shipment_id, body["way"], body["address_ref"]), [])


# --- paper between halls ------------------------------------------------------------------------------------------


@parcels.get("/papers")
@allow(Staff(*papers.WINDOW))
@parcels.arguments(PageArgs, location="query")
@parcels.response(200, page_schema(schemas.PaperOut))
def list_papers(arguments: dict[str, Any]) -> Any:
    """The papers that the caller's windows have to move (FIL-63)"""
    return page(papers.waiting(), [Paper.created_at], limit=arguments["limit"], cursor=arguments["cursor"])


@parcels.post("/batches")
@allow(Staff(*papers.WINDOW))
@idempotent
@parcels.arguments(schemas.BatchIn)
@parcels.response(201, schemas.ShipmentOut)
def send_batch(body: dict[str, Any]) -> Any:
    """Send the papers of several cases in one parcel (NOT-25)"""
    return shipment_views.shown(batches.send(body["from_org"], body["to_org"], body["case_nos"]), [])


@parcels.post("/batches/scan")
@allow(Staff(*papers.WINDOW))
@parcels.arguments(schemas.ScanIn)
@parcels.response(200, schemas.ScanOut)
def scan_batch(body: dict[str, Any]) -> Any:
    """Receipt a batch paper by paper (NOT-25, FIL-63)"""
    return batches.scan(body["number"], body["case_nos"])


# --- operators ----------------------------------------------------------------------------------------------------


@parcels.get("/stray-tracks")
@allow(Staff("system_admin", "auditor"))
@parcels.arguments(PageArgs, location="query")
@parcels.response(200, page_schema(schemas.StrayOut))
def list_strays(arguments: dict[str, Any]) -> Any:
    """Nodes of parcels that nobody here has ordered (NOT-24)"""
    return page(StrayTrack.select(), [StrayTrack.created_at], limit=arguments["limit"], cursor=arguments["cursor"])


@parcels.get("/payer-rules")
@allow(Staff("system_admin", "service_office", "auditor", shared="whose contract pays, without persons (FIL-61)"))
@parcels.response(200, schemas.PayerRulesOut)
def list_payer_rules() -> Any:
    """Which contract is charged for whose parcels (FIL-61)"""
    return {"items": PayerRule.select().order_by(PayerRule.payer)}


@parcels.put("/payer-rules/<payer>")
@allow(Staff("system_admin", "service_office"))
@parcels.arguments(schemas.PayerRuleIn)
@parcels.response(200, schemas.PayerRuleOut)
def set_payer_rule(body: dict[str, Any], payer: str) -> Any:
    """Set the rule of a district's organisation, or of the service office (FIL-61)"""
    return payers.decide(payer, body["account"], body["billed_org"])
