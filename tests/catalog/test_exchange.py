"""Items in and out as JSON and as a spreadsheet: all rows or none, and each row says what became of it."""

import io
import json
import zipfile
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from chassis.sheets import JSON, XLSX
from contracts.events import catalog
from services.catalog.models import Item, ItemVersion
from tests.catalog.conftest import API, DEVICE, FOOD, NEW, OFFICE_EDITOR, OWN_EDITOR, guide_of
from tests.support import Bench, Caller, person, staff


def exported(hall: Bench, kind: str, who: Caller = OFFICE_EDITOR, **query: Any) -> bytes:
    answer = hall.client(who).get(f"{API}/item-exports", query_string={"format": kind} | query)
    assert answer.status_code == 200, answer.get_json()
    return answer.data


def imported(hall: Bench, content: bytes, media_type: str = XLSX, who: Caller = OFFICE_EDITOR, **query: Any) -> Any:
    return hall.client(who).post(
        f"{API}/item-imports",
        query_string={"change_log": "导入"} | query,
        data=content,
        content_type=media_type,
    )


def workbook(content: bytes, change: Any) -> bytes:
    """The workbook with something changed in it."""
    book, out = load_workbook(io.BytesIO(content)), io.BytesIO()
    change(book)
    book.save(out)
    return out.getvalue()


def cell(book: Any, sheet: str, column: str, code: str, nth: int = 0) -> Any:
    """The cell of this column in the nth row of an item."""
    heads = [head.value for head in book[sheet][1]]
    key = heads.index("code" if sheet == "事项" else "item_code")
    rows = [row for row in book[sheet].iter_rows(min_row=3) if row[key].value == code]
    return rows[nth][heads.index(column)]


def as_json(*documents: dict[str, Any]) -> bytes:
    return json.dumps({"items": documents}).encode()


@pytest.mark.parametrize(("kind", "media_type"), [("json", JSON), ("xlsx", XLSX)])
@pytest.mark.rule("CAT-24")
def test_what_was_exported_comes_back_without_any_change(city: Bench, kind: str, media_type: str) -> None:
    answer = imported(city, exported(city, kind), media_type)
    assert answer.status_code == 200, answer.get_json()
    assert answer.get_json()["counts"] == {"unchanged": Item.select().count()}
    assert city.emitted() == []


@pytest.mark.rule("CAT-24")
def test_changed_rows_become_versions_and_each_is_told_once(city: Bench) -> None:
    def change(book: Any) -> None:
        cell(book, "事项", "visits_max", DEVICE).value = 2
        cell(book, "申请材料", "requirement", FOOD, 1).value = "请上传原件的清晰照片"

    answer = imported(city, workbook(exported(city, "xlsx", org="TZJ049-SP"), change)).get_json()
    changed = {row["code"]: (row["version"], row["changes"]) for row in answer["rows"] if row["outcome"] == "changed"}
    assert changed == {DEVICE: (2, ["visits_max"]), FOOD: (2, ["materials"])}
    told = {event.item_code: event.changes for event in city.emitted(catalog.ItemChanged)}
    assert told == {DEVICE: ["visits_max"], FOOD: ["materials"]} and len(city.emitted()) == 2
    page = city.client().get(f"{API}/items/{FOOD}").get_json()
    assert page["guide"]["materials"][1]["requirement"] == "请上传原件的清晰照片" and page["change_log"] == "导入"
    old = city.client().get(f"{API}/items/{FOOD}/versions/1").get_json()  # a case keeps its version
    assert old["state"] == "superseded" and old["guide"]["materials"][1]["requirement"] != "请上传原件的清晰照片"


@pytest.mark.rule("CAT-24")
def test_one_bad_row_and_nothing_is_imported(city: Bench) -> None:
    def change(book: Any) -> None:
        cell(book, "事项", "visits_max", DEVICE).value = 2
        cell(book, "申请材料", "name", FOOD, 2).value = "其他材料"
        cell(book, "办理流程", "limit_wd", FOOD, 1).value = "三天"

    before = ItemVersion.select().count()
    content = workbook(exported(city, "xlsx", org="TZJ049-SP"), change)
    answer = imported(city, content)
    problem = answer.get_json()
    assert answer.status_code == 422 and problem["type"].endswith("catalog.import-refused") and problem["next"]
    rows = {row["code"]: row for row in problem["rows"]}
    assert rows[DEVICE]["outcome"] == "not_imported" and rows[FOOD]["outcome"] == "refused"
    (failure,) = rows[FOOD]["failures"]  # the form of a row is looked at before its meaning
    sheet = load_workbook(io.BytesIO(content))["办理流程"]
    assert (failure["sheet"], failure["field"]) == ("办理流程", "steps.1.limit_wd")
    assert sheet.cell(failure["row"], 1).value == FOOD
    assert ItemVersion.select().count() == before and city.emitted() == []


@pytest.mark.rule("CAT-15", "CAT-24")
def test_the_publication_rules_hold_for_imported_rows_too(city: Bench) -> None:
    good, bad = guide_of() | {"visits_max": 2}, guide_of(FOOD)
    bad["materials"][2]["name"] = "其他材料"
    answer = imported(city, as_json(good, bad), JSON)
    (failure,) = answer.get_json()["rows"][1]["failures"]
    assert answer.status_code == 422
    assert (failure["rule"], failure["field"], failure["row"]) == ("CAT-15", "materials.2.name", 2)
    assert Item.get(Item.code == DEVICE).current_version == 1 and city.emitted() == []


def test_a_new_item_with_its_heading_is_published_in_one_file(city: Bench) -> None:
    heading = {
        "code": "00014909900Y",
        "name": "样例上级事项",
        "leaf": False,
        "power_type": "行政许可",
        "approving_org": "TZJ049-SP",
        "supervising_orgs": ["TZJ049-JG"],
        "sub_items": [NEW],
    }
    leaf = guide_of(new_code=NEW) | {"parent": "00014909900Y", "name": "样例子项"}
    answer = imported(city, as_json(leaf, heading), JSON, OWN_EDITOR).get_json()
    assert [(row["code"], row["outcome"]) for row in answer["rows"]] == [
        (NEW, "published"),
        ("00014909900Y", "published"),
    ]
    assert [event.item_code for event in city.emitted(catalog.ItemPublished)] == [NEW]


def test_looking_first_changes_nothing(city: Bench) -> None:
    answer = imported(city, as_json(guide_of() | {"visits_max": 2}), JSON, dry_run="true")
    assert answer.status_code == 200 and answer.get_json()["counts"] == {"changed": 1}
    assert Item.get(Item.code == DEVICE).current_version == 1 and city.emitted() == []


@pytest.mark.rule("CAT-35", "ID-35")
def test_an_editor_brings_in_and_takes_out_only_what_its_organisation_answers_for(city: Bench) -> None:
    other = guide_of("000146033000") | {"visits_max": 3}
    answer = imported(city, as_json(guide_of() | {"visits_max": 2}, other), JSON, OWN_EDITOR)
    assert answer.status_code == 403
    assert [row["outcome"] for row in answer.get_json()["rows"]] == ["not_imported", "refused"]
    stolen = guide_of("000146033000") | {"approving_org": "TZJ049-SP", "supervising_orgs": ["TZJ049-JG"]}
    assert imported(city, as_json(stolen), JSON, OWN_EDITOR).status_code == 403
    assert city.emitted() == []
    mine = json.loads(exported(city, "json", OWN_EDITOR))["items"]
    assert {item["approving_org"] for item in mine} == {"TZJ049-SP"}
    refused = city.client(OWN_EDITOR).get(f"{API}/item-exports", query_string={"org": "TZJ046-SP"})
    assert refused.status_code == 403


@pytest.mark.parametrize("who", [person(), staff("reviewer", "TZJ049-SP"), staff("system_admin", "TZJ077"), None])
@pytest.mark.rule("ID-35")
def test_only_editors_import_and_export(city: Bench, who: Caller | None) -> None:
    client = city.client(who) if who else city.client()
    assert client.get(f"{API}/item-exports").status_code in {401, 403}
    answer = client.post(f"{API}/item-imports?change_log=x", data=as_json(guide_of()), content_type=JSON)
    assert answer.status_code in {401, 403} and city.emitted() == []


def bad_books() -> dict[str, bytes]:
    """Spreadsheets that departments send."""
    empty, out = Workbook(), io.BytesIO()
    empty.save(out)
    column = Workbook()
    column.active.title = "事项"
    column.active.append(["code", "colour"])
    second = io.BytesIO()
    column.save(second)
    damaged = io.BytesIO()
    with zipfile.ZipFile(second) as whole, zipfile.ZipFile(damaged, "w") as copy:
        for name in whole.namelist():
            copy.writestr(name, whole.read(name)[: 200 if "sheet1" in name else None])
    return {
        "damaged": damaged.getvalue(),
        "not a workbook": b"code,name\n1,2\n",
        "broken": b"PK\x03\x04broken",
        "no sheet": out.getvalue(),
    } | {"unknown column": second.getvalue()}


@pytest.mark.parametrize("name", list(bad_books()))
def test_a_file_of_another_form_is_refused_with_what_to_do(city: Bench, name: str) -> None:
    answer = imported(city, bad_books()[name])
    assert answer.status_code == 422 and answer.get_json()["type"].endswith("catalog.import-unreadable")
    assert "导出" in answer.get_json()["next"]


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"items": [1]}', b'{"items": []}'])
def test_json_of_another_form_is_refused(city: Bench, content: bytes) -> None:
    assert imported(city, content, JSON).status_code == 422


def test_another_kind_of_file_is_refused(city: Bench) -> None:
    assert imported(city, b"a,b", "text/csv").status_code == 415


def test_the_same_code_twice_formulas_and_stray_rows_are_named(city: Bench) -> None:
    def change(book: Any) -> None:
        cell(book, "事项", "code", DEVICE).value = FOOD
        cell(book, "事项", "name", FOOD, 0).value = "=1+1"

    problem = imported(city, workbook(exported(city, "xlsx", org="TZJ049-SP"), change)).get_json()
    said = " ".join(failure["zh"] for row in problem["rows"] for failure in row["failures"])
    assert "重复" in said and "公式" in said and f"没有事项 {DEVICE}" in said and city.emitted() == []


def test_text_that_looks_like_a_formula_is_exported_as_text(city: Bench) -> None:
    document = guide_of() | {"visits_max": 1}
    document["cautions"].append({"text": "=HYPERLINK(1)"})
    assert imported(city, as_json(document), JSON).status_code == 200
    content = exported(city, "xlsx", org="TZJ049-SP")
    assert cell(load_workbook(io.BytesIO(content)), "注意事项", "text", DEVICE, -1).data_type == "s"
    assert imported(city, content).get_json()["counts"] == {"unchanged": 16}


@pytest.mark.parametrize("text", ["控制字符\x0b", "两行\n一项"])
def test_a_spreadsheet_that_would_lose_text_is_not_made(city: Bench, text: str) -> None:
    document = guide_of()
    document["materials"][0]["review_points"] = [text]
    assert imported(city, as_json(document), JSON).status_code == 200
    answer = city.client(OFFICE_EDITOR).get(f"{API}/item-exports?format=xlsx&org=TZJ049-SP")
    assert answer.status_code == 422 and "JSON" in answer.get_json()["next"]
    assert imported(city, exported(city, "json"), JSON).get_json()["counts"] == {"unchanged": Item.select().count()}


@pytest.mark.rule("CAT-24")
def test_the_same_import_twice_is_done_once(city: Bench) -> None:
    content, client = as_json(guide_of() | {"visits_max": 2}), city.client(OFFICE_EDITOR)
    send = lambda body, key: client.post(  # noqa: E731
        f"{API}/item-imports?change_log=x", data=body, content_type=JSON, headers={"Idempotency-Key": key}
    )
    first, again = send(content, "one"), send(content, "one")
    assert first.get_json()["counts"] == {"changed": 1} and again.get_json() == first.get_json()
    assert again.headers["Idempotent-Replay"] == "true" and len(city.emitted(catalog.ItemChanged)) == 1
    assert send(as_json(guide_of()), "one").status_code == 422  # another file needs another key
    assert send(as_json(guide_of() | {"visits_max": "x"}), "two").status_code == 422
    assert send(as_json(guide_of() | {"visits_max": 1}), "two").get_json()["counts"] == {"changed": 1}
    assert Item.get(Item.code == DEVICE).current_version == 3


def test_looking_first_with_a_key_changes_nothing_either(city: Bench) -> None:
    answer = city.client(OFFICE_EDITOR).post(
        f"{API}/item-imports?change_log=x&dry_run=true",
        data=as_json(guide_of() | {"visits_max": 2}),
        content_type=JSON,
        headers={"Idempotency-Key": "look"},
    )
    assert answer.get_json()["counts"] == {"changed": 1}
    assert Item.get(Item.code == DEVICE).current_version == 1 and city.emitted() == []


def test_a_large_file_may_carry_a_key(city: Bench) -> None:
    answer = city.client(OFFICE_EDITOR).post(
        f"{API}/item-imports?change_log=x",
        data=b'{"items": [' + b" " * 1_100_000 + b"]}",
        content_type=JSON,
        headers={"Idempotency-Key": "large"},
    )
    assert answer.get_json()["type"] == "/problems/catalog.import-unreadable"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": ["x"]}, "code"),
        ({"code": "\ud800"}, "code"),
        ({"name": "\0"}, "name"),
        ({"name": "长" * 201}, "name"),
        ({"visits_max": 10**30}, "visits_max"),
        ({"visits_max": "many"}, "visits_max"),
        ({"colour": "red"}, "colour"),
        ({"materials": {"name": "x"}}, "materials"),
        ({"\udfff": 1}, "_schema"),
    ],
)
def test_a_value_of_the_wrong_form_is_named_with_its_row(city: Bench, changes: dict[str, Any], field: str) -> None:
    answer = imported(city, as_json(guide_of(FOOD), guide_of() | changes), JSON)
    bad = answer.get_json()["rows"][1]
    assert answer.status_code == 422 and answer.get_json()["next"]
    assert any((failure["row"], failure["field"]) == (2, field) for failure in bad["failures"]), bad
    assert city.emitted() == []
