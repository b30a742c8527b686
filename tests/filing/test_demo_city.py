"""A case under a guide of the demo city, as the catalog hands it out."""

import json
from pathlib import Path

import pytest

from contracts.events import filing
from tests.filing.hall import ORG, Hall
from tests.support import legal, staff

CITY = Path(__file__).resolve().parents[2] / "deploy" / "city" / "items"
FOOD = "000149032000"


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
