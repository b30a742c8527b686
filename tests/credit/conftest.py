"""The credit archive on the bench, and the events that reach it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chassis.clock import clock_at
from services.credit.service import service
from tests.support import Bench, bench

ORG = "TZJ049-SP"
CITIZEN = "person:citizen-1"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Bench]:
    """The service with an empty database, on Monday 2026-03-02 10:00."""
    with clock_at("2026-03-02 10:00"), bench(service, tmp_path) as b:
        yield b


def party(ref: str = CITIZEN) -> dict[str, Any]:
    """The party fields of any event."""
    return {"subject_ref": ref, "subject_type": ref.partition(":")[0], "subject_name_masked": "张*"}


def case(number: int = 1, ref: str = CITIZEN) -> dict[str, Any]:
    """The case fields of a filing event."""
    return party(ref) | {
        "case_id": f"case-{number}",
        "case_no": f"20260302100000{number:06d}",
        "item_code": "000149032000",
        "item_version": 1,
        "item_name": "食品经营许可",
        "kind": "promise",
        "mode": "commit",
        "case_source": "online",
        "same_city": False,
        "region_code": "120000",
        "approving_org": ORG,
        "status": "completed",
    }


def lapse(number: int = 1, ref: str = CITIZEN, at: str = "2026-03-02T00:00:00+08:00") -> dict[str, Any]:
    """Data of filing.commitment.lapsed."""
    return case(number, ref) | {
        "commitment_id": f"promise-{number}",
        "due": "2026-03-01",
        "deferred": [{"code": "M03", "material": "食品安全管理制度", "due": "2026-03-01"}],
        "evidence_refs": [],
        "cause": "promise_lapsed",
        "lapsed_at": at,
    }


def failed_rectification(number: int = 1, ref: str = CITIZEN) -> dict[str, Any]:
    """Data of supervision.rectification.failed."""
    return party(ref) | {
        "task_id": f"task-{number}",
        "case_id": f"case-{number}",
        "case_no": f"20260302100000{number:06d}",
        "item_code": "000149032000",
        "approving_org": ORG,
        "supervising_org": "TZJ049-JG",
        "decided_at": "2026-01-05T10:00:00+08:00",
        "start_due": "2026-01-08",
        "finish_due": "2026-03-25",
        "cap_due": "2026-04-09",
        "rectification_id": "r-1",
        "problems": [{"code": "P1", "promise": "已配备冷藏设备", "found": "没有冷藏设备"}],
        "due": "2026-03-01",
        "stop_activity": True,
        "evidence_refs": [],
        "reason": "date_passed",
        "failed_at": "2026-03-02T00:00:00+08:00",
        "decided_on": "2026-03-02",
        "decided_by": "service:supervision",
    }


def finding(number: int = 1, kind: str = "violation", ref: str = CITIZEN) -> dict[str, Any]:
    """Data of supervision.finding.reported."""
    return party(ref) | {
        "finding_id": f"finding-{number}",
        "kind": kind,
        "approving_org": ORG,
        "supervising_org": "TZJ049-JG",
        "description": "现场检查发现超范围经营",
        "evidence_refs": ["file:1"],
        "discovered_at": "2026-03-02T09:00:00+08:00",
        "reported_at": "2026-03-02T10:00:00+08:00",
        "late": False,
    }


def missed(number: int, day: str, ref: str = CITIZEN) -> dict[str, Any]:
    """Data of booking.booking.no_show."""
    return party(ref) | {
        "booking_id": f"booking-{number}",
        "booking_no": f"B{number}",
        "item_code": "000149032000",
        "item_name": "食品经营许可",
        "hall_code": "H120000",
        "hall_name": "天津市政务服务中心",
        "slot_date": day,
        "slot_from": "09:00",
        "slot_to": "10:00",
        "by": "system",
        "noshow_id": f"noshow-{number}",
        "decided_at": f"{day}T23:59:59+08:00",
        "count": 1,
    }
