"""Ways of giving a material: the personal space, the licence library, the camera (FIL-05, FIL-06, FIL-07)."""

import hashlib
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from services.filing import items
from services.filing.models import Guide, LicenceCode, SpaceFile, StoredFile
from tests.filing.hall import ITEM, PDF, Hall, clock_at
from tests.filing.test_uploads import begin, on_disk, send
from tests.support import legal, person

API = "/api/filing/v1"


def into_space(hall: Hall, name: str = "a.pdf", data: bytes = PDF, *, who: Any = None, status: int = 201) -> Any:
    answer = hall.bench.client(who or hall.citizen).post(f"{API}/space/files", query_string={"name": name}, data=data)
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()


def give(hall: Hall, case_no: str, code: str, file_id: str, *, who: Any = None, status: int = 201) -> Any:
    path = f"/cases/{case_no}/materials/{code}/space-file"
    answer = hall.call(who or hall.citizen, "POST", path, {"space_file_id": file_id})
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()


def used(hall: Hall) -> int:
    return hall.call(hall.citizen, "GET", "/space").get_json()["used"]


@pytest.fixture
def ways(hall: Hall) -> Iterator[None]:
    """M01 comes from the licence library alone, M02 is a local file alone."""
    hall.draft()
    row = Guide.get(Guide.code == ITEM)
    body, change = row.body, {"M01": (["licence"], "食品经营许可证"), "M02": (["local"], None)}
    for entry in body["materials"]:
        if entry["code"] in change:
            entry["upload_ways"], entry["licence_type"] = change[entry["code"]]
    row.body = body
    row.save()
    items._KEPT.clear()
    yield
    items._KEPT.clear()


# --- the personal space -----------------------------------------------------------------------------------------------


@pytest.mark.rule("FIL-05")
def test_a_file_of_the_space_serves_many_cases_and_lies_there_once(hall: Hall) -> None:
    kept = into_space(hall, "营业执照.pdf")
    first, second = hall.draft(), hall.draft()
    given = [give(hall, case_no, "M01", kept["id"]) for case_no in (first, second)]
    assert {entry["way"] for entry in given} == {"space"} and hall.get(first)["materials"][0]["state"] == "supplied"
    assert len(on_disk(hall)) == 1 and StoredFile.select().count() == 2
    assert hall.call(hall.citizen, "DELETE", f"/space/files/{kept['id']}").status_code == 204
    assert hall.call(hall.citizen, "DELETE", f"/cases/{first}").status_code == 204
    answer = hall.bench.client(hall.citizen).get(f"{API}/cases/{second}/files/{given[1]['id']}")
    assert answer.data == PDF and used(hall) == 0
    answer.close()
    hall.call(hall.citizen, "DELETE", f"/cases/{second}/materials/M01/files/营业执照.pdf")
    assert on_disk(hall) == []


@pytest.mark.rule("FIL-05")
def test_the_space_keeps_what_it_has_already_once_and_counts_it_once(hall: Hall) -> None:
    first, second = into_space(hall, "a.pdf"), into_space(hall, "b.pdf")
    other = into_space(hall, "c.pdf", PDF + b"c")
    assert used(hall) == 2 * len(PDF) + 1 and len(on_disk(hall)) == 2
    into_space(hall, "a.pdf", PDF + b"other", status=409)
    listed = hall.call(hall.citizen, "GET", "/space/files").get_json()["items"]
    assert {entry["name"] for entry in listed} == {"a.pdf", "b.pdf", "c.pdf"}
    hall.call(hall.citizen, "DELETE", f"/space/files/{first['id']}")
    assert used(hall) == 2 * len(PDF) + 1
    answer = hall.bench.client(hall.citizen).get(f"{API}/space/files/{second['id']}")
    assert answer.data == PDF
    answer.close()
    for file_id in (second["id"], other["id"]):
        hall.call(hall.citizen, "DELETE", f"/space/files/{file_id}")
    assert used(hall) == 0 and on_disk(hall) == []


@pytest.mark.rule("FIL-05")
def test_a_space_is_its_owners_alone_and_files_are_renamed_within_their_kind(hall: Hall) -> None:
    kept, stranger = into_space(hall), legal()
    for method in ("GET", "DELETE"):
        assert hall.call(stranger, method, f"/space/files/{kept['id']}").status_code == 404
    assert hall.call(stranger, "GET", "/space/files").get_json()["items"] == []
    assert hall.call(person(level=0), "GET", "/space").status_code == 403
    give(hall, hall.draft(who=stranger), "M01", kept["id"], who=stranger, status=404)
    give(hall, hall.draft(who=stranger), "M01", kept["id"], status=403)
    path = f"/space/files/{kept['id']}"
    assert hall.call(hall.citizen, "PATCH", path, {"name": "证明.pdf"}).get_json()["name"] == "证明.pdf"
    assert hall.call(hall.citizen, "PATCH", path, {"name": "证明.exe"}).status_code == 422
    assert hall.call(hall.citizen, "PATCH", path, {"name": "证明.png"}).status_code == 422
    into_space(hall, "b.pdf", PDF + b"b")
    assert hall.call(hall.citizen, "PATCH", path, {"name": "b.pdf"}).status_code == 409


@pytest.mark.rule("FIL-05", "FIL-07")
def test_an_upload_in_parts_goes_into_the_space_too(hall: Hall) -> None:
    body = PDF + b"part"
    upload = begin(hall, body)
    assert send(hall, upload, 0, body[:5]).status_code == 200 and SpaceFile.select().count() == 0
    done = send(hall, upload, 5, body[5:]).get_json()
    assert SpaceFile.get().id == done["file_id"] and used(hall) == len(body)


@pytest.mark.rule("FIL-05", "CAT-16")
def test_what_the_guide_does_not_take_in_this_way_is_refused(hall: Hall, ways: None) -> None:
    case_no, kept = hall.draft(), into_space(hall)
    assert give(hall, case_no, "M02", kept["id"], status=422)["rule"] == "CAT-16"
    assert hall.upload(case_no, "M01", status=422)["rule"] == "CAT-16"
    hall.upload(case_no, "M02")
    big = into_space(hall, "大.pdf", PDF + bytes(512_000))
    give(hall, case_no, "M04", big["id"], status=413)
    at_counter = hall.draft(who=hall.counter, subject_ref=hall.citizen.ref)
    hall.upload(at_counter, "M01", who=hall.counter)


# --- the licence library ----------------------------------------------------------------------------------------------


def licence(hall: Hall, **more: Any) -> str:
    """An e-licence of the citizen, by a completed case."""
    hall.granted("ordinary", **more)
    listed = hall.call(hall.citizen, "GET", "/licences").get_json()["items"]
    return listed[0]["licence_id"]


def code_of(hall: Hall, licence_id: str) -> str:
    answer = hall.call(hall.citizen, "POST", f"/licences/{licence_id}/code")
    assert answer.status_code == 201, answer.get_json()
    return answer.get_json()["code"]


def fetch(hall: Hall, case_no: str, digits: str, *, who: Any = None, code: str = "M01", status: int = 201) -> Any:
    path = f"/cases/{case_no}/materials/{code}/licence"
    answer = hall.call(who or hall.citizen, "POST", path, {"licence_code": digits})
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()


@pytest.mark.rule("FIL-05", "FIL-06")
def test_the_code_of_the_holder_attaches_the_e_licence_once(press: Hall) -> None:
    digits = code_of(press, licence(press))
    assert re.fullmatch(r"\d{8}", digits)
    before = len(on_disk(press))
    case_no = press.draft()
    attached = fetch(press, case_no, digits)
    assert attached["way"] == "licence" and attached["name"].startswith("食品经营许可证")
    assert press.get(case_no)["materials"][0]["state"] == "licence"
    answer = press.bench.client(press.citizen).get(f"{API}/cases/{case_no}/files/{attached['id']}")
    assert hashlib.sha256(answer.data).hexdigest() == attached["sha256"] and answer.data.startswith(b"%PDF")
    answer.close()
    assert len(on_disk(press)) == before + 1, "the sealed paper itself, not a copy"
    assert fetch(press, case_no, digits, code="M02", status=409)["rule"] == "FIL-06"
    assert press.call(press.citizen, "DELETE", f"/cases/{case_no}").status_code == 204
    assert len(on_disk(press)) == before + 1, "the library keeps its paper"
    at_counter = press.draft(who=press.counter, subject_ref=press.citizen.ref)
    fetch(press, at_counter, code_of(press, licence(press)), who=press.counter)


@pytest.mark.rule("FIL-06")
def test_a_wrong_or_ended_code_attaches_nothing_and_says_why(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    licence_id = licence(hall)
    digits, case_no = code_of(hall, licence_id), hall.draft()
    wrong = fetch(hall, case_no, f"{(int(digits) + 1) % 10**8:08}", status=409)
    assert wrong["rule"] == "FIL-06" and "验证码" in wrong["detail"] and wrong["next"]
    stranger = legal()
    fetch(hall, hall.draft(who=stranger), digits, who=stranger, status=409)
    assert hall.call(stranger, "POST", f"/licences/{licence_id}/code").status_code == 404
    replaced = code_of(hall, licence_id)
    fetch(hall, case_no, digits, status=409)
    LicenceCode.update(valid_until="2026-01-01T00:00:00+08:00").execute()
    fetch(hall, case_no, replaced, status=409)
    assert hall.get(case_no)["materials"][0]["state"] == "missing"


@pytest.mark.rule("FIL-06")
def test_a_licence_that_is_not_valid_or_of_another_kind_is_not_attached(hall: Hall, ways: None) -> None:
    licence_id = licence(hall, item=ITEM, who=hall.counter, subject_ref=hall.citizen.ref)
    digits, case_no = code_of(hall, licence_id), hall.draft()
    row = Guide.get(Guide.code == ITEM)
    body = row.body
    body["materials"][0]["licence_type"] = "营业执照"
    row.body = body
    row.save()
    items._KEPT.clear()
    assert fetch(hall, case_no, digits, status=409)["type"].endswith("licence-other-type")
    with clock_at("2031-03-03 10:00"):
        assert fetch(hall, case_no, digits, status=409)["type"].endswith("licence-not-valid")
        assert hall.call(hall.citizen, "POST", f"/licences/{licence_id}/code").status_code == 409
    assert hall.get(case_no)["materials"][0]["state"] == "missing"


# --- photographed papers ----------------------------------------------------------------------------------------------


def photograph(width: int = 3000, height: int = 2000, kind: str = "JPEG", *, turned: bool = False) -> bytes:
    """A picture with enough in it to be large, perhaps taken with the camera on its side, and with a place."""
    picture, out = Image.effect_noise((width, height), 60).convert("RGB"), io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6 if turned else 1
    exif[0x8825] = {1: "N"}
    picture.save(out, kind, exif=exif)
    return out.getvalue()


def put(hall: Hall, case_no: str, code: str, name: str, data: bytes, way: str = "camera") -> Any:
    path = f"{API}/cases/{case_no}/materials/{code}/files/{name}?way={way}"
    return hall.bench.client(hall.citizen).put(path, data=data)


def stored_picture(hall: Hall) -> Any:
    (path,) = on_disk(hall)
    return Image.open(path)


@pytest.mark.rule("FIL-05", "FIL-07")
def test_a_photograph_is_made_small_enough_for_its_material(hall: Hall) -> None:
    case_no, data = hall.draft(), photograph(turned=True)
    assert len(data) > 512_000
    stored = put(hall, case_no, "M04", "照片.jpg", data).get_json()
    assert stored["way"] == "camera" and stored["size"] <= 512_000 and stored["mime"] == "image/jpeg"
    picture = stored_picture(hall)
    assert picture.format == "JPEG" and picture.height > picture.width, "turned upright"
    assert not picture.getexif(), "where it was taken is nobody's business"
    assert hall.upload(case_no, "M04", name="照片.jpg", data=data)["size"] <= 512_000, "also when it is only uploaded"
    assert put(hall, case_no, "M04", "a.png", photograph(1200, 900, "PNG")).get_json()["name"] == "a.jpg"


@pytest.mark.rule("FIL-07")
def test_a_photograph_sent_in_parts_is_made_small_too(hall: Hall) -> None:
    case_no, data = hall.draft(), photograph()
    upload = begin(hall, data, name="照片.jpg", case_no=case_no, code="M04", way="camera")
    assert send(hall, upload, 0, data).status_code == 200
    assert StoredFile.get().size <= 512_000 and stored_picture(hall).format == "JPEG"


@pytest.mark.rule("FIL-05", "FIL-07")
@pytest.mark.parametrize(
    ("name", "data", "status"),
    [
        ("a.pdf", PDF, 422),
        ("a.jpg", b"\xff\xd8\xff" + b"0" * 100, 422),
        ("a.jpg", photograph(400, 300)[:-5000], 422),
    ],
)
def test_only_whole_pictures_come_from_the_camera(hall: Hall, name: str, data: bytes, status: int) -> None:
    case_no = hall.draft()
    refused = put(hall, case_no, "M01", name, data)
    assert refused.status_code == status and refused.get_json()["rule"] == "FIL-07"
    assert on_disk(hall) == [] and hall.get(case_no)["materials"][0]["state"] == "missing"


@pytest.mark.rule("FIL-07")
def test_a_picture_that_unfolds_to_too_many_points_is_refused(hall: Hall) -> None:
    out = io.BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG")
    refused = put(hall, hall.draft(), "M01", "a.png", out.getvalue())
    assert refused.status_code == 422 and on_disk(hall) == []
