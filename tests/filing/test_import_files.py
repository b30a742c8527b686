"""Cases of another system in a file: all rows or none, a report row by row, the same again changes nothing (FIL-93)."""

import io
import json
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from chassis.migrate import statements
from chassis.sheets import JSON, XLSX
from contracts.events import filing
from services.filing.models import Case, database
from tests.filing.hall import ITEM, ORG, PLAIN, SINGLE, WATCH, Hall
from tests.meta.sources import ROOT
from tests.support import Caller, at_once, peer, staff

SYSTEM = "street-office"
BARE_NAMES = ROOT / "services" / "filing" / "migrations" / "0009_systems_of_offices.sql"
MANAGER = staff("window_manager", ORG)
NODES = [
    {"number": 1, "step": "submitted", "at": "2026-02-24T09:00:00+08:00"},
    {"number": 2, "step": "accepted", "at": "2026-02-25T09:00:00+08:00"},
]


def row(hall: Hall, number: str, *, nodes: Any = NODES, **more: Any) -> dict[str, Any]:
    return {
        "number": number,
        "item_code": ITEM,
        "project_name": f"街道办件 {number}",
        "subject_ref": hall.citizen.ref,
        "applicant_name": "样例申请人",
        "opened_at": "2026-02-24T09:00:00+08:00",
        "nodes": list(nodes),
    } | more


def send(hall: Hall, content: Any, kind: str = JSON, who: Caller = MANAGER, **query: Any) -> Any:
    data = content if isinstance(content, bytes) else json.dumps({"cases": content}).encode()
    asked = {"system": SYSTEM} | query
    return hall.call(who, "POST", "/case-imports", query_string=asked, data=data, content_type=kind)


def outcomes(answer: Any) -> dict[str, str]:
    return {row["number"]: row["outcome"] for row in answer.get_json()["rows"]}


def workbook(hall: Hall, change: Any) -> bytes:
    """The blank workbook, filled in."""
    blank = hall.call(MANAGER, "GET", "/case-imports/blank")
    assert blank.mimetype == XLSX
    book, out = load_workbook(io.BytesIO(blank.data)), io.BytesIO()
    change(book)
    book.save(out)
    return out.getvalue()


def put(book: Workbook, sheet: str, **values: Any) -> None:
    """One more row, each value below its head."""
    heads = [cell.value for cell in book[sheet][1]]
    assert values.keys() <= set(heads)
    book[sheet].append([values.get(head) for head in heads])


def fill_in(hall: Hall, **more: Any) -> Any:
    def change(book: Workbook) -> None:
        case = row(hall, "JD-1") | {"opened_at": "2026-02-24 09:00"} | more
        put(book, "办件", **{name: value for name, value in case.items() if name not in ("nodes", "materials")})
        put(book, "申请材料", case_number="JD-1", code="M01", state="checked")
        for node in NODES:
            put(book, "办理环节", case_number="JD-1", **node)

    return change


@pytest.mark.rule("FIL-93", "FIL-18")
def test_a_file_is_tried_and_imported_and_the_same_again_changes_nothing(hall: Hall) -> None:
    cases = [row(hall, "JD-1"), row(hall, "JD-2", nodes=NODES[:1])]
    tried = send(hall, cases, dry_run=True)
    assert outcomes(tried) == {"JD-1": "recorded", "JD-2": "recorded"} and tried.get_json()["dry_run"]
    assert Case.select().count() == 0 and hall.bench.emitted() == []
    done = send(hall, cases).get_json()
    assert done["counts"] == {"recorded": 2}
    listed = hall.call(hall.citizen, "GET", "/cases").get_json()["items"]
    assert {found["case_no"] for found in listed} == {found["case_no"] for found in done["rows"]}
    assert {found["case_source"] for found in listed} == {"interconnected"}
    emitted = len(hall.bench.emitted())
    assert outcomes(send(hall, cases)) == {"JD-1": "unchanged", "JD-2": "unchanged"}
    assert len(hall.bench.emitted()) == emitted
    assert outcomes(send(hall, [cases[0], row(hall, "JD-2")])) == {"JD-1": "unchanged", "JD-2": "changed"}
    assert len(hall.bench.emitted(filing.CaseAccepted)) == 2


@pytest.mark.rule("FIL-93")
def test_a_workbook_brings_cases_materials_and_steps_with_times_of_the_hall(hall: Hall) -> None:
    answer = send(hall, workbook(hall, fill_in(hall)), XLSX)
    assert answer.status_code == 200, answer.get_json()
    case = hall.get(answer.get_json()["rows"][0]["case_no"])
    assert (case["status"], case["external_no"], case["source_system"]) == ("accepted", "JD-1", f"{ORG}/{SYSTEM}")
    assert case["opened_at"].startswith("2026-02-24T09:00:00+08:00")
    assert case["materials"][0]["state"] == "checked" and len(case["nodes"]) == 2


@pytest.mark.rule("FIL-93")
def test_one_fault_anywhere_imports_nothing_and_each_row_says_its_own(hall: Hall) -> None:
    ended = {"number": 2, "step": "completed", "at": "2026-02-25T09:00:00+08:00"}
    cases = [
        row(hall, "JD-1"),
        row(hall, "JD-2", subject_ref="someone"),
        row(hall, "JD-3", item_code="000000000000"),
        row(hall, "JD-4", nodes=[ended]),  # without its result
        row(hall, "JD-5"),
        row(hall, "JD-5"),
    ]
    answer = send(hall, cases)
    found = answer.get_json()
    assert (answer.status_code, found["rule"]) == (422, "FIL-93")
    assert [(one["outcome"], [fault["field"] for fault in one["failures"]]) for one in found["rows"]] == [
        ("not_imported", []),
        ("refused", ["subject_ref"]),
        ("refused", ["item_code"]),
        ("refused", ["nodes"]),
        ("refused", ["number"]),
        ("refused", ["number"]),
    ]
    assert all(one["case_no"] is None for one in found["rows"])
    assert Case.select().count() == 0 and hall.bench.emitted() == []


@pytest.mark.rule("FIL-93")
def test_a_long_number_that_a_table_has_cut_is_refused(hall: Hall) -> None:
    def change(book: Workbook) -> None:
        put(book, "办件", **{name: part for name, part in row(hall, "x").items() if name != "nodes"} | {"number": 2e19})

    found = send(hall, workbook(hall, change), XLSX).get_json()
    assert "丢失末位" in found["rows"][0]["failures"][0]["zh"]


@pytest.mark.rule("FIL-93", "ID-35")
def test_only_the_office_that_approves_the_item_imports_its_cases(hall: Hall) -> None:
    other = send(hall, [row(hall, "JD-1")], who=staff("window_manager", WATCH))
    assert (other.status_code, other.get_json()["rule"]) == (403, "ID-35")
    assert send(hall, [row(hall, "JD-1")], who=hall.clerk).status_code == 403
    assert Case.select().count() == 0
    assert send(hall, [row(hall, "JD-1")], who=hall.leader).status_code == 200
    assert send(hall, [row(hall, "JD-1", item_code=PLAIN)]).status_code == 422  # this number is of another item


@pytest.mark.rule("FIL-93")
def test_what_offices_and_systems_call_the_same_stays_apart(hall: Hall) -> None:
    own = send(hall, [row(hall, "JD-1", nodes=NODES[:1])]).get_json()["rows"][0]["case_no"]
    hall.change_guide(SINGLE, approving_org=WATCH)
    theirs = send(hall, [row(hall, "JD-1", item_code=SINGLE)], who=staff("window_manager", WATCH)).get_json()
    assert [one["outcome"] for one in theirs["rows"]] == ["recorded"]
    sent = {name: part for name, part in row(hall, "JD-1").items() if name != "number"}
    by_itself = hall.call(peer(SYSTEM), "PUT", "/imports/JD-1", sent)
    assert by_itself.status_code == 201
    found = {own, theirs["rows"][0]["case_no"], by_itself.get_json()["case_no"]}
    assert {case.source_system for case in Case.select() if case.external_no} == {
        f"{ORG}/{SYSTEM}",
        f"{WATCH}/{SYSTEM}",
        SYSTEM,
    }
    assert len(found) == 3 and hall.status(own) == "submitted"  # what others have sent is not in it


@pytest.mark.rule("FIL-93")
def test_what_was_imported_under_a_bare_name_gets_its_office(hall: Hall) -> None:
    send(hall, [row(hall, "JD-1")])
    sent = {name: part for name, part in row(hall, "JD-2").items() if name != "number"}
    hall.call(peer(SYSTEM), "PUT", "/imports/JD-2", sent)
    with database.transaction():
        Case.update(source_system=SYSTEM).where(Case.external_no == "JD-1").execute()
        for statement in statements(BARE_NAMES.read_text(encoding="utf-8"), database.dialect):
            database.proxy.execute_sql(statement)
    assert {case.external_no: case.source_system for case in Case.select()} == {
        "JD-1": f"{ORG}/{SYSTEM}",
        "JD-2": SYSTEM,
    }


@pytest.mark.rule("FIL-93")
@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [(b"a,b", "text/csv", 415), (b"{", JSON, 422), (b'{"cases": []}', JSON, 422), (b"PK", XLSX, 422)],
)
def test_what_is_no_such_file_is_refused_as_a_whole(hall: Hall, content: bytes, kind: str, status: int) -> None:
    answer = send(hall, content, kind)
    assert answer.status_code == status and answer.get_json()["next"]


@pytest.mark.rule("FIL-93")
def test_the_same_file_ten_times_at_once_makes_each_case_once(hall_on: Hall) -> None:
    cases = [row(hall_on, "JD-1"), row(hall_on, "JD-2")]
    answers = at_once(10, lambda n: send(hall_on, cases).status_code)
    assert set(answers) == {200} and Case.select().count() == 2
