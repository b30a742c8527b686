"""Each rule of publication fails once and names its field."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chassis import clock
from services.catalog.service import service
from tests.catalog.conftest import API, MONDAY, OFFICE_EDITOR, guide_of, publish
from tests.support import Bench, bench

Change = Callable[[dict[str, Any]], Any]

CREDIT = {
    "set_by": "TZJ049-SP",
    "document": "示例文件",
    "dishonest": [{"text": "补交材料与承诺内容不一致", "article": "示例条款"}],
}


def material(**values: Any) -> Change:
    return lambda guide: guide["materials"][0].update(values)


def switch(**values: Any) -> Change:
    return lambda guide: guide["switches"].update(values)


def put(part: str, value: Any) -> Change:
    def change(guide: dict[str, Any]) -> None:
        *above, last = part.split(".")
        for name in above:
            guide = guide[name]
        guide[last] = value

    return change


def credit(**values: Any) -> Change:
    return lambda guide: guide.update(credit=CREDIT | values)


def many(*changes: Change) -> Change:
    return lambda guide: [change(guide) for change in changes]


# rule, field that is named, what is wrong with a guide that could be published otherwise
CASES: list[tuple[str, str, Change]] = [
    ("CAT-11", "parent", put("parent", "000100000000")),
    ("CAT-12", "power_type", put("power_type", None)),
    ("CAT-12", "supervising_orgs", put("supervising_orgs", [])),
    ("CAT-12", "service_object", put("service_object", [])),
    ("CAT-12", "basis", put("basis", [])),
    ("CAT-12", "basis.0.article", lambda g: g["basis"][0].update(article=" ")),
    ("CAT-12", "conditions", put("conditions", [])),
    ("CAT-12", "materials", put("materials", [])),
    ("CAT-12", "steps", put("steps", [])),
    ("CAT-12", "steps.1.role", lambda g: g["steps"][1].update(role=None)),
    ("CAT-12", "special_links", put("special_links", [])),
    ("CAT-12", "limits.statutory", put("limits.statutory", None)),
    ("CAT-12", "limits.committed", put("limits.committed", None)),
    ("CAT-12", "fee.text", put("fee.text", "")),
    ("CAT-12", "place.text", put("place.text", "")),
    ("CAT-12", "hours.from", lambda g: g["hours"].pop("from")),
    ("CAT-12", "phones.enquiry", put("phones.enquiry", None)),
    ("CAT-12", "phones.complaint", put("phones.complaint", None)),
    ("CAT-12", "result_docs", put("result_docs", [])),
    ("CAT-12", "cautions", put("cautions", [])),
    ("CAT-12", "faq", put("faq", [])),
    ("CAT-12", "switches.online", lambda g: g["switches"].pop("online")),
    ("CAT-13", "materials.0.basis", material(basis=None)),
    ("CAT-13", "materials.0.requirement", material(requirement="")),
    ("CAT-13", "materials.0.copies", material(copies={"original": 0, "copy": 0})),
    ("CAT-13", "materials.0.needs_seal", lambda g: g["materials"][0].pop("needs_seal")),
    ("CAT-13", "materials.0.blank_form", material(blank_form="")),
    ("CAT-13", "materials.0.sample_file", material(sample_file="forms/nowhere.pdf")),
    ("CAT-14", "materials.1.code", lambda g: g["materials"][1].update(code="M01")),
    ("CAT-15", "materials.0.name", material(name="其他材料")),
    ("CAT-15", "materials.0.name", material(name="法律法规规定的其他材料")),
    ("CAT-15", "materials.0.requirement", material(requirement="以及其他相关证明文件")),
    ("CAT-16", "materials.0.upload_ways", material(upload_ways=[], licence_type=None)),
    ("CAT-16", "materials.0.formats", material(formats=[])),
    ("CAT-16", "materials.0.licence_type", material(licence_type=None)),
    ("CAT-16", "materials.0.defer_days", material(defer_days=5)),
    ("CAT-16", "materials.0.max_bytes", material(max_bytes=300 * 1024 * 1024)),
    ("CAT-17", "limits.committed", put("limits.committed", 21)),
    ("CAT-17", "limits.commit", put("limits.commit", 11)),
    ("CAT-18", "kind", put("kind", None)),
    ("CAT-18", "switches.parallel_template", put("kind", "parallel")),
    ("CAT-19", "switches.commit_off_reason", switch(commit_off_reason=None)),
    (
        "CAT-19",
        "switches.commit",
        many(
            switch(commit=True, commit_off_reason=None),
            put("limits.commit", 1),
            put("sensitivities", ["life_health"]),
        ),
    ),
    ("CAT-19", "switches.commit_off_reason", many(switch(commit=True), put("limits.commit", 1))),
    ("CAT-19", "limits.commit", switch(commit=True, commit_off_reason=None)),
    ("CAT-19", "materials", material(deferrable=True, defer_days=10)),
    ("CAT-20", "switches.same_city_off_reason", switch(same_city=False)),
    ("CAT-20", "switches.same_city", put("approving_org", "TZJ050")),
    ("CAT-21", "booking", switch(bookable=True)),
    ("CAT-22", "switches.window_in", switch(window_in=False, express_in=False)),
    ("CAT-22", "switches.window_out", switch(window_out=False, express_out=False)),
    ("CAT-25", "steps", lambda g: g["steps"][1].update(limit_wd=30)),
    ("CAT-25", "switches.instant", switch(instant=True)),
    ("CAT-28", "fee.basis", put("fee.charged", True)),
    ("CAT-29", "form_fields.id_no", lambda g: g["form_fields"].pop(6)),
    ("CAT-31", "supervision.standard.elements.frequency", put("supervision.standard.elements.frequency", "")),
    ("CAT-31", "supervision.standard.articles.14", lambda g: g["supervision"]["standard"]["articles"].pop()),
    ("CAT-32", "credit.set_by", credit(set_by="TZJ001")),
    ("CAT-32", "credit.set_by", credit(set_by=None)),
    ("CAT-32", "credit.document", credit(document=" ")),
    ("CAT-32", "credit.seriously.0.text", credit(seriously=[{"text": ""}])),
    ("CAT-32", "credit", credit(dishonest=[])),
    ("CAT-34", "switches.online", put("sensitivities", ["state_secret"])),
    ("CAT-34", "switches.online", put("sensitivities", ["endangers_public_safety"])),
    ("CAT-41", "supervising_orgs.0", put("supervising_orgs", ["TZJ999"])),
    ("CAT-41", "supervising_orgs", put("supervising_orgs", ["TZJ049-SP"])),
    ("CAT-41", "approving_org", put("approving_org", "TZJ087")),
    ("CAT-41", "place.halls.0", put("place.halls", ["H999"])),
]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, seeded_database: Path) -> Iterator[Bench]:
    """One city for all cases: a refused publication changes nothing."""
    folder = tmp_path_factory.mktemp("faults")
    shutil.copy(seeded_database, folder / "catalog.db")
    with bench(service, folder) as hall, clock.clock_at(MONDAY):
        hall.database.table("outbox").delete().execute()
        yield hall


@pytest.mark.parametrize(
    ("number", "rule", "field", "change"),
    [
        pytest.param(number, *case, marks=pytest.mark.rule(case[0]), id=f"{case[0]}-{case[1]}-{number}")
        for number, case in enumerate(CASES)
    ],
)
def test_a_guide_with_a_fault_is_not_published(city: Bench, number: int, rule: str, field: str, change: Change) -> None:
    code = f"000149099{number:03}"
    document = guide_of(new_code=code)
    change(document)
    answer = publish(city, document, OFFICE_EDITOR)
    problem = answer.get_json()
    assert answer.status_code == 422 and answer.content_type == "application/problem+json"
    assert (rule, field) in [(fault["rule"], fault["field"]) for fault in problem["failures"]]
    assert field in problem["fields"] and all(fault["article"] and fault["en"] for fault in problem["failures"])
    assert city.client().get(f"{API}/items/{code}").status_code == 404
    assert city.emitted() == []
