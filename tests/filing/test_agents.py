"""Agents 经办人: a person files for a legal person while identity says so, and not a moment longer (FIL-02)."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.filing.hall import ITEM, PLAIN, Hall
from tests.support import Caller, legal, person

UNIT = legal()


@pytest.fixture
def agent(hall: Hall) -> Iterator[Caller]:
    """A person whom identity, a real server, calls the unit's agent for ITEM as long as `hall.agency` is true."""
    who = person()
    hall.agency = True  # type: ignore[attr-defined]
    server = hall.bench.peer("identity", {})

    def answer(_: Any) -> tuple[int, Any]:
        item = server.requests[-1][1].rpartition("item=")[2]
        return 200, {"allowed": hall.agency and item == ITEM}  # type: ignore[attr-defined]

    server.routes[f"GET /api/identity/v1/subjects/{UNIT.ref}/agents/{who.ref}"] = answer
    hall.bench.peers |= {"catalog": hall.catalog.url, "credit": hall.credit.url}
    hall.bench.peer("none", {})  # configure all of them together
    yield who


def open_for(hall: Hall, who: Caller, item: str = ITEM, principal: str = UNIT.ref) -> Any:
    body = {"item_code": item, "project_name": "新店开办", "subject_ref": principal}
    return hall.call(who, "POST", "/cases", body)


@pytest.mark.rule("FIL-02", "ID-35")
def test_an_agent_files_for_its_unit_and_both_follow_the_case(hall: Hall, agent: Caller) -> None:
    case_no = hall.submitted(who=agent, subject_ref=UNIT.ref)
    for reader in (agent, UNIT):
        case = hall.get(case_no, reader)
        assert (case["subject_ref"], case["applicant_ref"]) == (UNIT.ref, agent.ref)
        listed = hall.call(reader, "GET", "/cases").get_json()["items"]
        assert [row["case_no"] for row in listed] == [case_no]
    assert hall.do(agent, case_no, "withdrawal", {"reason": "另行申报"})["status"] == "withdrawn"


@pytest.mark.rule("FIL-02", "ID-35")
def test_only_a_named_agent_files_and_only_the_items_it_was_named_for(hall: Hall, agent: Caller) -> None:
    stranger = person()
    for who, item, principal in (
        (stranger, ITEM, UNIT.ref),
        (agent, PLAIN, UNIT.ref),
        (agent, ITEM, legal().ref),
        (agent, ITEM, stranger.ref),
        (legal(), ITEM, UNIT.ref),
    ):
        answer = open_for(hall, who, item, principal)
        assert answer.status_code == 403, (who.kind, item, answer.get_json())
    assert hall.call(UNIT, "GET", "/cases").get_json()["items"] == []


@pytest.mark.rule("FIL-02", "ID-35")
def test_an_agency_that_ends_takes_its_cases_out_of_the_agents_sight_and_hands(hall: Hall, agent: Caller) -> None:
    case_no = hall.ready(who=agent, subject_ref=UNIT.ref)
    hall.agency = False  # type: ignore[attr-defined]
    for method, path, body in (
        ("GET", f"/cases/{case_no}", None),
        ("PATCH", f"/cases/{case_no}", {"project_name": "改名"}),
        ("POST", f"/cases/{case_no}/submission", {}),
        ("DELETE", f"/cases/{case_no}", None),
    ):
        assert hall.call(agent, method, path, body).status_code == 403, (method, path)
    assert hall.call(agent, "GET", "/cases").get_json()["items"] == []
    hall.do(UNIT, case_no, "submission")  # the unit goes on with it


@pytest.mark.rule("FIL-02")
def test_without_identity_nothing_is_filed_for_others(hall: Hall, agent: Caller) -> None:
    case_no = hall.ready(who=agent, subject_ref=UNIT.ref)
    hall.bench.peers["identity"] = "http://127.0.0.1:9"
    hall.bench.peer("none", {})
    assert open_for(hall, agent).status_code == 503
    answer = hall.call(agent, "POST", f"/cases/{case_no}/submission", {})
    assert answer.status_code == 503 and answer.get_json()["next"]
    assert hall.get(case_no, UNIT)["status"] == "draft"
