"""How the result reaches the applicant: collected at a window, or by courier (C28, C29, C30; FIL-44)."""

from typing import Any

from chassis import clock
from chassis.errors import Refusal
from chassis.outbox import emit
from contracts.commands import notifier
from contracts.events import filing
from services.filing import cases, clocks, documents, items
from services.filing.models import Case, Document, Org, database


def begin(case: Any, document: Any) -> None:
    """The result exists: it lies ready at the window, or the courier is ordered once (C28)."""
    if case.delivery_out == "courier":
        payer, payer_org = _payer(case)
        order = {
            "case_id": case.id,
            "case_no": case.case_no,
            "direction": "result",
            "sender_org": case.accepting_org,
            "recipient_ref": case.subject_ref,
            "address_ref": case.address_ref,
            "payer": payer,
            "payer_org": payer_org,
            "content": f"{documents.TITLES[document.kind]}（{case.item_name}）",
            "order_no": f"{case.case_no}-1",
        }
        emit(notifier.Ship, case.id, order, correlation=case.case_no, org=case.approving_org, region=case.region_code)
    else:
        _ready(case, document)


def _payer(case: Any) -> tuple[str, str | None]:
    """The applicant never pays for the result; the district rule only picks the budget (FIL-61, AMB-34)."""
    org = Org.get_or_none(Org.code == case.approving_org)
    if org is not None and not org.in_city_centre:
        return "district", case.approving_org
    return "service_office", None


def _ready(case: Any, document: Any) -> None:
    cases.move_delivery(case, "make_ready")
    cases.tell(
        filing.ResultReady,
        case,
        way="window",
        place=case.hall or case.accepting_org,
        doc_id=document.id,
        ready_at=clock.now(),
        due=case.delivery_due,
    )


def make_ready(case_no: str) -> Any:
    """A window takes over, for instance when the courier could not be ordered (C28)."""
    with database.transaction():
        case = cases.lock(case_no)
        _require_window(case)
        _require_completed(case)
        latest = (Document.case == case.id) & Document.kind.in_(("licence", "refusal"))
        _ready(case, Document.select().where(latest).order_by(Document.id.desc()).first())
    return case


def collect(case_no: str, *, document_checked: bool, originals_checked: bool, collector_ref: str | None) -> Any:
    """Hand the result over at a window (领取登记), identity and originals checked (C29, FIL-31, FIL-44)."""
    with database.transaction():
        case = cases.lock(case_no)
        _require_window(case)
        _require_completed(case)
        needs_originals = any(entry.get("check_original_at_pickup") for entry in items.of(case)["materials"])
        if not document_checked or (needs_originals and not originals_checked):
            raise Refusal(
                "filing.collection-unchecked",
                status=422,
                rule="FIL-44" if not document_checked else "FIL-31",
                zh="领取登记须核对领取人身份证件" + ("和材料原件。" if needs_originals else "。"),
                en="Check the collector's identity document" + (" and the originals." if needs_originals else "."),
                next_zh="核对后再登记。",
                next_en="Check, then register.",
                fields={
                    "document_checked": [] if document_checked else ["须核对 / must be checked"],
                    "originals_checked": []
                    if originals_checked or not needs_originals
                    else ["须核对 / must be checked"],
                },
            )
        case.collected_at = clock.now()
        case.visits += 1
        cases.move_delivery(case, "collect", {"collector": collector_ref, "originals_checked": originals_checked})
        clocks.cancel(case, "delivery")
        cases.tell(
            filing.ResultCollected,
            case,
            way="window",
            place=case.hall or case.accepting_org,
            collector_ref=collector_ref,
            document_checked=True,
            collected_at=case.collected_at,
        )
    return case


def _require_window(case: Any) -> None:
    cases.require_window(case, case.approving_org, case.accepting_org, case.receiving_org)


def _require_completed(case: Any) -> None:
    if case.status != "completed":
        raise Refusal(
            "filing.case.wrong-state",
            rule="FIL-44",
            zh="只有办结的办件可以送达结果。",
            en="Only a completed case has a result to hand over.",
            next_zh="请核对办件状态。",
            next_en="Look at the state of the case.",
            state=case.status,
        )


# --- what the courier reports -----------------------------------------------------------------------------------------


def shipped(event: Any) -> None:
    """The courier has taken the order (C28)."""
    case = _case_of(event)
    if case and case.delivery_status == "none":
        cases.move_delivery(case, "ship", {"shipment_id": event.shipment_id, "waybill_no": event.waybill_no})


def arrived(event: Any) -> None:
    """Handed over (C30)."""
    _finish(event, "deliver", "delivered")


def returned(event: Any) -> None:
    """Comes back undelivered (C30)."""
    _finish(event, "fail_delivery", "undeliverable")


def _finish(event: Any, verb: str, outcome: str) -> None:
    """The end of the way, perhaps heard of before its beginning; a second parcel may follow one that came back."""
    shipped(event)
    case = _case_of(event)
    if case is None or case.delivery_status not in {"shipped", "undeliverable"}:
        return
    if outcome == "undeliverable" == case.delivery_status:
        cases.note(case, verb, opinion=event.reason, details={"shipment_id": event.shipment_id})
        return
    cases.move_delivery(case, verb, {"shipment_id": event.shipment_id})
    if outcome == "delivered":
        clocks.cancel(case, "delivery")
    cases.tell(
        filing.ResultDelivered,
        case,
        way="courier",
        shipment_id=event.shipment_id,
        waybill_no=event.waybill_no or event.order_no,
        outcome=outcome,
        delivered_at=event.at,
    )


def order_failed(event: Any) -> None:
    """The order could not be placed: the window must act; nothing has left (C28)."""
    case = _case_of(event)
    if case and case.delivery_status == "none":
        cases.note(case, "courier_failed", opinion=event.reason, details={"shipment_id": event.shipment_id})


def _case_of(event: Any) -> Any:
    case = Case.locked(event.case_id) if event.direction == "result" else None
    return case if case and case.status in {"completed", "revoked"} else None
