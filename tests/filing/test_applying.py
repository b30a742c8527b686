"""Drafts, forms, materials, letters, submission."""

import io
from pathlib import Path
from typing import Any

import pytest

from chassis.errors import Refusal
from contracts.events import catalog, filing
from services.filing import forms, storage
from services.filing.models import StoredFile
from tests.filing.hall import ITEM, OFFLINE, ORG, PDF, PLAIN, PNG, Hall, clock_at
from tests.support import legal, person, staff


def _files(hall: Hall) -> list[Path]:
    root = hall.bench.settings.files_path
    return [path for path in root.rglob("*") if path.is_file()] if root.exists() else []


# --- drafts -----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("FIL-02", "ID-06", "ID-07")
def test_only_real_name_users_open_a_draft(hall: Hall) -> None:
    body = {"item_code": ITEM, "project_name": "新店"}
    assert hall.call(None, "POST", "/cases", body).status_code == 401
    refused = hall.call(person(level=0), "POST", "/cases", body)
    assert refused.status_code == 403 and refused.get_json()["rule"] == "ID-06"
    assert refused.get_json()["type"] == "/problems/real-name-needed"
    assert "高级认证" in refused.get_json()["next"] and "返回本事项" in refused.get_json()["next"]
    assert hall.call(legal(), "POST", "/cases", body).status_code == 201
    others = body | {"subject_ref": "person:someone-else"}
    assert hall.call(hall.citizen, "POST", "/cases", others).status_code == 403


@pytest.mark.rule("FIL-13", "FIL-14")
def test_a_draft_is_changed_and_deleted_with_its_files(hall: Hall) -> None:
    case_no = hall.ready("commit")
    assert len(_files(hall)) == 2  # M01 and the letter
    drafts = hall.call(hall.citizen, "GET", "/cases?tab=drafts").get_json()["items"]
    assert [entry["case_no"] for entry in drafts] == [case_no]
    assert hall.call(hall.citizen, "DELETE", f"/cases/{case_no}").status_code == 204
    assert _files(hall) == [] and StoredFile.select().count() == 0


@pytest.mark.rule("FIL-13")
def test_after_submission_nothing_is_modified_replaced_or_deleted(hall: Hall) -> None:
    case_no = hall.submitted("commit")
    assert hall.call(hall.citizen, "PATCH", f"/cases/{case_no}", {"project_name": "改名"}).status_code == 409
    assert hall.call(hall.citizen, "DELETE", f"/cases/{case_no}").status_code == 409
    hall.upload(case_no, "M01", name="b.pdf", status=409)
    answer = hall.call(hall.citizen, "DELETE", f"/cases/{case_no}/materials/M01/files/a.pdf")
    assert answer.status_code == 409
    hall.sign(case_no, status=409)
    hall.do(hall.citizen, case_no, "materials/M02/deferral", {"deferred": False}, status=409)


@pytest.mark.rule("FIL-20")
def test_a_repeated_create_with_the_same_key_gives_the_same_draft(hall: Hall) -> None:
    body = {"item_code": ITEM, "project_name": "新店"}
    headers = {"Idempotency-Key": "key-1"}
    first = hall.call(hall.citizen, "POST", "/cases", body, headers=headers)
    again = hall.call(hall.citizen, "POST", "/cases", body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json()["case_no"] == again.get_json()["case_no"]
    assert len(hall.bench.emitted(filing.CaseDrafted)) == 1


def test_an_old_page_is_seen_to_be_old(hall: Hall) -> None:
    case_no = hall.draft()
    seen = hall.call(hall.citizen, "GET", f"/cases/{case_no}").headers["ETag"]
    hall.fill(case_no)
    stale = hall.call(hall.citizen, "PATCH", f"/cases/{case_no}", {"agreed": False}, headers={"If-Match": seen})
    assert stale.status_code == 412 and hall.get(case_no)["agreed"] is True
    fresh = hall.call(hall.citizen, "GET", f"/cases/{case_no}").headers["ETag"]
    done = hall.call(hall.citizen, "PATCH", f"/cases/{case_no}", {"agreed": False}, headers={"If-Match": fresh})
    assert done.status_code == 200 and done.headers["ETag"] != fresh


@pytest.mark.rule("CAT-19", "CAT-23", "CAT-14")
def test_the_switches_and_the_fields_of_the_guide_bind(hall: Hall) -> None:
    refused = hall.call(hall.citizen, "POST", "/cases", {"item_code": PLAIN, "mode": "commit", "project_name": "公司"})
    assert refused.status_code == 422 and refused.get_json()["rule"] == "CAT-19"
    offline = hall.call(hall.citizen, "POST", "/cases", {"item_code": OFFLINE, "project_name": "登记"})
    assert offline.status_code == 422 and offline.get_json()["rule"] == "CAT-23"
    assert (
        hall.call(hall.citizen, "POST", "/cases", {"item_code": "999999999999", "project_name": "无"}).status_code
        == 404
    )
    case_no = hall.draft()
    extra = hall.call(hall.citizen, "PATCH", f"/cases/{case_no}", {"form": {"favourite_colour": "红"}})
    assert extra.status_code == 422 and extra.get_json()["rule"] == "CAT-14"


@pytest.mark.rule("CAT-24")
def test_a_case_keeps_its_version_and_a_retired_item_takes_no_new_ones(hall: Hall) -> None:
    case_no = hall.draft()
    item = {
        "item_code": ITEM,
        "item_version": 1,
        "item_name": "食品经营许可",
        "kind": "promise",
        "service_objects": ["legal"],
        "region_code": "120000",
        "approving_org": ORG,
        "supervising_orgs": [],
        "switches": dict.fromkeys(
            ("online", "commit", "same_city", "bookable", "express_in", "express_out", "instant", "single_reviewer"),
            True,
        ),
        "limits": {"statutory": 20, "committed": 10, "unit": "wd"},
    }
    optional: dict[str, list[Any]] = {"supervision_points": [], "halls": []}
    extra = {key: value for key, value in optional.items() if key in catalog.ItemRetired._declared_fields}
    retired = item | extra | {"effective_to": "2026-03-02", "reason": "取消"}
    hall.bench.deliver(catalog.ItemRetired, ITEM, retired, sequence=5)
    published = item | extra | {"effective_from": "2026-01-01"}
    hall.bench.deliver(catalog.ItemPublished, ITEM, published, sequence=1)  # older, heard later
    with clock_at("2026-03-03 10:00"):
        closed = hall.call(hall.citizen, "POST", "/cases", {"item_code": ITEM, "project_name": "新店"})
        assert closed.status_code == 404 and closed.get_json()["rule"] == "CAT-24"
        assert hall.get(case_no)["item_version"] == 1


def test_a_guide_seen_before_serves_while_the_catalog_is_away(hall: Hall) -> None:
    hall.draft()
    asked = len(hall.catalog.requests)
    hall.draft()
    paths = [path for _, path, _ in hall.catalog.requests[asked:]]
    assert not any("versions" in path for path in paths)


# --- forms ------------------------------------------------------------------------------------------------------------


@pytest.mark.rule("FIL-01", "FIL-03")
def test_submission_names_every_fault_of_the_form_at_once(hall: Hall) -> None:
    case_no = hall.ready()
    hall.fill(case_no, agreed=False)
    assert hall.do(hall.citizen, case_no, "submission", status=422)["rule"] == "FIL-01"
    bad = {"applicant_name": "", "mobile": "", "fixed_phone": "", "area_m2": "0", "form_kind": "养殖"}
    hall.fill(case_no, form=bad)
    refused = hall.do(hall.citizen, case_no, "submission", status=422)
    assert refused["rule"] == "FIL-03"
    assert set(refused["fields"]) == {"applicant_name", "mobile", "fixed_phone", "area_m2", "form_kind"}
    hall.fill(
        case_no, form={"applicant_name": "样例", "fixed_phone": "022-12345678", "area_m2": "20", "form_kind": "餐饮"}
    )
    hall.do(hall.citizen, case_no, "submission")


@pytest.mark.rule("FIL-03", "CAT-29")
@pytest.mark.parametrize(
    ("validator", "good", "bad"),
    [
        ("length:2-5", "两个字", "一"),
        ("number:0-100", "3.5", "三"),
        ("date", "2026-03-02", "2026-02-30"),
        ("phone", "022-12345678", "12"),
        ("mobile", "13800000000", "02212345678"),
        ("un_no", "1203", "12"),
        ("cn_id", "11010519491231002X", "110105194912310021"),
        ("uscc_or_reg_no", "91350100M000100Y43", "91350100M000100Y44"),
    ],
)
def test_a_field_is_checked_as_the_guide_says(validator: str, good: str, bad: str) -> None:
    field = {"key": "x", "label": "栏目", "required": True, "validator": validator}
    assert forms.faults([field], {"x": good}) == {}
    assert set(forms.faults([field], {"x": bad})) == {"x"}


# --- materials --------------------------------------------------------------------------------------------------------


@pytest.mark.rule("T14", "FIL-07", "AMB-42")
def test_t14_an_upload_of_exactly_300_mb_is_refused(hall: Hall) -> None:
    case_no = hall.draft()
    path = f"/api/filing/v1/cases/{case_no}/materials/M01/files/big.pdf"
    answer = hall.bench.client(hall.citizen).put(
        path, data=PDF, environ_overrides={"CONTENT_LENGTH": str(300 * 1024 * 1024)}
    )
    assert answer.status_code == 413 and answer.get_json()["rule"] == "FIL-07"
    assert _files(hall) == []


@pytest.mark.rule("FIL-07")
@pytest.mark.parametrize(("size", "taken"), [(99, True), (100, False), (101, False)])
def test_the_limit_is_exclusive_also_when_no_length_is_announced(hall: Hall, size: int, taken: bool) -> None:
    body = io.BytesIO(b"%PDF-" + b"0" * (size - 5))
    with hall.bench.app.app_context():
        if taken:
            received = storage.receive("case", "a.pdf", body, below=100, announced=None, formats=[])
            storage.settle(received.path)
            assert received.size == size
        else:
            with pytest.raises(Refusal):
                storage.receive("case", "a.pdf", body, below=100, announced=None, formats=[])
    assert len(_files(hall)) == taken


@pytest.mark.rule("FIL-07")
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", PNG),
        ("a.png", PDF),
        ("a.pdf", b""),
        ("a.exe", b"MZ"),
        ("a", PDF),
        (".pdf", PDF),
        ("..pdf", PDF),
        ("a%00.pdf", PDF),
        ("%3Cscript%3E.pdf", PDF),
    ],
)
def test_disguised_empty_and_oddly_named_files_leave_nothing_behind(hall: Hall, name: str, data: bytes) -> None:
    case_no = hall.draft()
    answer = hall.bench.client(hall.citizen).put(
        f"/api/filing/v1/cases/{case_no}/materials/M01/files/{name}", data=data
    )
    assert answer.status_code in {404, 422}
    assert _files(hall) == [] and hall.get(case_no)["materials"][0]["state"] == "missing"


@pytest.mark.rule("FIL-07", "CAT-16", "AMB-42")
def test_an_item_may_set_a_smaller_size_and_fewer_formats(hall: Hall) -> None:
    case_no = hall.draft()
    hall.upload(case_no, "M04", data=PDF + b"0" * (512_000 - len(PDF)))
    refused = hall.upload(case_no, "M04", name="b.pdf", data=PDF + b"0" * 512_000, status=413)
    assert refused["below"] == 512_001
    docx = b"PK\x03\x04" + b"0" * 20
    assert hall.upload(case_no, "M02", name="a.docx", data=docx, status=422)["rule"] == "FIL-07"
    hall.upload(case_no, "M02", name="a.JPEG", data=b"\xff\xd8\xff" + b"0" * 20)


@pytest.mark.rule("FIL-07", "FIL-13")
def test_files_are_replaced_taken_back_and_downloaded(hall: Hall) -> None:
    case_no = hall.draft()
    first = hall.upload(case_no, "M01", name="申请书.pdf")
    second = hall.upload(case_no, "M01", name="申请书.pdf", data=PDF + b"2")
    assert first["sha256"] != second["sha256"] and len(_files(hall)) == 1
    client = hall.bench.client(hall.citizen)
    answer = client.get(f"/api/filing/v1/cases/{case_no}/files/{second['id']}")
    assert answer.data == PDF + b"2" and answer.headers["X-Content-Type-Options"] == "nosniff"
    answer.close()
    stranger = hall.bench.client(person()).get(f"/api/filing/v1/cases/{case_no}/files/{second['id']}")
    assert stranger.status_code == 403
    gone = client.delete(f"/api/filing/v1/cases/{case_no}/materials/M01/files/申请书.pdf")
    assert gone.status_code == 200 and gone.get_json()["materials"][0]["state"] == "missing" and _files(hall) == []
    hall.upload(case_no, "M99", status=404)
    assert hall.upload(case_no, "M01", name="big.pdf", data=PDF + b"0" * 5_000_000)["size"] == 5_000_000 + len(PDF)


# --- letter -----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("FIL-10", "AMB-01")
def test_the_letter_names_material_date_and_consequences_and_must_fit_what_is_deferred(hall: Hall) -> None:
    case_no = hall.draft("commit")
    hall.fill(case_no)
    hall.upload(case_no, "M01")
    hall.do(hall.citizen, case_no, "materials/M02/deferral")
    letter = hall.call(hall.citizen, "GET", f"/cases/{case_no}/commitment-letter").get_json()
    text = "".join(letter["lines"])
    assert "M02 设施布局文件" in text and "2026年05月28日24时" in text and "撤销办理结果" in text and "诚信档案" in text
    assert letter["due"] == "2026-05-28" and [entry["code"] for entry in letter["deferred"]] == ["M02"]
    hall.sign(case_no)
    hall.do(hall.citizen, case_no, "materials/M03/deferral")
    assert hall.call(hall.citizen, "GET", f"/cases/{case_no}/commitment-letter").get_json()["outdated"] is True
    refused = hall.do(hall.citizen, case_no, "submission", status=409)
    assert refused["type"].endswith("letter-outdated")
    hall.sign(case_no)
    hall.do(hall.citizen, case_no, "submission")


@pytest.mark.rule("FIL-70")
def test_the_promise_runs_from_the_signature_not_from_the_submission(hall: Hall) -> None:
    case_no = hall.ready("commit")
    with clock_at("2026-03-12 10:00"):
        hall.do(hall.citizen, case_no, "submission")
    assert hall.get(case_no)["commitment"]["due"] == "2026-05-28"


@pytest.mark.rule("FIL-09")
def test_only_marked_material_of_a_commit_case_may_be_deferred(hall: Hall) -> None:
    commit, ordinary = hall.draft("commit"), hall.draft("ordinary")
    assert hall.do(hall.citizen, commit, "materials/M01/deferral", status=422)["rule"] == "FIL-09"
    assert hall.do(hall.citizen, ordinary, "materials/M02/deferral", status=422)["rule"] == "FIL-09"
    hall.do(hall.citizen, commit, "materials/M02/deferral")
    hall.call(hall.citizen, "PATCH", f"/cases/{commit}", {"mode": "ordinary"})
    assert [entry["state"] for entry in hall.get(commit)["materials"]] == ["missing"] * 4


# --- delivery ways and uniqueness -------------------------------------------------------------------------------------


@pytest.mark.rule("FIL-12")
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"delivery_in": "courier"}, "address_ref"),
        ({"delivery_out": "courier"}, "address_ref"),
        ({"hall": None}, "hall"),
    ],
)
def test_courier_needs_an_address_and_a_window_a_hall(hall: Hall, change: dict[str, Any], field: str) -> None:
    case_no = hall.ready()
    hall.fill(case_no, **change)
    refused = hall.do(hall.citizen, case_no, "submission", status=422)
    assert refused["rule"] == "FIL-12" and field in refused["fields"]


@pytest.mark.rule("FIL-04", "FIL-48")
def test_the_same_project_is_filed_again_only_after_the_first_has_ended(hall: Hall) -> None:
    first = hall.submitted(project_name="新店 一号")
    second = hall.ready(project_name="新店一号")
    refused = hall.do(hall.citizen, second, "submission", status=409)
    assert refused["rule"] == "FIL-04" and refused["case_no"] == first
    other_item = hall.ready(project_name="新店一号", item=PLAIN)
    hall.do(hall.citizen, other_item, "submission")
    hall.do(hall.citizen, first, "withdrawal", {"reason": "填错"})
    hall.do(hall.citizen, second, "submission")


# --- lists and progress -----------------------------------------------------------------------------------------------


@pytest.mark.rule("FIL-16", "FIL-17", "AMB-22")
def test_my_cases_have_their_tabs_newest_first(hall: Hall) -> None:
    made = {
        "drafts": hall.draft(),
        "in_progress": hall.submitted(),
        "correction": hall.correction(),
        "commitment": hall.granted("commit"),
        "closed": hall.granted("ordinary"),
    }
    for tab, case_no in made.items():
        found = hall.call(hall.citizen, "GET", f"/cases?tab={tab}").get_json()["items"]
        assert [entry["case_no"] for entry in found] == [case_no], tab
    with clock_at("2026-03-03 10:00"):
        newest = hall.submitted()
    everything = hall.call(hall.citizen, "GET", "/cases?limit=3").get_json()
    assert everything["items"][0]["case_no"] == newest and len(everything["items"]) == 3 and everything["next"]
    rest = hall.call(hall.citizen, "GET", f"/cases?limit=3&cursor={everything['next']}").get_json()
    assert len(rest["items"]) == 3 and rest["next"] is None
    row = next(entry for entry in everything["items"] + rest["items"] if entry["case_no"] == made["commitment"])
    assert row["days_left"] == 61 and row["case_source"] == "online"  # today and 60 more


@pytest.mark.rule("FIL-21")
def test_progress_without_login_by_number_and_phone_with_few_tries(hall: Hall) -> None:
    case_no = hall.submitted()
    path = f"/progress?case_no={case_no}&phone_tail="
    answer = hall.call(None, "GET", path + "0000")
    assert answer.status_code == 200 and answer.get_json()["status"] == "submitted"
    assert "样例" not in answer.get_data(as_text=True)
    assert [hall.call(None, "GET", path + "1111").status_code for _ in range(6)] == [404] * 5 + [429]
    assert hall.call(None, "GET", path + "0000").status_code == 429
    assert hall.call(None, "GET", "/progress?case_no=20260302100000000000&phone_tail=0000").status_code == 404
    assert hall.call(None, "GET", f"/progress?case_no={hall.draft()}&phone_tail=0000").status_code == 404


@pytest.mark.rule("ID-21")
def test_nothing_personal_travels_in_events(hall: Hall) -> None:
    hall.granted("commit")
    text = "".join(str(event.data) for event in hall.bench.emitted())
    assert "样例申请单位" not in text and "13800000000" not in text and "样*****" in text


@pytest.mark.rule("FIL-18", "FIL-50")
def test_a_window_files_for_the_applicant_and_both_see_the_case(hall: Hall) -> None:
    case_no = hall.submitted(who=hall.counter, subject_ref=hall.citizen.ref, window="A1")
    assert hall.get(case_no)["case_source"] == "window"
    assert hall.call(hall.counter, "GET", f"/cases/{case_no}").status_code == 200
    body = {"item_code": ITEM, "project_name": "无名"}
    assert hall.call(staff("window_clerk", ORG), "POST", "/cases", body).status_code == 422
