"""Cases under the guides of the demo city, as the catalog hands them out."""

import json
from pathlib import Path
from typing import Any

import pytest

from contracts.events import filing
from tests.filing.hall import OFFICE, ORG, PNG, Hall
from tests.support import legal, person, staff

CITY = Path(__file__).resolve().parents[2] / "deploy" / "city" / "items"
FOOD = "000149032000"
GUIDES = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(CITY.glob("*.json"))}
LEAVES = [code for code, guide in GUIDES.items() if guide["leaf"]]
SAMPLES = {  # by the name of a validator
    "phone": "022-24538888",
    "mobile": "13800000000",
    "region": "120000",
    "hall": "H120000",
    "uscc_or_reg_no": "91350100M000100Y43",
    "cn_id": "11010519491231002X",
    "date": "2026-03-02",
    "un_no": "1203",
}


@pytest.mark.rule("FIL-39", "FIL-70", "CAT-24")
def test_a_food_licence_of_the_demo_city_by_commit_approval(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    guide = json.loads((CITY / f"{FOOD}.json").read_text()) | {"region_code": "120000"}
    answer = {"code": FOOD, "version": 7, "guide": guide}
    monkeypatch.setitem(hall.catalog.routes, f"GET /api/catalog/v1/items/{FOOD}", answer)
    monkeypatch.setitem(hall.catalog.routes, f"GET /api/catalog/v1/items/{FOOD}/versions/7", answer)
    hall.citizen = legal()
    form = {
        "region": "120000",
        "accept_place": "H120000",
        "applicant_name": "样例食品店",
        "applicant_type": "企业法人",
        "id_type": "统一社会信用代码",
        "id_no": "91350100M000100Y43",
        "agent_name": "样例经办人",
        "mobile": "13800000000",
        "premises": "样例大道 1 号",
        "business_form": "食品销售经营者",
        "business_items": ["散装食品销售"],
        "area_m2": 60,
        "safety_manager": "样例管理员",
        "automatic_machines": "否",
    }
    case_no = hall.draft("commit", item=FOOD)
    hall.fill(case_no, form=form, delivery_in="courier", delivery_out="courier", address_ref="address:1")
    for code in ("M01", "M02"):
        hall.upload(case_no, code)
    for code in ("M03", "M04"):
        hall.do(hall.citizen, case_no, f"materials/{code}/deferral")
    hall.sign(case_no)
    hall.do(hall.citizen, case_no, "submission")
    hall.do(hall.clerk, case_no, "view")
    hall.do(hall.clerk, case_no, "acceptance")
    case = hall.get(case_no)
    assert case["committed_due"] == "2026-03-03"  # one working day by commit approval
    assert case["commitment"]["due"] == "2026-03-30"  # the shorter of 20 and 30 working days
    hall.do(hall.reviewer, case_no, "review", {"opinion": "符合"})
    hall.do(hall.decider, case_no, "decision", {"decision": "granted", "opinion": "准予"})
    completed = hall.bench.emitted(filing.CaseCompleted)[0]
    assert completed.item_version == 7 and completed.supervision_kind == "食品安全监管"
    assert [point["code"] for point in completed.promised_points] == ["P01", "P02", "P03"]
    assert hall.call(staff("supervisor", "TZJ049-JG"), "GET", f"/cases/{case_no}").status_code == 200
    assert completed.approving_org == ORG


def sample(field: dict[str, Any]) -> Any:
    """A value that a field takes."""
    if field.get("options"):
        return field["options"][:1] if field["type"] == "multiselect" else field["options"][0]
    name, _, bounds = (field.get("validator") or "").partition(":")
    if name == "length":
        return "样" * int(bounds.partition("-")[0])
    return bounds.partition("-")[0] if name == "number" else SAMPLES.get(name, "样例")


@pytest.mark.parametrize("code", LEAVES)
@pytest.mark.rule("FIL-01", "FIL-03", "FIL-08", "CAT-11", "CAT-29")
def test_every_item_of_the_city_can_be_filed_and_accepted(
    hall: Hall, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = {"region_code": "120000"} | GUIDES[code]
    answer = {"code": code, "version": 1, "guide": guide}
    for path in (f"items/{code}", f"items/{code}/versions/1"):
        monkeypatch.setitem(hall.catalog.routes, f"GET /api/catalog/v1/{path}", answer)
    party = person() if "person" in guide["service_object"] else legal()
    switches = guide["switches"]
    elsewhere = not switches["online"] and switches["same_city"]
    who, window = party, {}
    if not switches["online"]:  # over any window of the city, or over that of the department itself
        who = staff("window_clerk", OFFICE if elsewhere else guide["approving_org"])
        window = {"subject_ref": party.ref, "window": "A1"}
    case_no = hall.draft(item=code, who=who, **window)
    empty = hall.call(who, "POST", f"/cases/{case_no}/submission", {})
    assert empty.status_code == 422 and "agreed" in empty.get_json()["fields"], empty.get_json()
    hall.fill(case_no, who=who, form={field["key"]: sample(field) for field in guide["form_fields"]})
    for material in guide["materials"]:
        if material["required"]:
            name, data = ("a.pdf", None) if "pdf" in material["formats"] else ("a.png", PNG)
            hall.upload(case_no, material["code"], name=name, who=who, **({"data": data} if data else {}))
    hall.do(who, case_no, *(("dispatch", {"accepting_window": "H3"}) if elsewhere else ("submission",)))
    clerk = staff("window_clerk", guide["approving_org"])
    hall.do(clerk, case_no, "view")
    case = hall.do(clerk, case_no, "acceptance")
    assert case["status"] == "accepted" and case["item_version"] == 1 and case["committed_due"] > "2026-03-02"
