"""Feedback on the bench: the catalog it knows, completed cases, letters."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chassis.clock import clock_at
from contracts.events import catalog, filing
from services.feedback.service import service
from tests.support import Bench, Caller, bench, person, staff

ROOT = "/api/feedback/v1"
UNIT, OTHER, DISTRICT, OFFICE = "TZJ049-SP", "TZJ046-SP", "TZJ001-ZWB", "TZJ077"
ITEM = "000149032000"
CITIZEN = person("person:citizen-1")
HANDLER_A = staff("letters_handler", UNIT, ref="staff:handler-a")
HANDLER_B = staff("letters_handler", UNIT, ref="staff:handler-b")
LEADER = staff("unit_leader", UNIT, ref="staff:leader")
CITY_OFFICE = staff("service_office", OFFICE, ref="staff:office")


def org(code: str, **changes: Any) -> dict[str, Any]:
    """Data of catalog.org.changed."""
    return {
        "org_code": code,
        "org_name": f"单位 {code}",
        "org_kind": "approving",
        "region_code": "120000",
        "active": True,
    } | changes


def item(**changes: Any) -> dict[str, Any]:
    """Data of catalog.item.published."""
    switches = ("online", "commit", "same_city", "bookable", "express_in", "express_out", "instant", "single_reviewer")
    return {
        "item_code": ITEM,
        "item_version": 1,
        "item_name": "食品经营许可",
        "kind": "promise",
        "service_objects": ["person", "legal"],
        "region_code": "120000",
        "approving_org": UNIT,
        "supervising_orgs": [],
        "switches": dict.fromkeys(switches, True),
        "limits": {"statutory": 20, "committed": 5, "unit": "wd"},
        "effective_from": "2026-01-01",
    } | changes


def stock(b: Bench) -> Bench:
    """Give the service its organisations and its item."""
    places: dict[str, dict[str, Any]] = {
        UNIT: {},
        OTHER: {},
        OFFICE: {"org_kind": "service"},
        DISTRICT: {"region_code": "120101"},
        "H120000": {"org_kind": "hall", "run_by": OFFICE},
        "TZJ999": {"active": False},
    }
    for code, changes in places.items():
        b.deliver(catalog.OrgChanged, code, org(code, **changes))
    b.deliver(catalog.ItemPublished, ITEM, item())
    return b


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Bench]:
    """The service, stocked, on Monday 2026-09-28 15:00 (T31)."""
    with clock_at("2026-09-28 15:00"), bench(service, tmp_path) as b:
        yield stock(b)


# --- cases ----------------------------------------------------------------------------------------------------------


def case_no(number: int = 1) -> str:
    return f"20260901100000{number:06d}"


def case(number: int = 1, **changes: Any) -> dict[str, Any]:
    """The case fields of a filing event."""
    return {
        "subject_ref": CITIZEN.ref,
        "subject_type": "person",
        "subject_name_masked": "张*",
        "case_id": f"case-{number}",
        "case_no": case_no(number),
        "item_code": ITEM,
        "item_version": 1,
        "item_name": "食品经营许可",
        "kind": "promise",
        "mode": "ordinary",
        "case_source": "online",
        "same_city": False,
        "region_code": "120000",
        "approving_org": UNIT,
        "status": "completed",
    } | changes


def completed(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Data of filing.case.completed on 2026-09-28 15:00."""
    return (
        case(number)
        | {
            "decision": "granted",
            "decided_at": "2026-09-28T15:00:00+08:00",
            "completed_at": "2026-09-28T15:00:00+08:00",
            "decided_by": "staff:decider",
            "decision_no": f"准〔2026〕{number}号",
            "result": {"doc_id": "doc-1"},
            "physical_result": True,
            "delivery_out": "window",
            "delivery_due": "2026-10-20",
            "share_due": "2026-10-15",
            "material_refs": [],
            "deferred": [],
            "promised_points": [],
            "supervising_orgs": [],
            "supervision_kind": "食品经营",
            "handling_org": UNIT,
            "elapsed_wd": 1,
            "committed_wd": 5,
            "statutory_wd": 10,
        }
        | changes
    )


def revoked(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Data of filing.case.revoked."""
    return (
        case(number, status="revoked")
        | {
            "ground_code": "promise_lapsed",
            "article": "第六条(一)",
            "decision_no": f"撤〔2026〕{number}号",
            "decision_doc_id": "doc-9",
            "revoked_at": "2026-09-29T00:00:00+08:00",
            "revoked_by": "service:filing",
            "evidence_refs": [],
            "collateral": False,
            "material_refs": [],
            "supervising_orgs": [],
            "supervision_kind": "食品经营",
        }
        | changes
    )


def complete(b: Bench, number: int = 1, **changes: Any) -> str:
    """Bring a completed case; returns its number."""
    b.deliver(filing.CaseCompleted, f"case-{number}", completed(number, **changes))
    return case_no(number)


def rate(b: Bench, number: int = 1, *, who: Caller | None = None, **body: Any) -> Any:
    """Rate the case; returns the answer."""
    return b.client(who or CITIZEN).post(f"{ROOT}/cases/{case_no(number)}/rating", json={"level": 5} | body)


@pytest.fixture
def negative(desk: Bench) -> str:
    """A case whose rating waits for a reply; its number."""
    number = complete(desk)
    assert rate(desk, level=1, text="窗口多次让我补材料").status_code == 201
    return number


# --- letters --------------------------------------------------------------------------------------------------------


def send(b: Bench, kind: str = "complaint", who: Caller | None = CITIZEN, **changes: Any) -> Any:
    """Send a letter about the item; returns the answer."""
    body = {"kind": kind, "item_code": ITEM, "title": "关于食品经营许可", "text": "窗口不告知需要哪些材料"} | changes
    return b.client(who).post(f"{ROOT}/letters", json=body)


def act(b: Bench, who: Caller, letter_no: str, verb: str, **body: Any) -> Any:
    """A verb on a letter; returns the answer."""
    return b.client(who).post(f"{ROOT}/letters/{letter_no}/{verb}", json=body)


@pytest.fixture
def letter(desk: Bench) -> Callable[..., str]:
    """A function that brings a letter to a state and returns its number."""

    def reach(state: str, kind: str = "complaint", **changes: Any) -> str:
        number = send(desk, kind, **changes).get_json()["letter_no"]
        if state == "received":
            return number
        contact = {"first_contact_at": "2026-09-28T15:00:00+08:00"} if kind == "complaint" else {}
        assert act(desk, HANDLER_A, number, "opening", **contact).status_code == 200
        if state == "handling":
            return number
        body = {"text": "已核实并整改"} | ({"adoption": "adopted"} if kind == "suggestion" else {})
        assert act(desk, HANDLER_A, number, "answer", **body).status_code == 200
        if state == "answered":
            return number
        assert act(desk, CITIZEN, number, "satisfaction", satisfied=True).status_code == 200
        return number

    return reach
