"""Photo evidence: kept for a pushed case, read by both sides, told by its content."""

import pytest

from contracts.events import filing
from tests.supervision.conftest import APPROVER, OFFICE, ROOT, SUPERVISOR, completed
from tests.support import Bench, staff

CASE_NO = "20260901100000000001"
JPEG = b"\xff\xd8\xff\xe0" + b"photo" * 20
PHOTOS = f"{ROOT}/cases/{CASE_NO}/photos"


@pytest.fixture
def pushed(office: Bench) -> Bench:
    """An office that holds the file of one case."""
    office.deliver(filing.CaseCompleted, "case-1", completed())
    return office


@pytest.mark.rule("SUP-11")
def test_a_photo_is_evidence_that_both_sides_can_look_at(pushed: Bench) -> None:
    kept = pushed.client(SUPERVISOR).post(f"{PHOTOS}?name=a.jpg", data=JPEG)
    assert kept.status_code == 201 and kept.get_json()["ref"] == f"photo:{kept.get_json()['id']}"
    address = f"{PHOTOS}/{kept.get_json()['id']}"
    for role, org in (("supervisor", OFFICE), ("coordinator", OFFICE), ("credit_admin", APPROVER)):
        answer = pushed.client(staff(role, org)).get(address)
        assert (answer.status_code, answer.data, answer.mimetype) == (200, JPEG, "image/jpeg")
    for role, org in (("supervisor", "TZJ037-JG"), ("credit_admin", OFFICE), ("decider", "TZJ037-SP")):
        assert pushed.client(staff(role, org)).get(address).status_code == 403
    assert pushed.client(SUPERVISOR).get(address.replace(CASE_NO, "1")).status_code == 404


@pytest.mark.rule("SUP-11")
def test_what_is_no_photo_or_too_large_or_of_another_offices_case_is_refused(pushed: Bench) -> None:
    client = pushed.client(SUPERVISOR)
    assert client.post(PHOTOS, data=b"<script>").get_json()["rule"] == "SUP-11"
    assert client.post(PHOTOS, data=JPEG + bytes(9 * 1024 * 1024)).status_code == 413
    assert client.post(PHOTOS.replace(CASE_NO, "1"), data=JPEG).status_code == 403
    assert pushed.client(staff("supervisor", "TZJ037-JG")).post(PHOTOS, data=JPEG).status_code == 403
