"""The world of filing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from chassis.clock import clock_at
from contracts.events import supervision as supervision_events
from tests.filing import hall as filing_tests
from tests.meta.permissions import World
from tests.meta.worlds.common import CLERK, DISTRICT, MONDAY, OWNER, example
from tests.support import person, staff


@contextmanager
def filing(folder: Path) -> Iterator[World]:
    """A case filed at the counter for its party, asked of a third department, granted, and proposed to be revoked."""
    from services.filing.models import Licence

    hall = filing_tests.Hall(folder)
    try:
        with clock_at(MONDAY):
            filing_tests.know_orgs(hall.bench, filing_tests.ORG, "TZJ077")
            hall.citizen, hall.counter = person(OWNER), replace(hall.counter, ref=CLERK)
            uploads = _uploads(hall)
            client = hall.bench.client(hall.citizen)
            in_space = client.post("/api/filing/v1/space/files?name=a.pdf", data=filing_tests.PDF).get_json()["id"]
            case_no = hall.dispatched(item=filing_tests.JOINT)
            hall.do(hall.clerk, case_no, "view")
            hall.do(hall.clerk, case_no, "acceptance")
            hall.do(hall.reviewer, case_no, "examination")
            for asked in ("TZJ040-SP", "TZJ046-SP"):
                hall.do(staff("reviewer", asked), case_no, f"parallel-opinions/{asked}", {"opinion": "agree"})
            hall.do(hall.reviewer, case_no, "review", {"opinion": "符合条件"})
            hall.do(hall.decider, case_no, "decision", {"decision": "granted", "opinion": "准予"})
            case = hall.row(case_no)
            proposal = example("supervision.revocation.proposed") | {
                "proposal_id": "proposal-1",
                "case_id": case.id,
                "case_no": case_no,
                "approving_org": filing_tests.ORG,
                "supervising_org": filing_tests.WATCH,
                "subject_ref": OWNER,
            }
            hall.bench.deliver(supervision_events.RevocationProposed, "proposal-1", proposal)
            found = hall.get(case_no)
            code = hall.do(hall.citizen, case_no, "print-code", status=201)["code"]
            packed = hall.call(hall.citizen, "GET", f"/cases/{case_no}/archive")
            assert packed.status_code == 200  # each paper is made once, not at every visit
            values = {
                "case_no": case_no,
                "code": "M01",
                "name": "a.pdf",
                "file_id": found["materials"][0]["files"][0]["id"],
                "document_id": found["documents"][0]["id"],
                "proposal_id": "proposal-1",
                "space_file_id": in_space,
                "/uploads/<upload_id>": uploads[OWNER],
                "staff /uploads/<upload_id>": uploads[CLERK],
                "licence_id": Licence.get(Licence.case == case.id).licence_id,
                "licence_code": "12345678",
                "payment_no": "P1",
                "org": "TZJ040-SP",
                "item_code": filing_tests.ITEM,
                "number": "KS-2026-0001",
                "first": "2026-03-01",
                "last": "2026-03-31",
                "GET /statistics: kind": "volume",
                "/cases": "项目",
                "subject_ref": OWNER,
                "phone_tail": "0000",
            }
            here = (filing_tests.ORG, filing_tests.OFFICE, filing_tests.WATCH, "TZJ040-SP", "TZJ077")
            markers = (OWNER, CLERK, case.id, case_no, in_space, *uploads.values())
            bodies = {
                "begin_upload": {"json": _announced(case_no)},
                "print_elsewhere": {"json": {"code": code, "org": filing_tests.ORG}},
                "import_cases": {"query_string": {"system": "street-office"}, "json": {"cases": [_sent_in_a_file()]}},
            }
            yield World(hall.bench, values, here, DISTRICT, markers, bodies=bodies, about_items=True)
    finally:
        hall.close()


def _sent_in_a_file() -> dict[str, Any]:
    opened = "2026-02-24T09:00:00+08:00"
    return {
        "number": "JD-1",
        "item_code": filing_tests.ITEM,
        "project_name": "街道办件",
        "subject_ref": OWNER,
        "applicant_name": "样例申请人",
        "opened_at": opened,
        "nodes": [{"number": 1, "step": "submitted", "at": opened}],
    }


def _announced(case_no: str | None) -> dict[str, Any]:
    """The beginning of an upload in parts: to a case, or to the personal space."""
    found: dict[str, Any] = {"name": "a.pdf", "size": 100, "sha256": "0" * 64}
    return found | ({"case_no": case_no, "code": "M01"} if case_no else {})


def _uploads(hall: filing_tests.Hall) -> dict[str, str]:
    """An upload of the citizen, and one of the clerk who files for him."""
    draft = hall.draft(who=hall.counter, subject_ref=OWNER)
    bodies = ((hall.citizen, _announced(None)), (hall.counter, _announced(draft)))
    return {who.ref: hall.call(who, "POST", "/uploads", body).get_json()["id"] for who, body in bodies}
