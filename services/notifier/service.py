"""Wires the notifier: api, handlers, due work, and the loops that speak to carriers."""

from typing import Any

from chassis.service import Service
from contracts.commands import notifier as commands
from contracts.events import catalog, filing
from services.notifier import carriers, changes, handlers, messages, papers, receipts, replies, sending, shipments
from services.notifier.api import notifier
from services.notifier.api_inbox import inbox
from services.notifier.api_ops import operations
from services.notifier.api_parcels import parcels
from services.notifier.models import database
from services.notifier.notices import TABLE

service = Service(
    "notifier", database=database, api=[notifier, inbox, parcels, operations], title="短信与邮政速递 Notifier"
)

service.on_batch(commands.SendSms)(handlers.send_sms)
service.on(commands.Ship)(handlers.ship)
service.on(catalog.OrgChanged)(handlers.org_changed)
service.follow_calendar(catalog.CalendarYearPublished)
service.on(filing.CaseRevoked)(handlers.case_revoked)
service.on(filing.ResultCollected)(handlers.result_collected)
service.on(filing.CaseDispatched)(papers.dispatched)
service.on(filing.PaperTransferred)(papers.moved)
for event_type, decided in TABLE.items():
    if isinstance(decided, tuple):
        service.on(event_type)(handlers.announce)


@service.due(messages.RECEIPT_WAIT)
def receipt_missing(deadline: Any) -> None:
    """Ten minutes without a receipt for an escalation."""
    messages.receipt_missing(deadline.subject)


@service.due(shipments.ORDER_LIMIT)
def not_ordered(deadline: Any) -> None:
    """One working day without an order."""
    shipments.not_ordered(deadline.subject)


@service.due(shipments.PICKUP)
def not_picked_up(deadline: Any) -> None:
    """Two working days without a pick-up."""
    shipments.not_picked_up(deadline.subject)


@service.due(shipments.SILENT)
def track_silent(deadline: Any) -> None:
    """Five days without a node."""
    shipments.silent(deadline.subject)


@service.loop("sms-codes", pause=0.5)
def send_codes() -> int:
    """Codes stand behind nothing (NOT-06)."""
    return sending.send_waiting(lanes=(messages.CODES,))


@service.loop("sms-urgent", pause=0.5)
def send_urgent() -> int:
    """Codes and escalations do not stand behind a backlog (NOT-06)."""
    return sending.send_waiting(lanes=(messages.CODES, messages.URGENT))


@service.loop("sms", pause=0.5)
def send() -> int:
    """Everything that may go out now."""
    return sending.send_waiting()


@service.loop("sms-query", pause=1.0)
def ask() -> int:
    """What became of messages whose sending was cut off."""
    return sending.ask_waiting()


@service.loop("sms-receipts", pause=5.0)
def ask_for_receipts() -> int:
    """What became of messages of which nothing was heard (NOT-08)."""
    return receipts.poll_waiting()


@service.loop("sms-sweep", pause=30.0)
def sweep() -> int:
    """What stands still, and carriers that have rested."""
    return (
        receipts.match_strays() + carriers.restore() + receipts.forget() + replies.forget() + receipts.look_for_stuck()
    )


@service.loop("courier-orders", pause=0.5)
def order() -> int:
    """Orders that wait."""
    return shipments.order_waiting()


@service.loop("courier-poll", pause=5.0)
def poll() -> int:
    """Parcels of which nothing was heard."""
    return shipments.poll_silent()


@service.loop("courier-withdrawals", pause=1.0)
def withdraw() -> int:
    """Orders that somebody wants withdrawn."""
    return changes.withdraw_waiting()
