"""The world of credit."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chassis.clock import clock_at
from contracts.events import filing as filing_events
from contracts.events import supervision as supervision_events
from tests.credit import conftest as credit_tests
from tests.credit import procedures
from tests.meta.permissions import World
from tests.meta.worlds.common import DISTRICT, MONDAY, OWNER
from tests.supervision import conftest as supervision_tests
from tests.support import bench, person, staff


@contextmanager
def credit(folder: Path) -> Iterator[World]:
    """A failing to be judged, a listed one with an objection, another whose repeal is posted, a decision to share."""
    with clock_at(MONDAY), bench(credit_tests.service, folder) as b:
        done = supervision_tests.completed(subject_ref=OWNER)
        found = credit_tests.finding(ref=OWNER) | {name: done[name] for name in ("case_id", "case_no", "item_code")}
        b.deliver(supervision_events.FindingReported, "finding-1", found)
        b.deliver(filing_events.CaseCompleted, done["case_id"], done)
        judge = b.client(staff("credit_admin", credit_tests.ORG))
        root = "/api/credit/v1"
        record = judge.get(f"{root}/records?state=pending").get_json()["items"][0]["id"]
        share = b.client(staff("service_office", "TZJ077")).get(f"{root}/shares").get_json()["items"][0]["id"]
        owner = person(OWNER)
        procedures.catalog(b)
        old = procedures.listed(b, 3, OWNER, "2025-01-06 10:00")
        procedures.correct(b, old, "2025-01-06")
        repair = procedures.repair(b, old, owner)["id"]
        listed = [procedures.listed(b, number, OWNER) for number in (1, 2)]
        objection, opposable = (procedures.object_to(b, one, owner)["id"] for one in listed)
        procedures.decide(b, {"id": opposable, "kind": "objection"}, "delete")
        notice = b.client().get(f"{root}/notices").get_json()["items"][0]["id"]
        values = {
            "subject_ref": OWNER,
            "record_id": record,
            "share_id": share,
            "application_id": objection,
            "POST /applications/<application_id>/repair-decision: application_id": repair,
            "page_name": "form",
            "notice_id": notice,
            "kind": "objection",
            "state": "pending",
        }
        office = b.client(staff("service_office", "TZJ077"))
        assert office.get(f"{root}/subjects/{OWNER}?reason=年度检查").status_code == 200
        numbers = [row["record_no"] for row in office.get(f"{root}/listings").get_json()["items"]]
        form = procedures.form(b, owner) | {"identity_checked": True}
        failing: dict[str, Any] = {
            "subject_ref": OWNER,
            "subject_name": "样例当事人",
            "judging_org": credit_tests.ORG,
            "cause": "other",
        }
        failing |= {"grade": "ordinary", "description": "超范围经营", "evidence": ["file:1"]}
        bodies = {
            "object_to": {"json": form},
            "apply_for_repair": {"json": form},
            "propose": {"json": failing | {"item_code": done["item_code"]}},
        }
        markers = (OWNER, record, share, done["case_no"], *listed, objection, opposable, old, repair, *numbers)
        here = (credit_tests.ORG, "TZJ077")
        yield World(b, values, here, DISTRICT, markers, bodies=bodies, about_items=True)
