"""Many at once: one effect, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.clock import clock_at
from chassis.migrate import drift
from contracts.events import credit, filing
from services.filing.service import service
from tests.filing.hall import ORG, Hall
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


def test_the_migrated_tables_are_those_of_the_models(busy: Hall) -> None:
    assert drift(service.database, service.models()) == []
