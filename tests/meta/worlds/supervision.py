"""The world of supervision."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from chassis.clock import clock_at
from contracts.events import filing as filing_events
from contracts.words import CITY_OFFICE
from tests.meta.permissions import World
from tests.meta.worlds.common import CLERK, DISTRICT, OWNER, example
from tests.supervision import conftest as supervision_tests
from tests.support import bench, staff

LINKAGE = {"sheet_id": "sheets", "record_id": "weekly-records", "meeting_id": "meetings"}


@contextmanager
def supervision(folder: Path) -> Iterator[World]:
    """A pushed file, a verification that has led to an order, a finding, a proposal and a breach of a limit."""
    from services.supervision import assessments, meetings

    tests = supervision_tests
    with clock_at("2026-09-01 10:00"), bench(tests.service, folder) as b:
        done = tests.completed(subject_ref=OWNER)
        b.deliver(filing_events.CaseCompleted, "case-1", done)
        client, root = b.client(replace(tests.SUPERVISOR, ref=CLERK)), tests.ROOT
        push = client.get(f"{root}/pushes").get_json()["items"][0]["id"]
        task = client.get(f"{root}/tasks").get_json()["items"][0]["id"]
        values = {
            "push_id": push,
            "task_id": task,
            "case_no": done["case_no"],
            "inspector": CLERK,
            "owner": CLERK,
            "staff": CLERK,
            "discovered_at": "2026-09-01T09:00:00+08:00",
            "due": "2026-10-30",
            "document_ref": "file:1",
            "document_no": "监〔2026〕3号",
        }
        found = {"kind": "violation", "description": "超范围经营", "discovered_at": values["discovered_at"]}
        found |= {"case_no": done["case_no"]}
        proposed = {name: values[name] for name in ("case_no", "document_ref", "document_no")} | {"opinion": "建议撤销"}
        for path, body in (("findings", found), ("proposals", proposed)):
            assert client.post(f"{root}/{path}", json=body).status_code == 201
        photo = b"\xff\xd8\xff\xe0photo"
        kept = client.post(f"{root}/cases/{done['case_no']}/photos", data=photo)
        values["photo_id"] = kept.get_json()["id"]
        late = example("filing.deadline.overdue") | {"case_no": done["case_no"], "approving_org": tests.APPROVER}
        late |= {"responsible_org": tests.APPROVER, "deadline_kind": "delivery"}
        b.deliver(filing_events.DeadlineOverdue, "case-1", late, org=tests.APPROVER)
        bodies: dict[str, dict[str, Any]] = {
            "report_finding": {"json": found},
            "propose_revocation": {"json": proposed},
        }
        bodies["keep_photo"] = {"data": photo}
        coordinator = b.client(staff("coordinator", tests.APPROVER, ref=CLERK))
        rows = {name: coordinator.get(f"{root}/{name}").get_json()["items"][0]["id"] for name in LINKAGE.values()}
        values |= {name: rows[kind] for name, kind in LINKAGE.items()}
        draw = {"org": tests.OFFICE, "title": "双随机抽查", "item_code": done["item_code"], "parties": 1}
        values["draw_id"] = client.post(f"{root}/draws", json=draw).get_json()["id"]
        bodies["announce_draw"] = {"json": draw}
        listed = {"inspectors": [CLERK, "staff:second"]}
        bodies["fix_lists"] = {"json": listed}
        bodies["file_weekly_record"] = {"json": {"met_at": values["discovered_at"], "summary": "本周一件"}}
        bodies["file_weekly_record"]["json"]["participants"] = [{"org": tests.OFFICE, "staff": CLERK}] * 2
        office = b.client(staff("service_office", CITY_OFFICE, ref=CLERK))
        values["assessment_id"] = office.post(f"{root}/assessments", json={"year": 2025}).get_json()["id"]
        checked = {"org": tests.APPROVER, "kind": "random", "note": "抽查"}
        checked["points"] = dict.fromkeys(assessments.POINTS, 90)
        assert office.post(f"{root}/assessments/{values['assessment_id']}/checks", json=checked).status_code == 201
        b.sweep("2026-09-03 00:00")
        orders = b.client(staff("auditor", tests.APPROVER)).get(f"{root}/orders").get_json()["items"]
        values["order_id"] = orders[0]["id"]
        problem = {"description": "扫描件不清", "owner": CLERK, "follow_up_on": "2026-09-03"}
        noted = coordinator.post(f"{root}/sheets/{values['sheet_id']}/problems", json=problem)
        values["problem_id"] = noted.get_json()["id"]
        held = {"convener": tests.APPROVER, "held_at": values["discovered_at"], "minutes_ref": "file:2"}
        held |= {"participants": [tests.APPROVER, tests.OFFICE], "points": dict.fromkeys(meetings.POINTS, "无")}
        bodies["hold_meeting"] = {"json": held}
        markers = (OWNER, push, task, done["case_no"], tests.APPROVER)
        here = (tests.OFFICE, tests.APPROVER, CITY_OFFICE)
        yield World(b, values, here, DISTRICT, markers, bodies=bodies, about_items=True)
