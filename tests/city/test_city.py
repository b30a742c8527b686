"""The demo city is complete, resolves within itself and keeps the rules of the catalogue."""

import itertools
import json
import re
from pathlib import Path

import pytest

CITY = Path(__file__).resolve().parents[2] / "deploy" / "city"
MISSING_NUMBERS = {15, 16, 88, 89, 90, 91, 95, 96, 99, 100, 101, 103, 104, 105, 106, 108, 109, 110, 111, 112, 113, 115}
MISSING_NUMBERS |= {29, 30, 31, 32}
ROLES = {
    "applicant",
    "agent",
    "window_clerk",
    "reviewer",
    "decider",
    "window_manager",
    "deputy_leader",
    "unit_leader",
    "credit_admin",
    "supervisor",
    "coordinator",
    "letters_handler",
    "service_office",
    "catalog_editor",
    "hall_operator",
    "system_admin",
    "auditor",
}
POWER_TYPES = {"行政许可", "行政确认", "行政给付", "行政征收", "其他", "公共服务"}
CATCH_ALL = re.compile(r"其他(相关)?(材料|资料|文件|证明)|(要求|规定)(提供|提交)?的其他")
MINIMUM_FORM = {  # domain 4.5: key -> required
    "project_name": True,
    "region": True,
    "accept_place": True,
    "applicant_name": True,
    "applicant_type": True,
    "id_type": True,
    "id_no": True,
    "agent_name": True,
    "agent_phone": False,
    "fixed_phone": False,
    "mobile": False,
    "address": False,
    "unit_phone": False,
    "legal_rep": False,
    "material_list": False,
}
MATERIAL_KEYS = {
    "code",
    "name",
    "basis",
    "source",
    "form",
    "copies",
    "requirement",
    "needs_signature",
    "needs_seal",
    "required",
    "deferrable",
    "defer_days",
    "promise_replaceable",
    "licence_type",
    "upload_ways",
    "formats",
    "check_original_at_pickup",
    "blank_form",
    "sample_file",
    "review_points",
}
SWITCHES = {
    "online",
    "commit",
    "same_city",
    "same_city_off_reason",
    "bookable",
    "express_in",
    "express_out",
    "instant",
    "single_reviewer",
    "letter_in_lieu",
}
STANDARD = {"basis", "body", "duty", "points", "content", "ways", "frequency", "pass_criteria", "violations"}
STANDARD |= {"penalties", "scope"}
GUIDE = [
    "code",
    "name",
    "name_en",
    "power_type",
    "service_object",
    "themes",
    "kind",
    "approving_org",
    "supervising_orgs",
    "basis",
    "conditions",
    "materials",
    "form_fields",
    "steps",
    "special_links",
    "limits",
    "fee",
    "place",
    "hours",
    "phones",
    "cautions",
    "faq",
    "online_level",
    "switches",
    "result_docs",
    "supervision",
]


def read(name):
    return json.loads((CITY / name).read_text(encoding="utf-8"))


REGIONS = {row["code"]: row for row in read("regions.json")["regions"]}
ORGS = {row["code"]: row for row in read("orgs.json")["organisations"]}
HALLS = {row["code"]: row for row in read("halls.json")["halls"]}
STAFF = {row["account"]: row for row in read("staff.json")["staff"]}
ITEMS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((CITY / "items").glob("*.json"))}
LEAVES = {code: item for code, item in ITEMS.items() if item["leaf"]}


def holders(role, org):
    """Accounts that hold the role in the organisation."""
    return {a for a, row in STAFF.items() if any(r["role"] == role and r["org"] == org for r in row["roles"])}


def dicts(node):
    """Every object inside a JSON value."""
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
        yield from dicts(child)


def texts(node):
    """Every string inside a JSON value."""
    if isinstance(node, str):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
        yield from texts(child)


@pytest.mark.rule("CAT-01", "AMB-36")
def test_the_city_has_sixteen_district_sites_and_each_district_streets_and_communities():
    by_level = {}
    for row in REGIONS.values():
        by_level.setdefault(row["level"], []).append(row)
    assert len(by_level["city"]) == 1 and by_level["city"][0]["code"] == "120000"
    assert len(by_level["district"]) == 16
    assert all(row["site_enabled"] and row["parent"] == "120000" for row in by_level["district"])
    lengths = {"city": 6, "district": 6, "street": 9, "village": 12}
    above = {"district": "city", "street": "district", "village": "street"}
    for row in REGIONS.values():
        assert len(row["code"]) == lengths[row["level"]]
        if row["parent"]:
            assert REGIONS[row["parent"]]["level"] == above[row["level"]]
    for district in by_level["district"]:
        streets = [row["code"] for row in by_level["street"] if row["parent"] == district["code"]]
        assert len(streets) == 2
        assert all(sum(row["parent"] == street for row in by_level["village"]) == 2 for street in streets)


@pytest.mark.rule("CAT-40")
def test_the_ninety_organisations_of_the_notice_are_all_there():
    seed = {code for code, row in ORGS.items() if row.get("source") == "S4-D"}
    assert len(seed) == 90
    assert seed == {f"TZJ{n:03d}" for n in range(1, 117) if n not in MISSING_NUMBERS}
    for name in ("天津市南开区审批局", "市运管处运政科", "南开社保分中心", "和平区住房和建设委员会", "南开区街道"):
        assert any(row["name"] == name and row["source"] == "S2" for row in ORGS.values())
    assert {code for code, row in ORGS.items() if not row["active"]} == {"TZJ075", "TZJ076", "TZJ087"}


@pytest.mark.rule("CAT-40")
def test_every_organisation_knows_its_region_parent_kind_and_leaders():
    for row in ORGS.values():
        assert row["region"] in REGIONS
        assert row["parent"] is None or row["parent"] in ORGS
        assert row["kind"] in {"approving", "supervising", "service", "utility", "zone"}
        for key, role in (("leader_main", "unit_leader"), ("leader_deputy", "deputy_leader")):
            if row[key]:
                assert row[key] in holders(role, row["code"]), f"{row['code']} {key}"
    assert len([code for code in ORGS if code.endswith("-ZWB")]) == 16


@pytest.mark.rule("CAT-43")
def test_halls_windows_and_queue_groups_resolve():
    levels = [row["level"] for row in HALLS.values()]
    assert (levels.count("city"), levels.count("district"), levels.count("street")) == (1, 16, 2)
    for hall in HALLS.values():
        assert hall["org"] in ORGS and hall["region"] in REGIONS and hall["address"]["sample"] is True
        assert (hall["service_hours"]["from"], hall["service_hours"]["to"]) == ("08:30", "17:30")
        groups = {group["code"] for group in hall["queue_groups"]}
        numbers = [window["no"] for window in hall["windows"]]
        assert len(numbers) == len(set(numbers)) and numbers
        for window in hall["windows"]:
            assert window["org"] in ORGS and window["queue_group"] in groups
            assert window["items"] is None or set(window["items"]) <= set(LEAVES)


@pytest.mark.rule("CAT-41")
def test_every_item_is_handled_at_a_window_of_its_approving_organisation():
    for code, item in LEAVES.items():
        for hall in set(item["place"]["halls"]) | set((item["booking"] or {}).get("halls", [])):
            windows = HALLS[hall]["windows"]
            assert any(code in (w["items"] or []) and w["org"] == item["approving_org"] for w in windows), (code, hall)


@pytest.mark.rule("CAT-41")
def test_approval_and_supervision_are_different_offices():
    for item in ITEMS.values():
        assert ORGS[item["approving_org"]]["kind"] == "approving" and ORGS[item["approving_org"]]["active"]
        assert item["supervising_orgs"] and item["approving_org"] not in item["supervising_orgs"]
        assert all(ORGS[org]["kind"] == "supervising" for org in item["supervising_orgs"])


@pytest.mark.rule("ID-35")
def test_staff_hold_known_roles_in_known_organisations():
    assert set(read("staff.json")["roles"]) == ROLES
    assert len(STAFF) == len(read("staff.json")["staff"])
    for row in STAFF.values():
        assert set(row) == {"account", "display_name", "org", "post", "roles", "sample"}
        assert row["org"] in ORGS and row["post"] in {"A", "B", "-"} and row["roles"]
        for grant in row["roles"]:
            assert grant["role"] in ROLES - {"applicant", "agent"} and grant["org"] in ORGS
            assert grant["items"] is None or set(grant["items"]) <= set(LEAVES)
    assert {grant["role"] for row in STAFF.values() for grant in row["roles"]} == ROLES - {"applicant", "agent"}


@pytest.mark.rule("ID-36")
def test_nobody_both_accepts_and_decides_in_one_organisation():
    for org in ORGS:
        assert not holders("window_clerk", org) & holders("decider", org), org


@pytest.mark.rule("ID-30")
def test_letters_are_handled_by_two_posts():
    for org in {g["org"] for row in STAFF.values() for g in row["roles"] if g["role"] == "letters_handler"}:
        assert sorted(STAFF[a]["post"] for a in holders("letters_handler", org)) == ["A", "B"], org


@pytest.mark.rule("ID-32")
def test_every_organisation_that_approves_by_commitment_names_one_credit_administrator_and_a_supervisor():
    for item in LEAVES.values():
        if item["switches"]["commit"]:
            assert len(holders("credit_admin", item["approving_org"])) == 1
            assert holders("coordinator", item["approving_org"])
            assert all(holders("supervisor", org) for org in item["supervising_orgs"])


@pytest.mark.parametrize("code", LEAVES)
@pytest.mark.rule("CAT-12")
def test_every_mandatory_guide_element_is_filled(code):
    item = LEAVES[code]
    for key in GUIDE:
        assert item[key], key
    assert code == item["code"] and re.fullmatch(r"\d{12}", code)
    assert item["power_type"] in POWER_TYPES and set(item["service_object"]) <= {"person", "legal"}
    assert item["kind"] in {"instant", "promise", "parallel", "report"} and item["online_level"] in {1, 2, 3}
    assert all(row["law"] and row["article"] for row in item["basis"])
    assert item["phones"]["enquiry"] and item["phones"]["complaint"] and item["fee"]["text"]
    assert all(row["q"] and row["a"] for row in item["faq"])
    assert all(row["name"] and row["sample_file"] for row in item["result_docs"])
    assert set(item["switches"]) >= SWITCHES
    assert item["switches"]["same_city"] or item["switches"]["same_city_off_reason"]  # CAT-20


@pytest.mark.rule("CAT-11")
def test_filing_is_on_leaves_and_parents_name_their_sub_items():
    parents = {code: item for code, item in ITEMS.items() if not item["leaf"]}
    assert parents
    for code, item in parents.items():
        assert re.fullmatch(r"\d{9}00Y", code)
        assert item["sub_items"] == [sub for sub, leaf in LEAVES.items() if leaf["parent"] == code]
    assert all(item["parent"] is None or item["parent"] in parents for item in LEAVES.values())


@pytest.mark.parametrize("code", LEAVES)
@pytest.mark.rule("CAT-13")
def test_every_material_states_what_is_asked_and_its_forms_exist(code):
    materials = LEAVES[code]["materials"]
    assert len({m["code"] for m in materials}) == len(materials)
    for material in materials:
        assert set(material) >= MATERIAL_KEYS
        assert material["name"] and material["basis"] and material["requirement"] and material["review_points"]
        assert material["source"] in {"applicant", "department", "intermediary"}
        assert set(material["upload_ways"]) <= {"local", "space", "licence", "camera"} and material["formats"]
        assert ("licence" in material["upload_ways"]) == bool(material["licence_type"])
        for key in ("blank_form", "sample_file"):
            assert material[key] == "无" or (CITY / material[key]).is_file(), material[key]


@pytest.mark.rule("CAT-15")
def test_no_item_asks_for_a_catch_all_material():
    for item in LEAVES.values():
        assert not [m["name"] for m in item["materials"] if CATCH_ALL.search(m["name"])]


@pytest.mark.parametrize("code", LEAVES)
@pytest.mark.rule("CAT-16")
def test_only_items_with_commit_approval_defer_materials_and_never_beyond_sixty_working_days(code):
    item = LEAVES[code]
    deferrable = [m for m in item["materials"] if m["deferrable"]]
    assert bool(deferrable) == item["switches"]["commit"]
    assert all(1 <= m["defer_days"] <= 60 and m["required"] for m in deferrable)
    assert all(m["defer_days"] is None for m in item["materials"] if not m["deferrable"])


@pytest.mark.parametrize("code", LEAVES)
@pytest.mark.rule("CAT-17", "AMB-26")
def test_committed_limits_stay_within_the_statutory_ones(code):
    limits = LEAVES[code]["limits"]
    assert limits["unit"] == "wd" and 0 < limits["committed"] <= limits["statutory"]
    assert limits["committed"] * 2 <= limits["statutory"] or limits["over_half_reason"]
    if LEAVES[code]["switches"]["commit"]:
        assert 0 < limits["commit"] <= limits["committed"]


@pytest.mark.rule("CAT-19")
def test_safety_life_and_environment_items_keep_commit_approval_off():
    assert {c for c, item in LEAVES.items() if item["switches"]["commit"]} == {
        "000149032000",
        "000146033000",
        "000148035000",
        "000137034000",
        "000148036000",
        "000146030000",
        "000133031000",
    }
    for item in LEAVES.values():
        assert item["switches"]["commit"] or item["switches"]["commit_off_reason"]


@pytest.mark.parametrize("code", LEAVES)
@pytest.mark.rule("CAT-25")
def test_the_steps_can_be_done_by_somebody_and_fit_into_the_committed_limit(code):
    item = LEAVES[code]
    assert {"accept", "decide", "complete"} <= {step["code"] for step in item["steps"]}
    for step in item["steps"]:
        assert holders(step["role"], item["approving_org"]), (step["code"], item["approving_org"])
    after = sum(step["limit_wd"] for step in item["steps"] if step["code"] != "accept")
    assert after <= item["limits"]["committed"]
    has_review = any(step["code"] == "review" for step in item["steps"])
    assert has_review or item["switches"]["single_reviewer"] or item["kind"] == "instant"


@pytest.mark.parametrize("code", LEAVES)
@pytest.mark.rule("CAT-29")
def test_the_form_has_the_minimum_fields(code):
    fields = {field["key"]: field for field in LEAVES[code]["form_fields"]}
    assert len(fields) == len(LEAVES[code]["form_fields"])
    for key, required in MINIMUM_FORM.items():
        assert fields[key]["required"] is required
    assert {key for key, field in fields.items() if field["any_of_group"] == "contact"} == {"fixed_phone", "mobile"}
    for field in fields.values():
        assert field["label"] and field["label_en"]
        assert (field["type"] in {"select", "multiselect"}) == bool(field.get("options"))


@pytest.mark.rule("BOO-02")
def test_bookable_items_publish_a_daily_number_that_is_the_sum_of_their_slots():
    assert {"000149032000", "000734040000"} <= {c for c, item in LEAVES.items() if item["switches"]["bookable"]}
    for item in LEAVES.values():
        assert item["switches"]["bookable"] == bool(item["booking"])
        if item["booking"]:
            slots = item["booking"]["slots"]
            assert item["booking"]["daily_number"] == sum(slot["quota"] for slot in slots) > 0
            assert all(a["to"] <= b["from"] for a, b in itertools.pairwise(slots))
            assert set(item["booking"]["halls"]) <= set(HALLS)


@pytest.mark.parametrize("code", LEAVES)
@pytest.mark.rule("CAT-31")
def test_every_item_has_a_supervision_standard_of_eleven_elements_and_fourteen_articles(code):
    supervision = LEAVES[code]["supervision"]
    assert supervision["kind"] and supervision["points"]
    elements = supervision["standard"]["elements"]
    assert all(elements[key] for key in STANDARD) and len(STANDARD) == 11
    articles = supervision["standard"]["articles"]
    assert [article["no"] for article in articles] == list(range(1, 15)) and all(a["text"] for a in articles)


@pytest.mark.rule("ID-37")
def test_same_city_items_are_handled_by_organisations_with_both_leaders():
    for item in LEAVES.values():
        if item["switches"]["same_city"]:
            org = ORGS[item["approving_org"]]
            assert org["leader_main"] and org["leader_deputy"] and org["leader_main"] != org["leader_deputy"]


@pytest.mark.rule("ID-23")
def test_no_password_and_no_mobile_number_is_anywhere():
    for path in sorted(CITY.rglob("*")):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", text), path
            assert not re.search(r"(?<!\d)\d{17}[\dXx](?!\d)", text), path
        if path.suffix == ".json":
            for node in dicts(json.loads(text)):
                assert not [key for key in node if re.search("passw|secret|口令|密码", key, re.IGNORECASE)], path
    phones = {t for rows in (ORGS, HALLS, ITEMS) for t in texts(rows) if re.fullmatch(r"022-\d+", t)}
    assert phones == {"022-00000000"}


def test_every_row_says_whether_a_source_states_it_or_it_is_a_sample():
    rows = [*REGIONS.values(), *ORGS.values(), *HALLS.values(), *STAFF.values()]
    for item in LEAVES.values():
        rows += [*item["basis"], *item["conditions"], *item["form_fields"], *item["steps"], *item["special_links"]]
        rows += [*item["cautions"], *item["faq"], *item["result_docs"], *item["supervision"]["points"]]
    for row in rows:
        assert row.get("source") or row.get("sample") is True, row
    for item in ITEMS.values():
        assert item["source"] and set(item["sample_fields"]) <= set(item)
        assert all(material["stated_in"] for material in item.get("materials", []))


@pytest.mark.rule("CAT-10")
def test_every_one_of_the_forty_one_named_items_is_there():
    assert {item["catalogue_no"] for item in LEAVES.values()} == set(range(1, 42))


@pytest.mark.rule("CAT-19", "CAT-34")
def test_every_item_says_whether_its_nature_bars_commit_approval():
    for code, item in LEAVES.items():
        assert "sensitivities" in item, code
        assert not (item["sensitivities"] and item["switches"]["commit"]), code
    barred = {"000149011000", "000149012000", "000149013000", "000192001001", "000102029000", "000102038000"}
    assert barred <= {code for code, item in LEAVES.items() if item["sensitivities"]}


@pytest.mark.rule("CAT-27")
def test_whoever_is_asked_in_a_parallel_approval_is_there_and_somebody_can_answer():
    parallel = {code: item for code, item in LEAVES.items() if item["kind"] == "parallel"}
    limits = {item["switches"]["parallel_template"]["total_limit"] for item in parallel.values()}
    assert len(parallel) == 4 and limits == {5, 12, 15}
    for code, item in parallel.items():
        template = item["switches"]["parallel_template"]
        asked = [row["org"] for row in template["participants"]]
        assert template["lead"] == item["approving_org"] and template["total_limit"] == item["limits"]["committed"]
        assert len(asked) == len(set(asked)) >= 8, code
        for row in template["participants"]:
            assert ORGS[row["org"]]["active"] and row["limit"] <= template["total_limit"]
            assert holders("reviewer", row["org"]) | holders("decider", row["org"]), row["org"]
