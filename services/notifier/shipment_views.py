"""Parcels as their party and the offices see them, with their way (NOT-22)."""

from typing import Any

from chassis import etag
from chassis.auth import actor
from services.notifier.models import Org, Shipment, Track

SEES_ALL = ("system_admin", "auditor")


def visible() -> Any:
    """The parcels that the caller may see: the own ones, those of the own offices, or all (NOT-22)."""
    who, query = actor(), Shipment.select()
    if who.kind != "staff":
        return query.where(Shipment.recipient_ref == who.id)
    if any(who.has_role(role) for role in SEES_ALL):
        return query
    orgs = {grant.org for grant in who.grants}
    if "*" in orgs:
        return query
    orgs |= _below(_below(who.orgs("service_office")))  # its centre, and the halls of the centre
    return query.where(Shipment.org.in_(orgs) | Shipment.sender_org.in_(orgs))


def _below(orgs: set[str]) -> set[str]:
    """These organisations and what stands directly below them."""
    return orgs | {row.code for row in Org.select(Org.code).where(Org.parent.in_(orgs))} if orgs else orgs


def get(shipment_id: str) -> dict[str, Any]:
    """One parcel with its nodes; somebody else's is not found."""
    row = visible().where(Shipment.id == shipment_id).first() or Shipment.get_or_refuse("-")
    etag.set(row)
    return shown(row, Track.select().where(Track.shipment == row.id).order_by(Track.at, Track.id))


def shown(row: Any, nodes: Any) -> dict[str, Any]:
    """A parcel as its party and the staff see it."""
    names = (
        *("id", "order_no", "case_id", "case_no", "direction", "sender_org", "payer", "content", "state", "waybill_no"),
        *("ordered_at", "picked_up_at", "ended_at", "created_at", "error", "cancel_reason", "choice"),
    )
    return {name: getattr(row, name) for name in names} | {"nodes": list(nodes)}


def with_nodes(rows: list[Any]) -> list[dict[str, Any]]:
    """A page of parcels, their nodes read at once."""
    nodes: dict[str, list[Any]] = {row.id: [] for row in rows}
    for node in Track.select().where(Track.shipment.in_(list(nodes))).order_by(Track.at, Track.id):
        nodes[node.shipment].append(node)
    return [shown(row, nodes[row.id]) for row in rows]
