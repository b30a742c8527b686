"""Never ask twice, filing again, material beyond the guide, and what comes after (FIL-11, FIL-20, FIL-47, FIL-48)."""

from typing import Any

import pytest

from services.filing import items
from services.filing.models import Guide, StoredFile
from tests.filing.hall import ITEM, ORG, PDF, PLAIN, Hall
from tests.filing.test_giving import give, into_space
from tests.filing.test_uploads import on_disk
from tests.support import person, staff


def again(hall: Hall, case_no: str, *, who: Any = None, status: int = 201, **body: Any) -> Any:
    answer = hall.call(who or hall.citizen, "POST", f"/cases/{case_no}/refiling", body)
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()


def offers(hall: Hall, case_no: str, *, who: Any = None) -> dict[str, list[Any]]:
    found = hall.call(who or hall.citizen, "GET", f"/cases/{case_no}/offers").get_json()["items"]
    return {entry["code"]: [(offer["source"], offer["id"]) for offer in entry["offers"]] for entry in found}


# --- never ask twice --------------------------------------------------------------------------------------------------


@pytest.mark.rule("FIL-20")
def test_what_the_hall_holds_is_offered_given_and_counted(hall: Hall) -> None:
    earlier = hall.submitted()
    file_id = hall.get(earlier)["materials"][0]["files"][0]["id"]
    kept = into_space(hall, "规章制度清单2026.pdf", PDF + b"space")
    case_no, before = hall.draft(item=PLAIN), len(on_disk(hall))
    found = offers(hall, case_no)
    assert found["M01"] == [("earlier", file_id)] and ("space", kept["id"]) in found["M03"] and found["M04"] == []
    path = f"/cases/{case_no}/materials/M01/earlier-file"
    given = hall.call(hall.citizen, "POST", path, {"file_id": file_id})
    assert given.status_code == 201 and given.get_json()["way"] == "earlier"
    give(hall, case_no, "M03", kept["id"])
    hall.upload(case_no, "M02")
    assert set(offers(hall, case_no)) == {"M04"} and len(on_disk(hall)) == before + 1
    clerk = staff("window_clerk", ORG)
    drafted = hall.call(clerk, "GET", "/reuse-statistics").get_json()
    assert (drafted["files"], drafted["held"]) == (3, 0), "a draft is not counted"
    hall.fill(case_no)
    hall.do(hall.citizen, case_no, "submission")
    counted = hall.call(clerk, "GET", "/reuse-statistics").get_json()
    assert counted == {"files": 6, "held": 2, "local": 4, "camera": 0, "space": 1, "licence": 0, "earlier": 1}
    elsewhere = hall.call(staff("window_clerk", "TZJ040-SP"), "GET", "/reuse-statistics").get_json()
    assert elsewhere["files"] == 0


@pytest.mark.rule("FIL-20")
def test_a_licence_of_the_party_is_offered_where_the_guide_asks_for_its_kind(hall: Hall) -> None:
    hall.granted(item=ITEM)
    licence_id = hall.call(hall.citizen, "GET", "/licences").get_json()["items"][0]["licence_id"]
    case_no = hall.draft()
    hall.call(
        hall.citizen, "POST", f"/cases/{case_no}/extra-materials", {"name": "食品经营许可证", "consulted": "A1窗口"}
    )
    assert offers(hall, case_no)["X01"] == [("licence", licence_id)]


@pytest.mark.rule("FIL-20", "ID-35")
def test_nothing_of_others_is_offered_or_given(hall: Hall) -> None:
    file_id = hall.get(hall.submitted())["materials"][0]["files"][0]["id"]
    stranger = person()
    draft = hall.draft(who=stranger)
    assert offers(hall, draft, who=stranger)["M01"] == []
    assert hall.call(hall.citizen, "GET", f"/cases/{draft}/offers").status_code == 403
    path = f"/cases/{draft}/materials/M01/earlier-file"
    assert hall.call(stranger, "POST", path, {"file_id": file_id}).status_code == 404
    at_counter = hall.draft(who=hall.counter, subject_ref=hall.citizen.ref)
    assert offers(hall, at_counter, who=hall.counter)["M01"] == [], "the clerk has not filed that one"


# --- filing again -----------------------------------------------------------------------------------------------------


@pytest.mark.rule("FIL-48")
def test_a_withdrawn_case_is_filed_again_with_all_it_had(hall: Hall) -> None:
    old = hall.submitted(delivery_out="courier", address_ref="address:1")
    again(hall, old, status=409)
    hall.do(hall.citizen, old, "withdrawal", {"reason": "填错"})
    before = len(on_disk(hall))
    new = again(hall, old)
    was = hall.get(old)
    assert new["case_no"] != old and new["status"] == "draft" and new["agreed"] is False
    for name in ("form", "project_name", "delivery_in", "delivery_out", "address_ref", "hall", "subject_name_masked"):
        assert new[name] == was[name], name
    hashes = [[file["sha256"] for file in entry["files"]] for entry in new["materials"]]
    assert hashes == [[file["sha256"] for file in entry["files"]] for entry in was["materials"]]
    assert len(on_disk(hall)) == before
    assert again(hall, old, who=hall.citizen)["case_no"] != new["case_no"]
    again(hall, old, who=person(), status=403)
    hall.call(hall.citizen, "PATCH", f"/cases/{new['case_no']}", {"agreed": True})
    hall.do(hall.citizen, new["case_no"], "submission")
    answer = hall.bench.client(hall.citizen).get(
        f"/api/filing/v1/cases/{old}/files/{was['materials'][0]['files'][0]['id']}"
    )
    assert answer.data == PDF
    answer.close()


@pytest.mark.rule("FIL-48")
def test_refused_and_not_accepted_cases_are_filed_again_too_also_in_another_mode(hall: Hall) -> None:
    refused = hall.reviewed()
    reasons = {"decision": "refused", "opinion": "不符合条件", "basis": "第五条"}
    hall.do(hall.decider, refused, "decision", reasons)
    assert again(hall, refused, mode="commit")["mode"] == "commit"
    not_accepted = hall.viewed()
    why = {"reason_code": "not_competent", "opinion": "不属于本机关"}
    hall.do(hall.clerk, not_accepted, "refusal-to-accept", why)
    assert again(hall, not_accepted)["status"] == "draft"
    again(hall, hall.granted(), status=409)


@pytest.mark.rule("FIL-48", "CAT-24")
def test_what_the_guide_asks_for_otherwise_today_is_not_taken_along(hall: Hall) -> None:
    old = hall.submitted()
    hall.do(hall.citizen, old, "withdrawal", {})
    row = Guide.get(Guide.code == ITEM)
    body = row.body
    body["materials"][1]["name"] = "设施布局图"
    row.body = body
    row.save()
    items._KEPT.clear()
    try:
        states = {entry["code"]: entry["state"] for entry in again(hall, old)["materials"]}
    finally:
        items._KEPT.clear()
    assert states == {"M01": "supplied", "M02": "missing", "M03": "supplied", "M04": "missing"}


@pytest.mark.rule("FIL-48")
def test_a_repeated_request_to_file_again_gives_the_same_draft(hall: Hall) -> None:
    old = hall.submitted()
    hall.do(hall.citizen, old, "withdrawal", {})
    headers = {"Idempotency-Key": "key-1"}
    numbers = {
        hall.call(hall.citizen, "POST", f"/cases/{old}/refiling", {}, headers=headers).get_json()["case_no"]
        for _ in range(2)
    }
    assert len(numbers) == 1 and len(StoredFile.select()) == 6


# --- beyond the guide -------------------------------------------------------------------------------------------------


@pytest.mark.rule("FIL-11")
def test_material_beyond_the_list_is_added_after_asking_the_staff(hall: Hall) -> None:
    case_no = hall.ready()
    path = f"/cases/{case_no}/extra-materials"
    assert hall.call(hall.citizen, "POST", path, {"name": "现场照片"}).status_code == 422
    added = hall.call(hall.citizen, "POST", path, {"name": "现场照片", "consulted": "3月1日 A1窗口"})
    assert added.status_code == 201
    extra = added.get_json()["materials"][-1]
    assert (extra["code"], extra["required"], extra["consulted"]) == ("X01", False, "3月1日 A1窗口")
    hall.upload(case_no, "X01", name="现场.pdf")
    second = hall.call(hall.citizen, "POST", path, {"name": "说明", "consulted": "A1窗口"}).get_json()
    assert second["materials"][-1]["code"] == "X02"
    assert hall.call(person(), "POST", path, {"name": "x", "consulted": "y"}).status_code == 403
    files = len(on_disk(hall))
    hall.upload(case_no, "X02", name="说明.pdf")
    assert hall.call(hall.citizen, "DELETE", f"{path}/X02").status_code == 200 and len(on_disk(hall)) == files
    assert hall.call(hall.citizen, "DELETE", f"{path}/M01").status_code == 404, "the guide's own list stands"
    hall.do(hall.citizen, case_no, "submission")
    assert hall.get(case_no, hall.clerk)["materials"][-1]["files"][0]["name"] == "现场.pdf"
    for method, where in (("POST", path), ("DELETE", f"{path}/X01")):
        body = {"name": "迟到", "consulted": "A1窗口"} if method == "POST" else None
        assert hall.call(hall.citizen, method, where, body).status_code == 409


# --- afterwards -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("FIL-15")
def test_the_answer_to_a_submission_has_the_number_and_a_receipt_that_stays(hall: Hall) -> None:
    case_no = hall.ready()
    sent = hall.do(hall.citizen, case_no, "submission")
    assert sent["case_no"] == case_no and [entry["kind"] for entry in sent["documents"]] == ["receipt"]
    hall.do(hall.citizen, case_no, "withdrawal", {})
    receipt = sent["documents"][0]
    assert hall.get(case_no)["documents"][0] == receipt
    page = hall.call(hall.citizen, "GET", f"/cases/{case_no}/documents/{receipt['id']}")
    assert page.status_code == 200 and case_no in page.get_data(as_text=True)


@pytest.mark.rule("FIL-47", "FIL-62")
def test_a_completed_case_can_be_rated_by_its_applicant_also_after_collection(hall: Hall) -> None:
    case_no = hall.reviewed()
    assert hall.get(case_no)["rateable"] is False
    hall.do(hall.decider, case_no, "decision", {"decision": "granted", "opinion": "准予"})
    closed = hall.call(hall.citizen, "GET", "/cases?tab=closed").get_json()["items"]
    assert [(entry["case_no"], entry["rateable"]) for entry in closed] == [(case_no, True)]
    hall.do(hall.clerk, case_no, "collection", {"document_checked": True})
    assert hall.get(case_no)["rateable"] is True and hall.get(case_no, hall.clerk)["rateable"] is False
