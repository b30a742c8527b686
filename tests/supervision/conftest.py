"""Supervision on the bench, and the pushed cases that reach it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chassis.clock import clock_at
from contracts.events import filing
from services.supervision.service import service
from tests.support import Bench, bench, staff

APPROVER, OFFICE = "TZJ049-SP", "TZJ049-JG"
CITIZEN = "person:citizen-1"
ROOT = "/api/supervision/v1"
SUPERVISOR = staff("supervisor", OFFICE, ref="staff:supervisor-1")


EXAMPLES = Path(__file__).resolve().parents[2] / "contracts" / "examples"


def example(event_type: str) -> dict[str, Any]:
    """Data of the golden example of an event."""
    found: dict[str, Any] = json.loads((EXAMPLES / f"{event_type}.json").read_text(encoding="utf-8"))
    return found["data"]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Bench]:
    """The service with an empty database, on Tuesday 2026-09-01 10:00, the decision day of T26."""
    with clock_at("2026-09-01 10:00"), bench(service, tmp_path) as b:
        yield b


def case(number: int = 1, **changes: Any) -> dict[str, Any]:
    """The case fields of a filing event."""
    return {
        "subject_ref": CITIZEN,
        "subject_type": "person",
        "subject_name_masked": "张*",
        "case_id": f"case-{number}",
        "case_no": f"20260901100000{number:06d}",
        "item_code": "000149032000",
        "item_version": 1,
        "item_name": "食品经营许可",
        "kind": "promise",
        "mode": "commit",
        "case_source": "online",
        "same_city": False,
        "region_code": "120000",
        "approving_org": APPROVER,
        "status": "completed",
    } | changes


def completed(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Data of filing.case.completed for a granted commit case decided on 2026-09-01."""
    return (
        case(number)
        | {
            "decision": "granted",
            "decided_at": "2026-09-01T10:00:00+08:00",
            "completed_at": "2026-09-01T10:00:00+08:00",
            "decided_by": "staff:decider",
            "decision_no": f"准〔2026〕{number}号",
            "result": {"doc_id": "doc-1", "licence_no": "JY11200000000001"},
            "physical_result": True,
            "delivery_out": "window",
            "delivery_due": "2026-09-15",
            "share_due": "2026-09-10",
            "material_refs": [],
            "commitment_letter_ref": "file:letter",
            "deferred": [],
            "promised_points": [
                {"code": "P1", "promise": "已配备冷藏设备"},
                {"code": "P2", "promise": "从业人员持有健康证明"},
            ],
            "supervising_orgs": [OFFICE],
            "supervision_kind": "食品经营",
            "handling_org": APPROVER,
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
            "revoked_at": "2026-09-02T00:00:00+08:00",
            "revoked_by": "service:filing",
            "evidence_refs": [],
            "collateral": False,
            "material_refs": [],
            "supervising_orgs": [OFFICE],
            "supervision_kind": "食品经营",
        }
        | changes
    )


@pytest.fixture
def task(office: Bench) -> Callable[[str], str]:
    """A function that brings a task to a state and returns its id."""

    def reach(state: str, due: str = "2026-10-30") -> str:
        office.deliver(filing.CaseCompleted, "case-1", completed())
        client = office.client(SUPERVISOR)
        task_id = client.get(f"{ROOT}/tasks").get_json()["items"][0]["id"]
        if state == "created":
            return task_id
        plan = {"date": "2026-09-03", "place": "经营场所", "items": ["冷藏设备", "健康证明"]}
        started = client.post(f"{ROOT}/tasks/{task_id}/start", json={"inspector": "staff:supervisor-1", "plan": plan})
        assert started.status_code == 200, started.text
        if state == "started":
            return task_id
        points = [
            {"code": "P1", "result": "not_true", "found": "现场没有冷藏设备"},
            {"code": "P2", "result": "true"},
        ]
        assert client.post(f"{ROOT}/tasks/{task_id}/points", json={"points": points}).status_code == 200
        if state == "points":
            return task_id
        ordered = client.post(f"{ROOT}/tasks/{task_id}/rectification", json={"due": due, "evidence": ["file:photo"]})
        assert ordered.status_code == 200, ordered.text
        return task_id

    return reach
