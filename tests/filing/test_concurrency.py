"""Many at once: one effect, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.clock import clock_at
from chassis.migrate import drift
from contracts.events import credit, filing
from services.filing import space
from services.filing.models import FetchTry
from services.filing.service import service
from tests.filing.hall import ORG, PDF, Hall
from tests.filing.test_giving import API, code_of, into_space, licence, used
from tests.filing.test_uploads import begin, on_disk
from tests.support import at_once, staff


@pytest.fixture
def busy(tmp_path: Path, database_url: str) -> Iterator[Hall]:
    """A hall on either database."""
    found = Hall(tmp_path, database_url)
    service.migrate()
    with clock_at("2026-03-02 10:00"):
        yield found
    found.close()


@pytest.mark.rule("FIL-25")
def test_twenty_clerks_press_accept_and_one_succeeds(busy: Hall) -> None:
    case_no = busy.viewed()
    clerks = [staff("window_clerk", ORG) for _ in range(20)]
    answers = at_once(20, lambda n: busy.call(clerks[n], "POST", f"/cases/{case_no}/acceptance", {}).status_code)
    assert sorted(answers) == [200] + [409] * 19
    assert len(busy.bench.emitted(filing.CaseAccepted)) == 1


@pytest.mark.rule("FIL-04")
def test_the_same_project_sent_from_ten_drafts_at_once_is_filed_once(busy: Hall) -> None:
    drafts = [busy.ready(project_name="同一个项目") for _ in range(10)]
    answers = at_once(10, lambda n: busy.call(busy.citizen, "POST", f"/cases/{drafts[n]}/submission"))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
    filed = next(answer.get_json()["case_no"] for answer in answers if answer.status_code == 200)
    refused = [answer.get_json() for answer in answers if answer.status_code == 409]
    assert {problem["case_no"] for problem in refused} == {filed} and {p["rule"] for p in refused} == {"FIL-04"}


@pytest.mark.rule("FIL-13")
def test_one_draft_sent_fifty_times_at_once_is_submitted_once(busy: Hall) -> None:
    case_no = busy.ready("commit")
    answers = at_once(50, lambda n: busy.call(busy.citizen, "POST", f"/cases/{case_no}/submission").status_code)
    assert sorted(answers) == [200] + [409] * 49
    assert len(busy.bench.emitted(filing.CaseSubmitted)) == 1


@pytest.mark.rule("FIL-74", "FIL-75")
def test_a_listing_and_a_submission_cannot_pass_each_other_unseen(busy: Hall) -> None:
    drafts = [busy.ready("commit") for _ in range(5)]

    def work(number: int) -> int:
        if number == 5:
            data = busy.listing()
            busy.bench.deliver(credit.SubjectListed, busy.citizen.ref, data)
            return 0
        return busy.call(busy.citizen, "POST", f"/cases/{drafts[number]}/submission").status_code

    answers = at_once(6, work)
    assert set(answers) <= {0, 200, 409}, answers
    assert {busy.status(case_no) for case_no in drafts} <= {"draft", "suspended"}


@pytest.mark.rule("FIL-30")
def test_documents_numbered_at_the_same_moment_have_different_numbers(busy: Hall) -> None:
    cases = [busy.viewed() for _ in range(6)]
    at_once(6, lambda n: busy.do(busy.clerk, cases[n], "acceptance"))
    numbers = {event.receipt_no for event in busy.bench.emitted(filing.CaseAccepted)}
    assert len(numbers) == 6


@pytest.mark.rule("FIL-05")
def test_the_space_has_an_end_also_for_many_at_once(busy: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space, "QUOTA", 3 * 1000)
    bodies = [PDF + bytes([number]) * (1000 - len(PDF)) for number in range(6)]
    client = busy.bench.client(busy.citizen)
    answers = at_once(
        6, lambda n: client.post(f"{API}/space/files", query_string={"name": f"{n}.pdf"}, data=bodies[n]).status_code
    )
    assert sorted(answers) == [201] * 3 + [409] * 3
    assert used(busy) == 3000 and len(on_disk(busy)) == 3
    begin(busy, size=1, status=409)


@pytest.mark.rule("FIL-06")
def test_five_wrong_codes_in_ten_minutes_however_many_come_at_once(busy: Hall) -> None:
    digits, case_no = code_of(busy, licence(busy)), busy.draft()
    wrong = f"{(int(digits) + 1) % 10**8:08}"
    path = f"/cases/{case_no}/materials/M01/licence"
    answers = at_once(8, lambda _: busy.call(busy.citizen, "POST", path, {"licence_code": wrong}).status_code)
    assert sorted(answers) == [409] * 5 + [429] * 3
    refused = busy.call(busy.citizen, "POST", path, {"licence_code": digits})
    assert refused.status_code == 429 and 0 < int(refused.headers["Retry-After"]) <= 600
    assert refused.get_json()["rule"] == "FIL-06" and busy.get(case_no)["materials"][0]["state"] == "missing"
    FetchTry.update(since="2026-01-01T00:00:00+08:00").execute()
    assert busy.call(busy.citizen, "POST", path, {"licence_code": wrong}).status_code == 409
    assert FetchTry.get().tries == 1


@pytest.mark.rule("FIL-05", "FIL-20")
def test_one_file_given_to_six_materials_at_once_while_it_is_deleted_stays_whole(busy: Hall) -> None:
    kept = into_space(busy, "申请书.pdf")
    drafts = [busy.draft() for _ in range(6)]

    def work(number: int) -> int:
        if number == 6:
            return busy.call(busy.citizen, "DELETE", f"/space/files/{kept['id']}").status_code
        body = {"space_file_id": kept["id"]}
        return busy.call(busy.citizen, "POST", f"/cases/{drafts[number]}/materials/M01/space-file", body).status_code

    answers = at_once(7, work)
    assert answers[6] == 204 and set(answers[:6]) <= {201, 404}, answers
    assert len(on_disk(busy)) == (1 if 201 in answers else 0)
    offered = busy.call(busy.citizen, "GET", f"/cases/{drafts[0]}/offers").get_json()["items"]
    assert {entry["code"] for entry in offered} >= {"M02", "M03", "M04"}
    assert busy.call(busy.clerk, "GET", "/reuse-statistics").get_json()["files"] == 0


def test_the_migrated_tables_are_those_of_the_models(busy: Hall) -> None:
    assert drift(service.database, service.models()) == []
