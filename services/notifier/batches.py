"""Batches of paper between halls by courier: packed at one window, scanned at the other (NOT-25).

The scan, not the courier's word, says that a paper has arrived: it is reported for each case as delivered, and filing
closes the transfer (FIL-63) by it.
"""

from typing import Any

from chassis import clock
from chassis.auth import actor, forbidden
from chassis.errors import Refusal
from chassis.ids import new_id
from contracts.events import notifier as events
from services.notifier import papers, shipments, tasks
from services.notifier.models import Paper, Shipment, database
from services.notifier.papers import TO, WINDOW

NOT_SENT = ("requested", "order_failed", "cancelled")


def send(from_org: str, to_org: str, case_nos: list[str]) -> Any:
    """Put the papers of these cases into one parcel (NOT-25)."""
    actor().require_role(*WINDOW, org=from_org)
    case_nos = list(dict.fromkeys(case_nos))
    with database.transaction():
        number = f"P{clock.local(clock.now()):%Y%m%d}-{new_id()[-8:]}"
        row = shipments.add(
            order_no=number,
            case_id=number,
            case_no=number,
            direction="paper",
            sender_org=from_org,
            recipient_ref=f"role:window_clerk@{to_org}",
            address_ref=f"{TO}{to_org}",
            payer="service_office",
            content=f"同城通办纸质材料{len(case_nos)}件",
            org=to_org,
        )
        mine = papers.waiting().where(Paper.case_no.in_(case_nos), Paper.from_org == from_org, Paper.to_org == to_org)
        free = Paper.id.in_([paper.id for paper in mine]) & Paper.batch.is_null()
        if Paper.update({Paper.batch: row.id}).where(free).execute() != len(case_nos):
            known = {paper.case_no for paper in mine} | {no for _, no in papers.cases(row)}
            raise Refusal(
                "notifier.paper-not-waiting",
                rule="NOT-25",
                zh="有办件的纸质材料不在本窗口待移交，或已装入其他批次。",
                en="The paper of some cases does not wait here, or travels in another batch.",
                next_zh="请从批次中去掉所列办件。",
                next_en="Take the cases that are listed out of the batch.",
                fields={"case_nos": [no for no in case_nos if no not in known] or case_nos},
            )
        shipments.begin(row)
    return row


def scan(number: str, case_nos: list[str]) -> dict[str, Any]:
    """Receipt a batch by its number or waybill: what was scanned has arrived; what was not is looked for (NOT-25)."""
    with database.transaction():
        named = (Shipment.order_no == number) | (Shipment.waybill_no == number)
        row = Shipment.get_or_refuse(Shipment.direction == "paper", named, lock=True)
        to_org, now = row.address_ref.removeprefix(TO), clock.now()
        if not any(actor().has_role(role, to_org) for role in WINDOW):
            raise forbidden("this batch goes to another organisation")
        if row.state in NOT_SENT:
            raise Refusal(
                "notifier.batch-not-sent",
                rule="NOT-25",
                zh="该批次尚未交寄。",
                en="This batch has not been sent.",
                next_zh="请核对批次号或邮件号。",
                next_en="Check the number of the batch or the waybill.",
            )
        inside = list(Paper.select().where(Paper.batch == row.id).order_by(Paper.case_no))
        here = [paper for paper in inside if paper.case_no in case_nos and paper.scanned_at is None]
        fresh = [paper for paper in here if paper.to_org == to_org]
        forward = [paper for paper in here if paper.to_org != to_org]
        if row.state not in shipments.ENDED:
            shipments.track(row.order_no, row.waybill_no, [{"state": "delivered", "text": "收件窗口扫描", "at": now}])
            row = Shipment.locked(row.id)
        for paper in fresh:
            paper.scanned_at, paper.scanned_by = now, actor().id
            paper.save()
            shipments.report_case(events.ShipmentDelivered, row, now, paper.case_id, paper.case_no)
        for paper in forward:  # another department has the case by now: it waits here to be sent on
            paper.batch, paper.from_org = None, to_org
            paper.save()
        missing = [paper for paper in inside if paper.batch and paper.scanned_at is None]
        for paper in missing:
            _miss(paper, row)
    known = {paper.case_no for paper in inside}
    return {
        "batch": row.order_no,
        "received": [paper.case_no for paper in inside if paper.scanned_at],
        "missing": [paper.case_no for paper in missing],
        "forward": [paper.case_no for paper in forward],
        "unexpected": [no for no in dict.fromkeys(case_nos) if no not in known],
    }


def _miss(paper: Any, row: Any) -> None:
    tasks.open_task(
        "paper_missing",
        f"{row.id}:{paper.id}",
        row.sender_org,
        paper.case_no,
        zh=f"批次{row.order_no}收件时没有办件{paper.case_no}的纸质材料，请查找并补送。",
        en=f"The paper of case {paper.case_no} was not in batch {row.order_no}; find it and send it on.",
    )
