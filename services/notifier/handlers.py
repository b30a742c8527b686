"""Consumed events and commands → rows. What is said to whom stands in `notices`."""

from typing import Any

from contracts.registry import find as find_type
from services.notifier import changes, messages, shipments
from services.notifier.models import Org
from services.notifier.notices import TABLE, Notice
from services.notifier.templates import find


def announce(event: Any) -> None:
    """Write down what this event makes known, for everybody it concerns (NOT-01, NOT-02)."""
    event_type = find_type(event.type)
    assert event_type is not None
    decided = TABLE[event_type]
    for notice in decided if isinstance(decided, tuple) else ():
        if notice.when(event):
            _write(notice, event)


def _write(notice: Notice, event: Any) -> None:
    recipients = notice.recipients(event)
    template = find(notice.template)
    if not recipients or template is None:
        return
    params = notice.params(event)
    for recipient in recipients:
        messages.tell(
            template,
            recipient,
            params,
            cause=event.id,
            cause_type=event.type,
            case_id=event.data.get("case_id"),
            case_no=event.data.get("case_no"),
            org=event.org or event.data.get("approving_org"),
        )


def case_revoked(event: Any) -> None:
    """The paper of a revoked result stays where it is."""
    shipments.case_revoked(event.case_id)


def result_collected(event: Any) -> None:
    """What was handed over at a window need not be sent."""
    changes.collected(event.case_id)


def org_changed(event: Any) -> None:
    """Keep names and posts current; only what is newer is taken."""
    facts = {
        "name": event.org_name,
        "kind": event.org_kind,
        "parent": event.parent_code,
        "sequence": event.sequence,
    }
    row = Org.locked(Org.code == event.org_code)
    if row is None:
        Org.create(code=event.org_code, **facts)
    elif event.sequence > row.sequence:
        for name, value in facts.items():
            setattr(row, name, value)
        row.save()


def send_sms(events: list[Any]) -> None:
    """Carry out the commands to send a message each (NOT-01)."""
    messages.order(events)


def ship(event: Any) -> None:
    """Carry out the command to order a parcel (NOT-23)."""
    shipments.request(event)
